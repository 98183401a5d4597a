//! Credentials that Quay shows only once and that have not arrived.

use serde_json::{Map, Value, json};

use super::item::Item;
use crate::apply::deliver::Way;
use crate::apply::input::registry::Endpoint;
use crate::apply::kinds::credential;
use crate::plan::{Plan, Returned};

/// Asks for another credential where the places of an item lack the one that is there: it cannot be delivered any more. What it
/// takes the place of goes when the new one has arrived.
pub fn renew(item: &mut Item, endpoint: &Endpoint) {
    if let Some(option) = option_of(item)
        && Way::of(&endpoint.name, &item.deliver).is_open(&item.deliver, &endpoint.options)
    {
        item.change(|options| drop(options.insert(option.to_owned(), json!(true))));
    }
}

/// The same where a plan would revoke what a credential replaced, and nobody here knows that this one has arrived: a run that was
/// killed on another machine leaves both, and what it replaced is what works at its place. Whether the item is to be planned anew.
pub fn renew_before_revoking(item: &mut Item, plan: &Plan, endpoint: &Endpoint) -> bool {
    let Some(option) = option_of(item).filter(|_| !plan.steps.is_empty()) else { return false };
    let known: Map<String, Value> = plan
        .values
        .iter()
        .filter_map(|(key, value)| match value {
            Returned::Known(value) => Some(((*key).to_owned(), value.clone())),
            _ => None,
        })
        .collect();
    // One that is yet to be made is not known, and is delivered by this run.
    let identity = credential::identity(&known);
    if identity.is_empty() || Way::of(&endpoint.name, &item.deliver).has_arrived(identity) {
        return false;
    }
    item.change(|options| drop(options.insert(option.to_owned(), json!(true))));
    true
}

/// The option that asks for another credential, where the item has one and places for it.
fn option_of(item: &Item) -> Option<&'static str> {
    credential::anew(item.module()).filter(|_| !item.is_removal() && !item.deliver.is_empty())
}
