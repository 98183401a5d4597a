//! `quay_quota`.

use quay_emulator::{Config, Fault, state::QuotaLimit};
use serde_json::{Value, json};

use crate::given::{self, acme};
use crate::support::{Budget, LifeCycle, Mode, Registry, Run};

const MODULE: &str = "quay_quota";
const QUOTA: &str = "/api/v1/organization/acme/quota";

fn quota(more: Value) -> Value {
    let mut options = json!({"organization": "acme"});
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    options
}

/// Method, the path below the quota, and the body of each write.
fn writes(run: &Run) -> Vec<String> {
    let writes = run.requests.iter().filter(|exchange| exchange.is_write());
    writes.map(|write| format!("{} {} {}", write.method, write.path.trim_start_matches(QUOTA), write.request)).collect()
}

fn shown(quota: Value, warning: Value, reject: Value) -> Value {
    json!({"organization": "acme", "quota": quota, "warning_pct": warning, "reject_pct": reject})
}

#[test]
fn life_cycle() {
    let registry = acme();
    let life = LifeCycle {
        module: MODULE,
        base: json!({"organization": "acme"}),
        create: json!({"quota": "1.5 TiB", "warning_pct": 80, "reject_pct": 95}),
        update: json!({"quota": "2 TB", "warning_pct": 0, "reject_pct": 90}),
        requests: Budget { create: 6, repeat: 1, update: 5, remove: 4 },
    };
    let [create, update, remove] = life.run(&registry);
    assert_eq!(
        (create.before(), create.after()),
        (&json!({}), &shown(json!(1_649_267_441_664_u64), json!(80), json!(95)))
    );
    assert_eq!(
        writes(&create),
        [
            r#"POST  {"limit_bytes":1649267441664}"#,
            r#"POST /1/limit {"type":"Warning","threshold_percent":80}"#,
            r#"POST /1/limit {"type":"Reject","threshold_percent":95}"#
        ]
    );
    assert_eq!(
        writes(&update),
        [
            r#"PUT /1 {"limit_bytes":2000000000000}"#,
            "DELETE /1/limit/1 null",
            r#"PUT /1/limit/2 {"type":"Reject","threshold_percent":90}"#
        ]
    );
    assert_eq!(update.after(), &shown(json!(2_000_000_000_000_u64), json!(0), json!(90)));
    assert_eq!(writes(&remove), ["DELETE /1 null"]);
    assert_eq!(remove.after(), &json!({}));
}

#[test]
fn what_is_not_given_is_kept() {
    let registry = acme();
    let created = registry.ok(MODULE, quota(json!({"quota": "1 GB"})));
    assert_eq!(
        created.lines(),
        [format!("GET {QUOTA}"), "GET /config".into(), format!("POST {QUOTA}")],
        "no limit, no second look"
    );
    registry.ok(MODULE, quota(json!({"warning_pct": 50})));
    for options in [json!({}), json!({"quota": 1_000_000_000}), json!({"warning_pct": 50, "reject_pct": 0})] {
        let run = registry.ok(MODULE, quota(options));
        assert!(!run.changed());
        assert_eq!(run.before(), &shown(json!(1_000_000_000), json!(50), json!(0)));
    }
    let run = registry.ok(MODULE, quota(json!({"quota": "2GB"})));
    assert_eq!(writes(&run), [r#"PUT /1 {"limit_bytes":2000000000}"#]);
}

#[test]
fn an_organization_without_a_quota_gets_the_largest_for_a_limit_and_none_for_none() {
    let registry = acme();
    for options in [json!({}), json!({"warning_pct": 0, "reject_pct": 0})] {
        let run = registry.ok(MODULE, quota(options));
        assert!(!run.changed());
        assert_eq!((run.before(), run.after()), (&json!({}), &json!({})));
    }
    let run = registry.ok(MODULE, quota(json!({"reject_pct": 95, "warning_pct": 0})));
    assert_eq!(
        writes(&run),
        [r#"POST  {"limit_bytes":8000000000000000000}"#, r#"POST /1/limit {"type":"Reject","threshold_percent":95}"#]
    );
    assert_eq!(run.after(), &shown(json!(8_000_000_000_000_000_000_u64), json!(0), json!(95)));
}

#[test]
fn one_number_leaves_exactly_one_limit_of_the_type() {
    let registry = acme();
    registry.ok(MODULE, quota(json!({"quota": "1 GB"})));
    let several = |percents: &[i64]| {
        registry.emulator.with_state(|state| {
            let quota = state.namespace_mut("acme").unwrap().quota.as_mut().unwrap();
            let limit =
                |(id, percent): (usize, &i64)| QuotaLimit { id: id as u64, kind: "Warning".into(), percent: *percent };
            quota.limits = percents.iter().enumerate().map(limit).collect();
        });
    };
    several(&[70, 80, 90]);
    let run = registry.ok(MODULE, quota(json!({"warning_pct": 80})));
    assert_eq!(run.before()["warning_pct"], json!([70, 80, 90]));
    assert_eq!(run.after()["warning_pct"], 80);
    assert_eq!(writes(&run), ["DELETE /1/limit/0 null", "DELETE /1/limit/2 null"]);

    several(&[70, 90]);
    let run = registry.ok(MODULE, quota(json!({"warning_pct": 75})));
    assert_eq!(writes(&run), [r#"PUT /1/limit/0 {"type":"Warning","threshold_percent":75}"#, "DELETE /1/limit/1 null"]);

    several(&[70, 90]);
    assert_eq!(writes(&registry.ok(MODULE, quota(json!({"warning_pct": 0})))).len(), 2);
    assert!(!registry.ok(MODULE, quota(json!({"warning_pct": 0}))).changed());
}

#[test]
fn a_type_has_as_many_limits_as_are_given() {
    let registry = acme();
    let run = registry.ok(MODULE, quota(json!({"quota": "1 GB", "warning_pct": [90, 70, 70], "reject_pct": 95})));
    assert_eq!(run.after(), &shown(json!(1_000_000_000), json!([70, 90]), json!(95)));
    assert_eq!(run.writes().len(), 4);
    assert!(!registry.ok(MODULE, quota(json!({"warning_pct": "90,70", "reject_pct": [95]}))).changed());
    assert!(!registry.ok(MODULE, quota(json!({"quota": "1 GB"}))).changed());

    let run = registry.ok(MODULE, quota(json!({"warning_pct": [70, 75, 80], "reject_pct": []})));
    assert_eq!(run.before(), &shown(json!(1_000_000_000), json!([70, 90]), json!(95)));
    assert_eq!(run.after(), &shown(json!(1_000_000_000), json!([70, 75, 80]), json!(0)));
    assert_eq!(
        writes(&run),
        [
            r#"PUT /1/limit/2 {"type":"Warning","threshold_percent":75}"#,
            r#"POST /1/limit {"type":"Warning","threshold_percent":80}"#,
            "DELETE /1/limit/3 null",
        ]
    );
    let message = registry.refused_everywhere(MODULE, quota(json!({"warning_pct": [0, 80]})));
    assert!(message.contains("warning_pct: 0 removes the limits, so it cannot stand next to others"), "{message}");
}

#[test]
fn the_default_of_the_server_is_nobodys_quota() {
    let registry = acme();
    let default = json!([{"id": null, "default_config": true, "limit_bytes": 5, "limits": [], "limit": "5 B"}]);
    let fault = || Fault::status(200, "application/json", &default.to_string()).on("GET", QUOTA);
    registry.emulator.fault(fault());
    assert!(!registry.ok(MODULE, quota(json!({"state": "absent"}))).changed());
    let run = registry.check(MODULE, quota(json!({"quota": "5"})));
    assert!(run.changed());
    assert_eq!(run.before(), &json!({}));
    // Were the new quota not shown, its limits could not be set.
    let run = registry.run(MODULE, quota(json!({"quota": "5", "warning_pct": 50})));
    assert_eq!(
        run.message(),
        "cannot set the limits of the quota of the organization acme: Quay created it, but does not show it"
    );
}

#[test]
fn sizes_and_percentages_are_checked_before_any_request() {
    let registry = Registry::new();
    for (options, text) in [
        (json!({"quota": "5 ZB"}), "\"5 ZB\" is not a size"),
        (json!({"quota": "GB"}), "is not a size"),
        (json!({"quota": "inf"}), "is not a size"),
        (json!({"quota": "0"}), "\"0\" is no quota at all: use state absent to remove one"),
        (json!({"quota": "9 EiB"}), "is more than Quay can keep"),
        (json!({"warning_pct": 101}), "101 is not a percentage from 1 to 100 (0 removes the limit)"),
        (json!({"reject_pct": -1}), "-1 is not a percentage"),
    ] {
        let run = registry.check(MODULE, quota(options.clone()));
        assert_eq!(run.lines(), Vec::<String>::new());
        let message = registry.refused_everywhere(MODULE, quota(options));
        assert!(message.contains(text), "{message}");
    }
}

#[test]
fn a_missing_organization_is_an_error_and_fine_for_absent() {
    let registry = Registry::new();
    let text = "cannot set the quota of the organization acme: the organization acme does not exist";
    assert_eq!(registry.refused_everywhere(MODULE, quota(json!({"quota": "5"}))), text);
    assert_eq!(registry.ok(MODULE, quota(json!({"state": "absent"}))).lines(), [format!("GET {QUOTA}")]);
    let token = registry.emulator.token_for("jdoe", &["org:admin"]);
    assert_eq!(registry.refused_as(&token, MODULE, quota(json!({"quota": "5"}))), text);
    assert!(!registry.run_as(&token, MODULE, quota(json!({"state": "absent"})), Mode::Real).changed());
}

#[test]
fn rights_are_named() {
    let registry = acme();
    registry.join("jdoe", "owners", "admin");
    let token = registry.emulator.token_for("jdoe", &["org:admin"]);
    let run = registry.run_as(&token, MODULE, quota(json!({"quota": "5"})), Mode::Real);
    assert_eq!(
        run.message(),
        "cannot create the quota of the organization acme with 5 bytes: Quay says \"Unauthorized\" (status 403); this \
         needs a token with the scope super:user, and a user who is a superuser, with FEATURE_SUPERUSERS_FULL_ACCESS on"
    );
    let token = registry.emulator.token_for("other", &["org:admin"]);
    let message = registry.refused_as(&token, MODULE, quota(json!({"quota": "5"})));
    assert!(message.contains("cannot read the quota") && message.contains("a member of the organization"), "{message}");
}

#[test]
fn a_superuser_without_full_access_can_set_the_size_alone() {
    let registry = Registry::with(Config::default().feature("SUPERUSERS_FULL_ACCESS", false));
    let token = registry.emulator.token_for("jdoe", &["org:admin", "user:admin"]);
    registry.run_as(&token, "quay_organization", json!({"name": "acme"}), Mode::Real);
    let run = registry.ok(MODULE, quota(json!({"quota": "5"})));
    assert_eq!(run.writes(), ["POST /api/v1/superuser/organization/acme/quota"]);
    let run = registry.ok(MODULE, quota(json!({"quota": "6"})));
    assert!(run.writes()[0].starts_with("PUT /api/v1/superuser/organization/acme/quota/"));
    assert_eq!(
        registry.refused_everywhere(MODULE, quota(json!({"quota": "7", "warning_pct": 50}))),
        "cannot set the limits of the quota of the organization acme: without FEATURE_SUPERUSERS_FULL_ACCESS in Quay's \
         configuration a superuser can only set its size"
    );
    assert!(registry.ok(MODULE, quota(json!({"state": "absent"}))).changed());
}

/// From Quay 3.16 on this holds even in an own organization, whose quota can be read.
#[test]
fn without_full_access_the_quota_of_an_own_organization_is_written_by_the_superusers_route() {
    let registry = given::with_acme(Registry::with(Config::default().feature("SUPERUSERS_FULL_ACCESS", false)));
    registry
        .emulator
        .fault(Fault::status(403, "application/json", r#"{"message": "Unauthorized"}"#).on("write", QUOTA));
    for (options, write) in [
        (json!({"quota": "5"}), "POST /api/v1/superuser/organization/acme/quota"),
        (json!({"quota": "6"}), "PUT /api/v1/superuser/organization/acme/quota/1"),
        (json!({"state": "absent"}), "DELETE /api/v1/superuser/organization/acme/quota/1"),
    ] {
        let run = registry.ok(MODULE, quota(options.clone()));
        assert_eq!(run.writes(), [write]);
        assert!(!registry.ok(MODULE, quota(options)).changed());
    }
    let message = registry.refused_everywhere(MODULE, quota(json!({"quota": "5", "reject_pct": 90})));
    assert!(message.contains("a superuser can only set its size"), "{message}");
}

/// Up to 3.15 a superuser needs no full access there, and gets limits in organizations of others, too.
#[test]
fn an_older_quay_takes_limits_from_a_superuser_without_full_access() {
    let registry = acme();
    let config = r#"{"features": {"SUPERUSER_CONFIGDUMP": true, "SUPERUSERS_FULL_ACCESS": false}}"#;
    registry.emulator.fault(Fault::status(200, "application/json", config).at("/config"));
    let unseen = r#"{"message": "Unauthorized"}"#;
    registry.emulator.fault(Fault::status(403, "application/json", unseen).on("GET", QUOTA).times(1));
    let run = registry.ok(MODULE, quota(json!({"quota": "5", "warning_pct": 50})));
    assert_eq!(run.writes(), ["POST /api/v1/organization/acme/quota", "POST /api/v1/organization/acme/quota/1/limit"]);
}

/// Quay answers a write for an unknown name with the page of an internal error.
#[test]
fn an_organization_that_is_gone_meanwhile_is_named() {
    let registry = acme();
    registry.emulator.fault(Fault::html(500).on("POST", QUOTA));
    registry.emulator.fault(given::refusal("GET", "*/v1/organization/acme", 404, "Not Found"));
    let run = registry.run(MODULE, quota(json!({"quota": "5"})));
    assert_eq!(
        run.message(),
        "cannot create the quota of the organization acme with 5 bytes: the organization acme does not exist"
    );
}

#[test]
fn a_size_that_quay_did_not_take_is_no_success() {
    let registry = acme();
    registry.ok(MODULE, quota(json!({"quota": "5"})));
    let kept = r#"{"id": 1, "limit_bytes": 5, "limits": []}"#;
    registry.emulator.fault(Fault::status(200, "application/json", kept).on("PUT", QUOTA));
    let run = registry.run(MODULE, quota(json!({"quota": "6"})));
    assert!(run.message().ends_with("Quay agreed and kept another size"), "{}", run.message());
}

#[test]
fn features_that_are_off_are_named() {
    for (feature, text) in
        [("QUOTA_MANAGEMENT", "FEATURE_QUOTA_MANAGEMENT is off"), ("EDIT_QUOTA", "FEATURE_EDIT_QUOTA is off")]
    {
        let registry = acme();
        registry.emulator.set_feature(feature, false);
        let message = registry.run(MODULE, quota(json!({"quota": "5"}))).message();
        assert!(message.contains(text), "{message}");
    }
    let registry = acme();
    registry.emulator.fault(Fault::html(404).on("GET", QUOTA));
    let message = registry.refused_everywhere(MODULE, quota(json!({"quota": "5"})));
    assert!(
        message.ends_with(
            "this needs FEATURE_QUOTA_MANAGEMENT, FEATURE_EDIT_QUOTA and FEATURE_SUPER_USERS on in Quay's configuration"
        ),
        "{message}"
    );
}

#[test]
fn a_refused_limit_tells_what_was_done_before() {
    let registry = acme();
    registry.ok(MODULE, quota(json!({"quota": "5"})));
    registry.emulator.fault(Fault::status(400, "application/json", r#"{"message": "no"}"#).on("POST", "*/limit"));
    let run = registry.run(MODULE, quota(json!({"quota": "6", "warning_pct": 50, "reject_pct": 60})));
    assert_eq!(
        run.message(),
        "cannot add a warning limit of 50 percent to the quota of the organization acme: Quay says \"no\" (status 400). \
         Done before that: change the quota of the organization acme to 6 bytes. Not done: add a warning limit of 50 \
         percent to the quota of the organization acme; add a reject limit of 60 percent to the quota of the \
         organization acme"
    );
    assert_eq!(run.result["changed"], true);
}

#[test]
fn a_refused_removal_is_an_error() {
    let registry = acme();
    registry.ok(MODULE, quota(json!({"quota": "5", "warning_pct": 50})));
    registry.emulator.fault(Fault::status(400, "application/json", r#"{"message": "no"}"#).on("DELETE", "*/limit/*"));
    let run = registry.run(MODULE, quota(json!({"warning_pct": 0})));
    assert!(
        run.message().starts_with("cannot remove the warning limit of 50 percent from the quota"),
        "{}",
        run.message()
    );
}

#[test]
fn somebody_elses_quota_made_meanwhile_is_told() {
    let registry = acme();
    registry.ok(MODULE, quota(json!({"quota": "5"})));
    registry.emulator.fault(Fault::status(200, "application/json", "[]").on("GET", QUOTA).times(1));
    let message = registry.run(MODULE, quota(json!({"quota": "6"}))).message();
    assert!(message.ends_with("somebody else made one meanwhile: run the task again"), "{message}");
}
