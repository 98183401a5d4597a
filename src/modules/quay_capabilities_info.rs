//! `quay_capabilities_info`: what a registry announces about itself.

use serde::Deserialize;

use super::Module;
use super::contract::{Login, Rules};
use crate::api::{Path, Reader};
use crate::error::{Error, Need, RefusalKind, Result};
use crate::plan::Plan;
use crate::quay::server::Server;
use crate::quay::version;

pub struct CapabilitiesInfo;

#[derive(Deserialize)]
pub struct Options {}

impl Module for CapabilitiesInfo {
    const NAME: &'static str = "quay_capabilities_info";
    const RULES: Rules = Rules { login: Login::Never, ..Rules::NONE };
    const NEED: Need = Need::right("", "").feature("", version::CAPABILITIES.since);
    type Options = Options;

    fn plan(_options: &Options, quay: &Reader) -> Result<Plan> {
        let attempt = "read the capabilities of the registry";
        let found = quay
            .get(&Path::api("registry/capabilities"))
            .map_err(|error| name_version(error, quay).attempting(attempt))?;
        let mut plan = Plan::of("capabilities of the registry");
        plan.give("capabilities", found);
        Ok(plan)
    }
}

fn name_version(error: Error, quay: &Reader) -> Error {
    let missing = error.refusal().is_some_and(|refusal| refusal.kind == RefusalKind::NotAvailable);
    match Server::ask(quay).version().filter(|_| missing) {
        Some(found) => {
            let since = version::CAPABILITIES.since;
            error.advising(format!("this needs Quay {since} or later, the server is {found}"))
        }
        None => error,
    }
}
