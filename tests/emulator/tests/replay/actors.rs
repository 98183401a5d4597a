//! Who sends the requests of a recording: accounts with a token for each, and log-ins.
//!
//! `NAME` stands for a token of that account with all scopes but the superuser's (`admin`: with it), `NAME SCOPE` for one with
//! that scope, `only SCOPE` for one of `admin`, `NAME session` for a log-in. The tokens are made when they are first needed, in
//! an application of the organization `home-NAME` that the account owns, as it was when the recordings were made.

use std::collections::HashMap;

use quay_emulator::ALL_SCOPES;
use serde_json::{Value, json};

use crate::{
    session::Session,
    setup::{Actor, PASSWORD},
};

/// What a request is sent with.
#[derive(Debug, Clone)]
pub enum Credentials {
    Token(String),
    /// Cookie and CSRF token.
    LogIn(String, String),
}

/// The credentials that are known so far.
#[derive(Default)]
pub struct Actors {
    known: HashMap<String, Credentials>,
}

impl Session {
    /// The credentials of an actor, made now if it is the first time.
    pub fn credentials(&mut self, name: &str) -> Credentials {
        if let Some(known) = self.actors.known.get(name) {
            return known.clone();
        }
        let made = match self.setup.actors.get(name).cloned() {
            Some(Actor::Token(token)) => Credentials::Token(token),
            Some(Actor::Like(other)) => self.named(&other),
            Some(Actor::Answer { exchange, key }) => {
                let answer = self.answers.get(exchange).and_then(|answer| answer.pointer(&key)).and_then(Value::as_str);
                Credentials::Token(answer.unwrap_or("not-answered").to_owned())
            }
            None => self.named(name),
        };
        self.actors.known.insert(name.to_owned(), made.clone());
        made
    }

    fn named(&mut self, name: &str) -> Credentials {
        let (account, scope) = match name.split_once(' ') {
            Some(("only", scope)) => ("admin", Some(scope)),
            Some((account, "session")) => return self.log_in(account),
            Some((account, scope)) => (account, Some(scope)),
            None => (name, None),
        };
        let all = ALL_SCOPES.iter().copied().filter(|scope| account == "admin" || *scope != "super:user");
        let scopes: Vec<&str> = scope.map_or_else(|| all.collect(), |scope| vec![scope]);
        Credentials::Token(self.minted(account, &scopes))
    }

    /// A token of the application `mint` in the organization `home-ACCOUNT`.
    fn minted(&mut self, account: &str, scopes: &[&str]) -> String {
        self.make_home(account);
        let home = format!("home-{account}");
        let token = self.emulator.token_for(account, &ALL_SCOPES);
        self.emulator.with_state(|state| {
            let client = state.organization(&home).and_then(|home| home.applications.keys().next().cloned());
            let client = client.expect("made before");
            let minted = state.tokens.get_mut(&token).expect("made before");
            minted.client_id = client;
            minted.scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        });
        self.forget_seed(account);
        token
    }

    /// Makes the organization of an account in which its tokens are made, unless it is there.
    pub fn make_home(&mut self, account: &str) {
        let home = format!("home-{account}");
        if self.emulator.with_state(|state| state.organization(&home).is_some()) {
            return;
        }
        let token = self.emulator.token_for(account, &ALL_SCOPES);
        let body = json!({ "name": home, "email": format!("{home}@example.com") }).to_string();
        self.send_as(&token, "POST", "organization/", &body);
        self.send_as(
            &token,
            "POST",
            &format!("organization/{home}/applications"),
            &json!({ "name": "mint" }).to_string(),
        );
        self.forget_seed(account);
    }

    /// The application of the emulator's own tokens was not there.
    fn forget_seed(&mut self, account: &str) {
        self.emulator.with_state(|state| {
            if let Some(account) = state.namespace_mut(account) {
                account.applications.shift_remove(&account.name.clone());
            }
        });
    }

    fn log_in(&mut self, account: &str) -> Credentials {
        let client = &mut self.client;
        let first = client.send("GET", "/csrf_token", &[], "");
        let cookie = |reply: &crate::http::Reply| {
            reply.header("set-cookie").and_then(|text| text.split(';').next()).map(str::to_owned)
        };
        let kept = cookie(&first).unwrap_or_default();
        let csrf = |text: &str| {
            serde_json::from_str::<Value>(text).unwrap_or_default()["csrf_token"].as_str().map(str::to_owned)
        };
        let headers = [
            ("Cookie", kept.clone()),
            ("X-CSRF-Token", csrf(&first.body).unwrap_or_default()),
            ("Content-Type", "application/json".to_owned()),
        ];
        let body = json!({ "username": account, "password": PASSWORD }).to_string();
        let second = client.send("POST", "/api/v1/signin", &headers, &body);
        let next = second.header("x-next-csrf-token").map(str::to_owned).unwrap_or_else(|| headers[1].1.clone());
        Credentials::LogIn(cookie(&second).unwrap_or(kept), next)
    }
}
