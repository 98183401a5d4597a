//! `quay_usage_info`: how much storage is used, and how much may be.

use serde::Deserialize;
use serde_json::{Value, json};

use super::contract::broken;
use super::{Module, Need, Plan, Reader, Result, Rules, Step};
use crate::quay::partial::Partial;
use crate::quay::server::Server;
use crate::quay::usage::Namespaces;
use crate::quay::{lists, names, text, usage};

pub struct UsageInfo;

#[derive(Deserialize)]
pub struct Options {
    organizations: Option<Vec<String>>,
    repositories: bool,
    users: bool,
    pulls: bool,
    registry_size: bool,
    recalculate: bool,
}

impl Module for UsageInfo {
    const NAME: &'static str = "quay_usage_info";
    const RULES: Rules = Rules { formats: &[("organizations", names::namespace)], ..Rules::NONE };
    const NEED: Need = Need::ORG_ADMIN;
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        let is_wrong = options.pulls && !options.repositories;
        broken(&[(is_wrong, "pulls are counted for tags of repositories: set repositories, too")])
    }

    fn known(options: &Options) -> Vec<(&'static str, Value)> {
        let users = options.users.then(|| ("users", json!([])));
        [("organizations", json!([])), ("total", Value::Null)].into_iter().chain(users).collect()
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let mut plan = Plan::default();
        let mut partial = Partial::default();
        let (names, measured) = (options.organizations.as_deref(), !options.goes_on());
        let Namespaces { mut organizations, mut users, total } =
            Namespaces::read(quay, names, options.users, measured, &mut partial)?;
        if options.repositories {
            let partly = lists::left_out(quay, &usage::names(&organizations), &usage::names(&users))?;
            partial.incomplete.extend(partly);
            for one in organizations.iter_mut().chain(&mut users) {
                let name = text(&one["name"]).to_owned();
                let mut found = usage::repositories(quay, &name, one["size"].is_u64())?;
                if options.pulls {
                    usage::pulls::count(quay, &name, &mut found)?;
                }
                one["repositories"] = found.into();
            }
        }
        plan.give("total", total);
        plan.give("organizations", organizations);
        if options.users {
            plan.give("users", users);
        }
        if options.registry_size || options.recalculate {
            options.measure(quay, &mut plan)?;
        }
        plan.warnings.extend(partial.end()?);
        Ok(plan)
    }
}

impl Options {
    /// Whether something is asked for that a server without quotas tells as well.
    fn goes_on(&self) -> bool {
        self.registry_size || self.recalculate || self.pulls
    }

    /// The size of the whole registry. A count that waits or runs is not asked for again.
    fn measure(&self, quay: &Reader, plan: &mut Plan) -> Result<()> {
        let size = usage::registry(quay)?;
        if self.recalculate && size["queued"] != true && size["running"] != true {
            if Server::ask(quay).lacks("QUOTA_MANAGEMENT") {
                plan.warn("FEATURE_QUOTA_MANAGEMENT is off: no worker runs that would count, and the request stays queued for ever");
            }
            let need = Need::right("super:user", "a superuser");
            plan.title = "size of the registry".into();
            plan.push(Step::post(usage::registry_path(), json!({}), "count the size of the registry").needing(need));
        }
        plan.give("registry", size);
        Ok(())
    }
}
