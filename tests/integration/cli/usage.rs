//! `quaymaster usage`: sizes and quotas of a server as a report.

use quay_emulator::Image;
use serde_json::{Value, json};

use super::mass::Shell;

/// `acme` near its limit, `tools` without a quota, `big` over it, and a personal namespace.
fn shell() -> Shell {
    let shell = Shell::new();
    for name in ["acme", "tools", "big"] {
        shell.registry.ok("quay_organization", json!({"name": name}));
    }
    let emulator = &shell.registry.emulator;
    emulator.push("acme/app", "v1", &Image::new("one").sizes(900_000, 10_000));
    emulator.push("acme/copy", "v1", &Image::new("one").sizes(900_000, 10_000));
    emulator.push("tools/cli", "v1", &Image::new("two").sizes(5_000_000_000, 0));
    emulator.push("big/app", "v1", &Image::new("three").sizes(3_000, 0));
    emulator.push("admin/own", "v1", &Image::new("four").sizes(1_200, 304));
    shell
        .registry
        .ok("quay_quota", json!({"organization": "acme", "quota": "1 MB", "reject_pct": 95, "warning_pct": 50}));
    shell.registry.ok("quay_quota", json!({"organization": "big", "quota": "2 KB", "reject_pct": 100}));
    shell
}

fn report(shell: &Shell, arguments: &[&str]) -> Value {
    let ran = shell.run(&[&["usage", "--output", "json"], arguments].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

fn told(report: &Value, key: &str) -> Value {
    report["usage"].as_array().unwrap().iter().map(|row| json!([row["name"], row[key]])).collect()
}

#[test]
fn sizes_and_what_is_refused_soon_fit_the_screen() {
    let shell = shell();
    let ran = shell.run(&["usage", "--repositories"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.err);
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "{}", ran.out);
    for text in ["acme", "888.7 KiB", "976.6 KiB", "91", "refused_soon", "4.7 GiB", "big", "refused", "acme/copy"] {
        assert!(ran.out.contains(text), "{text} in {}", ran.out);
    }
    let all = report(&shell, &[]);
    // A layer in two repositories counts once in their organization.
    assert_eq!(told(&all, "size"), json!([["acme", 910_000], ["big", 3_000], ["tools", 5_000_000_000_u64]]));
    assert_eq!(told(&all, "problem"), json!([["acme", "refused_soon"], ["big", "refused"], ["tools", null]]));
    assert_eq!(all["total"], json!(5_000_913_000_u64));
    assert_eq!(told(&report(&shell, &["--problems"]), "percent"), json!([["acme", 91], ["big", 150]]));
    assert_eq!(
        told(&report(&shell, &["t*", "--repositories"]), "kind"),
        json!([["tools", "organization"], ["tools/cli", "repository"]])
    );
    let users = report(&shell, &["--users", "--registry"]);
    assert!(told(&users, "size").as_array().unwrap().contains(&json!(["admin", 1504])));
    assert_eq!(users["registry"], json!({"size": null, "calculated": null, "queued": false, "running": false}));
    assert_eq!(users["format_version"], 1);
    let csv = shell.run(&["usage", "acme", "--output", "csv"]).out;
    let heading = "kind,name,size,used,growth,grown,quota,allowed,percent,problem,status,last_modified,\
                   tag_pull_count,last_tag_pull,manifest_pull_count,last_manifest_pull";
    assert_eq!(
        csv,
        format!("{heading}\norganization,acme,910000,888.7 KiB,,,1000000,976.6 KiB,91,refused_soon,complete,,,,,\n")
    );
}

#[test]
fn growth_is_told_against_an_earlier_report() {
    let shell = shell();
    shell.run(&["usage", "--output", "json", "-o", "monday.json"]);
    shell.registry.emulator.push("acme/app", "v2", &Image::new("five").sizes(70_000, 0));
    let found = report(&shell, &["--since", "monday.json"]);
    let rows = found["usage"].as_array().unwrap();
    assert_eq!(rows.len(), 1, "{found}");
    assert_eq!(
        (&rows[0]["change"], &rows[0]["growth"], &rows[0]["grown"]),
        (&json!("changed"), &json!(70_000), &json!("+68.4 KiB"))
    );
    assert_eq!(rows[0]["was"], "bytes 910000; % 91; problem refused_soon");
    let table = shell.run(&["usage", "--since", "monday.json"]).out;
    assert!(table.contains("+68.4 KiB"), "{table}");
}

#[test]
fn a_growth_beyond_all_numbers_is_not_told() {
    let shell = shell();
    let mut old = report(&shell, &[]);
    old["usage"][0]["size"] = json!(i64::MIN);
    shell.write("monday.json", &old.to_string());
    let found = report(&shell, &["--since", "monday.json"]);
    assert_eq!(told(&found, "growth"), json!([["acme", null]]));
}

#[test]
fn what_is_not_measured_is_told() {
    let shell = shell();
    shell.registry.emulator.with_state(|state| state.namespace_mut("tools").unwrap().backfill = Some("running".into()));
    let found = report(&shell, &[]);
    assert_eq!(told(&found, "status"), json!([["acme", "complete"], ["big", "complete"], ["tools", "running"]]));
    assert_eq!((&told(&found, "size")[2], &found["total"]), (&json!(["tools", null]), &Value::Null));
    shell.registry.emulator.set_feature("QUOTA_MANAGEMENT", false);
    let ran = shell.run(&["usage"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("cannot measure acme: FEATURE_QUOTA_MANAGEMENT is off"), "{}", ran.err);
}

#[test]
fn the_registry_and_pulls_are_rows_of_every_form() {
    let shell = shell();
    let emulator = &shell.registry.emulator;
    emulator.with_state(quay_emulator::state::State::count_registry);
    (0..3).for_each(|_| emulator.pull("acme/app", "v1"));
    let arguments = ["usage", "acme", "--repositories", "--pulls", "--registry"];
    let form = |name: &str| shell.run(&[&arguments[..], &["--output", name]].concat()).expect(0).out;
    let row = |text: &str, start: &str, part: &str| {
        let found = text.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{start} in {text}"));
        assert!(found.contains(part), "{part} in {found}");
    };
    // The layers of all repositories, each once.
    row(&form("table"), "registry", "4.7 GiB");
    row(&form("markdown"), "| registry", "4.7 GiB");
    row(&form("csv"), "registry,", "4.7 GiB");
    row(&form("csv"), "tag,acme/app:v1,", ",3,");
    let found = report(&shell, &arguments[1..]);
    let pulls = json!(["acme/app:v1", 3]);
    assert!(told(&found, "tag_pull_count").as_array().unwrap().contains(&pulls), "{found}");
    let problems = report(&shell, &["--problems", "--registry"]);
    assert_eq!(told(&problems, "kind"), json!([["acme", "organization"], ["big", "organization"]]));
    // Quay knows both without quotas.
    emulator.set_feature("QUOTA_MANAGEMENT", false);
    shell.run(&arguments).expect(0).says("unmeasured");
    shell.run(&["usage", "--pulls"]).expect(1).says("--repositories");
}
