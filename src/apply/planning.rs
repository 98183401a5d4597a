//! Plans one endpoint: survey, items, a plan each, rails.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::declaration::{Declaration, belongs_on};
use super::engine::Wish;
use super::expand::{Items, pruned};
use super::first_user::Missing;
use super::foresight::Picture;
use super::graph::{Fate, Graph, each};
use super::guard::Guard;
use super::item::Item;
use super::layout::Kind;
use super::registry::{Endpoint, Registry, UpdateSecrets};
use super::report::{self, Action, Outcome};
use super::survey::{Seen, Survey};
use super::yaml::Node;
use super::{commands, doomed, expand, first_user, foretell, order, protect, prune};
use crate::ansible::mask::Mask;
use crate::api::{Http, Pace, Reader, Settings};
use crate::error::{Error, Result};
use crate::plan::Plan;

/// The plans for one endpoint.
pub struct Planned {
    /// Its name.
    pub name: String,
    /// The connection, `None` when there is nothing to connect for.
    pub http: Option<Arc<Http>>,
    /// A connection without credentials, for what comes before any account.
    pub anonymous: Option<Arc<Http>>,
    /// Requests at a time.
    pub jobs: usize,
    /// Every object of the declaration.
    pub objects: Vec<Object>,
    /// Who waits for whom.
    pub graph: Graph,
    /// Why nothing may be written.
    pub refusals: Vec<String>,
    /// Things that the user should know.
    pub warnings: Vec<String>,
    /// When the planning began.
    pub start: Instant,
    /// How long it took, in seconds.
    pub seconds: f64,
}

/// One item with its plan.
pub struct Object {
    /// The item.
    pub item: Item,
    /// Its plan, `None` where none could be made.
    pub plan: Option<Plan>,
    /// What the plan does.
    pub action: Action,
    /// Options that are sent without knowing whether they differ.
    pub forced: Vec<&'static str>,
    /// Why there is no plan.
    pub outcome: Outcome,
    /// Hides the secrets of the item and of the endpoint.
    pub mask: Arc<Mask>,
}

/// Values that Quay takes and never shows: whether they differ cannot be told.
const WRITE_ONLY: &[(&str, &[&str])] = &[
    ("quay_org_mirror", &["external_registry_password"]),
    ("quay_proxy_cache", &["username", "password"]),
    ("quay_repository_mirror", &["external_registry_password"]),
    ("quay_user", &["password"]),
];

/// Plans the declaration for one endpoint.
pub fn plan(declaration: &Declaration, endpoint: &Endpoint, wish: &Wish) -> Planned {
    let start = Instant::now();
    let registry = &declaration.registry;
    let http = match Http::paced(Settings::from_options(&endpoint.options), Pace::new(registry.jobs, registry.rate)) {
        Ok(http) => Arc::new(http),
        Err(error) => return Planned::refused(&endpoint.name, vec![error.to_string()]),
    };
    let anonymous = first_user::connection(declaration, endpoint).ok().flatten();
    let stranger = anonymous.clone().map(|http| Reader::new(http, true));
    let picture = Picture::default();
    let reader = Reader::foreseeing(Arc::clone(&http), Box::new(picture.clone()));
    let mut work = Work {
        declaration,
        registry,
        endpoint,
        wish,
        picture,
        reader,
        stranger,
        refusals: Vec::new(),
        warnings: Vec::new(),
    };
    let mut planned = match work.plan() {
        Ok((objects, graph)) => {
            Planned { objects, graph, ..Planned::refused(&endpoint.name, std::mem::take(&mut work.refusals)) }
        }
        Err(refusals) => Planned::refused(&endpoint.name, refusals),
    };
    planned.warnings = work.warnings;
    planned.http = Some(http);
    planned.anonymous = anonymous;
    planned.jobs = registry.jobs;
    planned.start = start;
    planned.seconds = start.elapsed().as_secs_f64();
    planned
}

struct Work<'a> {
    declaration: &'a Declaration,
    registry: &'a Registry,
    endpoint: &'a Endpoint,
    wish: &'a Wish,
    picture: Picture,
    reader: Reader,
    /// Reads without credentials, where something comes before any account.
    stranger: Option<Reader>,
    refusals: Vec<String>,
    warnings: Vec<String>,
}

/// An organization, what it removes, and what was seen of it.
struct Scope<'a> {
    entry: &'a Node,
    name: &'a str,
    prune: BTreeSet<Kind>,
    seen: Result<Seen>,
}

impl<'a> Work<'a> {
    fn plan(&mut self) -> Result<(Vec<Object>, Graph), Vec<String>> {
        if let Some(missing) = self.missing_first_user()? {
            return self.first_user(&missing);
        }
        let scopes = self.survey()?;
        let mut items = Items::default();
        if self.wish.destroy.is_some() {
            self.destroy(&mut items)?;
        } else {
            self.expand(&scopes, &mut items);
        }
        let mut totals = Vec::new();
        if self.wish.destroy.is_none() && !self.registry.rails.skip_removals {
            totals = self.prune(&scopes, &mut items);
        }
        if !items.problems.is_empty() {
            return Err(items.problems.iter().map(ToString::to_string).collect());
        }
        let mut items = items.list;
        let kinds = &self.wish.only.kinds;
        items.retain(|item| kinds.is_empty() || kinds.contains(&item.kind));
        if self.registry.rails.skip_removals && self.wish.destroy.is_none() {
            self.leave_out_removals(&mut items);
        }
        let closed = self.spare(&scopes, &mut items);
        let graph = order::graph(&items)
            .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<String>>())?;
        let objects = self.walk(items, &graph, &closed);
        self.guard(&objects, &totals);
        Ok((objects, graph))
    }

    /// The first user, where the declaration has one that is not there yet.
    fn missing_first_user(&self) -> Result<Option<Missing>, Vec<String>> {
        if self.wish.destroy.is_some() {
            return Ok(None);
        }
        let found = Missing::find(self.declaration, self.endpoint, self.stranger.as_ref(), &self.reader);
        found.map_err(|error| vec![self.hide(&error.to_string())])
    }

    /// Plans the first user alone.
    fn first_user(&mut self, missing: &Missing) -> Result<(Vec<Object>, Graph), Vec<String>> {
        let mut items = Items::default();
        items.tasks(self.declaration, self.endpoint);
        let asked = self.wish.only.kinds.contains(&Kind::Tasks);
        self.warnings.extend(missing.alone(asked, &mut items.list).map_err(|why| vec![why])?);
        let graph = Graph::new(items.list.len());
        let objects = self.walk(items.list, &graph, &BTreeMap::new());
        Ok((objects, graph))
    }

    /// Reads all organizations, several at a time.
    fn survey(&self) -> Result<Vec<Scope<'a>>, Vec<String>> {
        let only = &self.wish.only.organizations;
        let entries: Vec<(&Node, &str)> = self
            .declaration
            .organizations
            .iter()
            .filter(|entry| belongs_on(entry, self.endpoint))
            .filter_map(|entry| Some((entry, entry.get("name")?.as_str()?)))
            .filter(|(_, name)| only.is_empty() || only.iter().any(|only| only == name))
            .collect();
        let jobs = self.registry.jobs;
        let scopes = each(jobs, &entries, |(entry, name)| {
            let prune = pruned(&self.registry.prune, entry);
            let survey =
                Survey { reader: &self.reader, picture: &self.picture, jobs, organization: entry, prune: &prune };
            let seen = if self.wish.destroy.is_some() { Ok(Seen::default()) } else { survey.take() };
            Scope { entry, name, prune, seen }
        });
        // A server that does not answer is one fault, however many organizations it concerns.
        let unreachable = scopes.iter().find_map(|scope| match &scope.seen {
            Err(error @ (Error::Connection(_) | Error::Lost(_))) => Some(error.to_string()),
            _ => None,
        });
        match unreachable {
            Some(error) => Err(vec![self.hide(&error)]),
            None => Ok(scopes),
        }
    }

    fn hide(&self, text: &str) -> String {
        Mask::new(&self.endpoint.secrets).text(text)
    }

    fn expand(&self, scopes: &[Scope<'_>], items: &mut Items) {
        let whole = self.wish.only.organizations.is_empty();
        if whole {
            items.top(self.declaration, self.endpoint);
        }
        for scope in scopes {
            let declared = match &scope.seen {
                Ok(seen) => seen.declared.as_slice(),
                Err(_) => &[],
            };
            items.organization(scope.entry, declared, &scope.prune);
        }
        if whole {
            items.tasks(self.declaration, self.endpoint);
        }
    }

    fn destroy(&self, items: &mut Items) -> Result<(), Vec<String>> {
        let names = self.wish.destroy.as_deref().unwrap_or_default();
        items.list.extend(doomed::items(self.declaration, self.endpoint, names)?);
        Ok(())
    }

    /// Adds what is to be removed; returns how many objects there are of each kind.
    fn prune(&mut self, scopes: &[Scope<'_>], items: &mut Items) -> Vec<(Kind, usize)> {
        let mut totals = Vec::new();
        let mut found = Vec::new();
        for scope in scopes {
            let Ok(seen) = &scope.seen else { continue };
            let count = |kind, list: Option<usize>| list.map(|count| (kind, count));
            if seen.exists {
                totals.push((Kind::Organizations, 1));
            }
            let unpruned = |kind: &Kind| !scope.prune.contains(kind);
            let known = [
                count(Kind::Teams, Some(seen.teams.len())),
                count(Kind::Robots, seen.robots.as_ref().map(Vec::len)),
                count(Kind::Repositories, seen.repositories.as_ref().map(Vec::len)),
            ];
            totals.extend(known.into_iter().flatten().filter(|(kind, _)| unpruned(kind)));
            if scope.prune.is_empty() || !seen.exists {
                if !scope.prune.is_empty() && expand::is_reference(scope.entry) {
                    let name = scope.name;
                    self.warnings.push(format!("nothing is pruned in {name}: it is no organization of this server"));
                }
                continue;
            }
            if !seen.complete {
                self.warnings.push(format!(
                    "nothing is pruned in {}: Quay shows all of it only to its administrators",
                    scope.name
                ));
                continue;
            }
            let pruning = prune::Pruning {
                reader: &self.reader,
                organization: scope.name,
                seen,
                items: &items.list,
                prune: &scope.prune,
            };
            found.push(pruning.surplus().map_err(|error| (scope.name, error)));
        }
        if self.registry.prune.contains(&Kind::Organizations) && self.wish.only.organizations.is_empty() {
            let declared: Vec<&str> = scopes
                .iter()
                .flat_map(|scope| [Some(scope.name), scope.entry.get("previous_name").and_then(Node::as_str)])
                .flatten()
                .collect();
            totals.retain(|(kind, _)| *kind != Kind::Organizations);
            found.push(prune::organizations(&self.reader, &declared).map_err(|error| ("the server", error)));
        }
        if self.registry.prune.contains(&Kind::Messages) && self.wish.only.organizations.is_empty() {
            found.push(prune::messages(&self.reader, &items.list).map_err(|error| ("the server", error)));
        }
        for surplus in found {
            match surplus {
                Ok(surplus) => {
                    items.list.extend(surplus.items);
                    items.problems.extend(surplus.problems);
                    totals.extend(surplus.totals);
                    self.warnings.extend(surplus.warnings);
                }
                Err((place, error)) => {
                    let text = self.hide(&format!("nothing is pruned in {place}: {error}"));
                    self.refusals.push(text);
                }
            }
        }
        totals
    }

    fn leave_out_removals(&mut self, items: &mut Vec<Item>) {
        items.retain(|item| !item.is_removal());
        for item in items {
            if let Some(append) = item.options.get_mut("append") {
                *append = json!(true);
            }
        }
    }

    /// Keeps the rights that no run takes away; returns the organizations that stay closed, with the reason.
    fn spare(&self, scopes: &[Scope<'_>], items: &mut [Item]) -> BTreeMap<String, String> {
        let mut closed: BTreeMap<String, String> = BTreeMap::new();
        let mut seen: HashMap<&str, &Seen> = HashMap::new();
        for scope in scopes {
            match &scope.seen {
                Ok(found) => {
                    seen.insert(scope.name, found);
                }
                Err(error) => {
                    closed.insert(scope.name.to_owned(), self.hide(&error.to_string()));
                }
            }
        }
        for item in items {
            let Some((name, seen)) =
                item.organization.clone().and_then(|name| Some((name.clone(), *seen.get(&*name)?)))
            else {
                continue;
            };
            if let Err(error) = protect::spare(item, seen, &self.reader) {
                closed.insert(name, self.hide(&error.to_string()));
            }
        }
        closed
    }

    /// Plans every item once what it builds on is planned, several at a time.
    fn walk(&mut self, items: Vec<Item>, graph: &Graph, closed: &BTreeMap<String, String>) -> Vec<Object> {
        let made: Vec<Mutex<Option<Made>>> = items.iter().map(|_| Mutex::new(None)).collect();
        let work = &*self;
        let fates = graph.walk(self.registry.jobs, |index| {
            let item = &items[index];
            let scope = item.organization.as_ref().and_then(|name| Some((name, closed.get(name)?)));
            let result = match scope {
                Some((name, why)) => Made::Closed(format!("the organization {name} could not be read: {why}")),
                None => work.make(item),
            };
            let went_well = matches!(result, Made::Plan { .. });
            *made[index].lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
            went_well
        });
        let titles: Vec<String> = items.iter().map(|item| item.title.clone()).collect();
        let mut objects = Vec::with_capacity(items.len());
        for ((item, made), fate) in items.into_iter().zip(made).zip(fates) {
            let made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
            objects.push(self.object(item, made, fate, &titles));
        }
        objects
    }

    fn object(&mut self, item: Item, made: Option<Made>, fate: Fate, titles: &[String]) -> Object {
        let mask = Arc::new(Mask::new(item.secrets.iter().chain(&self.endpoint.secrets)));
        let object =
            Object { item, plan: None, action: Action::Keep, forced: Vec::new(), outcome: Outcome::Planned, mask };
        match (made, fate) {
            (Some(Made::Plan { plan, action, forced }), _) => Object { plan: Some(*plan), action, forced, ..object },
            (Some(Made::Closed(why)), _) => Object { outcome: Outcome::Skipped(object.mask.text(&why)), ..object },
            (Some(Made::Failed(error)), _) => {
                let text = object.mask.text(&error.to_string());
                // The declaration's author has to act: nothing is written before.
                if matches!(error, Error::Option(_) | Error::Missing(_) | Error::Bug(_)) {
                    let place = object.item.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
                    self.refusals.push(format!("{place}{text}"));
                }
                Object { outcome: Outcome::Failed(text), ..object }
            }
            (None, fate) => {
                let why = match fate {
                    Fate::Skipped(origin) => titles.get(origin).map_or("something else", String::as_str),
                    _ => "something else",
                };
                Object { outcome: Outcome::Skipped(format!("it builds on the {why}, which has no plan")), ..object }
            }
        }
    }

    fn make(&self, item: &Item) -> Made {
        match self.plan_of(item) {
            Ok((mut plan, forced)) => {
                foretell::keep(&self.picture, item, &plan);
                let action = action(item, &plan, !forced.is_empty());
                if action == Action::Keep && forced.is_empty() {
                    // Most objects of most runs: what is not shown needs no memory.
                    let warnings = std::mem::take(&mut plan.warnings);
                    let before = sizes(&plan.before);
                    plan = Plan { warnings, before: before.clone(), after: before, ..Plan::of(plan.title) };
                }
                Made::Plan { plan: Box::new(plan), action, forced }
            }
            Err(error) => Made::Failed(error),
        }
    }

    /// The plan of an item, and the options that it sends although nothing tells whether they differ.
    fn plan_of(&self, item: &Item) -> Result<(Plan, Vec<&'static str>)> {
        let asked = self.wish.only.kinds.contains(&Kind::Tasks);
        if let (Some(stranger), "quay_first_user") = (&self.stranger, item.module()) {
            return Ok((first_user::plan(item, stranger, &self.reader)?, Vec::new()));
        }
        if let Some(plan) = commands::left_out(item, asked) {
            return Ok((plan, Vec::new()));
        }
        let hidden =
            WRITE_ONLY.iter().find(|(module, _)| *module == item.module()).map_or(&[][..], |(_, options)| *options);
        let given: Vec<&'static str> =
            hidden.iter().copied().filter(|option| item.options.contains_key(*option)).collect();
        if given.is_empty() || item.is_removal() {
            return Ok((item.entry.plan(&item.options, &self.reader)?, Vec::new()));
        }
        let bare: Map<String, Value> = item
            .options
            .iter()
            .filter(|(option, _)| !given.contains(&option.as_str()))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        let without = item.entry.plan(&bare, &self.reader);
        let whole = || item.entry.plan(&item.options, &self.reader);
        let Ok(without) = without else {
            return Ok((whole()?, Vec::new()));
        };
        let changes = without.changes().next().is_some();
        let exists = !without.before.is_empty();
        match self.registry.update_secrets {
            _ if !exists => Ok((whole()?, Vec::new())),
            // Quay replaces a proxy cache as a whole: without its credentials it would lose them.
            UpdateSecrets::Never if !(changes && item.module() == "quay_proxy_cache") => Ok((without, Vec::new())),
            UpdateSecrets::Never => Ok((whole()?, given)),
            UpdateSecrets::OnChangeOfOtherFields if changes => Ok((whole()?, given)),
            UpdateSecrets::OnChangeOfOtherFields => Ok((without, Vec::new())),
            UpdateSecrets::Always => Ok((whole()?, given)),
        }
    }

    fn guard(&mut self, objects: &[Object], totals: &[(Kind, usize)]) {
        if self.wish.destroy.is_some() {
            return;
        }
        let mut guard = Guard::new(&self.registry.rails);
        totals.iter().for_each(|(kind, count)| guard.there_are(*kind, *count));
        for object in objects {
            if let Some(plan) = &object.plan {
                guard.see(&object.item, plan, object.action, &self.reader);
            }
        }
        self.refusals.extend(guard.refusals());
    }
}

/// What came of planning an item.
enum Made {
    Plan { plan: Box<Plan>, action: Action, forced: Vec<&'static str> },
    Failed(Error),
    Closed(String),
}

/// What a plan does. Sending a secret again, and nothing else, is no change.
fn action(item: &Item, plan: &Plan, forced: bool) -> Action {
    let changes = plan.changes().next().is_some();
    match (changes, item.is_removal(), plan.before.is_empty()) {
        (false, _, _) => Action::Keep,
        (true, true, _) => Action::Remove,
        (true, false, true) => Action::Create,
        (true, false, false) if forced && plan.before == plan.after => Action::Keep,
        (true, false, false) => Action::Change,
    }
}

/// The lists that are counted against the rails, and nothing else.
fn sizes(before: &Map<String, Value>) -> Map<String, Value> {
    let counted = ["members", "perms", "federations"];
    counted.iter().filter_map(|key| Some(((*key).to_owned(), before.get(*key)?.clone()))).collect()
}

impl Planned {
    /// An endpoint without a plan.
    pub fn refused(name: &str, refusals: Vec<String>) -> Planned {
        Planned {
            name: name.to_owned(),
            http: None,
            anonymous: None,
            jobs: 1,
            objects: Vec::new(),
            graph: Graph::default(),
            refusals,
            warnings: Vec::new(),
            start: Instant::now(),
            seconds: 0.0,
        }
    }

    /// Whether nothing may be written.
    pub fn is_refused(&self) -> bool {
        !self.refusals.is_empty()
    }

    /// Requests so far.
    pub fn requests(&self) -> u64 {
        self.http.iter().chain(&self.anonymous).map(|http| http.requests()).sum()
    }

    /// What the plans would do.
    pub fn report(&self) -> report::Endpoint {
        report::Endpoint {
            name: self.name.clone(),
            objects: self.objects.iter().map(|object| object.report(object.outcome.clone(), Map::new())).collect(),
            refusals: self.refusals.clone(),
            warnings: self.warnings.clone(),
            requests: self.requests(),
            seconds: self.seconds,
        }
    }
}

impl Object {
    /// The object for a report, with what came of it.
    pub fn report(&self, outcome: Outcome, returned: Map<String, Value>) -> report::Object {
        let plan = self.plan.as_ref();
        let title = plan.map(|plan| plan.title.as_str()).filter(|title| !title.is_empty()).unwrap_or(&self.item.title);
        let shown = self.action != Action::Keep;
        let side = |side: fn(&Plan) -> &Map<String, Value>| {
            plan.filter(|_| shown).map(|plan| self.mask.value_except(side(plan).clone(), &[])).unwrap_or_default()
        };
        let mut warnings = self.item.warnings.clone();
        warnings.extend(plan.into_iter().flat_map(|plan| plan.warnings.iter().cloned()));
        report::Object {
            kind: self.item.kind,
            title: self.mask.text(title),
            organization: self.item.organization.clone(),
            place: self.item.place.clone(),
            action: self.action,
            before: side(|plan| &plan.before),
            after: side(|plan| &plan.after),
            steps: plan
                .map(|plan| plan.steps.iter().map(|step| self.mask.text(&step.what)).collect())
                .unwrap_or_default(),
            forced: self.forced.clone(),
            outcome,
            warnings: warnings.iter().map(|text| self.mask.text(text)).collect(),
            returned,
        }
    }
}
