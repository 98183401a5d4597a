//! Accounts that endpoints of the same files sign in with: no run takes one of them away.

use crate::api::{Reader, Settings};
use crate::apply::input::declaration::Declaration;
use crate::apply::input::registry::Endpoint;
use crate::apply::kinds::names::ObjectName;
use crate::apply::planning::caller::leaves;
use crate::apply::planning::{PlannedEndpoint, PlannedItem, Refusals, about};
use crate::error::Result;
use crate::quay::lookup;

/// Refuses plans after which an account is gone, or disabled, that another endpoint of the files signs in with, whether or not
/// anything is to be done there. Each plan has refused it for its own caller.
///
/// Who a token belongs to is asked (`GET user/`) only where an account is about to leave that server.
pub fn keep(declaration: &Declaration, endpoints: &mut [PlannedEndpoint]) {
    for planned in endpoints.iter_mut() {
        let Some(own) = declaration.registry.endpoints.iter().find(|known| known.name == planned.name) else {
            continue;
        };
        let leaving: Vec<(String, &PlannedItem)> = planned.objects.iter().filter_map(leaving).collect();
        let others =
            declaration.registry.endpoints.iter().filter(|other| other.name != own.name && other.is_server_of(own));
        let mut refusals = Refusals::default();
        for other in others.filter(|_| !leaving.is_empty()) {
            match account(other) {
                Ok(account) => refusals.add(Refusals::everywhere(refused(other, account.as_deref(), &leaving))),
                Err(error) => refusals.add(Refusals::everywhere(vec![format!(
                    "whether the endpoint {} signs in with an account that would be removed cannot be seen: {}",
                    other.name,
                    crate::call::mask::Mask::new(&other.secrets).text(&error.to_string())
                )])),
            }
        }
        planned.refusals.add(refusals);
    }
}

/// The account that a plan takes from those who can sign in.
fn leaving(object: &PlannedItem) -> Option<(String, &PlannedItem)> {
    let is_account = matches!(object.item.makes(), Some(ObjectName::User(_)));
    let leaves = object.plan.as_ref().is_some_and(|plan| leaves(object.item.is_removal(), plan));
    (is_account && leaves).then_some((object.item.text("username")?, object))
}

fn refused(other: &Endpoint, account: Option<&str>, leaving: &[(String, &PlannedItem)]) -> Vec<String> {
    let its = leaving.iter().filter(|(name, _)| account == Some(name.as_str()));
    let why = format!(
        "the endpoint {} signs in with this account, which no run with that endpoint removes or disables: preserve it, or take the \
         endpoint out of the files first",
        other.name
    );
    its.map(|(_, object)| about(&[&object.item], &why)).collect()
}

/// The account that an endpoint signs in with, `None` for nobody.
fn account(endpoint: &Endpoint) -> Result<Option<String>> {
    let given = endpoint.options.get("quay_username").and_then(serde_json::Value::as_str);
    // Quay takes an e-mail address, too.
    if let Some(name) = given.filter(|name| !name.contains('@')) {
        return Ok(Some(name.to_owned()));
    }
    if endpoint.awaited.is_some() {
        return Ok(None);
    }
    lookup::caller(&Reader::connect(Settings::from_options(&endpoint.options))?)
}
