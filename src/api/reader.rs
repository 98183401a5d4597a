//! Reading, and nothing but reading.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::pace::Pace;
use super::path::Path;
use super::reply::{Body, Reply};
use super::settings::Settings;
use super::slot::Answers;
use super::transport::{Http, Payload};
use crate::error::{Error, Result};

/// What planning sees of a server. It has no way to write.
///
/// Each address is asked once: a plan is made from one state of the server, however many parts of the
/// planning look at the same object.
pub struct Reader {
    http: Arc<Http>,
    preview: bool,
    is_shown: bool,
    seen: Mutex<HashMap<String, Reply>>,
    /// Addresses that somebody is asking: others wait for that answer instead of asking, too.
    asking: Mutex<HashMap<String, Arc<Mutex<()>>>>,
    prediction: Option<Box<dyn Prediction>>,
}

/// Knows answers without asking: what a list has shown already, and what a planned step will have made.
pub trait Prediction: Send + Sync {
    /// Status and body of the answer to `GET address` (path and query), `None` when only the server can tell.
    fn answer(&self, address: &str) -> Option<(u16, Value)>;

    /// The address to ask instead, for an object that will have moved by then.
    fn moved(&self, _address: &str) -> Option<String> {
        None
    }

    /// What the answer from such an address will be after the move.
    fn adjusted(&self, _address: &str, body: Value) -> Value {
        body
    }
}

impl Reader {
    /// A reader over a connection; `preview` says that the plan will only be shown.
    pub fn new(http: Arc<Http>, preview: bool) -> Reader {
        let (seen, asking) = Default::default();
        Reader { http, preview, is_shown: preview, seen, asking, prediction: None }
    }

    /// A reader for planning many objects together, which asks the server only what `prediction` does not know.
    pub fn predicting(http: Arc<Http>, prediction: Box<dyn Prediction>) -> Reader {
        Reader { prediction: Some(prediction), is_shown: false, ..Reader::new(http, true) }
    }

    /// A reader with a connection of its own, for what only reads.
    ///
    /// # Errors
    /// When the settings allow no connection.
    pub fn connect(settings: Settings) -> Result<Reader> {
        Reader::paced(settings, Pace::unlimited())
    }

    /// Like [`Reader::connect`], for threads that share a budget.
    ///
    /// # Errors
    /// As [`Reader::connect`].
    pub fn paced(settings: Settings, pace: Pace) -> Result<Reader> {
        Ok(Reader::new(Arc::new(Http::paced(settings, pace)?), true))
    }

    /// The same reader, with or without somebody who looks at its plan.
    #[must_use]
    pub fn shown(self, is_shown: bool) -> Reader {
        Reader { is_shown, ..self }
    }

    /// Another reader over the same connection, which remembers nothing: for what is read one after the other and not kept.
    #[must_use]
    pub fn fresh(&self) -> Reader {
        Reader::new(Arc::clone(&self.http), self.preview)
    }

    /// Whether the plan will only be shown (check mode). For the few look-ups that stand in for a write's own answer.
    pub fn is_preview(&self) -> bool {
        self.preview
    }

    /// Whether somebody looks at the plan of a single module, in a check or as the difference of a run: what is only told may then cost
    /// requests. Who plans many objects together tells that of all of them.
    pub fn is_shown(&self) -> bool {
        self.is_shown
    }

    /// Whether no run follows the plan. One that is made on a predicted server is carried out later, as it is.
    pub fn is_check(&self) -> bool {
        self.preview && self.prediction.is_none()
    }

    /// Scheme, host and port of the server, as the task names it.
    pub fn server(&self) -> String {
        self.http.base().origin().ascii_serialization()
    }

    /// The second that it is on the server's clock, as far as its answers told.
    pub fn server_time(&self) -> i64 {
        self.http.server_time()
    }

    /// The same for what is read first of all: where no answer has told it yet, the server is asked for what it tells everybody.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn told_server_time(&self) -> Result<i64> {
        if !self.http.knows_time() {
            let answer = self.ask(&Path::root("/config"));
            // Any answer tells it, also that of a proxy which keeps the route to itself.
            answer.map(drop).or_else(|error| if self.http.knows_time() { Ok(()) } else { Err(error) })?;
        }
        Ok(self.server_time())
    }

    /// Host and port of the server, as a client of the registry writes them.
    pub fn registry(&self) -> String {
        super::registry(self.http.base())
    }

    /// Whether requests carry credentials.
    pub fn is_anonymous(&self) -> bool {
        self.http.signed() == crate::error::Signed::Anonymous
    }

    /// Makes sure that the server takes the credentials, with a request only where no answer has shown it yet.
    ///
    /// # Errors
    /// When there are none, or the server takes the token for none: then it answers as it would answer anybody, and nothing that
    /// it says about this caller is true.
    pub fn prove_credentials(&self) -> Result<()> {
        self.http.prove()
    }

    /// Whether answers are predicted at all: what is planned builds on what other plans will have made.
    pub fn is_predicting(&self) -> bool {
        self.prediction.is_some()
    }

    /// Whether the answer to `GET path` is known without the server, from what is planned.
    pub fn predicts(&self, path: &Path) -> bool {
        let address = path.render(&Answers::default());
        address.is_ok_and(|address| self.prediction.as_deref().is_some_and(|known| known.answer(&address).is_some()))
    }

    /// The answer of `GET path`, whatever its status.
    ///
    /// # Errors
    /// When there is no answer, or the log-in fails.
    pub fn ask(&self, path: &Path) -> Result<Reply> {
        self.predicted(path, |address| self.once(address))
    }

    /// The answer of `GET path` as it will be once all that is planned is done, where anything is: that of `read` otherwise.
    fn predicted(&self, path: &Path, read: impl FnOnce(&str) -> Result<Reply>) -> Result<Reply> {
        let address = path.render(&Answers::default())?;
        let prediction = self.prediction.as_deref();
        if let Some((status, body)) = prediction.and_then(|prediction| prediction.answer(&address)) {
            return Ok(Reply::predicted(address, status, body, self.http.signed()));
        }
        let Some((prediction, old)) = prediction.and_then(|prediction| Some((prediction, prediction.moved(&address)?)))
        else {
            return read(&address);
        };
        let mut reply = read(&old)?;
        if let Body::Json(body) = reply.body {
            reply.body = Body::Json(prediction.adjusted(&address, body));
        }
        Ok(reply)
    }

    /// The answer to `GET address`, asked once, however many ask at the same time.
    fn once(&self, address: &str) -> Result<Reply> {
        if let Some(reply) = self.seen().get(address) {
            return Ok(reply.clone());
        }
        let turn = Arc::clone(self.asking().entry(address.to_owned()).or_default());
        let _one_at_a_time = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let answered = self.seen().get(address).cloned();
        let answer = answered.map_or_else(|| self.fetch(address), Ok);
        self.asking().remove(address);
        answer
    }

    fn fetch(&self, address: &str) -> Result<Reply> {
        let reply = self.read(address)?;
        self.seen().insert(address.to_owned(), reply.clone());
        Ok(reply)
    }

    /// The answer of the server; a success that its route does not give is none, and nothing is absent because of it.
    fn read(&self, address: &str) -> Result<Reply> {
        self.http.send(Method::GET, address, Payload::Nothing)?.of_its_route()
    }

    /// Remembers what the server would answer to `GET path`, because a list has shown it.
    pub fn learn(&self, path: &Path, body: Value) {
        if let Ok(address) = path.render(&Answers::default()) {
            let reply = Reply::predicted(address.clone(), 200, body, self.http.signed());
            self.seen().entry(address).or_insert(reply);
        }
    }

    /// Like [`Reader::ask`], past what has been seen.
    ///
    /// # Errors
    /// As [`Reader::ask`].
    pub fn ask_again(&self, path: &Path) -> Result<Reply> {
        let address = path.render(&Answers::default())?;
        // It may still have another name there.
        let old = self.prediction.as_deref().and_then(|prediction| prediction.moved(&address));
        self.fetch(old.as_ref().unwrap_or(&address))
    }

    /// The object at `path`.
    ///
    /// # Errors
    /// Also when Quay refuses or the object is missing.
    pub fn get(&self, path: &Path) -> Result<Value> {
        self.ask(path)?.into_json()
    }

    /// The object at `path`, `None` when Quay says in JSON that there is none.
    ///
    /// # Errors
    /// When Quay refuses, or the route itself is missing (a page instead of JSON).
    pub fn find(&self, path: &Path) -> Result<Option<Value>> {
        let reply = self.ask(path)?;
        match (&reply.body, reply.status) {
            (Body::Json(_), 404) => Ok(None),
            // Quay takes an encoded slash for a real one and finds no route: nothing has such a name.
            (Body::Html(_), 404) if reply.path.contains("%2F") => Ok(None),
            _ => reply.into_json().map(Some),
        }
    }

    /// All entries under `key`, over all pages that Quay cuts the list into.
    ///
    /// # Errors
    /// As [`Reader::get`]; also when a page lacks `key`, so that half a list is never taken for a whole one.
    pub fn list(&self, path: &Path, key: &str) -> Result<Vec<Value>> {
        pages(path, key, |page| self.get(page))
    }

    /// Like [`Reader::list`], for a long list that is asked for once: the answers are not kept.
    ///
    /// # Errors
    /// As [`Reader::list`].
    pub fn list_once(&self, path: &Path, key: &str) -> Result<Vec<Value>> {
        pages(path, key, |page| self.get_once(page))
    }

    /// Like [`Reader::ask`], for what is asked for once: the answer is not kept.
    ///
    /// # Errors
    /// As [`Reader::ask`].
    pub fn ask_once(&self, path: &Path) -> Result<Reply> {
        self.predicted(path, |address| self.read(address))
    }

    /// Like [`Reader::get`], for what is asked for once: the answer is not kept.
    ///
    /// # Errors
    /// As [`Reader::get`].
    pub fn get_once(&self, path: &Path) -> Result<Value> {
        self.ask_once(path)?.into_json()
    }

    fn asking(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Mutex<()>>>> {
        self.asking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, HashMap<String, Reply>> {
        // Entries are only ever inserted whole, so a panic elsewhere cannot have left half of one.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes what stands under `key` out of the answer to `GET path`: the one way to read a field whose absence would mislead.
///
/// # Errors
/// When the answer lacks the key, or holds something else than a `T` there. The value is not repeated: it may be a secret.
pub fn take<T: DeserializeOwned>(path: &Path, mut answer: Value, key: &str) -> Result<T> {
    let strange = |fault: &str| Error::Unexpected(format!("GET {} answered {fault} \"{key}\"", path.shown()));
    let value = answer.get_mut(key).map(Value::take).ok_or_else(|| strange("without"))?;
    serde_json::from_value(value).map_err(|_| strange("with an unexpected value of"))
}

/// Pages that a list may have: a server that gives more, or goes round in a circle, is none to believe.
const MOST_PAGES: usize = 10_000;
/// The same for what all pages hold together.
pub const MOST_ENTRIES: usize = 1_000_000;

/// The error of a list whose pages do not end, or hold what an earlier one held.
pub fn without_end(path: &Path) -> Error {
    Error::Unexpected(format!("GET {} answered with a list that does not end", path.shown()))
}

/// Puts the pages of a list together.
fn pages(path: &Path, key: &str, get: impl Fn(&Path) -> Result<Value>) -> Result<Vec<Value>> {
    let mut entries = Vec::new();
    let mut page = path.clone();
    let mut known = HashSet::new();
    loop {
        let answer = get(&page)?;
        let next = answer.get("next_page").and_then(Value::as_str).map(str::to_owned);
        entries.extend(take::<Vec<Value>>(&page, answer, key)?);
        let Some(next) = next else {
            return Ok(entries);
        };
        page = path.clone().query("next_page", &next);
        if known.len() >= MOST_PAGES || entries.len() > MOST_ENTRIES || !known.insert(next) {
            return Err(without_end(path));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_without_an_end_is_given_up() {
        let path = Path::api("repository");
        let asked = Cell::new(0);
        let listed = |next: &dyn Fn(u32) -> String| {
            asked.set(0);
            let found = pages(&path, "repositories", |_| {
                asked.set(asked.get() + 1);
                Ok(json!({"repositories": [], "next_page": next(asked.get())}))
            });
            found.unwrap_err().to_string()
        };
        assert!(listed(&|page| (page % 3).to_string()).ends_with("answered with a list that does not end"));
        assert!(asked.get() <= 5);
        assert!(listed(&|page| page.to_string()).ends_with("answered with a list that does not end"));
        assert!(asked.get() as usize <= MOST_PAGES + 1);
    }
}
