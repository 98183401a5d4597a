//! `quay_repository_mirror`: make a repository the mirror of one in another registry.

use std::collections::BTreeSet;

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Module;
use super::contract::Rules;
use crate::api::{Path, Reader};
use crate::error::{Error, Need, Result};
use crate::plan::keyed::changed_fields;
use crate::plan::{Hint, Plan, Step};
use crate::quay::mirror::{self, PROXIES, none_if_empty, to_seconds};
use crate::quay::server::{self, Server};
use crate::quay::{MASK, lookup, names, period, text, version};

pub struct RepositoryMirror;

#[derive(Deserialize)]
pub struct Options {
    name: String,
    external_reference: Option<String>,
    robot_username: Option<String>,
    image_tags: Option<Vec<String>>,
    is_enabled: Option<bool>,
    sync_interval: Option<u64>,
    sync_start_date: Option<String>,
    skopeo_timeout: Option<u64>,
    external_registry_username: Option<String>,
    external_registry_password: Option<SecretString>,
    verify_tls: Option<bool>,
    unsigned_images: Option<bool>,
    http_proxy: Option<String>,
    https_proxy: Option<String>,
    no_proxy: Option<String>,
    force_sync: bool,
}

const ORG_MIRROR: &str =
    "the organization is mirrored as a whole (quay_org_mirror), which leaves no room for single mirrors";
const HINTS: &[Hint] = &[
    Hint { status: 400, contains: "organization-level mirroring", advice: ORG_MIRROR },
    Hint { status: 400, contains: "invalid robot", advice: "create the robot account first (quay_robot)" },
    server::INTERNAL_ADDRESS,
    Hint { status: 400, contains: "resolve", advice: "check the host in external_reference; Quay itself must find it" },
    Hint { status: 409, contains: "", advice: "another run has created it meanwhile: run the task again" },
];
/// What older servers neither need nor show.
const TIMEOUT: &str = "skopeo_timeout_interval";
const NO_TIMEOUT: &str = "this Quay cannot limit the time of a copy: skopeo_timeout needs Quay 3.15 or later";

impl Module for RepositoryMirror {
    const NAME: &'static str = "quay_repository_mirror";
    const RULES: Rules = Rules {
        secrets: &["external_registry_password"],
        write_only: &["external_registry_password"],
        formats: &[
            ("name", names::repository),
            ("external_reference", mirror::reference),
            ("robot_username", names::robot),
            ("sync_interval", |value| period::between(value, 1, u64::MAX)),
            ("sync_start_date", mirror::date),
            ("skopeo_timeout", mirror::timeout),
        ],
        ..Rules::NONE
    };
    const NEED: Need = Need::REPO_ADMIN.feature("REPO_MIRROR", "");
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        let namespace = options.name.split_once('/').map(|(namespace, _)| namespace);
        let robot = options.foreign_robot(namespace);
        let tags = options.image_tags.as_ref().filter(|tags| tags.is_empty());
        robot.into_iter().chain(tags.map(|_| "image_tags: a mirror needs at least one".into())).collect()
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let name = lookup::repository_name(quay, "name", &options.name)?;
        let namespace = names::namespace_of(&name);
        if let Some(problem) = options.foreign_robot(Some(namespace)) {
            return Err(Error::Option(problem));
        }
        let work = Work { options, quay, name: &name, namespace };
        match work.find()? {
            None => work.create(),
            Some(found) => work.update(&found),
        }
    }
}

impl Options {
    /// Quay takes only robots of the repository's own namespace.
    fn foreign_robot(&self, namespace: Option<&str>) -> Option<String> {
        let robot = self.robot_username.as_ref()?;
        let owner = robot.split_once('+').map(|(owner, _)| owner);
        match (owner, namespace) {
            (None, _) => Some(format!("robot_username: {robot} lacks the namespace, write namespace+{robot}")),
            (Some(owner), Some(namespace)) if owner != namespace => Some(format!(
                "robot_username: {robot} is a robot account of another namespace, the mirror needs one of {namespace}"
            )),
            _ => None,
        }
    }

    fn password(&self) -> Option<&str> {
        mirror::password(self.external_registry_password.as_ref())
    }

    fn proxies(&self) -> [(&'static str, Option<&String>); 3] {
        let given = [&self.http_proxy, &self.https_proxy, &self.no_proxy];
        std::array::from_fn(|index| (PROXIES[index], given[index].as_ref()))
    }
}

/// One run of the module.
struct Work<'a> {
    options: &'a Options,
    quay: &'a Reader,
    name: &'a str,
    namespace: &'a str,
}

impl Work<'_> {
    fn title(&self) -> String {
        format!("mirror of the repository {}", self.name)
    }

    fn path(&self) -> Path {
        Path::repository(self.name).fixed("/mirror")
    }

    fn refuse(&self, verb: &str, why: &str) -> Error {
        Error::Option(format!("cannot {verb} the {}: {why}", self.title()))
    }

    /// The mirror, `None` when the repository has none or does not exist. With the feature off the request ends in the
    /// route for plain repositories, whose names may contain `/`, so only the public configuration tells.
    fn find(&self) -> Result<Option<Value>> {
        let reply = self.quay.ask(&self.path())?;
        let status = reply.status;
        let found = reply.into_json();
        let is_mirror = found.as_ref().is_ok_and(|found| found.get("external_reference").is_some());
        if !is_mirror && matches!(status, 200 | 403 | 404) && Server::ask(self.quay).lacks("REPO_MIRROR") {
            return Err(self.refuse("read", &server::off("REPO_MIRROR")));
        }
        match found {
            Ok(found) if is_mirror => Ok(Some(found)),
            Err(_) if status == 404 => Ok(None),
            Ok(_) => Err(Error::Unexpected(format!("cannot read the {}: Quay's answer is not a mirror", self.title()))),
            Err(error) => Err(error.attempting(format!("read the {}", self.title()))),
        }
    }

    fn create(&self) -> Result<Plan> {
        let options = self.options;
        let title = self.title();
        mirror::check_complete(
            &title,
            &[
                ("external_reference", options.external_reference.is_some()),
                ("robot_username", options.robot_username.is_some()),
                ("image_tags", options.image_tags.is_some()),
            ],
        )?;
        let username = options.external_registry_username.as_deref().unwrap_or_default();
        if options.password().is_some() && username.is_empty() {
            return Err(self.refuse("create", "external_registry_password needs external_registry_username"));
        }
        self.check_repository("create")?;
        self.check_robot("create")?;
        // A real run learns this from the refusal of the POST.
        if self.quay.is_preview() && self.quay.ask(&Path::organization(self.namespace).fixed("/mirror"))?.is_success() {
            return Err(self.refuse("create", ORG_MIRROR));
        }
        let proxies =
            options.proxies().map(|(key, given)| (key.to_owned(), none_if_empty(given.map_or("", String::as_str))));
        let mut body = json!({
            "is_enabled": options.is_enabled.unwrap_or(false),
            "external_reference": options.external_reference,
            "external_registry_username": none_if_empty(username),
            "external_registry_password": options.password(),
            "external_registry_config": {
                "verify_tls": options.verify_tls.unwrap_or(true),
                "unsigned_images": options.unsigned_images.unwrap_or(false),
                "proxy": Map::from_iter(proxies),
            },
            "robot_username": options.robot_username,
            "root_rule": rule(options.image_tags.as_deref().unwrap_or_default()),
            "sync_interval": options.sync_interval.unwrap_or(mirror::USUAL_INTERVAL),
            "sync_start_date": options.sync_start_date.clone().unwrap_or_else(mirror::now),
        });
        let is_limited = Server::ask(self.quay).older(version::COPY_TIMEOUT.since).is_none();
        if is_limited {
            body[TIMEOUT] = json!(options.skopeo_timeout.unwrap_or(mirror::USUAL_TIMEOUT));
        }
        let mut after = self.wanted(&body);
        after["repo_state"] = json!("MIRROR");
        let mut plan = Plan::of(&title).difference(json!({}), after);
        let create = Step::post(self.path(), body, format!("create the {title}")).hinting(HINTS);
        if options.skopeo_timeout.is_some() && !is_limited {
            plan.warn(NO_TIMEOUT);
        }
        plan.push(create);
        if options.force_sync {
            plan.push(self.sync_step());
        }
        Ok(plan)
    }

    fn update(&self, found: &Value) -> Result<Plan> {
        let options = self.options;
        let body = self.changes(found)?;
        let status = text(&found["sync_status"]);
        let sync = options.force_sync && !mirror::is_under_way(status);
        if !body.is_empty() {
            mirror::check_idle(&self.title(), status)?;
        }
        let mut changed = found.clone();
        merge(&mut changed, &body);
        let mut plan = Plan::of(self.title()).difference(self.observed(found), self.wanted(&changed));
        if options.skopeo_timeout.is_some() && found.get(TIMEOUT).is_none() {
            plan.warn(NO_TIMEOUT);
        }
        if body.contains_key("external_registry_password") {
            plan.warn(mirror::PASSWORD_WARNING);
        }
        if body.is_empty() && !sync {
            return Ok(plan);
        }
        let state = self.check_repository("change")?;
        if state != "MIRROR" {
            plan.warn(format!(
                "the repository {} is in the state {state}: nothing is synchronized before its state is MIRROR \
                 (quay_repository, repo_state)",
                self.name
            ));
        }
        if body.contains_key("robot_username") {
            self.check_robot("change")?;
        }
        if !body.is_empty() {
            let proxy = body.get("external_registry_config").and_then(|config| config.get("proxy")).cloned();
            let what = format!("change the {}", self.title());
            plan.push(Step::put(self.path(), Value::Object(body), what).hinting(HINTS));
            // Without a stored proxy Quay makes an empty one of the first value, and loses that.
            if let Some(proxy) = proxy.filter(|_| !found["external_registry_config"]["proxy"].is_object()) {
                let body = json!({"external_registry_config": {"proxy": proxy}});
                plan.push(Step::put(self.path(), body, format!("set the proxy of the {}", self.title())));
            }
        }
        if sync {
            plan.push(self.sync_step());
        }
        Ok(plan)
    }

    /// Makes sure that the repository is there and may be changed, and returns its state.
    fn check_repository(&self, verb: &str) -> Result<String> {
        let title = self.title();
        let found = lookup::own_repository(self.quay, self.name, &title, &format!("{verb} the {title}"))?;
        Ok(text(&found["state"]).to_owned())
    }

    /// Quay looks at the robot only after it has stored the tags, so a missing one is found before. Whoever may not look
    /// at robots leaves it to Quay.
    fn check_robot(&self, verb: &str) -> Result<()> {
        let Some(robot) = &self.options.robot_username else {
            return Ok(());
        };
        match lookup::account(self.quay, robot) {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(Error::Missing(format!(
                "cannot {verb} the {}: the robot account {robot} does not exist: create it first (quay_robot)",
                self.title()
            ))),
            Err(error) if matches!(error.status(), Some(401 | 403)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The given options that differ, in the vocabulary of the API.
    fn changes(&self, found: &Value) -> Result<Map<String, Value>> {
        let options = self.options;
        let wanted = json!({
            "is_enabled": options.is_enabled,
            "external_reference": options.external_reference,
            "robot_username": options.robot_username,
            "sync_interval": options.sync_interval,
            TIMEOUT: options.skopeo_timeout.filter(|_| found.get(TIMEOUT).is_some()),
        });
        let mut body = changed_fields(found, &wanted);
        if let Some(wanted) =
            options.image_tags.as_ref().filter(|wanted| tags(&rule(wanted)) != tags(&found["root_rule"]))
        {
            body.insert("root_rule".into(), rule(wanted));
        }
        let current = text(&found["external_registry_username"]);
        let username = options.external_registry_username.as_deref().unwrap_or(current);
        if options.password().is_some() && username.is_empty() {
            return Err(self.refuse("change", "external_registry_password needs external_registry_username"));
        }
        // Where no user name is stored there is no password to remove.
        let password = options.external_registry_password.is_some() && !(username.is_empty() && current.is_empty());
        if username != current || password {
            body.insert("external_registry_username".into(), none_if_empty(username));
        }
        if password {
            body.insert("external_registry_password".into(), json!(options.password()));
        }
        let interval = found["sync_interval"].as_i64().unwrap_or_default();
        let start = options.sync_start_date.as_deref();
        if let Some(start) = start.filter(|start| mirror::rhythm_differs(start, &found["sync_start_date"], interval)) {
            body.insert("sync_start_date".into(), json!(start));
        }
        let config = self.config_changes(&found["external_registry_config"]);
        if !config.is_empty() {
            body.insert("external_registry_config".into(), Value::Object(config));
        }
        Ok(body)
    }

    /// The part of the object that differs: Quay keeps the rest.
    fn config_changes(&self, found: &Value) -> Map<String, Value> {
        let mut config = Map::new();
        let verify = self.options.verify_tls.filter(|wanted| (found["verify_tls"] != false) != *wanted);
        let unsigned = self.options.unsigned_images.filter(|wanted| (found["unsigned_images"] == true) != *wanted);
        for (key, value) in [("verify_tls", verify), ("unsigned_images", unsigned)] {
            config.extend(value.map(|value| (key.to_owned(), json!(value))));
        }
        let proxies = self.options.proxies().into_iter().filter_map(|(key, given)| Some((key, given?)));
        let proxy: Map<String, Value> = proxies
            .filter(|(key, given)| text(&found["proxy"][key]) != given.as_str())
            .map(|(key, given)| (key.to_owned(), none_if_empty(given)))
            .collect();
        if !proxy.is_empty() {
            config.insert("proxy".into(), Value::Object(proxy));
        }
        config
    }

    /// When it cannot start, because another run came first, Quay says 404.
    fn sync_step(&self) -> Step {
        let path = self.path().fixed("/sync-now");
        Step::post(path, json!({}), format!("synchronize the {}", self.title())).tolerating(&[(404, "")])
    }

    /// A mirror as the server shows it, or as it is sent, in the vocabulary of the options.
    fn observed(&self, found: &Value) -> Value {
        let config = &found["external_registry_config"];
        let mut shown = json!({
            "name": self.name,
            "external_reference": found["external_reference"],
            "robot_username": found["robot_username"],
            "image_tags": tags(&found["root_rule"]),
            "is_enabled": found["is_enabled"],
            "sync_interval": found["sync_interval"],
            "skopeo_timeout": found[TIMEOUT],
            "external_registry_username": text(&found["external_registry_username"]),
            "verify_tls": config["verify_tls"] != false,
            "unsigned_images": config["unsigned_images"] == true,
        });
        for key in PROXIES {
            shown[key] = json!(mirror::proxy(&config["proxy"][key]));
        }
        // The server moves it on with every synchronization, so it only means something next to a given one.
        if self.options.sync_start_date.is_some() {
            shown["sync_start_date"] = to_seconds(&found["sync_start_date"]);
        }
        shown
    }

    fn wanted(&self, changed: &Value) -> Value {
        let mut shown = self.observed(changed);
        if self.options.external_registry_password.is_some() {
            shown["external_registry_password"] = json!(self.options.password().map_or("", |_| MASK));
        }
        shown
    }
}

fn rule(tags: &[String]) -> Value {
    json!({"rule_kind": "tag_glob_csv", "rule_value": tags})
}

/// The tags of a rule, sorted: their order has no meaning.
fn tags(rule: &Value) -> BTreeSet<&str> {
    rule["rule_value"].as_array().into_iter().flatten().map(text).collect()
}

/// Puts a partial update into an object, level by level, as Quay does.
fn merge(target: &mut Value, update: &Map<String, Value>) {
    for (key, value) in update {
        match value {
            Value::Object(inner) if target[key].is_object() => merge(&mut target[key], inner),
            _ => target[key] = value.clone(),
        }
    }
}
