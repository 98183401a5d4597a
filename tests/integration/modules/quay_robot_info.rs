//! `quay_robot_info`.

use quay_emulator::{Config, Fault};
use serde_json::{Value, json};

use crate::given::{self, SCOPES, acme, with_acme};
use crate::support::{Mode, Registry};

const LIST: &str = "GET /api/v1/organization/acme/robots";

fn of_acme(more: Value) -> Value {
    let mut options = json!({"organization": ["acme"]});
    crate::support::merge(&mut options, more);
    options
}

/// Robot accounts: `ci-old` was used 100 days ago, `ci-never` made 120 days ago, `deploy` made today.
fn given() -> Registry {
    given_robots(acme())
}

fn given_robots(registry: Registry) -> Registry {
    for name in ["ci-old", "ci-never", "deploy"] {
        registry.ok("quay_robot", json!({"name": format!("acme+{name}"), "description": name}));
    }
    registry.age_robot("acme+ci-old", 24 * 200, Some(24 * 100 + 1));
    registry.age_robot("acme+ci-never", 24 * 120 + 1, None);
    registry
}

fn names(result: &Value) -> Vec<&str> {
    result["robots"].as_array().unwrap().iter().map(|robot| robot["name"].as_str().unwrap()).collect()
}

#[test]
fn robots_are_read_in_one_request_without_their_tokens() {
    let registry = given();
    let token = registry.ok("quay_robot", json!({"name": "acme+deploy"})).result["token"].clone();
    registry.ok("quay_team", json!({"organization": "acme", "name": "devs", "members": ["acme+deploy"]}));
    registry.ok("quay_repository", json!({"name": "acme/shop", "perms": [{"name": "acme+deploy", "role": "read"}]}));
    let run = registry.ok("quay_robot_info", of_acme(json!({})));
    assert!(!run.changed());
    assert_eq!(run.lines(), [LIST, "GET /config"]);
    run.assert_hides(token.as_str().unwrap());
    assert_eq!(names(&run.result), ["acme+ci-never", "acme+ci-old", "acme+deploy"]);
    let robots = &run.result["robots"];
    assert_eq!((&robots[0]["age_days"], &robots[0]["idle_days"]), (&json!(120), &Value::Null));
    assert_eq!((&robots[1]["age_days"], &robots[1]["idle_days"]), (&json!(200), &json!(100)));
    assert_eq!((&robots[2]["teams"], &robots[2]["repositories"]), (&json!(["devs"]), &json!(["shop"])));
    assert_eq!((&robots[2]["description"], &robots[2]["age_days"]), (&json!("deploy"), &json!(0)));
    assert!(robots[1]["last_accessed"].as_str().unwrap().ends_with('Z'));
    assert_eq!(
        run.result["findings"],
        json!([
            {
                "name": "acme+ci-never", "finding": "unused",
                "message": "the robot account acme+ci-never was made 120 days ago, and nobody ever used it",
            },
            {
                "name": "acme+ci-old", "finding": "unused",
                "message": "nobody has used the robot account acme+ci-old for 100 days",
            },
        ])
    );
    assert_eq!(registry.check("quay_robot_info", of_acme(json!({}))).result["robots"], *robots);
}

#[test]
fn names_ages_and_use_choose() {
    let registry = given();
    for (options, expected) in [
        (json!({"pattern": "ci-*"}), vec!["acme+ci-never", "acme+ci-old"]),
        (json!({"pattern": "*old"}), vec!["acme+ci-old"]),
        (json!({"pattern": "acme*"}), vec![]),
        (json!({"unused_for": "110d"}), vec!["acme+ci-never"]),
        (json!({"older_than": "150d"}), vec!["acme+ci-old"]),
        (json!({"older_than": "1d", "unused_for": "99d", "pattern": "ci-o??"}), vec!["acme+ci-old"]),
    ] {
        let run = registry.ok("quay_robot_info", of_acme(options.clone()));
        assert_eq!(names(&run.result), expected, "{options}");
    }
    let found = registry.ok("quay_robot_info", of_acme(json!({"unused_for": "1h"})));
    assert_eq!(found.result["findings"].as_array().unwrap().len(), 2, "the period that is given counts");
}

#[test]
fn robots_of_look_alikes_are_of_others() {
    let registry = Registry::new();
    for name in ["a_b", "a-b"] {
        registry.ok("quay_organization", json!({"name": name}));
        registry.ok("quay_robot", json!({"name": format!("{name}+ci")}));
    }
    let run = registry.ok("quay_robot_info", json!({"organization": ["a_b"]}));
    assert_eq!(names(&run.result), ["a_b+ci"]);
    let run = registry.ok("quay_robot_info", json!({"organization": ["*"]}));
    assert_eq!(names(&run.result), ["a-b+ci", "a_b+ci"]);
}

#[test]
fn without_notes_about_use_nothing_is_unused() {
    let registry = with_acme(Registry::with(Config::default().feature("USER_LAST_ACCESSED", false)));
    registry.ok("quay_robot", json!({"name": "acme+ci"}));
    // What was noted before it was switched off says nothing any more.
    registry.age_robot("acme+ci", 24 * 200, Some(24 * 150));
    let run = registry.ok("quay_robot_info", of_acme(json!({})));
    assert_eq!((&run.result["usage_known"], &run.result["findings"]), (&json!(false), &json!([])));
    assert_eq!(names(&run.result), ["acme+ci"]);
    assert_eq!(names(&registry.ok("quay_robot_info", of_acme(json!({"unused_for": "1d"}))).result), Vec::<&str>::new());
}

#[test]
fn one_s_own_robots_and_those_that_a_member_sees() {
    let registry = given();
    let bob = registry.emulator.token_for("bob", SCOPES);
    registry.run_as(&bob, "quay_robot", json!({"name": "mine"}), Mode::Real);
    let own = registry.run_as(&bob, "quay_robot_info", json!({}), Mode::Real);
    assert_eq!(own.lines(), ["GET /api/v1/user/", "GET /api/v1/user/robots", "GET /config"]);
    assert_eq!(names(&own.result), ["bob+mine"]);

    registry.join("bob", "devs", "member");
    let seen = registry.run_as(&bob, "quay_robot_info", of_acme(json!({})), Mode::Real);
    assert_eq!(names(&seen.result).len(), 3);
    assert_eq!(
        (&seen.result["robots"][0]["teams"], &seen.result["robots"][0]["repositories"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn what_cannot_be_read_is_told() {
    let registry = given();
    registry.ok("quay_organization", json!({"name": "zeta"}));
    registry.emulator.fault(given::refusal("GET", "/api/v1/organization/zeta/robots", 403, "Unauthorized"));
    let run = registry.ok("quay_robot_info", json!({"organization": ["*"]}));
    assert_eq!(names(&run.result).len(), 3);
    assert_eq!(
        run.result["incomplete"],
        json!([
            "cannot list the robot accounts of zeta: Quay says \"Unauthorized\" (status 403); this needs a token with the \
                scope org:admin, and a user who is an administrator of the organization"
        ])
    );
    let run = registry.ok("quay_robot_info", json!({"organization": ["nosuch", "acme"]}));
    assert_eq!(run.result["incomplete"], json!(["the organization nosuch does not exist"]));
    assert_eq!(names(&run.result).len(), 3);
    let denied = Fault::status(403, "application/json", r#"{"message": "Unauthorized"}"#);
    registry.emulator.fault(given::refusal("GET", "/api/v1/organization/zeta/robots", 500, "Oops"));
    let message = registry.failed("quay_robot_info", json!({"organization": ["*"]})).message();
    assert!(message.contains("status 500"), "a server in trouble has no shorter list: {message}");
    registry.emulator.fault(denied.at("/api/v1/organization/*/robots"));
    let message = registry.refused_everywhere("quay_robot_info", json!({"organization": ["*"]}));
    assert!(message.starts_with("cannot list the robot accounts of "), "{message}");
}

#[test]
fn refusals_are_told() {
    let registry = given();
    let bob = registry.emulator.token_for("bob", SCOPES);
    let message = registry.refused_as(&bob, "quay_robot_info", of_acme(json!({})));
    assert!(message.contains("cannot list the robot accounts of acme") && message.contains("org:admin"), "{message}");
    let narrow = registry.emulator.token_for("bob", &["user:read"]);
    let message = registry.refused_as(&narrow, "quay_robot_info", json!({}));
    assert!(message.contains("user:admin"), "{message}");
    assert_eq!(
        registry.refused_as("", "quay_robot_info", json!({})),
        "organization: robot accounts of the caller need credentials"
    );
    for options in [json!({"unused_for": "long"}), json!({"older_than": "long"})] {
        let message = registry.refused_everywhere("quay_robot_info", options);
        assert!(message.contains("is not a period"), "{message}");
    }
}
