//! Auto-prune policies, as far as modules share them.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::{Path, Reader};
use crate::error::{Error, Need, Result};
use crate::plan::{Plan, Step};
use crate::quay::server::Server;

/// One policy, in the vocabulary of the API: `number_of_tags` with a count, `creation_date` with a text such as `7d`.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Policy {
    /// Identifier on the server.
    pub uuid: String,
    /// `number_of_tags` or `creation_date`.
    pub method: String,
    /// A count, or a number with a unit.
    pub value: Value,
    /// Regular expression that chooses tags; a policy without one concerns all.
    #[serde(rename = "tagPattern", default)]
    pub tag_pattern: Option<String>,
}

/// The one policy that the deprecated options `auto_prune_method` and `auto_prune_value` ask for.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// `none`: no policy at all.
    NoPolicy,
    /// A policy without a tag pattern: method and value in the vocabulary of the API.
    Policy(&'static str, Value),
}

/// Whose policies they are.
pub struct Owner {
    /// Where the policies are read now.
    pub read: Path,
    /// Where they are once the steps before have been taken, after a rename another place.
    pub write: Path,
    /// The owner for a person: "the organization acme".
    pub what: String,
    /// The right that the policies need.
    pub need: Need,
}

/// Reads the deprecated options.
///
/// # Errors
/// A sentence, when the value does not fit the method.
pub fn wish(method: &str, value: Option<&str>) -> Result<Wish, String> {
    let text: String = value.unwrap_or_default().chars().filter(|c| !c.is_whitespace()).collect();
    let count = |digits: &str| digits.parse::<u32>().ok().filter(|count| *count > 0 && !digits.starts_with(['0', '+']));
    match method {
        "tags" => match count(&text) {
            Some(count) => Ok(Wish::Policy("number_of_tags", json!(count))),
            None => Err(format!("auto_prune_value: \"{text}\" is not a number of tags: a positive integer")),
        },
        "date" => match text.strip_suffix(['s', 'm', 'h', 'd', 'w']).and_then(count) {
            Some(_) => Ok(Wish::Policy("creation_date", json!(text))),
            None => Err(format!(
                "auto_prune_value: \"{text}\" is not an age: a positive integer followed by s, m, h, d or w, such as 7d"
            )),
        },
        _ => Ok(Wish::NoPolicy),
    }
}

/// Plans towards the wish.
///
/// Policies with a tag pattern are somebody's finer work: they are neither compared nor changed, except that `none`
/// removes them with all others. Returns the policies before and after in the vocabulary of the options.
///
/// # Errors
/// When the policies cannot be read, for one because FEATURE_AUTO_PRUNE is off.
pub fn fulfil(plan: &mut Plan, quay: &Reader, owner: &Owner, wish: &Wish, exists: bool) -> Result<(Value, Value)> {
    let what = &owner.what;
    let need = owner.need.feature("AUTO_PRUNE", "3.11");
    let each = |uuid: &str| owner.write.clone().fixed("/autoprunepolicy").then(uuid);
    let current = if exists { read(quay, owner, &need)? } else { Vec::new() };
    if !exists && *wish != Wish::NoPolicy && Server::ask(quay).lacks("AUTO_PRUNE") {
        let why = "switch FEATURE_AUTO_PRUNE on in Quay's configuration";
        return Err(Error::Option(format!("cannot create an auto-prune policy for {what}: {why}")));
    }
    let mut after = current.clone();
    match wish {
        Wish::NoPolicy => {
            after.clear();
            for policy in &current {
                let text = format!("delete the auto-prune policy {} of {what}", policy.uuid);
                plan.push(Step::delete(each(&policy.uuid), text).needing(need));
            }
        }
        Wish::Policy(method, value) => {
            let plain: Vec<usize> = (0..after.len()).filter(|&i| after[i].tag_pattern.is_none()).collect();
            let mut body = json!({"method": method, "value": value});
            if plain.iter().any(|&i| after[i].method == *method && after[i].value == *value) {
                // Fulfilled already.
            } else if let Some(&first) = plain.first() {
                let policy = &mut after[first];
                body["uuid"] = json!(policy.uuid);
                let text = format!("change the auto-prune policy of {what}");
                plan.push(Step::put(each(&policy.uuid), body, text).needing(need));
                (policy.method, policy.value) = ((*method).to_owned(), value.clone());
            } else {
                let list = owner.write.clone().fixed("/autoprunepolicy/");
                plan.push(Step::post(list, body, format!("create an auto-prune policy for {what}")).needing(need));
                let (method, value) = ((*method).to_owned(), value.clone());
                after.push(Policy { uuid: String::new(), method, value, tag_pattern: None });
            }
        }
    }
    Ok((shown(&current), shown(&after)))
}

fn read(quay: &Reader, owner: &Owner, need: &Need) -> Result<Vec<Policy>> {
    let list = owner.read.clone().fixed("/autoprunepolicy/");
    let policies = quay
        .list(&list, "policies")
        .map_err(|error| error.attempting(format!("read the auto-prune policies of {}", owner.what)).needing(need))?;
    policies.into_iter().map(|policy| super::decode(policy, "an auto-prune policy")).collect()
}

/// Policies in option vocabulary, in a stable order.
fn shown(policies: &[Policy]) -> Value {
    let mut shown: Vec<Value> = policies
        .iter()
        .map(|policy| {
            let method = if policy.method == "number_of_tags" { "tags" } else { "date" };
            json!({"method": method, "value": policy.value, "tag_pattern": policy.tag_pattern})
        })
        .collect();
    shown.sort_by_key(Value::to_string);
    json!(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_fit_their_method() {
        assert_eq!(wish("tags", Some(" 30 ")), Ok(Wish::Policy("number_of_tags", json!(30))));
        assert_eq!(wish("date", Some("4 w")), Ok(Wish::Policy("creation_date", json!("4w"))));
        assert_eq!(wish("none", None), Ok(Wish::NoPolicy));
        for (method, value) in [
            ("tags", "0"),
            ("tags", "-1"),
            ("tags", "3d"),
            ("date", "3"),
            ("date", "0d"),
            ("date", "3 months"),
            ("date", "d"),
        ] {
            assert!(wish(method, Some(value)).is_err(), "{method} {value}");
        }
    }
}
