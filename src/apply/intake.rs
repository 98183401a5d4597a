//! What the user hands over, in whatever format, as one declaration.

use std::path::PathBuf;

use serde_json::{Map, Value};

use super::declaration::Declaration;
use super::yaml::{Content, Key, Node, Place, Problem, files};
use crate::ansible::spec::Environment;

/// What was read before it is checked as a declaration.
#[derive(Default)]
pub struct Input {
    /// Documents in the words of a registry file.
    pub documents: Vec<Node>,
    /// What the user should know.
    pub warnings: Vec<Problem>,
}

/// Reads files, whole directories, and as `-` the standard input.
///
/// # Errors
/// Everything that is wrong with any of them.
pub fn files(paths: &[PathBuf]) -> Result<Input, Vec<Problem>> {
    let documents = files::read(paths)?.into_iter().flat_map(|source| source.documents).collect();
    Ok(Input { documents, warnings: Vec::new() })
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
