//! Executes a plan: the one place that writes.

use serde_json::{Map, Value, json};

use super::Plan;
use super::step::{Probe, Step};
use crate::api::{Answers, Payload, Reader, Reply, Writer};
use crate::error::{Error, Need, RefusalKind, Result};

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
    Ok(progress)
}

enum Taken {
    Changed,
    Nothing,
}

fn take(step: &Step, need: &Need, reader: &Reader, writer: &Writer, answers: &mut Answers) -> Result<Taken> {
    let path = step.path.render(answers)?;
    let body = step.render_body(answers)?;
    let reply = writer.send(step.method, &path, payload(step, body.as_ref())).map_err(|error| doubtful(error, step))?;
    let reply = if step.form { reply.of_authorization() } else { reply };
    if !reply.is_success() {
        return match refused(step, reply, reader) {
            Verdict::Well(answer) => {
                if let Some(name) = &step.name {
                    answers.keep(name, answer);
                }
                Ok(Taken::Nothing)
            }
            Verdict::Failed(error) => Err(error.attempting(&*step.what).needing(step.need.as_ref().unwrap_or(need))),
        };
    }
    let answer = reply.body.json();
    for (pointer, value, otherwise) in &step.expected {
        if answer.pointer(pointer) != Some(value) {
            return Err(Error::Unexpected(otherwise.clone()));
        }
    }
    if let Some((_, otherwise)) = step.brought.iter().find(|(pointer, _)| answer.pointer(pointer).is_none()) {
        return Err(Error::Unexpected(otherwise.clone()));
    }
    if let Some((probe, otherwise)) = &step.confirmed_by
        && holds(probe, reader)?.is_none()
    {
        return Err(Error::Unexpected(otherwise.clone()));
    }
    if let Some(name) = &step.name {
        answers.keep(name, answer);
    }
    Ok(Taken::Changed)
}

fn payload<'a>(step: &Step, body: Option<&'a Value>) -> Payload<'a> {
    match body {
        None => Payload::Nothing,
        Some(fields) if step.form => Payload::Form(fields),
        Some(body) => Payload::Json(body),
    }
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

/// What a refusal comes to.
enum Verdict {
    /// All is well nevertheless. What the server has now stands in for the answer, so that slots are filled all the same.
    Well(Value),
    Failed(Error),
}

/// Finds out what a refusal means. A look at the server that fails itself does not hide the refusal.
fn refused(step: &Step, reply: Reply, reader: &Reader) -> Verdict {
    let error = reply.into_error();
    let says = |status: u16, text: &str| {
        error.refusal().is_some_and(|refusal| {
            refusal.status == status && refusal.message.to_lowercase().contains(&text.to_lowercase())
        })
    };
    if step.tolerated.iter().any(|(status, text)| says(*status, text)) {
        return Verdict::Well(Value::Null);
    }
    // Only a refusal of the request itself can mean that somebody else was quicker.
    let kind = error.refusal().map(|refusal| refusal.kind);
    if let Some(probe) = &step.settled_by
        && matches!(kind, Some(RefusalKind::Invalid | RefusalKind::Conflict))
        && let Ok(Some(found)) = holds(probe, reader)
    {
        return Verdict::Well(found);
    }
    for (path, why) in &step.blame {
        if matches!(reader.ask_again(path), Ok(reply) if reply.status == 404) {
            return Verdict::Failed(Error::Missing(format!("cannot {}: {why}", step.what)));
        }
    }
    if let Some((_, _, advice)) = step.explained.iter().find(|(status, text, _)| says(*status, text)) {
        return Verdict::Failed(error.advising(advice));
    }
    let hint = step.hints.iter().find(|hint| says(hint.status, hint.contains));
    Verdict::Failed(match hint {
        Some(hint) => error.advising(hint.advice),
        // The answer of something in front of Quay, which lost sight of the request.
        None if matches!(error.status(), Some(502 | 504 | 520..)) => error.advising(step.lost),
        None => error,
    })
}

/// What the server has at the probe's path, `None` when the probe does not hold.
fn holds(probe: &Probe, reader: &Reader) -> Result<Option<Value>> {
    let reply = reader.ask_again(&probe.path)?;
    if probe.holds.is_empty() {
        return Ok(matches!(reply.status, 400 | 404).then_some(Value::Null));
    }
    if !reply.is_success() {
        return Ok(None);
    }
    let found = reply.body.json();
    let all = probe.holds.iter().all(|(pointer, value)| found.pointer(pointer) == Some(value));
    Ok(all.then_some(found))
}

fn take_back(error: Error, taken: &[&Step], not_done: Vec<String>, writer: &Writer, answers: &Answers) -> Failure {
    let mut failure = Failure { error, done: Vec::new(), undone: Vec::new(), not_done };
    for step in taken.iter().rev() {
        let undone = step.undo.as_ref().map(|undo| {
            let attempt = || -> Result<()> {
                let body = undo.render_body(answers)?;
                let reply = writer.send(undo.method, &undo.path.render(answers)?, payload(undo, body.as_ref()))?;
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
