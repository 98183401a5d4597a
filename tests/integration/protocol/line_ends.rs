//! Texts as block scalars leave them, with a line break at the end.

use serde_json::json;

use crate::support::Registry;

#[test]
fn a_line_break_at_the_end_reaches_neither_quay_nor_a_title() {
    let registry = Registry::new();
    registry.ok("quay_organization", json!({"name": "acme\n"}));
    let team = json!({"organization": "acme\n", "name": "devs\n", "role": "member\n", "description": "One\nTwo\n\n"});
    let made = registry.ok("quay_team", team.clone());
    assert_eq!(made.result["diff"]["after_header"], "team acme/devs");
    assert_eq!(made.after()["description"], "One\nTwo");
    assert!(!registry.ok("quay_team", team).changed());
    let robot = json!({"name": "acme+ci\n", "description": "Builds\n"});
    registry.ok("quay_robot", robot.clone());
    let again = registry.ok("quay_robot", robot);
    assert!(!again.changed() && again.warnings().is_empty(), "{}", again.result);
    let hook = json!({"repository": "acme/app\n", "title": "Deploy\n", "event": "repo_push\n", "method": "webhook\n",
        "config": {"url": "https://hook.example.com/s3cr3t\n"}});
    registry.ok("quay_repository", json!({"name": "acme/app\n"}));
    assert!(registry.ok("quay_notification", hook.clone()).changed());
    let again = registry.ok("quay_notification", hook);
    assert!(!again.changed(), "{}", again.result);
    again.assert_hides("s3cr3t");
    for exchange in registry.emulator.journal() {
        let sent = exchange.request.to_string();
        assert!(!sent.contains("\\n\""), "{sent}");
    }
}

#[test]
fn names_in_files_that_make_other_names_lose_it_as_well() {
    let registry = Registry::new();
    let config = json!({"organizations": [{"name": "acme\n", "robots": [{"name": "ci\n"}],
        "teams": [{"name": "devs\n", "role": "member", "members": ["acme+ci\n"]}],
        "repositories": [{"name": "app\n", "permissions": [{"name": "devs\n", "type": "team", "role": "write\n"}]}]}]});
    let made = registry.ok("quay_registry", json!({"config": config}));
    for object in made.result["endpoints"][0]["objects"].as_array().unwrap() {
        assert!(!object["object"].as_str().unwrap().contains('\n'), "{object}");
    }
    assert!(!registry.ok("quay_registry", json!({"config": config})).changed());
}

#[test]
fn a_message_quotes_what_the_user_wrote() {
    let registry = Registry::new();
    let message = registry.refused("quay_quota", json!({"organization": "acme", "quota": " 12 parsecs "}));
    assert!(message.contains("\" 12 parsecs \" is not a size"), "{message}");
    let message = registry.refused("quay_organization", json!({"name": "Ac me\n"}));
    assert!(message.contains("\"Ac me\""), "{message}");
}
