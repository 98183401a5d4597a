//! `quay_repository`: create, delete and configure a repository.

use serde::Deserialize;
use serde_json::{Value, json};

use super::prune_options::{self, PruneOptions};
use super::{Error, Module, Need, Plan, Reader, Result, Rules, State, Table};
use crate::quay::fields::{Change, Field, Given, Shape};
use crate::quay::lookup::{self, Namespace};
use crate::quay::names;
use crate::quay::permissions::{self, Grant, Target};
use crate::quay::policy::Owner;
use crate::quay::repository::{PUBLIC, Requests};

pub struct Repository;

#[derive(Deserialize)]
pub struct Options {
    name: String,
    perms: Option<Vec<Grant>>,
    append: bool,
    #[serde(flatten)]
    prune: PruneOptions,
    state: State,
    #[serde(flatten)]
    given: Given,
}

/// Each has a request of its own.
const FIELDS: Table = Table {
    fields: &[
        Field::of("visibility")
            .read_at("is_public")
            .shape(Shape { read: |public| json!(if *public == true { PUBLIC } else { "private" }), ..Shape::PLAIN })
            .shown_when_given(),
        Field::of("description").shape(Shape::SENT_TEXT).shown_when_given(),
        Field::of("repo_state").read_at("state").shown_when_given(),
        Field::of("star").read_at("is_starred").shape(Shape::OFF).shown_when_given(),
    ],
    replaced: &[],
};

impl Module for Repository {
    const NAME: &'static str = "quay_repository";
    const RULES: Rules = Rules {
        formats: &[("name", names::repository)],
        required_if: prune_options::REQUIRED_IF,
        required_by: prune_options::REQUIRED_BY,
        deprecated: &prune_options::deprecated("Use the module quay_repository_prune."),
        ..Rules::NONE
    };
    const NEED: Need = Need::REPO_ADMIN;
    const FIELDS: &'static Table = &FIELDS;
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        let namespace = options.name.split_once('/').map(|(namespace, _)| namespace);
        let mut problems = permissions::contradictions(options.perms.as_deref().unwrap_or_default(), namespace);
        problems.extend(options.prune.problem());
        problems
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let name = lookup::repository_name(quay, "name", &options.name)?;
        let repository = Work { options, quay, repository: Requests { name: &name } };
        let found = quay.find(&lookup::repository_path(&name));
        let found = found.map_err(|error| error.attempting(format!("read the {}", repository.title())));
        match (options.state, found) {
            // This does not prove that it exists: somebody who may only create repositories gets it for a name that is free.
            (state, Err(error)) if error.status() == Some(403) => match state {
                State::Present => repository.create(),
                State::Absent => repository.absent_or(error),
            },
            (_, Err(error)) => Err(error),
            (State::Absent, Ok(None)) => Ok(Plan::of(repository.title())),
            (State::Absent, Ok(Some(found))) => repository.delete(&found),
            (State::Present, Ok(Some(found))) => repository.update(&found),
            (State::Present, Ok(None)) => repository.create(),
        }
    }
}

/// One run of the module.
struct Work<'a> {
    options: &'a Options,
    quay: &'a Reader,
    repository: Requests<'a>,
}

impl Work<'_> {
    fn title(&self) -> String {
        self.repository.title()
    }

    fn absent_or(&self, error: Error) -> Result<Plan> {
        match lookup::namespace(self.quay, self.repository.namespace())? {
            Namespace::Missing => Ok(Plan::of(self.title())),
            _ => Err(error),
        }
    }

    /// Quay answers 204 for a repository that is not there, so only one that was seen is deleted.
    fn delete(&self, found: &Value) -> Result<Plan> {
        self.refuse_foreign(found["is_organization"] == false)?;
        let all = Given::default().with("visibility", "").with("description", "");
        let mut plan = FIELDS.removal(self.title(), self.key(), &all, found);
        plan.push(self.repository.delete());
        Ok(plan)
    }

    fn create(&self) -> Result<Plan> {
        let personal = match lookup::namespace(self.quay, self.repository.namespace())? {
            Namespace::Organization => false,
            Namespace::Own => true,
            Namespace::Foreign => return Err(lookup::foreign(&self.title(), self.repository.namespace())),
            Namespace::Missing => {
                let why = lookup::no_namespace(self.repository.namespace());
                return Err(Error::Missing(format!("cannot create the {}: {why}", self.title())));
            }
        };
        let visibility = self.options.given.text("visibility").unwrap_or("private");
        let description = self.options.given.text("description").unwrap_or_default();
        let is_public = visibility == PUBLIC;
        let new = json!({"is_public": is_public, "description": description, "state": "NORMAL", "is_starred": false});
        let mut change = self.change(&new)?;
        change.plan.before.clear();
        change.plan.push(self.repository.create(visibility, description));
        self.settle(change, &new, false, personal)
    }

    fn update(&self, found: &Value) -> Result<Plan> {
        let personal = found["is_organization"] == false;
        let mut change = self.change(found)?;
        if let Some(description) = change.body.get("description") {
            change.plan.push(self.repository.describe(description));
        }
        if let Some(visibility) = change.body.get("visibility") {
            change.plan.push(self.repository.show_to(visibility));
        }
        let plan = self.settle(change, found, true, personal)?;
        if !plan.steps.is_empty() {
            self.refuse_foreign(personal)?;
        }
        Ok(plan)
    }

    /// A star belongs to the calling user; somebody anonymous has none to give.
    fn change(&self, found: &Value) -> Result<Change> {
        let given = &self.options.given;
        let without = given.with("star", Value::Null);
        let given = if self.quay.is_anonymous() { &without } else { given };
        FIELDS.change(&self.title(), self.key(), given, found)
    }

    /// What a new and an old repository have in common: state, star, auto-prune and rights.
    fn settle(&self, change: Change, found: &Value, exists: bool, personal: bool) -> Result<Plan> {
        let Change { mut plan, body } = change;
        if let Some(state) = body.get("repo_state") {
            self.repository.check_state(self.quay, found)?;
            plan.push(self.repository.set_state(state));
        }
        plan.steps.extend(body.get("star").map(|wanted| self.repository.star(*wanted == true)));
        let what = format!("the {}", self.title());
        let owner = Owner { read: self.repository.path(), write: self.repository.path(), what, need: Need::REPO_ADMIN };
        self.options.prune.plan(&mut plan, self.quay, &owner, exists)?;
        if let Some(grants) = &self.options.perms {
            let target = Target {
                repository: self.repository.name,
                namespace: self.repository.namespace(),
                personal,
                exists,
                append: self.options.append,
            };
            let (before, after) = permissions::plan(&mut plan, self.quay, &target, grants)?;
            plan.show("perms", exists.then_some(before), after);
        }
        Ok(plan)
    }

    fn key(&self) -> Value {
        json!({"name": self.repository.name})
    }

    fn refuse_foreign(&self, personal: bool) -> Result<()> {
        lookup::refuse_foreign(self.quay, &self.title(), self.repository.namespace(), personal)
    }
}
