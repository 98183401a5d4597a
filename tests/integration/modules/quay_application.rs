//! `quay_application`.

use quay_emulator::Fault;
use serde_json::{Value, json};

use crate::support::{Budget, LifeCycle, Mode, Registry};

const MODULE: &str = "quay_application";
const LIST: &str = "/api/v1/organization/acme/applications";

fn registry() -> Registry {
    let registry = Registry::new();
    registry.ok("quay_organization", json!({"name": "acme"}));
    registry
}

fn options(name: &str, more: Value) -> Value {
    let mut options = json!({"organization": "acme", "name": name});
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    options
}

#[test]
fn life_cycle() {
    let registry = registry();
    let life = LifeCycle {
        module: MODULE,
        base: options("dash", json!({})),
        create: json!({"description": "Shows images", "avatar_email": "dash@example.com"}),
        update: json!({"redirect_uri": "https://dash.example.com/oauth"}),
        requests: Budget { create: 3, repeat: 1, update: 2, remove: 2 },
    };
    let [create, update, remove] = life.run(&registry);
    assert_eq!(create.result["name"], "dash");
    assert!(create.result["client_id"].is_string() && create.result["client_secret"].is_string());
    assert_eq!(create.result["client_id"], update.result["client_id"]);
    assert_eq!(create.result["client_secret"], update.result["client_secret"]);
    // What the task does not repeat is kept.
    assert_eq!(
        update.after(),
        &json!({
            "organization": "acme",
            "name": "dash",
            "description": "Shows images",
            "application_uri": "",
            "redirect_uri": "https://dash.example.com/oauth",
            "avatar_email": "dash@example.com",
        })
    );
    let id = create.result["client_id"].as_str().unwrap();
    assert_eq!(remove.writes(), [format!("DELETE {LIST}/{id}")]);
    assert_eq!(remove.result.get("client_id"), None);
}

#[test]
fn empty_texts_clear_and_an_empty_picture_becomes_null() {
    let registry = registry();
    let all = json!({
        "description": "d", "application_uri": "https://a", "redirect_uri": "https://r", "avatar_email": "a@example.com"
    });
    registry.ok(MODULE, options("dash", all));
    let empty = json!({"description": "", "application_uri": "", "redirect_uri": "", "avatar_email": ""});
    let run = registry.ok(MODULE, options("dash", empty.clone()));
    assert!(run.changed());
    assert_eq!(
        run.requests[1].request,
        json!({"name": "dash", "description": "", "application_uri": "", "redirect_uri": ""})
    );
    assert!(!registry.ok(MODULE, options("dash", empty)).changed());
}

#[test]
fn check_mode_returns_what_is_known() {
    let registry = registry();
    let run = registry.check(MODULE, options("dash", json!({})));
    assert_eq!(run.result["name"], "dash");
    assert_eq!(run.result.get("client_id"), None);
    let made = registry.ok(MODULE, options("dash", json!({})));
    let run = registry.check(MODULE, options("dash", json!({"new_name": "board"})));
    assert_eq!(run.result["name"], "board");
    assert_eq!(run.result["client_id"], made.result["client_id"]);
    assert_eq!(run.result["client_secret"], made.result["client_secret"]);
    let secret = made.result["client_secret"].as_str().unwrap();
    assert!(!run.result["diff"].to_string().contains(secret));
}

#[test]
fn a_rename_happens_once() {
    let registry = registry();
    registry.ok(MODULE, options("old", json!({"description": "kept"})));
    let rename = options("old", json!({"new_name": "new"}));
    let run = registry.ok(MODULE, rename.clone());
    assert_eq!((run.before()["name"].as_str(), run.after()["name"].as_str()), (Some("old"), Some("new")));
    assert_eq!(run.after()["description"], "kept");
    assert!(!registry.ok(MODULE, rename).changed());
    assert!(!registry.ok(MODULE, options("new", json!({"new_name": "new"}))).changed());
    assert!(!registry.ok(MODULE, options("new", json!({"new_name": ""}))).changed());
    // Absent finds it under the new name, too.
    let gone = options("old", json!({"new_name": "new", "state": "absent"}));
    assert!(registry.ok(MODULE, gone.clone()).changed());
    assert!(!registry.ok(MODULE, gone).changed());
    let created = registry.ok(MODULE, options("old", json!({"new_name": "new"})));
    assert_eq!(created.after()["name"], "new");
}

#[test]
fn two_candidates_are_refused() {
    let registry = registry();
    registry.ok(MODULE, options("old", json!({})));
    registry.ok(MODULE, options("new", json!({})));
    for state in ["present", "absent"] {
        assert_eq!(
            registry.refused_everywhere(MODULE, options("old", json!({"new_name": "new", "state": state}))),
            "new_name: both old and new are applications of acme, so it cannot be told which one is meant"
        );
    }
}

#[test]
fn names_that_are_not_unique_are_refused_with_their_client_ids() {
    let registry = registry();
    let made = registry.ok(MODULE, options("dash", json!({})));
    let id = made.result["client_id"].as_str().unwrap();
    let mut state = registry.emulator.snapshot();
    let applications = state["namespaces"]["acme"]["applications"].as_object_mut().unwrap();
    let mut twin = applications[id].clone();
    twin["client_id"] = json!("TWIN");
    applications.insert("TWIN".into(), twin);
    registry.emulator.load(state).unwrap();
    let message = registry.refused_everywhere(MODULE, options("dash", json!({"state": "absent"})));
    assert!(
        message.contains(&format!("2 applications of acme have the name dash (client IDs {id}, TWIN)")),
        "{message}"
    );
}

#[test]
fn a_missing_organization_is_told_from_a_missing_right() {
    let registry = registry();
    let nowhere = |more| {
        let mut all = options("dash", more);
        all["organization"] = json!("nowhere");
        all
    };
    let missing = "cannot create the application dash of nowhere: the organization nowhere does not exist";
    assert_eq!(registry.refused_everywhere(MODULE, nowhere(json!({}))), missing);
    assert!(!registry.ok(MODULE, nowhere(json!({"state": "absent"}))).changed());

    let weak = registry.emulator.token_for("alice", &["org:admin"]);
    assert_eq!(registry.run_as(&weak, MODULE, nowhere(json!({})), Mode::Real).message(), missing);
    assert!(!registry.run_as(&weak, MODULE, nowhere(json!({"state": "absent"})), Mode::Real).changed());
    let run = registry.run_as(&weak, MODULE, options("dash", json!({})), Mode::Real);
    run.assert_refused();
    assert_eq!(
        run.message(),
        "cannot list the applications of acme: Quay says \"Unauthorized\" (status 403); this needs a token with the scope \
         org:admin, and a user who is an administrator of the organization"
    );
}

#[test]
fn a_name_that_quay_reserves_is_refused_in_its_words() {
    let registry = registry();
    let answer = json!({"message": "Application name is reserved"}).to_string();
    registry.emulator.fault(Fault::status(400, "application/json", &answer).on("POST", LIST));
    assert_eq!(
        registry.run(MODULE, options("__quay_bootstrap_app", json!({}))).message(),
        "cannot create the application __quay_bootstrap_app of acme: Quay says \"Application name is reserved\" (status 400)"
    );
}

#[test]
fn readers_without_the_right_to_see_the_secret_get_null() {
    let registry = registry();
    let answer = json!({"applications": [{
        "name": "dash", "client_id": "ID", "client_secret": null, "description": "", "application_uri": "",
        "redirect_uri": null, "avatar_email": null
    }]});
    registry.emulator.fault(Fault::status(200, "application/json", &answer.to_string()).on("GET", LIST));
    let run = registry.ok(MODULE, options("dash", json!({"redirect_uri": ""})));
    assert!(!run.changed());
    assert_eq!(run.result["client_secret"], Value::Null);
}

#[test]
fn a_client_secret_is_reset_once_a_run_and_never_lost() {
    let registry = registry();
    let reset = options("dash", json!({"reset_client_secret": true}));
    // A new application has a new secret.
    let made = registry.ok(MODULE, reset.clone());
    assert_eq!(made.writes(), [format!("POST {LIST}")]);
    let id = made.result["client_id"].as_str().unwrap();
    let checked = registry.check(MODULE, reset.clone());
    assert!(checked.changed());
    assert_eq!((&checked.result["client_id"], &checked.result["client_secret"]), (&json!(id), &Value::Null));
    let run = registry.ok(MODULE, reset.clone());
    assert_eq!(run.result["diff"], checked.result["diff"]);
    assert_eq!((&run.before()["client_secret"], &run.after()["client_secret"]), (&json!("(kept)"), &json!("(new)")));
    assert_eq!(run.lines(), [format!("GET {LIST}"), format!("POST {LIST}/{id}/resetclientsecret")]);
    let secret = run.result["client_secret"].as_str().unwrap();
    assert_ne!(secret, made.result["client_secret"]);
    assert_eq!(run.printed.matches(secret).count(), 1);
    assert_eq!(registry.ok(MODULE, options("dash", json!({}))).result["client_secret"], secret);
    // Together with a change, and where the answer is lost: the application tells what holds now.
    registry.emulator.fault(Fault::drop_after().on("POST", &format!("{LIST}/{id}/resetclientsecret")));
    let run = registry.ok(MODULE, options("dash", json!({"reset_client_secret": true, "description": "new"})));
    assert!(run.changed());
    assert_ne!(run.result["client_secret"], secret);
    assert_eq!(run.writes().len(), 2);
    registry.emulator.clear_faults();
    let kept = registry.ok(MODULE, options("dash", json!({"description": "new"})));
    assert_eq!((kept.changed(), &kept.result["client_secret"]), (false, &run.result["client_secret"]));
}

#[test]
fn a_reset_needs_an_application_and_the_right() {
    let registry = registry();
    let refused =
        registry.refused_everywhere(MODULE, options("dash", json!({"reset_client_secret": true, "state": "absent"})));
    assert_eq!(refused, "reset_client_secret: an application that shall be absent has no secret");
    let made = registry.ok(MODULE, options("dash", json!({})));
    let path = format!("{LIST}/{}/resetclientsecret", made.result["client_id"].as_str().unwrap());
    let answer = json!({"error_type": "insufficient_scope", "detail": "Unauthorized", "status": 403}).to_string();
    registry.emulator.fault(Fault::status(403, "application/json", &answer).on("POST", &path));
    let run = registry.run(MODULE, options("dash", json!({"reset_client_secret": true})));
    assert!(
        run.message()
            .starts_with("cannot reset the client secret of the application dash of acme: Quay says \"Unauthorized\""),
        "{}",
        run.message()
    );
}
