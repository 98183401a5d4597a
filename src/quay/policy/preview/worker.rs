//! What the worker of Quay that prunes takes of the tags of one repository.

use std::collections::HashSet;

use super::rule::{Limit, Rule};
use crate::quay::history::Entry;

/// A tag that goes.
pub struct Taken<'t> {
    /// The tag.
    pub tag: &'t Entry,
    /// The policy that takes it.
    pub policy: &'t str,
    /// Whether another tag may go in its place, or it goes a second later: Quay does not tell milliseconds.
    pub borderline: bool,
}

/// The tags that go, `tags` being those that are live in the order of Quay's list: the newest first, by milliseconds, then by name.
///
/// Policies by age come before those by number, and each works on what the ones before it left. Locked tags and the companions of
/// images (signatures and the like) neither go nor count.
pub fn taken<'t>(tags: &'t [Entry], rules: &[&'t Rule], now: i64) -> Vec<Taken<'t>> {
    let mut rules = rules.to_vec();
    rules.sort_by_key(|rule| rule.counts());
    let mut left: Vec<&Entry> =
        tags.iter().filter(|tag| tag.is_live(now) && !tag.is_locked() && !is_companion(&tag.name)).collect();
    let mut all = Vec::new();
    for rule in rules {
        let taken = one(&left, rule, now);
        let gone: HashSet<&str> = taken.iter().map(|taken| &*taken.tag.name).collect();
        left.retain(|tag| !gone.contains(&*tag.name));
        all.extend(taken);
    }
    all
}

fn one<'t>(left: &[&'t Entry], rule: &'t Rule, now: i64) -> Vec<Taken<'t>> {
    let Some(concerned) = left.iter().map(|tag| rule.concerns(tag)).collect::<Option<Vec<bool>>>() else {
        return Vec::new();
    };
    let concerned: Vec<&Entry> = left.iter().zip(concerned).filter(|(_, is)| *is).map(|(tag, _)| *tag).collect();
    let take = |tag: &'t Entry, borderline| Taken { tag, policy: &rule.name, borderline };
    match rule.limit {
        Limit::Older(seconds) => {
            let age = |tag: &Entry| now.saturating_sub(tag.start_ts);
            let old = concerned.into_iter().filter(|tag| age(tag) + 1 > seconds);
            old.map(|tag| take(tag, age(tag) - 1 <= seconds)).collect()
        }
        Limit::Newest(count) => {
            let tie = tie(&concerned, count);
            let beyond = concerned.iter().enumerate().skip(count);
            beyond.map(|(index, tag)| take(tag, index < tie)).collect()
        }
    }
}

/// Behind the last of those beyond the border that may be as old as the last one before it; 0 without any.
fn tie(tags: &[&Entry], border: usize) -> usize {
    let ties = |index: usize| matches!((tags.get(index - 1), tags.get(index)), (Some(a), Some(b)) if may_tie(a, b));
    if border == 0 || !ties(border) { 0 } else { (border + 1..).find(|index| !ties(*index)).unwrap_or(0) }
}

/// Whether two neighbours of the list may have begun in the same millisecond. Those are listed by name, in an order of the
/// database in which case and punctuation may count little.
fn may_tie(newer: &Entry, older: &Entry) -> bool {
    let letters = |name: &str| name.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let is_backwards = newer.name > older.name && letters(&newer.name) > letters(&older.name);
    newer.start_ts == older.start_ts && !is_backwards
}

/// Whether a tag is what cosign keeps beside an image. Quay newer than 3.18.0 prunes none of those by themselves.
pub fn is_companion(tag: &str) -> bool {
    let Some((digest, kind)) = tag.strip_prefix("sha256-").and_then(|rest| rest.split_once('.')) else { return false };
    let is_digest = digest.len() == 64 && digest.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c));
    is_digest && matches!(kind, "sig" | "att" | "sbom")
}
