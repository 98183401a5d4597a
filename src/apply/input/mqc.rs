//! Files of Mass Quay Configurator: an organization in each, for one or several servers.
//!
//! They are read strictly, and they mean what their authors wrote, not what that tool did with them: nothing is deleted
//! on the way, existing objects are brought up to date, and a mirror that is switched off stays off.

mod endpoints;
pub mod login;
mod mirror;
mod organization;
mod repository;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::foreign::{Entry, Fields, Findings, Translation};
use super::sources::SourceAccounts;
use super::yaml::{Node, Place, Problem};
use crate::call::Environment;
use endpoints::Endpoints;
pub use login::Login;

/// How files are translated.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// A repository without `visibility` becomes public, as that tool made it. An existing private one then becomes
    /// public, too, which the run has to allow.
    pub public_by_default: bool,
    /// Secrets that nothing supplies become references to environment variables rather than mistakes: what is
    /// written to a file shall name them anyway.
    pub placeholders: bool,
    /// Tells whether an environment variable is set.
    pub environment: Environment<'a>,
    /// The accounts on mirrored registries that may lack a password.
    pub accounts: &'a SourceAccounts,
}

const KEYS: &[&str] = &[
    "quay_endpoint",
    "replicate_to",
    "quay_organization",
    "quay_organization_email",
    "quay_organization_role_email",
    "repositories",
    "robots",
    "teams",
];

/// Whether a document is such a file: an organization or an endpoint under that tool's names.
pub fn is(node: &Node) -> bool {
    node.get("quay_organization").is_some() || node.get("quay_endpoint").is_some()
}

/// Reads organization files, each a document of `documents`, as one declaration.
///
/// Tokens and passwords come from `login`, else from the environment: `QUAY_TOKEN_<ENDPOINT>` and
/// `MIRROR_EXTERNAL_REGISTRY_PASSWORD_<ORGANIZATION>_<REPOSITORY>`.
///
/// Mistakes are told beside what the rest says: unknown keys, wrong types, names and roles that Quay does not have, names listed twice or not at all,
/// passwords that nothing supplies.
pub fn translate(documents: Vec<Node>, login: Option<&Login>, options: &Options<'_>) -> Translation {
    let mut findings = Findings::default();
    if let Some(login) = login {
        findings.warnings.extend(login.warnings.iter().cloned());
    }
    let mut context = Context { login, options, findings, beyond_login: false };
    let mut endpoints = Endpoints::default();
    let mut seen = Seen::default();
    let mut organizations = Vec::new();
    for document in &documents {
        let title = "a Mass Quay Configurator file";
        let Some(fields) = Fields::read(document, title, KEYS, &mut context.findings) else {
            continue;
        };
        let hosts = endpoints.of(&fields, &mut context);
        let has_token = |host: &&str| login.is_some_and(|login| login.token(host).is_some());
        context.beyond_login = !hosts.iter().all(has_token);
        let (entry, email) = organization::read(&fields, &hosts, &mut context);
        if let Some((_, name)) = fields.get("quay_organization") {
            seen.note(&hosts, name, email, &mut context.findings);
        }
        organizations.push(entry);
    }
    let start = documents.first().map_or_else(|| Place::data("input"), |first| first.place.clone());
    let mut declaration = Entry::at(&start);
    let mut registry = Entry::at(&start);
    registry.list("endpoints", endpoints.nodes());
    declaration.put("registry", registry.node());
    declaration.list("organizations", organizations);
    context.findings.finish(declaration.node())
}

/// What a reader of a part of a file needs to know.
struct Context<'a> {
    login: Option<&'a Login>,
    options: &'a Options<'a>,
    findings: Findings,
    /// Whether the file that is read names a host for which the login file has no token.
    beyond_login: bool,
}

impl Context<'_> {
    /// Whether the environment supplies the variable, or shall be named as if it did.
    fn supplies(&self, variable: &str) -> bool {
        self.options.placeholders || (self.options.environment)(variable).is_some_and(|text| !text.is_empty())
    }
}

/// Organizations and addresses so far, by endpoint.
#[derive(Default)]
struct Seen {
    organizations: BTreeMap<(String, String), Place>,
    emails: BTreeMap<(String, String), Place>,
}

impl Seen {
    fn note(&mut self, hosts: &[&str], name: &Node, email: Option<&Node>, findings: &mut Findings) {
        let text = |node: &Node| node.as_str().unwrap_or_default().to_owned();
        let first_of = |map: &mut BTreeMap<(String, String), Place>, node: &Node| {
            let mut first = None;
            for host in hosts {
                let place = map.entry(((*host).to_owned(), text(node))).or_insert_with(|| node.place.clone());
                if *place != node.place {
                    first = Some(place.clone());
                }
            }
            first
        };
        if let Some(first) = first_of(&mut self.organizations, name) {
            let name_text = text(name);
            let what =
                format!("the organization {name_text} is described twice for the same endpoint, first at {first}");
            findings.wrong(name, what);
        }
        if let Some(email) = email
            && let Some(first) = first_of(&mut self.emails, email)
        {
            let what =
                format!("this e-mail address belongs to another organization already ({first}); Quay may refuse it");
            findings.warn(email, what);
        }
    }
}
