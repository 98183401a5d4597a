//! What the registry can do, and the page of an error type.

use serde_json::json;

use super::{Route, get};
use crate::{
    answer::{Answer, Outcome},
    call::Call,
};

pub(super) const ROUTES: &[Route] =
    &[get("registry/capabilities", capabilities).without_csrf(), get("error/{error_type}", error_type)];

fn capabilities(call: &mut Call) -> Outcome {
    let architectures = ["amd64", "arm64", "ppc64le", "s390x"];
    Answer::ok(&json!({
        "mirror_architectures": architectures,
        "sparse_manifests": { "optional_architectures_allowed": call.settings.on("SPARSE_INDEX"), "required_architectures": [], "supported": call.settings.on("SPARSE_INDEX") },
    }))
}

fn error_type(call: &mut Call) -> Outcome {
    let name = call.param("error_type");
    let text = match name.as_str() {
        "invalid_request" => "Invalid Request",
        "not_found" => "Not Found",
        "invalid_token" => "Invalid Token",
        "insufficient_scope" => "Insufficient Scope",
        _ => return Err(Answer::not_found()),
    };
    Answer::ok(
        &json!({ "description": text, "title": name, "type": format!("{}/api/v1/error/{name}", crate::answer::HOST_MARK) }),
    )
}
