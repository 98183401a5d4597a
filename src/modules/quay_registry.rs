//! `quay_registry`: what its documentation cannot say. Its work is mass apply's.

use serde_json::Value;

use super::contract::{Argument, Rules};
use super::{Entry, connection};
use crate::api::Pace;

/// Short name; its documentation is `plugins/modules/quay_registry.py`.
pub const NAME: &str = "quay_registry";

/// Rules about its options. What the declaration in them holds has rules of its own.
pub const RULES: Rules = Rules {
    secrets: &["endpoints.quay_token", "endpoints.quay_password"],
    formats: &[("jobs", jobs), ("max_policy_tags", count), ("rate", rate), ("secrets", secrets)],
    required_one_of: &[&["config", "src"]],
    within: &[(
        "endpoints",
        Rules {
            mutually_exclusive: &[&["quay_username", "quay_token"], &["quay_password", "quay_token"]],
            required_together: &[&["quay_username", "quay_password"]],
            ..Rules::NONE
        },
    )],
    ..Rules::NONE
};

/// Options that say what a call is to do, and have no place in a registry file.
const OF_THE_CALL: &[&str] = &["config", "src", "secrets", "only", "state", "report", "return_secrets"];

/// The module itself.
pub fn entry() -> &'static Entry {
    // A test sees that every module of the list is found by its name.
    super::find(NAME).unwrap_or_else(|| unreachable!("the module is one of the list"))
}

/// Its options that a registry file has under `registry`, besides those of the connection.
pub fn policies() -> impl Iterator<Item = &'static Argument> {
    let is_policy =
        |argument: &&Argument| !connection::is_option(argument.name) && !OF_THE_CALL.contains(&argument.name);
    entry().document.options.iter().filter(is_policy)
}

/// Requests at a time.
pub fn jobs(value: &Value) -> Result<Value, String> {
    match value.as_u64() {
        Some(jobs) if (1..=u64::from(Pace::MOST_JOBS)).contains(&jobs) => Ok(value.clone()),
        _ => Err(format!("must be a number from 1 to {}", Pace::MOST_JOBS)),
    }
}

fn count(value: &Value) -> Result<Value, String> {
    value.as_u64().map(|_| value.clone()).ok_or_else(|| "must be a whole number from 0".into())
}

/// Kubernetes Secrets, as the API of a cluster gives them.
fn secrets(value: &Value) -> Result<Value, String> {
    let mut manifests = value.as_array().into_iter().flatten();
    match manifests.all(|manifest| manifest["kind"] == "Secret" && manifest["metadata"]["name"].is_string()) {
        true => Ok(value.clone()),
        false => {
            Err("must be manifests of Secrets, such as the resources that kubernetes.core.k8s_info returns".into())
        }
    }
}

fn rate(value: &Value) -> Result<Value, String> {
    Pace::rate(value.as_f64()).map(|_| value.clone())
}
