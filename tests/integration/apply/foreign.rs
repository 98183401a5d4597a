//! Files of other tools, read as the command line and the module read them, and their conversion to registry files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use quaymaster::apply::convert::convert;
use quaymaster::apply::engine;
use quaymaster::apply::input::declaration::Declaration;
use quaymaster::apply::input::intake::{self, Options};
use quaymaster::apply::input::selection::{Destruction, Request, Selection};
use quaymaster::apply::input::yaml::{Node, Problem, files};
use quaymaster::apply::kinds::Kind;
use quaymaster::apply::planning::validate;
use quaymaster::apply::report::{Action, Report};
use quaymaster::apply::run::NoProgress;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::apply::mqc::Pair;
use crate::apply::support::{Mass, complaints, lines};
use crate::support::{Registry, Run, call, merge};

/// Files with the hosts of a test's servers in place of those that the fixtures name.
pub struct Files {
    folder: TempDir,
    /// What the registry shall have besides what the files say.
    pub over: Map<String, Value>,
    /// The environment of the run.
    pub environment: BTreeMap<String, String>,
    /// Whether repositories without a visibility become public.
    pub public_by_default: bool,
    /// Kubernetes Secrets from outside the files.
    pub secrets: Vec<Value>,
}

impl Files {
    /// Files by name and content.
    pub fn of(files: &[(&str, String)]) -> Files {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let over = Map::from_iter([("retries".to_owned(), json!(0))]);
        Files { folder, over, environment: BTreeMap::new(), public_by_default: false, secrets: Vec::new() }
    }

    /// Fixtures, with other texts in place of some.
    pub fn fixtures(names: &[&str], replace: &[(&str, &str)]) -> Files {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        let read = |name: &&str| {
            let mut text = fs::read_to_string(fixtures.join(name)).unwrap();
            for (old, new) in replace {
                text = text.replace(old, new);
            }
            text
        };
        let files: Vec<(&str, String)> =
            names.iter().map(|name| (name.rsplit('/').next().unwrap(), read(name))).collect();
        Files::of(&files)
    }

    /// One more file.
    pub fn add(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().to_path_buf()
    }

    fn options(&self) -> Options {
        let secrets = self.secrets.iter().map(|secret| Node::of_value(secret, "secrets")).collect();
        Options { login: None, public_by_default: self.public_by_default, secrets, ..Options::default() }
    }

    /// The test's servers: the user names them outside the files, too.
    fn hosts(&self) -> String {
        let files = fs::read_dir(self.path()).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
        let texts: Vec<String> = files.collect();
        let ports = texts.iter().flat_map(|text| text.split("127.0.0.1:").skip(1));
        let ports = ports.map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
        ports.map(|port| format!("http://127.0.0.1:{port} https://127.0.0.1:{port} ")).collect()
    }

    /// What the files declare, and the warnings about them.
    pub fn read(&self) -> Result<(Declaration, Vec<String>), Vec<Problem>> {
        let hosts = self.hosts();
        let environment = |name: &str| match name {
            "QUAYMASTER_HOSTS" => Some(hosts.clone()),
            _ => self.environment.get(name).cloned(),
        };
        let input = intake::files(&[self.path()], &self.options(), &environment);
        let warnings = input.warnings.iter().map(ToString::to_string).collect();
        Ok((validate::declaration(input, self.over.clone(), &environment)?, warnings))
    }

    pub fn declaration(&self) -> Declaration {
        self.read().unwrap_or_else(|problems| panic!("{}", lines(&problems))).0
    }

    pub fn plan(&self) -> Report {
        engine::plan(&self.declaration(), &Request::default()).report()
    }

    pub fn apply(&self) -> Report {
        self.apply_only(Selection::default())
    }

    pub fn apply_only(&self, selection: Selection) -> Report {
        let request = Request { selection, destroy: None };
        engine::plan(&self.declaration(), &request).execute(&NoProgress, &AtomicBool::new(false))
    }

    /// Applies, phase by phase.
    pub fn run(&self, check: bool) -> Report {
        engine::run(&mut self.declaration(), &Request::default(), check, &NoProgress)
    }

    /// Takes away all that is declared.
    pub fn destroy(&self) -> Report {
        let request = Request { destroy: Some(Destruction::Declared), ..Request::default() };
        engine::plan(&self.declaration(), &request).execute(&NoProgress, &AtomicBool::new(false))
    }

    /// Applies, and expects that everything went well.
    pub fn applied(&self) -> Report {
        succeeded(self.apply())
    }

    /// Plans, and expects that there is nothing to do.
    pub fn settled(&self) -> Report {
        let report = succeeded(self.plan());
        assert_eq!(changes(&report), Vec::<String>::new());
        report
    }

    /// The registry file that these files become, with the environment that it needs.
    pub fn converted(&self) -> Files {
        let environment = |name: &str| self.environment.get(name).cloned();
        let (found, problems) = intake::foreign(&[self.path()], &self.options(), &environment);
        let wrong = found.iter().flat_map(|translation| &translation.problems);
        let problems: Vec<Problem> = problems.iter().chain(wrong).cloned().collect();
        assert!(problems.is_empty(), "{}", lines(&problems));
        let mut known = self.environment.clone();
        let mut texts = Vec::new();
        for translation in &found {
            let converted = convert(translation);
            let name = format!("converted-{}.yml", texts.len());
            let mut file = Files::of(&[(&name, converted.text.clone())]);
            let (read, problems) = files::read(&[file.path()]);
            assert!(problems.is_empty(), "{}", lines(&problems));
            let mut secrets = BTreeMap::new();
            for document in &read[0].documents {
                referenced(&translation.declaration.to_value(), &document.to_value(), &mut secrets);
            }
            for secret in secrets.values() {
                assert!(!converted.text.contains(secret), "a secret in {name}");
            }
            known.extend(secrets);
            file.environment.clear();
            texts.push((name, converted.text));
        }
        let files: Vec<(&str, String)> = texts.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
        Files { over: self.over.clone(), environment: known, ..Files::of(&files) }
    }
}

/// Finds the value of each variable that stands in the place of a secret.
fn referenced(original: &Value, converted: &Value, found: &mut BTreeMap<String, String>) {
    match (original, converted) {
        (Value::String(text), Value::Object(map)) => {
            found.insert(map["env"].as_str().unwrap().to_owned(), text.clone());
        }
        (Value::Object(original), Value::Object(converted)) => {
            for (key, value) in original {
                referenced(value, &converted[key], found);
            }
        }
        (Value::Array(original), Value::Array(converted)) => {
            original.iter().zip(converted).for_each(|(one, other)| referenced(one, other, found));
        }
        _ => assert_eq!(original, converted, "the conversion changed a value"),
    }
}

/// The report, unless something went wrong.
pub fn succeeded(report: Report) -> Report {
    assert!(report.succeeded(), "{}", complaints(&report));
    report
}

/// What is, or was, to be done, an object each.
pub fn changes(report: &Report) -> Vec<String> {
    let all = report.endpoints.iter().flat_map(|endpoint| &endpoint.objects);
    let open = all.filter(|object| object.action != Action::Keep);
    open.map(|object| format!("{} {}: {}", object.action.word(), object.title, object.steps.join(", "))).collect()
}

/// Everything that a report warns of.
pub fn warnings(report: &Report) -> Vec<String> {
    let endpoints = report.endpoints.iter();
    endpoints
        .flat_map(|endpoint| endpoint.objects.iter().flat_map(|object| &object.warnings).chain(&endpoint.warnings))
        .cloned()
        .collect()
}

/// Only these kinds, everywhere.
pub fn only(kinds: &[Kind], endpoints: &[&str]) -> Selection {
    let endpoints = endpoints.iter().map(|name| (*name).to_owned()).collect();
    Selection { kinds: kinds.to_vec(), endpoints, ..Selection::default() }
}

#[test]
fn a_playbook_takes_files_of_mass_quay_configurator() {
    let pair = Pair::new();
    let files = pair.files();
    let run = |check: bool| {
        let arguments = json!({
            "_ansible_module_name": "quaymaster.quay.quay_registry", "_ansible_check_mode": check, "_ansible_diff": true,
            "src": [files.path()], "retries": 0,
        });
        let ca = files.over["ca_path"].as_str().unwrap();
        Run::of(call(&arguments.to_string(), &[("QUAY_CA_PATH", ca)]), Vec::new())
    };
    let (checked, real) = (run(true), run(false));
    assert!(checked.changed() && real.changed());
    assert_eq!(checked.result["counts"]["create"], real.result["counts"]["create"]);
    let warned = real.warnings();
    assert!(
        warned.iter().any(|warning| warning.contains("acme.yaml:") && warning.contains("is left out")),
        "{warned:#?}"
    );
    for secret in ["password-of-puller", "password-of-proxy"] {
        checked.assert_hides(secret);
        real.assert_hides(secret);
    }
    assert!(!run(false).changed());
}

#[test]
fn a_playbook_takes_manifests_of_the_operator() {
    let registry = Registry::new();
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: quay}}\nstringData: {{host: '{}', token: {}}}\n",
        registry.emulator.url(),
        registry.token
    );
    let manifest = |kind: &str, spec: &str| {
        format!(
            "---\napiVersion: quay.herve4m.github.io/v1alpha1\nkind: {kind}\nmetadata: {{name: m}}\n\
             spec: {{connSecretRef: {{name: quay}}, {spec}}}\n"
        )
    };
    let team = manifest("Team", "organization: acme, name: devs, role: creator");
    let files = Files::of(&[("all.yaml", secret + &team + &manifest("Organization", "name: acme"))]);
    let run = || {
        let arguments = json!({"_ansible_module_name": "quay_registry", "src": [files.path()], "retries": 0});
        registry.run_exactly(&arguments, &[])
    };
    let first = run();
    assert!(first.changed() && first.result["counts"]["create"] == 2, "{}", first.result["counts"]);
    first.assert_hides(&registry.token);
    let again = run();
    assert!(!again.changed() && again.writes().is_empty());
    assert!(registry.emulator.snapshot()["namespaces"]["acme"]["teams"]["devs"].is_object());
}

#[test]
fn a_team_that_is_only_planned_counts_in_an_organization_that_is_there() {
    let mass = Mass::new();
    mass.applied(json!({"organizations": [{"name": "acme"}]}));
    let inside = json!({
        "teams": [{"name": "devs"}],
        "default_permissions": [{"name": "devs", "type": "team", "role": "read"}],
        "repositories": [{"name": "app", "permissions": [{"name": "devs", "type": "team", "role": "write"}]}],
    });
    for name in [json!({"name": "acme"}), json!({"name": "renamed", "previous_name": "acme"})] {
        let mut organization = inside.clone();
        merge(&mut organization, name.clone());
        if name["name"] == "renamed" {
            organization["teams"] = json!([{"name": "devs"}, {"name": "ops"}]);
            organization["default_permissions"][0]["name"] = json!("ops");
        }
        let config = json!({"organizations": [organization]});
        mass.applied(config.clone());
        mass.settled(config);
    }
}

#[test]
fn a_reference_may_be_the_namespace_of_an_account() {
    let registry = Registry::new();
    registry.emulator.add_user("alice", "password");
    let config = json!({
        "registry": {"quay_host": registry.emulator.url(), "quay_username": "alice", "quay_password": "password"},
        "organizations": [{
            "name": "alice", "reference": true, "prune": {"repositories": true},
            "robots": [{"name": "ci", "description": "Robot"}],
            "repositories": [{"name": "notes", "visibility": "private", "permissions": [
                {"name": "alice+ci", "role": "write"},
            ]}],
        }],
    });
    let files = Files::of(&[("own.yml", config.to_string())]);
    files.applied();
    let again = files.settled();
    let alice = registry.emulator.snapshot()["namespaces"]["alice"].clone();
    assert_eq!(alice["repositories"]["notes"]["user_roles"]["alice+ci"], json!("write"));
    let warned = warnings(&again);
    assert!(warned.iter().any(|warning| warning.contains("nothing is pruned in alice")), "{warned:?}");
}
