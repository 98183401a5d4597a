//! Robot accounts, and the outside identities that may sign in as one.

use serde_json::json;

use super::names::{ObjectName, needs_owner, text};
use super::prediction::Made;
use super::section::{Section, Supply};
use super::{Card, Kind};
use crate::api::Path;

/// Robot accounts.
pub static ROBOTS: Card = Card { pruned: true, rank: 4, ..Card::of("robots", "robot account", &[&SECTION]) };

/// Federations, which are an option of their robot account.
pub static FEDERATIONS: Card =
    Card { held: Some((Kind::Robots, "federations")), pruned: true, ..Card::of("federations", "federation of", &[]) };

/// Their entries in a file.
pub static SECTION: Section = Section {
    supplied: &[("name", Supply::RobotName)],
    steering: &["prune", "preserve"],
    makes: |options| text(options, "name").map(|name| ObjectName::Robot(name.to_owned())),
    needs: needs_owner,
    predict,
    ..Section::of("robots", Kind::Robots, "quay_robot")
};

fn predict(made: &Made<'_>) {
    if let (true, Some((organization, short))) = (made.is_new(), made.text("name").split_once('+')) {
        let path = Path::organization(organization).fixed("/robots").then(short);
        let body = json!({"name": made.text("name"), "description": made.after("description")});
        made.server.keep(&path, 200, body);
        made.server.complete(&path);
    }
}
