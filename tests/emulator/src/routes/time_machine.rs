//! The time machine: ended entries of tags, brought back or taken out for good.

use serde_json::json;

use super::{
    Right, Route, post,
    tag::{active, immutable, log, need_normal, point},
};
use crate::{
    answer::{Answer, Outcome},
    call::Call,
    state::{
        Role,
        clock::{SECOND, now},
    },
};

const WRITE: Right = Right::Repository(Role::Write);

pub(super) const ROUTES: &[Route] = &[
    post("repository/{repository}/tag/{tag}/restore", restore).body().needs(WRITE),
    post("repository/{repository}/tag/{tag}/expire", expire).body().needs(WRITE),
];

/// Takes any image that is still stored, and does not look at the name of the tag.
fn restore(call: &mut Call) -> Outcome {
    let name = call.param("tag");
    let (namespace, repository) = call.repository_path();
    need_normal(call.repository()?)?;
    let digest = call.text("manifest_digest").ok_or_else(|| Answer::invalid("Missing manifest_digest"))?;
    if !call.repository()?.manifests.contains_key(&digest) {
        return Err(Answer::not_found());
    }
    if active(call.repository_mut()?, &name).is_some_and(|tag| tag.immutable) {
        return Err(immutable(format!("Cannot overwrite immutable tag '{name}'")));
    }
    point(call.state, &namespace, &repository, &name, &digest, true);
    log(call, "revert_tag", json!({ "manifest_digest": digest }));
    Answer::ok(&json!({}))
}

/// Lets a live tag, or the ended entries of an image, end before the window: the garbage collector takes them. Also in repositories
/// that are read-only or mirrors.
fn expire(call: &mut Call) -> Outcome {
    let name = call.param("tag");
    let (namespace, _) = call.repository_path();
    let alive = call.body["is_alive"].as_bool().unwrap_or(false);
    let digest = call.text("manifest_digest");
    if !alive && digest.is_none() {
        return Err(Answer::invalid("manifest_digest required when is_alive set to false"));
    }
    let now = now();
    let window = call.state.namespace(&namespace).ok_or_else(Answer::not_found)?.tag_expiration_s;
    let before = now - window * SECOND;
    let mut ended = None;
    for tag in call.repository_mut()?.tags.iter_mut().filter(|tag| tag.name == name) {
        let is_meant = match alive {
            true => tag.is_active(now) && !tag.immutable,
            false => tag.end.is_some_and(|end| end <= now && end > before) && Some(&tag.digest) == digest.as_ref(),
        };
        if is_meant {
            tag.end = Some(before);
            ended = Some(tag.digest.clone());
        }
    }
    let digest = ended.ok_or_else(Answer::not_found)?;
    log(call, "permanently_delete_tag", json!({ "manifest_digest": digest }));
    Answer::ok(&json!(""))
}
