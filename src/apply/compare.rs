//! Two states of the files, compared without a server.

use serde_json::{Map, Value, json};

use super::input::declaration::Declaration;
use super::input::selection::Selection;
use super::input::yaml::Problem;
use super::kinds::Kind;
use super::planning::declared::Declared;
use super::planning::item::Item;
use super::planning::validate;
use super::report::{Action, Outcome, Report, ReportedEndpoint, ReportedItem};
use crate::call::mask::Mask;

/// What a run with the new files would do on a server that is as the old ones say. What the new ones no longer name is told, as
/// removed where they [prune](super::input::registry::Registry) its kind.
///
/// # Errors
/// What is wrong with either.
pub fn files(old: &Declaration, new: &Declaration, selection: &Selection) -> Result<Report, Vec<Problem>> {
    let (before, after) = (validate::declared(old)?, validate::declared(new)?);
    let chosen = after.iter().filter(|declared| selection.has(declared.endpoint));
    let endpoints = chosen.map(|after| {
        let before = before.iter().find(|before| before.endpoint.host() == after.endpoint.host());
        ReportedEndpoint {
            name: after.endpoint.name.clone(),
            objects: objects(before, after, selection),
            refusals: Vec::new(),
            warnings: Vec::new(),
            requests: 0,
            seconds: 0.0,
        }
    });
    Ok(Report { endpoints: endpoints.collect() })
}

fn objects(before: Option<&Declared<'_>>, after: &Declared<'_>, selection: &Selection) -> Vec<ReportedItem> {
    let mut old: Vec<&Item> = before.into_iter().flat_map(|before| chosen(before, selection)).collect();
    let new: Vec<&Item> = chosen(after, selection).collect();
    let mut found = Vec::new();
    // The same entries first: of several with one name those that differ remain.
    let (same, others): (Vec<&Item>, Vec<&Item>) = new
        .into_iter()
        .partition(|item| take(&mut old, |known| is_same(known, item) && known.options == item.options).is_some());
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
        found.push(reported(item, action, before, after));
    }
    found.extend(old.into_iter().filter(|item| !item.is_removal()).map(|item| gone(item, after)));
    found
}

/// What is no longer declared.
fn gone(item: &Item, after: &Declared<'_>) -> ReportedItem {
    let home = item.organization.as_deref().and_then(|name| after.organizations.iter().find(|one| one.name == name));
    match home.is_some_and(|organization| organization.prune.contains(&item.kind)) {
        true => reported(item, Action::Remove, shown(item), Map::new()),
        false => {
            let mut told = reported(item, Action::Keep, Map::new(), Map::new());
            told.warnings.push(format!("no longer declared; it stays, as prune does not name {}", item.kind.word()));
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
    one.module() == other.module() && one.title == other.title && one.organization == other.organization
}

fn take<'a>(list: &mut Vec<&'a Item>, is_meant: impl Fn(&Item) -> bool) -> Option<&'a Item> {
    list.iter().position(|item| is_meant(item)).map(|place| list.remove(place))
}

/// The options that are given and have a place in a file.
fn shown(item: &Item) -> Map<String, Value> {
    let is_shown = |key: &str| key != "state" && item.section.is_some_and(|section| section.has_place(key));
    let given = item.options.iter().filter(|(key, value)| !value.is_null() && is_shown(key));
    Mask::new(&item.secrets).value_except(given.map(|(key, value)| (key.clone(), value.clone())).collect(), &[])
}

/// The options that hold afterwards: one that is no longer given stays as it is, and so does the element of a list that only adds.
fn kept(before: &Map<String, Value>, item: &Item) -> Map<String, Value> {
    let adds = item.options.get("append") == Some(&json!(true));
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
        kind: item.kind,
        module: item.module(),
        title: mask.name(&item.title),
        organization: item.organization.clone(),
        repository: item.repository(),
        place: item.place.clone(),
        action,
        before,
        after,
        holds: Map::new(),
        steps: Vec::new(),
        resent: Vec::new(),
        unsent: Vec::new(),
        outcome: Outcome::Planned,
        warnings: Vec::new(),
        returned: Map::new(),
        secret: None,
    }
}
