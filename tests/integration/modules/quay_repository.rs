//! `quay_repository`.

use quay_emulator::state::{Delegate, Prototype, PrunePolicy, Role};
use quay_emulator::{Config, Fault};
use serde_json::{Value, json};

use crate::given::{self, SCOPES, acme};
use crate::support::{Budget, LifeCycle, Mode, Registry};

const REPO: &str = "/api/v1/repository/acme/app";

fn app(more: Value) -> Value {
    let mut options = json!({"name": "acme/app"});
    if let (Value::Object(options), Value::Object(more)) = (&mut options, more) {
        options.extend(more);
    }
    options
}

fn grant(name: &str, role: &str) -> Value {
    json!({"name": name, "role": role})
}

fn team(name: &str, role: &str) -> Value {
    json!({"name": name, "type": "team", "role": role})
}

fn shown(name: &str, kind: &str, role: &str) -> Value {
    json!({"name": name, "type": kind, "role": role})
}

/// A registry with `acme`, its team `devs` and robot `ci`, and the users `alice`, `bob` and `carol`.
fn registry() -> Registry {
    let registry = acme();
    for name in ["alice", "bob", "carol"] {
        registry.emulator.add_user(name, "password");
    }
    registry.ok("quay_team", json!({"organization": "acme", "name": "devs"}));
    registry.ok("quay_robot", json!({"name": "acme+ci"}));
    registry
}

#[test]
fn life_cycle() {
    let registry = registry();
    let life = LifeCycle {
        module: "quay_repository",
        base: json!({"name": "acme/app"}),
        create: json!({"visibility": "public", "description": "one"}),
        update: json!({
            "visibility": "private",
            "description": "",
            "repo_state": "READ_ONLY",
            "star": true,
            "perms": [grant("bob", "write"), grant("acme+ci", "read"), team("devs", "admin")],
        }),
        requests: Budget { create: 3, repeat: 3, update: 15, remove: 2 },
    };
    let [create, update, remove] = life.run(&registry);
    assert_eq!(create.writes(), ["POST /api/v1/repository"]);
    assert_eq!(
        create.body("POST /api/v1/repository"),
        &json!({
            "namespace": "acme", "repository": "app", "visibility": "public", "description": "one", "repo_kind": "image"
        })
    );
    assert_eq!(create.after(), &json!({"name": "acme/app", "visibility": "public", "description": "one"}));
    assert_eq!(
        update.writes(),
        [
            format!("PUT {REPO}"),
            format!("POST {REPO}/changevisibility"),
            format!("PUT {REPO}/changestate"),
            "POST /api/v1/user/starred".into(),
            format!("PUT {REPO}/permissions/team/devs"),
            format!("PUT {REPO}/permissions/user/acme%2Bci"),
            format!("PUT {REPO}/permissions/user/bob"),
        ]
    );
    assert_eq!(
        update.after()["perms"],
        json!([shown("devs", "team", "admin"), shown("acme+ci", "user", "read"), shown("bob", "user", "write")])
    );
    assert_eq!(remove.writes(), [format!("DELETE {REPO}")]);
    assert_eq!(remove.before(), &json!({"name": "acme/app", "visibility": "private", "description": ""}));
}

#[test]
fn one_request_without_perms_and_three_with() {
    let registry = registry();
    registry.ok("quay_repository", app(json!({})));
    let plain = registry.ok("quay_repository", app(json!({})));
    assert_eq!(plain.lines(), [format!("GET {REPO}")]);
    assert_eq!(plain.requests[0].query, "includeTags=false", "not up to 500 tags");
    assert_eq!(plain.before(), &json!({"name": "acme/app"}), "only what is managed is shown");
    let exact = app(json!({"perms": [grant("admin", "admin"), team("devs", "read")], "append": false}));
    registry.ok("quay_repository", exact.clone());
    assert_eq!(registry.ok("quay_repository", exact).requests.len(), 3);
}

#[test]
fn omitted_options_keep_their_values() {
    let registry = registry();
    registry.ok("quay_repository", app(json!({"visibility": "public", "description": "text", "star": true})));
    let run = registry.ok("quay_repository", app(json!({"description": "other"})));
    assert_eq!(run.writes(), [format!("PUT {REPO}")]);
    let kept = json!({"visibility": "public", "description": "other", "star": true, "repo_state": "NORMAL"});
    assert!(!registry.ok("quay_repository", app(kept)).changed());
    let run = registry.ok("quay_repository", app(json!({"star": false})));
    assert_eq!(run.writes(), ["DELETE /api/v1/user/starred/acme/app"]);
    assert_eq!(
        (run.before(), run.after()),
        (&json!({"name": "acme/app", "star": true}), &json!({"name": "acme/app", "star": false}))
    );
}

#[test]
fn the_options_are_checked_before_any_request() {
    let registry = Registry::new();
    for (options, part) in [
        (json!({"name": "acme/App"}), "not a repository name"),
        (json!({"name": "acme/.app"}), "not a repository name"),
        (json!({"name": "acme//app"}), "not a repository name"),
        (json!({"name": "acme/app/build"}), "it takes /build for a part of another repository"),
        (json!({"name": format!("acme/{}", "x".repeat(255))}), "at most 255 characters"),
        (app(json!({"auto_prune_method": "tags"})), "auto_prune_value"),
        (app(json!({"auto_prune_value": "5"})), "auto_prune_method"),
        (app(json!({"auto_prune_method": "tags", "auto_prune_value": "05"})), "a positive integer"),
        (app(json!({"auto_prune_method": "date", "auto_prune_value": "1 y"})), "followed by s, m, h, d or w"),
        (
            app(json!({"perms": [grant("bob", "read"), grant("bob", "admin")]})),
            "perms: the user bob is given the roles admin and read",
        ),
        (
            app(json!({"perms": [grant("other+ci", "read")]})),
            "perms: other+ci is a robot account of another namespace, only those of acme can get rights here",
        ),
    ] {
        let message = registry.refused_everywhere("quay_repository", options.clone());
        assert!(message.contains(part), "{options}: {message}");
    }
    assert_eq!(registry.emulator.journal().len(), 0);
    let message = registry.refused_as("", "quay_repository", json!({"name": "app"}));
    assert!(message.contains("must include the organization"), "{message}");
}

#[test]
fn names_may_be_nested_short_or_in_slashes() {
    let registry = registry();
    let nested = registry.ok("quay_repository", json!({"name": "/acme/a/b/", "star": true}));
    assert_eq!(nested.body("POST /api/v1/repository")["repository"], "a/b");
    assert_eq!(nested.after()["name"], "acme/a/b");
    let run =
        registry.ok("quay_repository", json!({"name": "acme/a/b", "star": false, "perms": [grant("bob", "read")]}));
    assert_eq!(
        run.writes(),
        ["DELETE /api/v1/user/starred/acme/a/b", "PUT /api/v1/repository/acme/a/b/permissions/user/bob",]
    );
    let own = registry.ok("quay_repository", json!({"name": "mine"}));
    assert_eq!(own.body("POST /api/v1/repository")["namespace"], "admin");
    assert!(!registry.ok("quay_repository", json!({"name": "admin/mine"})).changed());

    registry.emulator.set_feature("EXTENDED_REPOSITORY_NAMES", false);
    let message = registry.failed("quay_repository", json!({"name": "acme/c/d"})).message();
    assert!(message.ends_with("names with more than one / need FEATURE_EXTENDED_REPOSITORY_NAMES"), "{message}");
}

#[test]
fn a_missing_namespace() {
    let registry = registry();
    let bob = registry.emulator.token_for("bob", SCOPES);
    let missing = "cannot create the repository nosuch/app: the organization or personal namespace nosuch \
                   does not exist";
    assert_eq!(registry.refused_everywhere("quay_repository", json!({"name": "nosuch/app"})), missing);
    assert_eq!(registry.refused_as(&bob, "quay_repository", json!({"name": "nosuch/app"})), missing);
    for token in [&registry.token, &bob] {
        let absent = json!({"name": "nosuch/app", "state": "absent"});
        assert!(!registry.run_as(token, "quay_repository", absent, Mode::Real).changed());
    }
    // Quay would answer 204 to the removal of nothing.
    let absent = registry.ok("quay_repository", app(json!({"state": "absent"})));
    assert!(!absent.changed());
    assert_eq!(absent.lines(), [format!("GET {REPO}")]);
}

#[test]
fn another_users_namespace_is_left_alone() {
    let registry = registry();
    let bob = registry.emulator.token_for("bob", SCOPES);
    assert!(registry.run_as(&bob, "quay_repository", json!({"name": "app"}), Mode::Real).changed());
    let foreign = |name: &str| {
        format!(
            "cannot change the repository {name}: bob is another user, and personal repositories are that user's own"
        )
    };
    let refused = |name: &str, more: Value| {
        let mut options = json!({"name": name});
        options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(registry.refused_everywhere("quay_repository", options), foreign(name), "even for a superuser");
    };
    refused("bob/app", json!({"description": "x"}));
    refused("bob/app", json!({"state": "absent"}));
    refused("bob/other", json!({}));
    assert!(!registry.ok("quay_repository", json!({"name": "bob/app"})).changed(), "reading is the server's business");
    let carol = registry.emulator.token_for("carol", SCOPES);
    assert_eq!(registry.refused_as(&carol, "quay_repository", json!({"name": "bob/app"})), foreign("bob/app"));
}

#[test]
fn a_creator_may_create_what_the_look_up_refuses() {
    let registry = registry();
    registry.join("carol", "makers", "creator");
    let carol = registry.emulator.token_for("carol", SCOPES);
    let run = |options: Value| registry.run_as(&carol, "quay_repository", options, Mode::Real);
    let created = run(app(json!({"description": "hers", "perms": [grant("bob", "read")], "append": false})));
    assert!(created.changed());
    assert_eq!(
        created.warnings(),
        ["acme does not show its default permissions to this caller: run the task again to remove what they grant on \
          acme/app"]
    );
    registry.ok("quay_repository", json!({"name": "acme/hidden"}));
    // The robots of the organization are hidden from her; Quay knows them.
    let second = |robot: &str| run(json!({"name": "acme/second", "perms": [grant(robot, "read")]}));
    assert!(second("acme+ci").changed());
    let unknown = second("acme+nosuch");
    unknown.assert_failed();
    assert!(unknown.message().contains("Invalid username: acme+nosuch"), "{}", unknown.message());
    let hidden = run(json!({"name": "acme/hidden"}));
    hidden.assert_failed();
    assert_eq!(
        hidden.message(),
        "cannot create the repository acme/hidden: Quay says \"Repository already exists\" (status 400); the repository is \
         there, but hidden from this caller, who needs the scope repo:admin and a role on it"
    );
    let message = registry.refused_as(&carol, "quay_repository", json!({"name": "acme/hidden", "state": "absent"}));
    assert!(message.contains("cannot read the repository acme/hidden"), "{message}");
    assert!(
        message.ends_with(
            "this needs a token with the scope repo:admin, and a user who is an administrator of the repository"
        ),
        "{message}"
    );
}

#[test]
fn refused_rights_are_named() {
    let registry = registry();
    registry.ok("quay_repository", app(json!({"visibility": "public"})));
    registry.join("alice", "owners", "admin");
    let message = |token: &str, options: Value| {
        let run = registry.run_as(token, "quay_repository", options, Mode::Real);
        run.assert_failed();
        run.message()
    };
    let bob = registry.emulator.token_for("bob", SCOPES);
    let admin = "this needs a token with the scope repo:admin, and a user who is an administrator of the repository";
    for more in
        [json!({"visibility": "private"}), json!({"state": "absent"}), json!({"perms": [grant("bob", "admin")]})]
    {
        let message = message(&bob, app(more));
        assert!(message.ends_with(admin), "{message}");
    }
    let describe = message(&bob, app(json!({"description": "x"})));
    assert!(
        describe.ends_with(
            "this needs a token with the scope repo:write, and a user who is allowed to write to the repository"
        ),
        "{describe}"
    );
    let create = message(&bob, json!({"name": "acme/new"}));
    assert!(
        create.ends_with(
            "this needs a token with the scope repo:create, and a user who is allowed to create repositories in the namespace"
        ),
        "{create}"
    );
    let narrow = registry.emulator.token_for("alice", &["repo:admin", "org:admin"]);
    registry.emulator.fault(
        Fault::status(403, "application/json", "{\"detail\": \"Unauthorized\"}").on("POST", "/api/v1/user/starred"),
    );
    let star = message(&narrow, app(json!({"star": true})));
    assert!(star.ends_with("this needs a token with the scope user:admin"), "{star}");
    assert!(message("stale", app(json!({"description": "x"}))).contains("check quay_token"));
}

#[test]
fn an_anonymous_caller_has_no_star_to_give() {
    let registry = registry();
    registry.ok("quay_repository", app(json!({"visibility": "public"})));
    let run = registry.run_as("", "quay_repository", app(json!({"star": true})), Mode::Real);
    assert!(!run.changed());
    assert_eq!(run.after(), &json!({"name": "acme/app"}));
}

#[test]
fn unknown_names_are_all_told_before_the_first_write() {
    let registry = registry();
    let users = app(
        json!({"description": "x", "perms": [grant("nosuch", "read"), grant("acme+nosuch", "read"), grant("bob", "read")]}),
    );
    let expected = "cannot set the rights on acme/app: no such user or robot account: acme+nosuch, nosuch";
    assert_eq!(registry.refused_everywhere("quay_repository", users.clone()), expected);
    let teams = app(json!({"perms": [team("ops", "read"), team("devs", "read"), team("qa", "read")]}));
    let no_team = "cannot set the rights on acme/app: no such team in acme: ops, qa";
    assert_eq!(registry.refused_everywhere("quay_repository", teams.clone()), no_team);
    registry.ok("quay_repository", app(json!({})));
    assert_eq!(registry.refused_everywhere("quay_repository", users), expected);
    assert_eq!(registry.refused_everywhere("quay_repository", teams), no_team);

    let personal = |perms: Value| json!({"name": "admin/mine", "perms": perms});
    for _ in 0..2 {
        assert_eq!(
            registry.refused_everywhere("quay_repository", personal(json!([team("devs", "read")]))),
            "cannot set the rights on admin/mine: admin is a user, and only organizations have teams (devs)"
        );
        registry.ok("quay_repository", json!({"name": "admin/mine"}));
    }
    assert_eq!(
        registry.refused_everywhere("quay_repository", json!({"name": "mine", "perms": [grant("acme+ci", "read")]})),
        "perms: acme+ci is a robot account of another namespace, only those of admin can get rights here"
    );
}

#[test]
fn rights_grow_or_become_exactly_these() {
    let registry = registry();
    let perms = |list: Value, append: bool| app(json!({"perms": list, "append": append}));
    let user = |name: &str| format!("{REPO}/permissions/user/{name}");
    registry.ok("quay_repository", perms(json!([grant("bob", "read"), grant("bob", "read")]), true));

    let raised = registry.ok("quay_repository", perms(json!([grant("bob", "write")]), true));
    assert_eq!(raised.writes(), [format!("PUT {}", user("bob"))], "one write, no gap without access");
    assert_eq!(raised.before()["perms"], json!([shown("bob", "user", "read")]), "others are not concerned");
    assert!(!registry.ok("quay_repository", perms(json!([]), true)).changed());

    let exact = perms(json!([team("devs", "write"), grant("carol", "admin")]), false);
    let run = registry.ok("quay_repository", exact.clone());
    assert_eq!(
        run.writes(),
        [
            format!("PUT {REPO}/permissions/team/devs"),
            format!("PUT {}", user("carol")),
            format!("DELETE {}", user("bob")),
            format!("DELETE {}", user("admin")),
        ],
        "grants first, removals after, the caller last"
    );
    assert_eq!(run.before()["perms"], json!([shown("admin", "user", "admin"), shown("bob", "user", "write")]));
    assert_eq!(run.after()["perms"], json!([shown("devs", "team", "write"), shown("carol", "user", "admin")]));
    assert!(!registry.ok("quay_repository", exact).changed());

    let nobody = registry.ok("quay_repository", perms(json!([]), false));
    assert_eq!(nobody.writes().len(), 2);
    assert_eq!(nobody.after()["perms"], json!([]));
}

#[test]
fn the_own_right_is_lowered_last() {
    let registry = registry();
    registry.join("alice", "makers", "creator");
    let alice = registry.emulator.token_for("alice", SCOPES);
    let run = |options: Value| {
        let run = registry.run_as(&alice, "quay_repository", options, Mode::Real);
        assert!(run.changed(), "{}", run.result);
        run
    };
    run(app(json!({})));
    let lowered = run(app(
        json!({"perms": [grant("alice", "read"), grant("bob", "admin"), grant("carol", "read")], "append": false}),
    ));
    assert_eq!(lowered.writes().last(), Some(&format!("PUT {REPO}/permissions/user/alice")));
}

#[test]
fn the_owner_of_a_personal_namespace_is_out_of_the_question() {
    let registry = registry();
    let exact = json!({"name": "admin/mine", "perms": [grant("admin", "read"), grant("bob", "read")], "append": false});
    let created = registry.ok("quay_repository", exact.clone());
    assert_eq!(created.writes(), ["POST /api/v1/repository", "PUT /api/v1/repository/admin/mine/permissions/user/bob"]);
    let again = registry.ok("quay_repository", exact);
    assert!(!again.changed(), "{}", again.result);
    assert_eq!(again.before()["perms"], json!([shown("bob", "user", "read")]));
}

#[test]
fn a_new_repository_sheds_the_rights_that_quay_gives_it() {
    let registry = registry();
    registry.emulator.with_state(|state| {
        let general = |delegate, role| Prototype { uuid: "u".into(), role, activating_user: None, delegate };
        let others =
            Prototype { activating_user: Some("carol".into()), ..general(Delegate::User("alice".into()), Role::Admin) };
        let own =
            Prototype { activating_user: Some("admin".into()), ..general(Delegate::User("bob".into()), Role::Write) };
        let prototypes = vec![
            own,
            others,
            general(Delegate::User("bob".into()), Role::Read),
            general(Delegate::Team("devs".into()), Role::Read),
        ];
        state.organization_mut("acme").unwrap().prototypes = prototypes;
    });
    let exact = app(json!({"perms": [grant("bob", "write")], "append": false}));
    let checked = registry.check("quay_repository", exact.clone());
    let run = registry.ok("quay_repository", exact.clone());
    assert_eq!(
        run.writes(),
        [
            "POST /api/v1/repository".into(),
            format!("DELETE {REPO}/permissions/team/devs"),
            format!("DELETE {REPO}/permissions/user/admin"),
        ],
        "bob has the role already"
    );
    assert_eq!(run.result["diff"], checked.result["diff"]);
    assert!(!registry.ok("quay_repository", exact).changed());
}

#[test]
fn external_users_are_linked_before_they_get_rights() {
    let people = json!({"users": {"Bob X": "bob@example.com"}, "groups": {}});
    let config = Config::default().setting("AUTHENTICATION_TYPE", "LDAP").setting("EMULATOR_DIRECTORY", people);
    let registry = given::with_acme(Registry::with(config));
    let options = app(json!({"perms": [grant("Bob X", "write")]}));
    assert_eq!(registry.check("quay_repository", options.clone()).writes(), Vec::<String>::new());
    let run = registry.ok("quay_repository", options.clone());
    assert_eq!(
        run.writes(),
        [
            "POST /api/v1/repository".into(),
            "POST /api/v1/entities/link/Bob%20X".into(),
            format!("PUT {REPO}/permissions/user/bob_x"),
        ]
    );
    let again = registry.ok("quay_repository", options);
    assert!(!again.changed());
    assert_eq!(again.before(), run.after());
}

#[test]
fn states_of_new_and_old_repositories() {
    let registry = registry();
    let created = registry.ok("quay_repository", app(json!({"repo_state": "NORMAL"})));
    assert_eq!(created.writes(), ["POST /api/v1/repository"], "normal is what a new one is");
    let mirror = registry.ok("quay_repository", json!({"name": "acme/mirror", "repo_state": "MIRROR"}));
    assert_eq!(mirror.writes().len(), 2);
    assert_eq!(mirror.after()["repo_state"], "MIRROR");
    registry.emulator.set_feature("REPO_MIRROR", false);
    let off = |name: &str| {
        format!("cannot set repo_state of the repository {name}: switch FEATURE_REPO_MIRROR on in Quay's configuration")
    };
    let state = |name: &str| json!({"name": name, "description": "x", "repo_state": "READ_ONLY"});
    assert_eq!(registry.refused_everywhere("quay_repository", state("acme/app")), off("acme/app"));
    assert_eq!(registry.refused_everywhere("quay_repository", state("acme/new")), off("acme/new"));
    // A server that does not tell its features refuses in strange words.
    registry.emulator.fault(Fault::html(404).at("/config"));
    let message = registry.failed("quay_repository", app(json!({"repo_state": "READ_ONLY"}))).message();
    assert_eq!(
        message,
        "cannot set the state of the repository acme/app to READ_ONLY: Quay says \"'description' is a required property\" \
         (status 400); switch FEATURE_REPO_MIRROR on in Quay's configuration"
    );
}

#[test]
fn an_organization_that_is_mirrored_as_a_whole() {
    let registry = registry();
    registry.ok(
        "quay_org_mirror",
        json!({
            "organization": "acme",
            "external_registry_type": "quay",
            "external_registry_url": "https://quay.io",
            "external_namespace": "projectquay",
            "robot_username": "acme+ci",
        }),
    );
    let message = registry.failed("quay_repository", app(json!({}))).message();
    assert!(
        message.ends_with("the organization is mirrored as a whole: its repositories come from the source"),
        "{message}"
    );
    let mut found = json!({"namespace": "acme", "name": "app", "is_organization": true, "is_public": false, "description": "", "is_starred": false});
    let mut answer = |state: &str| {
        found["state"] = json!(state);
        Fault::status(200, "application/json", &found.to_string()).on("GET", REPO)
    };
    registry.emulator.fault(answer("ORG_MIRROR"));
    let options = app(json!({"repo_state": "NORMAL", "description": "x"}));
    let refused = "the organization is mirrored as a whole: the state of its repositories cannot be set";
    assert_eq!(
        registry.refused_everywhere("quay_repository", options.clone()),
        format!("cannot set repo_state of the repository acme/app: {refused}")
    );
    registry.emulator.clear_faults();
    registry.emulator.fault(answer("READ_ONLY"));
    registry.emulator.fault(given::refusal(
        "PUT",
        &format!("{REPO}/changestate"),
        400,
        "Cannot change repository state: organization is managed by organization-level mirroring",
    ));
    let message = registry.failed("quay_repository", app(json!({"repo_state": "NORMAL"}))).message();
    assert!(message.ends_with(refused), "{message}");
}

#[test]
fn the_limit_of_private_repositories() {
    let registry = registry();
    registry.emulator.fault(given::refusal("POST", "/api/v1/repository", 402, "Payment Required"));
    let message = registry.failed("quay_repository", app(json!({}))).message();
    assert!(message.ends_with("the limit of private repositories is reached"), "{message}");
    registry.ok("quay_repository", app(json!({"visibility": "public"})));
    registry.emulator.fault(given::refusal("POST", &format!("{REPO}/changevisibility"), 402, "Payment Required"));
    let message = registry.failed("quay_repository", app(json!({"visibility": "private"}))).message();
    assert!(message.ends_with("the limit of private repositories is reached"), "{message}");
}

#[test]
fn a_page_instead_of_an_answer_is_no_missing_repository() {
    let registry = registry();
    registry.emulator.fault(Fault::html(404).on("GET", REPO));
    for state in ["present", "absent"] {
        let message = registry.refused_everywhere("quay_repository", app(json!({"state": state})));
        assert!(message.starts_with("cannot read the repository acme/app: not available on this server"), "{message}");
    }
}

#[test]
fn what_stands_after_a_refusal_is_told() {
    let registry = registry();
    registry.emulator.fault(given::refusal("PUT", &format!("{REPO}/permissions/user/bob"), 400, "no"));
    let run = registry
        .failed("quay_repository", app(json!({"star": true, "perms": [grant("bob", "read"), grant("carol", "read")]})));
    assert_eq!(
        run.message(),
        "cannot give the user bob the role read on acme/app: Quay says \"no\" (status 400). Done before that: create the \
         repository acme/app; star the repository acme/app. Not done: give the user bob the role read on acme/app; give the \
         user carol the role read on acme/app"
    );
    assert_eq!(run.result["changed"], true);
}

#[test]
fn a_parallel_run_that_was_faster_is_no_error() {
    let registry = registry();
    registry.ok("quay_repository", app(json!({"description": "same", "perms": [grant("bob", "read")]})));
    let unseen = || given::refusal("GET", REPO, 404, "Not Found");
    registry.emulator.fault(unseen());
    assert!(!registry.ok("quay_repository", app(json!({"description": "same"}))).changed());
    registry.emulator.fault(unseen());
    registry.failed("quay_repository", app(json!({"description": "other"})));
    registry.emulator.fault(given::refusal(
        "DELETE",
        &format!("{REPO}/permissions/user/bob"),
        400,
        "User does not have permission for repo.",
    ));
    let exact = app(json!({"perms": [grant("admin", "admin")], "append": false}));
    assert!(!registry.ok("quay_repository", exact).changed());
}

#[test]
fn the_deprecated_pruning_spares_policies_with_a_pattern() {
    let registry = registry();
    let tags = |count: &str| app(json!({"auto_prune_method": "tags", "auto_prune_value": count}));
    let created = registry.ok("quay_repository", tags("3"));
    assert_eq!(created.writes(), ["POST /api/v1/repository".into(), format!("POST {REPO}/autoprunepolicy/")]);
    assert_eq!(created.result["deprecations"].as_array().map(Vec::len), Some(2));
    registry.emulator.with_state(|state| {
        let policies = &mut state.repository_mut("acme", "app").unwrap().prune;
        let patterned = PrunePolicy { uuid: "patterned".into(), tag_pattern: Some("^v".into()), ..policies[0].clone() };
        policies[0].uuid = "plain".into();
        policies.insert(0, patterned);
    });
    let changed = registry.ok("quay_repository", tags("7"));
    assert_eq!(changed.writes(), [format!("PUT {REPO}/autoprunepolicy/plain")]);
    let again = registry.ok("quay_repository", tags("7"));
    assert!(!again.changed());
    assert_eq!(again.before(), changed.after());
    registry.emulator.with_state(|state| {
        state.repository_mut("acme", "app").unwrap().prune.retain(|policy| policy.uuid == "patterned");
    });
    let added = registry.ok("quay_repository", tags("3"));
    assert_eq!(added.writes(), [format!("POST {REPO}/autoprunepolicy/")]);
    let none = registry.ok("quay_repository", app(json!({"auto_prune_method": "none"})));
    assert_eq!(none.writes().len(), 2);

    registry.emulator.set_feature("AUTO_PRUNE", false);
    for name in ["acme/app", "acme/new"] {
        let options = json!({"name": name, "description": "x", "auto_prune_method": "tags", "auto_prune_value": "1"});
        let message = registry.refused_everywhere("quay_repository", options);
        assert!(message.contains("FEATURE_AUTO_PRUNE"), "{message}");
    }
}
