//! `quay_organization`.

use quay_emulator::state::PrunePolicy;
use quay_emulator::{Config, Fault};
use serde_json::{Value, json};

use crate::given::{self, SCOPES};
use crate::support::{Budget, LifeCycle, Mode, Registry};

#[test]
fn life_cycle() {
    let registry = Registry::new();
    let life = LifeCycle {
        module: "quay_organization",
        base: json!({"name": "acme"}),
        create: json!({"email": "one@example.com"}),
        update: json!({"email": "two@example.com", "time_machine_expiration": "1 week"}),
        requests: Budget { create: 2, repeat: 2, update: 3, remove: 2 },
    };
    let [create, update, remove] = life.run(&registry);
    assert_eq!(create.writes(), ["POST /api/v1/organization/"]);
    assert_eq!(update.writes(), ["PUT /api/v1/organization/acme"]);
    assert_eq!(remove.writes(), ["DELETE /api/v1/organization/acme"]);
    assert_eq!(update.after()["time_machine_expiration"], 604_800);
}

#[test]
fn a_rename_is_one_write_and_then_fulfilled() {
    let registry = Registry::new();
    registry.ok("quay_organization", json!({"name": "old"}));
    let options = json!({"name": "old", "new_name": "new", "email": "new@example.com"});
    let renamed = registry.ok("quay_organization", options.clone());
    assert!(renamed.changed());
    assert_eq!(renamed.writes(), ["PUT /api/v1/superuser/organizations/old", "PUT /api/v1/organization/new"]);
    assert!(!registry.ok("quay_organization", options).changed());
}

#[test]
fn an_expiration_that_the_server_does_not_offer_leaves_nothing_behind() {
    let registry = Registry::new();
    let message =
        registry.refused_everywhere("quay_organization", json!({"name": "acme", "time_machine_expiration": "3d"}));
    assert_eq!(
        message,
        "cannot set time_machine_expiration of acme: 259200 s is not one of the server's TAG_EXPIRATION_OPTIONS \
         (0s, 1d, 1w, 2w, 4w)"
    );
    assert!(registry.ok("quay_organization", json!({"name": "acme"})).changed());
}

/// A registry with `acme`, an administrator `alice` of it, and her token.
fn with_alice() -> (Registry, String) {
    let registry = given::acme();
    registry.join("alice", "owners", "admin");
    let token = registry.emulator.token_for("alice", SCOPES);
    (registry, token)
}

fn seed_policy(registry: &Registry, method: &str, value: Value, pattern: Option<&str>) {
    registry.emulator.with_state(|state| {
        state.organization_mut("acme").unwrap().prune.push(PrunePolicy {
            uuid: format!("uuid-{method}-{}", pattern.unwrap_or("all")),
            method: method.into(),
            value,
            tag_pattern: pattern.map(str::to_owned),
            tag_pattern_matches: true,
        });
    });
}

#[test]
fn everything_about_the_options_is_checked_before_any_request() {
    let registry = Registry::new();
    for (options, part) in [
        (json!({"name": "Acme"}), "name"),
        (json!({"name": "a"}), "2 to 255"),
        (json!({"name": "acme", "new_name": "-x"}), "new_name"),
        (json!({"name": "acme", "time_machine_expiration": "2 months"}), "time_machine_expiration"),
        (json!({"name": "acme", "time_machine_expiration": "-1"}), "not a period"),
        (json!({"name": "acme", "auto_prune_value": "3"}), "auto_prune_method"),
        (json!({"name": "acme", "auto_prune_method": "tags"}), "auto_prune_value"),
        (json!({"name": "acme", "auto_prune_method": "tags", "auto_prune_value": "0"}), "positive integer"),
        (json!({"name": "acme", "auto_prune_method": "date", "auto_prune_value": "5"}), "followed by s, m, h, d or w"),
    ] {
        let message = registry.refused_everywhere("quay_organization", options.clone());
        assert!(message.contains(part), "{options}: {message}");
    }
    assert_eq!(registry.emulator.journal().len(), 0);
}

#[test]
fn a_creation_sends_the_address_once_and_only_the_expiration_afterwards() {
    let registry = Registry::new();
    let options = json!({"name": "acme", "email": "acme@example.com", "time_machine_expiration": "1w"});
    let create = registry.ok("quay_organization", options.clone());
    assert_eq!(create.body("POST /api/v1/organization/"), &json!({"name": "acme", "email": "acme@example.com"}));
    assert_eq!(create.body("PUT /api/v1/organization/acme"), &json!({"tag_expiration_s": 604_800}));
    let again = registry.ok("quay_organization", options);
    assert!(!again.changed());
    assert_eq!(again.lines(), ["GET /api/v1/organization/acme"]);
    assert_eq!(create.after(), again.before());
}

#[test]
fn one_request_updates_what_differs_and_an_empty_address_keeps_it() {
    let registry = Registry::new();
    registry.ok("quay_organization", json!({"name": "acme", "email": "one@example.com"}));
    let both = json!({"name": "acme", "email": "two@example.com", "time_machine_expiration": "1 day"});
    let update = registry.ok("quay_organization", both);
    assert_eq!(update.writes(), ["PUT /api/v1/organization/acme"]);
    assert_eq!(
        update.body("PUT /api/v1/organization/acme"),
        &json!({"email": "two@example.com", "tag_expiration_s": 86_400})
    );
    let expiration = registry.ok("quay_organization", json!({"name": "acme", "time_machine_expiration": "0"}));
    assert_eq!(expiration.body("PUT /api/v1/organization/acme"), &json!({"tag_expiration_s": 0}));
    assert!(!registry.ok("quay_organization", json!({"name": "acme", "email": "", "new_name": ""})).changed());
}

#[test]
fn a_rename_goes_where_the_names_lead() {
    let registry = Registry::new();
    let rename = |state: &str| json!({"name": "old", "new_name": "new", "state": state});

    let created = registry.ok("quay_organization", rename("present"));
    assert_eq!(created.writes(), ["POST /api/v1/organization/"]);
    assert_eq!(created.after()["name"], "new");
    assert!(!registry.ok("quay_organization", json!({"name": "new", "new_name": "new"})).changed());

    registry.ok("quay_organization", json!({"name": "old"}));
    for state in ["present", "absent"] {
        assert_eq!(
            registry.refused_everywhere("quay_organization", rename(state)),
            "cannot rename the organization old to new: both exist already"
        );
    }
    let removed = registry.ok("quay_organization", json!({"name": "old", "state": "absent"}));
    assert_eq!(removed.writes(), ["DELETE /api/v1/organization/old"]);
    let removed = registry.ok("quay_organization", rename("absent"));
    assert_eq!(removed.writes(), ["DELETE /api/v1/organization/new"]);
    assert!(!registry.ok("quay_organization", rename("absent")).changed());
    registry.ok("quay_organization", json!({"name": "elder"}));
    let only_old = json!({"name": "elder", "new_name": "younger", "state": "absent"});
    assert_eq!(registry.ok("quay_organization", only_old).writes(), ["DELETE /api/v1/organization/elder"]);
}

#[test]
fn a_rename_brings_policies_along() {
    let registry = given::acme();
    seed_policy(&registry, "number_of_tags", json!(5), None);
    let options = json!({"name": "acme", "new_name": "newer", "auto_prune_method": "tags", "auto_prune_value": "9"});
    let checked = registry.check("quay_organization", options.clone());
    assert!(!checked.lines().contains(&"GET /api/v1/organization/newer/autoprunepolicy/".to_owned()));
    let real = registry.ok("quay_organization", options.clone());
    assert_eq!(
        real.writes(),
        [
            "PUT /api/v1/superuser/organizations/acme",
            "PUT /api/v1/organization/newer/autoprunepolicy/uuid-number_of_tags-all"
        ]
    );
    assert_eq!(real.before()["name"], "acme");
    assert_eq!(real.after()["name"], "newer");
    assert_eq!(real.result["diff"], checked.result["diff"]);
    assert!(!registry.ok("quay_organization", options).changed());
}

#[test]
fn a_rename_needs_a_free_name_and_a_superuser() {
    let (registry, alice) = with_alice();
    let to = |name: &str| json!({"name": "acme", "new_name": name});
    assert_eq!(
        registry.refused_everywhere("quay_organization", to("alice")),
        "cannot rename the organization acme to alice: a user has this name"
    );
    let run = registry.run_as(&alice, "quay_organization", to("newer"), Mode::Real);
    run.assert_failed();
    assert_eq!(
        run.message(),
        "cannot rename the organization acme to newer: Quay says \"Unauthorized\" (status 403); this needs a token with \
         the scope super:user, and a user who is a superuser"
    );
    // Taken between the look and the write.
    registry.emulator.fault(Fault::html(500).on("PUT", "/api/v1/superuser/organizations/acme").times(1));
    let message = registry.failed("quay_organization", to("newer")).message();
    assert!(message.ends_with("Quay fails like this when the new name belongs to a user"), "{message}");

    registry.emulator.fault(given::refusal("PUT", "/api/v1/superuser/organizations/acme", 404, "Not Found"));
    let message = registry.failed("quay_organization", to("newer")).message();
    assert!(message.ends_with("or this is quay.io, which renames nothing"), "{message}");

    registry.emulator.set_feature("SUPER_USERS", false);
    let run = registry.run_as(&alice, "quay_organization", to("newer"), Mode::Real);
    assert_eq!(
        run.message(),
        "cannot rename the organization acme to newer: not available on this server (status 405); \
         FEATURE_SUPER_USERS is off: switch it on in Quay's configuration"
    );
}

#[test]
fn a_server_that_ignores_the_expiration_is_found_out() {
    let registry = Registry::with(Config::default().feature("CHANGE_TAG_EXPIRATION", false));
    let options = json!({"name": "acme", "time_machine_expiration": "1w"});
    let ignored = "switch FEATURE_CHANGE_TAG_EXPIRATION on in Quay's configuration";
    let expected = format!("cannot set time_machine_expiration of acme: the server ignores it; {ignored}");
    assert_eq!(registry.refused_everywhere("quay_organization", options.clone()), expected);
    registry.ok("quay_organization", json!({"name": "acme"}));
    assert_eq!(registry.refused_everywhere("quay_organization", options.clone()), expected);
    // Without the public configuration, the answer to the write tells.
    registry.emulator.fault(Fault::html(404).at("/config"));
    let message = registry.failed("quay_organization", options).message();
    assert_eq!(message, format!("Quay ignored time_machine_expiration of acme; {ignored}"));
}

#[test]
fn what_was_done_before_a_refusal_is_told() {
    let registry = Registry::new();
    registry.emulator.fault(Fault::html(404).at("/config"));
    let run = registry.failed("quay_organization", json!({"name": "acme", "time_machine_expiration": "3d"}));
    assert_eq!(
        run.message(),
        "cannot change the settings of the organization acme: Quay says \"Invalid tag expiration option\" (status 400). \
         Done before that: create the organization acme. Not done: change the settings of the organization acme"
    );
    assert_eq!(run.result["changed"], true);
    assert_eq!(run.result["steps_done"], json!(["create the organization acme"]));
}

#[test]
fn names_that_are_taken_or_reserved() {
    let registry = given::acme();
    registry.emulator.set_setting("EMULATOR_DELETION_LAG_MS", 60_000);
    registry.emulator.add_user("bob", "password");
    let message = registry.failed("quay_organization", json!({"name": "bob"})).message();
    assert_eq!(
        message,
        "cannot create the organization bob: Quay says \"A user or organization with this name already exists\" (status \
         400); a user, or an organization made meanwhile, has this name"
    );
    registry.ok("quay_organization", json!({"name": "acme", "state": "absent"}));
    let message = registry.failed("quay_organization", json!({"name": "acme"})).message();
    assert!(message.contains("the name stays reserved until the deletion of an earlier organization"), "{message}");
}

#[test]
fn addresses_are_the_servers_business() {
    let registry = Registry::new();
    registry.emulator.add_user("bob", "password");
    let options = json!({"name": "acme", "email": "bob@example.com"});
    let message = registry.failed("quay_organization", options.clone()).message();
    assert!(message.contains("switch FEATURE_ORG_SHARED_EMAIL on"), "{message}");
    registry.emulator.set_feature("ORG_SHARED_EMAIL", true);
    registry.ok("quay_organization", options);
    let message = registry.failed("quay_organization", json!({"name": "acme", "email": "nowhere"})).message();
    assert_eq!(
        message,
        "cannot change the settings of the organization acme: Quay says \"Invalid email address\" (status 400)"
    );
}

#[test]
fn each_refused_right_is_named() {
    let (registry, alice) = with_alice();
    let bob = registry.emulator.token_for("bob", SCOPES);
    let narrow = registry.emulator.token_for("alice", &["org:admin"]);
    let run = |token: &str, options: Value| {
        let run = registry.run_as(token, "quay_organization", options, Mode::Real);
        run.assert_failed();
        run.message()
    };
    let org_admin =
        "this needs a token with the scope org:admin, and a user who is an administrator of the organization";
    for options in [json!({"name": "acme", "email": "b@example.com"}), json!({"name": "acme", "state": "absent"})] {
        assert!(run(&bob, options).ends_with(org_admin));
    }
    let create = "this needs a token with the scope user:admin, and a user who is allowed to create organizations";
    assert!(run(&narrow, json!({"name": "other"})).ends_with(create));
    registry.emulator.set_feature("SUPERUSERS_ORG_CREATION_ONLY", true);
    assert!(run(&alice, json!({"name": "other"})).ends_with(create));
    assert!(
        run("stale", json!({"name": "other"}))
            .ends_with("the token is invalid, expired, or its user is disabled: check quay_token")
    );
    assert!(run("", json!({"name": "other"})).contains("no credentials were given: set quay_token"));
}

#[test]
fn a_server_without_anonymous_access_asks_for_credentials() {
    let registry = given::acme();
    registry.emulator.set_feature("ANONYMOUS_ACCESS", false);
    for (token, part) in [("", "no credentials were given"), ("stale", "quay_token is invalid, expired")] {
        let message = registry.refused_as(token, "quay_organization", json!({"name": "acme"}));
        assert!(message.starts_with("cannot read the organization acme: ") && message.contains(part), "{message}");
    }
}

#[test]
fn a_parallel_run_that_was_faster_is_no_error() {
    let registry = given::acme();
    // The look-up still says that there is none.
    let unseen = || {
        let body = json!({"detail": "Not Found", "status": 404}).to_string();
        Fault::status(404, "application/json", &body).on("GET", "/api/v1/organization/acme").times(1)
    };
    registry.emulator.fault(unseen());
    assert!(!registry.ok("quay_organization", json!({"name": "acme"})).changed());
    registry.emulator.fault(unseen());
    let message = registry.failed("quay_organization", json!({"name": "acme", "email": "x@example.com"})).message();
    assert!(message.contains("an organization made meanwhile, has this name"), "{message}");
    registry.emulator.fault(given::refusal("DELETE", "/api/v1/organization/acme", 404, "Not Found"));
    assert!(!registry.ok("quay_organization", json!({"name": "acme", "state": "absent"})).changed());
}

#[test]
fn the_deprecated_pruning_spares_policies_with_a_pattern() {
    let registry = given::acme();
    seed_policy(&registry, "number_of_tags", json!(5), Some("^v"));
    let tags = |count: &str| json!({"name": "acme", "auto_prune_method": "tags", "auto_prune_value": count});

    // A policy with a pattern is not an equal one.
    let created = registry.ok("quay_organization", tags("5"));
    assert_eq!(created.writes(), ["POST /api/v1/organization/acme/autoprunepolicy/"]);
    assert_eq!(created.before()["auto_prune"], json!([{"method": "tags", "value": 5, "tag_pattern": "^v"}]),);
    let notices = created.result["deprecations"].as_array().unwrap();
    assert_eq!(notices.len(), 2);
    assert_eq!(notices[0]["msg"].as_str().map(|text| text.contains("quay_organization_prune")), Some(true));

    let again = registry.ok("quay_organization", tags(" 5 "));
    assert!(!again.changed());
    assert_eq!(created.after(), again.before());

    let changed = registry
        .ok("quay_organization", json!({"name": "acme", "auto_prune_method": "date", "auto_prune_value": "4 w"}));
    assert_eq!(
        changed.after()["auto_prune"],
        json!([
            {"method": "date", "value": "4w", "tag_pattern": null},
            {"method": "tags", "value": 5, "tag_pattern": "^v"},
        ])
    );
    let write = changed.writes().remove(0);
    assert!(write.starts_with("PUT /api/v1/organization/acme/autoprunepolicy/"), "{write}");
    assert!(!write.ends_with("uuid-number_of_tags-^v"), "{write}");

    let none = registry.ok("quay_organization", json!({"name": "acme", "auto_prune_method": "none"}));
    assert_eq!(none.writes().len(), 2, "all policies go");
    assert_eq!(none.after()["auto_prune"], json!([]));
    assert!(!registry.ok("quay_organization", json!({"name": "acme", "auto_prune_method": "none"})).changed());
}

#[test]
fn without_the_pruning_feature_nothing_is_created() {
    let registry = Registry::with(Config::default().feature("AUTO_PRUNE", false));
    let options = json!({"name": "acme", "auto_prune_method": "tags", "auto_prune_value": "5"});
    assert_eq!(
        registry.refused_everywhere("quay_organization", options.clone()),
        "cannot create an auto-prune policy for the organization acme: FEATURE_AUTO_PRUNE is off: switch it on in Quay's \
         configuration"
    );
    registry.ok("quay_organization", json!({"name": "acme"}));
    assert_eq!(
        registry.refused_everywhere("quay_organization", options),
        "cannot read the auto-prune policies of the organization acme: not available on this server (status 404); \
         FEATURE_AUTO_PRUNE is off: switch it on in Quay's configuration"
    );
}

/// Quay takes `_` for any character when it looks for the robots of a namespace, also for their deletion.
#[test]
fn robots_of_a_look_alike_keep_an_organization_from_being_deleted() {
    let registry = Registry::new();
    registry.ok("quay_organization", json!({"name": "a_b"}));
    for name in ["a-b", "axb", "a-bc"] {
        registry.ok("quay_organization", json!({"name": name}));
    }
    for name in ["a_b+own", "a-b+ci", "axb+deploy", "a-bc+other"] {
        registry.ok("quay_robot", json!({"name": name}));
    }
    registry.emulator.clear_journal();
    let gone = json!({"name": "a_b", "state": "absent"});
    for mode in [Mode::Check, Mode::Real] {
        let message = registry.run_as(&registry.token, "quay_organization", gone.clone(), mode).message();
        assert!(message.contains("a-b+ci, axb+deploy; delete it with force: true"), "{message}");
        assert!(!message.contains("a_b+own") && !message.contains("a-bc"), "{message}");
    }
    assert!(registry.emulator.writes().iter().all(|request| request.method != "DELETE"));
    assert!(registry.ok("quay_organization", json!({"name": "a_b", "state": "absent", "force": true})).changed());
    let left = |name: &str| registry.emulator.with_state(|state| state.robot(name).is_some());
    assert_eq!(["a-b+ci", "axb+deploy", "a-bc+other"].map(left), [false, false, true], "as Quay does");
    registry.ok("quay_organization", json!({"name": "a_b2"}));
    assert!(
        registry.ok("quay_organization", json!({"name": "a_b2", "state": "absent"})).changed(),
        "no robots of others"
    );
}

/// Before Quay 3.18 an organization without an address shows a random identifier.
#[test]
fn an_identifier_is_no_address() {
    let registry = given::acme();
    let found = json!({"name": "acme", "email": "1b4e28ba-2fa1-11d2-883f-0016d3cca427", "is_admin": true});
    registry
        .emulator
        .fault(Fault::status(200, "application/json", &found.to_string()).on("GET", "*/v1/organization/acme").times(1));
    let run = registry.ok("quay_organization", json!({"name": "acme", "email": "a@example.com"}));
    assert_eq!((run.before()["email"].as_str(), run.after()["email"].as_str()), (Some(""), Some("a@example.com")));
}

#[test]
fn an_address_is_removed_by_its_own_word() {
    let registry = Registry::new();
    registry.ok("quay_organization", json!({"name": "acme", "email": "one@example.com"}));
    let none = || json!({"name": "acme", "email": "none"});
    let run = registry.ok("quay_organization", none());
    assert_eq!(run.body("PUT /api/v1/organization/acme"), &json!({"email": ""}));
    assert_eq!((&run.before()["email"], &run.after()["email"]), (&json!("one@example.com"), &json!("")));
    assert!(!registry.ok("quay_organization", none()).changed());
    // A new one has none anyway.
    let run = registry.ok("quay_organization", json!({"name": "other", "email": "none"}));
    assert_eq!(run.body("POST /api/v1/organization/"), &json!({"name": "other"}));
}

#[test]
fn invoices_are_set_after_the_creation_and_changed_together() {
    let registry = Registry::new();
    let options = json!({"name": "acme", "email": "it@example.com", "invoice_email": true,
        "invoice_email_address": "money@example.com"});
    let run = registry.ok("quay_organization", options.clone());
    assert_eq!(run.body("POST /api/v1/organization/"), &json!({"name": "acme", "email": "it@example.com"}));
    assert_eq!(
        run.body("PUT /api/v1/organization/acme"),
        &json!({"invoice_email": true, "invoice_email_address": "money@example.com"})
    );
    assert!(!registry.ok("quay_organization", options).changed());
    let gone = || json!({"name": "acme", "invoice_email": false, "invoice_email_address": "none"});
    let run = registry.ok("quay_organization", gone());
    assert_eq!(
        run.body("PUT /api/v1/organization/acme"),
        &json!({"invoice_email": false, "invoice_email_address": null})
    );
    assert!(!registry.ok("quay_organization", gone()).changed());
    let run = registry.ok("quay_organization", json!({"name": "other", "invoice_email": false}));
    assert_eq!(run.writes(), ["POST /api/v1/organization/"]);
}
