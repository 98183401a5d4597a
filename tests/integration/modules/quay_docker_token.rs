//! `quay_docker_token`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quay_emulator::state::AppToken;
use quay_emulator::{Config, Fault};
use serde_json::{Value, json};

use crate::given::{self, SCOPES};
use crate::support::{Mode, Registry, Run};

const PATH: &str = "/api/v1/user/apptoken";
const SECRETS: [&str; 3] = ["token_code", "auth_b64", "dockerconfigjson_b64"];
const HOUR: i64 = 3_600_000_000;

fn named(name: &str) -> Value {
    json!({"name": name})
}

fn absent(name: &str) -> Value {
    json!({"name": name, "state": "absent"})
}

/// Gives `admin` a token; times are hours from now.
fn seed(registry: &Registry, uuid: &str, title: &str, created: i64, expiration: Option<i64>) {
    let now = jiff::Timestamp::now().as_microsecond();
    registry.emulator.with_state(|state| {
        state.user_mut("admin").unwrap().app_tokens.push(AppToken {
            uuid: uuid.into(),
            title: title.into(),
            code: format!("CODE-OF-{}", uuid.to_uppercase()),
            created: now + created * HOUR,
            last_accessed: None,
            expiration: expiration.map(|hours| now + hours * HOUR),
        });
    });
}

/// Every secret stands under its own key and nowhere else.
fn assert_only_under_their_keys(run: &Run) {
    for key in SECRETS {
        let secret = run.result[key].as_str().unwrap();
        assert_eq!(run.printed.matches(secret).count(), 1, "{key} in {}", run.printed);
    }
}

#[test]
fn a_token_is_created_returned_and_revoked() {
    let registry = Registry::new();
    let checked = registry.check("quay_docker_token", named("cluster"));
    assert!(checked.changed());
    assert_eq!(checked.writes(), Vec::<String>::new());
    assert_eq!(checked.result["name"], "cluster");
    assert_eq!(checked.result["username"], "$app");
    for key in SECRETS.into_iter().chain(["uuid", "created"]) {
        assert_eq!(checked.result.get(key), None, "{key}");
    }

    let created = registry.ok("quay_docker_token", named("cluster"));
    assert!(created.changed());
    assert_eq!(created.lines(), [format!("GET {PATH}"), format!("POST {PATH}")]);
    assert_eq!(created.body(&format!("POST {PATH}")), &json!({"title": "cluster"}));
    assert_eq!(created.result["diff"], checked.result["diff"]);
    assert_eq!(created.before(), &json!({}));
    assert_eq!(created.after(), &json!({"name": "cluster", "expiration": null}));
    assert_only_under_their_keys(&created);

    let again = registry.ok("quay_docker_token", named("cluster"));
    assert!(!again.changed());
    assert_eq!(again.requests.len(), 2);
    assert_eq!(again.writes(), Vec::<String>::new());
    assert_only_under_their_keys(&again);
    for key in ["name", "uuid", "username", "created", "last_accessed", "expiration"].into_iter().chain(SECRETS) {
        assert_eq!(again.result.get(key), created.result.get(key), "{key}");
    }
    assert_eq!(again.before(), created.after());
    let checked = registry.check("quay_docker_token", named("cluster"));
    assert_eq!(checked.result["token_code"], again.result["token_code"], "an existing token is told in check mode too");

    let uuid = created.result["uuid"].as_str().unwrap();
    assert!(registry.check("quay_docker_token", absent("cluster")).changed());
    let revoked = registry.ok("quay_docker_token", absent("cluster"));
    assert_eq!(revoked.writes(), [format!("DELETE {PATH}/{uuid}")]);
    assert_eq!(revoked.before(), &json!({"name": "cluster", "expiration": null}));
    assert_eq!(revoked.after(), &json!({}));
    assert_eq!(revoked.result.get("username"), None);
    let gone = registry.ok("quay_docker_token", absent("cluster"));
    assert!(!gone.changed());
    assert_eq!(gone.lines(), [format!("GET {PATH}")]);
}

#[test]
fn the_forms_of_a_token_are_those_that_clients_read() {
    let registry = Registry::new();
    let run = registry.ok("quay_docker_token", named("cluster"));
    let text = |key: &str| String::from_utf8(STANDARD.decode(run.result[key].as_str().unwrap()).unwrap()).unwrap();
    assert_eq!(text("auth_b64"), format!("$app:{}", run.result["token_code"].as_str().unwrap()));
    let config: Value = serde_json::from_str(&text("dockerconfigjson_b64")).unwrap();
    let host = registry.emulator.url().trim_start_matches("http://").to_owned();
    assert_eq!(config, json!({"auths": {host: {"auth": run.result["auth_b64"], "email": ""}}}));
}

#[test]
fn titles_are_case_sensitive_and_belong_to_their_user() {
    let registry = Registry::new();
    let token = registry.ok("quay_docker_token", named("cluster")).result["uuid"].clone();
    assert!(registry.ok("quay_docker_token", named("Cluster")).changed());
    let bob = registry.emulator.token_for("bob", SCOPES);
    let other = registry.run_as(&bob, "quay_docker_token", named("cluster"), Mode::Real);
    assert!(other.changed());
    assert_ne!(other.result["uuid"], token);
}

#[test]
fn a_login_serves_as_well_as_a_token() {
    let registry = Registry::new();
    let options = json!({
        "quay_host": registry.emulator.url(), "quay_username": "admin", "quay_password": "password", "name": "cluster"
    });
    let run = registry.run_raw("quay_docker_token", options, Mode::Real);
    assert!(run.changed());
    assert!(!registry.ok("quay_docker_token", named("cluster")).changed());
}

#[test]
fn the_newest_live_token_is_returned() {
    let registry = Registry::new();
    seed(&registry, "old", "cluster", -5, None);
    seed(&registry, "newest", "cluster", -1, Some(5));
    seed(&registry, "middle", "cluster", -3, None);
    seed(&registry, "expired", "cluster", -2, Some(-1));
    let run = registry.ok("quay_docker_token", named("cluster"));
    assert!(!run.changed());
    assert_eq!(run.result["uuid"], "newest");
    assert_eq!(run.requests.len(), 2);
    assert_eq!(run.after()["expiration"], run.result["expiration"]);
}

#[test]
fn of_two_tokens_of_one_second_the_later_one_is_returned() {
    let registry = Registry::new();
    seed(&registry, "first", "cluster", -1, None);
    seed(&registry, "second", "cluster", -1, None);
    assert_eq!(registry.ok("quay_docker_token", named("cluster")).result["uuid"], "second");
}

#[test]
fn an_expired_token_counts_as_none_and_is_revoked_all_the_same() {
    let registry = Registry::new();
    seed(&registry, "expired", "cluster", -2, Some(-1));
    assert!(registry.check("quay_docker_token", named("cluster")).changed());
    let created = registry.ok("quay_docker_token", named("cluster"));
    assert!(created.changed());
    assert_ne!(created.result["uuid"], "expired");
    assert!(!registry.ok("quay_docker_token", named("cluster")).changed());
    let revoked = registry.ok("quay_docker_token", absent("cluster"));
    assert_eq!(revoked.writes().len(), 2);
    assert!(!registry.ok("quay_docker_token", absent("cluster")).changed());
}

#[test]
fn a_token_that_vanishes_during_the_look_is_looked_for_once_more() {
    let registry = Registry::new();
    seed(&registry, "first", "cluster", -1, None);
    // The second list names the token that another run has made instead.
    let list =
        json!({"tokens": [{"uuid": "gone", "title": "cluster", "created": null, "expiration": null}]}).to_string();
    registry.emulator.fault(Fault::status(200, "application/json", &list).on("GET", &format!("{PATH}*")).times(1));
    let run = registry.ok("quay_docker_token", named("cluster"));
    assert!(!run.changed());
    assert_eq!(run.result["uuid"], "first");
    assert_eq!(
        run.lines(),
        [format!("GET {PATH}"), format!("GET {PATH}/gone"), format!("GET {PATH}"), format!("GET {PATH}/first")]
    );

    registry.emulator.fault(given::refusal("GET", &format!("{PATH}/first"), 404, "Not Found"));
    let run = registry.ok("quay_docker_token", named("cluster"));
    assert!(run.changed(), "gone for good: a new one");
    assert_eq!(run.writes(), [format!("POST {PATH}")]);
}

#[test]
fn an_expiration_of_the_server_is_returned() {
    let registry = Registry::with(Config::default().setting("APP_SPECIFIC_TOKEN_EXPIRATION", "30d"));
    let run = registry.ok("quay_docker_token", named("cluster"));
    assert!(run.result["expiration"].as_str().is_some_and(|text| text.ends_with("-0000")), "{}", run.result);
}

#[test]
fn the_feature_the_right_and_missing_credentials_are_named() {
    let registry = Registry::new();
    for options in [named("cluster"), absent("cluster")] {
        assert_eq!(
            registry.refused_as("", "quay_docker_token", options.clone()),
            "application tokens belong to a user: needs a login or a token with user:admin"
        );
        let narrow = registry.emulator.token_for("admin", &["user:read"]);
        assert_eq!(
            registry.refused_as(&narrow, "quay_docker_token", options.clone()),
            "cannot list the application tokens: Quay says \"Unauthorized\" (status 403); this needs a token with the scope \
             user:admin"
        );
        let stale = registry.refused_as("stale", "quay_docker_token", options.clone());
        assert!(
            stale.contains("quay_token is invalid, expired, of a disabled user, or lacks the scope user:admin"),
            "{stale}"
        );
        registry.emulator.set_feature("APP_SPECIFIC_TOKENS", false);
        assert_eq!(
            registry.refused_everywhere("quay_docker_token", options),
            "cannot list the application tokens: not available on this server (status 404); FEATURE_APP_SPECIFIC_TOKENS is off: switch it on in Quay's configuration"
        );
        registry.emulator.set_feature("APP_SPECIFIC_TOKENS", true);
    }
}

#[test]
fn a_code_that_needs_a_fresh_login_says_so() {
    let registry = Registry::new();
    seed(&registry, "first", "cluster", -1, None);
    let body = json!({"error_type": "fresh_login_required", "detail": "Fresh login required"}).to_string();
    registry.emulator.fault(Fault::status(401, "application/json", &body).on("GET", &format!("{PATH}/first")));
    let message = registry.refused_everywhere("quay_docker_token", named("cluster"));
    assert!(message.starts_with("cannot read the code of the application token cluster: "), "{message}");
    assert!(message.contains("this needs a fresh log-in"), "{message}");
}

#[test]
fn a_revocation_that_fails_in_the_middle_tells_what_is_gone_and_what_is_left() {
    let registry = Registry::new();
    for uuid in ["one", "two", "three"] {
        seed(&registry, uuid, "cluster", -1, None);
    }
    registry.emulator.fault(given::refusal("DELETE", &format!("{PATH}/two"), 500, "database is locked"));
    let run = registry.failed("quay_docker_token", absent("cluster"));
    assert_eq!(
        run.message(),
        "cannot revoke the application token cluster (two): Quay says \"database is locked\" (status 500); see the logs of \
         Quay and of what stands in front of it. Done before that: revoke the application token cluster (one). Not done: \
         revoke the application token cluster (two); revoke the application token cluster (three)"
    );
    assert_eq!(run.result["changed"], true);
    registry.emulator.fault(given::refusal("DELETE", &format!("{PATH}/two"), 404, "Not Found"));
    let run = registry.ok("quay_docker_token", absent("cluster"));
    assert_eq!(run.writes(), [format!("DELETE {PATH}/two"), format!("DELETE {PATH}/three")]);
    assert!(run.changed());
}

fn codes(registry: &Registry) -> Vec<String> {
    registry.emulator.with_state(|state| {
        state.user_mut("admin").unwrap().app_tokens.iter().map(|token| token.uuid.clone()).collect()
    })
}

#[test]
fn an_old_token_is_replaced_at_once_or_after_its_delivery() {
    let registry = Registry::new();
    seed(&registry, "old", "cluster", -48, None);
    let with = |more: Value| {
        let mut all = named("cluster");
        crate::support::merge(&mut all, more);
        all
    };
    seed(&registry, "older", "cluster", -72, None);
    let undue = with(json!({"rotate_after": "3d", "overlap": "2d"}));
    assert_eq!(registry.check("quay_docker_token", undue.clone()).result["revoked"], json!(["older"]));
    // What the one before replaced goes although that is replaced itself.
    let run = registry.check("quay_docker_token", with(json!({"rotate_after": "1d", "overlap": "7h"})));
    assert_eq!((&run.result["rotated"], &run.result["revoked"]), (&json!(true), &json!(["older"])));
    assert!(registry.ok("quay_docker_token", undue.clone()).changed());
    assert!(!registry.ok("quay_docker_token", undue).changed());
    let due = with(json!({"rotate_after": "1d", "overlap": "7h"}));
    let checked = registry.check("quay_docker_token", due.clone());
    let first = registry.ok("quay_docker_token", due.clone());
    assert_eq!(checked.result["diff"], first.result["diff"]);
    // No code is read that is not returned.
    assert_eq!(first.lines(), [format!("GET {PATH}"), format!("POST {PATH}")]);
    assert_eq!((&first.before()["tokens"], &first.after()["tokens"]), (&json!(1), &json!(2)));
    assert_eq!((&first.result["rotated"], &first.result["revoked"]), (&json!(true), &json!([])));
    assert_only_under_their_keys(&first);
    let new = first.result["uuid"].as_str().unwrap();
    // Until it is delivered nothing changes; then a task without overlap revokes the old one.
    let again = registry.ok("quay_docker_token", due);
    assert_eq!((again.changed(), &again.result["token_code"]), (false, &first.result["token_code"]));
    let over = registry.ok("quay_docker_token", with(json!({"rotate_after": "1d", "overlap": 0})));
    assert_eq!(over.writes(), [format!("DELETE {PATH}/old")]);
    assert_eq!((&over.result["rotated"], &over.result["revoked"]), (&json!(false), &json!(["old"])));
    assert_eq!(over.result["token_code"], first.result["token_code"]);
    assert_eq!(codes(&registry), [new]);
    // At once.
    seed(&registry, "older", "tool", -48, None);
    seed(&registry, "ancient", "tool", -72, None);
    let run = registry.ok("quay_docker_token", json!({"name": "tool", "rotate_after": "1d"}));
    assert_eq!(run.writes().first().unwrap(), &format!("POST {PATH}"));
    assert_eq!((run.writes().len(), &run.result["revoked"]), (3, &json!(["older", "ancient"])));
}

#[test]
fn a_token_that_ends_soon_is_replaced_and_further_ones_are_left_alone_unless_asked() {
    let registry = Registry::new();
    seed(&registry, "ends", "cluster", -5, Some(5));
    seed(&registry, "earlier", "cluster", -9, None);
    assert!(!registry.ok("quay_docker_token", named("cluster")).changed());
    assert!(!registry.ok("quay_docker_token", json!({"name": "cluster", "overlap": "6h"})).changed());
    let run = registry.check("quay_docker_token", json!({"name": "cluster", "rotate_before": "4h"}));
    assert_eq!(
        (run.changed(), &run.result["rotated"], &run.result["revoked"]),
        (true, &json!(false), &json!(["earlier"]))
    );
    let run = registry.ok("quay_docker_token", json!({"name": "cluster", "rotate_before": "6h"}));
    assert_eq!((&run.result["rotated"], &run.result["revoked"]), (&json!(true), &json!(["ends", "earlier"])));
    assert_eq!(codes(&registry).len(), 1);
}

#[test]
fn a_revocation_that_fails_leaves_the_new_token_to_the_caller() {
    let registry = Registry::new();
    seed(&registry, "old", "cluster", -48, None);
    registry.emulator.fault(Fault::html(502).on("DELETE", PATH));
    let run = registry.ok("quay_docker_token", json!({"name": "cluster", "rotate_after": "1d"}));
    assert!(run.result["token_code"].is_string());
    assert!(run.warnings()[0].starts_with("cannot revoke the application token cluster (old)"), "{:?}", run.warnings());
    registry.emulator.clear_faults();
    let next = registry.ok("quay_docker_token", json!({"name": "cluster", "rotate_after": "1d"}));
    assert_eq!((&next.result["revoked"], &next.result["token_code"]), (&json!(["old"]), &run.result["token_code"]));
    let refused =
        registry.refused_everywhere("quay_docker_token", json!({"name": "x", "rotate_before": "1d", "overlap": "1d"}));
    assert!(refused.starts_with("overlap must be shorter than rotate_before"), "{refused}");
}
