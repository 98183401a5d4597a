//! A check of a whole play on an empty server: `QUAYMASTER_ASSUME_MISSING`.

use serde_json::json;

use crate::support::{Registry, Run, call};

#[test]
fn what_an_earlier_task_would_make_counts_as_made_in_a_check_only() {
    let registry = Registry::new();
    let mut arguments = json!({
        "_ansible_module_name": "quay_team", "_ansible_check_mode": true, "_ansible_diff": true,
        "quay_host": registry.emulator.url(), "quay_token": registry.token,
        "organization": "acme", "name": "devs", "role": "creator",
    });
    let run = |arguments: &serde_json::Value, environment: &[(&str, &str)]| {
        Run::of(call(&arguments.to_string(), environment), Vec::new())
    };
    let assuming = [("QUAYMASTER_ASSUME_MISSING", "1")];

    let refused = run(&arguments, &[]);
    assert!(refused.message().ends_with("the organization acme does not exist"), "{}", refused.message());
    assert!(refused.warnings().concat().contains("set QUAYMASTER_ASSUME_MISSING=1"), "{}", refused.result);
    let foretold = run(&arguments, &assuming);
    assert!(foretold.changed());
    assert_eq!(*foretold.after(), json!({"organization": "acme", "name": "devs", "role": "creator"}));
    foretold.assert_hides(&registry.token);

    arguments["_ansible_check_mode"] = json!(false);
    let real = run(&arguments, &assuming).message();
    assert!(real.ends_with("the organization acme does not exist"), "{real}");
    assert!(registry.emulator.writes().is_empty());
}

#[test]
fn accounts_that_an_earlier_task_would_make_count_as_made() {
    let registry = Registry::new();
    registry.ok("quay_organization", json!({"name": "acme"}));
    let team = json!({"organization": "acme", "name": "devs", "members": ["acme+ci"]});
    let mut arguments = registry.arguments("quay_team", team);
    arguments["_ansible_check_mode"] = json!(true);
    arguments["quay_token"] = json!(registry.token);
    let refused = registry.run_exactly(&arguments, &[]).message();
    assert!(refused.ends_with("no such user or robot account: acme+ci"), "{refused}");
    let foretold = registry.run_exactly(&arguments, &[("QUAYMASTER_ASSUME_MISSING", "1")]);
    assert_eq!(foretold.result["changed"], true, "{}", foretold.result);
}
