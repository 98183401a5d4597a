//! One write, and all that is known about how it can go.

use std::borrow::Cow;

use serde_json::Value;

use super::anew::Anew;
use super::once::Once;
use super::probe::Probe;
use super::request::Request;
use crate::api::{Method, Path, Slot};
use crate::error::Need;

/// One writing request of a plan.
///
/// It has no `Debug`: its body may hold a secret. What few steps have is boxed: a first apply holds tens of thousands.
pub struct Step {
    /// What is sent.
    pub(super) request: Request,
    /// What it does, as a phrase that follows "cannot": "create the team acme/developers".
    pub what: String,
    /// The name under which its answer is kept.
    pub(super) name: Option<String>,
    /// What it needs on the server, when that is not what the module needs.
    pub(super) need: Option<Need>,
    /// Whether it leaves nothing behind.
    passing: bool,
    /// Whether it only asks.
    question: bool,
    /// How what comes of it is judged.
    pub(super) judgement: Judgement,
    /// What takes it back.
    pub(super) undo: Option<Box<Undo>>,
    /// How its object is kept from being there twice.
    pub(super) once: Option<Box<Once>>,
    /// How it is sent once more where its answer is lost.
    pub(super) anew: Option<Box<Anew>>,
    /// Whether its name stands for its answer where it has changed something.
    pub(super) tells_name: bool,
    /// Whether its failure is a warning.
    pub(super) optional: bool,
}

/// How the outcome of a step is judged.
#[derive(Default)]
pub(super) struct Judgement {
    /// What to do about its refusals; the first that fits counts.
    pub(super) hints: Vec<Hint<Cow<'static, str>>>,
    /// Refusals that are as good as success, by status and part of the text.
    pub(super) tolerated: &'static [(u16, &'static str)],
    /// Holds when the aim is reached in spite of a refusal or a lost answer.
    pub(super) settled_by: Option<Box<Probe>>,
    /// What to look at after a success.
    pub(super) confirmed_by: Option<Box<Confirmation>>,
    /// What its answer must hold.
    pub(super) promised: Vec<Promise>,
    /// Causes to look for after a refusal, in order.
    pub(super) blame: Vec<Blame>,
    /// What the user does when its answer is lost, where that is not to run the task again.
    pub(super) lost: Option<&'static str>,
    /// What the user does when it fails after others succeeded, where running the task again does not make up for it.
    pub(super) afterwards: Option<&'static str>,
}

impl Judgement {
    /// What the user does when the answer is lost.
    pub(super) fn lost(&self) -> &'static str {
        self.lost.unwrap_or("Quay may have done it all the same: run the task again to find out")
    }
}

/// What takes a step back.
pub struct Undo {
    pub(super) request: Request,
    /// What it does, like that of a step.
    pub(super) what: String,
    /// Holds when it may be taken at all.
    pub(super) provided: Option<Probe>,
}

impl From<Step> for Undo {
    fn from(step: Step) -> Undo {
        Undo { request: step.request, what: step.what, provided: None }
    }
}

/// What a refusal with a certain text means for the user. Most advice is known beforehand; a step has room for what only
/// its plan knows.
#[derive(Clone, Copy, Debug)]
pub struct Hint<A = &'static str> {
    /// HTTP status of the refusal.
    pub status: u16,
    /// Part of Quay's message, compared without regard to case; empty matches every message.
    pub contains: &'static str,
    /// What to do, as a sentence without a full stop.
    pub advice: A,
}

/// What the answer to a step must hold.
pub(super) struct Promise {
    /// Where in the answer, as a JSON pointer.
    pub(super) pointer: &'static str,
    /// The value there.
    pub(super) value: Value,
    /// The error when it is not there.
    pub(super) otherwise: String,
    /// Where the answer says why, as a JSON pointer.
    pub(super) reason: Option<&'static str>,
}

/// What shows that Quay did what it agreed to.
pub(super) struct Confirmation {
    /// Holds when it did.
    pub(super) probe: Probe,
    /// The error when it did not.
    pub(super) otherwise: String,
}

/// A cause for refusals that Quay does not name itself.
pub(super) struct Blame {
    /// The cause is found when none of these is.
    pub(super) paths: Vec<Path>,
    /// The error then.
    pub(super) why: String,
}

impl Step {
    fn new(method: Method, path: Path, body: Option<Value>, what: impl Into<String>) -> Step {
        Step {
            request: Request::new(method, path, body),
            what: what.into(),
            name: None,
            need: None,
            passing: false,
            question: false,
            judgement: Judgement::default(),
            undo: None,
            once: None,
            anew: None,
            tells_name: false,
            optional: false,
        }
    }

    /// A POST; `what` follows the word "cannot" in an error.
    pub fn post(path: Path, body: Value, what: impl Into<String>) -> Step {
        Step::new(Method::POST, path, Some(body), what)
    }

    /// A POST of a web form, an object of texts, to one of the few web routes that have no counterpart in the API. The
    /// parameters of the redirect that answers an authorization become the answer, see [`Reply::of_authorization`].
    ///
    /// [`Reply::of_authorization`]: crate::api::Reply::of_authorization
    pub fn form(path: Path, fields: Value, what: impl Into<String>) -> Step {
        let mut step = Step::post(path, fields, what);
        step.request.form = true;
        step
    }

    /// A PUT; `what` follows the word "cannot" in an error.
    pub fn put(path: Path, body: Value, what: impl Into<String>) -> Step {
        Step::new(Method::PUT, path, Some(body), what)
    }

    /// A DELETE; `what` follows the word "cannot" in an error.
    pub fn delete(path: Path, what: impl Into<String>) -> Step {
        Step::new(Method::DELETE, path, None, what)
    }

    /// A DELETE of what somebody else may have deleted meanwhile: that it is not found is as good as success.
    pub fn removal(path: Path, what: impl Into<String>) -> Step {
        Step::delete(path, what).tolerating(&[(404, "")])
    }

    /// Keeps the answer under a name, for [`Slot`]s.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Step {
        self.name = Some(name.into());
        self
    }

    /// What the user does when it fails after others succeeded, as the next run of the task would not make up for it.
    #[must_use]
    pub fn afterwards(mut self, advice: &'static str) -> Step {
        self.judgement.afterwards = Some(advice);
        self
    }

    /// Puts a value from an earlier answer into the body, in place of what stands at the JSON pointer.
    #[must_use]
    pub fn filled(mut self, pointer: &'static str, slot: Slot) -> Step {
        self.request.fills.push((pointer, slot));
        self
    }

    /// The step leaves nothing behind that a plan compares, a test message for example: it makes no run changed.
    #[must_use]
    pub fn without_change(mut self) -> Step {
        self.passing = true;
        self
    }

    /// The step only asks the server something, which no other route tells: nothing happens by it, so that a check of a plan that
    /// changes nothing asks it, too.
    #[must_use]
    pub fn as_question(mut self) -> Step {
        (self.passing, self.question) = (true, true);
        self
    }

    /// Whether the step, when it is taken, changes something.
    pub fn is_change(&self) -> bool {
        !self.passing
    }

    /// Whether the step only [asks](Step::as_question).
    pub fn is_question(&self) -> bool {
        self.question
    }

    /// What the step needs, where that is not what its module needs.
    pub fn need(&self) -> Option<&Need> {
        self.need.as_ref()
    }

    /// The right or feature that this step needs, when it is not the module's usual one.
    #[must_use]
    pub fn needing(mut self, need: Need) -> Step {
        self.need = Some(need);
        self
    }

    /// Advice for refusals with a known text.
    #[must_use]
    pub fn hinting(mut self, hints: &'static [Hint]) -> Step {
        let known = hints.iter().map(|hint| Hint {
            status: hint.status,
            contains: hint.contains,
            advice: Cow::Borrowed(hint.advice),
        });
        self.judgement.hints.extend(known);
        self
    }

    /// A refusal with one of these statuses and texts is as good as success, and no change.
    #[must_use]
    pub fn tolerating(mut self, refusals: &'static [(u16, &'static str)]) -> Step {
        self.judgement.tolerated = refusals;
        self
    }

    /// After a refusal: when the probe holds, somebody else has done the same meanwhile, and all is well. After a lost
    /// answer: when the probe holds, the step has happened. What the probe found stands in for the answer of this step.
    #[must_use]
    pub fn settled_by(mut self, probe: Probe) -> Step {
        self.judgement.settled_by = Some(Box::new(probe));
        self
    }

    /// After a success: when the probe does not hold, Quay only pretended; `otherwise` is the error. What the probe finds
    /// ([`Probe::finding`]) replaces an answer that says nothing.
    #[must_use]
    pub fn confirmed_by(mut self, probe: Probe, otherwise: impl Into<String>) -> Step {
        self.judgement.confirmed_by = Some(Box::new(Confirmation { probe, otherwise: otherwise.into() }));
        self
    }

    /// After a success: when an equal object stands before the new one, another run came first. Then the new one is taken back,
    /// and the earlier one stands for the answer to this step. Costs one look at the list.
    #[must_use]
    pub fn once(mut self, once: Once) -> Step {
        self.once = Some(Box::new(once));
        self
    }

    /// Where its answer is lost, what it has left is taken back, and it is sent once more.
    #[must_use]
    pub fn anew(mut self, anew: Anew) -> Step {
        self.anew = Some(Box::new(anew));
        self
    }

    /// Names it by what it is about, which stands for its answer where it has changed something: that itself says nothing. See
    /// [`Plan::give_each`](super::Plan::give_each).
    #[must_use]
    pub fn telling(self, name: impl Into<String>) -> Step {
        Step { tells_name: true, ..self.named(name) }
    }

    /// After a lost answer: when the object at `path` has another value at the JSON pointer than the `old` one, the step has happened.
    /// Where the old one is not known (null), nobody can tell.
    #[must_use]
    pub fn settled_by_change(self, path: Path, pointer: &'static str, old: &Value) -> Step {
        let old = old.clone();
        if old.is_null() {
            return self;
        }
        self.settled_by(Probe::finding(path, move |found| {
            found.pointer(pointer).is_some_and(|new| new.is_string() && *new != old).then(|| found.clone())
        }))
    }

    /// Its failure is a warning and the run goes on: what came before it has to reach the user.
    #[must_use]
    pub fn optional(mut self) -> Step {
        self.optional = true;
        self
    }

    /// The answer must hold this value at the pointer; `otherwise` is the error.
    #[must_use]
    pub fn expecting(mut self, pointer: &'static str, value: Value, otherwise: impl Into<String>) -> Step {
        self.judgement.promised.push(Promise { pointer, value, otherwise: otherwise.into(), reason: None });
        self
    }

    /// Where the answer says why it does not hold what [`Step::expecting`] was told last.
    #[must_use]
    pub fn reasoning(mut self, pointer: &'static str) -> Step {
        if let Some(promise) = self.judgement.promised.last_mut() {
            promise.reason = Some(pointer);
        }
        self
    }

    /// Advice for a refusal, as [`Hint`]s give it, that names what only the plan knows; it comes before them.
    #[must_use]
    pub fn explaining(mut self, status: u16, contains: &'static str, advice: impl Into<String>) -> Step {
        self.judgement.hints.insert(0, Hint { status, contains, advice: Cow::Owned(advice.into()) });
        self
    }

    /// After a refusal: when none of the paths is found, `why` is the error. Tried in order.
    #[must_use]
    pub fn blaming(mut self, paths: Vec<Path>, why: impl Into<String>) -> Step {
        self.judgement.blame.push(Blame { paths, why: why.into() });
        self
    }

    /// What takes this step back when a later one fails.
    #[must_use]
    pub fn undone_by(mut self, undo: impl Into<Undo>) -> Step {
        self.undo = Some(Box::new(undo.into()));
        self
    }

    /// Makes it take another one back, unless the probe does not hold. Where the answer to the failed step was lost, taking back
    /// could otherwise bring something to life that is rightly gone.
    #[must_use]
    pub fn provided(self, probe: Probe) -> Undo {
        Undo { provided: Some(probe), ..self.into() }
    }

    /// What to tell the user when the request went out and no answer came.
    #[must_use]
    pub fn if_lost(mut self, advice: &'static str) -> Step {
        self.judgement.lost = Some(advice);
        self
    }

    /// Whether it makes something new, as far as the verb tells.
    pub fn is_creation(&self) -> bool {
        self.request.method == Method::POST
    }

    /// The request line for a person, slots as their expected text.
    pub fn request(&self) -> String {
        format!("{} {}", self.request.method, self.request.path.shown())
    }
}
