//! Robot accounts of organizations and of the caller.

use serde_json::{Value, json};

use super::{Right, Route, delete, get, post, put};
use crate::{
    answer::{Answer, Outcome},
    avatar,
    call::Call,
    names::check_namespace,
    state::{
        Namespace, Robot,
        clock::{mail_date, now},
        ids,
    },
};

const OWN: Right = Right::Account("user:admin");
const ORG: Right = Right::OrganizationAdmin;

pub(super) const ROUTES: &[Route] = &[
    get("user/robots", list).needs(OWN),
    get("user/robots/{robot}", show).needs(OWN),
    put("user/robots/{robot}", create).body().needs(OWN),
    delete("user/robots/{robot}", remove).needs(OWN),
    get("user/robots/{robot}/permissions", permissions).needs(OWN),
    post("user/robots/{robot}/regenerate", regenerate).needs(OWN),
    get("user/robots/{robot}/federation", federation).needs(OWN),
    post("user/robots/{robot}/federation", federate).body().needs(OWN),
    delete("user/robots/{robot}/federation", unfederate).needs(OWN),
    get("organization/{orgname}/robots", list).needs(Right::OrganizationMember),
    get("organization/{orgname}/robots/{robot}", show).needs(ORG),
    put("organization/{orgname}/robots/{robot}", create).body().needs(ORG),
    delete("organization/{orgname}/robots/{robot}", remove).needs(ORG),
    get("organization/{orgname}/robots/{robot}/permissions", permissions).needs(ORG),
    post("organization/{orgname}/robots/{robot}/regenerate", regenerate).needs(ORG),
    get("organization/{orgname}/robots/{robot}/federation", federation).needs(ORG),
    post("organization/{orgname}/robots/{robot}/federation", federate).body().needs(ORG),
    delete("organization/{orgname}/robots/{robot}/federation", unfederate).needs(ORG),
];

/// The namespace that the path speaks of: an organization, or the caller's own.
fn owner(call: &Call) -> String {
    let organization = call.param("orgname");
    if organization.is_empty() { call.user_name() } else { organization }
}

fn missing() -> Answer {
    Answer::message(400, "Could not find robot with specified username")
}

/// Namespace, short name and data of the robot in the path.
fn robot<'a>(call: &'a mut Call) -> Result<(String, String, &'a mut Robot), Answer> {
    let (owner, short) = (owner(call), call.param("robot"));
    let found = call.state.namespace_mut(&owner).and_then(|owner| owner.robots.get_mut(&short));
    found.map(|robot| (owner, short, robot)).ok_or_else(missing)
}

fn view(owner: &str, short: &str, robot: &Robot) -> Value {
    json!({
        "created": mail_date(robot.created),
        "description": robot.description,
        "last_accessed": robot.last_accessed.map(mail_date),
        "name": format!("{owner}+{short}"),
        "token": robot.token,
    })
}

fn list(call: &mut Call) -> Outcome {
    let owner = owner(call);
    // Members and those who only read get no secrets.
    let may_see = call.administers(&owner) || call.settings.version.since(17) && call.full_access();
    let with_token = may_see && (call.request.argument("token").is_none() || call.request.flag("token"));
    // Others than administrators are not told that they do not get the rights.
    let may_see_rights = call.administers(&owner) || call.full_access() || call.readonly_superuser();
    let with_permissions = may_see_rights && call.request.flag("permissions");
    let limit = call.request.number("limit").and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    let namespaces = call.state.look_alikes(&owner).into_iter();
    // The newest come first.
    let found = namespaces.flat_map(|owner| owner.robots.iter().rev().map(move |(short, robot)| (owner, short, robot)));
    let views = found.take(limit).map(|(owner, short, robot)| {
        let mut view = view(&owner.name, short, robot);
        if !with_token && let Some(view) = view.as_object_mut() {
            view.shift_remove("token");
        }
        if with_permissions {
            add_rights(&mut view, owner, &format!("{}+{short}", owner.name));
        }
        view
    });
    let robots: Vec<Value> = views.collect();
    Answer::ok(&json!({ "robots": robots }))
}

fn add_rights(view: &mut Value, namespace: &Namespace, name: &str) {
    let with_role = namespace.repositories.values().filter(|repository| repository.user_roles.contains_key(name));
    view["repositories"] = with_role.map(|repository| Value::from(repository.name.as_str())).collect();
    let teams = namespace.teams.iter().filter(|(_, team)| team.members.contains(name));
    view["teams"] = teams.map(|(team, _)| json!({ "avatar": avatar::team(team), "name": team })).collect();
}

fn show(call: &mut Call) -> Outcome {
    let organization = call.param("orgname");
    if call.state.user(&organization).is_some() {
        return Err(Answer::message(400, format!("Organization does not exist: {organization}")));
    }
    let only_reads = call.readonly_superuser();
    let (owner, short, robot) = robot(call)?;
    let mut view = view(&owner, &short, robot);
    if only_reads && let Some(view) = view.as_object_mut() {
        view.shift_remove("token");
    }
    view["unstructured_metadata"] = if robot.metadata.is_null() { json!({}) } else { robot.metadata.clone() };
    Answer::ok(&view)
}

fn create(call: &mut Call) -> Outcome {
    let (owner, short) = (owner(call), call.param("robot"));
    let name = format!("{owner}+{short}");
    if call.settings.value("ROBOTS_DISALLOW") == true {
        return Err(Answer::invalid("Robot accounts have been disabled. Please contact your administrator."));
    }
    check_namespace(&short)
        .map_err(|rule| Answer::invalid(format!("The name for the robot '{short}' is invalid: {rule}")))?;
    if call.state.robot(&name).is_some() {
        let text = format!("Existing robot with name: {name}");
        return Err(if call.settings.version.since(11) { Answer::invalid(text) } else { Answer::message(400, text) });
    }
    let robot = Robot {
        id: call.state.serial("namespace"),
        email: ids::uuid(),
        token: ids::capitals(64),
        description: call.text("description").unwrap_or_default(),
        metadata: call.body.get("unstructured_metadata").cloned().unwrap_or_default(),
        created: now(),
        last_accessed: None,
        federation: Vec::new(),
    };
    let mut view = view(&owner, &short, &robot);
    view["unstructured_metadata"] = robot.metadata.clone();
    let description = robot.description.clone();
    let namespace = call.state.namespace_mut(&owner).ok_or_else(Answer::not_found)?;
    namespace.robots.insert(short.clone(), robot);
    call.log("create_robot", Some(&owner), None, json!({ "description": description, "robot": short }));
    Answer::created(&view)
}

fn remove(call: &mut Call) -> Outcome {
    let (owner, short, _) = robot(call)?;
    let name = format!("{owner}+{short}");
    let namespace = call.state.namespace_mut(&owner).ok_or_else(missing)?;
    let mirrors = namespace.repositories.values().filter_map(|repository| repository.mirror.as_ref());
    if mirrors.into_iter().any(|mirror| mirror.robot_username == name) {
        return Err(Answer::invalid("Robot is being used by a mirror"));
    }
    // The mirror of an organization does not protect its robot: it goes as well.
    namespace.mirror.take_if(|mirror| mirror.robot_username == name);
    namespace.robots.shift_remove(&short);
    call.state.forget_account(&name);
    call.log("delete_robot", Some(&owner), None, json!({ "robot": short }));
    Answer::no_content()
}

fn permissions(call: &mut Call) -> Outcome {
    let (owner, short, _) = robot(call)?;
    let name = format!("{owner}+{short}");
    let namespace = call.state.namespace(&owner).ok_or_else(missing)?;
    let permissions: Vec<Value> = namespace
        .repositories
        .values()
        .filter_map(|repository| {
            let role = repository.user_roles.get(&name)?;
            Some(json!({ "repository": { "is_public": repository.public, "name": repository.name }, "role": role.name() }))
        })
        .collect();
    Answer::ok(&json!({ "permissions": permissions }))
}

fn regenerate(call: &mut Call) -> Outcome {
    let (owner, short, robot) = robot(call)?;
    robot.token = ids::capitals(64);
    let view = view(&owner, &short, robot);
    call.log("regenerate_robot_token", Some(&owner), None, json!({ "robot": short }));
    Answer::ok(&view)
}

fn federation(call: &mut Call) -> Outcome {
    let (_, _, robot) = robot(call)?;
    Answer::ok(&json!(robot.federation))
}

fn federate(call: &mut Call) -> Outcome {
    let list = call.body.as_array().cloned().unwrap_or_default();
    let mut wanted: Vec<Value> = Vec::new();
    for entry in &list {
        let issuer = entry["issuer"].as_str().unwrap_or_default();
        if !issuer.starts_with("http://") && !issuer.starts_with("https://") {
            return Err(Answer::invalid("Issuer must be a URL (http:// or https://)"));
        }
        let identity = json!({ "issuer": issuer, "subject": entry["subject"] });
        if wanted.contains(&identity) {
            return Err(Answer::invalid("Duplicate federation config"));
        }
        wanted.push(identity);
    }
    let (owner, short, robot) = robot(call)?;
    robot.federation = wanted.clone();
    call.log(
        "create_robot_federation",
        Some(&owner),
        None,
        json!({ "config": wanted, "robot": format!("{owner}+{short}") }),
    );
    Answer::ok(&Value::Array(wanted))
}

fn unfederate(call: &mut Call) -> Outcome {
    let (owner, short, robot) = robot(call)?;
    robot.federation.clear();
    call.log("delete_robot_federation", Some(&owner), None, json!({ "robot": format!("{owner}+{short}") }));
    Answer::no_content()
}

/// The robots of a namespace for the search of accounts.
pub(super) fn matching(namespace: &Namespace, prefix: &str) -> Vec<(String, Value)> {
    let full = |short: &String| format!("{}+{short}", namespace.name);
    let fits = |name: &String| {
        name.starts_with(prefix) || name.split('+').nth(1).is_some_and(|short| short.starts_with(prefix))
    };
    let found = namespace.robots.iter().map(|(short, robot)| (full(short), robot)).filter(|(name, _)| fits(name));
    found.map(|(name, robot)| (name.clone(), avatar::robot(&name, &robot.email))).collect()
}
