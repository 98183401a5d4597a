//! `quay_default_perm`: the rights that new repositories of an organization come with.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Module;
use super::contract::Rules;
use crate::api::{Path, Reader, Slot};
use crate::error::{Error, Need, Result};
use crate::plan::{Hint, Once, Plan, Probe, Step};
use crate::quay::lookup::{self, Account, Namespace};
use crate::quay::{State, names};

pub struct DefaultPerm;

#[derive(Deserialize)]
pub struct Options {
    organization: String,
    name: String,
    #[serde(rename = "type")]
    kind: String,
    role: Option<String>,
    creator: Option<String>,
    state: State,
}

/// A rule as the API shows it; it calls them prototypes.
#[derive(Deserialize)]
struct Rule {
    id: String,
    role: String,
}

/// What a rule says.
const EQUAL: &[&str] = &["/role", "/delegate/kind", "/delegate/name", "/activating_user/name"];
const HINTS: &[Hint] = &[
    Hint { status: 400, contains: "missing delegate", advice: "name: Quay knows no such user, robot account or team" },
    Hint { status: 400, contains: "unknown activating", advice: "creator: Quay knows no such user" },
];

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
        problems
    }

    fn known(options: &Options) -> Vec<(&'static str, Value)> {
        vec![("role", json!(options.wanted()))]
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let Some(rules) = options.matches(quay)? else {
            return match options.state {
                State::Absent => Ok(Plan::of(options.title())),
                State::Present => Err(options.missing(&lookup::no_organization(&options.organization))),
            };
        };
        match (options.state, rules.first()) {
            (State::Absent, None) => Ok(Plan::of(options.title())),
            (State::Absent, Some(first)) => Ok(options.delete(first, &rules)),
            (State::Present, Some(first)) => Ok(options.update(first, &rules)),
            (State::Present, None) => options.create(quay),
        }
    }
}

impl Options {
    /// The right of a new rule.
    fn wanted(&self) -> &str {
        self.role.as_deref().unwrap_or("read")
    }

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

    /// Every rule for this grantee and creator (Quay permits several), `None` without the organization.
    fn matches(&self, quay: &Reader) -> Result<Option<Vec<Rule>>> {
        let attempt = format!("read the default permissions of {}", self.organization);
        let list = quay.list(&self.path(), "prototypes").map_err(|error| error.attempting(attempt));
        let Some(list) = lookup::within(quay, &self.organization, list)? else {
            return Ok(None);
        };
        let is_it = self.matcher();
        let rules = list.into_iter().filter(|rule| is_it(rule));
        rules.map(|rule| crate::quay::decode(rule, "a default permission")).collect::<Result<_>>().map(Some)
    }

    fn matcher(&self) -> impl Fn(&Value) -> bool + Send + use<> {
        let (kind, name, local) = (self.kind.clone(), self.name.clone(), self.local_name());
        let creator = self.creator.clone().map(|creator| (lookup::local_name(&creator), creator));
        move |rule| {
            let delegate = &rule["delegate"];
            let by = rule["activating_user"]["name"].as_str();
            let by_this = match &creator {
                Some((local, creator)) => by.is_some_and(|by| by == local || by == creator),
                None => by.is_none(),
            };
            delegate["kind"] == *kind && (delegate["name"] == *name || delegate["name"] == *local) && by_this
        }
    }

    fn delete(&self, first: &Rule, rules: &[Rule]) -> Plan {
        let mut plan = Plan::of(self.title()).difference(self.shown(&first.role), json!({}));
        for rule in rules {
            let what = format!("delete the {} ({})", self.title(), rule.role);
            plan.push(Step::delete(self.path().then(&rule.id), what).tolerating(&[(404, "")]));
        }
        plan
    }

    /// Quay permits several rules for the same grantee and creator. One with the wanted right stays; those that say the same, or
    /// would have to, go.
    fn update(&self, first: &Rule, rules: &[Rule]) -> Plan {
        let wanted = self.role.as_ref().unwrap_or(&first.role);
        let kept = rules.iter().find(|rule| rule.role == *wanted).unwrap_or(first);
        let differs = |rule: &&Rule| self.role.is_some() && rule.role != *wanted;
        let before = rules.iter().find(differs).unwrap_or(first);
        let mut plan = Plan::of(self.title()).difference(self.shown(&before.role), self.shown(wanted));
        if differs(&kept) {
            let what = format!("change the {} to {wanted}", self.title());
            plan.push(Step::put(self.path().then(&kept.id), json!({"role": wanted}), what));
        }
        for rule in rules.iter().filter(|rule| rule.id != kept.id && (self.role.is_some() || rule.role == *wanted)) {
            let what = format!("delete another {} ({})", self.title(), rule.role);
            plan.push(Step::delete(self.path().then(&rule.id), what).tolerating(&[(404, "")]));
        }
        plan.give("id", kept.id.as_str());
        plan.give("role", wanted.as_str());
        plan
    }

    fn create(&self, quay: &Reader) -> Result<Plan> {
        let role = self.wanted();
        let grantee = if self.kind == "team" { self.team(quay)? } else { self.account("name", &self.name, quay)? };
        let mut body = json!({"role": role, "delegate": {"name": grantee.name, "kind": self.kind}});
        let mut accounts = vec![("/delegate/name", grantee)];
        if let Some(name) = &self.creator {
            let creator = self.account("creator", name, quay)?;
            body["activating_user"] = json!({"name": creator.name});
            accounts.push(("/activating_user/name", creator));
        }
        let is_it = self.matcher();
        let wanted = json!(role);
        let find = move |answer: &Value| {
            answer["prototypes"].as_array()?.iter().find(|rule| is_it(rule) && rule["role"] == wanted).cloned()
        };
        let mut create = Step::post(self.path(), body, self.creation())
            .named("create")
            .hinting(HINTS)
            .settled_by(Probe::finding(self.path(), find))
            .once(Once { list: self.path(), key: "prototypes", each: self.path(), id: "id", equal: EQUAL });
        for (pointer, account) in &accounts {
            if let Some(slot) = &account.link {
                create = create.filled(pointer, slot.clone());
            }
        }
        let mut plan = Plan::of(self.title()).difference(json!({}), self.shown(role));
        // Somebody can be both; one link is enough.
        accounts.dedup_by_key(|(_, account)| account.name.clone());
        plan.steps.extend(accounts.iter().filter_map(|(_, account)| account.link_step()));
        plan.push(create);
        plan.give_answer("id", Slot::new("create", "/id"));
        plan.give("role", role);
        Ok(plan)
    }

    fn team(&self, quay: &Reader) -> Result<Account> {
        let organization = lookup::organization(quay, &self.organization)?.unwrap_or_default();
        match organization["teams"].as_object() {
            Some(teams) if !teams.contains_key(&self.name) => {
                Err(self.missing(&format!("name: {} has no team {}", self.organization, self.name)))
            }
            // Without the map the teams are not shown to this caller: Quay checks the name itself.
            _ => Ok(unchecked(&self.name)),
        }
    }

    fn account(&self, option: &str, name: &str, quay: &Reader) -> Result<Account> {
        if let Some(account) = lookup::account(quay, name).map_err(|error| error.attempting(self.creation()))? {
            return Ok(account);
        }
        match name.split_once('+') {
            // Robot accounts of other users are not shown: Quay checks the name itself.
            Some((owner, _)) if lookup::namespace(quay, owner)? == Namespace::Foreign => Ok(unchecked(name)),
            Some(_) => Err(self.missing(&format!("{option}: there is no robot account {name}"))),
            None => Err(self.missing(&format!("{option}: there is no user {name}"))),
        }
    }

    fn shown(&self, role: &str) -> Value {
        json!({
            "organization": self.organization,
            "name": self.local_name(),
            "type": self.kind,
            "creator": self.creator.as_deref().map(lookup::local_name),
            "role": role,
        })
    }
}

/// An account whose existence is left to Quay.
fn unchecked(name: &str) -> Account {
    Account { name: name.to_owned(), link: None }
}
