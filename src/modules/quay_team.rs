//! `quay_team`: teams of an organization, their role and members.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Error, Module, Need, Path, Plan, Reader, Result, Rules, State, Step, Table};
use crate::plan::{Hint, Probe};
use crate::quay::fields::{Change, Field, Given, Shape};
use crate::quay::{lookup, members, names};

pub struct Team;

#[derive(Deserialize)]
pub struct Options {
    name: String,
    organization: String,
    members: Option<Vec<String>>,
    append: bool,
    state: State,
    #[serde(flatten)]
    given: Given,
}

const FIELDS: Table = Table {
    fields: &[
        Field::of("role").usually(|| json!("member")),
        // The role is mandatory in every update.
        Field::of("description").shape(Shape::SENT_TEXT).otherwise(|| json!("")).with("role"),
    ],
    replaced: &[],
};

const HINTS: &[Hint] = &[
    Hint { status: 400, contains: "would remove admin ability", advice: members::LAST_ADMIN },
    Hint { status: 400, contains: "no longer have admin", advice: members::LAST_ADMIN },
];

impl Module for Team {
    const NAME: &'static str = "quay_team";
    const RULES: Rules = Rules { formats: &[("name", names::name), ("organization", names::name)], ..Rules::NONE };
    const NEED: Need = Need::ORG_ADMIN;
    const FIELDS: &'static Table = &FIELDS;
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        members::foreign_robots(options.members.as_deref().unwrap_or_default(), &options.organization)
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let Some(organization) = lookup::organization(quay, &options.organization)? else {
            return lookup::without_organization(options.state, "set up", options.title(), &options.organization);
        };
        match (options.state, teams(&organization, options)?.get(&options.name)) {
            (State::Absent, None) => Ok(Plan::of(options.title())),
            (State::Absent, Some(found)) => Ok(options.delete(found)),
            (State::Present, found) => options.apply(found, quay),
        }
    }
}

/// The teams by name. The map is only there for members and superusers: without it nothing is known, not even that a
/// team is missing.
fn teams<'a>(organization: &'a Value, options: &Options) -> Result<&'a serde_json::Map<String, Value>> {
    organization.get("teams").and_then(Value::as_object).ok_or_else(|| {
        Error::Missing(format!(
            "cannot read the {}: {}; {}",
            options.title(),
            lookup::HIDDEN_TEAMS,
            Team::NEED.sentence().unwrap_or_default()
        ))
    })
}

impl Options {
    fn title(&self) -> String {
        format!("team {}/{}", self.organization, self.name)
    }

    fn path(&self) -> Path {
        Path::team(&self.organization, &self.name)
    }

    fn put(&self, body: Value, what: &str) -> Step {
        Step::put(self.path(), body, format!("{what} the {}", self.title())).hinting(HINTS)
    }

    /// Quay (500) cannot delete an admin team for a superuser who is in no admin team of the organization, so such a team is
    /// demoted first.
    fn delete(&self, found: &Value) -> Plan {
        let mut plan = FIELDS.removal(self.title(), self.key(), &self.given, found);
        if found["role"] == "admin" {
            let back = self.put(json!({"role": "admin"}), "give the role admin back to");
            // The same request would create a team that is gone.
            let there = Probe::equal(self.path().fixed("/members"), vec![("/name", json!(self.name))]);
            plan.push(self.put(json!({"role": "member"}), "take the role admin from").undone_by(back.provided(there)));
        }
        let delete = Step::delete(self.path(), format!("delete the {}", self.title())).hinting(HINTS);
        plan.push(delete.tolerating(&[(400, "is not a team")]));
        plan
    }

    fn apply(&self, found: Option<&Value>, quay: &Reader) -> Result<Plan> {
        let (title, key) = (self.title(), self.key());
        let (change, verb) = match found {
            Some(found) => (FIELDS.change(&title, key, &self.given, found)?, "change"),
            None => (FIELDS.create(quay, &title, key, &self.given)?, "create"),
        };
        let Change { mut plan, body } = change;
        if !body.is_empty() {
            plan.push(self.put(Value::Object(body), verb));
        }
        if let Some(wanted) = &self.members {
            let team = members::Team {
                organization: &self.organization,
                path: self.path(),
                what: format!("the {title}"),
                exists: found.is_some(),
                synced: found.is_some_and(|team| team["is_synced"] == true),
            };
            let (before, after) = members::plan(&mut plan, quay, &team, wanted, self.append)?;
            plan.show("members", found.map(|_| json!(before)), json!(after));
        }
        Ok(plan)
    }

    fn key(&self) -> Value {
        json!({"organization": self.organization, "name": self.name})
    }
}
