//! The writes of a run alone: nothing is read, and each waits only for the level before it.

use std::time::Instant;

use quaymaster::api::{Http, Pace, Payload};
use quaymaster::apply::graph::each;

use crate::Result;
use crate::quay::{Quay, Write, connection};

/// Seconds that the writes take with so many at a time.
pub fn alone(quay: &Quay, writes: &[Write], jobs: usize) -> Result<f64> {
    let start = Instant::now();
    let http = Http::paced(connection(&quay.url, &quay.token), Pace::new(jobs, None))?;
    for level in 0..=3 {
        let now: Vec<&Write> = writes.iter().filter(|write| level_of(write) == level).collect();
        for result in each(jobs, &now, |write| send(&http, write)) {
            result?;
        }
    }
    Ok(start.elapsed().as_secs_f64())
}

/// The organization, then teams and robot accounts, then repositories, then what needs both.
fn level_of(write: &Write) -> usize {
    let parts: Vec<&str> = write.path.trim_matches('/').split('/').skip(2).collect();
    match parts.as_slice() {
        ["organization"] => 0,
        ["organization", _, "team" | "robots", _] => 1,
        ["repository"] => 2,
        _ => 3,
    }
}

fn send(http: &Http, write: &Write) -> std::result::Result<(), String> {
    let body = if write.body.is_null() { Payload::Nothing } else { Payload::Json(&write.body) };
    let reply = http.send(write.method.clone(), &write.path, body).map_err(|error| error.to_string())?;
    match reply.is_success() {
        true => Ok(()),
        false => Err(format!("{} {} was answered with {}", write.method, write.path, reply.status)),
    }
}
