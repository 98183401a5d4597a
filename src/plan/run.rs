//! Executes a plan: the one place that writes.

use serde_json::{Map, Value, json};

use super::Plan;
use super::step::{Probe, Step};
use crate::api::{Answers, Reader, Reply, Writer};
use crate::error::{Error, Need, Result};

/// What a run has done.
#[derive(Default)]
pub struct Progress {
    /// Answers of the named steps.
    pub answers: Answers,
    /// Steps that changed something, in order.
    pub done: Vec<String>,
}

/// A run that stopped.
pub struct Failure {
    /// Why.
    pub error: Error,
    /// Steps that changed something and still stand.
    pub done: Vec<String>,
    /// Steps that were taken back.
    pub undone: Vec<String>,
    /// Steps that did not happen, the failed one first.
    pub not_done: Vec<String>,
}

impl Failure {
    /// A failure before the first write.
    pub fn boxed(error: Error) -> Box<Failure> {
        Box::new(Failure { error, done: Vec::new(), undone: Vec::new(), not_done: Vec::new() })
    }

    /// The whole story in one sentence: the error, then what stands, what was taken back and what is missing.
    ///
    /// A failure before the first write is the error alone.
    pub fn message(&self) -> String {
        let mut text = self.error.to_string();
        let mut tell = |label: &str, steps: &[String]| {
            if !steps.is_empty() {
                text.push_str(&format!(". {label}: {}", steps.join("; ")));
            }
        };
        if !self.done.is_empty() || !self.undone.is_empty() {
            tell("Done before that", &self.done);
            tell("Taken back", &self.undone);
            tell("Not done", &self.not_done);
        }
        text
    }

    /// Facts for a machine to read.
    pub fn facts(&self) -> Map<String, Value> {
        let mut facts = self.error.facts();
        if !self.not_done.is_empty() {
            facts.insert("steps_done".into(), json!(self.done));
            facts.insert("steps_undone".into(), json!(self.undone));
            facts.insert("steps_not_done".into(), json!(self.not_done));
        }
        facts
    }
}

/// Executes the steps in order and stops at the first that fails.
///
/// The steps that are done and know how to be taken back are then taken back, the last one first.
///
/// # Errors
/// The failed step's error with what stands, what was taken back and what did not happen.
pub fn run(plan: &Plan, need: &Need, reader: &Reader, writer: &Writer) -> Result<Progress, Box<Failure>> {
    let mut progress = Progress::default();
    let mut taken: Vec<&Step> = Vec::new();
    for (index, step) in plan.steps.iter().enumerate() {
        match take(step, need, reader, writer, &mut progress.answers) {
            Ok(Taken::Changed) => {
                progress.done.push(step.what.clone());
                taken.push(step);
            }
            Ok(Taken::Nothing) => {}
            Err(error) => {
                let not_done = plan.steps[index..].iter().map(|step| step.what.clone()).collect();
                return Err(Box::new(take_back(error, &taken, not_done, writer, &progress.answers)));
            }
        }
    }
    for (name, path) in &plan.looks {
        // What was asked for is done: a look that fails only leaves its values out.
        if let Ok(answer) = reader.ask_again(path).and_then(Reply::into_json) {
            progress.answers.keep(name, answer);
        }
    }
    Ok(progress)
}

enum Taken {
    Changed,
    Nothing,
}

fn take(step: &Step, need: &Need, reader: &Reader, writer: &Writer, answers: &mut Answers) -> Result<Taken> {
    let path = step.path.render(answers)?;
    let body = step.render_body(answers)?;
    let reply = writer.send(step.method, &path, body.as_ref()).map_err(|error| doubtful(error, step))?;
    if !reply.is_success() {
        return match refused(step, reply, reader)? {
            None => Ok(Taken::Nothing),
            Some(error) => Err(error.attempting(&*step.what).needing(step.need.as_ref().unwrap_or(need))),
        };
    }
    let answer = reply.body.json();
    for (pointer, value, otherwise) in &step.expected {
        if answer.pointer(pointer) != Some(value) {
            return Err(Error::Unexpected(otherwise.clone()));
        }
    }
    if let Some((probe, otherwise)) = &step.confirmed_by
        && !holds(probe, reader)?
    {
        return Err(Error::Unexpected(otherwise.clone()));
    }
    if let Some(name) = &step.name {
        answers.keep(name, answer);
    }
    Ok(Taken::Changed)
}

/// A write whose answer was lost may have happened; the user has to know.
fn doubtful(error: Error, step: &Step) -> Error {
    match error {
        Error::Connection(text) if text.contains("broke off") || text.contains("did not answer") => {
            Error::Connection(format!("cannot {}: {text}; {}", step.what, step.lost))
        }
        Error::Connection(text) => Error::Connection(format!("cannot {}: {text}", step.what)),
        other => other,
    }
}

/// Finds out what a refusal means; `None` when all is well nevertheless.
fn refused(step: &Step, reply: Reply, reader: &Reader) -> Result<Option<Error>> {
    let error = reply.into_error();
    let says = |status: u16, text: &str| {
        error.refusal().is_some_and(|refusal| {
            refusal.status == status && refusal.message.to_lowercase().contains(&text.to_lowercase())
        })
    };
    if step.tolerated.iter().any(|(status, text)| says(*status, text)) {
        return Ok(None);
    }
    if let Some(probe) = &step.settled_by
        && holds(probe, reader)?
    {
        return Ok(None);
    }
    for (path, why) in &step.blame {
        if matches!(reader.ask_again(path), Ok(reply) if reply.status == 404) {
            return Ok(Some(Error::Missing(format!("cannot {}: {why}", step.what))));
        }
    }
    let hint = step.hints.iter().find(|hint| says(hint.status, hint.contains));
    Ok(Some(match hint {
        Some(hint) => error.advising(hint.advice),
        None => error,
    }))
}

fn holds(probe: &Probe, reader: &Reader) -> Result<bool> {
    let reply = reader.ask_again(&probe.path)?;
    if probe.holds.is_empty() {
        return Ok(matches!(reply.status, 400 | 404));
    }
    if !reply.is_success() {
        return Ok(false);
    }
    let found = reply.body.json();
    Ok(probe.holds.iter().all(|(pointer, value)| found.pointer(pointer) == Some(value)))
}

fn take_back(error: Error, taken: &[&Step], not_done: Vec<String>, writer: &Writer, answers: &Answers) -> Failure {
    let mut failure = Failure { error, done: Vec::new(), undone: Vec::new(), not_done };
    for step in taken.iter().rev() {
        let undone = step.undo.as_ref().map(|undo| {
            let attempt = || -> Result<()> {
                let reply =
                    writer.send(undo.method, &undo.path.render(answers)?, undo.render_body(answers)?.as_ref())?;
                reply.into_json().map(|_| ())
            };
            (undo, attempt())
        });
        match undone {
            Some((undo, Ok(()))) => failure.undone.push(format!("{} ({})", step.what, undo.what)),
            Some((undo, Err(error))) => {
                failure.done.insert(0, format!("{} (and could not {}: {error})", step.what, undo.what));
            }
            None => failure.done.insert(0, step.what.clone()),
        }
    }
    failure
}
