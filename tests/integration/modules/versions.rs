//! Servers of older versions: what they lack is refused by its name and version, before any write.
//!
//! The version is told by the flags of `/config`, as each of them lists those that it knows.

use quay_emulator::Fault;
use quaymaster::quay::version;
use serde_json::{Map, Value, json};

use crate::given;
use crate::modules::table::generated;
use crate::support::{Mode, Registry};

/// A server whose `/config` is that of a version with these flags, all of them on.
fn with_flags(flags: &[&str]) -> Registry {
    let registry = given::acme();
    let features: Map<String, Value> = flags.iter().map(|flag| ((*flag).to_owned(), json!(true))).collect();
    let config = json!({"features": features, "config": {}}).to_string();
    registry.emulator.fault(Fault::status(200, "application/json", &config).on("GET", "/config"));
    registry
}

fn quay_3_12() -> Registry {
    with_flags(&["AUTO_PRUNE", "ASSIGN_OAUTH_TOKEN", "EDIT_QUOTA", "REPO_MIRROR"])
}

#[track_caller]
fn assert_refused(registry: &Registry, module: &str, options: &Value, words: &str) {
    let before = registry.emulator.writes().len();
    for mode in [Mode::Check, Mode::Real] {
        let run = registry.run_as(&registry.token, module, options.clone(), mode);
        let message = run.assert_sentence();
        assert!(message.contains(words), "{module}: {message}");
        assert!(!message.contains("Internal Server Error") && !message.contains("switch FEATURE_"), "{message}");
    }
    assert_eq!(registry.emulator.writes().len(), before, "{module} wrote something");
}

/// Quay 3.10 to 3.12 store such a policy without its pattern: every old tag would go.
#[test]
fn a_pattern_that_would_be_dropped_is_refused() {
    let registry = quay_3_12();
    registry.ok("quay_repository", json!({"name": "acme/app"}));
    let policy = json!({"method": "tags", "value": "5", "tag_pattern": "^dev", "state": "present"});
    for (module, place) in [
        ("quay_organization_prune", json!({"namespace": "acme"})),
        ("quay_repository_prune", json!({"repository": "acme/app"})),
    ] {
        let mut options = policy.clone();
        options.as_object_mut().unwrap().extend(place.as_object().unwrap().clone());
        assert_refused(&registry, module, &options, "tag_pattern needs Quay 3.13, this is 3.12");
        // What the server knows works, and one policy is all that it holds.
        options.as_object_mut().unwrap().remove("tag_pattern");
        assert!(registry.ok(module, options.clone()).changed());
        options["value"] = json!("6");
        options["append"] = json!(true);
        assert_refused(&registry, module, &options, "a second policy needs Quay 3.13, this is 3.12");
    }
}

#[test]
fn what_a_version_lacks_is_named_with_both_versions() {
    let registry = with_flags(&["AUTO_PRUNE"]);
    registry.ok("quay_repository", json!({"name": "acme/app"}));
    let notification = json!({"repository": "acme/app", "title": "expiry", "event": "repo_image_expiry", "method": "webhook",
        "image_expiry_days": 3, "config": {"url": "https://hook.example.com/x"}});
    assert_refused(
        &registry,
        "quay_notification",
        &notification,
        "the event repo_image_expiry needs Quay 3.12, this is 3.11",
    );
    registry.emulator.push_image("acme/app", "v1");
    let tag = json!({"image": "acme/app:v1", "immutable": false});
    assert!(!registry.ok("quay_tag", tag).changed(), "nothing is locked there");
}

/// The deprecated option is refused before the object is there that it is about.
#[test]
fn a_new_object_is_not_made_where_its_pruning_cannot_be() {
    let prune = |name: &str| json!({"name": name, "auto_prune_method": "tags", "auto_prune_value": "5"});
    let words = |since: &str, found: &str| format!("this needs Quay {since}, and the server is {found}");
    let old = with_flags(&["BUILD_SUPPORT"]);
    assert_refused(&old, "quay_organization", &prune("fresh"), &words("3.10", "3.9 or older"));
    assert_refused(&old, "quay_repository", &prune("acme/fresh"), &words("3.11", "3.9 or older"));
    let next = with_flags(&["AUTO_PRUNE", "UI_V2_REPO_SETTINGS"]);
    assert_refused(&next, "quay_repository", &prune("acme/fresh"), &words("3.11", "3.10"));
    assert!(next.ok("quay_organization", prune("fresh")).changed());
}

/// Without groups of OIDC the server tells nobody that it could follow some.
#[test]
fn groups_of_oidc_need_their_version() {
    let registry = with_flags(&["AUTO_PRUNE", "UI_V2_REPO_SETTINGS", "TEAM_SYNCING"]);
    registry.ok("quay_team", json!({"organization": "acme", "name": "devs"}));
    let options = json!({"organization": "acme", "name": "devs", "group_name": "devs"});
    assert_refused(&registry, "quay_team_oidc", &options, "this needs Quay 3.11, and the server is 3.10");
}

/// Before 3.16 a superuser sees neither the address nor the period of an organization of somebody else.
#[test]
fn no_difference_is_made_of_hidden_settings() {
    let registry = given::acme();
    let short = json!({"name": "acme", "email": "", "avatar": {}, "is_admin": false, "is_member": false}).to_string();
    registry.emulator.fault(Fault::status(200, "application/json", &short).on("GET", "*/v1/organization/acme"));
    let options = json!({"name": "acme", "email": "team@example.com", "time_machine_expiration": "1d"});
    for mode in [Mode::Check, Mode::Real] {
        let run = registry.run_as(&registry.token, "quay_organization", options.clone(), mode);
        assert!(!run.changed(), "{}", run.result);
        assert_eq!((run.before(), run.after()), (&json!({"name": "acme"}), &json!({"name": "acme"})));
        let warned = "email and time_machine_expiration are neither compared nor sent";
        assert!(run.warnings().iter().any(|text| text.contains(warned)), "{:?}", run.warnings());
    }
    // Nothing is said, or asked, of what nobody gave; a new name can be given all the same.
    let run = registry.ok("quay_organization", json!({"name": "acme"}));
    assert_eq!((run.warnings().len(), run.lines().len()), (0, 2), "{:?}", run.lines());
}

/// Whoever may not change the settings is told so in a check, too.
#[test]
fn hidden_settings_are_no_success_for_who_may_not_change_them() {
    let registry = given::acme();
    registry.join("dora", "devs", "member");
    let token = registry.emulator.token_for("dora", given::SCOPES);
    let options = json!({"name": "acme", "email": "team@example.com"});
    let message = registry.refused_as(&token, "quay_organization", options);
    assert!(message.contains("cannot change the settings of the organization acme"), "{message}");
}

/// Quay 3.9 to 3.13 answer a write to a route that they lack with the page of an internal error.
#[test]
fn the_page_of_an_internal_error_may_stand_for_a_missing_route() {
    let registry = quay_3_12();
    registry.ok("quay_robot", json!({"name": "acme+ci"}));
    registry.emulator.fault(Fault::html(404).on("GET", "/api/v1/organization/acme/robots/ci/federation"));
    let federation = json!({"name": "acme+ci", "federations": [{"issuer": "https://idp.example.com", "subject": "x"}]});
    assert_refused(&registry, "quay_robot", &federation, "this needs Quay 3.13, and the server is 3.12");
    registry.emulator.fault(Fault::html(404).on("GET", "/api/v1/organization/acme/mirror"));
    let mirror = json!({"organization": "acme", "external_registry_type": "quay", "external_registry_url": "https://quay.io",
        "external_namespace": "acme", "robot_username": "acme+ci", "sync_interval": 3600,
        "sync_start_date": "2030-01-01T00:00:00Z", "visibility": "private"});
    let message = registry.run("quay_org_mirror", mirror).message();
    assert!(message.contains("this needs Quay 3.17, and the server is 3.12"), "{message}");
}

/// The key is a page for an internal error up to 3.14, and required from 3.15 on.
#[test]
fn the_time_limit_of_a_mirror_is_sent_where_the_version_knows_it() {
    for (flags, sent) in
        [(&["EDIT_QUOTA", "REPO_MIRROR"][..], false), (&["SUPERUSER_CONFIGDUMP", "REPO_MIRROR"][..], true)]
    {
        let registry = with_flags(flags);
        registry.ok("quay_robot", json!({"name": "acme+ci"}));
        registry.ok("quay_repository", json!({"name": "acme/app", "repo_state": "MIRROR"}));
        let made = Fault::status(201, "application/json", "\"\"").on("POST", "/api/v1/repository/acme/app/mirror");
        registry.emulator.fault(made);
        let options = json!({"name": "acme/app", "external_reference": "quay.io/acme/app", "robot_username": "acme+ci",
            "image_tags": ["latest"], "sync_interval": 3600, "skopeo_timeout": "600s"});
        let run = registry.run("quay_repository_mirror", options);
        let body = run.body("POST /api/v1/repository/acme/app/mirror");
        assert_eq!(body.get("skopeo_timeout_interval").is_some(), sent, "{body}");
        assert_eq!(run.warnings().iter().any(|text| text.contains("needs Quay 3.15")), !sent, "{:?}", run.warnings());
    }
}

/// The public configurations of ten real servers, recorded with every feature on that the version has.
#[test]
fn the_version_of_real_servers_is_known_by_their_configuration() {
    let recorded: Map<String, Value> =
        serde_json::from_str(include_str!("../../fixtures/config_by_version.json")).unwrap();
    assert_eq!(recorded.len(), 10);
    for (name, config) in recorded {
        let minor: u32 = name.split('.').nth(1).unwrap().parse().unwrap();
        assert_eq!(version::of(&config).map(|release| release.0), Some(minor), "{name}");
    }
}

#[test]
fn the_compatibility_table_is_up_to_date() {
    let mut text = String::from(
        "# Compatibility\n\nQuaymaster is meant for Quay 3.9 and later; its tests run against an emulator of the newest. What came later than 3.9, and what happens where the server is \
         older, in check mode as\nin a run. The version is read from the server's public `/config`; a server that does not show it is \
         taken for a new one.\nGenerated from the source by `make snapshots`.\n\n| Module | What | Since Quay | An older one |\n| --- | --- | --- | --- |\n",
    );
    for version::Requirement { module, what, since, before } in quaymaster::modules::requirements() {
        let what = if what.is_empty() { "the module" } else { what };
        text.push_str(&format!("| {module} | {what} | {since} | {before} |\n"));
    }
    generated("docs/compatibility.md", &text);
}
