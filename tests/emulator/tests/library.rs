//! The library: faults on the wire, both log-ins, rights of tokens, TLS, stopping.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    time::{Duration, Instant},
};

use quay_emulator::{AuthKind, Config, Emulator, Fault, FaultKind, Image, LoginGeneration};
use serde_json::{Value, json};

#[path = "replay/http.rs"]
#[allow(dead_code)]
mod http;

use http::{Client, Reply};

fn api(quay: &Emulator, token: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let reply = raw(quay, token, method, path, body);
    (reply.status, serde_json::from_str(&reply.body).unwrap_or_default())
}

fn raw(quay: &Emulator, token: &str, method: &str, path: &str, body: &Value) -> Reply {
    let headers = [("Authorization", format!("Bearer {token}")), ("Content-Type", "application/json".to_owned())];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    Client::connect(&quay.url()).send(method, &format!("/api/v1/{path}"), &headers, &body)
}

/// Everything that comes back for one request on a connection of its own; nothing when it is dropped.
fn bytes(quay: &Emulator, request: &str) -> String {
    let mut stream = TcpStream::connect(quay.url().trim_start_matches("http://")).expect("it listens");
    stream.write_all(format!("{request}\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes()).expect("sent");
    let mut text = String::new();
    let _ = stream.read_to_string(&mut text);
    text
}

#[test]
fn a_stale_read_knows_nothing_of_the_latest_writes() {
    let quay = Emulator::start();
    let token = quay.seed_admin();
    let write = |name: &str| assert_eq!(api(&quay, &token, "POST", "organization/", &json!({ "name": name })).0, 201);
    let there = |name: &str| api(&quay, &token, "GET", &format!("organization/{name}"), &Value::Null).0 == 200;
    write("first");
    quay.fault(Fault::stale(2));
    assert!(there("first"), "it was made before the fault");
    ["second", "third", "fourth"].into_iter().for_each(write);
    assert_eq!(["second", "third", "fourth"].map(there), [true, false, false]);
    quay.clear_faults();
    assert!(there("fourth"), "a read of old leaves no trace");
    quay.fault(Fault::stale(9));
    write("fifth");
    assert!(there("fourth") && !there("fifth"));
}

#[test]
fn the_pages_of_a_list_can_go_round_in_a_circle() {
    let quay = Emulator::start();
    let token = quay.seed_admin();
    let page = |query: &str| api(&quay, &token, "GET", &format!("repository?namespace=admin{query}"), &Value::Null).1;
    quay.fault(Fault::new(FaultKind::Circle(2)));
    let tokens = ["", "&next_page=circle-0", "&next_page=circle-1"].map(|query| page(query)["next_page"].clone());
    assert_eq!(tokens, ["circle-0", "circle-1", "circle-0"]);
    quay.clear_faults();
    quay.fault(Fault::new(FaultKind::Circle(0)));
    assert_eq!(page("&next_page=circle-7")["next_page"], "circle-8");
}

#[test]
fn faults_reach_the_wire() {
    let quay = Emulator::start();
    let token = quay.seed_admin();
    quay.fault(Fault::drop_before().on("GET", "/config").times(1));
    assert_eq!(bytes(&quay, "GET /config HTTP/1.1"), "");
    assert!(bytes(&quay, "GET /config HTTP/1.1").starts_with("HTTP/1.1 200"));

    quay.fault(Fault::drop_after().on("POST", "/api/v1/organization/").times(1));
    let body = r#"{"name":"acme"}"#;
    let head = format!(
        "POST /api/v1/organization/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(quay.url().trim_start_matches("http://")).expect("it listens");
    stream.write_all(head.as_bytes()).expect("sent");
    let mut text = String::new();
    let _ = stream.read_to_string(&mut text);
    assert_eq!(text, "");
    assert_eq!(
        api(&quay, &token, "GET", "organization/acme", &Value::Null).0,
        200,
        "the work was done before the drop"
    );

    quay.fault(Fault::too_many_requests(Some(7)).on("write", "/api/").times(1));
    let reply = raw(&quay, &token, "PUT", "organization/acme", &json!({}));
    assert_eq!((reply.status, reply.header("retry-after")), (429, Some("7")));
    quay.fault(Fault::new(FaultKind::ReadOnly).times(1));
    let (status, body) = api(&quay, &token, "GET", "organization/acme", &Value::Null);
    assert_eq!((status, &body["is_readonly"]), (503, &json!(true)));
    quay.fault(Fault::delay(Duration::from_millis(120)).times(1));
    let started = Instant::now();
    assert_eq!(api(&quay, &token, "GET", "organization/acme", &Value::Null).0, 200);
    assert!(started.elapsed() >= Duration::from_millis(120));
    quay.fault(Fault::html(502));
    quay.clear_faults();
    assert_eq!(api(&quay, &token, "GET", "organization/acme", &Value::Null).0, 200);
}

#[test]
fn older_servers_hand_out_the_csrf_token_in_the_home_page() {
    let quay = Emulator::with(Config { login: LoginGeneration::HomePage, ..Config::default() }.seeded());
    let mut client = Client::connect(&quay.url());
    assert_ne!(client.send("GET", "/csrf_token", &[], "").status, 200);
    let page = client.send("GET", "/", &[], "");
    let token = page
        .body
        .split("window.__token = '")
        .nth(1)
        .and_then(|rest| rest.split('\'').next())
        .expect("a token")
        .to_owned();
    let cookie = page.header("set-cookie").and_then(|text| text.split(';').next()).expect("a cookie").to_owned();
    let headers = [("X-CSRF-Token", token), ("Cookie", cookie), ("Content-Type", "application/json".to_owned())];
    let reply = client.send("POST", "/api/v1/signin", &headers, r#"{"username":"admin","password":"password"}"#);
    assert_eq!(reply.status, 200);
    assert!(reply.header("x-next-csrf-token").is_some());
}

#[test]
fn tokens_carry_the_rights_of_their_user_and_no_more_than_their_scopes() {
    let quay = Emulator::start();
    let admin = quay.seed_admin();
    api(&quay, &admin, "POST", "organization/", &json!({ "name": "acme" }));
    let reader = quay.token_for("jdoe", &["repo:read", "user:read"]);
    assert_eq!(api(&quay, &reader, "GET", "user/", &Value::Null).1["username"], "jdoe");
    assert_eq!(api(&quay, &reader, "PUT", "organization/acme", &json!({ "email": "x@example.org" })).0, 403);
    let (status, _) = api(&quay, "wrong", "PUT", "organization/acme", &json!({}));
    assert_eq!(status, 403);
    let writes = quay.writes();
    assert_eq!(
        writes.iter().map(|write| write.auth).collect::<Vec<_>>(),
        [AuthKind::Token, AuthKind::Token, AuthKind::BadToken]
    );
    quay.clear_journal();
    assert!(quay.journal().is_empty());
}

#[test]
fn pushed_images_have_tags_labels_and_reports() {
    let quay = Emulator::start();
    let token = quay.seed_admin();
    api(&quay, &token, "POST", "organization/", &json!({ "name": "acme" }));
    let image = Image::new("one").label("team", "core").vulnerable(&[("CVE-2026-1", "High", "2.0")]);
    let digest = quay.push("acme/img", "v1", &image);
    quay.pull("acme/img", "v1");
    let (_, labels) = api(&quay, &token, "GET", &format!("repository/acme/img/manifest/{digest}/labels"), &Value::Null);
    assert_eq!(
        (&labels["labels"][0]["key"], &labels["labels"][0]["source_type"]),
        (&json!("team"), &json!("manifest"))
    );
    let (_, report) = api(
        &quay,
        &token,
        "GET",
        &format!("repository/acme/img/manifest/{digest}/security?vulnerabilities=true"),
        &Value::Null,
    );
    assert_eq!(report["data"]["Layer"]["Features"][0]["Vulnerabilities"][0]["Name"], "CVE-2026-1");
    let (_, pulls) = api(&quay, &token, "GET", "repository/acme/img/tag/v1/pull_statistics", &Value::Null);
    assert_eq!(pulls["tag_pull_count"], 1);

    let copy = Emulator::start();
    copy.load(quay.snapshot()).expect("a snapshot");
    assert_eq!(
        api(&copy, &token, "GET", "repository/acme/img/tag/", &Value::Null).1["tags"][0]["manifest_digest"],
        digest.as_str()
    );
}

#[test]
fn invitations_wait_for_an_answer_where_the_server_sends_mail() {
    let quay = Emulator::with(Config::default().feature("MAILING", true));
    let token = quay.seed_admin();
    quay.add_user("jdoe", "password");
    api(&quay, &token, "POST", "organization/", &json!({ "name": "acme" }));
    let (_, added) = api(&quay, &token, "PUT", "organization/acme/team/owners/members/jdoe", &json!({}));
    assert_eq!(added["invited"], true);
    let (_, members) =
        api(&quay, &token, "GET", "organization/acme/team/owners/members?includePending=true", &Value::Null);
    assert_eq!(members["members"].as_array().map(Vec::len), Some(2));
    assert_eq!(api(&quay, &token, "DELETE", "organization/acme/team/owners/members/jdoe", &Value::Null).0, 204);
}

#[test]
fn stale_sessions_have_to_log_in_again() {
    let quay = Emulator::with(Config::default().seeded());
    let mut client = Client::connect(&quay.url());
    let first = client.send("GET", "/csrf_token", &[], "");
    let cookie = |reply: &Reply| {
        reply.header("set-cookie").and_then(|text| text.split(';').next()).unwrap_or_default().to_owned()
    };
    let csrf =
        serde_json::from_str::<Value>(&first.body).expect("JSON")["csrf_token"].as_str().unwrap_or_default().to_owned();
    let json = ("Content-Type", "application/json".to_owned());
    let headers = [("X-CSRF-Token", csrf), ("Cookie", cookie(&first)), json];
    let reply = client.send("POST", "/api/v1/signin", &headers, r#"{"username":"admin","password":"password"}"#);
    let headers = [("Cookie", cookie(&reply))];
    assert_eq!(client.send("GET", "/api/v1/superuser/users/", &headers, "").status, 200);
    quay.set_setting("FRESH_LOGIN_TIMEOUT", "0s");
    let refused = client.send("GET", "/api/v1/superuser/users/", &headers, "");
    assert_eq!(refused.status, 401);
    assert!(refused.body.contains("fresh_login_required"));
}

#[test]
fn organizations_that_are_renamed_take_their_robots_and_stars_along() {
    let quay = Emulator::start();
    let token = quay.seed_admin();
    api(&quay, &token, "POST", "organization/", &json!({ "name": "old" }));
    api(&quay, &token, "PUT", "organization/old/robots/bot", &json!({}));
    api(&quay, &token, "PUT", "organization/old/team/owners/members/old+bot", &json!({}));
    quay.push_image("old/img", "v1");
    api(&quay, &token, "POST", "user/starred", &json!({ "namespace": "old", "repository": "img" }));
    assert_eq!(api(&quay, &token, "PUT", "superuser/organizations/old", &json!({ "name": "new" })).0, 200);
    let (_, members) = api(&quay, &token, "GET", "organization/new/team/owners/members", &Value::Null);
    assert_eq!(members["members"][1]["name"], "new+bot");
    assert_eq!(api(&quay, &token, "GET", "repository/new/img", &Value::Null).1["is_starred"], true);
    assert_eq!(api(&quay, &token, "GET", "organization/old", &Value::Null).0, 404);
}

#[test]
fn stopping_frees_the_port_at_once() {
    let quay = Emulator::start();
    let address = quay.url().trim_start_matches("http://").to_owned();
    let mut idle = TcpStream::connect(&address).expect("it listens");
    quay.stop();
    TcpListener::bind(&address).expect("nobody listens there any more");
    let _ = idle.read(&mut [0; 1]);
}

#[test]
fn tls_has_an_authority_of_its_own() {
    let quay = Emulator::with(Config { tls: true, ..Config::default() });
    assert!(quay.url().starts_with("https://127.0.0.1:"));
    assert!(quay.ca_pem().is_some_and(|pem| pem.contains("BEGIN CERTIFICATE")));
}
