//! Walks through the tour as its recorder did: each request by its actor, and in between what was done off the record.

use std::{collections::HashMap, time::Duration};

use quay_emulator::{ALL_SCOPES, Config, Emulator, Image};
use serde_json::{Value, json};

use crate::{
    compare::{Names, compare},
    http::{Client, Reply, encode},
};

/// What stands in recordings instead of the server's name.
const HOST: &str = "quay.example.com";

pub struct Tour {
    emulator: Emulator,
    client: Client,
    names: Names,
    token: String,
    /// Cookie and CSRF token of the actors that logged in.
    sessions: HashMap<String, (String, String)>,
}

impl Tour {
    pub fn new(release: &str, exchanges: &[Value]) -> Tour {
        let mut config = Config::default().quay(release).setting("SUPER_USERS", json!(["admin"]));
        for (name, on) in exchanges[0]["response"]["features"].as_object().expect("the first is /config") {
            config = config.feature(name, on.as_bool() == Some(true));
        }
        let emulator = Emulator::with(config);
        let client = Client::connect(&emulator.url());
        Tour { emulator, client, names: Names::new(exchanges), token: String::new(), sessions: HashMap::new() }
    }

    /// Sends one recorded exchange and says what differs.
    pub fn replay(&mut self, number: usize, exchange: &Value) -> Vec<String> {
        self.before(number);
        let reply = self.send(number, exchange);
        self.remember(exchange, &reply);
        self.check(exchange, &reply)
    }

    /// What was done off the record before a line.
    fn before(&mut self, number: usize) {
        match number {
            // The failed log-in before blocks the account for a moment.
            17 => std::thread::sleep(Duration::from_millis(1100)),
            34 => self.log_in_jdoe(),
            80 => self.api("POST", "organization/", &json!({ "name": "cache" })),
            82 => self.emulator.with_state(|state| state.organization_mut("cache").expect("made before").proxy = None),
            112 => self.forget_policies("organization/acme"),
            119 => self.forget_policies("repository/acme/app"),
            131 => {
                for name in ["second", "third"] {
                    let body =
                        json!({ "namespace": "acme", "repository": name, "visibility": "private", "description": "" });
                    self.api("POST", "repository", &body);
                }
                for name in ["second", "third"] {
                    self.api("PUT", &format!("repository/acme/{name}/changestate"), &json!({ "state": "MIRROR" }));
                }
            }
            147 => {
                self.api("POST", "organization/", &json!({ "name": "mir" }));
                self.api("PUT", "organization/mir/robots/sync", &json!({}));
            }
            188 => {
                self.emulator.push("acme/img", "v1", &Image::new("v1").sizes(114, 328).label("team", "core"));
            }
            218 => {
                let admin = std::mem::replace(&mut self.token, self.emulator.token_for("jdoe", &ALL_SCOPES));
                self.api("POST", "organization/", &json!({ "name": "theirs" }));
                let body = json!({ "namespace": "theirs", "repository": "app", "visibility": "private", "description": "App" });
                self.api("POST", "repository", &body);
                self.token = admin;
            }
            _ => {}
        }
    }

    fn forget_policies(&mut self, place: &str) {
        let headers = self.credentials("admin", true);
        let list = self.client.send("GET", &format!("/api/v1/{place}/autoprunepolicy/"), &headers, "");
        let list: Value = serde_json::from_str(&list.body).unwrap_or_default();
        for policy in list["policies"].as_array().into_iter().flatten() {
            let uuid = policy["uuid"].as_str().expect("an identifier");
            self.api("DELETE", &format!("{place}/autoprunepolicy/{uuid}"), &Value::Null);
        }
    }

    fn log_in_jdoe(&mut self) {
        let first = self.client.send("GET", "/csrf_token", &[], "");
        self.keep("jdoe session", &first);
        let body = json!({ "username": "jdoe", "password": "redhat123" }).to_string();
        let mut headers = self.credentials("jdoe session", true);
        headers.push(("Content-Type", "application/json".to_owned()));
        let reply = self.client.send("POST", "/api/v1/signin", &headers, &body);
        assert_eq!(reply.status, 200, "{}", reply.body);
        self.keep("jdoe session", &reply);
    }

    /// Sends a request of our own with the token, to set something up.
    fn api(&mut self, method: &str, path: &str, body: &Value) {
        let mut headers = self.credentials("admin", true);
        headers.push(("Content-Type", "application/json".to_owned()));
        let reply = self.client.send(method, &format!("/api/v1/{path}"), &headers, &body.to_string());
        assert!(reply.status < 300, "{method} {path}: {} {}", reply.status, reply.body);
    }

    fn credentials(&self, actor: &str, with_csrf: bool) -> Vec<(&'static str, String)> {
        match actor {
            "admin" => vec![("Authorization", format!("Bearer {}", self.token))],
            "bad token" => vec![("Authorization", "Bearer not-a-token".to_owned())],
            _ => {
                let (cookie, csrf) = self.sessions.get(actor).cloned().unwrap_or_default();
                let mut headers = vec![("Cookie", cookie)];
                headers.extend(with_csrf.then_some(("X-CSRF-Token", csrf)));
                headers
            }
        }
    }

    fn send(&mut self, number: usize, exchange: &Value) -> Reply {
        let path = exchange["path"].as_str().unwrap_or_default();
        let mut target = encode(&self.names.path(path), false);
        for (at, (key, value)) in exchange["query"].as_object().into_iter().flatten().enumerate() {
            let value = self.names.translate(value.as_str().unwrap_or_default());
            // The value was hidden; the answer tells which it was.
            let with_token = exchange["response"]["robots"][0].get("token").is_some();
            let value = value.replace("<token>", &with_token.to_string());
            target.push_str(&format!("{}{key}={}", if at == 0 { '?' } else { '&' }, encode(&value, true)));
        }
        let mut headers = match exchange["as"].as_str() {
            Some(actor) if !exchange["auth"].is_null() => self.credentials(actor, number != 20),
            _ => Vec::new(),
        };
        let mut body = String::new();
        if !exchange["request"].is_null() {
            headers.push(("Content-Type", "application/json".to_owned()));
            body = self.names.translate_value(&exchange["request"]).to_string();
        }
        self.client.send(exchange["method"].as_str().unwrap_or_default(), &target, &headers, &body)
    }

    fn remember(&mut self, exchange: &Value, reply: &Reply) {
        let body: Value = serde_json::from_str(&reply.body).unwrap_or_default();
        if let Some(token) = body["access_token"].as_str() {
            token.clone_into(&mut self.token);
        }
        if let Some(actor) = exchange["as"].as_str() {
            self.keep(actor, reply);
        }
    }

    fn keep(&mut self, actor: &str, reply: &Reply) {
        let body: Value = serde_json::from_str(&reply.body).unwrap_or_default();
        let session = self.sessions.entry(actor.to_owned()).or_default();
        if let Some(cookie) = reply.header("set-cookie").and_then(|text| text.split(';').next()) {
            cookie.clone_into(&mut session.0);
        }
        if let Some(csrf) = reply.header("x-next-csrf-token").or_else(|| body["csrf_token"].as_str()) {
            csrf.clone_into(&mut session.1);
        }
    }

    fn check(&mut self, exchange: &Value, reply: &Reply) -> Vec<String> {
        let body = reply.body.replace(self.client.host(), HOST);
        if exchange["status"] != reply.status {
            return vec![format!("status: expected {}, got {} {}", exchange["status"], reply.status, body.trim_end())];
        }
        let mut out = Vec::new();
        let kind = reply.header("content-type");
        if exchange["content_type"].as_str() != kind {
            out.push(format!("content type: expected {}, got {kind:?}", exchange["content_type"]));
        }
        let mut actual = match body.as_str() {
            "" => Value::Null,
            text => serde_json::from_str(text).unwrap_or_else(|_| json!({ "_text": text })),
        };
        // Of logs the first entries were kept.
        let logs = actual.get_mut("logs").and_then(Value::as_array_mut);
        if let (Some(kept), Some(logs)) = (exchange["response"]["logs"].as_array(), logs) {
            logs.truncate(kept.len());
        }
        // Of a page only that it is one was kept.
        if exchange["response"] != json!({ "_text": "<html>" }) || actual.get("_text").is_none() {
            compare("", &exchange["response"], &actual, &mut self.names, &mut out);
        }
        out
    }
}
