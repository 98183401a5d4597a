//! `quay_repository_restore`.

mod property;

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use quay_emulator::{Config, Fault, Image, state};
use serde_json::{Value, json};

use crate::modules::images;
use crate::support::{Mode, Registry, Run, merged};

const MODULE: &str = "quay_repository_restore";
const APP: &str = "/api/v1/repository/acme/app";

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().try_into().unwrap()
}

/// Gives a repository a history: name, image, begin and end in hours from now.
pub fn history(registry: &Registry, repository: &str, entries: &[(&str, &str, i64, Option<i64>)]) {
    let at = |hours: i64| (now() + hours * 3600) * 1_000_000;
    let entries = entries.iter().map(|(name, content, start, end)| {
        let digest = registry.emulator.push(repository, "any", &Image::new(content));
        entry(name, digest, at(*start), end.map(at))
    });
    let entries: Vec<state::Tag> = entries.collect();
    let (namespace, name) = repository.split_once('/').unwrap();
    registry.emulator.with_state(|state| state.repository_mut(namespace, name).unwrap().tags = entries);
}

fn entry(name: &str, digest: String, start: i64, end: Option<i64>) -> state::Tag {
    let name = name.to_owned();
    state::Tag { name, digest, start, end, reversion: false, immutable: false, pulls: 0, last_pull: None }
}

/// What the live tags of a repository point to.
fn live(registry: &Registry, repository: &str) -> BTreeMap<String, String> {
    let (namespace, name) = repository.split_once('/').unwrap();
    registry.emulator.with_state(|state| {
        let now = now() * 1_000_000 + 999_999;
        let tags = &state.repository(namespace, name).unwrap().tags;
        tags.iter().filter(|tag| tag.is_active(now)).map(|tag| (tag.name.clone(), tag.digest.clone())).collect()
    })
}

/// `stable` moved, `v1` was deleted, `v2` is new, `same` stays: two hours ago and now.
fn registry() -> Registry {
    with(Config::default())
}

fn with(config: Config) -> Registry {
    let registry = images::registry_with(config);
    history(
        &registry,
        "acme/app",
        &[
            ("same", "one", -9, None),
            ("stable", "one", -8, Some(-1)),
            ("v1", "one", -7, Some(-1)),
            ("stable", "two", -1, None),
            ("v2", "two", -1, None),
        ],
    );
    registry.emulator.clear_journal();
    registry
}

/// A moment that stays the same for several runs, so many minutes ago.
fn ago(minutes: i64) -> String {
    let now = jiff::Timestamp::now().as_second();
    jiff::Timestamp::from_second(now - minutes * 60).unwrap().to_string()
}

/// Checks, runs, and runs again.
fn restore(registry: &Registry, more: Value) -> Run {
    let options = merged(json!({"repository": "acme/app", "at": ago(120)}), &more);
    let check = registry.check(MODULE, options.clone());
    let run = registry.ok(MODULE, options.clone());
    for key in ["diff", "restored", "removed", "changed"] {
        assert_eq!(check.result[key], run.result[key], "{key}");
    }
    assert!(check.writes().is_empty());
    let again = registry.ok(MODULE, options);
    assert!(!again.changed() && again.writes().is_empty(), "{}", again.result);
    assert_eq!((&again.result["restored"], &again.result["removed"]), (&json!([]), &json!([])));
    run
}

#[test]
fn a_repository_is_as_it_was() {
    let registry = registry();
    let before = live(&registry, "acme/app");
    let one = before["same"].clone();
    let run = restore(&registry, json!({"remove_newer": true}));
    assert_eq!(run.result["restored"], json!(["acme/app:stable", "acme/app:v1"]));
    assert_eq!(run.result["removed"], json!(["acme/app:v2"]));
    assert_eq!(
        run.writes(),
        [
            format!("POST {APP}/tag/stable/restore"),
            format!("POST {APP}/tag/v1/restore"),
            format!("DELETE {APP}/tag/v2"),
        ]
    );
    assert_eq!(run.requests.len(), 5, "the repository, the history, and three writes: {:?}", run.lines());
    assert_eq!(run.after(), &json!({"acme/app:stable": one, "acme/app:v1": one}));
    assert_eq!(run.before(), &json!({"acme/app:stable": before["stable"], "acme/app:v2": before["v2"]}));
    let expected = ["same", "stable", "v1"].map(|name| (name.to_owned(), one.clone()));
    assert_eq!(live(&registry, "acme/app"), BTreeMap::from(expected));
    // And back again.
    restore(&registry, json!({"at": ago(30), "remove_newer": true}));
    assert_eq!(live(&registry, "acme/app"), before);
}

#[test]
fn newer_tags_stay_unless_asked_for() {
    let registry = registry();
    let run = restore(&registry, json!({}));
    assert_eq!(run.result["removed"], json!([]));
    assert!(live(&registry, "acme/app").contains_key("v2"));
}

#[test]
fn an_organization_is_as_it_was() {
    let registry = registry();
    history(&registry, "acme/web", &[("v1", "one", -9, Some(-1))]);
    registry.ok("quay_repository", json!({"name": "acme/empty"}));
    registry.emulator.clear_journal();
    let options = json!({"organization": "acme", "at": ago(120)});
    let run = registry.ok(MODULE, options.clone());
    assert_eq!(run.result["restored"], json!(["acme/app:stable", "acme/app:v1", "acme/web:v1"]));
    assert_eq!(
        run.requests.len(),
        9,
        "the list, the window, three histories, whether the list is whole, three writes: {:?}",
        run.lines()
    );
    assert!(!registry.ok(MODULE, options).changed());
    let message = registry.refused_everywhere(MODULE, json!({"organization": "nosuch", "at": ago(120)}));
    assert!(message.contains("nosuch"), "{message}");
}

#[test]
fn more_than_the_ceiling_is_refused() {
    let registry = registry();
    let options = json!({"repository": "acme/app", "at": ago(120), "remove_newer": true, "max_removals": 1});
    let message = registry.refused_everywhere(MODULE, options.clone());
    assert!(
        message.contains("2 tags would move to another image or be removed, and max_removals permits 1"),
        "{message}"
    );
    assert!(registry.ok(MODULE, merged(options.clone(), &json!({"max_removals": 2}))).changed());
    let message = registry.refused_everywhere(MODULE, merged(options, &json!({"max_removals": -1})));
    assert!(message.contains("max_removals: must be 0 or more"), "{message}");
}

#[test]
fn locked_tags_stop_everything() {
    let registry = registry();
    for tag in ["stable", "v2"] {
        registry.ok("quay_tag", json!({"image": format!("acme/app:{tag}"), "immutable": true}));
    }
    let options = json!({"repository": "acme/app", "at": ago(120), "remove_newer": true});
    let message = registry.refused_everywhere(MODULE, options);
    assert!(message.contains("immutable tags would have to change (acme/app:stable, acme/app:v2)"), "{message}");
}

#[test]
fn what_the_time_machine_does_not_know_is_refused() {
    let registry = registry();
    let message = registry.refused(MODULE, json!({"repository": "acme/app", "at": "15d"}));
    assert!(message.contains("its time machine reaches back to"), "{message}");
    registry.ok("quay_organization", json!({"name": "acme", "time_machine_expiration": "1d"}));
    history(&registry, "acme/app", &[("old", "one", -30, Some(-22)), ("new", "one", -1, None)]);
    assert!(!registry.check(MODULE, json!({"repository": "acme/app", "at": "21h"})).changed());
    let limit = jiff::Timestamp::from_second(now() - 24 * 3600 + 60).unwrap().to_string();
    let check = registry.check(MODULE, json!({"repository": "acme/app", "at": limit}));
    assert_eq!(check.result["restored"], json!(["acme/app:old"]));
    assert_eq!(check.warnings(), Vec::<&str>::new());
    registry.emulator.with_state(|state| {
        let tags = &mut state.repository_mut("acme", "app").unwrap().tags;
        tags[0].end = Some((now() - 24 * 3600 + 1800) * 1_000_000);
    });
    let check = registry.check(MODULE, json!({"repository": "acme/app", "at": limit}));
    assert!(
        check.warnings()[0].contains("is over within the hour, and more may be gone already: old"),
        "{:?}",
        check.warnings()
    );
}

#[test]
fn a_repository_that_cannot_be_written_to_is_refused() {
    let registry = registry();
    registry.ok("quay_repository", json!({"name": "acme/app", "repo_state": "READ_ONLY"}));
    for place in [json!({"repository": "acme/app", "at": ago(120)}), json!({"organization": "acme", "at": ago(120)})] {
        let message = registry.refused_everywhere(MODULE, place);
        assert!(message.contains("the repository is in the state READ_ONLY"), "{message}");
    }
    // Nothing to do is no problem.
    assert!(!registry.ok(MODULE, json!({"repository": "acme/app", "at": "10m"})).changed());
}

#[test]
fn a_policy_that_will_lock_tags_is_told_in_a_check() {
    let registry = registry();
    registry.ok("quay_organization_immutability", json!({"namespace": "acme", "tag_pattern": "v[0-9]"}));
    // It has locked what was there: v2 stays.
    let check = registry.check(MODULE, json!({"repository": "acme/app", "at": ago(120)}));
    assert!(
        check.warnings()[0].contains("a policy makes these tags immutable as soon as they are back"),
        "{:?}",
        check.warnings()
    );
    assert!(check.warnings()[0].ends_with("undo: v1"), "{:?}", check.warnings());
}

#[test]
fn a_long_history_is_read_whole_and_once() {
    let registry = registry();
    let names: Vec<String> = (0..250).map(|number| format!("t{number:03}")).collect();
    let entries: Vec<_> = names.iter().map(|name| (name.as_str(), "one", -9, Some(-1))).collect();
    history(&registry, "acme/app", &entries);
    registry.emulator.clear_journal();
    let check = registry.check(MODULE, json!({"repository": "acme/app", "at": ago(120)}));
    assert_eq!(check.result["restored"].as_array().unwrap().len(), 250);
    let pages = check.requests.iter().filter(|exchange| exchange.path.ends_with("/tag/")).count();
    assert_eq!(pages, 4, "three pages, and the first again: {:?}", check.lines());
}

#[test]
fn two_pages_are_looked_at_again_however_few_entries_they_hold() {
    let registry = registry();
    let names: Vec<String> = (0..110).map(|number| format!("t{:03}", number % 90)).collect();
    let entries: Vec<_> = names.iter().map(|name| (name.as_str(), "one", -9, Some(-1))).collect();
    history(&registry, "acme/app", &entries);
    registry.emulator.clear_journal();
    let check = registry.check(MODULE, json!({"repository": "acme/app", "at": ago(120)}));
    let pages = check.requests.iter().filter(|exchange| exchange.path.ends_with("/tag/")).count();
    assert_eq!(pages, 3, "two pages, and the first again: {:?}", check.lines());
}

#[test]
fn signatures_come_back_although_their_image_moves_meanwhile() {
    let registry = registry();
    let one = live(&registry, "acme/app")["same"].replace(':', "-");
    let (signature, two) = (format!("{one}.sig"), "two");
    // The signature of `one` was there, its only tag moves to `two` and back; the emulator ends the signature with each move.
    history(
        &registry,
        "acme/app",
        &[
            ("v1", "one", -9, Some(-1)),
            (&signature, "sig", -9, Some(-1)),
            ("v1", two, -1, None),
            ("newer", "one", -1, None),
        ],
    );
    let run = restore(&registry, json!({"remove_newer": true}));
    assert_eq!(run.result["restored"], json!([format!("acme/app:{signature}"), "acme/app:v1"]));
    assert!(live(&registry, "acme/app").contains_key(&signature));
}

#[test]
fn what_is_to_come_is_so_by_the_clock_of_the_server() {
    let registry = registry();
    let soon = json!({"repository": "acme/app", "at": ago(-30)});
    assert!(registry.refused_everywhere(MODULE, soon.clone()).contains("is in the future"));
    registry.emulator.fault(Fault::ahead(3_600));
    registry.check(MODULE, soon);
}

#[test]
fn who_may_not_or_what_is_missing_is_told() {
    let registry = registry();
    for (options, part) in [
        (json!({"repository": "acme/nosuch"}), "the repository acme/nosuch does not exist"),
        (json!({"repository": "nosuch/app"}), "does not exist"),
        (json!({}), "one of the following is required: repository, organization"),
        (json!({"repository": "acme/app", "organization": "acme"}), "mutually exclusive"),
        (json!({"repository": "acme/app", "at": "yesterday"}), "at: \"yesterday\" is no moment"),
        (json!({"repository": "acme/app", "at": "9999-01-01T00:00:00Z"}), "is in the future"),
    ] {
        let message = registry.refused_everywhere(MODULE, merged(json!({"at": ago(120)}), &options));
        assert!(message.contains(part), "{message}");
    }
    let reader = registry.emulator.token_for("admin", &["repo:read"]);
    let run = registry.run_as(&reader, MODULE, json!({"repository": "acme/app", "at": ago(120)}), Mode::Real);
    assert!(run.code == 1 && run.message().contains("repo:write"), "{}", run.message());
}
