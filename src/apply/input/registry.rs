//! The `registry` part of a declaration: where the servers are, and what a run may do to them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::delivery::Allowed;
use super::secret::Resolver;
use super::yaml::{Content, Key, Node, Problem};
use crate::api::Pace;
use crate::apply::kinds::Kind;
use crate::apply::kinds::repository::Grantee;
use crate::call::{self, Call};
use crate::modules::{connection, quay_registry};

mod awaited;
mod endpoints;

pub use awaited::Awaited;
pub use endpoints::{Endpoint, SECRET};

/// Where the servers are, and what a run may do to them.
#[derive(Clone)]
pub struct Registry {
    /// The servers; at least one.
    pub endpoints: Vec<Endpoint>,
    /// Requests at a time, for each server.
    pub jobs: usize,
    /// Requests a second at most, for each server.
    pub rate: Option<f64>,
    /// When values that Quay never shows are sent again.
    pub update_secrets: UpdateSecrets,
    /// The kinds of which everything is removed that the declaration does not name.
    pub prune: BTreeSet<Kind>,
    /// What a run must not do.
    pub limits: Limits,
    /// Where files may have credentials brought to.
    pub deliveries: Allowed,
}

/// When values that Quay never shows (passwords) are sent again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UpdateSecrets {
    /// Only with the object that they belong to, when it is created.
    Never,
    /// Together with another change of the object.
    #[default]
    OnChangeOfOtherFields,
    /// In every run; it counts as no change.
    Always,
}

impl UpdateSecrets {
    /// All of them, with their words.
    pub const ALL: [(&'static str, UpdateSecrets); 3] = [
        ("never", UpdateSecrets::Never),
        ("on_change_of_other_fields", UpdateSecrets::OnChangeOfOtherFields),
        ("always", UpdateSecrets::Always),
    ];

    /// The one that a word means.
    pub fn of(word: &str) -> Option<UpdateSecrets> {
        UpdateSecrets::ALL.iter().find(|(known, _)| *known == word).map(|(_, meant)| *meant)
    }
}

/// What a run must not do.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Most removals, by kind.
    pub max_removals: Ceiling,
    /// Largest part that may be removed, by kind, in percent.
    pub max_removal_percent: Ceiling,
    /// Most tags that new policies may prune or lock at once.
    pub max_policy_tags: Option<u64>,
    /// Whether an organization may be deleted, with everything in it.
    pub delete_organizations: bool,
    /// Whether a repository may be deleted that holds something.
    pub delete_repositories: bool,
    /// Whether an account may be deleted, with its personal repositories.
    pub delete_users: bool,
    /// Whether a private repository may become public.
    pub make_public: bool,
    /// Leaves every removal out.
    pub skip_removals: bool,
}

impl Limits {
    /// The switches of `allow`.
    pub const SWITCHES: [&'static str; 4] =
        ["delete_organizations", "delete_repositories", "delete_users", "make_public"];

    /// Permits what a switch stands for; others change nothing.
    pub fn allow(&mut self, switch: &str) {
        match switch {
            "delete_organizations" => self.delete_organizations = true,
            "delete_repositories" => self.delete_repositories = true,
            "delete_users" => self.delete_users = true,
            "make_public" => self.make_public = true,
            _ => {}
        }
    }

    /// What still holds where all that is declared is to go: a part of the whole says nothing then, a number that the user gave
    /// does.
    pub fn of_removal(&self) -> Limits {
        Limits { max_removal_percent: Ceiling::default(), ..self.clone() }
    }

    /// The same where a person was shown what will go, and has said yes.
    pub fn of_destruction(&self) -> Limits {
        Limits { delete_organizations: true, delete_repositories: true, delete_users: true, ..self.of_removal() }
    }
}

/// A limit for every kind, with exceptions.
#[derive(Clone, Debug, Default)]
pub struct Ceiling {
    general: Option<u64>,
    by_kind: BTreeMap<Kind, u64>,
}

impl Ceiling {
    /// The limit for a kind, `None` without one.
    pub fn of(&self, kind: Kind) -> Option<u64> {
        self.by_kind.get(&kind).copied().or(self.general)
    }

    /// Sets the limit for a kind, or without one that for all others.
    pub fn set(&mut self, kind: Option<Kind>, most: u64) {
        match kind {
            Some(kind) => drop(self.by_kind.insert(kind, most)),
            None => self.general = Some(most),
        }
    }
}

/// The part of the objects of a kind that a run may remove unless it is told otherwise, in percent.
pub const PERCENT: u64 = 25;
/// So many objects of a kind may always be removed, however few there are.
pub const ALWAYS: u64 = 3;
/// The policies that are read by kind, which the documentation of a module cannot check.
const BY_KIND: &[&str] = &["prune", "max_removals", "max_removal_percent"];

impl Default for Registry {
    fn default() -> Registry {
        Registry {
            endpoints: Vec::new(),
            jobs: usize::from(Pace::JOBS),
            rate: None,
            update_secrets: UpdateSecrets::default(),
            prune: BTreeSet::new(),
            deliveries: Allowed::default(),
            limits: Limits {
                max_removals: Ceiling::default(),
                max_removal_percent: Ceiling { general: Some(PERCENT), by_kind: BTreeMap::new() },
                max_policy_tags: None,
                delete_organizations: false,
                delete_repositories: false,
                delete_users: false,
                make_public: false,
                skip_removals: false,
            },
        }
    }
}

impl Registry {
    /// Reads the mapping under `registry`; an absent one means the defaults, and a server from the environment.
    ///
    /// Every mistake is added to `problems`.
    pub fn read(node: Option<&Node>, resolver: &Resolver, problems: &mut Vec<Problem>) -> Registry {
        let empty = Node::of_value(&json!({}), "registry");
        let node = node.filter(|node| !node.is_null()).unwrap_or(&empty);
        let mut registry = Registry { deliveries: Allowed::of(resolver.environment()), ..Registry::default() };
        let Content::Map(map) = &node.content else {
            problems.push(node.problem("registry must be a mapping"));
            return registry;
        };
        let options = policies(node, map, problems);
        let number = |key: &str| usize::try_from(options.get(key)?.as_u64()?).ok();
        registry.jobs = number("jobs").unwrap_or(registry.jobs);
        registry.rate = options.get("rate").and_then(Value::as_f64);
        let update_secrets = options.get("update_secrets").and_then(Value::as_str);
        registry.update_secrets = update_secrets.and_then(UpdateSecrets::of).unwrap_or_default();
        let limits = &mut registry.limits;
        limits.max_policy_tags = options.get("max_policy_tags").and_then(Value::as_u64);
        limits.skip_removals = options.get("skip_removals") == Some(&json!(true));
        let allowed = |switch: &str| options.get("allow").is_some_and(|allow| allow[switch] == true);
        Limits::SWITCHES.iter().filter(|switch| allowed(switch)).for_each(|switch| limits.allow(switch));
        let given = |key: &str| node.get(key).filter(|node| !node.is_null());
        if let Some(kinds) = given("prune") {
            prune(kinds, &mut registry.prune, problems);
        }
        let ceilings = [
            ("max_removals", u64::MAX, &mut limits.max_removals),
            ("max_removal_percent", 100, &mut limits.max_removal_percent),
        ];
        for (key, most, limit) in ceilings {
            problems.extend(given(key).and_then(|node| ceiling(node, most, limit).err()));
        }
        registry.endpoints = endpoints::read(node, resolver, problems);
        registry
    }
}

/// The policies that are not read by kind, checked as the module `quay_registry` has its options checked.
fn policies(node: &Node, map: &[(Key, Node)], problems: &mut Vec<Problem>) -> Map<String, Value> {
    let entry = quay_registry::entry();
    // A declaration is at hand: this one.
    let mut parameters = Map::from_iter([("config".to_owned(), json!({}))]);
    for (key, value) in map.iter().filter(|(_, value)| !value.is_null()) {
        let name = key.name.as_str();
        let is_policy = quay_registry::policies().any(|argument| argument.name == name);
        if is_policy && name != "endpoints" && !BY_KIND.contains(&name) {
            parameters.insert(name.to_owned(), value.to_value());
        } else if !is_policy && !connection::is_option(name) {
            let known: Vec<&str> = quay_registry::policies().map(|argument| argument.name).collect();
            problems.push(unknown(key.place.clone(), name, &[connection::OPTIONS, &known].concat()));
        }
    }
    let call = Call::of(quay_registry::NAME, parameters);
    match call::validate(entry.document, entry.rules, call, &|_| None) {
        Ok(checked) => checked.options,
        Err(invalid) => {
            problems.extend(invalid.errors.iter().map(|error| node.at(&error.path).problem(error.text.clone())));
            Map::new()
        }
    }
}

/// A complaint about a key that nobody knows.
pub fn unknown(place: super::yaml::Place, name: &str, known: &[&str]) -> Problem {
    let near =
        known.iter().copied().max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
    let near = near.filter(|near| strsim::jaro_winkler(near, name) > 0.8);
    let hint = match near {
        Some(near) => format!("did you mean {near}?"),
        None => format!("known are: {}", known.join(", ")),
    };
    Problem { place, what: format!("unknown key \"{name}\"; {hint}") }
}

fn number(node: &Node, most: u64) -> Result<u64, Problem> {
    let given = node.to_value();
    let number = given.as_u64().or_else(|| given.as_str()?.trim().parse().ok());
    number.filter(|number| *number <= most).ok_or_else(|| match most {
        u64::MAX => node.problem("must be a whole number from 0"),
        _ => node.problem(format!("must be a whole number from 0 to {most}")),
    })
}

fn boolean(node: &Node) -> Result<bool, Problem> {
    call::boolean(&node.to_value()).ok_or_else(|| node.problem("must be true or false"))
}

/// Reads a mapping of kinds to true or false into a set.
pub fn prune(node: &Node, kinds: &mut BTreeSet<Kind>, problems: &mut Vec<Problem>) {
    let Content::Map(map) = &node.content else {
        problems.push(node.problem("prune must be a mapping, such as {teams: true}"));
        return;
    };
    for (key, value) in map {
        let Some(kind) = Kind::of(&key.name).filter(|kind| kind.card().pruned) else {
            let known: Vec<&str> = Kind::pruned().map(|kind| kind.word()).collect();
            problems.push(unknown(key.place.clone(), &key.name, &known));
            continue;
        };
        let whose = if kind == Kind::Permissions { whose(value) } else { None };
        match whose.map_or_else(|| boolean(value), |whose| whose.map(|_| true)) {
            Ok(true) => {
                kinds.insert(kind);
            }
            Ok(false) => {
                kinds.remove(&kind);
            }
            Err(problem) => problems.push(problem),
        }
    }
}

/// The grantees that a list names; `None` for what is no list.
fn whose(node: &Node) -> Option<Result<Vec<Grantee>, Problem>> {
    let list = node.as_list()?;
    let grantee = |node: &Node| match node.as_str() {
        Some("users") => Ok(Grantee::Users),
        Some("robots") => Ok(Grantee::Robots),
        Some("teams") => Ok(Grantee::Teams),
        _ => Err(node.problem("must be one of users, robots, teams")),
    };
    Some(list.iter().map(grantee).collect())
}

/// Whose permissions an entry prunes, where that are not all.
pub fn grantees(entry: &Node) -> Option<Vec<Grantee>> {
    whose(entry.get("prune")?.get("permissions")?)?.ok()
}

fn ceiling(node: &Node, most: u64, ceiling: &mut Ceiling) -> Result<(), Problem> {
    let Content::Map(map) = &node.content else {
        ceiling.set(None, number(node, most)?);
        return Ok(());
    };
    for (key, value) in map {
        let kind = Kind::of(&key.name).ok_or_else(|| {
            let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
            unknown(key.place.clone(), &key.name, &known)
        })?;
        ceiling.set(Some(kind), number(value, most)?);
    }
    Ok(())
}
