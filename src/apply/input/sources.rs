//! Accounts on mirrored registries whose password no file has.

use super::declaration::{Declaration, belongs_on};
use super::registry::Endpoint;
use super::yaml::{Content, Key, Node};
use crate::api;

/// An account that a mirror signs in with at its source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceAccount {
    /// The host of the mirrored registry, with its port where that is not the usual one.
    pub registry: String,
    /// The name of the account there.
    pub username: String,
}

/// The accounts whose passwords somebody else supplies.
pub enum SourceAccounts {
    /// These.
    Known(Vec<SourceAccount>),
    /// All: whoever reads the files asks for what is missing.
    All,
}

/// A mirror that names an account and no password.
pub struct Lack<'a> {
    /// The account.
    pub account: SourceAccount,
    /// The organization.
    pub organization: &'a str,
    /// The repository; `None` for an organization that is mirrored as a whole.
    pub repository: Option<&'a str>,
    /// Where the account is named.
    pub node: &'a Node,
    /// The servers that get the password.
    pub endpoints: &'a [&'a Endpoint],
}

impl Default for SourceAccounts {
    fn default() -> SourceAccounts {
        SourceAccounts::Known(Vec::new())
    }
}

impl SourceAccounts {
    /// Whether the password of an account is supplied.
    pub fn have(&self, account: &SourceAccount) -> bool {
        match self {
            SourceAccounts::Known(accounts) => accounts.contains(account),
            SourceAccounts::All => true,
        }
    }
}

impl SourceAccount {
    /// The account on the registry of an image (`quay.io/ns/repo`), or of a URL.
    pub fn of(source: &str, username: &str) -> SourceAccount {
        let first = source.split('/').next().unwrap_or_default();
        let address = if source.contains("://") { source } else { first };
        // What is no address is told elsewhere.
        let registry = api::base_url(address).map(|url| api::registry(&url)).unwrap_or_else(|_| first.to_owned());
        SourceAccount { registry: registry.to_lowercase(), username: username.to_owned() }
    }

    /// The account of a mapping that names one and no password.
    fn without_password(node: &Node) -> Option<SourceAccount> {
        let text = |key: &str| node.get(key).and_then(Node::as_str).filter(|text| !text.is_empty());
        let source = text("external_reference").or_else(|| text("external_registry_url"))?;
        let is_given = node.get(PASSWORD).is_some_and(|password| !password.is_null());
        text(USERNAME).filter(|_| !is_given).map(|username| SourceAccount::of(source, username))
    }
}

const USERNAME: &str = "external_registry_username";
const PASSWORD: &str = "external_registry_password";

impl Declaration {
    /// Gives each mirror that names an account and no password the one that `supply` knows.
    pub fn supply_passwords(&mut self, supply: &mut dyn FnMut(&Lack<'_>) -> Option<String>) {
        let all = &self.registry.endpoints;
        for entry in &mut self.organizations {
            let endpoints: Vec<&Endpoint> = all.iter().filter(|endpoint| belongs_on(entry, endpoint)).collect();
            let organization = entry.get("name").and_then(Node::as_str).unwrap_or_default().to_owned();
            Walk { organization: &organization, endpoints: &endpoints, supply }.through(entry, None, false);
        }
        for task in &mut self.tasks {
            let endpoints: Vec<&Endpoint> =
                all.iter().filter(|endpoint| belongs_on(&task.steering, endpoint)).collect();
            let text = |key: &str| task.options.get(key).and_then(Node::as_str).unwrap_or_default().to_owned();
            let (name, whole) = (text("name"), text("organization"));
            let (organization, repository) =
                name.split_once('/').map_or((&*whole, None), |(one, two)| (one, Some(two)));
            Walk { organization, endpoints: &endpoints, supply }.through(&mut task.options, repository, false);
        }
    }
}

struct Walk<'a> {
    organization: &'a str,
    endpoints: &'a [&'a Endpoint],
    supply: &'a mut dyn FnMut(&Lack<'_>) -> Option<String>,
}

impl Walk<'_> {
    /// Goes through everything within a node. `is_repository` says that its mappings are repositories.
    fn through(&mut self, node: &mut Node, repository: Option<&str>, is_repository: bool) {
        let own = node.get("name").and_then(Node::as_str).filter(|_| is_repository).map(str::to_owned);
        let repository = own.as_deref().or(repository);
        if let Some(account) = SourceAccount::without_password(node) {
            let named = node.get(USERNAME).cloned().unwrap_or_else(|| node.clone());
            let lack =
                Lack { account, organization: self.organization, repository, node: &named, endpoints: self.endpoints };
            if let (Some(password), Content::Map(keys)) = ((self.supply)(&lack), &mut node.content) {
                keys.retain(|(key, _)| key.name != PASSWORD);
                let content = Content::Scalar(password.into());
                let key = Key { name: PASSWORD.into(), place: named.place.clone() };
                keys.push((key, Node { place: named.place, content }));
            }
        }
        match &mut node.content {
            Content::List(list) => list.iter_mut().for_each(|node| self.through(node, repository, is_repository)),
            Content::Map(keys) => {
                keys.iter_mut().for_each(|(key, node)| self.through(node, repository, key.name == "repositories"));
            }
            Content::Scalar(_) => {}
        }
    }
}
