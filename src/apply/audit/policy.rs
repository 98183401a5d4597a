//! Which rules count, how much, and what is put up with: what a file of rules says.

mod own;
mod read;
mod schema;

use std::collections::{HashMap, HashSet};
use std::path::Path;

use jiff::Timestamp;

use super::condition::{self, Condition};
use super::entry::Entry;
use super::finding::{Excuse, Finding, Severity};
use super::rules::{ENDED_EXCEPTION, Judge, NAME_PATTERN, RULES, Rule};
use super::{Audited, OBSERVED};
use crate::apply::input::yaml::{Node, Place, Problem, files};
use crate::apply::kinds::Kind;
use crate::quay::glob::Glob;
pub use schema::schema;

/// The rules of an audit.
pub struct Policy {
    /// Those that count, each with its severity.
    pub rules: Vec<Active>,
    exceptions: Vec<Exception>,
}

/// A rule that counts.
pub struct Active {
    /// Its name.
    pub id: String,
    /// How much its findings matter.
    pub severity: Severity,
    /// What it wants, a sentence.
    pub wants: String,
    test: Test,
}

/// How a rule that counts looks.
enum Test {
    Table(&'static Rule, u64),
    Own(Own),
}

/// A rule of the user.
struct Own {
    kind: Kind,
    when: Vec<(String, Condition)>,
    must: Vec<(String, Condition)>,
    message: String,
}

/// What is put up with, and until when.
struct Exception {
    rule: String,
    object: String,
    fits: Glob,
    excuse: Excuse,
    ends: Timestamp,
    place: Place,
}

impl Policy {
    /// The policy without a file: every rule as the table has it.
    pub fn usual() -> Policy {
        let active = |rule: &'static Rule| Active::of(rule, rule.severity, rule.number.map_or(0, |(_, usual)| usual));
        Policy { rules: RULES.iter().map(active).collect(), exceptions: Vec::new() }
    }

    /// Reads the policy of a file.
    ///
    /// # Errors
    /// When it cannot be read, and everything that is wrong with it.
    pub fn of_file(path: &Path) -> Result<Policy, Vec<Problem>> {
        let (sources, problems) = files::read(&[path.to_path_buf()]);
        let documents: Vec<Node> = sources.into_iter().flat_map(|source| source.documents).collect();
        match documents.as_slice() {
            _ if !problems.is_empty() => Err(problems),
            [node] => Policy::read(node),
            _ => {
                let place = Place::data(path.to_string_lossy());
                Err(vec![Problem { place, what: "the rules have to be one file with one document".into() }])
            }
        }
    }

    /// Reads the policy of a file of rules.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(node: &Node) -> Result<Policy, Vec<Problem>> {
        read::policy(node)
    }

    /// The rules that count, each name once: [`NAME_PATTERN`] is one rule for each kind that has a pattern.
    pub fn distinct(&self) -> impl Iterator<Item = &Active> {
        let mut known = HashSet::new();
        self.rules.iter().filter(move |rule| known.insert(rule.id.as_str()))
    }

    /// Looks at all that is there, at a time. The findings that matter most come first.
    pub fn judge(&self, audited: &Audited, now: Timestamp) -> Vec<Finding> {
        let mut inside: HashMap<&str, Vec<&Entry>> = HashMap::new();
        for entry in &audited.entries {
            inside.entry(entry.organization.as_deref().unwrap_or_default()).or_default().push(entry);
        }
        let mut findings = Vec::new();
        for rule in self.rules.iter().filter(|rule| !rule.is_left_out(audited) && !rule.is_content(audited)) {
            for entry in &audited.entries {
                let around =
                    inside.get(entry.organization.as_deref().unwrap_or_default()).map_or(&[][..], Vec::as_slice);
                findings.extend(rule.judge(entry, around).map(|message| self.finding(rule, entry, message, now)));
            }
        }
        if let Some(rule) = self.rules.iter().find(|rule| rule.id == ENDED_EXCEPTION) {
            let ended = self.exceptions.iter().filter(|exception| exception.ends < now);
            findings.extend(ended.map(|exception| exception.ended(rule)));
        }
        let order =
            |finding: &Finding| (std::cmp::Reverse(finding.severity), finding.rule.clone(), finding.object.clone());
        findings.sort_by_cached_key(order);
        findings
    }

    /// The rules that say nothing about a server that cannot have what they want, a sentence each.
    pub fn left_out(&self, audited: &Audited) -> Vec<String> {
        let left_out = self.rules.iter().filter(|rule| rule.is_left_out(audited));
        left_out.map(|rule| format!("the rule {}: the server has what it wants switched off", rule.id)).collect()
    }

    /// Whether any rule looks at tokens, or at what a server tells of credentials beside their options.
    pub fn looks_at_credentials(&self) -> bool {
        self.rules.iter().any(|rule| match &rule.test {
            Test::Table(rule, _) => rule.about == Some(Kind::Tokens),
            Test::Own(own) => {
                let mut keys = own.when.iter().chain(&own.must).map(|(key, _)| key.as_str());
                own.kind == Kind::Tokens || keys.any(|key| OBSERVED.contains(&key))
            }
        })
    }

    fn finding(&self, rule: &Active, entry: &Entry, message: String, now: Timestamp) -> Finding {
        let excuses = |exception: &&Exception| {
            exception.rule == rule.id && exception.ends >= now && exception.fits.fits(&entry.object)
        };
        Finding {
            rule: rule.id.clone(),
            severity: rule.severity,
            kind: entry.word(),
            object: entry.object.clone(),
            organization: entry.organization.clone(),
            place: entry.place.clone(),
            message: format!("{}{message}", entry.title()),
            excuse: self.exceptions.iter().find(excuses).map(|exception| exception.excuse.clone()),
        }
    }
}

impl Active {
    fn of(rule: &'static Rule, severity: Severity, number: u64) -> Active {
        Active { id: rule.id.to_owned(), severity, wants: rule.wants.to_owned(), test: Test::Table(rule, number) }
    }

    /// What is wrong with an entry, for what follows its title.
    fn judge(&self, entry: &Entry, around: &[&Entry]) -> Option<String> {
        match &self.test {
            Test::Own(own) => own.judge(entry).map(|message| format!(": {message}")),
            Test::Table(rule, number) => match rule.judge {
                Judge::Each(judge) => judge(entry, *number),
                Judge::Within(judge) => judge(entry, around, *number),
                Judge::Organization(judge) => {
                    entry.is(Kind::Organizations).then(|| judge(entry, around, *number)).flatten()
                }
                Judge::Elsewhere => None,
            }
            .map(|message| format!(" {message}")),
        }
    }

    fn is_left_out(&self, audited: &Audited) -> bool {
        self.rule().is_some_and(|rule| rule.about.is_some_and(|kind| audited.lacks.contains(&kind)))
    }

    /// Whether the server sees to it for all.
    fn is_content(&self, audited: &Audited) -> bool {
        let rule = self.rule().filter(|rule| rule.is_given);
        rule.is_some_and(|rule| rule.about.is_some_and(|kind| audited.given.contains(&kind)))
    }

    fn rule(&self) -> Option<&'static Rule> {
        match self.test {
            Test::Table(rule, _) => Some(rule),
            Test::Own(_) => None,
        }
    }
}

impl Own {
    fn judge(&self, entry: &Entry) -> Option<&str> {
        let is_meant = entry.is(self.kind) && condition::all(&self.when, entry);
        let is_right = !self.must.is_empty() && condition::all(&self.must, entry);
        (is_meant && !is_right).then_some(&self.message)
    }
}

impl Exception {
    fn ended(&self, rule: &Active) -> Finding {
        let Exception { object, excuse: Excuse { until, .. }, .. } = self;
        Finding {
            rule: rule.id.clone(),
            severity: rule.severity,
            kind: "exceptions",
            object: object.clone(),
            organization: None,
            place: Some(self.place.clone()),
            message: format!(
                "the exception of {object} from {} ended on {until}: remove it, or give it another end",
                self.rule
            ),
            excuse: None,
        }
    }
}
