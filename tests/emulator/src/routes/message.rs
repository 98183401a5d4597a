//! Messages shown to every user.

use serde_json::{Value, json};

use super::{Route, delete, get, post};
use crate::{
    answer::{Answer, HTML, Outcome},
    call::Call,
    state::{Message, ids},
};

pub(super) const ROUTES: &[Route] = &[
    get("messages", list),
    post("messages", create).body().features(&["SUPER_USERS"]),
    delete("message/{uuid}", remove).features(&["SUPER_USERS"]),
];

fn list(call: &mut Call) -> Outcome {
    let messages: Vec<Value> = call
        .state
        .messages
        .iter()
        .map(|message| {
            json!({ "content": message.content, "media_type": message.media_type, "severity": message.severity, "uuid": message.uuid })
        })
        .collect();
    Answer::ok(&json!({ "messages": messages }))
}

fn create(call: &mut Call) -> Outcome {
    if !call.superuser() {
        return Err(Answer::abort_403());
    }
    let text = |key: &str| call.body["message"][key].as_str().unwrap_or_default().to_owned();
    let message = Message {
        uuid: ids::uuid(),
        content: text("content"),
        media_type: text("media_type"),
        severity: text("severity"),
    };
    call.state.messages.push(message);
    Ok(Answer::text(201, HTML, ""))
}

fn remove(call: &mut Call) -> Outcome {
    if !call.superuser() {
        return Err(Answer::abort_403());
    }
    let uuid = call.param("uuid");
    call.state.messages.retain(|message| message.uuid != uuid);
    Ok(Answer::text(204, HTML, ""))
}
