//! Values that Quay takes and never shows: whether they differ cannot be told.

use serde_json::{Value, json};

use crate::apply::support::{Mass, complaints, object};
use crate::support::Registry;

const SECRET: &str = "hunter2-of-the-mirror";

fn mirrored(when: Option<&str>, tag: &str) -> Value {
    let mut registry = json!({});
    if let Some(when) = when {
        registry["update_secrets"] = json!(when);
    }
    json!({"registry": registry, "organizations": [{"name": "acme", "robots": [{"name": "sync"}],
        "repositories": [{"name": "app", "mirror": {"external_reference": "quay.io/other/app", "robot_username": "acme+sync",
            "image_tags": [tag], "sync_interval": "1h", "is_enabled": true,
            "sync_start_date": "2030-01-01T00:00:00Z",
            "external_registry_username": "me", "external_registry_password": SECRET}}]}]})
}

/// How often the secret was sent since `known` writes.
fn sent(mass: &Mass, known: usize) -> usize {
    let writes = mass.registry.emulator.writes();
    writes[known..].iter().filter(|exchange| exchange.request.to_string().contains(SECRET)).count()
}

const TITLE: &str = "mirror of acme/app";

#[track_caller]
fn title(report: &quaymaster::apply::report::Report) -> &quaymaster::apply::report::ReportedItem {
    let found = crate::apply::support::objects(report).find(|object| object.title.contains("mirror"));
    found.unwrap_or_else(|| object(report, TITLE))
}

#[test]
fn registry_engine_secrets_are_sent_with_a_new_object_whatever_is_said() {
    for when in [None, Some("never"), Some("on_change_of_other_fields"), Some("always")] {
        let mass = Mass::new();
        mass.applied(mirrored(when, "v*"));
        assert_eq!(sent(&mass, 0), 1, "{when:?}");
    }
}

#[test]
fn registry_engine_secrets_that_are_not_sent_are_counted_and_what_is_shown_of_them_is_compared() {
    let mass = Mass::new();
    mass.applied(mirrored(None, "v*"));
    let mut rotated = mirrored(None, "v*");
    rotated["organizations"][0]["repositories"][0]["mirror"]["external_registry_password"] = json!("another-secret");
    let plan = mass.plan(rotated.clone());
    assert_eq!((plan.changed(), plan.counts().secrets_not_sent), (false, 1));
    assert_eq!(plan.to_json()["counts"]["secrets_not_sent"], 1);
    let shown = quaymaster::apply::show::plan(&plan, usize::MAX);
    assert!(shown.contains("; 1 secret declared, not compared, not sent: see update_secrets; "), "{shown}");
    rotated["organizations"][0]["repositories"][0]["mirror"]["external_registry_username"] = json!("you");
    let plan = mass.plan(rotated);
    assert!(title(&plan).changed() && plan.counts().secrets_not_sent == 0, "{}", complaints(&plan));
    assert_eq!(title(&plan).resent, ["external_registry_password"]);
}

#[test]
fn registry_engine_secrets_are_usually_sent_again_with_another_change_only() {
    let mass = Mass::new();
    mass.applied(mirrored(None, "v*"));
    for when in [None, Some("on_change_of_other_fields")] {
        let known = mass.writes();
        mass.settled(mirrored(when, "v*"));
        mass.applied(mirrored(when, "v*"));
        assert_eq!(mass.writes(), known, "{when:?}");
    }
    let plan = mass.plan(mirrored(None, "w*"));
    assert_eq!(title(&plan).resent, ["external_registry_password"]);
    assert!(title(&plan).changed());
    let known = mass.writes();
    mass.applied(mirrored(None, "w*"));
    assert_eq!(sent(&mass, known), 1);
    mass.settled(mirrored(None, "w*"));
}

#[test]
fn registry_engine_secrets_are_never_sent_again_when_that_is_said() {
    let mass = Mass::new();
    mass.applied(mirrored(None, "v*"));
    let known = mass.writes();
    let plan = mass.plan(mirrored(Some("never"), "w*"));
    assert_eq!(title(&plan).resent, Vec::<&str>::new());
    mass.applied(mirrored(Some("never"), "w*"));
    assert!(mass.writes() > known);
    assert_eq!(sent(&mass, known), 0);
}

#[test]
fn registry_engine_secrets_are_sent_always_and_that_is_no_change() {
    let mass = Mass::new();
    mass.applied(mirrored(None, "v*"));
    let plan = mass.plan(mirrored(Some("always"), "v*"));
    assert_eq!(title(&plan).resent, ["external_registry_password"]);
    assert!(!plan.changed(), "sending a secret again is no change");
    for _ in 0..2 {
        let known = mass.writes();
        let report = mass.applied(mirrored(Some("always"), "v*"));
        assert!(!report.changed());
        assert_eq!(report.counts().change, 0, "{}", complaints(&report));
        assert_eq!(sent(&mass, known), 1);
    }
}

#[test]
fn registry_engine_secrets_of_a_proxy_cache_survive_its_change() {
    let mass = Mass::new();
    let build = |when: &str, expiration: &str| {
        json!({"registry": {"update_secrets": when}, "organizations": [{"name": "cache", "proxy_cache": {
            "registry": "docker.io/library", "expiration": expiration, "username": "me", "password": SECRET}}]})
    };
    mass.applied(build("never", "1d"));
    let known = mass.writes();
    mass.settled(build("never", "1d"));
    mass.applied(build("never", "1d"));
    assert_eq!(mass.writes(), known);
    let report = mass.applied(build("never", "2d"));
    assert_eq!(sent(&mass, known), 1, "Quay replaces a proxy cache as a whole");
    let resent: Vec<&str> = crate::apply::support::objects(&report).flat_map(|object| object.resent.clone()).collect();
    assert_eq!(resent, ["username", "password"]);
}

#[test]
fn registry_engine_secrets_of_a_user_follow_the_same_rule() {
    let mass = Mass::new();
    let build = |when: &str, email: &str| {
        json!({"registry": {"update_secrets": when},
            "users": [{"username": "bob", "email": email, "password": SECRET}]})
    };
    mass.applied(build("never", "bob@example.com"));
    let known = mass.writes();
    for when in ["never", "on_change_of_other_fields"] {
        mass.applied(build(when, "bob@example.com"));
    }
    assert_eq!(mass.writes(), known);
    let report = mass.applied(build("always", "bob@example.com"));
    assert!(!report.changed());
    assert_eq!(sent(&mass, known), 1);
}

#[test]
fn registry_engine_secrets_are_in_no_report() {
    let mass = Mass::new();
    for tag in ["v*", "w*"] {
        let plan = mass.plan(mirrored(Some("always"), tag));
        let report = mass.apply(mirrored(Some("always"), tag));
        for text in [plan.to_json().to_string(), report.to_json().to_string()] {
            assert!(!text.contains(SECRET) && !text.contains(&mass.registry.token), "{text}");
        }
    }
    let body = json!({"message": format!("no {SECRET}")}).to_string();
    mass.registry.emulator.fault(quay_emulator::Fault::status(400, "application/json", &body).on("PUT", "*/mirror"));
    let report = mass.apply(mirrored(Some("always"), "x*"));
    assert!(!report.succeeded());
    let text = format!("{}{}", report.to_json(), complaints(&report));
    assert!(!text.contains(SECRET), "{text}");
}

/// A task warns that a password changes the account on every run. Here it is sent because the user said so.
#[test]
fn registry_engine_secrets_that_are_forced_are_no_reason_for_a_warning() {
    let registry = Registry::new();
    let config = json!({"users": [{"username": "bob", "email": "bob@example.com", "password": SECRET}],
        "organizations": [{"name": "cache", "proxy_cache": {"registry": "docker.io/library", "username": "me", "password": SECRET}}]});
    let created = registry.check("quay_registry", json!({"config": config}));
    created.assert_hides(SECRET);
    assert!(created.printed.contains("\"password\":\"********\""), "one form for every secret: {}", created.printed);
    registry.ok("quay_registry", json!({"config": config}));
    let again = registry.ok("quay_registry", json!({"config": config, "update_secrets": "always"}));
    assert!(!again.changed(), "{}", again.result);
    assert!(!again.printed.contains("every run"), "{}", again.printed);
    assert!(again.printed.contains("\"resent\":[\"password\"]"), "{}", again.printed);
}

#[test]
fn registry_engine_a_password_that_is_set_once_is_not_sent_again_whatever_the_run_says() {
    for when in ["never", "on_change_of_other_fields", "always"] {
        let mass = Mass::new();
        let users = |email: &str| {
            json!({"registry": {"update_secrets": when}, "users": [
                {"username": "alice", "email": email, "password": SECRET, "update_password": "on_create"}]})
        };
        mass.applied(users("alice@example.com"));
        assert_eq!(sent(&mass, 0), 1, "{when}");
        let known = mass.registry.emulator.writes().len();
        let report = mass.applied(users("new@example.com"));
        assert_eq!((sent(&mass, known), report.counts().secrets_not_sent), (0, 1), "{when}");
        assert!(!mass.plan(users("new@example.com")).changed(), "{when}");
    }
}
