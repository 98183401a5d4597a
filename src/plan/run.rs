//! Executes a plan: the one place that writes.

use serde_json::{Map, Value, json};

use super::Plan;
use super::anew::Anew;
use super::judge::{self, Verdict};
use super::once::Once;
use super::request::Request;
use super::step::{Step, Undo};
use crate::api::{Answers, Reader, Reply, Writer};
use crate::error::{Error, Need, Result};

/// What a run has done.
#[derive(Default)]
pub struct Progress {
    /// Answers of the named steps.
    pub answers: Answers,
    /// Steps that changed something, in order.
    pub done: Vec<String>,
    /// What the user should know of steps that were not needed.
    pub warnings: Vec<String>,
}

impl Progress {
    /// What a check tells of a plan: that all of it will be done.
    pub fn predicted(plan: &Plan) -> Progress {
        let mut progress = Progress { done: plan.changes().collect(), ..Progress::default() };
        for step in &plan.steps {
            if let Some(name) = step.name.as_ref().filter(|_| step.tells_name) {
                progress.answers.keep(name, json!(name));
            }
        }
        progress
    }
}

/// A run that stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
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

    /// The failure with each of its texts changed, to hide secrets in them.
    #[must_use]
    pub fn rewritten(self, change: impl Fn(&str) -> String) -> Failure {
        let all = |texts: Vec<String>| texts.iter().map(|text| change(text)).collect();
        Failure {
            done: all(self.done),
            undone: all(self.undone),
            not_done: all(self.not_done),
            error: self.error.rewritten(change),
        }
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

/// What has to be done with a value before the steps that come after it: those may end what it takes the place of.
pub struct OnceKnown<'a> {
    /// The returned value.
    pub value: &'static str,
    /// Does it.
    pub give: &'a dyn Fn(&Answers) -> Result<()>,
    /// What that is, for a person.
    pub what: String,
    /// Whether the steps are taken back when it has failed: nobody could get hold of the value any more.
    pub or_back: &'a dyn Fn() -> bool,
}

/// Executes the steps in order and stops at the first that fails. As soon as the value of `once_known` is known, that is done.
///
/// The steps that are done and know how to be taken back are then taken back, the last one first.
///
/// # Errors
/// The failed step's error with what stands, what was taken back and what did not happen.
pub fn run(
    plan: &Plan,
    need: &Need,
    reader: &Reader,
    writer: &Writer,
    once_known: Option<&OnceKnown<'_>>,
) -> Result<Progress, Box<Failure>> {
    let mut progress = Progress::default();
    let known = once_known.map(|once_known| plan.steps_before(once_known.value));
    let mut taken: Vec<&Step> = Vec::new();
    for (name, probe, otherwise) in &plan.finds {
        match probe.look(reader).map_err(|error| Failure::boxed(error.needing(need)))? {
            Some(found) => progress.answers.keep(name, found),
            None => return Err(Failure::boxed(Error::Missing(otherwise.clone()))),
        }
    }
    for (index, step) in plan.steps.iter().enumerate() {
        match take(step, need, reader, writer, &mut progress.answers) {
            Ok(Taken::Changed) if step.is_change() => {
                progress.done.push(step.what.clone());
                taken.push(step);
            }
            Ok(Taken::Changed | Taken::Nothing) => {}
            Err(error) if step.optional => progress.warnings.push(error.to_string()),
            Err(error) => {
                let mut not_done: Vec<String> = plan.steps[index..].iter().map(|step| step.what.clone()).collect();
                let advice = step.judgement.afterwards.filter(|_| !progress.done.is_empty());
                if let (Some(advice), Some(failed)) = (advice, not_done.first_mut()) {
                    failed.push_str(&format!(" ({advice})"));
                }
                return Err(Box::new(take_back(error, &taken, not_done, reader, writer, &progress.answers)));
            }
        }
        if let Some(once_known) = once_known.filter(|_| known == Some(index + 1))
            && let Err(error) = (once_known.give)(&progress.answers)
        {
            let rest = plan.steps.iter().skip(index + 1).map(|step| step.what.clone());
            let not_done = [once_known.what.clone()].into_iter().chain(rest).collect();
            let or_back = (once_known.or_back)();
            let taken = if or_back { &*taken } else { &[] };
            let failure = take_back(error, taken, not_done, reader, writer, &progress.answers);
            return Err(Box::new(if or_back { failure } else { Failure { done: progress.done, ..failure } }));
        }
    }
    for (name, path) in &plan.looks {
        // What was asked for is done: a look that fails only leaves its values out.
        if let Ok(answer) = reader.ask_again(path).and_then(Reply::into_json) {
            progress.answers.keep(name, answer);
        }
    }
    match once_known.filter(|_| known == Some(0)).map_or(Ok(()), |once_known| (once_known.give)(&progress.answers)) {
        Ok(()) => Ok(progress),
        Err(error) => Err(Box::new(Failure { done: progress.done, ..*Failure::boxed(error) })),
    }
}

enum Taken {
    Changed,
    Nothing,
}

fn take(step: &Step, need: &Need, reader: &Reader, writer: &Writer, answers: &mut Answers) -> Result<Taken> {
    let request = &step.request;
    let path = request.path.render(answers)?;
    let body = request.body(answers)?;
    let send = || match writer.send(request.method.clone(), &path, request.payload(body.as_ref())) {
        Ok(reply) if request.form => judge::reply(step, reply.of_authorization(), reader),
        Ok(reply) => judge::reply(step, reply, reader),
        Err(error) => judge::silence(step, error, reader),
    };
    let verdict = match (&step.anew, send()) {
        (Some(anew), Verdict::Failed(lost)) if judge::is_lost(&lost) => match clear(anew, reader, writer, answers) {
            Ok(()) => send(),
            Err(_) => Verdict::Failed(lost),
        },
        (_, verdict) => verdict,
    };
    let verdict = match (&step.once, verdict) {
        (Some(once), Verdict::Done(own)) => give_way(step, once, own, reader, writer),
        (_, verdict) => verdict,
    };
    let (taken, answer) = match verdict {
        Verdict::Done(_) if step.tells_name => (Taken::Changed, json!(step.name)),
        Verdict::Done(answer) => (Taken::Changed, answer),
        Verdict::Settled(answer) => (Taken::Nothing, answer),
        Verdict::Failed(error) => {
            return Err(error.attempting(&*step.what).needing(step.need.as_ref().unwrap_or(need)));
        }
    };
    if let Some(name) = &step.name {
        answers.keep(name, answer);
    }
    Ok(taken)
}

/// Takes back what a creation without an answer has left.
fn clear(anew: &Anew, reader: &Reader, writer: &Writer, answers: &Answers) -> Result<()> {
    anew.removals(reader, answers)?.iter().try_for_each(|request| withdraw(request, writer, answers))
}

/// Takes back what a step has made, where another run has made the same just before.
fn give_way(step: &Step, once: &Once, own: Value, reader: &Reader, writer: &Writer) -> Verdict {
    let Some(earlier) = once.earlier(&own, reader) else {
        return Verdict::Done(own);
    };
    match withdraw(&once.removal(&own), writer, &Answers::default()) {
        Ok(()) => Verdict::Settled(earlier),
        Err(error) => Verdict::Failed(Error::Unexpected(format!(
            "cannot {} once: another run came first, and the second one stands, because it could not be taken back ({error}); run \
             the task again",
            step.what
        ))),
    }
}

fn withdraw(request: &Request, writer: &Writer, answers: &Answers) -> Result<()> {
    let (path, body) = (request.path.render(answers)?, request.body(answers)?);
    let reply = writer.send(request.method.clone(), &path, request.payload(body.as_ref()))?;
    judge::strange(&reply).map_or_else(|| reply.into_json().map(|_| ()), Err)
}

fn take_back(
    error: Error,
    taken: &[&Step],
    not_done: Vec<String>,
    reader: &Reader,
    writer: &Writer,
    answers: &Answers,
) -> Failure {
    let allowed = |undo: &&Undo| undo.provided.as_ref().is_none_or(|probe| matches!(probe.look(reader), Ok(Some(_))));
    let mut failure = Failure { error, done: Vec::new(), undone: Vec::new(), not_done };
    for step in taken.iter().rev() {
        let undone = step.undo.as_deref().filter(allowed).map(|undo| (undo, withdraw(&undo.request, writer, answers)));
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
