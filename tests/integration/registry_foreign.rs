//! Files of other tools, read as the command line and the module read them, and their conversion to registry files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use quaymaster::apply::convert::convert;
use quaymaster::apply::declaration::Declaration;
use quaymaster::apply::engine::{self, Only, Silence, Wish};
use quaymaster::apply::intake::{self, Options};
use quaymaster::apply::layout::Kind;
use quaymaster::apply::report::{Action, Report};
use quaymaster::apply::yaml::{Problem, files};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::registry_support::{complaints, lines};

/// Files with the hosts of a test's servers in place of those that the fixtures name.
pub struct Files {
    folder: TempDir,
    /// What the registry shall have besides what the files say.
    pub over: Map<String, Value>,
    /// The environment of the run.
    pub environment: BTreeMap<String, String>,
    /// Whether repositories without a visibility become public.
    pub public_by_default: bool,
}

impl Files {
    /// Files by name and content.
    pub fn of(files: &[(&str, String)]) -> Files {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let over = Map::from_iter([("retries".to_owned(), json!(0))]);
        Files { folder, over, environment: BTreeMap::new(), public_by_default: false }
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
        Options { login: None, public_by_default: self.public_by_default }
    }

    /// What the files declare, and the warnings about them.
    pub fn read(&self) -> Result<(Declaration, Vec<String>), Vec<Problem>> {
        let environment = |name: &str| self.environment.get(name).cloned();
        let input = intake::files(&[self.path()], &self.options(), &environment)?;
        let warnings = input.warnings.iter().map(ToString::to_string).collect();
        Ok((input.declaration(self.over.clone(), &environment)?, warnings))
    }

    pub fn declaration(&self) -> Declaration {
        self.read().unwrap_or_else(|problems| panic!("{}", lines(&problems))).0
    }

    pub fn plan(&self) -> Report {
        engine::plan(&self.declaration(), &Wish::default()).report()
    }

    pub fn apply(&self) -> Report {
        self.apply_only(Only::default())
    }

    pub fn apply_only(&self, only: Only) -> Report {
        let wish = Wish { only, destroy: None };
        engine::plan(&self.declaration(), &wish).execute(&Silence, &AtomicBool::new(false))
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
        let found = intake::foreign(&[self.path()], &self.options(), &environment);
        let found = found.unwrap_or_else(|problems| panic!("{}", lines(&problems)));
        let mut known = self.environment.clone();
        let mut texts = Vec::new();
        for translation in &found {
            let converted = convert(translation);
            let name = format!("converted-{}.yml", texts.len());
            let mut file = Files::of(&[(&name, converted.text.clone())]);
            let read = files::read(&[file.path()]).unwrap_or_else(|problems| panic!("{}", lines(&problems)));
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
pub fn only(kinds: &[Kind], endpoints: &[&str]) -> Only {
    let endpoints = endpoints.iter().map(|name| (*name).to_owned()).collect();
    Only { kinds: kinds.to_vec(), endpoints, ..Only::default() }
}
