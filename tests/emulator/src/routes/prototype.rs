//! Default permissions of organizations; the API calls them prototypes.

use serde_json::{Value, json};

use super::{Right, Route, delete, get, post, put};
use crate::{
    answer::{Answer, Outcome},
    avatar,
    call::Call,
    state::{Delegate, Prototype, Role, ids},
    views,
};

const ADMIN: Right = Right::OrganizationAdmin;

pub(super) const ROUTES: &[Route] = &[
    get("organization/{orgname}/prototypes", list).needs(ADMIN),
    post("organization/{orgname}/prototypes", create).body().needs(ADMIN),
    put("organization/{orgname}/prototypes/{prototypeid}", update).body().needs(ADMIN),
    delete("organization/{orgname}/prototypes/{prototypeid}", remove).needs(ADMIN),
];

fn user_view(call: &Call, name: &str) -> Value {
    let organization = call.state.organization(&call.param("orgname"));
    json!({
        "avatar": views::account_avatar(call.state, name),
        "is_org_member": name.contains('+') || organization.is_some_and(|found| found.has_member(name)),
        "is_robot": name.contains('+'),
        "kind": "user",
        "name": name,
    })
}

fn view(call: &Call, prototype: &Prototype) -> Value {
    let delegate = match &prototype.delegate {
        Delegate::User(name) => user_view(call, name),
        Delegate::Team(name) => {
            json!({ "avatar": avatar::team(name), "kind": "team", "name": name })
        }
    };
    json!({
        "activating_user": prototype.activating_user.as_deref().map(|name| user_view(call, name)),
        "delegate": delegate,
        "id": prototype.uuid,
        "role": prototype.role.name(),
    })
}

fn list(call: &mut Call) -> Outcome {
    let prototypes: Vec<Value> =
        call.organization()?.prototypes.iter().map(|prototype| view(call, prototype)).collect();
    Answer::ok(&json!({ "prototypes": prototypes }))
}

fn role(call: &Call) -> Role {
    call.text("role").as_deref().and_then(Role::named).unwrap_or(Role::Read)
}

fn log(call: &mut Call, kind: &str, prototype: &Prototype, original_role: Option<Role>) {
    let organization = call.param("orgname");
    let mut data = json!({ "prototypeid": prototype.uuid, "role": prototype.role.name() });
    if let Some(name) = &prototype.activating_user {
        data["activating_username"] = name.as_str().into();
    }
    match &prototype.delegate {
        Delegate::User(name) => data["delegate_user"] = name.as_str().into(),
        Delegate::Team(name) => data["delegate_team"] = name.as_str().into(),
    }
    if let Some(role) = original_role {
        data["original_role"] = role.name().into();
    }
    call.log(kind, Some(&organization), None, data);
}

fn create(call: &mut Call) -> Outcome {
    call.organization()?;
    let activating_user = call.body["activating_user"]["name"].as_str().map(str::to_owned);
    if let Some(name) = &activating_user
        && !call.state.account_exists(name)
    {
        return Err(Answer::invalid("Unknown activating user"));
    }
    let name = call.body["delegate"]["name"].as_str().unwrap_or_default().to_owned();
    let is_team = call.body["delegate"]["kind"] == "team";
    let exists =
        if is_team { call.organization()?.teams.contains_key(&name) } else { call.state.account_exists(&name) };
    if !exists {
        return Err(Answer::invalid("Missing delegate user or team"));
    }
    let delegate = if is_team { Delegate::Team(name) } else { Delegate::User(name) };
    let prototype = Prototype { uuid: ids::uuid(), role: role(call), activating_user, delegate };
    call.organization_mut()?.prototypes.push(prototype.clone());
    log(call, "create_prototype_permission", &prototype, None);
    Answer::ok(&view(call, &prototype))
}

fn update(call: &mut Call) -> Outcome {
    let (id, role) = (call.param("prototypeid"), role(call));
    let found = call
        .organization_mut()?
        .prototypes
        .iter_mut()
        .find(|prototype| prototype.uuid == id)
        .ok_or_else(Answer::not_found)?;
    let old = std::mem::replace(&mut found.role, role);
    let prototype = found.clone();
    log(call, "modify_prototype_permission", &prototype, Some(old));
    Answer::ok(&view(call, &prototype))
}

fn remove(call: &mut Call) -> Outcome {
    let id = call.param("prototypeid");
    let prototypes = &mut call.organization_mut()?.prototypes;
    let at = prototypes.iter().position(|prototype| prototype.uuid == id).ok_or_else(Answer::not_found)?;
    let prototype = prototypes.remove(at);
    log(call, "delete_prototype_permission", &prototype, None);
    Answer::no_content()
}
