//! `quay_tag`: put tags on images, move and delete them, let them expire, lock them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Module;
use super::contract::Rules;
use crate::api::{Path, Reader, Slot};
use crate::error::{Error, Need, Result};
use crate::plan::{Hint, Plan, Step};
use crate::quay::image::{self, FROZEN, Gone, Reference, Repository};
use crate::quay::server::Server;
use crate::quay::{State, strptime, version};

pub struct Tag;

#[derive(Deserialize)]
pub struct Options {
    image: Reference,
    tag: Option<String>,
    expiration: Option<String>,
    expiration_format: String,
    immutable: Option<bool>,
    state: State,
}

/// A date that is nearer than this may be past when Quay looks at it.
const SOONEST: i64 = 10;
/// Quay keeps the end of a tag at least one hour (`LABELED_EXPIRATION_MINIMUM`) and at most 104 weeks
/// (`LABELED_EXPIRATION_MAXIMUM`) after the tag was put on its image. A server can have other limits, which it hides.
const LIFETIME: (i64, i64) = (3_600, 104 * 604_800);

const LOCKED: &str = "the tag is immutable: set immutable: false first, which needs an administrator of the repository";
const NO_END: &str = "an immutable tag has no expiration: set expiration: \"\" with it, or switch \
                      FEATURE_IMMUTABLE_TAGS_CAN_EXPIRE on in Quay's configuration";
const HINTS: &[Hint] = &[
    FROZEN,
    Hint { status: 409, contains: "immutable", advice: LOCKED },
    Hint { status: 400, contains: "immutable tag", advice: LOCKED },
    Hint { status: 400, contains: "tag has expiration", advice: NO_END },
];

impl Module for Tag {
    const NAME: &'static str = "quay_tag";
    const RULES: Rules = Rules {
        formats: &[("image", image::reference), ("tag", image::tag), ("expiration_format", strptime::format)],
        ..Rules::NONE
    };
    const NEED: Need = Need::REPO_WRITE;
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        let mut problems = Vec::new();
        if options.tag.is_none() && options.image.tag.is_none() {
            problems.push("tag: needed, because image has a digest".to_owned());
        }
        problems.extend(options.end().err());
        problems
    }

    fn known(options: &Options) -> Vec<(&'static str, Value)> {
        vec![("tag", json!(options.tag())), ("manifest_digest", json!(options.image.digest))]
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let repository = Repository::of(quay, &options.image.repository, "image")?;
        let tag = options.tag();
        let end = options.end().map_err(Error::Option)?;
        let work = Work { options, quay, repository, tag, end };
        let plan = match (options.state, work.repository.tag(tag)?) {
            (State::Absent, Ok(current)) => work.delete(&current)?,
            (State::Absent, Err(_)) => Plan::of(work.title()),
            (State::Present, Ok(current)) => work.put(Some(&current))?,
            (State::Present, Err(Gone::Tag(_))) => work.put(None)?,
            (State::Present, Err(gone)) => return Err(gone.error(&work.attempt())),
        };
        if !plan.steps.is_empty() {
            work.repository.foresee_frozen(&work.attempt())?;
        }
        Ok(plan)
    }
}

impl Options {
    /// The tag that is meant; `check` has seen that one is given.
    fn tag(&self) -> &str {
        self.tag.as_deref().or(self.image.tag.as_deref()).unwrap_or_default()
    }

    fn end(&self) -> Result<End, String> {
        let Some(text) = self.expiration.as_deref().filter(|_| self.state == State::Present) else {
            return Ok(End::Keep);
        };
        if text.is_empty() {
            return Ok(End::Never);
        }
        let date = strptime::parse(text, &self.expiration_format, &TimeZone::system())
            .map_err(|why| format!("expiration: {why}"))?;
        let seconds = date.timestamp().as_second();
        if seconds < now() + SOONEST {
            return Err(format!("expiration: {date} is not in the future"));
        }
        Ok(End::At(seconds))
    }
}

/// One run of the module.
struct Work<'a> {
    options: &'a Options,
    quay: &'a Reader,
    repository: Repository<'a>,
    tag: &'a str,
    end: End,
}

impl Work<'_> {
    fn title(&self) -> String {
        format!("tag {}:{}", self.repository.name, self.tag)
    }

    fn attempt(&self) -> String {
        let verb = match self.options.state {
            State::Absent => "delete",
            State::Present => "set",
        };
        format!("{verb} the {}", self.title())
    }

    fn path(&self) -> Path {
        self.repository.path().fixed("/tag").then(self.tag)
    }

    fn refuse(&self, why: &str) -> Error {
        Error::Option(format!("cannot {}: {why}", self.attempt()))
    }

    fn delete(&self, current: &image::Tag) -> Result<Plan> {
        if current.immutable == Some(true) {
            return Err(self.refuse(LOCKED));
        }
        let mut before = self.shown(&current.manifest_digest);
        before["expiration"] = date(current.end_ts);
        before["immutable"] = json!(current.immutable);
        let mut plan = Plan::of(self.title()).difference(before, json!({}));
        if let Some(digest) = self.options.image.digest.as_ref().filter(|digest| **digest != current.manifest_digest) {
            plan.warn(format!("the {} points to {}, not to {digest}", self.title(), current.manifest_digest));
        }
        plan.push(Step::delete(self.path(), self.attempt()).tolerating(&[(404, "")]).hinting(HINTS));
        Ok(plan)
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

    fn put(&self, current: Option<&image::Tag>) -> Result<Plan> {
        let (digest, source) = self.source(current)?;
        let same = current.filter(|tag| tag.manifest_digest == digest);
        self.check_lockable(current.or(source.as_ref()))?;
        let change = Change {
            end: if same.is_some_and(|tag| self.end.is_met(tag)) { End::Keep } else { self.end },
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

    /// A server without locks would ignore the option and answer 201.
    fn check_lockable(&self, seen: Option<&image::Tag>) -> Result<()> {
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
    fn check_allowed(&self, current: Option<&image::Tag>, same: Option<&image::Tag>, change: &Change) -> Result<()> {
        let cannot_expire = || Server::ask(self.quay).is_without("IMMUTABLE_TAGS_CAN_EXPIRE");
        let stays_locked =
            current.is_some_and(|tag| tag.immutable == Some(true)) && self.options.immutable != Some(false);
        if stays_locked && (change.is_moved || (change.end != End::Keep && cannot_expire())) {
            return Err(self.refuse(LOCKED));
        }
        let end = self.end.instead_of(same.and_then(|tag| tag.end_ts));
        if change.lock == Some(true) && end.is_some() && cannot_expire() {
            return Err(self.refuse(NO_END));
        }
        match (same, change.end) {
            (Some(tag), End::At(_)) if tag.start_ts + LIFETIME.1 <= now() => Err(self.refuse(&format!(
                "expiration: the tag was put on its image on {}, and Quay lets no tag expire later than 104 weeks after \
                 that, so that it would end at once; push the image again, or put a new tag on it",
                date(Some(tag.start_ts)).as_str().unwrap_or_default()
            ))),
            _ => Ok(()),
        }
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
        if self.end != End::Keep {
            let wanted = self.end.instead_of(None);
            if let Some(tag) = current {
                before["expiration"] = date(tag.end_ts);
            }
            after["expiration"] = date(same.map_or(wanted, |tag| change.end.stored(tag)));
            let start = same.map_or_else(now, |tag| tag.start_ts);
            if change.end != End::Keep && kept(start, wanted) != wanted {
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
        if let (Some(end), true, End::Keep) = (current.and_then(|tag| tag.end_ts), change.is_moved, self.end) {
            warnings.push(format!(
                "the {} moves to another image and loses its expiration, {}",
                self.title(),
                date(Some(end)).as_str().unwrap_or_default()
            ));
        }
        Plan { warnings, ..Plan::of(self.title()).difference(before, after) }
    }

    /// In one request Quay sets the expiration, then the lock, then the manifest, and the first two need the tag to exist.
    fn add_steps(&self, plan: &mut Plan, current: Option<&image::Tag>, digest: &str, change: &Change) {
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

    fn shown(&self, digest: &str) -> Value {
        json!({"image": self.repository.name, "tag": self.tag, "manifest_digest": digest})
    }
}

/// What differs from the wish. Everything does for a tag on another image: it is a new one, with an expiration and a
/// lock that labels and policies may have given it.
struct Change {
    end: End,
    lock: Option<bool>,
    is_moved: bool,
}

/// When a tag shall end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// As it does now; a tag on another image gets the end that Quay gives it.
    Keep,
    Never,
    /// In seconds since 1970.
    At(i64),
}

impl End {
    /// The wanted end of something that ends at `current`.
    fn instead_of(self, current: Option<i64>) -> Option<i64> {
        match self {
            End::Keep => current,
            End::Never => None,
            End::At(seconds) => Some(seconds),
        }
    }

    /// The end that a tag has afterwards.
    fn stored(self, tag: &image::Tag) -> Option<i64> {
        match self {
            End::Keep => tag.end_ts,
            End::Never | End::At(_) => kept(tag.start_ts, self.instead_of(None)),
        }
    }

    /// Whether a tag ends as wanted, as far as Quay lets it.
    fn is_met(self, tag: &image::Tag) -> bool {
        tag.end_ts == self.instead_of(tag.end_ts) || tag.end_ts == self.stored(tag)
    }
}

/// The end that Quay makes of a wanted one.
fn kept(start: i64, end: Option<i64>) -> Option<i64> {
    end.map(|end| end.clamp(start + LIFETIME.0, start + LIFETIME.1))
}

fn now() -> i64 {
    Timestamp::now().as_second()
}

/// ISO date in UTC, empty for never.
fn date(seconds: Option<i64>) -> Value {
    let date = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    json!(date.map(|date| date.to_string()).unwrap_or_default())
}
