//! API tokens that nothing declares.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Pruning, Removals};
use crate::apply::kinds::application_token::SECTION;
use crate::apply::kinds::export::if_available;
use crate::apply::kinds::{Kind, application};
use crate::error::Result;
use crate::quay::{api_token, lookup, text, time};

/// A token that was used so lately may be the one that signs this run. Quay tells the time of the last use without its time zone, which
/// is up to 14 hours off.
const IN_USE: SignedDuration = SignedDuration::from_hours(15);

impl Pruning<'_> {
    /// The tokens of the declared applications. Those without a name belong to people who agreed in the browser, and stay, as does a
    /// token of the caller that may sign this run.
    pub(super) fn tokens(&self, removals: &mut Removals) -> Result<()> {
        let Some(list) = SECTION.list.as_ref().filter(|_| self.has(Kind::Tokens)) else { return Ok(()) };
        let organization = self.organization.name;
        let declared = self.own(application::SECTION.module).iter().filter(|item| !item.is_removal());
        let names: Vec<(String, String)> = declared
            .filter_map(|item| {
                let name = item.text("name")?;
                Some((name.clone(), item.text("new_name").unwrap_or(name)))
            })
            .collect();
        if names.is_empty() {
            return Ok(());
        }
        let (reader, declared) = (&self.server.reader, self.declared_tokens());
        let caller = lookup::caller(reader)?.unwrap_or_default();
        let applications = reader.list(&api_token::applications(organization), "applications")?;
        for (old, name) in names.iter().map(|(old, name)| (old.as_str(), name.as_str())) {
            let found = applications.iter().find(|entry| [old, name].contains(&text(&entry["name"])));
            let Some(client_id) = found.map(|entry| text(&entry["client_id"])) else { continue };
            let listed = reader.list(&(list.path)(&format!("{organization}/{client_id}")), list.key);
            let Some(mut tokens) = if_available(listed)? else { continue };
            tokens.retain(|token| token["name"].is_string());
            let place = format!("the application {name} of {organization}");
            tokens.retain(|token| {
                let is_declared = declared.contains(&(name.to_owned(), text(&token["name"]).to_owned()));
                let stays = may_sign(token, &caller) && !is_declared;
                if stays {
                    removals.warnings.push(format!(
                        "the API token {} of {place} is not removed: {caller} used it within the last hours, so it may be the one \
                         that signs this run",
                        text(&token["name"])
                    ));
                }
                !stays
            });
            let base = json!({"organization": organization, "application": name});
            self.compare(removals, &SECTION, list, &place, &tokens, &base);
        }
        Ok(())
    }

    /// The declared tokens, by application and name.
    fn declared_tokens(&self) -> BTreeSet<(String, String)> {
        self.own(SECTION.module)
            .iter()
            .filter_map(|item| Some((item.text("application")?, item.text("name")?)))
            .collect()
    }
}

fn may_sign(token: &Value, caller: &str) -> bool {
    let lately = |used: Timestamp| Timestamp::now().duration_since(used).abs() < IN_USE;
    token["created_by"] == caller && time::of(&token["last_accessed"]).is_some_and(lately)
}
