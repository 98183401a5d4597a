//! The Secrets of the input, and those that exist only after a manifest has been applied.

use std::collections::BTreeMap;

use super::manifest::{Manifest, Reference, names};
use crate::apply::input::foreign::{Fields, Findings, scalar};
use crate::apply::input::yaml::{Content, Node};
use crate::apply::kinds::secret;

/// Every Secret, by namespace and name.
pub struct Secrets<'a> {
    known: BTreeMap<(&'a str, &'a str), Secret<'a>>,
    makers: BTreeMap<(&'a str, &'a str), Maker<'a>>,
}

/// A manifest that writes its result into a Secret.
pub struct Maker<'a> {
    /// What it is called in a sentence.
    pub title: String,
    /// Where its own connection comes from; `None` for one whose result is no connection.
    pub connection: Option<Reference<'a>>,
    /// The account that the Secret has beside a token.
    pub account: Option<(Node, Node)>,
}

/// The kinds whose result is a connection.
const CONNECTIONS: &[&str] = &["ApiToken", "FirstUser"];

/// One Secret. It has no `Debug`.
#[derive(Clone, Copy)]
pub struct Secret<'a> {
    data: Option<Fields<'a>>,
    strings: Option<Fields<'a>>,
}

const KEYS: &[&str] = &["apiVersion", "kind", "metadata", "type", "data", "stringData", "immutable", "status"];

impl<'a> Secrets<'a> {
    /// Reads the Secret documents.
    pub fn read(documents: &[&'a Node], findings: &mut Findings) -> Secrets<'a> {
        let mut secrets = Secrets { known: BTreeMap::new(), makers: BTreeMap::new() };
        for node in documents {
            let Some(fields) = Fields::read(node, "a Secret", KEYS, findings) else { continue };
            let Some(id) = names(&fields, findings) else { continue };
            let mut part = |key| fields.get(key).and_then(|(_, node)| Fields::open(node, key, findings));
            let secret = Secret { data: part("data"), strings: part("stringData") };
            if secrets.known.insert(id, secret).is_some() {
                findings.wrong(node, format!("there are two Secrets {} in {}", id.1, id.0));
            }
        }
        secrets
    }

    /// Remembers the Secret that a manifest would write.
    pub fn note_result(&mut self, manifest: &Manifest<'a>) {
        let Some(result) = manifest.result else { return };
        let of = |property: &str| manifest.spec.get(property).map(|(_, node)| node.clone());
        let maker = Maker {
            title: manifest.title(),
            connection: manifest.connection.filter(|_| CONNECTIONS.contains(&manifest.kind.name)),
            account: of("username").zip(of("password")),
        };
        self.makers.insert((result.namespace, result.name), maker);
    }

    /// The manifest that makes the Secret behind a reference, where the input lacks that.
    pub fn maker(&self, reference: &Reference<'a>) -> Option<&Maker<'a>> {
        let id = (reference.namespace, reference.name);
        self.makers.get(&id).filter(|_| !self.known.contains_key(&id))
    }

    /// The Secret behind a reference; its absence is noted.
    pub fn get(&self, reference: &Reference<'a>, findings: &mut Findings) -> Option<&Secret<'a>> {
        let found = self.known.get(&(reference.namespace, reference.name));
        match found {
            Some(secret) if secret.data.is_some() || secret.strings.is_some() => found,
            _ => {
                findings.wrong(reference.node, self.missing(reference));
                None
            }
        }
    }

    /// Whether no Secret of this name is in the input, whichever its namespace.
    pub fn lack(&self, reference: &Reference<'_>) -> bool {
        self.known.keys().all(|(_, name)| *name != reference.name)
    }

    fn missing(&self, reference: &Reference<'_>) -> String {
        let Reference { property, namespace, name, .. } = *reference;
        if let Some(Maker { title, .. }) = self.makers.get(&(namespace, name)) {
            return format!(
                "{property}: {name}: this Secret is the result (retSecretRef) of {title}, which has none before it is applied: \
                 apply {title} on its own first, then give what it returns as a Secret in the input"
            );
        }
        if self.known.contains_key(&(namespace, name)) {
            return format!("{property}: {name}: secret not found: the Secret in the input has no data");
        }
        let elsewhere = self.known.keys().find(|(_, other)| *other == name).map(|(namespace, _)| *namespace);
        match elsewhere {
            Some(other) => format!(
                "{property}: {name}: secret not found in the namespace {namespace}: the one in the input is in {other}; give \
                 the reference that namespace"
            ),
            None => format!(
                "{property}: {name}: secret not found: add the Secret {name} of the namespace {namespace} to the input, with \
                 data or stringData"
            ),
        }
    }
}

impl Secret<'_> {
    /// The text under a key, decoded, where the user's file has it. An empty one counts as missing.
    pub fn text(&self, key: &str, findings: &mut Findings) -> Option<Node> {
        let (node, encoded) = match self.strings.and_then(|strings| strings.get(key)) {
            Some((_, node)) => (node, false),
            None => (self.data.and_then(|data| data.get(key))?.1, true),
        };
        let text = match &node.content {
            // A number or boolean may lack its quotes.
            Content::Scalar(value) => value.to_string(),
            _ => {
                findings.wrong(node, format!("the key {key} of a Secret must be a text"));
                return None;
            }
        };
        let text = if encoded { secret::decoded(&text) } else { Some(text) };
        if text.is_none() {
            findings.wrong(
                node,
                format!("the key {key} must be Base64 of a text: in data, values are encoded; in stringData, not"),
            );
        }
        text.filter(|text| !text.is_empty()).map(|text| scalar(&node.place, text))
    }
}
