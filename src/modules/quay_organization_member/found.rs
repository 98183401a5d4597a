//! Who is in an organization, and what else names people there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Options, Who};
use crate::api::{Path, Reader};
use crate::error::{Error, Result};
use crate::quay::server::Server;
use crate::quay::{lookup, members, text};

/// The people of an organization, by name.
pub(super) struct People {
    /// Those in a team, with their teams.
    pub(super) members: BTreeMap<String, Vec<String>>,
    /// Those in no team who have a right on a repository, with the repositories; `None` where nobody asked.
    pub(super) collaborators: Option<BTreeMap<String, Vec<String>>>,
    /// The repositories on which a member has a right of its own.
    pub(super) rights: BTreeMap<String, Vec<String>>,
    /// The default permissions that name people: the identifier and who.
    pub(super) rules: Vec<(String, BTreeSet<String>)>,
    /// How many default permissions there are, those of robot accounts and teams included.
    pub(super) all_rules: usize,
    /// Invitations that nobody has answered yet: the team and who, each as often as it was sent.
    pub(super) invitations: Vec<(String, String)>,
}

impl People {
    /// Reads them; `None` without the organization.
    ///
    /// # Errors
    /// When one of the lists cannot be read.
    pub(super) fn read(options: &Options, quay: &Reader) -> Result<Option<People>> {
        let (name, organization) = (&options.organization, Path::organization(&options.organization));
        let list = |part: &str, key: &str| {
            let read = quay.list(&organization.clone().fixed(part), key);
            read.map_err(|error| error.attempting(format!("read the {}", options.title())))
        };
        let Some(members) = lookup::within(quay, name, list("/members", "members"))? else { return Ok(None) };
        let (rights, members) = (by_name(&members, "repositories"), by_name(&members, "teams"));
        let wanted = match options.state {
            Who::Absent => options.local_names().iter().any(|name| !members.contains_key(name)),
            Who::Exact => options.collaborators,
        };
        let collaborators = wanted.then(|| list("/collaborators", "collaborators")).transpose()?;
        let collaborators = collaborators.map(|list| by_name(&list, "repositories"));
        let rules = match options.default_permissions {
            true => list("/prototypes", "prototypes")?,
            false => Vec::new(),
        };
        let (all_rules, rules) = (rules.len(), rules.iter().filter_map(rule).collect());
        let mut invitations = Vec::new();
        if options.invitations && members::asks_first(&Server::ask(quay)) {
            for team in teams(name, quay)?.keys() {
                let invited = team_members(name, team, quay)?;
                let invited = invited.iter().filter(|entry| entry["invited"] == true);
                invitations
                    .extend(invited.filter_map(|entry| Some((team.clone(), entry["name"].as_str()?.to_owned()))));
            }
        }
        Ok(Some(People { members, collaborators, rights, rules, all_rules, invitations }))
    }

    /// Members, and outside collaborators where they were read.
    pub(super) fn belonging(&self) -> impl Iterator<Item = &str> {
        self.members.keys().chain(self.collaborators.iter().flat_map(BTreeMap::keys)).map(String::as_str)
    }

    /// Everybody whom anything names.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        let by_rule = self.rules.iter().flat_map(|(_, names)| names).map(String::as_str);
        self.belonging().chain(by_rule).chain(self.invitations.iter().map(|(_, name)| name.as_str()))
    }

    /// One side of the difference: before those who leave have gone, or after that.
    pub(super) fn shown(&self, options: &Options, leavers: &BTreeSet<&str>, have_gone: bool) -> Value {
        let stays = |name: &str| !have_gone || !leavers.contains(name);
        let kept = |all: &BTreeMap<String, Vec<String>>| -> BTreeMap<String, Vec<String>> {
            all.iter().filter(|(name, _)| stays(name)).map(|(name, of)| (name.clone(), of.clone())).collect()
        };
        let mut shown = json!({"organization": options.organization, "members": kept(&self.members)});
        if let Some(collaborators) = &self.collaborators {
            shown["collaborators"] = json!(kept(collaborators));
        }
        // What else names those who leave goes with them; it is nobody's business otherwise.
        let leaves = |name: &&String| leavers.contains(name.as_str()) && !have_gone;
        let rules = counted(self.rules.iter().flat_map(|(_, names)| names).filter(leaves));
        let invitations = counted(self.invitations.iter().map(|(_, name)| name).filter(leaves));
        for (key, counts) in [("default_permissions", rules), ("invitations", invitations)] {
            if !counts.is_empty() {
                shown[key] = json!(counts);
            }
        }
        shown
    }
}

/// The teams of an organization, as it shows them.
///
/// # Errors
/// When Quay does not show them.
pub(super) fn teams(organization: &str, quay: &Reader) -> Result<serde_json::Map<String, Value>> {
    let found = lookup::organization(quay, organization)?.unwrap_or_default();
    found["teams"].as_object().cloned().ok_or_else(|| {
        Error::Missing(format!("cannot read the teams of the organization {organization}: {}", lookup::HIDDEN_TEAMS))
    })
}

/// Who is in a team or invited to it.
///
/// # Errors
/// When Quay refuses the list.
pub(super) fn team_members(organization: &str, team: &str, quay: &Reader) -> Result<Vec<Value>> {
    members::listed(quay, &Path::team_members(organization, team), &format!("the team {organization}/{team}"))
}

/// A list of Quay by the names of its people, each with the sorted names under `key`.
fn by_name(list: &[Value], key: &str) -> BTreeMap<String, Vec<String>> {
    let names = |entry: &Value| {
        let all = entry[key].as_array().into_iter().flatten();
        let mut names: Vec<String> = all.map(|one| one.as_str().unwrap_or(text(&one["name"])).to_owned()).collect();
        names.sort_unstable();
        names
    };
    list.iter().filter_map(|entry| Some((entry["name"].as_str()?.to_owned(), names(entry)))).collect()
}

/// How often each name occurs.
fn counted<'a>(names: impl Iterator<Item = &'a String>) -> BTreeMap<&'a str, u64> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    names.for_each(|name| *counts.entry(name).or_default() += 1);
    counts
}

/// The people whom a default permission names: who gets the right, and whose repositories it is about.
fn rule(entry: &Value) -> Option<(String, BTreeSet<String>)> {
    let delegate = Some(&entry["delegate"]).filter(|delegate| delegate["kind"] != "team");
    let named = delegate.into_iter().chain([&entry["activating_user"]]);
    let people: BTreeSet<String> = named
        .filter_map(|account| account["name"].as_str().filter(|name| !name.contains('+')))
        .map(str::to_owned)
        .collect();
    (!people.is_empty()).then_some((entry["id"].as_str()?.to_owned(), people))
}
