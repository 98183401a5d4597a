//! Teams, their members, and the groups of LDAP or OIDC that give them their members.

use serde_json::{Map, Value, json};

use super::export::{Export, Source};
use super::names::{ObjectName, text};
use super::prediction::Made;
use super::section::{Place, Retire, Section, Supply};
use super::shape::tidy;
use super::{Card, Kind, Options};
use crate::api::Path;
use crate::error::{Error, Need, Result};
use crate::quay::{lookup, members, text as shown_text};

/// Teams.
pub static TEAMS: Card = Card { pruned: true, rank: 3, ..Card::of("teams", "team", &[&SECTION]) };

/// Members, which are an option of their team.
pub static MEMBERS: Card =
    Card { held: Some((Kind::Teams, "members")), pruned: true, ..Card::of("members", "member", &[]) };

/// Ties to groups.
pub static TEAM_SYNCS: Card = Card::of("team_syncs", "synchronization of the team", &[&LDAP, &OIDC]);

/// Their entries in a file.
pub static SECTION: Section = Section {
    opens: Some(Place::Team),
    steering: &["prune", "reference", "preserve"],
    makes: team,
    predict,
    export: Export::Each { names, read },
    ..Section::of("teams", Kind::Teams, "quay_team")
};

static LDAP: Section = synchronized("ldap", "quay_team_ldap");
static OIDC: Section = synchronized("oidc", "quay_team_oidc");

const fn synchronized(key: &'static str, module: &'static str) -> Section {
    Section {
        place: Place::Team,
        supplied: &[("organization", Supply::Organization), ("name", Supply::Team)],
        called: &["name"],
        needs: |options| team(options).into_iter().collect(),
        retire: Retire::Switch { option: "sync", keeps: &["organization", "name", "keep_users"] },
        is_on: |options, quay| {
            let name = text(options, "organization").unwrap_or_default();
            let found = lookup::organization(quay, name)?.unwrap_or_default();
            Ok(found["teams"][text(options, "name").unwrap_or_default()]["is_synced"] == true)
        },
        ..Section::single(key, Kind::TeamSyncs, module)
    }
}

fn team(options: &Options) -> Option<ObjectName> {
    Some(ObjectName::Team(format!("{}/{}", text(options, "organization")?, text(options, "name")?)))
}

fn predict(made: &Made<'_>) {
    if !made.is_new() {
        return;
    }
    let (owner, name) = (made.text("organization"), made.text("name"));
    let shown = shown(name, &made.after("role"), &made.after("description"));
    made.server.amend(&Path::organization(owner), |body| body["teams"][name] = shown);
    let path = Path::team(owner, name);
    // Whether the caller may synchronize it, Quay tells only of a team that is there.
    made.server.keep(&path.clone().fixed("/members"), 200, json!({"name": name, "members": [], "can_sync": true}));
    made.server.complete(&path);
}

/// What an organization shows of a team.
pub fn shown(name: &str, role: &Value, description: &Value) -> Value {
    json!({"name": name, "role": role, "description": description, "is_synced": false})
}

/// The teams of an organization, as the organization shows them.
///
/// # Errors
/// When Quay does not show them to the caller.
pub fn teams(source: &Source<'_>, organization: &str) -> Result<Map<String, Value>> {
    let found = lookup::organization(source.quay, organization)?.unwrap_or_default();
    found["teams"].as_object().cloned().ok_or_else(|| {
        Error::Missing(format!(
            "cannot export {organization}: Quay does not show this caller its teams; {}",
            Need::ORG_ADMIN.sentence().unwrap_or_default()
        ))
    })
}

fn names(source: &Source<'_>, organization: &str, _: &mut Vec<String>) -> Result<Vec<String>> {
    Ok(teams(source, organization)?.keys().cloned().collect())
}

/// A team with its members; in one that follows a directory, only robot accounts are managed.
fn read(source: &Source<'_>, organization: &str, name: &str, left_out: &mut Vec<String>) -> Result<Map<String, Value>> {
    let is_synced = teams(source, organization)?.get(name).is_some_and(|team| team["is_synced"] == true);
    let options = json!({"organization": organization, "name": name, "members": [], "append": true});
    let mut team = tidy(source.seen(&SECTION, options)?, &["organization"], &json!({}));
    if let Some(Value::Array(members)) = team.get_mut("members") {
        for member in members.iter_mut() {
            if let Some(invited) = member.as_str().and_then(members::without_invitation) {
                *member = json!(invited);
            }
        }
        members.retain(|member| !is_synced || shown_text(member).contains('+'));
    }
    if is_synced {
        let path = Path::team_members(organization, name);
        let attempt = format!("read the members of the team {organization}/{name}");
        let found = source.quay.get(&path).map_err(|error| error.attempting(attempt))?;
        let (service, config) = (shown_text(&found["synced"]["service"]), &found["synced"]["config"]);
        let group = [("ldap", "group_dn"), ("oidc", "group_name")].into_iter().find(|(known, _)| *known == service);
        match group.filter(|(_, key)| config[key].is_string()) {
            Some((section, key)) => drop(team.insert(section.to_owned(), json!({key: config[key]}))),
            None => left_out.push(format!("team {organization}/{name}: the group that it follows")),
        }
    }
    Ok(tidy(team, &[], &json!({})))
}
