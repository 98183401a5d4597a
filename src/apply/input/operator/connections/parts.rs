//! Where a connection comes from: a Secret, a mapping of the user, or a variable that is set later.

use serde_json::Number;

use crate::apply::input::foreign::{Entry, Fields, Findings, from_environment, scalar, variable};
use crate::apply::input::operator::manifest::Reference;
use crate::apply::input::operator::secrets::Secret;
use crate::apply::input::yaml::Node;
use crate::call::boolean;
use crate::modules::connection;

/// The options of an endpoint, as `registry` takes them.
pub struct Parts {
    /// The options.
    pub options: Entry,
    /// Account and password, where a token wins over them elsewhere.
    pub login: Option<(Node, Node)>,
    /// Whether it signs in with account and password.
    pub by_password: bool,
}

/// The connection that a Secret is.
pub fn from_secret(secret: &Secret<'_>, reference: &Reference<'_>, findings: &mut Findings) -> Parts {
    let mut options = Entry::at(&reference.node.place);
    if let Some(host) = secret.text("host", findings) {
        options.put("quay_host", host);
    }
    if let Some(node) = secret.text("validateCerts", findings) {
        match boolean(&node.to_value()) {
            Some(flag) => options.put("validate_certs", scalar(&node.place, flag)),
            None => findings.wrong(&node, "validateCerts must be true or false"),
        }
    }
    if let Some(node) = secret.text("timeout", findings) {
        match node.as_str().and_then(number) {
            Some(number) => options.put("timeout", scalar(&node.place, number)),
            None => findings.wrong(&node, "timeout must be a number of seconds"),
        }
    }
    let token = secret.text("token", findings);
    let (username, password) = (secret.text("username", findings), secret.text("password", findings));
    let by_password = token.is_none();
    match token {
        Some(token) => options.put("quay_token", token),
        None => {
            for (option, node) in [("quay_username", &username), ("quay_password", &password)] {
                if let Some(node) = node {
                    options.put(option, node.clone());
                }
            }
        }
    }
    Parts { options, login: username.zip(password), by_password }
}

/// What stands for a Secret that nobody has given yet: the host comes from wherever a run takes it.
pub fn set_later(reference: &Reference<'_>) -> Parts {
    let mut options = Entry::at(&reference.node.place);
    options.put("quay_token", from_environment(&reference.node.place, &token_variable(reference)));
    Parts { options, login: None, by_password: false }
}

fn token_variable(reference: &Reference<'_>) -> String {
    variable(&["quay_token", reference.namespace, reference.name])
}

/// What to tell of that.
pub fn told_later(reference: &Reference<'_>) -> String {
    let Reference { property, namespace, name, .. } = *reference;
    let variable = token_variable(reference);
    format!(
        "{property}: {name}: the Secret {name} of the namespace {namespace} is not in the input: give the server as quay_host \
         or QUAY_HOST, and its token in the environment variable {variable}"
    )
}

/// The connection that the user gave in the place of a Secret.
pub fn from_mapping(mapping: &Node, findings: &mut Findings) -> Option<Parts> {
    let fields = Fields::read(mapping, "a connection", connection::OPTIONS, findings)?;
    let mut options = Entry::at(&mapping.place);
    for (key, node) in fields.all() {
        options.copy(&key.name, Some((key, node)));
    }
    let of = |key| fields.get(key).map(|(_, node)| node.clone());
    Some(Parts {
        options,
        login: of("quay_username").zip(of("quay_password")),
        by_password: of("quay_token").is_none(),
    })
}

fn number(text: &str) -> Option<Number> {
    let text = text.trim();
    let whole = text.parse::<u64>().ok().map(Number::from);
    whole.or_else(|| Number::from_f64(text.parse().ok()?))
}
