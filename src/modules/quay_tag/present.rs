//! A tag that shall be there: the way to its image, its expiration and its lock.

use serde_json::json;

use super::Work;
use super::change::Change;
use crate::api::Slot;
use crate::error::Result;
use crate::plan::Plan;
use crate::quay::image::{self, Gone};
use crate::quay::tag_end::{self, End, date};

impl Work<'_> {
    /// The tag on the wanted image, as the other options say.
    pub(super) fn present(&self) -> Result<Plan> {
        let current = match self.repository.tag(self.tag)? {
            Ok(current) => Some(current),
            Err(Gone::Tag(_)) => None,
            Err(gone) => return Err(gone.error(&self.attempt())),
        };
        let (digest, source) = self.source(current.as_ref())?;
        self.towards(current.as_ref(), digest, source.as_ref())
    }

    /// The digest that the tag shall point to, and the source tag where one was looked at.
    ///
    /// Quay accepts what a live tag points to, and the parts of an image for several architectures.
    fn source(&self, current: Option<&image::Tag>) -> Result<(String, Option<image::Tag>)> {
        let image = &self.options.image;
        let found = match (&image.digest, &image.tag) {
            (Some(digest), _) if current.is_some_and(|tag| tag.manifest_digest == *digest) => {
                return Ok((digest.clone(), None));
            }
            (Some(digest), _) => {
                let path = self.repository.manifest_path(digest);
                self.repository.read(&path, &self.attempt(), &image::READ)?.map(|_| (digest.clone(), None))
            }
            (None, source) => {
                let source = self.repository.tag(source.as_deref().unwrap_or_default())?;
                source.map(|tag| (tag.manifest_digest.clone(), Some(tag)))
            }
        };
        found.map_err(|gone| gone.error(&self.attempt()))
    }

    /// The way to `digest` and the other options; `source` is the tag that told it.
    pub(super) fn towards(
        &self,
        current: Option<&image::Tag>,
        digest: String,
        source: Option<&image::Tag>,
    ) -> Result<Plan> {
        let same = current.filter(|tag| tag.manifest_digest == digest);
        self.check_lockable(current.or(source))?;
        let wanted = self.options.end(self.quay.server_time())?;
        let change = Change {
            wanted,
            end: if same.is_some_and(|tag| wanted.is_met(tag)) { End::Keep } else { wanted },
            lock: self
                .options
                .immutable
                .filter(|lock| same.is_none_or(|tag| tag.immutable.unwrap_or_default() != *lock)),
            is_moved: same.is_none(),
        };
        self.check_allowed(current, same, &change)?;
        let mut plan = self.difference(current, same, &digest, &change);
        self.add_steps(&mut plan, current, &digest, &change);
        plan.give("tag", self.tag);
        plan.give("manifest_digest", digest);
        if let Some(tag) = same {
            plan.give("end_ts", json!(change.end.stored(tag)));
        }
        if change.is_moved || change.end != End::Keep {
            plan.look("look", self.repository.tag_path(self.tag, true));
            plan.give_made("end_ts", Slot::new("look", ""), |answer| answer["tags"][0]["end_ts"].clone());
        }
        Ok(plan)
    }

    fn difference(
        &self,
        current: Option<&image::Tag>,
        same: Option<&image::Tag>,
        digest: &str,
        change: &Change,
    ) -> Plan {
        let mut before = current.map_or(json!({}), |tag| self.shown(&tag.manifest_digest));
        let mut after = self.shown(digest);
        let mut warnings = Vec::new();
        if change.wanted != End::Keep {
            let wanted = change.wanted.instead_of(None);
            if let Some(tag) = current {
                before["expiration"] = date(tag.end_ts);
            }
            after["expiration"] = date(same.map_or(wanted, |tag| change.end.stored(tag)));
            let start = same.map_or_else(|| self.quay.server_time(), |tag| tag.start_ts);
            if change.end != End::Keep && tag_end::kept(start, wanted) != wanted {
                warnings.push(format!(
                    "Quay keeps the expiration of the {} between one hour and 104 weeks after the tag was put on its image",
                    self.title()
                ));
            }
        }
        if let Some(lock) = self.options.immutable {
            if let Some(tag) = current {
                before["immutable"] = json!(tag.immutable.unwrap_or_default());
            }
            after["immutable"] = json!(lock);
        }
        if let (Some(end), true, End::Keep) = (current.and_then(|tag| tag.end_ts), change.is_moved, change.wanted) {
            warnings.push(self.loss(end));
        }
        Plan { warnings, ..Plan::of(self.title()).difference(before, after) }
    }
}
