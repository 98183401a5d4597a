//! `quaymaster login`.

mod files;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Map, Value, json};

use super::connection::Reach;
use super::credentials::Credentials;
use super::declared::{Foreign, Kept, environment, told};
use super::{Ended, confirm, print};
use crate::api::{self, Reader, Settings};
use crate::apply::input::mqc;
use crate::apply::input::sources::SourceAccount;
use crate::apply::show::plain;
use crate::call;
use crate::call::mask::Mask;
use crate::error::Need;

/// Keep credentials for servers.
///
/// Asks for a user name and a password, or a token, tries them, and keeps them in a file that only you can read. The other
/// commands use them for servers that the files give no credentials for. A variable such as QUAY_TOKEN comes before them.
///
/// Given files, it asks for each server in them that has no credentials yet, neither in the files nor elsewhere, and for each password
/// of a mirrored registry that is missing. It takes over what the files need of .mqc/login.yaml (or --mqc-login).
///
/// Where the standard input is no terminal, each host takes one line of it: the password with --username, else the token.
#[derive(Args)]
#[command(after_long_help = HELP)]
pub struct Login {
    /// Servers, for example quay.example.com, or files and directories that name servers; asked for without one.
    #[arg(value_name = "HOST|PATH")]
    hosts: Vec<String>,
    /// The account that signs in with a password. A token has none.
    #[arg(long, short, value_name = "NAME")]
    username: Option<String>,
    /// Keep the credentials without trying them, for a token that must not read its own account (scope user:read).
    #[arg(long)]
    untried: bool,
    /// List the servers with kept credentials.
    #[arg(long, conflicts_with_all = ["username", "untried", "forget", "hosts"])]
    list: bool,
    /// Drop the credentials of the given servers.
    #[arg(long, requires = "hosts", conflicts_with_all = ["username", "untried"])]
    forget: bool,
    /// Take the tokens over from a login file of Mass Quay Configurator.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["username", "list", "forget", "hosts"])]
    import: Option<PathBuf>,
    #[command(flatten)]
    foreign: Foreign,
    #[command(flatten)]
    reach: Reach,
    #[command(flatten)]
    kept: Kept,
}

const HELP: &str = "\
Examples:
  quaymaster login quay-east.example.com quay-west.example.com
  quaymaster login --username ci quay.example.com < password.txt
  quaymaster login registry/
  quaymaster login --import .mqc/login.yaml
  quaymaster login --list

QUAY_VERIFY_SSL and QUAY_CA_PATH hold for trying the credentials, too.";

impl Login {
    /// Keeps, lists or drops credentials.
    pub fn run(self) -> Ended {
        let kept = self.kept.credentials.as_deref();
        if self.list {
            let credentials = Credentials::read(kept)?;
            let line = |(host, user): (&str, &str)| match user {
                "" => format!("{}  (token)\n", plain(host)),
                user => format!("{}  {}\n", plain(host), plain(user)),
            };
            let mirror = |SourceAccount { registry, username }: &SourceAccount| {
                format!("{}  {}  (mirrored)\n", plain(registry), plain(username))
            };
            let accounts = credentials.accounts();
            let lines = credentials.list().map(line).chain(accounts.iter().map(mirror));
            return Ok(print::out(&lines.collect::<String>(), ExitCode::SUCCESS));
        }
        if self.forget {
            let (strange, _) = Credentials::change(kept, |credentials| {
                self.hosts.iter().filter(|host| !credentials.forget(host)).collect::<Vec<&String>>()
            })?;
            let error = |host: &&String| format!("no credentials are kept for {host}");
            let errors: Vec<String> = strange.iter().map(error).collect();
            return if errors.is_empty() { Ok(ExitCode::SUCCESS) } else { Err(errors) };
        }
        if let Some(path) = &self.import {
            return self.take_over(path);
        }
        let (paths, named): (Vec<PathBuf>, Vec<PathBuf>) =
            self.hosts.iter().map(PathBuf::from).partition(|path| path.exists());
        if !paths.is_empty() {
            if let Some(host) = named.first() {
                return Err(vec![format!("name either hosts or files: there is no file {}", host.display())]);
            }
            return self.missing(&paths);
        }
        let hosts = match self.hosts.is_empty() {
            true if confirm::is_possible() => vec![confirm::line("Host: ")?],
            true => return Err(vec!["name the host: quaymaster login HOST".into()]),
            false => self.hosts.clone(),
        };
        // Before a secret is asked for in vain.
        Credentials::read(kept)?;
        for host in &hosts {
            self.one(host)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn keep_token(&self, host: &str, token: &str) -> Result<(), Vec<String>> {
        let entry = Map::from_iter([("quay_host".into(), json!(host)), ("quay_token".into(), json!(token))]);
        self.keep(host, entry, token)
    }

    /// Keeps the tokens of a foreign login file; a server that refuses its own keeps none of the others back.
    fn take_over(&self, path: &Path) -> Ended {
        let login = mqc::Login::open(path).map_err(|problems| told(&problems))?;
        login.warnings.iter().for_each(|warning| print::warning(&warning.to_string()));
        let mut errors = Vec::new();
        for (host, token) in login.tokens() {
            errors.extend(self.keep_token(host, token).err().unwrap_or_default());
        }
        if login.count_passwords() > 0 {
            print::note(&format!(
                "The passwords of mirrored registries stay in {}, where --mqc-login finds them: quaymaster login FILES takes over those that \
                 files need",
                plain(&path.display().to_string())
            ));
        }
        if errors.is_empty() { Ok(ExitCode::SUCCESS) } else { Err(errors) }
    }

    /// Asks for the credentials of a server, tries them, and keeps them.
    fn one(&self, host: &str) -> Result<(), Vec<String>> {
        // Before a secret is asked for in vain.
        api::base_url(host).map_err(|why| vec![format!("HOST {why}")])?;
        let username = match &self.username {
            Some(name) => name.clone(),
            None if confirm::is_possible() => {
                confirm::line(&format!("User name on {}, empty to give a token: ", plain(host)))?
            }
            None => String::new(),
        };
        let mut entry = Map::new();
        entry.insert("quay_host".into(), json!(host));
        let secret = if username.is_empty() {
            let token = confirm::secret("Token (not shown): ")?;
            entry.insert("quay_token".into(), json!(token));
            token
        } else {
            let password = confirm::secret("Password (not shown): ")?;
            entry.insert("quay_username".into(), json!(username));
            entry.insert("quay_password".into(), json!(password));
            password
        };
        self.keep(host, entry, &secret)
    }

    /// Tries credentials with their secret, and keeps them.
    fn keep(&self, host: &str, entry: Map<String, Value>, secret: &str) -> Result<(), Vec<String>> {
        let mask = Mask::new([secret]);
        let who = match self.untried {
            true => "without trying them".to_owned(),
            false => attempt(&entry, &self.reach)
                .map(|who| format!("of {who}"))
                .map_err(|errors| errors.iter().map(|error| mask.text(error)).collect::<Vec<_>>())?,
        };
        let ((), path) = Credentials::change(self.kept.credentials.as_deref(), |credentials| credentials.keep(entry))?;
        print::note(&format!("Kept the credentials {} for {} in {}", plain(&who), plain(host), path.display()));
        Ok(())
    }
}

/// Signs in, and returns who that is.
fn attempt(entry: &Map<String, Value>, reach: &Reach) -> Result<String, Vec<String>> {
    let mut checked = call::connection(entry.clone(), &environment).map_err(|wrong| wrong.texts())?;
    reach.set(&mut checked.options);
    let told = |error: crate::error::Error| vec![error.to_string()];
    let reader = Reader::connect(Settings::from_options(&checked.options)).map_err(told)?;
    let user = reader
        .get(&api::Path::api("user/"))
        .map_err(|error| told(error.attempting("sign in").needing(&Need::right("user:read", ""))))?;
    Ok(user["username"].as_str().unwrap_or("an account without a name").to_owned())
}
