//! Pieces of answers that several areas share.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    avatar,
    call::Call,
    config::Settings,
    state::{Namespace, Quota, Repository, State, Team},
    version::Version,
};

/// A user or robot as the member lists show it; null when it does not exist.
pub fn account_avatar(state: &State, name: &str) -> Value {
    match name.split_once('+') {
        Some(_) => state.robot(name).map_or(Value::Null, |robot| avatar::robot(name, &robot.email)),
        None => state.user(name).map_or(Value::Null, avatar::user),
    }
}

/// The address of an organization. Where none was given, the field holds a random text, which is hidden since 3.18.
pub fn organization_email(version: Version, organization: &Namespace) -> &str {
    if version.since(18) { shown_email(organization) } else { &organization.email }
}

/// Whether a mail address was given at all: else the field holds a random text.
pub fn shown_email(namespace: &Namespace) -> &str {
    if namespace.email.contains('@') { &namespace.email } else { "" }
}

/// How many bytes the images of a namespace take; what several repositories hold counts once.
pub fn namespace_bytes(namespace: &Namespace) -> u64 {
    distinct_bytes(namespace.repositories.values())
}

/// How many bytes the images of a repository take; none before they are counted.
pub fn repository_bytes(owner: &Namespace, repository: &Repository) -> u64 {
    if is_uncounted(owner) { 0 } else { distinct_bytes([repository]) }
}

fn is_uncounted(namespace: &Namespace) -> bool {
    matches!(namespace.backfill.as_deref(), Some("waiting" | "running"))
}

/// How many bytes the images of repositories take, each once.
pub fn distinct_bytes<'a>(repositories: impl IntoIterator<Item = &'a Repository>) -> u64 {
    let manifests = repositories.into_iter().flat_map(|repository| &repository.manifests);
    let once: BTreeMap<&String, u64> =
        manifests.map(|(digest, manifest)| (digest, manifest.size + manifest.config_size)).collect();
    once.values().sum()
}

/// The quota report of a user or organization.
pub fn quota_report(namespace: &Namespace) -> Value {
    let status = namespace.backfill.as_deref().unwrap_or("complete");
    let bytes = if is_uncounted(namespace) { 0 } else { namespace_bytes(namespace) };
    json!({
        "backfill_status": status,
        "configured_quota": namespace.quota.as_ref().map(|quota| quota.limit_bytes),
        "quota_bytes": bytes,
        "running_backfill": status,
    })
}

fn limits(quota: &Quota) -> Vec<Value> {
    let mut limits: Vec<_> = quota.limits.iter().collect();
    limits.sort_by_key(|limit| limit.percent);
    limits.iter().map(|limit| json!({ "id": limit.id, "limit_percent": limit.percent, "type": limit.kind })).collect()
}

/// A quota with its limits, as the quota routes show it.
pub fn quota(version: Version, quota: &Quota) -> Value {
    let mut view = json!({
        "default_config": false,
        "default_config_exists": false,
        "id": quota.id,
        "limit_bytes": quota.limit_bytes,
        "limits": limits(quota),
    });
    if version.since(12) {
        view["limit"] = human_size(quota.limit_bytes).into();
    }
    view
}

/// The list of quotas that several answers carry: none or one.
pub fn quotas(namespace: &Namespace) -> Value {
    let short = |quota: &Quota| json!({ "id": quota.id, "limit_bytes": quota.limit_bytes, "limits": limits(quota) });
    namespace.quota.iter().map(short).collect()
}

/// A number of bytes for people: `10.0 MiB`.
pub fn human_size(bytes: i64) -> String {
    const UNITS: [&str; 8] = ["Bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} Bytes") } else { format!("{value:.1} {}", UNITS[unit]) }
}

/// Adds quotas and their report to an answer, where the server has quotas.
pub fn add_quota(view: &mut Value, namespace: &Namespace, settings: &Settings) {
    if settings.on("QUOTA_MANAGEMENT") {
        view["quota_report"] = quota_report(namespace);
        view["quotas"] = quotas(namespace);
    }
}

/// Whether the caller may look into a team; full access is no answer before 3.17.
pub fn can_view(call: &Call, organization: &str, team: &Team) -> bool {
    let full = call.settings.version.since(17) && call.full_access();
    team.members.contains(&call.user_name()) || call.administers(organization) || full || call.readonly_superuser()
}

/// A team in the list of its organization.
pub fn team(call: &Call, organization: &Namespace, name: &str, team: &Team) -> Value {
    let repositories =
        organization.repositories.values().filter(|repository| repository.team_roles.contains_key(name)).count();
    json!({
        "avatar": avatar::team(name),
        "can_view": can_view(call, &organization.name, team),
        "description": team.description,
        "is_synced": team.sync.is_some(),
        "member_count": team.members.len(),
        "name": name,
        "repo_count": repositories,
        "role": team.role.name(),
    })
}
