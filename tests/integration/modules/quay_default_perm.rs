//! `quay_default_perm`.

use quay_emulator::{Config, Fault};
use serde_json::{Value, json};

use crate::support::{Budget, LifeCycle, Mode, Registry};

const MODULE: &str = "quay_default_perm";
const LIST: &str = "GET /api/v1/organization/acme/prototypes";
const POST: &str = "POST /api/v1/organization/acme/prototypes";

fn registry() -> Registry {
    furnished(Registry::new())
}

/// With the organization acme, its team devs and robot acme+ci, and the users alice and bob.
fn furnished(registry: Registry) -> Registry {
    registry.ok("quay_organization", json!({"name": "acme"}));
    registry.ok("quay_team", json!({"organization": "acme", "name": "devs"}));
    registry.ok("quay_robot", json!({"name": "acme+ci"}));
    registry.emulator.add_user("alice", "password");
    registry.emulator.add_user("bob", "password");
    registry
}

fn rule(name: &str, more: Value) -> Value {
    let mut options = json!({"organization": "acme", "name": name});
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    options
}

#[test]
fn life_cycle() {
    let registry = registry();
    let life = LifeCycle {
        module: MODULE,
        base: rule("alice", json!({"creator": "bob"})),
        create: json!({}),
        update: json!({"role": "admin"}),
        requests: Budget { create: 5, repeat: 1, update: 2, remove: 2 },
    };
    let [create, update, remove] = life.run(&registry);
    assert_eq!(create.lines(), [LIST, "GET /api/v1/users/alice", "GET /api/v1/users/bob", POST, LIST]);
    assert_eq!(
        create.requests[3].request,
        json!({"role": "read", "delegate": {"name": "alice", "kind": "user"}, "activating_user": {"name": "bob"}})
    );
    let shown =
        |role: &str| json!({"organization": "acme", "name": "alice", "type": "user", "creator": "bob", "role": role});
    assert_eq!((create.before(), create.after()), (&json!({}), &shown("read")));
    assert_eq!(create.result["role"], "read");
    let id = create.result["id"].as_str().unwrap();
    assert_eq!((update.before(), update.after()), (&shown("read"), &shown("admin")));
    assert_eq!(update.writes(), [format!("PUT /api/v1/organization/acme/prototypes/{id}")]);
    assert_eq!((&update.result["id"], &update.result["role"]), (&json!(id), &json!("admin")));
    assert_eq!(remove.writes(), [format!("DELETE /api/v1/organization/acme/prototypes/{id}")]);
}

#[test]
fn robots_and_teams_get_rights_too() {
    let registry = registry();
    let robot = registry.ok(MODULE, rule("acme+ci", json!({"role": "write"})));
    assert_eq!(robot.lines(), [LIST, "GET /api/v1/organization/acme/robots/ci", POST, LIST]);
    assert!(robot.requests[2].request.get("activating_user").is_none());
    let team = registry.ok(MODULE, rule("devs", json!({"type": "team", "creator": ""})));
    assert_eq!(team.lines(), [LIST, "GET /api/v1/organization/acme", POST, LIST]);
    assert_eq!(team.after()["creator"], Value::Null);
    for options in [rule("acme+ci", json!({})), rule("devs", json!({"type": "team"}))] {
        assert_eq!(registry.ok(MODULE, options).lines(), [LIST]);
    }
}

#[test]
fn kind_and_creator_are_part_of_the_identity_and_the_role_is_not() {
    let registry = registry();
    registry.ok(MODULE, rule("alice", json!({"role": "write"})));
    assert!(registry.ok(MODULE, rule("alice", json!({"creator": "bob"}))).changed());
    assert!(!registry.ok(MODULE, rule("alice", json!({"type": "team", "state": "absent"}))).changed());
    assert!(!registry.ok(MODULE, rule("alice", json!({}))).changed(), "an omitted role is kept");
    assert_eq!(registry.ok(MODULE, rule("alice", json!({}))).result["role"], "write");
    assert_eq!(registry.ok(MODULE, rule("alice", json!({"role": "read"}))).writes().len(), 1);
}

#[test]
fn of_duplicates_one_with_the_wanted_right_stays() {
    let registry = registry();
    for role in ["read", "write", "admin"] {
        // The server permits several; only a look at it keeps the module from making them.
        let empty = Fault::status(200, "application/json", r#"{"prototypes": []}"#);
        registry.emulator.fault(empty.on("GET", "*/prototypes").times(1));
        assert!(registry.ok(MODULE, rule("alice", json!({"role": role}))).changed());
        registry.emulator.clear_faults();
    }
    let run = registry.ok(MODULE, rule("alice", json!({"role": "write"})));
    assert_eq!(run.writes().len(), 2);
    assert!(!registry.ok(MODULE, rule("alice", json!({"role": "write"}))).changed());
    assert_eq!(registry.ok(MODULE, rule("alice", json!({"state": "absent"}))).writes().len(), 1);
    assert_eq!(registry.ok(MODULE, rule("alice", json!({"state": "absent"}))).lines(), [LIST]);
}

#[test]
fn a_list_gives_several_rights() {
    let registry = registry();
    let both = || rule("alice", json!({"role": ["admin", "read"]}));
    let run = registry.ok(MODULE, both());
    assert_eq!(run.lines(), [LIST, "GET /api/v1/users/alice", POST, LIST, POST, LIST]);
    assert_eq!((&run.after()["role"], &run.result["role"]), (&json!(["read", "admin"]), &json!(["read", "admin"])));
    let id = run.result["id"].clone();
    assert_eq!(registry.ok(MODULE, both()).lines(), [LIST]);
    let kept = registry.ok(MODULE, rule("alice", json!({})));
    assert_eq!(
        (kept.lines(), &kept.result["role"], &kept.result["id"]),
        (vec![LIST.into()], &json!(["read", "admin"]), &id)
    );

    // What is not needed any more becomes what is missing.
    let run = registry.ok(MODULE, rule("alice", json!({"role": "write,admin"})));
    assert_eq!(run.writes(), [format!("PUT /api/v1/organization/acme/prototypes/{}", id.as_str().unwrap())]);
    assert_eq!(run.before()["role"], json!(["read", "admin"]));
    assert_eq!(registry.ok(MODULE, rule("alice", json!({"state": "absent"}))).writes().len(), 2);
    let message = registry.refused_everywhere(MODULE, rule("alice", json!({"role": []})));
    assert_eq!(message, "role: a default permission gives at least one right: use state absent to remove it");
}

#[test]
fn people_of_the_directory_are_linked_and_found_again() {
    let directory = json!({"users": {"carol@x": "carol@example.com"}});
    let config = Config::default().setting("AUTHENTICATION_TYPE", "LDAP").setting("EMULATOR_DIRECTORY", directory);
    let registry = Registry::with(config);
    registry.ok("quay_organization", json!({"name": "acme"}));
    let options = rule("carol@x", json!({"creator": "carol@x"}));
    let checked = registry.check(MODULE, options.clone());
    assert!(checked.changed());
    assert_eq!(checked.writes(), Vec::<String>::new());
    let run = registry.ok(MODULE, options.clone());
    assert_eq!(run.writes(), ["POST /api/v1/entities/link/carol%40x", POST]);
    assert_eq!(checked.result["diff"], run.result["diff"]);
    assert_eq!(run.after()["name"], "carol_x");
    assert_eq!(run.body(POST)["delegate"]["name"], "carol_x");
    assert_eq!(run.body(POST)["activating_user"]["name"], "carol_x");
    assert_eq!(registry.ok(MODULE, options).lines(), [LIST]);
}

#[test]
fn unknown_names_are_told_with_their_option() {
    let registry = registry();
    let default = |name: &str| format!("cannot create the default permission of {name}: ");
    for (options, text) in [
        (rule("nobody", json!({})), default("nobody in acme") + "name: there is no user nobody"),
        (rule("acme+none", json!({})), default("acme+none in acme") + "name: there is no robot account acme+none"),
        (rule("none", json!({"type": "team"})), default("team none in acme") + "name: acme has no team none"),
        (
            rule("alice", json!({"creator": "nobody"})),
            default("alice in acme (creator nobody)") + "creator: there is no user nobody",
        ),
    ] {
        assert_eq!(registry.refused_everywhere(MODULE, options), text);
    }
}

#[test]
fn robots_are_neither_teams_nor_creators() {
    let registry = Registry::new();
    let options = rule("acme+ci", json!({"type": "team", "creator": "acme+ci"}));
    let run = registry.check(MODULE, options.clone());
    assert_eq!(run.lines(), Vec::<String>::new());
    assert_eq!(
        registry.refused_everywhere(MODULE, options),
        "name: acme+ci is a robot account, and robot accounts need type user; creator: acme+ci is a robot account, and \
         only users count as creators"
    );
}

#[test]
fn a_missing_organization_is_an_error_and_fine_for_absent() {
    let registry = Registry::new();
    let text = "cannot create the default permission of alice in acme: the organization acme does not exist";
    assert_eq!(registry.refused_everywhere(MODULE, rule("alice", json!({}))), text);
    assert_eq!(registry.ok(MODULE, rule("alice", json!({"state": "absent"}))).lines(), [LIST]);
    let token = registry.emulator.token_for("jdoe", &["org:admin"]);
    let run = registry.run_as(&token, MODULE, rule("alice", json!({})), Mode::Real);
    run.assert_refused();
    assert_eq!(run.message(), text);
    assert!(!registry.run_as(&token, MODULE, rule("alice", json!({"state": "absent"})), Mode::Real).changed());
}

#[test]
fn whoever_lacks_the_right_learns_which_one() {
    let registry = registry();
    let token = registry.emulator.token_for("jdoe", &["org:admin"]);
    for state in ["present", "absent"] {
        let run = registry.run_as(&token, MODULE, rule("alice", json!({"state": state})), Mode::Real);
        run.assert_refused();
        assert_eq!(
            run.message(),
            "cannot read the default permissions of acme: Quay says \"Unauthorized\" (status 403); this needs a token \
             with the scope org:admin, and a user who is an administrator of the organization"
        );
    }
}

#[test]
fn robots_of_other_namespaces_are_left_to_quay() {
    let registry = registry();
    registry.ok("quay_organization", json!({"name": "other"}));
    registry.ok("quay_robot", json!({"name": "other+ci"}));
    let token = registry.emulator.token_for("jdoe", &["org:admin", "user:admin"]);
    registry.ok("quay_team", json!({"organization": "acme", "name": "owners", "role": "admin", "members": ["jdoe"]}));
    // jdoe may not look into other: Quay decides.
    let run = registry.run_as(&token, MODULE, rule("other+ci", json!({})), Mode::Real);
    assert!(run.changed());
    let run = registry.run_as(&token, MODULE, rule("other+none", json!({})), Mode::Real);
    assert!(
        run.message().ends_with("(status 400); name: Quay knows no such user, robot account or team"),
        "{}",
        run.message()
    );
}

#[test]
fn a_refused_deletion_is_an_error_and_a_gone_rule_is_not() {
    let registry = registry();
    registry.ok(MODULE, rule("alice", json!({})));
    let absent = || rule("alice", json!({"state": "absent"}));
    let refuse = |status: u16| {
        registry.emulator.clear_faults();
        let fault = Fault::status(status, "application/json", r#"{"detail": "no"}"#);
        registry.emulator.fault(fault.on("DELETE", "*/prototypes/*"));
    };
    refuse(400);
    assert_eq!(
        registry.run(MODULE, absent()).message(),
        "cannot delete the default permission of alice in acme (read): Quay says \"no\" (status 400)"
    );
    refuse(404);
    assert!(!registry.ok(MODULE, absent()).changed());
}
