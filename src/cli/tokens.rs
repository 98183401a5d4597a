//! `quaymaster tokens`.

mod read;

use std::collections::HashMap;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::Ended;
use super::report::{Cell, Column, Comparison, Content, Output, Row};
use super::server::Server;
use crate::quay::{period, text};

/// Show the credentials of organizations, with their age, last use and end.
///
/// Reads API tokens of applications, robot accounts, and for a whole server the application tokens of all users; what is worth a
/// look, such as a token that nobody ever used, stands in the last column. No secret is read or shown. Changes nothing.
///
/// The server is that of --endpoint, else that of QUAY_HOST, else the only one that `quaymaster login` knows. The best account for
/// it is a global read-only superuser; what the account does not see is told as a warning.
#[derive(Args)]
#[command(after_long_help = HELP)]
pub struct Tokens {
    /// Names of organizations, or patterns with *, ? and [...]; the whole server, as far as the account sees it, without one.
    #[arg(value_name = "ORGANIZATION")]
    organizations: Vec<String>,
    /// Only credentials of this kind; can be given several times.
    #[arg(long, value_enum, value_name = "KIND")]
    kind: Vec<Kind>,
    /// Only credentials that nobody used for this period, such as 90d.
    #[arg(long, value_name = "PERIOD", value_parser = period)]
    unused_for: Option<String>,
    /// Only credentials that end within this period.
    #[arg(long, value_name = "PERIOD", value_parser = period)]
    expiring_within: Option<String>,
    /// Only credentials that were made longer ago.
    #[arg(long, value_name = "PERIOD", value_parser = period)]
    older_than: Option<String>,
    /// Only credentials that are worth a look.
    #[arg(long)]
    findings: bool,
    #[command(flatten)]
    report: Output,
    #[command(flatten)]
    server: Server,
}

const HELP: &str = "\
Examples:
  quaymaster tokens acme                                    everything about an organization
  quaymaster tokens --expiring-within 30d                   what has to be replaced soon
  quaymaster tokens --kind robot --unused-for 26w           robot accounts that nobody needs
  quaymaster tokens --output json -o monday.json            keep a report
  quaymaster tokens --since monday.json                     what came and went since then";

/// Kinds of credentials.
#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// API tokens of applications, from Quay 3.18 on.
    Api,
    /// Robot accounts.
    Robot,
    /// Application tokens for Docker and its like, of the whole server.
    Docker,
}

/// The columns of its report.
pub const COLUMNS: [Column; 12] = [
    Column::identity("kind", "kind"),
    Column::identity("organization", "organization"),
    Column::identity("application", "application"),
    Column::identity("name", "name"),
    Column::identity("uuid", "uuid").wide(),
    Column::content("owner", "owner"),
    Column::content("scopes", "scopes").wide(),
    Column::content("created", "created").wide(),
    Column::content("age_days", "age").moving(),
    Column::content("idle_days", "idle").moving(),
    Column::content("expires", "ends"),
    Column::content("findings", "findings").moving(),
];

impl Tokens {
    /// Reads the credentials and prints them.
    pub fn run(self) -> Ended {
        if !self.organizations.is_empty() && !self.wants(Kind::Api) && !self.wants(Kind::Robot) {
            return Err(vec!["application tokens belong to no organization: leave the organizations out".into()]);
        }
        let begun = self.report.begin("tokens", &self.server)?;
        let question = read::Question {
            organizations: &self.organizations,
            options: self.options(),
            docker: self.organizations.is_empty() && self.wants(Kind::Docker),
            jobs: self.server.jobs(),
        };
        let found = read::server(&begun.endpoint.options, self.server.pace.rate, &question)
            .map_err(|error| begun.told(&error))?;
        let findings = Findings::of(&found.findings);
        let rows = found.tokens.iter().map(|token| row(token, &findings));
        let mut rows: Vec<Row> =
            rows.filter(|row| !self.findings || row.last().is_some_and(|cell| !cell.is_empty())).collect();
        rows.sort_unstable();
        begun.print(Content {
            about: "Credentials",
            question: self.question(),
            columns: &COLUMNS,
            rows,
            more: [("usage_known".to_owned(), found.usage_known)].into_iter().collect(),
            incomplete: found.incomplete,
        })
    }

    fn wants(&self, kind: Kind) -> bool {
        self.kind.is_empty() || self.kind.iter().any(|wanted| wanted.name() == kind.name())
    }

    /// The options of the module, without organizations.
    fn options(&self) -> Value {
        let kinds = [Kind::Api, Kind::Robot, Kind::Docker].into_iter().filter(|kind| self.wants(*kind));
        json!({
            "kinds": kinds.map(Kind::name).collect::<Vec<_>>(),
            "unused_for": self.unused_for,
            "expiring_within": self.expiring_within,
            "older_than": self.older_than,
        })
    }

    fn question(&self) -> Value {
        let mut question = self.options();
        question["organizations"] = json!(self.organizations);
        question["findings"] = json!(self.findings);
        question
    }
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Api => "api",
            Kind::Robot => "robot",
            Kind::Docker => "docker",
        }
    }
}

/// A period, as the modules take it.
fn period(text: &str) -> Result<String, String> {
    period::seconds(&json!(text)).map(|_| text.to_owned())
}

/// The words of all findings, by what they are about.
struct Findings(HashMap<Vec<Cell>, Vec<Arc<str>>>);

impl Findings {
    fn of(all: &[Value]) -> Findings {
        let mut words: HashMap<Vec<Cell>, Vec<Arc<str>>> = HashMap::new();
        for finding in all {
            words.entry(identity(finding)).or_default().push(text(&finding["finding"]).into());
        }
        Findings(words)
    }
}

fn identity(entry: &Value) -> Vec<Cell> {
    let columns = COLUMNS.iter().filter(|column| column.role == Comparison::Identity);
    columns.map(|column| Cell::of(&entry[column.key])).collect()
}

/// A credential as a row, with the words of the findings about it.
fn row(token: &Value, findings: &Findings) -> Row {
    let cell = |column: &Column| match column.key {
        "findings" => Cell::List(findings.0.get(&identity(token)).map_or(&[][..], Vec::as_slice).into()),
        key => Cell::of(&token[key]),
    };
    COLUMNS.iter().map(cell).collect()
}
