//! Executes a plan: the one place that writes.

use serde_json::{Map, Value, json};

use super::Plan;
use super::step::{Probe, Sign, Step};
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
            Ok(Taken::Changed) if step.is_change() => {
                progress.done.push(step.what.clone());
                taken.push(step);
            }
            Ok(Taken::Changed | Taken::Nothing) => {}
            Err(error) => {
                let not_done = plan.steps[index..].iter().map(|step| step.what.clone()).collect();
                return Err(Box::new(take_back(error, &taken, not_done, reader, writer, &progress.answers)));
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
    let send = |body| writer.send(step.method, &path, payload(step, body));
    let first = send(body.as_ref());
    let sent = match first.as_ref().ok().and_then(|reply| without_unknown_key(step, body.as_ref(), reply)) {
        Some(body) => send(Some(&body)),
        None => first,
    };
    let reply = match sent {
        Ok(reply) if step.form => reply.of_authorization(),
        Ok(reply) => reply,
        Err(error) => {
            let answer = happened(&error, step, reader).ok_or_else(|| doubtful(error, step))?;
            keep(step, answer, answers);
            return Ok(Taken::Changed);
        }
    };
    if !reply.is_success() {
        return match refused(step, reply, reader) {
            Verdict::Fine(answer) => {
                keep(step, answer, answers);
                Ok(Taken::Nothing)
            }
            Verdict::Failed(error) => Err(error.attempting(&*step.what).needing(step.need.as_ref().unwrap_or(need))),
        };
    }
    let mut answer = reply.body.json();
    for (pointer, value, otherwise) in &step.expected {
        if answer.pointer(pointer) != Some(value) {
            return Err(Error::Unexpected(otherwise.clone()));
        }
    }
    if let Some((_, otherwise)) = step.brought.iter().find(|(pointer, _)| answer.pointer(pointer).is_none()) {
        return Err(Error::Unexpected(otherwise.clone()));
    }
    if let Some((probe, otherwise)) = &step.confirmed_by {
        match (look(probe, reader)?, &probe.sign) {
            (None, _) => return Err(Error::Unexpected(otherwise.clone())),
            (Some(found), Sign::Found(_)) => answer = found,
            (Some(_), Sign::Missing | Sign::Values(_)) => {}
        }
    }
    keep(step, answer, answers);
    Ok(Taken::Changed)
}

fn keep(step: &Step, answer: Value, answers: &mut Answers) {
    if let Some(name) = &step.name {
        answers.keep(name, answer);
    }
}

/// Whether the request may have reached Quay although no answer came back.
fn is_lost(error: &Error) -> bool {
    matches!(error, Error::Connection(text) if text.contains("broke off") || text.contains("did not answer"))
}

/// After a lost answer: what the step's probe finds, when the step has happened all the same.
fn happened(error: &Error, step: &Step, reader: &Reader) -> Option<Value> {
    let probe = step.settled_by.as_ref().filter(|_| is_lost(error))?;
    look(probe, reader).ok().flatten()
}

/// The body without its dispensable key, when that is what Quay refused: its schemas say that a key "was unexpected".
fn without_unknown_key(step: &Step, body: Option<&Value>, reply: &Reply) -> Option<Value> {
    let (key, mut body) = (step.dispensable?, body?.clone());
    let error = (reply.status == 400).then(|| reply.clone().into_error())?;
    let message = &error.refusal()?.message;
    (message.contains(key) && message.contains("unexpected")).then(|| {
        body.as_object_mut().map(|body| body.shift_remove(key));
        body
    })
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
    let lost = is_lost(&error);
    match error {
        Error::Connection(text) if lost => Error::Connection(format!("cannot {}: {text}; {}", step.what, step.lost)),
        Error::Connection(text) => Error::Connection(format!("cannot {}: {text}", step.what)),
        other => other,
    }
}

/// What a refusal comes to.
enum Verdict {
    /// All is well nevertheless. What the server has now stands in for the answer, so that slots are filled all the same.
    Fine(Value),
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
        return Verdict::Fine(Value::Null);
    }
    // Only a refusal of the request itself can mean that somebody else was quicker.
    let kind = error.refusal().map(|refusal| refusal.kind);
    if let Some(probe) = &step.settled_by
        && matches!(kind, Some(RefusalKind::Invalid | RefusalKind::Conflict))
        && let Ok(Some(found)) = look(probe, reader)
    {
        return Verdict::Fine(found);
    }
    let is_missing = |path| matches!(reader.ask_again(path), Ok(reply) if reply.status == 404);
    if let Some((_, why)) = step.blame.iter().find(|(paths, _)| paths.iter().all(is_missing)) {
        return Verdict::Failed(Error::Missing(format!("cannot {}: {why}", step.what)));
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

/// What a probe finds: the object that has the values, what was searched for, or null when nothing is what it looks for;
/// `None` when it does not hold.
fn look(probe: &Probe, reader: &Reader) -> Result<Option<Value>> {
    let reply = reader.ask_again(&probe.path)?;
    if matches!(probe.sign, Sign::Missing) {
        return Ok(matches!(reply.status, 400 | 404).then_some(Value::Null));
    }
    if !reply.is_success() {
        return Ok(None);
    }
    let found = reply.body.json();
    Ok(match &probe.sign {
        Sign::Missing => None,
        Sign::Values(values) => {
            let all = values.iter().all(|(pointer, value)| found.pointer(pointer) == Some(value));
            all.then_some(found)
        }
        Sign::Found(find) => find(&found),
    })
}

fn take_back(
    error: Error,
    taken: &[&Step],
    not_done: Vec<String>,
    reader: &Reader,
    writer: &Writer,
    answers: &Answers,
) -> Failure {
    let allowed = |undo: &Step| undo.provided.as_ref().is_none_or(|probe| matches!(look(probe, reader), Ok(Some(_))));
    let mut failure = Failure { error, done: Vec::new(), undone: Vec::new(), not_done };
    for step in taken.iter().rev() {
        let undone = step.undo.as_ref().filter(|undo| allowed(undo)).map(|undo| {
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
