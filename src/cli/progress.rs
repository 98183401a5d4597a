//! How a run goes on: a bar for each endpoint in a terminal, plain lines elsewhere.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::print;
use super::results::Returned;
use crate::apply::report::{Outcome, ReportedItem};
use crate::apply::run::Progress;
use crate::apply::show::{self, plain};
use crate::call::mask::Mask;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// Shows how a run goes on.
pub struct Watch {
    mask: Mask,
    returned: Returned,
    bars: Option<MultiProgress>,
    endpoints: Mutex<BTreeMap<String, Counter>>,
}

/// How far an endpoint is.
struct Counter {
    done: usize,
    total: usize,
    bar: Option<ProgressBar>,
}

const TEMPLATE: &str = "{prefix}  {bar:30}  {pos}/{len}  {wide_msg}";

impl Watch {
    /// A watch that never shows what `mask` hides, and keeps what is returned in its places.
    pub fn new(mask: Mask, returned: Returned) -> Watch {
        let bars = print::is_watched().then(MultiProgress::new);
        Watch { mask, returned, bars, endpoints: Mutex::default() }
    }

    /// Takes the bars away; gives the places of what was returned back.
    pub fn finish(self) -> Returned {
        if let Some(bars) = self.bars {
            // What cannot be cleared stays visible, which does no harm.
            let _ = bars.clear();
        }
        self.returned
    }

    fn endpoints(&self) -> MutexGuard<'_, BTreeMap<String, Counter>> {
        // A counter is right whatever a thread was doing that broke off.
        self.endpoints.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress for Watch {
    fn begins(&self, endpoint: &str, total: usize) {
        let bar = self.bars.as_ref().map(|bars| {
            let bar = bars.add(ProgressBar::new(u64::try_from(total).unwrap_or(u64::MAX)));
            if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
                bar.set_style(style);
            }
            bar.set_prefix(plain(endpoint));
            bar
        });
        self.endpoints().insert(endpoint.to_owned(), Counter { done: 0, total, bar });
    }

    fn returned(&self, endpoint: &str, object: &dyn Fn() -> ReportedItem) {
        self.returned.keep(endpoint, object);
    }

    fn ended(&self, endpoint: &str, title: &str, outcome: &Outcome) {
        let mut outcome = outcome.clone();
        outcome.hide(&self.mask);
        let text = show::progress(&self.mask.name(title), &outcome);
        let mut endpoints = self.endpoints();
        let Some(counter) = endpoints.get_mut(endpoint) else { return };
        counter.done += 1;
        match &counter.bar {
            Some(bar) => {
                bar.set_message(plain(&self.mask.name(title)));
                bar.inc(1);
            }
            None => {
                print::note(&format!("{}: {}/{} {text}", plain(endpoint), counter.done, counter.total));
            }
        }
    }
}
