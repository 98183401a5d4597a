//! What the worker of Quay that prunes takes of the tags of one repository.

use std::collections::HashSet;
use std::ops::Range;

use super::rule::{Limit, Rule};
use crate::quay::history::{Entry, is_companion};

/// A tag that goes.
pub struct Taken<'t> {
    /// The tag.
    pub tag: &'t Entry,
    /// The policy that takes it.
    pub policy: &'t str,
    /// Whether another tag may go in its place, or it goes a second later: Quay does not tell milliseconds.
    pub borderline: bool,
}

/// Tags of one second through which the border of a policy by number runs: some of them go.
pub struct Tie<'t> {
    policy: &'t str,
    gone: usize,
    tags: Vec<&'t str>,
}

/// What a repository loses.
#[derive(Default)]
pub struct Outcome<'t> {
    /// The tags that go; of a tie, those that are listed last.
    pub taken: Vec<Taken<'t>>,
    /// Where others may go in the place of some.
    pub ties: Vec<Tie<'t>>,
}

/// So many tags of a tie are told by name.
const TOLD: usize = 20;

impl Tie<'_> {
    /// For a person.
    pub fn sentence(&self, repository: &str) -> String {
        let Tie { policy, gone, tags } = self;
        let told: Vec<&str> = tags.iter().take(TOLD).copied().collect();
        let more = if tags.len() > TOLD { format!(" and {} more", tags.len() - TOLD) } else { String::new() };
        format!(
            "{policy} takes {gone} of these tags of {repository}, and Quay does not tell which, as they are of one second: {}{more}",
            told.join(", ")
        )
    }
}

/// The tags that go, `tags` being those that are live in the order of Quay's list: the newest first, by milliseconds, then by name.
///
/// Policies by age come before those by number, and each works on what the ones before it left. Locked tags and the companions of
/// images (signatures and the like) neither go nor count.
pub fn outcome<'t>(tags: &'t [Entry], rules: &[&'t Rule], now: i64) -> Outcome<'t> {
    let mut rules = rules.to_vec();
    rules.sort_by_cached_key(|rule| rule.counts());
    let mut left: Vec<&Entry> =
        tags.iter().filter(|tag| tag.is_live(now) && !tag.is_locked() && !is_companion(&tag.name)).collect();
    let mut all = Outcome::default();
    for rule in rules {
        let Outcome { taken, ties } = one(&left, rule, now);
        let gone: HashSet<&str> = taken.iter().map(|taken| &*taken.tag.name).collect();
        left.retain(|tag| !gone.contains(&*tag.name));
        all.taken.extend(taken);
        all.ties.extend(ties);
    }
    all
}

fn one<'t>(left: &[&'t Entry], rule: &'t Rule, now: i64) -> Outcome<'t> {
    let Some(concerned) = left.iter().map(|tag| rule.concerns(tag)).collect::<Option<Vec<bool>>>() else {
        return Outcome::default();
    };
    let concerned: Vec<&Entry> = left.iter().zip(concerned).filter(|(_, is)| *is).map(|(tag, _)| *tag).collect();
    let take = |tag: &'t Entry, borderline| Taken { tag, policy: &rule.name, borderline };
    match rule.limit {
        Limit::Older(seconds) => {
            let age = |tag: &Entry| now.saturating_sub(tag.start_ts);
            let old = concerned.into_iter().filter(|tag| age(tag) + 1 > seconds);
            Outcome { taken: old.map(|tag| take(tag, age(tag) - 1 <= seconds)).collect(), ties: Vec::new() }
        }
        Limit::Newest(count) => {
            let tie = tie(&concerned, count);
            let beyond = concerned.iter().enumerate().skip(count);
            let taken = beyond.map(|(index, tag)| take(tag, tie.contains(&index))).collect();
            let tags: Vec<&str> = concerned[tie.clone()].iter().map(|tag| &*tag.name).collect();
            let ties = (!tags.is_empty()).then(|| Tie { policy: &rule.name, gone: tie.end - count, tags });
            Outcome { taken, ties: ties.into_iter().collect() }
        }
    }
}

/// The tags on both sides of the border that may be equally old; none where the border is clear. Always within `tags`.
fn tie(tags: &[&Entry], border: usize) -> Range<usize> {
    let ties = |index: usize| matches!((tags.get(index - 1), tags.get(index)), (Some(a), Some(b)) if may_tie(a, b));
    if border == 0 || !ties(border) {
        return 0..0;
    }
    let first = (1..border).rev().find(|index| !ties(*index)).unwrap_or(0);
    let end = (border + 1..tags.len()).find(|index| !ties(*index)).unwrap_or(tags.len());
    first..end
}

/// Whether two neighbours of the list may have begun in the same millisecond. Those are listed by name, in an order of the
/// database in which case and punctuation may count little.
fn may_tie(newer: &Entry, older: &Entry) -> bool {
    let letters = |name: &str| name.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let is_backwards = newer.name > older.name && letters(&newer.name) > letters(&older.name);
    newer.start_ts == older.start_ts && !is_backwards
}
