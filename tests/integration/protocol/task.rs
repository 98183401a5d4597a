//! What Ansible sends and gets, whatever happens.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use quay_emulator::{AuthKind, Config, Fault};
use quaymaster::modules::contract::{Kind, Login};
use quaymaster::modules::{Entry, MODULES};
use serde_json::{Value, json};

use crate::support::{Mode, Registry, Run, call, command, merge};

const EXECUTABLE: &str = env!("CARGO_BIN_EXE_quaymaster");
const ORGANIZATION: &str = "quay_organization";

fn run(arguments: &str) -> Run {
    Run::of(call(arguments, &[]), Vec::new())
}

/// Starts an executable with one word. Everything it prints is checked.
fn start(executable: &Path, word: &Path) -> Run {
    let output = Command::new(executable).arg(word).env_clear().stdin(Stdio::null()).output().unwrap();
    Run::of(output, Vec::new())
}

// The arguments file

#[test]
fn a_file_that_is_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let run_it = |path: &Path| {
        let run = start(Path::new(EXECUTABLE), path);
        assert_eq!((run.code, &run.result["failed"], &run.result["changed"]), (1, &json!(true), &json!(false)));
        run.message()
    };
    let shown = missing.display();
    assert_eq!(run_it(&missing), format!("The arguments file {shown} cannot be read: No such file or directory."));
    let shown = folder.path().display();
    assert_eq!(run_it(folder.path()), format!("The arguments file {shown} cannot be read: Is a directory."));
}

#[test]
fn content_that_is_no_object_is_named_and_not_repeated() {
    let deep = "[".repeat(100_000);
    for (content, part) in [
        ("", "is not JSON"),
        ("{\"password\": \"s3cret\"", "is not JSON (line 1, column "),
        ("password: s3cret", "is not JSON"),
        ("\u{feff}{}", "is not JSON"),
        ("[\"s3cret\"]", "is not a JSON object"),
        ("\"s3cret\"", "is not a JSON object"),
        ("null", "is not a JSON object"),
        (deep.as_str(), "is not JSON"),
        ("{\"_ansible_module_name\": 7}", "has a key _ansible_module_name that is not text"),
        ("{\"_ansible_check_mode\": \"s3cret\"}", "has a key _ansible_check_mode that is not a boolean"),
    ] {
        let run = run(content);
        assert_eq!(run.code, 1);
        assert_eq!((&run.result["failed"], &run.result["changed"]), (&json!(true), &json!(false)));
        // Without the name of a file that is another one each time.
        let beginning = format!("The arguments file {part}");
        assert!(run.message().starts_with(&beginning), "{content:.40}: {}", run.message());
        run.assert_hides("s3cret");
    }
    let output = {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"{\"name\": \"\xff\xfe\"}").unwrap();
        command(&[]).arg(file.path()).output().unwrap()
    };
    assert!(Run::of(output, Vec::new()).message().contains("is not JSON"));
}

// The name of the module

#[test]
fn the_file_names_the_module() {
    for name in [
        "quay_organization",
        "quaymaster.quay.quay_organization",
        "ansible.legacy.quay_organization",
        "ansible_collections.quaymaster.quay.plugins.modules.quay_organization",
    ] {
        let run = run(&json!({"_ansible_module_name": name}).to_string());
        assert_eq!(run.message(), "missing required arguments: name", "{name}");
    }
}

#[test]
fn a_name_that_is_redirected_works() {
    for name in ["quay_organization_mirror", "quaymaster.quay.quay_organization_mirror"] {
        let run = run(&json!({"_ansible_module_name": name}).to_string());
        assert_eq!(run.message(), "missing required arguments: organization", "{name}");
    }
    let run = run(&json!({"_ansible_module_name": "quay_organization_mirror", "organisation": "a"}).to_string());
    assert!(run.message().contains("Did you mean 'organization'?"), "{}", run.message());
}

#[test]
fn an_unknown_module_is_named() {
    for name in ["quay_orgnization", "community.general.quay", "..", "*"] {
        let run = run(&json!({"_ansible_module_name": name}).to_string());
        assert_eq!(run.code, 1);
        assert!(run.message().starts_with("there is no module \""), "{}", run.message());
    }
}

/// Ansible copies a binary module to its target as `AnsiballZ_<name>`; the collection holds a symlink for each module.
#[test]
fn the_name_of_the_executable_names_the_module() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = folder.path().join("args");
    fs::write(&arguments, "{\"_ansible_diff\": true}").unwrap();
    for name in ["AnsiballZ_quay_team", "quay_team", "AnsiballZ_quay_team.exe"] {
        let link = folder.path().join(name);
        symlink(EXECUTABLE, &link).unwrap();
        assert_eq!(start(&link, &arguments).message(), "missing required arguments: name, organization", "{name}");
    }
    let copy = folder.path().join("AnsiballZ_quay_robot");
    // Not by this process: a child that another test starts meanwhile would inherit the open copy, which then is "busy".
    assert!(Command::new("cp").arg(EXECUTABLE).arg(&copy).status().unwrap().success());
    assert_eq!(start(&copy, &arguments).message(), "missing required arguments: name");

    let old = folder.path().join("AnsiballZ_quay_organization_mirror");
    symlink(EXECUTABLE, &old).unwrap();
    assert_eq!(start(&old, &arguments).message(), "missing required arguments: organization");

    let unknown = folder.path().join("AnsiballZ_quay_nothing");
    symlink(EXECUTABLE, &unknown).unwrap();
    assert!(start(&unknown, &arguments).message().starts_with("there is no module \"quay_nothing\""));
}

#[test]
fn a_module_without_an_arguments_file_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("AnsiballZ_quay_team");
    symlink(EXECUTABLE, &link).unwrap();
    let output = Command::new(&link).env_clear().stdin(Stdio::null()).output().unwrap();
    let run = Run::of(output, Vec::new());
    assert_eq!(run.code, 1);
    assert_eq!(run.message(), "A module run takes one word: the path of the arguments file.");
    // A file of the current folder has no slash in its name.
    let output = Command::new(&link).arg("args").env_clear().current_dir(folder.path()).output().unwrap();
    assert!(Run::of(output, Vec::new()).message().contains("cannot be read"));
}

// The end of the process

/// Nobody reads the result any more: that is a failure, but no signal and no panic.
#[test]
fn a_closed_pipe_ends_in_exit_code_1() {
    let registry = Registry::new();
    registry.emulator.fault(Fault::delay(Duration::from_millis(300)));
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let arguments = registry.arguments(ORGANIZATION, json!({"name": "acme"}));
    file.write_all(arguments.to_string().as_bytes()).unwrap();
    let mut child = command(&[]).arg(file.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

/// The unit test of `error::caught` shows how a panic is caught; this shows that it can be.
#[test]
fn a_panic_unwinds_in_every_build() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    assert!(!manifest.lines().any(|line| line.trim_start().starts_with("panic")), "a caught panic needs unwinding");
}

// Ansible's own keys

#[test]
fn unknown_keys_of_ansible_are_accepted() {
    let registry = Registry::new();
    let mut arguments = registry.arguments(ORGANIZATION, json!({"name": "acme", "quay_token": registry.token}));
    merge(
        &mut arguments,
        json!({
            "_ansible_of_tomorrow": {"a": [1]}, "_ansible_verbosity": 4, "_ansible_debug": true, "_ansible_socket": null,
            "_ansible_tmpdir": "/no/such", "_ansible_keep_remote_files": false, "_ansible_version": "2.30.0",
            "_ansible_selinux_special_fs": ["nfs"], "_ansible_string_conversion_action": "warn", "_ansible_": 1,
        }),
    );
    assert!(registry.run_exactly(&arguments, &[]).changed());
}

#[test]
fn check_mode_writes_nothing_and_tells_the_same() {
    let registry = Registry::new();
    for on in [json!(true), json!("yes"), json!(1)] {
        let mut arguments = registry.arguments(ORGANIZATION, json!({"name": "acme", "quay_token": registry.token}));
        arguments["_ansible_check_mode"] = on;
        let run = registry.run_exactly(&arguments, &[]);
        assert!(run.changed());
        assert_eq!(run.writes(), Vec::<String>::new());
    }
}

#[test]
fn a_diff_comes_only_when_it_is_wanted() {
    let registry = Registry::new();
    for (wanted, name) in [(json!(false), "a1"), (json!(null), "b1"), (json!(true), "c1")] {
        let mut arguments = registry.arguments(ORGANIZATION, json!({"name": name, "quay_token": registry.token}));
        arguments["_ansible_diff"] = wanted.clone();
        let run = registry.run_exactly(&arguments, &[]);
        assert!(run.changed());
        assert_eq!(run.result.get("diff").is_some(), wanted == true, "{}", run.result);
    }
}

#[test]
fn the_invocation_is_masked_and_can_be_left_out() {
    let registry = Registry::new();
    let base = || registry.arguments(ORGANIZATION, json!({"name": "acme", "quay_token": registry.token}));
    let run = registry.run_exactly(&base(), &[]);
    let shown = &run.result["invocation"]["module_args"];
    assert_eq!(shown["name"], "acme");
    assert_eq!(shown["state"], "present", "defaults are shown");
    assert_eq!(shown["email"], Value::Null, "what is not given is shown");
    assert_eq!(shown["quay_token"], "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER");
    for (key, value) in [("_ansible_inject_invocation", false), ("_ansible_no_log", true)] {
        let mut arguments = base();
        arguments[key] = json!(value);
        let run = registry.run_exactly(&arguments, &[]);
        assert_eq!(run.code, 0);
        assert_eq!(run.result.get("invocation"), None, "{key}");
    }
}

#[test]
fn unknown_options_can_be_ignored() {
    let registry = Registry::new();
    let options = json!({"name": "acme", "quay_token": registry.token, "of_tomorrow": 1});
    let mut arguments = registry.arguments(ORGANIZATION, options);
    assert_eq!(registry.run_exactly(&arguments, &[]).code, 1);
    arguments["_ansible_ignore_unknown_opts"] = json!(true);
    assert!(registry.run_exactly(&arguments, &[]).changed());
}

// Options

#[test]
fn an_unknown_option_is_an_error_with_a_suggestion() {
    let registry = Registry::new();
    let run = registry.run(ORGANIZATION, json!({"nmae": "acme", "stat": "absent"}));
    let message = run.message();
    assert!(message.contains("missing required arguments: name"), "{message}");
    assert!(
        message.contains(
            "Unsupported parameters for (quay_organization) module: nmae, stat. Supported parameters include: "
        ),
        "{message}"
    );
    assert!(message.contains("Did you mean 'name'?") && message.contains("Did you mean 'state'?"), "{message}");
    assert_eq!(run.lines(), Vec::<String>::new());
}

#[test]
fn all_mistakes_are_told_at_once_before_any_request() {
    let registry = Registry::new();
    let run = registry.run_exactly(
        &registry.arguments("quay_repository", json!({
            "state": "gone", "perms": [{"role": "king"}, {"name": "a", "color": "red"}], "append": "perhaps", "typo": 1,
            "quay_username": "admin", "quay_token": "t0ken", "timeout": 0, "retries": "many", "quay_host": "ftp://x",
        })),
        &[],
    );
    assert_eq!(run.code, 1);
    let errors: Vec<&str> = run.result["errors"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    for part in [
        "mutually exclusive",
        "missing required arguments: name",
        "missing required arguments: name found in perms",
        "value of state must be one of: ",
        "argument 'append' ",
        "value of role must be one of: ",
        "argument 'retries' ",
        "quay_host: must be an http or https URL",
        "timeout: must be a number",
        "color",
        "typo",
    ] {
        assert!(errors.iter().any(|error| error.contains(part)), "{part}: {errors:#?}");
    }
    for error in errors {
        assert!(run.message().contains(error), "{error}");
    }
    assert_eq!(run.lines(), Vec::<String>::new());
    run.assert_hides("t0ken");
}

#[test]
fn null_is_not_given() {
    let registry = Registry::new();
    let run = registry.run(ORGANIZATION, json!({
        "name": "acme", "new_name": null, "email": null, "state": null, "quay_username": null, "quay_password": null,
        "timeout": null, "validate_certs": null, "verify_ssl": null, "ca_path": null, "auto_prune_method": null,
        "unknown_too": null, "_ansible_ignore_unknown_opts": true,
    }));
    assert!(run.changed());
    assert_eq!(run.warnings(), Vec::<&str>::new());
    assert_eq!(run.result.get("deprecations"), None);
    let run = registry.run(ORGANIZATION, json!({"name": null}));
    assert_eq!(run.message(), "missing required arguments: name");
}

#[test]
fn two_names_of_one_option_bring_a_warning() {
    let registry = Registry::new();
    let run = registry.ok(ORGANIZATION, json!({"name": "acme", "validate_certs": true, "verify_ssl": false}));
    assert_eq!(run.warnings(), ["Both option validate_certs and its alias verify_ssl are set."]);
    assert_eq!(run.result["invocation"]["module_args"]["validate_certs"], false);
    let alone = registry.ok(ORGANIZATION, json!({"name": "acme", "verify_ssl": false}));
    assert_eq!(alone.warnings(), Vec::<&str>::new());
    assert_eq!(alone.result["invocation"]["module_args"]["validate_certs"], false);
}

#[test]
fn a_deprecated_option_is_announced() {
    let registry = Registry::new();
    let run = registry.ok(ORGANIZATION, json!({"name": "acme", "auto_prune_method": "none"}));
    assert_eq!(
        run.result["deprecations"],
        json!([{
            "msg": "Param 'auto_prune_method' is deprecated. Use the module quay_organization_prune.",
            "date": "2025-12-01", "collection_name": "quaymaster.quay",
        }])
    );
}

// The environment

#[test]
fn connection_options_fall_back_to_the_environment() {
    let registry = Registry::new();
    let url = registry.emulator.url();
    let arguments = json!({"_ansible_module_name": "quay_organization", "name": "acme"});
    let run = registry.run_exactly(&arguments, &[("QUAY_HOST", &url), ("QUAY_TOKEN", &registry.token)]);
    assert!(run.changed());
    assert!(run.requests.iter().all(|request| request.auth == AuthKind::Token));
    run.assert_hides(&registry.token);

    let arguments = json!({"_ansible_module_name": "quay_organization", "name": "other"});
    let login = [("QUAY_HOST", url.as_str()), ("QUAY_USERNAME", "admin"), ("QUAY_PASSWORD", "password")];
    let run = registry.run_exactly(&arguments, &login);
    assert!(run.changed());
    assert_eq!(run.requests.last().unwrap().auth, AuthKind::Session);

    for (variable, value, part) in [
        ("QUAY_TIMEOUT", "soon", "(from the environment variable QUAY_TIMEOUT)"),
        ("QUAY_TIMEOUT", "0", "timeout: must be a number of seconds above 0"),
        ("QUAY_RETRIES", "1.5", "(from the environment variable QUAY_RETRIES)"),
        ("QUAY_VERIFY_SSL", "perhaps", "(from the environment variable QUAY_VERIFY_SSL)"),
        ("QUAY_HOST", "http://a?b", "(from the environment variable QUAY_HOST)"),
        ("QUAY_CA_PATH", "/no/such/file", "ca_path: /no/such/file: No such file or directory"),
        ("QUAY_USERNAME", "admin", "QUAY_USERNAME"),
    ] {
        let run = registry.run_exactly(&arguments, &[(variable, value)]);
        assert!(run.message().contains(part), "{variable}={value}: {}", run.message());
    }
    // The task comes first.
    let mut arguments = registry.arguments(ORGANIZATION, json!({"name": "third", "quay_token": registry.token}));
    arguments["timeout"] = json!(5);
    let run = registry.run_exactly(&arguments, &[("QUAY_HOST", "http://nowhere.invalid"), ("QUAY_TIMEOUT", "soon")]);
    assert!(run.changed());
}

/// A token in the environment of the controller must not break a task that says who signs in.
#[test]
fn credentials_of_the_task_hide_those_of_the_environment() {
    let registry = Registry::new();
    let login = json!({"name": "acme", "quay_username": "admin", "quay_password": "password"});
    let run = registry.run_exactly(&registry.arguments(ORGANIZATION, login), &[("QUAY_TOKEN", "from-environment")]);
    assert!(run.changed());
    assert!(run.requests.iter().all(|request| request.auth != AuthKind::BadToken));

    let token = json!({"name": "other", "quay_token": registry.token});
    let environment = [("QUAY_USERNAME", "admin"), ("QUAY_PASSWORD", "from-environment")];
    let run = registry.run_exactly(&registry.arguments(ORGANIZATION, token), &environment);
    assert!(run.changed());
    assert!(run.requests.iter().all(|request| request.auth == AuthKind::Token));

    // Each alone would do; from the same place, none is the more explicit one.
    let both = [("QUAY_TOKEN", "a"), ("QUAY_USERNAME", "b"), ("QUAY_PASSWORD", "c")];
    let run = registry.run_exactly(&registry.arguments(ORGANIZATION, json!({"name": "third"})), &both);
    assert!(run.message().contains("QUAY_TOKEN") && run.message().contains("QUAY_USERNAME"), "{}", run.message());
}

#[test]
fn quay_verify_ssl_knows_its_words() {
    let registry = Registry::with(Config { tls: true, ..Config::default() });
    let arguments = registry.arguments(ORGANIZATION, json!({"name": "acme", "quay_token": registry.token}));
    for (text, checked) in [
        ("yes", true),
        ("1", true),
        ("true", true),
        ("True", true),
        ("no", false),
        ("0", false),
        ("false", false),
        ("", false),
    ] {
        let run = registry.run_exactly(&arguments, &[("QUAY_VERIFY_SSL", text)]);
        assert_eq!(run.code, i32::from(checked), "{text:?}: {}", run.result);
        assert_eq!(run.result["invocation"]["module_args"]["validate_certs"], checked, "{text:?}");
    }
}

#[test]
fn a_token_of_a_file_may_end_with_its_line() {
    let registry = Registry::new();
    let run = registry.run(ORGANIZATION, json!({"name": "acme", "quay_token": format!("{}\n", registry.token)}));
    assert!(run.changed());
    run.assert_hides(&registry.token);
    registry.emulator.fault(Fault::status(500, "text/plain", &registry.token));
    let run = registry.run(ORGANIZATION, json!({"name": "acme", "quay_token": format!("{}\n", registry.token)}));
    assert_eq!(run.code, 1);
    run.assert_hides(&registry.token);
    let run = registry.run(ORGANIZATION, json!({"name": "acme", "quay_token": "first\nsecond-line"}));
    assert_eq!(run.message(), "quay_token: must not hold line breaks or other control characters");
    run.assert_hides("second-line");
}

// The command line

#[test]
fn a_module_can_be_run_from_a_shell() {
    let registry = Registry::new();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let options = json!({"name": "acme", "quay_host": registry.emulator.url(), "quay_token": registry.token});
    file.write_all(options.to_string().as_bytes()).unwrap();
    let start = |module: &str, flags: &[&str]| {
        let output = command(&[]).args(["module", module]).arg(file.path()).args(flags).output().unwrap();
        Run::of(output, Vec::new())
    };
    let checked = start(ORGANIZATION, &["--check", "--diff"]);
    assert!(checked.changed());
    assert_eq!(*checked.after(), json!({"name": "acme", "email": ""}));
    assert_eq!(registry.emulator.writes().len(), 0);
    let real = start("quaymaster.quay.quay_organization", &[]);
    assert!(real.changed());
    assert_eq!(real.result.get("diff"), None);
    real.assert_hides(&registry.token);
    assert!(start("quay_nothing", &[]).message().starts_with("there is no module \"quay_nothing\""));
}

#[test]
fn the_shell_gets_a_list_of_the_modules() {
    let output = command(&[]).arg("modules").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let listed: Vec<&str> = text.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(listed, MODULES.iter().map(|entry| entry.document.name).collect::<Vec<_>>());
}

// Secrets

/// Changes under percent-, JSON-, query- and Base64-encoding.
const MARKER: &str = "m/ä$\"%41+\\n~€&=?#'<>:😀";
/// The same as far as a header can carry it.
const TOKEN: &str = "t/k \"%41+\\n~&=?#'<>:;{}";

/// The inside of the JSON text of a text.
fn escaped(text: &str) -> String {
    let json = json!(text).to_string();
    json[1..json.len() - 1].to_owned()
}

/// A secret in all spellings: as it is, in JSON, in a path, in a query, as programs print it, in Base64.
fn spellings(secret: &str) -> Vec<String> {
    let percent = |lower: bool, keep: &str| -> String {
        let byte = |byte: u8| match char::from(byte) {
            ' ' if keep.contains('+') => "+".to_owned(),
            c if c.is_ascii_alphanumeric() || (c != '+' && keep.contains(c)) => c.to_string(),
            _ if lower => format!("%{byte:02x}"),
            _ => format!("%{byte:02X}"),
        };
        secret.bytes().map(byte).collect()
    };
    let mut all = vec![
        secret.to_owned(),
        escaped(secret),
        escaped(secret).replace('ä', "\\u00e4").replace('€', "\\u20ac").replace('😀', "\\ud83d\\ude00"),
        percent(false, "-._~"),
        percent(true, "-._~"),
        percent(false, "-._~/:"),
        percent(false, "-._+"),
    ];
    let debug = format!("{secret:?}");
    all.push(debug[1..debug.len() - 1].to_owned());
    for engine in [STANDARD, URL_SAFE] {
        for before in ["", "x", "xy"] {
            all.push(engine.encode(format!("{before}{secret}")));
        }
    }
    all
}

/// What must not stand anywhere: the spellings, once more escaped where they stand in printed JSON. Of Base64, the ends
/// are left out: they hold bits of the neighbours.
fn traces(secret: &str) -> Vec<String> {
    let mut all = spellings(secret);
    for text in all.iter_mut().filter(|text| STANDARD.decode(&**text).is_ok() || URL_SAFE.decode(&**text).is_ok()) {
        *text = text[4..text.len() - 4].to_owned();
    }
    let printed: Vec<String> = all.iter().map(|text| escaped(text)).collect();
    all.extend(printed);
    all
}

/// All texts in a result, keys included, and what was printed.
fn texts(run: &Run) -> Vec<String> {
    fn collect(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) => found.push(text.clone()),
            Value::Array(list) => list.iter().for_each(|value| collect(value, found)),
            Value::Object(map) => map.iter().for_each(|(key, value)| {
                found.push(key.clone());
                collect(value, found);
            }),
            other => found.push(other.to_string()),
        }
    }
    let mut found = vec![run.printed.clone()];
    collect(&run.result, &mut found);
    found
}

#[track_caller]
fn assert_hidden(run: &Run, secret: &str) {
    let texts = texts(run);
    for trace in traces(secret) {
        let found = texts.iter().find(|text| text.contains(&trace));
        assert_eq!(found, None, "{trace}");
    }
}

/// A registry whose administrator has a token and a password that are hard to hide.
fn registry() -> Registry {
    let registry = Registry::with(Config::default().setting("SUPER_USERS", json!(["admin", "keeper"])));
    registry.emulator.add_user("keeper", MARKER);
    registry.emulator.with_state(|state| {
        let token = state.tokens[&registry.token].clone();
        state.tokens.insert(TOKEN.to_owned(), token);
    });
    registry
}

/// Options with which a module without secrets of its own, or with them, gets beyond the checks: required ones, and
/// every secret set.
fn filled(entry: &Entry) -> Value {
    let mut options = json!({"_ansible_verbosity": 3});
    for argument in entry.document.options.iter().filter(|argument| argument.required) {
        let value = match (argument.kind, argument.choices.first()) {
            (_, Some(choice)) => serde_json::from_str(choice).unwrap(),
            (Kind::Int | Kind::Float, _) => json!(1),
            (Kind::Bool, _) => json!(true),
            (Kind::List, _) => json!(["acme"]),
            (Kind::Dict, _) => json!({}),
            (Kind::Str | Kind::Path | Kind::Raw, _) => json!(plausible(argument.name)),
        };
        options[argument.name] = value;
    }
    for secret in entry.rules.secrets {
        match secret.split_once('.') {
            Some((outer, inner)) => options[outer][inner] = json!(MARKER),
            None => options[*secret] = json!(MARKER),
        }
    }
    options
}

fn plausible(option: &str) -> &'static str {
    match option {
        "image" => "acme/web:latest",
        "repository" => "acme/web",
        "email" => "a@example.com",
        "registry" => "registry.example.com",
        "organization" | "namespace" => "acme",
        _ => "acme1",
    }
}

/// What a proxy or Quay itself may say about a request: the secrets in it, in every spelling.
fn echoes(secret: &str) -> Vec<Fault> {
    let all = spellings(secret).join(" | ");
    let long = format!("{}{all}", "x".repeat(290));
    let page = format!("<html><title>{secret} {all}</title><body>{all}</body></html>");
    let mut faults = Vec::new();
    for status in [400, 500] {
        faults.push(Fault::status(
            status,
            "application/json",
            &json!({"message": all, "error_type": secret}).to_string(),
        ));
        faults.push(Fault::status(
            status,
            "application/json",
            &json!({"detail": json!({"sent": secret}).to_string(), "title": all}).to_string(),
        ));
        faults.push(Fault::status(status, "application/json", &json!(secret).to_string()));
        faults.push(Fault::status(status, "text/plain", secret));
        faults.push(Fault::status(status, "text/plain", &long));
        faults.push(Fault::status(status, "text/html", &page));
    }
    faults.push(Fault::status(200, "text/plain", &all));
    faults.push(Fault::status(200, "application/json", &json!({"message": all}).to_string()));
    faults
}

#[test]
fn no_module_shows_a_secret_that_the_server_repeats() {
    let registry = registry();
    for entry in MODULES {
        let name = entry.document.name;
        for (credentials, secret) in [
            (json!({"quay_token": TOKEN}), TOKEN),
            (json!({"quay_username": "keeper", "quay_password": MARKER}), MARKER),
        ] {
            if entry.rules.login == Login::PasswordOnly && secret == TOKEN {
                continue;
            }
            let mut options = filled(entry);
            merge(&mut options, credentials);
            // A check does not get beyond reading.
            for (target, mode) in [("GET", Mode::Check), ("write", Mode::Real)] {
                for fault in echoes(secret) {
                    registry.emulator.clear_faults();
                    registry.emulator.fault(fault.on(target, "/api/"));
                    let run = registry.run_raw(name, registry.arguments(name, options.clone()), mode);
                    assert_hidden(&run, TOKEN);
                    assert_hidden(&run, MARKER);
                }
            }
        }
    }
}

#[test]
fn mistakes_do_not_show_secrets() {
    let registry = registry();
    for entry in MODULES {
        let name = entry.document.name;
        for wrong in [
            json!({"state": MARKER, "nonsense": MARKER, "timeout": MARKER}),
            json!({"quay_host": format!("http://me:{TOKEN}@127.0.0.1"), "retries": MARKER}),
            json!({"ca_path": TOKEN, "validate_certs": MARKER, "quay_username": MARKER}),
        ] {
            let mut options = filled(entry);
            merge(&mut options, json!({"quay_token": TOKEN, "quay_password": MARKER}));
            merge(&mut options, wrong);
            let run = registry.run_raw(name, registry.arguments(name, options), Mode::Real);
            assert_eq!(run.code, 1, "{}", run.result);
            assert_hidden(&run, TOKEN);
            assert_hidden(&run, MARKER);
        }
    }
}

/// Stands for the client ID of the application that an earlier call made.
const APPLICATION: &str = "<client_id>";

/// Calls that succeed with every secret of the module set, to be run in both modes.
fn successes() -> Vec<(&'static str, Value)> {
    let robot = "acme+puller";
    let mirror = |state: &str| {
        json!({
            "organization": "acme", "external_registry_type": "harbor", "external_namespace": "library",
            "external_registry_url": "https://registry.example.com", "robot_username": robot, "state": state,
            "external_registry_username": "me", "external_registry_password": MARKER,
        })
    };
    vec![
        (
            "quay_first_user",
            json!({
                "username": "root", "password": MARKER, "email": "root@example.com", "create_token": true,
            }),
        ),
        ("quay_docker_token", json!({"name": "laptop"})),
        ("quay_organization", json!({"name": "acme"})),
        ("quay_robot", json!({"name": robot})),
        ("quay_robot_pair", json!({"name": "acme+deployer", "rotate_after": "30d"})),
        ("quay_team", json!({"name": "devs", "organization": "acme"})),
        ("quay_repository", json!({"name": "acme/web"})),
        (
            "quay_proxy_cache",
            json!({
                "organization": "acme", "registry": "registry.example.com", "username": "me", "password": MARKER,
            }),
        ),
        ("quay_proxy_cache", json!({"organization": "acme", "state": "absent"})),
        ("quay_repository", json!({"name": "acme/web", "state": "absent"})),
        ("quay_org_mirror", mirror("present")),
        ("quay_org_mirror", mirror("absent")),
        (
            "quay_registry",
            json!({"config": {
                "users": [{"username": "carol", "email": "carol@example.com", "password": MARKER}],
                "organizations": [{
                    "name": "mass", "proxy_cache": {"registry": "quay.io", "username": "me", "password": MARKER},
                }],
            }}),
        ),
        ("quay_repository", json!({"name": "acme/copy"})),
        (
            "quay_repository_mirror",
            json!({
                "name": "acme/copy", "external_reference": "registry.example.com/library/app", "robot_username": robot,
                "external_registry_username": "me", "external_registry_password": MARKER,
                "sync_start_date": "2030-01-01T00:00:00Z", "sync_interval": "1d", "image_tags": ["latest"],
            }),
        ),
        (
            "quay_notification",
            json!({
                "repository": "acme/copy", "title": "pushed", "event": "repo_push", "method": "hipchat",
                "config": {"room_id": "1", "notification_token": MARKER},
            }),
        ),
        (
            "quay_organization_notification",
            json!({
                "organization": "acme", "title": "full", "event": "quota_warning", "method": "slack",
                "config": {"url": format!("https://hooks.example.com/{MARKER}")},
            }),
        ),
        ("quay_user", json!({"username": "newcomer", "email": "new@example.com", "password": MARKER})),
        ("quay_user", json!({"username": "stranger", "email": "strange@example.com"})),
        ("quay_application", json!({"organization": "acme", "name": "app"})),
        ("quay_application_token", json!({"organization": "acme", "application": "app", "name": "deploy"})),
        ("quay_team", json!({"organization": "acme", "name": "owners", "role": "admin", "members": ["keeper"]})),
        (
            "quay_api_token",
            json!({
                "client_id": APPLICATION, "quay_username": "keeper", "quay_password": MARKER,
            }),
        ),
    ]
}

/// A returned secret is there under its own key, and nothing else shows it; given ones appear nowhere.
#[test]
fn a_success_shows_only_the_secrets_that_it_returns() {
    let registry = registry();
    let mut returned = Vec::new();
    let mut client_id = Value::Null;
    for (module, options) in successes() {
        let entry = MODULES.iter().find(|entry| entry.document.name == module).unwrap();
        for mode in [Mode::Check, Mode::Real, Mode::Real] {
            let first = module == "quay_first_user";
            if first {
                registry.emulator.with_state(|state| state.namespaces.clear());
            }
            let mut all = json!({"quay_token": TOKEN, "_ansible_verbosity": 3});
            merge(&mut all, options.clone());
            if all["client_id"] == APPLICATION {
                all["client_id"] = client_id.clone();
            }
            let mut run = registry.run_raw(module, registry.arguments(module, all), mode);
            assert_eq!(run.code, 0, "{module}: {}", run.result);
            if let Some(id) = run.result.get("client_id") {
                client_id = id.clone();
            }
            for key in entry.rules.returned_secrets {
                let Some(secret) = run.result[*key].as_str().map(str::to_owned) else { continue };
                assert!(!secret.contains("***") && !secret.contains("NO_LOG"), "{module}: {key} is masked");
                returned.push((module, *key));
                run.result.as_object_mut().unwrap().remove(*key);
                run.printed = run.result.to_string();
                assert!(!run.printed.contains(&secret), "{module}: {key} appears elsewhere, too: {}", run.printed);
            }
            assert_hidden(&run, TOKEN);
            assert_hidden(&run, MARKER);
            if first {
                // The state of the others begins with the administrator again.
                registry.emulator.load(self::registry().emulator.snapshot()).unwrap();
                registry.emulator.with_state(|state| {
                    let token = state.tokens.values().next().unwrap().clone();
                    state.tokens.insert(TOKEN.to_owned(), token);
                });
            }
        }
    }
    for entry in MODULES {
        let name = entry.document.name;
        let called = |module: &str| successes().iter().any(|(called, _)| *called == module);
        assert!(entry.rules.secrets.is_empty() || called(name), "{name} has secrets: add a call to `successes`");
        for key in entry.rules.returned_secrets {
            assert!(returned.contains(&(name, key)), "{name} returns the secret {key}: add a call to `successes`");
        }
    }
}

#[test]
fn a_log_in_hides_its_password() {
    let registry = registry();
    for (password, code) in [(MARKER, 0), ("wr/ong \"%41\\n+x€", 1)] {
        let options =
            json!({"name": "acme", "quay_username": "keeper", "quay_password": password, "_ansible_verbosity": 3});
        let run = registry.run_raw(ORGANIZATION, registry.arguments(ORGANIZATION, options), Mode::Real);
        assert_eq!(run.code, code, "{}", run.result);
        assert_hidden(&run, password);
    }
}
