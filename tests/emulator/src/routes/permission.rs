//! Permissions of users, robots and teams on a repository.

use serde_json::{Map, Value, json};

use super::{Right, Route, delete, get, put};
use crate::{
    answer::{Answer, Outcome},
    avatar,
    call::Call,
    state::Role,
    views,
};

const ADMIN: Right = Right::Repository(Role::Admin);

pub(super) const ROUTES: &[Route] = &[
    get("repository/{repository}/permissions/user/", users).needs(ADMIN),
    get("repository/{repository}/permissions/user/{username}", user).needs(ADMIN),
    put("repository/{repository}/permissions/user/{username}", set_user).body().needs(ADMIN),
    delete("repository/{repository}/permissions/user/{username}", remove_user).needs(ADMIN),
    get("repository/{repository}/permissions/user/{username}/transitive", transitive).needs(ADMIN),
    get("repository/{repository}/permissions/team/", teams).needs(ADMIN),
    get("repository/{repository}/permissions/team/{teamname}", team).needs(ADMIN),
    put("repository/{repository}/permissions/team/{teamname}", set_team).body().needs(ADMIN),
    delete("repository/{repository}/permissions/team/{teamname}", remove_team).needs(ADMIN),
];

const NO_USER_RIGHT: &str = "User does not have permission for repo.";
const NO_TEAM_RIGHT: &str = "Team does not have permission for repo.";

fn user_view(call: &Call, name: &str, role: Role) -> Value {
    let (namespace, _) = call.repository_path();
    let mut view = json!({
        "avatar": views::account_avatar(call.state, name),
        "is_robot": name.contains('+'),
        "name": name,
        "role": role.name(),
    });
    if let Some(organization) = call.state.organization(&namespace) {
        view["is_org_member"] = (name.contains('+') || organization.has_member(name)).into();
    }
    view
}

fn team_view(name: &str, role: Role) -> Value {
    json!({ "avatar": avatar::team(name), "name": name, "role": role.name() })
}

fn users(call: &mut Call) -> Outcome {
    let (namespace, name) = call.repository_path();
    let roles = call.state.repository(&namespace, &name).map(|found| found.user_roles.clone()).unwrap_or_default();
    let permissions: Map<String, Value> =
        roles.iter().map(|(user, role)| (user.clone(), user_view(call, user, *role))).collect();
    Answer::ok(&json!({ "permissions": permissions }))
}

fn user(call: &mut Call) -> Outcome {
    let (name, username) = (call.repository_path(), call.param("username"));
    let role = call.state.repository(&name.0, &name.1).and_then(|found| found.user_roles.get(&username).copied());
    let role = role.ok_or_else(|| Answer::message(400, NO_USER_RIGHT))?;
    Answer::ok(&user_view(call, &username, role))
}

fn refuse_owner(call: &Call, username: &str) -> Result<(), Answer> {
    if call.repository_path().0 == username {
        return Err(Answer::invalid("Namespace owner must always be admin."));
    }
    Ok(())
}

fn set_user(call: &mut Call) -> Outcome {
    let ((namespace, name), username) = (call.repository_path(), call.param("username"));
    let role = call.text("role").as_deref().and_then(Role::named).unwrap_or(Role::Read);
    refuse_owner(call, &username)?;
    if !call.state.account_exists(&username) {
        return Err(Answer::invalid(format!("Invalid username: {username}")));
    }
    let foreign = username.split_once('+').is_some_and(|(owner, _)| owner != namespace);
    if foreign {
        return Err(Answer::invalid(format!("Invalid robot: {username} does not belong to namespace {namespace}")));
    }
    call.repository_mut()?.user_roles.insert(username.clone(), role);
    let data = json!({ "namespace": namespace, "repo": name, "role": role.name(), "username": username });
    call.log("change_repo_permission", Some(&namespace), Some(&name), data);
    Answer::ok(&user_view(call, &username, role))
}

fn remove_user(call: &mut Call) -> Outcome {
    let ((namespace, name), username) = (call.repository_path(), call.param("username"));
    refuse_owner(call, &username)?;
    let removed =
        call.state.repository_mut(&namespace, &name).and_then(|found| found.user_roles.shift_remove(&username));
    removed.ok_or_else(|| Answer::invalid(NO_USER_RIGHT))?;
    let data = json!({ "namespace": namespace, "repo": name, "username": username });
    call.log("delete_repo_permission", Some(&namespace), Some(&name), data);
    Answer::no_content()
}

/// All roles that a user or robot has, directly and through teams; 404 where there is none.
fn transitive(call: &mut Call) -> Outcome {
    let ((namespace, _), username) = (call.repository_path(), call.param("username"));
    let repository = call.repository()?;
    let direct = repository.user_roles.get(&username).copied();
    let owner = call.state.namespace(&namespace).ok_or_else(Answer::not_found)?;
    let teams = repository
        .team_roles
        .iter()
        .filter(|(team, _)| owner.teams.get(*team).is_some_and(|team| team.members.contains(&username)));
    let roles: Vec<Value> =
        direct.into_iter().chain(teams.map(|(_, role)| *role)).map(|role| json!({ "role": role.name() })).collect();
    if roles.is_empty() {
        return Err(Answer::not_found());
    }
    Answer::ok(&json!({ "permissions": roles }))
}

fn teams(call: &mut Call) -> Outcome {
    let (namespace, name) = call.repository_path();
    let roles = call.state.repository(&namespace, &name).map(|found| found.team_roles.clone()).unwrap_or_default();
    let permissions: Map<String, Value> =
        roles.iter().map(|(team, role)| (team.clone(), team_view(team, *role))).collect();
    Answer::ok(&json!({ "permissions": permissions }))
}

fn team(call: &mut Call) -> Outcome {
    let ((namespace, name), team) = (call.repository_path(), call.param("teamname"));
    let role = call.state.repository(&namespace, &name).and_then(|found| found.team_roles.get(&team).copied());
    let role = role.ok_or_else(|| Answer::message(400, NO_TEAM_RIGHT))?;
    Answer::ok(&json!({ "role": role.name() }))
}

fn set_team(call: &mut Call) -> Outcome {
    let ((namespace, name), team) = (call.repository_path(), call.param("teamname"));
    let role = call.text("role").as_deref().and_then(Role::named).unwrap_or(Role::Read);
    if call.state.namespace(&namespace).is_none_or(|owner| !owner.teams.contains_key(&team)) {
        return Err(Answer::invalid(format!("No team {team} in organization {namespace}")));
    }
    call.repository_mut()?.team_roles.insert(team.clone(), role);
    let data = json!({ "namespace": namespace, "repo": name, "role": role.name(), "team": team });
    call.log("change_repo_permission", Some(&namespace), Some(&name), data);
    Answer::ok(&team_view(&team, role))
}

fn remove_team(call: &mut Call) -> Outcome {
    let ((namespace, name), team) = (call.repository_path(), call.param("teamname"));
    let removed = call.state.repository_mut(&namespace, &name).and_then(|found| found.team_roles.shift_remove(&team));
    removed.ok_or_else(|| Answer::invalid(NO_TEAM_RIGHT))?;
    call.log(
        "delete_repo_permission",
        Some(&namespace),
        Some(&name),
        json!({ "namespace": namespace, "repo": name, "team": team }),
    );
    Answer::no_content()
}
