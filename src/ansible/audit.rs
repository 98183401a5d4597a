//! `quay_audit_info`: an audit as a module.

use std::path::Path;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::output::Outcome;
use super::registry::{environment, input, texts, told, wanted};
use crate::apply::audit::finding::{Finding, counts};
use crate::apply::audit::policy::Policy;
use crate::apply::audit::{Audited, entry, live};
use crate::apply::hidden;
use crate::apply::input::yaml::Node;
use crate::apply::planning::validate;
use crate::call::mask::Mask;

/// Judges what the options name. Adds the secrets that it comes across to the mask.
pub fn run(options: &Map<String, Value>, mask: &mut Mask) -> Outcome {
    match policy(options).and_then(|policy| Ok((audited(options, &policy, mask)?, policy))) {
        Ok((audited, policy)) => returned(&policy, &audited),
        Err(problems) => Outcome::problems(problems),
    }
}

fn policy(options: &Map<String, Value>) -> Result<Policy, Vec<String>> {
    let given = |key: &str| options.get(key).filter(|value| !value.is_null());
    let policy = match (given("rules"), given("rules_src").and_then(Value::as_str)) {
        (Some(rules), _) => Policy::read(&Node::of_value(rules, "rules")),
        (None, Some(path)) => Policy::of_file(Path::new(path)),
        (None, None) => Ok(Policy::usual()),
    };
    policy.map_err(|problems| told(&problems))
}

fn audited(options: &Map<String, Value>, policy: &Policy, mask: &mut Mask) -> Result<Audited, Vec<String>> {
    if ["src", "config"].iter().all(|key| options.get(*key).is_none_or(Value::is_null)) {
        return live::read(options, &wanted(options, &texts(options.get("organizations"))), policy, None);
    }
    let environment = |name: &str| environment(options, name);
    let declaration = validate::declaration(input(options, &environment), Map::new(), &environment)
        .map_err(|problems| told(&problems))?;
    hidden::of(&declaration).iter().for_each(|secret| mask.add(secret));
    let problems = validate::problems(&declaration);
    if problems.is_empty() { Ok(entry::declared(&declaration)) } else { Err(told(&problems)) }
}

fn returned(policy: &Policy, audited: &Audited) -> Outcome {
    let found = policy.judge(audited, Timestamp::now());
    let (excused, findings): (Vec<Finding>, Vec<Finding>) =
        found.into_iter().partition(|finding| finding.excuse.is_some());
    let list = |findings: &[Finding]| findings.iter().map(Finding::to_json).collect::<Value>();
    let incomplete: Vec<String> = audited.incomplete.iter().cloned().chain(policy.left_out(audited)).collect();
    let values = [
        ("findings", list(&findings)),
        ("excused", list(&excused)),
        ("counts", counts(&findings)),
        ("incomplete", json!(incomplete)),
    ];
    Outcome::of_many(values.map(|(key, value)| (key.to_owned(), value)).into_iter().collect(), false, None, &[])
}
