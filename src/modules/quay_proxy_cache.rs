//! `quay_proxy_cache`: the pull-through cache of an organization.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Module;
use super::contract::Rules;
use crate::api::{Path, Reader};
use crate::error::{Error, Need, Result};
use crate::plan::{Hint, Plan, Probe, Step};
use crate::quay::{State, lookup, names, period, server, version};

pub struct ProxyCache;

#[derive(Deserialize)]
pub struct Options {
    organization: String,
    registry: String,
    username: Option<String>,
    password: Option<SecretString>,
    insecure: Option<bool>,
    expiration: Option<u64>,
    state: State,
}

/// What Quay keeps and shows of a proxy cache. Credentials cannot be read back.
#[derive(Clone, PartialEq)]
struct Settings {
    registry: String,
    insecure: bool,
    expiration: u64,
}

/// Seconds that images stay in a proxy cache, when the task says nothing.
pub const PROXY_CACHE_EXPIRATION: u64 = 86_400;
const HINTS: &[Hint] = &[
    Hint {
        status: 400,
        contains: "already exists",
        advice: "another run has made a different proxy cache meanwhile: run the task again",
    },
    Hint {
        status: 400,
        contains: "organization-level mirroring",
        advice: "an organization has either a mirror or a proxy cache: remove the mirror first (quay_org_mirror)",
    },
    Hint {
        status: 400,
        contains: "immutable",
        advice: "the organization has immutable tags, which a proxy cache cannot have",
    },
    server::INTERNAL_ADDRESS,
    Hint {
        status: 400,
        contains: "resolve",
        advice: "check the name in registry: the server itself must be able to resolve it",
    },
];

impl Module for ProxyCache {
    const NAME: &'static str = "quay_proxy_cache";
    const RULES: Rules = Rules {
        secrets: &["password"],
        write_only: &["username", "password"],
        replaces: true,
        formats: &[
            ("organization", names::name),
            ("registry", registry),
            ("username", names::empty_is_none),
            ("password", names::empty_is_none),
            ("expiration", period::seconds),
        ],
        ..Rules::NONE
    };
    const NEED: Need = Need::ORG_ADMIN.feature("PROXY_CACHE", version::PROXY_CACHE.since);
    type Options = Options;

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        match (options.find(quay)?, options.state) {
            (None, State::Absent) => Ok(Plan::of(options.title())),
            (Some(found), State::Absent) => {
                let mut plan = Plan::of(options.title()).difference(options.shown(&found, false), json!({}));
                plan.push(options.delete_step());
                Ok(plan)
            }
            (None, State::Present) => options.create(quay),
            (Some(found), State::Present) => Ok(options.update(&found)),
        }
    }
}

/// `host[:port]` with an optional namespace behind it.
fn registry(value: &Value) -> Result<Value, String> {
    let text = value.as_str().unwrap_or_default();
    let trimmed = text.trim_end_matches('/');
    if trimmed.contains("://") {
        return Err(format!("\"{text}\" has a scheme: write only host[:port] or host/namespace"));
    }
    if trimmed.is_empty()
        || trimmed.starts_with('/')
        || trimmed.contains(|c: char| c.is_whitespace() || matches!(c, '?' | '#' | '@'))
    {
        return Err(format!("\"{text}\" is not a registry: write host[:port] or host/namespace"));
    }
    names::at_most(270, &json!(trimmed))
}

impl Options {
    fn title(&self) -> String {
        format!("proxy cache of {}", self.organization)
    }

    fn path(&self) -> Path {
        Path::organization(&self.organization).fixed("/proxycache")
    }

    /// Quay answers 200 with empty texts when there is none, to a superuser even without an organization.
    fn find(&self, quay: &Reader) -> Result<Option<Settings>> {
        let reply = quay.ask(&self.path())?;
        if matches!(reply.status, 403 | 404) && lookup::organization(quay, &self.organization)?.is_none() {
            return match self.state {
                State::Absent => Ok(None),
                State::Present => Err(self.no_organization()),
            };
        }
        let found = reply.into_json().map_err(|error| error.attempting(format!("read the {}", self.title())))?;
        let text = found["upstream_registry"].as_str().unwrap_or_default();
        Ok((!text.is_empty()).then(|| Settings {
            registry: text.to_owned(),
            insecure: found["insecure"] == true,
            expiration: found["expiration_s"].as_u64().unwrap_or_default(),
        }))
    }

    fn no_organization(&self) -> Error {
        lookup::missing_organization(&format!("create the {}", self.title()), &self.organization)
    }

    fn has_credentials(&self) -> bool {
        self.username.is_some() || self.password.is_some()
    }

    fn create(&self, quay: &Reader) -> Result<Plan> {
        // A real run learns this from the refusal of the POST.
        if quay.is_preview() && lookup::organization(quay, &self.organization)?.is_none() {
            return Err(self.no_organization());
        }
        let wanted = Settings {
            registry: self.registry.clone(),
            insecure: self.insecure.unwrap_or(false),
            expiration: self.expiration.unwrap_or(PROXY_CACHE_EXPIRATION),
        };
        let mut plan = Plan::of(self.title()).difference(json!({}), self.shown(&wanted, true));
        self.warn_about_internal_host(&mut plan);
        plan.push(self.create_step(&wanted));
        Ok(plan)
    }

    /// There is no update: a change is a DELETE and a POST. An organization mirror, which would make the POST fail, cannot
    /// have come about while the proxy cache was there (Quay refuses it), so it costs no look-up. What else the POST may be
    /// refused for cannot be seen beforehand; then the old settings are put back.
    fn update(&self, found: &Settings) -> Plan {
        let wanted = Settings {
            registry: self.registry.clone(),
            insecure: self.insecure.unwrap_or(found.insecure),
            expiration: self.expiration.unwrap_or(found.expiration),
        };
        let mut plan = Plan::of(self.title());
        if wanted == *found && !self.has_credentials() {
            return plan.difference(self.shown(found, false), self.shown(found, false));
        }
        if self.has_credentials() {
            plan.warn("Quay does not show the stored credentials, so giving username or password replaces the proxy cache on every run");
        } else {
            plan.warn(format!(
                "the {} has to be replaced, and stored credentials cannot be carried over: it is anonymous now unless \
                 username and password are given",
                self.title()
            ));
        }
        self.warn_about_internal_host(&mut plan);
        let same_registry = wanted.registry == found.registry;
        let (what, body) = if same_registry && self.has_credentials() {
            ("put the previous settings back, with the given credentials", self.body(found, true))
        } else {
            ("put the previous settings back, without their credentials", self.body(found, false))
        };
        plan.push(self.delete_step().undone_by(Step::post(self.path(), body, what)));
        plan.push(self.create_step(&wanted));
        plan.difference(self.shown(found, false), self.shown(&wanted, true))
    }

    fn delete_step(&self) -> Step {
        Step::delete(self.path(), format!("delete the {}", self.title())).tolerating(&[(404, "")])
    }

    fn create_step(&self, wanted: &Settings) -> Step {
        let equal = Probe::equal(
            self.path(),
            vec![
                ("/upstream_registry", json!(wanted.registry)),
                ("/insecure", json!(wanted.insecure)),
                ("/expiration_s", json!(wanted.expiration)),
            ],
        );
        Step::post(self.path(), self.body(wanted, true), format!("create the {}", self.title()))
            .settled_by(equal)
            .blaming(Path::organization(&self.organization), lookup::no_organization(&self.organization))
            .hinting(HINTS)
    }

    fn body(&self, settings: &Settings, with_credentials: bool) -> Value {
        let username = self.username.as_deref().filter(|_| with_credentials);
        let password = self.password.as_ref().filter(|_| with_credentials).map(ExposeSecret::expose_secret);
        json!({
            "org_name": self.organization,
            "upstream_registry": settings.registry,
            "upstream_registry_username": username,
            "upstream_registry_password": password,
            "expiration_s": settings.expiration,
            "insecure": settings.insecure,
        })
    }

    /// The server refuses such hosts unless SSRF_ALLOWED_HOSTS lists them, which cannot be seen from outside.
    fn warn_about_internal_host(&self, plan: &mut Plan) {
        let host = self.registry.split('/').next().unwrap_or_default();
        if names::is_internal_host(host) {
            plan.warn(format!(
                "{host} looks like an internal address: Quay accepts it only when SSRF_ALLOWED_HOSTS allows it"
            ));
        }
    }

    fn shown(&self, settings: &Settings, wanted: bool) -> Value {
        let mut shown = json!({
            "organization": self.organization,
            "registry": settings.registry,
            "insecure": settings.insecure,
            "expiration": settings.expiration,
        });
        if wanted && let Some(username) = &self.username {
            shown["username"] = json!(username);
        }
        if wanted && self.password.is_some() {
            shown["password"] = json!("********");
        }
        shown
    }
}
