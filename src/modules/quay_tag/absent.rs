//! Tags that shall not be there: deleted, or taken out of the history as well, so that no restore finds them.

use std::collections::BTreeSet;
use std::time::Instant;

use serde_json::{Value, json};

use super::Work;
use super::change::HINTS;
use crate::error::Result;
use crate::plan::{Hint, Plan, Probe, Step};
use crate::quay::history::{self, Entry, LOCKED, TimeMachine};
use crate::quay::image::Tag;
use crate::quay::server::Server;
use crate::quay::tag_end::date;

const NOT_PERMITTED: &str =
    "the server does not permit to delete tags for good: set PERMANENTLY_DELETE_TAGS in Quay's configuration";
/// Without the setting, Quay takes the path for that of a repository.
const PERMANENT_HINTS: &[Hint] = &[
    Hint { status: 405, contains: "", advice: NOT_PERMITTED },
    Hint { status: 404, contains: "", advice: "the repository has gone, or the tag has been locked meanwhile" },
];

impl Work<'_> {
    /// A tag that is not there needs nothing.
    pub(super) fn delete(&self) -> Result<Plan> {
        match self.repository.tag(self.tag)? {
            Ok(current) if current.immutable == Some(true) => Err(self.refuse(LOCKED)),
            Ok(current) => {
                let mut plan = self.deletion(&current);
                let until = TimeMachine::keeps_until(&self.repository, self.quay.server_time())?;
                plan.give("recoverable_until", until);
                Ok(plan)
            }
            Err(_) => Ok(Plan::of(self.title())),
        }
    }

    /// The deletion of a tag that is there.
    pub(super) fn deletion(&self, current: &Tag) -> Plan {
        let mut plan = Plan::of(self.title()).difference(self.seen(current), json!({}));
        if let Some(digest) = self.options.image.digest.as_ref().filter(|digest| **digest != current.manifest_digest) {
            plan.warn(format!("the {} points to {}, not to {digest}", self.title(), current.manifest_digest));
        }
        plan.push(Step::removal(self.path(), self.attempt()).hinting(HINTS));
        plan
    }

    fn seen(&self, current: &Tag) -> Value {
        let mut seen = self.shown(&current.manifest_digest);
        seen["expiration"] = date(current.end_ts);
        seen["immutable"] = json!(current.immutable);
        seen
    }

    /// Takes the tag away with its history, or only the history of one image.
    pub(super) fn take_out(&self) -> Result<Plan> {
        match history::read(&self.repository, Some(self.tag))? {
            Ok(entries) => self.taken_out(&entries),
            Err(_) => Ok(Plan::of(self.title())),
        }
    }

    /// The same, with the entries of the tag.
    pub(super) fn taken_out(&self, entries: &[Entry]) -> Result<Plan> {
        let now = self.quay.server_time();
        let machine = self.machine()?;
        let limit = machine.limit(now);
        let live = history::live(entries, now).filter(|_| self.options.digest.is_none());
        if live.is_some_and(Entry::is_locked) {
            return Err(self.refuse(LOCKED));
        }
        let is_wanted =
            |entry: &&Entry| self.options.digest.as_ref().is_none_or(|digest| *digest == entry.manifest_digest);
        let ended = entries.iter().filter(|entry| !entry.is_live(now) && entry.is_live(limit)).filter(is_wanted);
        let ended: Vec<&Entry> = ended.collect();
        if live.is_none() && ended.is_empty() {
            return Ok(Plan::of(self.title()));
        }
        let meant = self.options.digest.as_ref().or(live.map(|entry| &entry.manifest_digest));
        if let Some(digest) = self.options.image.digest.as_ref().filter(|digest| meant != Some(*digest)) {
            let found =
                meant.map_or_else(|| "it is not there any more".to_owned(), |found| format!("it points to {found}"));
            let why = format!("{found}, not to {digest}; digest takes the history of one image alone");
            return Err(self.refuse(&why));
        }
        if Server::ask(self.quay).forbids("PERMANENTLY_DELETE_TAGS") {
            return Err(self.refuse(NOT_PERMITTED));
        }
        let told = |entry: &Entry| json!({"manifest_digest": entry.manifest_digest, "ended": date(entry.end_ts)});
        let history: Vec<Value> = live.into_iter().chain(ended.iter().copied()).map(told).collect();
        let side = |history: Vec<Value>| json!({"image": self.repository.name, "tag": self.tag, "history": history});
        let mut plan = Plan::of(self.title()).difference(side(history), side(Vec::new()));
        if let Some(live) = live.cloned() {
            let body = json!({"is_alive": true, "include_submanifests": true});
            let gone = self.taken(&machine, move |entry| {
                (entry.start_ts, &entry.manifest_digest) == (live.start_ts, &live.manifest_digest)
            });
            plan.push(self.expire(body, format!("delete the {} for good", self.title()), gone));
        }
        let digests: BTreeSet<&String> = ended.iter().map(|entry| &entry.manifest_digest).collect();
        for digest in digests.into_iter().cloned() {
            let body = json!({"is_alive": false, "manifest_digest": digest, "include_submanifests": true});
            let what = format!("take {digest} out of the history of the {}", self.title());
            let is_meant = move |entry: &Entry| entry.manifest_digest == digest && entry.end_ts.is_some();
            plan.push(self.expire(body, what, self.taken(&machine, is_meant)));
        }
        plan.give("recoverable_until", 0);
        Ok(plan)
    }

    /// Quay answers 404 where there is nothing (more) to do, and as well for a tag that is locked. It does not look at the state of the
    /// repository.
    fn expire(&self, body: Value, what: String, gone: Probe) -> Step {
        Step::post(self.path().fixed("/expire"), body, what).hinting(PERMANENT_HINTS).settled_by(gone)
    }

    /// Holds when none of the entries that are meant can be restored any more.
    fn taken(&self, machine: &TimeMachine, is_meant: impl Fn(&Entry) -> bool + Send + Sync + 'static) -> Probe {
        let (window, now, planned) = (machine.window, self.quay.server_time(), Instant::now());
        Probe::finding(history::path(&self.repository, Some(self.tag), false), move |found| {
            let entries: Vec<Entry> = serde_json::from_value(found["tags"].clone()).ok()?;
            let limit =
                window.map_or(i64::MIN, |window| now.saturating_add_unsigned(planned.elapsed().as_secs()) - window);
            let is_left = entries.iter().any(|entry| is_meant(entry) && entry.is_live(limit));
            (!is_left && found["has_additional"] != true).then_some(Value::Null)
        })
    }
}
