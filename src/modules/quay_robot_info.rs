//! `quay_robot_info`: robot accounts with their age and last use.

mod row;

use serde::Deserialize;
use serde_json::Value;

use super::{Error, Module, Need, Plan, Reader, Result, Rules};
use crate::quay::glob::Glob;
use crate::quay::partial::Partial;
use crate::quay::{lists, lookup, names, period, robot, text, time};

pub struct RobotInfo;

#[derive(Deserialize)]
pub struct Options {
    organization: Option<Vec<String>>,
    pattern: Option<String>,
    unused_for: Option<u64>,
    older_than: Option<u64>,
}

/// Days after which a robot account that nobody used is a finding, where the options name no period.
const FORGOTTEN: u64 = 90 * 24 * 3600;

impl Module for RobotInfo {
    const NAME: &'static str = "quay_robot_info";
    const RULES: Rules = Rules {
        formats: &[
            ("organization", names::namespace),
            ("unused_for", period::seconds),
            ("older_than", period::seconds),
        ],
        ..Rules::NONE
    };
    const NEED: Need = Need::ORG_ADMIN;
    type Options = Options;

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let mut plan = Plan::default();
        let mut partial = Partial::default();
        let mut robots = options.robots(quay, &mut partial)?;
        let incomplete = partial.end()?;
        let usage_known = robot::notes_use(quay);
        let pattern = options.pattern.as_deref().map(Glob::new);
        robots.retain(|robot| options.wants(robot, pattern.as_ref(), usage_known));
        let forgotten =
            |robot: &&Value| usage_known && robot::looks_unused(robot, options.unused_for.unwrap_or(FORGOTTEN));
        plan.give("findings", robots.iter().filter(forgotten).map(row::finding).collect::<Value>());
        plan.give("robots", robots.iter().map(row::shown).collect::<Value>());
        plan.give("usage_known", usage_known);
        plan.give("incomplete", incomplete);
        Ok(plan)
    }
}

impl Options {
    fn robots(&self, quay: &Reader, partial: &mut Partial) -> Result<Vec<Value>> {
        let Some(organizations) = &self.organization else {
            let caller = lookup::caller_or(quay, "organization: robot accounts of the caller need credentials")?;
            return lists::own_robots(quay, &caller);
        };
        let mut robots = Vec::new();
        let all = lists::are_all(organizations);
        for organization in lists::named(quay, organizations)? {
            if all {
                robots.extend(partial.take(lists::robots(quay, &organization, true), Error::to_string)?);
                continue;
            }
            match lists::robots_if_there(quay, &organization, true)? {
                Some(found) => robots.push(found),
                None => partial.incomplete.push(lookup::no_organization(&organization)),
            }
        }
        let mut robots: Vec<Value> = robots.into_iter().flatten().collect();
        robots.sort_unstable_by(|one, other| text(&one["name"]).cmp(text(&other["name"])));
        Ok(robots)
    }

    fn wants(&self, robot: &Value, pattern: Option<&Glob>, usage_known: bool) -> bool {
        let short = names::split_robot(text(&robot["name"])).map_or("", |(_, short)| short);
        let fits = pattern.is_none_or(|pattern| pattern.fits(short));
        let is_old = |period| time::of(&robot["created"]).is_some_and(|made| time::is_before(made, period));
        fits && self.older_than.is_none_or(is_old)
            && self.unused_for.is_none_or(|period| usage_known && robot::looks_unused(robot, period))
    }
}
