//! `quay_robot_pair`: two robot accounts that are used in turn, so that a token is rotated without an interruption.
//!
//! One account has one token, and nothing on the server tells the age of a token but the `created` of its account. So the
//! account that is not in use is deleted and made anew, which stamps it.

mod pair;

use serde::Deserialize;
use serde_json::{Value, json};

use super::contract::RequiredIf;
use super::{Module, Need, Plan, Reader, Result, Rules, Slot, State};
use crate::quay::robot::{Federation, federation};
use crate::quay::{lists, lookup, names, period, time};

use pair::{Pair, Twin};

pub struct RobotPair;

#[derive(Deserialize)]
pub struct Options {
    name: String,
    suffixes: Vec<String>,
    teams: Vec<String>,
    rotate_after: Option<u64>,
    unused_for: u64,
    description: Option<String>,
    federations: Option<Vec<Federation>>,
    state: State,
}

impl Module for RobotPair {
    const NAME: &'static str = "quay_robot_pair";
    const RULES: Rules = Rules {
        returned_secrets: &["token"],
        formats: &[
            ("teams", names::name),
            ("rotate_after", period::seconds),
            ("unused_for", period::seconds),
            ("description", names::at_most_255),
            ("federations.issuer", names::web_url),
        ],
        required_if: &[RequiredIf { option: "state", value: "present", then: &["rotate_after"], any: false }],
        ..Rules::NONE
    };
    const NEED: Need = Need::ORG_ADMIN;
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        let mut problems = federation::doubles(options.federations.as_deref().unwrap_or_default());
        problems.extend(options.name_problem());
        problems
    }

    fn known(options: &Options) -> Vec<(&'static str, Value)> {
        let first = options.suffixes.first().map(|suffix| options.account(suffix));
        vec![("name", json!(first)), ("previous_name", Value::Null), ("rotated", json!(true))]
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let organization = options.organization();
        let read = lists::robots_kept(quay, organization, true);
        let Some(robots) = lookup::within(quay, organization, read)? else {
            return lookup::without_organization(options.state, "set up", options.title(), organization);
        };
        let pair = Pair::of(options, &robots)?;
        if options.state == State::Absent {
            return options.delete(&pair, quay);
        }
        pair::check_teams(options, &robots, quay)?;
        match &pair.active {
            Some(active) if !active.is_older_than(options.rotate_after.unwrap_or_default())? => {
                options.keep(active, &pair, quay)
            }
            _ => options.rotate(&pair, quay),
        }
    }
}

impl Options {
    fn title(&self) -> String {
        format!("robot pair {}", self.name)
    }

    fn organization(&self) -> &str {
        names::split_robot(&self.name).map_or("", |(organization, _)| organization)
    }

    fn name_problem(&self) -> Option<String> {
        if !self.name.contains('+') {
            return Some("name: a pair belongs to an organization: write organization+name".into());
        }
        let [one, other] = self.suffixes.as_slice() else {
            return Some("suffixes: a pair has two".into());
        };
        if one == other {
            return Some(format!("suffixes: the two have to differ, and both are \"{one}\""));
        }
        let wrong = |suffix: &String| names::robot(&json!(self.account(suffix))).err();
        Some(format!("name: {}", self.suffixes.iter().find_map(wrong)?))
    }

    /// The name of the account with this suffix.
    fn account(&self, suffix: &str) -> String {
        format!("{}-{suffix}", self.name)
    }

    fn delete(&self, pair: &Pair, quay: &Reader) -> Result<Plan> {
        let shown = pair.present().map(|twin| json!({"name": twin.account.name, "teams": twin.teams()}));
        let mut plan = Plan::of(self.title());
        if pair.present().next().is_some() {
            plan = plan.difference(self.shown(shown.collect()), json!({}));
        }
        // The one that is in use goes last.
        for twin in pair.present().collect::<Vec<_>>().into_iter().rev() {
            twin.account.spare_mirror(quay)?;
            twin.account.delete(&mut plan);
        }
        Ok(plan)
    }

    /// Nothing is due: the accounts only get what they lack.
    fn keep(&self, active: &Twin, pair: &Pair, quay: &Reader) -> Result<Plan> {
        let mut plan = Plan::of(self.title());
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for twin in pair.present() {
            let (was, will_be) = twin.complete(&mut plan, self, quay)?;
            before.push(was);
            after.push(will_be);
        }
        let mut plan = plan.difference(self.shown(before), self.shown(after));
        self.give(&mut plan, active, Some(&pair.other).filter(|other| other.found.is_some()), false);
        plan.give("token", active.told("token"));
        plan.give("valid_since", json!(time::of(&active.told("created")).map(time::written)));
        Ok(plan)
    }

    /// The account that is not in use, or the first one, is made anew.
    fn rotate(&self, pair: &Pair, quay: &Reader) -> Result<Plan> {
        let (mut plan, new) = (Plan::of(self.title()), &pair.other);
        new.check_unused(self, quay)?;
        let federations = federation::sorted(self.federations.as_deref());
        let (mut before, mut after) = (Vec::new(), vec![new.shown(&self.teams, federations.as_deref())]);
        if let Some(active) = &pair.active {
            let (was, will_be) = active.complete(&mut plan, self, quay)?;
            before.push(was);
            after.push(will_be);
        }
        if new.found.is_some() {
            before.push(new.shown(&new.teams(), None));
            new.account.delete(&mut plan);
        }
        let inherited = new.inheritance(self, quay)?;
        new.account.create(&mut plan, quay, inherited.body, &inherited.federations)?;
        plan.steps.extend(self.teams.iter().map(|team| new.join(team, self)));
        let before = if before.is_empty() { json!({}) } else { self.shown(before) };
        let mut plan = plan.difference(before, self.shown(after));
        self.give(&mut plan, new, pair.active.as_ref(), true);
        plan.give_answer("token", Slot::new("create", "/token"));
        plan.give_made("valid_since", Slot::new("create", "/created"), |created| {
            json!(time::of(created).map(time::written))
        });
        Ok(plan)
    }

    fn give(&self, plan: &mut Plan, active: &Twin, previous: Option<&Twin>, rotated: bool) {
        plan.give("name", active.account.name.as_str());
        plan.give("previous_name", previous.map(|twin| twin.account.name.as_str()));
        plan.give("rotated", rotated);
    }

    /// The accounts, the one to be used first.
    fn shown(&self, accounts: Vec<Value>) -> Value {
        json!({"name": self.name, "accounts": accounts})
    }
}
