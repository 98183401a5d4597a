//! The rules that there are for a grantee: Quay permits several, each of one right, and calls them prototypes.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Options;
use crate::api::Reader;
use crate::error::Result;
use crate::quay::{decode, lists, lookup};

/// A rule as the API shows it.
#[derive(Deserialize)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) role: String,
}

/// The rights, the weakest first.
const ROLES: [&str; 3] = ["read", "write", "admin"];

impl Options {
    /// Every rule for this grantee and creator (Quay permits several), `None` without the organization.
    pub(super) fn matches(&self, quay: &Reader) -> Result<Option<Vec<Rule>>> {
        let list = lists::default_permissions(quay, &self.organization);
        let Some(list) = lookup::within(quay, &self.organization, list)? else { return Ok(None) };
        let is_it = self.matcher();
        let rules = list.into_iter().filter(|rule| is_it(rule));
        rules.map(|rule| decode(rule, "a default permission")).collect::<Result<_>>().map(Some)
    }

    pub(super) fn matcher(&self) -> impl Fn(&Value) -> bool + Send + use<> {
        let (kind, name, local) = (self.kind.clone(), self.name.clone(), self.local_name());
        let creator = self.creator.clone().map(|creator| (lookup::local_name(&creator), creator));
        move |rule| {
            let delegate = &rule["delegate"];
            let by = rule["activating_user"]["name"].as_str();
            let by_this = match &creator {
                Some((local, creator)) => by.is_some_and(|by| by == local || by == creator),
                None => by.is_none(),
            };
            delegate["kind"] == *kind && (delegate["name"] == *name || delegate["name"] == *local) && by_this
        }
    }

    /// The rights that the rules shall give: those that are given, else those that they give, else the one of a new rule.
    pub(super) fn wanted<'a>(&'a self, rules: &'a [Rule]) -> Vec<&'a str> {
        match &self.role {
            Some(given) => sorted(given.iter().map(String::as_str)),
            None if rules.is_empty() => vec![ROLES[0]],
            None => roles(rules),
        }
    }
}

/// The rights that rules give, each once.
pub(super) fn roles(rules: &[Rule]) -> Vec<&str> {
    sorted(rules.iter().map(|rule| rule.role.as_str()))
}

/// Each right once, the weakest first; one that is not known comes last.
fn sorted<'a>(roles: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let strength = |role: &str| ROLES.iter().position(|known| *known == role).unwrap_or(ROLES.len());
    let mut roles: Vec<&str> = roles.collect();
    roles.sort_unstable_by_key(|role| (strength(role), *role));
    roles.dedup();
    roles
}

/// Rights as a difference and a file show them: a list only of several.
pub(super) fn short(roles: &[&str]) -> Value {
    if let [one] = roles { json!(one) } else { json!(roles) }
}
