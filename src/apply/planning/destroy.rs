//! The deletion of whole organizations, instead of what is declared.

use super::item::Item;
use super::server::Server;
use super::{Refusals, targets};
use crate::quay::lookup;

/// The removals of the organizations that the user wants deleted.
///
/// # Errors
/// A sentence for each reason why one must not be deleted.
pub fn items(server: &Server<'_>, names: &[String]) -> Result<Vec<Item>, Refusals> {
    if server.registry().limits.skip_removals {
        return Err(Refusals::everywhere(vec![
            "skip_removals is set and leaves every removal out, so no organization is deleted: set it to false to delete \
             organizations"
                .into(),
        ]));
    }
    let items = targets::items(server.declaration, server.endpoint, names).map_err(Refusals::everywhere)?;
    let problems = called_otherwise(server, names);
    if problems.is_empty() { Ok(items) } else { Err(Refusals::everywhere(problems)) }
}

/// Why an organization that waits for its new name is not deleted: nobody has named the one that is there.
fn called_otherwise(server: &Server<'_>, names: &[String]) -> Vec<String> {
    let exists = |name: &str| lookup::organization(&server.reader, name).map(|found| found.is_some());
    let mut problems = Vec::new();
    for (name, previous) in targets::renamed(server.declaration, server.endpoint, names) {
        let Some(old) = previous.as_str() else { continue };
        match exists(name).and_then(|here| Ok(!here && exists(old)?)) {
            Ok(false) => {}
            Ok(true) => problems.push(
                previous
                    .problem(format!(
                        "the organization {name} still has its previous name here, {old}, so that it is not deleted: apply \
                         the declaration first, which renames it, or declare {old} itself and delete that"
                    ))
                    .to_string(),
            ),
            Err(error) => problems.push(server.hide(&error.to_string())),
        }
    }
    problems
}
