//! The limits of a quota: percentages that warn, and percentages that refuse. Quay permits several of each.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::plan::{Path, Step};
use crate::quay::fields::Shape;

/// The percentages that warn.
pub(super) const WARNING: Shape = Shape { read: |all| shown(all, "Warning"), ..PERCENTS };
/// The percentages from which pushes are refused.
pub(super) const REJECT: Shape = Shape { read: |all| shown(all, "Reject"), ..PERCENTS };
const PERCENTS: Shape = Shape { plain: |wanted| short(numbers(wanted)), ..Shape::PLAIN };

/// The percentages of an option, each once.
pub(super) fn numbers(wanted: &Value) -> Vec<u64> {
    let numbers: BTreeSet<u64> = wanted.as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
    numbers.into_iter().filter(|percent| *percent > 0).collect()
}

/// What brings the limits of one type to exactly the wanted ones: what is equal stays, what is not wanted becomes what is missing.
/// `path` is the list of them, `title` the quota's.
pub(super) fn steps(path: &Path, title: &str, kind: &str, wanted: &[u64], all: &Value) -> Vec<Step> {
    let name = kind.to_lowercase();
    let each = |limit: &Value| path.clone().then(&limit["id"].to_string());
    let current = of_kind(all, kind);
    let mut steps = Vec::new();
    let mut spare = current.iter().filter(|limit| !wanted.iter().any(|percent| limit["limit_percent"] == *percent));
    for percent in wanted.iter().filter(|percent| !current.iter().any(|limit| limit["limit_percent"] == **percent)) {
        let body = json!({"type": kind, "threshold_percent": percent});
        steps.push(match spare.next() {
            Some(limit) => {
                Step::put(each(limit), body, format!("change the {name} limit of the {title} to {percent} percent"))
            }
            None => {
                let what = format!("add a {name} limit of {percent} percent to the {title}");
                Step::post(path.clone(), body, what).tolerating(&[(400, "already exists")])
            }
        });
    }
    steps.extend(spare.map(|limit| {
        let what = format!("remove the {name} limit of {} percent from the {title}", limit["limit_percent"]);
        Step::removal(each(limit), what)
    }));
    steps
}

fn of_kind<'a>(all: &'a Value, kind: &str) -> Vec<&'a Value> {
    all.as_array().into_iter().flatten().filter(|limit| limit["type"] == kind).collect()
}

fn shown(all: &Value, kind: &str) -> Value {
    short(of_kind(all, kind).into_iter().filter_map(|limit| limit["limit_percent"].as_u64()).collect())
}

/// As a difference and a file show them: 0 for none, a list only for several.
fn short(mut percents: Vec<u64>) -> Value {
    percents.sort_unstable();
    match percents.as_slice() {
        [] => json!(0),
        [one] => json!(one),
        several => json!(several),
    }
}
