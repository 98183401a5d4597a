//! `quay_org_mirror`: mirror a namespace of another registry into an organization.

use std::collections::BTreeSet;

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Module;
use super::contract::Rules;
use crate::api::{Path, Reader};
use crate::error::{Error, Need, Result};
use crate::plan::{Hint, Plan, Probe, Step};
use crate::quay::mirror::{self, PROXIES, none_if_empty, to_seconds};
use crate::quay::{MASK, State, lookup, names, period, server, text, version};

pub struct OrgMirror;

#[derive(Deserialize)]
pub struct Options {
    organization: String,
    state: State,
    is_enabled: Option<bool>,
    external_registry_type: Option<String>,
    external_registry_url: Option<String>,
    external_namespace: Option<String>,
    external_registry_username: Option<String>,
    external_registry_password: Option<SecretString>,
    robot_username: Option<String>,
    visibility: Option<String>,
    repository_filters: Option<Vec<String>>,
    sync_interval: Option<u64>,
    sync_start_date: Option<String>,
    skopeo_timeout: Option<u64>,
    verify_tls: Option<bool>,
    http_proxy: Option<String>,
    https_proxy: Option<String>,
    no_proxy: Option<String>,
    force_sync: bool,
}

const HINTS: &[Hint] = &[
    Hint { status: 400, contains: "contains repositories", advice: "only an empty organization can become a mirror" },
    Hint { status: 400, contains: "immutab", advice: "remove the immutability policies of the organization first" },
    Hint {
        status: 400,
        contains: "proxy cache",
        advice: "an organization has either a mirror or a proxy cache: remove the proxy cache first (quay_proxy_cache)",
    },
    Hint {
        status: 400,
        contains: "already exists",
        advice: "another run has created a mirror meanwhile: run the task again",
    },
    Hint {
        status: 400,
        contains: "invalid robot account",
        advice: "create the robot account of the organization first (quay_robot)",
    },
    Hint {
        status: 400,
        contains: "maximum of 3600",
        advice: "this Quay allows at most 3600 seconds for skopeo_timeout",
    },
    server::INTERNAL_ADDRESS,
];

impl Module for OrgMirror {
    const NAME: &'static str = "quay_org_mirror";
    const RULES: Rules = Rules {
        secrets: &["external_registry_password"],
        write_only: &["external_registry_password"],
        formats: &[
            ("organization", names::name),
            ("external_registry_url", names::web_url),
            ("external_namespace", names::at_most_255),
            ("robot_username", names::robot),
            ("sync_interval", |value| period::between(value, 60, u64::MAX)),
            ("sync_start_date", mirror::date),
            ("skopeo_timeout", mirror::timeout),
        ],
        ..Rules::NONE
    };
    const NEED: Need = Need::ORG_ADMIN.feature("ORG_MIRROR", version::ORGANIZATION_MIRROR.since);
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        let own = format!("{}+", options.organization);
        let foreign = options.robot_username.iter().filter(|robot| !robot.starts_with(&own));
        foreign
            .map(|robot| format!("robot_username: {robot} is not a robot account of the organization, {own}..."))
            .collect()
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        match (options.find(quay)?, options.state) {
            (None, State::Absent) => Ok(Plan::of(options.title())),
            (Some(found), State::Absent) => {
                let mut plan = Plan::of(options.title()).difference(options.observed(&found), json!({}));
                let delete = Step::delete(options.path(), format!("delete the {}", options.title()));
                plan.push(delete.tolerating(&[(404, "")]));
                Ok(plan)
            }
            (None, State::Present) => options.create(quay),
            (Some(found), State::Present) => options.update(&found),
        }
    }
}

impl Options {
    fn title(&self) -> String {
        format!("mirror of {}", self.organization)
    }

    fn path(&self) -> Path {
        Path::organization(&self.organization).fixed("/mirror")
    }

    /// Quay answers 404 both for an organization without a mirror and for no organization; the creation tells them apart.
    fn find(&self, quay: &Reader) -> Result<Option<Value>> {
        let found = quay.find(&self.path()).map_err(|error| error.attempting(format!("read the {}", self.title())));
        match lookup::within(quay, &self.organization, found)? {
            Some(found) => Ok(found),
            None if self.state == State::Absent => Ok(None),
            None => Err(self.no_organization()),
        }
    }

    fn no_organization(&self) -> Error {
        lookup::missing_organization(&format!("create the {}", self.title()), &self.organization)
    }

    fn create(&self, quay: &Reader) -> Result<Plan> {
        mirror::check_complete(
            &self.title(),
            &[
                ("external_registry_type", self.external_registry_type.is_some()),
                ("external_registry_url", self.external_registry_url.is_some()),
                ("external_namespace", self.external_namespace.is_some()),
                ("robot_username", self.robot_username.is_some()),
            ],
        )?;
        // A real run learns this from the refusal of the POST.
        if quay.is_preview() && lookup::organization(quay, &self.organization)?.is_none() {
            return Err(self.no_organization());
        }
        let mut body = defaults();
        apply(&mut body, self.changes(&defaults()));
        body["external_registry_type"] = json!(self.external_registry_type);
        // A date in the past, too: the first synchronization is then due at once.
        body["sync_start_date"] = json!(self.sync_start_date.clone().unwrap_or_else(mirror::now));
        let mut plan = Plan::of(self.title()).difference(json!({}), self.observed(&body));
        let username = self.external_registry_username.as_ref().is_some_and(|name| !name.is_empty());
        if username != self.password().is_some() {
            plan.warn(
                "external_registry_username and external_registry_password belong together, only one of them is given",
            );
        }
        let same = [
            "/external_registry_type",
            "/external_registry_url",
            "/external_namespace",
            "/robot_username",
            "/is_enabled",
            "/visibility",
            "/sync_interval",
            "/skopeo_timeout",
        ]
        .map(|pointer| (pointer, body[&pointer[1..]].clone()));
        let create = Step::post(self.path(), body, format!("create the {}", self.title()));
        let organization = Path::organization(&self.organization);
        let same = Probe::equal(self.path(), same.to_vec());
        let create = create.blaming(organization, lookup::no_organization(&self.organization));
        plan.push(create.hinting(HINTS).settled_by(same));
        if self.force_sync {
            plan.push(self.sync_step());
        }
        Ok(plan)
    }

    fn update(&self, found: &Value) -> Result<Plan> {
        if self.external_registry_type.as_ref().is_some_and(|kind| found["external_registry_type"] != **kind) {
            return Err(Error::Option(format!(
                "cannot change the {}: external_registry_type is fixed once it is created; delete the mirror first",
                self.title()
            )));
        }
        let status = found["sync_status"].as_str().unwrap_or_default();
        let body = self.changes(found);
        if !body.is_empty() {
            mirror::check_idle(&self.title(), status)?;
        }
        let mut wanted = found.clone();
        apply(&mut wanted, body.clone());
        let mut plan = Plan::of(self.title()).difference(self.observed(found), self.observed(&wanted));
        if body.contains_key("external_registry_password") && self.password().is_some() {
            plan.warn(mirror::PASSWORD_WARNING);
        }
        if !body.is_empty() {
            let step = Step::put(self.path(), Value::Object(body), format!("change the {}", self.title()));
            plan.push(step.hinting(HINTS));
        }
        if self.force_sync && !mirror::is_under_way(status) {
            plan.push(self.sync_step());
        }
        plan.give("sync_status", status);
        Ok(plan)
    }

    /// The given options that differ, in the vocabulary of the API.
    fn changes(&self, found: &Value) -> Map<String, Value> {
        let wanted = json!({
            "is_enabled": self.is_enabled,
            "external_registry_url": self.external_registry_url,
            "external_namespace": self.external_namespace,
            "robot_username": self.robot_username,
            "visibility": self.visibility,
            "sync_interval": self.sync_interval,
            "skopeo_timeout": self.skopeo_timeout,
        });
        let mut body = crate::plan::keyed::changed_fields(found, &wanted);
        if let Some(username) = &self.external_registry_username
            && text(&found["external_registry_username"]) != username
        {
            body.insert("external_registry_username".into(), none_if_empty(username));
        }
        if self.external_registry_password.is_some()
            && (self.password().is_some() || found["has_external_registry_password"] == true)
        {
            body.insert("external_registry_password".into(), json!(self.password()));
        }
        if let Some(filters) = &self.repository_filters {
            let wanted: BTreeSet<&str> = filters.iter().map(String::as_str).collect();
            let current =
                found["repository_filters"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            if wanted != current {
                body.insert("repository_filters".into(), json!(filters));
            }
        }
        if let Some(start) =
            self.sync_start_date.as_deref().filter(|start| mirror::start_differs(start, &found["sync_start_date"]))
        {
            body.insert("sync_start_date".into(), json!(start));
        }
        let config = self.merged_config(&found["external_registry_config"]);
        if !same_config(&config, &found["external_registry_config"]) {
            body.insert("external_registry_config".into(), config);
        }
        body
    }

    /// Quay replaces this object as a whole, so what is not given comes from the current one.
    fn merged_config(&self, current: &Value) -> Value {
        let proxy = |given: &Option<String>, key: &str| match given {
            Some(text) => none_if_empty(text),
            None => current["proxy"][key].clone(),
        };
        json!({
            "verify_tls": self.verify_tls.unwrap_or(current["verify_tls"] != false),
            "proxy": {
                "http_proxy": proxy(&self.http_proxy, "http_proxy"),
                "https_proxy": proxy(&self.https_proxy, "https_proxy"),
                "no_proxy": proxy(&self.no_proxy, "no_proxy"),
            },
        })
    }

    fn password(&self) -> Option<&str> {
        mirror::password(self.external_registry_password.as_ref())
    }

    /// Right after a discovery, while its repositories are still being mirrored, Quay refuses: then the synchronization
    /// that was asked for is under way.
    fn sync_step(&self) -> Step {
        let path = self.path().fixed("/sync-now");
        Step::post(path, json!({}), format!("synchronize the {}", self.title())).tolerating(&[
            (400, "pending"),
            (400, "retrying"),
            (400, "in progress"),
            (400, "already"),
        ])
    }

    /// A mirror as the server shows it, or as it is sent, in the vocabulary of the options.
    fn observed(&self, found: &Value) -> Value {
        let config = &found["external_registry_config"];
        let mut filters: Vec<&str> =
            found["repository_filters"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        filters.sort_unstable();
        let password = match found.get("external_registry_password") {
            Some(sent) => !sent.is_null(),
            None => found["has_external_registry_password"] == true,
        };
        let mut shown = json!({
            "organization": self.organization,
            "is_enabled": found["is_enabled"],
            "external_registry_type": found["external_registry_type"],
            "external_registry_url": found["external_registry_url"],
            "external_namespace": found["external_namespace"],
            "external_registry_username": text(&found["external_registry_username"]),
            "external_registry_password": if password { MASK } else { "" },
            "robot_username": found["robot_username"],
            "visibility": found["visibility"],
            "repository_filters": filters,
            "sync_interval": found["sync_interval"],
            "skopeo_timeout": found["skopeo_timeout"],
            "verify_tls": config["verify_tls"] != false,
        });
        for key in PROXIES {
            shown[key] = json!(mirror::proxy(&config["proxy"][key]));
        }
        // The server moves it on with every synchronization, so it only means something next to a given one.
        if self.sync_start_date.is_some() {
            shown["sync_start_date"] = to_seconds(&found["sync_start_date"]);
        }
        shown
    }
}

/// A new mirror of which nothing is said yet, as it is sent.
fn defaults() -> Value {
    json!({
        "is_enabled": true,
        "external_registry_type": null,
        "external_registry_url": null,
        "external_namespace": null,
        "external_registry_username": null,
        "external_registry_password": null,
        "external_registry_config": {
            "verify_tls": true,
            "proxy": {"http_proxy": null, "https_proxy": null, "no_proxy": null},
        },
        "robot_username": null,
        "visibility": "public",
        "repository_filters": [],
        "sync_interval": mirror::USUAL_INTERVAL,
        "sync_start_date": null,
        "skopeo_timeout": mirror::USUAL_TIMEOUT,
    })
}

fn apply(mirror: &mut Value, changes: Map<String, Value>) {
    for (key, value) in changes {
        mirror[key] = value;
    }
}

fn same_config(one: &Value, other: &Value) -> bool {
    let parts = |config: &Value| {
        let proxy = &config["proxy"];
        let proxies = PROXIES.map(|key| text(&proxy[key]).to_owned());
        (config["verify_tls"] != false, proxies)
    };
    parts(one) == parts(other)
}
