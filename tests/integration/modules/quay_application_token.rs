//! `quay_application_token`.

use quay_emulator::{Config, Fault};
use serde_json::{Value, json};

use crate::support::{Mode, Registry, Run, merge};

const MODULE: &str = "quay_application_token";
const APPLICATIONS: &str = "/api/v1/organization/acme/applications";
const DAY: i64 = 86_400_000_000;

/// A registry with an application, and the path of its tokens.
fn registry_with(config: Config) -> (Registry, String) {
    let registry = Registry::with(config);
    registry.ok("quay_organization", json!({"name": "acme"}));
    let made = registry.ok("quay_application", json!({"organization": "acme", "name": "ci"}));
    let path = format!("{APPLICATIONS}/{}/tokens", made.result["client_id"].as_str().unwrap());
    (registry, path)
}

fn registry() -> (Registry, String) {
    registry_with(Config::default())
}

fn options(more: Value) -> Value {
    let mut options = json!({"organization": "acme", "application": "ci", "name": "deploy"});
    merge(&mut options, more);
    options
}

/// Moves everything about the tokens of a name so many days into the past.
fn age(registry: &Registry, name: &str, days: i64) {
    registry.emulator.with_state(|state| {
        for token in state.tokens.values_mut().filter(|token| token.name.as_deref() == Some(name)) {
            token.created -= days * DAY;
            token.expires -= days * DAY;
        }
    });
}

/// The living secrets of a name.
fn living(registry: &Registry, name: &str) -> Vec<String> {
    registry.emulator.with_state(|state| {
        let named = state.tokens.iter().filter(|(_, token)| token.name.as_deref() == Some(name));
        named.map(|(code, _)| code.clone()).collect()
    })
}

fn token(run: &Run) -> String {
    run.result["token"].as_str().unwrap_or_else(|| panic!("no token in {}", run.result)).to_owned()
}

#[test]
fn a_token_is_made_kept_and_revoked() {
    let (registry, path) = registry();
    let wanted = options(json!({"rights": ["repo:write", "repo:read"], "expiration": "90d"}));
    let checked = registry.check(MODULE, wanted.clone());
    assert!(checked.changed());
    assert_eq!(checked.result.get("token"), None);
    assert_eq!(
        (&checked.result["name"], &checked.result["scopes"]),
        (&json!("deploy"), &json!(["repo:read", "repo:write"]))
    );

    let made = registry.ok(MODULE, wanted.clone());
    assert!(made.changed());
    assert_eq!(made.lines(), [format!("GET {APPLICATIONS}"), format!("GET {path}"), format!("POST {path}")]);
    assert_eq!(
        made.body(&format!("POST {path}")),
        &json!({"name": "deploy", "scope": "repo:read repo:write", "expiration": 7_776_000})
    );
    assert_eq!(made.result["diff"], checked.result["diff"]);
    assert_eq!(
        made.after(),
        &json!({"organization": "acme", "application": "ci", "name": "deploy", "scopes": ["repo:read", "repo:write"],
            "expires_at": "in 90d", "tokens": 1})
    );
    assert_eq!((&made.result["rotated"], &made.result["revoked"]), (&json!(false), &json!([])));
    assert_eq!(made.printed.matches(&token(&made)).count(), 1);
    assert_eq!(living(&registry, "deploy"), [token(&made)]);

    let kept = registry.ok(MODULE, wanted.clone());
    assert!(!kept.changed());
    assert_eq!(kept.lines(), [format!("GET {APPLICATIONS}"), format!("GET {path}"), "GET /api/v1/user/".to_owned()]);
    assert_eq!(kept.result["token"], Value::Null);
    for key in ["uuid", "name", "scopes", "created", "expires_at", "created_by", "client_id"] {
        assert_eq!(kept.result[key], made.result[key], "{key}");
    }
    assert_eq!(kept.before(), kept.after());
    // Another life does not touch a living token.
    assert!(
        !registry.ok(MODULE, options(json!({"rights": ["repo:write", "repo:read"], "expiration": "1d"}))).changed()
    );

    let absent = options(json!({"state": "absent"}));
    assert!(registry.check(MODULE, absent.clone()).changed());
    let gone = registry.ok(MODULE, absent.clone());
    assert_eq!(gone.writes(), [format!("DELETE {path}/{}", made.result["uuid"].as_str().unwrap())]);
    assert_eq!((gone.before()["tokens"].clone(), gone.after().clone()), (json!(1), json!({})));
    assert_eq!(living(&registry, "deploy"), Vec::<String>::new());
    let again = registry.ok(MODULE, absent);
    assert!(!again.changed());
    assert_eq!(again.requests.len(), 2);
}

#[test]
fn a_client_id_saves_the_look_up() {
    let (registry, path) = registry();
    let client_id = path.split('/').nth(6).unwrap();
    let wanted = json!({"organization": "acme", "client_id": client_id, "name": " deploy "});
    let made = registry.ok(MODULE, wanted.clone());
    assert_eq!(made.lines(), [format!("GET {path}"), format!("POST {path}")]);
    assert_eq!(made.body(&format!("POST {path}")), &json!({"name": "deploy", "scope": "repo:read"}));
    assert_eq!(made.after()["client_id"], client_id);
    assert_eq!(made.after()["expires_at"], "in 10 years");
    assert!(!registry.ok(MODULE, wanted).changed());
}

#[test]
fn a_token_that_ends_soon_is_replaced_and_overlaps() {
    let (registry, path) = registry();
    let wanted = options(json!({"expiration": "90d", "rotate_before": "30d", "overlap": "7d"}));
    let first = registry.ok(MODULE, wanted.clone());
    age(&registry, "deploy", 59);
    assert!(!registry.ok(MODULE, wanted.clone()).changed());
    age(&registry, "deploy", 2);
    let checked = registry.check(MODULE, wanted.clone());
    let second = registry.ok(MODULE, wanted.clone());
    assert_eq!(checked.result["diff"], second.result["diff"]);
    assert_eq!(second.writes(), [format!("POST {path}")]);
    assert_eq!((&second.result["rotated"], &second.result["revoked"]), (&json!(true), &json!([])));
    assert_eq!((&second.before()["tokens"], &second.after()["tokens"]), (&json!(1), &json!(2)));
    assert_eq!(living(&registry, "deploy"), [token(&first), token(&second)]);
    // During the overlap nothing happens; after it the old one goes.
    assert!(!registry.ok(MODULE, wanted.clone()).changed());
    age(&registry, "deploy", 8);
    let third = registry.ok(MODULE, wanted.clone());
    assert!(third.changed());
    assert_eq!(third.writes(), [format!("DELETE {path}/{}", first.result["uuid"].as_str().unwrap())]);
    assert_eq!(third.result["revoked"], json!([first.result["uuid"]]));
    assert_eq!((&third.result["rotated"], &third.result["token"]), (&json!(false), &Value::Null));
    assert_eq!(living(&registry, "deploy"), [token(&second)]);
    assert!(!registry.ok(MODULE, wanted).changed());
}

/// A job that runs as seldom as the token is replaced never finds it other than due.
#[test]
fn a_replaced_token_goes_also_where_each_run_replaces_one() {
    let (registry, _) = registry();
    let wanted = options(json!({"rotate_after": "30d", "overlap": "1d"}));
    for run in 0..4 {
        registry.ok(MODULE, wanted.clone());
        assert_eq!(living(&registry, "deploy").len(), 2.min(run + 1));
        age(&registry, "deploy", 31);
    }
    let message = registry.refused_everywhere(MODULE, options(json!({"rotate_after": "1d", "overlap": "7d"})));
    assert!(message.contains("overlap must be shorter than rotate_after"), "{message}");
}

#[test]
fn a_token_that_may_too_much_goes_in_the_next_run_where_its_revocation_failed() {
    let (registry, path) = registry();
    let with = |rights: &[&str]| options(json!({"rights": rights, "overlap": "7d"}));
    registry.ok(MODULE, with(&["repo:read", "repo:write"]));
    registry.emulator.fault(Fault::html(502).on("DELETE", &path));
    let narrow = registry.ok(MODULE, with(&["repo:read"]));
    registry.emulator.clear_faults();
    assert_eq!(living(&registry, "deploy").len(), 2);
    assert!(registry.ok(MODULE, with(&["repo:read"])).changed());
    assert_eq!(living(&registry, "deploy"), [token(&narrow)]);
}

#[test]
fn an_old_token_is_replaced_and_one_without_a_date_too() {
    let (registry, path) = registry();
    let wanted = options(json!({"rotate_after": "30d"}));
    let first = registry.ok(MODULE, wanted.clone());
    age(&registry, "deploy", 29);
    assert!(!registry.ok(MODULE, wanted.clone()).changed());
    age(&registry, "deploy", 2);
    let second = registry.ok(MODULE, wanted.clone());
    let uuid = first.result["uuid"].as_str().unwrap();
    // The new one is made before the old one goes.
    assert_eq!(second.writes(), [format!("POST {path}"), format!("DELETE {path}/{uuid}")]);
    assert_eq!(second.result["revoked"], json!([uuid]));
    assert_eq!(living(&registry, "deploy"), [token(&second)]);
    let body = json!({"tokens": [{"uuid": "old", "name": "deploy", "scope": "repo:read", "created": null,
        "expires_at": "2036-01-01T00:00:00Z", "last_accessed": null, "created_by": "admin"}]});
    registry.emulator.fault(Fault::status(200, "application/json", &body.to_string()).on("GET", &path));
    assert!(registry.check(MODULE, wanted).changed());
}

#[test]
fn other_scopes_and_a_leak_replace_a_token_and_fewer_scopes_end_it_at_once() {
    let (registry, _) = registry();
    let with = |rights: &[&str], more: Value| {
        let mut all = options(json!({"rights": rights, "overlap": "1d"}));
        merge(&mut all, more);
        all
    };
    let first = registry.ok(MODULE, with(&["repo:read"], json!({})));
    // More scopes: the old one harms nobody.
    let wider = registry.ok(MODULE, with(&["repo:read", "repo:write"], json!({})));
    assert_eq!(wider.result["revoked"], json!([]));
    let narrow = registry.ok(MODULE, with(&["repo:write"], json!({})));
    assert_eq!(narrow.result["revoked"], json!([first.result["uuid"], wider.result["uuid"]]));
    assert_eq!(living(&registry, "deploy"), [token(&narrow)]);
    let leaked = registry.ok(MODULE, with(&["repo:write"], json!({"rotate": true})));
    assert_eq!(leaked.result["revoked"], json!([narrow.result["uuid"]]));
    assert!(registry.ok(MODULE, with(&["repo:write"], json!({"rotate": true}))).changed());
    assert_eq!(living(&registry, "deploy").len(), 1);
    let all = registry.ok(MODULE, with(&["all", "repo:read"], json!({})));
    assert_eq!(all.result["scopes"].as_array().unwrap().len(), 8);
}

#[test]
fn the_newest_of_several_counts_and_the_others_go() {
    let (registry, _) = registry();
    let rights = ["repo:read", "repo:write", "repo:create"];
    for count in 1..=3 {
        registry.ok(MODULE, options(json!({"rights": rights[..count], "overlap": "90d"})));
        age(&registry, "deploy", 2);
    }
    registry.ok(MODULE, options(json!({"name": "other"})));
    let codes = living(&registry, "deploy");
    assert_eq!(codes.len(), 3);
    let run = registry.ok(MODULE, options(json!({"rights": rights})));
    assert_eq!(run.writes().len(), 2);
    assert_eq!((&run.before()["tokens"], &run.after()["tokens"]), (&json!(3), &json!(1)));
    assert_eq!(living(&registry, "deploy"), codes[2..]);
    assert_eq!(living(&registry, "other").len(), 1);
}

#[test]
fn tokens_without_a_name_and_those_of_other_pages_are_seen() {
    let (registry, path) = registry();
    let first = registry.ok(MODULE, options(json!({})));
    for number in 0..60 {
        let options =
            json!({"organization": "acme", "client_id": path.split('/').nth(6).unwrap(), "name": format!("t{number}")});
        registry.ok(MODULE, options);
    }
    registry.emulator.with_state(|state| state.tokens.values_mut().rev().take(3).for_each(|token| token.name = None));
    let kept = registry.ok(MODULE, options(json!({})));
    assert!(!kept.changed());
    assert_eq!(kept.result["uuid"], first.result["uuid"]);
    assert_eq!(kept.requests.len(), 4, "{:?}", kept.lines());
}

#[test]
fn a_token_can_rotate_itself() {
    let (registry, _) = registry();
    let wanted = options(json!({"rights": ["org:admin"], "rotate": true}));
    let own = token(&registry.ok(MODULE, wanted.clone()));
    let run = registry.run_as(&own, MODULE, wanted, Mode::Real);
    assert!(run.changed());
    assert_eq!((run.warnings(), run.result["revoked"].as_array().unwrap().len()), (vec![], 1));
    assert_eq!(living(&registry, "deploy"), [token(&run)]);
}

#[test]
fn a_revocation_that_fails_never_takes_the_new_token_away() {
    let (registry, path) = registry();
    registry.ok(MODULE, options(json!({})));
    registry.emulator.fault(Fault::html(502).on("DELETE", &path));
    let run = registry.ok(MODULE, options(json!({"rotate": true})));
    assert!(run.changed());
    assert_eq!((living(&registry, "deploy").len(), &run.result["revoked"]), (2, &json!([])));
    assert!(living(&registry, "deploy").contains(&token(&run)));
    assert!(
        run.warnings()[0].starts_with("cannot revoke the API token deploy of the application ci of acme ("),
        "{:?}",
        run.warnings()
    );
    registry.emulator.clear_faults();
    // The next run does it; without a new token it is a failure where it fails.
    registry.emulator.fault(Fault::html(502).on("DELETE", &path));
    let failed = registry.run(MODULE, options(json!({})));
    assert_eq!((failed.code, &failed.result["changed"]), (1, &json!(false)));
    registry.emulator.clear_faults();
    assert!(registry.ok(MODULE, options(json!({}))).changed());
    assert_eq!(living(&registry, "deploy"), [token(&run)]);
}

#[test]
fn a_lost_answer_leaves_no_token_behind_that_nobody_knows() {
    for fault in [Fault::drop_after(), Fault::status(200, "application/json", "{}"), Fault::html(200), Fault::html(504)]
    {
        let (registry, path) = registry();
        let old = token(&registry.ok(MODULE, options(json!({}))));
        registry.emulator.fault(fault.on("POST", &path).times(1));
        let run = registry.ok(MODULE, options(json!({"rotate": true, "overlap": "1d"})));
        assert!(run.changed());
        assert_eq!(living(&registry, "deploy"), [token(&run)]);
        assert!(!living(&registry, "deploy").contains(&old));
    }
    // A second loss is told, and the old token still works.
    let (registry, path) = registry();
    let old = token(&registry.ok(MODULE, options(json!({}))));
    registry.emulator.fault(Fault::drop_after().on("POST", &path));
    let run = registry.run(MODULE, options(json!({"rotate": true})));
    assert_eq!(run.code, 1);
    assert!(run.message().contains("a token that nobody knows may have been created"), "{}", run.message());
    assert!(living(&registry, "deploy").contains(&old));
}

#[test]
fn whose_rights_a_token_has_is_told() {
    let (registry, _) = registry();
    registry.emulator.add_user("bob", "password");
    registry.ok("quay_team", json!({"organization": "acme", "name": "admins", "role": "admin", "members": ["bob"]}));
    let bob = registry.emulator.token_for("bob", &["org:admin", "repo:read", "user:read"]);
    let made = registry.run_as(&bob, MODULE, options(json!({})), Mode::Real);
    assert_eq!((&made.result["created_by"], made.warnings()), (&json!("bob"), vec![]));
    let title = "the API token deploy of the application ci of acme";
    let kept = registry.ok(MODULE, options(json!({})));
    assert_eq!(kept.warnings(), [format!("{title} acts as bob, with the rights of bob, not as admin")]);
    let replaced = registry.ok(MODULE, options(json!({"rotate": true})));
    assert_eq!(replaced.warnings(), [format!("{title} acted as bob, and the new one acts as admin")]);
    // A token that may not say whose it is warns of nothing.
    let mute = registry.emulator.token_for("bob", &["org:admin"]);
    let run = registry.run_as(&mute, MODULE, options(json!({})), Mode::Real);
    assert_eq!((run.changed(), run.warnings()), (false, vec![]));
}

#[test]
fn what_cannot_work_is_refused_before_any_request() {
    let (registry, _) = registry();
    for (more, problem) in [
        (json!({"rights": []}), "rights: a token needs at least one"),
        (json!({"expiration": "30d", "rotate_before": "30d"}), "rotate_before must be shorter than expiration"),
        (json!({"expiration": "30d", "rotate_after": "4w2"}), "\"4w2\" is not a period"),
        (json!({"expiration": "1d", "rotate_after": "2d"}), "rotate_after must be shorter than expiration"),
        (json!({"rotate_before": "1d", "overlap": "1d"}), "overlap must be shorter than rotate_before"),
        (json!({"expiration": "0"}), "too short: at least 1 seconds"),
        (json!({"expiration": "600w"}), "too long: at most 315576000 seconds"),
        (json!({"name": "  "}), "must not be empty"),
        (json!({"name": "x".repeat(256)}), "255"),
        (json!({"client_id": "X"}), "application"),
    ] {
        let run = registry.run(MODULE, options(more));
        run.assert_refused();
        assert!(run.message().contains(problem), "{}", run.message());
        assert_eq!(run.requests.len(), 0);
    }
    let neither = registry.run(MODULE, json!({"organization": "acme", "name": "deploy"}));
    assert!(
        neither.message().contains("one of the following is required: application, client_id"),
        "{}",
        neither.message()
    );
}

#[test]
fn what_is_missing_is_named() {
    let (registry, _) = registry();
    let attempt = |application: &str, organization: &str| {
        format!("cannot create the API token deploy of the application {application} of {organization}")
    };
    assert_eq!(
        registry.refused_everywhere(MODULE, options(json!({"application": "cd"}))),
        format!("{}: acme has no application cd; it has ci", attempt("cd", "acme"))
    );
    assert_eq!(
        registry.refused_everywhere(MODULE, options(json!({"organization": "nowhere"}))),
        format!("{}: the organization nowhere does not exist", attempt("ci", "nowhere"))
    );
    let by_id = |organization: &str| json!({"organization": organization, "client_id": "NOSUCH", "name": "deploy"});
    assert_eq!(
        registry.refused_everywhere(MODULE, by_id("acme")),
        format!("{}: acme has no application with the client ID NOSUCH", attempt("NOSUCH", "acme"))
    );
    assert_eq!(
        registry.refused_everywhere(MODULE, by_id("nowhere")),
        format!("{}: the organization nowhere does not exist", attempt("NOSUCH", "nowhere"))
    );
    for mut gone in [
        options(json!({"application": "cd"})),
        options(json!({"organization": "nowhere"})),
        by_id("acme"),
        by_id("nowhere"),
    ] {
        merge(&mut gone, json!({"state": "absent"}));
        assert!(!registry.ok(MODULE, gone).changed());
    }
}

#[test]
fn several_applications_of_a_name_are_told_by_their_client_ids() {
    let (registry, path) = registry();
    let id = path.split('/').nth(6).unwrap();
    registry.emulator.with_state(|state| {
        let applications = &mut state.namespace_mut("acme").unwrap().applications;
        let mut twin = applications[id].clone();
        twin.client_id = "TWIN".into();
        applications.insert("TWIN".into(), twin);
    });
    assert_eq!(
        registry.refused_everywhere(MODULE, options(json!({}))),
        format!("application: 2 applications of acme have the name ci: name one by its client_id ({id}, TWIN)")
    );
}

#[test]
fn refusals_say_what_is_missing() {
    let (registry, _) = registry();
    let weak = registry.emulator.token_for("admin", &["org:admin"]);
    let run = registry.run_as(&weak, MODULE, options(json!({"rights": ["org:admin", "repo:read"]})), Mode::Real);
    assert_eq!(
        run.message(),
        "cannot create the API token deploy of the application ci of acme: Quay says \"Unauthorized\" (status 403); the caller \
         lacks one of these scopes, or the right behind it: org:admin, repo:read; nobody can give a token more than the calling \
         token and its user have"
    );
    let stranger = registry.emulator.token_for("bob", &["org:admin"]);
    let run = registry.run_as(&stranger, MODULE, options(json!({})), Mode::Real);
    run.assert_refused();
    assert!(run.message().contains("this needs a token with the scope org:admin"), "{}", run.message());

    let (registry, path) = registry_with(Config::default().setting("OAUTH_APPLICATION_MAXIMUM_TOKEN_COUNT", 1));
    registry.ok(MODULE, options(json!({})));
    let run = registry.run(MODULE, options(json!({"rotate": true})));
    assert!(
        run.message().contains(
            "Token limit reached: maximum 1 non-expired tokens per application\" (status 400); expired tokens do not"
        ),
        "{}",
        run.message()
    );
    assert_eq!(run.writes(), [format!("POST {path}")]);
}

#[test]
fn an_older_quay_is_told_what_works_there() {
    let (registry, _) = registry_with(Config::default().quay("3.17"));
    for state in ["present", "absent"] {
        let message = registry.refused_everywhere(MODULE, options(json!({"state": state})));
        assert!(
            message.ends_with("this needs Quay 3.18, and the server is 3.17; quay_api_token works with older ones"),
            "{message}"
        );
    }
}
