//! Rules about settings.

use std::collections::{BTreeSet, HashSet};

use crate::apply::audit::entry::Entry;
use crate::apply::kinds::Kind;
use crate::modules::connection;
use crate::quay::first_names;

/// Names of repositories in one message.
const MOST: usize = 5;
/// Services that notifications can name, and that are no more.
const GONE: &[&str] = &["flowdock", "hipchat"];

/// One organization can fill the storage of all.
pub fn no_quota(_: &Entry, inside: &[&Entry], _: u64) -> Option<String> {
    let has_one = inside.iter().any(|entry| entry.is(Kind::Quotas));
    (!has_one).then(|| "can fill all storage: give it a quota".into())
}

/// What is pruned in an organization.
struct Pruning<'a> {
    /// Whether a policy is that of the organization itself.
    whole: bool,
    /// Whether the organization is a mirror, whose repositories Quay never prunes, or a proxy cache, in which all ends by itself.
    spared: bool,
    /// The repositories with policies of their own.
    pruned: HashSet<&'a str>,
    /// The repositories that Quay never prunes: mirrors, and those to which nobody can push.
    resting: HashSet<&'a str>,
}

impl<'a> Pruning<'a> {
    fn of(inside: &[&'a Entry]) -> Pruning<'a> {
        // The deprecated option makes a policy, too.
        let has_option = |entry: &Entry| entry.text("auto_prune_method").is_some_and(|method| method != "none");
        let has = |kind: Kind| inside.iter().any(|entry| entry.is(kind) && entry.is_of_organization());
        let by_option = |entry: &&Entry| entry.is(Kind::Organizations) && has_option(entry);
        let repositories = |kind: Kind| inside.iter().copied().filter(move |entry| entry.is(kind));
        let policies = repositories(Kind::PrunePolicies).filter_map(|entry| entry.text("repository"));
        let options = repositories(Kind::Repositories).filter(|entry| has_option(entry));
        let rests = |entry: &&Entry| entry.text("repo_state").is_some_and(|state| state != "NORMAL");
        let mirrors = repositories(Kind::Mirrors).filter(|entry| !entry.is_of_organization());
        Pruning {
            whole: has(Kind::PrunePolicies) || inside.iter().copied().any(|it| by_option(&it)),
            spared: has(Kind::Mirrors) || has(Kind::ProxyCaches),
            pruned: policies.chain(options.map(|entry| entry.object.as_str())).collect(),
            resting: repositories(Kind::Repositories)
                .filter(rests)
                .chain(mirrors)
                .map(|entry| entry.object.as_str())
                .collect(),
        }
    }
}

/// Tags pile up.
pub fn no_pruning(_: &Entry, inside: &[&Entry], _: u64) -> Option<String> {
    let pruning = Pruning::of(inside);
    if pruning.whole || pruning.spared {
        return None;
    }
    let all: BTreeSet<&str> =
        inside.iter().filter(|entry| entry.is(Kind::Repositories)).map(|entry| entry.object.as_str()).collect();
    let is_kept = |name: &&&str| !pruning.pruned.contains(**name) && !pruning.resting.contains(**name);
    let kept: Vec<&str> = all.iter().filter(is_kept).copied().collect();
    match (kept.is_empty(), all.len()) {
        (true, 1..) => None,
        (false, count) if kept.len() < count => {
            let names = first_names(&kept, MOST);
            Some(format!("keeps every tag of {names}: give prune_policies to all of these or to the organization"))
        }
        _ => Some("keeps every tag: give it prune_policies".into()),
    }
}

/// Without a policy of the organization, Quay's worker goes from policy to policy, and gives up at one of a repository that is not
/// in the state NORMAL: those behind it are never reached.
pub fn stuck_pruning(_: &Entry, inside: &[&Entry], _: u64) -> Option<String> {
    let pruning = Pruning::of(inside);
    if pruning.whole || pruning.spared {
        return None;
    }
    let mut stuck: Vec<&str> = pruning.pruned.intersection(&pruning.resting).copied().collect();
    stuck.sort_unstable();
    let names = first_names(&stuck, MOST);
    (!stuck.is_empty()).then(|| {
        format!(
            "is not pruned any more, because a policy of a mirror or read-only repository stops the worker ({names}): remove that \
             policy, or give the organization prune_policies"
        )
    })
}

/// Anybody on the way can put other images in place.
pub fn unverified_tls(entry: &Entry, _: u64) -> Option<String> {
    let says = |option: &str, flag: bool| entry.options.get(option).is_some_and(|value| *value == flag);
    let is_plain = |option: &str| {
        let scheme = entry.text(option).and_then(|url| url.trim().get(.."http://".len()));
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://"))
    };
    let what = match entry.kind {
        None if connection::unencrypted(&entry.options).is_some() => {
            "is reached over plain HTTP: use https:// in quay_host"
        }
        None if says("validate_certs", false) => "does not verify the server: set validate_certs to true",
        Some(Kind::Mirrors) if is_plain("external_registry_url") => {
            "reads over plain HTTP: use https:// for its source"
        }
        Some(Kind::Mirrors) if says("verify_tls", false) => "does not verify its source: set verify_tls to true",
        Some(Kind::ProxyCaches) if says("insecure", true) => "reads over plain HTTP: set insecure to false",
        _ => return None,
    };
    Some(what.into())
}

/// Works no more, or soon will not.
pub fn deprecated(entry: &Entry, _: u64) -> Option<String> {
    let is_given = |option: &&str| entry.options.contains_key(*option);
    match entry.kind? {
        Kind::Notifications => {
            let method = entry.text("method").filter(|method| GONE.contains(method))?;
            Some(format!("goes to {method}, a service that is no more: use another method, such as webhook"))
        }
        Kind::Organizations | Kind::Repositories => {
            let option = ["auto_prune_method", "auto_prune_value"].into_iter().find(is_given)?;
            Some(format!("uses {option}, which is deprecated: use prune_policies"))
        }
        _ => None,
    }
}
