//! Servers of older versions: what they lack is refused by its name and version, before any write.
//!
//! The emulator is those servers, so that what they refuse, drop or take is theirs, too.

use quay_emulator::{Config, Fault};
use quaymaster::quay::version;
use serde_json::{Map, Value, json};

use crate::given;
use crate::modules::table::generated;
use crate::support::{Mode, Registry};

/// An older server, with every feature on that it knows.
fn server(version: &str) -> Registry {
    Registry::with(Config::default().quay(version))
}

/// An older server, with the organization `acme`.
fn quay(version: &str) -> Registry {
    given::with_acme(server(version))
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
    let registry = quay("3.12");
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

/// A server that drops the pattern says the same as one that keeps it.
#[test]
fn a_pattern_is_refused_where_the_version_cannot_be_known() {
    let registry = quay("3.12");
    registry.emulator.fault(Fault::html(403).at("/config"));
    let options = json!({"namespace": "acme", "method": "tags", "value": "5", "tag_pattern": "^dev"});
    assert_refused(&registry, "quay_organization_prune", &options, "this server does not tell its version");
}

#[test]
fn what_a_version_lacks_is_named_with_both_versions() {
    let old = quay("3.11");
    old.ok("quay_repository", json!({"name": "acme/app"}));
    let notification = json!({"repository": "acme/app", "title": "expiry", "event": "repo_image_expiry", "method": "webhook",
        "image_expiry_days": 3, "config": {"url": "https://hook.example.com/x"}});
    let words = "the event repo_image_expiry needs Quay 3.12, this is 3.11";
    assert_refused(&old, "quay_notification", &notification, words);
    let new = quay("3.12");
    new.ok("quay_repository", json!({"name": "acme/app"}));
    assert!(new.ok("quay_notification", notification.clone()).changed());
    assert!(!new.ok("quay_notification", notification).changed());
}

/// Quay 3.16 and older answer 201 to a lock, and keep none.
#[test]
fn a_lock_that_would_be_dropped_is_refused() {
    let lock = |value: bool| json!({"image": "acme/app:v1", "immutable": value});
    let old = quay("3.16");
    old.emulator.push_image("acme/app", "v1");
    assert_refused(&old, "quay_tag", &lock(true), "immutable needs Quay 3.17, this is 3.16");
    assert!(!old.ok("quay_tag", lock(false)).changed(), "nothing is locked there");
    assert!(old.ok("quay_tag", json!({"image": "acme/app:v1", "tag": "v2"})).changed(), "tags can be put");
    let new = quay("3.17");
    new.emulator.push_image("acme/app", "v1");
    assert!(new.ok("quay_tag", lock(true)).changed());
    assert!(!new.ok("quay_tag", lock(true)).changed());
}

/// Below a repository, a Quay that lacks the route takes the path for a repository: a removal then says 204.
#[test]
fn policies_that_came_later_are_refused_and_work_from_then_on() {
    let organization = json!({"namespace": "acme", "tag_pattern": "v.*"});
    let repository = json!({"repository": "acme/app", "tag_pattern": "v.*"});
    let cases = [
        (
            "3.16",
            "3.17",
            "quay_organization_immutability",
            organization,
            "this needs Quay 3.17, and the server is 3.16",
        ),
        ("3.16", "3.17", "quay_repository_immutability", repository, "this needs Quay 3.17, and the server is 3.16"),
        (
            "3.9",
            "3.10",
            "quay_organization_prune",
            json!({"namespace": "acme", "method": "tags", "value": "5"}),
            "this needs Quay 3.10, and the server is 3.9 or older",
        ),
        (
            "3.10",
            "3.11",
            "quay_repository_prune",
            json!({"repository": "acme/app", "method": "tags", "value": "5"}),
            "this needs Quay 3.11, and the server is 3.10",
        ),
    ];
    for (without, with, module, mut options, words) in cases {
        let (old, new) = (quay(without), quay(with));
        for registry in [&old, &new] {
            registry.ok("quay_repository", json!({"name": "acme/app"}));
        }
        assert_refused(&old, module, &options, words);
        assert!(new.ok(module, options.clone()).changed(), "{module}");
        options["state"] = json!("absent");
        assert_refused(&old, module, &options, words);
        assert!(new.ok(module, options).changed(), "{module}");
        assert!(!old.ok("quay_repository", json!({"name": "acme/app"})).changed(), "the repository is still there");
    }
}

#[test]
fn federations_of_an_organization_came_before_those_of_a_person() {
    let wanted =
        |name: &str| json!({"name": name, "federations": [{"issuer": "https://idp.example.com", "subject": "x"}]});
    for (version, organization, own) in
        [("3.12", false, false), ("3.13", true, false), ("3.16", true, false), ("3.17", true, true)]
    {
        let registry = quay(version);
        let robots = [("acme+ci", organization, "3.13"), ("ci", own, "3.17.2")];
        for (name, works, since) in robots {
            let words = format!("this needs Quay {since}, and the server is {version}");
            // A robot that is still to be made is not made for nothing.
            if !works {
                assert_refused(&registry, "quay_robot", &wanted(name), &words);
            }
            registry.ok("quay_robot", json!({"name": name}));
            if works {
                assert!(registry.ok("quay_robot", wanted(name)).changed(), "{version} {name}");
                assert!(!registry.ok("quay_robot", wanted(name)).changed(), "{version} {name}");
            } else {
                assert_refused(&registry, "quay_robot", &wanted(name), &words);
            }
        }
    }
}

/// 3.12 and 3.13 answer an assignment with a page, and have made it all the same.
#[test]
fn a_token_is_assigned_from_3_12_on() {
    for version in ["3.11", "3.12", "3.13", "3.14"] {
        let registry = quay(version);
        registry.emulator.add_user("alice", "password");
        let made = registry.ok("quay_application", json!({"organization": "acme", "name": "ci"}));
        let options = json!({"quay_username": "admin", "quay_password": "password", "for_user": "alice",
            "client_id": made.result["client_id"], "rights": ["repo:read"]});
        let before = registry.emulator.journal().len();
        if version == "3.11" {
            for mode in [Mode::Check, Mode::Real] {
                let message = registry.run_as("", "quay_api_token", options.clone(), mode).message();
                assert!(message.contains("for_user needs Quay 3.12, this is 3.11"), "{message}");
            }
        } else {
            let run = registry.run_as("", "quay_api_token", options, Mode::Real);
            assert!(run.changed(), "{version}: {}", run.result);
        }
        let journal = registry.emulator.journal().split_off(before);
        let assigned = journal.iter().filter(|exchange| exchange.path == "/oauth/authorize/assignuser").count();
        assert_eq!(assigned, usize::from(version != "3.11"));
    }
}

#[test]
fn information_that_came_later_is_refused_by_its_version() {
    let cases = [
        ("3.14", "3.15", "quay_config_info", json!({}), "this needs Quay 3.15, and the server is 3.14"),
        ("3.16", "3.17", "quay_capabilities_info", json!({}), "this needs Quay 3.17, and the server is 3.16"),
        (
            "3.15",
            "3.16",
            "quay_pull_stat_info",
            json!({"repository": "acme/app", "tag": "v1"}),
            "this needs Quay 3.16, and the server is 3.15",
        ),
    ];
    for (without, with, module, options, words) in cases {
        let (old, new) = (quay(without), quay(with));
        for registry in [&old, &new] {
            registry.emulator.push_image("acme/app", "v1");
        }
        assert_refused(&old, module, &options, words);
        assert!(!new.ok(module, options).changed());
    }
}

/// Before 3.12 a quota has its bytes alone; what the text means is told by the module.
#[test]
fn a_quota_is_set_and_read_by_its_bytes() {
    for version in ["3.9", "3.11", "3.12"] {
        let registry = quay(version);
        let options = |limit: &str| json!({"organization": "acme", "quota": limit});
        for limit in ["1 GiB", "2 GiB"] {
            assert!(registry.ok("quay_quota", options(limit)).changed(), "{version} {limit}");
            assert!(!registry.ok("quay_quota", options(limit)).changed(), "{version} {limit}");
        }
        let bytes =
            registry.emulator.with_state(|state| state.namespace("acme").unwrap().quota.as_ref().unwrap().limit_bytes);
        assert_eq!(bytes, 2 << 30, "{version}");
    }
}

/// The deprecated option is refused before the object is there that it is about.
#[test]
fn a_new_object_is_not_made_where_its_pruning_cannot_be() {
    let prune = |name: &str| json!({"name": name, "auto_prune_method": "tags", "auto_prune_value": "5"});
    let words = |since: &str, found: &str| format!("this needs Quay {since}, and the server is {found}");
    let old = quay("3.9");
    assert_refused(&old, "quay_organization", &prune("fresh"), &words("3.10", "3.9 or older"));
    assert_refused(&old, "quay_repository", &prune("acme/fresh"), &words("3.11", "3.9 or older"));
    let next = quay("3.10");
    assert_refused(&next, "quay_repository", &prune("acme/fresh"), &words("3.11", "3.10"));
    assert!(next.ok("quay_organization", prune("fresh")).changed());
}

/// Without groups of OIDC the server tells nobody that it could follow some.
#[test]
fn groups_of_oidc_need_their_version() {
    let registry = quay("3.10");
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

/// Before 3.14 the route of a feature that is off answers a write with the page of an internal error.
#[test]
fn a_feature_that_is_off_is_told_whatever_its_missing_route_answers() {
    for version in ["3.9", "3.13", "3.14"] {
        let registry = server(version);
        registry.emulator.set_feature("USER_INITIALIZE", false);
        let message =
            registry.run_as("", "quay_first_user", json!({"username": "first", "password": "a-password"}), Mode::Real);
        assert!(message.message().contains("FEATURE_USER_INITIALIZE is off"), "{version}: {}", message.message());
    }
}

/// Quay 3.9 to 3.13 answer a write to a route that they lack with the page of an internal error, later ones with 405.
#[test]
fn an_organization_mirror_is_refused_whatever_the_missing_route_answers() {
    let mirror = json!({"organization": "acme", "external_registry_type": "quay", "external_registry_url": "https://quay.io",
        "external_namespace": "acme", "robot_username": "acme+ci", "sync_interval": 3600,
        "sync_start_date": "2030-01-01T00:00:00Z", "visibility": "private"});
    for version in ["3.12", "3.16", "3.17"] {
        let registry = quay(version);
        registry.ok("quay_robot", json!({"name": "acme+ci"}));
        if version == "3.17" {
            assert!(registry.ok("quay_org_mirror", mirror.clone()).changed());
            continue;
        }
        let words = format!("this needs Quay 3.17, and the server is {version}");
        assert_refused(&registry, "quay_org_mirror", &mirror, &words);
        assert_refused(&registry, "quay_org_mirror", &json!({"organization": "acme", "state": "absent"}), &words);
    }
}

/// The key is a page for an internal error up to 3.14, and required from 3.15 on.
#[test]
fn the_time_limit_of_a_mirror_is_sent_where_the_version_knows_it() {
    for (version, sent) in [("3.9", false), ("3.12", false), ("3.14", false), ("3.15", true), ("3.18", true)] {
        let registry = quay(version);
        registry.ok("quay_robot", json!({"name": "acme+ci"}));
        registry.ok("quay_repository", json!({"name": "acme/app", "repo_state": "MIRROR"}));
        let options = json!({"name": "acme/app", "external_reference": "quay.io/acme/app", "robot_username": "acme+ci",
            "image_tags": ["latest"], "sync_interval": 3600, "skopeo_timeout": "600s"});
        let run = registry.ok("quay_repository_mirror", options.clone());
        let body = run.body("POST /api/v1/repository/acme/app/mirror");
        assert_eq!(body.get("skopeo_timeout_interval").is_some(), sent, "{body}");
        assert_eq!(run.warnings().iter().any(|text| text.contains("needs Quay 3.15")), !sent, "{:?}", run.warnings());
        assert!(!registry.ok("quay_repository_mirror", options).changed(), "{version}");
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
        "# Compatibility\n\nQuaymaster is meant for Quay 3.9 and later; its tests run against an emulator of the newest, and of 3.9 to 3.18 where they differ. What came later than 3.9, and what happens where the server is \
         older, in check mode as\nin a run. The version is read from the server's public `/config`; a server that does not show it is \
         taken for a new one.\nGenerated from the source by `make snapshots`.\n\n| Module | What | Since Quay | An older one |\n| --- | --- | --- | --- |\n",
    );
    for version::Requirement { module, what, since, before } in quaymaster::modules::requirements() {
        let what = if what.is_empty() { "the module" } else { what };
        text.push_str(&format!("| {module} | {what} | {since} | {before} |\n"));
    }
    generated("docs/compatibility.md", &text);
}
