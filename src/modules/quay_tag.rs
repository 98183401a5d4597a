//! `quay_tag`: put tags on images, move and delete them, let them expire, lock them.

mod change;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Module;
use super::contract::Rules;
use crate::api::{Path, Reader, Slot};
use crate::error::{Error, Need, Result};
use crate::plan::{Plan, Step};
use crate::quay::image::{self, Gone, Reference, Repository};
use crate::quay::tag_end::{self, End, date};
use crate::quay::{State, strptime};
use change::{Change, HINTS, LOCKED};

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

impl Module for Tag {
    const NAME: &'static str = "quay_tag";
    const RULES: Rules = Rules {
        formats: &[("image", image::reference), ("tag", image::tag), ("expiration_format", strptime::format)],
        ..Rules::NONE
    };
    const NEED: Need = Need::REPO_WRITE;
    /// `tag` is the name of the tag.
    const RETURNS_OBJECT: bool = false;
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
        match self.expiration.as_deref().filter(|_| self.state == State::Present) {
            None => Ok(End::Keep),
            Some(text) => End::parse(text, &self.expiration_format).map_err(|why| format!("expiration: {why}")),
        }
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
            let start = same.map_or_else(tag_end::now, |tag| tag.start_ts);
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
        if let (Some(end), true, End::Keep) = (current.and_then(|tag| tag.end_ts), change.is_moved, self.end) {
            warnings.push(format!(
                "the {} moves to another image and loses its expiration, {}",
                self.title(),
                date(Some(end)).as_str().unwrap_or_default()
            ));
        }
        Plan { warnings, ..Plan::of(self.title()).difference(before, after) }
    }

    fn shown(&self, digest: &str) -> Value {
        json!({"image": self.repository.name, "tag": self.tag, "manifest_digest": digest})
    }
}
