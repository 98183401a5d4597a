//! `quay_user`.

use quay_emulator::{Config, Fault};
use serde_json::json;

use crate::support::{Budget, LifeCycle, Mode, Registry};

const MODULE: &str = "quay_user";
const ALICE: &str = "/api/v1/superuser/users/alice";

fn create(registry: &Registry) {
    registry.ok(MODULE, json!({"username": "alice", "email": "alice@example.com"}));
}

#[test]
fn life_cycle() {
    let registry = Registry::new();
    let life = LifeCycle {
        module: MODULE,
        base: json!({"username": "alice"}),
        create: json!({"email": "alice@example.com"}),
        update: json!({"email": "new@example.com", "enabled": false}),
        requests: Budget { create: 2, repeat: 1, update: 2, remove: 5 },
    };
    let [create, update, remove] = life.run(&registry);
    assert_eq!(create.writes(), ["POST /api/v1/superuser/users/"]);
    assert_eq!(create.after(), &json!({"username": "alice", "email": "alice@example.com", "enabled": true}));
    assert_eq!(update.writes(), [format!("PUT {ALICE}")]);
    // The account is disabled by now: Quay would not delete it as it is.
    assert_eq!(remove.writes(), [format!("PUT {ALICE}"), format!("DELETE {ALICE}")]);
    assert_eq!(remove.requests[2].request, json!({"enabled": true}));
}

#[test]
fn an_enabled_account_is_deleted_after_a_look_at_the_organizations() {
    let registry = Registry::new();
    create(&registry);
    let run = registry.ok(MODULE, json!({"username": "alice", "state": "absent"}));
    assert_eq!(
        run.lines(),
        [format!("GET {ALICE}"), "GET /api/v1/superuser/organizations/".into(), format!("DELETE {ALICE}")]
    );
}

#[test]
fn everything_is_set_right_after_the_creation() {
    let registry = Registry::new();
    let options = json!({"username": "alice", "password": "pass-word-1", "enabled": false, "superuser": true});
    let checked = registry.check(MODULE, options.clone());
    let run = registry.ok(MODULE, options);
    assert_eq!(checked.result["diff"], run.result["diff"]);
    assert_eq!(run.after(), &json!({"username": "alice", "enabled": false, "superuser": true, "password": "********"}));
    assert_eq!(run.requests.len(), 3);
    assert_eq!(run.requests[1].request, json!({"username": "alice"}));
    assert_eq!(run.requests[2].request, json!({"password": "pass-word-1", "enabled": false, "superuser": true}));
    assert_eq!(run.warnings(), ["the account alice becomes a superuser when Quay is restarted"]);
    run.assert_hides("pass-word-1");
}

#[test]
fn false_for_superuser_of_a_new_account_sends_nothing() {
    let registry = Registry::new();
    let run = registry.ok(MODULE, json!({"username": "alice", "superuser": false}));
    assert_eq!(run.writes(), ["POST /api/v1/superuser/users/"]);
    assert!(!registry.ok(MODULE, json!({"username": "alice", "superuser": false})).changed());
}

#[test]
fn a_refused_setting_leaves_the_account_for_the_next_run() {
    let registry = Registry::new();
    registry.emulator.fault(Fault::html(500).on("PUT", ALICE).times(1));
    let options = json!({"username": "alice", "superuser": true});
    let run = registry.run(MODULE, options.clone());
    assert_eq!(run.code, 1);
    assert_eq!(run.result["changed"], true);
    assert_eq!(
        run.message(),
        "cannot set superuser of the new account alice: Quay says \"500\" (status 500); for superuser, SUPER_USERS must \
         stand in Quay's configuration file; see Quay's log otherwise. Done before that: create the account alice. Not \
         done: set superuser of the new account alice"
    );
    assert_eq!(registry.ok(MODULE, options).writes(), [format!("PUT {ALICE}")]);
}

#[test]
fn a_password_is_always_sent_and_always_a_change() {
    let registry = Registry::new();
    create(&registry);
    for _ in 0..2 {
        let options = json!({"username": "alice", "password": "pass-word-1"});
        let run = registry.ok(MODULE, options.clone());
        assert!(run.changed() && registry.check(MODULE, options).changed());
        assert_eq!(run.warnings().len(), 1);
        assert_eq!(run.before(), &json!({"username": "alice", "enabled": true}));
        assert_eq!(run.after()["password"], "********");
        run.assert_hides("pass-word-1");
    }
    assert!(!registry.ok(MODULE, json!({"username": "alice", "password": "", "email": ""})).changed());
}

#[test]
fn an_account_without_an_address_shows_none() {
    let registry = Registry::new();
    registry.ok(MODULE, json!({"username": "alice"}));
    let run = registry.ok(MODULE, json!({"username": "alice", "email": "alice@example.com"}));
    assert_eq!(run.before()["email"], "");
    assert_eq!(run.after()["email"], "alice@example.com");
}

#[test]
fn superusers_are_left_alone() {
    let registry = Registry::new();
    let unchanged = |options| {
        let run = registry.ok(MODULE, options);
        assert!(!run.changed() && run.writes().is_empty());
        run.warnings().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let same = json!({"username": "admin", "email": "admin@example.com", "enabled": true, "superuser": true});
    assert_eq!(unchanged(same), Vec::<String>::new());
    assert_eq!(
        unchanged(json!({"username": "admin", "email": "other@example.com", "superuser": false})),
        [
            "email, superuser of the account admin cannot be changed: it is a superuser, and Quay does not change superusers"
        ]
    );
    assert_eq!(
        unchanged(json!({"username": "admin", "state": "absent"})),
        ["the account admin stays: it is a superuser, and Quay does not delete superusers"]
    );
}

#[test]
fn a_deletion_that_quay_only_pretends_disables_the_account_again() {
    let registry = Registry::new();
    registry.ok(MODULE, json!({"username": "alice", "enabled": false}));
    registry.emulator.fault(Fault::status(204, "text/html", "").on("DELETE", ALICE).times(1));
    let run = registry.run(MODULE, json!({"username": "alice", "state": "absent"}));
    assert_eq!(run.result["changed"], false);
    assert_eq!(
        run.message(),
        "cannot delete the account alice: Quay agreed, but it is still there. Taken back: enable the account alice, as \
         only enabled ones can be deleted (disable the account alice again). Not done: delete the account alice"
    );
    registry
        .emulator
        .fault(Fault::status(400, "application/json", r#"{"message": "no"}"#).on("DELETE", ALICE).times(1));
    assert!(registry.run(MODULE, json!({"username": "alice", "state": "absent"})).message().contains("Taken back"));
    assert!(!registry.ok(MODULE, json!({"username": "alice", "enabled": false})).changed());
}

#[test]
fn values_are_checked_before_any_request() {
    let registry = Registry::new();
    for (options, text) in [
        (json!({"username": "Alice"}), "username: \"Alice\" is not a name that Quay accepts"),
        (json!({"username": "a"}), "username: "),
        (json!({"username": "alice", "email": "alice"}), "email: \"alice\" is not an e-mail address"),
        (json!({"username": "alice", "password": "short"}), "password: a password has 8 characters or more"),
        (json!({"username": "alice", "password": "long enough"}), "password: a password has 8 characters or more"),
    ] {
        let run = registry.run(MODULE, options);
        run.assert_refused();
        assert!(run.message().contains(text), "{}", run.message());
        assert!(run.requests.is_empty());
    }
}

#[test]
fn a_name_that_is_taken_is_refused_in_both_modes() {
    let registry = Registry::new();
    registry.ok("quay_organization", json!({"name": "acme"}));
    let checked = registry.check(MODULE, json!({"username": "acme"}));
    assert_eq!(
        checked.message(),
        "cannot create the account acme: the name belongs to another account or to an organization: choose another one"
    );
    assert_eq!(
        registry.run(MODULE, json!({"username": "acme"})).message(),
        "cannot create the account acme: Quay says \"Username has already been taken by organization cannot be reused: \
         acme\" (status 400); the name belongs to another account or to an organization: choose another one"
    );
}

#[test]
fn a_name_that_is_still_cleaned_up_is_explained() {
    let registry = Registry::with(Config::default().setting("EMULATOR_DELETION_LAG_MS", 60_000));
    create(&registry);
    registry.ok(MODULE, json!({"username": "alice", "state": "absent"}));
    let message = registry.run(MODULE, json!({"username": "alice"})).message();
    assert!(message.contains("still reserved for a deleted account"), "{message}");
}

#[test]
fn an_address_is_needed_when_the_server_sends_mail() {
    let registry = Registry::with(Config::default().feature("MAILING", true));
    for run in
        [registry.check(MODULE, json!({"username": "alice"})), registry.run(MODULE, json!({"username": "alice"}))]
    {
        assert!(run.message().contains("needed") && run.message().contains("FEATURE_MAILING"), "{}", run.message());
    }
}

#[test]
fn an_address_of_another_account_is_refused() {
    let registry = Registry::new();
    create(&registry);
    registry.ok(MODULE, json!({"username": "bob"}));
    for name in ["bob", "carol"] {
        let message = registry.run(MODULE, json!({"username": name, "email": "alice@example.com"})).message();
        assert!(message.contains("another account has this e-mail address"), "{message}");
    }
}

#[test]
fn accounts_of_a_directory_cannot_be_managed() {
    let registry = Registry::new();
    create(&registry);
    registry.emulator.set_setting("AUTHENTICATION_TYPE", "LDAP");
    for run in [
        registry.check(MODULE, json!({"username": "bob"})),
        registry.run(MODULE, json!({"username": "bob"})),
        registry.run(MODULE, json!({"username": "alice", "password": "pass-word-1"})),
    ] {
        assert_eq!(run.code, 1);
        assert!(run.message().contains("AUTHENTICATION_TYPE Database"), "{}", run.message());
    }
}

#[test]
fn missing_rights_and_features_are_named() {
    let registry = Registry::new();
    let token = registry.emulator.token_for("admin", &["user:admin"]);
    let run = registry.run_as(&token, MODULE, json!({"username": "alice"}), Mode::Check);
    assert!(run.message().contains("scope super:user, and a user who is a superuser"), "{}", run.message());
    registry.emulator.set_feature("SUPER_USERS", false);
    let message = registry.refused_everywhere(MODULE, json!({"username": "alice"}));
    assert!(message.contains("FEATURE_SUPER_USERS is off: switch it on"), "{message}");
}

/// A superuser's deletion is forced: the organization would be left without anybody who administers it.
#[test]
fn the_last_administrator_of_an_organization_stays() {
    let registry = Registry::new();
    for name in ["alice", "bob"] {
        registry.emulator.add_user(name, "password");
    }
    let alice = registry.emulator.token_for("alice", &["org:admin", "user:admin"]);
    for name in ["hers", "theirs"] {
        registry.run_as(&alice, "quay_organization", json!({"name": name}), Mode::Real);
    }
    let owners =
        json!({"organization": "theirs", "name": "owners", "role": "admin", "members": ["bob"], "append": true});
    assert!(registry.run_as(&alice, "quay_team", owners, Mode::Real).changed());
    let gone = json!({"username": "alice", "state": "absent"});
    for mode in [Mode::Check, Mode::Real] {
        let message = registry.run_as(&registry.token, MODULE, gone.clone(), mode).message();
        assert!(
            message.contains("it is the last administrator of hers; add somebody to the team owners there"),
            "{message}"
        );
    }
    let run = registry.run_as(
        &alice,
        "quay_team",
        json!({"organization": "hers", "name": "owners", "role": "admin",
        "members": ["bob"], "append": true}),
        Mode::Real,
    );
    assert!(run.changed(), "{}", run.message());
    assert!(registry.ok(MODULE, gone).changed());
    let message = registry.run(MODULE, json!({"username": "bob", "state": "absent"})).message();
    assert!(message.contains("the last administrator of hers, theirs"), "{message}");
    assert!(registry.ok(MODULE, json!({"username": "bob", "state": "absent", "force": true})).changed());
}

/// Whoever cannot sign in administers nothing.
#[test]
fn a_disabled_administrator_is_none_that_is_left() {
    let registry = Registry::new();
    for name in ["alice", "bob"] {
        registry.emulator.add_user(name, "password");
    }
    let alice = registry.emulator.token_for("alice", &["org:admin", "user:admin"]);
    registry.run_as(&alice, "quay_organization", json!({"name": "hers"}), Mode::Real);
    let owners = json!({"organization": "hers", "name": "owners", "members": ["bob"], "append": true});
    assert!(registry.run_as(&alice, "quay_team", owners, Mode::Real).changed());
    assert!(registry.ok(MODULE, json!({"username": "bob", "enabled": false})).changed());
    let gone = json!({"username": "alice", "state": "absent"});
    let message = registry.run(MODULE, gone.clone()).message();
    assert!(message.contains("it is the last administrator of hers;"), "{message}");
    assert!(registry.ok(MODULE, json!({"username": "bob", "enabled": true})).changed());
    assert!(registry.ok(MODULE, gone).changed());
}

/// Before 3.16 an organization hides from a superuser which of its teams administer it.
#[test]
fn an_administrator_by_a_team_that_is_hidden_is_no_common_member() {
    let registry = Registry::with(Config::default().quay("3.12"));
    registry.emulator.add_user("alice", "password");
    registry.ok("quay_organization", json!({"name": "acme"}));
    registry.ok("quay_team", json!({"name": "boss", "organization": "acme", "role": "admin", "members": ["alice"]}));
    registry.emulator.with_state(|state| {
        let teams = &mut state.namespaces.get_mut("acme").unwrap().teams;
        teams.get_mut("owners").unwrap().members.clear();
    });
    let gone = json!({"username": "alice", "state": "absent"});
    let run = registry.check(MODULE, gone);
    let warned = "whether alice is the last administrator of acme could not be seen";
    assert!(run.warnings().iter().any(|text| text.contains(warned)), "{}", run.result);
}

#[test]
fn robots_of_others_that_cannot_be_seen_are_warned_of() {
    let registry = Registry::new();
    registry.emulator.add_user("a_b", "password");
    let refused = Fault::status(403, "application/json", r#"{"message": "Unauthorized"}"#);
    registry.emulator.fault(refused.on("GET", "*/a_b/robots"));
    let run = registry.check(MODULE, json!({"username": "a_b", "state": "absent"}));
    let warned = "whether robot accounts of others go with the account a_b could not be seen";
    assert!(run.warnings().iter().any(|text| text.contains(warned)), "{}", run.result);
}

#[test]
fn organizations_that_cannot_be_judged_are_named() {
    let registry = Registry::new();
    registry.emulator.add_user("alice", "password");
    registry.ok("quay_organization", json!({"name": "acme"}));
    registry
        .emulator
        .fault(Fault::status(403, "application/json", r#"{"message": "Unauthorized"}"#).on("GET", "*/acme/members"));
    let gone = json!({"username": "alice", "state": "absent"});
    let warned = "whether alice is the last administrator of acme could not be seen";
    for mode in [Mode::Check, Mode::Real] {
        let run = registry.run_as(&registry.token, MODULE, gone.clone(), mode);
        assert!(run.changed() && run.warnings().iter().any(|text| text.contains(warned)), "{}", run.result);
    }
}

#[test]
fn an_account_gets_changes_and_loses_its_quota() {
    let registry = Registry::new();
    let quota = |size: &str| json!({"username": "alice", "quota": size});
    let run = registry.ok(MODULE, quota("10 GiB"));
    assert_eq!(run.writes(), ["POST /api/v1/superuser/users/".to_owned(), format!("POST {ALICE}/quota")]);
    assert_eq!(run.after(), &json!({"username": "alice", "enabled": true, "quota": 10_737_418_240_u64}));
    let repeat = registry.ok(MODULE, quota("10 GiB"));
    assert_eq!((repeat.changed(), repeat.requests.len()), (false, 1));
    assert!(!registry.ok(MODULE, json!({"username": "alice"})).changed());

    let run = registry.ok(MODULE, json!({"username": "alice", "quota": "1 GB", "enabled": false}));
    assert_eq!(run.writes(), [format!("PUT {ALICE}"), format!("PUT {ALICE}/quota/1")]);
    let run = registry.ok(MODULE, quota("0"));
    assert_eq!((&run.before()["quota"], &run.after()["quota"]), (&json!(1_000_000_000), &json!(0)));
    assert_eq!(run.writes(), [format!("DELETE {ALICE}/quota/1")]);
    assert!(!registry.ok(MODULE, quota("0")).changed());
    let message = registry.refused_everywhere(MODULE, quota("much"));
    assert!(message.contains("is not a size"), "{message}");
}

#[test]
fn a_superuser_gets_a_quota_and_no_other_change() {
    let registry = Registry::new();
    let run = registry.ok(MODULE, json!({"username": "admin", "quota": "1 GB", "enabled": false}));
    assert_eq!(run.writes(), ["POST /api/v1/superuser/users/admin/quota"]);
    assert_eq!(run.after(), &json!({"username": "admin", "enabled": true, "quota": 1_000_000_000}));
    assert!(run.warnings()[0].starts_with("enabled of the account admin cannot be changed"), "{:?}", run.warnings());
    assert!(!registry.ok(MODULE, json!({"username": "admin", "quota": "1 GB"})).changed());
}

#[test]
fn a_quota_is_refused_before_the_account_is_made_where_the_server_has_none() {
    for feature in ["QUOTA_MANAGEMENT", "EDIT_QUOTA"] {
        let registry = Registry::with(Config::default().feature(feature, false));
        let message = registry.refused_everywhere(MODULE, json!({"username": "alice", "quota": "1 GB"}));
        assert_eq!(
            message,
            format!(
                "cannot set the quota of the account alice: FEATURE_{feature} is off: switch it on in Quay's configuration"
            )
        );
        create(&registry);
        let message = registry.refused_everywhere(MODULE, json!({"username": "alice", "quota": "1 GB"}));
        assert!(message.contains(&format!("FEATURE_{feature} is off")), "{message}");
        assert!(!registry.ok(MODULE, json!({"username": "alice", "quota": "0"})).changed());
    }
}

#[test]
fn a_quota_that_quay_did_not_take_is_no_success() {
    let registry = Registry::new();
    registry.ok(MODULE, json!({"username": "alice", "quota": "5"}));
    let kept = r#"{"id": 1, "limit_bytes": 5, "limits": []}"#;
    registry.emulator.fault(Fault::status(200, "application/json", kept).on("PUT", &format!("{ALICE}/quota")));
    let message = registry.run(MODULE, json!({"username": "alice", "quota": "6"})).message();
    assert!(message.ends_with("Quay agreed and kept another size"), "{message}");
}

#[test]
fn a_first_password_that_was_refused_is_not_forgotten() {
    let registry = Registry::new();
    registry.emulator.fault(Fault::html(500).on("PUT", ALICE).times(1));
    let run =
        registry.run(MODULE, json!({"username": "alice", "password": "pass-word-1", "update_password": "on_create"}));
    let advice = "the account exists without the wanted password: run once with update_password: always";
    assert!(run.message().contains(advice), "{}", run.message());
}

#[test]
fn a_password_can_be_set_for_a_new_account_only() {
    let registry = Registry::new();
    let options = json!({"username": "alice", "password": "pass-word-1", "update_password": "on_create"});
    let run = registry.ok(MODULE, options.clone());
    assert_eq!(run.requests[2].request, json!({"password": "pass-word-1"}));
    assert_eq!(run.result.get("password"), None, "it is known already");
    let run = registry.ok(MODULE, options);
    assert!(!run.changed() && run.warnings().is_empty());
    let other =
        json!({"username": "alice", "password": "pass-word-2", "update_password": "on_create", "enabled": false});
    let run = registry.ok(MODULE, other);
    assert_eq!(run.requests[1].request, json!({"enabled": false}));
    assert_eq!(run.after(), &json!({"username": "alice", "enabled": false}));
}

#[test]
fn the_password_that_quay_makes_is_returned_once() {
    let registry = Registry::new();
    let options = json!({"username": "alice"});
    assert_eq!(registry.check(MODULE, options.clone()).result.get("password"), None);
    let run = registry.ok(MODULE, options.clone());
    let password = run.result["password"].as_str().unwrap();
    assert_eq!(password.len(), 32);
    let whole = run.result.to_string();
    assert_eq!(whole.matches(password).count(), 1, "{whole}");
    assert!(!whole.contains("encrypted_password"), "{whole}");
    assert_eq!(registry.ok(MODULE, options).result.get("password"), None);
}
