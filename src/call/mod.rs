//! Validation of a call: what Ansible's library does for modules written in Python, with the same words.
//!
//! The argument table comes from the module's documentation, the rules stand beside its code (see
//! [`contract`](crate::modules::contract)). Unlike Ansible, which stops at the first mistake, this reports all of them.

pub mod address;
mod ask;
mod check;
mod convert;
mod given;
pub mod journal;
pub mod mask;
mod python;
mod rules;
mod suggest;
#[cfg(test)]
mod tests;
mod values;

use serde_json::{Map, Value};

use crate::modules::connection;
use crate::modules::contract::{Document, Login, Rules};
pub use ask::ask;
use check::{Checker, Scope};
pub use convert::{Environment, boolean};
pub use suggest::close as close_name;

/// One call of a module.
#[derive(Clone, PartialEq)]
pub struct Call {
    /// Short name of the module, `quay_team` for example.
    pub module: String,
    /// The options as the user gave them, in order.
    pub parameters: Map<String, Value>,
    /// Unknown options are dropped instead of being an error.
    pub ignore_unknown: bool,
    /// Whether the call will be shown: [`Validated::shown`] stays empty without it.
    pub shows: bool,
    /// Whether the call says how the server is reached. One within a run has no options for that.
    pub connects: bool,
}

impl Call {
    /// A call in which every option has to be known, and which nobody will see.
    pub fn of(module: &str, parameters: Map<String, Value>) -> Call {
        Call { module: module.to_owned(), parameters, ignore_unknown: false, shows: false, connects: true }
    }

    /// Such a call on the connection of a run.
    pub fn within(module: &str, parameters: Map<String, Value>) -> Call {
        Call { connects: false, ..Call::of(module, parameters) }
    }
}

/// A call that a module can work with.
pub struct Validated {
    /// What the module gets: converted values, defaults applied, formats applied, aliases resolved. An option that is
    /// not given and has no default is absent.
    pub options: Map<String, Value>,
    /// What can be shown of the call, if that is wanted: every option, `null` where it has no value, before formats. Not masked.
    pub shown: Map<String, Value>,
    /// Every secret in the call, as text. Nothing of it may be shown.
    pub secrets: Vec<String>,
    /// Sentences for the user.
    pub warnings: Vec<String>,
    /// Options that the user gave and that will go away.
    pub deprecations: Vec<Deprecation>,
}

/// A call with mistakes.
pub struct Invalid {
    /// All mistakes, the one that Ansible would report first. They can repeat secrets: mask them.
    pub errors: Vec<Complaint>,
    /// Like [`Validated::shown`], with wrong values as they were given.
    pub shown: Map<String, Value>,
    /// Like [`Validated::secrets`].
    pub secrets: Vec<String>,
    /// Like [`Validated::warnings`].
    pub warnings: Vec<String>,
    /// Like [`Validated::deprecations`].
    pub deprecations: Vec<Deprecation>,
}

/// One mistake in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The option that it is about, within those around it: `perms[2].role`; empty for the call as a whole.
    pub path: String,
    /// The sentence for the user. It can repeat a secret: mask it.
    pub text: String,
}

impl Complaint {
    /// A sentence that begins with the option that it is about, as the checks of modules have it: `config.url: ...`.
    pub fn of(text: String) -> Complaint {
        let is_path = |front: &&str| front.chars().all(|c| c.is_ascii_alphanumeric() || "_.[]".contains(c));
        let path = text.split(": ").next().filter(is_path).unwrap_or_default().to_owned();
        Complaint { path, text }
    }
}

impl Invalid {
    /// The sentences of all mistakes, each once. They can repeat secrets: mask them.
    pub fn texts(&self) -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        for complaint in &self.errors {
            if !texts.contains(&complaint.text) {
                texts.push(complaint.text.clone());
            }
        }
        texts
    }
}

/// An option that the user gave and that will go away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deprecation {
    /// What goes away, and what to use instead.
    pub msg: String,
    /// Day of the removal, `YYYY-MM-DD`.
    pub date: String,
}

/// Checks a call against the documentation and the rules of its module.
///
/// Values come from the task, else from the environment variables of the rules, else from the defaults. `null` means
/// not given, everywhere but in lists. The connection options bring rules of their own, see
/// [`connection`](crate::modules::connection).
///
/// # Errors
/// Every mistake in the call, without those that only follow from another.
pub fn validate(
    document: &Document,
    rules: &Rules,
    call: Call,
    environment: Environment,
) -> Result<Validated, Box<Invalid>> {
    let (connection, required) = match call.connects {
        true => (connection::rules(rules.login), connection::required(rules.login)),
        false => (&Rules::NONE, &[][..]),
    };
    let ignored = if call.connects { connection::ignored(rules.login) } else { connection::OPTIONS };
    let mut checker = Checker::new(&call.module, environment, [rules, connection]);
    (checker.ignore_unknown, checker.shows) = (call.ignore_unknown, call.shows);
    let mut given = call.parameters;
    for option in ignored {
        if let Some(value) = given.remove(*option) {
            checker.secret(&value);
        }
    }
    let scope = Scope {
        arguments: document.options.iter().filter(|argument| !ignored.contains(&argument.name)).collect(),
        rules: vec![rules, connection],
        required,
        ..Scope::default()
    };
    checked(checker, &scope, given)
}

/// Checks the options of a connection that is no module's own: those of a server that the caller names.
///
/// # Errors
/// Every mistake in them.
pub fn connection(options: Map<String, Value>, environment: Environment) -> Result<Validated, Box<Invalid>> {
    let rules = connection::rules(Login::TokenOrPassword);
    let checker = Checker::new("connection", environment, [&Rules::NONE, rules]);
    let scope = Scope { arguments: connection::arguments().collect(), rules: vec![rules], ..Scope::default() };
    checked(checker, &scope, options)
}

fn checked(mut checker: Checker<'_>, scope: &Scope<'_>, given: Map<String, Value>) -> Result<Validated, Box<Invalid>> {
    let checked = checker.check(scope, given);
    let found = checker.finish();
    if found.errors.is_empty() {
        let mut warnings = found.warnings;
        warnings.extend(connection::exposed(&checked.options));
        Ok(Validated {
            options: checked.options,
            shown: checked.shown,
            secrets: found.secrets,
            warnings,
            deprecations: found.deprecations,
        })
    } else {
        Err(Box::new(Invalid { shown: checked.shown, ..found }))
    }
}
