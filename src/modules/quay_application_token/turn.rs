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
    /// The tokens that go, the newest first.
    pub revoked: Vec<&'a ApiToken>,
}

impl<'a> Turn<'a> {
    /// Judges the tokens of a name, the newest of which is first.
    ///
    /// What the newest replaced goes when that is older than the overlap, also where it is replaced itself now. A leaked token, or
    /// one that may do too much, does not wait; one that should have gone in an earlier run and did not goes in this one.
    pub fn of(options: &Options, tokens: &'a [ApiToken]) -> Turn<'a> {
        let Some(current) = tokens.first() else {
            return Turn { tokens, is_due: true, revoked: Vec::new() };
        };
        let wanted: BTreeSet<&str> = options.scopes().into_iter().collect();
        let may_too_much = |token: &ApiToken| !token.scopes().is_subset(&wanted);
        let rotation = &options.rotation;
        let is_due = options.rotate || current.scopes() != wanted || rotation.is_due(current.made(), current.ends());
        let is_urgent = options.rotate || may_too_much(current);
        let staying = if is_urgent { 0 } else { rotation.staying(is_due, current.made()) };
        let goes = |(place, token): &(usize, &ApiToken)| *place >= staying || (*place > 0 && may_too_much(token));
        let revoked = tokens.iter().enumerate().filter(goes).map(|(_, token)| token).collect();
        Turn { tokens, is_due, revoked }
    }

    /// The newest token.
    pub fn current(&self) -> Option<&'a ApiToken> {
        self.tokens.first()
    }
}
