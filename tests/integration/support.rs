//! One emulator, one executable, and the questions that tests ask of them.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use quay_emulator::{Config, Emulator, Exchange};
use serde_json::{Map, Value, json};

/// An emulator with its administrator, and the means to run modules on it.
pub struct Registry {
    pub emulator: Emulator,
    /// Token of the superuser `admin` with every scope.
    pub token: String,
}

/// How a module is run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// For real.
    Real,
    /// `--check`.
    Check,
}

/// What a run came to.
pub struct Run {
    pub result: Value,
    pub code: i32,
    /// Requests of this run alone.
    pub requests: Vec<Exchange>,
    /// Everything that the process printed, for secret hunts.
    pub printed: String,
}

impl Registry {
    /// A registry with every optional feature switched on.
    pub fn new() -> Registry {
        Registry::with(Config::default())
    }

    /// A registry with other settings than the usual ones.
    pub fn with(config: Config) -> Registry {
        let emulator = Emulator::with(config);
        let token = emulator.seed_admin();
        Registry { emulator, token }
    }

    /// Runs a module with the administrator's token and a diff.
    pub fn run(&self, module: &str, options: Value) -> Run {
        self.run_as(&self.token, module, options, Mode::Real)
    }

    /// Runs a module in check mode with the administrator's token and a diff.
    pub fn check(&self, module: &str, options: Value) -> Run {
        self.run_as(&self.token, module, options, Mode::Check)
    }

    /// Runs a module with another token.
    pub fn run_as(&self, token: &str, module: &str, options: Value, mode: Mode) -> Run {
        let mut arguments = json!({"quay_host": self.emulator.url(), "retries": 0});
        if !token.is_empty() {
            arguments["quay_token"] = json!(token);
        }
        merge(&mut arguments, options);
        self.run_raw(module, arguments, mode)
    }

    /// Runs a module with exactly these options.
    pub fn run_raw(&self, module: &str, mut arguments: Value, mode: Mode) -> Run {
        arguments["_ansible_module_name"] = json!(format!("quaymaster.quay.{module}"));
        arguments["_ansible_check_mode"] = json!(mode == Mode::Check);
        arguments["_ansible_diff"] = json!(true);
        self.run_exactly(&arguments, &[])
    }

    /// Runs the executable with exactly these arguments, Ansible's own keys included, and this environment.
    pub fn run_exactly(&self, arguments: &Value, environment: &[(&str, &str)]) -> Run {
        let before = self.emulator.journal().len();
        let output = call(&arguments.to_string(), environment);
        let requests = self.emulator.journal().split_off(before);
        let run = Run::of(output, requests);
        let told = besides_given(&run.result).to_string();
        for secret in self.emulator.secrets() {
            assert!(!told.contains(&secret), "a secret of the server is told: {told}");
        }
        run
    }

    /// Arguments of a module with the host and no credentials, as Ansible hands them over with `--diff`.
    pub fn arguments(&self, module: &str, options: Value) -> Value {
        let mut arguments = json!({
            "_ansible_module_name": format!("quaymaster.quay.{module}"), "_ansible_check_mode": false,
            "_ansible_diff": true, "quay_host": self.emulator.url(), "retries": 0,
        });
        merge(&mut arguments, options);
        arguments
    }

    /// Runs a module and expects success.
    pub fn ok(&self, module: &str, options: Value) -> Run {
        let run = self.run(module, options);
        assert_eq!(run.code, 0, "{}", run.result);
        run
    }

    /// Runs a module, expects failure, no write and no secret, and returns the message.
    pub fn refused(&self, module: &str, options: Value) -> String {
        let run = self.run(module, options);
        run.assert_refused();
        run.message()
    }

    /// Runs a module in both modes and expects the same refusal, before any write.
    pub fn refused_everywhere(&self, module: &str, options: Value) -> String {
        let checked = self.check(module, options.clone());
        checked.assert_refused();
        let message = self.refused(module, options);
        assert_eq!(checked.message(), message, "check mode and the real run say different things");
        message
    }
}

/// Under which keys modules return secrets, since they are asked for them.
const GIVEN: &[&str] = &[
    "token",
    "token_code",
    "auth_b64",
    "dockerconfigjson_b64",
    "client_secret",
    "access_token",
    "encrypted_password",
    "password",
    "manifests",
];

/// A result without the secrets that it gives on purpose: never in a difference, a message or the options of the call.
fn besides_given(result: &Value) -> Value {
    const TOLD: &[&str] = &["diff", "msg", "warnings", "invocation"];
    match result {
        Value::Object(map) => {
            let kept = map.iter().filter(|(key, _)| !GIVEN.contains(&key.as_str()));
            let of = |key: &str, value| if TOLD.contains(&key) { Value::clone(value) } else { besides_given(value) };
            kept.map(|(key, value)| (key.clone(), of(key, value))).collect()
        }
        Value::Array(list) => list.iter().map(besides_given).collect(),
        other => other.clone(),
    }
}

/// Starts the executable with an arguments file of this content.
pub fn call(arguments: &str, environment: &[(&str, &str)]) -> Output {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(arguments.as_bytes()).unwrap();
    command(environment).arg(file.path()).output().unwrap()
}

/// The executable with a clean environment.
pub fn command(environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quaymaster"));
    command.env_clear().stdin(Stdio::null()).envs(environment.iter().copied());
    command
}

/// Puts the options of `more` over those of `base`.
/// An object with the members of another added, or put in the place of its own.
pub fn merged(mut base: Value, more: &Value) -> Value {
    base.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    base
}

pub fn merge(base: &mut Value, more: Value) {
    if let (Value::Object(base), Value::Object(more)) = (base, more) {
        base.extend(more);
    }
}

impl Run {
    /// Reads what the process printed: exactly one JSON object, nothing else.
    pub fn of(output: Output, requests: Vec<Exchange>) -> Run {
        let stdout = String::from_utf8(output.stdout).unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        let result = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout:?} {stderr:?}"));
        assert_eq!(stderr, "", "a module run prints nothing on stderr");
        assert!(stdout.ends_with("}\n") && stdout.lines().count() == 1, "a result is one line: {stdout:?}");
        Run { result, code: output.status.code().unwrap(), requests, printed: stdout }
    }

    pub fn changed(&self) -> bool {
        assert_eq!(self.code, 0, "{}", self.result);
        self.result["changed"].as_bool().unwrap()
    }

    pub fn message(&self) -> String {
        self.result["msg"].as_str().unwrap_or_else(|| panic!("no msg in {}", self.result)).to_owned()
    }

    pub fn before(&self) -> &Value {
        &self.result["diff"]["before"]
    }

    pub fn after(&self) -> &Value {
        &self.result["diff"]["after"]
    }

    pub fn warnings(&self) -> Vec<&str> {
        self.result["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The writes of this run, as `METHOD path`.
    pub fn writes(&self) -> Vec<String> {
        self.requests.iter().filter(|exchange| exchange.is_write()).map(line).collect()
    }

    /// All requests of this run, as `METHOD path`.
    pub fn lines(&self) -> Vec<String> {
        self.requests.iter().map(line).collect()
    }

    pub fn assert_refused(&self) {
        assert_eq!(self.code, 1, "{}", self.result);
        assert_eq!(self.result["failed"], true);
        assert_eq!(self.result["changed"], false, "{}", self.result);
        assert_eq!(self.writes(), Vec::<String>::new(), "{}", self.result);
    }

    /// It failed with one sentence for a person, and printed nothing of what the libraries below say in their own words.
    pub fn assert_sentence(&self) -> String {
        assert_eq!(self.code, 1, "{}", self.result);
        assert_eq!(self.result["failed"], true);
        let message = self.message();
        for strange in
            ["\n", "  ", "\\\"", "Error {", "kind:", "hyper", "reqwest", "rustls", "<html", "<!doc", "os error"]
        {
            assert!(!message.contains(strange), "{strange:?} in {message:?}");
        }
        assert!(!message.ends_with('.') && !message.ends_with(';') && message.len() < 400, "{message:?}");
        message
    }

    /// The secret appears nowhere in what was printed.
    pub fn assert_hides(&self, secret: &str) {
        assert!(!self.printed.contains(secret), "{}", self.printed);
    }
}

fn line(exchange: &Exchange) -> String {
    format!("{} {}", exchange.method, exchange.path)
}

/// The life of an object: created, changed and removed, each in check mode first, then for real, then repeated.
pub struct LifeCycle<'a> {
    pub module: &'a str,
    /// Options that every call has.
    pub base: Value,
    /// Options of the creation, besides the base.
    pub create: Value,
    /// Options of the change, besides the base.
    pub update: Value,
    /// Most requests of a creation, a repetition, a change and a removal.
    pub requests: Budget,
}

/// How many requests a run may take at the most: the numbers of the module's specification.
pub struct Budget {
    pub create: usize,
    pub repeat: usize,
    pub update: usize,
    pub remove: usize,
}

impl LifeCycle<'_> {
    /// Goes through the whole life, and returns the three real runs that changed something: create, update, remove.
    ///
    /// Asserts for each stage that check mode writes nothing and foretells `changed` and the diff, that the real run stays
    /// within its requests, that a repetition changes and writes nothing, and that what was called `after` is `before`
    /// from then on.
    pub fn run(&self, registry: &Registry) -> [Run; 3] {
        let Budget { create, repeat, update, remove } = self.requests;
        [
            self.stage(registry, &self.create, create, repeat),
            self.stage(registry, &self.update, update, repeat),
            self.stage(registry, &json!({"state": "absent"}), remove, repeat),
        ]
    }

    fn stage(&self, registry: &Registry, options: &Value, most: usize, most_again: usize) -> Run {
        let mut all = self.base.clone();
        merge(&mut all, options.clone());
        let module = self.module;

        let checked = registry.check(module, all.clone());
        assert!(checked.changed(), "{module} {options}: check mode foretells no change");
        assert_eq!(checked.writes(), Vec::<String>::new(), "{module} {options}: check mode writes");

        let real = registry.run(module, all.clone());
        assert!(real.changed(), "{module} {options}: no change");
        assert_eq!(checked.result["diff"], real.result["diff"], "{module} {options}: check mode and the run differ");
        assert!(
            real.requests.len() <= most,
            "{module} {options}: {} requests, {:?}",
            real.requests.len(),
            real.lines()
        );

        let again = registry.run(module, all);
        assert!(!again.changed(), "{module} {options}: not idempotent: {}", again.result);
        assert_eq!(again.writes(), Vec::<String>::new(), "{module} {options}: a repetition writes");
        assert!(
            again.requests.len() <= most_again,
            "{module} {options}: {} requests to repeat, {:?}",
            again.requests.len(),
            again.lines()
        );
        assert_eq!(again.before(), again.after(), "{module} {options}: a repetition shows a difference");
        let gone = options["state"] == "absent";
        if !gone {
            assert_eq!(real.after(), again.before(), "{module} {options}: after is not the next before");
        }
        real
    }
}

/// The result without what every run repeats and without secrets that are made anew, for a snapshot.
pub fn shown(run: &Run) -> Value {
    let mut result: Map<String, Value> = run.result.as_object().unwrap().clone();
    result.remove("invocation");
    let journal: Vec<Value> = run
        .requests
        .iter()
        .map(|exchange| json!({"request": line(exchange), "body": exchange.request, "status": exchange.status}))
        .collect();
    json!({"result": result, "journal": journal})
}

/// All files below a folder of the project.
pub fn files_below(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => found.push(path),
            }
        }
    }
    found.sort();
    found
}

/// The names of all test functions of the project.
pub fn test_names() -> BTreeSet<String> {
    let files = ["src", "tests"].into_iter().flat_map(files_below);
    let sources = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let names = |path: PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        let after = text.split("#[test]").skip(1);
        after.filter_map(|rest| Some(rest.split_once("fn ")?.1.split_once('(')?.0.to_owned())).collect::<Vec<_>>()
    };
    sources.flat_map(names).collect()
}
