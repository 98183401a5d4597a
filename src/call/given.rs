//! What a level starts from: the given options, the environment, the defaults.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::check::{Checker, Scope};
use super::rules::State;
use super::{Deprecation, address, suggest};
use crate::modules::connection;

impl Checker<'_> {
    /// Whether the rules call the option secret.
    pub fn is_secret(&self, dotted: &str) -> bool {
        self.rules.iter().any(|rules| rules.secrets.contains(&dotted))
    }

    /// Under every name, and before any check: whatever happens later can be masked. The password in a URL is a secret in
    /// every option, that of a proxy for example, see [`address`].
    pub fn collect_secrets(&mut self, scope: &Scope<'_>, given: &Map<String, Value>) {
        for argument in &scope.arguments {
            let dotted = scope.dotted(argument.name);
            let is_secret = self.is_secret(&dotted);
            let is_hook = self.rules.iter().any(|rules| rules.hooks.contains(&&*dotted));
            for name in [argument.name].iter().chain(argument.aliases) {
                match given.get(*name) {
                    Some(value) if is_secret => self.secret(value),
                    Some(Value::String(text)) => {
                        self.found.secrets.extend(address::secrets(argument.name, is_hook, text));
                    }
                    _ => {}
                }
            }
        }
    }

    /// Notes the options that do not exist.
    pub fn unknown_options(&mut self, scope: &Scope<'_>, given: &Map<String, Value>) {
        let known = |name: &str| scope.arguments.iter().any(|it| it.name == name || it.aliases.contains(&name));
        let mut unknown: Vec<&str> = given.keys().map(String::as_str).filter(|name| !known(name)).collect();
        if unknown.is_empty() || self.ignore_unknown {
            return;
        }
        unknown.sort_unstable();
        let mut names: Vec<&str> = scope.arguments.iter().map(|argument| argument.name).collect();
        let mut aliases: Vec<&str> = scope.arguments.iter().flat_map(|argument| argument.aliases).copied().collect();
        names.sort_unstable();
        aliases.sort_unstable();
        let dotted: Vec<_> = unknown.iter().map(|name| scope.dotted(name)).collect();
        let mut message = format!(
            "Unsupported parameters for ({}) module: {}. Supported parameters include: ",
            self.module,
            dotted.join(", ")
        );
        message.push_str(&names.join(", "));
        if !aliases.is_empty() {
            message.push_str(&format!(" ({})", aliases.join(", ")));
        }
        message.push('.');
        names.append(&mut aliases);
        for name in &unknown {
            if let Some(close) = suggest::close(name, &names) {
                message.push_str(&format!(" Did you mean '{close}'?"));
            }
        }
        self.unknown.push(scope.complaint(unknown.first().copied(), message));
    }

    /// The given values under the options' own names, without nulls. The last alias wins, as in Ansible.
    pub fn resolve_aliases(
        &mut self,
        scope: &Scope<'_>,
        mut given: Map<String, Value>,
    ) -> BTreeMap<&'static str, Value> {
        let mut value_of = |name: &str| given.remove(name).filter(|value| !value.is_null());
        let mut values = BTreeMap::new();
        for argument in &scope.arguments {
            let name = argument.name;
            if let Some(value) = value_of(name) {
                values.insert(name, value);
            }
            for alias in argument.aliases {
                let Some(value) = value_of(alias) else { continue };
                if values.insert(name, value).is_some() {
                    let path = &scope.path;
                    let warning = format!("Both option {path}{name} and its alias {path}{alias} are set.");
                    self.found.warnings.push(warning);
                }
            }
        }
        if scope.parents.is_empty() {
            values.retain(|name, value| !connection::is_blank(name, value));
        }
        values
    }

    /// Notes the deprecated options that the user gave.
    pub fn deprecations(&mut self, scope: &Scope<'_>, state: &State) {
        for argument in &scope.arguments {
            let dotted = scope.dotted(argument.name);
            let deprecated = self.rules.iter().flat_map(|rules| rules.deprecated);
            for notice in deprecated.filter(|notice| notice.option == dotted && state.has(argument.name)) {
                self.found.deprecations.push(Deprecation {
                    msg: format!("Param '{dotted}' is deprecated. {}", notice.message),
                    date: notice.date.to_string(),
                });
            }
        }
    }

    /// Adds what the environment supplies. Only the options of the module itself have variables.
    pub fn add_environment(&mut self, scope: &Scope<'_>, state: &mut State) {
        // What the task itself says decides which variables count, not what other variables say.
        let explicit = |state: &State, other: &str| state.has(other) && !state.variables.contains_key(other);
        for argument in &scope.arguments {
            let name = argument.name;
            if state.has(name) || connection::is_hidden(name, |other| explicit(state, other)) {
                continue;
            }
            let variables = self.rules.iter().flat_map(|rules| rules.environment);
            let variables = variables.filter(|(option, _)| *option == name).flat_map(|(_, variables)| *variables);
            let found = variables.copied().find_map(|variable| {
                let text = (self.environment)(variable)?;
                connection::from_environment(name, text).map(|value| (variable, value))
            });
            if let Some((variable, value)) = found {
                if self.is_secret(name) {
                    self.secret(&value);
                }
                state.values.insert(name, value);
                state.variables.insert(name, variable);
            }
        }
    }

    /// Adds the defaults.
    pub fn add_defaults(&mut self, scope: &Scope<'_>, state: &mut State) {
        for argument in &scope.arguments {
            let Some(default) = argument.default.filter(|_| !state.has(argument.name)) else {
                continue;
            };
            // `build.rs` writes JSON only.
            let default = serde_json::from_str(default).unwrap_or(Value::Null);
            if self.is_secret(&scope.dotted(argument.name)) {
                self.secret(&default);
            }
            state.values.insert(argument.name, default);
        }
    }
}
