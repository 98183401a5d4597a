//! What is returned and shown of tokens.

use serde_json::{Value, json};

use super::Options;
use crate::api::{Reader, Slot};
use crate::plan::Plan;
use crate::quay::api_token::ApiToken;
use crate::quay::{lookup, without_nulls};

/// What Quay tells of a token besides its name and scopes.
const TOLD: [&str; 5] = ["uuid", "created", "expires_at", "last_accessed", "created_by"];

impl Options {
    /// Returns the token that stays.
    pub(super) fn give_told(&self, plan: &mut Plan, token: &ApiToken) {
        plan.give("token", Value::Null);
        plan.give("scopes", json!(token.scopes()));
        let told = json!(token);
        TOLD.iter().for_each(|key| plan.give(key, told[*key].clone()));
    }

    /// Returns the token that is made.
    pub(super) fn give_new(&self, plan: &mut Plan) {
        plan.give("scopes", json!(self.scopes()));
        plan.give_answer("token", Slot::new("create", "/token"));
        TOLD.iter().for_each(|key| plan.give_answer(key, Slot::new("create", &format!("/{key}"))));
    }

    /// A token acts as the one who made it: what else it may do than one that the caller makes cannot be seen.
    pub(super) fn foreign(&self, current: &ApiToken, stays: bool, quay: &Reader) -> Option<String> {
        let owner = current.created_by.as_deref()?;
        let caller = lookup::caller(quay).ok().flatten().filter(|caller| caller != owner)?;
        Some(match stays {
            true => format!("the {} acts as {owner}, with the rights of {owner}, not as {caller}", self.title()),
            false => format!("the {} acted as {owner}, and the new one acts as {caller}", self.title()),
        })
    }

    pub(super) fn shown_of(&self, token: &ApiToken, count: usize) -> Value {
        self.shown(&token.scopes().into_iter().collect::<Vec<_>>(), json!(token.expires_at), count)
    }

    pub(super) fn shown(&self, scopes: &[&str], expires_at: Value, count: usize) -> Value {
        let place = json!({
            "organization": self.organization,
            "application": self.application,
            "client_id": self.client_id,
        });
        let mut shown = without_nulls(place);
        shown["name"] = json!(self.name);
        shown["scopes"] = json!(scopes);
        shown["expires_at"] = expires_at;
        shown["tokens"] = json!(count);
        shown
    }
}
