//! What `-v`, `-vv`, `--log-format`, and the log of modules tell.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use quay_emulator::Fault;
use serde_json::{Value, json};

use super::{ACME, PASSWORD, Shell};

#[test]
fn each_request_is_a_line_with_its_status_and_attempt() {
    let shell = Shell::new();
    let file = shell.write("acme.yml", ACME);
    shell
        .registry
        .emulator
        .fault(Fault::status(503, "text/plain", "busy").on("GET", "/api/v1/organization/acme").times(1));
    let ran = shell.run(&["plan", "-v", "--retries", "2", "--timeout", "5", "--rate", "1000", &file]).expect(2);
    let url = shell.registry.emulator.url();
    ran.says(&format!("{url} GET /api/v1/organization/acme: 503 in "));
    ran.says(&format!("{url} GET /api/v1/organization/acme: 404 in "));
    assert!(ran.err.contains(", attempt 2") && !ran.err.contains("received:"), "{}", ran.err);
    let silent = shell.run(&["plan", &file]).expect(2);
    assert_eq!(silent.err, "");
    for wrong in [["--timeout", "0"], ["--retries", "101"], ["--rate", "0"], ["--jobs", "0"]] {
        shell.run(&["plan", wrong[0], wrong[1], &file]).expect(1).says(wrong[0]);
    }
}

#[test]
fn bodies_are_shown_without_any_secret() {
    let shell = Shell::new();
    let text = format!(
        "{ACME}          - {{name: bob, type: user, role: read}}\n        notifications:\n          - {{title: hook, event: repo_push, method: webhook, \
         config: {{url: 'https://hooks.example.com/hook-s3cret'}}}}\n    applications:\n      - {{name: portal}}\n    proxy_cache:\n      \
         registry: docker.io\n      username: u\n      password: {PASSWORD}\nusers:\n  - {{username: bob, email: bob@example.com, \
         password: 'passw0rd-of-bob'}}\ntasks:\n  - quay_docker_token: {{name: ci}}\n"
    );
    let file = shell.write("acme.yml", &text);
    let ran = shell.run(&["apply", "-vv", "--yes", "--results", "results.json", &file]).expect(0);
    ran.says("  sent: {").says("  received: {").says("\"token\":\"********\"");
    let results = fs::read_to_string(shell.path("results.json")).unwrap();
    let results: Value = serde_json::from_str(&results).unwrap();
    let mut secrets = vec!["hook-s3cret".to_owned(), "passw0rd-of-bob".to_owned(), PASSWORD.to_owned()];
    gather(&results, &mut secrets);
    assert!(secrets.len() > 5, "a robot account, an application and a token return secrets: {results}");
    for secret in secrets {
        assert!(!ran.err.contains(&secret) && !ran.out.contains(&secret), "{secret}:\n{}", ran.err);
    }
    // Signed in with a password, there is a CSRF token, too.
    shell.registry.emulator.add_user("carol", "passw0rd-of-carol");
    let login = [("QUAY_USERNAME", "carol"), ("QUAY_PASSWORD", "passw0rd-of-carol")];
    let ran = shell.run_with(&["plan", "-vv", &shell.write("one.yml", "organizations: [{name: other}]\n")], "", &login);
    ran.says("POST /api/v1/signin").says("csrf_token\":\"********\"");
    assert!(!ran.err.contains("passw0rd-of-carol"), "{}", ran.err);
}

/// The texts under keys of secrets.
fn gather(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| gather(value, found)),
        Value::Object(map) => {
            for (key, value) in map {
                match value.as_str() {
                    Some(text) if ["token", "token_code", "client_secret"].contains(&key.as_str()) => {
                        found.push(text.into())
                    }
                    _ => gather(value, found),
                }
            }
        }
        _ => {}
    }
}

#[test]
fn messages_are_objects_where_a_program_reads_them() {
    let shell = Shell::new();
    let file = shell.write("acme.yml", ACME);
    let ran = shell.run(&["apply", "-v", "--log-format", "json", "--yes", "--results", "r.json", &file]).expect(0);
    let lines: Vec<Value> = ran.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(
        lines.iter().any(|line| line["method"] == "POST" && line["status"] == 201 && line["attempt"] == 1),
        "{lines:?}"
    );
    assert!(lines.iter().any(|line| line["level"] == "info"), "progress: {lines:?}");
    let ran = shell.run(&["plan", "--log-format", "json", "missing.yml"]).expect(1);
    let line: Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!(line["level"], "error");
    assert!(line["message"].as_str().unwrap().contains("missing.yml"), "{line}");
}

#[test]
fn a_module_tells_its_requests_in_a_file_and_to_ansible() {
    let shell = Shell::new();
    let registry = &shell.registry;
    let log = shell.path("log");
    let mut arguments = registry.arguments("quay_organization", json!({"name": "acme", "quay_token": registry.token}));
    let environment = [("QUAYMASTER_LOG", log.to_str().unwrap())];
    let run = registry.run_exactly(&arguments, &environment);
    assert!(run.result.get("requests").is_none(), "{:?}", run.result);
    let text = fs::read_to_string(&log).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().any(|line| line["method"] == "POST" && line.get("sent").is_none()), "{text}");
    assert_eq!(fs::metadata(&log).unwrap().permissions().mode() & 0o777, 0o600);

    arguments["_ansible_verbosity"] = json!(4);
    let run = registry.run_exactly(&arguments, &environment);
    let text = fs::read_to_string(&log).unwrap();
    assert!(
        !text.contains("\"sent\"") && !text.contains("\"received\""),
        "bodies are for whoever asks Ansible: {text}"
    );
    let told = run.result["requests"].to_string();
    assert!(told.contains("GET /api/v1/organization/acme: 200") && told.contains("received"), "{told}");
    assert!(!told.contains(&registry.token), "{told}");
    arguments["_ansible_no_log"] = json!(true);
    assert!(registry.run_exactly(&arguments, &[]).result.get("requests").is_none());
    let refused = registry.run_exactly(&arguments, &[("QUAYMASTER_LOG", "/nonexistent/log")]);
    assert!(refused.message().contains("QUAYMASTER_LOG: /nonexistent/log cannot be written"), "{}", refused.message());
}
