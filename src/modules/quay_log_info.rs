//! `quay_log_info`: the usage log, in entries, in numbers, or exported by the server.

mod export;

use serde::Deserialize;
use serde_json::{Value, json};

use super::contract::broken;
use super::{Error, Module, Need, Plan, Reader, Result, Rules};
use crate::quay::log::range::{self, Range};
use crate::quay::log::search::{Found, Wanted, read};
use crate::quay::log::{Scope, check_performer, counts};
use crate::quay::server::off;
use crate::quay::time::moment_of_utc;
use crate::quay::{lookup, names};

pub struct LogInfo;

#[derive(Deserialize)]
pub struct Options {
    organization: Option<String>,
    repository: Option<String>,
    own: bool,
    since: Option<String>,
    until: Option<String>,
    performer: Option<String>,
    kinds: Option<Vec<String>>,
    count: bool,
    max_entries: i64,
    export_url: Option<String>,
    export_email: Option<String>,
}

impl Module for LogInfo {
    const NAME: &'static str = "quay_log_info";
    const RULES: Rules = Rules {
        hooks: &["export_url"],
        formats: &[
            ("organization", names::namespace),
            ("repository", names::repository),
            ("performer", names::empty_is_none),
            ("since", moment_of_utc),
            ("until", moment_of_utc),
            ("export_url", export::address),
            ("export_email", names::empty_is_none),
        ],
        ..Rules::NONE
    };
    const NEED: Need = Need::ORG_ADMIN;
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        let scopes = [options.organization.is_some(), options.repository.is_some(), options.own];
        let is_account = options.organization.is_some() || options.own;
        let is_whole = !scopes.contains(&true);
        broken(&[
            (scopes.iter().filter(|scope| **scope).count() > 1, "organization, repository and own exclude each other"),
            (
                options.performer.is_some() && !is_account,
                "performer: Quay filters by account with organization or own only",
            ),
            (
                options.exports() && is_whole,
                "Quay exports no log of the whole registry: give organization, repository or own",
            ),
            (options.exports() && options.count, "count and an export exclude each other"),
            (
                options.exports() && (options.performer.is_some() || !options.kinds().is_empty()),
                "Quay exports whole logs: leave performer and kinds out",
            ),
            (options.max_entries < 0, "max_entries: 0 (no limit) or more"),
        ])
    }

    fn known(options: &Options) -> Vec<(&'static str, Value)> {
        let nothing = match (options.exports(), options.count) {
            (true, _) => None,
            (_, is_count) => Some((if is_count { "counts" } else { "logs" }, json!([]))),
        };
        [("truncated", json!(false)), ("incomplete", json!({}))].into_iter().chain(nothing).collect()
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let scope = options.scope(quay)?;
        let attempt = format!("{} {}", if options.count { "count" } else { "read" }, scope.shown());
        check_performer(quay, &attempt, options.performer.as_deref(), options.count)?;
        let now = quay.told_server_time()?;
        let range = Range::of(options.since.as_deref(), options.until.as_deref(), now)?;
        let read = range.over(now);
        let mut plan = Plan::default();
        plan.give("truncated", false);
        plan.give("incomplete", json!({}));
        match (options.exports(), options.count) {
            (true, _) => options.export(quay, &scope, range, &mut plan)?,
            (_, true) => options.count(quay, &scope, read, &mut plan)?,
            _ => options.list(quay, &scope, read, &mut plan)?,
        }
        Ok(plan)
    }
}

impl Options {
    fn scope(&self, quay: &Reader) -> Result<Scope> {
        Ok(match (&self.organization, &self.repository, self.own) {
            (Some(name), _, _) => Scope::Namespace(name.clone()),
            (_, Some(name), _) => Scope::Repository(lookup::repository_name(quay, "repository", name)?),
            (_, _, true) => Scope::Own,
            _ => Scope::Registry,
        })
    }

    fn kinds(&self) -> &[String] {
        self.kinds.as_deref().unwrap_or_default()
    }

    fn list(&self, quay: &Reader, scope: &Scope, range: Range, plan: &mut Plan) -> Result<()> {
        let most = usize::try_from(self.max_entries).ok().filter(|most| *most > 0).unwrap_or(usize::MAX);
        let wanted = Wanted { scope, performer: self.performer.as_deref(), kinds: self.kinds(), range, most };
        let Found { entries, truncated, missing, warnings } = read(quay, &wanted)?;
        plan.give("truncated", truncated);
        plan.give("incomplete", missing.shown());
        plan.give("logs", entries);
        plan.warnings.extend(warnings);
        Ok(())
    }

    fn count(&self, quay: &Reader, scope: &Scope, range: Range, plan: &mut Plan) -> Result<()> {
        let days = range.days();
        let counts = counts::read(quay, scope, self.performer.as_deref(), *days.start(), *days.end())?;
        let counts = counts.ok_or_else(|| {
            let feature = off("AGGREGATED_LOG_COUNT_RETRIEVAL");
            Error::Option(format!("cannot count {}: {feature}", scope.shown()))
        })?;
        let wanted = |kind: &String| self.kinds().is_empty() || self.kinds().contains(kind);
        let each = counts.iter().flat_map(|(day, kinds)| kinds.iter().map(move |(kind, count)| (day, kind, count)));
        let each = each.filter(|(_, kind, _)| wanted(kind));
        plan.give(
            "counts",
            each.map(|(day, kind, count)| json!({"day": range::written(*day), "kind": kind, "count": count}))
                .collect::<Value>(),
        );
        Ok(())
    }
}
