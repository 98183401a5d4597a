//! `quay_default_perm`: the rights that new repositories of an organization come with.

mod grantee;
mod rules;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Error, Module, Need, Path, Plan, Reader, Result, Rules, Slot, State, Step};
use crate::quay::{lookup, names};

use grantee::Accounts;
use rules::{Rule, roles, short};

pub struct DefaultPerm;

#[derive(Deserialize)]
pub struct Options {
    organization: String,
    name: String,
    #[serde(rename = "type")]
    kind: String,
    role: Option<Vec<String>>,
    creator: Option<String>,
    state: State,
}

impl Module for DefaultPerm {
    const NAME: &'static str = "quay_default_perm";
    const RULES: Rules =
        Rules { formats: &[("organization", names::name), ("creator", names::empty_is_none)], ..Rules::NONE };
    const NEED: Need = Need::ORG_ADMIN;
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        let robot = |name: &str| name.contains('+');
        let mut problems = Vec::new();
        if options.kind == "team" && robot(&options.name) {
            problems.push(format!("name: {} is a robot account, and robot accounts need type user", options.name));
        }
        if let Some(creator) = options.creator.as_deref().filter(|creator| robot(creator)) {
            problems.push(format!("creator: {creator} is a robot account, and only users count as creators"));
        }
        if options.role.as_ref().is_some_and(Vec::is_empty) {
            problems.push("role: a default permission gives at least one right: use state absent to remove it".into());
        }
        problems
    }

    fn known(options: &Options) -> Vec<(&'static str, Value)> {
        vec![("role", short(&options.wanted(&[])))]
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let Some(rules) = options.matches(quay)? else {
            return lookup::without_organization(options.state, "create", options.title(), &options.organization);
        };
        match options.state {
            State::Absent => Ok(options.delete(&rules)),
            State::Present => options.set(&rules, quay),
        }
    }
}

impl Options {
    fn title(&self) -> String {
        let kind = if self.kind == "team" { "team " } else { "" };
        let creator = self.creator.as_ref().map(|name| format!(" (creator {name})")).unwrap_or_default();
        format!("default permission of {kind}{} in {}{creator}", self.name, self.organization)
    }

    fn creation(&self) -> String {
        format!("create the {}", self.title())
    }

    fn missing(&self, why: &str) -> Error {
        Error::Missing(format!("cannot {}: {why}", self.creation()))
    }

    fn path(&self) -> Path {
        Path::organization(&self.organization).fixed("/prototypes")
    }

    /// The name as Quay has it; teams are Quay's own.
    fn local_name(&self) -> String {
        if self.kind == "team" { self.name.clone() } else { lookup::local_name(&self.name) }
    }

    fn delete(&self, rules: &[Rule]) -> Plan {
        if rules.is_empty() {
            return Plan::of(self.title());
        }
        let mut plan = Plan::of(self.title()).difference(self.shown(&roles(rules)), json!({}));
        plan.steps.extend(rules.iter().map(|rule| self.removal(rule, "delete the")));
        plan
    }

    fn removal(&self, rule: &Rule, verb: &str) -> Step {
        let what = format!("{verb} {} ({})", self.title(), rule.role);
        Step::removal(self.path().then(&rule.id), what)
    }

    /// Quay permits several rules for the same grantee and creator. One for each wanted right stays; of the others those that are not
    /// needed for another right go.
    fn set(&self, rules: &[Rule], quay: &Reader) -> Result<Plan> {
        let wanted = self.wanted(rules);
        let before = if rules.is_empty() { json!({}) } else { self.shown(&roles(rules)) };
        let mut plan = Plan::of(self.title()).difference(before, self.shown(&wanted));
        let of_role = |role: &str| rules.iter().find(|rule| rule.role == role);
        let is_kept = |rule: &Rule| {
            wanted.contains(&rule.role.as_str()) && of_role(&rule.role).is_some_and(|first| first.id == rule.id)
        };
        let mut spare = rules.iter().filter(|rule| !is_kept(rule));
        let mut ids: Vec<Option<&str>> = Vec::new();
        let mut new = Vec::new();
        for role in &wanted {
            let kept = of_role(role);
            let rule = kept.or_else(|| spare.next());
            match rule {
                Some(rule) if kept.is_none() => {
                    let what = format!("change the {} to {role}", self.title());
                    plan.push(Step::put(self.path().then(&rule.id), json!({"role": role}), what));
                }
                Some(_) => {}
                None => new.push(*role),
            }
            ids.push(rule.map(|rule| rule.id.as_str()));
        }
        if !new.is_empty() {
            let accounts = Accounts::find(self, quay)?;
            plan.steps.extend(accounts.links());
            plan.steps.extend(new.into_iter().map(|role| accounts.creation(self, role)));
        }
        plan.steps.extend(spare.map(|rule| self.removal(rule, "delete another")));
        match (ids.first(), wanted.first()) {
            (Some(Some(id)), _) => plan.give("id", *id),
            (_, Some(role)) => plan.give_answer("id", Slot::new(*role, "/id")),
            _ => {}
        }
        plan.give("role", short(&wanted));
        Ok(plan)
    }

    fn shown(&self, roles: &[&str]) -> Value {
        json!({
            "organization": self.organization,
            "name": self.local_name(),
            "type": self.kind,
            "creator": self.creator.as_deref().map(lookup::local_name),
            "role": short(roles),
        })
    }
}
