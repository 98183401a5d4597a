//! `quaymaster logs`: every entry once, over a server that loses and repeats entries at the borders of its pages.

use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use quay_emulator::Fault;
use serde_json::{Value, json};

use super::mass::{Ran, Shell};
use crate::logged::{ACME, Who, day, written};

const REPOSITORIES: [&str; 3] = ["app", "lib", "web"];

/// An organization with repositories and an empty log.
fn shell() -> Shell {
    let shell = Shell::new();
    shell.registry.ok("quay_organization", json!({"name": "acme"}));
    for name in REPOSITORIES {
        shell.registry.ok("quay_repository", json!({"name": format!("acme/{name}")}));
    }
    shell.registry.forget_log();
    shell
}

/// A busy day: in each of 100 seconds something is done with every repository, so that most page borders cut a second apart.
fn busy(shell: &Shell, ago: i64) {
    for number in 0..100_i64 {
        for repository in REPOSITORIES {
            let who = Who { repository: Some(repository), ..ACME };
            shell.registry.logged(
                who,
                "pull_repo",
                day(ago) + 40_000 + number,
                usize::try_from(ago * 1000 + number).unwrap(),
            );
        }
    }
}

fn entries(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn logs(shell: &Shell, arguments: &[&str]) -> (Vec<Value>, Ran) {
    let ran = shell.run(&[&["logs"], arguments].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    (entries(&ran.out), ran)
}

/// Repository and number of each.
fn names(entries: &[Value]) -> BTreeSet<String> {
    entries.iter().map(|entry| format!("{} {}", entry["metadata"]["repo"], entry["metadata"]["n"])).collect()
}

fn ids(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["id"].as_str().unwrap()).collect()
}

#[test]
fn a_log_is_printed_oldest_first_with_what_the_pages_lost() {
    let shell = shell();
    busy(&shell, 2);
    let secret = json!({"config": {"build_source": "https://$token:s3cret@quay.example.com/x"}});
    shell.registry.log(ACME, "setup_repo_trigger", day(0) - 60, secret, false);
    let (found, ran) = logs(&shell, &["acme", "--since", &written(day(3))]);
    assert_eq!((found.len(), names(&found).len()), (301, 301));
    assert!(!ran.out.contains("s3cret"));
    let balance = format!("{}: 300 entries counted by the server, ", &written(day(2))[..10]);
    assert!(ran.err.contains(&balance) && ran.err.contains(" found late, 0 lost"), "{}", ran.err);
    let times: Vec<&str> = found.iter().map(|entry| entry["time"].as_str().unwrap()).collect();
    // Those that were found late come when they are found.
    let late: usize = ran
        .err
        .split(&balance)
        .nth(1)
        .unwrap()
        .split(" found late")
        .next()
        .unwrap()
        .rsplit(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert!(late > 100, "{}", ran.err);
    assert!(times[..300 - late].is_sorted());
    let (of_one, _) = logs(&shell, &["acme/app", "--since", &written(day(3))]);
    assert_eq!(of_one.len(), 100);
    let (whole, _) = logs(&shell, &["--since", &written(day(3))]);
    assert_eq!(names(&whole).len(), 301);
    assert_eq!(whole[0]["namespace"], json!({"kind": "org", "name": "acme"}));
}

#[test]
fn every_entry_comes_once_however_often_the_collector_is_killed() {
    let shell = shell();
    (2..8).for_each(|ago| busy(&shell, ago));
    let since = written(day(8));
    let arguments = |more: &[&str]| {
        let all =
            [&["logs", "--cursor", "cursor", "-o", "log.jsonl", "--overlap", "10m", "--since", &since], more].concat();
        shell.command(&all, &[("QUAY_TOKEN", &shell.registry.token)])
    };
    // Slow enough to be killed in the middle of what follows a batch.
    shell.registry.emulator.fault(Fault::delay(Duration::from_millis(4)).on("GET", "/api/v1/superuser/*"));
    let length = || fs::metadata(shell.path("log.jsonl")).map_or(0, |file| file.len());
    let mut interrupted = 0;
    for turn in 0..12_u64 {
        let before = length();
        let mut child = arguments(&["--follow", "--interval", "1s"]).stderr(Stdio::null()).spawn().unwrap();
        // As soon as it has written something, and now and then before.
        let patience = Instant::now() + Duration::from_millis(if turn % 3 == 2 { 60 } else { 5000 });
        while length() <= before && Instant::now() < patience && child.try_wait().unwrap().is_none() {
            thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let lines = fs::read_to_string(shell.path("log.jsonl")).map_or(0, |text| text.lines().count());
        interrupted += usize::from(lines > 0 && lines < 1800);
        if lines >= 1800 {
            break;
        }
    }
    assert!(interrupted > 1, "it was never killed in the middle");
    shell.registry.emulator.clear_faults();
    let last = arguments(&[]).output().unwrap();
    assert!(last.status.success(), "{}", String::from_utf8_lossy(&last.stderr));
    let text = fs::read_to_string(shell.path("log.jsonl")).unwrap();
    let found = entries(&text);
    assert_eq!((found.len(), names(&found).len()), (1800, 1800));
    let cursor: Value = serde_json::from_str(&fs::read_to_string(shell.path("cursor")).unwrap()).unwrap();
    assert_eq!(cursor["lost"], 0);
    // A half written line of a killed process is taken back.
    fs::write(shell.path("log.jsonl"), format!("{text}{{\"id\": \"half")).unwrap();
    shell.registry.logged(ACME, "create_robot", day(0) - 1, 1);
    assert!(arguments(&[]).output().unwrap().status.success());
    assert_eq!(entries(&fs::read_to_string(shell.path("log.jsonl")).unwrap()).len(), 1801);
}

#[test]
fn what_has_to_be_printed_again_has_the_same_id() {
    let shell = shell();
    let app = Who { repository: Some("app"), ..ACME };
    (0..3).for_each(|_| shell.registry.logged(app, "pull_repo", day(2) + 10, 1));
    busy(&shell, 2);
    let arguments = ["acme", "--cursor", "cursor", "--since", &written(day(3))];
    let (first, _) = logs(&shell, &arguments);
    assert_eq!(ids(&first).into_iter().collect::<BTreeSet<_>>().len(), 303);
    assert!(logs(&shell, &arguments).0.is_empty());
    fs::remove_file(shell.path("cursor")).unwrap();
    assert_eq!(ids(&logs(&shell, &arguments).0), ids(&first));
}

#[test]
fn an_entry_that_comes_late_is_found_and_equal_ones_are_counted() {
    let shell = shell();
    let second = day(0) - 600;
    let collect = || logs(&shell, &["acme", "--cursor", "cursor", "--since", &written(day(1)), "--overlap", "2d"]).0;
    shell.registry.logged(ACME, "pull_repo", second, 1);
    assert_eq!(collect().len(), 1);
    shell.registry.logged(ACME, "pull_repo", second, 1);
    shell.registry.logged(ACME, "pull_repo", second - 300, 2);
    let late = collect();
    assert_eq!(late.iter().map(|entry| entry["metadata"]["n"].clone()).collect::<Vec<_>>(), [2, 1]);
    assert!(ids(&late)[1].ends_with("-2"));
    assert!(collect().is_empty());
}

#[test]
fn losses_and_circles_are_told() {
    let shell = shell();
    let app = Who { repository: Some("app"), ..ACME };
    for number in 0..70_i64 {
        let step = if number == 20 { 19 } else { number };
        shell.registry.logged(app, "create_tag", day(2) + 80_000 - step, usize::try_from(number).unwrap());
    }
    let (found, ran) = logs(&shell, &["acme/app", "--since", &written(day(3))]);
    assert_eq!(found.len(), 40);
    let day_2 = &written(day(2))[..10];
    assert!(
        ran.err.contains(&format!("{day_2}: 70 entries counted by the server, 40 read, 0 found late, 30 lost")),
        "{}",
        ran.err
    );
    assert!(ran.err.contains(&format!("warning: 30 entries of {day_2} are lost: the server counts")), "{}", ran.err);

    shell.registry.forget_log();
    (0..45).for_each(|number| {
        shell.registry.log(ACME, "create_robot", day(2) + 50_000 - number, json!({"n": number}), true)
    });
    let (found, ran) = logs(&shell, &["acme", "--since", &written(day(3))]);
    // The narrower listings go round in the same circle.
    assert_eq!((found.len(), names(&found).len()), (20, 20));
    assert!(ran.err.contains("the listing started over") && ran.err.contains("25 lost"), "{}", ran.err);
}

#[test]
fn a_day_that_cannot_be_compared_stops_no_other() {
    let shell = shell();
    (1..4).for_each(|ago| shell.registry.logged(ACME, "create_robot", day(ago) + 10, 1));
    let of_day = |ago: i64| written(day(ago)).replace('-', "").to_owned()[..8].to_owned();
    shell
        .registry
        .emulator
        .fault(Fault::status(500, "text/html", "broken").on("GET", "/api/v1/organization/acme/aggregatelogs"));
    let arguments = ["acme", "--cursor", "cursor", "--since", &of_day(3), "--overlap", "0s", "--lag", "0s"];
    let (found, ran) = logs(&shell, &arguments);
    assert_eq!(found.len(), 3);
    let told = |ago: i64, how: &str| ran.err.contains(&format!("{} {how}: ", &written(day(ago))[..10]));
    assert!(told(3, "was not compared") && told(2, "was not compared"), "{}", ran.err);
    assert!(told(1, "is not compared yet") && !told(1, "was not compared"), "{}", ran.err);
    shell.registry.emulator.clear_faults();
    thread::sleep(Duration::from_millis(1100));
    let (_, ran) = logs(&shell, &arguments);
    assert!(ran.err.contains(&format!("{}: 1 entries counted by the server", &written(day(1))[..10])), "{}", ran.err);
    assert!(!ran.err.contains(&written(day(3))[..10]), "{}", ran.err);
}

#[test]
fn what_is_collected_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let shell = shell();
    logs(&shell, &["acme", "--cursor", "cursor", "-o", "log.jsonl"]);
    for name in ["cursor", "cursor.lock", "log.jsonl"] {
        assert_eq!(fs::metadata(shell.path(name)).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
    let ran = shell.run(&["logs", "acme", "--follow", "--interval", "0"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("at least one second"), "{}", ran.err);
}

#[test]
fn a_quiet_turn_is_one_request() {
    let shell = shell();
    let arguments = ["acme", "--cursor", "cursor", "--since", "1h", "--lag", "0s"];
    logs(&shell, &arguments);
    thread::sleep(Duration::from_millis(1100));
    shell.registry.emulator.clear_journal();
    logs(&shell, &arguments);
    let asked: Vec<String> = shell.registry.emulator.journal().iter().map(|one| one.path.clone()).collect();
    // Who the token belongs to, and the page.
    assert_eq!(asked.iter().filter(|path| path.ends_with("/logs")).count(), 1, "{asked:?}");
    assert!(asked.len() <= 2, "{asked:?}");
}

#[test]
fn a_cursor_belongs_to_one_log_and_one_process() {
    let shell = shell();
    logs(&shell, &["acme", "--cursor", "cursor"]);
    let refused = |arguments: &[&str]| {
        let ran = shell.run(&[&["logs"], arguments].concat());
        assert_eq!((ran.code, ran.out.as_str()), (1, ""));
        ran.err
    };
    let other = refused(&["acme/app", "--cursor", "cursor"]);
    assert!(
        other.contains("the log of acme, not http") && other.contains("give each collection a file of its own"),
        "{other}"
    );
    shell.write("strange", "[]");
    assert!(refused(&["acme", "--cursor", "strange"]).contains("strange is no cursor of quaymaster logs"));
    let mut running = shell
        .command(&["logs", "acme", "--cursor", "cursor", "--follow"], &[("QUAY_TOKEN", &shell.registry.token)])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    thread::sleep(Duration::from_millis(500));
    assert!(refused(&["acme", "--cursor", "cursor"]).contains("another process collects with cursor"));
    running.kill().unwrap();
    running.wait().unwrap();
    assert!(refused(&["nosuch"]).contains("the organization or personal namespace nosuch does not exist"));
    assert!(refused(&["--since", "soon"]).contains("no moment"));
}
