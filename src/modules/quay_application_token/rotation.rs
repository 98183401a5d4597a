//! Which tokens of a name stay, and which go.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::Options;
use crate::quay::api_token::ApiToken;
use crate::quay::time::is_before;

/// The tokens of one name, and what is to become of them.
pub struct Rotation<'a> {
    /// The tokens, the newest first.
    pub tokens: &'a [ApiToken],
    /// Whether a new token is to be made: there is none, or the newest is due.
    pub is_due: bool,
    /// Whether all but the one that stays go now.
    is_over: bool,
}

impl<'a> Rotation<'a> {
    /// Judges the tokens of a name, the newest of which is first.
    pub fn of(options: &Options, tokens: &'a [ApiToken]) -> Rotation<'a> {
        let Some(current) = tokens.first() else { return Rotation { tokens, is_due: true, is_over: true } };
        let wanted: BTreeSet<&str> = options.scopes().into_iter().collect();
        let has = current.scopes();
        let is_due = options.rotate || has != wanted || options.is_near_its_end(current) || options.is_old(current);
        // A leaked token, or one that may do too much, has to die at once.
        let is_urgent = options.rotate || !has.is_subset(&wanted);
        let is_over = match is_due {
            true => options.overlap == 0 || is_urgent,
            false => options.overlap == 0 || current.made().is_none_or(|made| is_before(made, options.overlap)),
        };
        Rotation { tokens, is_due, is_over }
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

impl Options {
    fn is_near_its_end(&self, token: &ApiToken) -> bool {
        let left = |end: Timestamp| end.duration_since(Timestamp::now()).as_secs();
        let limit = self.rotate_before.and_then(|seconds| i64::try_from(seconds).ok());
        limit.is_some_and(|limit| token.ends().is_some_and(|end| left(end) < limit))
    }

    /// One without a date is older than the server's upgrade to 3.18.
    fn is_old(&self, token: &ApiToken) -> bool {
        self.rotate_after.is_some_and(|limit| token.made().is_none_or(|made| is_before(made, limit)))
    }

    /// Periods with which every run would replace the token, or the old one would end before its replacement is due.
    pub fn rotation_problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut check = |name: &str, value: Option<u64>, than: &str, limit: Option<u64>, why: &str| {
            if let (Some(value), Some(limit)) = (value, limit)
                && value >= limit
            {
                problems.push(format!("{name} must be shorter than {than}: {why}"));
            }
        };
        let always = "otherwise every run would replace the token";
        check("rotate_before", self.rotate_before, "expiration", self.expiration, always);
        check("rotate_after", self.rotate_after, "expiration", self.expiration, "otherwise the token ends before");
        let ends = "otherwise the replaced token ends before its overlap does";
        check("overlap", Some(self.overlap), "rotate_before", self.rotate_before.filter(|_| self.overlap > 0), ends);
        problems
    }
}
