//! The file of rules.

use std::ops::RangeInclusive;

use super::own::names;
use super::{Active, Exception, Excuse, Glob, NAME_PATTERN, Policy, RULES, Rule, Severity, Test};
use crate::apply::input::registry::unknown;
use crate::apply::input::yaml::{Content, Key, Node, Problem};
use crate::quay::time;

/// The keys of the file.
const KEYS: &[&str] = &["rules", "names", "own", "exceptions"];
/// The severity of a rule that does not count.
pub const OFF: &str = "off";
/// What the number of a rule can be.
pub const NUMBERS: RangeInclusive<u64> = 1..=100_000;
/// How a day is written.
pub const DAY: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";

/// What was read, or what is wrong with it.
pub type Result<T> = std::result::Result<T, Problem>;

/// Reads a whole file.
pub fn policy(node: &Node) -> std::result::Result<Policy, Vec<Problem>> {
    let mut reading = Reading::default();
    let mut policy = Policy { rules: Vec::new(), exceptions: Vec::new() };
    for (key, value) in reading.map(node, "a file of rules", KEYS) {
        match key.name.as_str() {
            "exceptions" | "own" => {}
            _ => drop(reading.map(value, &key.name, &[])),
        }
    }
    for rule in RULES {
        policy.rules.extend(reading.rule(rule, part(node, "rules").and_then(|rules| rules.get(rule.id))));
    }
    if let Some(rules) = part(node, "rules") {
        reading.unknown_keys(rules, &RULES.iter().map(|rule| rule.id).collect::<Vec<_>>());
    }
    for (key, value) in part(node, "names").map(pairs).unwrap_or_default() {
        let named = policy.rules.iter().find(|rule| rule.id == NAME_PATTERN).map(|rule| rule.severity);
        let own = reading.take(names(key, value));
        policy.rules.extend(own.zip(named).map(|(own, severity)| Active {
            id: NAME_PATTERN.to_owned(),
            severity,
            wants: Rule::find(NAME_PATTERN).map(|rule| rule.wants.to_owned()).unwrap_or_default(),
            test: Test::Own(own),
        }));
    }
    for entry in reading.list(node, "own") {
        let own = reading.own(entry, &policy);
        policy.rules.extend(own);
    }
    for entry in reading.list(node, "exceptions") {
        let exception = reading.exception(entry, &policy);
        policy.exceptions.extend(exception);
    }
    if reading.problems.is_empty() { Ok(policy) } else { Err(reading.problems) }
}

/// What stands under a key, unless that is null.
pub fn part<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    node.get(key).filter(|node| !node.is_null())
}

fn pairs(node: &Node) -> &[(Key, Node)] {
    match &node.content {
        Content::Map(map) => map,
        _ => &[],
    }
}

/// Collects what is wrong.
#[derive(Default)]
pub struct Reading {
    pub problems: Vec<Problem>,
}

impl Reading {
    /// What was read; a complaint is kept.
    pub fn take<T>(&mut self, read: Result<T>) -> Option<T> {
        read.map_err(|problem| self.problems.push(problem)).ok()
    }

    /// The pairs of a mapping; `known` names the keys that it can have, if those are few.
    pub fn map<'a>(&mut self, node: &'a Node, what: &str, known: &[&str]) -> &'a [(Key, Node)] {
        if !matches!(node.content, Content::Map(_)) && !node.is_null() {
            self.problems.push(node.problem(format!("{what} must be a mapping")));
        }
        if !known.is_empty() {
            self.unknown_keys(node, known);
        }
        pairs(node)
    }

    fn unknown_keys(&mut self, node: &Node, known: &[&str]) {
        let strange = pairs(node).iter().filter(|(key, _)| !known.contains(&key.name.as_str()));
        self.problems.extend(strange.map(|(key, _)| unknown(key.place.clone(), &key.name, known)));
    }

    fn list<'a>(&mut self, node: &'a Node, key: &str) -> &'a [Node] {
        let Some(node) = part(node, key) else { return &[] };
        node.as_list().unwrap_or_else(|| {
            self.problems.push(node.problem(format!("{key} must be a list")));
            &[]
        })
    }

    /// A rule of the table as the file wants it; `None` for one that is off.
    fn rule(&mut self, rule: &'static Rule, node: Option<&Node>) -> Option<Active> {
        let usual = rule.number.map_or(0, |(_, usual)| usual);
        let Some(node) = node.filter(|node| !node.is_null()) else {
            return Some(Active::of(rule, rule.severity, usual));
        };
        let Content::Map(_) = &node.content else {
            let severity = self.take(severity(node))??;
            return Some(Active::of(rule, severity, usual));
        };
        let known: Vec<&str> = ["severity"].into_iter().chain(rule.number.map(|(name, _)| name)).collect();
        self.unknown_keys(node, &known);
        let severity = match part(node, "severity") {
            Some(node) => self.take(severity(node))??,
            None => rule.severity,
        };
        let number = rule.number.and_then(|(name, _)| part(node, name)).map(|node| {
            let number = node.to_value().as_u64().filter(|number| NUMBERS.contains(number));
            let (least, most) = (NUMBERS.start(), NUMBERS.end());
            number.ok_or_else(|| node.problem(format!("must be a whole number from {least} to {most}")))
        });
        let number = match number {
            Some(number) => self.take(number)?,
            None => usual,
        };
        Some(Active::of(rule, severity, number))
    }

    fn exception(&mut self, node: &Node, policy: &Policy) -> Option<Exception> {
        const KEYS: &[&str] = &["rule", "object", "reason", "until"];
        self.map(node, "an exception", KEYS);
        let [rule, object, reason, until] =
            KEYS.iter().map(|key| self.text(node, key)).collect::<Vec<_>>().try_into().ok()?;
        let (rule, object, reason, until) = (rule?, object?, reason?, until?);
        if Rule::find(&rule).is_none() && !policy.rules.iter().any(|active| active.id == rule) {
            let known: Vec<&str> = policy.distinct().map(|rule| rule.id.as_str()).collect();
            let what = format!("there is no rule {rule}; the rules are {}", known.join(", "));
            self.problems.push(node.at("rule").problem(what));
        }
        // The whole day counts, also where the clocks are behind: it ends last twelve hours west of Greenwich.
        let is_day = until.len() == "2027-01-31".len();
        let Some(ends) = time::parse(&format!("{until}T23:59:59-12:00")).filter(|_| is_day) else {
            self.problems.push(node.at("until").problem("must be a date such as 2027-01-31"));
            return None;
        };
        let fits = Glob::new(&object);
        Some(Exception { rule, fits, object, excuse: Excuse { reason, until }, ends, place: node.place.clone() })
    }

    /// A text that must be there.
    pub fn text(&mut self, node: &Node, key: &str) -> Option<String> {
        let text = node.get(key).and_then(Node::as_str).filter(|text| !text.trim().is_empty()).map(str::to_owned);
        if text.is_none() {
            self.problems.push(node.at(key).problem(format!("needs a text {key}")));
        }
        text
    }
}

/// A severity, `None` for a rule that is off.
pub fn severity(node: &Node) -> Result<Option<Severity>> {
    let value = node.to_value();
    match value.as_str() {
        None if value == false => Ok(None),
        Some(OFF) => Ok(None),
        Some(word) if Severity::of(word).is_some() => Ok(Severity::of(word)),
        _ => Err(node.problem(format!("must be {OFF}, {}", Severity::ALL.map(Severity::word).join(", ")))),
    }
}
