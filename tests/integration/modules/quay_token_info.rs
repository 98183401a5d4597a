//! `quay_token_info`.

use quay_emulator::state::AppToken;
use quay_emulator::{Config, Fault};
use serde_json::{Value, json};

use crate::given::{self, SCOPES};
use crate::support::{Mode, Registry, Run, merge};

const MODULE: &str = "quay_token_info";
const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// An organization with a robot account and an application that has tokens: `deploy` of admin, made today; `old` of bob, made 40 days
/// ago and never used; `lately` of admin, used 3 days ago.
fn registry_with(config: Config) -> Registry {
    let registry = given::with_acme(Registry::with(config));
    registry.ok("quay_robot", json!({"name": "acme+ci"}));
    registry.ok("quay_application", json!({"organization": "acme", "name": "portal"}));
    registry.emulator.add_user("bob", "password");
    registry
}

fn registry() -> Registry {
    let registry = registry_with(Config::default());
    for name in ["deploy", "old", "lately"] {
        let rights = if name == "old" { json!(["org:admin", "repo:read"]) } else { json!(["repo:read"]) };
        registry.ok(
            "quay_application_token",
            json!({"organization": "acme", "application": "portal", "name": name, "rights": rights, "expiration": "90d"}),
        );
    }
    let now = jiff::Timestamp::now().as_microsecond();
    registry.emulator.with_state(|state| {
        for token in state.tokens.values_mut() {
            match token.name.as_deref() {
                Some("old") => {
                    token.created = now - 40 * DAY - HOUR;
                    token.expires = now + 3650 * DAY;
                    "bob".clone_into(&mut token.user);
                }
                Some("lately") => token.last_accessed = Some(now - 3 * DAY - HOUR),
                _ => {}
            }
        }
    });
    registry
}

fn of_acme(more: Value) -> Value {
    let mut options = json!({"organization": ["acme"]});
    merge(&mut options, more);
    options
}

fn names(run: &Run) -> Vec<&str> {
    run.result["tokens"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap_or("-")).collect()
}

fn findings(run: &Run) -> Vec<(&str, &str)> {
    let all = run.result["findings"].as_array().unwrap().iter();
    all.map(|one| (one["name"].as_str().unwrap_or("-"), one["finding"].as_str().unwrap())).collect()
}

fn seed_docker(registry: &Registry, user: &str, title: &str, used: Option<i64>, expiration: Option<i64>) {
    let now = jiff::Timestamp::now().as_microsecond();
    registry.emulator.with_state(|state| {
        state.user_mut(user).unwrap().app_tokens.push(AppToken {
            uuid: format!("uuid-{title}"),
            title: title.into(),
            code: format!("SECRET-{title}"),
            created: now - 100 * DAY - HOUR,
            last_accessed: used.map(|days| now - days * DAY - HOUR),
            expiration: expiration.map(|days| now + days * DAY),
        });
    });
}

#[test]
fn credentials_of_an_organization_are_read_without_their_secrets() {
    let registry = registry();
    let run = registry.ok(MODULE, of_acme(json!({})));
    assert!(!run.changed());
    let client = registry
        .emulator
        .with_state(|state| state.organization("acme").unwrap().applications.keys().next().unwrap().clone());
    let acme = "GET /api/v1/organization/acme";
    assert_eq!(
        run.lines(),
        [
            format!("{acme}/applications"),
            format!("{acme}/applications/{client}/tokens"),
            format!("{acme}/robots"),
            format!("{acme}/members"),
            "GET /api/v1/superuser/users/".to_owned(),
            "GET /config".to_owned(),
        ]
    );
    assert_eq!(names(&run), ["lately", "old", "deploy", "acme+ci"]);
    let rows = &run.result["tokens"];
    for (key, value) in [
        ("kind", json!("api")),
        ("organization", json!("acme")),
        ("application", json!("portal")),
        ("owner", json!("bob")),
        ("scopes", json!(["org:admin", "repo:read"])),
        ("created_is", json!("token")),
        ("expired", json!(false)),
        ("age_days", json!(40)),
        ("idle_days", Value::Null),
    ] {
        assert_eq!(rows[1][key], value, "{key}");
    }
    assert_eq!(
        (&rows[0]["idle_days"], &rows[3]["created_is"], &rows[3]["kind"]),
        (&json!(3), &json!("account"), &json!("robot"))
    );
    assert!(rows[0]["created"].as_str().unwrap().len() == 20 && rows[0]["expires"].as_str().unwrap().ends_with('Z'));
    assert_eq!(
        findings(&run),
        [("old", "powerful"), ("old", "long_lived"), ("old", "unused"), ("old", "owner_outside")]
    );
    assert_eq!(
        run.result["findings"][2]["message"],
        "the API token old of the application portal of acme was made 40 days ago, and nobody ever used it"
    );
    assert_eq!(run.result["usage_known"], json!({"api": true, "robot": true, "docker": true, "own": false}));
    assert_eq!(run.result["incomplete"], json!([]));
    let secrets: Vec<String> = registry.emulator.with_state(|state| state.tokens.keys().cloned().collect());
    secrets.iter().for_each(|secret| run.assert_hides(secret));
    run.assert_hides(registry.ok("quay_robot", json!({"name": "acme+ci"})).result["token"].as_str().unwrap());
}

#[test]
fn periods_choose() {
    let registry = registry();
    let chosen = |more: Value| {
        let run = registry.ok(MODULE, of_acme(more));
        names(&run).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(chosen(json!({"unused_for": "2d"})), ["lately", "old"]);
    assert_eq!(chosen(json!({"unused_for": "4d"})), ["old"]);
    assert_eq!(chosen(json!({"older_than": "30d"})), ["old"]);
    assert_eq!(chosen(json!({"expiring_within": "91d"})), ["lately", "deploy"]);
    assert_eq!(chosen(json!({"expiring_within": "89d"})), Vec::<String>::new());
    assert_eq!(chosen(json!({"kinds": ["robot"]})), ["acme+ci"]);
    assert!(registry.run(MODULE, of_acme(json!({"unused_for": "soon"}))).message().contains("is not a period"));
}

#[test]
fn the_callers_own_credentials_take_four_requests() {
    let registry = Registry::new();
    registry.ok("quay_robot", json!({"name": "mine"}));
    seed_docker(&registry, "admin", "laptop", Some(5), None);
    seed_docker(&registry, "admin", "gone", None, Some(-1));
    seed_docker(&registry, "admin", "ends", None, Some(5));
    let run = registry.ok(MODULE, json!({}));
    let paths = ["user/", "user/authorizations", "user/apptoken", "user/robots"];
    assert_eq!(run.lines()[..4], paths.map(|path| format!("GET /api/v1/{path}")));
    let kinds: Vec<&str> =
        run.result["tokens"].as_array().unwrap().iter().map(|row| row["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["own", "docker", "docker", "docker", "robot"]);
    let own = &run.result["tokens"][0];
    assert_eq!(
        (&own["application"], &own["owner"], &own["created"]),
        (&json!("automation"), &json!("admin"), &Value::Null)
    );
    let docker =
        |name: &str| run.result["tokens"].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap().clone();
    assert_eq!((docker("gone")["expired"].clone(), docker("laptop")["idle_days"].clone()), (json!(true), json!(5)));
    assert_eq!(findings(&run), [("-", "powerful"), ("ends", "unused")]);
    let ending = registry.ok(MODULE, json!({"expiring_within": "6d"}));
    assert_eq!(names(&ending), ["ends"]);
    let nobody = registry.run_as("", MODULE, json!({}), Mode::Real);
    assert!(
        nobody.message().starts_with("organization: credentials of the caller need credentials"),
        "{}",
        nobody.message()
    );
}

#[test]
fn a_whole_server_has_the_docker_tokens_of_all() {
    let registry = registry();
    registry.ok("quay_organization", json!({"name": "tools"}));
    seed_docker(&registry, "bob", "bobs", None, None);
    registry.emulator.with_state(|state| state.user_mut("bob").unwrap().enabled = false);
    let run = registry.ok(MODULE, json!({"organization": ["*"]}));
    assert_eq!(names(&run), ["lately", "old", "deploy", "acme+ci", "bobs"]);
    assert_eq!(run.result["incomplete"], json!(["owners of the application tokens: Quay does not tell them"]));
    assert!(findings(&run).contains(&("old", "owner_disabled")) && findings(&run).contains(&("bobs", "unused")));
    assert_eq!(run.result["tokens"][4]["owner"], Value::Null);
    // The list of organizations, two of each, a list of tokens, members, docker tokens, users, the configuration.
    assert_eq!(run.requests.len(), 10, "{:?}", run.lines());
    // Somebody who is no superuser gets the rest.
    let alice = registry.emulator.token_for("alice", SCOPES);
    registry.ok("quay_team", json!({"organization": "acme", "name": "admins", "role": "admin", "members": ["alice"]}));
    let run = registry.run_as(&alice, MODULE, json!({"organization": ["*"]}), Mode::Real);
    assert_eq!(names(&run), ["lately", "old", "deploy", "acme+ci"]);
    let incomplete = run.result["incomplete"][0].as_str().unwrap();
    assert!(incomplete.starts_with("cannot list the application tokens of all users: Quay says"), "{incomplete}");
}

#[test]
fn use_that_nobody_notes_is_not_called_none() {
    let registry = registry_with(Config::default().feature("USER_LAST_ACCESSED", false));
    registry.age_robot("acme+ci", 24 * 100, None);
    let run = registry.ok(MODULE, of_acme(json!({"unused_for": "1d"})));
    assert_eq!((names(&run), findings(&run)), (vec![], vec![]));
    assert_eq!(run.result["usage_known"]["robot"], false);
    let noted = registry_with(Config::default());
    noted.age_robot("acme+ci", 24 * 100, None);
    assert_eq!(findings(&noted.ok(MODULE, of_acme(json!({"unused_for": "1d"})))), [("acme+ci", "unused")]);
}

#[test]
fn what_cannot_be_read_is_told() {
    let old = registry_with(Config::default().quay("3.17"));
    let run = old.ok(MODULE, of_acme(json!({})));
    assert_eq!(names(&run), ["acme+ci"]);
    assert_eq!(run.result["incomplete"], json!(["the API tokens of acme: needs Quay 3.18"]));

    let registry = registry();
    let run = registry.ok(MODULE, json!({"organization": ["acme", "nowhere"], "kinds": ["api"]}));
    assert_eq!(run.result["incomplete"], json!(["the organization nowhere does not exist"]));
    // A superuser gets an empty list of its robot accounts. A name counts once.
    let run = registry.ok(MODULE, json!({"organization": ["nowhere", "acme", "acme"], "kinds": ["robot"]}));
    assert_eq!(run.result["incomplete"], json!(["the organization nowhere does not exist"]));
    assert_eq!(names(&run), ["acme+ci"]);
    let unnamed = registry.emulator.with_state(|state| {
        let token = state.tokens.values_mut().find(|token| token.name.as_deref() == Some("deploy")).unwrap();
        token.name = None;
        token.uuid.clone()
    });
    let run = registry.ok(MODULE, of_acme(json!({"kinds": ["api"]})));
    assert!(findings(&run).contains(&("-", "unnamed")), "{:?}", run.result["findings"]);
    assert!(run.printed.contains(&format!("the API token {unnamed} of the application portal of acme has no name")));

    // Nothing at all is a failure.
    let stranger = registry.emulator.token_for("carol", SCOPES);
    let run = registry.run_as(&stranger, MODULE, of_acme(json!({})), Mode::Real);
    run.assert_refused();
    assert!(
        run.message().starts_with("cannot list the applications of acme: Quay says \"Unauthorized\""),
        "{}",
        run.message()
    );
    let bad = registry.run_as("not-a-token", MODULE, of_acme(json!({})), Mode::Real);
    bad.assert_refused();
    // A server in trouble is no lack of rights.
    registry.emulator.fault(Fault::html(502).at("/api/v1/organization/acme/robots"));
    registry.run(MODULE, of_acme(json!({}))).assert_refused();
}

#[test]
fn what_a_server_says_is_shown_without_control_characters() {
    let registry = registry_with(Config::default());
    seed_docker(&registry, "admin", "evil\u{1b}[31m\u{202e}", None, None);
    let run = registry.ok(MODULE, json!({"kinds": ["docker"]}));
    let name = run.result["tokens"][0]["name"].as_str().unwrap();
    assert!(name.starts_with("evil") && !name.contains(['\u{1b}', '\u{202e}']), "{name:?}");
}
