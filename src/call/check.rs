//! Goes through the levels of options: those of the module, and those inside an option with suboptions.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::convert::Environment;
use super::rules::{self, State};
use super::{Complaint, Invalid, python};
use crate::modules::contract::{Argument, Rules};

/// Where a level is, and what is expected there.
#[derive(Default)]
pub struct Scope<'a> {
    /// The options.
    pub arguments: Vec<&'a Argument>,
    /// The cross-option rules.
    pub rules: Vec<&'a Rules>,
    /// Options required beside those whose documentation says so.
    pub required: &'a [&'a str],
    /// Names of the options around this level, outermost first.
    pub parents: Vec<&'a str>,
    /// The same with list indices and a dot at the end: `perms[2].`; empty at the top.
    pub path: String,
}

impl Scope<'_> {
    /// End of a message about this level.
    pub fn found_in(&self) -> String {
        if self.parents.is_empty() { String::new() } else { format!(" found in {}", self.parents.join(" -> ")) }
    }

    /// The same, as messages about types write it.
    pub fn found_in_quotes(&self, stop: &str) -> String {
        if self.parents.is_empty() { String::new() } else { format!(" found in '{}'{stop}", self.parents.join(" -> ")) }
    }

    /// A complaint about an option here, or about the level as a whole.
    pub fn complaint(&self, option: Option<&str>, text: String) -> Complaint {
        let path = match option {
            Some(option) => format!("{}{option}", self.path),
            None => self.path.trim_end_matches('.').to_owned(),
        };
        Complaint { path, text }
    }

    /// The name that the rules of the module use for an option here: `perms.name`.
    pub fn dotted<'n>(&self, option: &'n str) -> Cow<'n, str> {
        match self.parents.as_slice() {
            [] => Cow::Borrowed(option),
            parents => Cow::Owned(format!("{}.{option}", parents.join("."))),
        }
    }
}

/// Both forms of a checked level, see [`Validated`](super::Validated).
pub struct Checked {
    pub options: Map<String, Value>,
    pub shown: Map<String, Value>,
}

/// The checker: goes through all levels and collects what it finds.
pub struct Checker<'a> {
    pub module: &'a str,
    pub ignore_unknown: bool,
    /// Whether somebody wants to see the call; without it `shown` stays empty.
    pub shows: bool,
    pub environment: Environment<'a>,
    /// Rules that name options by their dotted names.
    pub rules: [&'a Rules; 2],
    pub found: Invalid,
    /// Messages about unknown options: Ansible reports them after all others.
    pub unknown: Vec<Complaint>,
}

impl<'a> Checker<'a> {
    /// A checker for one call of `module`.
    pub fn new(module: &'a str, environment: Environment<'a>, rules: [&'a Rules; 2]) -> Checker<'a> {
        let found = Invalid {
            errors: Vec::new(),
            shown: Map::new(),
            secrets: Vec::new(),
            warnings: Vec::new(),
            deprecations: Vec::new(),
        };
        Checker { module, ignore_unknown: false, shows: false, environment, rules, found, unknown: Vec::new() }
    }

    /// What was found, each thing once.
    pub fn finish(mut self) -> Invalid {
        self.found.errors.append(&mut self.unknown);
        keep_first(&mut self.found.errors);
        keep_first(&mut self.found.secrets);
        keep_first(&mut self.found.warnings);
        keep_first(&mut self.found.deprecations);
        self.found
    }

    /// Notes every text and number in `value` as secret.
    pub fn secret(&mut self, value: &Value) {
        match value {
            Value::String(text) if !text.is_empty() => self.found.secrets.push(text.clone()),
            Value::Number(_) => self.found.secrets.push(python::str(value)),
            Value::Array(list) => list.iter().for_each(|value| self.secret(value)),
            Value::Object(map) => map.values().for_each(|value| self.secret(value)),
            _ => {}
        }
    }

    /// Checks the `given` options of a level and of all levels below.
    pub fn check(&mut self, scope: &Scope<'_>, given: Map<String, Value>) -> Checked {
        self.collect_secrets(scope, &given);
        self.unknown_options(scope, &given);
        let aliases = scope.arguments.iter().filter(|_| self.shows).flat_map(|argument| argument.aliases);
        let aliases: Vec<(String, Value)> =
            aliases.filter_map(|alias| given.get(*alias).map(|value| ((*alias).to_owned(), value.clone()))).collect();
        let mut state = State { values: self.resolve_aliases(scope, given), ..State::default() };
        self.deprecations(scope, &state);
        if scope.parents.is_empty() {
            self.add_environment(scope, &mut state);
        }
        rules::mutually_exclusive(scope, &state, &mut self.found.errors);
        self.add_defaults(scope, &mut state);
        let required = scope.arguments.iter().filter(|argument| argument.required).map(|argument| argument.name);
        let required: BTreeSet<&str> = required.chain(scope.required.iter().copied()).collect();
        rules::required(&required, scope, &state, &mut self.found.errors);
        for argument in &scope.arguments {
            self.convert(scope, argument, &mut state);
        }
        for argument in &scope.arguments {
            self.choices(scope, argument, &mut state);
        }
        rules::dependent(scope, &state, &mut self.found.errors);
        let mut checked = self.result(scope, state);
        // Like Ansible, show the aliases that the user wrote as well.
        checked.shown.extend(aliases);
        checked
    }

    /// The levels below, and both forms of the result.
    fn result(&mut self, scope: &Scope<'_>, mut state: State) -> Checked {
        let mut formatted = self.formats(scope, &mut state);
        let mut options = Vec::with_capacity(state.values.len());
        let mut all = Map::new();
        for argument in &scope.arguments {
            let name = argument.name;
            let right = !state.wrong.contains(name);
            let (option, shown) = match state.values.remove(name) {
                Some(value) if right && !argument.suboptions.is_empty() => {
                    let (option, shown) = self.below(scope, argument, value);
                    (Some(option), shown)
                }
                Some(value) => {
                    let shown = if self.shows { value.clone() } else { Value::Null };
                    (Some(formatted.remove(name).unwrap_or(value)), shown)
                }
                None => (None, Value::Null),
            };
            options.extend(option.map(|option| (name.to_owned(), option)));
            if self.shows {
                all.insert(name.to_owned(), shown);
            }
        }
        // A map of known length takes no more memory than it needs: whole declarations are kept.
        Checked { options: options.into_iter().collect(), shown: all }
    }

    /// Checks the suboptions in the (already converted) value of `argument`.
    fn below(&mut self, scope: &Scope<'_>, argument: &Argument, value: Value) -> (Value, Value) {
        let mut parents = scope.parents.clone();
        parents.push(argument.name);
        let within = scope.rules.iter().flat_map(|rules| rules.within);
        let mut inner = Scope {
            arguments: argument.suboptions.iter().collect(),
            rules: within.filter(|(option, _)| *option == argument.name).map(|(_, rules)| rules).collect(),
            required: &[],
            parents,
            path: format!("{}{}.", scope.path, argument.name),
        };
        match value {
            Value::Array(list) => {
                let elements = list.into_iter().enumerate().map(|(index, element)| {
                    inner.path = format!("{}{}[{index}].", scope.path, argument.name);
                    self.inside(&inner, element)
                });
                let (options, shown): (Vec<_>, Vec<_>) = elements.unzip();
                (Value::Array(options), Value::Array(shown))
            }
            value => self.inside(&inner, value),
        }
    }

    fn inside(&mut self, scope: &Scope<'_>, value: Value) -> (Value, Value) {
        match value {
            Value::Object(map) => {
                let checked = self.check(scope, map);
                (Value::Object(checked.options), Value::Object(checked.shown))
            }
            // Not reached: the value was converted to a dict, or to a list of dicts.
            other => (other.clone(), other),
        }
    }
}

fn keep_first<T: PartialEq>(list: &mut Vec<T>) {
    let mut kept = Vec::with_capacity(list.len());
    for item in list.drain(..) {
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
    *list = kept;
}
