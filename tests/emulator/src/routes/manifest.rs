//! Manifests: layers, labels, what the scanner found, pull statistics.

use fancy_regex::Regex;
use serde_json::{Value, json};

use super::{
    Right, Route, delete, get, post,
    tag::{is_reachable, need_normal},
};
use crate::{
    answer::{Answer, Outcome},
    call::Call,
    state::{Label, Manifest, Role, clock::mail_date, ids},
};

const READ: Right = Right::Repository(Role::Read);
const WRITE: Right = Right::Repository(Role::Write);

pub(super) const ROUTES: &[Route] = &[
    get("repository/{repository}/manifest/{manifestref}", show).needs(READ),
    get("repository/{repository}/manifest/{manifestref}/labels", labels).needs(READ),
    post("repository/{repository}/manifest/{manifestref}/labels", add_label).body().needs(WRITE),
    get("repository/{repository}/manifest/{manifestref}/labels/{labelid}", label).needs(READ),
    delete("repository/{repository}/manifest/{manifestref}/labels/{labelid}", remove_label).needs(WRITE),
    get("repository/{repository}/manifest/{manifestref}/security", security)
        .needs(READ)
        .features(&["SECURITY_SCANNER"]),
    get("repository/{repository}/manifest/{manifestref}/pull_statistics", pull_statistics)
        .needs(READ)
        .features(&["IMAGE_PULL_STATS"]),
];

/// The pattern that the server shows when a label key breaks it.
const LABEL_RULE: &str = "^[a-z0-9](([a-z0-9]|[-.](?![.-]))*[a-z0-9])?$";

/// Beginnings of label keys that nobody may set over the API.
const RESERVED: [&str; 12] = [
    "com.docker.",
    "io.docker.",
    "org.dockerproject.",
    "org.opencontainers.",
    "io.cncf.",
    "io.kubernetes.",
    "io.k8s.",
    "io.quay",
    "com.coreos",
    "com.tectonic",
    "internal",
    "quay",
];

fn manifest<'a>(call: &'a Call) -> Result<&'a Manifest, Answer> {
    let digest = call.param("manifestref");
    let repository = call.repository()?;
    if !is_reachable(repository, &digest) {
        return Err(Answer::not_found());
    }
    repository.manifests.get(&digest).ok_or_else(Answer::not_found)
}

fn manifest_mut<'a>(call: &'a mut Call) -> Result<&'a mut Manifest, Answer> {
    manifest(call)?;
    let digest = call.param("manifestref");
    call.repository_mut()?.manifests.get_mut(&digest).ok_or_else(Answer::not_found)
}

fn show(call: &mut Call) -> Outcome {
    let manifest = manifest(call)?;
    let is_list = !manifest.children.is_empty();
    let mut view = json!({
        "config_media_type": manifest.config_media_type,
        "digest": call.param("manifestref"),
        "is_manifest_list": is_list,
        "layers": manifest.layers,
        "manifest_data": manifest.data,
    });
    if call.settings.version.since(11) {
        view["layers_compressed_size"] = if is_list { 0 } else { manifest.size }.into();
    }
    Answer::ok(&view)
}

fn label_view(id: &str, label: &Label) -> Value {
    json!({ "id": id, "key": label.key, "media_type": label.media_type, "source_type": label.source, "value": label.value })
}

fn labels(call: &mut Call) -> Outcome {
    let prefix = call.request.argument("filter").unwrap_or_default();
    let found = manifest(call)?.labels.iter().filter(|(_, label)| label.key.starts_with(&prefix));
    let labels: Vec<Value> = found.map(|(id, label)| label_view(id, label)).collect();
    Answer::ok(&json!({ "labels": labels }))
}

fn label(call: &mut Call) -> Outcome {
    let id = call.param("labelid");
    let found = manifest(call)?.labels.get(&id).ok_or_else(Answer::not_found)?;
    Answer::ok(&label_view(&id, found))
}

fn log(call: &mut Call, kind: &str, id: &str, label: &Label) {
    let (namespace, repository) = call.repository_path();
    let mut data = json!({
        "id": id,
        "key": label.key,
        "manifest_digest": call.param("manifestref"),
        "namespace": namespace,
        "repo": repository,
        "value": label.value,
    });
    if kind == "manifest_label_add" {
        data["media_type"] = label.media_type.as_str().into();
    }
    call.log(kind, Some(&namespace), Some(&repository), data);
}

fn add_label(call: &mut Call) -> Outcome {
    need_normal(call.repository()?)?;
    let (key, value) = (call.text("key").unwrap_or_default(), call.text("value").unwrap_or_default());
    if RESERVED.iter().any(|reserved| key.starts_with(reserved)) {
        return Err(Answer::message(400, "Label has a reserved prefix"));
    }
    manifest(call)?;
    let well_formed = Regex::new(LABEL_RULE).is_ok_and(|rule| rule.is_match(&key).unwrap_or(false));
    if !well_formed {
        return Err(Answer::message(
            400,
            format!("Label is of an invalid format or missing please use {LABEL_RULE} format for labels"),
        ));
    }
    let looks_like_json = serde_json::from_str::<Value>(&value).is_ok_and(|value| value.is_object());
    let guess = if looks_like_json { "application/json" } else { "text/plain" };
    let media_type = call.text("media_type").unwrap_or_else(|| guess.to_owned());
    let label = Label { key, value, media_type, source: "api".to_owned() };
    let id = ids::uuid();
    manifest_mut(call)?.labels.insert(id.clone(), label.clone());
    log(call, "manifest_label_add", &id, &label);
    let location =
        format!("/api/v1/repository/{}/manifest/{}/labels/{id}", call.param("repository"), call.param("manifestref"));
    Ok(Answer::json(201, &json!({ "label": label_view(&id, &label) })).with_header("Location", location))
}

fn remove_label(call: &mut Call) -> Outcome {
    let id = call.param("labelid");
    need_normal(call.repository()?)?;
    let labels = &mut manifest_mut(call)?.labels;
    if labels.get(&id).ok_or_else(Answer::not_found)?.source != "api" {
        return Err(Answer::message(400, "Cannot delete immutable label"));
    }
    if let Some(label) = labels.shift_remove(&id) {
        log(call, "manifest_label_delete", &id, &label);
    }
    Answer::no_content()
}

fn security(call: &mut Call) -> Outcome {
    // Unlike the other routes this one also knows the images of deleted tags.
    let digest = call.param("manifestref");
    let mut report = call.repository()?.manifests.get(&digest).ok_or_else(Answer::not_found)?.security.clone();
    if !call.request.flag("vulnerabilities")
        && let Some(features) = report.pointer_mut("/data/Layer/Features").and_then(Value::as_array_mut)
    {
        for feature in features.iter_mut().filter_map(Value::as_object_mut) {
            feature.shift_remove("Vulnerabilities");
        }
    }
    Answer::ok(&report)
}

fn pull_statistics(call: &mut Call) -> Outcome {
    let manifest = manifest(call)?;
    Answer::ok(&json!({
        "last_manifest_pull_date": manifest.last_pull.map(mail_date),
        "manifest_digest": call.param("manifestref"),
        "manifest_pull_count": manifest.pulls,
    }))
}
