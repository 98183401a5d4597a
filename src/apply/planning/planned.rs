//! Plans that are made, and how they are reported.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Map, Value};

use super::item::Item;
use super::options::KeptOptions;
use super::scopes::Scope;
use super::server::{Connections, Server};
use super::{Notes, Refusals};
use crate::api::Http;
use crate::apply::graph::Graph;
use crate::apply::input::registry::{Endpoint, Limits};
use crate::apply::kinds::Kind;
use crate::apply::kinds::credential;
use crate::apply::kinds::secret::{self, SecretName};
use crate::apply::report;
use crate::apply::report::{Action, Outcome};
use crate::call::mask::Mask;
use crate::error::Error;
use crate::plan::{Failure, Plan, Returned, Step};

/// The fourth phase: a plan for each item, and what the checks look at.
#[derive(Default)]
pub struct Plans<'a> {
    /// Every object of the declaration.
    pub objects: Vec<PlannedItem>,
    /// Who waits for whom.
    pub graph: Graph,
    /// How many objects there are on the server, as far as they can be removed.
    pub totals: Vec<(Kind, usize)>,
    /// What the server has of the organizations.
    pub scopes: Vec<Scope<'a>>,
}

/// The plans for one endpoint before anything has judged them.
pub struct Unchecked<'a> {
    /// The server.
    pub server: Server<'a>,
    /// The connections to it.
    pub connections: Connections,
    /// The plans.
    pub plans: Plans<'a>,
    /// What the run must not do.
    pub limits: Limits,
    /// What was found on the way.
    pub notes: Notes,
    /// When the planning began.
    pub start: Instant,
}

impl Unchecked<'_> {
    /// The plans, once they are judged.
    pub fn checked(self) -> PlannedEndpoint {
        let registry = self.server.registry();
        PlannedEndpoint {
            name: self.server.endpoint.name.clone(),
            http: Some(self.connections.http),
            anonymous: self.connections.anonymous,
            connection: connection(self.server.endpoint),
            jobs: registry.jobs,
            keeps_content: !registry.limits.delete_repositories,
            objects: self.plans.objects,
            graph: self.plans.graph,
            refusals: self.notes.refusals,
            warnings: self.notes.warnings,
            start: self.start,
            seconds: self.start.elapsed().as_secs_f64(),
        }
    }
}

/// The plans for one endpoint.
pub struct PlannedEndpoint {
    /// Its name.
    pub name: String,
    /// The connection, `None` when there is nothing to connect for.
    pub http: Option<Arc<Http>>,
    /// A connection without credentials, for what comes before any account.
    pub anonymous: Option<Arc<Http>>,
    /// How the server is reached, without credentials.
    pub connection: Map<String, Value>,
    /// Requests at a time.
    pub jobs: usize,
    /// Whether repositories that hold something must stay.
    pub keeps_content: bool,
    /// Every object of the declaration.
    pub objects: Vec<PlannedItem>,
    /// Who waits for whom.
    pub graph: Graph,
    /// Why nothing may be written.
    pub refusals: Refusals,
    /// Things that the user should know.
    pub warnings: Vec<String>,
    /// When the planning began.
    pub start: Instant,
    /// How long it took, in seconds.
    pub seconds: f64,
}

/// One item with its plan.
pub struct PlannedItem {
    /// The item.
    pub item: Item,
    /// Its plan, `None` where none could be made and where it has nothing to do.
    pub plan: Option<Box<Plan>>,
    /// What the plan does.
    pub action: Action,
    /// Options that are sent without knowing whether they differ.
    pub resent: Vec<&'static str>,
    /// Write-only options that are declared and neither compared nor sent.
    pub unsent: Vec<&'static str>,
    /// What an object without a plan holds, to be counted against the limits.
    pub held: Vec<(Kind, usize)>,
    /// What goes with it, where it is removed and somebody looks at the plan.
    pub holds: Map<String, Value>,
    /// Why no plan could be made.
    pub outcome: Outcome,
    /// Hides the secrets of the item and of the endpoint.
    pub mask: Arc<Mask>,
}

impl PlannedEndpoint {
    /// An endpoint without a plan.
    pub fn refused(name: &str, refusals: Refusals) -> PlannedEndpoint {
        PlannedEndpoint {
            name: name.to_owned(),
            http: None,
            anonymous: None,
            connection: Map::new(),
            jobs: 1,
            keeps_content: true,
            objects: Vec::new(),
            graph: Graph::default(),
            refusals,
            warnings: Vec::new(),
            start: Instant::now(),
            seconds: 0.0,
        }
    }

    /// What the plans would do.
    pub fn report(&self) -> report::ReportedEndpoint {
        self.report_with(self.objects.iter().map(|object| object.report(object.outcome.clone(), Map::new())).collect())
    }

    /// What came of the plans where none was carried out, because of a refusal here or on another server.
    pub fn not_run(&self) -> report::ReportedEndpoint {
        self.ended_with(&Outcome::Skipped("nothing is written after a refusal".into()))
    }

    /// What is known of a run that broke off.
    pub fn broken(&self, error: Error) -> report::ReportedEndpoint {
        let done = vec!["perhaps".into()];
        self.ended_with(&Outcome::Failed(Box::new(Failure { done, ..*Failure::boxed(error) })))
    }

    /// The report in which this came of all that was to be written.
    fn ended_with(&self, outcome: &Outcome) -> report::ReportedEndpoint {
        let of = |object: &PlannedItem| match object.outcome {
            Outcome::Planned if object.has_steps() => outcome.clone(),
            _ => object.outcome.clone(),
        };
        self.report_with(self.objects.iter().map(|object| object.report(of(object), Map::new())).collect())
    }

    /// The report with these objects.
    pub fn report_with(&self, objects: Vec<report::ReportedItem>) -> report::ReportedEndpoint {
        report::ReportedEndpoint {
            name: self.name.clone(),
            objects,
            refusals: self.refusals.why.clone(),
            warnings: self.warnings.clone(),
            requests: [&self.http, &self.anonymous].into_iter().flatten().map(|http| http.requests()).sum(),
            seconds: self.seconds,
        }
    }
}

impl PlannedItem {
    /// An item without a plan, yet.
    pub fn of(item: Item, mask: Arc<Mask>) -> PlannedItem {
        let (resent, unsent, held) = (Vec::new(), Vec::new(), Vec::new());
        let (action, outcome, holds) = (Action::Keep, Outcome::Planned, Map::new());
        PlannedItem { item, plan: None, action, resent, unsent, held, holds, outcome, mask }
    }

    /// Keeps a plan. Of an object that stays as it is only what is told remains, as most objects of most
    /// runs are such; a task, or what a Secret is made of, may still have values to return.
    pub fn keep(&mut self, mut plan: Plan, resent: Vec<&'static str>) {
        self.action = action(&self.item, &plan, &resent);
        self.resent = resent;
        // Only the result of a single module tells of these.
        plan.kept = Map::new();
        plan.steps.shrink_to_fit();
        let is_asked = self.item.kind == Kind::Tasks || self.item.has_takers();
        let answers = is_asked && plan.steps.is_empty() && !plan.values.is_empty();
        if self.action != Action::Keep || !self.resent.is_empty() || answers {
            self.plan = Some(Box::new(plan));
            return;
        }
        self.held = held(&plan);
        self.item.options = KeptOptions::default();
        self.item.secrets = Vec::new();
        self.item.warnings.append(&mut plan.warnings);
        if !plan.title.is_empty() {
            self.item.title = std::mem::take(&mut plan.title);
        }
    }

    /// Whether it is to be written.
    pub fn has_steps(&self) -> bool {
        self.plan.as_ref().is_some_and(|plan| !plan.steps.is_empty())
    }

    /// Whether carrying it out makes a Secret.
    pub fn makes_secret(&self, name: &SecretName) -> bool {
        let needs = secret::needs(self.item.module());
        let values = self.plan.iter().flat_map(|plan| &plan.values);
        let is_there =
            |(key, value): &(&str, Returned)| needs == Some(*key) && !matches!(value, Returned::Known(Value::Null));
        self.item.secret.as_ref() == Some(name) && values.into_iter().any(is_there)
    }

    /// Whether its plan brings a token that nobody has seen before.
    pub fn gives_token(&self) -> bool {
        // The token of a robot account can be read again.
        let once = credential::shown_once(self.item.module());
        self.gives(&["access_token", "token_code"]) || once.is_some_and(|key| self.gives(&[key]))
    }

    /// Whether its plan brings a password that Quay makes.
    pub fn gives_password(&self) -> bool {
        self.gives(&["password"])
    }

    fn gives(&self, keys: &[&str]) -> bool {
        let values = self.plan.iter().flat_map(|plan| &plan.values);
        values.into_iter().any(|(key, value)| keys.contains(key) && !matches!(value, Returned::Known(_)))
    }

    /// What to call it.
    pub fn title(&self) -> &str {
        let plan = self.plan.as_deref().map(|plan| plan.title.as_str());
        plan.filter(|title| !title.is_empty()).unwrap_or(&self.item.title)
    }

    /// The object for a report, with what came of it.
    pub fn report(&self, outcome: Outcome, returned: Map<String, Value>) -> report::ReportedItem {
        let plan = self.plan.as_deref();
        let title = self.title();
        let shown = self.action != Action::Keep;
        let side = |side: fn(&Plan) -> Map<String, Value>| {
            let Some(plan) = plan.filter(|_| shown) else { return Map::new() };
            let mut side = side(plan);
            // They are told by name.
            side.retain(|key, _| !self.resent.contains(&key.as_str()));
            self.mask.value_except(side, &[])
        };
        let mut warnings = self.item.warnings.clone();
        warnings.extend(plan.into_iter().flat_map(|plan| plan.warnings.iter().cloned()));
        report::ReportedItem {
            kind: self.item.kind,
            module: self.item.module(),
            title: self.mask.name(title),
            organization: self.item.organization.clone(),
            repository: self.item.repository().map(|name| self.mask.name(name)),
            place: self.item.place.clone(),
            action: self.action,
            before: side(|plan| plan.before.clone()),
            after: side(Plan::later),
            steps: plan
                .map(|plan| plan.steps.iter().map(|step| self.mask.name(&step.what)).collect())
                .unwrap_or_default(),
            holds: self.holds.clone(),
            resent: self.resent.clone(),
            unsent: self.unsent.clone(),
            outcome,
            warnings: warnings.iter().map(|text| self.mask.text(text)).collect(),
            secret: None,
            // As in the result of the module: what it gives out on purpose stays readable.
            returned: self.mask.value_except(returned, self.item.entry.rules.returned_secrets),
        }
    }
}

/// How a server is reached: what a Secret may say of it.
fn connection(endpoint: &Endpoint) -> Map<String, Value> {
    const KEYS: &[&str] = &["quay_host", "validate_certs", "timeout"];
    let options = endpoint.options.iter().filter(|(key, _)| KEYS.contains(&key.as_str()));
    options.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// What a plan does. Sending a secret again, and nothing else, is no change.
fn action(item: &Item, plan: &Plan, resent: &[&str]) -> Action {
    let changes = plan.changes().next().is_some();
    // The difference of a list's entry is the whole list.
    let is_new = plan.before.is_empty() || (item.kind.card().listed && plan.steps.iter().all(Step::is_creation));
    match (changes, item.is_removal(), is_new) {
        (false, _, _) => Action::Keep,
        (true, true, _) => Action::Remove,
        (true, false, true) => Action::Create,
        (true, false, false) if !resent.is_empty() && differ_only_by(resent, plan) => Action::Keep,
        (true, false, false) => Action::Change,
    }
}

/// Whether nothing differs but the options that are sent anyway. Modules show those as a change, because for a task
/// they are one.
fn differ_only_by(resent: &[&str], plan: &Plan) -> bool {
    let others = |side: &Map<String, Value>| {
        side.iter().filter(|(key, _)| !resent.contains(&key.as_str())).map(|(k, v)| (k.clone(), v.clone())).collect()
    };
    let (before, after): (Map<String, Value>, Map<String, Value>) = (others(&plan.before), others(&plan.after));
    before == after
}

/// How many of each kind an object holds.
fn held(plan: &Plan) -> Vec<(Kind, usize)> {
    let count = |(kind, option)| Some((kind, plan.before.get(option)?.as_array()?.len()));
    Kind::held_lists().filter_map(count).collect()
}
