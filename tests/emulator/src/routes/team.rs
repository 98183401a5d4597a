//! Teams: roles, members, invitations, synchronization with an external directory.

use indexmap::IndexSet;
use serde_json::{Value, json};

use super::{Right, Route, delete, get, post, put};
use crate::{
    answer::{Answer, Outcome},
    avatar,
    call::Call,
    names::check_namespace,
    state::{Invitation, Namespace, Team, TeamRole, TeamSync, clock::mail_date, ids},
    views,
};

const ADMIN: Right = Right::OrganizationAdmin;

pub(super) const ROUTES: &[Route] = &[
    put("organization/{orgname}/team/{teamname}", save).body().needs(ADMIN),
    delete("organization/{orgname}/team/{teamname}", remove).needs(ADMIN),
    get("organization/{orgname}/team/{teamname}/members", members),
    put("organization/{orgname}/team/{teamname}/members/{membername}", add_member).needs(ADMIN),
    delete("organization/{orgname}/team/{teamname}/members/{membername}", remove_member).needs(ADMIN),
    put("organization/{orgname}/team/{teamname}/invite/{email}", invite_by_mail).needs(ADMIN).features(&["MAILING"]),
    delete("organization/{orgname}/team/{teamname}/invite/{email}", uninvite).needs(ADMIN).features(&["MAILING"]),
    get("organization/{orgname}/team/{teamname}/permissions", permissions).needs(ADMIN),
    post("organization/{orgname}/team/{teamname}/syncing", sync).needs(ADMIN).features(&["TEAM_SYNCING"]),
    delete("organization/{orgname}/team/{teamname}/syncing", unsync).needs(ADMIN).features(&["TEAM_SYNCING"]),
];

fn team<'a>(call: &'a mut Call) -> Result<&'a mut Team, Answer> {
    let name = call.param("teamname");
    call.organization_mut()?.teams.get_mut(&name).ok_or_else(Answer::not_found)
}

fn view(call: &Call, name: &str, team: &Team, new: bool) -> Value {
    json!({
        "avatar": avatar::team(name),
        "can_view": views::can_view(call, &call.param("orgname"), team),
        "description": team.description,
        "name": name,
        "new_team": new,
        "role": team.role.name(),
    })
}

/// Teams with role admin that a user is in.
fn admin_teams<'a>(organization: &'a Namespace, user: &str) -> Vec<&'a String> {
    let found =
        organization.teams.iter().filter(|(_, team)| team.role == TeamRole::Admin && team.members.contains(user));
    found.map(|(name, _)| name).collect()
}

fn save(call: &mut Call) -> Outcome {
    let (organization, name) = (call.param("orgname"), call.param("teamname"));
    let role = call.text("role").as_deref().and_then(TeamRole::named).unwrap_or(TeamRole::Member);
    let description = call.text("description");
    let user = call.user_name();
    let found = call.organization()?;
    let Some(team) = found.teams.get(&name) else {
        check_namespace(&name).map_err(|rule| Answer::message(400, format!("Invalid team name {name}: {rule}")))?;
        let description = description.unwrap_or_default();
        let team = Team { role, description: description.clone(), members: IndexSet::new(), sync: None };
        call.organization_mut()?.teams.insert(name.clone(), team.clone());
        call.log(
            "org_create_team",
            Some(&organization),
            None,
            json!({ "description": description, "role": role.name(), "team": name }),
        );
        return Answer::ok(&view(call, &name, &team, true));
    };
    let demoted = team.role == TeamRole::Admin && role != TeamRole::Admin;
    if demoted && admin_teams(found, &user) == [&name] {
        return Err(Answer::message(
            400,
            format!(
                "Cannot remove admin from team '{name}' because calling user would no longer have admin on org '{organization}'"
            ),
        ));
    }
    let old_role = team.role;
    let old_description = team.description.clone();
    let changed = super::team::team(call)?;
    changed.role = role;
    if let Some(description) = &description {
        changed.description.clone_from(description);
    }
    let changed = changed.clone();
    if description.is_some_and(|description| description != old_description) {
        let data = json!({ "description": changed.description, "team": name });
        call.log("org_set_team_description", Some(&organization), None, data);
    }
    if role != old_role {
        call.log("org_set_team_role", Some(&organization), None, json!({ "role": role.name(), "team": name }));
    }
    Answer::ok(&view(call, &name, &changed, false))
}

fn remove(call: &mut Call) -> Outcome {
    let (organization, name, user) = (call.param("orgname"), call.param("teamname"), call.user_name());
    let found = call.organization()?;
    let team = found
        .teams
        .get(&name)
        .ok_or_else(|| Answer::message(400, format!("Team '{name}' is not a team in org '{organization}'")))?;
    if team.role == TeamRole::Admin {
        match admin_teams(found, &user).len() {
            // The real server does not expect superusers who are in no administrators' team.
            0 => return Err(Answer::crash()),
            1 => {
                let text = format!(
                    "Deleting team '{name}' would remove admin ability for user '{user}' in organization '{organization}'"
                );
                return Err(Answer::message(400, text));
            }
            _ => {}
        }
    }
    let found = call.organization_mut()?;
    found.teams.shift_remove(&name);
    for repository in found.repositories.values_mut() {
        repository.team_roles.shift_remove(&name);
    }
    found.prototypes.retain(|prototype| prototype.delegate != crate::state::Delegate::Team(name.clone()));
    call.state.invitations.retain(|invitation| invitation.organization != organization || invitation.team != name);
    call.log("org_delete_team", Some(&organization), None, json!({ "team": name }));
    Answer::no_content()
}

fn member_view(call: &Call, name: &str, invited: bool) -> Value {
    json!({
        "avatar": views::account_avatar(call.state, name),
        "invited": invited,
        "is_robot": name.contains('+'),
        "kind": "user",
        "name": name,
    })
}

fn mail_view(email: &str) -> Value {
    json!({ "avatar": avatar::external(email, email), "email": email, "invited": true, "kind": "invite" })
}

fn members(call: &mut Call) -> Outcome {
    let (organization, name) = (call.param("orgname"), call.param("teamname"));
    let administers = call.administers(&organization) || call.full_access();
    let user = call.user_name();
    let is_member = call
        .state
        .organization(&organization)
        .and_then(|found| found.teams.get(&name))
        .is_some_and(|team| team.members.contains(&user));
    let sees_own = is_member && call.team_role(&organization).is_some();
    if !(administers || sees_own || call.readonly_superuser()) {
        return Err(call.refusal());
    }
    let team = super::team::team(call)?.clone();
    let mut list: Vec<Value> = team.members.iter().map(|member| member_view(call, member, false)).collect();
    if administers && call.request.flag("includePending") {
        for invitation in call
            .state
            .invitations
            .iter()
            .filter(|invitation| invitation.organization == organization && invitation.team == name)
        {
            list.push(match (&invitation.user, &invitation.email) {
                (Some(user), _) => member_view(call, user, true),
                (None, email) => {
                    let email = email.clone().unwrap_or_default();
                    mail_view(&email)
                }
            });
        }
    }
    let mut body = json!({ "can_edit": administers, "members": list, "name": name });
    // Groups of OIDC are followed since 3.11.
    let follows = call.settings.text("AUTHENTICATION_TYPE") != "OIDC" || call.settings.version.since(11);
    if call.settings.on("TEAM_SYNCING") && !call.settings.database_auth() && follows {
        if call.superuser() || call.settings.on("NONSUPERUSER_TEAM_SYNCING_SETUP") {
            body["can_sync"] = match &call.settings.value("EMULATOR_DIRECTORY")["sync"] {
                Value::Null => json!({ "service": call.settings.text("AUTHENTICATION_TYPE").to_lowercase() }),
                described => described.clone(),
            };
        }
        if let Some(sync) = &team.sync {
            body["synced"] = json!({ "config": sync.config, "last_updated": sync.last_updated.map(mail_date), "service": sync.service });
        }
    }
    Answer::ok(&body)
}

fn refuse_synced(team: &Team, member: &str) -> Result<(), Answer> {
    if team.sync.is_some() && !member.contains('+') {
        return Err(Answer::invalid("Cannot call this method on an auth-synced team"));
    }
    Ok(())
}

fn add_member(call: &mut Call) -> Outcome {
    let (organization, name, member) = (call.param("orgname"), call.param("teamname"), call.param("membername"));
    refuse_synced(team(call)?, &member)?;
    if !call.state.account_exists(&member) {
        return Err(Answer::invalid("Unknown user"));
    }
    if call.settings.on("MAILING") && call.settings.on("REQUIRE_TEAM_INVITE") {
        if member.contains('+') && !member.starts_with(&format!("{organization}+")) {
            let text = "Cannot add the specified robot to this team, as it is not a member of the organization";
            return Err(Answer::message(400, text));
        }
        if !member.contains('+') && !call.organization()?.has_member(&member) {
            return invite(call, Some(member), None);
        }
    }
    if !team(call)?.members.insert(member.clone()) {
        return Err(Answer::message(400, format!("User {member} is already a member of team {name}")));
    }
    call.log("org_add_team_member", Some(&organization), None, json!({ "member": member, "team": name }));
    Answer::ok(&member_view(call, &member, false))
}

fn invite(call: &mut Call, user: Option<String>, email: Option<String>) -> Outcome {
    let (organization, team) = (call.param("orgname"), call.param("teamname"));
    let inviter = call.user_name();
    // Whoever is invited twice has two invitations.
    call.state.invitations.push(Invitation {
        code: ids::capitals(40),
        organization: organization.clone(),
        team: team.clone(),
        user: user.clone(),
        email: email.clone(),
        inviter,
    });
    call.log(
        "org_invite_team_member",
        Some(&organization),
        None,
        json!({ "email": email, "member": user, "team": team, "user": user }),
    );
    match (user, email) {
        (Some(user), _) => Answer::ok(&member_view(call, &user, true)),
        (None, email) => Answer::ok(&mail_view(&email.unwrap_or_default())),
    }
}

fn invite_by_mail(call: &mut Call) -> Outcome {
    refuse_synced(team(call)?, "")?;
    let email = call.param("email");
    invite(call, None, Some(email))
}

/// Takes back one invitation by e-mail; who was invited twice keeps the other.
fn uninvite(call: &mut Call) -> Outcome {
    let (organization, team, email) = (call.param("orgname"), call.param("teamname"), call.param("email"));
    let found = call.state.invitations.iter().position(|invitation| {
        invitation.organization == organization
            && invitation.team == team
            && invitation.email.as_deref() == Some(&email)
    });
    call.state.invitations.remove(found.ok_or_else(Answer::not_found)?);
    let data = json!({ "email": email, "team": team });
    call.log("org_delete_team_member_invite", Some(&organization), None, data);
    Answer::no_content()
}

fn remove_member(call: &mut Call) -> Outcome {
    let (organization, name, member) = (call.param("orgname"), call.param("teamname"), call.param("membername"));
    let caller = call.user_name();
    refuse_synced(team(call)?, &member)?;
    if !call.state.account_exists(&member) {
        return Err(Answer::not_found());
    }
    let before = call.state.invitations.len();
    call.state.invitations.retain(|invitation| {
        invitation.organization != organization
            || invitation.team != name
            || invitation.user.as_deref() != Some(&member)
    });
    if call.state.invitations.len() < before {
        call.log(
            "org_delete_team_member_invite",
            Some(&organization),
            None,
            json!({ "member": member, "team": name, "user": member }),
        );
        return Answer::no_content();
    }
    if !team(call)?.members.contains(&member) {
        return Err(Answer::message(400, format!("User {member} does not belong to team {name}")));
    }
    if member == caller && admin_teams(call.organization()?, &caller) == [&name] {
        return Err(Answer::message(400, "User cannot remove themselves from their only admin team."));
    }
    team(call)?.members.shift_remove(&member);
    call.log("org_remove_team_member", Some(&organization), None, json!({ "member": member, "team": name }));
    Answer::no_content()
}

fn permissions(call: &mut Call) -> Outcome {
    let name = call.param("teamname");
    team(call)?;
    let permissions: Vec<Value> = call
        .organization()?
        .repositories
        .values()
        .filter_map(|repository| {
            let role = repository.team_roles.get(&name)?;
            Some(json!({ "repository": { "is_public": repository.public, "name": repository.name }, "role": role.name() }))
        })
        .collect();
    Answer::ok(&json!({ "permissions": permissions }))
}

fn sync(call: &mut Call) -> Outcome {
    if !call.superuser() && !call.settings.on("NONSUPERUSER_TEAM_SYNCING_SETUP") {
        return Err(call.refusal());
    }
    let (organization, name) = (call.param("orgname"), call.param("teamname"));
    team(call)?;
    call.body = call.request.json()?;
    let refuse = |reason: &str| Answer::invalid(format!("Could not sync to group: {reason}"));
    let (service, key) = match call.settings.text("AUTHENTICATION_TYPE") {
        "LDAP" => ("ldap", "group_dn"),
        "OIDC" => ("oidc", "group_name"),
        _ => return Err(refuse("Not supported")),
    };
    let group = call.text(key).filter(|group| !group.is_empty()).ok_or_else(|| refuse(&format!("Missing {key}")))?;
    let groups = &call.settings.value("EMULATOR_DIRECTORY")["groups"];
    // An OIDC provider cannot be asked for its groups: every name is taken.
    if service == "ldap" && groups.get(&group).is_none() {
        return Err(refuse("Group does not exist or is empty"));
    }
    let team = team(call)?;
    if team.sync.is_some() {
        return Err(Answer::crash());
    }
    if service == "oidc" {
        // Users come in one by one, when they log in.
        team.members.retain(|member| member.contains('+'));
    }
    team.sync = Some(TeamSync { service: service.to_owned(), config: json!({ key: group }), last_updated: None });
    let team = team.clone();
    call.log("enable_team_sync", Some(&organization), None, json!({ "config": { key: group }, "team": name }));
    Answer::ok(&view(call, &name, &team, false))
}

fn unsync(call: &mut Call) -> Outcome {
    let (organization, name) = (call.param("orgname"), call.param("teamname"));
    let team = team(call)?;
    team.sync = None;
    let team = team.clone();
    call.log("disable_team_sync", Some(&organization), None, json!({ "team": name }));
    Answer::ok(&view(call, &name, &team, false))
}
