//! The deprecated options `auto_prune_method` and `auto_prune_value` of `quay_organization` and `quay_repository`.

use serde_json::{Value, json};

use super::prune::{KIND, Policy, api_value};
use crate::api::{Path, Reader};
use crate::error::{Error, Need, Result};
use crate::plan::{Plan, Step};
use crate::quay::server::Server;

/// The one policy that the deprecated options `auto_prune_method` and `auto_prune_value` ask for.
#[derive(Clone, Debug, PartialEq)]
pub enum Desired {
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
pub fn desired(method: &str, value: Option<&str>) -> Result<Desired, String> {
    if method == "none" {
        return Ok(Desired::NoPolicy);
    }
    match api_value(method, value.unwrap_or_default()) {
        Ok((method, value)) => Ok(Desired::Policy(method, value)),
        Err(problem) => Err(format!("auto_prune_value: {problem}")),
    }
}

/// Plans towards the desired policy.
///
/// Policies with a tag pattern are somebody's finer work: they are neither compared nor changed, except that `none`
/// removes them with all others. Returns the policies before and after in the vocabulary of the options.
///
/// # Errors
/// When the policies cannot be read, for one because FEATURE_AUTO_PRUNE is off.
pub fn fulfil(
    plan: &mut Plan,
    quay: &Reader,
    owner: &Owner,
    desired: &Desired,
    exists: bool,
) -> Result<(Value, Value)> {
    let what = &owner.what;
    let need = KIND.need(owner.need);
    let each = |uuid: &str| KIND.each_path(&owner.write, uuid);
    let current: Vec<Policy> = if exists { KIND.list(quay, &owner.read, what, owner.need)? } else { Vec::new() };
    if !exists
        && *desired != Desired::NoPolicy
        && let Some(why) = Server::ask(quay).shortfall(&need)
    {
        return Err(Error::Option(format!("cannot create an {} for {what}: {why}", KIND.one)));
    }
    let mut after = current.clone();
    match desired {
        Desired::NoPolicy => {
            after.clear();
            for policy in &current {
                let text = format!("delete the auto-prune policy {} of {what}", policy.uuid);
                plan.push(Step::delete(each(&policy.uuid), text).needing(need));
            }
        }
        Desired::Policy(method, value) => {
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
                let text = format!("create an {} for {what}", KIND.one);
                plan.push(Step::post(KIND.list_path(&owner.write), body, text).needing(need));
                let (method, value) = ((*method).to_owned(), value.clone());
                after.push(Policy { uuid: String::new(), method, value, tag_pattern: None, tag_pattern_matches: None });
            }
        }
    }
    Ok((shown(&current), shown(&after)))
}

/// Policies in the vocabulary of the options, in a stable order.
fn shown(policies: &[Policy]) -> Value {
    let mut shown = super::prune::shown(policies.iter());
    // These options know nothing of the other half of a pattern, but without it the policy would be another one.
    for policy in shown.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        policy.retain(|key, value| key != "tag_pattern_matches" || *value == false);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_fit_their_method() {
        assert_eq!(desired("tags", Some(" 30 ")), Ok(Desired::Policy("number_of_tags", json!(30))));
        assert_eq!(desired("date", Some("4 w")), Ok(Desired::Policy("creation_date", json!("4w"))));
        assert_eq!(desired("none", None), Ok(Desired::NoPolicy));
        for (method, value) in [
            ("tags", "0"),
            ("tags", "-1"),
            ("tags", "3d"),
            ("date", "3"),
            ("date", "0d"),
            ("date", "3 months"),
            ("date", "d"),
        ] {
            assert!(desired(method, Some(value)).is_err(), "{method} {value}");
        }
    }
}
