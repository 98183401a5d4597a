//! The shared budget of requests to one server: how many at a time, and how many a second.

use std::ops::RangeInclusive;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Lets requests through at the pace that was asked for, and more slowly for as long as the server says 429.
///
/// A limiter of a fixed rate could not do the second; this one spaces requests by a gap that doubles with each 429 and
/// shrinks again with each other answer, down to what the rate demands.
pub struct Pace {
    jobs: usize,
    least_gap: Duration,
    state: Mutex<State>,
    change: Condvar,
}

struct State {
    running: usize,
    gap: Duration,
    next: Instant,
}

/// The right to have one request on its way.
pub struct Permit<'a>(&'a Pace);

/// The gap that the first 429 leads to.
const FIRST_GAP: Duration = Duration::from_millis(20);
const LONGEST_GAP: Duration = Duration::from_secs(2);

impl Pace {
    /// Requests at a time where nobody says otherwise.
    pub const JOBS: u16 = 8;
    /// More requests at a time than this only make a server slow.
    pub const MOST_JOBS: u16 = 256;
    /// The rates that can be asked for: more is as good as no limit, and less as good as no progress.
    pub const RATES: RangeInclusive<f64> = 0.01..=1e6;

    /// Checks a rate that a user asks for.
    ///
    /// # Errors
    /// A sentence about one that cannot be kept.
    pub fn rate(rate: Option<f64>) -> Result<f64, String> {
        rate.filter(|rate| Pace::RATES.contains(rate)).ok_or_else(|| {
            let (least, most) = (Pace::RATES.start(), Pace::RATES.end());
            format!("must be a number of requests a second from {least} to {most}")
        })
    }

    /// Up to `jobs` requests at a time, and up to `rate` a second.
    pub fn new(jobs: usize, rate: Option<f64>) -> Pace {
        let least_gap =
            rate.filter(|rate| *rate > 0.0).map_or(Duration::ZERO, |rate| Duration::from_secs_f64(1.0 / rate));
        let state = State { running: 0, gap: least_gap, next: Instant::now() };
        Pace { jobs: jobs.max(1), least_gap, state: Mutex::new(state), change: Condvar::new() }
    }

    /// No limit but what the threads of the caller make.
    pub fn unlimited() -> Pace {
        Pace::new(usize::MAX, None)
    }

    /// Waits for the next request's turn.
    pub fn enter(&self) -> Permit<'_> {
        let mut state = self.lock();
        while state.running >= self.jobs {
            state = self.change.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.running += 1;
        let now = Instant::now();
        let turn = state.next.max(now);
        state.next = turn + state.gap;
        drop(state);
        if turn > now {
            thread::sleep(turn - now);
        }
        Permit(self)
    }

    /// Takes the status of an answer into account.
    pub fn learn(&self, status: u16) {
        let mut state = self.lock();
        state.gap = match status {
            429 => (state.gap * 2).clamp(FIRST_GAP, LONGEST_GAP),
            _ => (state.gap - state.gap / 8).max(self.least_gap),
        };
        // So small a gap is none.
        if state.gap < Duration::from_millis(1) {
            state.gap = self.least_gap;
        }
    }

    // The counters are valid at every moment, so a panic elsewhere does no harm.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.lock().running -= 1;
        self.0.change.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_429_slows_down_and_other_answers_recover() {
        let pace = Pace::new(8, None);
        assert_eq!(pace.lock().gap, Duration::ZERO);
        pace.learn(429);
        pace.learn(429);
        assert_eq!(pace.lock().gap, FIRST_GAP * 2);
        for _ in 0..50 {
            pace.learn(200);
        }
        assert_eq!(pace.lock().gap, Duration::ZERO);
    }

    #[test]
    fn the_rate_is_never_exceeded_after_recovery() {
        let pace = Pace::new(8, Some(100.0));
        pace.learn(429);
        for _ in 0..50 {
            pace.learn(200);
        }
        assert_eq!(pace.lock().gap, Duration::from_millis(10));
        let first = pace.lock().next;
        drop(pace.enter());
        drop(pace.enter());
        assert!(pace.lock().next >= first + Duration::from_millis(20));
    }

    #[test]
    fn only_so_many_run_at_a_time() {
        let pace = Pace::new(2, None);
        let (one, two) = (pace.enter(), pace.enter());
        assert_eq!(pace.lock().running, 2);
        drop(one);
        drop(two);
        assert_eq!(pace.lock().running, 0);
    }
}
