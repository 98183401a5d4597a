//! The deletion of whole organizations, instead of what is declared.

use super::expand::Items;
use super::targets;
use super::{Refusals, Work};
use crate::quay::lookup;

impl Work<'_> {
    /// Adds the removals of the organizations that the user wants deleted.
    ///
    /// # Errors
    /// A sentence for each reason why one must not be deleted.
    pub fn destroy(&self, items: &mut Items) -> Result<(), Refusals> {
        if self.registry.limits.skip_removals {
            return Err(Refusals::everywhere(vec![
                "skip_removals is set and leaves every removal out, so no organization is deleted: set it to false to delete \
                 organizations"
                    .into(),
            ]));
        }
        let names = self.request.destroy.as_deref().unwrap_or_default();
        items.list.extend(targets::items(self.declaration, self.endpoint, names).map_err(Refusals::everywhere)?);
        let problems = self.called_otherwise(names);
        if problems.is_empty() { Ok(()) } else { Err(Refusals::everywhere(problems)) }
    }

    /// Why an organization that waits for its new name is not deleted: nobody has named the one that is there.
    fn called_otherwise(&self, names: &[String]) -> Vec<String> {
        let exists = |name: &str| lookup::organization(&self.reader, name).map(|found| found.is_some());
        let mut problems = Vec::new();
        for (name, previous) in targets::renamed(self.declaration, self.endpoint, names) {
            let Some(old) = previous.as_str() else { continue };
            match exists(name).and_then(|here| Ok(!here && exists(old)?)) {
                Ok(false) => {}
                Ok(true) => problems.push(
                    previous
                        .problem(format!(
                            "the organization {name} still has its previous name here, {old}, so that it is not deleted: \
                             apply the declaration first, which renames it, or declare {old} itself and delete that"
                        ))
                        .to_string(),
                ),
                Err(error) => problems.push(self.hide(&error.to_string())),
            }
        }
        problems
    }
}
