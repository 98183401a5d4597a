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

    assert!(run(&arguments, &[]).message().contains("the organization acme does not exist"));
    let foretold = run(&arguments, &assuming);
    assert!(foretold.changed());
    assert_eq!(*foretold.after(), json!({"organization": "acme", "name": "devs", "role": "creator"}));
    foretold.assert_hides(&registry.token);

    arguments["_ansible_check_mode"] = json!(false);
    assert!(run(&arguments, &assuming).message().contains("the organization acme does not exist"));
    assert!(registry.emulator.writes().is_empty());
}
