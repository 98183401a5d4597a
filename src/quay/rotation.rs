//! When a token is replaced, and when what it replaced goes.

use jiff::Timestamp;
use serde::Deserialize;

use super::time::{is_before, is_within};
use crate::api::Path;
use crate::plan::Step;

/// The step that revokes a token of this title, from its list and its identifier.
pub fn revocation(list: Path, title: &str, uuid: &str) -> Step {
    Step::removal(list.then(uuid), format!("revoke the {title} ({uuid})")).telling(uuid)
}

/// The options of a rotation, in seconds.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct Rotation {
    /// A token that ends within this time is replaced.
    pub rotate_before: Option<u64>,
    /// A token that is older is replaced.
    pub rotate_after: Option<u64>,
    /// How long a replaced token stays valid.
    pub overlap: Option<u64>,
}

impl Rotation {
    /// Whether any of the options is given.
    pub fn is_wanted(&self) -> bool {
        self.rotate_before.is_some() || self.rotate_after.is_some() || self.overlap.is_some()
    }

    /// Whether a token that was made and ends at these times is to be replaced. One without a date is as old as can be, and one
    /// without an end never ends.
    pub fn is_due(&self, made: Option<Timestamp>, ends: Option<Timestamp>) -> bool {
        let is_near = |limit| ends.is_some_and(|end| is_within(end, limit));
        let is_old = |limit| made.is_none_or(|made| is_before(made, limit));
        self.rotate_before.is_some_and(is_near) || self.rotate_after.is_some_and(is_old)
    }

    /// Whether a replaced token stays for a while.
    pub fn overlaps(&self) -> bool {
        self.overlap.is_some_and(|overlap| overlap > 0)
    }

    /// Whether replaced tokens go, when the one that stays was made at this time.
    pub fn is_over(&self, made: Option<Timestamp>) -> bool {
        let overlap = self.overlap.unwrap_or_default();
        overlap == 0 || made.is_none_or(|made| is_before(made, overlap))
    }

    /// How many of the tokens that are there stay, the newest first, which was made at this time and is replaced (`is_due`) or not:
    /// what it replaced goes when it is older than the overlap.
    pub fn staying(&self, is_due: bool, made: Option<Timestamp>) -> usize {
        match (is_due && !self.overlaps(), self.is_over(made)) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => usize::MAX,
        }
    }

    /// Periods that do not go together: every run would replace the token, or it would end before its turn. `life` is that of a new
    /// token, where it is known.
    pub fn problems(&self, life: Option<u64>) -> Vec<String> {
        let always = "otherwise every run would replace the token";
        let rules = [
            ("rotate_before", self.rotate_before, "expiration", life, always),
            ("rotate_after", self.rotate_after, "expiration", life, "otherwise the token ends before it is replaced"),
            (
                "overlap",
                self.overlap.filter(|overlap| *overlap > 0),
                "rotate_before",
                self.rotate_before,
                "otherwise the replaced token ends before its overlap does",
            ),
            (
                "overlap",
                self.overlap.filter(|overlap| *overlap > 0),
                "rotate_after",
                // At 0 the token is to be replaced now, whatever its age; that is no schedule.
                self.rotate_after.filter(|after| *after > 0),
                "otherwise each run that replaces a token finds the one before within its overlap, and none ever goes",
            ),
        ];
        let broken = rules.into_iter().filter(|(_, value, _, limit, _)| limit.is_some() && value >= limit);
        broken.map(|(name, _, than, _, why)| format!("{name} must be shorter than {than}: {why}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn an_overlap_fits_between_two_rotations() {
        let with = |after| Rotation { rotate_after: Some(after), overlap: Some(3600), ..Rotation::default() };
        assert_eq!(with(3600).problems(None).len(), 1);
        assert!(with(3601).problems(None).is_empty() && with(0).problems(None).is_empty());
    }

    #[test]
    fn age_and_end_decide() {
        let day = |days: i64| Some(Timestamp::now() + SignedDuration::from_hours(24 * days));
        let before = Rotation { rotate_before: Some(86_400 * 10), ..Rotation::default() };
        assert!(before.is_due(day(-1), day(9)) && !before.is_due(day(-1), day(11)) && !before.is_due(None, None));
        let after = Rotation { rotate_after: Some(86_400 * 10), overlap: Some(86_400), ..Rotation::default() };
        assert!(after.is_due(day(-11), None) && after.is_due(None, None) && !after.is_due(day(-9), day(1)));
        assert!(after.is_over(day(-2)) && !after.is_over(day(0)) && Rotation::default().is_over(day(0)));
        assert!(!Rotation::default().is_wanted() && after.is_wanted());
    }
}
