//! Teams that take their members from a group of an external directory: what `quay_team_ldap` and `quay_team_oidc` share.

use serde_json::{Value, json};

use super::lookup;
use super::server::Server;
use crate::api::{Path, Reader};
use crate::error::{Error, Need, Result};
use crate::plan::{Hint, Plan, Probe, Step};

/// The right that setting up a synchronization takes.
pub const NEED: Need = Need::right(
    "org:admin and super:user",
    "an administrator of the organization and a superuser (any administrator with \
     FEATURE_NONSUPERUSER_TEAM_SYNCING_SETUP)",
)
.feature("TEAM_SYNCING", "");

/// A kind of directory.
pub struct Directory {
    /// Quay's word for it.
    pub service: &'static str,
    /// Its name for a person, which is also the value of `AUTHENTICATION_TYPE`.
    pub word: &'static str,
    /// The Quay that can follow its groups; empty for every one.
    pub since: &'static str,
    /// Key of the group, in the options as in the API.
    pub key: &'static str,
    /// Whether two texts mean the same group.
    pub same: fn(&str, &str) -> bool,
    /// Whether the start of a synchronization removes all users at once. Otherwise a worker of the server replaces them
    /// in its own time, and the members are not shown.
    pub empties: bool,
}

/// What a task asks for.
pub struct Desired<'a> {
    /// Organization of the team.
    pub organization: &'a str,
    /// The team.
    pub name: &'a str,
    /// The group, `None` to stop the synchronization.
    pub group: Option<&'a str>,
    /// Whether users stay in the team when the synchronization stops.
    pub keep_users: bool,
}

const HINTS: &[Hint] = &[Hint {
    status: 400,
    contains: "could not sync to group",
    advice: "the directory must find the group, with at least one member",
}];

/// Problems of the options that show without asking the server.
pub fn problems(directory: &Directory, sync: bool, group: Option<&str>) -> Vec<String> {
    let empty = sync && group.is_some_and(|group| group.trim().is_empty());
    if empty { vec![format!("{}: must not be empty", directory.key)] } else { Vec::new() }
}

/// Plans the start, the change or the stop of a synchronization.
///
/// There is no call that changes the group: the old synchronization is stopped, and started again when Quay refuses the
/// new group.
///
/// # Errors
/// When the team is missing (only to start), follows another kind of directory, or the caller may not set it up.
pub fn plan(directory: &Directory, desired: &Desired<'_>, quay: &Reader) -> Result<Plan> {
    let Some(found) = find(desired, quay)? else {
        return Ok(Plan::of(desired.title()));
    };
    let work = Work { directory, desired, quay, found: &found };
    let current = work.current()?;
    let before = work.shown(current, work.members());
    let same = match (current, desired.group) {
        (Some(current), Some(wanted)) => (directory.same)(current, wanted),
        (current, wanted) => current == wanted,
    };
    if same {
        return Ok(Plan::of(desired.title()).difference(before.clone(), before));
    }
    work.check_allowed()?;
    let mut plan = Plan::of(desired.title());
    if let Some(current) = current {
        let stop = Step::delete(desired.syncing(), format!("stop the {}", desired.title()));
        // A start whose answer was lost may have happened: a second one would be a fault of the server.
        let again = work
            .start(current, format!("start it with {current} again"))
            .provided(Probe::finding(desired.members(), |found| found["synced"].is_null().then_some(Value::Null)));
        plan.push(if desired.group.is_some() { stop.undone_by(again) } else { stop });
    }
    let mut left = work.members();
    match desired.group {
        Some(wanted) => {
            plan.push(work.start(wanted, format!("start the {} with {wanted}", desired.title())));
            if directory.empties {
                announce(&mut plan, desired, &left);
                left.retain(|name| name.contains('+'));
            }
        }
        None if !desired.keep_users => left = work.remove_users(&mut plan, left),
        None => {}
    }
    Ok(plan.difference(before, work.shown(desired.group, left)))
}

/// The members of the team and its synchronization, `None` when there is no such team and none is needed.
fn find(desired: &Desired<'_>, quay: &Reader) -> Result<Option<Value>> {
    let attempt = if desired.group.is_some() { "set up" } else { "stop" };
    let attempt = format!("{attempt} the {}", desired.title());
    let reply = quay.ask(&desired.members())?;
    let missing = matches!(reply.status, 403 | 404) && lookup::organization(quay, desired.organization)?.is_none();
    let why = match reply.status {
        _ if missing => lookup::no_organization(desired.organization),
        404 => {
            format!("the team {}/{} does not exist: create it first (quay_team)", desired.organization, desired.name)
        }
        _ => return reply.into_json().map(Some).map_err(|error| error.attempting(attempt).needing(&Need::ORG_ADMIN)),
    };
    match desired.group {
        Some(_) => Err(Error::Missing(format!("cannot {attempt}: {why}"))),
        None => Ok(None),
    }
}

impl Desired<'_> {
    fn title(&self) -> String {
        format!("synchronization of the team {}/{}", self.organization, self.name)
    }

    fn team(&self) -> Path {
        Path::team(self.organization, self.name)
    }

    fn members(&self) -> Path {
        Path::team_members(self.organization, self.name)
    }

    fn syncing(&self) -> Path {
        self.team().fixed("/syncing")
    }

    fn refuse(&self, why: &str) -> Error {
        let verb = if self.group.is_some() { "set up" } else { "stop" };
        Error::Option(format!("cannot {verb} the {}: {why}", self.title()))
    }
}

/// A team that is there.
struct Work<'a> {
    directory: &'a Directory,
    desired: &'a Desired<'a>,
    quay: &'a Reader,
    found: &'a Value,
}

impl<'a> Work<'a> {
    /// The group that the team follows. Only those who may set it up get to see it.
    fn current(&self) -> Result<Option<&'a str>> {
        let synced = &self.found["synced"];
        let Some(service) = synced["service"].as_str() else {
            return Ok(None);
        };
        if service != self.directory.service {
            return Err(self.desired.refuse(&format!(
                "the team takes its users from {}, not from {}: use quay_team_{service}",
                service.to_uppercase(),
                self.directory.word
            )));
        }
        match synced["config"][self.directory.key].as_str() {
            Some(group) => Ok(Some(group)),
            None => Err(self.not_allowed()),
        }
    }

    /// Whether Quay offers the caller to set up this kind of synchronization.
    fn check_allowed(&self) -> Result<()> {
        if self.found["can_sync"] == json!(true) {
            // Quay never says this: the team is only planned yet, and nobody could be asked about it.
            return match self.impossible() {
                Some(why) => Err(self.desired.refuse(&why)),
                None => Ok(()),
            };
        }
        match self.found["can_sync"]["service"].as_str() {
            Some(service) if service == self.directory.service => Ok(()),
            Some(service) => Err(self.desired.refuse(&format!(
                "the server authenticates with {}, not with {}",
                service.to_uppercase(),
                self.directory.word
            ))),
            None => Err(self.not_allowed()),
        }
    }

    fn not_allowed(&self) -> Error {
        self.desired.refuse(&self.impossible().unwrap_or_else(|| {
            format!("this needs a token with the scopes {}, and a user who is {}", NEED.scope, NEED.role)
        }))
    }

    /// Why nobody could set it up on this server, as far as the server tells everybody.
    fn impossible(&self) -> Option<String> {
        let server = Server::ask(self.quay);
        if let Some(why) = server.shortfall(&NEED.feature("TEAM_SYNCING", self.directory.since)) {
            return Some(why);
        }
        let kind = server.setting("AUTHENTICATION_TYPE").filter(|kind| *kind != self.directory.word)?;
        Some(format!("the server authenticates with {kind}, not with {}", self.directory.word))
    }

    fn start(&self, group: &str, what: String) -> Step {
        let mut body = json!({});
        body[self.directory.key] = json!(group);
        let (key, same, group) = (self.directory.key, self.directory.same, group.to_owned());
        let follows = Probe::finding(self.desired.members(), move |found| {
            found["synced"]["config"][key].as_str().filter(|now| same(now, &group)).map(|now| json!(now))
        });
        Step::post(self.desired.syncing(), body, what).hinting(HINTS).settled_by(follows)
    }

    /// Users and robots, sorted.
    fn members(&self) -> Vec<String> {
        let list = self.found["members"].as_array().into_iter().flatten();
        let mut names: Vec<String> = list.filter_map(|member| member["name"].as_str().map(str::to_owned)).collect();
        names.sort_unstable();
        names
    }

    /// Adds the removal of all users, the caller last, and returns who is left.
    fn remove_users(&self, plan: &mut Plan, members: Vec<String>) -> Vec<String> {
        let (mut left, mut users): (Vec<_>, Vec<_>) = members.into_iter().partition(|name| name.contains('+'));
        if let Some(caller) = self.caller_among(&users) {
            users.retain(|name| *name != caller);
            if self.is_only_admin_team(&caller) {
                plan.warn(format!(
                    "{caller} stays in the team {}/{}: it is the caller's only team with the role admin",
                    self.desired.organization, self.desired.name
                ));
                left.push(caller);
                left.sort_unstable();
            } else {
                users.push(caller);
            }
        }
        for name in users {
            let path = self.desired.members().then(&name);
            let what = format!("remove {name} from the team {}/{}", self.desired.organization, self.desired.name);
            plan.push(Step::delete(path, what).needing(Need::ORG_ADMIN));
        }
        left
    }

    /// The caller, when one of these. A token need not be allowed to tell whose it is.
    fn caller_among(&self, users: &[String]) -> Option<String> {
        if users.is_empty() {
            return None;
        }
        lookup::caller(self.quay).ok().flatten().filter(|caller| users.contains(caller))
    }

    /// Quay does not let users leave the only team that makes them administrators.
    fn is_only_admin_team(&self, caller: &str) -> bool {
        let organization =
            lookup::organization(self.quay, self.desired.organization).ok().flatten().unwrap_or_default();
        let admin = |team: &Value| team["role"] == "admin";
        let Some(teams) =
            organization["teams"].as_object().filter(|teams| teams.get(self.desired.name).is_some_and(admin))
        else {
            return false;
        };
        let others = teams.iter().filter(|(name, team)| *name != self.desired.name && admin(team));
        let is_in = |name: &str| {
            let members = Path::team_members(self.desired.organization, name);
            let members = self.quay.list(&members, "members").unwrap_or_default();
            members.iter().any(|member| member["name"] == caller)
        };
        !others.into_iter().any(|(name, _)| is_in(name))
    }

    fn shown(&self, group: Option<&str>, members: Vec<String>) -> Value {
        let mut shown =
            json!({"organization": self.desired.organization, "name": self.desired.name, "sync": group.is_some()});
        shown[self.directory.key] = json!(group);
        if self.directory.empties || (self.desired.group.is_none() && !self.desired.keep_users) {
            shown["members"] = json!(members);
        }
        shown
    }
}

fn announce(plan: &mut Plan, desired: &Desired<'_>, members: &[String]) {
    let users: Vec<&str> = members.iter().map(String::as_str).filter(|name| !name.contains('+')).collect();
    if !users.is_empty() {
        plan.warn(format!(
            "the {} removes all users from the team at once ({}); each comes back with the next log-in, if the group has them",
            desired.title(),
            users.join(", ")
        ));
    }
}

/// Whether two distinguished names are the same but for the letter case of the attributes and blanks around `,` and `=`.
pub fn same_dn(one: &str, other: &str) -> bool {
    parts(one) == parts(other)
}

fn parts(dn: &str) -> Vec<(String, String)> {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for c in dn.chars() {
        match (c, parts.last_mut()) {
            (',', _) if !escaped => parts.push(String::new()),
            (_, Some(last)) => last.push(c),
            (_, None) => {}
        }
        escaped = c == '\\' && !escaped;
    }
    let pair = |part: &String| {
        let (name, value) = part.split_once('=').unwrap_or(("", part));
        (name.trim().to_lowercase(), value.trim().to_owned())
    };
    parts.iter().map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_attributes_and_blanks_do_not_matter_in_a_dn() {
        assert!(same_dn("cn=dev,ou=groups", "CN = dev , OU=groups"));
        assert!(same_dn("", ""));
        for (one, other) in [
            ("cn=dev,ou=groups", "cn=Dev,ou=groups"),
            ("cn=dev,ou=groups", "ou=groups,cn=dev"),
            ("cn=dev", "cn=dev,ou=groups"),
            (r"cn=a\,b", "cn=a,b"),
        ] {
            assert!(!same_dn(one, other), "{one} {other}");
        }
    }
}
