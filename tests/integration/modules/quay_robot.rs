//! `quay_robot`.

use quay_emulator::state::RepoMirror;
use quay_emulator::{Config, Fault};
use serde_json::{Value, json};

use crate::given::{self, SCOPES, acme};
use crate::support::{Budget, LifeCycle, Mode, Registry};

fn identity(subject: &str) -> Value {
    json!({"issuer": "https://id.example.com", "subject": subject})
}

#[test]
fn life_cycle() {
    let registry = acme();
    let life = LifeCycle {
        module: "quay_robot",
        base: json!({"name": "acme+ci"}),
        create: json!({"description": "CI"}),
        update: json!({"federations": [identity("ci")]}),
        requests: Budget { create: 3, repeat: 2, update: 3, remove: 4 },
    };
    let [create, update, remove] = life.run(&registry);
    assert_eq!(create.result["name"], "acme+ci");
    assert_eq!(create.body("PUT /api/v1/organization/acme/robots/ci"), &json!({"description": "CI"}));
    let token = create.result["token"].as_str().unwrap();
    assert!(token.len() > 20);
    assert_eq!(create.printed.matches(token).count(), 1, "the token is shown under its key and nowhere else");
    assert_eq!(create.result["token"], update.result["token"], "it is never rotated");
    assert_eq!(remove.writes(), ["DELETE /api/v1/organization/acme/robots/ci"]);
    assert_eq!(remove.before(), &json!({"name": "acme+ci", "description": "CI"}));
    assert_eq!(remove.result.get("token"), None);
}

#[test]
fn an_organization_robot_costs_one_request_and_two_with_federations() {
    let registry = acme();
    let plain = json!({"name": "acme+ci"});
    let federated = json!({"name": "acme+ci", "federations": [identity("ci")]});
    registry.ok("quay_robot", federated.clone());
    assert_eq!(registry.ok("quay_robot", plain).lines(), ["GET /api/v1/organization/acme/robots/ci"]);
    let again = registry.ok("quay_robot", federated);
    assert_eq!(
        again.lines(),
        ["GET /api/v1/organization/acme/robots/ci", "GET /api/v1/organization/acme/robots/ci/federation"]
    );
    assert!(!again.changed());
    assert!(again.result["token"].is_string(), "the token comes on every run");
}

#[test]
fn check_mode_names_a_new_robot_and_has_no_token() {
    let registry = acme();
    let checked = registry.check("quay_robot", json!({"name": "acme+ci"}));
    assert!(checked.changed());
    assert_eq!(checked.result["name"], "acme+ci");
    assert_eq!(checked.result.get("token"), None);
}

#[test]
fn a_personal_robot_is_found_by_both_of_its_names() {
    let registry = acme();
    let bob = registry.emulator.token_for("bob", SCOPES);
    let run = |options: Value| {
        let run = registry.run_as(&bob, "quay_robot", options, Mode::Real);
        assert_eq!(run.code, 0, "{}", run.result);
        run
    };
    let created = run(json!({"name": "9lives", "description": "mine", "federations": [identity("x")]}));
    assert_eq!(created.writes(), ["PUT /api/v1/user/robots/9lives", "POST /api/v1/user/robots/9lives/federation"]);
    assert_eq!(created.result["name"], "bob+9lives");
    assert!(!run(json!({"name": "bob+9lives", "federations": [identity("x")]})).changed());
    let removed = run(json!({"name": "bob+9lives", "state": "absent"}));
    assert_eq!(removed.writes(), ["DELETE /api/v1/user/robots/9lives"]);
    assert!(!run(json!({"name": "9lives", "state": "absent"})).changed());

    // A robot of that short name does not hide the organization.
    run(json!({"name": "acme"}));
    assert!(registry.ok("quay_robot", json!({"name": "acme+acme"})).changed());
}

#[test]
fn the_options_are_checked_before_any_request() {
    let registry = Registry::new();
    let federations = |list: Value| json!({"name": "acme+ci", "federations": list});
    for (options, part) in [
        (json!({"name": "acme+CI"}), "name"),
        (json!({"name": "acme+c"}), "2 to 255"),
        (json!({"name": "+ci"}), "lacks the namespace"),
        (json!({"name": "acme+a+b"}), "name"),
        (json!({"name": "acme+ci", "description": "x".repeat(256)}), "at most 255 characters"),
        (federations(json!([{"issuer": "id.example.com", "subject": "x"}])), "not an http or https URL"),
        (federations(json!([{"issuer": "ftp://id.example.com", "subject": "x"}])), "not an http or https URL"),
        (federations(json!([{"issuer": "https://id.example.com"}])), "subject"),
        (
            federations(json!([identity("x"), identity("y"), identity("x")])),
            "federations: issuer https://id.example.com with subject x is given twice",
        ),
    ] {
        let message = registry.refused_everywhere("quay_robot", options.clone());
        assert!(message.contains(part), "{options}: {message}");
    }
    assert_eq!(registry.emulator.journal().len(), 0);
}

#[test]
fn federations_grow_are_replaced_and_go() {
    let registry = acme();
    let with = |list: Value, append: bool| json!({"name": "acme+ci", "federations": list, "append": append});
    const PATH: &str = "POST /api/v1/organization/acme/robots/ci/federation";
    let created = registry.ok("quay_robot", with(json!([identity("b")]), true));
    assert_eq!(created.after()["federations"], json!([identity("b")]));

    let grown = registry.ok("quay_robot", with(json!([identity("a")]), true));
    assert_eq!(grown.body(PATH), &json!([identity("a"), identity("b")]));
    assert_eq!(grown.before()["federations"], json!([identity("b")]));
    assert_eq!(grown.after()["federations"], json!([identity("a"), identity("b")]));
    assert!(!registry.ok("quay_robot", with(json!([identity("b")]), true)).changed(), "a part of the list is enough");
    assert!(!registry.ok("quay_robot", with(json!([identity("b"), identity("a")]), false)).changed(), "it is a set");

    let replaced = registry.ok("quay_robot", with(json!([identity("c")]), false));
    assert_eq!(replaced.body(PATH), &json!([identity("c")]));
    let cleared = registry.ok("quay_robot", with(json!([]), false));
    assert_eq!(cleared.body(PATH), &json!([]));
    assert!(!registry.ok("quay_robot", with(json!([]), true)).changed());
}

#[test]
fn a_changed_description_is_a_warning() {
    let registry = acme();
    registry.ok("quay_robot", json!({"name": "acme+ci", "description": "one"}));
    let run = registry.ok("quay_robot", json!({"name": "acme+ci", "description": "two"}));
    assert!(!run.changed());
    assert_eq!(
        run.warnings(),
        [
            "the description of the robot account acme+ci stays \"one\": Quay cannot change it to \"two\" without making a \
          new robot account and token"
        ]
    );
    assert!(registry.ok("quay_robot", json!({"name": "acme+ci", "description": "one"})).warnings().is_empty());
}

#[test]
fn metadata_are_given_to_a_new_robot_only() {
    let registry = acme();
    let with = |metadata: Value| json!({"name": "acme+ci", "metadata": metadata});
    let run = registry.ok("quay_robot", with(json!({"owner": "team a"})));
    let write = run.requests.iter().find(|exchange| exchange.is_write()).unwrap();
    assert_eq!(write.request, json!({"unstructured_metadata": {"owner": "team a"}}));
    assert_eq!(run.after(), &json!({"name": "acme+ci", "description": "", "metadata": {"owner": "team a"}}));
    // Whoever does not ask sees them, too: an export must not lose them.
    for options in [with(json!({"owner": "team a"})), json!({"name": "acme+ci"})] {
        let run = registry.ok("quay_robot", options);
        assert!(!run.changed() && run.warnings().is_empty());
        assert_eq!(run.before()["metadata"], json!({"owner": "team a"}));
    }
    let run = registry.ok("quay_robot", with(json!({"owner": "team b"})));
    assert!(!run.changed());
    assert_eq!(run.after()["metadata"], json!({"owner": "team a"}));
    assert_eq!(
        run.warnings(),
        [
            "the metadata of the robot account acme+ci stay as they are: Quay cannot change them without making a new robot \
             account and token"
        ]
    );
    registry.ok("quay_robot", json!({"name": "acme+plain"}));
    let run = registry.ok("quay_robot", json!({"name": "acme+plain", "metadata": {}}));
    assert!(!run.changed() && run.warnings().is_empty(), "none and nothing are the same");
}

#[test]
fn a_robot_whose_federation_is_refused_is_taken_back() {
    let registry = acme();
    let options = json!({"name": "acme+ci", "federations": [identity("ci")]});
    let path = "/api/v1/organization/acme/robots/ci/federation";
    registry.emulator.fault(given::refusal("POST", path, 400, "no such issuer"));
    let run = registry.failed("quay_robot", options.clone());
    assert_eq!(
        run.message(),
        "cannot set the federations of the robot account acme+ci: Quay says \"no such issuer\" (status 400). Taken back: \
         create the robot account acme+ci (delete the robot account acme+ci). Not done: set the federations of the robot \
         account acme+ci"
    );
    assert_eq!(run.result["changed"], false);
    assert!(registry.check("quay_robot", options.clone()).changed(), "it is not there");

    registry.emulator.fault(given::refusal("POST", path, 400, "no such issuer"));
    registry.emulator.fault(given::refusal("DELETE", "/api/v1/organization/acme/robots/ci", 400, "not now"));
    let run = registry.failed("quay_robot", options);
    assert_eq!(run.result["changed"], true);
    assert!(
        run.message().contains(
            "Done before that: create the robot account acme+ci (and could not delete the robot account acme+ci: "
        ),
        "{}",
        run.message()
    );
}

#[test]
fn an_old_server_has_no_federation() {
    let registry = acme();
    registry.ok("quay_robot", json!({"name": "acme+ci"}));
    registry.emulator.fault(Fault::html(404).on("GET", "/api/v1/organization/acme/robots/ci/federation"));
    assert_eq!(
        registry.refused_everywhere("quay_robot", json!({"name": "acme+ci", "federations": []})),
        "cannot read the federations of the robot account acme+ci: not available on this server (status 404); this needs \
         Quay 3.13 or later"
    );
}

#[test]
fn namespaces_that_are_missing_or_somebody_elses() {
    let registry = acme();
    let bob = registry.emulator.token_for("bob", SCOPES);
    registry.emulator.add_user("carol", "password");
    let foreign = "cannot manage the robot account carol+ci: carol is another user, and robot accounts of a user belong to \
                   that user alone";
    for state in ["present", "absent"] {
        let options = json!({"name": "carol+ci", "state": state});
        assert_eq!(registry.refused_everywhere("quay_robot", options.clone()), foreign, "even for a superuser");
        assert_eq!(registry.refused_as(&bob, "quay_robot", options), foreign);
    }
    assert_eq!(
        registry.refused_everywhere("quay_robot", json!({"name": "nosuch+ci"})),
        "cannot create the robot account nosuch+ci: the organization or personal namespace nosuch does not exist"
    );
    for token in [&registry.token, &bob] {
        let options = json!({"name": "nosuch+ci", "state": "absent"});
        assert!(!registry.run_as(token, "quay_robot", options, Mode::Real).changed());
    }
    assert!(!registry.ok("quay_robot", json!({"name": "acme+nosuch", "state": "absent"})).changed());
}

#[test]
fn refused_rights_are_named() {
    let registry = acme();
    let bob = registry.emulator.token_for("bob", SCOPES);
    let narrow = registry.emulator.token_for("bob", &["user:read"]);
    assert_eq!(
        registry.refused_as(&bob, "quay_robot", json!({"name": "acme+ci"})),
        "cannot read the robot account acme+ci: Quay says \"Unauthorized\" (status 403); this needs a token with the scope \
         org:admin, and a user who is an administrator of the organization"
    );
    let message = registry.refused_as(&narrow, "quay_robot", json!({"name": "ci"}));
    assert!(message.contains("cannot read the robot account bob+ci"), "{message}");
    assert!(message.contains("scope user:admin"), "{message}");
    assert_eq!(
        registry.refused_as("", "quay_robot", json!({"name": "ci"})),
        "name: a robot account without a namespace is the caller's own, which needs credentials"
    );
    assert!(registry.refused_as("", "quay_robot", json!({"name": "acme+ci"})).contains("no credentials were given"));
    assert!(registry.refused_as("stale", "quay_robot", json!({"name": "acme+ci"})).contains("quay_token is invalid"));
}

#[test]
fn a_server_without_robots_says_so() {
    let registry = given::with_acme(Registry::with(Config::default().setting("ROBOTS_DISALLOW", true)));
    let message = registry.failed("quay_robot", json!({"name": "acme+ci"})).message();
    assert_eq!(
        message,
        "cannot create the robot account acme+ci: Quay says \"Robot accounts have been disabled. Please contact your \
         administrator.\" (status 400)"
    );
}

#[test]
fn the_robot_of_a_mirror_stays() {
    let registry = acme();
    let absent = json!({"name": "acme+ci", "state": "absent"});
    registry.ok("quay_robot", json!({"name": "acme+ci"}));
    registry.ok("quay_repository", json!({"name": "acme/app"}));
    let mirrored = |on: bool| {
        registry.emulator.with_state(|state| {
            let mirror = RepoMirror {
                robot_username: "acme+ci".into(),
                fields: serde_json::Map::new(),
                password: None,
                sync_status: "NEVER_RUN".into(),
            };
            state.repository_mut("acme", "app").unwrap().mirror = on.then_some(mirror);
        });
    };
    mirrored(true);
    let run = registry.failed("quay_robot", absent.clone());
    assert_eq!(
        run.message(),
        "cannot delete the robot account acme+ci: Quay says \"Robot is being used by a mirror\" (status 400); a repository \
         mirror uses the robot account: change or remove that mirror first"
    );
    mirrored(false);

    registry.ok("quay_repository", json!({"name": "acme/app", "state": "absent"}));
    registry.ok(
        "quay_org_mirror",
        json!({
            "organization": "acme",
            "external_registry_type": "quay",
            "external_registry_url": "https://quay.io",
            "external_namespace": "projectquay",
            "robot_username": "acme+ci",
        }),
    );
    assert_eq!(
        registry.refused_everywhere("quay_robot", absent.clone()),
        "cannot delete the robot account acme+ci: the mirror of the organization acme uses it, and Quay would drop the \
         mirror with it; change or remove the mirror first (quay_org_mirror)"
    );
    registry.ok("quay_org_mirror", json!({"organization": "acme", "state": "absent"}));

    // Quay says yes and keeps it.
    registry
        .emulator
        .fault(Fault::status(204, "application/json", "").on("DELETE", "/api/v1/organization/acme/robots/ci").times(1));
    let run = registry.failed("quay_robot", absent.clone());
    assert_eq!(
        run.message(),
        "cannot delete the robot account acme+ci: Quay agreed, but it is still there; see whether a mirror uses it"
    );

    let run = registry.ok("quay_robot", absent);
    assert_eq!(
        run.lines(),
        [
            "GET /api/v1/organization/acme/robots/ci",
            "GET /api/v1/organization/acme/mirror",
            "DELETE /api/v1/organization/acme/robots/ci",
            "GET /api/v1/organization/acme/robots/ci",
        ]
    );
}

#[test]
fn without_the_mirror_feature_a_robot_can_be_deleted() {
    let registry = given::with_acme(Registry::with(Config::default().feature("ORG_MIRROR", false)));
    registry.ok("quay_robot", json!({"name": "acme+ci"}));
    assert!(registry.ok("quay_robot", json!({"name": "acme+ci", "state": "absent"})).changed());
}

#[test]
fn a_parallel_run_that_was_faster_is_no_error() {
    let registry = acme();
    let path = "/api/v1/organization/acme/robots/ci";
    let token = registry.ok("quay_robot", json!({"name": "acme+ci"})).result["token"].clone();
    registry.emulator.fault(given::refusal("GET", path, 400, "Could not find robot with specified username"));
    let run = registry.ok("quay_robot", json!({"name": "acme+ci"}));
    assert!(!run.changed());
    assert_eq!(run.result["token"], token, "the token of the robot that the other run made");

    registry.emulator.fault(given::refusal("DELETE", path, 400, "Could not find robot with specified username"));
    registry.emulator.fault(given::refusal("GET", path, 400, "Could not find robot with specified username").skip(1));
    assert!(!registry.ok("quay_robot", json!({"name": "acme+ci", "state": "absent"})).changed());
}

#[test]
fn a_read_only_superuser_gets_no_token() {
    let registry = acme();
    registry.ok("quay_robot", json!({"name": "acme+ci"}));
    let found = json!({"name": "acme+ci", "description": "", "created": "x"}).to_string();
    registry
        .emulator
        .fault(Fault::status(200, "application/json", &found).on("GET", "/api/v1/organization/acme/robots/ci"));
    let run = registry.ok("quay_robot", json!({"name": "acme+ci"}));
    assert_eq!(run.result.get("token"), None);
    assert_eq!(run.result["name"], "acme+ci");
}
