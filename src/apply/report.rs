//! What a run came to: per endpoint, per object.

mod causes;
mod counts;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::input::yaml::Place;
use super::kinds::Kind;
use crate::error::Error;
use crate::modules;
use crate::plan::Failure;
pub use causes::{Mishap, named, together};
pub use counts::Counts;

/// The result of a plan or a run, over all endpoints.
pub struct Report {
    /// One for each endpoint, in the order of the declaration.
    pub endpoints: Vec<ReportedEndpoint>,
}

/// What happened, or would happen, on one server.
pub struct ReportedEndpoint {
    /// Its name, or its host.
    pub name: String,
    /// Every object that the declaration concerns, in the order of the plan.
    pub objects: Vec<ReportedItem>,
    /// Why the run was stopped before the first write: what a check refuses, what cannot be planned. Empty when it was not.
    pub refusals: Vec<String>,
    /// Things that the user should know and that concern no single object.
    pub warnings: Vec<String>,
    /// Requests, log-in and repetitions included.
    pub requests: u64,
    /// Seconds from the first request to the last answer.
    pub seconds: f64,
}

/// One object of the declaration.
pub struct ReportedItem {
    /// What it is.
    pub kind: Kind,
    /// The module that makes it.
    pub module: &'static str,
    /// What it is called, for a person: `team acme/developers`.
    pub title: String,
    /// The organization that it belongs to.
    pub organization: Option<String>,
    /// The repository that it is, or belongs to, with its organization.
    pub repository: Option<String>,
    /// Where it is declared; `None` for one that is only on the server.
    pub place: Option<Place>,
    /// What the plan does to it.
    pub action: Action,
    /// The state that the server has, in the vocabulary of the options; empty when the object is to be created.
    pub before: Map<String, Value>,
    /// The state that it will have; empty when the object is to be removed.
    pub after: Map<String, Value>,
    /// What goes with it, where it is removed and somebody looks at the plan: `repositories`, `tags`, `size`, `last_pull`.
    pub holds: Map<String, Value>,
    /// The requests that lead there, for a person: "create the team acme/developers".
    pub steps: Vec<String>,
    /// Options whose values are sent although nothing tells whether they differ (write-only secrets).
    pub resent: Vec<&'static str>,
    /// Write-only options that are declared and neither compared nor sent.
    pub unsent: Vec<&'static str>,
    /// How it went.
    pub outcome: Outcome,
    /// Things that the user should know.
    pub warnings: Vec<String>,
    /// Values that the module returns. They can hold secrets: they go to a result that is made for them, and nowhere else.
    pub returned: Map<String, Value>,
    /// The manifest of a Kubernetes Secret with these values, where one is wanted.
    pub secret: Option<Value>,
}

/// What a plan does to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It is not there, and is made.
    Create,
    /// It is there, and some of its options get other values.
    Change,
    /// It is there, and is taken away.
    Remove,
    /// It is as it shall be.
    Keep,
}

/// How it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was tried: a plan, or nothing to do.
    Planned,
    /// Done.
    Done,
    /// It went wrong; the failure tells what was done and what was not.
    Failed(Box<Failure>),
    /// Not tried, because of this.
    Skipped(String),
}

impl Outcome {
    /// The failure before a first write.
    pub fn failed(error: Error) -> Outcome {
        Outcome::Failed(Failure::boxed(error))
    }
}

impl Action {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Action::Create => "create",
            Action::Change => "change",
            Action::Remove => "remove",
            Action::Keep => "keep",
        }
    }
}

impl Report {
    /// Whether anything was, or for a plan would be, changed.
    pub fn changed(&self) -> bool {
        self.endpoints.iter().any(ReportedEndpoint::changed)
    }

    /// Puts what came of some endpoints in the place of what was known of them.
    pub fn take_over(&mut self, later: Report) {
        for endpoint in later.endpoints {
            match self.endpoints.iter_mut().find(|known| known.name == endpoint.name) {
                Some(known) => *known = endpoint,
                None => self.endpoints.push(endpoint),
            }
        }
    }

    /// Says why nothing was done on any of its endpoints, and leaves out what was planned there.
    pub fn refuse(&mut self, why: &[String]) {
        for endpoint in &mut self.endpoints {
            endpoint.objects.clear();
            endpoint.refusals.extend_from_slice(why);
        }
    }

    /// Whether everything went, or can go, as declared.
    pub fn succeeded(&self) -> bool {
        self.endpoints.iter().all(|endpoint| {
            endpoint.refusals.is_empty()
                && !endpoint
                    .objects
                    .iter()
                    .any(|object| matches!(object.outcome, Outcome::Failed(_) | Outcome::Skipped(_)))
        })
    }

    /// Counts over all endpoints.
    pub fn counts(&self) -> Counts {
        self.endpoints.iter().fold(Counts::default(), |sum, endpoint| sum.plus(endpoint.counts()))
    }

    /// For a machine: counts, and per endpoint its requests, seconds and objects. Objects that stay as they are appear
    /// only in the counts. Returned values are left out.
    pub fn to_json(&self) -> Value {
        json!({
            "changed": self.changed(),
            "counts": self.counts().to_json(),
            "endpoints": self.endpoints.iter().map(ReportedEndpoint::to_json).collect::<Vec<_>>(),
        })
    }

    /// What the modules of the objects returned, one entry for each object that has any. They can hold secrets.
    pub fn results(&self) -> Vec<Value> {
        let of = |endpoint: &ReportedEndpoint| -> Vec<Value> {
            let objects = endpoint.objects.iter().filter(|object| !object.returned.is_empty());
            objects.map(|object| object.result(&endpoint.name)).collect()
        };
        self.endpoints.iter().flat_map(of).collect()
    }

    /// Everything that went wrong, a sentence for each cause: first what failed, then why other things were not tried.
    pub fn errors(&self) -> Vec<String> {
        let (mut errors, mut left_out) = (Vec::new(), Vec::new());
        for endpoint in &self.endpoints {
            errors.extend(endpoint.refusals.iter().map(|why| format!("{}: {why}", endpoint.name)));
            for mishap in endpoint.mishaps() {
                let list = if mishap.tried { &mut errors } else { &mut left_out };
                list.push(format!("{}: {}: {}", endpoint.name, mishap.named(), mishap.why));
            }
        }
        errors.extend(left_out);
        errors
    }

    /// The manifests of the Kubernetes Secrets with what the objects returned, as far as those are wanted.
    pub fn secrets(&self) -> impl Iterator<Item = &Value> {
        self.endpoints.iter().flat_map(|endpoint| &endpoint.objects).filter_map(|object| object.secret.as_ref())
    }

    /// The secrets among the results.
    pub fn returned_secrets(&self) -> Vec<String> {
        let objects = self.endpoints.iter().flat_map(|endpoint| &endpoint.objects);
        let secrets = objects.flat_map(|object| {
            let keys = modules::find(object.module).map_or(&[][..], |entry| entry.rules.returned_secrets);
            keys.iter().filter_map(|key| object.returned.get(*key)?.as_str())
        });
        secrets.map(str::to_owned).collect()
    }
}

impl ReportedEndpoint {
    /// Whether anything was, or for a plan would be, changed here.
    pub fn changed(&self) -> bool {
        self.refusals.is_empty() && self.objects.iter().any(ReportedItem::changed)
    }

    /// Counts of this endpoint.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for object in &self.objects {
            counts.secrets_not_sent += object.unsent.len();
            let count = match (&object.outcome, object.action) {
                (Outcome::Failed(_), _) => &mut counts.failed,
                (Outcome::Skipped(_), _) => &mut counts.skipped,
                (_, Action::Create) => &mut counts.create,
                (_, Action::Change) => &mut counts.change,
                (_, Action::Remove) => &mut counts.remove,
                (_, Action::Keep) => &mut counts.unchanged,
            };
            *count += 1;
        }
        counts
    }

    /// The objects that change, by kind.
    pub fn by_kind(&self) -> BTreeMap<Kind, Vec<&ReportedItem>> {
        let mut kinds: BTreeMap<Kind, Vec<&ReportedItem>> = BTreeMap::new();
        for object in self.objects.iter().filter(|object| object.action != Action::Keep) {
            kinds.entry(object.kind).or_default().push(object);
        }
        kinds
    }

    fn to_json(&self) -> Value {
        let shown = self.objects.iter().filter(|object| object.is_worth_telling());
        json!({
            "endpoint": self.name,
            "changed": self.changed(),
            "counts": self.counts().to_json(),
            "requests": self.requests,
            "seconds": (self.seconds * 1000.0).round() / 1000.0,
            "refusals": self.refusals,
            "warnings": self.warnings,
            "objects": shown.map(ReportedItem::to_json).collect::<Vec<_>>(),
        })
    }
}

impl ReportedItem {
    /// An object that is planned, of which nothing else is known.
    pub fn of(kind: Kind, module: &'static str, title: String, action: Action) -> ReportedItem {
        ReportedItem {
            kind,
            module,
            title,
            organization: None,
            repository: None,
            place: None,
            action,
            before: Map::new(),
            after: Map::new(),
            holds: Map::new(),
            steps: Vec::new(),
            resent: Vec::new(),
            unsent: Vec::new(),
            outcome: Outcome::Planned,
            warnings: Vec::new(),
            returned: Map::new(),
            secret: None,
        }
    }

    /// Whether it was, or for a plan would be, changed. Sending a secret again is no change; what was half done is one.
    pub fn changed(&self) -> bool {
        match &self.outcome {
            Outcome::Planned | Outcome::Done => self.action != Action::Keep,
            Outcome::Failed(failure) => !failure.done.is_empty(),
            Outcome::Skipped(_) => false,
        }
    }

    /// Whether a person who asked for changes wants to see it.
    pub fn is_worth_telling(&self) -> bool {
        self.action != Action::Keep
            || !self.resent.is_empty()
            || !self.warnings.is_empty()
            || matches!(self.outcome, Outcome::Failed(_) | Outcome::Skipped(_))
    }

    /// What it returned, for the file of results; secrets included.
    pub fn result(&self, endpoint: &str) -> Value {
        json!({
            "endpoint": endpoint,
            "module": self.module,
            "kind": self.kind.word(),
            "object": self.title,
            "values": self.returned,
        })
    }

    fn to_json(&self) -> Value {
        let mut object = json!({
            "kind": self.kind.word(),
            "object": self.title,
            "action": self.action.word(),
            "before": self.before,
            "after": self.after,
        });
        let mut add = |key: &str, value: Value| {
            if let Value::Object(map) = &mut object {
                map.insert(key.to_owned(), value);
            }
        };
        for (key, name) in [("organization", &self.organization), ("repository", &self.repository)] {
            if let Some(name) = name {
                add(key, json!(name));
            }
        }
        if let Some(place) = &self.place {
            add("declared_at", json!(place.to_string()));
        }
        for (key, options) in [("resent", &self.resent), ("not_sent", &self.unsent)] {
            if !options.is_empty() {
                add(key, json!(options));
            }
        }
        if !self.holds.is_empty() {
            add("holds", json!(self.holds));
        }
        if !self.warnings.is_empty() {
            add("warnings", json!(self.warnings));
        }
        match &self.outcome {
            Outcome::Planned => add("outcome", json!("planned")),
            Outcome::Done => add("outcome", json!("done")),
            Outcome::Failed(failure) => {
                add("outcome", json!("failed"));
                add("msg", json!(failure.message()));
                failure.facts().into_iter().for_each(|(key, value)| add(&key, value));
            }
            Outcome::Skipped(why) => {
                add("outcome", json!("skipped"));
                add("msg", json!(why));
            }
        }
        object
    }
}
