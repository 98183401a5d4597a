//! What the user declares: the files as one checked tree.

use super::registry::{Endpoint, Registry, unknown};
use super::secret::Resolver;
use super::yaml::{Content, Key, Node, Place, Problem};
use super::{merge, tree};
use crate::apply::kinds::section::Section;
use crate::apply::kinds::{self, organization};
use crate::call::Environment;
use crate::modules::{self, connection};

/// A whole declaration, checked for its shape.
pub struct Declaration {
    /// Where the servers are, and what a run may do to them.
    pub registry: Registry,
    /// The entries of `users`.
    pub users: Vec<Node>,
    /// The entries of `messages`.
    pub messages: Vec<Node>,
    /// The entries of `organizations`.
    pub organizations: Vec<Node>,
    /// The entries of `tasks`.
    pub tasks: Vec<Task>,
}

/// One call of a module that has no place in the tree.
pub struct Task {
    /// The module.
    pub entry: &'static modules::Entry,
    /// Its options.
    pub options: Node,
    /// What steers the engine: `endpoints`, `preserve`, `secret`.
    pub steering: Node,
    /// Where it stands.
    pub place: Place,
}

impl Task {
    /// Whether it is for an endpoint.
    pub fn belongs_on(&self, endpoint: &Endpoint) -> bool {
        belongs_on(&self.steering, endpoint)
    }
}

/// The keys of a task that are no module.
pub const STEERING: &[&str] = &["endpoints", "preserve", "secret", "deliver"];
const REGISTRY: &str = "registry";
const KEYS: &[&str] = &[REGISTRY, "users", "messages", "organizations", "tasks"];

/// Whether a document declares anything beside the registry itself.
pub fn has_content(document: &Node) -> bool {
    KEYS.iter().any(|key| *key != REGISTRY && document.get(key).is_some())
}

impl Declaration {
    /// Merges documents, in their order, into one declaration. What `overrides` says under `registry` wins over the files;
    /// the command line and the options of a module speak through it.
    ///
    /// # Errors
    /// Every mistake in all of them.
    pub fn read(
        documents: Vec<Node>,
        overrides: Option<&Node>,
        environment: Environment,
    ) -> Result<Declaration, Vec<Problem>> {
        let (declaration, problems) = Declaration::gather(documents, overrides, environment, true);
        if problems.is_empty() { Ok(declaration) } else { Err(problems) }
    }

    /// The same, with what can be understood beside every mistake, so that those in the values can be told, too. `is_whole` says
    /// that the documents are all there are: what is referred to may else stand in others.
    pub fn gather(
        documents: Vec<Node>,
        overrides: Option<&Node>,
        environment: Environment,
        is_whole: bool,
    ) -> (Declaration, Vec<Problem>) {
        let resolver = &Resolver::new(environment);
        let mut problems = Vec::new();
        // The entries of each section, by the document that they come from.
        let mut sections: Vec<(&'static Section, Vec<Vec<Node>>)> =
            kinds::top().map(|section| (section, Vec::new())).collect();
        let mut registry: Option<Node> = None;
        let mut tasks = Vec::new();
        for mut document in documents.into_iter().filter(|document| !document.is_null()) {
            document.drop_line_ends();
            let Content::Map(map) = document.content else {
                problems
                    .push(document.problem(format!("a registry file is a mapping with the keys {}", KEYS.join(", "))));
                continue;
            };
            for (key, mut node) in map.into_iter().filter(|(_, node)| !node.is_null()) {
                if let Some((section, files)) = sections.iter_mut().find(|(section, _)| key.name == section.key) {
                    tree::check(section, &mut node, resolver, &mut problems);
                    if let Content::List(entries) = node.content {
                        files.push(entries);
                    }
                } else if key.name == REGISTRY {
                    merge_registry(&mut registry, key, node, &mut problems);
                } else if key.name == "tasks" {
                    read_tasks(node, resolver, &mut tasks, &mut problems);
                } else {
                    problems.push(unknown(key.place, &key.name, KEYS));
                }
            }
        }
        if let Some(overrides) = overrides.and_then(|node| node.get("registry")) {
            registry = Some(overridden(registry, overrides));
        }
        let registry = Registry::read(registry.as_ref(), resolver, &mut problems);
        let is_known = is_whole && registry.endpoints.iter().all(|endpoint| !endpoint.name.is_empty());
        let steered = tasks.iter().map(|task: &Task| &task.steering);
        let entries = sections.iter().flat_map(|(_, files)| files.iter().flatten());
        check_endpoints(entries.chain(steered), &registry, is_known, &mut problems);
        let mut take = |key: &str| match sections.iter_mut().find(|(section, _)| section.key == key) {
            Some((section, files)) => merge::united(section, std::mem::take(files), &registry.endpoints, &mut problems),
            None => Vec::new(),
        };
        let (users, messages, organizations) = (take("users"), take("messages"), take(organization::SECTION.key));
        (Declaration { registry, users, messages, organizations, tasks }, problems)
    }
}

impl Declaration {
    /// Whether it asks for nothing at all: neither that something be there, nor that nothing else be.
    pub fn is_empty(&self) -> bool {
        let Declaration { registry, users, messages, organizations, tasks } = self;
        let entries = [users, messages, organizations];
        entries.iter().all(|entries| entries.is_empty()) && tasks.is_empty() && registry.prune.is_empty()
    }
}

/// What to tell somebody whose files ask for nothing: the silence of an empty run would pass for good news.
pub const NOTHING: &str =
    "the files declare nothing: no users, messages, organizations or tasks, and registry.prune names no kind";

/// Several files may each say something about the registry, but not different things.
fn merge_registry(registry: &mut Option<Node>, key: Key, node: Node, problems: &mut Vec<Problem>) {
    match registry {
        None => *registry = Some(node),
        Some(known) => merge::values(&key, known, node, problems),
    }
}

/// The registry with the keys of `over` in place of its own. Who signs in otherwise does so completely.
fn overridden(registry: Option<Node>, over: &Node) -> Node {
    let (Some(mut registry), Content::Map(more)) = (registry, &over.content) else {
        return over.clone();
    };
    let given: Vec<&(Key, Node)> = more.iter().filter(|(_, node)| !node.is_null()).collect();
    let signs_in = given.iter().any(|(key, _)| connection::is_login(&key.name));
    if let Content::Map(map) = &mut registry.content {
        map.retain(|(key, _)| {
            let replaced = given.iter().any(|(over, _)| over.name == key.name);
            !(replaced || (signs_in && connection::is_login(&key.name)))
        });
        map.extend(given.into_iter().cloned());
    }
    registry
}

fn read_tasks(node: Node, resolver: &Resolver, tasks: &mut Vec<Task>, problems: &mut Vec<Problem>) {
    let Content::List(list) = node.content else {
        problems.push(node.problem("tasks must be a list of entries such as {quay_docker_token: {name: ci}}"));
        return;
    };
    for entry in list {
        let place = entry.place.clone();
        let Content::Map(map) = entry.content else {
            problems.push(entry.problem("a task is a mapping with the name of one module"));
            continue;
        };
        let steers = |key: &Key| STEERING.contains(&key.name.as_str());
        let (mut calls, steering): (Vec<_>, Vec<_>) = map.into_iter().partition(|(key, _)| !steers(key));
        let (Some((key, mut options)), true) = (calls.pop(), calls.is_empty()) else {
            let what =
                "a task has exactly one key, the name of its module (besides endpoints, preserve, secret and deliver)"
                    .into();
            problems.push(Problem { place, what });
            continue;
        };
        let steering = Node { place: place.clone(), content: Content::Map(steering) };
        let name = key.name.rsplit('.').next().unwrap_or(&key.name);
        match modules::find(name).filter(|entry| entry.plans()) {
            Some(entry) => {
                let secrets = [entry.rules.secrets, connection::RULES.secrets].concat();
                tree::resolve_secrets(&secrets, &mut options, resolver, problems);
                tasks.push(Task { entry, options, steering, place });
            }
            None => {
                let known: Vec<&str> = modules::MODULES.iter().map(|entry| entry.document.name).collect();
                problems.push(unknown(key.place, &key.name, &known));
            }
        }
    }
}

/// An entry can only be for servers that the registry names, and for each of them once. `is_known` says that all their names could
/// be read.
fn check_endpoints<'a>(
    entries: impl Iterator<Item = &'a Node>,
    registry: &Registry,
    is_known: bool,
    problems: &mut Vec<Problem>,
) {
    for entry in entries {
        if let Some(node) = entry.get("endpoints").filter(|node| !node.is_null()) {
            check_names(node, registry, is_known, problems);
        }
        let here: Vec<&Endpoint> = registry.endpoints.iter().filter(|endpoint| belongs_on(entry, endpoint)).collect();
        for (at, one) in here.iter().enumerate() {
            if let Some(other) = here.iter().take(at).find(|other| other.is_server_of(one)) {
                problems.push(entry.problem(format!(
                    "the endpoints {} and {} are the same server: name under endpoints the one that this is for",
                    other.name, one.name
                )));
            }
        }
    }
}

fn check_names(node: &Node, registry: &Registry, is_known: bool, problems: &mut Vec<Problem>) {
    let Content::List(list) = &node.content else {
        problems.push(node.problem("endpoints must be a list of names or hosts"));
        return;
    };
    if list.is_empty() {
        problems.push(
            node.problem("endpoints is empty, which is no endpoint at all: name one, or leave endpoints out for all"),
        );
    }
    for entry in list {
        let known = entry.as_str().is_some_and(|name| registry.endpoints.iter().any(|endpoint| endpoint.is(name)));
        if !known && is_known {
            let all: Vec<&str> = registry.endpoints.iter().map(|endpoint| endpoint.name.as_str()).collect();
            problems.push(entry.problem(format!("no such endpoint; the registry names: {}", all.join(", "))));
        }
    }
}

/// Whether an entry is for an endpoint.
pub fn belongs_on(entry: &Node, endpoint: &Endpoint) -> bool {
    let named = entry.get("endpoints").and_then(Node::as_list);
    named.is_none_or(|list| list.iter().filter_map(Node::as_str).any(|name| endpoint.is(name)))
}

/// An entry that only names what must be there, to hold other entries.
pub fn is_reference(entry: &Node) -> bool {
    entry.is_true("reference")
}
