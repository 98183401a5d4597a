//! What files need to be signed in with.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use super::Login;
use crate::api;
use crate::apply::input::mqc;
use crate::apply::input::sources::SourceAccount;
use crate::apply::input::yaml::Node;
use crate::apply::show::plain;
use crate::cli::credentials::Credentials;
use crate::cli::declared::{self, Lacking, Pace, told};
use crate::cli::{Ended, confirm, print};

impl Login {
    /// Asks for what files need and nothing supplies: the credentials of servers, the passwords of mirrored registries. What a login
    /// file of Mass Quay Configurator has of it is taken over.
    pub fn missing(&self, paths: &[PathBuf]) -> Ended {
        let pace = Pace { reach: self.reach.clone(), ..Pace::default() };
        let file = self.foreign.login_file();
        let login = file.as_deref().map(mqc::Login::open).transpose().map_err(|problems| told(&problems))?;
        login.iter().flat_map(|login| &login.warnings).for_each(|warning| print::warning(&warning.to_string()));
        let declared = declared::lacking(paths, &self.foreign.without_login(), &pace, &self.kept)?;
        let (mut hosts, mut accounts) = (declared.without_credentials(), declared.lacking.iter().collect::<Vec<_>>());
        let mut errors = Vec::new();
        if let (Some(login), Some(path)) = (&login, &file) {
            let shown = path.display().to_string();
            print::note(&format!("Taking over what these files need of {}", plain(&shown)));
            hosts.retain(|host| match token(login, host) {
                Some(token) => {
                    errors.extend(self.keep_token(host, token).err().unwrap_or_default());
                    false
                }
                None => true,
            });
            accounts = self.take_passwords(login, &shown, accounts)?;
        }
        accounts.sort_unstable_by(|one, other| one.account.cmp(&other.account));
        accounts.dedup_by(|one, other| one.account == other.account);
        if hosts.is_empty() && accounts.is_empty() && errors.is_empty() {
            print::note("Every server in these files has credentials, and every mirror its password");
        }
        if hosts.len() + accounts.len() > 1 && !confirm::is_possible() {
            let lacking =
                hosts.iter().map(|host| plain(host)).chain(accounts.iter().map(|lacking| plain(&lacking.told())));
            return Err(vec![format!(
                "these have no credentials: {}; without a terminal nobody can see whose are asked for: give files that need one of them",
                lacking.collect::<Vec<_>>().join(", ")
            )]);
        }
        hosts.iter().try_for_each(|host| self.one(host))?;
        for lacking in accounts {
            let password = confirm::secret(&format!("Password of {} (not shown): ", plain(&lacking.told())))?;
            self.keep_password(&lacking.account, password)?;
        }
        if errors.is_empty() { Ok(ExitCode::SUCCESS) } else { Err(errors) }
    }

    /// Keeps the passwords that a login file has for mirrors, and gives the mirrors that it has none for.
    fn take_passwords<'a>(
        &self,
        login: &mqc::Login,
        shown: &str,
        lacking: Vec<&'a Lacking>,
    ) -> Result<Vec<&'a Lacking>, Vec<String>> {
        let mut taken: BTreeMap<&SourceAccount, &str> = BTreeMap::new();
        let mut rest = Vec::new();
        for one in lacking {
            let Lacking { account, organization, repository } = one;
            let repository = repository.as_deref().unwrap_or_default();
            let node = login.password(organization, repository, &account.username);
            let Some(password) = node.and_then(Node::as_str) else {
                rest.push(one);
                continue;
            };
            match taken.insert(account, password) {
                None => self.keep_password(account, password.to_owned())?,
                Some(other) if other == password => {}
                Some(_) => print::warning(&format!(
                    "{shown} has several passwords of {}: the last one is kept",
                    account.username
                )),
            }
        }
        rest.retain(|one| !taken.contains_key(&one.account));
        Ok(rest)
    }

    fn keep_password(&self, account: &SourceAccount, password: String) -> Result<(), Vec<String>> {
        let kept = self.kept.credentials.as_deref();
        let ((), path) = Credentials::change(kept, |credentials| credentials.keep_password(account.clone(), password))?;
        let SourceAccount { registry, username } = account;
        print::note(&format!("Kept the password of {} on {} in {}", plain(username), plain(registry), path.display()));
        Ok(())
    }
}

/// The token that a login file has for a host.
fn token<'a>(login: &'a mqc::Login, host: &str) -> Option<&'a str> {
    let is_it =
        |known: &str| api::base_url(known).is_ok_and(|known| api::base_url(host).is_ok_and(|host| known == host));
    login.tokens().find(|(known, _)| is_it(known)).map(|(_, token)| token)
}
