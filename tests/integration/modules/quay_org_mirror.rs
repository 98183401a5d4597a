//! `quay_org_mirror`.

use serde_json::{Value, json};

use crate::given::{self, SCOPES};
use crate::support::{Budget, LifeCycle, Mode, Registry};

const PATH: &str = "/api/v1/organization/acme/mirror";
const FUTURE: &str = "2999-01-01T00:00:00Z";

/// A registry with `acme` and its robots `ci` and `cd`.
fn registry() -> Registry {
    robots(given::acme())
}

fn robots(registry: Registry) -> Registry {
    for name in ["acme+ci", "acme+cd"] {
        registry.ok("quay_robot", json!({"name": name}));
    }
    registry
}

fn with(more: Value) -> Value {
    let mut options = json!({"organization": "acme"});
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    options
}

/// The least that a creation needs, and more.
fn full(more: Value) -> Value {
    let mut options = with(json!({
        "external_registry_type": "quay",
        "external_registry_url": "https://quay.io",
        "external_namespace": "projectquay",
        "robot_username": "acme+ci",
    }));
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    options
}

/// The worker's doing.
fn set_status(registry: &Registry, status: &str) {
    registry.emulator.with_state(|state| {
        status.clone_into(&mut state.organization_mut("acme").unwrap().mirror.as_mut().unwrap().sync_status);
    });
}

fn set_start(registry: &Registry, date: &str) {
    registry.emulator.with_state(|state| {
        let mirror = state.organization_mut("acme").unwrap().mirror.as_mut().unwrap();
        mirror.fields.insert("sync_start_date".into(), json!(date));
    });
}

#[test]
fn life_cycle() {
    let registry = registry();
    let life = LifeCycle {
        module: "quay_org_mirror",
        base: full(json!({})),
        create: json!({"sync_start_date": FUTURE, "repository_filters": ["b*", "a*"], "external_registry_username": ""}),
        update: json!({
            "is_enabled": false,
            "external_registry_url": "https://registry.example.com",
            "external_namespace": "other",
            "external_registry_username": "bob",
            "robot_username": "acme+cd",
            "visibility": "private",
            "repository_filters": ["a*"],
            "sync_interval": "6h",
            "sync_start_date": "2999-01-01T00:00:01Z",
            "skopeo_timeout_interval": "1h",
            "verify_tls": false,
            "https_proxy": "http://proxy:3128",
            "no_proxy": "",
        }),
        requests: Budget { create: 2, repeat: 1, update: 2, remove: 2 },
    };
    let [create, update, remove] = life.run(&registry);
    assert_eq!(
        create.body(&format!("POST {PATH}")),
        &json!({
            "is_enabled": true,
            "external_registry_type": "quay",
            "external_registry_url": "https://quay.io",
            "external_namespace": "projectquay",
            "external_registry_username": null,
            "external_registry_password": null,
            "external_registry_config": {
                "verify_tls": true, "proxy": {"http_proxy": null, "https_proxy": null, "no_proxy": null}
            },
            "robot_username": "acme+ci",
            "visibility": "public",
            "repository_filters": ["b*", "a*"],
            "sync_interval": 86_400,
            "sync_start_date": FUTURE,
            "skopeo_timeout": 300,
        })
    );
    assert_eq!(create.after()["repository_filters"], json!(["a*", "b*"]));
    assert_eq!(create.result.get("sync_status"), None);
    assert_eq!(
        update.body(&format!("PUT {PATH}")),
        &json!({
            "is_enabled": false,
            "external_registry_url": "https://registry.example.com",
            "external_namespace": "other",
            "external_registry_username": "bob",
            "external_registry_config": {
                "verify_tls": false, "proxy": {"http_proxy": null, "https_proxy": "http://proxy:3128", "no_proxy": null}
            },
            "robot_username": "acme+cd",
            "visibility": "private",
            "repository_filters": ["a*"],
            "sync_interval": 21_600,
            "sync_start_date": "2999-01-01T00:00:01Z",
            "skopeo_timeout": 3600,
        })
    );
    assert_eq!(update.after()["sync_interval"], 21_600);
    assert_eq!(update.result["sync_status"], "NEVER_RUN");
    assert_eq!(remove.writes(), [format!("DELETE {PATH}")]);
}

#[test]
fn a_mirror_without_a_start_date_starts_now_in_utc() {
    let registry = registry();
    let run = registry.ok("quay_org_mirror", full(json!({})));
    let sent: jiff::Timestamp = run.body(&format!("POST {PATH}"))["sync_start_date"].as_str().unwrap().parse().unwrap();
    let away = jiff::Timestamp::now().as_second() - sent.as_second();
    assert!((0..60).contains(&away), "{away}");
    assert_eq!(run.after().get("sync_start_date"), None, "it would make each diff another one");
    let again = registry.ok("quay_org_mirror", full(json!({})));
    assert!(!again.changed());
    assert_eq!(again.before(), run.after());
}

#[test]
fn the_options_are_checked_before_any_request() {
    let registry = Registry::new();
    for (more, part) in [
        (json!({"sync_interval": "59"}), "at least 60 seconds"),
        (json!({"skopeo_timeout": "299"}), "at least 300 seconds"),
        (json!({"skopeo_timeout": "13h"}), "at most 43200 seconds"),
        (json!({"sync_interval": "5 months"}), "not a period"),
        (json!({"sync_start_date": "2026-01-31 12:00"}), "YYYY-MM-DDTHH:MM:SSZ"),
        (json!({"external_registry_url": "quay.io"}), "not an http or https URL"),
        (json!({"external_namespace": "x".repeat(256)}), "at most 255"),
        (
            json!({"robot_username": "other+ci"}),
            "robot_username: other+ci is not a robot account of the organization, acme+...",
        ),
        (json!({"robot_username": "ci"}), "robot_username: ci is not a robot account of the organization"),
        (json!({"external_registry_type": "docker"}), "external_registry_type"),
    ] {
        let message = registry.refused_everywhere("quay_org_mirror", full(more.clone()));
        assert!(message.contains(part), "{more}: {message}");
    }
    assert_eq!(registry.emulator.journal().len(), 0);
}

#[test]
fn a_creation_tells_all_that_it_lacks() {
    let registry = registry();
    assert_eq!(
        registry.refused_everywhere("quay_org_mirror", with(json!({"external_namespace": "x"}))),
        "cannot create the mirror of acme: it also needs external_registry_type, external_registry_url, robot_username"
    );
    assert!(!registry.ok("quay_org_mirror", with(json!({"state": "absent"}))).changed());
}

#[test]
fn a_missing_organization() {
    let registry = Registry::new();
    let bob = registry.emulator.token_for("bob", SCOPES);
    let missing = "cannot create the mirror of acme: the organization acme does not exist";
    let checked = registry.check("quay_org_mirror", full(json!({})));
    checked.assert_refused();
    assert_eq!(checked.message(), missing);
    // The look-up says 404 both without a mirror and without an organization, so the creation tells.
    assert_eq!(registry.failed("quay_org_mirror", full(json!({}))).message(), missing);
    assert_eq!(registry.refused_as(&bob, "quay_org_mirror", full(json!({}))), missing);
    for token in [&registry.token, &bob] {
        let run = registry.run_as(token, "quay_org_mirror", with(json!({"state": "absent"})), Mode::Real);
        assert!(!run.changed());
    }
}

#[test]
fn the_feature_and_the_right_are_named() {
    let registry = registry();
    let bob = registry.emulator.token_for("bob", SCOPES);
    for state in ["present", "absent"] {
        assert_eq!(
            registry.refused_as(&bob, "quay_org_mirror", full(json!({"state": state}))),
            "cannot read the mirror of acme: Quay says \"Unauthorized\" (status 403); this needs a token with the scope \
             org:admin, and a user who is an administrator of the organization"
        );
        registry.emulator.set_feature("ORG_MIRROR", false);
        assert_eq!(
            registry.refused_everywhere("quay_org_mirror", full(json!({"state": state}))),
            "cannot read the mirror of acme: not available on this server (status 404); FEATURE_ORG_MIRROR is off: switch it on in Quay's configuration"
        );
        registry.emulator.set_feature("ORG_MIRROR", true);
    }
}

#[test]
fn one_of_user_name_and_password_alone_is_a_warning() {
    let registry = registry();
    let pair = "external_registry_username and external_registry_password belong together, only one of them is given";
    for more in [json!({"external_registry_username": "bob"}), json!({"external_registry_password": "up-secret"})] {
        let run = registry.check("quay_org_mirror", full(more));
        assert_eq!(run.warnings(), [pair]);
        run.assert_hides("up-secret");
    }
    let both = json!({"external_registry_username": "bob", "external_registry_password": "up-secret"});
    assert!(registry.check("quay_org_mirror", full(both)).warnings().is_empty());
}

#[test]
fn a_password_is_sent_always_and_shown_never() {
    let registry = registry();
    let password = |text: &str| full(json!({"external_registry_username": "bob", "external_registry_password": text}));
    let created = registry.ok("quay_org_mirror", password("up-secret"));
    created.assert_hides("up-secret");
    assert_eq!(created.body(&format!("POST {PATH}"))["external_registry_password"], "up-secret");
    assert_eq!(created.after()["external_registry_password"], "********");

    let again = registry.ok("quay_org_mirror", password("up-secret"));
    again.assert_hides("up-secret");
    assert!(again.changed());
    assert_eq!(again.body(&format!("PUT {PATH}")), &json!({"external_registry_password": "up-secret"}));
    assert_eq!(
        again.warnings(),
        [
            "Quay does not show the stored password, so giving external_registry_password changes the mirror on every run"
        ]
    );
    assert!(!registry.ok("quay_org_mirror", full(json!({}))).changed(), "not given is kept");

    let cleared = registry.ok("quay_org_mirror", password(""));
    assert_eq!(cleared.body(&format!("PUT {PATH}")), &json!({"external_registry_password": null}));
    assert_eq!(
        (&cleared.before()["external_registry_password"], &cleared.after()["external_registry_password"]),
        (&json!("********"), &json!(""))
    );
    assert!(!registry.ok("quay_org_mirror", password("")).changed());
    let anonymous = registry.ok("quay_org_mirror", full(json!({"external_registry_username": ""})));
    assert_eq!(anonymous.body(&format!("PUT {PATH}")), &json!({"external_registry_username": null}));
    assert!(!registry.ok("quay_org_mirror", full(json!({"external_registry_username": ""}))).changed());
}

#[test]
fn the_settings_that_quay_replaces_as_a_whole_are_merged() {
    let registry = registry();
    registry.ok("quay_org_mirror", full(json!({"http_proxy": "http://proxy:3128", "verify_tls": false})));
    let run = registry.ok("quay_org_mirror", with(json!({"no_proxy": "localhost"})));
    assert_eq!(
        run.body(&format!("PUT {PATH}")),
        &json!({"external_registry_config": {
            "verify_tls": false,
            "proxy": {"http_proxy": "http://proxy:3128", "https_proxy": null, "no_proxy": "localhost"},
        }})
    );
    let cleared = registry.ok("quay_org_mirror", with(json!({"http_proxy": "", "no_proxy": ""})));
    assert_eq!(
        cleared.body(&format!("PUT {PATH}"))["external_registry_config"]["proxy"],
        json!({"http_proxy": null, "https_proxy": null, "no_proxy": null})
    );
    assert!(!registry.ok("quay_org_mirror", with(json!({"http_proxy": "", "https_proxy": ""}))).changed());
}

#[test]
fn filters_are_a_set() {
    let registry = registry();
    registry.ok("quay_org_mirror", full(json!({"repository_filters": ["a*", "b*"]})));
    assert!(!registry.ok("quay_org_mirror", with(json!({"repository_filters": ["b*", "a*", "a*"]}))).changed());
    let all = registry.ok("quay_org_mirror", with(json!({"repository_filters": []})));
    assert_eq!(all.body(&format!("PUT {PATH}")), &json!({"repository_filters": []}));
    assert_eq!(all.before()["repository_filters"], json!(["a*", "b*"]));
}

#[test]
fn the_kind_of_the_source_is_fixed() {
    let registry = registry();
    registry.ok("quay_org_mirror", full(json!({})));
    assert_eq!(
        registry.refused_everywhere("quay_org_mirror", with(json!({"external_registry_type": "harbor"}))),
        "cannot change the mirror of acme: external_registry_type is fixed once it is created; delete the mirror first"
    );
}

#[test]
fn a_past_start_date_is_fulfilled_and_a_future_one_counts_in_seconds() {
    let registry = registry();
    let start = |date: &str| with(json!({"sync_start_date": date}));
    registry.ok("quay_org_mirror", full(json!({"sync_start_date": FUTURE})));
    set_start(&registry, "2999-01-01T00:00:00.361989Z");
    let same = registry.ok("quay_org_mirror", start(FUTURE));
    assert!(!same.changed(), "{}", same.result);
    assert_eq!(same.before()["sync_start_date"], FUTURE);
    assert!(!registry.ok("quay_org_mirror", start("2020-01-01T00:00:00Z")).changed());
    let moved = registry.ok("quay_org_mirror", start("2999-01-01T00:00:01Z"));
    assert_eq!(moved.body(&format!("PUT {PATH}")), &json!({"sync_start_date": "2999-01-01T00:00:01Z"}));
}

#[test]
fn while_a_synchronization_runs_nothing_is_changed() {
    let registry = registry();
    registry.ok("quay_org_mirror", full(json!({})));
    set_status(&registry, "SYNCING");
    let same = registry.ok("quay_org_mirror", full(json!({"force_sync": true})));
    assert!(!same.changed(), "no difference is no problem, and a synchronization is under way");
    assert_eq!(same.result["sync_status"], "SYNCING");
    let message = registry.refused_everywhere("quay_org_mirror", with(json!({"visibility": "private"})));
    assert!(message.starts_with("cannot change the mirror of acme: a synchronization is running"), "{message}");
    set_status(&registry, "SUCCESS");
    assert!(registry.ok("quay_org_mirror", with(json!({"visibility": "private"}))).changed());
}

#[test]
fn a_synchronization_is_started_unless_one_waits_already() {
    let registry = registry();
    let sync = format!("POST {PATH}/sync-now");
    let created = registry.ok("quay_org_mirror", full(json!({"force_sync": true})));
    assert_eq!(created.writes(), [format!("POST {PATH}"), sync.clone()]);
    let waiting = registry.ok("quay_org_mirror", with(json!({"force_sync": true})));
    assert!(!waiting.changed());
    assert_eq!(waiting.result["sync_status"], "SYNC_NOW");
    set_status(&registry, "SUCCESS");
    let forced = with(json!({"force_sync": true}));
    let checked = registry.check("quay_org_mirror", forced.clone());
    assert!(checked.changed());
    assert_eq!(checked.writes(), Vec::<String>::new());
    let started = registry.ok("quay_org_mirror", forced.clone());
    assert!(started.changed());
    assert_eq!(started.writes(), [sync]);

    set_status(&registry, "SUCCESS");
    for words in ["Repositories are still pending", "Repositories are still retrying", "Sync already in progress"] {
        registry.emulator.fault(given::refusal("POST", &format!("{PATH}/sync-now"), 400, words));
        assert!(!registry.ok("quay_org_mirror", forced.clone()).changed(), "{words}");
    }
    registry.emulator.fault(given::refusal("POST", &format!("{PATH}/sync-now"), 400, "no"));
    let message = registry.failed("quay_org_mirror", forced).message();
    assert_eq!(message, "cannot synchronize the mirror of acme: Quay says \"no\" (status 400)");
}

#[test]
fn refusals_of_the_server_are_explained() {
    let registry = registry();
    let message = |more: Value| registry.failed("quay_org_mirror", full(more)).message();
    let too_long = message(json!({"skopeo_timeout": "3601"}));
    assert_eq!(
        too_long,
        "cannot create the mirror of acme: Quay says \"3601 is greater than the maximum of 3600\" (status 400); this Quay \
         allows at most 3600 seconds for skopeo_timeout"
    );
    let robot = message(json!({"robot_username": "acme+nosuch"}));
    assert!(robot.ends_with("create the robot account of the organization first (quay_robot)"), "{robot}");
    let internal = message(json!({"external_registry_url": "https://10.0.0.1"}));
    assert!(internal.contains("SSRF_ALLOWED_HOSTS in Quay's configuration opens them"), "{internal}");
    registry.emulator.fault(given::refusal(
        "POST",
        PATH,
        400,
        "Cannot create organization mirror: immutability policies exist",
    ));
    let immutable = message(json!({}));
    assert!(immutable.ends_with("remove the immutability policies of the organization first"), "{immutable}");

    registry.ok("quay_proxy_cache", with(json!({})));
    let proxy = message(json!({}));
    assert!(proxy.ends_with("remove the proxy cache first (quay_proxy_cache)"), "{proxy}");
    registry.ok("quay_proxy_cache", with(json!({"state": "absent"})));
    registry.ok("quay_repository", json!({"name": "acme/app"}));
    let filled = message(json!({}));
    assert!(filled.ends_with("only an empty organization can become a mirror"), "{filled}");
    registry.ok("quay_repository", json!({"name": "acme/app", "state": "absent"}));

    registry.ok("quay_org_mirror", full(json!({})));
    let update = registry.failed("quay_org_mirror", with(json!({"robot_username": "acme+nosuch"}))).message();
    assert!(update.starts_with("cannot change the mirror of acme: ") && update.contains("quay_robot"), "{update}");
}

#[test]
fn what_stands_after_a_refusal_is_told() {
    let registry = registry();
    registry.emulator.fault(given::refusal("POST", &format!("{PATH}/sync-now"), 500, "no"));
    let run = registry.failed("quay_org_mirror", full(json!({"force_sync": true})));
    assert!(
        run.message()
            .ends_with("Done before that: create the mirror of acme. Not done: synchronize the mirror of acme"),
        "{}",
        run.message()
    );
    assert_eq!(run.result["changed"], true);
}

#[test]
fn a_parallel_run_that_was_faster_is_no_error() {
    let registry = registry();
    registry.ok("quay_org_mirror", full(json!({})));
    let unseen = || given::refusal("GET", PATH, 404, "Not Found");
    registry.emulator.fault(unseen());
    assert!(!registry.ok("quay_org_mirror", full(json!({}))).changed());
    registry.emulator.fault(unseen());
    let message = registry.failed("quay_org_mirror", full(json!({"external_namespace": "other"}))).message();
    assert!(message.ends_with("another run has created a mirror meanwhile: run the task again"), "{message}");
    registry.emulator.fault(given::refusal("DELETE", PATH, 404, "Not Found"));
    assert!(!registry.ok("quay_org_mirror", with(json!({"state": "absent"}))).changed());
}

#[test]
fn the_name_of_the_older_collection_works() {
    let registry = registry();
    assert!(registry.ok("quay_organization_mirror", full(json!({}))).changed());
    assert!(!registry.ok("quay_org_mirror", full(json!({}))).changed());
}

#[test]
fn a_user_name_that_quay_cannot_decrypt_is_replaced() {
    let registry = registry();
    registry.ok("quay_org_mirror", full(json!({"external_registry_username": "bob"})));
    registry.emulator.with_state(|state| {
        let mirror = state.organization_mut("acme").unwrap().mirror.as_mut().unwrap();
        mirror.fields.insert("external_registry_username".into(), json!("(invalid. Contact administrator)"));
    });
    let run = registry.ok("quay_org_mirror", with(json!({"external_registry_username": "bob"})));
    assert_eq!(run.body(&format!("PUT {PATH}")), &json!({"external_registry_username": "bob"}));
}

/// In the options, in what Quay has, in the difference.
#[test]
fn the_password_of_a_proxy_is_not_shown() {
    let registry = registry();
    let with = |password: &str| full(json!({"http_proxy": format!("http://bob:{password}@proxy:3128")}));
    let run = registry.ok("quay_org_mirror", with("firstsecret"));
    assert_eq!(run.after()["http_proxy"], "http://bob:********@proxy:3128");
    assert_eq!(
        run.body(&format!("POST {PATH}"))["external_registry_config"]["proxy"]["http_proxy"],
        "http://bob:firstsecret@proxy:3128"
    );
    assert!(!run.result.to_string().contains("firstsecret"), "{}", run.result);
    let changed = registry.ok("quay_org_mirror", with("secondsecret"));
    assert!(changed.changed());
    assert!(!changed.result.to_string().contains("secret@"), "{}", changed.result);
}

/// What the worker writes.
fn set(registry: &Registry, key: &str, value: Value) {
    registry.emulator.with_state(|state| {
        let mirror = state.organization_mut("acme").unwrap().mirror.as_mut().unwrap();
        mirror.fields.insert(key.into(), value);
    });
}

#[test]
fn synchronizations_of_the_repositories_count_and_can_be_cancelled() {
    let registry = registry();
    registry.ok("quay_org_mirror", full(json!({})));
    let cancel = with(json!({"cancel_sync": true}));
    assert!(!registry.ok("quay_org_mirror", cancel.clone()).changed(), "nothing runs");
    set_status(&registry, "SUCCESS");
    set(&registry, "repo_sync_status_counts", json!({"SYNC_NOW": 2, "SUCCESS": 1}));
    assert!(!registry.ok("quay_org_mirror", with(json!({"force_sync": true}))).changed(), "they are under way");
    let checked = registry.check("quay_org_mirror", cancel.clone());
    assert!(checked.changed() && checked.writes().is_empty());
    let run = registry.ok("quay_org_mirror", cancel.clone());
    assert_eq!(run.writes(), [format!("POST {PATH}/sync-cancel")]);
    assert_eq!((&run.before()["sync_status"], &run.after()["sync_status"]), (&json!("SUCCESS"), &json!("CANCEL")));
    let again = registry.ok("quay_org_mirror", cancel);
    assert!(!again.changed() && again.warnings().is_empty(), "its schedule goes on");
    // The worker has not seen it yet.
    let message = registry.failed("quay_org_mirror", with(json!({"force_sync": true}))).message();
    assert!(message.contains("still syncing") && message.contains("has not seen the cancellation"), "{message}");
}

#[test]
fn a_stuck_discovery_is_recovered() {
    let registry = registry();
    registry.ok("quay_org_mirror", full(json!({})));
    set_status(&registry, "SYNCING");
    set(&registry, "sync_expiration_date", json!("2026-01-01T00:00:00Z"));
    let run = registry.ok("quay_org_mirror", with(json!({"recover": true, "visibility": "private"})));
    assert_eq!(
        run.writes(),
        ["POST", "PUT", "POST"]
            .iter()
            .zip(["/sync-cancel", "", "/sync-now"])
            .map(|(verb, end)| format!("{verb} {PATH}{end}"))
            .collect::<Vec<_>>()
    );
}

#[test]
fn the_connection_is_tested_after_the_writes() {
    let registry = registry();
    let verify = format!("POST {PATH}/verify");
    let lost = full(json!({"verify": true, "external_namespace": "nosuch"}));
    assert!(registry.check("quay_org_mirror", lost.clone()).writes().is_empty());
    let run = registry.failed("quay_org_mirror", lost.clone());
    assert_eq!(run.writes(), [format!("POST {PATH}"), verify.clone()]);
    assert_eq!(
        run.message(),
        "cannot reach the source of the mirror of acme with the settings that are stored now: Quay says \"Namespace 'nosuch' not \
         found\". Done before that: create the mirror of acme. Not done: reach the source of the mirror of acme"
    );
    // A test alone is no change, and a check does it, too: it tests what is stored.
    let checked = registry.run_as(&registry.token, "quay_org_mirror", lost.clone(), Mode::Check);
    assert_eq!((checked.code, checked.writes()), (1, vec![verify.clone()]));
    assert!(checked.message().contains("Namespace 'nosuch' not found"), "{}", checked.message());
    assert_eq!(registry.failed("quay_org_mirror", lost).writes(), std::slice::from_ref(&verify));
    let mended = registry.ok("quay_org_mirror", full(json!({"verify": true})));
    assert_eq!(mended.writes(), [format!("PUT {PATH}"), verify.clone()]);
    let unchanged = registry.check("quay_org_mirror", full(json!({"verify": true})));
    assert!(!unchanged.changed() && unchanged.writes() == std::slice::from_ref(&verify));
    let changing = registry.check("quay_org_mirror", full(json!({"verify": true, "visibility": "private"})));
    assert!(changing.changed() && changing.writes().is_empty(), "what is to be written cannot be tested yet");
    let same = registry.ok("quay_org_mirror", full(json!({"verify": true})));
    assert!(!same.changed());
    assert_eq!(same.writes(), std::slice::from_ref(&verify));
    // The server takes its time.
    registry.emulator.fault(
        quay_emulator::Fault::delay(std::time::Duration::from_millis(1500)).at(&format!("{PATH}/verify")).times(1),
    );
    assert!(!registry.ok("quay_org_mirror", full(json!({"verify": true, "timeout": 1.0}))).changed());
}
