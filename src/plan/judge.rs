//! What came of a step: of its answer, of a refusal, or of no answer at all. Judging may look at the server once more.

use serde_json::Value;

use super::probe::Sign;
use super::step::{Blame, Confirmation, Promise, Step};
use crate::api::{Reader, Reply};
use crate::error::{Error, RefusalKind, Result, plain};

/// Signs of a reason that are told: Quay repeats whatever the source of a mirror said.
const MOST_REASON: usize = 500;

/// What a step came to, with the answer that fills the slots of later ones.
pub enum Verdict {
    /// It has changed the server.
    Done(Value),
    /// Quay refused, and all is well nevertheless. What the server has now stands in for the answer.
    Settled(Value),
    /// It failed.
    Failed(Error),
}

/// Judges an answer.
pub fn reply(step: &Step, reply: Reply, reader: &Reader) -> Verdict {
    if !reply.is_success() {
        return refused(step, reply, reader);
    }
    if let Some(lost) = strange(&reply) {
        return silence(step, lost, reader);
    }
    match confirm(step, reply.body.json(), reader) {
        Ok(answer) => Verdict::Done(answer),
        Err(error) => Verdict::Failed(error),
    }
}

/// Why a success is none: something in front of Quay may have answered in its place, or cut the answer short. What became of the
/// request, nobody knows.
pub fn strange(reply: &Reply) -> Option<Error> {
    let fault = reply.false_success()?;
    Some(Error::Lost(format!("{} {} was answered {fault}", reply.method, reply.path)))
}

/// Judges a request without an answer. One that was lost may have happened; when a look at the server cannot tell, the
/// user has to know.
pub fn silence(step: &Step, error: Error, reader: &Reader) -> Verdict {
    let found = match (&error, &step.judgement.settled_by) {
        (Error::Lost(_), Some(probe)) => probe.look(reader).ok().flatten(),
        _ => None,
    };
    match (found, error) {
        (Some(answer), _) => Verdict::Done(answer),
        (None, Error::Lost(text)) => {
            Verdict::Failed(Error::Lost(format!("cannot {}: {text}; {}", step.what, step.judgement.lost())))
        }
        (None, Error::Connection(text)) => Verdict::Failed(Error::Connection(format!("cannot {}: {text}", step.what))),
        (None, error) => Verdict::Failed(error),
    }
}

/// The answer, when it holds what was promised and the server shows it.
fn confirm(step: &Step, answer: Value, reader: &Reader) -> Result<Value> {
    let is_kept = |promise: &&Promise| answer.pointer(promise.pointer) == Some(&promise.value);
    if let Some(broken) = step.judgement.promised.iter().find(|promise| !is_kept(promise)) {
        let reason = broken.reason.and_then(|pointer| answer.pointer(pointer)?.as_str());
        let reason = reason.map(|text| plain(&text.chars().take(MOST_REASON).collect::<String>()));
        let reason = reason.map_or_else(String::new, |reason| format!(": Quay says \"{reason}\""));
        return Err(Error::Unexpected(format!("{}{reason}", broken.otherwise)));
    }
    let Some(Confirmation { probe, otherwise }) = step.judgement.confirmed_by.as_deref() else {
        return Ok(answer);
    };
    // Without this look nobody knows what the agreement was worth.
    match (probe.look(reader).map_err(|error| error.advising(step.judgement.lost()))?, &probe.sign) {
        (None, _) => Err(Error::Unexpected(otherwise.clone())),
        (Some(found), Sign::Found(_)) => Ok(found),
        (Some(_), Sign::Missing | Sign::Values(_)) => Ok(answer),
    }
}

/// Whether nobody knows what became of a request: there is no answer, or only that of something in front of Quay, which lost sight
/// of it.
pub fn is_lost(error: &Error) -> bool {
    matches!(error, Error::Lost(_)) || matches!(error.status(), Some(502 | 504 | 520..))
}

/// Finds out what a refusal means. A look at the server that fails itself does not hide the refusal.
fn refused(step: &Step, reply: Reply, reader: &Reader) -> Verdict {
    let error = reply.into_error();
    let says = |status: u16, text: &str| {
        error.refusal().is_some_and(|refusal| {
            refusal.status == status && refusal.message.to_lowercase().contains(&text.to_lowercase())
        })
    };
    // A route that the server does not have says nothing about the object.
    if !error.is_unavailable() && step.judgement.tolerated.iter().any(|(status, text)| says(*status, text)) {
        return Verdict::Settled(Value::Null);
    }
    // Only a refusal of the request itself can mean that somebody else was quicker; what answers in front of Quay, that it happened.
    let kind = error.refusal().map(|refusal| refusal.kind);
    let was_lost = is_lost(&error);
    if let Some(probe) = &step.judgement.settled_by
        && (was_lost || matches!(kind, Some(RefusalKind::Invalid | RefusalKind::Conflict | RefusalKind::NotFound)))
        && let Ok(Some(found)) = probe.look(reader)
    {
        return if was_lost { Verdict::Done(found) } else { Verdict::Settled(found) };
    }
    let is_missing = |path| matches!(reader.ask_again(path), Ok(reply) if reply.status == 404);
    if let Some(Blame { why, .. }) = step.judgement.blame.iter().find(|blame| blame.paths.iter().all(is_missing)) {
        return Verdict::Failed(Error::Missing(format!("cannot {}: {why}", step.what)));
    }
    let hint = step.judgement.hints.iter().find(|hint| says(hint.status, hint.contains));
    Verdict::Failed(match hint {
        Some(hint) => error.advising(hint.advice.as_ref()),
        None if was_lost => error.advising(step.judgement.lost()),
        None => error,
    })
}
