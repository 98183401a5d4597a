//! `quay_docker_token`: application tokens of the calling user, for clients of the registry.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Error, Module, Need, Plan, Reader, Result, Rules, Slot, State, Step};
use crate::api::take;
use crate::error::RefusalKind;
use crate::quay::docker::{self, Token};
use crate::quay::rotation::{self, Rotation};
use crate::quay::{decode, period};

pub struct DockerToken;

#[derive(Deserialize)]
pub struct Options {
    name: String,
    #[serde(flatten)]
    rotation: Rotation,
    state: State,
}

/// What Quay tells of a token and the result returns under the same name.
const TOLD: &[&str] = &["uuid", "token_code", "created", "last_accessed", "expiration"];
/// The name that a client gives together with a token.
const USERNAME: &str = "$app";

impl Module for DockerToken {
    const NAME: &'static str = "quay_docker_token";
    const RULES: Rules = Rules {
        returned_secrets: &["token_code", "auth_b64", "dockerconfigjson_b64"],
        formats: &[("rotate_before", period::seconds), ("rotate_after", period::seconds), ("overlap", period::seconds)],
        ..Rules::NONE
    };
    const NEED: Need = Need::right("user:admin", "").feature("APP_SPECIFIC_TOKENS", "");
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        options.rotation.problems(None)
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        if quay.is_anonymous() {
            return Err(Error::Option(
                "application tokens belong to a user: needs a login or a token with user:admin".into(),
            ));
        }
        let matches = options.list(quay)?;
        if options.state == State::Absent {
            return Ok(options.revoke(&matches));
        }
        let live = docker::newest_first(&matches);
        let is_due = |newest: &&&Token| options.rotation.is_due(newest.made(), newest.ends());
        if let Some(current) = live.first().filter(is_due) {
            return Ok(options.replace(current, &live, quay));
        }
        Ok(match options.found(&matches, quay)? {
            Some((listed, found)) => options.keep(&listed, &found, &live, quay),
            None => options.create(quay),
        })
    }
}

impl Options {
    fn title(&self) -> String {
        format!("application token {}", self.name)
    }

    fn list(&self, quay: &Reader) -> Result<Vec<Token>> {
        let listed = quay.list(&docker::tokens(), "tokens");
        let listed = listed.map_err(|error| error.attempting("list the application tokens"))?.into_iter();
        let mut tokens: Vec<Token> =
            listed.map(|entry| decode(entry, "an application token")).collect::<Result<_>>()?;
        tokens.retain(|token| token.title == self.name);
        Ok(tokens)
    }

    /// The token to return. One that looked live and is gone was revoked or has expired meanwhile: then the list, as it is
    /// now, is gone through once more.
    fn found(&self, matches: &[Token], quay: &Reader) -> Result<Option<(Token, Value)>> {
        let live = docker::newest_first(matches);
        let found = self.readable(&live, quay)?;
        if found.is_some() || live.is_empty() {
            return Ok(found);
        }
        quay.ask_again(&docker::tokens())?;
        self.readable(&docker::newest_first(&self.list(quay)?), quay)
    }

    /// The first token whose code Quay gives.
    fn readable(&self, tokens: &[&Token], quay: &Reader) -> Result<Option<(Token, Value)>> {
        for &token in tokens {
            let path = docker::tokens().then(&token.uuid);
            match quay.get(&path) {
                Ok(answer) => return Ok(Some((token.clone(), take(&path, answer, "token")?))),
                Err(error) if error.refusal().is_some_and(|refusal| refusal.kind == RefusalKind::NotFound) => {}
                Err(error) => return Err(error.attempting(format!("read the code of the {}", self.title()))),
            }
        }
        Ok(None)
    }

    fn revoke(&self, matches: &[Token]) -> Plan {
        let Some(first) = matches.first() else { return Plan::of(self.title()) };
        let mut plan = Plan::of(self.title()).difference(self.shown(first.expiration.as_deref()), json!({}));
        plan.steps = matches.iter().map(|token| self.revocation(token)).collect();
        plan
    }

    fn revocation(&self, token: &Token) -> Step {
        rotation::revocation(docker::tokens(), &self.title(), &token.uuid)
    }

    /// Revokes replaced tokens, and tells which.
    fn retire(&self, plan: &mut Plan, old: &[&Token], is_needed: bool) {
        let steps = old.iter().map(|token| self.revocation(token));
        plan.steps.extend(steps.map(|step| if is_needed { step } else { step.optional() }));
        plan.give_each("revoked", old.iter().map(|token| token.uuid.clone()));
    }

    /// Makes a new token before the old ones go. It has to reach the caller, whatever becomes of those.
    fn replace(&self, current: &Token, live: &[&Token], quay: &Reader) -> Plan {
        let mut plan = self.creation(quay);
        let old = live.get(self.rotation.staying(true, current.made())..).unwrap_or_default();
        self.retire(&mut plan, old, false);
        plan.give("rotated", true);
        let before = self.counted(current.expiration.as_deref(), live.len());
        plan.difference(before, self.counted(None, live.len() + 1 - old.len()))
    }

    fn keep(&self, listed: &Token, found: &Value, live: &[&Token], quay: &Reader) -> Plan {
        let mut old: Vec<&Token> = live.iter().copied().filter(|token| token.uuid != listed.uuid).collect();
        let count = old.len() + 1;
        if !self.rotation.is_wanted() || !self.rotation.is_over(listed.made()) {
            old.clear();
        }
        let shown = |count| self.counted(listed.expiration.as_deref(), count);
        let mut plan = Plan::of(self.title()).difference(shown(count), shown(count - old.len()));
        self.retire(&mut plan, &old, true);
        plan.give("rotated", false);
        self.give_names(&mut plan);
        TOLD.iter().for_each(|key| plan.give(key, found[*key].clone()));
        plan.give("auth_b64", auth(&found["token_code"]));
        plan.give("dockerconfigjson_b64", docker::encoded(&quay.registry(), &auth(&found["token_code"])));
        plan
    }

    fn create(&self, quay: &Reader) -> Plan {
        let mut plan = self.creation(quay).difference(json!({}), self.counted(None, 1));
        self.retire(&mut plan, &[], false);
        plan.give("rotated", false);
        plan
    }

    /// The step that makes a token, and what it brings.
    fn creation(&self, quay: &Reader) -> Plan {
        let mut plan = Plan::of(self.title());
        let body = json!({"title": self.name});
        plan.push(Step::post(docker::tokens(), body, format!("create the {}", self.title())).named("create"));
        self.give_names(&mut plan);
        let told = |key: &str| Slot::new("create", &format!("/token/{key}"));
        TOLD.iter().for_each(|key| plan.give_answer(key, told(key)));
        let code = || told("token_code");
        plan.give_made("auth_b64", code(), |code| json!(auth(code)));
        let registry = quay.registry();
        plan.give_made("dockerconfigjson_b64", code(), move |code| json!(docker::encoded(&registry, &auth(code))));
        plan
    }

    fn give_names(&self, plan: &mut Plan) {
        plan.give("name", self.name.as_str());
        plan.give("username", USERNAME);
    }

    /// What is shown of a token, with the number of living ones where those are looked after.
    fn counted(&self, expiration: Option<&str>, count: usize) -> Value {
        let mut shown = self.shown(expiration);
        if self.rotation.is_wanted() {
            shown["tokens"] = json!(count);
        }
        shown
    }

    fn shown(&self, expiration: Option<&str>) -> Value {
        json!({"name": self.name, "expiration": expiration})
    }
}

fn auth(code: &Value) -> String {
    docker::auth(USERNAME, code.as_str().unwrap_or_default())
}
