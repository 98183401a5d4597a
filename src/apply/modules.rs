//! `quay_registry` and `quay_registry_info`: mass apply as modules.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::engine;
use super::engine::{Only, Silence, Wish};
use super::export;
use super::export::Wanted;
use super::hidden;
use super::input::declaration::Declaration;
use super::input::intake;
use super::input::intake::Input;
use super::input::layout::Kind;
use super::input::yaml::Problem;
use super::planning::doomed;
use super::report::{Object, Outcome, Report};
use super::show;
use super::show::Tense;
use super::whole::{Done, Task};
use crate::call::Environment;
use crate::modules::connection;

/// Options of the module that a declaration has under `registry`.
const OF_THE_REGISTRY: &[&str] = &[
    "endpoints",
    "prune",
    "max_removals",
    "max_removal_percent",
    "allow",
    "skip_removals",
    "update_secrets",
    "jobs",
    "rate",
];

/// The returned value that holds what the modules of the objects return, secrets included.
const RESULTS: &str = "results";

/// Runs one of the modules of mass apply.
pub fn run(task: &Task<'_>) -> Done {
    match task.document.name {
        "quay_registry" => registry(task),
        "quay_registry_info" => info(task),
        name => Done::failed(format!("internal error: {name} is no module of mass apply; please report it")),
    }
}

fn registry(task: &Task<'_>) -> Done {
    let mut wish = match wish(task) {
        Ok(wish) => wish,
        Err(why) => return Done::failed(why),
    };
    let given = |key: &&&str| task.options.get(**key).is_some_and(|value| !value.is_null());
    let over = OF_THE_REGISTRY.iter().filter(given);
    let over = over.filter_map(|key| Some(((*key).to_owned(), task.options.get(*key)?.clone()))).collect();
    let environment = |name: &str| environment(task.options, name);
    let read = input(task.options, &environment).and_then(|input| {
        let warnings: Vec<String> = input.warnings.iter().map(Problem::to_string).collect();
        Ok((input.declaration(over, &environment)?, warnings))
    });
    let (declaration, warnings) = match read {
        Ok(read) => read,
        Err(problems) => return mistakes(&problems),
    };
    if task.options.get("state").and_then(Value::as_str) == Some("absent") {
        if !declaration.registry.rails.delete_organizations {
            return Done::failed(
                "state=absent deletes organizations with everything in them: set allow.delete_organizations",
            );
        }
        wish.destroy = Some(condemned(&declaration, &wish.only));
    }
    let report = engine::run(&declaration, &wish, task.check_mode, &Silence);
    let tense = if task.check_mode { Tense::Future } else { Tense::Past };
    let mut values = match report.to_json() {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    let results = report.results();
    if !results.is_empty() {
        values.insert(RESULTS.to_owned(), Value::Array(results));
    }
    let mut secrets = hidden::of(&declaration);
    secrets.extend(report.returned_secrets());
    let errors = errors(&report);
    Done {
        failure: (!report.succeeded()).then(|| failure(&errors)),
        errors,
        changed: report.changed(),
        values,
        diff: differences(&report, tense),
        warnings,
        secrets,
        readable: &[RESULTS],
    }
}

fn wish(task: &Task<'_>) -> Result<Wish, String> {
    let filter = |key: &str| texts(task.options.get("only").and_then(|only| only.get(key)));
    let kinds: Result<Vec<Kind>, String> = filter("kinds").iter().map(|word| kind(word)).collect();
    let only = Only {
        organizations: filter("organizations"),
        endpoints: filter("endpoints"),
        kinds: kinds.map_err(|what| format!("only.kinds: {what}"))?,
    };
    Ok(Wish { only, destroy: None })
}

/// The kind with this name, of which a run can be limited to.
///
/// # Errors
/// A sentence that tells the names of all such kinds, or the one that has this among its options.
pub fn kind(word: &str) -> Result<Kind, String> {
    let kind = Kind::of(word).ok_or_else(|| {
        let known: Vec<&str> =
            Kind::ALL.iter().filter(|kind| kind.holder().is_none()).map(|kind| kind.word()).collect();
        format!("there is no kind \"{word}\"; the kinds are {}", known.join(", "))
    })?;
    match kind.holder() {
        Some(holder) => Err(format!("{word} are set together with their {0}: name the kind {0}", holder.word())),
        None => Ok(kind),
    }
}

/// The organizations that a declaration is about, as far as it shall be followed.
fn condemned(declaration: &Declaration, only: &Only) -> Vec<String> {
    let meant = doomed::made(declaration)
        .filter(|name| only.organizations.is_empty() || only.organizations.iter().any(|one| one == name));
    meant.map(str::to_owned).collect()
}

fn input(options: &Map<String, Value>, environment: Environment) -> Result<Input, Vec<Problem>> {
    let paths: Vec<PathBuf> = texts(options.get("src")).into_iter().map(PathBuf::from).collect();
    let mut input = if paths.is_empty() {
        Input::default()
    } else {
        intake::files(&paths, &intake::Options::default(), environment)?
    };
    if let Some(config) = options.get("config").filter(|config| !config.is_null()) {
        input.add(config, "config");
    }
    Ok(input)
}

/// The variables of the connection speak with the voice of the task, which has asked the environment already.
fn environment(options: &Map<String, Value>, name: &str) -> Option<String> {
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

fn mistakes(problems: &[Problem]) -> Done {
    let errors: Vec<String> = problems.iter().map(Problem::to_string).collect();
    Done { failure: Some(errors.join("; ")), errors, ..Done::default() }
}

/// Everything that went wrong, a sentence each: first what failed, then why other things were not tried. What several have
/// in common is told with the first of them.
fn errors(report: &Report) -> Vec<String> {
    let (mut errors, mut left_out) = (Vec::new(), Vec::new());
    for endpoint in &report.endpoints {
        errors.extend(endpoint.refusals.iter().map(|why| format!("{}: {why}", endpoint.name)));
        let mut told = BTreeSet::new();
        for object in &endpoint.objects {
            let sentence = |why: &str| format!("{}: {}: {why}", endpoint.name, object.title);
            match &object.outcome {
                // It is among the refusals, with its place.
                Outcome::Failed(why) if endpoint.refusals.iter().any(|refusal| refusal.ends_with(why.as_str())) => {}
                Outcome::Failed(why) => errors.push(sentence(why)),
                Outcome::Skipped(why) if told.insert(why) => left_out.push(sentence(why)),
                Outcome::Skipped(_) | Outcome::Planned | Outcome::Done => {}
            }
        }
    }
    errors.extend(left_out);
    errors
}

fn failure(errors: &[String]) -> String {
    match errors {
        [] => "something was not tried".into(),
        [only] => only.clone(),
        [first, rest @ ..] => format!("{first} (and {} more, see errors)", rest.len()),
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

fn difference(header: &str, object: &Object) -> Value {
    json!({"before_header": header, "after_header": header, "before": object.before, "after": object.after})
}

fn info(task: &Task<'_>) -> Done {
    let flag = |key: &str| task.options.get(key).and_then(Value::as_bool).unwrap_or_default();
    let jobs = task.options.get("jobs").and_then(Value::as_u64).and_then(|jobs| usize::try_from(jobs).ok());
    let organizations = texts(task.options.get("organizations"));
    let wanted = Wanted {
        organizations: &organizations,
        users: flag("users"),
        messages: flag("messages"),
        jobs: jobs.unwrap_or(1),
    };
    match export::read(task.options, &wanted) {
        Ok(found) => {
            let yaml = found.to_yaml();
            let values = [("registry", found.value), ("yaml", json!(yaml)), ("left_out", json!(found.left_out))];
            Done { values: values.map(|(key, value)| (key.to_owned(), value)).into_iter().collect(), ..Done::default() }
        }
        Err(errors) => Done { failure: Some(failure(&errors)), errors, ..Done::default() },
    }
}

fn texts(list: Option<&Value>) -> Vec<String> {
    let list = list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
