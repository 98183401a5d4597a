//! `--results`: tokens go into a file of their own, and nowhere else.

use std::fs;
use std::os::unix::fs::PermissionsExt;

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
    let refused = shell.run(&["apply", "--yes", "--results", "missing/results.json", &file]).expect(1);
    refused.says("--results: missing/results.json cannot be created: No such file or directory");
    assert_eq!(shell.writes(), 0);
}
