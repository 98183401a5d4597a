//! How far the reading for a report is.

use std::cell::Cell;

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::print;

/// How many organizations are read together with so many requests at a time: enough to keep all busy.
pub fn together_at(jobs: usize) -> usize {
    4 * jobs.max(1)
}

/// How far it is: a bar for a person, a line now and then for a log.
pub struct Progress {
    bar: Option<ProgressBar>,
    total: usize,
    done: Cell<usize>,
}

impl Progress {
    /// The progress of a report about so many organizations.
    pub fn new(total: usize) -> Progress {
        let bar = (print::is_watched() && total > 1).then(|| {
            let bar = ProgressBar::new(u64::try_from(total).unwrap_or(u64::MAX));
            if let Ok(style) = ProgressStyle::with_template("{bar:30}  {pos}/{len} organizations") {
                bar.set_style(style);
            }
            bar
        });
        Progress { bar, total, done: Cell::new(0) }
    }

    /// So many more are read.
    pub fn tell(&self, more: usize) {
        let done = self.done.get() + more;
        self.done.set(done);
        match &self.bar {
            Some(bar) => bar.inc(u64::try_from(more).unwrap_or(u64::MAX)),
            None if done < self.total || done > more => print::note(&format!("{done}/{} organizations", self.total)),
            None => {}
        }
    }

    /// Takes the bar away.
    pub fn end(&self) {
        self.bar.iter().for_each(ProgressBar::finish_and_clear);
    }
}
