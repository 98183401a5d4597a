//! Own rules in the file of rules: conditions, and patterns of names.

use super::read::{Reading, Result, part, severity};
use super::{Active, Condition, Own, Policy, Rule, Severity, Test};
use crate::apply::audit::OBSERVED;
use crate::apply::input::yaml::{Key, Node};
use crate::apply::kinds::Kind;
use crate::quay::glob::Glob;

impl Reading {
    /// An own rule; `policy` has those that are known.
    pub fn own(&mut self, node: &Node, policy: &Policy) -> Option<Active> {
        const KEYS: &[&str] = &["id", "kind", "severity", "when", "must", "message"];
        self.map(node, "an own rule", KEYS);
        let id = self.text(node, "id")?;
        let is_taken = policy.rules.iter().any(|rule| rule.id == id) || Rule::find(&id).is_some();
        if is_taken || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
            let what = "an id must be new, of letters, digits and any of - _ .";
            self.problems.push(node.at("id").problem(what));
        }
        let word = self.text(node, "kind")?;
        let kind = self.take(kind(&word, node.at("kind")))?;
        let severity = match part(node, "severity") {
            Some(node) => self.take(severity(node))??,
            None => Severity::Medium,
        };
        let when = self.conditions(node, "when", kind);
        let must = self.conditions(node, "must", kind);
        if when.is_empty() && must.is_empty() {
            self.problems.push(node.problem("an own rule needs when, must or both"));
        }
        let message = self.text(node, "message")?;
        let wants = message.clone();
        Some(Active { id, severity, wants, test: Test::Own(Own { kind, when, must, message }) })
    }

    fn conditions(&mut self, node: &Node, key: &str, kind: Kind) -> Vec<(String, Condition)> {
        let Some(node) = part(node, key) else { return Vec::new() };
        let mut conditions = Vec::new();
        for (key, value) in self.map(node, key, &options(kind)) {
            conditions.extend(self.take(Condition::read(value)).map(|condition| (key.name.to_string(), condition)));
        }
        conditions
    }
}

fn kind(word: &str, node: &Node) -> Result<Kind> {
    kinds().find(|kind| kind.word() == word).ok_or_else(|| node.problem(Kind::unknown(word, kinds())))
}

/// The kinds that rules can be about: those that stand in files by themselves.
pub fn kinds() -> impl Iterator<Item = Kind> {
    Kind::ALL.iter().copied().filter(|kind| !kind.card().sections.is_empty())
}

/// What conditions on a kind can be about.
pub fn options(kind: Kind) -> Vec<&'static str> {
    let mut keys = vec!["name", "organization"];
    for section in kind.card().sections {
        // An answer about a secret would tell something of it.
        let secrets = section.entry().rules.secrets;
        let is_open = |option: &str| secrets.iter().all(|secret| secret.split('.').next() != Some(option));
        keys.extend(section.options().map(|(key, _)| key).filter(|key| is_open(section.option(key))));
        keys.extend(section.supplied.iter().map(|(option, _)| *option));
    }
    if matches!(kind, Kind::Robots | Kind::Tokens) {
        keys.extend(OBSERVED);
    }
    keys
}

/// The rule that names of a kind fit a pattern, or one of several.
pub fn names(key: &Key, node: &Node) -> Result<Own> {
    let kind = kind(&key.name, &Node { place: key.place.clone(), content: node.content.clone() })?;
    let is_text = |node: &Node| node.as_str().is_some_and(|text| !text.is_empty());
    let list = node.as_list().map_or_else(|| vec![node], |list| list.iter().collect());
    if list.is_empty() || !list.iter().all(|node| is_text(node)) {
        return Err(node.problem("must be a pattern with *, ? and [...], or a list of several"));
    }
    let patterns: Vec<&str> = list.iter().filter_map(|node| node.as_str()).collect();
    if let Some(open) = patterns.iter().find(|pattern| Glob::new(pattern).is_open()) {
        return Err(node.problem(format!("nothing closes a [ of {open}: add a ]")));
    }
    let message = format!("the name does not fit {}: choose another one", patterns.join(" or "));
    Ok(Own { kind, when: Vec::new(), must: vec![("name".into(), Condition::read(node)?)], message })
}
