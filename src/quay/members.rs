//! Members of a team: who is in it now, who shall be, and the steps between.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::lookup;
use super::server::Server;
use crate::api::{Path, Reader};
use crate::error::{Error, Result};
use crate::plan::keyed::{Difference, difference};
use crate::plan::{Hint, Plan, Step};

/// The team whose members are planned.
pub struct Team<'a> {
    /// The organization that the team belongs to.
    pub organization: &'a str,
    /// `/api/v1/organization/{organization}/team/{team}`.
    pub path: Path,
    /// The team for a person: "the team acme/developers".
    pub what: String,
    /// Whether the team is there; otherwise an earlier step of the plan creates it.
    pub exists: bool,
    /// Whether the team takes its users from LDAP or OIDC.
    pub synced: bool,
}

/// What to do when Quay protects the caller's administration of an organization.
pub const LAST_ADMIN: &str = "it is the caller's only team with the role admin: make another one first";
/// What follows the name of somebody who has not accepted the invitation yet, in a list of members.
pub const INVITED: &str = " (invited)";

/// The name of somebody who is only invited, as a list of members shows it; `None` for a member.
pub fn without_invitation(shown: &str) -> Option<&str> {
    shown.strip_suffix(INVITED)
}

const SYNCED: &str = "the team takes its users from LDAP or OIDC: change the group there, or use quay_team_ldap or \
                      quay_team_oidc";
const HINTS: &[Hint] = &[
    Hint { status: 400, contains: "only admin team", advice: LAST_ADMIN },
    Hint { status: 400, contains: "auth-synced team", advice: SYNCED },
];

/// The members by name, and whether each is only invited yet.
type Members = BTreeMap<String, bool>;

/// Complaints about robot accounts of other namespaces. With mailing off Quay would take them.
pub fn foreign_robots(names: &[String], organization: &str) -> Vec<String> {
    let own = format!("{organization}+");
    let foreign = names.iter().filter(|name| name.contains('+') && !name.starts_with(&own));
    foreign
        .map(|name| {
            format!("members: {name} is a robot account of another namespace, only {own}... can join this team")
        })
        .collect()
}

/// Adds the steps to `plan`, and returns the members before and after, sorted, those who are only invited marked.
///
/// With `append`, others stay. All names are looked up before the first write; additions come first, removals after them,
/// the calling user last.
///
/// # Errors
/// When a name is unknown (all of them are told), when a synchronized team would get another user, or when the server
/// does not let us look.
pub fn plan(
    plan: &mut Plan,
    quay: &Reader,
    team: &Team<'_>,
    wanted: &[String],
    append: bool,
) -> Result<(Vec<String>, Vec<String>)> {
    let what = &team.what;
    let current = if team.exists { read(quay, team)? } else { Members::new() };
    let given: BTreeMap<String, &str> = wanted.iter().map(|name| (lookup::local_name(name), &**name)).collect();
    let invited = |name: &String| current.get(name).copied().unwrap_or(false);
    let wanted: Members = given.keys().map(|name| (name.clone(), invited(name))).collect();
    let mut change = difference(&current, &wanted, append);
    if team.synced {
        spare_users(&mut change, plan, what)?;
    }
    let added = change.add.iter().filter_map(|(name, _)| given.get(name).copied());
    let accounts =
        lookup::accounts(quay, added).map_err(|unknown| unknown.error(&format!("set the members of {what}")))?;
    for account in accounts {
        plan.steps.extend(account.link_step());
        plan.push(add_step(account.end(team.path.clone().fixed("/members")), &account.name, what));
    }
    for name in only_invited(&change.add, quay, team.organization)? {
        change.after.insert(name, true);
    }
    // Whoever removes the own right first cannot remove the others any more.
    if change.remove.len() > 1
        && let Ok(Some(caller)) = lookup::caller(quay)
    {
        change.remove.sort_by_cached_key(|(name, _)| *name == caller);
    }
    for (name, _) in &change.remove {
        let path = team.path.clone().fixed("/members").then(name);
        plan.push(remove_step(path, format!("remove {name} from {what}")));
    }
    Ok((shown(&current), shown(&change.after)))
}

/// Adds an account to the team of this title; the path is that of the member.
pub fn add_step(path: Path, name: &str, team: &str) -> Step {
    let add = Step::put(path, json!({}), format!("add {name} to {team}"));
    add.hinting(HINTS).tolerating(&[(400, "already a member")])
}

/// Takes a member, or an invitation, out of a team; the path is that of the member.
pub fn remove_step(path: Path, what: String) -> Step {
    Step::delete(path, what).hinting(HINTS).tolerating(&[(400, "does not belong to team"), (404, "")])
}

/// Where Quay tells who is in a team or invited to it; the path is that of the members.
pub fn with_invited(path: &Path) -> Path {
    path.clone().query("includePending", "true")
}

/// Who is in the team of this title, or invited to it; the path is that of its members.
///
/// # Errors
/// When Quay refuses the list.
pub fn listed(quay: &Reader, path: &Path, team: &str) -> Result<Vec<Value>> {
    quay.list(&with_invited(path), "members").map_err(|error| error.attempting(format!("read the members of {team}")))
}

/// Whether Quay asks people before they join a team. It then takes no robot accounts of other namespaces into teams.
pub fn asks_first(server: &Server) -> bool {
    server.has("MAILING") && server.has("REQUIRE_TEAM_INVITE")
}

/// The members as they are. Invitations by e-mail have no name and are left alone.
fn read(quay: &Reader, team: &Team<'_>) -> Result<Members> {
    let members = listed(quay, &team.path.clone().fixed("/members"), &team.what)?;
    Ok(members
        .iter()
        .filter_map(|member| Some((member["name"].as_str()?.to_owned(), member["invited"] == true)))
        .collect())
}

/// In a team that follows LDAP or OIDC only robot accounts can be added and removed.
fn spare_users(change: &mut Difference<String, bool>, plan: &mut Plan, what: &str) -> Result<()> {
    let user = |(name, _): &(String, bool)| !name.contains('+');
    let names = |list: &[(String, bool)]| {
        let names: Vec<&str> = list.iter().filter(|entry| user(entry)).map(|(name, _)| name.as_str()).collect();
        names.join(", ")
    };
    let added = names(&change.add);
    if !added.is_empty() {
        return Err(Error::Option(format!("cannot add {added} to {what}: {SYNCED}")));
    }
    let (kept, removed): (Vec<_>, Vec<_>) = std::mem::take(&mut change.remove).into_iter().partition(user);
    change.remove = removed;
    if !kept.is_empty() {
        plan.warn(format!("not removed from {what}: {}; {SYNCED}", names(&kept)));
        change.after.extend(kept);
    }
    Ok(())
}

/// Those of the added accounts who will only get an invitation: where Quay sends mail and asks first, everybody who is in
/// no team of the organization.
fn only_invited(added: &[(String, bool)], quay: &Reader, organization: &str) -> Result<Vec<String>> {
    let mut users: Vec<String> = added.iter().map(|(name, _)| name.clone()).collect();
    users.retain(|name| !name.contains('+'));
    if users.is_empty() {
        return Ok(users);
    }
    if !asks_first(&Server::ask(quay)) {
        return Ok(Vec::new());
    }
    let path = Path::organization(organization).fixed("/members");
    let attempt = format!("read the members of the organization {organization}");
    let members = quay.list(&path, "members").map_err(|error| error.attempting(attempt))?;
    users.retain(|name| !members.iter().any(|member| member["name"] == **name));
    Ok(users)
}

fn shown(members: &Members) -> Vec<String> {
    members.iter().map(|(name, invited)| if *invited { format!("{name}{INVITED}") } else { name.clone() }).collect()
}
