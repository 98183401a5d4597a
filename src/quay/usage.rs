//! How much storage namespaces and repositories use, and how much they may.
//!
//! Quay counts compressed layers and configurations, each once in a namespace and once in each repository: the sum of the repositories is
//! not the namespace. Deleted tags count until the time machine ends and the garbage collector has run.

pub mod pulls;

use serde_json::{Value, json};

use super::partial::Partial;
use super::server::{Server, off};
use super::{clean, lists, lookup, text, time};
use crate::api::{Path, Reader, take};
use crate::error::{Error, Need, Result};

/// What listing all namespaces needs.
pub const SUPERUSER: Need = Need::right("super:user", "a superuser or a global read-only superuser");

/// What is measured: organizations, personal namespaces, and the sum of their sizes.
pub struct Namespaces {
    /// Organizations, by name.
    pub organizations: Vec<Value>,
    /// Personal namespaces, by name; none where they were not asked for.
    pub users: Vec<Value>,
    /// Sum of the sizes; `None` when one is not known. Layers that namespaces share count in each.
    pub total: Option<u64>,
}

impl Namespaces {
    /// Reads [`organizations`], and with `users` the namespaces of all accounts. `measured` refuses those without a size.
    ///
    /// # Errors
    /// When one of the lists cannot be read, or a size is needed and not known.
    pub fn read(
        quay: &Reader,
        names: Option<&[String]>,
        users: bool,
        measured: bool,
        partial: &mut Partial,
    ) -> Result<Namespaces> {
        let organizations = organizations(quay, names, partial)?;
        let users = if users { self::users(quay)? } else { Vec::new() };
        if measured {
            check_measured(quay, organizations.iter().chain(&users))?;
        }
        let total = total(organizations.iter().chain(&users), partial);
        Ok(Namespaces { organizations, users, total })
    }
}

/// The organizations of these names; all that the caller sees when there are none. What the caller may not see is told by `partial`.
///
/// # Errors
/// When a named one is missing, or the list cannot be read.
fn organizations(quay: &Reader, names: Option<&[String]>, partial: &mut Partial) -> Result<Vec<Value>> {
    let listed = match names {
        None => match listed(quay, "organizations") {
            Err(error) if error.hides() => None,
            listed => Some(listed?),
        },
        Some(_) => None,
    };
    let mut found: Vec<Value> = listed.iter().flatten().map(|raw| namespace(raw, text(&raw["name"]))).collect();
    if listed.is_none() {
        let names = names.map_or_else(|| lists::organizations(quay), |names| Ok(names.to_vec()))?;
        for name in &names {
            let attempt = format!("measure {name}");
            let raw = lookup::organization(quay, name)?.ok_or_else(|| lookup::missing_organization(&attempt, name))?;
            let read = match raw["is_member"] == false && raw.get("quota_report").is_none() {
                true => Err(Error::Missing(format!("cannot {attempt}: only its members and superusers see its size"))),
                false => Ok(namespace(&raw, name)),
            };
            found.extend(partial.take(read, Error::to_string)?);
        }
    }
    found.sort_unstable_by(|one, other| text(&one["name"]).cmp(text(&other["name"])));
    Ok(found)
}

/// The personal namespaces of all accounts.
///
/// # Errors
/// When Quay refuses.
fn users(quay: &Reader) -> Result<Vec<Value>> {
    let listed = listed(quay, "users")?;
    let mut found: Vec<Value> = listed.iter().map(|raw| namespace(raw, text(&raw["username"]))).collect();
    found.sort_unstable_by(|one, other| text(&one["name"]).cmp(text(&other["name"])));
    Ok(found)
}

/// One list of the superusers, 100 a page.
fn listed(quay: &Reader, what: &'static str) -> Result<Vec<Value>> {
    let path = Path::api("superuser").fixed("/").fixed(what).fixed("/").query("limit", "100");
    quay.list_once(&path, what).map_err(|error| error.attempting(format!("measure the {what}")).needing(&SUPERUSER))
}

/// The names of namespaces.
pub fn names(namespaces: &[Value]) -> Vec<&str> {
    namespaces.iter().map(|one| text(&one["name"])).collect()
}

/// The bytes that an organization uses, by its own answer; `None` where Quay does not show it, or is still counting.
pub fn size(organization: &Value) -> Option<u64> {
    namespace(organization, "")["size"].as_u64()
}

/// What is told of a namespace.
fn namespace(raw: &Value, name: &str) -> Value {
    let report = &raw["quota_report"];
    let status = if report.is_object() { text(&report["backfill_status"]) } else { UNMEASURED };
    // Before it is counted, the number is 0 or too small. Old versions have counted, and say nothing.
    let size = if matches!(status, "complete" | "") { report["quota_bytes"].as_u64() } else { None };
    let quota = report["configured_quota"].as_u64();
    let percent = size.zip(quota.filter(|quota| *quota > 0)).map(|(size, quota)| percent(size, quota));
    let limits: Vec<Value> = raw["quotas"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|quota| quota["limits"].as_array().into_iter().flatten())
        .map(|limit| json!({"type": clean(&limit["type"]), "percent": limit["limit_percent"].as_u64()}))
        .collect();
    let mut told = json!({
        "name": clean(&json!(name)),
        "size": size,
        "status": if status.is_empty() { "complete" } else { status },
        "uncertain": status.is_empty(),
        "quota": quota,
        "percent": percent,
        "limits": limits,
    });
    told["problem"] = json!(problem(&told));
    told
}

/// The status of a namespace on a server that does not measure.
pub const UNMEASURED: &str = "unmeasured";

/// Refuses namespaces without a size.
///
/// # Errors
/// When there is one, with the flag that is off.
fn check_measured<'a>(quay: &Reader, mut namespaces: impl Iterator<Item = &'a Value>) -> Result<()> {
    let Some(one) = namespaces.find(|one| one["status"] == UNMEASURED) else { return Ok(()) };
    let server = Server::ask(quay);
    let mut features = ["QUOTA_MANAGEMENT", "EDIT_QUOTA"].into_iter().filter(|feature| server.lacks(feature));
    let why = features.next().map_or_else(|| "Quay does not show this caller its size".into(), off);
    Err(Error::Option(format!("cannot measure {}: {why}", text(&one["name"]))))
}

/// Sum of the sizes; `None` when one is not known. Layers that namespaces share count in each.
fn total<'a>(mut namespaces: impl Iterator<Item = &'a Value>, partial: &Partial) -> Option<u64> {
    // What is hidden would count, too.
    if !partial.incomplete.is_empty() {
        return None;
    }
    namespaces.try_fold(0, |sum: u64, one| Some(sum.saturating_add(one["size"].as_u64()?)))
}

fn percent(size: u64, quota: u64) -> u64 {
    u64::try_from(u128::from(size) * 100 / u128::from(quota)).unwrap_or(u64::MAX)
}

/// How near a limit counts as near, in percent of the quota.
const NEAR: u64 = 10;

/// What is worth a look: pushes are refused, will be soon, or a warning was given.
fn problem(namespace: &Value) -> Option<&'static str> {
    let used = namespace["percent"].as_u64()?;
    let least = |kind: &str| {
        let limits = namespace["limits"].as_array().into_iter().flatten().filter(|limit| limit["type"] == kind);
        limits.filter_map(|limit| limit["percent"].as_u64()).min()
    };
    match (least("Reject"), least("Warning")) {
        (Some(limit), _) if used >= limit => Some("refused"),
        (Some(limit), _) if used + NEAR >= limit => Some("refused_soon"),
        (_, Some(limit)) if used >= limit => Some("warned"),
        // A quota without a limit refuses nothing.
        _ if used >= 100 => Some("over_quota"),
        _ => None,
    }
}

/// The repositories of a namespace. Their sizes are not to be added: a layer counts in each of them.
///
/// `is_counted` says that the namespace has a size. Quay gives a repository no status of its own, and 0 bytes before it has counted.
///
/// # Errors
/// When Quay refuses the list.
pub fn repositories(quay: &Reader, namespace: &str, is_counted: bool) -> Result<Vec<Value>> {
    let path = Path::api("repository")
        .query("namespace", namespace)
        .query("last_modified", "true")
        .query("popularity", "true");
    let attempt = format!("measure the repositories of {namespace}");
    let listed =
        quay.list_once(&path, "repositories").map_err(|error| error.attempting(attempt).needing(&Need::ORG_ADMIN))?;
    let modified =
        |raw: &Value| Some(time::written(jiff::Timestamp::from_second(raw["last_modified"].as_i64()?).ok()?));
    let told = |raw: &Value| {
        json!({
            "name": clean(&raw["name"]),
            "size": raw.pointer("/quota_report/quota_bytes").and_then(Value::as_u64).filter(|_| is_counted),
            "last_modified": modified(raw),
            "popularity": raw["popularity"].as_f64(),
            "state": clean(&raw["state"]),
        })
    };
    let mut found: Vec<Value> = listed.iter().map(told).collect();
    found.sort_unstable_by(|one, other| text(&one["name"]).cmp(text(&other["name"])));
    Ok(found)
}

/// Stored layers of the whole registry, each once, those of deleted repositories too until they are collected.
///
/// # Errors
/// When Quay refuses.
pub fn registry(quay: &Reader) -> Result<Value> {
    let path = registry_path();
    let attempt = "read the size of the registry";
    let answer = quay.get(&path).map_err(|error| error.attempting(attempt).needing(&SUPERUSER))?;
    let ran: Option<i64> = take(&path, answer.clone(), "last_ran")?;
    let calculated = ran.and_then(|milliseconds| jiff::Timestamp::from_millisecond(milliseconds).ok());
    Ok(json!({
        // 0 before it was ever counted.
        "size": calculated.and(answer["size_bytes"].as_u64()),
        "calculated": calculated.map(time::written),
        "queued": answer["queued"] == true,
        "running": answer["running"] == true,
    }))
}

/// Where the size of the registry is read, and its count asked for.
pub fn registry_path() -> Path {
    Path::api("superuser/registrysize/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_told_before_it_refuses() {
        let problem = |used: u64, limits: Value| problem(&json!({"percent": used, "limits": limits}));
        let both = || json!([{"type": "Reject", "percent": 95}, {"type": "Warning", "percent": 80}]);
        assert_eq!(
            [79, 80, 85, 95].map(|used| problem(used, both())),
            [None, Some("warned"), Some("refused_soon"), Some("refused")]
        );
        assert_eq!([99, 100].map(|used| problem(used, json!([]))), [None, Some("over_quota")]);
        assert_eq!(percent(u64::MAX, u64::MAX / 2), 200);
    }
}
