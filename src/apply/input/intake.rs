//! What the user hands over, in whatever format, as one declaration.

use std::path::PathBuf;

use serde_json::{Map, Value};

use super::declaration::Declaration;
use super::foreign::Translation;
use super::mqc;
use super::mqc::Login;
use super::operator;
use super::yaml::{Content, Key, Node, Place, Problem, files};
use crate::call::Environment;

/// What was read before it is checked as a declaration.
#[derive(Default)]
pub struct Input {
    /// Documents in the words of a registry file.
    pub documents: Vec<Node>,
    /// What the user should know.
    pub warnings: Vec<Problem>,
}

/// How foreign files are read.
#[derive(Default)]
pub struct Options {
    /// The login file of Mass Quay Configurator; one among the files counts without it.
    pub login: Option<PathBuf>,
    /// A repository in such a file without `visibility` becomes public, as that tool made it.
    pub public_by_default: bool,
}

/// Reads files, whole directories, and as `-` the standard input; registry files as well as foreign ones.
///
/// # Errors
/// Everything that is wrong with any of them.
pub fn files(paths: &[PathBuf], options: &Options, environment: Environment) -> Result<Input, Vec<Problem>> {
    let Sorted { native, foreign } = sort(paths, options, environment, false)?;
    let mut input = Input { documents: native, warnings: Vec::new() };
    for translation in foreign {
        input.documents.push(translation.declaration);
        input.warnings.extend(translation.warnings);
    }
    Ok(input)
}

/// Reads foreign files alone. Secrets that nothing supplies stay references.
///
/// # Errors
/// Everything that is wrong with any of them, and a registry file among them.
pub fn foreign(
    paths: &[PathBuf],
    options: &Options,
    environment: Environment,
) -> Result<Vec<Translation>, Vec<Problem>> {
    let Sorted { native, foreign } = sort(paths, options, environment, true)?;
    match native.iter().filter(|node| !node.is_null()).collect::<Vec<_>>().as_slice() {
        [] => Ok(foreign),
        nodes => {
            let what = "this is neither a file of Mass Quay Configurator nor a manifest of the operator";
            Err(nodes.iter().map(|node| node.problem(what)).collect())
        }
    }
}

/// Documents by format.
struct Sorted {
    native: Vec<Node>,
    foreign: Vec<Translation>,
}

fn sort(
    paths: &[PathBuf],
    options: &Options,
    environment: Environment,
    placeholders: bool,
) -> Result<Sorted, Vec<Problem>> {
    let documents = files::read(paths)?.into_iter().flat_map(|source| source.documents);
    let (mut native, mut configurator, mut manifests, mut logins) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for document in documents {
        let list = match () {
            () if mqc::is(&document) => &mut configurator,
            () if operator::is(&document) => &mut manifests,
            () if mqc::login::is(&document) => &mut logins,
            () => &mut native,
        };
        list.push(document);
    }
    let mut foreign = Vec::new();
    if !configurator.is_empty() {
        let login = match (&options.login, logins.as_slice()) {
            (Some(path), _) => Some(Login::open(path)?),
            (None, [document]) => Some(Login::of(document)?),
            (None, []) => None,
            (None, [_, more @ ..]) => {
                return Err(more.iter().map(|node| node.problem("this is a second login file")).collect());
            }
        };
        let options = mqc::Options { public_by_default: options.public_by_default, placeholders, environment };
        foreign.push(mqc::translate(configurator, login.as_ref(), &options)?);
    }
    if !manifests.is_empty() {
        let options = operator::Options { placeholders, ..operator::Options::default() };
        foreign.push(operator::translate(manifests, &options)?);
    }
    Ok(Sorted { native, foreign })
}

impl Input {
    /// Adds a declaration that came as data; `name` is what complaints call it.
    pub fn add(&mut self, value: &Value, name: &str) {
        self.documents.push(Node::of_value(value, name));
    }

    /// Checks all of it together. The keys of `registry` win over what the documents say under that name.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn declaration(
        self,
        registry: Map<String, Value>,
        environment: Environment,
    ) -> Result<Declaration, Vec<Problem>> {
        let over = overrides(registry);
        Declaration::read(self.documents, over.as_ref(), environment)
    }
}

/// Options of a call, each of which complaints call by its own name.
fn overrides(registry: Map<String, Value>) -> Option<Node> {
    let place = |name: &str| Place::Data(name.into());
    let keys: Vec<(Key, Node)> = registry
        .iter()
        .map(|(name, value)| (Key { name: name.clone(), place: place(name) }, Node::of_value(value, name)))
        .collect();
    if keys.is_empty() {
        return None;
    }
    let registry = Node { place: place("registry"), content: Content::Map(keys) };
    let key = Key { name: "registry".into(), place: place("registry") };
    Some(Node { place: place("options"), content: Content::Map(vec![(key, registry)]) })
}
