//! `.mqc/login.yaml`: tokens of the endpoints, passwords of the mirrored registries.

use std::collections::BTreeMap;
use std::path::Path;

use crate::apply::input::foreign::{Fields, Findings};
use crate::apply::input::yaml::{Node, Place, Problem, files};

const KEYS: &[&str] = &["quay_endpoint_login", "mirror_repository"];
const ENDPOINT: &[&str] = &["quay_endpoint", "quay_token"];
const MIRROR: &[&str] = &["organization", "repository", "ext_registry_username", "ext_registry_password"];

/// The secrets of a login file. It has no `Debug`.
pub struct Login {
    tokens: BTreeMap<String, Node>,
    passwords: BTreeMap<(String, String, String), Node>,
    /// What the user should know about the file.
    pub warnings: Vec<Problem>,
}

/// Whether a document is a login file.
pub fn is(node: &Node) -> bool {
    KEYS.iter().any(|key| node.get(key).is_some())
}

impl Login {
    /// Reads a login file.
    ///
    /// That others may read it is a warning.
    ///
    /// # Errors
    /// When it cannot be read; else like [`Login::of`].
    pub fn open(path: &Path) -> Result<Login, Vec<Problem>> {
        let (sources, problems) = files::read(&[path.to_path_buf()]);
        if !problems.is_empty() {
            return Err(problems);
        }
        let place = Place::data(path.display().to_string());
        let documents: Vec<&Node> = sources.iter().flat_map(|source| &source.documents).collect();
        let [document] = documents.as_slice() else {
            return Err(vec![Problem { place, what: "a login file is one YAML document".to_owned() }]);
        };
        let mut login = Login::of(document)?;
        if is_open(path) {
            let what = "others may read this file with its tokens and passwords: take that right away (chmod 600)";
            login.warnings.insert(0, Problem { place, what: what.to_owned() });
        }
        Ok(login)
    }

    /// Reads the document of a login file.
    ///
    /// # Errors
    /// Every mistake in it: unknown and missing keys, wrong types, endpoints and mirrors listed twice.
    pub fn of(document: &Node) -> Result<Login, Vec<Problem>> {
        let mut findings = Findings::default();
        let mut login = Login { tokens: BTreeMap::new(), passwords: BTreeMap::new(), warnings: Vec::new() };
        if let Some(fields) = Fields::read(document, "a login file", KEYS, &mut findings) {
            fields.required("quay_endpoint_login", &mut findings);
            for node in fields.list("quay_endpoint_login", &mut findings) {
                login.add_token(node, &mut findings);
            }
            for node in fields.list("mirror_repository", &mut findings) {
                login.add_password(node, &mut findings);
            }
        }
        if !findings.problems.is_empty() {
            return Err(findings.problems);
        }
        login.warnings = findings.warnings;
        Ok(login)
    }

    /// Every endpoint with its token.
    pub fn tokens(&self) -> impl Iterator<Item = (&str, &str)> {
        self.tokens.iter().filter_map(|(endpoint, token)| Some((endpoint.as_str(), token.as_str()?)))
    }

    /// How many passwords of mirrored registries it holds.
    pub fn count_passwords(&self) -> usize {
        self.passwords.len()
    }

    /// The token for an endpoint, exactly as the organization files write it.
    pub fn token(&self, endpoint: &str) -> Option<&Node> {
        self.tokens.get(endpoint)
    }

    /// The password for exactly this organization, repository and account.
    pub fn password(&self, organization: &str, repository: &str, account: &str) -> Option<&Node> {
        self.passwords.get(&(organization.to_owned(), repository.to_owned(), account.to_owned()))
    }

    fn add_token(&mut self, node: &Node, findings: &mut Findings) {
        let Some(fields) = Fields::read(node, "an endpoint", ENDPOINT, findings) else { return };
        let endpoint = fields.required_text("quay_endpoint", findings);
        fields.required("quay_token", findings);
        let token = fields.text("quay_token", findings);
        let (Some(endpoint), Some((_, token))) = (endpoint, token) else { return };
        // The tool's own idea of a token that was left out.
        if token.as_str().unwrap_or_default().chars().count() < 2 {
            findings.warn(token, format!("the token for {endpoint} is empty and counts as missing"));
        } else if self.tokens.insert(endpoint.to_owned(), token.clone()).is_some() {
            findings.wrong(node, format!("the endpoint {endpoint} is listed twice"));
        }
    }

    fn add_password(&mut self, node: &Node, findings: &mut Findings) {
        let Some(fields) = Fields::read(node, "an entry of mirror_repository", MIRROR, findings) else { return };
        let mut text = |key| fields.required_text(key, findings).map(str::to_owned);
        let (organization, repository, user) =
            (text("organization"), text("repository"), text("ext_registry_username"));
        let password = text("ext_registry_password").and_then(|_| fields.get("ext_registry_password"));
        let (Some(organization), Some(repository), Some(user), Some((_, password))) =
            (organization, repository, user, password)
        else {
            return;
        };
        let title = format!("the password for {organization} / {repository} is listed twice for the same account");
        if self.passwords.insert((organization, repository, user), password.clone()).is_some() {
            findings.wrong(node, title);
        }
    }
}

/// Whether anybody but the owner may read the file.
#[cfg(unix)]
fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|data| data.permissions().mode() & 0o044 != 0)
}

/// Rights are told in other ways there.
#[cfg(not(unix))]
fn is_open(_path: &Path) -> bool {
    false
}
