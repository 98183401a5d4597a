//! Rules about several options of one level.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::check::Scope;
use super::{Complaint, python};
use crate::modules::contract::RequiredIf;

/// The options of a level while it is checked.
#[derive(Default)]
pub struct State {
    /// Values, never null.
    pub values: BTreeMap<&'static str, Value>,
    /// Environment variables that supplied values.
    pub variables: BTreeMap<&'static str, &'static str>,
    /// Options whose value is wrong; that is said already.
    pub wrong: BTreeSet<&'static str>,
}

impl State {
    /// Whether the option has a value, be it a wrong one.
    pub fn has(&self, option: &str) -> bool {
        self.values.contains_key(option)
    }

    /// The value, unless it is wrong.
    pub fn get(&self, option: &str) -> Option<&Value> {
        self.values.get(option).filter(|_| !self.wrong.contains(option))
    }

    fn lacking<'a>(&self, options: &[&'a str]) -> Vec<&'a str> {
        options.iter().copied().filter(|option| !self.has(option)).collect()
    }

    /// Names the environment variables behind options, for a reader who does not see them in the task.
    fn origin(&self, options: impl Iterator<Item = &'static str>) -> String {
        let mut variables = Vec::new();
        for variable in options.filter_map(|option| self.variables.get(option)) {
            if !variables.contains(variable) {
                variables.push(*variable);
            }
        }
        match variables.as_slice() {
            [] => String::new(),
            [one] => format!(" (from the environment variable {one})"),
            [most @ .., last] => format!(" (from the environment variables {} and {last})", most.join(", ")),
        }
    }
}

/// Checks the sets of which at most one option may be given. Defaults do not count.
pub fn mutually_exclusive(scope: &Scope<'_>, state: &State, errors: &mut Vec<Complaint>) {
    let found_in = scope.found_in();
    let sets = scope.rules.iter().flat_map(|rules| rules.mutually_exclusive).copied();
    let broken: Vec<&[&str]> = sets.filter(|set| set.len() - state.lacking(set).len() > 1).collect();
    if !broken.is_empty() {
        let sets: Vec<String> = broken.iter().map(|set| set.join("|")).collect();
        let origin = state.origin(broken.iter().copied().flatten().copied());
        let given = broken.iter().copied().flatten().copied().find(|option| state.has(option));
        let text = format!("parameters are mutually exclusive: {}{found_in}{origin}", sets.join(", "));
        errors.push(scope.complaint(given, text));
    }
}

/// Checks that the required options are there.
pub fn required(options: &BTreeSet<&str>, scope: &Scope<'_>, state: &State, errors: &mut Vec<Complaint>) {
    let missing: Vec<&str> = options.iter().copied().filter(|option| !state.has(option)).collect();
    if !missing.is_empty() {
        let text = format!("missing required arguments: {}{}", missing.join(", "), scope.found_in());
        errors.push(scope.complaint(None, text));
    }
}

/// Checks the options that are needed because of others.
pub fn dependent(scope: &Scope<'_>, state: &State, errors: &mut Vec<Complaint>) {
    let (rules, found_in) = (&scope.rules, scope.found_in());
    for set in rules.iter().flat_map(|rules| rules.required_together) {
        let lacking = state.lacking(set).len();
        if lacking > 0 && lacking < set.len() {
            let origin = state.origin(set.iter().copied());
            let given = set.iter().copied().find(|option| state.has(option));
            let text = format!("parameters are required together: {}{found_in}{origin}", set.join(", "));
            errors.push(scope.complaint(given, text));
        }
    }
    for set in rules.iter().flat_map(|rules| rules.required_one_of) {
        if state.lacking(set).len() == set.len() {
            let text = format!("one of the following is required: {}{found_in}", set.join(", "));
            errors.push(scope.complaint(None, text));
        }
    }
    for rule in rules.iter().flat_map(|rules| rules.required_if) {
        let lacking = state.lacking(rule.then);
        let enough = if rule.any { lacking.len() < rule.then.len() } else { lacking.is_empty() };
        if let Some(value) = state.get(rule.option).filter(|value| holds(rule, value) && !enough) {
            let (option, value) = (rule.option, python::str(value));
            let quantity = if rule.any { "any" } else { "all" };
            let lacking = lacking.join(", ");
            let text = format!("{option} is {value} but {quantity} of the following are missing: {lacking}{found_in}");
            errors.push(scope.complaint(Some(option), text));
        }
    }
    for (option, needed) in rules.iter().flat_map(|rules| rules.required_by) {
        let lacking = state.lacking(needed);
        if state.has(option) && !lacking.is_empty() {
            let text = format!("missing parameter(s) required by '{option}': {}{found_in}", lacking.join(", "));
            errors.push(scope.complaint(Some(option), text));
        }
    }
}

/// Whether the option has the value of the rule. Booleans may be written in lower case there.
fn holds(rule: &RequiredIf, value: &Value) -> bool {
    let text = python::str(value);
    text == rule.value || (value.is_boolean() && text.eq_ignore_ascii_case(rule.value))
}
