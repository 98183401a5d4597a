//! `quay_registry` and `quay_registry_info`: mass apply as modules. A run of one is a whole run, with many plans on any number
//! of servers.

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::args::Task;
use super::output::Outcome;
use super::page::Page;
use crate::apply::engine;
use crate::apply::export::{self, Wanted};
use crate::apply::hidden;
use crate::apply::input::intake::{self, Input};
use crate::apply::input::selection::{Destruction, Request, Selection};
use crate::apply::input::yaml::{Node, Problem};
use crate::apply::kinds::Kind;
use crate::apply::planning::validate;
use crate::apply::report::{Report, ReportedItem};
use crate::apply::run::NoProgress;
use crate::apply::show::{self, Tense};
use crate::call::Environment;
use crate::call::mask::Mask;
use crate::modules::{connection, quay_registry};

/// The returned value that holds what the modules of the objects return, secrets included.
const RESULTS: &str = "results";

/// The returned value that holds manifests of Kubernetes Secrets.
const MANIFESTS: &str = "manifests";

/// Runs one of the modules of mass apply with its checked options. Adds the secrets that it comes across to the mask.
pub fn run(task: &Task, options: &Map<String, Value>, mask: &mut Mask) -> Outcome {
    match task.call.module.as_str() {
        "quay_registry" => registry(task, options, mask),
        "quay_registry_info" => info(options),
        "quay_audit_info" => super::audit::run(options, mask),
        name => Outcome::failure(format!("internal error: {name} is no module of mass apply; please report it")),
    }
}

fn registry(task: &Task, options: &Map<String, Value>, mask: &mut Mask) -> Outcome {
    let mut request = match request(options) {
        Ok(request) => request,
        Err(why) => return Outcome::failure(why),
    };
    let page = match options.get("report").and_then(Value::as_str).map(Page::of).transpose() {
        Ok(page) => page,
        Err(why) => return Outcome::failure(why),
    };
    // A task without endpoints of its own may stand below defaults that name some: an empty list is none.
    let is_none = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    let given = |name: &&str| options.get(*name).is_some_and(|value| !is_none(value));
    let over = quay_registry::policies().map(|argument| argument.name).filter(given);
    let over = over.filter_map(|name| Some((name.to_owned(), options.get(name)?.clone()))).collect();
    let environment = |name: &str| environment(options, name);
    let input = input(options, &environment);
    let warnings = told(&input.warnings);
    let mut declaration = match validate::declaration(input, over, &environment) {
        Ok(declaration) => declaration,
        Err(problems) => return Outcome::problems(told(&problems)),
    };
    if options.get("state").and_then(Value::as_str) == Some("absent") {
        request.destroy = Some(Destruction::Allowed);
    }
    let mut report = engine::run(&mut declaration, &request, task.check_mode, &NoProgress);
    let tense = if task.check_mode { Tense::Future } else { Tense::Past };
    let mut values = match report.to_json() {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    if options.get("return_secrets") != Some(&Value::Bool(false)) {
        let returned = [(RESULTS, report.results()), (MANIFESTS, report.secrets().cloned().collect())];
        let returned = returned.into_iter().filter(|(_, list)| !list.is_empty());
        values.extend(returned.map(|(key, list)| (key.to_owned(), Value::Array(list))));
    }
    hidden::of(&declaration).iter().chain(&report.returned_secrets()).for_each(|secret| mask.add(secret));
    report.hide(mask);
    let mut failures = if report.succeeded() { Vec::new() } else { report.errors() };
    failures.extend(page.and_then(|page| page.write(&report, tense).err()));
    let failures = Some(failures).filter(|failures| !failures.is_empty());
    Outcome::of_many(values, report.changed(), failures, &[RESULTS, MANIFESTS])
        .showing(task.diff, differences(&report, tense))
        .noting(warnings, &[])
}

fn request(options: &Map<String, Value>) -> Result<Request, String> {
    let filter = |key: &str| texts(options.get("only").and_then(|only| only.get(key)));
    let kinds: Result<Vec<Vec<Kind>>, String> = filter("kinds").iter().map(|word| Selection::kinds(word)).collect();
    let only = Selection {
        organizations: filter("organizations"),
        endpoints: filter("endpoints"),
        kinds: kinds.map_err(|what| format!("only.kinds: {what}"))?.concat(),
    };
    Ok(Request { selection: only, destroy: None })
}

/// What `src`, `config` and `secrets` say.
pub fn input(options: &Map<String, Value>, environment: Environment) -> Input {
    let paths: Vec<PathBuf> = texts(options.get("src")).into_iter().map(PathBuf::from).collect();
    let secrets = options.get("secrets").and_then(Value::as_array).into_iter().flatten();
    let secrets = secrets.map(|manifest| Node::of_value(manifest, "secrets")).collect();
    let mut input = intake::files(&paths, &intake::Options { secrets, ..intake::Options::default() }, environment);
    if let Some(config) = options.get("config").filter(|config| !config.is_null()) {
        input.add(config, "config");
    }
    input
}

/// The variables of the connection speak with the voice of the task, which has asked the environment already.
pub fn environment(options: &Map<String, Value>, name: &str) -> Option<String> {
    let mut known = connection::RULES.environment.iter();
    match known.find(|(_, variables)| variables.contains(&name)) {
        Some((option, _)) => match options.get(*option)? {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            value => Some(value.to_string()),
        },
        None => std::env::var(name).ok(),
    }
}

/// The difference of each object that changes, and a summary, in the form of Ansible's `diff` key.
fn differences(report: &Report, tense: Tense) -> Value {
    let mut list = Vec::new();
    for endpoint in &report.endpoints {
        for object in endpoint.objects.iter().filter(|object| object.changed()) {
            let header = match report.endpoints.len() {
                1 => object.title.clone(),
                _ => format!("{}: {}", endpoint.name, object.title),
            };
            list.push(difference(&header, object));
        }
    }
    list.push(json!({"prepared": show::summary(report, tense)}));
    Value::Array(list)
}

fn difference(header: &str, object: &ReportedItem) -> Value {
    json!({"before_header": header, "after_header": header, "before": object.before, "after": object.after})
}

/// What is read of a server.
pub fn wanted<'a>(options: &Map<String, Value>, organizations: &'a [String]) -> Wanted<'a> {
    let flag = |key: &str| options.get(key).and_then(Value::as_bool).unwrap_or_default();
    let jobs = options.get("jobs").and_then(Value::as_u64).and_then(|jobs| usize::try_from(jobs).ok());
    Wanted { organizations, verb: "export", users: flag("users"), messages: flag("messages"), jobs: jobs.unwrap_or(1) }
}

fn info(options: &Map<String, Value>) -> Outcome {
    match export::read(options, &wanted(options, &texts(options.get("organizations"))), None) {
        Ok(found) => {
            let yaml = found.to_yaml();
            let values = [("registry", found.value), ("yaml", json!(yaml)), ("left_out", json!(found.left_out))];
            let values = values.map(|(key, value)| (key.to_owned(), value)).into_iter().collect();
            Outcome::of_many(values, false, None, &[])
        }
        Err(errors) => Outcome::of_many(Map::new(), false, Some(errors), &[]),
    }
}

/// Complaints, a sentence each.
pub fn told(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(Problem::to_string).collect()
}

/// The texts of a list.
pub fn texts(list: Option<&Value>) -> Vec<String> {
    let list = list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
