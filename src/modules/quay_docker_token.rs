//! `quay_docker_token`: application tokens of the calling user, for clients of the registry.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Module;
use super::contract::Rules;
use crate::api::{Path, Reader, Slot, take};
use crate::error::{Error, Need, RefusalKind, Result};
use crate::plan::{Plan, Step};
use crate::quay::{State, docker, time};

pub struct DockerToken;

#[derive(Deserialize)]
pub struct Options {
    name: String,
    state: State,
}

/// A token as the list shows it: without its code.
#[derive(Clone, Deserialize)]
struct Listed {
    uuid: String,
    title: String,
    created: Option<String>,
    expiration: Option<String>,
}

/// The name that a client gives together with a token.
const USERNAME: &str = "$app";

impl Module for DockerToken {
    const NAME: &'static str = "quay_docker_token";
    const RULES: Rules = Rules { returned_secrets: &["token_code", "auth_b64", "dockerconfigjson_b64"], ..Rules::NONE };
    const NEED: Need = Need::right("user:admin", "").feature("APP_SPECIFIC_TOKENS", "");
    type Options = Options;

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        if quay.is_anonymous() {
            return Err(Error::Option(
                "application tokens belong to a user: needs a login or a token with user:admin".into(),
            ));
        }
        let matches = options.list(quay)?;
        match options.state {
            State::Absent => Ok(options.revoke(&matches)),
            State::Present => Ok(match options.found(&matches, quay)? {
                Some((listed, found)) => options.keep(&listed, &found, quay),
                None => options.create(quay),
            }),
        }
    }
}

impl Options {
    fn title(&self) -> String {
        format!("application token {}", self.name)
    }

    fn list(&self, quay: &Reader) -> Result<Vec<Listed>> {
        let attempt = |error: Error| error.attempting("list the application tokens");
        let mut matches = Vec::new();
        for entry in quay.list(&path(), "tokens").map_err(attempt)? {
            let token: Listed = crate::quay::decode(entry, "an application token")?;
            if token.title == self.name {
                matches.push(token);
            }
        }
        Ok(matches)
    }

    /// The token to return. One that looked live and is gone was revoked or has expired meanwhile: then the list, as it is
    /// now, is gone through once more.
    fn found(&self, matches: &[Listed], quay: &Reader) -> Result<Option<(Listed, Value)>> {
        let live = newest_first(matches);
        let found = self.readable(&live, quay)?;
        if found.is_some() || live.is_empty() {
            return Ok(found);
        }
        quay.ask_again(&path())?;
        self.readable(&newest_first(&self.list(quay)?), quay)
    }

    /// The first token whose code Quay gives.
    fn readable(&self, tokens: &[&Listed], quay: &Reader) -> Result<Option<(Listed, Value)>> {
        for &token in tokens {
            let path = path().then(&token.uuid);
            match quay.get(&path) {
                Ok(answer) => return Ok(Some((token.clone(), take(&path, answer, "token")?))),
                Err(error) if error.refusal().is_some_and(|refusal| refusal.kind == RefusalKind::NotFound) => {}
                Err(error) => return Err(error.attempting(format!("read the code of the {}", self.title()))),
            }
        }
        Ok(None)
    }

    fn revoke(&self, matches: &[Listed]) -> Plan {
        let Some(first) = matches.first() else { return Plan::of(self.title()) };
        let mut plan = Plan::of(self.title()).difference(self.shown(first.expiration.as_deref()), json!({}));
        for token in matches {
            let what = format!("revoke the {} ({})", self.title(), token.uuid);
            plan.push(Step::delete(path().then(&token.uuid), what).tolerating(&[(404, "")]));
        }
        plan
    }

    fn keep(&self, listed: &Listed, found: &Value, quay: &Reader) -> Plan {
        let shown = self.shown(listed.expiration.as_deref());
        let mut plan = Plan::of(self.title()).difference(shown.clone(), shown);
        self.give_names(&mut plan);
        for key in ["uuid", "token_code", "created", "last_accessed", "expiration"] {
            plan.give(key, found[key].clone());
        }
        plan.give("auth_b64", auth(&found["token_code"]));
        plan.give("dockerconfigjson_b64", docker_config(&quay.registry(), &found["token_code"]));
        plan
    }

    fn create(&self, quay: &Reader) -> Plan {
        let mut plan = Plan::of(self.title()).difference(json!({}), self.shown(None));
        let body = json!({"title": self.name});
        plan.push(Step::post(path(), body, format!("create the {}", self.title())).named("create"));
        self.give_names(&mut plan);
        for (key, pointer) in [
            ("uuid", "/token/uuid"),
            ("token_code", "/token/token_code"),
            ("created", "/token/created"),
            ("last_accessed", "/token/last_accessed"),
            ("expiration", "/token/expiration"),
        ] {
            plan.give_answer(key, Slot::new("create", pointer));
        }
        let code = || Slot::new("create", "/token/token_code");
        plan.give_made("auth_b64", code(), |code| json!(auth(code)));
        let registry = quay.registry();
        plan.give_made("dockerconfigjson_b64", code(), move |code| json!(docker_config(&registry, code)));
        plan
    }

    fn give_names(&self, plan: &mut Plan) {
        plan.give("name", self.name.as_str());
        plan.give("username", USERNAME);
    }

    fn shown(&self, expiration: Option<&str>) -> Value {
        json!({"name": self.name, "expiration": expiration})
    }
}

/// The tokens that have not expired, the one created last at first. Expired ones stay in the list for a day, but hide their
/// code.
fn newest_first(tokens: &[Listed]) -> Vec<&Listed> {
    let now = Timestamp::now();
    let is_live = |token: &&Listed| token.expiration.as_deref().and_then(time::parse).is_none_or(|end| end > now);
    // Quay tells whole seconds, and lists as its database does: of the same second the last one is the newest.
    let mut live: Vec<&Listed> = tokens.iter().rev().filter(is_live).collect();
    live.sort_by_key(|token| std::cmp::Reverse(token.created.as_deref().and_then(time::parse)));
    live
}

fn path() -> Path {
    Path::api("user/apptoken")
}

fn auth(code: &Value) -> String {
    docker::auth(USERNAME, code.as_str().unwrap_or_default())
}

fn docker_config(registry: &str, code: &Value) -> String {
    let config = docker::config(registry, &auth(code));
    STANDARD.encode(format!("{config:#}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_docker_config_names_the_registry() {
        let decoded = STANDARD.decode(docker_config("quay.example.com:8443", &json!("code"))).unwrap();
        let config: Value = serde_json::from_slice(&decoded).unwrap();
        assert_eq!(config, json!({"auths": {"quay.example.com:8443": {"auth": "JGFwcDpjb2Rl", "email": ""}}}));
    }
}
