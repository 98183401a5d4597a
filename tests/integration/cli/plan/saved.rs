//! Plans in files, and two states of files.

use std::fs;

use super::{Shell, in_place, plan};

fn keep(shell: &Shell, file: &str) {
    let ran = plan(shell, &["--out", "plan.json", file], "80");
    assert_eq!(ran.code, 2, "{}", ran.err);
}

#[test]
fn a_kept_plan_is_carried_out_as_it_was_shown() {
    let shell = in_place();
    keep(&shell, "tuesday.yml");
    let ran = shell.run(&["apply", "plan.json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("2 created, 7 changed, 0 removed"), "{}", ran.out);
    assert_eq!(plan(&shell, &["tuesday.yml"], "80").code, 0);
}

#[test]
fn a_plan_that_is_another_one_now_is_refused_with_the_difference() {
    let shell = in_place();
    keep(&shell, "tuesday.yml");
    let moved = [
        ("quay_repository", serde_json::json!({"name": "payments/website", "visibility": "private"})),
        ("quay_organization", serde_json::json!({"name": "payments", "time_machine_expiration": "1w"})),
        ("quay_team", serde_json::json!({"organization": "payments", "name": "auditors", "state": "absent"})),
    ];
    for (module, options) in moved {
        shell.registry.ok(module, options);
    }
    let before = shell.registry.emulator.writes().len();
    let ran = shell.run(&["apply", "--yes", "plan.json"]);
    assert_eq!((ran.code, shell.registry.emulator.writes().len()), (1, before));
    for told in [
        "plan.json is not what would be done now",
        "change repository payments/website: no longer to be done",
        "change organization payments: differs in time_machine_expiration",
        "create team payments/auditors: to be done as well",
    ] {
        assert!(ran.err.contains(told), "{told} in {}", ran.err);
    }
    // So is one whose files say something else.
    keep(&shell, "tuesday.yml");
    fs::copy(shell.path("leaving.yml"), shell.path("tuesday.yml")).unwrap();
    let ran = shell.run(&["apply", "plan.json"]);
    assert!(ran.code == 1 && ran.err.contains("remove repository payments/website: to be done as well"), "{}", ran.err);
}

/// The paths that it names start where it was made.
#[test]
fn a_kept_plan_is_carried_out_where_it_was_made() {
    let shell = in_place();
    keep(&shell, "tuesday.yml");
    let text = fs::read_to_string(shell.path("plan.json")).unwrap();
    let mut plan: serde_json::Value = serde_json::from_str(&text).unwrap();
    plan["directory"] = "/elsewhere".into();
    fs::write(shell.path("plan.json"), plan.to_string()).unwrap();
    let ran = shell.run(&["apply", "--yes", "plan.json"]);
    assert!(ran.code == 1 && ran.err.contains("it was made in /elsewhere: go there"), "{}", ran.err);
}

/// What is not there is not removed.
#[test]
fn a_removal_of_what_the_older_files_lack_is_none() {
    let shell = Shell::new();
    shell.write("old.yml", "organizations: [{name: acme}]");
    shell.write("new.yml", "organizations: [{name: acme, teams: [{name: gone, state: absent}]}]");
    let ran = shell.run(&["plan", "--since", "old.yml", "new.yml"]);
    assert!(ran.code == 0 && ran.out.contains("No changes."), "{}{}", ran.out, ran.err);
}

#[test]
fn a_kept_plan_holds_no_secret_and_is_for_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let shell = in_place();
    let file = "registry: {quay_token: TOKEN}\norganizations: [{name: payments, proxy_cache: {registry: quay.io, username: u, \
                password: the-secret-of-the-proxy}, repositories: [{name: api, notifications: [{title: n, event: repo_push, \
                method: slack, config: {url: 'https://hooks.slack.example.com/services/s3cr3t'}}]}]}]";
    shell.write("secrets.yml", &file.replace("TOKEN", &shell.registry.token));
    keep(&shell, "secrets.yml");
    let text = fs::read_to_string(shell.path("plan.json")).unwrap();
    for secret in [shell.registry.token.as_str(), "the-secret-of-the-proxy", "s3cr3t"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(text.contains("quay.io"));
    assert_eq!(fs::metadata(shell.path("plan.json")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn what_a_plan_in_a_file_cannot_say_is_refused() {
    let shell = in_place();
    for arguments in [&["--insecure"][..], &["--allow-command", "vault"]] {
        let ran = plan(&shell, &[&["--out", "plan.json", "tuesday.yml"], arguments].concat(), "80");
        assert!(ran.code == 1 && ran.err.contains("--out keeps no plan"), "{}", ran.err);
    }
    assert!(!shell.path("plan.json").exists());
    keep(&shell, "tuesday.yml");
    let part = shell.run(&["apply", "--only", "payments", "plan.json"]);
    assert!(part.code == 1 && part.err.contains("leave the other arguments out"), "{}", part.err);
    let text = fs::read_to_string(shell.path("plan.json")).unwrap();
    for (from, to) in
        [("\"plan\",", "\"plan\", \"--insecure\","), ("\"plan\",", "\"export\","), ("_plan\": 1", "_plan\": 2")]
    {
        shell.write("changed.json", &text.replace(from, to));
        let ran = shell.run(&["apply", "changed.json"]);
        assert!(ran.code == 1 && ran.err.contains("changed.json is no plan that can be carried out"), "{}", ran.err);
    }
    // Other commands know it, too.
    for arguments in [&["plan", "plan.json"][..], &["validate", "plan.json"], &["apply", "plan.json", "tuesday.yml"]] {
        let ran = shell.run(arguments);
        let told: Vec<&str> = ran.err.lines().collect();
        let is_told = told.len() == 1 && told[0].contains("this is a plan that quaymaster plan --out has kept");
        assert!(ran.code == 1 && is_told, "{}", ran.err);
    }
    let ran = plan(&shell, &["--out", "-", "tuesday.yml"], "80");
    assert!(ran.code == 1 && ran.err.contains("name a file") && !shell.path("-").exists(), "{}", ran.err);
    // A plan that is refused is not kept.
    shell.write("wrong.yml", "organizations: [{name: payments, teams: [{name: x, role: member, members: [nobody]}]}]");
    let ran = plan(&shell, &["--out", "wrong.json", "wrong.yml"], "80");
    assert!(ran.code == 1 && !shell.path("wrong.json").exists(), "{}", ran.err);
}

#[test]
fn two_states_of_the_files_are_compared_without_a_server() {
    let shell = in_place();
    let before = shell.registry.emulator.journal().len();
    let ran = plan(&shell, &["--since", "first.yml", "tuesday.yml"], "80");
    assert_eq!(ran.code, 2, "{}", ran.err);
    for told in [
        "time_machine_expiration: 2 weeks (1209600 s) -> 4 weeks (2419200 s)",
        "+ create robot account payments+scanner\n    ~",
        "          + dave\n",
        "          ~ robot payments+deploy: read -> write\n",
        "        visibility: public -> private\n",
    ] {
        assert!(ran.out.contains(told), "{told} in {}", ran.out);
    }
    // Members are not pruned, so nobody leaves.
    assert!(!ran.out.contains("- bob"), "{}", ran.out);
    let leaving = plan(&shell, &["--since", "first.yml", "leaving.yml"], "80").out;
    for told in ["- bob\n", "- remove repository payments/website\n", "enabled: (none) -> false"] {
        assert!(leaving.contains(told), "{told} in {leaving}");
    }
    let same = plan(&shell, &["--since", "first.yml", "first.yml"], "80");
    assert!(same.code == 0 && same.out.starts_with("No changes."), "{}", same.out);
    shell.write("empty.yml", "organizations: [{name: payments}]");
    let gone = plan(&shell, &["--since", "first.yml", "--kind", "robots", "empty.yml"], "80");
    assert!(gone.out.contains("no longer declared; it stays, as prune does not name robots"), "{}", gone.out);
    assert_eq!(shell.registry.emulator.journal().len(), before, "a server was asked");
}

#[test]
fn what_is_called_by_its_place_alone_comes_beside_what_was_there() {
    let shell = Shell::new();
    let file = |rest: &str| format!("organizations: [{{name: acme, {rest}}}]");
    let default = |role: &str| file(&format!("default_permissions: [{{name: devs, type: team, role: {role}}}]"));
    let prune = |value: u8| file(&format!("prune_policies: [{{method: tags, value: {value}}}]"));
    let locked = |pattern: &str| file(&format!("immutability_policies: [{{tag_pattern: '{pattern}'}}]"));
    let within = |pattern: &str| {
        locked(pattern).replace("immutability", "repositories: [{name: app, immutability").replace("]}]", "]}]}]")
    };
    let mirror = "external_reference: quay.io/acme/app, robot_username: acme+ci";
    let tags = |tags: &str| file(&format!("repositories: [{{name: app, mirror: {{{mirror}, image_tags: [{tags}]}}}}]"));
    let stays = "it stays, as prune does not name";
    for (old, new, expected) in [
        (prune(2), prune(1), ["    + create prune policy of acme\n", stays]),
        (locked("v.*"), locked("w.*"), ["    + create immutability policy of acme\n", stays]),
        (within("v.*"), within("w.*"), ["    + create immutability policy of acme/app\n", stays]),
        (default("read"), default("write"), ["    ~ change default permission for ", "role: read -> write\n"]),
        // Only a list that is said to add keeps what it no longer names.
        (tags("latest, v1"), tags("latest"), ["    ~ change mirror of acme/app\n", "- v1"]),
    ] {
        shell.write("old.yml", &old);
        shell.write("new.yml", &new);
        let ran = plan(&shell, &["--since", "old.yml", "new.yml"], "200");
        for told in expected {
            assert!(ran.code == 2 && ran.out.contains(told), "{told} in {}{}", ran.out, ran.err);
        }
    }
}

#[test]
fn what_is_no_longer_named_at_all_is_told() {
    let shell = Shell::new();
    let registry =
        |rest: &str| format!("registry: {{endpoints: [{{name: east, quay_host: 'https://east.example'}}{rest}]}}\n");
    let west = ", {name: west, quay_host: 'https://west.example'}";
    shell.write("old.yml", &format!("{}organizations: [{{name: acme, teams: [{{name: devs}}]}}]", registry(west)));
    shell.write("server.yml", &format!("{}organizations: [{{name: acme, teams: [{{name: devs}}]}}]", registry("")));
    let ran = shell.run(&["plan", "--since", "old.yml", "server.yml"]);
    assert!(ran.out.contains("west") && ran.out.contains("do not name this server any more"), "{}{}", ran.out, ran.err);
    // What the registry prunes goes, an organization with all that is in it.
    let pruned = registry("").replace("{endpoints", "{prune: {organizations: true}, endpoints");
    shell.write("pruned.yml", &format!("{pruned}organizations: []"));
    let ran = shell.run(&["plan", "--since", "old.yml", "pruned.yml"]);
    assert!(ran.code == 2 && ran.out.contains("- remove organization acme"), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("  acme\n    - remove team devs"), "{}", ran.out);
    shell.write("kept.yml", &format!("{}organizations: []", registry("")));
    let ran = shell.run(&["plan", "--since", "old.yml", "kept.yml"]);
    assert!(ran.code == 0 && ran.out.contains("it stays, as prune does not name organizations"), "{}", ran.out);
}

#[test]
fn another_secret_is_told_where_it_can_be_seen() {
    let shell = in_place();
    let file = |password: &str| {
        format!(
            "organizations: [{{name: payments, proxy_cache: {{registry: quay.io, username: u, password: {password}}}}}]"
        )
    };
    shell.write("old.yml", &file("the-first-secret"));
    shell.write("new.yml", &file("the-second-secret"));
    let ran = plan(&shell, &["--since", "old.yml", "new.yml"], "80");
    assert!(ran.out.replace("\n", " ").contains("password: another secret than before"), "{}{}", ran.out, ran.err);
    assert!(!ran.out.contains("-secret"), "{}", ran.out);
    assert!(!plan(&shell, &["--since", "old.yml", "old.yml"], "80").out.contains("another secret"));
    // A plan in a file holds nothing that a secret could be compared with, and says so.
    keep(&shell, "old.yml");
    let ran = shell.run(&["apply", "--yes", "plan.json"]);
    assert!(ran.code == 0 && ran.err.contains("plan.json holds no secrets"), "{}{}", ran.out, ran.err);
}

#[test]
fn organizations_and_kinds_are_named_by_patterns_and_a_typo_is_told() {
    let shell = in_place();
    let ran = plan(&shell, &["--only", "pay*", "--kind", "*_policies", "--kind", "quotas", "tuesday.yml"], "80");
    let heads: Vec<&str> =
        ran.out.lines().filter(|line| line.starts_with("    + ") || line.starts_with("    ~ ")).collect();
    let expected = [
        "    ~ change quota of the organization payments",
        "    + create auto-prune policy of the repository payments/api",
    ];
    assert_eq!(heads, expected);
    for (flag, word, told) in [
        ("--only", "paymants", "no organization \"paymants\"; did you mean payments?"),
        ("--only", "x*", "no organization \"x*\""),
        ("--kind", "team", "did you mean teams?"),
        ("--kind", "x*", "there is no kind \"x*\""),
    ] {
        let ran = plan(&shell, &[flag, word, "tuesday.yml"], "80");
        assert!(ran.code == 1 && ran.err.contains(told), "{told} in {}", ran.err);
    }
}

#[test]
fn an_export_writes_a_file_for_each_organization() {
    let shell = in_place();
    shell.registry.ok("quay_organization", serde_json::json!({"name": "tools"}));
    let ran = shell.run(&["export", "--messages", "--users", "--directory", "registry"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    let read = |name: &str| fs::read_to_string(shell.path("registry").join(name)).unwrap();
    let (payments, tools) = (read("payments.yml"), read("tools.yml"));
    assert!(
        payments.starts_with("# yaml-language-server: $schema=https://")
            && payments.contains("docs/registry.schema.json\n")
    );
    assert!(
        payments.contains("- name: payments\n") && !payments.contains("tools") && tools.contains("- name: tools\n")
    );
    // What had to be left out of an organization stands in its file.
    assert!(payments.contains("config.url") && !tools.contains("config.url"), "{payments}");
    assert!(read("_registry.yml").contains("- username: alice\n"));
    let time = |name: &str| fs::metadata(shell.path("registry").join(name)).unwrap().modified().unwrap();
    let before = time("payments.yml");
    shell.write("registry/old.yml", "organizations: []");
    let again = shell.run(&["export", "--messages", "--users", "--directory", "registry"]);
    assert!(again.err.contains("old.yml is of no organization that was exported; it stays"), "{}", again.err);
    assert_eq!(time("payments.yml"), before, "nothing has changed");
    assert!(!shell.run(&["export", "tools", "--directory", "registry"]).err.contains("old.yml"));
    fs::remove_file(shell.path("registry/old.yml")).unwrap();
    let ran = shell.run(&["plan", "--kind", "robots", "registry"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}
