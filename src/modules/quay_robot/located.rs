//! Where a robot account lives, below its organization or below the calling user, and what is shown of it.

use serde_json::{Value, json};

use super::Options;
use crate::api::Reader;
use crate::error::{Error, Result};
use crate::quay::lookup::{self, Namespace};
use crate::quay::robot::{self, Account, Federation, OWN, federation};
use crate::quay::{State, names, text, without_line_end};

const WITHOUT_A_NEW_ONE: &str = "without making a new robot account and token";

/// A robot account and where it lives: below its organization, or below the calling user.
pub(super) struct Located {
    pub(super) account: Account,
    pub(super) found: Option<Value>,
}

impl Located {
    pub(super) fn find(options: &Options, quay: &Reader) -> Result<Located> {
        let Some((namespace, short)) = names::split_robot(&options.name) else {
            let owner = lookup::caller_or(
                quay,
                "name: a robot account without a namespace is the caller's own, which needs credentials",
            )?;
            return Located::personal(&owner, &options.name, quay);
        };
        let account = Account::of_organization(namespace, short);
        let located = |found| Located { account: account.clone(), found };
        let reply = quay.ask(&account.path)?;
        if reply.is_success() {
            return Ok(located(Some(reply.into_json()?)));
        }
        // Quay says 400 both for a missing robot and for a namespace that is no organization.
        match (reply.status, lookup::namespace(quay, namespace)?) {
            (400 | 404, Namespace::Organization) => Ok(located(None)),
            (_, Namespace::Organization) => {
                Err(reply.into_error().attempting(format!("read the robot account {}", options.name)))
            }
            (_, Namespace::Own) => Located::personal(namespace, short, quay),
            (_, Namespace::Missing) if options.state == State::Absent => Ok(located(None)),
            (_, Namespace::Missing) => Err(Error::Missing(format!(
                "cannot create the robot account {}: {}",
                options.name,
                lookup::no_namespace(namespace)
            ))),
            (_, Namespace::Foreign) => Err(Error::Option(format!(
                "cannot manage the robot account {}: {namespace} is another user, and robot accounts of a user belong to that user alone",
                options.name
            ))),
        }
    }

    /// What to tell of given options that differ, and that Quay cannot change.
    pub(super) fn unchanged(&self, found: &Value, options: &Options) -> Vec<String> {
        let (title, description) = (self.account.title(), text(&found["description"]));
        let other = options.description.as_deref().filter(|wanted| *wanted != without_line_end(description));
        let other = other.map(|wanted| {
            format!("the description of the {title} stays \"{description}\": Quay cannot change it to \"{wanted}\" {WITHOUT_A_NEW_ONE}")
        });
        let differs = options.metadata.as_ref().is_some_and(|wanted| json!(wanted) != metadata(found));
        let stay =
            || format!("the metadata of the {title} stay as they are: Quay cannot change them {WITHOUT_A_NEW_ONE}");
        other.into_iter().chain(differs.then(stay)).collect()
    }

    /// What an answer, or the body of a creation, tells; metadata only where somebody has any.
    pub(super) fn shown(&self, robot: &Value, options: &Options, federations: Option<&[Federation]>) -> Value {
        let description = robot["description"].as_str().unwrap_or_default();
        let mut shown = json!({"name": self.account.name, "description": description});
        let metadata = metadata(robot);
        if options.metadata.is_some() || metadata != json!({}) {
            shown["metadata"] = metadata;
        }
        if let Some(federations) = federations {
            shown["federations"] = federation::body(federations);
        }
        shown
    }

    fn personal(owner: &str, short: &str, quay: &Reader) -> Result<Located> {
        let account = Account::own(owner, short);
        let reply = quay.ask(&account.path)?;
        let found = match reply.status {
            400 | 404 => None,
            _ => {
                let attempt = format!("read the {}", account.title());
                Some(reply.into_json().map_err(|error| error.attempting(attempt).needing(&OWN))?)
            }
        };
        Ok(Located { account, found })
    }
}

/// What Quay keeps beside the description; null and nothing are the same.
fn metadata(found: &Value) -> Value {
    found.get(robot::METADATA).filter(|metadata| metadata.is_object()).cloned().unwrap_or_else(|| json!({}))
}
