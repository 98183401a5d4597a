//! One manifest: what it is, whom it belongs to, what it refers to.

use std::collections::BTreeMap;

use super::VERSION;
use super::kinds;
use super::kinds::{KINDS, ResourceKind};
use crate::apply::input::foreign::{Fields, Findings, meant};
use crate::apply::input::yaml::{Node, Place};

/// Namespace of what names none.
const DEFAULT_NAMESPACE: &str = "default";

/// A manifest of the operator.
pub struct Manifest<'a> {
    /// What it is.
    pub kind: &'static ResourceKind,
    /// Its name in the cluster.
    pub name: &'a str,
    /// Its namespace in the cluster.
    pub namespace: &'a str,
    /// The document.
    pub node: &'a Node,
    /// Its properties.
    pub spec: Fields<'a>,
    /// Where its connection comes from.
    pub connection: Option<Reference<'a>>,
    /// Where the operator would write its result.
    pub result: Option<Reference<'a>>,
    /// Whether the object outlives the manifest.
    pub preserve: bool,
}

/// A reference to a Secret.
#[derive(Clone, Copy)]
pub struct Reference<'a> {
    /// Where it stands.
    pub node: &'a Node,
    /// The property that holds it.
    pub property: &'static str,
    /// The namespace of the Secret.
    pub namespace: &'a str,
    /// The name of the Secret.
    pub name: &'a str,
    /// The key in the Secret, where a reference names one.
    pub key: Option<&'a str>,
}

impl<'a> Manifest<'a> {
    /// Reads everything but the options of the module.
    pub fn read(node: &'a Node, findings: &mut Findings) -> Option<Manifest<'a>> {
        const KEYS: &[&str] = &["apiVersion", "kind", "metadata", "spec", "status"];
        let fields = Fields::read(node, "a manifest", KEYS, findings)?;
        let version = fields.required_text("apiVersion", findings)?;
        if version != VERSION {
            let node = fields.get("apiVersion").map_or(node, |(_, node)| node);
            findings.wrong(node, format!("apiVersion must be {VERSION}"));
            return None;
        }
        let kind = kind(&fields, findings);
        let (namespace, name) = names(&fields, findings)?;
        let (_, spec) = fields.required("spec", findings)?;
        let spec = Fields::open(spec, "spec", findings)?;
        let kind = kind?;
        let at = |property| Reference::read(&spec, property, namespace);
        let connection = at("connSecretRef")(findings);
        if spec.get("connSecretRef").is_none() {
            findings.wrong(spec.node, "the property connSecretRef is missing: it names the Secret with host and token");
        }
        Some(Manifest {
            kind,
            name,
            namespace,
            node,
            connection,
            result: if kind.returns { at("retSecretRef")(findings) } else { None },
            preserve: spec.flag("preserveInQuayOnDeletion", findings).is_some_and(|(_, flag)| flag),
            spec,
        })
    }

    /// What it is called in a sentence.
    pub fn title(&self) -> String {
        format!("{} {}", self.kind.name, self.name)
    }

    /// The reference in one of its properties.
    pub fn reference(&self, property: &'static str, findings: &mut Findings) -> Option<Reference<'a>> {
        Reference::read(&self.spec, property, self.namespace)(findings)
    }
}

impl<'a> Reference<'a> {
    /// Reads a property that refers to a Secret; one with an empty name refers to nothing.
    fn read(
        spec: &Fields<'a>,
        property: &'static str,
        namespace: &'a str,
    ) -> impl FnOnce(&mut Findings) -> Option<Reference<'a>> {
        let field = spec.get(property);
        move |findings| {
            let (_, node) = field?;
            let known: &[&str] =
                if property == "clientIdFrom" { &["name", "namespace", "key"] } else { &["name", "namespace"] };
            let fields = Fields::read(node, property, known, findings)?;
            fields.required("name", findings);
            let mut text = |key| fields.text(key, findings).and_then(|(_, node)| node.as_str());
            let name = text("name").filter(|name| !name.is_empty())?;
            let namespace = text("namespace").filter(|name| !name.is_empty()).unwrap_or(namespace);
            let key = text("key").filter(|key| !key.is_empty());
            Some(Reference { node, property, namespace, name, key })
        }
    }
}

/// Namespace and name of a resource.
pub fn names<'a>(fields: &Fields<'a>, findings: &mut Findings) -> Option<(&'a str, &'a str)> {
    let (_, metadata) = fields.required("metadata", findings)?;
    let metadata = Fields::open(metadata, "metadata", findings)?;
    let name = metadata.required_text("name", findings)?;
    let namespace = metadata.text("namespace", findings).and_then(|(_, node)| node.as_str());
    Some((namespace.filter(|namespace| !namespace.is_empty()).unwrap_or(DEFAULT_NAMESPACE), name))
}

fn kind(fields: &Fields<'_>, findings: &mut Findings) -> Option<&'static ResourceKind> {
    let name = fields.required_text("kind", findings)?;
    let kind = kinds::find(name);
    if let (None, Some((_, node))) = (kind, fields.get("kind")) {
        let known: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        let meant = match meant(name, &known) {
            Some(close) => format!("did you mean {close}?"),
            None => format!("known kinds: {}", known.join(", ")),
        };
        findings.wrong(node, format!("there is no kind {name}; {meant}"));
    }
    kind
}

/// Notes manifests that a cluster would take for one.
pub fn check_names(manifests: &[Manifest<'_>], findings: &mut Findings) {
    let mut seen: BTreeMap<(&str, &str, &str), &Place> = BTreeMap::new();
    for manifest in manifests {
        let first = seen.entry((manifest.kind.name, manifest.namespace, manifest.name)).or_insert(&manifest.node.place);
        if **first != manifest.node.place {
            let what =
                format!("there are two manifests {} in {}, the first at {first}", manifest.title(), manifest.namespace);
            findings.wrong(manifest.node, what);
        }
    }
}
