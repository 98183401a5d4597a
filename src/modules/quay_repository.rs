//! `quay_repository`: create, delete and configure a repository.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Module;
use super::contract::Rules;
use super::prune_options::{self, PruneOptions};
use crate::api::{Path, Reader};
use crate::error::{Error, Need, Result};
use crate::plan::{Hint, Plan, Probe, Step};
use crate::quay::lookup::{self, Namespace};
use crate::quay::permissions::{self, Grant, Target};
use crate::quay::policy::Owner;
use crate::quay::server::Server;
use crate::quay::{State, names};

pub struct Repository;

#[derive(Deserialize)]
pub struct Options {
    name: String,
    visibility: Option<String>,
    description: Option<String>,
    perms: Option<Vec<Grant>>,
    append: bool,
    star: Option<bool>,
    repo_state: Option<String>,
    #[serde(flatten)]
    prune: PruneOptions,
    state: State,
}

const CREATE: Need = Need::right("repo:create", "allowed to create repositories in the namespace");
const STAR: Need = Need::right("user:admin", "");

const CREATE_HINTS: &[Hint] = &[
    Hint {
        status: 400,
        contains: "already exists",
        advice: "the repository is there, but hidden from this caller, who needs the scope repo:admin and a role on it",
    },
    Hint {
        status: 400,
        contains: "mirror",
        advice: "the organization is mirrored as a whole: its repositories come from the source",
    },
    Hint {
        status: 400,
        contains: "invalid repository name",
        advice: "names with more than one / need FEATURE_EXTENDED_REPOSITORY_NAMES",
    },
    Hint { status: 402, contains: "", advice: "the limit of private repositories is reached" },
];
const STATE_HINTS: &[Hint] = &[
    Hint { status: 400, contains: "'description' is a required property", advice: FEATURE_OFF },
    Hint { status: 400, contains: "mirror", advice: MIRRORED },
];
const FEATURE_OFF: &str = "switch FEATURE_REPO_MIRROR on in Quay's configuration";
const MIRRORED: &str = "the organization is mirrored as a whole: the state of its repositories cannot be set";

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
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        let namespace = options.name.split_once('/').map(|(namespace, _)| namespace);
        let mut problems = permissions::contradictions(options.perms.as_deref().unwrap_or_default(), namespace);
        problems.extend(options.prune.problem());
        problems
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let name = lookup::repository_name(quay, "name", &options.name)?;
        let repository = Work { options, quay, name: &name, namespace: names::namespace_of(&name) };
        match (options.state, repository.find()?) {
            (State::Absent, Found::Missing) => Ok(Plan::of(repository.title())),
            (State::Absent, Found::Hidden(error)) => repository.absent_or(error),
            (State::Absent, Found::There(found)) => repository.delete(&found),
            (State::Present, Found::There(found)) => repository.update(&found),
            (State::Present, Found::Missing | Found::Hidden(_)) => repository.create(),
        }
    }
}

enum Found {
    There(Value),
    Missing,
    /// Status 403. It does not prove that the repository exists: somebody who may only create repositories gets it for a name
    /// that is free.
    Hidden(Error),
}

/// One run of the module.
struct Work<'a> {
    options: &'a Options,
    quay: &'a Reader,
    name: &'a str,
    namespace: &'a str,
}

impl Work<'_> {
    fn title(&self) -> String {
        format!("repository {}", self.name)
    }

    fn path(&self) -> Path {
        Path::repository(self.name)
    }

    fn find(&self) -> Result<Found> {
        let found = self.quay.find(&lookup::repository_path(self.name));
        match found.map_err(|error| error.attempting(format!("read the {}", self.title()))) {
            Ok(Some(found)) => Ok(Found::There(found)),
            Ok(None) => Ok(Found::Missing),
            Err(error) if error.status() == Some(403) => Ok(Found::Hidden(error)),
            Err(error) => Err(error),
        }
    }

    fn absent_or(&self, error: Error) -> Result<Plan> {
        match lookup::namespace(self.quay, self.namespace)? {
            Namespace::Missing => Ok(Plan::of(self.title())),
            _ => Err(error),
        }
    }

    /// Quay answers 204 for a repository that is not there, so only one that was seen is deleted.
    fn delete(&self, found: &Value) -> Result<Plan> {
        self.refuse_foreign(found["is_organization"] == false)?;
        let before = json!({
            "name": self.name,
            "visibility": visibility(found),
            "description": found["description"].as_str().unwrap_or_default(),
        });
        let mut plan = Plan::of(self.title()).difference(before, json!({}));
        plan.push(Step::delete(self.path(), format!("delete the {}", self.title())));
        Ok(plan)
    }

    fn create(&self) -> Result<Plan> {
        let personal = match lookup::namespace(self.quay, self.namespace)? {
            Namespace::Organization => false,
            Namespace::Own => true,
            Namespace::Foreign => return Err(lookup::foreign(&self.title(), self.namespace)),
            Namespace::Missing => {
                let why = lookup::no_namespace(self.namespace);
                return Err(Error::Missing(format!("cannot create the {}: {why}", self.title())));
            }
        };
        let visibility = self.options.visibility.as_deref().unwrap_or("private");
        let description = self.options.description.as_deref().unwrap_or_default();
        let body = json!({
            "namespace": self.namespace,
            "repository": self.name.split_once('/').map_or(self.name, |(_, short)| short),
            "visibility": visibility,
            "description": description,
            "repo_kind": "image",
        });
        let mut plan = Plan::of(self.title());
        let create = Step::post(Path::api("repository"), body, format!("create the {}", self.title()));
        let same = Probe::equal(
            lookup::repository_path(self.name),
            vec![("/is_public", json!(visibility == "public")), ("/description", json!(description))],
        );
        plan.push(create.needing(CREATE).hinting(CREATE_HINTS).settled_by(same));
        plan.show("name", None, json!(self.name));
        compare(&mut plan, "visibility", self.options.visibility.as_deref(), &json!("private"), false);
        compare(&mut plan, "description", self.options.description.as_deref(), &json!(""), false);
        self.settle(plan, &json!({"state": "NORMAL", "is_starred": false}), false, personal)
    }

    fn update(&self, found: &Value) -> Result<Plan> {
        let personal = found["is_organization"] == false;
        let mut plan = Plan::of(self.title());
        plan.show("name", Some(json!(self.name)), json!(self.name));
        let current = json!(found["description"].as_str().unwrap_or_default());
        let wanted = self.options.description.as_deref();
        if let Some(description) = compare(&mut plan, "description", wanted, &current, true) {
            let what = format!("change the description of the {}", self.title());
            plan.push(Step::put(self.path(), json!({"description": description}), what).needing(Need::REPO_WRITE));
        }
        let wanted = self.options.visibility.as_deref();
        if let Some(visibility) = compare(&mut plan, "visibility", wanted, &json!(visibility(found)), true) {
            let what = format!("make the {} {visibility}", self.title());
            let path = self.path().fixed("/changevisibility");
            plan.push(Step::post(path, json!({"visibility": visibility}), what).hinting(CREATE_HINTS));
        }
        let plan = self.settle(plan, found, true, personal)?;
        if !plan.steps.is_empty() {
            self.refuse_foreign(personal)?;
        }
        Ok(plan)
    }

    /// What a new and an old repository have in common: state, star, auto-prune and rights.
    fn settle(&self, mut plan: Plan, found: &Value, exists: bool, personal: bool) -> Result<Plan> {
        let wanted = self.options.repo_state.as_deref();
        if let Some(state) = compare(&mut plan, "repo_state", wanted, &found["state"], exists) {
            self.check_state(found)?;
            let what = format!("set the state of the {} to {state}", self.title());
            let path = self.path().fixed("/changestate");
            plan.push(Step::put(path, json!({"state": state}), what).hinting(STATE_HINTS));
        }
        self.star(&mut plan, found["is_starred"] == true, exists);
        let what = format!("the {}", self.title());
        let owner = Owner { read: self.path(), write: self.path(), what, need: Need::REPO_ADMIN };
        self.options.prune.plan(&mut plan, self.quay, &owner, exists)?;
        if let Some(grants) = &self.options.perms {
            let target = Target {
                repository: self.name,
                namespace: self.namespace,
                personal,
                exists,
                append: self.options.append,
            };
            let (before, after) = permissions::plan(&mut plan, self.quay, &target, grants)?;
            plan.show("perms", exists.then_some(before), after);
        }
        Ok(plan)
    }

    /// A star belongs to the calling user; somebody anonymous has none to give.
    fn star(&self, plan: &mut Plan, starred: bool, exists: bool) {
        let Some(wanted) = self.options.star.filter(|_| !self.quay.is_anonymous()) else {
            return;
        };
        plan.show("star", exists.then(|| json!(starred)), json!(wanted));
        let path = Path::api("user/starred");
        let short = self.name.split_once('/').map_or(self.name, |(_, short)| short);
        match (starred, wanted) {
            (false, true) => {
                let body = json!({"namespace": self.namespace, "repository": short});
                plan.push(Step::post(path, body, format!("star the {}", self.title())).needing(STAR));
            }
            (true, false) => {
                let path = self.name.split('/').fold(path, |path, part| path.then(part));
                plan.push(Step::delete(path, format!("take the star from the {}", self.title())).needing(STAR));
            }
            _ => {}
        }
    }

    /// Refuses before the first write what the server would refuse, with the feature off in strange words: the request
    /// then falls into the route of the description.
    fn check_state(&self, found: &Value) -> Result<()> {
        let refuse = |why| Err(Error::Option(format!("cannot set repo_state of the {}: {why}", self.title())));
        if found["state"] == "ORG_MIRROR" {
            return refuse(MIRRORED);
        }
        if Server::ask(self.quay).lacks("REPO_MIRROR") {
            return refuse(FEATURE_OFF);
        }
        Ok(())
    }

    fn refuse_foreign(&self, personal: bool) -> Result<()> {
        lookup::refuse_foreign(self.quay, &self.title(), self.namespace, personal)
    }
}

/// Shows a text option, if it was given, and returns its value when it has to be written.
fn compare<'w>(plan: &mut Plan, key: &str, wanted: Option<&'w str>, current: &Value, exists: bool) -> Option<&'w str> {
    let wanted = wanted?;
    plan.show(key, exists.then(|| current.clone()), json!(wanted));
    (current != wanted).then_some(wanted)
}

fn visibility(found: &Value) -> &'static str {
    if found["is_public"] == true { "public" } else { "private" }
}
