//! Robot accounts: where they live, how they come and go, and what Quay tells of their age and use.

pub mod federation;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::server::{Server, off};
use super::{text, time};
use crate::api::{Path, Reader};
use crate::error::{Error, Need, Result};
use crate::plan::{Hint, Plan, Probe, Step};

pub use federation::Federation;

/// What a robot account of a user needs.
pub const OWN: Need = Need::right("user:admin", "the owner of the robot account");

/// A robot account and where it lives: below its organization, or below the calling user.
#[derive(Clone)]
pub struct Account {
    /// `namespace+short`.
    pub name: String,
    /// Its address in the API.
    pub path: Path,
    personal: bool,
}

impl Account {
    /// That of an organization.
    pub fn of_organization(organization: &str, short: &str) -> Account {
        let path = Path::organization(organization).fixed("/robots").then(short);
        Account { name: format!("{organization}+{short}"), path, personal: false }
    }

    /// That of the calling user.
    pub fn own(user: &str, short: &str) -> Account {
        Account { name: format!("{user}+{short}"), path: Path::api("user/robots").then(short), personal: true }
    }

    /// The account for a person.
    pub fn title(&self) -> String {
        format!("robot account {}", self.name)
    }

    /// What its requests need.
    pub fn need(&self) -> Need {
        if self.personal { OWN } else { Need::ORG_ADMIN }
    }

    /// Adds the steps that create it; the answer to the first, under the name `create`, holds the token. A later step that fails
    /// takes it back.
    ///
    /// # Errors
    /// When the server has no federations, and some are wanted.
    pub fn create(&self, plan: &mut Plan, quay: &Reader, body: Value, federations: &[Federation]) -> Result<()> {
        let same = Probe::equal(self.path.clone(), vec![("/name", json!(self.name))]);
        let create = Step::put(self.path.clone(), body, format!("create the {}", self.title())).needing(self.need());
        plan.push(create.named("create").undone_by(self.delete_step()).settled_by(same));
        self.federate_new(plan, quay, federations)
    }

    /// Deletes it. Quay refuses while the mirror of a repository uses it.
    fn delete_step(&self) -> Step {
        Step::delete(self.path.clone(), format!("delete the {}", self.title()))
            .needing(self.need())
            .hinting(DELETE_HINTS)
    }

    /// Adds the deletion, judged by a look: Quay answers 204 also where it keeps the account for a mirror.
    pub fn delete(&self, plan: &mut Plan) {
        let gone = || Probe::missing(self.path.clone());
        let still_there = format!(
            "cannot delete the {}: Quay agreed, but it is still there; see whether a mirror uses it",
            self.title()
        );
        plan.push(self.delete_step().confirmed_by(gone(), still_there).settled_by(gone()));
    }

    /// Refuses to delete one that the mirror of its organization uses: Quay guards those of repository mirrors, but drops the
    /// mirror of an organization with its robot account, or keeps the account and answers 204 all the same.
    ///
    /// # Errors
    /// When it is used, or Quay does not answer.
    pub fn spare_mirror(&self, quay: &Reader) -> Result<()> {
        let Some((organization, _)) = self.name.split_once('+').filter(|_| !self.personal) else { return Ok(()) };
        let mirror = quay.ask(&Path::organization(organization).fixed("/mirror"))?;
        if !mirror.is_success() || mirror.into_json()?["robot_username"] != *self.name {
            return Ok(());
        }
        Err(Error::Option(format!(
            "cannot delete the {}: the mirror of the organization {organization} uses it, and Quay would drop the mirror with it; \
             change or remove the mirror first (quay_org_mirror)",
            self.title()
        )))
    }
}

const DELETE_HINTS: &[Hint] = &[Hint {
    status: 400,
    contains: "mirror",
    advice: "a repository mirror uses the robot account: change or remove that mirror first",
}];

/// What Quay calls metadata. It shows them with the one robot account, not in the list.
pub const METADATA: &str = "unstructured_metadata";

/// The body that creates a robot account; what is not given stays out of it.
pub fn body(description: Option<&str>, metadata: Option<&Map<String, Value>>) -> Value {
    let mut body = Map::new();
    body.extend(description.filter(|text| !text.is_empty()).map(|text| ("description".to_owned(), text.into())));
    body.extend(metadata.map(|metadata| (METADATA.to_owned(), metadata.clone().into())));
    Value::Object(body)
}

/// When a robot account, as Quay shows it, was used last, or else made. Quay notes a log-in at most once a minute.
pub fn last_seen(robot: &Value) -> Option<Timestamp> {
    time::of(&robot["last_accessed"]).or_else(|| time::of(&robot["created"]))
}

/// Whether the server notes when robot accounts are used (`FEATURE_USER_LAST_ACCESSED`), as far as it tells. One that does not any
/// more shows the times of before all the same.
pub fn notes_use(quay: &Reader) -> bool {
    !Server::ask(quay).lacks(USE)
}

/// Whether a robot account, as Quay shows it, was neither used nor made within so many seconds, if the server notes that.
pub fn looks_unused(robot: &Value, seconds: u64) -> bool {
    last_seen(robot).is_some_and(|seen| time::is_before(seen, seconds))
}

/// Whether a robot account, as Quay shows it, was neither used nor made within so many seconds.
///
/// # Errors
/// When it looks so, and the server notes no use, so that nobody can tell.
pub fn is_unused(quay: &Reader, robot: &Value, seconds: u64) -> Result<bool> {
    let looks_unused = looks_unused(robot, seconds);
    if looks_unused && !notes_use(quay) {
        let name = text(&robot["name"]);
        return Err(Error::Option(format!(
            "nobody can tell when the robot account {name} was last used: {}",
            off(USE)
        )));
    }
    Ok(looks_unused)
}

const USE: &str = "USER_LAST_ACCESSED";
