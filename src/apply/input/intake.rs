//! What the user hands over, in whatever format, as one declaration.

use std::collections::HashSet;
use std::path::PathBuf;

use serde_json::{Map, Value};

use super::declaration::Declaration;
use super::foreign::Translation;
use super::mqc;
use super::mqc::Login;
use super::operator;
use super::sources::SourceAccounts;
use super::yaml::{Content, Key, Node, Place, Problem, files};
use crate::apply::kinds::secret::SecretName;
use crate::call::Environment;

/// The key by which a plan in a file is known.
pub const KEPT_PLAN: &str = "quaymaster_plan";

/// What was read before it is checked as a declaration.
#[derive(Default)]
pub struct Input {
    /// Documents in the words of a registry file.
    pub documents: Vec<Node>,
    /// What the user should know.
    pub warnings: Vec<Problem>,
    /// What is wrong with the files; what can be read of them is among the documents.
    pub problems: Vec<Problem>,
    /// The Kubernetes Secrets of the input, as manifests.
    pub secrets: Vec<Value>,
}

/// How foreign files are read.
#[derive(Default)]
pub struct Options {
    /// The login file of Mass Quay Configurator; one among the files counts without it.
    pub login: Option<PathBuf>,
    /// A repository in such a file without `visibility` becomes public, as that tool made it.
    pub public_by_default: bool,
    /// How much is read.
    pub budget: files::Budget,
    /// Kubernetes Secrets from outside the files, which those of the files win over.
    pub secrets: Vec<Node>,
    /// The accounts on mirrored registries that may lack a password in the files.
    pub accounts: SourceAccounts,
}

/// Reads files, whole directories, and as `-` the standard input; registry files as well as foreign ones.
pub fn files(paths: &[PathBuf], options: &Options, environment: Environment) -> Input {
    let Sorted { native, foreign, secrets, mut problems } = sort(paths, options, environment, false);
    let mut input = Input { documents: native, secrets, ..Input::default() };
    for translation in foreign {
        input.documents.push(translation.declaration);
        input.warnings.extend(translation.warnings);
        problems.extend(translation.problems);
    }
    Input { problems, ..input }
}

/// Reads foreign files alone, and complains about registry files among them. Secrets that nothing supplies stay references.
pub fn foreign(paths: &[PathBuf], options: &Options, environment: Environment) -> (Vec<Translation>, Vec<Problem>) {
    let Sorted { native, foreign, mut problems, .. } = sort(paths, options, environment, true);
    let what = "this is neither a file of Mass Quay Configurator nor a manifest of the operator";
    problems.extend(native.iter().filter(|node| !node.is_null()).map(|node| node.problem(what)));
    (foreign, problems)
}

/// Documents by format, and what is wrong with their files.
struct Sorted {
    native: Vec<Node>,
    foreign: Vec<Translation>,
    secrets: Vec<Value>,
    problems: Vec<Problem>,
}

fn sort(paths: &[PathBuf], options: &Options, environment: Environment, placeholders: bool) -> Sorted {
    let (sources, mut problems) = files::read_within(paths, options.budget);
    let (mut native, mut configurator, mut manifests, mut logins) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for document in sources.into_iter().flat_map(|source| source.documents) {
        if document.get(KEPT_PLAN).is_some() {
            let what =
                "this is a plan that quaymaster plan --out has kept: give it to quaymaster apply, and nothing else";
            problems.push(document.problem(what));
            continue;
        }
        let list = match () {
            () if mqc::is(&document) => &mut configurator,
            () if operator::is(&document) => &mut manifests,
            () if mqc::login::is(&document) => &mut logins,
            () => &mut native,
        };
        list.push(document);
    }
    let mut secrets = operator::secrets(&manifests);
    for node in &options.secrets {
        let found = operator::secrets(std::slice::from_ref(node));
        let id = |manifest: &Value| SecretName::of(manifest);
        if !found.iter().any(|one| secrets.iter().any(|known| id(known) == id(one))) {
            secrets.extend(found);
            manifests.push(node.clone());
        }
    }
    let mut foreign = Vec::new();
    if !configurator.is_empty() {
        let login = match (&options.login, logins.as_slice()) {
            (Some(path), _) => Some(Login::open(path)),
            (None, documents) => documents.first().map(Login::of),
        };
        if options.login.is_none() {
            problems.extend(logins.iter().skip(1).map(|node| node.problem("this is a second login file")));
        }
        // What a login file that cannot be read would supply is not missing.
        let placeholders = placeholders || login.as_ref().is_some_and(Result::is_err) || !problems.is_empty();
        let login = login.and_then(|login| login.map_err(|found| problems.extend(found)).ok());
        let mqc = mqc::Options {
            public_by_default: options.public_by_default,
            placeholders,
            environment,
            accounts: &options.accounts,
        };
        foreign.push(mqc::translate(configurator, login.as_ref(), &mqc));
    }
    if !manifests.is_empty() {
        // A Secret may stand in what cannot be read.
        let placeholders = placeholders || !problems.is_empty();
        let options = operator::Options { placeholders, ..operator::Options::default() };
        foreign.push(operator::translate(manifests, &options));
    }
    Sorted { native, foreign, secrets, problems }
}

impl Input {
    /// Adds a declaration that came as data; `name` is what complaints call it.
    pub fn add(&mut self, value: &Value, name: &str) {
        self.documents.push(Node::of_value(value, name));
    }

    /// Checks all of it together. The keys of `registry` win over what the documents say under that name.
    ///
    /// Beside the declaration stands everything that is wrong with the files and with what they say; then it is what could be
    /// understood.
    pub fn declaration(self, registry: Map<String, Value>, environment: Environment) -> (Declaration, Vec<Problem>) {
        let over = overrides(registry);
        let is_whole = self.problems.is_empty();
        let (mut declaration, mut found) = Declaration::gather(self.documents, over.as_ref(), environment, is_whole);
        found.extend(declaration.registry.supply(self.secrets.iter()).1);
        (declaration, after(self.problems, found))
    }
}

/// The problems of one stage after those of the stages before: at a place that had a mistake already, another one follows from it.
pub fn after(mut before: Vec<Problem>, found: Vec<Problem>) -> Vec<Problem> {
    let places: HashSet<Place> = before.iter().map(|problem| problem.place.clone()).collect();
    before.extend(found.into_iter().filter(|problem| !places.contains(&problem.place)));
    before
}

/// Options of a call, each of which complaints call by its own name.
fn overrides(registry: Map<String, Value>) -> Option<Node> {
    let keys: Vec<(Key, Node)> = registry
        .iter()
        .map(|(name, value)| {
            (Key { name: name.as_str().into(), place: Place::data(name.as_str()) }, Node::of_value(value, name))
        })
        .collect();
    if keys.is_empty() {
        return None;
    }
    let registry = Node { place: Place::data("registry"), content: Content::Map(keys) };
    let key = Key { name: "registry".into(), place: Place::data("registry") };
    Some(Node { place: Place::data("options"), content: Content::Map(vec![(key, registry)]) })
}
