//! What the commands about registry files have in common: which files, which part of them, how fast.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Args, Command};
use serde_json::{Map, Value, json};

pub use super::connection::Pace;
use super::connection::Reach;
use super::credentials::Credentials;
use super::{print, secrets};
use crate::api::trace;
use crate::apply::hidden;
use crate::apply::input::declaration::Declaration;
use crate::apply::input::intake::{self, Input, Options};
use crate::apply::input::registry::Endpoint;
use crate::apply::input::secret;
use crate::apply::input::selection::{Request, Selection};
use crate::apply::input::sources::{SourceAccount, SourceAccounts};
use crate::apply::input::yaml::{Node, Problem};
use crate::apply::kinds::Kind;
use crate::apply::planning::validate;
use crate::call::mask::Mask;
use crate::modules::connection;

/// How foreign files are read.
#[derive(Args, Clone)]
#[command(next_help_heading = "Foreign files")]
pub struct Foreign {
    /// The login file of Mass Quay Configurator; .mqc/login.yaml without it.
    #[arg(long, value_name = "FILE")]
    mqc_login: Option<PathBuf>,
    /// Make repositories of Mass Quay Configurator files public unless they say otherwise, as that tool did.
    #[arg(long)]
    public_by_default: bool,
    /// The directory in which apply keeps Secrets, where the command has one.
    #[arg(skip)]
    secrets: Option<PathBuf>,
    /// Whether what the login file of Mass Quay Configurator holds is kept elsewhere.
    #[arg(skip)]
    is_taken_over: bool,
}

/// Which part of the files, and how fast.
#[derive(Args)]
#[command(next_help_heading = "Part of the files")]
pub struct Part {
    /// Only this organization, or those that fit a pattern with *, ? and [...]; can be given several times.
    #[arg(long, value_name = "ORGANIZATION")]
    only: Vec<String>,
    /// Only objects of this kind, for example teams or '*_policies'; can be given several times.
    #[arg(long, value_name = "KIND", value_parser = KindParser, hide_possible_values = true)]
    kind: Vec<Kinds>,
    /// Only this endpoint, by its name or host; can be given several times.
    #[arg(long, value_name = "ENDPOINT")]
    endpoint: Vec<String>,
}

/// Where credentials are kept.
#[derive(Args)]
#[command(next_help_heading = "Connection")]
pub struct Kept {
    /// The file with credentials [default: $XDG_CONFIG_HOME/quaymaster/credentials.yml].
    #[arg(long, value_name = "FILE")]
    pub credentials: Option<PathBuf>,
}

/// A declaration with what nobody must see of it.
pub struct Declared {
    pub declaration: Declaration,
    pub mask: Mask,
    /// Mirrors whose account has a password nowhere.
    pub lacking: Vec<Lacking>,
}

/// A mirror that names an account without a password.
pub struct Lacking {
    pub account: SourceAccount,
    pub organization: String,
    pub repository: Option<String>,
}

impl Lacking {
    /// Whose password it is, for a person.
    pub fn told(&self) -> String {
        let SourceAccount { registry, username } = &self.account;
        let repository = self.repository.iter().map(|name| format!("/{name}")).collect::<String>();
        format!("{username} on {registry}, for {}{repository}", self.organization)
    }
}

impl Declared {
    /// The hosts that nothing gives credentials for, as they were given.
    pub fn without_credentials(&self) -> BTreeSet<&str> {
        let has_none = |endpoint: &&Endpoint| {
            endpoint.awaited.is_none() && !connection::LOGIN.iter().any(|key| endpoint.options.contains_key(*key))
        };
        self.declaration.registry.endpoints.iter().filter(has_none).map(Endpoint::host).collect()
    }
}

impl Foreign {
    /// The same, with the directory in which apply keeps Secrets.
    pub fn with_secrets(&self, directory: Option<&Path>) -> Foreign {
        Foreign { secrets: directory.map(Path::to_path_buf), ..self.clone() }
    }

    /// How foreign files are read.
    pub fn options(&self) -> Options {
        let login = self.login_file().filter(|_| !self.is_taken_over);
        let secrets = self.secrets.as_deref().filter(|folder| folder.is_dir()).map(secrets::read).unwrap_or_default();
        Options { login, public_by_default: self.public_by_default, secrets, ..Options::default() }
    }

    /// The login file of Mass Quay Configurator, where there is one.
    pub fn login_file(&self) -> Option<PathBuf> {
        const USUAL: &str = ".mqc/login.yaml";
        self.mqc_login.clone().or_else(|| Some(PathBuf::from(USUAL)).filter(|path| path.is_file()))
    }

    /// The same without that login file.
    pub fn without_login(&self) -> Foreign {
        Foreign { is_taken_over: true, ..self.clone() }
    }
}

/// Reads files as a declaration to look at, as [`read`] does; a server need not be named.
///
/// # Errors
/// Every mistake in them.
pub fn look(paths: &[PathBuf], foreign: &Foreign, kept: &Kept) -> Result<Declared, Vec<String>> {
    let credentials = Credentials::read(kept.credentials.as_deref())?;
    declared(input(paths, foreign, SourceAccounts::Known(credentials.accounts())), Map::new(), &credentials, None)
}

/// Reads files as a declaration whose endpoints have the credentials that are kept for them. Where the files and the environment
/// name no server, it is the one that credentials are kept for. Warnings are printed.
///
/// # Errors
/// Every mistake in them; also when no server is named at all.
pub fn read(paths: &[PathBuf], foreign: &Foreign, pace: &Pace, kept: &Kept) -> Result<Declared, Vec<String>> {
    let credentials = Credentials::read(kept.credentials.as_deref())?;
    whole(paths, foreign, pace, SourceAccounts::Known(credentials.accounts()), &credentials)
}

/// The same where a password that is missing is no mistake, but among what is lacking.
///
/// # Errors
/// As [`read`].
pub fn lacking(paths: &[PathBuf], foreign: &Foreign, pace: &Pace, kept: &Kept) -> Result<Declared, Vec<String>> {
    whole(paths, foreign, pace, SourceAccounts::All, &Credentials::read(kept.credentials.as_deref())?)
}

fn whole(
    paths: &[PathBuf],
    foreign: &Foreign,
    pace: &Pace,
    accounts: SourceAccounts,
    credentials: &Credentials,
) -> Result<Declared, Vec<String>> {
    let input = input(paths, foreign, accounts);
    let mut registry = Map::new();
    if input.problems.is_empty()
        && !names_a_server(&input)
        && environment("QUAY_HOST").is_none_or(|host| host.is_empty())
    {
        registry.insert("quay_host".into(), json!(credentials.only_host("under registry in the file")?));
    }
    if let Some(jobs) = pace.jobs {
        registry.insert("jobs".into(), json!(jobs));
    }
    if let Some(rate) = pace.rate {
        registry.insert("rate".into(), json!(rate));
    }
    declared(input, registry, credentials, Some(&pace.reach))
}

fn input(paths: &[PathBuf], foreign: &Foreign, accounts: SourceAccounts) -> Input {
    let input = intake::files(paths, &Options { accounts, ..foreign.options() }, &environment);
    // With mistakes they tell of what is missing because of those.
    let warnings = input.warnings.iter().filter(|_| input.problems.is_empty());
    warnings.for_each(|warning| print::warning_once(&warning.to_string()));
    input
}

/// Whether a file says where to go: the option has a default, which is no server that anybody means at a shell.
fn names_a_server(input: &Input) -> bool {
    let has_host = |node: &Node| node.get("quay_host").is_some_and(|host| !host.is_null());
    // What is no list of connections is a mistake of its own, which is told.
    let all_have = |node: &Node| !node.is_null() && node.as_list().is_none_or(|list| list.iter().all(has_host));
    let mut registries = input.documents.iter().filter_map(|document| document.get("registry"));
    registries.any(|registry| has_host(registry) || registry.get("endpoints").is_some_and(all_have))
}

fn declared(
    input: Input,
    registry: Map<String, Value>,
    credentials: &Credentials,
    reach: Option<&Reach>,
) -> Result<Declared, Vec<String>> {
    let mut declaration = validate::declaration(input, registry, &environment).map_err(|problems| told(&problems))?;
    for endpoint in &mut declaration.registry.endpoints {
        credentials.supply(endpoint);
        if let Some(reach) = reach {
            reach.set(&mut endpoint.options);
        }
    }
    let lacking = passwords(&mut declaration, credentials)?;
    let mask = Declared::mask_of(&declaration);
    Ok(Declared { declaration, mask, lacking })
}

/// Gives mirrors the passwords that are kept for their accounts, and tells the others. Such a password goes to a server that is
/// named outside the files, or that credentials are kept for.
fn passwords(declaration: &mut Declaration, credentials: &Credentials) -> Result<Vec<Lacking>, Vec<String>> {
    let (mut lacking, mut problems) = (Vec::new(), Vec::new());
    declaration.supply_passwords(&mut |lack| {
        let Some(password) = credentials.password(&lack.account) else {
            let (account, repository) = (lack.account.clone(), lack.repository.map(str::to_owned));
            lacking.push(Lacking { account, organization: lack.organization.to_owned(), repository });
            return None;
        };
        let is_strange = |endpoint: &&&Endpoint| endpoint.is_stranger && !credentials.have(endpoint.host());
        let strange = lack.endpoints.iter().find(is_strange);
        problems
            .extend(strange.map(|endpoint| lack.node.problem(secret::strange("the kept password", endpoint.host()))));
        strange.is_none().then(|| password.to_owned())
    });
    if problems.is_empty() { Ok(lacking) } else { Err(told(&problems)) }
}

/// Kinds that a word or a pattern names.
#[derive(Clone)]
pub struct Kinds(Vec<Kind>);

/// Reads words and patterns of kinds; shells complete the words.
#[derive(Clone)]
struct KindParser;

impl TypedValueParser for KindParser {
    type Value = Kinds;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<Kinds, clap::Error> {
        let read = |text: &str| Selection::kinds(text).map(Kinds);
        read.parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Selection::selectable().map(|kind| PossibleValue::new(kind.word()))))
    }
}

impl Part {
    /// Whether it is all that the files declare.
    pub fn is_whole(&self) -> bool {
        self.only.is_empty() && self.kind.is_empty() && self.endpoint.is_empty()
    }

    /// These organizations on the same endpoints.
    pub fn of(self, only: Vec<String>) -> Part {
        Part { only, ..self }
    }

    /// The request for this part of a declaration.
    ///
    /// # Errors
    /// A sentence about each name that the declaration does not have.
    pub fn request(&self, declaration: &Declaration) -> Result<Request, Vec<String>> {
        let kinds = self.kind.iter().flat_map(|kinds| kinds.0.iter().copied()).collect();
        let only = Selection { organizations: self.only.clone(), endpoints: self.endpoint.clone(), kinds };
        let only = only.expanded(declaration);
        let errors = only.unknown(declaration);
        if errors.is_empty() { Ok(Request { selection: only, destroy: None }) } else { Err(errors) }
    }
}

impl Declared {
    /// The declaration of a later phase, which has new secrets.
    pub fn mask_of(declaration: &Declaration) -> Mask {
        let secrets = hidden::of(declaration);
        trace::learn(&secrets);
        Mask::new(secrets)
    }
}

/// Complaints, a sentence each.
pub fn told(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(Problem::to_string).collect()
}

/// The environment of this process.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
