//! Who a new default permission is for, and for whose repositories it counts.

use serde_json::{Value, json};

use super::Options;
use crate::api::Reader;
use crate::error::Result;
use crate::plan::{Hint, Once, Probe, Step};
use crate::quay::lookup::{self, Account, Namespace};

/// What makes two of them equal.
const EQUAL: &[&str] = &["/role", "/delegate/kind", "/delegate/name", "/activating_user/name"];
const HINTS: &[Hint] = &[
    Hint { status: 400, contains: "missing delegate", advice: "name: Quay knows no such user, robot account or team" },
    Hint { status: 400, contains: "unknown activating", advice: "creator: Quay knows no such user" },
];

/// The accounts of a default permission, by their places in the body.
pub(super) struct Accounts(Vec<(&'static str, Account)>);

impl Accounts {
    /// Looks for them.
    ///
    /// # Errors
    /// When one of them does not exist.
    pub(super) fn find(options: &Options, quay: &Reader) -> Result<Accounts> {
        let grantee =
            if options.kind == "team" { team(options, quay)? } else { account(options, "name", &options.name, quay)? };
        let mut accounts = vec![("/delegate/name", grantee)];
        if let Some(name) = &options.creator {
            accounts.push(("/activating_user/name", account(options, "creator", name, quay)?));
        }
        Ok(Accounts(accounts))
    }

    /// Makes those known that are not yet. Somebody can be both grantee and creator; one link is enough.
    pub(super) fn links(&self) -> impl Iterator<Item = Step> {
        let is_first = |index: usize| self.0[..index].iter().all(|(_, other)| other.name != self.0[index].1.name);
        let new = self.0.iter().enumerate().filter(move |(index, _)| is_first(*index));
        new.filter_map(|(_, (_, account))| account.link_step())
    }

    /// Creates the default permission that gives them `role`; its answer is kept under that name.
    pub(super) fn creation(&self, options: &Options, role: &str) -> Step {
        let mut body = json!({"role": role, "delegate": {"name": "", "kind": options.kind}});
        if options.creator.is_some() {
            body["activating_user"] = json!({"name": ""});
        }
        for (pointer, account) in &self.0 {
            if let Some(place) = body.pointer_mut(pointer) {
                *place = json!(account.name);
            }
        }
        let (is_it, wanted, path) = (options.matcher(), json!(role), options.path());
        let find = move |answer: &Value| {
            answer["prototypes"].as_array()?.iter().find(|rule| is_it(rule) && rule["role"] == wanted).cloned()
        };
        let create = Step::post(path.clone(), body, options.creation())
            .named(role)
            .hinting(HINTS)
            .settled_by(Probe::finding(path.clone(), find))
            .once(Once { list: path.clone(), key: "prototypes", each: path, id: "id", equal: EQUAL });
        self.0.iter().fold(create, |create, (pointer, account)| match &account.link {
            Some(slot) => create.filled(pointer, slot.clone()),
            None => create,
        })
    }
}

fn team(options: &Options, quay: &Reader) -> Result<Account> {
    let organization = lookup::organization(quay, &options.organization)?.unwrap_or_default();
    match lookup::lacks_team(&organization, &options.name) {
        true => Err(options.missing(&format!("name: {} has no team {}", options.organization, options.name))),
        // Where the teams are not shown to this caller, Quay checks the name itself.
        false => Ok(unchecked(&options.name)),
    }
}

fn account(options: &Options, option: &str, name: &str, quay: &Reader) -> Result<Account> {
    if let Some(account) = lookup::account(quay, name).map_err(|error| error.attempting(options.creation()))? {
        return Ok(account);
    }
    match name.split_once('+') {
        // Robot accounts of other users are not shown: Quay checks the name itself.
        Some((owner, _)) if lookup::namespace(quay, owner)? == Namespace::Foreign => Ok(unchecked(name)),
        Some(_) => Err(options.missing(&format!("{option}: there is no robot account {name}"))),
        None => Err(options.missing(&format!("{option}: there is no user {name}"))),
    }
}

/// An account whose existence is left to Quay.
fn unchecked(name: &str) -> Account {
    Account { name: name.to_owned(), link: None }
}
