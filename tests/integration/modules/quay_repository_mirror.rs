//! `quay_repository_mirror`.

use jiff::Timestamp;
use quay_emulator::{Config, Fault};
use serde_json::{Value, json};

use crate::support::{Mode, Registry, Run};

const MODULE: &str = "quay_repository_mirror";
const MIRROR: &str = "/api/v1/repository/acme/app/mirror";

/// A registry with the repository acme/app and the robot acme+sync.
fn registry() -> Registry {
    prepared(Config::default())
}

fn prepared(config: Config) -> Registry {
    let registry = Registry::with(config);
    registry.ok("quay_organization", json!({"name": "acme"}));
    registry.ok("quay_robot", json!({"name": "acme+sync"}));
    registry.ok("quay_repository", json!({"name": "acme/app"}));
    registry
}

fn options(more: Value) -> Value {
    let mut options = json!({"name": "acme/app"});
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    options
}

/// The options that a creation needs, and more.
fn full(more: Value) -> Value {
    let mut options = options(json!({
        "external_reference": "quay.io/org/app", "robot_username": "acme+sync", "image_tags": ["latest", "v*"],
    }));
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    options
}

/// Check mode foretells the change that the real run makes, and a repetition changes nothing.
fn change(registry: &Registry, options: Value) -> Run {
    let checked = registry.check(MODULE, options.clone());
    assert!(checked.changed() && checked.writes().is_empty(), "{options}: {}", checked.result);
    let run = registry.ok(MODULE, options.clone());
    assert!(run.changed());
    assert_eq!(checked.result["diff"], run.result["diff"]);
    let again = registry.ok(MODULE, options.clone());
    assert!(!again.changed(), "{options}: {}", again.result);
    assert_eq!(again.lines(), [format!("GET {MIRROR}")]);
    assert_eq!(again.before(), again.after());
    let mut after = run.after().clone();
    after.as_object_mut().unwrap().remove("repo_state");
    assert_eq!(&after, again.before());
    run
}

/// Changes the stored mirror behind the API.
fn tamper(registry: &Registry, change: impl FnOnce(&mut Value)) {
    let mut state = registry.emulator.snapshot();
    change(&mut state["namespaces"]["acme"]["repositories"]["app"]["mirror"]);
    registry.emulator.load(state).unwrap();
}

fn last_body(run: &Run) -> &Value {
    &run.requests.iter().rev().find(|exchange| exchange.is_write()).unwrap().request
}

#[test]
fn creation_with_defaults() {
    let registry = registry();
    let run = change(&registry, full(json!({})));
    assert_eq!(
        run.lines(),
        [
            format!("GET {MIRROR}"),
            "GET /config".into(),
            "GET /api/v1/repository/acme/app".into(),
            "GET /api/v1/organization/acme/robots/sync".into(),
            format!("POST {MIRROR}"),
        ]
    );
    assert_eq!(run.before(), &json!({}));
    assert_eq!(
        run.after(),
        &json!({
            "name": "acme/app",
            "external_reference": "quay.io/org/app",
            "robot_username": "acme+sync",
            "image_tags": ["latest", "v*"],
            "architectures": [],
            "is_enabled": false,
            "sync_interval": 86_400,
            "skopeo_timeout": 300,
            "external_registry_username": "",
            "verify_tls": true,
            "unsigned_images": false,
            "http_proxy": "",
            "https_proxy": "",
            "no_proxy": "",
            "repo_state": "MIRROR",
        })
    );
    // The date is the present, in UTC.
    let start: Timestamp = last_body(&run)["sync_start_date"].as_str().unwrap().parse().unwrap();
    assert!((Timestamp::now().as_second() - start.as_second()).abs() < 60);
}

#[test]
fn creation_with_everything_and_a_first_synchronization() {
    let registry = registry();
    let all = full(json!({
        "is_enabled": true, "sync_interval": "6h", "sync_start_date": "2999-01-01T00:00:00Z", "skopeo_timeout": "1h",
        "external_registry_username": "robot", "external_registry_password": "pass-word-1", "verify_tls": false,
        "unsigned_images": true, "http_proxy": "http://p:1", "https_proxy": "http://p:2", "no_proxy": "local",
        "force_sync": true,
    }));
    let checked = registry.check(MODULE, all.clone());
    let run = registry.ok(MODULE, all);
    assert_eq!(checked.result["diff"], run.result["diff"]);
    assert_eq!(run.writes(), [format!("POST {MIRROR}"), format!("POST {MIRROR}/sync-now")]);
    assert_eq!(run.after()["external_registry_password"], "********");
    assert_eq!(run.after()["sync_interval"], 21_600);
    assert_eq!(run.after()["skopeo_timeout"], 3_600);
    assert_eq!(run.requests[4].request["external_registry_password"], "pass-word-1");
    run.assert_hides("pass-word-1");
}

#[test]
fn only_what_differs_is_sent() {
    let registry = registry();
    registry.ok(MODULE, full(json!({})));
    for (more, body) in [
        (json!({"is_enabled": true}), json!({"is_enabled": true})),
        (
            json!({"image_tags": ["v*", "latest", "edge"]}),
            json!({
                "root_rule": {"rule_kind": "tag_glob_csv", "rule_value": ["v*", "latest", "edge"]}
            }),
        ),
        (
            json!({"external_reference": "quay.io/org/other", "sync_interval": "1 hour"}),
            json!({
                "external_reference": "quay.io/org/other", "sync_interval": 3600
            }),
        ),
        (json!({"skopeo_timeout_interval": "10m"}), json!({"skopeo_timeout_interval": 600})),
        (json!({"verify_tls": false}), json!({"external_registry_config": {"verify_tls": false}})),
        (json!({"unsigned_images": true}), json!({"external_registry_config": {"unsigned_images": true}})),
        (
            json!({"https_proxy": "http://p:1"}),
            json!({"external_registry_config": {"proxy": {"https_proxy": "http://p:1"}}}),
        ),
        (json!({"https_proxy": ""}), json!({"external_registry_config": {"proxy": {"https_proxy": null}}})),
        (json!({"external_registry_username": "u"}), json!({"external_registry_username": "u"})),
        (json!({"external_registry_username": ""}), json!({"external_registry_username": null})),
        (json!({"sync_start_date": "2999-01-01T00:00:00Z"}), json!({"sync_start_date": "2999-01-01T00:00:00Z"})),
    ] {
        let run = change(&registry, options(more));
        assert_eq!(last_body(&run), &body);
        assert_eq!(run.lines().len(), 3, "{:?}", run.lines());
    }
    let same = json!({"image_tags": ["edge", "latest", "v*"], "http_proxy": "", "external_registry_password": ""});
    let run = registry.ok(MODULE, options(same));
    assert!(!run.changed(), "{}", run.result);
}

#[test]
fn a_robot_is_looked_up_before_it_is_changed() {
    let registry = registry();
    registry.ok(MODULE, full(json!({})));
    registry.ok("quay_robot", json!({"name": "acme+other"}));
    assert!(change(&registry, options(json!({"robot_username": "acme+other"}))).requests.len() <= 4);
    assert_eq!(
        registry.refused_everywhere(MODULE, options(json!({"robot_username": "acme+nosuch"}))),
        "cannot change the mirror of the repository acme/app: the robot account acme+nosuch does not exist: create it first \
         (quay_robot)"
    );
}

#[test]
fn passwords_bring_their_user_name_and_always_change() {
    let registry = registry();
    registry.ok(MODULE, full(json!({"external_registry_username": "u"})));
    for _ in 0..2 {
        let run = registry.ok(MODULE, options(json!({"external_registry_password": "pass-word-1"})));
        assert!(run.changed());
        assert_eq!(
            last_body(&run),
            &json!({"external_registry_username": "u", "external_registry_password": "pass-word-1"})
        );
        assert_eq!(run.warnings().len(), 1);
        assert_eq!(run.before().get("external_registry_password"), None);
        assert_eq!(run.after()["external_registry_password"], "********");
        run.assert_hides("pass-word-1");
    }
    let run = registry.ok(MODULE, options(json!({"external_registry_password": ""})));
    assert_eq!(last_body(&run), &json!({"external_registry_username": "u", "external_registry_password": null}));
    let none = json!({"external_registry_username": "", "external_registry_password": ""});
    assert!(registry.ok(MODULE, options(none.clone())).changed());
    assert!(!registry.ok(MODULE, options(none)).changed());
    // Neither given nor stored.
    for (verb, options) in [
        ("change", options(json!({"external_registry_password": "pass-word-1"}))),
        (
            "change",
            options(json!({
                "external_registry_password": "pass-word-1", "external_registry_username": "",
            })),
        ),
    ] {
        assert_eq!(
            registry.refused_everywhere(MODULE, options),
            format!(
                "cannot {verb} the mirror of the repository acme/app: external_registry_password needs \
                 external_registry_username"
            )
        );
    }
    registry.ok("quay_repository", json!({"name": "acme/two"}));
    let mut two = full(json!({"external_registry_password": "pass-word-1"}));
    two["name"] = json!("acme/two");
    let message = registry.refused_everywhere(MODULE, two);
    assert!(message.ends_with("external_registry_password needs external_registry_username"), "{message}");
}

#[test]
fn the_first_proxy_is_not_lost() {
    let registry = registry();
    registry.ok(MODULE, full(json!({})));
    tamper(&registry, |mirror| mirror["fields"]["external_registry_config"] = json!({"verify_tls": true}));
    let run = change(&registry, options(json!({"http_proxy": "http://p:1", "no_proxy": "local", "is_enabled": true})));
    assert_eq!(run.writes(), [format!("PUT {MIRROR}"), format!("PUT {MIRROR}")]);
    assert_eq!(
        last_body(&run),
        &json!({"external_registry_config": {"proxy": {"http_proxy": "http://p:1", "no_proxy": "local"}}})
    );
}

#[test]
fn a_start_date_that_the_server_has_moved_on_is_no_change() {
    let registry = registry();
    let start = json!({"sync_start_date": "2021-01-01T12:00:00Z", "sync_interval": "1h"});
    registry.ok(MODULE, full(start.clone()));
    tamper(&registry, |mirror| mirror["fields"]["sync_start_date"] = json!("2026-03-01T15:00:01.361989Z"));
    let run = registry.ok(MODULE, options(start));
    assert!(!run.changed());
    assert_eq!(run.before()["sync_start_date"], "2026-03-01T15:00:01Z");
    let other = json!({"sync_start_date": "2021-01-01T12:30:00Z"});
    assert_eq!(last_body(&change(&registry, options(other.clone()))), &other);
    // A cancelled job leaves no date.
    tamper(&registry, |mirror| mirror["fields"]["sync_start_date"] = Value::Null);
    assert!(registry.ok(MODULE, options(other)).changed());
}

#[test]
fn synchronizations_are_started_unless_one_is_under_way() {
    let registry = registry();
    registry.ok(MODULE, full(json!({})));
    let force = options(json!({"force_sync": true}));
    assert!(registry.check(MODULE, force.clone()).changed());
    let run = registry.ok(MODULE, force.clone());
    assert!(run.changed());
    assert_eq!(run.writes(), [format!("POST {MIRROR}/sync-now")]);
    assert_eq!(run.before(), run.after());
    // It is waiting now.
    assert!(!registry.ok(MODULE, force.clone()).changed());
    tamper(&registry, |mirror| mirror["sync_status"] = json!("SYNCING"));
    assert!(!registry.ok(MODULE, force.clone()).changed());
    // Another run came first.
    tamper(&registry, |mirror| mirror["sync_status"] = json!("SUCCESS"));
    registry.emulator.fault(Fault::status(404, "application/json", "{}").on("POST", &format!("{MIRROR}/sync-now")));
    assert!(!registry.ok(MODULE, force).changed());
}

#[test]
fn a_synchronization_that_was_refused_after_the_change_is_not_forgotten() {
    let registry = registry();
    registry.ok(MODULE, full(json!({})));
    tamper(&registry, |mirror| mirror["sync_status"] = json!("SUCCESS"));
    registry.emulator.fault(Fault::html(500).on("POST", &format!("{MIRROR}/sync-now")).times(1));
    let run = registry.run(MODULE, options(json!({"sync_on_change": true, "sync_interval": "1h"})));
    assert!(run.message().contains("ask for it with force_sync"), "{}", run.message());
}

#[test]
fn a_running_synchronization_keeps_its_settings() {
    let registry = registry();
    registry.ok(MODULE, full(json!({})));
    tamper(&registry, |mirror| mirror["sync_status"] = json!("SYNCING"));
    assert!(!registry.ok(MODULE, full(json!({}))).changed());
    let run = registry.check(MODULE, options(json!({"is_enabled": true})));
    run.assert_refused();
    assert_eq!(run.result["skipped"], true);
    assert_eq!(
        registry.refused_everywhere(MODULE, options(json!({"is_enabled": true}))),
        "cannot change the mirror of the repository acme/app: a synchronization is running, and Quay would never end one whose \
         settings change; try again when it is over, or stop it with cancel_sync"
    );
}

#[test]
fn a_repository_that_left_the_state_is_told() {
    let registry = registry();
    registry.ok(MODULE, full(json!({})));
    registry.ok("quay_repository", json!({"name": "acme/app", "repo_state": "NORMAL"}));
    let run = registry.ok(MODULE, options(json!({"is_enabled": true})));
    assert_eq!(
        run.warnings(),
        ["the repository acme/app is in the state NORMAL: nothing is synchronized before its state is MIRROR \
          (quay_repository, repo_state)"]
    );
}

#[test]
fn values_are_checked_before_any_request() {
    let registry = registry();
    for (more, text) in [
        (json!({"sync_interval": "0"}), "sync_interval: 0 is too short"),
        (json!({"sync_interval": "5 months"}), "sync_interval: \"5 months\" is not a period"),
        (json!({"skopeo_timeout": "299"}), "skopeo_timeout: 299 is too short: at least 300 seconds"),
        (json!({"skopeo_timeout": "13h"}), "skopeo_timeout: 13h is too long: at most 43200 seconds"),
        (json!({"sync_start_date": "2026-01-01"}), "sync_start_date: \"2026-01-01\" is not a date"),
        (json!({"external_reference": "https://quay.io/a"}), "external_reference: "),
        (json!({"external_reference": "quay.io/a:latest"}), "external_reference: "),
        (json!({"robot_username": "sync"}), "robot_username: sync lacks the namespace"),
        (json!({"robot_username": "other+sync"}), "robot_username: other+sync is a robot account of another namespace"),
        (json!({"image_tags": []}), "image_tags: a mirror needs at least one"),
        (json!({"name": "acme/App"}), "name: "),
    ] {
        let run = registry.run(MODULE, options(more));
        run.assert_refused();
        assert!(run.message().contains(text) && run.requests.is_empty(), "{}", run.message());
    }
    // Without a namespace in the name, it has to be asked for first.
    let mut own = full(json!({}));
    own["name"] = json!("app");
    let message = registry.refused_everywhere(MODULE, own.clone());
    assert!(message.ends_with("the mirror needs one of admin"), "{message}");
    let run = registry.run_as("", MODULE, own, Mode::Real);
    assert!(run.message().contains("must include the organization"), "{}", run.message());
}

#[test]
fn what_a_creation_lacks_is_told_at_once() {
    let registry = registry();
    assert_eq!(
        registry.refused_everywhere(MODULE, options(json!({"image_tags": ["latest"]}))),
        "cannot create the mirror of the repository acme/app: it also needs external_reference, robot_username"
    );
    let mut nowhere = full(json!({}));
    nowhere["name"] = json!("acme/nowhere");
    assert_eq!(
        registry.refused_everywhere(MODULE, nowhere),
        "cannot create the mirror of the repository acme/nowhere: the repository acme/nowhere does not exist"
    );
    assert_eq!(
        registry.refused_everywhere(MODULE, full(json!({"robot_username": "acme+nosuch"}))),
        "cannot create the mirror of the repository acme/app: the robot account acme+nosuch does not exist: create it first \
         (quay_robot)"
    );
}

#[test]
fn refusals_of_the_creation_are_explained() {
    let registry = registry();
    for (reference, advice) in [
        ("10.0.0.1/a", "the server refuses internal addresses: SSRF_ALLOWED_HOSTS"),
        ("registry.invalid/a", "check the host in external_reference"),
    ] {
        let message = registry.run(MODULE, full(json!({"external_reference": reference}))).message();
        assert!(message.contains("cannot create the mirror") && message.contains(advice), "{message}");
    }
    // Somebody whose token must not look at robots gets Quay's own refusal.
    let weak = registry.emulator.token_for("admin", &["repo:admin"]);
    assert!(registry.run_as(&weak, MODULE, full(json!({})), Mode::Real).changed());
    let exists = json!({"detail": "Mirror configuration already exits for repository acme/app"}).to_string();
    registry.emulator.fault(Fault::status(409, "application/json", &exists).on("POST", MIRROR));
    tamper(&registry, |mirror| *mirror = Value::Null);
    let message = registry.run(MODULE, full(json!({}))).message();
    assert!(message.ends_with("another run has created it meanwhile: run the task again"), "{message}");
}

#[test]
fn an_organization_that_is_mirrored_as_a_whole_has_no_single_mirrors() {
    let registry = Registry::new();
    registry.ok("quay_organization", json!({"name": "acme"}));
    registry.ok("quay_robot", json!({"name": "acme+sync"}));
    registry.ok(
        "quay_org_mirror",
        json!({
            "organization": "acme", "external_registry_type": "quay", "external_registry_url": "https://quay.io",
            "external_namespace": "org", "robot_username": "acme+sync",
        }),
    );
    registry.emulator.push_image("acme/app", "latest");
    for run in [registry.check(MODULE, full(json!({}))), registry.run(MODULE, full(json!({})))] {
        assert_eq!(run.code, 1, "{}", run.result);
        assert!(run.message().contains("the organization is mirrored as a whole"), "{}", run.message());
    }
}

#[test]
fn older_servers_do_not_know_the_timeout() {
    let registry = registry();
    registry.ok(MODULE, full(json!({})));
    tamper(&registry, |mirror| {
        mirror["fields"].as_object_mut().unwrap().remove("skopeo_timeout_interval");
    });
    let run = registry.ok(MODULE, options(json!({"skopeo_timeout": "1h"})));
    assert!(!run.changed());
    assert_eq!(run.warnings(), ["this Quay cannot limit the time of a copy: skopeo_timeout needs Quay 3.15 or later"]);
}

#[test]
fn rights_and_the_feature_are_named() {
    let registry = registry();
    let weak = registry.emulator.token_for("alice", &["repo:admin"]);
    let run = registry.run_as(&weak, MODULE, full(json!({})), Mode::Check);
    run.assert_refused();
    assert!(run.message().contains("scope repo:admin, and a user who is an administrator of the repository"));

    registry.emulator.set_feature("REPO_MIRROR", false);
    assert_eq!(
        registry.refused_everywhere(MODULE, full(json!({}))),
        "cannot read the mirror of the repository acme/app: FEATURE_REPO_MIRROR is off: switch it on in Quay's configuration"
    );
}

#[test]
fn personal_repositories_of_others_are_only_read() {
    let registry = Registry::new();
    registry.emulator.add_user("alice", "secret");
    let token = registry.emulator.token_for("alice", quay_emulator::ALL_SCOPES.as_slice());
    registry.run_as(&token, "quay_repository", json!({"name": "app"}), Mode::Real);
    registry.run_as(&token, "quay_robot", json!({"name": "sync"}), Mode::Real);
    let mut own = full(json!({"robot_username": "alice+sync"}));
    own["name"] = json!("app");
    assert!(registry.run_as(&token, MODULE, own.clone(), Mode::Real).changed());
    own["name"] = json!("alice/app");
    assert!(!registry.ok(MODULE, own.clone()).changed());
    own["is_enabled"] = json!(true);
    let message = registry.refused_everywhere(MODULE, own);
    assert!(message.ends_with("alice is another user, and personal repositories are that user's own"), "{message}");
}

#[test]
fn architectures_are_a_set_that_can_be_emptied() {
    let registry = registry();
    let run = registry.ok(MODULE, full(json!({"architectures": ["s390x", "amd64", "amd64"]})));
    assert_eq!(run.after()["architectures"], json!(["amd64", "s390x"]));
    assert_eq!(last_body(&run)["architecture_filter"], json!(["amd64", "s390x"]));
    // Kept when it is not given, and the same in any order.
    tamper(&registry, |mirror| mirror["fields"]["architecture_filter"] = json!(["s390x", "amd64"]));
    let same = json!({"architecture_filter": ["amd64", "s390x"]});
    for options in [options(same), options(json!({})), full(json!({}))] {
        assert!(!registry.ok(MODULE, options).changed());
    }
    for (wanted, sent) in [(json!(["arm64"]), json!(["arm64"])), (json!([]), json!([]))] {
        let run = change(&registry, options(json!({"architectures": wanted})));
        assert_eq!(last_body(&run), &json!({"architecture_filter": sent}));
    }
    // A creation that names none says nothing of them.
    registry.ok("quay_repository", json!({"name": "acme/two"}));
    let mut two = full(json!({}));
    two["name"] = json!("acme/two");
    assert_eq!(last_body(&registry.ok(MODULE, two)).get("architecture_filter"), None);
}

#[test]
fn architectures_that_are_none_or_that_this_server_does_not_filter_are_refused() {
    let registry = registry();
    let run = registry.run(MODULE, full(json!({"architectures": ["amd64", "x86_64"]})));
    run.assert_refused();
    assert!(run.message().contains("architectures") && run.requests.is_empty(), "{}", run.message());
    registry.emulator.set_feature("SPARSE_INDEX", false);
    let some = json!({"architectures": ["amd64"]});
    let off = "cannot set architectures of the mirror of the repository acme/app: FEATURE_SPARSE_INDEX is off: switch it on in \
               Quay's configuration";
    assert_eq!(registry.refused_everywhere(MODULE, full(some.clone())), off);
    registry.ok(MODULE, full(json!({"architectures": []})));
    assert_eq!(registry.refused_everywhere(MODULE, options(some.clone())), off);
    // A server that does not tell says so itself.
    registry.emulator.fault(Fault::html(403).at("/config"));
    let message = registry.run(MODULE, options(some)).message();
    assert!(message.contains("Architecture filtering requires FEATURE_SPARSE_INDEX"), "{message}");
    registry.ok("quay_organization", json!({"name": "copies"}));
    registry.ok("quay_robot", json!({"name": "copies+sync"}));
    let whole = json!({"organization": "copies", "external_registry_type": "quay", "external_registry_url": "https://quay.io",
        "external_namespace": "org", "robot_username": "copies+sync", "architectures": ["amd64"]});
    assert!(registry.run("quay_org_mirror", whole).message().contains("architectures"));
}

#[test]
fn older_servers_copy_all_architectures() {
    let registry = prepared(Config::default().quay("3.16"));
    let message = registry.refused_everywhere(MODULE, full(json!({"architectures": ["amd64"]})));
    assert!(message.contains("architectures") && message.contains("it needs Quay 3.17 or later"), "{message}");
    assert!(registry.ok(MODULE, full(json!({"architectures": []}))).changed());
    assert!(!registry.ok(MODULE, options(json!({"architectures": []}))).changed());
    assert_eq!(registry.refused_everywhere(MODULE, options(json!({"architectures": ["amd64"]}))), message);
}

/// Sets what the worker writes.
fn worker(registry: &Registry, status: &str, lease: Value) {
    tamper(registry, |mirror| {
        mirror["sync_status"] = json!(status);
        mirror["fields"]["sync_expiration_date"] = lease;
    });
}

#[test]
fn a_synchronization_is_cancelled_and_then_sleeps() {
    let registry = registry();
    registry.ok(MODULE, full(json!({"is_enabled": true})));
    let cancel = options(json!({"cancel_sync": true}));
    assert!(!registry.ok(MODULE, cancel.clone()).changed(), "nothing runs");
    let asleep = [
        "the mirror of the repository acme/app is enabled and cancelled: its schedule does not run until a force_sync",
    ];
    for status in ["SYNC_NOW", "SYNCING"] {
        worker(&registry, status, json!("2999-01-01T00:00:00Z"));
        let checked = registry.check(MODULE, cancel.clone());
        assert!(checked.changed() && checked.writes().is_empty());
        let run = registry.ok(MODULE, cancel.clone());
        assert_eq!(run.writes(), [format!("POST {MIRROR}/sync-cancel")]);
        assert_eq!((&run.before()["sync_status"], &run.after()["sync_status"]), (&json!(status), &json!("CANCEL")));
        assert_eq!(checked.result["diff"], run.result["diff"]);
        assert_eq!(run.warnings(), asleep);
        let again = registry.ok(MODULE, cancel.clone());
        assert!(!again.changed());
        assert_eq!(again.warnings(), asleep);
    }
    let woken = registry.ok(MODULE, options(json!({"force_sync": true})));
    assert_eq!(woken.writes(), [format!("POST {MIRROR}/sync-now")]);
    assert!(woken.warnings().is_empty());
    // It has ended by itself meanwhile.
    registry.emulator.fault(Fault::status(404, "application/json", "{}").on("POST", &format!("{MIRROR}/sync-cancel")));
    assert!(!registry.ok(MODULE, cancel).changed());
}

#[test]
fn settings_change_only_once_the_synchronization_is_cancelled() {
    let registry = registry();
    registry.ok(MODULE, full(json!({})));
    worker(&registry, "SYNCING", json!("2999-01-01T00:00:00Z"));
    let run = registry.ok(MODULE, options(json!({"cancel_sync": true, "sync_interval": "1h"})));
    assert_eq!(run.writes(), [format!("POST {MIRROR}/sync-cancel"), format!("PUT {MIRROR}")]);
}

#[test]
fn a_stuck_mirror_is_told_and_recovered() {
    let registry = registry();
    registry.ok(MODULE, full(json!({})));
    let recover = options(json!({"recover": true}));
    assert!(!registry.ok(MODULE, recover.clone()).changed());
    worker(&registry, "SYNCING", json!("2026-01-01T00:00:00.25Z"));
    let told = registry.ok(MODULE, options(json!({"force_sync": true})));
    assert!(!told.changed());
    assert!(told.warnings()[0].contains("hangs") && told.warnings()[0].contains("recover frees it"));
    let checked = registry.check(MODULE, recover.clone());
    let run = registry.ok(MODULE, recover.clone());
    assert_eq!(run.writes(), [format!("POST {MIRROR}/sync-cancel"), format!("POST {MIRROR}/sync-now")]);
    assert_eq!((&run.before()["sync_status"], &run.after()["sync_status"]), (&json!("SYNCING"), &json!("SYNC_NOW")));
    assert_eq!(checked.result["diff"], run.result["diff"]);
    assert!(!registry.ok(MODULE, recover.clone()).changed());
    // One that may still be running is left alone, unless it is to be cancelled.
    worker(&registry, "SYNCING", json!("2999-01-01T00:00:00Z"));
    let message = registry.refused_everywhere(MODULE, recover);
    assert!(message.contains("has until 2999-01-01T00:00:00Z"), "{message}");
    let anew = registry.ok(MODULE, options(json!({"recover": true, "cancel_sync": true})));
    assert_eq!(anew.writes(), [format!("POST {MIRROR}/sync-cancel"), format!("POST {MIRROR}/sync-now")]);
    let both = registry.run(MODULE, options(json!({"force_sync": true, "cancel_sync": true})));
    both.assert_refused();
    assert!(both.message().contains("exclude each other") && both.requests.is_empty(), "{}", both.message());
}

#[test]
fn a_change_is_synchronized_once() {
    let registry = registry();
    let sync = format!("POST {MIRROR}/sync-now");
    let wanted = full(json!({"sync_on_change": true, "is_enabled": true}));
    assert_eq!(registry.ok(MODULE, wanted.clone()).writes(), [format!("POST {MIRROR}"), sync.clone()]);
    for status in ["SYNC_NOW", "SYNCING", "SUCCESS", "FAIL", "CANCEL"] {
        tamper(&registry, |mirror| mirror["sync_status"] = json!(status));
        assert!(!registry.ok(MODULE, wanted.clone()).changed(), "{status}");
    }
    let other = full(json!({"sync_on_change": true, "image_tags": ["other"], "external_registry_username": "u"}));
    assert_eq!(registry.ok(MODULE, other.clone()).writes(), [format!("PUT {MIRROR}"), sync.clone()]);
    // Nobody sees whether the password differs.
    tamper(&registry, |mirror| mirror["sync_status"] = json!("SUCCESS"));
    let mut secret = other;
    secret["external_registry_password"] = json!("pass-word-1");
    assert_eq!(registry.ok(MODULE, secret).writes(), [format!("PUT {MIRROR}")]);
    tamper(&registry, |mirror| mirror["sync_status"] = json!("NEVER_RUN"));
    assert_eq!(registry.ok(MODULE, options(json!({"sync_on_change": true}))).writes(), [sync]);
}
