//! The connections of manifests: one endpoint for each set of host and credentials.

mod parts;

use serde_json::Value;

use super::Options;
use super::manifest::{Manifest, Reference};
use super::secrets::{Maker, Secrets};
use crate::api;
use crate::apply::input::foreign::{Entry, Findings, scalar};
use crate::apply::input::registry::SECRET;
use crate::apply::input::yaml::{Content, Key, Node, Problem};
use crate::modules::connection;
use parts::{Parts, from_mapping, from_secret, set_later, told_later};

/// Every connection that a manifest uses.
pub struct Connections<'a> {
    secrets: &'a Secrets<'a>,
    options: &'a Options,
    endpoints: Vec<Endpoint<'a>>,
}

struct Endpoint<'a> {
    reference: Reference<'a>,
    connection: Node,
}

/// The connection of one manifest.
pub struct Connection {
    /// Which endpoint it is.
    pub endpoint: usize,
    /// Account and password, where a token wins over them elsewhere.
    pub login: Option<(Node, Node)>,
    /// Whether the endpoint itself signs in with account and password.
    pub by_password: bool,
}

impl<'a> Connections<'a> {
    /// None so far.
    pub fn new(secrets: &'a Secrets<'a>, options: &'a Options) -> Connections<'a> {
        Connections { secrets, options, endpoints: Vec::new() }
    }

    /// The connection of a manifest.
    ///
    /// After a complaint it is the first of all, so that the rest of the manifest is looked at.
    pub fn of(&mut self, manifest: &Manifest<'a>, findings: &mut Findings) -> Connection {
        self.found(manifest, findings).unwrap_or_else(|| {
            let unknown = || scalar(&manifest.node.place, "unnamed");
            Connection { endpoint: 0, login: Some((unknown(), unknown())), by_password: false }
        })
    }

    fn found(&mut self, manifest: &Manifest<'a>, findings: &mut Findings) -> Option<Connection> {
        let Some(reference) = manifest.connection else {
            if let Some((_, node)) = manifest.spec.get("connSecretRef") {
                findings.wrong(node, "connSecretRef must name a Secret");
            }
            return None;
        };
        let full = format!("{}/{}", reference.namespace, reference.name);
        let Options { connections, placeholders } = self.options;
        let mapped = connections.get(&full).or_else(|| connections.get(reference.name));
        // An account has no place in a variable, and a token is not enough for a kind that signs in with one.
        let by_token = manifest.kind.name != "ApiToken";
        let lacks = self.secrets.maker(&reference).is_none() && self.secrets.lack(&reference);
        let later = mapped.is_none() && *placeholders && by_token && lacks;
        let parts = match (mapped, self.secrets.maker(&reference)) {
            (Some(mapping), _) => from_mapping(mapping, findings)?,
            (None, Some(maker)) => self.made(&reference, maker, &mut Vec::new(), findings)?,
            (None, None) if later => set_later(&reference),
            (None, None) => from_secret(self.secrets.get(&reference, findings)?, &reference, findings),
        };
        let connection = parts.options.node();
        let same = |endpoint: &Endpoint<'_>| identity(&endpoint.connection) == identity(&connection);
        let endpoint = self.endpoints.iter().position(same).unwrap_or(self.endpoints.len());
        if endpoint == self.endpoints.len() {
            if later {
                findings.warn(reference.node, told_later(&reference));
            }
            self.endpoints.push(Endpoint { reference, connection });
        }
        Some(Connection { endpoint, login: parts.login, by_password: parts.by_password })
    }

    /// The connection that another manifest makes: to its own server, with what it returns. `chain` holds the Secrets on the way.
    fn made(
        &self,
        reference: &Reference<'a>,
        maker: &Maker<'a>,
        chain: &mut Vec<(&'a str, &'a str)>,
        findings: &mut Findings,
    ) -> Option<Parts> {
        let Reference { node, property, name, namespace, .. } = *reference;
        let Maker { title, .. } = maker;
        let Some(own) = maker.connection else {
            let what = format!(
                "{property}: {name}: this Secret is the result (retSecretRef) of {title}, which is no connection"
            );
            findings.wrong(node, what);
            return None;
        };
        if chain.contains(&(namespace, name)) {
            findings.wrong(
                node,
                format!("{property}: {name}: {title} connects with what it makes itself: give a Secret that is there"),
            );
            return None;
        }
        chain.push((namespace, name));
        let Options { connections, .. } = self.options;
        let mapped = connections.get(&format!("{}/{}", own.namespace, own.name)).or_else(|| connections.get(own.name));
        let base = match (mapped, self.secrets.maker(&own)) {
            (Some(mapping), _) => from_mapping(mapping, findings)?,
            (None, Some(next)) => self.made(&own, next, chain, findings)?,
            (None, None) if self.options.placeholders && self.secrets.lack(&own) => set_later(&own),
            (None, None) => from_secret(self.secrets.get(&own, findings)?, &own, findings),
        };
        let mut options = Entry::at(&node.place);
        if let Content::Map(keys) = &base.options.node().content {
            let reaches = |key: &&(Key, Node)| !connection::is_login(&key.0.name) && key.0.name != SECRET;
            keys.iter().filter(reaches).for_each(|(key, node)| options.copy(&key.name, Some((key, node))));
        }
        let mut secret = Entry::at(&node.place);
        secret.set("name", name);
        secret.set("namespace", namespace);
        options.put(SECRET, secret.node());
        Some(Parts { options, login: maker.account.clone(), by_password: false })
    }

    /// Writes `registry`, and returns the names of the endpoints; a single one needs no name.
    pub fn declare(self, declaration: &mut Entry, findings: &mut Findings) -> Vec<Node> {
        if let [only] = self.endpoints.as_slice() {
            declaration.put("registry", only.connection.clone());
            return Vec::new();
        }
        let mut nodes = Vec::new();
        let mut names = Vec::new();
        for (index, endpoint) in self.endpoints.iter().enumerate() {
            let Reference { node, namespace, name, .. } = endpoint.reference;
            let others = || self.endpoints.iter().take(index);
            let twin = self.endpoints.iter().filter(|other| other.reference.name == name).count() > 1;
            let name = scalar(&node.place, if twin { format!("{namespace}/{name}") } else { name.to_owned() });
            let host = |endpoint: &Endpoint<'_>| identity(&endpoint.connection).get("quay_host").cloned();
            let is_made = |endpoint: &Endpoint<'_>| endpoint.connection.get(SECRET).is_some();
            let beside = others().find(|other| host(other) == host(endpoint) && !is_made(other) && !is_made(endpoint));
            if let Some(other) = beside {
                let what = format!(
                    "the Secrets {} and {} name the same host with different connections: what they manage is planned apart, so \
                     that neither sees what the other one is about to create",
                    other.reference.name, endpoint.reference.name
                );
                findings.warn(node, what);
            }
            let mut entry = Entry::at(&node.place);
            entry.put("name", name.clone());
            if let Content::Map(keys) = &endpoint.connection.content {
                keys.iter().for_each(|(key, node)| entry.copy(&key.name, Some((key, node))));
            }
            nodes.push(entry.node());
            names.push(name);
        }
        if let Some(first) = nodes.first() {
            let mut registry = Entry::at(&first.place);
            registry.list("endpoints", nodes);
            declaration.put("registry", registry.node());
        }
        names
    }
}

/// The options of a connection, however the address of the server is written.
fn identity(connection: &Node) -> Value {
    let mut value = connection.to_value();
    let url = value.get("quay_host").and_then(Value::as_str).and_then(|host| api::base_url(host).ok());
    if let (Some(options), Some(url)) = (value.as_object_mut(), url) {
        options.insert("quay_host".into(), url.as_str().into());
    }
    value
}

/// The complaint of a manifest that needs an account and finds none.
pub fn without_account(manifest: &Manifest<'_>) -> Problem {
    manifest.node.problem(format!(
        "{} signs in with an account: its connection Secret must have username and password; a token does not count",
        manifest.title()
    ))
}
