//! What each route answers to a request that it did: the contract by which a success is told from the page of a proxy.
//!
//! Taken from recordings of Quay 3.9 to 3.18; a test holds every one of them against this table.

use std::time::Duration;

use reqwest::Method;

use super::shape::Shape::{self, Anything, Flag, List, Map, Nothing, Number, Object, Says, Text};

/// What belongs to the route of a request. In a pattern `*` is one segment, `**` the name of a repository; the first
/// that fits counts.
pub fn answer(method: &Method, path: &str) -> &'static Shape {
    let bare = path.split('?').next().unwrap_or_default();
    let route: Vec<&str> = bare.strip_prefix("/api/v1/").unwrap_or(bare).split('/').collect();
    let table = match *method {
        Method::GET => READS,
        Method::DELETE => DELETIONS,
        Method::PUT => CHANGES,
        _ => CREATIONS,
    };
    let row = table.iter().find(|(pattern, _)| fits(pattern, &route));
    row.map_or(if *method == Method::DELETE { &Nothing } else { &Anything }, |(_, shape)| shape)
}

/// How long at least an answer is waited for: Quay looks at another server before it gives these, and tries again (6 to 26 s and
/// more were recorded).
pub fn patience(path: &str) -> Duration {
    match path.ends_with("/mirror/verify") || path.ends_with("/validateproxycache") {
        true => Duration::from_secs(60),
        false => Duration::ZERO,
    }
}

fn fits(pattern: &str, route: &[&str]) -> bool {
    let same = |pattern: &str, route: &[&str]| {
        let pattern: Vec<&str> = pattern.split('/').collect();
        pattern.len() == route.len() && pattern.iter().zip(route).all(|(wanted, part)| *wanted == "*" || wanted == part)
    };
    let Some((head, tail)) = pattern.split_once("/**") else { return same(pattern, route) };
    // A name has at least two parts.
    let below = tail.split('/').count() - 1;
    let end = route.len().saturating_sub(below);
    route.first() == Some(&head) && end >= 3 && (below == 0 || same(&tail[1..], &route[end..]))
}

type Table = &'static [(&'static str, Shape)];

const DONE: Shape = Object(&[]);
const SUCCESS: Shape = Object(&[("success", Flag)]);
const NAMED: Shape = Object(&[("name", Text)]);
const UUID: Shape = Object(&[("uuid", Text)]);
const ROLE: Shape = Object(&[("role", Text)]);
const ROBOT: Shape = Object(&[("name", Text), ("token", Text)]);
const APPLICATION: Shape = Object(&[("client_id", Text), ("name", Text)]);
const ACCOUNT: Shape = Object(&[("username", Text)]);
const PLACE: Shape = Object(&[("namespace", Text), ("name", Text)]);
const HOLDER: Shape = Object(&[("name", Text), ("kind", Text)]);
const RULE: Shape = Object(&[("id", Text), ("role", Text), ("delegate", HOLDER)]);
const QUOTA: Shape = Object(&[("limit_bytes", Number), ("limits", List(&Anything))]);
const FEDERATION: Shape = List(&Object(&[("issuer", Text), ("subject", Text)]));
const PRUNING: Shape = Object(&[("policies", List(&Object(&[("uuid", Text), ("method", Text)])))]);
const LOCKING: Shape = Object(&[("policies", List(&Object(&[("uuid", Text), ("tagPattern", Text)])))]);
const NOTIFICATION: Shape = Object(&[("uuid", Text), ("event", Text), ("method", Text), ("config", DONE)]);
const NOTIFICATIONS: Shape = Object(&[("notifications", List(&NOTIFICATION))]);
const LOGS: Shape = Object(&[("logs", List(&Object(&[("kind", Text), ("datetime", Text)])))]);
const COUNTED: Shape = Object(&[("aggregated", List(&Object(&[("kind", Text), ("count", Number)])))]);
const REGISTRY: Shape = Object(&[("size_bytes", Number), ("queued", Flag), ("running", Flag)]);
const EXPORT: Shape = Object(&[("export_id", Text)]);
const LABEL: Shape = Object(&[("id", Text), ("key", Text), ("value", Text)]);
const TAG: Shape = Object(&[("name", Text), ("manifest_digest", Text), ("start_ts", Number)]);
const TOKEN: Shape = Object(&[("uuid", Text), ("title", Text)]);
const CODE: Shape = Object(&[("token", Object(&[("uuid", Text), ("token_code", Text)]))]);
const ROBOTS: Shape = Object(&[("robots", List(&NAMED))]);
const RIGHTS: Shape = Object(&[("permissions", Map(&ROLE))]);
const PLACES: Shape = Object(&[("permissions", List(&Object(&[("role", Text), ("repository", NAMED)])))]);
const COUNT: Shape = Object(&[("manifest_pull_count", Number)]);
const HEALTH: Shape = Object(&[("healthy", Flag)]);
const STAR: Shape = Object(&[("namespace", Text), ("repository", Text)]);

const READS: Table = &[
    ("organization/*", NAMED),
    ("organization/*/applications", Object(&[("applications", List(&APPLICATION))])),
    ("organization/*/applications/*/tokens", Object(&[("tokens", List(&UUID))])),
    ("organization/*/aggregatelogs", COUNTED),
    ("organization/*/autoprunepolicy/", PRUNING),
    ("organization/*/collaborators", Object(&[("collaborators", List(&HOLDER))])),
    ("organization/*/immutabilitypolicy/", LOCKING),
    ("organization/*/logs", LOGS),
    ("organization/*/collaborators", Object(&[("collaborators", List(&HOLDER))])),
    ("organization/*/members", Object(&[("members", List(&HOLDER))])),
    ("organization/*/mirror", Object(&[("external_registry_config", DONE), ("robot_username", Text)])),
    ("organization/*/mirror/repositories", Object(&[("repositories", List(&NAMED))])),
    ("organization/*/notifications", NOTIFICATIONS),
    ("organization/*/notifications/*", NOTIFICATION),
    ("organization/*/prototypes", Object(&[("prototypes", List(&RULE))])),
    ("organization/*/proxycache", Object(&[("upstream_registry", Text)])),
    ("organization/*/quota", List(&QUOTA)),
    ("organization/*/robots", ROBOTS),
    ("organization/*/robots/*", NAMED),
    ("organization/*/robots/*/federation", FEDERATION),
    ("organization/*/robots/*/permissions", PLACES),
    ("organization/*/team/*/members", Object(&[("members", List(&Object(&[("kind", Text)])))])),
    ("organization/*/team/*/permissions", PLACES),
    ("repository", Object(&[("repositories", List(&PLACE))])),
    ("repository/mirror/health", HEALTH),
    ("repository/**/aggregatelogs", COUNTED),
    ("repository/**/autoprunepolicy/", PRUNING),
    ("repository/**/autoprunepolicy/*", UUID),
    ("repository/**/immutabilitypolicy/", LOCKING),
    ("repository/**/immutabilitypolicy/*", UUID),
    ("repository/**/logs", LOGS),
    ("repository/**/manifest/*", Object(&[("digest", Text)])),
    ("repository/**/manifest/*/labels", Object(&[("labels", List(&LABEL))])),
    ("repository/**/manifest/*/labels/*", LABEL),
    ("repository/**/manifest/*/pull_statistics", COUNT),
    ("repository/**/manifest/*/security", Object(&[("status", Text)])),
    ("repository/**/mirror", Object(&[("external_registry_config", DONE), ("root_rule", DONE)])),
    ("repository/**/notification/", NOTIFICATIONS),
    ("repository/**/notification/*", NOTIFICATION),
    ("repository/**/permissions/team/", RIGHTS),
    ("repository/**/permissions/team/*", ROLE),
    ("repository/**/permissions/user/", RIGHTS),
    ("repository/**/permissions/user/*", ROLE),
    ("repository/**/permissions/user/*/transitive", Object(&[("permissions", List(&ROLE))])),
    ("repository/**/tag/", Object(&[("tags", List(&TAG))])),
    ("repository/**/tag/*/pull_statistics", COUNT),
    ("repository/**", PLACE),
    ("superuser/mirror/health", HEALTH),
    ("superuser/aggregatelogs", COUNTED),
    ("superuser/apptokens", Object(&[("tokens", List(&TOKEN))])),
    ("superuser/config", Object(&[("config", Anything)])),
    ("superuser/logs", LOGS),
    ("superuser/organization/*/quota", List(&QUOTA)),
    ("superuser/organizations/", Object(&[("organizations", List(&NAMED))])),
    ("superuser/registrysize/", REGISTRY),
    ("superuser/users/", Object(&[("users", List(&ACCOUNT))])),
    ("superuser/users/*", Object(&[("username", Text), ("enabled", Flag)])),
    ("superuser/users/*/quota", List(&QUOTA)),
    ("user/", Object(&[("username", Text), ("organizations", List(&NAMED))])),
    ("user/aggregatelogs", COUNTED),
    ("user/apptoken", Object(&[("tokens", List(&TOKEN))])),
    ("user/apptoken/*", CODE),
    ("user/authorizations", Object(&[("authorizations", List(&UUID))])),
    ("user/autoprunepolicy/", PRUNING),
    ("user/logs", LOGS),
    ("user/namespacenotifications", NOTIFICATIONS),
    ("user/namespacenotifications/*", NOTIFICATION),
    ("user/robots", ROBOTS),
    ("user/robots/*", NAMED),
    ("user/robots/*/federation", FEDERATION),
    ("user/quota", List(&QUOTA)),
    ("users/*", ACCOUNT),
    ("entities/*", Object(&[("results", List(&HOLDER))])),
    ("messages", Object(&[("messages", List(&Object(&[("uuid", Text), ("content", Text)])))])),
    ("app/*", NAMED),
    ("*/*", DONE),
    ("/config", DONE),
];

/// An application's removal and most others have no body; these have.
const DELETIONS: Table = &[
    ("organization/*/autoprunepolicy/*", UUID),
    ("organization/*/immutabilitypolicy/*", UUID),
    ("organization/*/proxycache", Text),
    ("organization/*/team/*/syncing", NAMED),
    // Where a version lacks these two, its route of repositories answers 204 in their place and does nothing.
    ("repository/**/autoprunepolicy/*", UUID),
    ("repository/**/immutabilitypolicy/*", UUID),
    ("user/autoprunepolicy/*", UUID),
];

const CHANGES: Table = &[
    ("organization/*", NAMED),
    ("organization/*/applications/*", APPLICATION),
    ("organization/*/autoprunepolicy/*", Nothing),
    ("organization/*/immutabilitypolicy/*", Nothing),
    ("organization/*/mirror", Text),
    ("organization/*/prototypes/*", RULE),
    ("organization/*/quota/*", QUOTA),
    ("organization/*/quota/*/limit/*", QUOTA),
    ("organization/*/robots/*", ROBOT),
    ("organization/*/team/*", NAMED),
    ("organization/*/team/*/invite/*", Object(&[("email", Text)])),
    ("organization/*/team/*/members/*", NAMED),
    ("repository/**/autoprunepolicy/*", Nothing),
    ("repository/**/changestate", SUCCESS),
    ("repository/**/immutabilitypolicy/*", Nothing),
    ("repository/**/mirror", Text),
    ("repository/**/permissions/team/*", ROLE),
    ("repository/**/permissions/user/*", ROLE),
    ("repository/**/tag/*", Text),
    ("repository/**", SUCCESS),
    ("superuser/organization/*/quota/*", QUOTA),
    ("superuser/organizations/*", NAMED),
    ("superuser/users/*", ACCOUNT),
    ("superuser/users/*/quota/*", QUOTA),
    ("user/autoprunepolicy/*", Nothing),
    ("user/robots/*", ROBOT),
];

const CREATIONS: Table = &[
    ("/oauth/authorizeapp", Object(&[("access_token", Text)])),
    // A page of the web interface on 3.12 and 3.13.
    ("/oauth/authorize/assignuser", Says("Token assigned successfully")),
    ("entities/link/*", Object(&[("entity", NAMED)])),
    ("messages", Nothing),
    ("organization/", Text),
    ("organization/*/applications", APPLICATION),
    ("organization/*/autoprunepolicy/", UUID),
    ("organization/*/immutabilitypolicy/", UUID),
    ("organization/*/applications/*/resetclientsecret", APPLICATION),
    ("organization/*/applications/*/tokens", Object(&[("uuid", Text), ("token", Text)])),
    ("organization/*/exportlogs", EXPORT),
    ("organization/*/mirror", Text),
    ("organization/*/mirror/sync-cancel", Nothing),
    ("organization/*/mirror/sync-now", Nothing),
    ("organization/*/mirror/verify", SUCCESS),
    ("organization/*/notifications", NOTIFICATION),
    ("organization/*/notifications/*", Nothing),
    ("organization/*/notifications/*/test", DONE),
    ("organization/*/prototypes", RULE),
    ("organization/*/proxycache", Text),
    ("organization/*/quota", Text),
    ("organization/*/quota/*/limit", Text),
    ("organization/*/robots/*/federation", List(&Anything)),
    ("organization/*/robots/*/regenerate", ROBOT),
    ("organization/*/team/*/syncing", NAMED),
    ("organization/*/validateproxycache", Text),
    ("repository", PLACE),
    ("repository/**/autoprunepolicy/", UUID),
    ("repository/**/changevisibility", SUCCESS),
    ("repository/**/exportlogs", EXPORT),
    ("repository/**/immutabilitypolicy/", UUID),
    ("repository/**/manifest/*/labels", Object(&[("label", LABEL)])),
    ("repository/**/mirror", Text),
    ("repository/**/mirror/sync-cancel", Nothing),
    ("repository/**/mirror/sync-now", Nothing),
    ("repository/**/notification/", NOTIFICATION),
    ("repository/**/notification/*", Nothing),
    ("repository/**/notification/*/test", DONE),
    ("repository/**/tag/*/expire", Text),
    ("repository/**/tag/*/restore", DONE),
    ("signin", SUCCESS),
    ("superuser/organization/*/quota", Text),
    ("superuser/registrysize/", Text),
    ("superuser/takeownership/*", Object(&[("namespace", Text)])),
    ("superuser/users/", ACCOUNT),
    ("superuser/users/*/quota", Text),
    ("user/apptoken", CODE),
    ("user/autoprunepolicy/", UUID),
    ("user/exportlogs", EXPORT),
    ("user/initialize", ACCOUNT),
    ("user/namespacenotifications", NOTIFICATION),
    ("user/namespacenotifications/*", Nothing),
    ("user/namespacenotifications/*/test", DONE),
    ("user/robots/*/federation", List(&Anything)),
    ("user/robots/*/regenerate", ROBOT),
    ("user/starred", STAR),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Body, Reply};
    use crate::error::Signed;
    use serde_json::Value;

    /// Every recorded success, as an answer.
    fn recorded() -> Vec<Reply> {
        let folder = std::env::var("RECORDINGS")
            .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recordings").into());
        let mut folders = vec![std::path::PathBuf::from(folder)];
        let mut replies = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|kind| kind == "jsonl") {
                    replies.extend(std::fs::read_to_string(path).unwrap().lines().filter_map(reply));
                }
            }
        }
        replies
    }

    fn reply(line: &str) -> Option<Reply> {
        let exchange: Value = serde_json::from_str(line).unwrap();
        let status = u16::try_from(exchange["status"].as_u64()?).unwrap();
        let body = match &exchange["response"] {
            Value::Null => Body::Empty,
            body if body["_text"].is_string() => return None,
            body => Body::Json(body.clone()),
        };
        Some(Reply {
            method: exchange["method"].as_str()?.parse().unwrap(),
            path: exchange["path"].as_str()?.to_owned(),
            status,
            body,
            retry_after: None,
            location: None,
            host: None,
            signed: Signed::Token,
        })
        .filter(Reply::is_success)
    }

    /// Whether its route stands in the table. What looks like a repository with a long name may be a route below one.
    fn has_row(reply: &Reply) -> bool {
        let is_repository = |shape: &Shape| matches!(shape, &PLACE | &SUCCESS | Nothing);
        let parts = reply.path.trim_start_matches("/api/v1/repository/").split('/').count();
        let shape = answer(&reply.method, &reply.path);
        *shape != Anything && !(is_repository(shape) && reply.path.starts_with("/api/v1/repository/") && parts > 3)
    }

    #[test]
    fn every_recorded_success_keeps_the_contract() {
        let replies = recorded();
        assert!(replies.len() > 1000);
        // What a Quay without a route makes of it is no success of that route; routes of no use here have no row.
        let counts = |reply: &&Reply| !reply.path.ends_with("/nosuch") && has_row(reply);
        let fault = |reply: &Reply| Some(format!("{} {} {}", reply.method, reply.path, reply.fault()?));
        let mut faults: Vec<String> = replies.iter().filter(counts).filter_map(fault).collect();
        faults.sort_unstable();
        faults.dedup();
        assert_eq!(faults, Vec::<String>::new());
    }

    #[test]
    fn no_recorded_write_may_answer_something_else() {
        let page = || Body::Html("<html>".into());
        let mut taken: Vec<String> = Vec::new();
        for reply in recorded().into_iter().filter(|reply| reply.method != Method::GET && has_row(reply)) {
            for body in [page(), Body::Text("{\"uuid\": ".into()), Body::Json(5.into())] {
                let reply = Reply { body, ..reply.clone() };
                taken.extend(reply.fault().is_none().then(|| format!("{} {}", reply.method, reply.path)));
            }
        }
        taken.sort_unstable();
        taken.dedup();
        assert_eq!(taken, Vec::<String>::new());
    }

    #[test]
    fn the_name_of_a_repository_has_any_number_of_parts() {
        let shape = |path: &str| answer(&Method::GET, path);
        assert_eq!(*shape("/api/v1/repository/a/b"), PLACE);
        assert_eq!(*shape("/api/v1/repository/a/b/c/tag/?limit=1"), Object(&[("tags", List(&TAG))]));
        assert_eq!(*shape("/api/v1/repository?namespace=a"), Object(&[("repositories", List(&PLACE))]));
    }
}
