//! `quaymaster audit`: the same rules find the same in files and on a server.

use std::collections::BTreeSet;
use std::fs;

use quay_emulator::Config;
use quay_emulator::state::AppToken;
use quaymaster::apply::audit::Audited;
use quaymaster::apply::audit::policy::Policy;
use quaymaster::apply::audit::rules::RULES as RULES_OF_THE_TABLE;
use quaymaster::apply::input::yaml::Node;
use serde_json::{Value, json};

use super::mass::{Ran, Shell};
use crate::support::Registry;

/// What no rule has anything against.
const CLEAN: &str = "\
organizations:
  - name: acme
    email: acme@example.com
    quota: {quota: 10 GiB}
    prune_policies: [{method: tags, value: '20'}]
    robots: [{name: ci}]
    teams:
      - {name: owners, role: admin, members: [admin, jdoe]}
      - {name: programs, role: member, members: [acme+ci]}
    applications:
      - name: portal
        tokens: [{name: deploy, rights: ['repo:read'], expiration: 90d}]
    default_permissions: [{name: programs, type: team, role: write}]
    repositories:
      - name: app
        visibility: private
        permissions: [{name: acme+ci, type: user, role: write}]
        mirror: {external_reference: quay.io/other/app, robot_username: acme+ci, image_tags: [latest], verify_tls: true}
        notifications: [{title: push, event: repo_push, method: slack, config: {url: 'https://hooks.example/s3cret'}}]
";

/// Something for every rule that files and servers can both break.
const PLANTED: &str = "\
organizations:
  - name: acme
    email: acme@example.com
    robots: [{name: ci}]
    teams:
      - {name: owners, role: admin, members: [admin]}
      - {name: powers, role: admin, members: [acme+ci]}
    applications:
      - name: portal
        tokens: [{name: deploy, rights: ['repo:read']}]
    default_permissions: [{name: acme+ci, type: user, role: admin, creator: jdoe}]
    repositories:
      - name: app
        visibility: public
        permissions: [{name: acme+ci, type: user, role: admin}]
        mirror: {external_reference: quay.io/other/app, robot_username: acme+ci, image_tags: [latest], verify_tls: false}
        notifications:
          - {title: room, event: repo_push, method: hipchat, config: {room_id: '7', notification_token: t0ken-s3cret}}
      - name: kept
        visibility: private
        prune_policies: [{method: date, value: 30d}]
      - name: loose
        visibility: private
      - name: frozen
        visibility: private
        repo_state: READ_ONLY
        prune_policies: [{method: date, value: 30d}]
  - name: copies
    email: copies@example.com
    quota: {quota: 1 GiB}
    prune_policies: [{method: tags, value: '20'}]
    robots: [{name: sync}]
    teams: [{name: owners, role: admin, members: [admin, jdoe]}]
    mirror:
      external_registry_type: harbor
      external_registry_url: http://harbor.example
      external_namespace: library
      robot_username: copies+sync
  - name: cache
    email: cache@example.com
    quota: {quota: 1 GiB}
    teams: [{name: owners, role: admin, members: [admin, jdoe]}]
    proxy_cache: {registry: docker.io/library, insecure: true}
";

const FOUND: &[(&str, &str)] = &[
    ("default-login", "SERVER"),
    ("deprecated-method", "acme/app/room"),
    ("endless-token", "acme/portal/deploy"),
    ("few-owners", "acme"),
    ("name-pattern", "acme+ci"),
    ("no-admins", "acme/powers"),
    ("no-pruning", "acme"),
    ("no-quota", "acme"),
    ("public-repository", "acme/app"),
    ("public-repository", "copies"),
    ("robot-admin", "acme+ci"),
    ("robot-admin", "acme/app"),
    ("robot-admin", "acme/powers"),
    ("stuck-pruning", "acme"),
    ("unverified-tls", "acme/app"),
    ("unverified-tls", "cache"),
    ("unverified-tls", "copies"),
];

const RULES: &str = "\
names: {robots: [sync, 'build-*']}
own:
  - id: no-admins
    kind: teams
    severity: low
    when: {role: admin, members: '*+*'}
    message: keep people and programs apart
";

/// The administrator signs in with the password that the emulator gives everybody.
fn audit(shell: &Shell, arguments: &[&str]) -> Ran {
    let environment = [("QUAY_USERNAME", "admin"), ("QUAY_PASSWORD", "password")];
    let ran = shell.run_with(&[&["audit"], arguments].concat(), "", &environment);
    for secret in ["s3cret", "hunter2"] {
        assert!(!ran.out.contains(secret) && !ran.err.contains(secret), "{}\n{}", ran.out, ran.err);
    }
    ran
}

fn judged(shell: &Shell, arguments: &[&str], code: i32) -> Value {
    let ran = audit(shell, &[&["--output", "json"], arguments].concat());
    assert_eq!(ran.code, code, "{}\n{}", ran.out, ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

/// The rules and objects of findings; the address of the server, which differs from run to run, is told as a word.
fn found(report: &Value, shell: &Shell) -> BTreeSet<(String, String)> {
    let url = shell.registry.emulator.url();
    let each = report["findings"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().replace(&url, "SERVER");
    each.map(|finding| (text(&finding["rule"]), text(&finding["object"]))).collect()
}

fn expected(more: &[(&str, &str)]) -> BTreeSet<(String, String)> {
    FOUND.iter().chain(more).map(|(rule, object)| ((*rule).to_owned(), (*object).to_owned())).collect()
}

/// A server with what a file declares.
fn applied(text: &str) -> Shell {
    let shell = Shell::new();
    shell.registry.emulator.add_user("jdoe", "password");
    shell.registry.emulator.add_user("admin", "password");
    shell.write("registry.yml", text);
    shell.write("rules.yml", RULES);
    let ran = shell.run(&["apply", "--yes", "--results", "results.json", "registry.yml"]);
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.err);
    shell
}

#[test]
fn each_planted_violation_is_found_in_files_and_on_a_server_alike() {
    let shell = applied(PLANTED);
    let files = judged(&shell, &["registry.yml", "--rules", "rules.yml"], 2);
    assert_eq!(found(&files, &shell), expected(&[]));
    let live = judged(&shell, &["--live", "acme", "c*", "--rules", "rules.yml"], 2);
    assert_eq!(found(&live, &shell), expected(&[]));
    let of = |report: &Value| {
        let each = report["findings"].as_array().unwrap().iter();
        each.map(|finding| finding["message"].clone()).collect::<Vec<_>>()
    };
    let sorted = |mut messages: Vec<Value>| {
        messages.sort_by_key(Value::to_string);
        messages
    };
    assert_eq!(sorted(of(&files)), sorted(of(&live)), "one says it differently");
    let app = files["findings"].as_array().unwrap().iter().find(|finding| finding["object"] == "acme/app").unwrap();
    assert_eq!(app["place"], "registry.yml:13:9", "{app}");
    assert_eq!(files["counts"], json!({"high": 9, "medium": 4, "low": 4}));
    assert!(live["findings"].as_array().unwrap().iter().all(|finding| finding["place"].is_null()));
    assert_eq!(live["incomplete"], json!([]));
}

/// The rules, objects and messages that a file is found for.
fn found_in(shell: &Shell, file: &Value, rules: &[&str]) -> Vec<(String, String, String)> {
    shell.write("some.yml", &file.to_string());
    let ran = audit(shell, &["some.yml", "--output", "json", "--fail-on", "never"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = report["findings"].as_array().unwrap().iter();
    let all = all.map(|it| (text(&it["rule"]), text(&it["object"]), text(&it["message"])));
    all.filter(|(rule, ..)| rules.contains(&rule.as_str())).collect()
}

#[test]
fn what_the_server_never_prunes_needs_no_policy_and_stops_others_with_one() {
    let shell = Shell::new();
    let mirror = json!({"external_reference": "quay.io/a/b", "robot_username": "acme+ci", "image_tags": ["latest"]});
    let policy = json!([{"method": "tags", "value": "5"}]);
    let with = |frozen: &Value, whole: &Value, tasks: Value| {
        let organization = json!({"name": "acme", "prune_policies": whole, "repositories": [
            {"name": "app", "prune_policies": policy},
            {"name": "copy", "mirror": mirror},
            {"name": "frozen", "repo_state": "READ_ONLY", "prune_policies": frozen},
        ]});
        let file = json!({"organizations": [organization], "tasks": tasks});
        found_in(&shell, &file, &["no-pruning", "stuck-pruning"])
    };
    assert_eq!(with(&json!([]), &json!([]), json!([])), []);
    let stuck = with(&policy, &json!([]), json!([]));
    assert_eq!((stuck.len(), stuck[0].0.as_str(), stuck[0].1.as_str()), (1, "stuck-pruning", "acme"));
    assert!(stuck[0].2.contains("(acme/frozen)"), "{stuck:?}");
    assert_eq!(with(&policy, &policy, json!([])), []);
}

#[test]
fn the_deprecated_option_makes_a_policy() {
    let shell = Shell::new();
    for (module, name, method, count) in [
        ("quay_organization", "acme", "tags", 0),
        ("quay_repository", "acme/app", "tags", 0),
        ("quay_repository", "acme/app", "none", 1),
    ] {
        let value = if method == "none" { Value::Null } else { json!("5") };
        let task = json!({module: {"name": name, "auto_prune_method": method, "auto_prune_value": value}});
        let organizations = json!([{"name": "acme", "repositories": [{"name": "app"}]}]);
        let file = json!({"organizations": organizations, "tasks": [task]});
        let found = found_in(&shell, &file, &["no-pruning"]);
        assert_eq!(found.len(), count, "{module} {method}: {found:?}");
    }
}

#[test]
fn a_robot_account_is_an_administrator_through_its_team() {
    let shell = Shell::new();
    let organization = |role: &str, grant: &str| {
        json!({"organizations": [{"name": "acme", "robots": [{"name": "ci"}],
            "teams": [{"name": "builders", "role": role, "members": ["jdoe", "acme+ci"]}],
            "default_permissions": [{"name": "builders", "type": "team", "role": grant}],
            "repositories": [{"name": "app", "permissions": [{"name": "builders", "type": "team", "role": grant}]}]}]})
    };
    let admins = |role, grant| found_in(&shell, &organization(role, grant), &["robot-admin"]);
    let through = admins("member", "admin");
    assert_eq!(
        through.iter().map(|it| it.1.as_str()).collect::<BTreeSet<_>>(),
        BTreeSet::from(["acme/app", "acme/builders"])
    );
    assert!(through.iter().all(|it| it.2.contains("(acme+ci in the team builders)")), "{through:?}");
    assert_eq!(admins("member", "write"), []);
    assert_eq!(admins("admin", "admin").len(), 1, "the team says it for all that it has");
}

#[test]
fn plain_http_is_found_however_it_is_written() {
    let shell = Shell::new();
    let mirror = |url: &str| {
        json!({"organizations": [{"name": "copies", "robots": [{"name": "sync"}], "mirror": {"external_registry_type": "harbor",
            "external_registry_url": url, "external_namespace": "library", "robot_username": "copies+sync"}}]})
    };
    for (url, count) in [("HTTP://harbor.example", 1), ("http://harbor.example", 1), ("https://harbor.example", 0)] {
        assert_eq!(found_in(&shell, &mirror(url), &["unverified-tls"]).len(), count, "{url}");
    }
    for (host, count) in [("HTTP://quay.example", 1), ("http://localhost:8080", 0), ("quay.example", 0)] {
        shell.write("host.yml", &json!({"registry": {"quay_host": host, "quay_token": "x"}}).to_string());
        let report = audit(&shell, &["host.yml", "--output", "json", "--fail-on", "never"]);
        let report: Value = serde_json::from_str(&report.out).unwrap_or_else(|_| panic!("{}", report.err));
        let all = report["findings"].as_array().unwrap();
        assert_eq!(all.iter().filter(|it| it["rule"] == "unverified-tls").count(), count, "{host}: {report}");
    }
}

#[test]
fn the_last_day_of_an_exception_counts_everywhere_on_earth() {
    let rules = json!({"exceptions": [{"rule": "no-quota", "object": "acme", "reason": "r", "until": "2027-01-31"}]});
    let policy = Policy::read(&Node::of_value(&rules, "rules")).unwrap_or_else(|_| panic!("the rules are wrong"));
    let count = |now: &str| policy.judge(&Audited::default(), now.parse().unwrap()).len();
    assert_eq!((count("2027-02-01T11:59:00Z"), count("2027-02-01T12:00:00Z")), (0, 1));
}

#[test]
fn nothing_is_found_where_all_is_well() {
    let shell = applied(CLEAN);
    for arguments in [&["audit", "registry.yml"][..], &["audit", "--live", "acme"], &["audit", "--live", "--users"]] {
        let ran = shell.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}\n{}", ran.out, ran.err);
        assert!(ran.out.ends_with(": nothing\n"), "{}", ran.out);
        assert_eq!(ran.err, "Findings: 0 high, 0 medium, 0 low; excused: 0\n");
    }
}

/// Only a server knows what is in use.
#[test]
fn credentials_that_nobody_uses_are_found_on_a_server() {
    let shell = applied(CLEAN);
    let now = jiff::Timestamp::now().as_microsecond();
    let day = 24 * 3_600_000_000;
    shell.registry.age_robot("acme+ci", 24 * 500, Some(24 * 100 + 1));
    shell.registry.emulator.with_state(|state| {
        for token in state.tokens.values_mut().filter(|token| token.name.as_deref() == Some("deploy")) {
            (token.created, token.name) = (now - 120 * day - 1, None);
        }
        state.user_mut("admin").unwrap().app_tokens.push(AppToken {
            uuid: "uuid-laptop".into(),
            title: "laptop".into(),
            code: "SECRET-laptop".into(),
            created: now - 200 * day - 1,
            last_accessed: Some(now - day),
            expiration: None,
        });
    });
    let report = judged(&shell, &["--live"], 2);
    let all = found(&report, &shell);
    let unnamed = all.iter().find(|(_, object)| object.starts_with("acme/portal/")).cloned().unwrap();
    assert_eq!(unnamed.0, "unused-token", "{all:?}");
    for (rule, object) in [("unused-token", "acme+ci"), ("endless-token", "laptop")] {
        assert!(all.contains(&(rule.to_owned(), object.to_owned())), "{object} in {all:?}");
    }
    let text = report.to_string();
    assert!(text.contains("robot account acme+ci was last used 100 days ago: remove it"), "{text}");
    shell.write("patient.yml", "rules: {unused-token: {days: 300}, endless-token: 'off', default-login: false}\n");
    assert_eq!(judged(&shell, &["--live", "--rules", "patient.yml"], 0)["findings"], json!([]));
}

#[test]
fn owners_that_no_file_names_can_be_there() {
    let shell = applied(PLANTED);
    shell.write("bare.yml", "organizations: [{name: acme}]");
    for (arguments, message) in [
        (["bare.yml"].as_slice(), "organization acme has in the files 0 of at least 2 owners"),
        (&["--live", "acme"], "organization acme has 1 of at least 2 owners"),
    ] {
        let report = judged(&shell, arguments, 2);
        let findings = report["findings"].as_array().unwrap();
        let finding = findings.iter().find(|finding| finding["rule"] == "few-owners").unwrap();
        assert!(finding["message"].as_str().unwrap().starts_with(message), "{finding}");
    }
}

#[test]
fn the_exit_code_follows_the_severity() {
    let shell = applied(CLEAN);
    shell.write("little.yml", "organizations: [{name: small, prune_policies: [{method: tags, value: '5'}], teams: [{name: owners, role: admin, members: [a1, b2]}]}]");
    for (severity, code) in [("low", 2), ("medium", 0), ("high", 0), ("never", 0)] {
        let ran = shell.run(&["audit", "little.yml", "--fail-on", severity]);
        assert_eq!(ran.code, code, "{severity}: {}\n{}", ran.out, ran.err);
        assert!(ran.out.contains("no-quota"), "{}", ran.out);
    }
    shell.write("strict.yml", "rules: {no-quota: high}");
    assert_eq!(shell.run(&["audit", "little.yml", "--fail-on", "high", "--rules", "strict.yml"]).code, 2);
    shell.write("lenient.yml", "rules: {no-quota: off}");
    assert_eq!(shell.run(&["audit", "little.yml", "--rules", "lenient.yml"]).code, 0);
}

#[test]
fn an_exception_excuses_until_its_end_and_is_then_a_finding() {
    let shell = applied(PLANTED);
    let rules = |until: &str| {
        format!("exceptions: [{{rule: public-repository, object: 'acme/*', reason: open source, until: {until}}}]\n")
    };
    shell.write("now.yml", &rules("2999-12-31"));
    let report = judged(&shell, &["registry.yml", "--rules", "now.yml"], 2);
    assert_eq!(report["excused"][0]["object"], "acme/app");
    assert_eq!(
        (&report["excused"][0]["reason"], &report["excused"][0]["until"]),
        (&json!("open source"), &json!("2999-12-31"))
    );
    let public = |report: &Value| found(report, &shell).contains(&("public-repository".into(), "acme/app".into()));
    assert!(!public(&report) && found(&report, &shell).contains(&("public-repository".into(), "copies".into())));
    shell.write("then.yml", &rules("2026-01-31"));
    let report = judged(&shell, &["registry.yml", "--rules", "then.yml"], 2);
    assert!(public(&report) && report["excused"] == json!([]));
    let each = report["findings"].as_array().unwrap();
    let ended = each.iter().find(|finding| finding["rule"] == "ended-exception").unwrap();
    assert_eq!(ended["place"], "then.yml:1:14");
    assert!(ended["message"].as_str().unwrap().contains("from public-repository ended on 2026-01-31"), "{ended}");
}

#[test]
fn mistakes_in_the_rules_are_told_with_their_place() {
    let shell = Shell::new();
    shell.write("registry.yml", CLEAN);
    for (rules, why) in [
        ("rulez: {}", "rules.yml:1:1: unknown key \"rulez\"; did you mean rules?"),
        ("rules: {no-qota: off}", "unknown key \"no-qota\"; did you mean no-quota?"),
        ("rules: {no-quota: severe}", "must be off, high, medium, low"),
        ("rules: {unused-token: {days: 0}}", "must be a whole number from 1 to 100000"),
        ("rules: {no-quota: {days: 1}}", "unknown key \"days\"; known are: severity"),
        ("rules: [no-quota]", "rules must be a mapping"),
        ("names: {robot: ci}", "there is no kind \"robot\"; the kinds are users"),
        ("names: {robots: []}", "must be a pattern"),
        ("names: {repositories: ['*', '[a-z']}", "nothing closes a [ of [a-z: add a ]"),
        ("own: [{id: x, kind: teams, message: no}]", "an own rule needs when, must or both"),
        ("own: [{id: no-quota, kind: teams, when: {role: admin}, message: no}]", "an id must be new"),
        ("own: [{id: x, kind: teams, when: {rolle: admin}, message: no}]", "unknown key \"rolle\"; did you mean role?"),
        ("own: [{id: x, kind: members, when: {role: admin}, message: no}]", "there is no kind \"members\""),
        ("own: [{id: x, kind: users, when: {password: 'a*'}, message: no}]", "unknown key \"password\""),
        ("own: [{id: x, kind: notifications, when: {config: {url: 'a*'}}, message: no}]", "unknown key \"config\""),
        ("own: [{kind: teams, when: {role: admin}, message: no}]", "needs a text id"),
        ("exceptions: [{rule: no-quota, object: acme, until: 2027-01-01}]", "needs a text reason"),
        ("exceptions: [{rule: nothing, object: acme, reason: r, until: 2027-01-01}]", "there is no rule nothing"),
        ("exceptions: [{rule: no-quota, object: acme, reason: r, until: soon}]", "must be a date such as 2027-01-31"),
        ("exceptions: {}", "exceptions must be a list"),
        ("just a text", "a file of rules must be a mapping"),
    ] {
        shell.write("rules.yml", rules);
        let ran = shell.run(&["audit", "registry.yml", "--rules", "rules.yml"]);
        assert!(
            ran.code == 1 && ran.err.contains(why) && ran.err.contains("rules.yml"),
            "{rules}: {}{}",
            ran.out,
            ran.err
        );
    }
    for (arguments, why) in [
        (vec!["registry.yml", "--rules", "nosuch.yml"], "nosuch.yml"),
        (vec![], "<PATH | ORGANIZATION>"),
        (vec!["nosuch.yml"], "nosuch.yml"),
        (vec!["registry.yml", "--endpoint", "x"], "--endpoint and --file name the server of --live"),
        (vec!["--live", "nosuch"], "cannot audit nosuch: the organization nosuch does not exist"),
        (vec!["--live", "x*"], "cannot audit x*: none of"),
    ] {
        let ran = shell.run(&[&["audit"], arguments.as_slice()].concat());
        assert!(ran.code == 1 && ran.err.contains(why), "{arguments:?}: {}{}", ran.out, ran.err);
    }
    let wrong = shell.run_with(&["audit", "--live"], "", &[("QUAY_TOKEN", "wrong-s3cret")]);
    assert!(wrong.code == 1 && !wrong.err.contains("wrong-s3cret"), "{}", wrong.err);
}

#[test]
fn a_rule_that_a_server_cannot_obey_is_left_out() {
    let mut shell = Shell::new();
    shell.registry = Registry::with(Config::default().feature("QUOTA_MANAGEMENT", false));
    shell.registry.ok("quay_organization", json!({"name": "acme"}));
    let report = judged(&shell, &["--live", "acme"], 2);
    assert_eq!(report["incomplete"], json!(["the rule no-quota: the server has what it wants switched off"]));
    assert!(found(&report, &shell).iter().all(|(rule, _)| rule != "no-quota"));
}

#[test]
fn what_the_server_gives_to_all_nobody_lacks() {
    let policy = json!({"method": "number_of_tags", "value": 20});
    for (setting, value, rule) in [
        ("DEFAULT_NAMESPACE_AUTOPRUNE_POLICY", policy, "no-pruning"),
        ("DEFAULT_SYSTEM_REJECT_QUOTA_BYTES", json!(1_000_000), "no-quota"),
    ] {
        let mut shell = Shell::new();
        shell.registry = Registry::with(Config::default().setting(setting, value));
        shell.registry.ok("quay_organization", json!({"name": "acme"}));
        let all = found(&judged(&shell, &["--live", "acme"], 2), &shell);
        let about: Vec<&str> = all
            .iter()
            .map(|(rule, _)| rule.as_str())
            .filter(|rule| ["no-pruning", "no-quota"].contains(rule))
            .collect();
        assert!(about.len() == 1 && about[0] != rule, "{setting}: {all:?}");
    }
}

#[test]
fn a_fingerprint_tells_servers_and_files_apart_and_a_report_with_gaps_says_so() {
    let shell = applied(PLANTED);
    let report = |arguments: &[&str]| {
        let ran = audit(&shell, &[arguments, &["--output", "sarif", "--fail-on", "never"]].concat());
        serde_json::from_str::<Value>(&ran.out).unwrap_or_else(|_| panic!("{}", ran.err))["runs"][0].clone()
    };
    let print = |run: &Value| {
        let quota = run["results"].as_array().unwrap().iter().find(|result| result["ruleId"] == "no-quota").unwrap();
        quota["partialFingerprints"]["object/v1"].as_str().unwrap().to_owned()
    };
    let (files, live) = (report(&["registry.yml"]), report(&["--live", "acme"]));
    assert_eq!(print(&files), "registry.yml:no-quota:organizations:acme");
    assert_eq!(print(&live), format!("{}:no-quota:organizations:acme", shell.registry.emulator.url()));
    assert_eq!(live["invocations"][0]["executionSuccessful"], true);

    let mut old = Shell::new();
    old.registry = Registry::with(Config::default().quay("3.17"));
    old.registry.ok("quay_organization", json!({"name": "acme"}));
    let ran = audit(&old, &["--live", "acme", "--output", "sarif"]);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let invocation = &report["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false, "{invocation}");
}

/// Whatever an object is called, a report is what it was going to be.
#[test]
fn hostile_names_stay_text_in_every_form() {
    let shell = Shell::new();
    let hostile = "</failure><script>\u{1b}[31m[x](http://evil.example) {0} \u{202e}&\"";
    let file = json!({"organizations": [{"name": "acme", "applications": [
        {"name": hostile, "tokens": [{"name": hostile, "rights": ["repo:read"]}]}]}]});
    shell.write("a b#[1].yml", &file.to_string());
    for form in ["table", "json", "sarif", "junit"] {
        let ran = shell.run(&["audit", "a b#[1].yml", "--output", form]);
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'), "{form}: {}", ran.out);
        assert!(ran.out.contains("endless-token"), "{form}: {}", ran.out);
        match form {
            "table" => assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "{}", ran.out),
            "junit" => {
                assert!(
                    !ran.out.contains("<script") && ran.out.contains("&lt;script") || ran.out.contains("&#60;script"),
                    "{}",
                    ran.out
                );
                assert_eq!(ran.out.matches("</testsuites>").count(), 1);
            }
            "sarif" => {
                let report: Value = serde_json::from_str(&ran.out).unwrap();
                let results = report["runs"][0]["results"].as_array().unwrap();
                let token = results.iter().find(|result| result["ruleId"] == "endless-token").unwrap();
                let text = token["message"]["text"].as_str().unwrap();
                assert!(text.contains("\\[x\\](http://evil.example) {{0}}"), "{text}");
                let location = &token["locations"][0]["physicalLocation"];
                assert_eq!(location["artifactLocation"]["uri"], "a%20b%23%5B1%5D.yml");
                assert_eq!(location["region"]["startLine"], 1);
            }
            _ => assert!(serde_json::from_str::<Value>(&ran.out).is_ok()),
        }
    }
}

#[test]
fn programs_get_sarif_and_junit() {
    let shell = applied(PLANTED);
    shell.write("now.yml", "names: {repositories: 'x*', robots: 'y*'}\nexceptions: [{rule: no-quota, object: acme, reason: soon, until: 2999-12-31}]\n");
    let arguments = ["registry.yml", "--rules", "now.yml", "--output"];
    let ran = audit(&shell, &[&arguments[..], &["sarif", "-o", "audit.sarif"]].concat());
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (2, "", ""));
    let report: Value = serde_json::from_str(&fs::read_to_string(shell.path("audit.sarif")).unwrap()).unwrap();
    assert_eq!(
        (&report["version"], &report["runs"][0]["tool"]["driver"]["name"]),
        (&json!("2.1.0"), &json!("quaymaster"))
    );
    let run = &report["runs"][0];
    let known: BTreeSet<&str> =
        run["tool"]["driver"]["rules"].as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    let results = run["results"].as_array().unwrap();
    for result in results {
        assert!(known.contains(result["ruleId"].as_str().unwrap()), "{result}");
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()), "{result}");
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        assert!(result["partialFingerprints"]["object/v1"].is_string());
    }
    let excused: Vec<&Value> = results.iter().filter(|result| result["suppressions"].is_array()).collect();
    assert_eq!(excused.len(), 1);
    assert_eq!(excused[0]["suppressions"][0], json!({"kind": "external", "justification": "until 2999-12-31: soon"}));
    let place = &results.iter().find(|result| result["ruleId"] == "robot-admin").unwrap()["locations"][0];
    assert_eq!(place["physicalLocation"]["artifactLocation"]["uri"], "registry.yml");

    let ran = audit(&shell, &[&arguments[..], &["junit"]].concat());
    assert_eq!(ran.code, 2);
    let failures = results.len() - 1;
    assert!(ran.out.contains(&format!("failures=\"{failures}\" errors=\"0\" skipped=\"1\"")), "{}", ran.out);
    assert!(
        ran.out.contains("<testcase classname=\"unused-token\" name=\"Tokens and robot accounts are in use.\">"),
        "{}",
        ran.out
    );
    let live = audit(&shell, &["--live", "--output", "sarif"]);
    let report: Value = serde_json::from_str(&live.out).unwrap();
    let location = &report["runs"][0]["results"][0]["locations"][0];
    assert!(
        location["logicalLocations"][0]["fullyQualifiedName"].is_string() && location["physicalLocation"].is_null()
    );
}

#[test]
fn every_rule_is_described_with_its_severity_and_number() {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/audit.md")).unwrap();
    let told: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("| `") && !line.starts_with("| `null`") && !line.starts_with("| `{"))
        .collect();
    assert_eq!(told.len(), RULES_OF_THE_TABLE.len());
    for (line, rule) in told.iter().zip(RULES_OF_THE_TABLE) {
        assert!(line.starts_with(&format!("| `{}` | {} | ", rule.id, rule.severity.word())), "{line}");
        if let Some((name, usual)) = rule.number {
            assert!(line.contains(&format!("`{name}` ({usual})")), "{line}");
        }
    }
}
