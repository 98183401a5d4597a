//! The values of a level, one by one: type, choices, format.

use std::collections::BTreeMap;

use serde_json::Value;

use super::check::{Checker, Scope};
use super::rules::State;
use super::{Complaint, convert, python};
use crate::modules::connection;
use crate::modules::contract::{Argument, Format, Kind};

impl Checker<'_> {
    /// Converts the value of an option, and the elements of a list.
    pub fn convert(&mut self, scope: &Scope<'_>, argument: &Argument, state: &mut State) {
        let name = argument.name;
        let Some(value) = state.values.get(name) else { return };
        let mut errors = Vec::new();
        let mut elements = value.as_array().into_iter().flatten();
        let is_converted = convert::is_converted(argument.kind, value)
            && elements.all(|element| convert::is_converted(argument.elements, element));
        let converted = (!is_converted).then(|| convert::convert(argument.kind, value, self.environment));
        match converted {
            None => {}
            Some(Ok(Value::Array(list))) if argument.kind == Kind::List => {
                let mut converted = Vec::new();
                for (index, element) in list.into_iter().enumerate() {
                    match convert::convert(argument.elements, &element, self.environment) {
                        Ok(element) => converted.push(element),
                        Err(why) => {
                            let text = format!(
                                "Elements value for option '{name}'{} is of type {} and we were unable to convert to {}: {why}",
                                scope.found_in_quotes(""),
                                python::type_name(&element),
                                convert::name(argument.elements),
                            );
                            errors.push(scope.complaint(Some(&format!("{name}[{index}]")), text));
                        }
                    }
                }
                if errors.is_empty() {
                    state.values.insert(name, Value::Array(converted));
                }
            }
            Some(Ok(converted)) => {
                state.values.insert(name, converted);
            }
            Some(Err(why)) => {
                let text = format!(
                    "argument '{name}' is of type {}{} and we were unable to convert to {}: {why}",
                    python::type_name(value),
                    scope.found_in_quotes("."),
                    convert::name(argument.kind),
                );
                errors.push(scope.complaint(Some(name), text));
            }
        }
        if !errors.is_empty() {
            // A secret somewhere in a value that cannot be taken apart: all of the value is secret.
            let inside = format!("{}.", scope.dotted(name));
            if self.rules.iter().any(|rules| rules.secrets.iter().any(|secret| secret.starts_with(&inside)))
                && let Some(value) = state.values.get(name)
            {
                self.secret(value);
            }
            self.wrong(name, errors, state);
        } else if self.is_secret(&scope.dotted(name))
            && let Some(value) = state.get(name)
        {
            // The parts of `a,b` are secret, too.
            self.secret(value);
        }
    }

    /// Checks that the value of an option is permitted.
    pub fn choices(&mut self, scope: &Scope<'_>, argument: &Argument, state: &mut State) {
        let name = argument.name;
        let Some(value) = state.get(name).filter(|_| !argument.choices.is_empty()) else {
            return;
        };
        let choices: Vec<Value> =
            argument.choices.iter().filter_map(|choice| serde_json::from_str(choice).ok()).collect();
        let shown = || choices.iter().map(python::str).collect::<Vec<_>>().join(", ");
        let found_in = || scope.found_in();
        let error = match value {
            Value::Array(list) => {
                let strange: Vec<_> = list.iter().filter(|value| !choices.contains(value)).map(python::str).collect();
                (!strange.is_empty()).then(|| {
                    let strange = strange.join(", ");
                    let (shown, found_in) = (shown(), found_in());
                    format!("value of {name} must be one or more of: {shown}. Got no match for: {strange}{found_in}")
                })
            }
            value if choices.contains(value) => None,
            value => match meant(value, &choices) {
                Some(choice) => {
                    state.values.insert(name, choice);
                    None
                }
                None => {
                    let (shown, got, found_in) = (shown(), python::str(value), found_in());
                    Some(format!("value of {name} must be one of: {shown}, got: {got}{found_in}"))
                }
            },
        };
        if let Some(error) = error {
            self.wrong(name, vec![scope.complaint(Some(name), error)], state);
        }
    }

    /// The values in the form that the module wants, for the options that have a format.
    pub fn formats(&mut self, scope: &Scope<'_>, state: &mut State) -> BTreeMap<&'static str, Value> {
        let mut formatted = BTreeMap::new();
        for argument in &scope.arguments {
            let dotted = scope.dotted(argument.name);
            let mut formats = self.rules.iter().flat_map(|rules| rules.formats);
            let format = formats.find(|(option, _)| *option == dotted).map(|(_, format)| *format);
            if let Some((format, value)) = format.zip(state.get(argument.name)) {
                self.found.secrets.extend(connection::misplaced_secret(&dotted, value));
                let mut errors = Vec::new();
                let path = format!("{}{}", scope.path, argument.name);
                let value = apply(format, value, &path, &mut errors);
                if self.is_secret(&dotted) {
                    self.secret(&value);
                }
                formatted.insert(argument.name, value);
                if !errors.is_empty() {
                    self.wrong(argument.name, errors, state);
                }
            }
        }
        formatted
    }

    /// Notes errors about one option, with the environment variable that they come from.
    fn wrong(&mut self, name: &'static str, errors: Vec<Complaint>, state: &mut State) {
        let origin = match state.variables.get(name) {
            Some(variable) => format!(" (from the environment variable {variable})"),
            None => String::new(),
        };
        let known = |complaint: Complaint| Complaint { text: complaint.text + &origin, ..complaint };
        self.found.errors.extend(errors.into_iter().map(known));
        state.wrong.insert(name);
    }
}

/// YAML turns an unquoted `on` into a boolean, which then is the text `True`. One choice with that meaning is meant.
fn meant(value: &Value, choices: &[Value]) -> Option<Value> {
    let meaning = match value.as_str() {
        Some("True") => true,
        Some("False") => false,
        _ => return None,
    };
    let is_meant = |choice: &&Value| {
        let is_lower = choice.as_str().is_none_or(|text| text == text.to_lowercase().trim());
        is_lower && convert::boolean(choice) == Some(meaning)
    };
    let mut found = choices.iter().filter(is_meant);
    found.next().filter(|_| found.next().is_none()).cloned()
}

/// A list of values is checked element by element, unless the elements are dicts.
fn apply(format: Format, value: &Value, path: &str, errors: &mut Vec<Complaint>) -> Value {
    match value {
        Value::Array(list) if !list.iter().any(Value::is_object) => {
            let elements = list.iter().enumerate();
            elements.map(|(index, value)| apply(format, value, &format!("{path}[{index}]"), errors)).collect()
        }
        Value::Null => Value::Null,
        value => format(value).unwrap_or_else(|what| {
            errors.push(Complaint { path: path.to_owned(), text: format!("{path}: {what}") });
            Value::Null
        }),
    }
}
