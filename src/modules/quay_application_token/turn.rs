//! Which tokens of a name stay, and which go.

use std::collections::BTreeSet;

use super::Options;
use crate::quay::api_token::ApiToken;

/// The tokens of one name, and what is to become of them.
pub struct Turn<'a> {
    /// The tokens, the newest first.
    pub tokens: &'a [ApiToken],
    /// Whether a new token is to be made: there is none, or the newest is due.
    pub is_due: bool,
    /// Whether all but the one that stays go now.
    is_over: bool,
}

impl<'a> Turn<'a> {
    /// Judges the tokens of a name, the newest of which is first.
    pub fn of(options: &Options, tokens: &'a [ApiToken]) -> Turn<'a> {
        let Some(current) = tokens.first() else { return Turn { tokens, is_due: true, is_over: true } };
        let wanted: BTreeSet<&str> = options.scopes().into_iter().collect();
        let has = current.scopes();
        let is_due = options.rotate || has != wanted || options.rotation.is_due(current.made(), current.ends());
        // A leaked token, or one that may do too much, has to die at once.
        let is_urgent = options.rotate || !has.is_subset(&wanted);
        let is_over = match is_due {
            true => options.rotation.overlap.is_none_or(|overlap| overlap == 0) || is_urgent,
            false => options.rotation.is_over(current.made()),
        };
        Turn { tokens, is_due, is_over }
    }

    /// The newest token.
    pub fn current(&self) -> Option<&'a ApiToken> {
        self.tokens.first()
    }

    /// The tokens that go.
    pub fn revoked(&self) -> &'a [ApiToken] {
        let kept = if self.is_due { 0 } else { 1 };
        if self.is_over { self.tokens.get(kept..).unwrap_or_default() } else { &[] }
    }
}
