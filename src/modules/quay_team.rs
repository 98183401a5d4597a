//! `quay_team`: teams of an organization, their role and members.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Module;
use super::contract::Rules;
use crate::api::{Path, Reader};
use crate::error::{Error, Need, Result};
use crate::plan::{Hint, Plan, Probe, Step};
use crate::quay::{State, lookup, members, names};

pub struct Team;

#[derive(Deserialize)]
pub struct Options {
    name: String,
    organization: String,
    role: Option<String>,
    description: Option<String>,
    members: Option<Vec<String>>,
    append: bool,
    state: State,
}

const HINTS: &[Hint] = &[
    Hint { status: 400, contains: "would remove admin ability", advice: members::LAST_ADMIN },
    Hint { status: 400, contains: "no longer have admin", advice: members::LAST_ADMIN },
];

impl Module for Team {
    const NAME: &'static str = "quay_team";
    const RULES: Rules = Rules { formats: &[("name", names::name), ("organization", names::name)], ..Rules::NONE };
    const NEED: Need = Need::ORG_ADMIN;
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        members::foreign_robots(options.members.as_deref().unwrap_or_default(), &options.organization)
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let Some(organization) = lookup::organization(quay, &options.organization)? else {
            let attempt = format!("set up the {}", options.title());
            return match options.state {
                State::Absent => Ok(Plan::of(options.title())),
                State::Present => Err(lookup::missing_organization(&attempt, &options.organization)),
            };
        };
        let found = teams(&organization, options)?.get(&options.name).cloned();
        match (options.state, found) {
            (State::Absent, None) => Ok(Plan::of(options.title())),
            (State::Absent, Some(found)) => Ok(options.delete(&found)),
            (State::Present, found) => options.apply(found.as_ref(), quay),
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
        let mut plan = Plan::of(self.title())
            .difference(self.shown(found["role"].clone(), found["description"].clone(), None), json!({}));
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
        let current = |key: &str| found.map(|team| team[key].as_str().unwrap_or_default().to_owned());
        let role = self.role.clone().or(current("role")).unwrap_or_else(|| "member".into());
        let description = self.description.clone().or(current("description")).unwrap_or_default();
        let mut plan = Plan::of(self.title());
        if current("role").as_ref() != Some(&role) || current("description").as_ref() != Some(&description) {
            // The role is mandatory in every update.
            let mut body = json!({"role": role});
            if self.description.is_some() {
                body["description"] = json!(description);
            }
            plan.push(self.put(body, if found.is_some() { "change" } else { "create" }));
        }
        let (mut before, mut after) = (None, None);
        if let Some(wanted) = &self.members {
            let team = members::Team {
                organization: &self.organization,
                path: self.path(),
                what: format!("the {}", self.title()),
                exists: found.is_some(),
                synced: found.is_some_and(|team| team["is_synced"] == true),
            };
            let shown = members::plan(&mut plan, quay, &team, wanted, self.append)?;
            (before, after) = (Some(shown.0), Some(shown.1));
        }
        let shown_before = match (current("role"), current("description")) {
            (Some(role), Some(description)) => self.shown(json!(role), json!(description), before),
            _ => json!({}),
        };
        Ok(plan.difference(shown_before, self.shown(json!(role), json!(description), after)))
    }

    fn shown(&self, role: Value, description: Value, members: Option<Vec<String>>) -> Value {
        let mut shown = json!({
            "organization": self.organization,
            "name": self.name,
            "role": role,
            "description": description.as_str().unwrap_or_default(),
        });
        if let Some(members) = members {
            shown["members"] = json!(members);
        }
        shown
    }
}
