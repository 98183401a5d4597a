//! What is to change of a tag: whether Quay allows it, and the requests in an order in which no half of it does harm.

use serde_json::{Map, Value, json};

use super::Work;
use crate::error::{Need, Result};
use crate::plan::{Hint, Plan, Step};
use crate::quay::history::LOCKED;
use crate::quay::image::FROZEN;
use crate::quay::server::Server;
use crate::quay::tag_end::{self, End, date};
use crate::quay::{image, version};

const NO_END: &str = "an immutable tag has no expiration: set expiration: \"\" with it, or switch \
                      FEATURE_IMMUTABLE_TAGS_CAN_EXPIRE on in Quay's configuration";
/// What the answers to writes mean.
pub(super) const HINTS: &[Hint] = &[
    FROZEN,
    Hint { status: 409, contains: "immutable", advice: LOCKED },
    Hint { status: 400, contains: "immutable tag", advice: LOCKED },
    Hint { status: 400, contains: "tag has expiration", advice: NO_END },
];

/// What differs from the desired state. Everything does for a tag on another image: it is a new one, with an expiration and a
/// lock that labels and policies may have given it.
pub(super) struct Change {
    /// The end that is asked for.
    pub(super) wanted: End,
    /// The end that is to be set.
    pub(super) end: End,
    pub(super) lock: Option<bool>,
    pub(super) is_moved: bool,
}

impl Work<'_> {
    /// A server without locks would ignore the option and answer 201.
    pub(super) fn check_lockable(&self, seen: Option<&image::Tag>) -> Result<()> {
        let lockable = || match seen {
            Some(tag) => tag.immutable.is_some(),
            None => !Server::ask(self.quay).is_without("IMMUTABLE_TAGS"),
        };
        let Some(lock) = self.options.immutable else { return Ok(()) };
        if !lock && Server::ask(self.quay).older(version::IMMUTABLE.since).is_some() {
            return Ok(());
        }
        if lockable() {
            return Ok(());
        }
        version::IMMUTABLE.check(self.quay, &self.attempt())?;
        Err(self.refuse(
            "immutable: not available on this server; switch FEATURE_IMMUTABLE_TAGS on in Quay's configuration, or update \
             Quay (it came with 3.17)",
        ))
    }

    /// Refuses what Quay would refuse, perhaps after half of the work.
    pub(super) fn check_allowed(
        &self,
        current: Option<&image::Tag>,
        same: Option<&image::Tag>,
        change: &Change,
    ) -> Result<()> {
        let cannot_expire = || Server::ask(self.quay).is_without("IMMUTABLE_TAGS_CAN_EXPIRE");
        let stays_locked =
            current.is_some_and(|tag| tag.immutable == Some(true)) && self.options.immutable != Some(false);
        if stays_locked && (change.is_moved || (change.end != End::Keep && cannot_expire())) {
            return Err(self.refuse(LOCKED));
        }
        let end = change.wanted.instead_of(same.and_then(|tag| tag.end_ts));
        if change.lock == Some(true) && end.is_some() && cannot_expire() {
            return Err(self.refuse(NO_END));
        }
        match (same, change.end) {
            (Some(tag), End::At(_) | End::Within(_)) if tag.start_ts + tag_end::LONGEST <= self.quay.server_time() => Err(self.refuse(&format!(
                "expiration: the tag was put on its image on {}, and Quay lets no tag expire later than 104 weeks after \
                 that, so that it would end at once; push the image again, or put a new tag on it",
                date(Some(tag.start_ts)).as_str().unwrap_or_default()
            ))),
            _ => Ok(()),
        }
    }

    /// In one request Quay sets the expiration, then the lock, then the manifest, and the first two need the tag to exist.
    pub(super) fn add_steps(&self, plan: &mut Plan, current: Option<&image::Tag>, digest: &str, change: &Change) {
        let put = |body: Value, what: String| Step::put(self.path(), body, what).hinting(HINTS);
        let title = self.title();
        let lock = || put(json!({"immutable": true}), format!("lock the {title} again")).needing(Need::REPO_ADMIN);
        let unlock = || put(json!({"immutable": false}), format!("unlock the {title}")).needing(Need::REPO_ADMIN);
        let unlocks = change.lock == Some(false);
        let is_locked = current.is_some_and(|tag| tag.immutable == Some(true));
        if unlocks && is_locked {
            let step = unlock();
            plan.push(if change.is_moved || change.end != End::Keep { step.undone_by(lock()) } else { step });
        }
        if change.is_moved {
            let step = put(json!({"manifest_digest": digest}), format!("put the {title} on {digest}"));
            plan.push(match current {
                Some(_) => step,
                None => step.undone_by(Step::delete(self.path(), format!("delete the {title}"))),
            });
            if unlocks {
                // A policy may lock the tag on its new image.
                plan.push(unlock());
            }
        }
        let mut body = Map::new();
        let mut what = Vec::new();
        if change.end != End::Keep {
            let end = change.end.instead_of(None);
            body.insert("expiration".into(), json!(end));
            what.push(if end.is_some() { "set the expiration" } else { "remove the expiration" });
        }
        if change.lock == Some(true) {
            body.insert("immutable".into(), json!(true));
            what.push("set the lock");
        }
        if !body.is_empty() {
            plan.push(put(Value::Object(body), format!("{} of the {title}", what.join(" and "))));
        }
    }
}
