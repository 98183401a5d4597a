//! Organizations and the people in them.

use std::collections::BTreeSet;

use indexmap::IndexSet;
use serde_json::{Map, Value, json};

use super::{Right, Route, delete, get, post, put};
use crate::{
    answer::{Answer, Outcome},
    avatar,
    call::Call,
    names::{check_namespace, is_email},
    state::{
        Namespace, Team, TeamRole,
        clock::{now, parse_span},
        ids,
    },
    views,
};

pub(super) const ROUTES: &[Route] = &[
    post("organization/", create).body().needs(Right::Account("user:admin")),
    get("organization/{orgname}", show),
    put("organization/{orgname}", update).body().needs(Right::OrganizationAdmin),
    delete("organization/{orgname}", remove).needs(Right::OrganizationAdmin).fresh(),
    get("organization/{orgname}/members", members).needs(Right::OrganizationAdmin),
    get("organization/{orgname}/members/{membername}", member).needs(Right::OrganizationAdmin),
    delete("organization/{orgname}/members/{membername}", remove_member).needs(Right::OrganizationAdmin),
    get("organization/{orgname}/collaborators", collaborators).needs(Right::OrganizationAdmin),
    get("app/{client_id}", application),
];

fn create(call: &mut Call) -> Outcome {
    if call.settings.on("SUPERUSERS_ORG_CREATION_ONLY") && !call.superuser() {
        return Err(Answer::unauthorized());
    }
    let name = call.text("name").unwrap_or_default();
    if call.state.namespaces.contains_key(&name) {
        return Err(Answer::invalid("A user or organization with this name already exists"));
    }
    check_namespace(&name).map_err(|rule| Answer::invalid(format!("Invalid namespace {name}: {rule}")))?;
    if call.state.is_leaving(&name) {
        return Err(Answer::invalid("Username is not available"));
    }
    let email = call.text("email").or_else(|| call.text("contact_email")).filter(|email| !email.is_empty());
    if let Some(email) = &email {
        check_email(call, email)?;
    }
    let id = call.state.serial("namespace");
    let mut organization = Namespace::new(id, &name, email.as_deref(), true);
    let owners = Team {
        role: TeamRole::Admin,
        description: String::new(),
        members: IndexSet::from([call.user_name()]),
        sync: None,
    };
    organization.teams.insert("owners".to_owned(), owners);
    call.state.namespaces.insert(name.clone(), organization);
    call.log("org_create", Some(&name), None, json!({ "email": email, "namespace": name }));
    Answer::created(&json!("Created"))
}

/// Organizations may share an address with each other, but not with a user.
fn check_email(call: &Call, email: &str) -> Result<(), Answer> {
    if !is_email(email) {
        return Err(Answer::invalid("Invalid email address"));
    }
    let taken = call.state.namespaces.values().any(|other| !other.organization && other.email == email);
    if taken && !call.settings.on("ORG_SHARED_EMAIL") {
        return Err(Answer::invalid("A user or organization with this email already exists"));
    }
    Ok(())
}

fn show(call: &mut Call) -> Outcome {
    Answer::ok(&view(call, call.organization()?, false))
}

/// Before 3.16 full access shows a superuser nothing, and the teams after a change.
fn view(call: &Call, organization: &Namespace, changed: bool) -> Value {
    let since_16 = call.settings.version.since(16);
    let reads_all = since_16 && call.full_access() || call.readonly_superuser();
    let is_admin = call.administers(&organization.name) || reads_all;
    let is_member = call.team_role(&organization.name).is_some() || reads_all;
    let mut view = json!({
        "avatar": avatar::user(organization),
        "email": if is_admin { views::organization_email(call.settings.version, organization) } else { "" },
        "is_admin": is_admin,
        "is_member": is_member,
        "name": organization.name,
    });
    if is_member || is_admin || changed && call.full_access() {
        let teams: Map<String, Value> = organization
            .teams
            .iter()
            .map(|(name, team)| (name.clone(), views::team(call, organization, name, team)))
            .collect();
        view["ordered_teams"] = organization.teams.keys().cloned().collect();
        view["teams"] = Value::Object(teams);
    }
    if is_admin {
        view["invoice_email"] = organization.invoice_email.into();
        view["invoice_email_address"] = organization.invoice_email_address.clone().into();
        view["is_free_account"] = true.into();
        view["tag_expiration_s"] = organization.tag_expiration_s.into();
    }
    if is_member || is_admin {
        views::add_quota(&mut view, organization, call.settings);
    }
    view
}

fn update(call: &mut Call) -> Outcome {
    let name = call.param("orgname");
    call.organization()?;
    if let Some(wanted) = call.body.get("invoice_email").and_then(Value::as_bool) {
        call.organization_mut()?.invoice_email = wanted;
        call.log("org_change_invoicing", Some(&name), None, json!({ "invoice_email": wanted, "namespace": name }));
    }
    if let Some(address) = call.body.get("invoice_email_address").cloned() {
        let address = address.as_str().map(str::to_owned);
        call.organization_mut()?.invoice_email_address.clone_from(&address);
        call.log(
            "org_change_invoicing",
            Some(&name),
            None,
            json!({ "invoice_email_address": address, "namespace": name }),
        );
    }
    let email = call.body.get("email").or_else(|| call.body.get("contact_email")).cloned();
    if let Some(email) = email {
        let email = email.as_str().unwrap_or_default().to_owned();
        if email != call.organization()?.email {
            if !email.is_empty() {
                check_email(call, &email)?;
            }
            let old = std::mem::replace(
                &mut call.organization_mut()?.email,
                if email.is_empty() { ids::uuid() } else { email.clone() },
            );
            call.log(
                "org_change_email",
                Some(&name),
                None,
                json!({ "email": email, "old_email": old, "namespace": name }),
            );
        }
    }
    let expiration =
        call.body.get("tag_expiration_s").and_then(Value::as_i64).filter(|_| call.settings.on("CHANGE_TAG_EXPIRATION"));
    if let Some(seconds) = expiration {
        if !call
            .settings
            .list("TAG_EXPIRATION_OPTIONS")
            .into_iter()
            .filter_map(parse_span)
            .any(|option| option == seconds)
        {
            return Err(Answer::message(400, "Invalid tag expiration option"));
        }
        call.organization_mut()?.tag_expiration_s = seconds;
        call.log(
            "org_change_tag_expiration",
            Some(&name),
            None,
            json!({ "namespace": name, "tag_expiration": seconds }),
        );
    }
    Answer::ok(&view(call, call.organization()?, true))
}

fn remove(call: &mut Call) -> Outcome {
    let name = call.organization()?.name.clone();
    remove_namespace(call, &name);
    call.log("org_delete", None, None, json!({ "namespace": name }));
    Answer::no_content()
}

/// Removes a user or organization; its name stays taken until the clean-up is done.
pub(super) fn remove_namespace(call: &mut Call, name: &str) {
    call.state.remove_namespace(name);
    let lag = i64::try_from(call.settings.deletion_lag().as_micros()).unwrap_or(i64::MAX);
    call.state.leaving.insert(name.to_owned(), now().saturating_add(lag));
}

/// Users in any team, in the order of teams and then of joining.
fn member_names(organization: &Namespace) -> IndexSet<&String> {
    organization.teams.values().flat_map(|team| &team.members).filter(|name| !name.contains('+')).collect()
}

fn repositories_of(organization: &Namespace, user: &str) -> BTreeSet<String> {
    let with_role = organization.repositories.values().filter(|repository| repository.user_roles.contains_key(user));
    with_role.map(|repository| repository.name.clone()).collect()
}

fn member_view(call: &Call, organization: &Namespace, name: &str) -> Value {
    let teams: Vec<Value> = organization
        .teams
        .iter()
        .filter(|(_, team)| team.members.contains(name))
        .map(|(team, _)| json!({ "avatar": avatar::team(team), "name": team }))
        .collect();
    json!({
        "avatar": views::account_avatar(call.state, name),
        "kind": if name.contains('+') { "robot" } else { "user" },
        "name": name,
        "repositories": repositories_of(organization, name),
        "teams": teams,
    })
}

fn members(call: &mut Call) -> Outcome {
    let organization = call.organization()?;
    let members: Vec<Value> =
        member_names(organization).into_iter().map(|name| member_view(call, organization, name)).collect();
    Answer::ok(&json!({ "members": members }))
}

fn member(call: &mut Call) -> Outcome {
    let name = call.param("membername");
    let organization = call.organization()?;
    let is_own_robot = name
        .split_once('+')
        .is_some_and(|(owner, short)| owner == organization.name && organization.robots.contains_key(short));
    if !organization.has_member(&name) && !is_own_robot {
        return Err(Answer::not_found());
    }
    Answer::ok(&member_view(call, organization, &name))
}

fn remove_member(call: &mut Call) -> Outcome {
    let (organization, name) = (call.param("orgname"), call.param("membername"));
    call.organization()?;
    if call.state.user(&name).is_none() {
        return Err(Answer::not_found());
    }
    let admins_left = call.organization()?.teams.values().any(|team| {
        team.role == TeamRole::Admin && team.members.iter().any(|member| member != &name && !member.contains('+'))
    });
    if !admins_left {
        return Err(Answer::message(400, "Cannot remove user as they are the only organization admin"));
    }
    let found = call.organization_mut()?;
    for team in found.teams.values_mut() {
        team.members.shift_remove(&name);
    }
    for repository in found.repositories.values_mut() {
        repository.user_roles.shift_remove(&name);
    }
    call.log("org_remove_member", Some(&organization), None, json!({ "member": name }));
    Answer::no_content()
}

fn collaborators(call: &mut Call) -> Outcome {
    let organization = call.organization()?;
    let mut names: IndexSet<&String> = IndexSet::new();
    for repository in organization.repositories.values() {
        names.extend(repository.user_roles.keys().filter(|name| !name.contains('+') && !organization.has_member(name)));
    }
    let view = |name: &&String| {
        json!({
            "avatar": views::account_avatar(call.state, name),
            "kind": "user",
            "name": name,
            "repositories": repositories_of(organization, name),
        })
    };
    let collaborators: Vec<Value> = names.iter().map(view).collect();
    Answer::ok(&json!({ "collaborators": collaborators }))
}

fn application(call: &mut Call) -> Outcome {
    let client_id = call.param("client_id");
    let found = call
        .state
        .namespaces
        .values()
        .find_map(|owner| owner.applications.get(&client_id).map(|application| (owner, application)));
    let (owner, application) = found.ok_or_else(Answer::not_found)?;
    let organization = json!({
        "avatar": avatar::organization(owner),
        "email": "",
        "is_admin": call.administers(&owner.name),
        "is_member": call.team_role(&owner.name).is_some(),
        "name": owner.name,
    });
    let seed = application.avatar_email.as_deref().unwrap_or(&application.client_id);
    Answer::ok(&json!({
        "avatar": avatar::application(&application.name, seed),
        "description": application.description,
        "name": application.name,
        "organization": organization,
        "uri": application.application_uri,
    }))
}
