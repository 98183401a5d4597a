//! `quay_config_info`: the configuration that a server runs with.

use serde::Deserialize;
use serde_json::Value;

use super::{Error, Module, Need, Path, Plan, Reader, Result, Rules};
use crate::api::take;
use crate::quay::server::{self, Server};
use crate::quay::version;

pub struct ConfigInfo;

#[derive(Deserialize)]
pub struct Options {}

impl Module for ConfigInfo {
    const NAME: &'static str = "quay_config_info";
    const RULES: Rules = Rules::NONE;
    const NEED: Need = Need::right("super:user", "a superuser").feature("SUPER_USERS", version::CONFIGURATION.since);
    type Options = Options;

    /// The answer holds more than is returned; its `env` is the environment of the server process, with every secret in it.
    fn plan(_options: &Options, quay: &Reader) -> Result<Plan> {
        let attempt = "read the configuration of the server";
        let path = Path::api("superuser/config");
        let found = quay.get(&path).map_err(|error| blame_switch(error, quay).attempting(attempt))?;
        let config: Value = take(&path, found, "config")?;
        if !config.is_object() {
            // A server that fails to serialize its configuration sends an error text in its place.
            return Err(Error::Unexpected(format!("cannot {attempt}: Quay's answer does not hold it as an object")));
        }
        let mut plan = Plan::of("configuration of the server");
        plan.give("config", config);
        Ok(plan)
    }
}

/// A switched-off dump is refused in the same words as a missing right.
fn blame_switch(error: Error, quay: &Reader) -> Error {
    let right = error.lacks_right();
    if right && Server::ask(quay).lacks("SUPERUSER_CONFIGDUMP") {
        return error.advising(server::off("SUPERUSER_CONFIGDUMP"));
    }
    error
}
