//! Credentials that Quay shows only once and that have not arrived.

use serde_json::json;

use super::item::Item;
use crate::apply::deliver::Way;
use crate::apply::input::registry::Endpoint;
use crate::apply::kinds::credential;

/// Asks for another credential where the places of an item lack the one that is there: it cannot be delivered any more. What it
/// takes the place of goes when the new one has arrived.
pub fn renew(item: &mut Item, endpoint: &Endpoint) {
    let Some(option) = credential::anew(item.module()).filter(|_| !item.is_removal() && !item.deliver.is_empty())
    else {
        return;
    };
    if Way::of(&endpoint.name, &item.deliver).is_open(&item.deliver, &endpoint.options) {
        item.options.insert(option.to_owned(), json!(true));
    }
}
