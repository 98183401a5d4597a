//! Rules about settings.

use std::collections::HashSet;

use crate::apply::audit::entry::Entry;
use crate::apply::kinds::Kind;
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

/// Tags pile up. What a proxy cache holds ends by itself.
pub fn no_pruning(_: &Entry, inside: &[&Entry], _: u64) -> Option<String> {
    let has = |kind: Kind| inside.iter().any(|entry| entry.is(kind) && entry.is_of_organization());
    if has(Kind::PrunePolicies) || has(Kind::ProxyCaches) {
        return None;
    }
    let policies = inside.iter().filter(|entry| entry.is(Kind::PrunePolicies));
    let pruned: HashSet<&str> = policies.filter_map(|entry| entry.text("repository")).collect();
    let repositories = || inside.iter().filter(|entry| entry.is(Kind::Repositories));
    let kept: Vec<&str> =
        repositories().map(|entry| entry.object.as_str()).filter(|repository| !pruned.contains(repository)).collect();
    match (kept.is_empty(), repositories().count()) {
        (true, 1..) => None,
        (false, all) if kept.len() < all => {
            let names = first_names(&kept, MOST);
            Some(format!("keeps every tag of {names}: give prune_policies to all or to the organization"))
        }
        _ => Some("keeps every tag: give it prune_policies".into()),
    }
}

/// Anybody on the way can put other images in place.
pub fn unverified_tls(entry: &Entry, _: u64) -> Option<String> {
    let says = |option: &str, flag: bool| entry.options.get(option).is_some_and(|value| *value == flag);
    let is_plain = |option: &str| entry.text(option).is_some_and(|url| url.starts_with("http://"));
    let what = match entry.kind {
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
