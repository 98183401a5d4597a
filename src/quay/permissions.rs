//! Rights on one repository: what is granted now, what is wanted, and the steps between.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use super::lists;
use super::lookup::{self, Account};
use crate::api::{Path, Reader};
use crate::error::{Error, Result};
use crate::plan::keyed::difference;
use crate::plan::{Hint, Plan, Step};

/// One right that somebody shall have, in the vocabulary of the options; robot accounts count as users.
#[derive(Clone, Debug, Deserialize)]
pub struct Grant {
    name: String,
    #[serde(rename = "type")]
    kind: Kind,
    role: String,
}

impl Grant {
    /// The name as Quay has it, or will have it.
    fn local_name(&self) -> String {
        if self.kind == Kind::User { lookup::local_name(&self.name) } else { self.name.clone() }
    }
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Team,
    User,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Team => "team",
            Kind::User => "user",
        }
    }
}

/// Who has which role.
type Roles = BTreeMap<(Kind, String), String>;

/// The repository whose rights are planned.
pub struct Target<'a> {
    /// `namespace/name`.
    pub repository: &'a str,
    /// Organization or user.
    pub namespace: &'a str,
    /// Whether the namespace is a user.
    pub personal: bool,
    /// Whether the repository is there; otherwise an earlier step of the plan creates it.
    pub exists: bool,
    /// Whether rights that nobody asked for stay.
    pub append: bool,
}

const HINTS: &[Hint] = &[Hint {
    status: 400,
    contains: "namespace owner",
    advice: "the owner of a personal repository always has all rights",
}];

/// Problems of a list of grants that show without asking the server.
pub fn contradictions(grants: &[Grant], namespace: Option<&str>) -> Vec<String> {
    let mut roles: BTreeMap<(Kind, &str), BTreeSet<&str>> = BTreeMap::new();
    for grant in grants {
        roles.entry((grant.kind, &grant.name)).or_default().insert(&grant.role);
    }
    let twice = roles.iter().filter(|(_, roles)| roles.len() > 1).map(|((kind, name), roles)| {
        let roles: Vec<&str> = roles.iter().copied().collect();
        format!("perms: the {} {name} is given the roles {}", kind.word(), roles.join(" and "))
    });
    let foreign = grants.iter().filter_map(|grant| foreign_robot(&grant.name, namespace?));
    twice.chain(foreign).collect()
}

fn foreign_robot(name: &str, namespace: &str) -> Option<String> {
    let (owner, _) = name.split_once('+')?;
    (owner != namespace).then(|| {
        format!("perms: {name} is a robot account of another namespace, only those of {namespace} can get rights here")
    })
}

/// Adds the steps to `plan` and returns the rights before and after, in the vocabulary of the options.
///
/// When rights of others stay (`append`), only those of the accounts concerned are shown. Grants come first, removals
/// after them, and the calling user's own right last. All names are looked up before the first write.
///
/// # Errors
/// When a name is unknown (all of them are told), or the server does not let us look.
pub fn plan(plan: &mut Plan, quay: &Reader, target: &Target<'_>, grants: &[Grant]) -> Result<(Value, Value)> {
    let problems = contradictions(grants, Some(target.namespace));
    if !problems.is_empty() {
        return Err(Error::Option(problems.join("; ")));
    }
    let owner = |kind: Kind, name: &str| target.personal && kind == Kind::User && name == target.namespace;
    let grants: BTreeMap<(Kind, String), &Grant> = grants
        .iter()
        .filter(|grant| !owner(grant.kind, &grant.name))
        .map(|grant| ((grant.kind, grant.local_name()), grant))
        .collect();
    let wanted: Roles = grants.iter().map(|(key, grant)| (key.clone(), grant.role.clone())).collect();
    let mut current = if target.exists { read(quay, target, &wanted)? } else { predict(plan, quay, target)? };
    current.retain(|(kind, name), _| {
        !owner(*kind, name) && (!target.append || wanted.contains_key(&(*kind, name.clone())))
    });
    let mut change = difference(&current, &wanted, target.append);
    // The caller's own power over the repository can come from any of these.
    change.remove.sort_by_cached_key(|(_, role)| role == "admin");

    let attempt = format!("set the rights on {}", target.repository);
    let add = || change.add.iter().map(|((kind, name), _)| (*kind, name.as_str()));
    check_teams(quay, target, add().filter(|(kind, _)| *kind == Kind::Team).map(|(_, name)| name).collect())?;
    let new = change.add.iter().filter_map(|(key, _)| grants.get(key).filter(|grant| grant.kind == Kind::User));
    let accounts = lookup::accounts(quay, new.map(|grant| &*grant.name)).map_err(|unknown| unknown.error(&attempt))?;
    for account in &accounts {
        plan.steps.extend(account.link_step());
    }

    let mut steps: Vec<(String, Step)> = Vec::new();
    for ((kind, name), role) in change.add.iter().chain(&change.change) {
        let base = base(target, *kind);
        let is_this = |account: &&Account| *kind == Kind::User && lookup::local_name(&account.name) == *name;
        let path = match accounts.iter().find(is_this) {
            Some(account) => account.end(base),
            None => base.then(name),
        };
        let what = format!("give the {} {name} the role {role} on {}", kind.word(), target.repository);
        steps.push((name.clone(), Step::put(path, json!({"role": role}), what)));
    }
    for ((kind, name), _) in &change.remove {
        let what = format!("take the rights on {} from the {} {name}", target.repository, kind.word());
        let remove = Step::delete(base(target, *kind).then(name), what);
        steps.push((name.clone(), remove.tolerating(&[(400, "does not have permission")])));
    }
    // Whoever gives up the own right first cannot finish the rest.
    let lowers_own = |name: &str, caller: &str| {
        name == caller && wanted.get(&(Kind::User, name.to_owned())).is_none_or(|role| role != "admin")
    };
    if steps.len() > 1
        && let Ok(Some(caller)) = lookup::caller(quay)
    {
        steps.sort_by_cached_key(|(name, _)| lowers_own(name, &caller));
    }
    plan.steps.extend(steps.into_iter().map(|(_, step)| step.hinting(HINTS)));
    let before = if target.exists { shown(&current) } else { Value::Null };
    Ok((before, shown(&change.after)))
}

fn base(target: &Target<'_>, kind: Kind) -> Path {
    Path::repository(target.repository).fixed("/permissions/").fixed(kind.word())
}

/// The rights as they are. Teams are only asked for when they can matter.
fn read(quay: &Reader, target: &Target<'_>, wanted: &Roles) -> Result<Roles> {
    let mut roles = Roles::new();
    for kind in [Kind::User, Kind::Team] {
        let wanted_here = wanted.keys().any(|(wanted, _)| *wanted == kind);
        if (target.append && !wanted_here) || (kind == Kind::Team && target.personal) {
            continue;
        }
        let attempt = || format!("read the rights on {}", target.repository);
        let answer = quay.get(&base(target, kind).fixed("/")).map_err(|error| error.attempting(attempt()))?;
        let Some(map) = answer["permissions"].as_object() else {
            return Err(Error::Unexpected(format!("cannot {}: Quay's answer lacks them", attempt())));
        };
        for (name, entry) in map {
            roles.insert((kind, name.clone()), entry["role"].as_str().unwrap_or_default().to_owned());
        }
    }
    Ok(roles)
}

/// The rights that a repository will have once it is created: `admin` for its creator, then the default permissions of the
/// organization, those for this creator last. They only matter when others are to be removed.
fn predict(plan: &mut Plan, quay: &Reader, target: &Target<'_>) -> Result<Roles> {
    let mut roles = Roles::new();
    if target.append {
        return Ok(roles);
    }
    let Some(caller) = lookup::caller(quay)? else {
        return Ok(roles);
    };
    roles.insert((Kind::User, caller.clone()), "admin".to_owned());
    if target.personal {
        return Ok(roles);
    }
    let mut defaults = match lists::default_permissions(quay, target.namespace) {
        // Whoever may only create repositories administers none but the new one.
        Err(error) if error.status() == Some(403) => {
            plan.warn(format!(
                "{} does not show its default permissions to this caller: run the task again to remove what they grant on {}",
                target.namespace, target.repository
            ));
            Vec::new()
        }
        defaults => defaults?,
    };
    defaults.retain(|entry| entry["activating_user"].is_null() || entry["activating_user"]["name"] == caller);
    defaults.sort_by_cached_key(|entry| !entry["activating_user"].is_null());
    for entry in defaults {
        let kind = if entry["delegate"]["kind"] == "team" { Kind::Team } else { Kind::User };
        if let (Some(name), Some(role)) = (entry["delegate"]["name"].as_str(), entry["role"].as_str()) {
            roles.insert((kind, name.to_owned()), role.to_owned());
        }
    }
    Ok(roles)
}

fn check_teams(quay: &Reader, target: &Target<'_>, names: Vec<&str>) -> Result<()> {
    let refuse = |why: String| Err(Error::Missing(format!("cannot set the rights on {}: {why}", target.repository)));
    if names.is_empty() {
        return Ok(());
    }
    if target.personal {
        return refuse(format!(
            "{} is a user, and only organizations have teams ({})",
            target.namespace,
            names.join(", ")
        ));
    }
    let organization = lookup::organization(quay, target.namespace)?.unwrap_or_default();
    // Where the teams are not shown to this caller, Quay checks the names itself.
    let unknown: Vec<&str> = names.into_iter().filter(|name| lookup::lacks_team(&organization, name)).collect();
    match unknown.is_empty() {
        true => Ok(()),
        false => refuse(format!("no such team in {}: {}", target.namespace, unknown.join(", "))),
    }
}

fn shown(roles: &Roles) -> Value {
    roles.iter().map(|((kind, name), role)| json!({"name": name, "type": kind.word(), "role": role})).collect()
}
