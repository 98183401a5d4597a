//! Tags that shall point to an image again that they pointed to before.

use serde_json::{Value, json};

use super::Work;
use crate::api::Slot;
use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::quay::history::{self, Entry, LOCKED};
use crate::quay::policy::immutability;
use crate::quay::tag_end::date;

impl Work<'_> {
    /// Quay is not idempotent: a restore to the image that the tag has begins a new period, with a new clock for policies.
    pub(super) fn restore(&self) -> Result<Plan> {
        let entries = history::read(&self.repository, Some(self.tag))?.map_err(|gone| gone.error(&self.attempt()))?;
        let now = self.quay.server_time();
        let live = history::live(&entries, now);
        let Some((digest, source)) = self.chosen(&entries, live, now)? else {
            return Err(Error::Missing(format!("cannot {}: {}", self.attempt(), self.nothing(&entries))));
        };
        let mut plan = Plan::of(self.title());
        plan.give("tag", self.tag);
        plan.give("manifest_digest", digest);
        let before = live.map_or(json!({}), |entry| self.shown(&entry.manifest_digest));
        if let Some(same) = live.filter(|entry| entry.manifest_digest == digest) {
            plan.give("end_ts", json!(same.end_ts));
            plan.give("immutable", json!(same.immutable));
            return Ok(plan.difference(before.clone(), before));
        }
        if live.is_some_and(Entry::is_locked) {
            return Err(self.refuse(LOCKED));
        }
        let mut plan = plan.difference(before, self.shown(digest));
        if let Some(end) = live.and_then(|entry| entry.end_ts) {
            plan.warn(self.loss(end));
        }
        plan.push(history::restore(&self.repository, self.tag, digest));
        plan.look("look", self.repository.tag_path(self.tag, true));
        for key in ["end_ts", "immutable"] {
            plan.give_made(key, Slot::new("look", ""), move |answer| answer["tags"][0][key].clone());
        }
        if self.quay.is_preview() {
            self.predict(&mut plan, source, now)?;
        }
        Ok(plan)
    }

    /// The digest, and the entry that told it; `None` where there is none.
    fn chosen<'e>(
        &'e self,
        entries: &'e [Entry],
        live: Option<&'e Entry>,
        now: i64,
    ) -> Result<Option<(&'e str, Option<&'e Entry>)>> {
        if let Some(digest) = &self.options.image.digest {
            return Ok(Some((digest, None)));
        }
        let entry = match self.options.moment().map_err(Error::Option)? {
            Some(moment) => {
                let moment = moment.past(now).map_err(|why| Error::Option(format!("at: {why}")))?;
                history::at(entries, moment)
            }
            // What a restore has brought back stays: the period before it is the one that was not wanted.
            None => match live.filter(|entry| entry.reversion) {
                None => history::last_ended(entries, now, self.machine()?.limit(now)),
                back => back,
            },
        };
        Ok(entry.map(|entry| (entry.manifest_digest.as_str(), Some(entry))))
    }

    fn nothing(&self, entries: &[Entry]) -> String {
        let oldest = entries.iter().map(|entry| entry.start_ts).min();
        match oldest.map(|oldest| date(Some(oldest))) {
            Some(Value::String(oldest)) => format!(
                "its history, which begins at {oldest}, has no ended period that fits; the time machine of what came before is over"
            ),
            _ => "the tag never existed, or its time machine is over".into(),
        }
    }

    /// What a run learns by itself, or too late.
    fn predict(&self, plan: &mut Plan, source: Option<&Entry>, now: i64) -> Result<()> {
        let machine = self.machine()?;
        if source.is_some_and(|entry| !entry.is_live(machine.limit(now))) {
            plan.warn(format!("the time machine of the {} is over: the image may be gone at any time", self.title()));
        }
        let policies = immutability::KIND.holding::<immutability::Policy>(self.quay, &self.repository.name)?;
        if policies.iter().any(|policy| policy.locks(self.tag)) {
            plan.warn(format!(
                "a policy makes the {} immutable as soon as it is back: only an administrator can undo that",
                self.title()
            ));
        }
        Ok(())
    }
}
