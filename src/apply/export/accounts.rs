//! Teams and robot accounts.

use serde_json::{Value, json};

use super::{Found, Source};
use crate::api::Path;
use crate::apply::kinds::export::if_available;
use crate::apply::kinds::shape::tidy;
use crate::apply::kinds::{robot, team};
use crate::error::Result;
use crate::quay::{members, text};

/// A team with its members; in one that follows a directory, only robot accounts are managed.
pub fn team(source: &Source<'_>, organization: &str, name: &str, synced: bool) -> Result<Found> {
    let options =
        json!({"organization": organization, "name": name, "members": [], "append": true, "state": "present"});
    let mut team = tidy(source.seen(&team::SECTION, options)?, &["organization"], &json!({}));
    let mut left_out = Vec::new();
    if let Some(Value::Array(members)) = team.get_mut("members") {
        for member in members.iter_mut() {
            if let Some(invited) = member.as_str().and_then(members::without_invitation) {
                *member = json!(invited);
            }
        }
        members.retain(|member| !synced || text(member).contains('+'));
    }
    if synced {
        let path = Path::team_members(organization, name);
        let attempt = format!("read the members of the team {organization}/{name}");
        let found = source.quay.get(&path).map_err(|error| error.attempting(attempt))?;
        let (service, config) = (text(&found["synced"]["service"]), &found["synced"]["config"]);
        let group = [("ldap", "group_dn"), ("oidc", "group_name")].into_iter().find(|(known, _)| *known == service);
        match group.filter(|(_, key)| config[key].is_string()) {
            Some((section, key)) => drop(team.insert(section.to_owned(), json!({key: config[key]}))),
            None => left_out.push(format!("team {organization}/{name}: the group that it follows")),
        }
    }
    Ok(Found { value: Value::Object(tidy(team, &[], &json!({}))), left_out })
}

/// A robot account. Older servers have no federations.
pub fn robot(source: &Source<'_>, organization: &str, name: &str) -> Result<Found> {
    let options = |federations: Value| json!({"name": format!("{organization}+{name}"), "federations": federations, "append": true, "state": "present"});
    let seen = match if_available(source.seen(&robot::SECTION, options(json!([]))))? {
        Some(seen) => seen,
        None => source.seen(&robot::SECTION, options(Value::Null))?,
    };
    let mut robot = tidy(seen, &[], &json!({}));
    robot.insert("name".into(), json!(name));
    Ok(Found::whole(robot))
}
