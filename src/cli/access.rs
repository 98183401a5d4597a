//! `quaymaster access`.

mod read;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::Ended;
use super::report::{Cell, Column, Content, Output, Row};
use super::server::Server;
use crate::quay::access::{Line, Role, Wanted};
use crate::quay::glob::Glob;

/// Show who can do what in organizations, and why.
///
/// Reads the effective rights of users, robot accounts and everybody on the repositories of organizations: from teams, rights of an
/// account of its own, public repositories, administrators of the organization and superusers. A line for the repository * holds
/// for every repository, those to come too. Changes nothing.
///
/// The server is that of --endpoint, else that of QUAY_HOST, else the only one that `quaymaster login` knows. The best account for
/// it is a global read-only superuser; what the account does not see is told as a warning.
#[derive(Args)]
#[command(after_long_help = HELP)]
pub struct Access {
    /// Names of organizations, or patterns with *, ? and [...]; all that the account can see without one.
    #[arg(value_name = "ORGANIZATION")]
    organizations: Vec<String>,
    /// Only the rights of this user, a name or a pattern; can be given several times.
    #[arg(long, value_name = "NAME")]
    user: Vec<String>,
    /// Only the rights of this robot account, with or without its namespace; can be given several times.
    #[arg(long, value_name = "NAME")]
    robot: Vec<String>,
    /// Only the rights on this repository, with or without its organization; can be given several times.
    #[arg(long, value_name = "NAME")]
    repository: Vec<String>,
    /// Only rights of at least this role.
    #[arg(long, value_enum, value_name = "ROLE")]
    role: Option<AtLeast>,
    #[command(flatten)]
    report: Output,
    #[command(flatten)]
    server: Server,
}

const HELP: &str = "\
Examples:
  quaymaster access acme                                    everything about an organization
  quaymaster access acme --repository app --role write      who can push to acme/app
  quaymaster access --user jdoe                             what a person can do, everywhere
  quaymaster access --output html -o access.html            a page to sort, filter and mail
  quaymaster access --output json -o monday.json            keep a report
  quaymaster access --since monday.json                     what came and went since then";

/// The lowest role of a report.
#[derive(Clone, Copy, ValueEnum)]
enum AtLeast {
    /// All.
    Read,
    /// Who can push.
    Write,
    /// Who can change settings and rights.
    Admin,
}

/// The columns of its report.
pub const COLUMNS: [Column; 10] = [
    Column::identity("organization", "organization"),
    Column::identity("account", "account"),
    Column::content("kind", "kind").wide(),
    Column::identity("repository", "repository"),
    Column::content("role", "role"),
    Column::content("via", "via"),
    Column::content("outsider", "outsider").usually("no").wide(),
    Column::content("enabled", "enabled").usually("yes"),
    Column::content("state", "state").usually("NORMAL"),
    Column::content("last_accessed", "last used").moving().wide(),
];

impl Access {
    /// Reads the rights and prints them.
    pub fn run(self) -> Ended {
        let begun = self.report.begin("access", &self.server)?;
        let accounts = Accounts { users: globs(&self.user, "{}"), robots: globs(&self.robot, "*+{}") };
        let repositories = globs(&self.repository, "*/{}");
        let account = |name: &str| accounts.fits(name);
        let repository = |name: &str| repositories.iter().any(|glob| glob.fits(name));
        let wanted = Wanted {
            accounts: accounts.are_chosen().then_some(&account),
            repositories: (!repositories.is_empty()).then_some(&repository),
            ..Wanted::default()
        };
        let question = read::Question { organizations: &self.organizations, wanted, jobs: self.server.jobs() };
        let keep = |line: &Line| self.keeps(line);
        let found = read::server(&begun.endpoint.options, self.server.pace.rate, &question, &keep)
            .map_err(|error| begun.told(&error))?;
        begun.print(Content {
            about: "Access",
            question: self.question(),
            columns: &COLUMNS,
            rows: found.rows,
            more: found.more,
            incomplete: found.incomplete,
        })
    }

    /// Whether a line has the role that is asked for; one that is not known may have it.
    fn keeps(&self, line: &Line) -> bool {
        let least = match self.role {
            None => return true,
            Some(AtLeast::Read) => Role::Read,
            Some(AtLeast::Write) => Role::Write,
            Some(AtLeast::Admin) => Role::Admin,
        };
        line.role.is_none_or(|role| role >= least)
    }

    fn question(&self) -> serde_json::Value {
        json!({
            "organizations": self.organizations,
            "users": self.user,
            "robots": self.robot,
            "repositories": self.repository,
            "role": self.role.and_then(|role| role.to_possible_value()).map(|role| role.get_name().to_owned()),
        })
    }
}

/// The accounts that are asked for.
struct Accounts {
    users: Vec<Glob>,
    robots: Vec<Glob>,
}

impl Accounts {
    fn are_chosen(&self) -> bool {
        !self.users.is_empty() || !self.robots.is_empty()
    }

    fn fits(&self, name: &str) -> bool {
        let globs = if name.contains('+') { &self.robots } else { &self.users };
        globs.iter().any(|glob| glob.fits(name))
    }
}

/// Names as patterns; one without a namespace is taken into `form`.
fn globs(names: &[String], form: &str) -> Vec<Glob> {
    let whole = |name: &String| match name.contains(['+', '/']) {
        true => name.clone(),
        false => form.replace("{}", name),
    };
    names.iter().map(|name| Glob::new(&whole(name))).collect()
}

/// A line as a row of the report.
fn row(line: Line) -> Row {
    Box::new([
        line.organization.into(),
        line.account.into(),
        line.kind.name().into(),
        line.repository.into(),
        line.role.map(Role::name).into(),
        Cell::List(line.via),
        line.outsider.into(),
        line.enabled.into(),
        line.state.into(),
        line.last_accessed.into(),
    ])
}
