//! `quay_application_token`: API tokens of OAuth applications that have a name, end, and are rotated.

mod owner;
mod told;
mod turn;

use serde::Deserialize;
use serde_json::{Value, json};

use super::contract::broken;
use super::{Module, Need, Plan, Reader, Result, Rules, Slot, State, Step};
use crate::plan::Anew;
use crate::quay::api_token::{self, ApiToken, LONGEST_LIFE};
use crate::quay::rotation::{self, Rotation};
use crate::quay::version::APPLICATION_TOKENS;
use crate::quay::{lookup, names, period, without_nulls};

use owner::Owner;
use turn::Turn;

pub struct ApplicationToken;

#[derive(Deserialize)]
pub struct Options {
    organization: String,
    application: Option<String>,
    client_id: Option<String>,
    name: String,
    rights: Vec<String>,
    expiration: Option<u64>,
    #[serde(flatten)]
    rotation: Rotation,
    rotate: bool,
    state: State,
}

impl Module for ApplicationToken {
    const NAME: &'static str = "quay_application_token";
    const RULES: Rules = Rules {
        returned_secrets: &["token"],
        formats: &[
            ("organization", names::name),
            ("application", names::empty_is_none),
            ("client_id", names::empty_is_none),
            ("name", names::title),
            ("expiration", |value| period::between(value, 1, LONGEST_LIFE)),
            ("rotate_before", period::seconds),
            ("rotate_after", period::seconds),
            ("overlap", period::seconds),
        ],
        mutually_exclusive: &[&["application", "client_id"]],
        required_one_of: &[&["application", "client_id"]],
        ..Rules::NONE
    };
    const NEED: Need = Need::ORG_ADMIN.feature("", APPLICATION_TOKENS.since);
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        let mut problems = options.rotation.problems(options.expiration);
        problems.extend(broken(&[(options.rights.is_empty(), "rights: a token needs at least one")]));
        problems
    }

    fn known(options: &Options) -> Vec<(&'static str, Value)> {
        let state = [("rotated", json!(false)), ("revoked", json!([]))];
        let named = [("name", json!(options.name)), ("scopes", json!(options.scopes()))];
        named.into_iter().chain(state).collect()
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let Some(owner) = Owner::find(options, quay)? else { return Ok(options.nothing()) };
        let mut tokens = owner.tokens(&options.attempt(), quay)?;
        let known = tokens.iter().map(|token| token.uuid.clone()).collect();
        tokens.retain(|token| token.name.as_deref() == Some(&*options.name));
        // One without a date is older than the server's upgrade to 3.18.
        tokens.sort_by_cached_key(|token| std::cmp::Reverse(token.made()));
        match options.state {
            State::Absent => Ok(options.revoke_all(&owner, &tokens)),
            State::Present => options.bring_about(&owner, &Turn::of(options, &tokens), known, quay),
        }
    }
}

impl Options {
    fn title(&self) -> String {
        let owner = self.application.as_ref().or(self.client_id.as_ref()).map_or("", String::as_str);
        format!("API token {} of the application {owner} of {}", self.name, self.organization)
    }

    fn attempt(&self) -> String {
        match self.state {
            State::Present => format!("create the {}", self.title()),
            State::Absent => format!("revoke the {}", self.title()),
        }
    }

    fn scopes(&self) -> Vec<&'static str> {
        api_token::scopes(&self.rights)
    }

    /// There is no token to revoke.
    fn nothing(&self) -> Plan {
        let mut plan = Plan::of(self.title());
        give_revoked(&mut plan, &[]);
        plan
    }

    fn revoke_all(&self, owner: &Owner, tokens: &[ApiToken]) -> Plan {
        let Some(newest) = tokens.first() else { return self.nothing() };
        let mut plan = Plan::of(self.title()).difference(self.shown_of(newest, tokens.len()), json!({}));
        let tokens: Vec<&ApiToken> = tokens.iter().collect();
        plan.steps.extend(self.revocations(owner, &tokens));
        give_revoked(&mut plan, &tokens);
        plan
    }

    fn bring_about(&self, owner: &Owner, turn: &Turn<'_>, known: Vec<String>, quay: &Reader) -> Result<Plan> {
        let (count, revoked) = (turn.tokens.len(), &turn.revoked);
        let before = turn.current().map_or_else(|| json!({}), |current| self.shown_of(current, count));
        let left = count - revoked.len();
        let mut plan = Plan::of(self.title());
        owner.locate(&mut plan, self);
        plan.give("name", self.name.as_str());
        let mut steps = self.revocations(owner, revoked);
        give_revoked(&mut plan, revoked);
        plan.give("rotated", turn.is_due && count > 0);
        owner.give_client_id(&mut plan);
        let stays = turn.current().filter(|_| !turn.is_due);
        let after = match stays {
            Some(current) => {
                self.give_told(&mut plan, current);
                self.shown_of(current, left)
            }
            None => {
                plan.push(self.create(owner, known));
                self.give_new(&mut plan);
                // The new token has to reach the caller, whatever becomes of the old ones.
                steps = steps.into_iter().map(Step::optional).collect();
                let life = format!("in {}", self.expiration.map_or_else(|| "10 years".into(), period::written));
                self.shown(&self.scopes(), json!(life), left + 1)
            }
        };
        if let Some(current) = turn.current() {
            plan.warnings.extend(self.foreign(current, stays.is_some(), quay));
        }
        plan.steps.extend(steps);
        Ok(plan.difference(before, after))
    }

    fn create(&self, owner: &Owner, known: Vec<String>) -> Step {
        let body = json!({"name": self.name, "scope": self.scopes().join(" "), "expiration": self.expiration});
        let scopes = self.scopes().join(", ");
        let lacking = format!(
            "the caller lacks one of these scopes, or the right behind it: {scopes}; nobody can give a token more than the calling \
             token and its user have"
        );
        let full = "expired tokens do not count, but those that a rotation with overlap left do: revoke some, or raise \
                    OAUTH_APPLICATION_MAXIMUM_TOKEN_COUNT in Quay's configuration";
        let new = owner.path.clone().then_slot(&Slot::new("create", "/uuid").expecting("new"));
        let back = Step::delete(new, format!("revoke the new {}", self.title()));
        let step = Step::post(owner.path.clone(), without_nulls(body), self.attempt()).named("create").undone_by(back);
        let step = step.explaining(403, "unauthorized", lacking).explaining(400, "token limit", full);
        let step = lookup::in_organization(step, &self.organization);
        let holds = vec![("/name", json!(self.name))];
        step.anew(Anew { list: owner.path.clone(), key: "tokens", id: "uuid", known, holds })
            .if_lost("a token that nobody knows may have been created: the next run replaces it with rotate: true")
    }

    /// One by one, the newest last: it may be the one that signs the requests.
    fn revocations(&self, owner: &Owner, tokens: &[&ApiToken]) -> Vec<Step> {
        let title = self.title();
        tokens.iter().rev().map(|token| rotation::revocation(owner.path.clone(), &title, &token.uuid)).collect()
    }
}

/// Returns those of the tokens that a run revokes.
fn give_revoked(plan: &mut Plan, tokens: &[&ApiToken]) {
    plan.give_each("revoked", tokens.iter().rev().map(|token| token.uuid.clone()));
}
