//! Every module returns what its documentation says: in a run, in a check, and in a check on an empty server.

use std::collections::BTreeMap;

use quaymaster::modules::MODULES;
use quaymaster::quay::MASK;
use serde_json::{Value, json};

use super::stages;
use super::table::read;
use crate::support::{Mode, Registry, Run, merge};

/// The calls of one module, in order: the first one makes something new, where the module makes anything.
pub struct Life {
    pub module: &'static str,
    /// Calls of other modules that make what this one builds on.
    before: Vec<(&'static str, Value)>,
    /// Options of every call; `CLIENT` and `DIGEST` stand for what only the server knows.
    base: Value,
    stages: Vec<Value>,
}

fn life(module: &'static str, before: &[(&'static str, Value)], base: Value, stages: &[Value]) -> Life {
    Life { module, before: before.to_vec(), base, stages: stages.to_vec() }
}

impl Life {
    /// A server with what the life begins with, and the options of each call, the login included.
    pub fn begin(&self) -> (Registry, Vec<Value>) {
        let registry = match self.module {
            "quay_team_ldap" => Registry::with(stages::ldap()),
            "quay_team_oidc" => Registry::with(stages::oidc()),
            _ => Registry::new(),
        };
        let mut client = Value::Null;
        for (module, options) in &self.before {
            client = registry.ok(module, options.clone()).result["client_id"].clone();
        }
        match self.module {
            "quay_first_user" => registry.emulator.with_state(|state| state.namespaces.clear()),
            _ if self.before.is_empty() => {}
            _ => drop(registry.emulator.push_image("acme/app", "v1")),
        }
        let call = |stage: &Value| {
            let mut options = self.base.clone();
            merge(&mut options, stage.clone());
            if options["client_id"] == "CLIENT" {
                options["client_id"] = client.clone();
            }
            merge(&mut options, self.login(&registry));
            options
        };
        let calls = self.stages.iter().map(call).collect();
        (registry, calls)
    }

    fn login(&self, registry: &Registry) -> Value {
        match self.module {
            "quay_first_user" => json!({}),
            "quay_api_token" => json!({"quay_username": "admin", "quay_password": "password"}),
            _ => json!({"quay_token": registry.token}),
        }
    }
}

pub fn lives() -> Vec<Life> {
    let acme = ("quay_organization", json!({"name": "acme"}));
    let web = ("quay_repository", json!({"name": "acme/web"}));
    let robot = ("quay_robot", json!({"name": "acme+puller"}));
    let team = ("quay_team", json!({"organization": "acme", "name": "devs"}));
    let (new, absent) = (json!({}), json!({"state": "absent"}));
    let plain = [new.clone(), new.clone(), absent.clone()];
    let organization = [acme.clone()];
    let repository = [acme.clone(), web];
    let application = [acme.clone(), ("quay_application", json!({"organization": "acme", "name": "dashboard"}))];
    let read = [new.clone()];
    let image = json!({"image": "acme/app:v1"});
    vec![
        life("quay_access_info", &organization, json!({"organization": ["acme"], "pending": true}), &read),
        life("quay_api_token", &application, json!({"client_id": "CLIENT", "rights": ["repo:read"]}), &read),
        life(
            "quay_application",
            &organization,
            json!({"organization": "acme", "name": "dashboard"}),
            &[
                new.clone(),
                json!({"description": "Shows", "reset_client_secret": true}),
                json!({"new_name": "board"}),
                absent.clone(),
            ],
        ),
        life(
            "quay_application_token",
            &application,
            json!({"organization": "acme", "application": "dashboard", "name": "deploy"}),
            &[new.clone(), new.clone(), json!({"rotate": true}), absent.clone()],
        ),
        life("quay_capabilities_info", &[], json!({}), &read),
        life("quay_config_info", &[], json!({}), &read),
        life(
            "quay_default_perm",
            &[acme.clone(), robot.clone()],
            json!({"organization": "acme", "name": "acme+puller"}),
            &[new.clone(), new.clone(), json!({"role": "write"}), absent.clone()],
        ),
        life("quay_docker_token", &[], json!({"name": "laptop"}), &plain),
        life(
            "quay_first_user",
            &[],
            json!({"username": "root", "password": "a-password-of-the-first-user", "create_token": true}),
            &read,
        ),
        life("quay_layer_info", &organization, image.clone(), &read),
        life(
            "quay_log_info",
            &organization,
            json!({"organization": "acme"}),
            &[json!({}), json!({"count": true}), json!({"export_email": "ops@example.com"})],
        ),
        life(
            "quay_manifest_label",
            &organization,
            json!({"image": "acme/app:v1", "key": "stage", "value": "released"}),
            &plain,
        ),
        life("quay_manifest_label_info", &organization, image.clone(), &read),
        life(
            "quay_message",
            &[],
            json!({"content": "Hello", "severity": "info"}),
            &[new.clone(), new.clone(), absent.clone()],
        ),
        life("quay_mirror_info", &organization, json!({"organization": "acme"}), &read),
        life(
            "quay_notification",
            &repository,
            json!({"repository": "acme/web", "title": "chat"}),
            &[
                json!({"event": "repo_push", "method": "slack", "config": {"url": "https://chat.example.com/x"}}),
                json!({"reset_failcount": true}),
                absent.clone(),
            ],
        ),
        life(
            "quay_org_mirror",
            &[acme.clone(), robot.clone()],
            json!({"organization": "acme"}),
            std::slice::from_ref(&absent),
        ),
        life(
            "quay_organization_immutability",
            &organization,
            json!({"namespace": "acme", "tag_pattern": "^v"}),
            &plain,
        ),
        life(
            "quay_organization_member",
            &[
                acme.clone(),
                ("quay_user", json!({"username": "jdoe"})),
                ("quay_team", json!({"organization": "acme", "name": "devs", "members": ["jdoe"]})),
            ],
            json!({"organization": "acme", "names": ["jdoe"]}),
            &[new.clone(), new.clone()],
        ),
        life(
            "quay_organization_notification",
            &organization,
            json!({"organization": "acme", "title": "storage"}),
            &[
                json!({"event": "quota_warning", "method": "slack", "config": {"url": "https://chat.example.com/x"}}),
                json!({"reset_failcount": true}),
                absent.clone(),
            ],
        ),
        life(
            "quay_organization_prune",
            &organization,
            json!({"namespace": "acme", "method": "tags", "value": "5"}),
            &plain,
        ),
        life("quay_pull_stat_info", &organization, json!({"repository": "acme/app", "tag": "v1"}), &read),
        life(
            "quay_repository_immutability",
            &repository,
            json!({"repository": "acme/web", "tag_pattern": "^v"}),
            &plain,
        ),
        life(
            "quay_quota",
            &organization,
            json!({"organization": "acme"}),
            &[json!({"quota": "10 GiB", "warning_pct": 80}), json!({"quota": "20 GiB"}), absent.clone()],
        ),
        life(
            "quay_repository_mirror",
            &[acme.clone(), robot.clone(), ("quay_repository", json!({"name": "acme/web", "repo_state": "MIRROR"}))],
            json!({"name": "acme/web"}),
            &[
                json!({"external_reference": "registry.example.com/team/web", "image_tags": ["latest"], "sync_interval": "1d",
                    "sync_start_date": "2030-01-01T00:00:00Z", "robot_username": "acme+puller"}),
                json!({"image_tags": ["v*"], "is_enabled": true}),
            ],
        ),
        life(
            "quay_repository_prune",
            &repository,
            json!({"repository": "acme/web", "method": "tags", "value": "5"}),
            &plain,
        ),
        life(
            "quay_robot",
            &organization,
            json!({"name": "acme+ci"}),
            &[
                new.clone(),
                json!({"federations": [{"issuer": "https://id.example.com", "subject": "ci"}]}),
                absent.clone(),
            ],
        ),
        life("quay_robot_info", &organization, json!({"organization": ["acme"]}), &read),
        life(
            "quay_robot_pair",
            &[acme.clone(), team.clone()],
            json!({"name": "acme+ci", "teams": ["devs"], "rotate_after": "30d"}),
            &plain,
        ),
        life("quay_tag", &organization, json!({"image": "acme/app:v1", "tag": "stable"}), &plain),
        life("quay_repository_restore", &organization, json!({"repository": "acme/app", "at": "1s"}), &read),
        life("quay_tag_info", &organization, json!({"repository": "acme/app"}), &read),
        life("quay_organization", &[], json!({"name": "new"}), &plain),
        life(
            "quay_policy_preview",
            &organization,
            json!({"repository": "acme/app", "prune_policies": [{"method": "date", "value": "1s"}]}),
            &read,
        ),
        life("quay_proxy_cache", &organization, json!({"organization": "acme", "registry": "quay.io"}), &plain),
        life("quay_repository", &organization, json!({"name": "acme/new", "description": "New"}), &plain),
        life("quay_team", &organization, json!({"organization": "acme", "name": "devs"}), &plain),
        life(
            "quay_team_ldap",
            &[acme.clone(), team.clone()],
            json!({"organization": "acme", "name": "devs", "group_dn": "cn=one,ou=users"}),
            &[new.clone(), json!({"sync": false})],
        ),
        life(
            "quay_team_oidc",
            &[acme.clone(), team],
            json!({"organization": "acme", "name": "devs", "group_name": "developers"}),
            &[new.clone(), json!({"sync": false})],
        ),
        life("quay_token_info", &organization, json!({"organization": ["acme"]}), &read),
        life("quay_user", &[], json!({"username": "alice"}), &[new.clone(), new.clone(), absent.clone()]),
        life(
            "quay_user",
            &[],
            json!({"username": "bob", "password": "a-password-of-bob"}),
            &[new.clone(), json!({"update_password": "on_create"})],
        ),
        life(
            "quay_usage_info",
            &organization,
            json!({"organizations": ["acme"]}),
            &[json!({}), json!({"users": true, "registry_size": true}), json!({"recalculate": true})],
        ),
        life("quay_vulnerability_info", &organization, image, &read),
    ]
}

/// Documented values that are there only under conditions which depend on the server.
const CONDITIONAL: &[&str] = &[
    "in check mode and with C(--diff), when the policy is new",
    "in check mode and with C(--diff), when the policy is new or changed",
    "when O(organization) is given and the server tells its health",
    "when O(state=present) and the application exists",
    "when O(state=present) and the mirror existed before",
    "when O(state=absent) and the tag was there",
    "when O(state=restored), except in check mode for a tag that is restored",
    "when the tag is not live any more",
];

/// When each value is returned, from the documentation.
fn documented(module: &str) -> BTreeMap<String, String> {
    let text = read(&format!("plugins/modules/{module}.py"));
    let returns = text.split("RETURN = ").nth(1).unwrap().to_owned();
    let mut found = BTreeMap::new();
    let mut key = String::new();
    for line in returns.lines() {
        if let Some(name) = line.strip_suffix(':').filter(|name| !name.starts_with(' ')) {
            name.clone_into(&mut key);
        } else if let Some(phrase) = line.strip_prefix("  returned: ") {
            found.insert(key.clone(), phrase.to_owned());
        }
    }
    found
}

/// Whether a value with this phrase has to be there; `None` when the server decides.
fn is_due(phrase: &str, options: &Value, check: bool, new: bool) -> Option<bool> {
    let present = options["state"] != "absent";
    match phrase {
        "always" => Some(true),
        "always, except in check mode" | "when O(create_token=true), except in check mode" => Some(!check),
        "when O(state=present)" => Some(present),
        "when O(match) is given" => Some(!options["match"].is_null()),
        "when O(state) is not V(absent) and O(match) is not given" => Some(present && options["match"].is_null()),
        "when the account was created without O(password), except in check mode" => {
            Some(new && !check && options["password"].is_null())
        }
        "when nothing is counted or exported" => Some(options["count"] != true && options["export_email"].is_null()),
        "when O(users=true)" => Some(options["users"] == true),
        "when O(registry_size=true) or O(recalculate=true)" => {
            Some(options["registry_size"] == true || options["recalculate"] == true)
        }
        "when O(count=true)" => Some(options["count"] == true),
        "when O(export_url) or O(export_email) is given, except in check mode" => {
            Some(!check && options["export_email"].is_string())
        }
        "when O(digest) is not given" => Some(options["digest"].is_null()),
        "when O(for_user) is not given" => Some(options["for_user"].is_null()),
        _ if CONDITIONAL.contains(&phrase) => None,
        _ => {
            let starts =
                ["when O(state=present), except ", "when O(state) is not V(absent) and O(match) is not given, except "];
            let exception = starts.iter().find_map(|start| phrase.strip_prefix(start));
            let exception = exception.unwrap_or_else(|| panic!("{phrase}"));
            assert!(exception.contains("in check mode"), "{phrase}");
            Some(present && !(check && new))
        }
    }
}

fn problems(module: &str, options: &Value, run: &Run, check: bool, new: bool) -> Vec<String> {
    assert_eq!(run.code, 0, "{module} {options}: {}", run.result);
    let wrong = |(key, phrase): (String, String)| {
        let due = is_due(&phrase, options, check, new)?;
        let given = run.result.get(&key).is_some();
        (due != given).then(|| format!("{module} {options}, check {check}: {key} is returned {phrase}; {}", run.result))
    };
    let mut found: Vec<String> = documented(module).into_iter().filter_map(wrong).collect();
    // What stands for a secret in the object as a whole could be taken for the secret.
    let object = &run.result[module.trim_start_matches("quay_")];
    let rules = MODULES.iter().find(|entry| entry.document.name == module).unwrap().rules;
    let secrets = rules.returned_secrets.iter().filter(|key| object.get(**key).is_some_and(|value| value != MASK));
    found.extend(secrets.map(|key| format!("{module} {options}: the object holds {key}")));
    found
}

#[test]
fn runs_and_checks_return_what_is_documented() {
    let mut found = Vec::new();
    for life in lives() {
        let (registry, calls) = life.begin();
        for (index, options) in calls.iter().enumerate() {
            for mode in [Mode::Check, Mode::Real] {
                let run = registry.run_as("", life.module, options.clone(), mode);
                let is_new = index == 0 || options["rotate"] == true;
                found.extend(problems(life.module, options, &run, mode == Mode::Check, is_new));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_check_on_an_empty_server_returns_what_is_documented() {
    let mut found = Vec::new();
    for life in lives().iter().filter(|life| !life.before.is_empty()) {
        let registry = Registry::new();
        let mut options = life.base.clone();
        merge(&mut options, life.stages[0].clone());
        merge(&mut options, life.login(&registry));
        let mut arguments = registry.arguments(life.module, options.clone());
        arguments["_ansible_check_mode"] = json!(true);
        let run = registry.run_exactly(&arguments, &[("QUAYMASTER_ASSUME_MISSING", "1")]);
        found.extend(problems(life.module, &options, &run, true, true));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_module_that_returns_something_is_left_out() {
    let told: Vec<&str> = lives().iter().map(|life| life.module).collect();
    let told_there: Vec<&str> = stages::stories().iter().map(|story| story.module).collect();
    for name in MODULES.iter().filter(|entry| entry.plans()).map(|entry| entry.document.name) {
        let returns = !documented(name).is_empty();
        assert!(told.contains(&name) || (!returns && told_there.contains(&name)), "{name}");
    }
}

/// What these return is the object already, under names of the collection that this one replaces, or a list of objects.
const WITHOUT_ENTITY: &[&str] = &[
    "quay_api_token",
    "quay_application_token",
    "quay_docker_token",
    "quay_first_user",
    "quay_manifest_label",
    "quay_message",
    "quay_notification",
    "quay_organization_member",
    "quay_organization_notification",
    "quay_policy_preview",
    "quay_repository_restore",
    "quay_tag",
];

#[test]
fn a_module_returns_what_it_manages() {
    for entry in MODULES.iter().filter(|entry| entry.plans() && !entry.document.name.ends_with("_info")) {
        let name = entry.document.name;
        let told = documented(name).contains_key(name.trim_start_matches("quay_"));
        assert_eq!(told, !WITHOUT_ENTITY.contains(&name) || name == "quay_tag", "{name}");
    }
    let registry = Registry::new();
    let organization = json!({"name": "acme", "email": "acme@example.com"});
    let run = |mode| registry.run_as("", "quay_organization", merged(&organization, &registry), mode).result;
    for mode in [Mode::Check, Mode::Real] {
        assert_eq!(run(mode)["organization"], organization, "of a new one, what is known before Quay has made it");
    }
    let wanted = json!({"name": "acme", "email": "acme@example.com", "time_machine_expiration": 1_209_600,
        "invoice_email": false, "invoice_email_address": ""});
    assert_eq!(run(Mode::Check)["organization"], wanted, "what is not given is told, too");
    registry.ok("quay_repository", json!({"name": "acme/web", "visibility": "public", "description": "The shop"}));
    let named = registry.ok("quay_repository", json!({"name": "acme/web"}));
    let wanted = json!({"name": "acme/web", "visibility": "public", "description": "The shop", "repo_state": "NORMAL",
        "star": false});
    assert_eq!(named.result["repository"], wanted);
    let gone = registry.ok("quay_repository", json!({"name": "acme/web", "state": "absent"}));
    assert_eq!(gone.result["repository"], json!({}));
}

fn merged(options: &Value, registry: &Registry) -> Value {
    let mut all = options.clone();
    merge(&mut all, json!({"quay_token": registry.token}));
    all
}
