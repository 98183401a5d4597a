//! The tables of settings, against the documentation and against what a real Quay answers.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use quaymaster::modules::contract::Argument;
use quaymaster::modules::{Entry, MODULES, connection};
use serde_json::Value;

use super::table::read;

/// Where the recorded answers show the object of a module, and the key of the list when there are several.
const SHOWN: &[(&str, &str, &str)] = &[
    ("quay_application", "/api/v1/organization/*/applications", "applications"),
    ("quay_org_mirror", "/api/v1/organization/*/mirror", ""),
    ("quay_organization", "/api/v1/organization/*", ""),
    ("quay_proxy_cache", "/api/v1/organization/*/proxycache", ""),
    ("quay_quota", "/api/v1/organization/*/quota", ""),
    ("quay_repository", "/api/v1/repository/*/*", ""),
    ("quay_repository_mirror", "/api/v1/repository/*/*/mirror", ""),
    ("quay_user", "/api/v1/superuser/users/*", ""),
];

/// What Quay's answers tell besides, and no option sets.
const OTHERS: &[(&str, &[&str])] = &[
    ("quay_application", &["client_id", "client_secret"]),
    (
        "quay_org_mirror",
        &["sync_status", "sync_retries_remaining", "sync_expiration_date", "creation_date", "repo_sync_status_counts"],
    ),
    (
        "quay_organization",
        &[
            "avatar",
            "is_admin",
            "is_free_account",
            "is_member",
            "name",
            "ordered_teams",
            "quota_report",
            "quotas",
            "teams",
        ],
    ),
    ("quay_quota", &["id", "limit", "default_config", "default_config_exists"]),
    (
        "quay_repository",
        &[
            "can_admin",
            "can_write",
            "is_free_account",
            "is_organization",
            "kind",
            "name",
            "namespace",
            "status_token",
            "tag_expiration_s",
            "tags",
            "trust_enabled",
        ],
    ),
    // architecture_filter: a new mirror copies all architectures, a changed one keeps what it has.
    (
        "quay_repository_mirror",
        &["architecture_filter", "mirror_type", "sync_status", "sync_retries_remaining", "sync_expiration_date"],
    ),
    ("quay_user", &["avatar", "global_readonly_super_user", "kind", "name", "quota_report", "username", "verified"]),
];

/// Whether a path has the form of a pattern, in which `*` stands for a name.
fn fits(path: &str, pattern: &str) -> bool {
    // The health of all mirrors stands where a repository of that name would.
    if path == "/api/v1/repository/mirror/health" {
        return false;
    }
    let same = |(part, form): (&str, &str)| part == form || (form == "*" && !part.is_empty());
    path.split('/').count() == pattern.split('/').count() && path.split('/').zip(pattern.split('/')).all(same)
}

fn with_tables() -> impl Iterator<Item = &'static Entry> {
    MODULES.iter().filter(|entry| !entry.fields.fields.is_empty())
}

/// The places of an answer that no line of the table and no other known key tells about.
fn unknown(module: &str, inside: &str, answer: &Value) -> BTreeSet<String> {
    let table = quaymaster::modules::find(module).unwrap().fields;
    let others = || OTHERS.iter().filter(|(name, _)| *name == module).flat_map(|(_, keys)| keys.iter().copied());
    let known = || table.fields.iter().map(|field| field.at).chain(others());
    let entries = answer.as_object().into_iter().flatten();
    let strange = |(key, value): (&String, &Value)| {
        let place = format!("{inside}{key}");
        if known().any(|known| known == place) {
            return BTreeSet::new();
        }
        let below = format!("{place}/");
        match value {
            Value::Object(_) if known().any(|known| known.starts_with(&below)) => unknown(module, &below, value),
            _ => BTreeSet::from([place]),
        }
    };
    entries.flat_map(strange).collect()
}

/// A setting that Quay has and no option sets is lost by an export, and no one would see it.
#[test]
fn everything_that_quay_shows_is_known() {
    let mut answers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut strange = BTreeSet::new();
    for file in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recordings")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        for line in fs::read_to_string(&path).unwrap().lines() {
            let exchange: Value = serde_json::from_str(line).unwrap();
            let response = &exchange["response"];
            if exchange["method"] != "GET" || exchange["status"] != 200 {
                continue;
            }
            let path = exchange["path"].as_str().unwrap();
            for (module, _, list) in SHOWN.iter().filter(|(_, pattern, _)| fits(path, pattern)) {
                let several = if list.is_empty() { response } else { &response[list] }.as_array().map(Vec::as_slice);
                for object in several.unwrap_or(std::slice::from_ref(response)) {
                    *answers.entry(module).or_default() += 1;
                    strange.extend(unknown(module, "", object).into_iter().map(|key| format!("{module}: {key}")));
                }
            }
        }
    }
    assert!(strange.is_empty(), "neither an option nor among `OTHERS`: {strange:?}");
    for entry in with_tables() {
        assert!(answers.contains_key(entry.document.name), "no recorded answer of {}", entry.document.name);
    }
}

#[test]
fn an_unknown_key_is_noticed_at_any_depth() {
    let answer = serde_json::json!({"is_enabled": true, "new": 1, "external_registry_config": {"proxy": {"new": 1, "no_proxy": ""}}});
    let expected = ["external_registry_config/proxy/new", "new"].map(str::to_owned);
    assert_eq!(unknown("quay_org_mirror", "", &answer), BTreeSet::from(expected));
}

#[test]
fn tables_and_documentation_have_the_same_options() {
    for entry in with_tables() {
        let name = entry.document.name;
        let own = |argument: &&Argument| !connection::is_option(argument.name);
        let documented: BTreeSet<&str> =
            entry.document.options.iter().filter(own).map(|argument| argument.name).collect();
        let source = read(&format!("src/modules/{name}.rs")) + &read("src/modules/prune_options.rs");
        for field in entry.fields.fields {
            assert!(documented.contains(field.option), "{name}: {} is not documented", field.option);
        }
        let told = |option: &str| entry.fields.fields.iter().any(|field| field.option == option);
        for option in documented.into_iter().filter(|option| !told(option)) {
            assert!(source.contains(&format!("\n    {option}: ")), "{name}: nothing reads the option {option}");
        }
    }
}
