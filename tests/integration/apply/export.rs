//! Export: what a server looks like as a registry file, and that applying it changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use quay_emulator::state::{Invitation, Repository};
use quay_emulator::{Config, Fault};
use quaymaster::api::{Http, Reader, Settings};
use quaymaster::apply::export::{Export, Wanted, export};
use quaymaster::apply::input::declaration::Declaration;
use quaymaster::apply::input::yaml::{Content, Node, parse::parse};
use quaymaster::apply::kinds;
use quaymaster::apply::kinds::section::Section;
use quaymaster::apply::planning::item::{Around, Item};
use quaymaster::error::Error;
use serde_json::{Value, json};

use crate::apply::support::{Mass, company};
use crate::given::{refusal, with_acme};
use crate::support::Registry;

fn reader(registry: &Registry, token: &str) -> Reader {
    let Value::Object(options) = json!({"quay_host": registry.emulator.url(), "quay_token": token, "retries": 0})
    else {
        unreachable!()
    };
    Reader::new(Arc::new(Http::new(Settings::from_options(&options)).unwrap()), true)
}

fn wanted(organizations: &[String]) -> Wanted<'_> {
    Wanted { organizations, verb: "export", users: true, messages: true, jobs: 4 }
}

#[track_caller]
pub fn exported(registry: &Registry, organizations: &[String]) -> Export {
    match export(&reader(registry, &registry.token), &wanted(organizations)) {
        Ok(export) => export,
        Err(errors) => panic!("{:?}", errors.iter().map(ToString::to_string).collect::<Vec<_>>()),
    }
}

/// A registry with something of everything that the format can say, directories apart.
fn full() -> Registry {
    let registry = with_acme(Registry::new());
    for user in ["alice", "bob"] {
        registry.emulator.add_user(user, "password");
    }
    let run = |module: &str, options: Value| drop(registry.ok(module, options));
    run("quay_user", json!({"username": "alice", "quota": "5 GiB"}));
    run("quay_message", json!({"content": "Closed: on Sunday", "severity": "warning", "format": "plain"}));
    run(
        "quay_organization",
        json!({"name": "acme", "email": "it@acme.example", "time_machine_expiration": "1w",
        "invoice_email": true, "invoice_email_address": "money@acme.example"}),
    );
    run("quay_quota", json!({"organization": "acme", "quota": "10 GiB", "warning_pct": [70, 80]}));
    run(
        "quay_robot",
        json!({"name": "acme+ci", "description": "Pushes: all",
        "metadata": {"owner": "team a", "tier": 1, "tags": ["x", {"y": null}]}, "federations": [
        {"issuer": "https://issuer.example", "subject": "repo:acme"}]}),
    );
    run("quay_robot", json!({"name": "acme+pull"}));
    run(
        "quay_team",
        json!({"organization": "acme", "name": "dev", "role": "creator", "description": "All\nof us\n",
        "members": ["bob", "alice", "acme+ci"]}),
    );
    run("quay_application", json!({"organization": "acme", "name": "portal", "description": "yes"}));
    run(
        "quay_application_token",
        json!({"organization": "acme", "application": "portal", "name": "deploy", "rights": ["repo:write", "repo:read"]}),
    );
    run("quay_default_perm", json!({"organization": "acme", "name": "dev", "type": "team", "role": "write"}));
    run(
        "quay_default_perm",
        json!({"organization": "acme", "name": "acme+pull", "type": "user", "creator": "alice",
        "role": ["read", "admin"]}),
    );
    run(
        "quay_organization_notification",
        json!({"organization": "acme", "title": "chat", "event": "quota_error", "method": "slack",
        "config": {"url": "https://hooks.example/s3cret"}}),
    );
    run("quay_organization_prune", json!({"namespace": "acme", "method": "tags", "value": "20"}));
    run("quay_organization_immutability", json!({"namespace": "acme", "tag_pattern": "^v[0-9]+$"}));
    run("quay_repository", json!({"name": "acme/web", "visibility": "public"}));
    run(
        "quay_repository",
        json!({"name": "acme/app", "description": "# App\n\nDoes things", "append": false, "perms": [
        {"name": "acme+ci", "type": "user", "role": "write"}, {"name": "dev", "type": "team", "role": "read"}]}),
    );
    run(
        "quay_notification",
        json!({"repository": "acme/app", "title": "expiry", "event": "repo_image_expiry",
        "image_expiry_days": 3, "method": "quay_notification", "config": {"type": "team", "name": "dev"}}),
    );
    run(
        "quay_notification",
        json!({"repository": "acme/app", "title": "push", "event": "repo_push",
        "method": "slack", "config": {"url": "https://hooks.example/s3cret"}}),
    );
    run(
        "quay_notification",
        json!({"repository": "acme/app", "title": "found", "event": "vulnerability_found",
        "vulnerability_level": "high", "method": "webhook",
        "config": {"url": "https://hooks.example/s3cret", "template": "{\"a\": 1}"}}),
    );
    run(
        "quay_notification",
        json!({"repository": "acme/app", "title": "room", "event": "repo_push",
        "method": "hipchat", "config": {"room_id": "7", "notification_token": "s3cret"}}),
    );
    run(
        "quay_repository_prune",
        json!({"repository": "acme/app", "method": "date", "value": "30d",
        "tag_pattern": "^dev", "tag_pattern_matches": false}),
    );
    run(
        "quay_repository_mirror",
        json!({"name": "acme/web", "external_reference": "quay.io/other/web",
        "robot_username": "acme+pull", "image_tags": ["latest", "v*"], "architectures": ["arm64", "amd64"],
        "sync_interval": "1h", "is_enabled": true,
        "external_registry_username": "me", "external_registry_password": "hunter2",
        "http_proxy": "http://me:hunter3@proxy.example"}),
    );
    run("quay_organization", json!({"name": "copies"}));
    run("quay_robot", json!({"name": "copies+sync"}));
    run(
        "quay_org_mirror",
        json!({"organization": "copies", "external_registry_type": "harbor",
        "external_registry_url": "https://harbor.example", "external_namespace": "library", "robot_username": "copies+sync",
        "visibility": "private", "repository_filters": ["b*", "a*"], "external_registry_username": "me",
        "external_registry_password": "hunter4", "verify_tls": false}),
    );
    run("quay_organization", json!({"name": "cache"}));
    run("quay_proxy_cache", json!({"organization": "cache", "registry": "docker.io/library", "expiration": "2d"}));
    registry
}

/// The items of an exported section and of all within, as applying would make them.
fn items(section: &'static Section, node: &Node, around: Around<'_>, list: &mut Vec<Item>) {
    let entries = match &node.content {
        Content::List(entries) => entries.as_slice(),
        _ => std::slice::from_ref(node),
    };
    for entry in entries {
        let item = Item::of(section, entry, around, true);
        let item =
            item.unwrap_or_else(|found| panic!("{:?}", found.iter().map(ToString::to_string).collect::<Vec<_>>()));
        list.push(item);
        let name = entry.get("name").and_then(Node::as_str);
        let around = match section.key {
            "organizations" => Around { organization: name, ..around },
            "teams" => Around { team: name, ..around },
            "applications" => Around { application: name, ..around },
            "repositories" => Around { repository: name, ..around },
            _ => around,
        };
        for inner in section.inside() {
            if let Some(node) = entry.get(inner.key) {
                items(inner, node, around, list);
            }
        }
    }
}

/// Reads an export back and plans every entry; returns how many there were.
#[track_caller]
fn assert_nothing_to_do(registry: &Registry, export: &Export) -> usize {
    let text = export.to_yaml();
    let mut documents = parse("export.yml", &text).ok().unwrap();
    let read = Declaration::read(documents.clone(), None, &|_| None);
    let problems = read.err().unwrap_or_default();
    assert_eq!(problems.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new(), "{text}");
    let document = documents.pop().unwrap();
    let mut list = Vec::new();
    for section in kinds::top() {
        if let Some(node) = document.get(section.key) {
            items(section, node, Around::default(), &mut list);
        }
    }
    let reader = reader(registry, &registry.token);
    for item in &list {
        let plan =
            item.entry.plan(&item.options.all(), &reader).unwrap_or_else(|error| panic!("{}: {error}", item.title));
        let steps: Vec<&str> = plan.steps.iter().map(|step| step.what.as_str()).collect();
        assert_eq!(steps, Vec::<&str>::new(), "{}", item.title);
    }
    list.len()
}

#[test]
fn registry_export_says_everything_but_secrets_and_applying_it_changes_nothing() {
    let registry = full();
    let before = registry.emulator.writes().len();
    let export = exported(&registry, &[]);
    let text = export.to_yaml();
    insta::assert_snapshot!(text);
    assert_eq!(
        export.left_out,
        [
            "organization acme: notification \"chat\": config.url",
            "organization cache: username and password of the proxy cache, if it has any",
            "organization copies: mirror: external_registry_password",
            "repository acme/app: notification \"found\": config.url",
            "repository acme/app: notification \"push\": config.url",
            "repository acme/app: notification \"room\": config.notification_token",
            "repository acme/app: notification \"room\": config.room_id",
            "repository acme/web: mirror: external_registry_password, if it has any",
            "repository acme/web: mirror: http_proxy",
            "user admin: password",
            "user alice: password",
            "user bob: password",
        ]
    );
    for secret in ["hunter", "s3cret"] {
        assert!(!text.contains(secret), "{secret}");
    }
    assert!(assert_nothing_to_do(&registry, &export) > 20);
    assert_eq!(registry.emulator.writes().len(), before, "an export writes nothing");
}

/// A push can make a repository whose name Quay's API takes for a part of another one.
#[test]
fn registry_export_tells_repositories_that_it_cannot_reach() {
    let registry = with_acme(Registry::new());
    registry.ok("quay_repository", json!({"name": "acme/app"}));
    registry.emulator.with_state(|state| {
        let repositories = &mut state.namespace_mut("acme").unwrap().repositories;
        let mut shadowed = repositories["app"].clone();
        shadowed.name = "app/tag".into();
        repositories.insert("app/tag".into(), shadowed);
    });
    let export = exported(&registry, &["acme".to_owned()]);
    let names = export.value["organizations"][0]["repositories"].as_array().unwrap().iter();
    assert_eq!(names.map(|repository| repository["name"].as_str().unwrap()).collect::<Vec<_>>(), ["app"]);
    let told = |line: &String| line.starts_with("repository acme/app/tag: everything, as ");
    assert!(export.left_out.iter().any(told), "{:?}", export.left_out);
}

#[test]
fn registry_export_tells_notifications_that_no_file_can_make() {
    let registry = with_acme(Registry::new());
    registry.ok("quay_repository", json!({"name": "acme/app"}));
    let made = |title: &str| {
        registry.ok(
            "quay_notification",
            json!({"repository": "acme/app", "title": title, "event": "vulnerability_found",
            "vulnerability_level": "high", "method": "quay_notification", "config": {"type": "user", "name": "admin"}}),
        )
    };
    for title in ["odd", "none", "twin", "other twin"] {
        made(title);
    }
    registry.emulator.with_state(|state| {
        let repository = &mut state.namespace_mut("acme").unwrap().repositories["app"];
        for one in repository.notifications.values_mut() {
            match one.title.as_str().unwrap_or_default() {
                "odd" => one.event_config = json!({"vulnerability": {"priority": "0"}}),
                "none" => one.title = Value::Null,
                "other twin" => one.title = json!("twin"),
                _ => {}
            }
        }
    });
    let export = exported(&registry, &["acme".to_owned()]);
    let notifications = &export.value["organizations"][0]["repositories"][0]["notifications"];
    let titles: Vec<&Value> = notifications.as_array().unwrap().iter().map(|one| &one["title"]).collect();
    assert_eq!(titles, ["odd", "twin"]);
    assert_eq!(
        export.left_out.iter().filter(|line| line.contains("notification")).collect::<Vec<_>>(),
        [
            "repository acme/app: a notification (vulnerability_found by quay_notification) without a title, which \
             quay_notification cannot make",
            "repository acme/app: another notification called \"twin\" (vulnerability_found by quay_notification)",
            "repository acme/app: notification \"odd\": vulnerability of the event",
        ]
    );
}

#[test]
fn registry_export_takes_names_and_patterns() {
    let registry = full();
    let names = |wanted: &[&str]| {
        let wanted: Vec<String> = wanted.iter().map(ToString::to_string).collect();
        let value = exported(&registry, &wanted).value;
        let list = value["organizations"].as_array().cloned().unwrap_or_default();
        list.iter().map(|organization| organization["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&["cache"]), ["cache"]);
    assert_eq!(names(&["c*", "acme"]), ["acme", "cache", "copies"]);
    let errors = export(&reader(&registry, &registry.token), &wanted(&["x*".to_owned()])).err().unwrap();
    let expected = "cannot export x*: none of the 3 organizations that this caller sees fits the pattern";
    assert_eq!(errors[0].to_string(), expected);
    let errors = export(&reader(&registry, &registry.token), &wanted(&["nobody".to_owned()])).err().unwrap();
    assert_eq!(errors[0].to_string(), "cannot export nobody: the organization nobody does not exist");
}

#[test]
fn registry_export_leaves_out_what_the_server_has_switched_off() {
    let registry = full();
    let features =
        ["QUOTA_MANAGEMENT", "PROXY_CACHE", "ORG_MIRROR", "REPO_MIRROR", "AUTO_PRUNE", "IMMUTABLE_TAGS", "EDIT_QUOTA"];
    for feature in features {
        registry.emulator.set_feature(feature, false);
    }
    let export = exported(&registry, &["acme".to_owned()]);
    let acme = &export.value["organizations"][0];
    for gone in ["quota", "proxy_cache", "mirror", "prune_policies", "immutability_policies"] {
        assert_eq!(acme.get(gone), None, "{gone}");
    }
    assert_nothing_to_do(&registry, &export);
}

#[test]
fn registry_export_asks_for_no_repository_that_a_list_has_shown() {
    let registry = full();
    registry.emulator.clear_journal();
    exported(&registry, &[]);
    let is_alone = |path: &str| {
        let parts: Vec<&str> = path.trim_matches('/').split('/').skip(2).collect();
        matches!(parts.as_slice(), ["repository", _, _])
    };
    let journal = registry.emulator.journal();
    let alone: Vec<&str> = journal.iter().map(|exchange| &*exchange.path).filter(|path| is_alone(path)).collect();
    assert!(alone.is_empty(), "{alone:#?}");
}

/// Half an export would look like a whole one, and remove the other half with `prune`.
#[test]
fn registry_export_fails_when_something_cannot_be_read() {
    let registry = full();
    for path in [
        "/api/v1/organization/acme/prototypes",
        "/api/v1/organization/acme/collaborators",
        "/api/v1/organization/acme/team/dev/permissions",
        "/api/v1/repository/acme/app/permissions/user/",
        "/api/v1/repository/acme/app/autoprunepolicy/",
        "/api/v1/repository",
    ] {
        registry.emulator.fault(refusal("GET", path, 403, "Unauthorized"));
        let errors = export(&reader(&registry, &registry.token), &wanted(&[])).err();
        registry.emulator.clear_faults();
        let errors = errors.unwrap_or_else(|| panic!("{path} did not matter"));
        assert_eq!(errors.iter().map(Error::status).collect::<Vec<_>>(), [Some(403)], "{path}");
    }
}

#[test]
fn registry_export_shows_others_their_own_organizations() {
    let registry = full();
    registry.join("carol", "owners2", "admin");
    let token = registry.emulator.token_for("carol", crate::given::SCOPES);
    let wanted = Wanted { organizations: &[], verb: "export", users: false, messages: false, jobs: 1 };
    let export = export(&reader(&registry, &token), &wanted).ok().unwrap();
    let list = export.value["organizations"].as_array().unwrap();
    assert_eq!(list.iter().map(|organization| organization["name"].as_str().unwrap()).collect::<Vec<_>>(), ["acme"]);
    assert_eq!(export.value.get("users"), None);
}

#[test]
fn registry_export_leaves_the_users_of_a_synchronized_team_to_the_directory() {
    let directory = json!({
        "sync": {"service": "ldap", "base_dn": "dc=example,dc=org"}, "groups": {"cn=one,ou=users": ["user1"]},
    });
    let config = Config::default().setting("AUTHENTICATION_TYPE", "LDAP").setting("EMULATOR_DIRECTORY", directory);
    let registry = with_acme(Registry::with(config));
    registry.emulator.add_user("alice", "password");
    registry.ok("quay_robot", json!({"name": "acme+ci"}));
    registry.ok("quay_team", json!({"organization": "acme", "name": "dev", "members": ["acme+ci"]}));
    registry.ok("quay_team_ldap", json!({"organization": "acme", "name": "dev", "group_dn": "cn=one,ou=users"}));
    registry.emulator.with_state(|state| {
        let acme = state.namespaces.get_mut("acme").unwrap();
        acme.teams.get_mut("dev").unwrap().members.insert("alice".to_owned());
    });
    let export = exported(&registry, &[]);
    let team =
        json!({"name": "dev", "role": "member", "members": ["acme+ci"], "ldap": {"group_dn": "cn=one,ou=users"}});
    assert_eq!(export.value["organizations"][0]["teams"][0], team);
    assert_nothing_to_do(&registry, &export);
}

/// Quay's list of the robots of `a_b` has those of `a-b`, as `_` stands for any character there.
#[test]
fn registry_export_and_plan_leave_out_the_robots_of_a_look_alike() {
    let mass = Mass::new();
    let robots = |name: &str| json!({"name": name, "robots": [{"name": "own"}]});
    mass.applied(
        json!({"organizations": [robots("a_b"), {"name": "a-b", "robots": [{"name": "foreign"}, {"name": "own"}]}]}),
    );
    let exported = mass.exported().value;
    let organizations = exported["organizations"].as_array().unwrap();
    let exported = organizations.iter().find(|organization| organization["name"] == "a_b").unwrap();
    assert_eq!(exported["robots"].as_array().map(Vec::len), Some(1), "{exported}");
    assert_eq!(exported["robots"][0]["name"], "own", "{exported}");
    mass.settled(json!({"registry": {"prune": {"robots": true}}, "organizations": [robots("a_b")]}));
}

/// Rights of everybody who can have one: an outsider, a member, the maker, robot accounts and teams; and nobody's.
fn with_rights(teams: usize, repositories: usize) -> Mass {
    let mass = Mass::with_users(&["alice", "bob"]);
    let mut organization = company("company", teams, 3, repositories);
    organization["teams"][0]["members"] = json!(["alice"]);
    let grants = organization["repositories"][0]["permissions"].as_array_mut().unwrap();
    for (name, role) in [("bob", "admin"), ("alice", "write")] {
        grants.push(json!({"name": name, "type": "user", "role": role}));
    }
    for team in 1..teams {
        grants.push(json!({"name": format!("team{team}"), "type": "team", "role": "read"}));
    }
    mass.applied(json!({"organizations": [organization]}));
    let last = format!("repo{}", repositories - 1);
    mass.registry.emulator.with_state(|state| {
        let repositories = &mut state.namespace_mut("company").unwrap().repositories;
        for repository in repositories.values_mut().filter(|repository| repository.name != "repo0") {
            // Whoever makes a repository has a right on it.
            repository.user_roles.shift_remove("admin");
            if repository.name == last {
                repository.user_roles.clear();
                repository.team_roles.clear();
            }
        }
    });
    mass
}

/// The rights as the server has them, and as an export tells them.
fn rights(mass: &Mass) -> [BTreeSet<(String, String, String)>; 2] {
    let held = mass.registry.emulator.with_state(|state| {
        let repositories = &state.namespace_mut("company").unwrap().repositories;
        let of = |(name, repository): (&String, &Repository)| {
            let (users, teams) = (repository.user_roles.iter(), repository.team_roles.iter());
            let users = users.map(|(user, role)| (name.clone(), user.clone(), json!(role).to_string()));
            let teams = teams.map(|(team, role)| (name.clone(), format!("team {team}"), json!(role).to_string()));
            users.chain(teams).collect::<Vec<_>>()
        };
        repositories.iter().flat_map(of).collect()
    });
    let export = exported(&mass.registry, &["company".to_owned()]).value;
    let mut told = BTreeSet::new();
    for repository in export["organizations"][0]["repositories"].as_array().unwrap() {
        for grant in repository["permissions"].as_array().into_iter().flatten() {
            let name = grant["name"].as_str().unwrap();
            let holder = if grant["type"] == "team" { format!("team {name}") } else { name.to_owned() };
            told.insert((repository["name"].as_str().unwrap().to_owned(), holder, grant["role"].to_string()));
        }
    }
    [held, told]
}

/// The requests for rights of an export, by what they end with.
fn asked(mass: &Mass) -> BTreeMap<String, usize> {
    let mut asked = BTreeMap::new();
    for exchange in mass.registry.emulator.journal() {
        let path = exchange.path.trim_start_matches("/api/v1/").to_owned();
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let kind = match parts.as_slice() {
            ["organization", _, kind @ ("team" | "robots"), _, "permissions"] => format!("of {kind}"),
            ["repository", _, _, "permissions", kind] => format!("by {kind}"),
            _ => continue,
        };
        *asked.entry(kind).or_default() += 1;
    }
    asked
}

#[test]
fn registry_export_tells_every_right_in_the_fewest_requests() {
    let expected = |counts: &[(&str, usize)]| {
        counts.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect::<BTreeMap<_, _>>()
    };
    // One repository has rights of people, and the last one has none.
    for (teams, repositories, counts) in [
        (2, 12, expected(&[("of team", 2), ("of robots", 3), ("by user", 1)])),
        (5, 3, expected(&[("by team", 3), ("by user", 2)])),
    ] {
        let mass = with_rights(teams, repositories);
        mass.registry.emulator.clear_journal();
        let [held, told] = rights(&mass);
        assert_eq!(told, held);
        assert_eq!(asked(&mass), counts, "{teams} teams, {repositories} repositories");
    }
}

/// A list that does not tell the rights of an account proves nothing about the repositories.
#[test]
fn registry_export_asks_the_repositories_where_a_list_is_silent() {
    let mass = with_rights(2, 12);
    let robots: Vec<Value> = (0..3).map(|number| json!({"name": format!("company+robot{number}")})).collect();
    let silent = Fault::status(200, "application/json", &json!({"robots": robots}).to_string());
    mass.registry.emulator.fault(silent.on("GET", "/api/v1/organization/company/robots").times(1));
    mass.registry.emulator.clear_journal();
    let [held, told] = rights(&mass);
    assert_eq!(told, held);
    assert_eq!(asked(&mass), BTreeMap::from([("by team".to_owned(), 12), ("by user".to_owned(), 12)]));
}

/// Requests of an export for the members of teams.
fn teams_asked(registry: &Registry) -> Vec<String> {
    let journal = registry.emulator.journal();
    let teams = journal.iter().filter_map(|one| one.path.split("/team/").nth(1)?.strip_suffix("/members"));
    teams.map(str::to_owned).collect::<BTreeSet<_>>().into_iter().collect()
}

#[test]
fn registry_export_tells_members_that_no_list_of_the_organization_tells() {
    let mass = with_rights(2, 1);
    let members = || {
        mass.registry.emulator.clear_journal();
        let export = exported(&mass.registry, &["company".to_owned()]).value;
        let teams = export["organizations"][0]["teams"].as_array().unwrap().clone();
        teams.into_iter().map(|team| (team["name"].clone(), team["members"].clone())).collect::<Vec<_>>()
    };
    let expected = |more: &[&str]| {
        let mut first = vec!["alice"];
        first.extend(more);
        vec![
            (json!("owners"), json!(["admin"])),
            (json!("team0"), json!(first)),
            (json!("team1"), json!(["company+robot1"])),
        ]
    };
    // The list of robot accounts tells no organization of their teams.
    assert_eq!(members(), expected(&[]));
    assert_eq!(teams_asked(&mass.registry), ["team1"]);
    // Without mail Quay takes robot accounts of other namespaces.
    mass.registry.emulator.with_state(|state| {
        let teams = &mut state.namespace_mut("company").unwrap().teams;
        teams.get_mut("team0").unwrap().members.insert("other+ci".to_owned());
    });
    assert_eq!(members(), expected(&["other+ci"]));
    assert_eq!(teams_asked(&mass.registry), ["team0", "team1"]);
    mass.registry.emulator.set_feature("MAILING", true);
    mass.registry.emulator.with_state(|state| {
        let (organization, team) = ("company".to_owned(), "team0".to_owned());
        let (user, inviter) = (Some("bob".to_owned()), "admin".to_owned());
        state.invitations.push(Invitation { code: "x".into(), organization, team, user, email: None, inviter });
    });
    assert_eq!(members(), expected(&["bob", "other+ci"]));
    assert_eq!(teams_asked(&mass.registry), ["owners", "team0", "team1"]);
}

/// What the list says of the teams of robot accounts need not be about this organization.
#[test]
fn registry_export_gives_a_robot_account_no_team_of_the_same_name() {
    let mass = with_rights(2, 1);
    let robots: Vec<Value> = (0..3)
        .map(|number| {
            let teams = if number == 2 { json!([{"name": "team0"}]) } else { json!([]) };
            json!({"name": format!("company+robot{number}"), "teams": teams, "repositories": []})
        })
        .collect();
    let list = Fault::status(200, "application/json", &json!({"robots": robots}).to_string());
    mass.registry.emulator.fault(list.on("GET", "/api/v1/organization/company/robots").times(1));
    let export = exported(&mass.registry, &["company".to_owned()]).value;
    let team = export["organizations"][0]["teams"].as_array().unwrap().iter().find(|team| team["name"] == "team0");
    assert_eq!(team.unwrap()["members"], json!(["alice"]));
}

/// Quay keeps the mirror of a repository that gets another state.
#[test]
fn registry_export_finds_mirrors_in_every_state_but_that_of_a_mirrored_organization() {
    let registry = full();
    let mirrored = |state: &str| {
        registry.emulator.with_state(|it| it.repository_mut("acme", "web").unwrap().state = state.to_owned());
        registry.emulator.clear_journal();
        let export = exported(&registry, &["acme".to_owned()]).value;
        let repositories = export["organizations"][0]["repositories"].as_array().unwrap().clone();
        let web = repositories.into_iter().find(|repository| repository["name"] == "web").unwrap();
        let asked = registry.emulator.journal().iter().any(|one| one.path == "/api/v1/repository/acme/web/mirror");
        (asked, web["mirror"]["external_reference"] == "quay.io/other/web", web["repo_state"].clone())
    };
    for (state, told) in [("MIRROR", Value::Null), ("NORMAL", Value::Null), ("READ_ONLY", json!("READ_ONLY"))] {
        assert_eq!(mirrored(state), (true, true, told), "{state}");
    }
    assert!(!mirrored("ORG_MIRROR").0);
}

#[test]
fn registry_export_asks_an_older_quay_for_nothing_that_it_lacks() {
    for (version, lacks) in [
        ("3.9", &["/federation", "/autoprunepolicy/", "/immutabilitypolicy/"][..]),
        ("3.12", &["/federation", "/immutabilitypolicy/"]),
    ] {
        let mass = Mass::on_quay(version);
        mass.applied(json!({"organizations": [company("company", 2, 2, 2)]}));
        mass.registry.emulator.clear_journal();
        exported(&mass.registry, &["company".to_owned()]);
        let asked = mass.registry.emulator.journal();
        let in_vain: Vec<&str> =
            asked.iter().map(|one| &*one.path).filter(|path| lacks.iter().any(|end| path.ends_with(end))).collect();
        assert_eq!(in_vain, [""; 0], "{version}");
    }
    let mass = Mass::on_quay("3.10");
    mass.applied(json!({"organizations": [company("company", 2, 2, 2)]}));
    mass.registry.emulator.clear_journal();
    exported(&mass.registry, &["company".to_owned()]);
    let asked = mass.registry.emulator.journal();
    let policies: Vec<&str> = asked.iter().map(|one| &*one.path).filter(|path| path.contains("prune")).collect();
    assert_eq!(policies, ["/api/v1/organization/company/autoprunepolicy/"]);
}
