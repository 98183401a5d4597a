//! One auto-prune policy, ready to be held against tags.

use super::pattern::{Pattern, depends_on_database};
use crate::quay::history::Entry;
use crate::quay::policy::prune::Policy;
use crate::quay::written;

/// Which of the tags that it concerns a policy takes.
#[derive(Clone, Copy)]
pub enum Limit {
    /// All but so many of the newest.
    Newest(usize),
    /// Those that are more than so many seconds old.
    Older(i64),
}

/// One policy.
pub struct Rule {
    /// The policy and its place, for a person.
    pub name: String,
    /// Which tags go.
    pub limit: Limit,
    /// The pattern as it was given, and whether the tags are meant in which it is found.
    pattern: Option<(String, Pattern, bool)>,
}

impl Rule {
    /// A policy of a place, which a person calls `place`; `None` when its value is none.
    pub fn of(policy: &Policy, place: &str) -> Option<Rule> {
        let pattern = policy.pattern().map(|text| (text.to_owned(), Pattern::new(text), policy.matches()));
        let name = format!("{} of {place}", policy.name().trim_matches(['(', ')']));
        Some(Rule { name, limit: limit(policy)?, pattern })
    }

    /// Whether a policy keeps its whole namespace from being pruned, wherever it stands.
    pub fn blocks(policy: &Policy) -> bool {
        Rule::of(policy, "").is_some_and(|rule| rule.is_refused())
    }

    /// Whether every database refuses the pattern.
    pub fn is_refused(&self) -> bool {
        matches!(self.pattern, Some((_, Pattern::Refused, _)))
    }

    /// Whether it concerns a tag; `None` where only the server can tell.
    pub fn concerns(&self, tag: &Entry) -> Option<bool> {
        match &self.pattern {
            None => Some(true),
            Some((_, pattern, wanted)) => pattern.finds(&tag.name).map(|found| found == *wanted),
        }
    }

    /// Whether it comes after those by age.
    pub fn counts(&self) -> bool {
        matches!(self.limit, Limit::Newest(_))
    }

    /// What to know about the pattern.
    pub fn warning(&self) -> Option<String> {
        let (text, pattern, _) = self.pattern.as_ref()?;
        match pattern {
            Pattern::Unknown => Some(format!(
                "what the policy {} takes is not known: only the database of the server can read the pattern {text}",
                self.name
            )),
            _ => depends_on_database(text)
                .then(|| format!("the policy {}: the pattern {text} depends on the database of the server", self.name)),
        }
    }
}

/// `number_of_tags` with a count, or `creation_date` with a period; the server knows years, too. Of any other method nothing is known.
fn limit(policy: &Policy) -> Option<Limit> {
    let text = written(&policy.value);
    if policy.method == "number_of_tags" {
        return text.parse().ok().map(Limit::Newest);
    }
    if policy.method != "creation_date" {
        return None;
    }
    let unit = match text.chars().last()? {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        'y' => 365 * 86_400,
        _ => return None,
    };
    let number: u32 = text.get(..text.len() - 1)?.parse().ok()?;
    i64::from(number).checked_mul(unit).map(Limit::Older)
}
