//! What goes with the repositories and organizations that a plan removes.

use quay_emulator::{Config, Image};
use serde_json::{Value, json};

use super::{Shell, plan};
use crate::support::Registry;

const SURPLUS: &str =
    "registry: {prune: {repositories: true}, allow: {delete_repositories: true}, max_removal_percent: 100}
organizations: [{name: acme}]
";

/// `acme` with an image in two repositories, another one in one of them, and a pull.
fn shell(config: Config) -> Shell {
    let mut shell = Shell::new();
    shell.registry = Registry::with(config);
    shell.registry.ok("quay_organization", json!({"name": "acme"}));
    let one = Image::new("one").sizes(20_238, 314);
    shell.registry.emulator.push("acme/app", "v1", &one);
    shell.registry.emulator.push("acme/app", "v2", &Image::new("two").sizes(30_235, 314));
    shell.registry.emulator.push("acme/lib", "v1", &one);
    shell.registry.emulator.pull("acme/app", "v1");
    shell.registry.emulator.clear_journal();
    shell.write("surplus.yml", SURPLUS);
    shell
}

/// With words for days; at midnight today may be yesterday by now.
fn steady(mut held: Value) -> Value {
    let day = |ago: i64| {
        json!((jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * ago)).strftime("%Y-%m-%d").to_string())
    };
    for (key, ago, word) in [("last_pull", 0, "today"), ("pulls_since", 30, "a month ago")] {
        if [day(ago), day(ago + 1)].contains(&held[key]) {
            held[key] = json!(word);
        }
    }
    held
}

fn held(shell: &Shell, arguments: &[&str]) -> Vec<Value> {
    let ran = plan(shell, &[&["--output", "json"], arguments].concat(), "80");
    assert_eq!(ran.code, 2, "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    report["endpoints"][0]["objects"].as_array().unwrap().iter().map(|object| steady(object["holds"].clone())).collect()
}

/// How often an address below the API was asked for.
fn asked(shell: &Shell, path: &str) -> usize {
    let journal = shell.registry.emulator.journal();
    journal.iter().filter(|exchange| exchange.path == format!("/api/v1/{path}")).count()
}

#[test]
fn a_repository_goes_with_its_tags_size_and_last_pull() {
    let shell = shell(Config::default());
    let held = held(&shell, &["surplus.yml"]);
    let expected = [
        json!({"tags": 2, "more_tags": false, "size": 51_101, "last_pull": "today", "pulls_since": "a month ago"}),
        json!({"tags": 1, "more_tags": false, "size": 20_552, "last_pull": null, "pulls_since": "a month ago"}),
    ];
    assert_eq!(held, expected);
    for name in ["app", "lib"] {
        assert_eq!(asked(&shell, &format!("repository/acme/{name}/aggregatelogs")), 1);
    }
    let text = plan(&shell, &["surplus.yml"], "200").out;
    for line in ["goes with it: 2 tags, 49.9 KiB, last pull on ", "goes with it: 1 tag, 20.1 KiB, no pull in 31 days\n"]
    {
        assert!(text.contains(line), "{line}{text}");
    }
    let page = plan(&shell, &["--output", "html", "surplus.yml"], "80").out;
    assert!(page.contains("2 tags, 49.9 KiB, last pull on "), "{page}");
    let page = plan(&shell, &["--output", "markdown", "surplus.yml"], "80").out;
    assert!(page.contains("2 tags, 49.9 KiB, last pull on "), "{page}");
}

#[test]
fn an_organization_goes_with_its_repositories() {
    let shell = shell(Config::default());
    shell.write(
        "gone.yml",
        "registry: {allow: {delete_organizations: true}}\norganizations: [{name: acme, state: absent}]\n",
    );
    let expected = json!({
        "repositories": 2, "tags": 3, "more_tags": false, "size": 51_101, "last_pull": "today", "pulls_since": "a month ago",
    });
    assert_eq!(held(&shell, &["gone.yml"]), [expected]);
    assert_eq!(asked(&shell, "organization/acme/aggregatelogs"), 1);
}

#[test]
fn what_the_server_hides_is_left_out() {
    for version in ["3.9", "3.15"] {
        let off = ["QUOTA_MANAGEMENT", "AGGREGATED_LOG_COUNT_RETRIEVAL"];
        let config = off.iter().fold(Config::default().quay(version), |config, name| config.feature(name, false));
        let shell = shell(config);
        assert_eq!(held(&shell, &["surplus.yml"])[0], json!({"tags": 2, "more_tags": false}), "{version}");
        let text = plan(&shell, &["surplus.yml"], "200").out;
        assert!(text.contains("goes with it: 2 tags\n"), "{text}");
    }
}

#[test]
fn nobody_who_looks_costs_no_request() {
    let shell = shell(Config::default());
    let ran = shell.run(&["apply", "--yes", "--output", "json", "surplus.yml"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(!ran.out.contains("\"holds\""), "{}", ran.out);
    assert_eq!(asked(&shell, "repository/acme/app/aggregatelogs"), 0);
}

#[test]
fn a_pull_makes_no_other_plan_of_a_kept_one() {
    let shell = shell(Config::default());
    assert_eq!(plan(&shell, &["--out", "plan.json", "surplus.yml"], "80").code, 2);
    shell.registry.emulator.pull("acme/lib", "v1");
    let ran = shell.run(&["apply", "plan.json"]);
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.err);
}
