//! Entries that start something rather than describing a state.

use serde_json::json;

use super::item::Item;
use crate::api::{Path, Reader};
use crate::error::Result;
use crate::plan::Plan;

/// The plan of an item that is not carried out in a usual run, with the reason as its warning; `None` for all others.
///
/// A token, a synchronization or a test message would come with every run, and the first user only ever once. `asked` says
/// that the user wants the commands now (the kind `tasks` was named).
///
/// # Errors
/// When the server does not tell whether the first user is there.
pub fn left_out(item: &Item, asked: bool, reader: &Reader) -> Result<Option<Plan>> {
    if item.module() == "quay_first_user" {
        let name = item.text("username").unwrap_or_default();
        let there = reader.find(&Path::api("users").then(name))?.is_some();
        return Ok(there.then(|| Plan::of(format!("first user {name}"))));
    }
    if !item.is_command() || asked {
        return Ok(None);
    }
    let mut plan = Plan::of(item.title.clone());
    let what = match item.options.get("force_sync") == Some(&json!(true)) {
        true => "a synchronization is started",
        false if item.module() == "quay_api_token" => "a token is issued",
        false => "a test or a reset is sent",
    };
    plan.warn(format!("{what} only on request: name the kind tasks (only) to do it now"));
    Ok(Some(plan))
}
