//! What goes with the repositories and organizations that a plan removes.

use quay_emulator::state::State;
use quay_emulator::{Config, Fault, Image};
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

/// With a file that removes the organization.
fn gone(shell: Shell) -> Shell {
    let text = "registry: {allow: {delete_organizations: true}}\norganizations: [{name: acme, state: absent}]\n";
    shell.write("gone.yml", text);
    shell
}

/// With words for days; at midnight today may be yesterday by now.
fn steady(mut held: Value) -> Value {
    let day = |ago: i64| {
        json!((jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * ago)).strftime("%Y-%m-%d").to_string())
    };
    for (key, ago, word) in [("last_pull", 0, "today"), ("pulls_since", 27, "four weeks ago")] {
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
        json!({"tags": 2, "more_tags": false, "size": 51_101, "last_pull": "today", "pulls_since": "four weeks ago"}),
        json!({"tags": 1, "more_tags": false, "size": 20_552, "last_pull": null, "pulls_since": "four weeks ago"}),
    ];
    assert_eq!(held, expected);
    for name in ["app", "lib"] {
        assert_eq!(asked(&shell, &format!("repository/acme/{name}/aggregatelogs")), 1);
    }
    let text = plan(&shell, &["surplus.yml"], "200").out;
    for line in
        ["goes with it: 2 tags, 49.9 KiB, last pull on ", "goes with it: 1 tag, 20.1 KiB, no pull in the log since "]
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
    let shell = gone(shell(Config::default()));
    let expected = json!({
        "repositories": 2, "tags": 3, "more_tags": false, "size": 51_101, "last_pull": "today", "pulls_since": "four weeks ago",
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
        assert_eq!(asked(&shell, "repository/acme/app/aggregatelogs"), 0);
        let text = plan(&shell, &["surplus.yml"], "200").out;
        assert!(text.contains("goes with it: 2 tags\n"), "{text}");
    }
}

#[test]
fn what_is_not_counted_yet_has_no_size() {
    let shell = gone(shell(Config::default()));
    for status in ["waiting", "running"] {
        let state = |state: &mut State| state.namespace_mut("acme").unwrap().backfill = Some(status.into());
        shell.registry.emulator.with_state(state);
        for file in ["surplus.yml", "gone.yml"] {
            let held = held(&shell, &[file]);
            assert!(held[0]["tags"].is_u64() && held[0].get("size").is_none(), "{held:?}");
        }
    }
}

/// A list of the repositories that somebody may read, here a public one, says nothing of how many there are.
#[test]
fn who_does_not_see_all_repositories_is_told_no_number() {
    let shell = gone(shell(Config::default()));
    shell.registry.ok("quay_repository", json!({"name": "acme/lib", "visibility": "public"}));
    shell.registry.join("bob", "readers", "member");
    let token = shell.registry.emulator.token_for("bob", &["org:admin", "repo:read", "user:admin"]);
    shell.registry.emulator.clear_journal();
    let ran = shell.run_with(&["plan", "--output", "json", "gone.yml"], "", &[("QUAY_TOKEN", &token)]);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let object = &report["endpoints"][0]["objects"][0];
    assert_eq!((&object["action"], &object["holds"]), (&json!("remove"), &json!({"size": 51_101})), "{report}");
    assert_eq!(asked(&shell, "repository"), 0);
}

#[test]
fn a_log_that_cannot_be_searched_tells_of_no_pulls() {
    let shell = shell(Config::default().setting("LOGS_MODEL", "elasticsearch"));
    assert_eq!(held(&shell, &["surplus.yml"])[0], json!({"tags": 2, "more_tags": false, "size": 51_101}));
}

/// Quay counts by the day of the month: a day of last month must not be taken for one of this month.
#[test]
fn the_last_pull_is_one_of_this_month() {
    let shell = shell(Config::default());
    let at = |time: &str| time.parse::<jiff::Timestamp>().unwrap();
    let ahead = at("2030-03-10T12:00:00Z").as_second() - jiff::Timestamp::now().as_second();
    shell.registry.emulator.fault(Fault::ahead(ahead));
    shell.registry.emulator.with_state(|state| {
        let mut pull = state.logs.iter().rfind(|entry| entry.kind == "pull_repo").unwrap().clone();
        for day in ["2030-02-10T12:00:00Z", "2030-03-10T08:00:00Z"] {
            pull.at = at(day).as_microsecond();
            state.logs.push(pull.clone());
        }
    });
    let held = held(&shell, &["surplus.yml"]);
    assert_eq!((&held[0]["last_pull"], &held[0]["pulls_since"]), (&json!("2030-03-10"), &json!("2030-02-11")));
    assert_eq!((&held[1]["last_pull"], &held[1]["pulls_since"]), (&Value::Null, &json!("2030-02-11")));
}

#[test]
fn many_removals_are_not_looked_into_without_end() {
    let shell = gone(shell(Config::default()));
    for number in 0..210 {
        shell.registry.emulator.push_image(&format!("acme/r{number}"), "v1");
    }
    let told = " removals is not told, or not in full: that takes more than 400 requests\n";
    let ran = plan(&shell, &["surplus.yml"], "200");
    assert!(ran.out.contains(&format!("what goes with 15 of 212{told}")), "{}", ran.out);
    // Five are for the features of the server, the organization, and its list, whose pages have 100 entries.
    assert_eq!(shell.registry.emulator.journal().iter().filter(|one| one.path.ends_with("aggregatelogs")).count(), 197);
    // Those of one organization are all looked into.
    let held = held(&shell, &["gone.yml"]);
    assert_eq!((&held[0]["repositories"], &held[0]["tags"]), (&json!(212), &json!(213)));
    for number in 210..400 {
        shell.registry.emulator.push_image(&format!("acme/r{number}"), "v1");
    }
    let ran = plan(&shell, &["gone.yml"], "200");
    assert!(ran.out.contains(&format!("what goes with 1 of 1{told}")), "{}", ran.out);
    assert!(ran.out.contains("goes with it: 402 repositories, "), "{}", ran.out);
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
fn a_push_makes_another_plan_of_a_kept_one() {
    for (file, told) in [
        ("surplus.yml", "acme/lib: more goes with it: 1 tag when the plan was kept, 2 tags now"),
        (
            "gone.yml",
            "acme: more goes with it: 2 repositories, 3 tags when the plan was kept, 2 repositories, 4 tags now",
        ),
    ] {
        let shell = gone(shell(Config::default()));
        assert_eq!(plan(&shell, &["--out", "plan.json", file], "80").code, 2);
        shell.registry.emulator.push_image("acme/lib", "v2");
        for more in [&[][..], &["--yes", "--output", "json"]] {
            let ran = shell.run(&[&["apply", "plan.json"], more].concat());
            assert_eq!(ran.code, 1, "{}\n{}", ran.out, ran.err);
            assert!(ran.err.contains(told), "{}", ran.err);
        }
    }
}

#[test]
fn a_pull_makes_no_other_plan_of_a_kept_one() {
    let shell = shell(Config::default());
    assert_eq!(plan(&shell, &["--out", "plan.json", "surplus.yml"], "80").code, 2);
    shell.registry.emulator.pull("acme/lib", "v1");
    let ran = shell.run(&["apply", "plan.json"]);
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.err);
}

#[test]
fn less_makes_no_other_plan_of_a_kept_one() {
    let shell = gone(shell(Config::default()));
    assert_eq!(plan(&shell, &["--out", "plan.json", "gone.yml"], "80").code, 2);
    shell.registry.emulator.with_state(|state| {
        let acme = state.organization_mut("acme").unwrap();
        acme.repositories.shift_remove("lib");
        acme.repositories["app"].tags.pop();
        acme.backfill = Some("running".into());
    });
    let ran = shell.run(&["apply", "plan.json"]);
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.err);
}

#[test]
fn what_was_not_known_makes_another_plan_of_a_kept_one() {
    let shell = shell(Config::default());
    let app = "/api/v1/repository/acme/app";
    shell.registry.emulator.fault(Fault::html(403).on("GET", app));
    assert_eq!(plan(&shell, &["--out", "plan.json", "surplus.yml"], "80").code, 2);
    shell.registry.emulator.clear_faults();
    let ran = shell.run(&["apply", "plan.json"]);
    assert_eq!(ran.code, 1, "{}\n{}", ran.out, ran.err);
    let told = "acme/app: more goes with it: nothing that was known when the plan was kept, 2 tags now";
    assert!(ran.err.contains(told), "{}", ran.err);
}

/// Before Quay 3.16 no answer about an organization says that a superuser with full access reads all of it.
#[test]
fn a_superuser_is_told_what_goes_with_an_organization_of_others() {
    for version in ["3.15", "3.18"] {
        let shell = gone(shell(Config::default().quay(version)));
        let readers = json!({"organization": "acme", "name": "readers", "role": "member", "members": ["admin"]});
        shell.registry.ok("quay_team", readers);
        shell.registry.leave();
        let found = held(&shell, &["gone.yml"]).remove(0);
        assert_eq!((&found["repositories"], &found["tags"]), (&json!(2), &json!(3)), "{version}");
    }
}
