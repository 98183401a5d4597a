//! `quay_proxy_cache`: the pull-through cache of an organization.

mod settings;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Module, Need, Path, Plan, Reader, Result, Rules, State, Step, Table};
use crate::quay::fields::{Change, Given};
use crate::quay::{lookup, names, period, text, version};

use settings::{FIELDS, HINTS};

pub struct ProxyCache;

#[derive(Deserialize)]
pub struct Options {
    organization: String,
    state: State,
    verify: bool,
    #[serde(flatten)]
    given: Given,
}

impl Module for ProxyCache {
    const NAME: &'static str = "quay_proxy_cache";
    const RULES: Rules = Rules {
        secrets: &["password"],
        write_only: &["username", "password"],
        replaces: true,
        formats: &[
            ("organization", names::name),
            ("registry", settings::registry),
            ("username", names::empty_is_none),
            ("password", names::empty_is_none),
            ("expiration", period::seconds),
        ],
        ..Rules::NONE
    };
    const NEED: Need = Need::ORG_ADMIN.feature("PROXY_CACHE", version::PROXY_CACHE.since);
    const FIELDS: &'static Table = &FIELDS;
    type Options = Options;

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let found = quay.get(&options.path());
        let found = found.map_err(|error| error.attempting(format!("read the {}", options.title())));
        let Some(found) = lookup::within(quay, &options.organization, found)? else {
            return lookup::without_organization(options.state, "create", options.title(), &options.organization);
        };
        // Quay answers 200 with empty texts when there is none, to a superuser even without an organization.
        let found = Some(found).filter(|found| !text(&found["upstream_registry"]).is_empty());
        match (found, options.state) {
            (None, State::Absent) => Ok(Plan::of(options.title())),
            (Some(found), State::Absent) => {
                let mut plan = FIELDS.removal(options.title(), options.key(), &options.given, &found);
                plan.push(options.delete_step());
                Ok(plan)
            }
            (None, State::Present) => options.create(quay),
            (Some(found), State::Present) => options.update(&found),
        }
    }
}

impl Options {
    fn title(&self) -> String {
        format!("proxy cache of {}", self.organization)
    }

    fn path(&self) -> Path {
        Path::organization(&self.organization).fixed("/proxycache")
    }

    fn key(&self) -> Value {
        json!({"organization": self.organization})
    }

    fn has_credentials(&self) -> bool {
        self.given.has("username") || self.given.has("password")
    }

    fn create(&self, quay: &Reader) -> Result<Plan> {
        lookup::predict_organization(quay, &format!("create the {}", self.title()), &self.organization)?;
        let change = FIELDS.create(quay, &self.title(), self.key(), &self.given)?;
        let (verify, create) = (self.verify_step(&change), self.create_step(&change));
        let mut plan = change.plan;
        self.warn_about_internal_host(&mut plan);
        plan.steps.extend(verify);
        plan.push(create);
        Ok(plan)
    }

    /// Quay tries a registry and its credentials only while the organization has no proxy cache.
    fn verify_step(&self, change: &Change) -> Option<Step> {
        const KEYS: [&str; 4] =
            ["upstream_registry", "insecure", "upstream_registry_username", "upstream_registry_password"];
        let body: Map<String, Value> =
            KEYS.iter().filter_map(|key| Some(((*key).to_owned(), change.body.get(*key)?.clone()))).collect();
        let path = Path::organization(&self.organization).fixed("/validateproxycache");
        let step = Step::post(path, Value::Object(body), format!("reach the registry of the {}", self.title()));
        self.verify.then(|| step.without_change().hinting(HINTS))
    }

    /// There is no update: a change is a DELETE and a POST. An organization mirror, which would make the POST fail, cannot
    /// have come about while the proxy cache was there (Quay refuses it), so it costs no look-up. What else the POST may be
    /// refused for cannot be seen beforehand; then the old settings are put back.
    fn update(&self, found: &Value) -> Result<Plan> {
        let change = FIELDS.change(&self.title(), self.key(), &self.given, found)?;
        if change.body.is_empty() {
            return Ok(change.plan);
        }
        let create = self.create_step(&change);
        let mut plan = change.plan;
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
        let same_registry = plan.before["registry"] == plan.after["registry"];
        let (what, credentials) = if same_registry && self.has_credentials() {
            ("put the previous settings back, with the given credentials", self.given.only(&["username", "password"]))
        } else {
            ("put the previous settings back, without their credentials", Given::default())
        };
        let back = self.body(FIELDS.whole(&credentials, found));
        plan.push(self.delete_step().undone_by(Step::post(self.path(), back, what)));
        plan.push(create);
        Ok(plan)
    }

    fn delete_step(&self) -> Step {
        Step::removal(self.path(), format!("delete the {}", self.title()))
    }

    fn create_step(&self, change: &Change) -> Step {
        let body = self.body(change.body.clone());
        let create = Step::post(self.path(), body, format!("create the {}", self.title())).hinting(HINTS);
        lookup::in_organization(create.settled_by(change.is_there(&FIELDS, self.path())), &self.organization)
    }

    fn body(&self, mut settings: Map<String, Value>) -> Value {
        settings.insert("org_name".into(), json!(self.organization));
        Value::Object(settings)
    }

    /// The server refuses such hosts unless SSRF_ALLOWED_HOSTS lists them, which cannot be seen from outside.
    fn warn_about_internal_host(&self, plan: &mut Plan) {
        let registry = self.given.text("registry").unwrap_or_default();
        let host = registry.split('/').next().unwrap_or_default();
        if names::is_internal_host(host) {
            plan.warn(format!(
                "{host} looks like an internal address: Quay accepts it only when SSRF_ALLOWED_HOSTS allows it"
            ));
        }
    }
}
