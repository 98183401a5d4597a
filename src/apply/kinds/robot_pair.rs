//! Pairs of robot accounts that are used in turn.
//!
//! Nothing on the server ties the two together, so that an export has them as robot accounts.

use serde_json::Value;

use super::names::{ObjectName, list, needs_owner, owner, text};
use super::section::{Section, Supply};
use super::{Card, Kind, Options};

/// Pairs of robot accounts.
pub static ROBOT_PAIRS: Card = Card { rank: 4, ..Card::of("robot_pairs", "robot pair", &[&SECTION]) };

/// Their entries in a file.
pub static SECTION: Section = Section {
    supplied: &[("name", Supply::RobotName)],
    left_out: &[],
    steering: &["preserve", "secret", "deliver"],
    brings,
    needs,
    ..Section::of("robot_pairs", Kind::RobotPairs, "quay_robot_pair")
};

/// The two accounts: where robot accounts are pruned, they stay.
fn brings(options: &Options) -> Vec<ObjectName> {
    let name = text(options, "name").unwrap_or_default();
    texts(options, "suffixes").map(|suffix| ObjectName::Robot(format!("{name}-{suffix}"))).collect()
}

fn needs(options: &Options) -> Vec<ObjectName> {
    let organization = text(options, "name").and_then(owner).unwrap_or_default();
    let teams = texts(options, "teams").map(|team| ObjectName::Team(format!("{organization}/{team}")));
    needs_owner(options).into_iter().chain(teams).collect()
}

fn texts<'a>(options: &'a Options, key: &str) -> impl Iterator<Item = &'a str> {
    list(options, key).filter_map(Value::as_str)
}
