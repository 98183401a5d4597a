//! The size of the whole registry.

use serde_json::json;

use super::{Right, Route, get, post};
use crate::{
    answer::{Answer, Outcome},
    call::Call,
};

pub(super) const ROUTES: &[Route] = &[
    get("superuser/registrysize/", show).needs(Right::Superuser).features(&["SUPER_USERS"]),
    post("superuser/registrysize/", queue).needs(Right::Superuser).features(&["SUPER_USERS"]),
];

fn show(call: &mut Call) -> Outcome {
    let size = &call.state.registry;
    Answer::ok(&json!({
        "last_ran": size.last_ran.map(|at| at / 1000),
        "queued": size.queued,
        "running": false,
        "size_bytes": size.bytes,
    }))
}

/// Asks the worker to count. Nothing counts here until a test says so.
fn queue(call: &mut Call) -> Outcome {
    let status = if call.state.registry.queued { 202 } else { 201 };
    call.state.registry.queued = true;
    Ok(Answer::json(status, &json!("")))
}
