//! What shows that a server takes the credentials.
//!
//! Quay treats a token that is unknown, revoked, expired, or of a disabled user as none at all: what anybody may read is
//! answered with 200 or 404 as usual. Such an answer says nothing about a caller who may see more.

use reqwest::Method;
use serde_json::Value;

use super::reply::{Body, Reply};

/// A small question that demands a user, on every version and whatever features are on: 401 to a stranger, 200 or 403 to
/// everybody else. `user/` would not do: it answers 401 to a valid token without the scope `user:read`, too.
pub const PROBE: &str = "/api/v1/user/robots?limit=1&token=false";

/// Whether the answer to a request with a token is one that a stranger does not get.
pub fn proves(reply: &Reply) -> bool {
    let Some(route) = reply.path.strip_prefix("/api/v1/") else { return false };
    let json = match &reply.body {
        Body::Json(value) => value,
        Body::Empty => &Value::Null,
        Body::Html(_) | Body::Text(_) => return false,
    };
    let parts: Vec<&str> = route.split('?').next().unwrap_or(route).split('/').collect();
    match reply.status {
        403 => json.get("error_type").is_some_and(|kind| kind == "insufficient_scope"),
        // A stranger's writes are refused before anything else.
        200 | 201 | 202 | 204 if reply.method != Method::GET => reply.fault().is_none(),
        200 => reply.fault().is_none() && !(is_public(&parts) && says_nothing(json)),
        // Where a user is demanded, that comes first. A repository that is not there is hidden from strangers as a private one is.
        400 | 404 if !json.is_null() => !is_public(&parts) || (reply.status == 404 && is_repository(&parts)),
        _ => false,
    }
}

/// Whether anybody may ask for this, so that only what the answer holds can tell.
fn is_public(route: &[&str]) -> bool {
    match route {
        ["organization", _] | ["repository"] => true,
        ["users" | "entities" | "messages" | "discovery" | "registry" | "find" | "app" | "plans", ..] => true,
        ["repository", _, _, .., "mirror"] | ["repository", _, _, .., "permissions", _, _] => false,
        ["repository", _, _, .., "notification" | "autoprunepolicy" | "immutabilitypolicy", ""] => false,
        ["repository", ..] => true,
        _ => false,
    }
}

fn is_repository(route: &[&str]) -> bool {
    matches!(route, ["repository", _, _, below @ ..] if !below.contains(&"tag") && !below.contains(&"manifest"))
}

/// Whether an answer is what a stranger may see of the object.
fn says_nothing(answer: &Value) -> bool {
    let is = |value: &Value, key: &str, wanted: bool| value.get(key).is_some_and(|found| *found == wanted);
    let private = |value: &Value| is(value, "is_public", false) || is(value, "is_member", true);
    let own = |value: &Value| ["is_admin", "can_write", "can_admin"].iter().any(|key| is(value, key, true));
    let entries = answer.get("repositories").and_then(Value::as_array).into_iter().flatten();
    !std::iter::once(answer).chain(entries).any(|value| private(value) || own(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Signed;

    #[test]
    fn no_answer_to_a_stranger_proves_a_token() {
        for (method, path, status, body, proof) in [
            ("GET", "organization/acme", 200, r#"{"name": "acme", "is_admin": false, "is_member": false}"#, false),
            ("GET", "organization/acme", 200, r#"{"name": "acme", "is_admin": true, "is_member": false}"#, true),
            ("GET", "organization/acme", 404, r#"{"detail": "Not Found"}"#, false),
            ("GET", "organization/acme/robots", 200, r#"{"robots": []}"#, true),
            ("GET", "organization/acme/robots", 401, "{}", false),
            ("GET", "organization/acme/mirror", 404, r#"{"detail": "Not Found"}"#, true),
            ("GET", "organization/acme/robots/ci", 400, r#"{"message": "Could not find robot"}"#, true),
            ("GET", "repository/acme/a", 404, r#"{"detail": "Not Found"}"#, true),
            ("GET", "repository/acme/a/mirror", 404, r#"{"detail": "Not Found"}"#, true),
            ("GET", "repository/acme/a/notification/", 200, r#"{"notifications": []}"#, true),
            ("GET", "repository/acme/a/manifest/sha256:0", 404, r#"{"detail": "Not Found"}"#, false),
            ("GET", "repository/acme/a", 200, r#"{"namespace": "acme", "name": "a", "is_public": true}"#, false),
            ("GET", "repository/acme/a", 200, r#"{"namespace": "acme", "name": "a", "is_public": false}"#, true),
            ("GET", "users/nobody", 404, r#"{"message": "no"}"#, false),
            ("GET", "organization/acme/robots", 403, r#"{"error_type": "insufficient_scope"}"#, true),
            ("POST", "organization/", 403, r#"{"error": "CSRF token was invalid or missing."}"#, false),
            ("POST", "organization/", 201, r#""Created""#, true),
            ("POST", "organization/", 200, "<html>", false),
            ("GET", "repository?namespace=acme", 200, r#"{"repositories": []}"#, false),
            (
                "GET",
                "repository?namespace=acme",
                200,
                r#"{"repositories": [{"namespace": "acme", "name": "a", "is_public": false}]}"#,
                true,
            ),
            ("GET", "repository/acme/a/tag/", 200, r#"{"tags": []}"#, false),
            ("GET", "users/jdoe", 200, r#"{"username": "jdoe"}"#, false),
            ("GET", "user/", 200, r#"{"username": "jdoe", "organizations": []}"#, true),
            ("GET", "user/robots", 200, "<html>", false),
        ] {
            let reply = Reply {
                method: method.parse().unwrap(),
                path: format!("/api/v1/{path}"),
                status,
                body: Body::of(body),
                retry_after: None,
                location: None,
                host: None,
                signed: Signed::Token,
            };
            assert_eq!(proves(&reply), proof, "{method} {path} {status} {body}");
        }
    }
}
