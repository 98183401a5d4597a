//! `quay_proxy_cache`.

use quay_emulator::{Config, Fault};
use serde_json::{Value, json};

use crate::given::{self, SCOPES, acme};
use crate::support::{Budget, LifeCycle, Mode, Registry};

const PATH: &str = "/api/v1/organization/acme/proxycache";

fn cache(more: Value) -> Value {
    let mut options = json!({"organization": "acme"});
    if let (Value::Object(options), Value::Object(more)) = (&mut options, more) {
        options.extend(more);
    }
    options
}

fn shown(registry: &str, insecure: bool, expiration: u64) -> Value {
    json!({"organization": "acme", "registry": registry, "insecure": insecure, "expiration": expiration})
}

#[test]
fn life_cycle() {
    let registry = acme();
    let life = LifeCycle {
        module: "quay_proxy_cache",
        base: cache(json!({})),
        create: json!({"insecure": true}),
        update: json!({"registry": "docker.io/library", "expiration": "12h"}),
        requests: Budget { create: 2, repeat: 1, update: 3, remove: 2 },
    };
    let [create, update, remove] = life.run(&registry);
    assert_eq!(
        create.body(&format!("POST {PATH}")),
        &json!({
            "org_name": "acme",
            "upstream_registry": "quay.io",
            "upstream_registry_username": null,
            "upstream_registry_password": null,
            "expiration_s": 86_400,
            "insecure": true,
        })
    );
    assert_eq!(create.after(), &shown("quay.io", true, 86_400));
    assert_eq!(update.writes(), [format!("DELETE {PATH}"), format!("POST {PATH}")]);
    assert_eq!(update.body(&format!("POST {PATH}"))["insecure"], true, "what is not given is carried over");
    assert_eq!(
        (update.before(), update.after()),
        (&shown("quay.io", true, 86_400), &shown("docker.io/library", true, 43_200))
    );
    assert_eq!(
        update.warnings(),
        [
            "the proxy cache of acme has to be replaced, and stored credentials cannot be carried over: it is anonymous now \
          unless username and password are given"
        ]
    );
    assert_eq!(remove.writes(), [format!("DELETE {PATH}")]);
}

#[test]
fn credentials_always_replace_and_stay_secret() {
    let registry = acme();
    let options = cache(json!({"username": "bob", "password": "up-secret", "expiration": 0}));
    let created = registry.ok("quay_proxy_cache", options.clone());
    created.assert_hides("up-secret");
    assert_eq!(created.body(&format!("POST {PATH}"))["upstream_registry_password"], "up-secret");
    assert!(created.warnings().is_empty());
    let mut expected = shown("quay.io", false, 0);
    expected["username"] = json!("bob");
    expected["password"] = json!("********");
    assert_eq!(created.after(), &expected);

    let again = registry.ok("quay_proxy_cache", options.clone());
    again.assert_hides("up-secret");
    assert!(again.changed());
    assert_eq!(again.before(), &shown("quay.io", false, 0));
    assert_eq!(again.after(), &expected);
    assert_eq!(
        again.warnings(),
        [
            "Quay does not show the stored credentials, so giving username or password replaces the proxy cache on every run"
        ]
    );
    registry.check("quay_proxy_cache", options).assert_hides("up-secret");
    let empty = registry.ok("quay_proxy_cache", cache(json!({"username": "", "password": ""})));
    assert!(!empty.changed(), "empty credentials are none");
}

#[test]
fn the_options_are_checked_before_any_request() {
    let registry = Registry::new();
    for (more, part) in [
        (json!({"expiration": "-1"}), "expiration"),
        (json!({"expiration": "5 months"}), "not a period"),
        (json!({"registry": "https://quay.io"}), "has a scheme"),
        (json!({"registry": ""}), "not a registry"),
        (json!({"registry": "quay .io"}), "not a registry"),
        (json!({"registry": "user@quay.io"}), "not a registry"),
        (json!({"registry": format!("quay.io/{}", "x".repeat(270))}), "at most 270 characters"),
        (json!({"organization": "Acme"}), "organization"),
    ] {
        let message = registry.refused_everywhere("quay_proxy_cache", cache(more.clone()));
        assert!(message.contains(part), "{more}: {message}");
    }
    assert_eq!(registry.emulator.journal().len(), 0);
}

#[test]
fn a_missing_organization() {
    let registry = Registry::new();
    let bob = registry.emulator.token_for("bob", SCOPES);
    let missing = "cannot create the proxy cache of acme: the organization acme does not exist";
    registry.check("quay_proxy_cache", cache(json!({}))).assert_refused();
    assert_eq!(registry.check("quay_proxy_cache", cache(json!({}))).message(), missing);
    // A superuser gets an empty configuration for it, so the creation tells.
    assert_eq!(registry.failed("quay_proxy_cache", cache(json!({}))).message(), missing);
    assert_eq!(registry.refused_as(&bob, "quay_proxy_cache", cache(json!({}))), missing);
    for token in [&registry.token, &bob] {
        let absent = cache(json!({"state": "absent"}));
        assert!(!registry.run_as(token, "quay_proxy_cache", absent, Mode::Real).changed());
    }
}

#[test]
fn the_feature_is_named() {
    let registry = given::with_acme(Registry::with(Config::default().feature("PROXY_CACHE", false)));
    for state in ["present", "absent"] {
        assert_eq!(
            registry.refused_everywhere("quay_proxy_cache", cache(json!({"state": state}))),
            "cannot read the proxy cache of acme: not available on this server (status 404); FEATURE_PROXY_CACHE is off: switch it on in Quay's configuration"
        );
    }
}

#[test]
fn the_right_is_named() {
    let registry = acme();
    registry.join("carol", "devs", "member");
    let need = "this needs a token with the scope org:admin, and a user who is an administrator of the organization";
    let bob = registry.emulator.token_for("bob", SCOPES);
    assert_eq!(
        registry.refused_as(&bob, "quay_proxy_cache", cache(json!({}))),
        format!("cannot read the proxy cache of acme: Quay says \"Unauthorized\" (status 403); {need}")
    );
    // A member sees that there is none, and may not create it.
    let carol = registry.emulator.token_for("carol", SCOPES);
    let run = registry.run_as(&carol, "quay_proxy_cache", cache(json!({})), Mode::Real);
    run.assert_failed();
    assert_eq!(
        run.message(),
        format!("cannot create the proxy cache of acme: Quay says \"Unauthorized\" (status 403); {need}")
    );
}

#[test]
fn refusals_of_a_creation_are_explained() {
    let registry = acme();
    let message = |more: Value| registry.failed("quay_proxy_cache", cache(more)).message();
    let unresolved = message(json!({"registry": "nosuch.invalid"}));
    assert!(
        unresolved.ends_with("check the name in registry: the server itself must be able to resolve it"),
        "{unresolved}"
    );
    let internal = message(json!({"registry": "localhost:5000"}));
    assert!(internal.contains("SSRF_ALLOWED_HOSTS in Quay's configuration opens them"), "{internal}");
    for (words, advice) in [
        ("Cannot create proxy cache: immutable tags exist", "the organization has immutable tags"),
        (
            "Cannot create proxy cache: organization is managed by organization-level mirroring",
            "remove the mirror first (quay_org_mirror)",
        ),
        ("Proxy Cache Configuration already exists", "another run has made a different proxy cache meanwhile"),
    ] {
        registry.emulator.fault(given::refusal("POST", PATH, 400, words));
        let text = message(json!({}));
        assert!(text.contains(words) && text.contains(advice), "{text}");
    }
}

#[test]
fn an_internal_host_is_a_warning() {
    let config = Config::default().setting("SSRF_ALLOWED_HOSTS", json!(["10.0.0.7", "registry.internal"]));
    let registry = given::with_acme(Registry::with(config));
    for host in ["10.0.0.7:5000", "registry.internal"] {
        let run = registry.ok("quay_proxy_cache", cache(json!({"registry": host})));
        let warning =
            format!("{host} looks like an internal address: Quay accepts it only when SSRF_ALLOWED_HOSTS allows it");
        assert!(run.warnings().contains(&warning.as_str()), "{:?}", run.warnings());
        assert!(registry.ok("quay_proxy_cache", cache(json!({"registry": host}))).warnings().is_empty());
    }
}

#[test]
fn a_refused_replacement_puts_the_old_settings_back() {
    let registry = acme();
    registry.ok("quay_proxy_cache", cache(json!({"expiration": "1h", "insecure": true})));
    let refused = registry.failed(
        "quay_proxy_cache",
        cache(json!({"registry": "nosuch.invalid", "username": "bob", "password": "up-secret"})),
    );
    refused.assert_hides("up-secret");
    assert_eq!(
        refused.message(),
        "cannot create the proxy cache of acme: Quay says \"Cannot resolve hostname 'nosuch.invalid'\" (status 400); check \
         the name in registry: the server itself must be able to resolve it. Taken back: delete the proxy cache of acme \
         (put the previous settings back, without their credentials). Not done: create the proxy cache of acme"
    );
    assert_eq!(refused.result["changed"], false);
    let writes: Vec<&Value> =
        refused.requests.iter().filter(|request| request.method == "POST").map(|request| &request.request).collect();
    assert_eq!(writes.len(), 2);
    assert_eq!(
        writes[1],
        &json!({
            "org_name": "acme",
            "upstream_registry": "quay.io",
            "upstream_registry_username": null,
            "upstream_registry_password": null,
            "expiration_s": 3600,
            "insecure": true,
        }),
        "credentials of another registry are not sent to the old one"
    );
    let kept = cache(json!({"expiration": 3600, "insecure": true}));
    assert!(!registry.ok("quay_proxy_cache", kept.clone()).changed(), "the old one is back");

    // The credentials belong to the old registry too.
    registry.emulator.fault(given::refusal("POST", PATH, 400, "immutable tags"));
    let run = registry
        .failed("quay_proxy_cache", cache(json!({"username": "bob", "password": "up-secret", "expiration": "2h"})));
    assert!(
        run.message().contains("(put the previous settings back, with the given credentials)"),
        "{}",
        run.message()
    );
    assert_eq!(run.requests.last().map(|request| &request.request["upstream_registry_username"]), Some(&json!("bob")));
    assert!(!registry.ok("quay_proxy_cache", kept).changed());
}

#[test]
fn a_replacement_that_cannot_be_taken_back_says_that_the_old_one_is_gone() {
    let registry = acme();
    registry.ok("quay_proxy_cache", cache(json!({})));
    registry.emulator.fault(given::refusal("POST", PATH, 400, "immutable tags").times(2));
    let run = registry.failed("quay_proxy_cache", cache(json!({"expiration": "1h"})));
    assert_eq!(run.result["changed"], true);
    assert!(
        run.message().contains(
            "Done before that: delete the proxy cache of acme (and could not put the previous settings back, without their \
             credentials: "
        ),
        "{}",
        run.message()
    );
    assert!(registry.check("quay_proxy_cache", cache(json!({}))).changed(), "it is gone");
}

#[test]
fn a_parallel_run_that_was_faster_is_no_error() {
    let registry = acme();
    registry.ok("quay_proxy_cache", cache(json!({})));
    let unseen = || {
        let body = json!({"expiration_s": "", "insecure": "", "upstream_registry": ""}).to_string();
        Fault::status(200, "application/json", &body).on("GET", PATH).times(1)
    };
    registry.emulator.fault(unseen());
    assert!(!registry.ok("quay_proxy_cache", cache(json!({}))).changed());
    registry.emulator.fault(unseen());
    registry.failed("quay_proxy_cache", cache(json!({"expiration": "1h"})));
    registry.emulator.fault(given::refusal("DELETE", PATH, 404, "Not Found"));
    assert!(!registry.ok("quay_proxy_cache", cache(json!({"state": "absent"}))).changed());
}

#[test]
fn the_registry_is_tried_before_the_first_creation_only() {
    let registry = crate::given::acme();
    let with = |host: &str| json!({"organization": "acme", "registry": host, "username": "u", "password": "pass-word-1", "verify": true});
    assert!(registry.check("quay_proxy_cache", with("quay.example.com")).writes().is_empty());
    let failed = registry.failed("quay_proxy_cache", with("down.example.com"));
    assert_eq!(failed.writes(), ["POST /api/v1/organization/acme/validateproxycache"]);
    assert!(failed.message().contains("cannot reach the registry of the proxy cache of acme"), "{}", failed.message());
    assert!(failed.message().contains("Failed login to remote registry"), "{}", failed.message());
    failed.assert_hides("pass-word-1");
    let made = registry.ok("quay_proxy_cache", with("quay.example.com"));
    let create = "POST /api/v1/organization/acme/proxycache".to_owned();
    assert_eq!(made.writes(), ["POST /api/v1/organization/acme/validateproxycache".to_owned(), create.clone()]);
    let replaced = registry.ok("quay_proxy_cache", with("other.example.com"));
    assert_eq!(replaced.writes(), ["DELETE /api/v1/organization/acme/proxycache".to_owned(), create]);
}
