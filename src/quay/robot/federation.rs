//! The outside identities that may sign in as a robot account.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Account;
use crate::api::Reader;
use crate::error::{Need, Result};
use crate::plan::keyed::difference;
use crate::plan::{Plan, Step};
use crate::quay::partial::if_available;
use crate::quay::server::Server;
use crate::quay::version;

/// Who signs in: an identity of another provider.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct Federation {
    issuer: String,
    subject: String,
}

/// A problem for each that is given twice.
pub fn doubles(federations: &[Federation]) -> Vec<String> {
    let mut seen = BTreeMap::new();
    for federation in federations {
        *seen.entry(federation).or_insert(0) += 1;
    }
    seen.into_iter()
        .filter(|(_, times)| *times > 1)
        .map(|(Federation { issuer, subject }, _)| {
            format!("federations: issuer {issuer} with subject {subject} is given twice")
        })
        .collect()
}

/// A list that is given, in the order in which it is shown.
pub fn sorted(federations: Option<&[Federation]>) -> Option<Vec<Federation>> {
    let mut sorted = federations?.to_vec();
    sorted.sort_unstable();
    Some(sorted)
}

/// The list as Quay wants and shows it.
pub fn body(federations: &[Federation]) -> Value {
    federations.iter().map(|f| json!({"issuer": f.issuer, "subject": f.subject})).collect()
}

type Sides = (Option<Vec<Federation>>, Option<Vec<Federation>>);

impl Account {
    /// Adds the step that sets the list, if it is given and differs, and returns it sorted as it is and as it will be.
    ///
    /// # Errors
    /// When Quay does not show the list.
    pub fn federate(
        &self,
        plan: &mut Plan,
        quay: &Reader,
        wanted: Option<&[Federation]>,
        append: bool,
    ) -> Result<Sides> {
        let Some(wanted) = wanted else { return Ok((None, None)) };
        let mut before = self.federations(quay)?;
        let set = |list: &[Federation]| list.iter().map(|federation| (federation.clone(), ())).collect();
        let found = difference(&set(&before), &set(wanted), append);
        let after: Vec<Federation> = found.after.keys().cloned().collect();
        if !found.is_empty() {
            plan.push(self.federation_step(&after));
        }
        before.sort_unstable();
        Ok((Some(before), Some(after)))
    }

    /// Adds the step that sets the list of an account that is yet to be made. Such a one has no list to read, so `/config` tells
    /// whether it can have any.
    ///
    /// # Errors
    /// When the server has no federations.
    pub(super) fn federate_new(&self, plan: &mut Plan, quay: &Reader, wanted: &[Federation]) -> Result<()> {
        if !wanted.is_empty() {
            let step = self.federation_step(wanted);
            Server::ask(quay).check(&self.federation_need(), &step.what)?;
            plan.push(step);
        }
        Ok(())
    }

    /// The federations that it has; none where the server has no such thing.
    ///
    /// # Errors
    /// When Quay refuses for another reason.
    pub fn federations_if_any(&self, quay: &Reader) -> Result<Vec<Federation>> {
        Ok(if_available(self.federations(quay))?.unwrap_or_default())
    }

    fn federations(&self, quay: &Reader) -> Result<Vec<Federation>> {
        let need = self.federation_need();
        let found = quay.get(&self.path.clone().fixed("/federation")).map_err(|error| {
            error.attempting(format!("read the federations of the {}", self.title())).needing(&need)
        })?;
        crate::quay::decode(found, "a list of federations")
    }

    /// The POST replaces the whole list.
    fn federation_step(&self, list: &[Federation]) -> Step {
        let body = body(list);
        let path = self.path.clone().fixed("/federation");
        let otherwise = format!("Quay did not keep the federations of the {}", self.title());
        Step::post(path, body.clone(), format!("set the federations of the {}", self.title()))
            .expecting("", body, otherwise)
            .needing(self.federation_need())
    }

    /// Federations of one's own robots came later than those of organizations.
    fn federation_need(&self) -> Need {
        self.need().feature("", if self.personal { version::OWN_FEDERATIONS.since } else { version::FEDERATIONS.since })
    }
}
