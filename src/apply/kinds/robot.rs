//! Robot accounts, and the outside identities that may sign in as one.

use serde_json::{Map, Value, json};

use super::export::{Export, Source, if_available};
use super::names::{ObjectName, needs_owner, text};
use super::prediction::Made;
use super::section::{Section, Supply};
use super::shape::tidy;
use super::{Card, Kind};
use crate::api::Path;
use crate::error::Result;
use crate::quay::{lists, version};

/// Robot accounts.
pub static ROBOTS: Card = Card { pruned: true, rank: 4, ..Card::of("robots", "robot account", &[&SECTION]) };

/// Federations, which are an option of their robot account.
pub static FEDERATIONS: Card =
    Card { held: Some((Kind::Robots, "federations")), pruned: true, ..Card::of("federations", "federation of", &[]) };

/// Their entries in a file.
pub static SECTION: Section = Section {
    supplied: &[("name", Supply::RobotName)],
    left_out: &["append", "regenerate", "unused_for"],
    steering: &["prune", "preserve", "secret", "deliver"],
    makes: |options| text(options, "name").map(|name| ObjectName::Robot(name.to_owned())),
    needs: needs_owner,
    predict,
    export: Export::Each { names, read },
    ..Section::of("robots", Kind::Robots, "quay_robot")
};

fn predict(made: &Made<'_>) {
    if let (true, Some((organization, short))) = (made.is_new(), made.text("name").split_once('+')) {
        let path = Path::organization(organization).fixed("/robots").then(short);
        let body = json!({"name": made.text("name"), "description": made.after("description"),
            "unstructured_metadata": made.after("metadata")});
        made.server.keep(&path, 200, body);
        made.server.complete(&path);
    }
}

fn names(source: &Source<'_>, organization: &str, _: &mut Vec<String>) -> Result<Vec<String>> {
    let robots = lists::robots_kept(source.quay, organization, false)?;
    Ok(robots.iter().filter_map(|robot| lists::short_name(robot, organization)).map(str::to_owned).collect())
}

/// A robot account. Older servers have no federations.
fn read(source: &Source<'_>, organization: &str, name: &str, _: &mut Vec<String>) -> Result<Map<String, Value>> {
    let full = format!("{organization}+{name}");
    let with_federations = match source.server.older(version::FEDERATIONS.since) {
        Some(_) => None,
        None => if_available(source.seen(&SECTION, json!({"name": full, "federations": [], "append": true})))?,
    };
    let seen = match with_federations {
        Some(seen) => seen,
        None => source.seen(&SECTION, json!({"name": full}))?,
    };
    let mut robot = tidy(seen, &[], &json!({}));
    robot.insert("name".into(), json!(name));
    Ok(robot)
}
