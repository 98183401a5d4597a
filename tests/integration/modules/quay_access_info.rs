//! `quay_access_info`.

mod truth;

use quay_emulator::state::Role;
use quay_emulator::{Config, Fault};
use serde_json::{Value, json};

use crate::given::{self, SCOPES};
use crate::support::{Mode, Registry, Run};

const MODULE: &str = "quay_access_info";

/// `acme` with the teams `devs` (jdoe, `acme+ci`, the robot account `tools+bot` of another organization) and `heads` (alice, who
/// administers), the repositories `app` (`devs` write, bob read, without a team), `open` (public) and `idle` (nobody).
fn acme() -> Registry {
    fill(Registry::new())
}

fn fill(registry: Registry) -> Registry {
    let registry = given::with_acme(registry);
    registry.emulator.add_user("bob", "password");
    registry.join("jdoe", "devs", "member");
    registry.join("alice", "heads", "admin");
    registry.ok("quay_organization", json!({"name": "tools"}));
    for robot in ["tools+bot", "acme+ci", "acme+idle"] {
        registry.ok("quay_robot", json!({"name": robot}));
    }
    registry.ok("quay_team", json!({"organization": "acme", "name": "devs", "members": ["jdoe", "acme+ci"]}));
    // The module refuses what the server takes.
    registry.emulator.with_state(|state| {
        state.organization_mut("acme").unwrap().teams["devs"].members.insert("tools+bot".into());
    });
    let repository = |name: &str, visibility: &str, perms: Value| {
        let options = json!({"name": format!("acme/{name}"), "visibility": visibility, "perms": perms});
        registry.ok("quay_repository", options);
    };
    let devs = json!({"name": "devs", "type": "team", "role": "write"});
    repository("app", "private", json!([devs, {"name": "bob", "type": "user", "role": "read"}]));
    repository("open", "public", json!([{"name": "acme+ci", "type": "user", "role": "read"}]));
    repository("idle", "private", json!([]));
    registry
}

/// The creator keeps a right on each repository: without it a test sees what it is about.
fn without_creator(registry: &Registry) {
    registry.emulator.with_state(|state| {
        let acme = state.organization_mut("acme").unwrap();
        for repository in acme.repositories.values_mut() {
            repository.user_roles.shift_remove("admin");
        }
    });
}

fn ask(options: Value) -> Value {
    let mut all = json!({"organization": ["acme"]});
    crate::support::merge(&mut all, options);
    all
}

/// Account, repository, role and reasons of each line.
fn lines(run: &Run) -> Vec<String> {
    assert_eq!(run.code, 0, "{}", run.result);
    let line = |line: &Value| {
        let via: Vec<&str> = line["via"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let text = |key: &str| line[key].as_str().unwrap_or("?").to_owned();
        format!("{} {} {}: {}", text("account"), text("repository"), text("role"), via.join(", "))
    };
    run.result["access"].as_array().unwrap().iter().map(line).collect()
}

/// The accounts of the lines that have this.
fn having(run: &Run, key: &str, value: Value) -> Vec<String> {
    let lines = run.result["access"].as_array().unwrap().iter().filter(|line| line[key] == value);
    let mut names: Vec<String> = lines.map(|line| line["account"].as_str().unwrap().to_owned()).collect();
    names.dedup();
    names
}

#[test]
fn every_right_has_all_its_reasons() {
    let registry = acme();
    registry.emulator.set_feature("SUPERUSERS_FULL_ACCESS", false);
    let run = registry.run(MODULE, ask(json!({})));
    let expected = [
        "* open read: public",
        "acme+ci app write: team devs",
        "acme+ci open read: direct, public",
        "admin * admin: administrator (team owners), superuser (can take ownership) (none)",
        "admin app admin: administrator (team owners), direct",
        "admin idle admin: administrator (team owners), direct",
        "admin open admin: administrator (team owners), direct, public (read)",
        "alice * admin: administrator (team heads)",
        "bob app read: direct",
        "jdoe app write: team devs",
        "tools+bot app write: team devs",
    ];
    assert_eq!(lines(&run), expected);
    assert_eq!(having(&run, "outsider", json!(true)), ["bob", "tools+bot"]);
    assert_eq!(having(&run, "kind", json!("team_robot")), ["tools+bot"]);
    assert_eq!(having(&run, "kind", json!("robot")), ["acme+ci"]);
    assert!(!run.changed() && run.result["incomplete"] == json!([]) && run.result.get("diff").is_none());
    assert!(run.result["pending"] == json!([]) && !run.printed.contains("avatar"));
    let check = registry.check(MODULE, ask(json!({})));
    assert_eq!(check.result["access"], run.result["access"]);
}

#[test]
fn it_takes_the_requests_of_the_specification() {
    let registry = acme();
    without_creator(&registry);
    let run = registry.run(MODULE, ask(json!({})));
    let expected = [
        "GET /config",
        "GET /api/v1/superuser/users/",
        "GET /api/v1/organization/acme",
        "GET /api/v1/organization/acme/members",
        "GET /api/v1/organization/acme/collaborators",
        "GET /api/v1/organization/acme/robots",
        "GET /api/v1/organization/acme/prototypes",
        "GET /api/v1/repository",
        // It has a member whom no other list shows.
        "GET /api/v1/organization/acme/team/devs/members",
        // The only team with rights.
        "GET /api/v1/organization/acme/team/devs/permissions",
        // Nobody has a right of their own on `idle`.
        "GET /api/v1/repository/acme/app/permissions/user/",
        "GET /api/v1/repository/acme/open/permissions/user/",
    ];
    assert_eq!(run.lines(), expected);

    let names = registry.run(MODULE, ask(json!({"detail": "name"})));
    assert_eq!(names.lines(), expected[..10]);
    assert!(lines(&names).contains(&"bob app ?: direct".to_owned()));
    assert!(lines(&names).contains(&"acme+ci app write: team devs".to_owned()));
    let all = registry.run(MODULE, json!({"organization": ["*"]}));
    assert_eq!(
        all.lines()[..3],
        ["GET /config", "GET /api/v1/superuser/users/", "GET /api/v1/superuser/organizations/"]
    );
}

#[test]
fn robots_are_asked_where_they_are_fewer_than_their_repositories() {
    let registry = acme();
    registry.emulator.with_state(|state| {
        let acme = state.organization_mut("acme").unwrap();
        for repository in acme.repositories.values_mut() {
            repository.user_roles.clear();
            repository.user_roles.insert("acme+ci".into(), quay_emulator::state::Role::Write);
        }
    });
    let run = registry.run(MODULE, ask(json!({})));
    let last = run.lines().split_off(10);
    assert_eq!(last, ["GET /api/v1/organization/acme/robots/ci/permissions"]);
    assert!(lines(&run).contains(&"acme+ci idle write: direct".to_owned()));
}

#[test]
fn a_choice_leaves_out_what_concerns_nobody_of_it() {
    let registry = acme();
    without_creator(&registry);
    let bob = registry.run(MODULE, ask(json!({"accounts": ["bob"]})));
    assert_eq!(lines(&bob), ["bob app read: direct"]);
    let bobs = bob.lines().split_off(8);
    assert_eq!(
        bobs,
        [
            "GET /api/v1/organization/acme/team/devs/members",
            "GET /api/v1/organization/acme/team/devs/permissions",
            "GET /api/v1/repository/acme/app/permissions/user/"
        ]
    );
    let alice = registry.run(MODULE, ask(json!({"accounts": ["alice"], "detail": "role"})));
    assert_eq!(lines(&alice), ["alice * admin: administrator (team heads)"]);

    let open = registry.run(MODULE, ask(json!({"repositories": ["acme/open"]})));
    let expected = [
        "* open read: public",
        "acme+ci open read: direct, public",
        "admin * admin: administrator (team owners), superuser",
    ];
    assert_eq!(lines(&open)[..3], expected);
    assert!(!open.lines().contains(&"GET /api/v1/repository/acme/app/permissions/user/".to_owned()));
    assert_eq!(open.result["repositories"].as_array().unwrap().len(), 1);

    // One repository and many teams: the repository is asked for its teams.
    registry.ok("quay_team", json!({"organization": "acme", "name": "more", "members": []}));
    for name in ["acme/app", "acme/idle"] {
        registry
            .ok("quay_repository", json!({"name": name, "perms": [{"name": "more", "type": "team", "role": "read"}]}));
    }
    let app = registry.run(MODULE, ask(json!({"repositories": ["acme/app"]})));
    assert!(app.lines().contains(&"GET /api/v1/repository/acme/app/permissions/team/".to_owned()), "{:?}", app.lines());
    assert!(lines(&app).contains(&"jdoe app write: team devs".to_owned()));
    assert!(!app.lines().iter().any(|line| line.ends_with("/devs/permissions")));
}

#[test]
fn superusers_are_told_with_what_they_can_do() {
    let readonly = Config::default().setting("GLOBAL_READONLY_SUPER_USERS", json!(["audit", "admin"]));
    let registry = fill(Registry::with(readonly));
    registry.emulator.add_user("audit", "password");
    let token = registry.emulator.token_for("audit", &["user:read"]);
    let run = registry.run_as(&token, MODULE, ask(json!({})), Mode::Real);
    // Named in both lists, read-only wins; a token of any scope shows it all.
    assert!(lines(&run).contains(&"audit * read: global read-only superuser".to_owned()));
    assert!(
        lines(&run)
            .contains(&"admin * admin: administrator (team owners), global read-only superuser (read)".to_owned())
    );
    assert_eq!(run.result["incomplete"], json!([]));

    let full = acme();
    let run = full.run(MODULE, ask(json!({})));
    assert!(lines(&run).contains(&"admin * admin: administrator (team owners), superuser".to_owned()));
    full.emulator.set_feature("SUPERUSERS_FULL_ACCESS", false);
    let alice = full.emulator.token_for("alice", SCOPES);
    full.ok("quay_team", json!({"organization": "acme", "name": "owners", "role": "admin", "members": ["alice"]}));
    full.emulator.with_state(|state| {
        let acme = state.organization_mut("acme").unwrap();
        acme.teams.get_mut("owners").unwrap().members.shift_remove("admin");
    });
    // A superuser sees accounts and no organization of others; an administrator the other way round.
    let message = full.refused(MODULE, ask(json!({})));
    assert!(message.contains("acme") && message.contains("administrator"), "{message}");
    let run = full.run_as(&alice, MODULE, ask(json!({})), Mode::Real);
    let incomplete = run.result["incomplete"][0].as_str().unwrap();
    assert!(incomplete.starts_with("superusers and disabled accounts: cannot list the accounts"), "{incomplete}");
    assert_eq!(having(&run, "enabled", Value::Null).len(), having(&run, "kind", json!("user")).len() + 3);
}

#[test]
fn disabled_accounts_keep_their_rights_on_the_list() {
    let registry = acme();
    registry.ok("quay_user", json!({"username": "jdoe", "enabled": false}));
    registry.emulator.with_state(|state| {
        let acme = state.organization_mut("acme").unwrap();
        acme.teams["devs"].members.insert("jdoe+mine".into());
    });
    let run = registry.run(MODULE, ask(json!({})));
    assert_eq!(having(&run, "enabled", json!(false)), ["jdoe", "jdoe+mine"]);
    assert!(lines(&run).contains(&"jdoe app write: team devs".to_owned()));
}

#[test]
fn default_permissions_are_rights_to_come() {
    let registry = acme();
    for (name, kind) in [("bob", "user"), ("devs", "team")] {
        let who = if kind == "team" { json!({"type": "team"}) } else { json!({"type": "user"}) };
        let mut options = json!({"organization": "acme", "name": name, "role": "write"});
        crate::support::merge(&mut options, who);
        registry.ok("quay_default_perm", options);
    }
    let run = registry.run(MODULE, ask(json!({})));
    let expected = json!([
        {"organization": "acme", "creator": null, "account": "bob", "kind": "user", "role": "write", "outsider": true, "enabled": true},
        {"organization": "acme", "creator": null, "account": "devs", "kind": "team", "role": "write", "outsider": false, "enabled": null},
    ]);
    assert_eq!(run.result["future"], expected);
    let alices = registry.run(MODULE, ask(json!({"accounts": ["alice"]})));
    assert_eq!(alices.result["future"], json!([]));
}

#[test]
fn invitations_are_told_once_and_only_where_quay_has_them() {
    let registry = acme();
    registry.emulator.set_feature("MAILING", true);
    registry.emulator.set_setting("FEATURE_REQUIRE_TEAM_INVITE", true);
    registry.emulator.with_state(|state| {
        for (user, email) in [(Some("bob"), None), (Some("bob"), None), (None, Some("new@example.com"))] {
            state.invitations.push(quay_emulator::state::Invitation {
                code: "x".into(),
                organization: "acme".into(),
                team: "devs".into(),
                user: user.map(str::to_owned),
                email: email.map(str::to_owned),
                inviter: "admin".into(),
            });
        }
    });
    let run = registry.run(MODULE, ask(json!({"pending": true})));
    let expected = json!([
        {"organization": "acme", "team": "devs", "account": "bob", "email": null},
        {"organization": "acme", "team": "devs", "account": null, "email": "new@example.com"},
    ]);
    assert_eq!(run.result["pending"], expected);
    assert!(!lines(&run).iter().any(|line| line.contains("new@")));
    assert_eq!(run.lines().iter().filter(|line| line.ends_with("/members")).count(), 4);
    registry.emulator.set_feature("MAILING", false);
    let run = registry.run(MODULE, ask(json!({"pending": true})));
    assert_eq!(run.result["pending"], json!([]));
    assert_eq!(run.lines().iter().filter(|line| line.contains("/team/") && line.ends_with("/members")).count(), 1);
}

#[test]
fn what_is_being_deleted_is_no_repository() {
    let registry = acme();
    let uuid = "fa38dc4e-3ddd-475f-9490-b1f1cf0283de";
    let person = json!({"kind": "user", "name": "zoe", "repositories": [uuid]});
    let body = json!({"collaborators": [person]}).to_string();
    registry
        .emulator
        .fault(Fault::status(200, "application/json", &body).on("GET", "/api/v1/organization/acme/collaborators"));
    let rights =
        json!({"permissions": [{"repository": {"is_public": false, "name": uuid}, "role": "read"}]}).to_string();
    registry.emulator.fault(
        Fault::status(200, "application/json", &rights).on("GET", "/api/v1/organization/acme/team/devs/permissions"),
    );
    let run = registry.run(MODULE, ask(json!({})));
    assert!(!run.printed.contains(uuid) && !run.lines().iter().any(|line| line.contains(uuid)), "{}", run.result);
    // One that goes while the others are read is none either.
    registry.emulator.clear_faults();
    registry.emulator.fault(given::refusal("GET", "/api/v1/repository/acme/app/permissions/user/", 404, "Not Found"));
    let run = registry.run(MODULE, ask(json!({})));
    assert_eq!(run.result["incomplete"], json!([]));
}

#[test]
fn a_personal_namespace_has_an_owner() {
    let registry = acme();
    registry.emulator.with_state(|state| {
        let jdoe = state.namespace_mut("jdoe").unwrap();
        let mut own = quay_emulator::state::Repository::new(900, "own", None, false);
        own.user_roles.insert("jdoe".into(), quay_emulator::state::Role::Admin);
        own.user_roles.insert("bob".into(), quay_emulator::state::Role::Read);
        jdoe.repositories.insert("own".into(), own);
    });
    let run = registry.run(MODULE, json!({"organization": ["jdoe"]}));
    let expected =
        ["admin * admin: superuser", "bob own read: direct", "jdoe * admin: owner", "jdoe own admin: direct, owner"];
    assert_eq!(lines(&run), expected);
    assert_eq!(having(&run, "outsider", json!(false)), ["jdoe"]);
}

#[test]
fn robots_of_a_look_alike_are_not_those_of_the_organization() {
    let registry = Registry::new();
    for name in ["a_b", "a-b"] {
        registry.ok("quay_organization", json!({"name": name}));
        registry.ok("quay_robot", json!({"name": format!("{name}+ci")}));
        registry.ok(
            "quay_repository",
            json!({"name": format!("{name}/app"), "perms": [{"name": format!("{name}+ci"), "type": "user", "role": "read"}]}),
        );
    }
    let run = registry.run(MODULE, json!({"organization": ["a_b"]}));
    assert_eq!(having(&run, "kind", json!("robot")), ["a_b+ci"]);
}

#[test]
fn what_the_account_does_not_see_is_told() {
    let registry = acme();
    registry.ok(
        "quay_team",
        json!({"organization": "tools", "name": "owners", "role": "admin", "members": ["admin", "jdoe"]}),
    );
    let jdoe = registry.emulator.token_for("jdoe", SCOPES);
    let both = json!({"organization": ["acme", "tools"]});
    let run = registry.run_as(&jdoe, MODULE, both, Mode::Real);
    let hidden = run.result["incomplete"][1].as_str().unwrap();
    assert!(hidden.starts_with("the organization acme: cannot list the members of acme"), "{hidden}");
    assert!(lines(&run).contains(&"jdoe * admin: administrator (team owners)".to_owned()));
    // Nothing at all is no report.
    let message = registry.refused_as(&jdoe, MODULE, ask(json!({})));
    assert!(message.contains("cannot list the members of acme") && message.contains("org:admin"), "{message}");
    // A single list that is refused does not spoil the others.
    registry.emulator.fault(given::refusal(
        "GET",
        "/api/v1/repository/acme/app/permissions/user/",
        403,
        "Unauthorized",
    ));
    let run = registry.run(MODULE, ask(json!({})));
    let hidden = run.result["incomplete"][0].as_str().unwrap();
    assert!(hidden.starts_with("cannot read the accounts with rights on acme/app"), "{hidden}");
    assert!(lines(&run).contains(&"bob app ?: direct".to_owned()), "{:?}", lines(&run));
}

/// Repositories tell the rights of teams to their own administrators alone, however few they are.
#[test]
fn who_administers_the_organization_alone_is_told_the_rights_of_teams() {
    let registry = acme();
    without_creator(&registry);
    registry.emulator.with_state(|state| {
        let acme = state.organization_mut("acme").unwrap();
        acme.repositories.retain(|name, _| name == "app");
        acme.repositories["app"].team_roles.insert("heads".into(), Role::Read);
    });
    let token = registry.emulator.token_for("admin", &["org:admin"]);
    let run = registry.run_as(&token, MODULE, ask(json!({})), Mode::Real);
    let found = lines(&run);
    for right in ["jdoe app write: team devs", "acme+ci app write: team devs"] {
        assert!(found.contains(&right.to_owned()), "{right} in {found:?}");
    }
    assert!(run.lines().iter().any(|line| line.ends_with("/team/devs/permissions")), "{:?}", run.lines());
}

#[test]
fn older_quays_do_not_tell_everything() {
    let registry = fill(Registry::with(Config::default().quay("3.15")));
    let run = registry.run(MODULE, ask(json!({})));
    assert_eq!(run.result["incomplete"], json!(["global read-only superusers: this needs Quay 3.16"]));
    registry.emulator.with_state(|state| {
        let acme = state.organization_mut("acme").unwrap();
        acme.teams["owners"].members.shift_remove("admin");
    });
    let message = registry.refused(MODULE, ask(json!({})));
    assert!(message.contains("before 3.16 only its members see them"), "{message}");
}

#[test]
fn mistakes_are_refused() {
    let registry = acme();
    for (options, expected) in [
        (json!({"organization": []}), "organization: name some, or \"*\" for all"),
        (json!({"organization": ["nosuch"]}), "the organization or personal namespace nosuch does not exist"),
        (ask(json!({"repositories": ["app"]})), "repositories: \"app\" lacks the organization"),
        (ask(json!({"detail": "all"})), "detail"),
    ] {
        let message = registry.refused_everywhere(MODULE, options);
        assert!(message.contains(expected), "{message}");
    }
    registry.run_as("unknown-token", MODULE, ask(json!({})), Mode::Real).assert_refused();
    registry.run_as("", MODULE, ask(json!({})), Mode::Real).assert_refused();
    registry.emulator.fault(Fault::html(502).on("GET", "/api/v1/organization/acme/prototypes"));
    registry.run(MODULE, ask(json!({}))).assert_refused();
}
