//! `--results`: tokens go into a file of their own, and nowhere else.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use quay_emulator::Fault;
use serde_json::Value;

use super::Shell;

const TOKENS: &str = "organizations:\n  - name: acme\ntasks:\n  - quay_docker_token: {name: cluster}\n";

#[test]
fn tokens_are_not_issued_without_a_place_to_keep_them() {
    let shell = Shell::new();
    let file = shell.write("tokens.yml", TOKENS);
    shell.run(&["plan", &file]).expect(2);
    let refused = shell.run(&["apply", "--yes", &file]).expect(1);
    refused.says("nothing was done: the run issues tokens").says("(task cluster)").says("add --results FILE");
    assert_eq!(shell.writes(), 0);
    let token = "quay_application_token: {organization: acme, application: automation, name: bot, rights: [repo:read]}";
    let application = "organizations:\n  - {name: acme, applications: [{name: automation}]}\n";
    let of_application = shell.write("bot.yml", &format!("{application}tasks:\n  - {token}\n"));
    shell.run(&["apply", "--yes", &of_application]).expect(1).says("nothing was done: the run issues tokens");
    assert_eq!(shell.writes(), 0);
    // Nobody needs the file for the rest.
    shell.run(&["apply", "--yes", "--kind", "organizations", &file]).expect(0).says("1 created");
}

#[test]
fn tokens_are_written_to_a_file_for_the_owner_alone() {
    let shell = Shell::new();
    let file = shell.write("tokens.yml", TOKENS);
    for form in ["text", "json"] {
        let results = format!("results-{form}.json");
        let ran = shell.run(&["apply", "--yes", "--output", form, "--results", &results, &file]).expect(0);
        let path = shell.path(&results);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let written: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let code = written["results"][0]["values"]["token_code"].as_str().unwrap().to_owned();
        assert!(!ran.out.contains(&code) && !ran.err.contains(&code), "{}\n{}", ran.out, ran.err);
        // The next form issues another one.
        shell.registry.emulator.with_state(|state| state.user_mut("admin").unwrap().app_tokens.clear());
    }
}

#[test]
fn what_exists_is_returned_too() {
    let shell = Shell::new();
    let file = shell.write("tokens.yml", TOKENS);
    let code = |results: &str| -> String {
        shell.run(&["apply", "--yes", "--results", results, &file]).expect(0);
        let written: Value = serde_json::from_str(&fs::read_to_string(shell.path(results)).unwrap()).unwrap();
        written["results"][0]["values"]["token_code"].as_str().unwrap().to_owned()
    };
    let first = code("first.json");
    let writes = shell.writes();
    assert_eq!((code("second.json"), shell.writes()), (first, writes));
}

#[test]
fn results_of_an_earlier_run_are_never_overwritten() {
    let shell = Shell::new();
    let file = shell.write("tokens.yml", TOKENS);
    let results = shell.write("results.json", "precious");
    let refused = shell.run(&["apply", "--yes", "--results", &results, &file]).expect(1);
    refused.says("--results: results.json exists already");
    assert_eq!((shell.writes(), fs::read_to_string(shell.path(&results)).unwrap().as_str()), (0, "precious"));
    // The file of a run that broke off before it returned anything blocks nothing.
    let empty = shell.write("empty.json", "");
    shell.run(&["apply", "--yes", "--results", &empty, &file]).expect(0);
    assert!(fs::read_to_string(shell.path(&empty)).unwrap().contains("token_code"));
    let writes = shell.writes();
    let refused = shell.run(&["apply", "--yes", "--results", "missing/results.json", &file]).expect(1);
    refused.says("--results: missing/results.json cannot be created: No such file or directory");
    assert_eq!(shell.writes(), writes);
}

/// A run can be killed at any time, and Quay shows these tokens only once.
#[test]
fn a_token_is_on_the_disk_before_what_comes_after_it() {
    let shell = Shell::new();
    let file = shell.write(
        "tokens.yml",
        "registry: {jobs: 1}\ntasks:\n  - quay_docker_token: {name: one}\n  - quay_docker_token: {name: two}\n",
    );
    // The second one hangs: the run is killed meanwhile.
    let wait = Fault::delay(Duration::from_secs(60)).on("POST", "/api/v1/user/apptoken").skip(1).times(1);
    shell.registry.emulator.fault(wait);
    let token = shell.registry.token.clone();
    let arguments = ["apply", "--yes", "--results", "results.json", &file];
    let mut command = shell.command(&arguments, &[("QUAY_TOKEN", &token), ("QUAY_TIMEOUT", "100")]);
    let mut run = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let path = shell.path("results.json");
    let written = || fs::read_to_string(&path).unwrap_or_default();
    let end = Instant::now() + Duration::from_secs(30);
    while !written().contains("token_code") && Instant::now() < end {
        thread::sleep(Duration::from_millis(20));
    }
    run.kill().unwrap();
    run.wait().unwrap();
    let kept: Value = serde_json::from_str(&written()).unwrap();
    assert_eq!(kept["results"].as_array().map(Vec::len), Some(1), "{kept}");
    assert!(kept["results"][0]["values"]["token_code"].is_string());
}

#[test]
fn the_password_of_a_new_account_is_in_the_results_alone() {
    let shell = Shell::new();
    let file = shell.write("users.yml", "users:\n  - username: alice\n");
    for form in ["text", "json"] {
        let results = format!("results-{form}.json");
        let ran = shell.run(&["apply", "--yes", "--output", form, "--results", &results, &file]).expect(0);
        let written: Value = serde_json::from_str(&fs::read_to_string(shell.path(&results)).unwrap()).unwrap();
        let password = written["results"][0]["values"]["password"].as_str().unwrap().to_owned();
        assert_eq!(password.len(), 32);
        assert!(!ran.out.contains(&password) && !ran.err.contains(&password), "{}\n{}", ran.out, ran.err);
        shell.registry.emulator.with_state(|state| drop(state.namespaces.shift_remove("alice")));
    }
    // Who wants none does not have to keep it.
    let ran = shell.run(&["apply", "--yes", &file]).expect(0);
    assert!(!ran.out.contains("password"), "{}", ran.out);
    ran.says("Quay makes a password for what has none here (user alice)");
}
