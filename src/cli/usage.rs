//! `quaymaster usage`.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::{Map, Value, json};

use super::Ended;
use super::report::{Cell, Column, Content, Output, Row, identity};
use super::server::Server;
use crate::api::{Pace, Reader, Settings};
use crate::apply::export::chosen;
use crate::apply::input::registry::Endpoint;
use crate::error::Result;
use crate::quay::partial::Partial;
use crate::quay::usage::Namespaces;
use crate::quay::{lists, size, text, usage};

/// Show how much storage organizations and repositories use, how much they may, and what will be refused soon.
///
/// Sizes are those that Quay counts (FEATURE_QUOTA_MANAGEMENT): compressed layers, each once in an organization and once in each
/// repository, so that the repositories do not add up to the organization. What is being counted has no size yet. Changes nothing.
///
/// The server is that of --endpoint, else that of QUAY_HOST, else the only one that `quaymaster login` knows. A superuser or a global
/// read-only superuser sees everything; others see the organizations that they are members of.
#[derive(Args)]
#[command(after_long_help = HELP)]
pub struct Usage {
    /// Names of organizations, or patterns with *, ? and [...]; all that the account sees without one.
    #[arg(value_name = "ORGANIZATION")]
    organizations: Vec<String>,
    /// Also each repository.
    #[arg(long)]
    repositories: bool,
    /// Also personal namespaces: superusers see them.
    #[arg(long)]
    users: bool,
    /// Also each live tag of the repositories with its pulls: Quay lists none, so it takes a request for each tag (Quay 3.16).
    #[arg(long, requires = "repositories")]
    pulls: bool,
    /// Also the size of the whole registry: superusers see it.
    #[arg(long)]
    registry: bool,
    /// Only what is over a limit of its quota, or less than 10 percent of the quota below one that refuses pushes.
    #[arg(long)]
    problems: bool,
    #[command(flatten)]
    report: Output,
    #[command(flatten)]
    server: Server,
}

const HELP: &str = "\
Examples:
  quaymaster usage                                        all organizations
  quaymaster usage acme --repositories                    an organization with its repositories
  quaymaster usage acme --repositories --pulls            and how often each tag is pulled
  quaymaster usage --problems                             what is refused now, or will be soon
  quaymaster usage --users --output json -o monday.json   keep a report
  quaymaster usage --users --since monday.json            what grew since then";

pub const COLUMNS: [Column; 16] = [
    Column::identity("kind", "kind"),
    Column::identity("name", "name"),
    Column::content("size", "bytes").wide(),
    Column::content("used", "used").moving(),
    Column::content("growth", "growth in bytes").wide().moving(),
    Column::content("grown", "growth").moving(),
    Column::content("quota", "quota in bytes").wide(),
    Column::content("allowed", "quota").moving(),
    Column::content("percent", "%"),
    Column::content("problem", "problem"),
    Column::content("status", "status").usually("complete"),
    Column::content("last_modified", "last push").wide().moving(),
    Column::content("tag_pull_count", "pulls").moving(),
    Column::content("last_tag_pull", "last pull").wide().moving(),
    Column::content("manifest_pull_count", "pulls of the image").wide().moving(),
    Column::content("last_manifest_pull", "last pull of the image").wide().moving(),
];

impl Usage {
    /// Reads the sizes and prints them.
    pub fn run(self) -> Ended {
        let begun = self.report.begin("usage", &self.server)?;
        let mut partial = Partial::default();
        let read = self.read(&begun.endpoint, &mut partial).and_then(|found| Ok((found, partial.end()?)));
        let (found, incomplete) = read.map_err(|error| begun.told(&error))?;
        let before = begun.earlier.as_ref().map(|earlier| earlier.numbers(&COLUMNS, "size")).unwrap_or_default();
        let mut rows: Vec<Row> = found.rows.iter().map(|(kind, entry)| row(kind, entry, &before)).collect();
        rows.sort_unstable();
        begun.print(Content {
            about: "Storage",
            question: self.question(),
            columns: &COLUMNS,
            rows,
            more: found.more,
            incomplete,
        })
    }

    fn read(&self, endpoint: &Endpoint, partial: &mut Partial) -> Result<Found> {
        let pace = Pace::new(usize::MAX, self.server.pace.rate);
        let reader = Reader::paced(Settings::from_options(&endpoint.options), pace)?;
        let names = match self.organizations.as_slice() {
            [] => None,
            wanted => Some(chosen::named(&reader, wanted, "measure")?),
        };
        // What Quay knows without quotas, it tells without them.
        let measured = !self.registry && !self.pulls;
        let found = Namespaces::read(&reader, names.as_deref(), self.users, measured, partial)?;
        let organizations = found.organizations.into_iter().map(|one| ("organization", one));
        let mut rows: Vec<(&'static str, Value)> =
            organizations.chain(found.users.into_iter().map(|one| ("user", one))).collect();
        let mut more = Map::from_iter([("total".to_owned(), json!(found.total))]);
        rows.retain(|(_, one)| !self.problems || !one["problem"].is_null());
        if self.repositories {
            let of = |wanted: &str| -> Vec<&str> {
                rows.iter().filter(|(kind, _)| *kind == wanted).map(|(_, one)| text(&one["name"])).collect()
            };
            partial.incomplete.extend(lists::left_out(&reader, &of("organization"), &of("user"))?);
            let namespace = |(_, one): &(_, Value)| (text(&one["name"]).to_owned(), one["size"].is_u64());
            for (name, is_counted) in rows.iter().map(namespace).collect::<Vec<_>>() {
                let mut repositories = usage::repositories(&reader, &name, is_counted)?;
                if self.pulls {
                    usage::pulls::count(&reader, &name, &mut repositories)?;
                }
                for one in repositories {
                    let full = format!("{name}/{}", text(&one["name"]));
                    let tags = one["pulls"].as_array().into_iter().flatten();
                    rows.extend(tags.map(|tag| ("tag", named(tag, format!("{full}:{}", text(&tag["tag"]))))));
                    rows.push(("repository", named(&one, full)));
                }
            }
        }
        if self.registry {
            let size = usage::registry(&reader)?;
            let mut row = named(&size, endpoint.name.clone());
            row["status"] = json!(status(&size));
            // It has no quota, and so no problem.
            rows.extend((!self.problems).then_some(("registry", row)));
            more.insert("registry".to_owned(), size);
        }
        reader.prove_credentials()?;
        Ok(Found { rows, more })
    }

    fn question(&self) -> Value {
        json!({
            "organizations": self.organizations,
            "repositories": self.repositories,
            "pulls": self.pulls,
            "users": self.users,
            "registry": self.registry,
            "problems": self.problems,
        })
    }
}

/// What was found: kinds and entries, and what JSON holds besides.
struct Found {
    rows: Vec<(&'static str, Value)>,
    more: Map<String, Value>,
}

/// How far the count of the registry is, in the words for namespaces.
fn status(registry: &Value) -> &'static str {
    match (registry["running"] == true, registry["queued"] == true) {
        (true, _) => "running",
        (_, true) => "waiting",
        _ if registry["calculated"].is_null() => usage::UNMEASURED,
        _ => "complete",
    }
}

/// An entry under the name by which the report tells it from all others.
fn named(entry: &Value, name: String) -> Value {
    let mut entry = entry.clone();
    entry["name"] = name.into();
    entry
}

/// What is measured as a row, with its growth since the earlier report.
fn row(kind: &str, entry: &Value, before: &BTreeMap<Vec<Cell>, i64>) -> Row {
    let human = |key: &str| entry[key].as_u64().map_or(Cell::Null, |bytes| Cell::text(size::shown(bytes)));
    let cell = |column: &Column| match column.key {
        "kind" => Cell::text(kind),
        "used" => human("size"),
        "allowed" => human("quota"),
        "growth" | "grown" => Cell::Null,
        key => Cell::of(&entry[key]),
    };
    let mut row: Row = COLUMNS.iter().map(cell).collect();
    let grown =
        before.get(&identity(&COLUMNS, &row)).zip(entry["size"].as_i64()).and_then(|(old, new)| new.checked_sub(*old));
    for (column, cell) in COLUMNS.iter().zip(&mut row).filter(|_| grown.is_some_and(|grown| grown != 0)) {
        match (column.key, grown) {
            ("growth", Some(grown)) => *cell = Cell::Number(grown),
            ("grown", Some(grown)) => {
                let sign = if grown < 0 { "-" } else { "+" };
                *cell = Cell::text(format!("{sign}{}", size::shown(grown.unsigned_abs())));
            }
            _ => {}
        }
    }
    row
}
