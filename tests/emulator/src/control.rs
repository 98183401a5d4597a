//! Control over HTTP below `/__emulator/`, for shell scripts and playbooks. These requests are not in the journal.

use serde_json::{Value, json};

use crate::{
    answer::{Answer, Outcome},
    fault::Fault,
    journal,
    request::Request,
    seed,
    server::{Shared, World, lock},
    state::State,
};

/// Paths that belong to the control routes.
pub(crate) const PREFIX: &str = "/__emulator/";

/// Answers a control request.
pub(crate) fn answer(shared: &Shared, request: &Request) -> Answer {
    let name = request.path.trim_start_matches(PREFIX).trim_end_matches('/');
    match control(shared, request, name) {
        Ok(answer) | Err(answer) => answer,
    }
}

fn control(shared: &Shared, request: &Request, name: &str) -> Outcome {
    let body = || serde_json::from_slice::<Value>(&request.body).map_err(bad_request);
    let done = || Answer::ok(&json!({ "ok": true }));
    match (request.method.as_str(), name) {
        ("GET", "journal") => {
            let journal = lock(&shared.journal);
            if request.flag("summary") {
                return Answer::ok(&journal::summary(&journal));
            }
            Answer::ok(&serde_json::to_value(&*journal).map_err(bad_request)?)
        }
        ("DELETE", "journal") => {
            shared.clear_journal();
            done()
        }
        ("POST", "faults") => {
            let faults: Vec<Fault> = match body()? {
                list @ Value::Array(_) => serde_json::from_value(list).map_err(bad_request)?,
                one => vec![serde_json::from_value(one).map_err(bad_request)?],
            };
            let mut all = lock(&shared.faults);
            faults.into_iter().for_each(|fault| all.add(fault));
            done()
        }
        ("DELETE", "faults") => {
            lock(&shared.faults).clear();
            done()
        }
        ("POST", "features") => {
            let body = body()?;
            let mut world = lock(&shared.world);
            for (name, on) in body.as_object().into_iter().flatten() {
                world.settings.set_feature(name, on.as_bool().unwrap_or(false));
            }
            Answer::ok(&json!(world.settings.features()))
        }
        ("POST", "reset") => {
            lock(&shared.world).state = State::default();
            lock(&shared.faults).clear();
            shared.clear_journal();
            done()
        }
        ("POST", "seed") => {
            let token = seed::admin(&mut lock(&shared.world).state);
            Answer::ok(&json!({ "username": "admin", "token": token }))
        }
        ("GET", "state") => {
            let World { state, .. } = &*lock(&shared.world);
            Answer::ok(&serde_json::to_value(state).map_err(bad_request)?)
        }
        _ => Err(Answer::text(404, "text/plain", "no such control route\n")),
    }
}

fn bad_request(error: impl std::fmt::Display) -> Answer {
    Answer::text(400, "text/plain", format!("{error}\n"))
}
