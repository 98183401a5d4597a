//! Shapes of JSON: what the answers of a route have in common, whichever version and object.

use serde_json::Value;

/// What an answer, or a part of one, looks like. A key that is not named here may be missing or null.
#[derive(Debug, PartialEq, Eq)]
pub enum Shape {
    /// No body at all.
    Nothing,
    /// Any JSON.
    Anything,
    /// A text.
    Text,
    /// These words, in JSON or in a page.
    Says(&'static str),
    /// A number.
    Number,
    /// `true` or `false`.
    Flag,
    /// A list of such entries.
    List(&'static Shape),
    /// An object whose keys are names of Quay's objects.
    Map(&'static Shape),
    /// An object with at least these keys.
    Object(&'static [(&'static str, Shape)]),
}

impl Shape {
    /// What is wrong with a value, as words that follow "answered"; `None` when it has this shape.
    pub fn fault(&self, value: &Value) -> Option<String> {
        let (place, wanted) = self.mismatch(value)?;
        let place = place.trim_start_matches('.');
        let found = if place.is_empty() { Some(value) } else { None };
        Some(match found {
            Some(value) => format!("with {} instead of {wanted}", kind(value)),
            None => format!("without {wanted} \"{place}\""),
        })
    }

    /// The first place that has another shape, and what belongs there.
    fn mismatch(&self, value: &Value) -> Option<(String, &'static str)> {
        let below = |shape: &Shape, value: &Value, step: &dyn Fn() -> String| {
            shape.mismatch(value).map(|(place, wanted)| (step() + &place, wanted))
        };
        match (self, value) {
            (Shape::Anything, _)
            | (Shape::Text, Value::String(_))
            | (Shape::Number, Value::Number(_))
            | (Shape::Flag, Value::Bool(_)) => None,
            (Shape::List(shape), Value::Array(entries)) => {
                entries.iter().enumerate().find_map(|(index, entry)| below(shape, entry, &|| format!("[{index}]")))
            }
            // The name of the entry stays out of the message: it is a stranger's text.
            (Shape::Map(shape), Value::Object(map)) => {
                map.values().find_map(|entry| below(shape, entry, &|| ".*".into()))
            }
            (Shape::Object(keys), Value::Object(map)) => keys.iter().find_map(|(key, shape)| match map.get(*key) {
                Some(part) => below(shape, part, &|| format!(".{key}")),
                None => Some((format!(".{key}"), shape.name())),
            }),
            _ => Some((String::new(), self.name())),
        }
    }

    /// Whether a list is what the answer is about, so that it may be long.
    pub fn holds_a_list(&self) -> bool {
        match self {
            Shape::List(_) | Shape::Map(_) => true,
            Shape::Object(keys) => keys.iter().any(|(_, shape)| matches!(shape, Shape::List(_) | Shape::Map(_))),
            _ => false,
        }
    }

    /// What a person calls it.
    pub fn name(&self) -> &'static str {
        match self {
            Shape::Nothing => "no body",
            Shape::Anything => "JSON",
            Shape::Text => "a text",
            Shape::Says(_) => "the words that stand for success",
            Shape::Number => "a number",
            Shape::Flag => "true or false",
            Shape::List(_) => "a list",
            Shape::Map(_) | Shape::Object(_) => "an object",
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_fault_names_the_place_and_what_belongs_there() {
        const ROLES: Shape = Shape::Object(&[("role", Shape::Text)]);
        const SHAPE: Shape =
            Shape::Object(&[("name", Shape::Text), ("list", Shape::List(&ROLES)), ("map", Shape::Map(&ROLES))]);
        let good = json!({"name": "a", "list": [{"role": "x"}], "map": {"u": {"role": "x"}}, "more": null});
        assert_eq!(SHAPE.fault(&good), None);
        for (change, fault) in [
            (json!({"name": null}), "without a text \"name\""),
            (json!({"list": {}}), "without a list \"list\""),
            (json!({"list": [{"role": "x"}, 5]}), "without an object \"list[1]\""),
            (json!({"map": {"secret": {}}}), "without a text \"map.*.role\""),
        ] {
            let mut bad = good.clone();
            bad.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            assert_eq!(SHAPE.fault(&bad).as_deref(), Some(fault));
        }
        assert_eq!(SHAPE.fault(&json!([])).as_deref(), Some("with a list instead of an object"));
        assert_eq!(Shape::Text.fault(&Value::Null).as_deref(), Some("with null instead of a text"));
    }
}
