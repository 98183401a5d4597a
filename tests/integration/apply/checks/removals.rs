//! What is removed, and only where `prune` says so.

use quaymaster::apply::kinds::Kind;
use serde_json::{Value, json};

use crate::apply::support::{Mass, changes, concerned, object, refusals, removed};

/// The declaration of something of every kind that can be pruned.
fn declared() -> Value {
    json!({
        "messages": [{"content": "kept-message"}],
        "organizations": [{
            "name": "acme", "email": "acme@example.com",
            "robots": [{"name": "ci", "federations": [{"issuer": "https://issuer.example", "subject": "kept"}]}],
            "teams": [{"name": "dev", "role": "member", "members": ["alice"]}],
            "default_permissions": [{"name": "dev", "type": "team", "role": "read"}],
            "applications": [{"name": "kept-application", "tokens": [{"name": "kept-token"}]}],
            "members": ["admin", "alice", "extra-member", "extra-grantee", "extra-creator"],
            "notifications": [{"title": "kept-warning", "event": "quota_warning", "method": "email", "config": {}}],
            "prune_policies": [{"method": "tags", "value": "20"}],
            "immutability_policies": [{"tag_pattern": "^kept"}],
            "repositories": [{
                "name": "app", "visibility": "private", "description": "",
                "permissions": [{"name": "dev", "type": "team", "role": "read"},
                                {"name": "acme+ci", "type": "user", "role": "write"}],
                "notifications": [{"title": "kept-notification", "event": "repo_push", "method": "webhook",
                                   "config": {"url": "https://hooks.example/kept"}}],
                "prune_policies": [{"method": "date", "value": "30d", "tag_pattern": "^kept"}],
                "immutability_policies": [{"tag_pattern": "^kept"}],
            }, {"name": "lib"}],
        }],
    })
}

/// What the server has besides, by kind. Each name is found nowhere else.
const SURPLUS: &[(Kind, &[&str])] = &[
    (Kind::Messages, &["extra-message"]),
    (Kind::Organizations, &["extra-organization"]),
    (Kind::Robots, &["extra_robot"]),
    (Kind::Federations, &["extra-federation"]),
    (Kind::Teams, &["extra-team"]),
    (Kind::Members, &["extra-member"]),
    (Kind::OrganizationMembers, &["extra-outsider"]),
    (Kind::Applications, &["extra-application"]),
    (Kind::Tokens, &["extra-token"]),
    (Kind::DefaultPermissions, &["extra-creator"]),
    (Kind::PrunePolicies, &["extra-policy", "extra-second-policy"]),
    (Kind::ImmutabilityPolicies, &["extra-immutable", "extra-second-immutable"]),
    (Kind::Repositories, &["extra-repository"]),
    (Kind::Permissions, &["extra-grantee"]),
    (Kind::Notifications, &["extra-notification", "extra-warning"]),
];

/// A server with all that is declared, and surplus of every kind.
fn crowded() -> Mass {
    let mass = Mass::with_users(&["alice", "extra-member", "extra-creator", "extra-grantee", "extra-outsider"]);
    mass.applied(declared());
    mass.applied(json!({
        "messages": [{"content": "extra-message"}],
        "organizations": [
            {"name": "extra-organization"},
            {
                "name": "acme",
                "robots": [{"name": "extra_robot"},
                           {"name": "ci", "federations": [{"issuer": "https://issuer.example", "subject": "extra-federation"}]}],
                "teams": [{"name": "extra-team"}, {"name": "dev", "members": ["extra-member"]}],
                "default_permissions": [{"name": "dev", "type": "team", "role": "read", "creator": "extra-creator"}],
                "applications": [{"name": "extra-application"}, {"name": "kept-application", "tokens": [{"name": "extra-token"}]}],
                "notifications": [{"title": "extra-warning", "event": "quota_error", "method": "email", "config": {}}],
                "prune_policies": [{"method": "date", "value": "7d", "tag_pattern": "extra-policy"}],
                "immutability_policies": [{"tag_pattern": "extra-immutable"}],
                "repositories": [
                    {"name": "extra-repository"},
                    {"name": "lib", "permissions": [{"name": "extra-outsider", "type": "user", "role": "read"}]},
                    {"name": "app",
                     "permissions": [{"name": "extra-grantee", "type": "user", "role": "read"}],
                     "notifications": [{"title": "extra-notification", "event": "repo_push", "method": "webhook",
                                        "config": {"url": "https://hooks.example/extra"}}],
                     "prune_policies": [{"method": "tags", "value": "5", "tag_pattern": "extra-second-policy",
                                         "tag_pattern_matches": false}],
                     "immutability_policies": [{"tag_pattern": "extra-second-immutable"}]},
                ],
            },
        ],
    }));
    mass
}

/// The declaration with these limits.
fn with(registry: Value) -> Value {
    let mut config = declared();
    config["registry"] = registry;
    config
}

fn surplus() -> impl Iterator<Item = &'static str> {
    SURPLUS.iter().flat_map(|(_, names)| names.iter().copied())
}

fn surplus_left(mass: &Mass) -> Vec<&'static str> {
    surplus().filter(|name| mass.has(name)).collect()
}

#[test]
fn registry_checks_nothing_is_removed_unless_its_kind_is_named() {
    let mass = crowded();
    let known = mass.writes();
    mass.settled(declared());
    mass.applied(declared());
    mass.settled(with(json!({"prune": {}, "allow": {"delete_organizations": true, "delete_repositories": true}})));
    assert_eq!(mass.writes_since(known), Vec::<String>::new());
    assert_eq!(surplus_left(&mass).len(), surplus().count());
}

#[test]
fn registry_checks_each_kind_is_removed_when_it_is_named_and_no_other() {
    let mass = crowded();
    let crowded = mass.registry.emulator.snapshot();
    assert_eq!(SURPLUS.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), Kind::pruned().collect::<Vec<_>>());
    for (kind, names) in SURPLUS {
        mass.registry.emulator.load(crowded.clone()).unwrap();
        let config = with(json!({"prune": {kind.word(): true}, "allow": {"delete_organizations": true}}));
        let known = mass.writes();
        let plan = mass.plan(config.clone());
        assert_eq!(refusals(&plan), "", "{kind:?}");
        let open = changes(&plan);
        assert_eq!(open.len(), names.len(), "{kind:?}: {open:#?}");
        assert!(names.iter().all(|name| open.iter().any(|line| line.contains(name))), "{kind:?}: {open:#?}");
        assert_eq!(mass.writes_since(known), Vec::<String>::new(), "{kind:?}: a plan writes");
        let report = mass.applied(config.clone());
        assert_eq!(changes(&report), open, "{kind:?}: the run does something else");
        let expected: Vec<&str> = SURPLUS
            .iter()
            .filter(|(other, _)| other != kind)
            .flat_map(|(_, names)| names.iter().copied())
            // A default permission for the team's members stays; the organization's own list is another kind.
            .collect();
        assert_eq!(surplus_left(&mass), expected, "{kind:?}");
        mass.settled(config);
        mass.settled(declared());
    }
}

#[test]
fn registry_checks_everything_is_removed_when_all_kinds_are_named() {
    let mass = crowded();
    let all: Value = Kind::pruned()
        .map(|kind| (kind.word(), true))
        .collect::<std::collections::BTreeMap<_, _>>()
        .into_iter()
        .map(|(word, on)| (word.to_owned(), json!(on)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let config = with(json!({"prune": all, "allow": {"delete_organizations": true}}));
    mass.applied(config.clone());
    assert_eq!(surplus_left(&mass), Vec::<&str>::new());
    mass.settled(config);
    mass.settled(declared());
}

#[test]
fn registry_checks_an_organization_prunes_for_itself_alone() {
    let mass = Mass::new();
    let two = |prune_in_one: Value, extra: bool| {
        let teams =
            |_: &str| if extra { json!([{"name": "dev"}, {"name": "extra"}]) } else { json!([{"name": "dev"}]) };
        json!({"organizations": [
            {"name": "one", "prune": prune_in_one, "teams": teams("one")},
            {"name": "two", "teams": teams("two")},
        ]})
    };
    mass.applied(two(Value::Null, true));
    let plan = mass.plan(two(json!({"teams": true}), false));
    assert_eq!(removed(&plan), ["team one/extra"]);
    let mut general = two(json!({"teams": false}), false);
    general["registry"] = json!({"prune": {"teams": true}});
    assert_eq!(removed(&mass.plan(general.clone())), ["team two/extra"], "an organization's own word counts");
    mass.applied(general);
    mass.applied(two(json!({"teams": true}), false));
    assert!(!mass.has("extra"));
}

#[test]
fn registry_checks_a_repository_a_team_and_a_robot_account_prune_for_themselves_alone() {
    let mass = Mass::with_users(&["alice", "bob"]);
    let hook = |title: &str| json!({"title": title, "event": "repo_push", "method": "webhook", "config": {"url": "https://hooks.example/x"}});
    let federation = |subject: &str| json!({"issuer": "https://issuer.example", "subject": subject});
    let grant = |name: &str| json!({"name": name, "type": "user", "role": "read"});
    let build = |prune: [Value; 3], full: bool| {
        let list = |entry: &dyn Fn(&str) -> Value, names: [&str; 2]| -> Value {
            names.iter().take(if full { 2 } else { 1 }).map(|name| entry(name)).collect()
        };
        let repository = |name: &str, prune: Value| {
            json!({"name": name, "prune": prune, "permissions": list(&grant, ["alice", "bob"]),
                "notifications": list(&hook, ["first", "second"]),
                "prune_policies": list(&|value| json!({"method": "tags", "value": value}), ["7", "8"]),
                "immutability_policies": list(&|pattern| json!({"tag_pattern": pattern}), ["^a", "^b"])})
        };
        let [of_repository, of_team, of_robot] = prune;
        json!({"organizations": [{
            "name": "acme",
            "robots": [
                {"name": "one", "prune": of_robot, "federations": list(&federation, ["first", "second"])},
                {"name": "two", "federations": list(&federation, ["first", "second"])}],
            "teams": [
                {"name": "one", "prune": of_team, "members": list(&|name| json!(name), ["alice", "bob"])},
                {"name": "two", "members": list(&|name| json!(name), ["alice", "bob"])}],
            "repositories": [repository("one", of_repository), repository("two", Value::Null)],
        }]})
    };
    mass.applied(build([Value::Null, Value::Null, Value::Null], true));
    let kinds =
        json!({"permissions": true, "notifications": true, "prune_policies": true, "immutability_policies": true});
    let config = build([kinds, json!({"members": true}), json!({"federations": true})], false);
    let plan = mass.plan(config.clone());
    let open = changes(&plan);
    assert_eq!(open.len(), 6, "{open:#?}");
    assert!(open.iter().all(|line| line.contains("acme/one") || line.contains("acme+one")), "{open:#?}");
    mass.applied(config.clone());
    mass.settled(config);
    let mut general = build([Value::Null, Value::Null, Value::Null], false);
    let off =
        json!({"permissions": false, "notifications": false, "prune_policies": false, "immutability_policies": false});
    general["organizations"][0]["repositories"][1]["prune"] = off;
    general["organizations"][0]["teams"][1]["prune"] = json!({"members": false});
    general["organizations"][0]["robots"][1]["prune"] = json!({"federations": false});
    let all: serde_json::Map<String, Value> =
        ["permissions", "notifications", "prune_policies", "immutability_policies", "members", "federations"]
            .iter()
            .map(|kind| ((*kind).to_owned(), json!(true)))
            .collect();
    general["registry"] = json!({"prune": all});
    mass.settled(general);
}

#[test]
fn registry_checks_a_list_of_grantees_leaves_the_rights_of_the_others() {
    let mass = Mass::with_users(&["alice"]);
    let base = |permissions: Value, prune: Value| {
        json!({"organizations": [{"name": "acme", "robots": [{"name": "ci"}], "teams": [{"name": "dev"}],
            "repositories": [{"name": "app", "permissions": permissions, "prune": prune}]}]})
    };
    let grant = |name: &str, kind: &str| json!({"name": name, "type": kind, "role": "read"});
    let all = json!([grant("alice", "user"), grant("acme+ci", "user"), grant("dev", "team")]);
    mass.applied(base(all, Value::Null));
    let rights = || {
        let value = mass.exported().value;
        let list = value["organizations"][0]["repositories"][0]["permissions"].as_array().cloned().unwrap_or_default();
        let mut names: Vec<String> = list.iter().map(|grant| grant["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(rights(), ["acme+ci", "admin", "alice", "dev"]);
    for (whose, left) in [
        (json!(["robots"]), vec!["admin", "alice", "dev"]),
        (json!(["teams"]), vec!["admin", "alice"]),
        (json!(["users"]), vec!["admin"]),
    ] {
        let config = base(json!([]), json!({"permissions": whose}));
        mass.applied(config.clone());
        assert_eq!(rights(), left);
        mass.settled(config);
    }
}

#[test]
fn registry_checks_an_entry_with_a_state_of_absent_is_removed_alone() {
    let mass = crowded();
    let config = json!({"organizations": [{"name": "acme", "teams": [{"name": "extra-team", "state": "absent"}],
        "robots": [{"name": "extra_robot", "state": "absent"}],
        "repositories": [{"name": "extra-repository", "state": "absent"}]}]});
    let report = mass.applied(config);
    let expected = [Kind::Robots, Kind::Teams, Kind::Repositories];
    assert_eq!(concerned(&report), expected.iter().copied().collect());
    assert_eq!(surplus_left(&mass).len(), surplus().count() - expected.len());
}

/// A message that a pattern for another one would also find.
#[test]
fn registry_checks_a_message_is_pruned_by_its_exact_text() {
    let mass = Mass::new();
    mass.applied(json!({"messages": [{"content": "Closed"}, {"content": "Closed "}, {"content": "a.c (x)"}, {"content": "abc (x)"}]}));
    let config = json!({"registry": {"prune": {"messages": true}},
        "messages": [{"content": "Closed "}, {"content": "abc (x)"}]});
    mass.applied(config.clone());
    let left = mass.exported().value["messages"].to_string();
    assert!(left.contains("\"Closed \"") && left.contains("abc (x)"), "{left}");
    assert!(!left.contains("\"Closed\"") && !left.contains("a.c"), "{left}");
    mass.settled(config);
}

#[test]
fn registry_checks_what_is_declared_elsewhere_counts_as_declared() {
    let mass = Mass::new();
    let config = json!({"registry": {"prune": {"teams": true, "robots": true, "repositories": true}},
        "organizations": [{"name": "acme", "teams": [{"name": "known", "reference": true}],
            "repositories": [{"name": "app-*", "description": "matched"}]}]});
    mass.applied(json!({"organizations": [{"name": "acme", "teams": [{"name": "known"}],
        "repositories": [{"name": "app-one"}]}]}));
    let plan = mass.plan(config);
    assert_eq!(removed(&plan), Vec::<&str>::new());
    assert_eq!(object(&plan, "repository acme/app-one").after["description"], "matched");
}
