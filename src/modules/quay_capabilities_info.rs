//! `quay_capabilities_info`: what a registry announces about itself.

use serde::Deserialize;

use super::contract::Login;
use super::{Module, Need, Path, Plan, Reader, Result, Rules};
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
        let found = quay
            .get(&Path::api("registry/capabilities"))
            .map_err(|error| error.attempting("read the capabilities of the registry"))?;
        let mut plan = Plan::of("capabilities of the registry");
        plan.give("capabilities", found);
        Ok(plan)
    }
}
