//! The tables of settings, against the documentation and against what a real Quay answers.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use quaymaster::modules::contract::Argument;
use quaymaster::modules::{Entry, MODULES, connection};
use serde_json::Value;

use super::table::read;

/// What a real Quay shows of the objects of a module, and what becomes of each key.
struct Shown {
    module: &'static str,
    /// Where: the path, `*` for one name, and the key of the list, or of the map by names, when there are several.
    at: &'static [(&'static str, &'static str)],
    /// Keys that options set and exports write, besides those of the module's table of settings.
    set: &'static [&'static str],
    /// All others, with the reason why nothing is lost with them.
    others: &'static [(&'static str, &'static [&'static str])],
}

const IDENTIFIES: &str = "the server's own identifier";
const STATE: &str = "what happened to it, not what it shall be";
const COMPUTED: &str = "computed from the rest, or from who asks";
const PICTURE: &str = "a picture of the name";
const PLACE: &str = "where it stands, which the place in a file says";
const SERVER: &str = "a setting of the server";

const SHOWN: &[Shown] = &[
    Shown {
        module: "quay_application",
        at: &[("organization/*/applications", "applications"), ("organization/*/applications/*", "")],
        set: &[],
        others: &[
            (IDENTIFIES, &["client_id"]),
            ("the server makes it, and shows it to administrators", &["client_secret"]),
        ],
    },
    Shown {
        module: "quay_application_token",
        at: &[("organization/*/applications/*/tokens", "tokens")],
        set: &["name", "scope"],
        others: &[(IDENTIFIES, &["uuid"]), (STATE, &["created", "created_by", "expires_at", "last_accessed"])],
    },
    Shown {
        module: "quay_default_perm",
        at: &[("organization/*/prototypes", "prototypes"), ("organization/*/prototypes/*", "")],
        set: &["role", "delegate/name", "delegate/kind", "activating_user/name"],
        others: &[
            (IDENTIFIES, &["id"]),
            (PICTURE, &["delegate/avatar", "activating_user/avatar"]),
            (
                COMPUTED,
                &[
                    "delegate/is_robot",
                    "delegate/is_org_member",
                    "activating_user/is_robot",
                    "activating_user/is_org_member",
                    "activating_user/kind",
                ],
            ),
            ("null where the permission is for all", &["activating_user"]),
        ],
    },
    Shown {
        module: "quay_docker_token",
        at: &[("user/apptoken", "tokens"), ("user/apptoken/*", "token")],
        set: &["title", "expiration"],
        others: &[
            (IDENTIFIES, &["uuid"]),
            (STATE, &["created", "last_accessed"]),
            ("a secret, which no file holds", &["token_code"]),
        ],
    },
    Shown {
        module: "quay_manifest_label",
        at: &[("repository/*/*/manifest/*/labels", "labels")],
        set: &["key", "value"],
        others: &[
            (IDENTIFIES, &["id"]),
            (COMPUTED, &["source_type"]),
            ("made from the value; labels belong to images, which no file holds", &["media_type"]),
        ],
    },
    Shown {
        module: "quay_message",
        at: &[("messages", "messages")],
        set: &["content", "severity", "media_type"],
        others: &[(IDENTIFIES, &["uuid"])],
    },
    Shown {
        module: "quay_notification",
        at: &[("repository/*/*/notification/", "notifications"), ("repository/*/*/notification/*", "")],
        set: &[
            "title",
            "event",
            "method",
            "config/target",
            "config/url",
            "config/template",
            "config/email",
            "config/room_id",
            "config/notification_token",
            "config/flow_api_token",
        ],
        others: &[
            (IDENTIFIES, &["uuid"]),
            (STATE, &["number_of_failures"]),
            ("empty or null where the event or the method has no parameters", &["config", "event_config"]),
            ("told as left out: no event knows it", &["event_config/vulnerability"]),
        ],
    },
    Shown {
        module: "quay_organization_member",
        at: &[("organization/*/members", "members"), ("organization/*/collaborators", "collaborators")],
        set: &["name"],
        others: &[
            (PICTURE, &["avatar"]),
            (COMPUTED, &["kind"]),
            ("of quay_team and quay_repository", &["teams", "repositories"]),
        ],
    },
    Shown {
        module: "quay_organization_notification",
        at: &[
            ("organization/*/notifications", "notifications"),
            ("organization/*/notifications/*", ""),
            ("user/namespacenotifications", "notifications"),
            ("user/namespacenotifications/*", ""),
        ],
        set: &[
            "title",
            "event",
            "method",
            "config/target",
            "config/url",
            "config/template",
            "config/room_id",
            "config/notification_token",
            "config/flow_api_token",
        ],
        others: &[
            (IDENTIFIES, &["uuid"]),
            (STATE, &["number_of_failures"]),
            ("empty where the method has no parameters", &["config"]),
            ("stored and without effect", &["config/email", "event_config", "event_config/level"]),
        ],
    },
    Shown {
        module: "quay_org_mirror",
        at: &[("organization/*/mirror", "")],
        set: &[],
        others: &[(
            STATE,
            &[
                "sync_status",
                "sync_retries_remaining",
                "sync_expiration_date",
                "creation_date",
                "repo_sync_status_counts",
            ],
        )],
    },
    Shown {
        module: "quay_organization",
        at: &[("organization/*", ""), ("superuser/organizations/", "organizations")],
        set: &["name"],
        others: &[
            (PICTURE, &["avatar"]),
            (COMPUTED, &["is_admin", "is_free_account", "is_member", "ordered_teams", "quota_report"]),
            ("of quay_quota", &["quotas"]),
            ("of quay_team", &["teams"]),
        ],
    },
    Shown {
        module: "quay_organization_immutability",
        at: &[("organization/*/immutabilitypolicies", "policies"), ("organization/*/immutabilitypolicy/*", "")],
        set: &[],
        others: &[(IDENTIFIES, &["uuid"])],
    },
    Shown {
        module: "quay_organization_prune",
        at: &[("organization/*/autoprunepolicy/", "policies"), ("organization/*/autoprunepolicy/*", "")],
        set: &["method", "value", "tagPattern", "tagPatternMatches"],
        others: &[(IDENTIFIES, &["uuid"])],
    },
    Shown { module: "quay_proxy_cache", at: &[("organization/*/proxycache", "")], set: &[], others: &[] },
    Shown {
        module: "quay_quota",
        at: &[
            ("organization/*/quota", ""),
            ("organization/*/quota/*", ""),
            ("superuser/organization/*/quota", ""),
            ("superuser/users/*/quota", ""),
        ],
        set: &[],
        others: &[
            (IDENTIFIES, &["id"]),
            (COMPUTED, &["limit"]),
            (SERVER, &["default_config", "default_config_exists"]),
        ],
    },
    Shown {
        module: "quay_repository",
        at: &[("repository/*/*", ""), ("repository", "repositories")],
        set: &["name"],
        others: &[
            (PLACE, &["namespace", "is_organization"]),
            (COMPUTED, &["can_admin", "can_write", "is_free_account", "status_token", "quota_report"]),
            (STATE, &["last_modified", "popularity", "stats", "tags"]),
            ("of the organization: time_machine_expiration of quay_organization", &["tag_expiration_s"]),
            ("Quay makes only one kind now", &["kind"]),
            ("signing is gone from Quay", &["trust_enabled"]),
            ("the answer to a change", &["success"]),
        ],
    },
    Shown {
        module: "quay_repository_immutability",
        at: &[("repository/*/*/immutabilitypolicy/", "policies"), ("repository/*/*/immutabilitypolicy/*", "")],
        set: &[],
        others: &[(IDENTIFIES, &["uuid"])],
    },
    Shown {
        module: "quay_repository_mirror",
        at: &[("repository/*/*/mirror", "")],
        set: &[],
        others: &[
            (STATE, &["sync_status", "sync_retries_remaining", "sync_expiration_date"]),
            ("Quay knows only one type", &["mirror_type"]),
        ],
    },
    Shown {
        module: "quay_repository_prune",
        at: &[("repository/*/*/autoprunepolicy/", "policies"), ("repository/*/*/autoprunepolicy/*", "")],
        set: &["method", "value", "tagPattern", "tagPatternMatches"],
        others: &[(IDENTIFIES, &["uuid"])],
    },
    // Rights are an option of their repository.
    Shown {
        module: "quay_repository",
        at: &[
            ("repository/*/*/permissions/user/", "permissions"),
            ("repository/*/*/permissions/team/", "permissions"),
            ("repository/*/*/permissions/user/*", ""),
            ("repository/*/*/permissions/team/*", ""),
        ],
        set: &["name", "role"],
        others: &[(PICTURE, &["avatar"]), (COMPUTED, &["is_robot", "is_org_member"])],
    },
    Shown {
        module: "quay_robot",
        at: &[
            ("organization/*/robots", "robots"),
            ("organization/*/robots/*", ""),
            ("user/robots", "robots"),
            ("user/robots/*", ""),
        ],
        set: &["name", "description", "unstructured_metadata"],
        others: &[
            (STATE, &["created", "last_accessed"]),
            ("the server makes it; a secret", &["token"]),
            ("of quay_team and quay_repository", &["teams", "repositories"]),
        ],
    },
    Shown {
        module: "quay_robot",
        at: &[("organization/*/robots/*/federation", ""), ("user/robots/*/federation", "")],
        set: &["issuer", "subject"],
        others: &[],
    },
    Shown {
        module: "quay_tag",
        at: &[("repository/*/*/tag/", "tags")],
        set: &["name", "manifest_digest", "expiration", "end_ts", "immutable"],
        others: &[
            (STATE, &["last_modified", "start_ts", "reversion"]),
            (
                COMPUTED,
                &[
                    "size",
                    "is_manifest_list",
                    "is_sparse",
                    "child_manifest_count",
                    "child_manifests_presence",
                    "present_child_count",
                ],
            ),
        ],
    },
    Shown {
        module: "quay_team",
        at: &[("organization/*", "teams"), ("organization/*/team/*", "")],
        set: &["name"],
        others: &[
            (PICTURE, &["avatar"]),
            (COMPUTED, &["can_view", "member_count", "repo_count", "new_team"]),
            ("of quay_team_ldap and quay_team_oidc", &["is_synced"]),
        ],
    },
    Shown {
        module: "quay_team",
        at: &[("organization/*/team/*/members", "members")],
        set: &["name"],
        others: &[
            (PICTURE, &["avatar"]),
            (COMPUTED, &["is_robot", "kind"]),
            ("an invitation that waits for its answer, exported as a member", &["invited", "email"]),
        ],
    },
    Shown {
        module: "quay_team_ldap",
        at: &[("organization/*/team/*/members", "")],
        set: &["synced/config"],
        others: &[
            (PLACE, &["name"]),
            ("of quay_team", &["members"]),
            (COMPUTED, &["can_edit"]),
            (SERVER, &["can_sync", "synced/service"]),
            (STATE, &["synced/last_updated"]),
            ("null where the team follows no group", &["synced"]),
        ],
    },
    Shown {
        module: "quay_user",
        at: &[("superuser/users/*", ""), ("superuser/users/", "users")],
        set: &["username"],
        others: &[
            (PICTURE, &["avatar"]),
            (COMPUTED, &["kind", "name", "quota_report"]),
            (SERVER, &["global_readonly_super_user"]),
            ("whether the address was confirmed, which only its owner can do", &["verified"]),
            ("the new password in another form", &["encrypted_password"]),
        ],
    },
];

/// Modules whose objects no answer shows, or another module's does.
const NOWHERE: &[(&str, &str)] = &[
    ("quay_policy_preview", "it only reads, and tells what will be"),
    ("quay_api_token", "a token is shown once"),
    ("quay_first_user", "the account is one of quay_user"),
    ("quay_repository_restore", "tags of quay_tag"),
    ("quay_robot_pair", "two accounts of quay_robot"),
    ("quay_team_oidc", "as quay_team_ldap"),
];

/// Whether a path has the form of a pattern, in which `*` stands for a name.
fn fits(path: &str, pattern: &str) -> bool {
    // The health of all mirrors stands where a repository of that name would.
    if path == "/api/v1/repository/mirror/health" {
        return false;
    }
    let same = |(part, form): (&str, &str)| part == form || (form == "*" && !part.is_empty());
    let below = path.strip_prefix("/api/v1/").unwrap_or_default();
    below.split('/').count() == pattern.split('/').count() && below.split('/').zip(pattern.split('/')).all(same)
}

fn with_tables() -> impl Iterator<Item = &'static Entry> {
    MODULES.iter().filter(|entry| !entry.fields.fields.is_empty())
}

/// The places of an answer that no line of the table and no other known key tells about.
fn unknown(shown: &Shown, inside: &str, answer: &Value) -> BTreeSet<String> {
    let table = quaymaster::modules::find(shown.module).unwrap().fields;
    let others = || shown.others.iter().flat_map(|(_, keys)| keys.iter()).chain(shown.set).copied();
    let known = || table.fields.iter().map(|field| field.at).chain(others());
    let entries = answer.as_object().into_iter().flatten();
    let strange = |(key, value): (&String, &Value)| {
        let place = format!("{inside}{key}");
        let below = format!("{place}/");
        match value {
            Value::Object(_) if known().any(|known| known.starts_with(&below)) => unknown(shown, &below, value),
            _ if known().any(|known| known == place) => BTreeSet::new(),
            _ => BTreeSet::from([place]),
        }
    };
    entries.flat_map(strange).collect()
}

/// The objects of an answer: itself, the entries of a list, or those of a map by names.
fn objects<'a>(answer: &'a Value, list: &str) -> Vec<&'a Value> {
    let several = if list.is_empty() { answer } else { &answer[list] };
    match several {
        Value::Array(all) => all.iter().collect(),
        Value::Object(all) if list == "teams" || list == "permissions" => all.values().collect(),
        one => vec![one],
    }
}

/// Every recorded answer that tells of something: method, path and what it says.
fn recorded() -> Vec<(String, String, Value)> {
    let text = |exchange: &Value, key: &str| exchange[key].as_str().unwrap().to_owned();
    let mut all = Vec::new();
    for folder in ["tests/recordings", "tests/recordings/versions"] {
        for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "jsonl") {
                continue;
            }
            for line in fs::read_to_string(&path).unwrap().lines() {
                let exchange: Value = serde_json::from_str(line).unwrap();
                // The tour of the versions has an answer of each in one line.
                let answers: Vec<&Value> =
                    exchange["answers"].as_object().map_or(vec![&exchange], |versions| versions.values().collect());
                let told = answers.into_iter().filter(|answer| matches!(answer["status"].as_u64(), Some(200 | 201)));
                all.extend(
                    told.map(|answer| (text(&exchange, "method"), text(&exchange, "path"), answer["response"].clone())),
                );
            }
        }
    }
    all
}

/// A setting that Quay has and no option sets is lost by an export, and no one would see it.
#[test]
fn everything_that_quay_shows_is_known() {
    let mut seen: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut strange = BTreeSet::new();
    for (method, path, answer) in recorded() {
        for shown in SHOWN {
            for (pattern, list) in shown.at.iter().filter(|(pattern, _)| fits(&path, pattern)) {
                // A change can be answered with less than the whole list.
                let objects = objects(&answer, list).into_iter().filter(|object| object.is_object());
                for object in objects {
                    *seen.entry((shown.module, pattern)).or_default() += 1;
                    let unknown = unknown(shown, "", object).into_iter();
                    strange.extend(unknown.map(|key| format!("{}: {key} ({method} {pattern})", shown.module)));
                }
            }
        }
    }
    assert!(strange.is_empty(), "neither an option nor among `others`: {strange:#?}");
    for shown in SHOWN {
        let is_seen = shown.at.iter().any(|(pattern, _)| seen.contains_key(&(shown.module, *pattern)));
        assert!(is_seen, "no recorded answer of {} at {:?}", shown.module, shown.at);
    }
}

#[test]
fn every_module_says_what_quay_shows_of_its_objects() {
    for entry in MODULES.iter().filter(|entry| entry.plans() && !entry.document.name.ends_with("_info")) {
        let name = entry.document.name;
        let told = SHOWN.iter().any(|shown| shown.module == name) || NOWHERE.iter().any(|(module, _)| *module == name);
        assert!(told, "{name}: where does Quay show its objects, and what becomes of each key?");
    }
}

#[test]
fn every_key_that_is_told_to_be_known_is_shown_somewhere() {
    let recorded = recorded();
    let shown_anywhere = |shown: &Shown, key: &str| {
        let pointer = format!("/{key}");
        let objects = recorded.iter().flat_map(|(_, path, answer)| {
            let places = shown.at.iter().filter(|(pattern, _)| fits(path, pattern));
            places.flat_map(|(_, list)| objects(answer, list))
        });
        objects.into_iter().any(|object| object.pointer(&pointer).is_some())
    };
    let stale = SHOWN.iter().flat_map(|shown| {
        let keys = shown.others.iter().flat_map(|(_, keys)| keys.iter());
        keys.filter(|key| !shown_anywhere(shown, key)).map(|key| format!("{}: {key}", shown.module)).collect::<Vec<_>>()
    });
    let stale: Vec<String> = stale.collect();
    assert!(stale.is_empty(), "excused, and in no recorded answer: {stale:?}");
}

#[test]
fn an_unknown_key_is_noticed_at_any_depth() {
    let answer = serde_json::json!({"is_enabled": true, "new": 1, "external_registry_config": {"proxy": {"new": 1, "no_proxy": ""}}});
    let expected = ["external_registry_config/proxy/new", "new"].map(str::to_owned);
    let shown = SHOWN.iter().find(|shown| shown.module == "quay_org_mirror").unwrap();
    assert_eq!(unknown(shown, "", &answer), BTreeSet::from(expected));
}

/// Where options stand that several modules have.
const SHARED: [&str; 4] = [
    "src/modules/notifications/options.rs",
    "src/modules/prune_options.rs",
    "src/quay/mirror/sync.rs",
    "src/quay/policy/immutability.rs",
];

#[test]
fn tables_and_documentation_have_the_same_options() {
    for entry in with_tables() {
        let name = entry.document.name;
        let own = |argument: &&Argument| !connection::is_option(argument.name);
        let documented: BTreeSet<&str> =
            entry.document.options.iter().filter(own).map(|argument| argument.name).collect();
        let source = (read(&format!("src/modules/{name}.rs")) + &SHARED.map(read).concat()).replace("pub(super) ", "");
        for field in entry.fields.fields {
            assert!(documented.contains(field.option), "{name}: {} is not documented", field.option);
        }
        let told = |option: &str| entry.fields.fields.iter().any(|field| field.option == option);
        for option in documented.into_iter().filter(|option| !told(option)) {
            assert!(source.contains(&format!("\n    {option}: ")), "{name}: nothing reads the option {option}");
        }
    }
}
