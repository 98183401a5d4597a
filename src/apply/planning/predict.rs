//! What a plan will have made, for the plans that build on it.

use serde_json::{Value, json};

use super::item::Item;
use super::predicted::PredictedServer;
use super::refresh::repository_path;
use crate::api::{Path, Reader};
use crate::plan::Plan;

/// Adds to the predicted server what the plan of an item creates or renames.
pub fn keep(predicted: &PredictedServer, item: &Item, plan: &Plan, reader: &Reader) {
    let creates = plan.before.is_empty() && plan.changes().next().is_some();
    if item.is_removal() {
        return;
    }
    let text = |key: &str| item.text(key).unwrap_or_default();
    let after = |key: &str| plan.after.get(key).cloned().unwrap_or_default();
    match item.module() {
        "quay_organization" if creates => {
            let name = item.text("new_name").unwrap_or(text("name"));
            let path = Path::organization(name);
            let teams = json!({"owners": team("owners", &json!("admin"), &json!(""))});
            let body =
                json!({"name": name, "email": after("email"), "is_admin": true, "is_member": true, "teams": teams});
            predicted.keep(&path, 200, body);
            predicted.complete(&path);
            predicted.complete(&Path::repository(name));
        }
        "quay_organization" if plan.after.get("name") != plan.before.get("name") => {
            if let Some(new) = item.text("new_name") {
                predicted.rename(text("name"), new);
            }
        }
        "quay_team" if creates => {
            let organization = Path::organization(text("organization"));
            let (name, role, description) = (text("name"), after("role"), after("description"));
            predicted.amend(&organization, |body| body["teams"][name] = team(name, &role, &description));
            let path = Path::team(text("organization"), name);
            // Whether the caller may synchronize it, Quay tells only of a team that is there.
            predicted.keep(
                &path.clone().fixed("/members"),
                200,
                json!({"name": name, "members": [], "can_sync": true}),
            );
            predicted.complete(&path);
        }
        "quay_robot" if creates => {
            if let Some((organization, short)) = text("name").split_once('+') {
                let path = Path::organization(organization).fixed("/robots").then(short);
                predicted.keep(&path, 200, json!({"name": text("name"), "description": after("description")}));
                predicted.complete(&path);
            }
        }
        "quay_repository" => {
            if let Some((organization, short)) = text("name").split_once('/') {
                repository(predicted, organization, short, plan, creates);
            }
        }
        "quay_default_perm" => {
            let path = Path::organization(text("organization")).fixed("/prototypes");
            if let (true, Ok(known)) = (plan.changes().next().is_some(), reader.get(&path)) {
                let (delegate, creator) = (json!({"name": after("name"), "kind": after("type")}), after("creator"));
                let by = if creator.is_null() { creator } else { json!({"name": creator}) };
                let rule = json!({"delegate": delegate, "activating_user": by, "role": after("role")});
                predicted.amend_or(&path, known, |body| prototype(body, rule));
            }
        }
        "quay_user" if creates => {
            let path = Path::api("users").then(text("username"));
            predicted.keep(&path, 200, json!({"username": text("username")}));
        }
        _ => {}
    }
}

fn repository(predicted: &PredictedServer, organization: &str, short: &str, plan: &Plan, creates: bool) {
    let path = repository_path(organization, short);
    if creates {
        let public = plan.after.get("visibility").is_some_and(|visibility| visibility == "public");
        let body = json!({"name": short, "is_organization": true, "is_public": public, "state": "NORMAL", "is_starred": false});
        predicted.keep(&path, 200, body);
        predicted.complete_repository(&Path::repository(&format!("{organization}/{short}")));
    }
    if let Some(state) = plan.after.get("repo_state") {
        predicted.amend(&path, |body| body["state"] = state.clone());
    }
}

/// Adds a default permission to those of its organization, or changes the one for the same accounts.
fn prototype(body: &mut Value, rule: Value) {
    let Some(list) = body["prototypes"].as_array_mut() else { return };
    let name = |rule: &Value| {
        let parts = ["/delegate/kind", "/delegate/name", "/activating_user/name"];
        parts.map(|part| rule.pointer(part).cloned().unwrap_or_default())
    };
    match list.iter_mut().find(|known| name(known) == name(&rule)) {
        Some(known) => known["role"] = rule["role"].clone(),
        None => list.push(rule),
    }
}

fn team(name: &str, role: &Value, description: &Value) -> Value {
    json!({"name": name, "role": role, "description": description, "is_synced": false})
}
