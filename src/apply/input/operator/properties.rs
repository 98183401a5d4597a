//! The properties of a manifest as the options of its module: other spelling, same meaning.

use super::kinds::ResourceKind;
use super::manifest::Manifest;
use super::secrets::Secrets;
use crate::apply::input::foreign::{Fields, Findings, scalar};
use crate::apply::input::yaml::{Content, Key, Node};
use crate::modules::{self, connection, contract::Argument};

/// Options by their names in the module, in the order of the manifest.
pub type Properties = Vec<(Key, Node)>;

/// Where a client id can come from.
const CLIENT_ID_FROM: &str = "clientIdFrom";

/// Reads the options.
pub fn read<'a>(manifest: &Manifest<'a>, secrets: &Secrets<'a>, findings: &mut Findings) -> Properties {
    let arguments = arguments(manifest.kind);
    let mut own = vec!["connSecretRef", "preserveInQuayOnDeletion"];
    if manifest.kind.returns {
        own.push("retSecretRef");
    }
    if manifest.kind.name == "ApiToken" {
        own.push(CLIENT_ID_FROM);
    }
    let mut properties = options(&manifest.spec, manifest.kind.name, &arguments, &own, findings);
    for name in manifest.kind.required.iter().filter(|name| manifest.spec.get(name).is_none()) {
        let node = manifest.spec.node;
        findings.wrong(node, format!("the property {name} is missing"));
        // The rest of the manifest is looked at all the same.
        let option = arguments.iter().find(|argument| camel(argument.name) == *name);
        properties.extend(option.map(|argument| (key(argument.name, node), scalar(&node.place, "unnamed"))));
    }
    if manifest.kind.name == "ApiToken" {
        client_id(manifest, secrets, &mut properties, findings);
    }
    properties
}

fn key(option: &str, node: &Node) -> Key {
    Key { name: option.into(), place: node.place.clone() }
}

/// Options that the modules of the operator do not have.
const OWN: &[(&str, &str)] = &[
    ("quay_org_mirror", "cancel_sync"),
    ("quay_org_mirror", "recover"),
    ("quay_org_mirror", "sync_on_change"),
    ("quay_org_mirror", "verify"),
    ("quay_organization", "force"),
    ("quay_organization", "invoice_email"),
    ("quay_organization", "invoice_email_address"),
    ("quay_application", "reset_client_secret"),
    ("quay_docker_token", "overlap"),
    ("quay_docker_token", "rotate_after"),
    ("quay_docker_token", "rotate_before"),
    ("quay_notification", "ref_regex"),
    ("quay_proxy_cache", "verify"),
    ("quay_repository_mirror", "architectures"),
    ("quay_repository_mirror", "cancel_sync"),
    ("quay_repository_mirror", "recover"),
    ("quay_repository_mirror", "sync_on_change"),
    ("quay_robot", "metadata"),
    ("quay_robot", "regenerate"),
    ("quay_robot", "unused_for"),
    ("quay_tag", "at"),
    ("quay_tag", "digest"),
    ("quay_tag", "keep"),
    ("quay_tag", "match"),
    ("quay_tag", "max_removals"),
    ("quay_tag", "older_than"),
    ("quay_tag", "permanent"),
    ("quay_user", "force"),
    ("quay_user", "quota"),
    ("quay_user", "update_password"),
];

/// The options that a manifest of the kind has properties for.
pub fn arguments(kind: &ResourceKind) -> Vec<&'static Argument> {
    let options = modules::find(kind.module).map_or(&[][..], |entry| entry.document.options);
    let has_property = |argument: &&Argument| {
        let name = argument.name;
        name != "state" && !connection::is_option(name) && !OWN.contains(&(kind.module, name))
    };
    options.iter().filter(has_property).collect()
}

/// The options among the keys of a mapping. Keys in `own` are something else.
fn options(
    fields: &Fields<'_>,
    title: &str,
    arguments: &[&Argument],
    own: &[&str],
    findings: &mut Findings,
) -> Properties {
    let names: Vec<(String, &Argument)> = arguments.iter().map(|argument| (camel(argument.name), *argument)).collect();
    let mut options = Properties::new();
    for (key, node) in fields.all().filter(|(key, _)| !own.contains(&key.name.as_str())) {
        let Some((_, argument)) = names.iter().find(|(name, _)| key.name == *name.as_str()) else {
            let known: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).chain(own.iter().copied()).collect();
            findings.problems.push(unknown(key, title, &known));
            continue;
        };
        let option = Key { name: argument.name.into(), place: key.place.clone() };
        if let Some(node) = value(node, key, argument, findings) {
            options.push((option, node));
        }
    }
    options
}

/// The value of an option; what is inside of it has other spelling, too.
fn value(node: &Node, key: &Key, argument: &Argument, findings: &mut Findings) -> Option<Node> {
    if argument.name == "template" && node.as_str().is_none() {
        findings.wrong(node, "template must be a text that holds a JSON document");
        return None;
    }
    if argument.suboptions.is_empty() {
        return Some(node.clone());
    }
    let inner: Vec<&Argument> = argument.suboptions.iter().collect();
    let mut open = |node: &Node| {
        let fields = Fields::open(node, &key.name, findings)?;
        Some(Node {
            place: node.place.clone(),
            content: Content::Map(options(&fields, &key.name, &inner, &[], findings)),
        })
    };
    match &node.content {
        Content::List(list) => {
            let content = Content::List(list.iter().filter_map(&mut open).collect());
            Some(Node { place: node.place.clone(), content })
        }
        _ => open(node),
    }
}

fn unknown(key: &Key, title: &str, known: &[&str]) -> crate::apply::input::yaml::Problem {
    let plain = camel(&key.name);
    match known.contains(&plain.as_str()) {
        true => crate::apply::input::yaml::Problem {
            place: key.place.clone(),
            what: format!("{title} has no property {}; in a manifest it is {plain}", key.name),
        },
        false => crate::apply::input::foreign::unknown(key, title, known),
    }
}

/// The client id itself, or the one in a Secret.
fn client_id<'a>(manifest: &Manifest<'a>, secrets: &Secrets<'a>, properties: &mut Properties, findings: &mut Findings) {
    const OPTION: &str = "client_id";
    let reference = manifest.reference(CLIENT_ID_FROM, findings);
    let is_empty = |node: &Node| node.as_str().is_some_and(str::is_empty);
    if properties.iter().any(|(key, node)| key.name == OPTION && !is_empty(node)) {
        return;
    }
    properties.retain(|(key, _)| key.name != OPTION);
    let Some(reference) = reference else {
        findings.wrong(manifest.spec.node, "the property clientId or clientIdFrom is missing");
        return;
    };
    let Some(secret) = secrets.get(&reference, findings) else { return };
    let name = reference.key.unwrap_or("clientId");
    match secret.text(name, findings) {
        Some(node) => {
            properties.push((key(OPTION, reference.node), node));
        }
        None => {
            let what = format!("clientIdFrom: {}: the Secret has no key {name}", reference.name);
            findings.wrong(reference.node, what);
        }
    }
}

/// The property for an option: `time_machine_expiration` is `timeMachineExpiration`.
pub fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}
