//! `quay_token_info`: credentials with their age, last use and end.

mod findings;
mod read;
mod row;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Module, Need, Plan, Reader, Result, Rules};
use crate::quay::{names, period};

use read::Found;
use row::{Kind, Row};

pub struct TokenInfo;

#[derive(Deserialize)]
pub struct Options {
    organization: Option<Vec<String>>,
    kinds: Vec<Kind>,
    unused_for: Option<u64>,
    expiring_within: Option<u64>,
    older_than: Option<u64>,
}

impl Module for TokenInfo {
    const NAME: &'static str = "quay_token_info";
    const RULES: Rules = Rules {
        formats: &[
            ("organization", names::namespace),
            ("unused_for", period::seconds),
            ("expiring_within", period::seconds),
            ("older_than", period::seconds),
        ],
        ..Rules::NONE
    };
    const NEED: Need = Need::ORG_ADMIN;
    type Options = Options;

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let found = Found::read(options, quay)?;
        let usage_known = |kind: Kind| kind.notes_use(quay, &found.rows);
        let usage: BTreeMap<Kind, bool> = options.kinds.iter().map(|kind| (*kind, usage_known(*kind))).collect();
        let is_known = |row: &Row| usage.get(&row.kind) == Some(&true);
        let wanted: Vec<&Row> = found.rows.iter().filter(|row| options.wants(row, is_known(row))).collect();
        let mut plan = Plan::default();
        plan.give("tokens", wanted.iter().map(|row| row.shown()).collect::<Value>());
        plan.give(
            "findings",
            wanted.iter().flat_map(|row| findings::of(row, is_known(row), &found.people)).collect::<Value>(),
        );
        plan.give("usage_known", json!(usage));
        plan.give("incomplete", found.partial.end()?);
        Ok(plan)
    }
}

impl Options {
    fn wants(&self, row: &Row, usage_known: bool) -> bool {
        self.unused_for.is_none_or(|period| usage_known && row.is_unused(period))
            && self.expiring_within.is_none_or(|period| row.ends_within(period))
            && self.older_than.is_none_or(|period| row.is_older(period))
    }

    fn has(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }
}
