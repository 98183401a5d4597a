//! Entries that start something rather than describing a state.

use serde_json::json;

use super::item::Item;
use crate::plan::Plan;

/// The plan of an item that is not carried out in a usual run, with the reason as its warning; `None` for all others.
///
/// A token, a synchronization or a test message would come with every run. `asked` says that the user wants the commands now
/// (the kind `tasks` was named).
pub fn left_out(item: &Item, asked: bool) -> Option<Plan> {
    if !item.is_command() || asked {
        return None;
    }
    let mut plan = Plan::of(item.title.clone());
    let what = match item.options.get("force_sync") == Some(&json!(true)) {
        true => "a synchronization is started",
        false if item.module() == "quay_api_token" => "a token is issued",
        false => "a test or a reset is sent",
    };
    plan.warn(format!("{what} only on request: name the kind tasks (only) to do it now"));
    Some(plan)
}
