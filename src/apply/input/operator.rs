//! Custom resources of the Kubernetes operator: manifests of 24 kinds, and the Secrets that they refer to.
//!
//! A manifest says that an object exists, and so does an entry of a registry file: it gets the place there that it has
//! in Quay. What has no place becomes a task. No cluster is asked: a Secret is in the input, or is mapped to a connection
//! by the user.

mod connections;
mod kinds;
mod manifest;
mod nest;
mod properties;
mod secrets;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;

use super::foreign::{Entry, Findings, Translation};
use super::yaml::{Content, Node, Place};
use connections::Connections;
use manifest::Manifest;
use nest::Nest;
use secrets::Secrets;

/// Group of the custom resources.
const GROUP: &str = "quay.herve4m.github.io/";
/// The version that this reads.
const VERSION: &str = "quay.herve4m.github.io/v1alpha1";

/// How manifests are translated.
#[derive(Default)]
pub struct Options {
    /// Connections for Secrets that the input lacks: `namespace/name` or `name`, and a mapping with the connection
    /// options of `registry`.
    pub connections: BTreeMap<String, Node>,
    /// The token of a connection whose Secret the input lacks becomes a reference to an environment variable rather than a
    /// mistake: what is written to a file names it anyway.
    pub placeholders: bool,
}

/// Whether a document is a manifest of the operator, a Secret, or a `List` of such.
pub fn is(node: &Node) -> bool {
    let text = |key| node.get(key).and_then(Node::as_str).unwrap_or_default();
    match text("kind") {
        "Secret" | "List" => text("apiVersion") == "v1",
        _ => text("apiVersion").starts_with(GROUP),
    }
}

/// Reads manifests, each a document of `documents`, as one declaration.
///
/// An organization, team or repository that a manifest names and none declares becomes an entry with `reference: true`,
/// which creates nothing. `preserveInQuayOnDeletion` becomes `preserve: true`.
///
/// Mistakes are told beside what the rest says: unknown kinds and properties, missing ones, objects declared twice, Secrets that the
/// input lacks. A connection that another manifest makes becomes an endpoint with `secret`, which is planned after that.
pub fn translate(documents: Vec<Node>, options: &Options) -> Translation {
    let mut findings = Findings::default();
    let start = documents.first().map_or_else(|| Place::data("input"), |first| first.place.clone());
    let mut flat = Vec::new();
    for document in &documents {
        flatten(document, &mut flat, &mut findings);
    }
    let (secrets, manifests): (Vec<&Node>, Vec<&Node>) =
        flat.into_iter().partition(|node| node.get("kind").and_then(Node::as_str) == Some("Secret"));
    let mut secrets = Secrets::read(&secrets, &mut findings);
    let mut manifests: Vec<Manifest<'_>> =
        manifests.into_iter().filter_map(|node| Manifest::read(node, &mut findings)).collect();
    manifest::check_names(&manifests, &mut findings);
    // The order in which they can be made; manifests of one kind stay in the order of the files.
    manifests.sort_by_cached_key(|manifest| kinds::rank(manifest.kind));
    manifests.iter().for_each(|manifest| secrets.note_result(manifest));

    let mut connections = Connections::new(&secrets, options);
    let mut nest = Nest::new(&manifests);
    for manifest in &manifests {
        let connection = connections.of(manifest, &mut findings);
        let properties = properties::read(manifest, &secrets, &mut findings);
        nest.add(manifest, &connection, properties, &mut findings);
    }
    let mut declaration = Entry::at(&start);
    let names = connections.declare(&mut declaration, &mut findings);
    nest.declare(&mut declaration, &names);
    findings.finish(declaration.node())
}

/// The manifests of Secrets among documents.
pub fn secrets(documents: &[Node]) -> Vec<Value> {
    let mut flat = Vec::new();
    // Mistakes are told by the translation.
    documents.iter().for_each(|document| flatten(document, &mut flat, &mut Findings::default()));
    let secrets = flat.into_iter().filter(|node| node.get("kind").and_then(Node::as_str) == Some("Secret"));
    secrets.map(Node::to_value).collect()
}

/// Opens lists, as `kubectl get -o yaml` writes them.
fn flatten<'a>(document: &'a Node, flat: &mut Vec<&'a Node>, findings: &mut Findings) {
    match (document.get("kind").and_then(Node::as_str), document.get("items").map(|items| &items.content)) {
        (Some("List"), Some(Content::List(items))) => {
            for item in items {
                flatten(item, flat, findings);
            }
        }
        (Some("List"), _) => findings.wrong(document, "a List has its manifests in items"),
        _ => flat.push(document),
    }
}
