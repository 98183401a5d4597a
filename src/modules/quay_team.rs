//! `quay_team`: teams of an organization, their role and members.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Module;
use super::contract::Rules;
use crate::api::{Path, Reader};
use crate::error::{Error, Need, Result};
use crate::plan::keyed::{Difference, difference};
use crate::plan::{Hint, Plan, Step};
use crate::quay::server::Server;
use crate::quay::{lookup, names};

pub struct Team;

#[derive(Deserialize)]
pub struct Options {
    name: String,
    organization: String,
    role: Option<String>,
    description: Option<String>,
    members: Option<Vec<String>>,
    append: bool,
    state: String,
}

const LAST_ADMIN: &str = "it is the caller's only team with the role admin: make another one first";
const HINTS: &[Hint] = &[
    Hint { status: 400, contains: "would remove admin ability", advice: LAST_ADMIN },
    Hint { status: 400, contains: "no longer have admin", advice: LAST_ADMIN },
    Hint { status: 400, contains: "only admin team", advice: LAST_ADMIN },
    Hint { status: 400, contains: "auth-synced team", advice: SYNCED },
];
const SYNCED: &str = "the team takes its users from LDAP or OIDC: change the group there, or use quay_team_ldap or \
                      quay_team_oidc";

impl Module for Team {
    const NAME: &'static str = "quay_team";
    const RULES: Rules = Rules { formats: &[("name", names::name), ("organization", names::name)], ..Rules::NONE };
    const NEED: Need = Need::ORG_ADMIN;
    type Options = Options;

    /// With mailing off Quay does not check whose robots join a team, so it is done here.
    fn check(options: &Options) -> Vec<String> {
        let own = format!("{}+", options.organization);
        let foreign = |name: &&String| name.contains('+') && !name.starts_with(&own);
        let message = |name: &String| {
            format!("members: {name} is a robot account of another namespace, only {own}... can join this team")
        };
        options.members.iter().flatten().filter(foreign).map(message).collect()
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let absent = options.state == "absent";
        let Some(organization) = lookup::organization(quay, &options.organization)? else {
            return if absent {
                Ok(Plan::of(options.title()))
            } else {
                Err(Error::Missing(format!(
                    "cannot set up the {}: {}",
                    options.title(),
                    lookup::no_organization(&options.organization)
                )))
            };
        };
        let found = teams(&organization, options)?.get(&options.name).cloned();
        match (absent, found) {
            (true, None) => Ok(Plan::of(options.title())),
            (true, Some(found)) => Ok(options.delete(&found)),
            (false, found) => options.apply(found.as_ref(), quay),
        }
    }
}

/// The teams by name. The map is only there for members and superusers: without it nothing is known, not even that a
/// team is missing.
fn teams<'a>(organization: &'a Value, options: &Options) -> Result<&'a serde_json::Map<String, Value>> {
    organization.get("teams").and_then(Value::as_object).ok_or_else(|| {
        Error::Missing(format!(
            "cannot read the {}: Quay does not show this caller the teams of the organization; {}",
            options.title(),
            Team::NEED.sentence().unwrap_or_default()
        ))
    })
}

impl Options {
    fn title(&self) -> String {
        format!("team {}/{}", self.organization, self.name)
    }

    fn path(&self) -> Path {
        Path::organization(&self.organization).fixed("/team").then(&self.name)
    }

    fn put(&self, body: Value, what: &str) -> Step {
        Step::put(self.path(), body, format!("{what} the {}", self.title())).hinting(HINTS)
    }

    /// Quay (500) cannot delete an admin team for a superuser who is in no admin team of the organization, so such a team is
    /// demoted first.
    fn delete(&self, found: &Value) -> Plan {
        let mut plan = Plan::of(self.title())
            .difference(self.shown(found["role"].clone(), found["description"].clone(), None), json!({}));
        if found["role"] == "admin" {
            let back = self.put(json!({"role": "admin"}), "give the role admin back to");
            plan.push(self.put(json!({"role": "member"}), "take the role admin from").undone_by(back));
        }
        let delete = Step::delete(self.path(), format!("delete the {}", self.title())).hinting(HINTS);
        plan.push(delete.tolerating(&[(400, "is not a team")]));
        plan
    }

    fn apply(&self, found: Option<&Value>, quay: &Reader) -> Result<Plan> {
        let current = |key: &str| found.map(|team| team[key].as_str().unwrap_or_default().to_owned());
        let role = self.role.clone().or(current("role")).unwrap_or_else(|| "member".into());
        let description = self.description.clone().or(current("description")).unwrap_or_default();
        let mut plan = Plan::of(self.title());
        if current("role").as_ref() != Some(&role) || current("description").as_ref() != Some(&description) {
            // The role is mandatory in every update.
            let mut body = json!({"role": role});
            if self.description.is_some() {
                body["description"] = json!(description);
            }
            plan.push(self.put(body, if found.is_some() { "change" } else { "create" }));
        }
        let members = self.plan_members(found, &mut plan, quay)?;
        let (before, after) = members.map_or((None, None), |(before, after)| (Some(before), Some(after)));
        let shown_before = match (current("role"), current("description")) {
            (Some(role), Some(description)) => self.shown(json!(role), json!(description), before),
            _ => json!({}),
        };
        Ok(plan.difference(shown_before, self.shown(json!(role), json!(description), after)))
    }

    /// Adds the steps for the members; the members before and after, when they are managed.
    fn plan_members(
        &self,
        found: Option<&Value>,
        plan: &mut Plan,
        quay: &Reader,
    ) -> Result<Option<(Vec<String>, Vec<String>)>> {
        let Some(wanted) = &self.members else {
            return Ok(None);
        };
        let current = match found {
            Some(_) => self.members(quay)?,
            None => Members::default(),
        };
        let synced = current.synced || found.is_some_and(|team| team["is_synced"] == true);
        let given: BTreeMap<String, &str> = wanted.iter().map(|name| (lookup::local_name(name), &**name)).collect();
        let wanted: BTreeMap<String, bool> =
            given.keys().map(|name| (name.clone(), current.invited.get(name).copied().unwrap_or(false))).collect();
        let mut change = difference(&current.invited, &wanted, self.append);
        if synced {
            self.spare_synced_users(&mut change, plan)?;
        }
        let added = change.add.iter().filter_map(|(name, _)| given.get(name).copied());
        let accounts = lookup::accounts(quay, added)
            .map_err(|unknown| unknown.error(&format!("set the members of the {}", self.title())))?;
        for account in accounts {
            plan.steps.extend(account.link_step());
            let path = account.end(self.path().fixed("/members"));
            let add = Step::put(path, json!({}), format!("add {} to the {}", account.name, self.title()));
            plan.push(add.hinting(HINTS).tolerating(&[(400, "already a member")]));
        }
        for name in self.invited(&change.add, quay)? {
            change.after.insert(name, true);
        }
        for (name, _) in caller_last(std::mem::take(&mut change.remove), quay) {
            let path = self.path().fixed("/members").then(&name);
            let remove = Step::delete(path, format!("remove {name} from the {}", self.title()));
            plan.push(remove.hinting(HINTS).tolerating(&[(400, "does not belong to team"), (404, "")]));
        }
        Ok(Some((shown_members(&current.invited), shown_members(&change.after))))
    }

    fn members(&self, quay: &Reader) -> Result<Members> {
        let path = self.path().fixed("/members").query("includePending", "true");
        let answer =
            quay.get(&path).map_err(|error| error.attempting(format!("read the members of the {}", self.title())))?;
        let Some(list) = answer["members"].as_array() else {
            return Err(Error::Unexpected(format!("Quay's answer lacks the members of the {}", self.title())));
        };
        // Invitations by e-mail have no name and are left alone.
        let invited = list
            .iter()
            .filter_map(|member| Some((member["name"].as_str()?.to_owned(), member["invited"] == true)))
            .collect();
        Ok(Members { invited, synced: answer.get("synced").is_some_and(|synced| !synced.is_null() && synced != false) })
    }

    /// In a team that follows LDAP or OIDC only robot accounts can be added and removed.
    fn spare_synced_users(&self, change: &mut Difference<String, bool>, plan: &mut Plan) -> Result<()> {
        let user = |(name, _): &(String, bool)| !name.contains('+');
        let added: Vec<&str> = change.add.iter().filter(|entry| user(entry)).map(|(name, _)| name.as_str()).collect();
        if !added.is_empty() {
            return Err(Error::Option(format!("cannot add {} to the {}: {SYNCED}", added.join(", "), self.title())));
        }
        let (kept, removed): (Vec<_>, Vec<_>) = std::mem::take(&mut change.remove).into_iter().partition(user);
        change.remove = removed;
        if !kept.is_empty() {
            let names: Vec<&str> = kept.iter().map(|(name, _)| name.as_str()).collect();
            plan.warn(format!("{} stay in the {}: {SYNCED}", names.join(", "), self.title()));
            change.after.extend(kept);
        }
        Ok(())
    }

    /// Those of the added accounts who will only get an invitation: where Quay sends mail and asks first, everybody who is
    /// in no team of the organization.
    fn invited(&self, added: &[(String, bool)], quay: &Reader) -> Result<Vec<String>> {
        let users: Vec<&String> = added.iter().map(|(name, _)| name).filter(|name| !name.contains('+')).collect();
        let server = if users.is_empty() { return Ok(Vec::new()) } else { Server::ask(quay) };
        if !server.has("MAILING") || !server.has("REQUIRE_TEAM_INVITE") {
            return Ok(Vec::new());
        }
        let path = Path::organization(&self.organization).fixed("/members");
        let attempt = format!("read the members of {}", self.organization);
        let members = quay.list(&path, "members").map_err(|error| error.attempting(attempt))?;
        let is_member = |name: &String| members.iter().any(|member| member["name"] == **name);
        Ok(users.into_iter().filter(|name| !is_member(name)).cloned().collect())
    }

    fn shown(&self, role: Value, description: Value, members: Option<Vec<String>>) -> Value {
        let mut shown = json!({
            "organization": self.organization,
            "name": self.name,
            "role": role,
            "description": description.as_str().unwrap_or_default(),
        });
        if let Some(members) = members {
            shown["members"] = json!(members);
        }
        shown
    }
}

#[derive(Default)]
struct Members {
    /// Name, and whether the membership is only an invitation yet.
    invited: BTreeMap<String, bool>,
    synced: bool,
}

fn shown_members(members: &BTreeMap<String, bool>) -> Vec<String> {
    members.iter().map(|(name, invited)| if *invited { format!("{name} (invited)") } else { name.clone() }).collect()
}

/// Whoever removes the own right first cannot remove the others any more.
fn caller_last(mut members: Vec<(String, bool)>, quay: &Reader) -> Vec<(String, bool)> {
    if members.len() > 1
        && let Ok(Some(caller)) = lookup::caller(quay)
    {
        members.sort_by_key(|(name, _)| *name == caller);
    }
    members
}
