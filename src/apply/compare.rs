//! Two states of the files, compared without a server.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::input::declaration::Declaration;
use super::input::selection::Selection;
use super::input::yaml::Problem;
use super::kinds::Kind;
use super::planning::declared::Declared;
use super::planning::item::Item;
use super::planning::validate;
use super::report::{Action, Report, ReportedEndpoint, ReportedItem};
use crate::call::mask::Mask;

/// What a run with the new files would do on a server that is as the old ones say. What the new ones no longer name is told, as
/// removed where they [prune](super::input::registry::Registry) its kind.
///
/// # Errors
/// What is wrong with either.
pub fn files(old: &Declaration, new: &Declaration, selection: &Selection) -> Result<Report, Vec<Problem>> {
    let (before, after) = (validate::declared(old)?, validate::declared(new)?);
    let chosen = after.iter().filter(|declared| selection.has(declared.endpoint));
    let is_one = |one: &Declared<'_>, other: &Declared<'_>| one.endpoint.host() == other.endpoint.host();
    let endpoints = chosen.map(|after| {
        let before = before.iter().find(|before| is_one(before, after));
        endpoint(after, objects(before, after, &new.registry.prune, selection), Vec::new())
    });
    let is_lost = |before: &&Declared<'_>| !after.iter().any(|after| is_one(before, after));
    let lost = before.iter().filter(is_lost).filter(|before| selection.has(before.endpoint)).map(|before| {
        let why = "the new files do not name this server any more: nothing is changed there, and what is there stays";
        endpoint(before, Vec::new(), vec![why.to_owned()])
    });
    Ok(Report { endpoints: endpoints.chain(lost).collect() })
}

fn endpoint(declared: &Declared<'_>, objects: Vec<ReportedItem>, warnings: Vec<String>) -> ReportedEndpoint {
    let name = declared.endpoint.name.clone();
    ReportedEndpoint { name, objects, refusals: Vec::new(), warnings, requests: 0, seconds: 0.0 }
}

fn objects(
    before: Option<&Declared<'_>>,
    after: &Declared<'_>,
    prune: &BTreeSet<Kind>,
    selection: &Selection,
) -> Vec<ReportedItem> {
    let mut old: Vec<&Item> = before.into_iter().flat_map(|before| chosen(before, selection)).collect();
    let new: Vec<&Item> = chosen(after, selection).collect();
    let mut found = Vec::new();
    // The same entries first: of several with one name those that differ remain.
    let (same, others): (Vec<&Item>, Vec<&Item>) = new
        .into_iter()
        .partition(|item| take(&mut old, |known| is_same(known, item) && known.options.are(&item.options)).is_some());
    found.extend(same.into_iter().map(|item| reported(item, Action::Keep, Map::new(), Map::new())));
    for item in others {
        let known = take(&mut old, |known| is_same(known, item));
        let before = known.map(shown).unwrap_or_default();
        let after = if item.is_removal() { Map::new() } else { kept(&before, item) };
        let action = match known {
            Some(known) if item.is_removal() && !known.is_removal() => Action::Remove,
            _ if item.is_removal() => Action::Keep,
            Some(_) if before == after => Action::Keep,
            Some(known) if !known.is_removal() => Action::Change,
            _ => Action::Create,
        };
        let mut told = reported(item, action, before, after);
        told.warnings.extend(known.and_then(|known| other_secrets(known, item)));
        found.push(told);
    }
    found.extend(old.into_iter().filter(|item| !item.is_removal()).map(|item| gone(item, after, prune)));
    found
}

/// Which options hold other secrets than before, which no difference shows.
fn other_secrets(known: &Item, item: &Item) -> Option<String> {
    let (before, after) = (shown(known), shown(item));
    let (old, new) = (known.options.all(), item.options.all());
    let is_other = |key: &&String| before.get(*key) == after.get(*key) && old.get(*key) != new.get(*key);
    let names: Vec<&str> = after.keys().filter(is_other).map(String::as_str).collect();
    (!names.is_empty())
        .then(|| format!("{}: another secret than before; update_secrets tells when it is sent", names.join(", ")))
}

/// What is no longer declared. What is in no organization that is declared goes as the registry says, and an organization takes all that
/// is in it along.
fn gone(item: &Item, after: &Declared<'_>, prune: &BTreeSet<Kind>) -> ReportedItem {
    let home = item.organization.as_deref().and_then(|name| after.organizations.iter().find(|one| one.name == name));
    let goes_along = home.is_none() && item.organization.is_some();
    let kind = if goes_along { Kind::Organizations } else { item.kind };
    match home.map_or(prune, |organization| &organization.prune).contains(&kind) {
        true => reported(item, Action::Remove, shown(item), Map::new()),
        false => {
            let mut told = reported(item, Action::Keep, Map::new(), Map::new());
            told.warnings.push(format!("no longer declared; it stays, as prune does not name {}", kind.word()));
            told
        }
    }
}

fn chosen<'a>(declared: &'a Declared<'_>, selection: &'a Selection) -> impl Iterator<Item = &'a Item> {
    let is_asked = |item: &&Item| {
        let of = |name: &String| item.organization.as_ref() == Some(name);
        (selection.organizations.is_empty() || selection.organizations.iter().any(of))
            && (selection.kinds.is_empty() || selection.kinds.contains(&item.kind))
            && item.kind != Kind::Tasks
    };
    declared.items().filter(is_asked)
}

fn is_same(one: &Item, other: &Item) -> bool {
    one.module() == other.module()
        && one.title == other.title
        && one.organization == other.organization
        && have_same(one, other)
}

/// Whether those options are the same that tell an object from others and that its title does not show at all: policies are called by
/// their place alone, and one that is no longer declared stays beside the new one.
fn have_same(one: &Item, other: &Item) -> bool {
    let by_place = one.section.filter(|section| !section.identity.iter().any(|key| section.called.contains(key)));
    by_place.is_none_or(|section| {
        let (one, other) = (one.options.all(), other.options.all());
        section.identity.iter().map(|key| section.option(key)).all(|option| one.get(option) == other.get(option))
    })
}

fn take<'a>(list: &mut Vec<&'a Item>, is_meant: impl Fn(&Item) -> bool) -> Option<&'a Item> {
    list.iter().position(|item| is_meant(item)).map(|place| list.remove(place))
}

/// The options that are given and have a place in a file.
fn shown(item: &Item) -> Map<String, Value> {
    let is_shown = |key: &str| key != "state" && item.section.is_some_and(|section| section.has_place(key));
    let options = item.options.all();
    let given = options.iter().filter(|(key, value)| !value.is_null() && is_shown(key));
    let mut shown: Map<String, Value> = given.map(|(key, value)| (key.clone(), value.clone())).collect();
    // As a plan tells them.
    for (key, value) in item.entry.known(&options).into_iter().flatten() {
        if let Some(given) = shown.get_mut(key) {
            *given = value;
        }
    }
    Mask::new(&item.secrets).value_except(shown, &[])
}

/// The options that hold afterwards: one that is no longer given stays as it is, and so does the element of a list that only adds.
fn kept(before: &Map<String, Value>, item: &Item) -> Map<String, Value> {
    let adds = item.options.only_add();
    let mut after = before.clone();
    for (key, value) in shown(item) {
        let value = match (after.get(&key), value) {
            (Some(Value::Array(old)), Value::Array(new)) if adds => added(old, new),
            (_, value) => value,
        };
        after.insert(key, value);
    }
    after
}

/// A list with the elements of another, in the place of those with the same name or behind.
fn added(old: &[Value], new: Vec<Value>) -> Value {
    let name = |element: &Value| element.get("name").unwrap_or(element).clone();
    let mut whole = old.to_vec();
    for element in new {
        match whole.iter_mut().find(|known| name(known) == name(&element)) {
            Some(known) => *known = element,
            None => whole.push(element),
        }
    }
    Value::Array(whole)
}

fn reported(item: &Item, action: Action, before: Map<String, Value>, after: Map<String, Value>) -> ReportedItem {
    let mask = Mask::new(&item.secrets);
    ReportedItem {
        organization: item.organization.clone(),
        repository: item.repository().map(str::to_owned),
        place: item.place.clone(),
        before,
        after,
        ..ReportedItem::of(item.kind, item.module(), mask.name(&item.title), action)
    }
}
