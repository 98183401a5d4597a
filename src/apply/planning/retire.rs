//! The removal of all that is declared, where each object stands for itself.

use std::collections::HashSet;

use serde_json::json;

use super::declared::Declared;
use super::item::Item;
use super::scopes::{self, Scope};
use super::server::Server;
use super::{Notes, Refusals, destroy};
use crate::apply::graph::{Graph, each};
use crate::apply::input::declaration::is_reference;
use crate::apply::input::selection::Selection;
use crate::apply::kinds::Kind;
use crate::apply::kinds::names::ObjectName;
use crate::apply::kinds::section::Retire;
use crate::error::Result;
use crate::quay::{lists, lookup};

/// How many names of repositories a person is told; a plan stays one that can be read.
const TOLD: usize = 20;

/// The items that take away what is declared, and the organizations that stay, with what they hold.
///
/// An organization, unless it is only referred to, goes with everything in it; elsewhere an object goes alone, and what is not
/// declared stays. Entries with `preserve` stay, as does what Quay cannot delete. What holds images is named in the warnings.
///
/// # Errors
/// When something declared must stay that builds on what would go.
pub fn items<'a>(
    server: &Server<'_>,
    declared: Declared<'a>,
    only: &Selection,
    notes: &mut Notes,
) -> std::result::Result<(Vec<Item>, Vec<Scope<'a>>), Refusals> {
    let Declared { organizations, mut outside, .. } = declared;
    // Where kinds are named, an organization that is none of them does not take the rest along.
    let spared = !only.kinds.is_empty() && !only.kinds.contains(&Kind::Organizations);
    let stays = |entry| spared || is_reference(entry) || entry.is_true("preserve");
    let (kept, gone): (Vec<_>, Vec<_>) = organizations.into_iter().partition(|one| stays(one.entry));
    let names: Vec<String> = gone.iter().map(|organization| organization.name.to_owned()).collect();
    let mut items = destroy::items(server, &names)?;

    let mut scopes = scopes::read(server, kept)?;
    let mut own: Vec<Item> = outside.top;
    for Scope { organization, existing } in &mut scopes {
        let inside = organization.items.drain(..);
        // What is not there holds nothing; what cannot be read is told by the plans.
        own.extend(inside.filter(|item| {
            item.kind != Kind::Organizations && existing.as_ref().map_or(true, |existing| existing.exists)
        }));
    }
    // What commands are for has an entry of its own.
    let entries: HashSet<&ObjectName> = own.iter().filter_map(Item::makes).collect();
    outside.tasks.retain(|task| {
        let of_an_entry = task.makes().is_some_and(|object| entries.contains(object) || is_kept(&scopes, object));
        let goes_along = task.organization.as_ref().is_some_and(|name| names.contains(name));
        !(of_an_entry || goes_along)
    });
    own.extend(outside.tasks.into_iter().rev());

    let (preserved, rest): (Vec<Item>, Vec<Item>) = own.into_iter().partition(|item| item.preserve);
    let mut switched = Vec::new();
    for item in rest.into_iter().filter(|item| !item.is_command() || matches!(item.retire(), Retire::Stay(_))) {
        match item.retire() {
            Retire::Remove => items.push(item.into_removal()),
            Retire::Stay(why) => notes.warnings.push(format!("the {} stays: {why}", item.title)),
            Retire::Switch { option, keeps } => switched.push((item, option, keeps)),
        }
    }
    let removed: HashSet<ObjectName> = items.iter().flat_map(Item::brings).cloned().collect();
    // The tokens of an application go with it.
    items.retain(|item| item.kind != Kind::Tokens || !item.needs().iter().any(|need| removed.contains(need)));
    let problems = needed(&preserved, &items);
    if !problems.is_empty() {
        return Err(Refusals::everywhere(problems));
    }
    for (item, option, keeps) in switched {
        if item.needs().iter().any(|need| removed.contains(need)) || !is_on(server, &item) {
            continue;
        }
        items.push(
            item.switched_off(option, keeps)
                .map_err(|found| Refusals::everywhere(found.iter().map(ToString::to_string).collect()))?,
        );
    }
    name_images(server, &mut items);
    Ok((items, scopes))
}

/// Accounts go last: what is theirs may be needed to take the rest away.
pub fn accounts_last(items: &[Item], graph: &mut Graph) {
    let (accounts, others): (Vec<usize>, Vec<usize>) =
        (0..items.len()).partition(|index| items.get(*index).is_some_and(|item| item.kind == Kind::Users));
    if !accounts.is_empty() {
        let others = graph.gate(others);
        accounts.into_iter().for_each(|account| graph.wait(account, others));
    }
}

fn is_kept(scopes: &[Scope<'_>], object: &ObjectName) -> bool {
    let mut names = scopes.iter().map(|scope| scope.organization.name);
    matches!(object, ObjectName::Organization(name) if names.any(|kept| kept == name))
}

/// Why objects cannot go: what stays builds on them.
fn needed(preserved: &[Item], items: &[Item]) -> Vec<String> {
    let mut problems = Vec::new();
    for stays in preserved {
        let needs = stays.needs();
        for item in items.iter().filter(|item| item.brings().any(|object| needs.contains(object))) {
            let what = format!(
                "the {} is preserved and needs the {}: preserve both, or neither of them",
                stays.title, item.title
            );
            problems.push(stays.problem(what).to_string());
        }
    }
    problems
}

/// Whether there is something to switch off.
fn is_on(server: &Server<'_>, item: &Item) -> bool {
    let Some(section) = item.section else { return false };
    // What cannot be seen is told by the plan.
    (section.is_on)(&item.options.all(), &server.reader).unwrap_or(true)
}

/// Says of every removal which images go with it.
fn name_images(server: &Server<'_>, items: &mut [Item]) {
    let found = each(server.registry().jobs, items, |item| images(server, item));
    for (item, found) in items.iter_mut().zip(found) {
        match found {
            Ok(None) => {}
            Ok(Some(what)) => {
                item.holds_images = true;
                item.warnings.push(what);
            }
            Err(error) => {
                let why = server.hide(&error.to_string());
                item.warnings.push(format!("whether images go with the {} cannot be seen: {why}", item.title));
            }
        }
    }
}

fn images(server: &Server<'_>, item: &Item) -> Result<Option<String>> {
    let Some(object) = item.makes().filter(|_| item.is_removal()) else { return Ok(None) };
    match object {
        ObjectName::Repository(name) => {
            let full = lookup::tags(name, &server.reader)?.unwrap_or(false);
            Ok(full.then(|| format!("the images of the repository {name} go with it")))
        }
        ObjectName::Organization(name) | ObjectName::User(name) => {
            let found = lists::repositories(&server.reader, name)?;
            let names: Vec<&str> = found.iter().filter_map(|repository| repository["name"].as_str()).collect();
            let more = names.len().saturating_sub(TOLD);
            let mut told = names.iter().take(TOLD).copied().collect::<Vec<_>>().join(", ");
            if more > 0 {
                told.push_str(&format!(" and {more} more"));
            }
            Ok((!names.is_empty())
                .then(|| format!("the repositories of {name} go with it, and all images in them: {told}")))
        }
        ObjectName::Team(_) | ObjectName::Application(_) | ObjectName::Robot(_) => Ok(None),
    }
}

impl Item {
    /// How its object goes.
    fn retire(&self) -> Retire {
        self.section.map_or(Retire::Remove, |section| section.retire)
    }

    /// The call that leaves its object switched off, with these options of its own.
    ///
    /// # Errors
    /// What the rules of the module say, which is nothing unless the table of the sections is wrong.
    fn switched_off(
        self,
        option: &str,
        keeps: &[&str],
    ) -> std::result::Result<Item, Vec<crate::apply::input::yaml::Problem>> {
        let mut options = self.options.all();
        options.retain(|key, value| keeps.contains(&key.as_str()) && !value.is_null());
        options.insert(option.to_owned(), json!(false));
        let mut off = Item::of_options(self.kind, self.entry, options)?;
        off.organization = self.organization;
        off.place = self.place;
        Ok(off)
    }
}
