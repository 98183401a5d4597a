//! Sends recorded requests the way the recorded client did: with its token, its cookies, its CSRF token.

use std::{path::Path, time::SystemTime};

use quay_emulator::Emulator;
use serde_json::{Value, json};

use crate::{
    actors::{Actors, Credentials},
    compare::{Names, compare},
    http::{Client, Reply, encode},
    setup::Setup,
};

/// What stands in recordings instead of the server's name.
const HOST: &str = "quay.example.com";

/// The day of the recordings, as logs are asked for.
const RECORDED: &str = "11/28/2026";

pub struct Session {
    pub setup: Setup,
    pub emulator: Emulator,
    pub client: Client,
    pub actors: Actors,
    /// What was answered so far.
    pub answers: Vec<Value>,
    names: Names,
    pub token: String,
    cookie: String,
    csrf: String,
    next_page: String,
}

impl Session {
    pub fn new(recording: &Path, exchanges: &[Value]) -> Session {
        let setup = Setup::of(recording, exchanges);
        let emulator = Emulator::with(setup.config(exchanges));
        let client = Client::connect(&emulator.url());
        let mut session = Session {
            setup: Setup::default(),
            emulator,
            client,
            actors: Actors::default(),
            answers: Vec::new(),
            names: Names::new(exchanges),
            token: String::new(),
            cookie: String::new(),
            csrf: String::new(),
            next_page: String::new(),
        };
        setup.begin(&mut session);
        session.setup = setup;
        session
    }

    /// Sends a request of our own as administrator, to set something up.
    pub fn api(&mut self, method: &str, path: &str, body: &str) {
        let token = self.token.clone();
        self.send_as(&token, method, path, body);
    }

    /// Sends a request of our own, to set something up.
    pub fn send_as(&mut self, token: &str, method: &str, path: &str, body: &str) {
        let headers = [("Authorization", format!("Bearer {token}")), ("Content-Type", "application/json".to_owned())];
        let reply = self.client.send(method, &format!("/api/v1/{path}"), &headers, body);
        assert!(reply.status < 300, "{method} {path}: {} {}", reply.status, reply.body);
    }

    /// Lets an account's session send what follows.
    pub fn log_in_as(&mut self, account: &str) {
        if let Credentials::LogIn(cookie, csrf) = self.credentials(&format!("{account} session")) {
            (self.cookie, self.csrf) = (cookie, csrf);
        }
    }

    /// A recorded text with the identifiers that were made here.
    pub fn here(&self, text: &str) -> String {
        self.names.path(text)
    }

    /// Sends one recorded exchange and says what differs.
    pub fn replay(&mut self, index: usize, exchange: &Value) -> Vec<String> {
        let setup = std::mem::take(&mut self.setup);
        setup.before(index, self);
        self.setup = setup;
        let reply = self.send(index, exchange);
        self.answers.push(serde_json::from_str(&reply.body).unwrap_or_default());
        self.remember(exchange, &reply);
        let mut out = Vec::new();
        self.check(exchange, &reply, &mut out);
        out
    }

    fn send(&mut self, index: usize, exchange: &Value) -> Reply {
        let path = exchange["path"].as_str().unwrap_or_default();
        let mut target = encode(&self.names.path(path), false);
        for (at, (key, value)) in exchange["query"].as_object().into_iter().flatten().enumerate() {
            let value = self.query_value(index, key, value.as_str().unwrap_or_default(), exchange);
            target.push_str(&format!("{}{key}={}", if at == 0 { '?' } else { '&' }, encode(&value, true)));
        }
        let mut headers: Vec<(&str, String)> = Vec::new();
        let auth = exchange["auth"].as_str();
        let credentials = match exchange["as"].as_str() {
            // Passwords are for the registry, which the emulator is not.
            Some(_) if auth == Some("Basic") => Some(Credentials::Token("YTpi".to_owned())),
            Some(actor) => Some(self.credentials(actor)),
            None if auth == Some("Bearer") && self.setup.bad_token.contains(&index) => {
                Some(Credentials::Token("not-a-token".to_owned()))
            }
            None if auth == Some("Bearer") => Some(Credentials::Token(self.token.clone())),
            None if auth == Some("session") => Some(Credentials::LogIn(self.cookie.clone(), self.csrf.clone())),
            None => None,
        };
        match credentials {
            Some(Credentials::Token(token)) => {
                headers.push(("Authorization", format!("{} {token}", auth.unwrap_or_default())));
            }
            Some(Credentials::LogIn(cookie, csrf)) => {
                headers.push(("Cookie", cookie));
                if !self.setup.no_csrf.contains(&index) {
                    headers.push(("X-CSRF-Token", csrf));
                }
            }
            None => {}
        }
        let body = match &exchange["request"] {
            Value::Null => String::new(),
            Value::Object(form) if form.contains_key("_text") => {
                headers.push(("Content-Type", "application/x-www-form-urlencoded".to_owned()));
                let text = form["_text"].as_str().unwrap_or_default();
                let (start, _) = text.split_once("&_csrf_token=").unwrap_or((text, ""));
                let here = encode(self.client.host(), true);
                let start = self.names.translate(start).replace("localhost%3A18080", &here).replace(HOST, &here);
                format!("{start}&_csrf_token={}", encode(&self.csrf, true))
            }
            body => {
                headers.push(("Content-Type", "application/json".to_owned()));
                self.names.translate_value(&shift_dates(body)).to_string()
            }
        };
        self.client.send(exchange["method"].as_str().unwrap_or_default(), &target, &headers, &body)
    }

    /// Some query values were hidden in the recording; the answer tells which they were.
    fn query_value(&self, index: usize, key: &str, value: &str, exchange: &Value) -> String {
        match (key, value) {
            ("token", "<token>") => exchange["response"]["robots"][0].get("token").is_some().to_string(),
            ("next_page", "<next_page>") if self.setup.bad_page.contains(&index) => "garbage".to_owned(),
            ("next_page", "<next_page>") => self.next_page.clone(),
            // What the recording made is made here now.
            ("starttime" | "endtime", RECORDED) => jiff::Timestamp::now().strftime("%m/%d/%Y").to_string(),
            _ => self.names.translate(value),
        }
    }

    /// Keeps what later requests need: tokens, cookies, pages.
    fn remember(&mut self, exchange: &Value, reply: &Reply) {
        let body: Value = serde_json::from_str(&reply.body).unwrap_or_default();
        if let Some(cookie) = reply.header("set-cookie").and_then(|text| text.split(';').next()) {
            cookie.clone_into(&mut self.cookie);
        }
        let next = reply.header("x-next-csrf-token").map(str::to_owned);
        if let Some(csrf) = next.or_else(|| body["csrf_token"].as_str().map(str::to_owned)) {
            self.csrf = csrf;
        }
        if let Some(token) = body["access_token"].as_str() {
            token.clone_into(&mut self.token);
        }
        if let Some(page) = body["next_page"].as_str() {
            page.clone_into(&mut self.next_page);
        }
        if exchange["path"] == "/oauth/authorizeapp"
            && let Some((_, rest)) = reply.header("location").and_then(|url| url.split_once("access_token="))
        {
            rest.split('&').next().unwrap_or_default().clone_into(&mut self.token);
        }
    }

    fn check(&mut self, exchange: &Value, reply: &Reply, out: &mut Vec<String>) {
        let here = self.client.host().to_owned();
        let body = reply.body.replace(&here, HOST);
        if exchange["status"] != reply.status {
            out.push(format!("status: expected {}, got {} {}", exchange["status"], reply.status, body.trim_end()));
            if matches!(reply.status, 308 | 404 | 405)
                && body.starts_with('<')
                && exchange["status"].as_u64() < Some(300)
            {
                out.push("route unknown".to_owned());
            }
            return;
        }
        if exchange["content_type"].as_str() != reply.header("content-type") {
            out.push(format!(
                "content type: expected {}, got {:?}",
                exchange["content_type"],
                reply.header("content-type")
            ));
        }
        let expected = &exchange["response"];
        let actual = if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&body).unwrap_or_else(|_| json!({ "_text": body }))
        };
        compare("", expected, &actual, &mut self.names, out);
        for (name, value) in exchange["headers"].as_object().into_iter().flatten() {
            let wanted = self.names.translate(value.as_str().unwrap_or_default());
            let got = reply.header(name).map(|text| text.replace(&here, HOST));
            let same = match name.as_str() {
                "x-next-csrf-token" => got.is_some(),
                "location" if wanted.contains("access_token=") => {
                    let bare = |text: &str| text.split("access_token=").next().unwrap_or_default().to_owned();
                    got.as_deref().map(bare) == Some(bare(&wanted))
                }
                _ => got.as_deref() == Some(&wanted),
            };
            if !same {
                out.push(format!("header {name}: expected {wanted:?}, got {got:?}"));
            }
        }
    }
}

/// A body with its expiration moved: a date that was in the future when it was recorded has to be so now.
fn shift_dates(body: &Value) -> Value {
    let mut body = body.clone();
    if let Some(seconds) = body.get("expiration").and_then(Value::as_u64).filter(|seconds| *seconds > 1_000_000) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        body["expiration"] = seconds.max(now + 86_400).into();
    }
    body
}
