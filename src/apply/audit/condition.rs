//! Simple conditions on the options of an object.

use serde_json::Value;

use super::entry::Entry;
use crate::apply::input::yaml::{Content, Node, Problem};
use crate::apply::kinds::shape::is_empty;
use crate::quay::glob::Glob;
use crate::quay::{period, size, written};

/// What a value has to be. Of a list, one element has to be so.
pub enum Condition {
    /// Not there, or empty.
    Unset,
    /// This text, which may be a pattern.
    Fits(Glob),
    /// One of these.
    Any(Vec<Condition>),
    /// A number within these bounds, both included.
    Between(u64, u64),
    /// A mapping with these values.
    Has(Vec<(String, Condition)>),
}

/// The key of the lower bound.
pub const AT_LEAST: &str = "at_least";
/// The key of the upper bound.
pub const AT_MOST: &str = "at_most";

impl Condition {
    /// Reads a condition: null, a value or pattern, a list of several, `{at_least: 1, at_most: 90d}`, or a mapping of conditions.
    ///
    /// # Errors
    /// When a bound is no number, period or size.
    pub fn read(node: &Node) -> Result<Condition, Problem> {
        match &node.content {
            Content::Scalar(_) if node.is_null() => Ok(Condition::Unset),
            Content::Scalar(_) => Ok(Condition::Fits(Glob::new(&written(&node.to_value())))),
            Content::List(list) => Ok(Condition::Any(list.iter().map(Condition::read).collect::<Result<_, _>>()?)),
            Content::Map(map) if map.iter().any(|(key, _)| key.name == AT_LEAST || key.name == AT_MOST) => {
                if let Some((key, other)) = map.iter().find(|(key, _)| key.name != AT_LEAST && key.name != AT_MOST) {
                    return Err(other.problem(format!("{} cannot stand beside {AT_LEAST} and {AT_MOST}", key.name)));
                }
                let bound = |key: &str, none: u64| node.get(key).map_or(Ok(none), number);
                Ok(Condition::Between(bound(AT_LEAST, 0)?, bound(AT_MOST, u64::MAX)?))
            }
            Content::Map(map) => {
                let inner = map.iter().map(|(key, node)| Ok((key.name.to_string(), Condition::read(node)?)));
                Ok(Condition::Has(inner.collect::<Result<_, _>>()?))
            }
        }
    }

    /// Whether a value is so.
    pub fn fits(&self, value: &Value) -> bool {
        match (self, value) {
            (Condition::Unset, value) => is_empty(value),
            (Condition::Any(several), value) => several.iter().any(|one| one.fits(value)),
            (_, Value::Array(list)) => list.iter().any(|element| self.fits(element)),
            (_, Value::Null) => false,
            (Condition::Fits(glob), value) => glob.fits(&written(value)),
            (Condition::Between(least, most), value) => {
                value.as_u64().is_some_and(|number| (*least..=*most).contains(&number))
            }
            (Condition::Has(inner), value) => inner.iter().all(|(key, one)| one.fits(&value[key.as_str()])),
        }
    }
}

/// Whether all conditions on options of an entry hold.
pub fn all(conditions: &[(String, Condition)], entry: &Entry) -> bool {
    conditions.iter().all(|(key, condition)| condition.fits(&entry.get(key)))
}

/// A number, a period in seconds or a size in bytes.
fn number(node: &Node) -> Result<u64, Problem> {
    let given = node.to_value();
    let found = period::seconds(&given).or_else(|_| size::bytes(&given)).ok();
    found
        .and_then(|found| found.as_u64())
        .ok_or_else(|| node.problem("a bound is a number, a period such as 90d or a size such as 10 GiB"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn holds(condition: Value, value: Value) -> bool {
        Condition::read(&Node::of_value(&condition, "test")).unwrap().fits(&value)
    }

    #[test]
    fn conditions_are_about_values_lists_and_numbers() {
        for (condition, fitting, other) in [
            (json!("pub*"), json!("public"), json!("private")),
            (json!(false), json!(false), json!(true)),
            (json!(null), json!([]), json!("x")),
            (json!(["a", "b?"]), json!("b1"), json!("c")),
            (json!("a"), json!(["b", "a"]), json!(["b"])),
            (json!({"at_least": "1d", "at_most": "2d"}), json!(86_400), json!(86_399)),
            (json!({"at_most": 3}), json!(0), json!(4)),
            (json!({"at_least": 1}), json!(1), json!("many")),
            (
                json!({"role": "admin", "name": "*+*"}),
                json!([{"role": "read", "name": "jdoe"}, {"role": "admin", "name": "acme+ci"}]),
                json!([{"role": "admin", "name": "jdoe"}, {"role": "read", "name": "acme+ci"}]),
            ),
        ] {
            assert!(holds(condition.clone(), fitting.clone()), "{condition} {fitting}");
            assert!(!holds(condition.clone(), other.clone()), "{condition} {other}");
            assert!(condition.is_null() || !holds(condition.clone(), Value::Null), "{condition}");
        }
    }

    #[test]
    fn bounds_have_to_be_numbers_and_stand_alone() {
        for (condition, why) in [
            (json!({"at_least": "soon"}), "test.at_least: a bound is a number"),
            (json!({"at_least": 1, "name": "x"}), "test.name: name cannot stand beside at_least"),
        ] {
            let problem = Condition::read(&Node::of_value(&condition, "test")).err().unwrap().to_string();
            assert!(problem.starts_with(why), "{problem}");
        }
    }
}
