//! The program and what it controls over HTTP: start, ready line, seed, faults, journal, state file, signals.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

#[path = "replay/http.rs"]
#[allow(dead_code)]
mod http;

use http::Client;

struct Program {
    child: Child,
    url: String,
}

impl Program {
    fn start(arguments: &[&str]) -> Program {
        let mut child = Command::new(env!("CARGO_BIN_EXE_quay-emulator"))
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        let url = line.trim().strip_prefix("listening on ").expect("the ready line").to_owned();
        Program { child, url }
    }

    /// Asks it to end, and gives back whether it ended well.
    fn terminate(mut self) -> bool {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill runs").success());
        self.child.wait().expect("it ends").success()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A place for one test's files, emptied first.
fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a new folder");
    path
}

fn send(client: &mut Client, method: &str, path: &str, token: &str, body: &Value) -> (u16, Value) {
    let headers = [("Authorization", format!("Bearer {token}")), ("Content-Type", "application/json".to_owned())];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let reply = client.send(method, path, &headers, &body);
    (reply.status, serde_json::from_str(&reply.body).unwrap_or_default())
}

#[test]
fn state_survives_a_restart() {
    let folder = folder("state");
    let (state, token) = (folder.join("state.json"), folder.join("token"));
    let arguments =
        ["--state", state.to_str().expect("utf-8"), "--seed", "admin", "--token-file", token.to_str().expect("utf-8")];

    let program = Program::start(&arguments);
    let secret = fs::read_to_string(&token).expect("a token");
    let mut client = Client::connect(&program.url);
    let (status, _) = send(&mut client, "POST", "/api/v1/organization/", &secret, &json!({ "name": "acme" }));
    assert_eq!(status, 201);
    let (_, digest) = send(
        &mut client,
        "POST",
        "/__emulator/images",
        "",
        &json!({ "repository": "acme/img", "tag": "v1", "labels": { "a": "b" } }),
    );
    assert!(digest["digest"].as_str().is_some_and(|text| text.starts_with("sha256:")));
    assert!(program.terminate());

    let program = Program::start(&arguments[..2]);
    let mut client = Client::connect(&program.url);
    let (status, body) = send(&mut client, "GET", "/api/v1/repository/acme/img/tag/", &secret, &Value::Null);
    assert_eq!((status, &body["tags"][0]["manifest_digest"]), (200, &digest["digest"]));
}

#[cfg(unix)]
#[test]
fn secrets_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder("secrets");
    let token = folder.join("token");
    let _program = Program::start(&["--seed", "admin", "--token-file", token.to_str().expect("utf-8")]);
    let mode = fs::metadata(&token).expect("written").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn scripts_can_count_switch_and_break_things() {
    let program = Program::start(&["--features", "PROXY_CACHE=off"]);
    let mut client = Client::connect(&program.url);
    let (_, seeded) = send(&mut client, "POST", "/__emulator/seed", "", &Value::Null);
    let token = seeded["token"].as_str().expect("a token").to_owned();
    send(&mut client, "POST", "/api/v1/organization/", &token, &json!({ "name": "acme" }));
    assert_eq!(send(&mut client, "GET", "/api/v1/organization/acme/proxycache", &token, &Value::Null).0, 308);
    send(&mut client, "POST", "/__emulator/features", "", &json!({ "PROXY_CACHE": true }));
    assert_eq!(send(&mut client, "GET", "/api/v1/organization/acme/proxycache", &token, &Value::Null).0, 200);

    let (_, summary) = send(&mut client, "GET", "/__emulator/journal?summary=1", "", &Value::Null);
    assert_eq!(summary, json!({ "total": 3, "reads": 2, "writes": 1 }));
    let (_, journal) = send(&mut client, "GET", "/__emulator/journal", "", &Value::Null);
    assert_eq!(
        (&journal[0]["request"], &journal[0]["auth"], &journal[0]["user"]),
        (&json!({ "name": "acme" }), &json!("token"), &json!("admin"))
    );

    let fault = json!({ "method": "GET", "path": "/api/v1/organization/*", "times": 1, "kind": { "html": 502 } });
    assert_eq!(send(&mut client, "POST", "/__emulator/faults", "", &fault).0, 200);
    assert_eq!(send(&mut client, "GET", "/api/v1/organization/acme", &token, &Value::Null).0, 502);
    assert_eq!(send(&mut client, "GET", "/api/v1/organization/acme", &token, &Value::Null).0, 200);

    send(&mut client, "POST", "/__emulator/reset", "", &Value::Null);
    let (status, _) = send(&mut client, "GET", "/api/v1/organization/acme", &token, &Value::Null);
    assert_eq!(status, 404);
}

#[test]
fn wrong_arguments_are_refused() {
    let status = Command::new(env!("CARGO_BIN_EXE_quay-emulator"))
        .args(["--features", "A=maybe"])
        .stderr(Stdio::null())
        .status()
        .expect("the program runs");
    assert!(!status.success());
}
