//! `quaymaster preview`.

use clap::Args;
use serde_json::{Map, Value, json};

use super::Ended;
use super::report::{Cell, Column, Content, Output, Row};
use super::server::Server;
use crate::api::{Pace, Reader, Settings};
use crate::apply::export::chosen;
use crate::apply::graph::each;
use crate::error::{Error, Result, plain};
use crate::quay::glob::is_pattern;
use crate::quay::partial::Partial;
use crate::quay::policy::preview::{Preview as Found, Proposals, Scope, preview_of};
use crate::quay::{lookup, names, text};

/// Show which tags Quay would prune now, by the policies that are in force.
///
/// Quay prunes within about an hour of a change, and nothing tells before what goes. Policies that stop the pruning of a whole
/// namespace are told as warnings. Changes nothing; `quaymaster plan` tells the same of policies that files add or change.
///
/// The server is that of --endpoint, else that of QUAY_HOST, else the only one that `quaymaster login` knows.
#[derive(Args)]
#[command(after_long_help = HELP)]
pub struct Preview {
    /// Organizations, patterns of them with *, ? and [...], accounts, or repositories as ORGANIZATION/REPOSITORY; all organizations that
    /// the account sees, without one.
    #[arg(value_name = "ORGANIZATION[/REPOSITORY]")]
    places: Vec<String>,
    #[command(flatten)]
    report: Output,
    #[command(flatten)]
    server: Server,
}

const HELP: &str = "\
Examples:
  quaymaster preview                             what is pruned next on the server
  quaymaster preview 'team-*' acme/app           of all organizations that a pattern fits, and of a repository
  quaymaster preview acme --output json -o p.json";

pub const COLUMNS: [Column; 6] = [
    Column::identity("repository", "repository"),
    Column::identity("tag", "tag"),
    Column::content("manifest_digest", "digest").wide(),
    Column::content("age_days", "age in days").moving(),
    Column::content("policy", "policy"),
    Column::content("borderline", "borderline").usually("no"),
];

impl Preview {
    /// Reads policies and tags, and prints what would go.
    pub fn run(self) -> Ended {
        let begun = self.report.begin("preview", &self.server)?;
        let found = self.read(&begun.endpoint.options).map_err(|error| begun.told(&error))?;
        let mut rows: Vec<Row> = found.prune.iter().map(row).collect();
        rows.sort_unstable();
        let tags: usize = found.looked_at.iter().map(|one| one.tags).sum();
        begun.print(Content {
            about: "Tags to be pruned",
            question: json!({"places": self.places}),
            columns: &COLUMNS,
            rows,
            more: [("tags".to_owned(), json!(tags)), ("repositories".to_owned(), json!(found.looked_at.len()))]
                .into_iter()
                .collect(),
            incomplete: found.warnings,
        })
    }

    /// All places, several at a time.
    fn read(&self, connection: &Map<String, Value>) -> Result<Found> {
        let wanted: Vec<String> = self.places.iter().map(|place| checked(place)).collect::<Result<_>>()?;
        let pace = Pace::new(usize::MAX, self.server.pace.rate);
        let reader = Reader::paced(Settings::from_options(connection), pace)?;
        let places = chosen::named(&reader, &wanted, "preview")?;
        let read = each(self.server.jobs(), &places, |place| one(&reader, place));
        // Before anything is told: to nobody that Quay knows it shows no policies, and no private repositories.
        reader.prove_credentials()?;
        let mut partial = Partial::default();
        let mut all = Found::default();
        for (place, found) in places.iter().zip(read) {
            // One of a list may be gone since; one that was named is a mistake.
            if let (Err(Error::Missing(why)), true) = (&found, wanted.contains(place)) {
                return Err(Error::Missing(format!("cannot preview {place}: {why}")));
            }
            if let Some(found) = partial.take(found, |error| format!("{place}: {error}"))? {
                all.prune.extend(found.prune);
                all.looked_at.extend(found.looked_at);
                all.warnings.extend(found.warnings);
            }
        }
        all.warnings.extend(partial.end()?);
        Ok(all)
    }
}

/// A place as Quay can have one: half a name would make a path that no Quay knows.
fn checked(place: &str) -> Result<String> {
    let check = match place.contains('/') {
        _ if is_pattern(place) => return Ok(place.to_owned()),
        true => names::repository,
        false => names::namespace,
    };
    let name = check(&json!(place)).map_err(|why| Error::Option(format!("cannot preview {}: {why}", plain(place))))?;
    Ok(text(&name).to_owned())
}

fn one(reader: &Reader, place: &str) -> Result<Found> {
    let is_repository = place.contains('/');
    let missing = || if is_repository { lookup::no_repository(place) } else { lookup::no_namespace(place) };
    preview_of(&reader.fresh(), Scope::of(place), &Proposals::default())?.ok_or_else(|| Error::Missing(missing()))
}

fn row(entry: &Value) -> Row {
    let days = entry["age"].as_i64().map_or(Cell::Null, |age| Cell::Number(age / 86_400));
    let of = |key: &str| Cell::of(&entry[key]);
    [of("repository"), of("tag"), of("manifest_digest"), days, of("policy"), of("borderline")].into()
}
