//! Plans one endpoint, phase by phase: [`declared`] items, what the server has ([`scopes`]), all items in their order ([`ordered`]),
//! a plan each ([`planned`]).

mod barred;
pub mod caller;
pub mod declared;
mod destroy;
pub mod expand;
mod first_user;
pub mod item;
mod mirrors;
pub mod options;
mod order;
mod order_of_owners;
mod ordered;
pub mod planned;
mod protect;
mod prune;
mod prune_all;
mod references;
pub mod refresh;
mod refusals;
mod retire;
pub mod scopes;
pub mod server;
pub mod targets;
mod undelivered;
pub mod validate;
mod walk;
mod write_only;

use std::time::Instant;

use super::graph::Graph;
use super::input::declaration::Declaration;
use super::input::selection::{Destruction, Request, Selection};
use super::kinds::Kind;
use super::kinds::task::FIRST_USER;
use crate::error::Result;
use crate::modules::connection;
use crate::modules::contract::Login;
use declared::Declared;
use first_user::Missing;
use ordered::Ordered;
use planned::Plans;
pub use planned::{PlannedEndpoint, PlannedItem, Unchecked};
pub use refusals::{Notes, Refusals, about};
use server::{Connections, Server};

/// Plans what is declared for one endpoint, or its removal.
///
/// # Errors
/// When its settings allow no connection.
pub fn plan<'a>(declaration: &'a Declaration, declared: Declared<'a>, request: &Request) -> Result<Unchecked<'a>> {
    let start = Instant::now();
    let connections = Connections::open(declaration, declared.endpoint)?;
    let server = Server::new(declaration, declared.endpoint, &connections);
    let mut notes = Notes::default();
    notes.warnings.extend(connection::exposed(&server.endpoint.options));
    let only = &request.selection;
    let limits = &server.registry().limits;
    let limits = match &request.destroy {
        None => limits.clone(),
        Some(Destruction::Allowed) => limits.of_removal(),
        Some(Destruction::Organizations(_) | Destruction::Declared) => limits.of_destruction(),
    };
    let plans = match &request.destroy {
        None => declare(&server, declared, only, &mut notes),
        Some(Destruction::Organizations(names)) => destroy(&server, names, only, &mut notes),
        Some(Destruction::Declared | Destruction::Allowed) => retire(&server, declared, only, &mut notes),
    };
    let plans = plans.unwrap_or_else(|refusals| {
        notes.refusals.add(refusals);
        Plans::default()
    });
    Ok(Unchecked { server, connections, plans, limits, notes, start })
}

/// What is declared, brought about.
fn declare<'a>(
    server: &Server<'_>,
    declared: Declared<'a>,
    only: &Selection,
    notes: &mut Notes,
) -> Result<Plans<'a>, Refusals> {
    let missing = Missing::find(server.declaration, server.endpoint, server.nobody.as_ref(), &server.reader);
    if let Some(missing) = missing.map_err(|error| server.fault(&error))? {
        return first_user(server, &missing, declared.outside.tasks, only, notes);
    }
    // A first user that is there needs nobody who signs in.
    let by_nobody = server.reader.is_anonymous()
        && server.registry().prune.is_empty()
        && declared.items().all(|item| item.entry.rules.login == Login::Never);
    let check = || if by_nobody { Ok(()) } else { server.check_caller() };
    if server.reader.is_anonymous() {
        check()?;
    }
    let declared = declared.only(only);
    let mut scopes = scopes::read(server, declared.organizations)?;
    check()?;
    let ordered = Ordered::of_declared(server, &mut scopes, declared.outside, only, notes)?;
    let mut plans = walk::walk(server, ordered, only, notes)?;
    order_of_owners::order(&plans.objects, &mut plans.graph);
    Ok(Plans { scopes, ..plans })
}

/// The first user alone: before it is there nothing else can be planned.
fn first_user<'a>(
    server: &Server<'_>,
    missing: &Missing,
    mut tasks: Vec<item::Item>,
    only: &Selection,
    notes: &mut Notes,
) -> Result<Plans<'a>, Refusals> {
    let is_awaited = tasks.iter().any(|task| task.module() == FIRST_USER.module && server.is_awaited(task, only));
    let asked = only.kinds.contains(&Kind::Tasks) || is_awaited;
    notes.warnings.extend(missing.alone(asked, &mut tasks).map_err(|why| Refusals::here(vec![why]))?);
    walk::walk(server, Ordered { graph: Graph::new(tasks.len()), items: tasks, ..Ordered::default() }, only, notes)
}

/// Organizations, deleted.
fn destroy<'a>(
    server: &Server<'_>,
    names: &[String],
    only: &Selection,
    notes: &mut Notes,
) -> Result<Plans<'a>, Refusals> {
    server.check_caller()?;
    walk::walk(server, Ordered::of(destroy::items(server, names)?, only)?, only, notes)
}

/// All that is declared, taken away.
fn retire<'a>(
    server: &Server<'_>,
    declared: Declared<'a>,
    only: &Selection,
    notes: &mut Notes,
) -> Result<Plans<'a>, Refusals> {
    server.check_caller()?;
    let (items, scopes) = retire::items(server, declared.only(only), only, notes)?;
    let mut ordered = Ordered::of(items, only)?;
    retire::accounts_last(&ordered.items, &mut ordered.graph);
    ordered.barred.closed_by(&scopes);
    let plans = walk::walk(server, ordered, only, notes)?;
    Ok(Plans { scopes, ..plans })
}
