//! One life of each module, stage by stage: what the user gets, and what goes over the wire.
//!
//! `INSTA_UPDATE=always` rewrites the snapshots.

use quay_emulator::Config;
use serde_json::{Value, json};

use crate::support::{Mode, Registry, Run, merge, shown};

/// The calls of one module, in order; each has a name.
pub struct Story {
    pub module: &'static str,
    config: Config,
    /// Calls of other modules that make what this one needs.
    before: Vec<(&'static str, Value)>,
    /// Options that every stage has.
    pub base: Value,
    pub stages: Vec<(&'static str, Value)>,
}

impl Story {
    /// A server with what the story begins with, and the token that its calls have.
    pub fn begin(&self) -> (Registry, String) {
        let registry = Registry::with(self.config.clone());
        for (module, options) in &self.before {
            registry.ok(module, options.clone());
        }
        // The first user can only be made where there is none.
        let token = match self.module {
            "quay_first_user" => {
                registry.emulator.with_state(|state| state.namespaces.clear());
                String::new()
            }
            _ => registry.token.clone(),
        };
        (registry, token)
    }
}

/// A server whose accounts and groups are in a directory.
fn directory(kind: &str, sync: Value) -> Config {
    let groups = json!({"cn=one,ou=users": [], "cn=two,ou=users": []});
    let directory = json!({"sync": sync, "groups": groups});
    Config::default().setting("AUTHENTICATION_TYPE", kind).setting("EMULATOR_DIRECTORY", directory)
}

pub fn ldap() -> Config {
    directory("LDAP", json!({"service": "ldap", "base_dn": "dc=example,dc=org"}))
}

pub fn oidc() -> Config {
    directory("OIDC", json!({"service": "oidc", "issuer_domain": "id.example.com"}))
}

pub fn stories() -> Vec<Story> {
    let organization = || ("quay_organization", json!({"name": "acme"}));
    let robot = || ("quay_robot", json!({"name": "acme+puller"}));
    let absent = || ("absent", json!({"state": "absent"}));
    let team = || ("quay_team", json!({"name": "devs", "organization": "acme", "members": ["acme+puller"]}));
    vec![
        Story {
            module: "quay_application",
            config: Config::default(),
            before: vec![organization()],
            base: json!({"organization": "acme", "name": "dashboard"}),
            stages: vec![
                ("create", json!({"description": "Shows images", "avatar_email": "dash@example.com"})),
                ("repeat", json!({"description": "Shows images"})),
                ("change", json!({"redirect_uri": "https://dash.example.com/oauth"})),
                ("rename", json!({"new_name": "board"})),
                ("absent", json!({"name": "board", "state": "absent"})),
            ],
        },
        Story {
            module: "quay_application_token",
            config: Config::default(),
            before: vec![
                organization(),
                ("quay_application", json!({"organization": "acme", "name": "dashboard", "description": "Shows"})),
            ],
            base: json!({"organization": "acme", "application": "dashboard", "name": "deploy", "expiration": "90d"}),
            stages: vec![
                ("create", json!({"rights": ["repo:write", "repo:read"]})),
                ("repeat", json!({"rights": ["repo:read", "repo:write"]})),
                ("rotate", json!({"rights": ["repo:read"], "overlap": "7d"})),
                absent(),
            ],
        },
        Story {
            module: "quay_capabilities_info",
            config: Config::default(),
            before: vec![],
            base: json!({}),
            stages: vec![("read", json!({}))],
        },
        Story {
            module: "quay_docker_token",
            config: Config::default(),
            before: vec![],
            base: json!({"name": "laptop"}),
            stages: vec![("create", json!({})), ("repeat", json!({})), absent()],
        },
        Story {
            module: "quay_first_user",
            config: Config::default(),
            before: vec![],
            base: json!({"username": "root", "password": "a-password-of-the-first-user", "email": "root@example.com"}),
            stages: vec![("create", json!({"create_token": true})), ("repeat", json!({"create_token": true}))],
        },
        Story {
            module: "quay_org_mirror",
            config: Config::default(),
            before: vec![organization(), robot()],
            base: json!({"organization": "acme"}),
            stages: vec![
                (
                    "create",
                    json!({
                        "external_registry_type": "harbor", "external_registry_url": "https://registry.example.com",
                        "external_namespace": "library", "external_registry_username": "me",
                        "external_registry_password": "a-password-of-the-mirror", "robot_username": "acme+puller",
                        "repository_filters": ["web*", "api"], "sync_interval": "1d", "sync_start_date": "2030-01-01T00:00:00Z",
                    }),
                ),
                ("repeat", json!({"is_enabled": true})),
                ("change", json!({"is_enabled": false, "sync_interval": "12h", "verify_tls": false})),
                absent(),
            ],
        },
        Story {
            module: "quay_organization",
            config: Config::default(),
            before: vec![],
            base: json!({"name": "acme"}),
            stages: vec![
                ("create", json!({"email": "one@example.com", "time_machine_expiration": "1w"})),
                ("repeat", json!({"email": "one@example.com", "time_machine_expiration": "7d"})),
                ("change", json!({"email": "two@example.com", "auto_prune_method": "tags", "auto_prune_value": "10"})),
                ("rename", json!({"new_name": "renamed"})),
                ("absent", json!({"name": "renamed", "state": "absent"})),
            ],
        },
        Story {
            module: "quay_proxy_cache",
            config: Config::default(),
            before: vec![organization()],
            base: json!({"organization": "acme"}),
            stages: vec![
                ("create", json!({"registry": "registry.example.com/library", "expiration": "1d"})),
                ("repeat", json!({"registry": "registry.example.com/library", "expiration": "24h"})),
                ("change", json!({"registry": "registry.example.com/library", "expiration": "2d", "insecure": true})),
                absent(),
            ],
        },
        Story {
            module: "quay_repository",
            config: Config::default(),
            before: vec![organization(), robot(), ("quay_team", json!({"name": "devs", "organization": "acme"}))],
            base: json!({"name": "acme/web"}),
            stages: vec![
                (
                    "create",
                    json!({
                        "visibility": "private", "description": "The shop",
                        "perms": [{"name": "acme+puller"}, {"name": "devs", "type": "team", "role": "write"}],
                    }),
                ),
                ("repeat", json!({"visibility": "private", "description": "The shop"})),
                (
                    "change",
                    json!({
                        "visibility": "public", "description": "The new shop", "append": false,
                        "perms": [{"name": "devs", "type": "team", "role": "admin"}],
                    }),
                ),
                absent(),
            ],
        },
        Story {
            module: "quay_robot",
            config: Config::default(),
            before: vec![organization()],
            base: json!({"name": "acme+ci"}),
            stages: vec![
                ("create", json!({"description": "CI"})),
                ("repeat", json!({"description": "CI"})),
                ("change", json!({"federations": [{"issuer": "https://id.example.com", "subject": "ci"}]})),
                ("regenerate", json!({"regenerate": true})),
                absent(),
            ],
        },
        Story {
            module: "quay_robot_info",
            config: Config::default(),
            before: vec![organization(), robot()],
            base: json!({"organization": ["acme"]}),
            stages: vec![("read", json!({}))],
        },
        Story {
            module: "quay_robot_pair",
            config: Config::default(),
            before: vec![organization(), robot(), team()],
            base: json!({"name": "acme+ci", "teams": ["devs"]}),
            stages: vec![
                ("create", json!({"rotate_after": "30d"})),
                ("repeat", json!({"rotate_after": "30d"})),
                absent(),
            ],
        },
        Story {
            module: "quay_team",
            config: Config::default(),
            before: vec![organization(), robot()],
            base: json!({"name": "devs", "organization": "acme"}),
            stages: vec![
                ("create", json!({"description": "Developers", "role": "creator", "members": ["acme+puller"]})),
                ("repeat", json!({"description": "Developers", "role": "creator", "members": ["acme+puller"]})),
                ("change", json!({"role": "admin", "members": [], "append": false})),
                absent(),
            ],
        },
        Story {
            module: "quay_team_ldap",
            config: ldap(),
            before: vec![organization(), robot(), team()],
            base: json!({"organization": "acme", "name": "devs"}),
            stages: vec![
                ("start", json!({"group_dn": "cn=one,ou=users"})),
                ("repeat", json!({"group_dn": "cn=one,ou=users"})),
                ("change", json!({"group_dn": "cn=two,ou=users"})),
                ("stop", json!({"sync": false})),
            ],
        },
        Story {
            module: "quay_team_oidc",
            config: oidc(),
            before: vec![organization(), robot(), team()],
            base: json!({"organization": "acme", "name": "devs"}),
            stages: vec![("start", json!({"group_name": "developers"})), ("stop", json!({"sync": false}))],
        },
        Story {
            module: "quay_user",
            config: Config::default(),
            before: vec![],
            base: json!({"username": "alice"}),
            stages: vec![
                ("create", json!({"email": "alice@example.com", "password": "a-password-of-alice"})),
                ("repeat", json!({"email": "alice@example.com"})),
                ("change", json!({"email": "new@example.com", "enabled": false})),
                absent(),
            ],
        },
    ]
}

#[test]
fn results_and_requests_are_as_recorded() {
    for story in stories() {
        let (registry, token) = story.begin();
        let mut made = vec![(registry.emulator.url().replace("http://", ""), "[registry]".to_owned())];
        for (stage, options) in story.stages {
            let mut all = story.base.clone();
            merge(&mut all, options);
            let run = registry.run_as(&token, story.module, all, Mode::Real);
            let name = format!("{}__{stage}", story.module);
            insta::assert_json_snapshot!(name, stable(&run, &mut made));
        }
    }
}

/// Keys whose values the server makes anew each time, or that are secret.
const MADE: &[&str] = &[
    "valid_since",
    "access_token",
    "auth_b64",
    "client_id",
    "client_secret",
    "created",
    "dockerconfigjson_b64",
    "encrypted_password",
    "expiration",
    "expires_at",
    "external_registry_password",
    "last_accessed",
    "password",
    "token",
    "token_code",
    "uuid",
];

/// What [`shown`] says, with the same words in the place of what is new in every run; adds to `made` what that is.
fn stable(run: &Run, made: &mut Vec<(String, String)>) -> Value {
    let mut value = shown(run);
    // The order of a body says nothing to Quay; that of a result is what a person reads.
    for exchange in value["journal"].as_array_mut().into_iter().flatten() {
        exchange["body"].sort_all_objects();
    }
    collect(&value, made);
    replace(&mut value, made);
    value
}

/// Made values are long texts; a short one, such as the `expiration` among the options, is none.
fn collect(value: &Value, made: &mut Vec<(String, String)>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| collect(value, made)),
        Value::Object(map) => {
            for (key, value) in map {
                match value.as_str().filter(|text| MADE.contains(&key.as_str()) && text.len() > 16) {
                    Some(text) => made.push((text.to_owned(), format!("[{key}]"))),
                    None => collect(value, made),
                }
            }
        }
        _ => {}
    }
}

fn replace(value: &mut Value, made: &[(String, String)]) {
    match value {
        Value::String(text) => made.iter().for_each(|(from, to)| *text = text.replace(from, to)),
        Value::Array(list) => list.iter_mut().for_each(|value| replace(value, made)),
        Value::Object(map) => map.values_mut().for_each(|value| replace(value, made)),
        _ => {}
    }
}
