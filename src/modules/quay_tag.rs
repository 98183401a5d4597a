//! `quay_tag`: put tags on images, move and delete them, let them expire, lock them, bring them back.

mod absent;
mod change;
mod chosen;
mod present;
mod restored;

use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Value, json};

use super::contract::broken;
use super::{Error, Module, Need, Path, Plan, Reader, Result, Rules};
use crate::quay::history::TimeMachine;
use crate::quay::image::{self, Reference, Repository};
use crate::quay::tag_end::{End, Named, date};
use crate::quay::time::{Moment, Vague};
use crate::quay::{period, strptime};
use chosen::Choice;

pub struct Tag;

#[derive(Deserialize)]
pub struct Options {
    image: Reference,
    tag: Option<String>,
    expiration: Option<String>,
    expiration_format: String,
    immutable: Option<bool>,
    at: Option<String>,
    permanent: bool,
    digest: Option<String>,
    state: Wanted,
    #[serde(flatten)]
    choice: Choice,
}

/// What is wanted of a tag.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Wanted {
    Present,
    Absent,
    Restored,
}

impl Module for Tag {
    const NAME: &'static str = "quay_tag";
    const RULES: Rules = Rules {
        formats: &[
            ("image", image::reference),
            ("tag", image::tag),
            ("digest", image::digest),
            ("expiration_format", strptime::format),
            ("older_than", period::seconds),
        ],
        ..Rules::NONE
    };
    const NEED: Need = Need::REPO_WRITE;
    /// `tag` is the name of the tag.
    const RETURNS_OBJECT: bool = false;
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        let is_nameless = options.tag.is_none() && options.image.tag.is_none();
        let mut problems = broken(&[(is_nameless, "tag: needed, because image has a digest")]);
        problems.extend(options.named_end().err());
        problems.extend(options.moment().err());
        problems.extend(options.misplaced());
        problems.extend(options.unchosen());
        problems
    }

    fn known(options: &Options) -> Vec<(&'static str, Value)> {
        if options.choice.patterns.is_some() {
            return vec![("tags", json!([]))];
        }
        vec![("tag", json!(options.tag())), ("manifest_digest", json!(options.image.digest))]
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let repository = Repository::of(quay, &options.image.repository, "image")?;
        if options.choice.patterns.is_some() {
            return options.plan_chosen(quay, &repository);
        }
        let tag = options.tag();
        let work = Work { options, quay, repository, tag };
        let plan = match options.state {
            Wanted::Absent if options.permanent => return work.take_out(),
            Wanted::Absent => work.delete()?,
            Wanted::Restored => work.restore()?,
            Wanted::Present => work.present()?,
        };
        if !plan.steps.is_empty() {
            work.repository.predict_frozen(&work.attempt())?;
        }
        Ok(plan)
    }
}

impl Options {
    /// The tag that is meant; `check` has seen that one is given.
    fn tag(&self) -> &str {
        self.tag.as_deref().or(self.image.tag.as_deref()).unwrap_or_default()
    }

    fn named_end(&self) -> Result<Option<Named>, String> {
        let named = |text| Named::parse(text, &self.expiration_format).map_err(|why| format!("expiration: {why}"));
        self.expiration.as_deref().filter(|_| self.state == Wanted::Present).map(named).transpose()
    }

    /// When the tag shall end, when it is `now` on the server.
    fn end(&self, now: i64) -> Result<End> {
        let named = self.named_end().map_err(Error::Option)?;
        let end = named.map_or(Ok(End::Keep), |named| named.end(now));
        end.map_err(|why| Error::Option(format!("expiration: {why}")))
    }

    /// The moment whose image the tag shall have again; a date in the form of `expiration_format` is of the time zone of this machine.
    fn moment(&self) -> Result<Option<Moment>, String> {
        let of_form = |text| strptime::parse(text, &self.expiration_format, &TimeZone::system());
        let moment = |text| match of_form(text) {
            Ok(date) => Ok(Moment::At(date.timestamp().as_second())),
            Err(_) => Moment::parse(text, Vague::Refused).map_err(|why| format!("at: {why}")),
        };
        self.at.as_deref().filter(|text| !text.is_empty()).map(moment).transpose()
    }

    /// Options that say nothing in this state.
    fn misplaced(&self) -> Vec<String> {
        let restored = self.state == Wanted::Restored;
        let digest = self.digest.is_some();
        broken(&[
            (self.at.is_some() && !restored, "at: only with state: restored"),
            (self.at.is_some() && self.image.digest.is_some(), "at: the image has a digest already"),
            (self.permanent && self.state != Wanted::Absent, "permanent: only with state: absent"),
            (
                digest && !(self.permanent && self.state == Wanted::Absent),
                "digest: only with state: absent and permanent",
            ),
            (restored && self.expiration.is_some(), "expiration: not with state: restored; set it in a task behind it"),
            (restored && self.immutable.is_some(), "immutable: not with state: restored; set it in a task behind it"),
        ])
    }
}

/// One run of the module.
struct Work<'a> {
    options: &'a Options,
    quay: &'a Reader,
    repository: Repository<'a>,
    tag: &'a str,
}

impl Work<'_> {
    fn title(&self) -> String {
        format!("tag {}:{}", self.repository.name, self.tag)
    }

    fn attempt(&self) -> String {
        let verb = match self.options.state {
            Wanted::Absent => "delete",
            Wanted::Present => "set",
            Wanted::Restored => "restore",
        };
        format!("{verb} the {}", self.title())
    }

    fn path(&self) -> Path {
        self.repository.path().fixed("/tag").then(self.tag)
    }

    fn refuse(&self, why: &str) -> Error {
        Error::Option(format!("cannot {}: {why}", self.attempt()))
    }

    fn machine(&self) -> Result<TimeMachine> {
        TimeMachine::of(&self.repository)?.map_err(|gone| gone.error(&self.attempt()))
    }

    fn loss(&self, end: i64) -> String {
        let end = date(Some(end));
        format!(
            "the {} moves to another image and loses its expiration, {}",
            self.title(),
            end.as_str().unwrap_or_default()
        )
    }

    fn shown(&self, digest: &str) -> Value {
        json!({"image": self.repository.name, "tag": self.tag, "manifest_digest": digest})
    }
}
