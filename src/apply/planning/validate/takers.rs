//! Who takes what modules return: Secrets, the endpoints that sign in with them, and the places of deliveries.

use std::collections::BTreeMap;

use crate::apply::input::declaration::Declaration;
use crate::apply::input::delivery::{Content, Target};
use crate::apply::input::registry::Endpoint;
use crate::apply::input::yaml::Problem;
use crate::apply::kinds::credential;
use crate::apply::kinds::secret::{self, SecretName};
use crate::apply::planning::declared::Declared;
use crate::apply::planning::item::Item;

/// Secrets that two objects would write.
pub fn secrets(declared: &[Declared<'_>]) -> Vec<Problem> {
    let mut seen: BTreeMap<&SecretName, &Item> = BTreeMap::new();
    let mut problems = Vec::new();
    for item in declared.iter().flat_map(Declared::items) {
        let Some(name) = &item.secret else { continue };
        let Some(other) = seen.insert(name, item) else { continue };
        let SecretName { namespace, name } = name;
        problems.push(item.problem(match item.place == other.place {
            true => format!(
                "the Secret {name} of {namespace} would be written by several endpoints: name one under endpoints"
            ),
            false => format!("the Secret {name} of {namespace} is written by the {} too", other.title),
        }));
    }
    problems
}

/// Deliveries that the user has not allowed, and those that would overwrite each other.
pub fn deliveries(declaration: &Declaration, declared: &[Declared<'_>]) -> Vec<Problem> {
    let mut seen: BTreeMap<String, Vec<(Option<&str>, &Item)>> = BTreeMap::new();
    let gives = |name: &str, item: &Item| credential::is_given_by(item.module()) && item.called() == name;
    let given = declaration.registry.deliveries.given.iter();
    let unknown = given.filter(|(name, _)| !declared.iter().flat_map(Declared::items).any(|item| gives(name, item)));
    let mut problems: Vec<Problem> = unknown
        .map(|(name, delivery)| delivery.problem(format!("nothing declared gives the credential {name}")))
        .collect();
    for declared in declared {
        for (item, delivery) in
            declared.items().flat_map(|item| item.deliver.iter().map(move |delivery| (item, delivery)))
        {
            problems.extend(declaration.registry.deliveries.refusal(delivery).map(|why| delivery.problem(why)));
            if delivery.target.content() == Some(Content::Manifest) && item.secret.is_none() {
                problems.push(delivery.problem(format!(
                    "the {} names no Kubernetes Secret for a manifest: add secret: {{name: ..., namespace: ...}} to it",
                    item.title
                )));
            }
            // A configuration of Docker has an entry for each registry.
            let host = matches!(delivery.target, Target::DockerConfig(_)).then(|| declared.endpoint.host());
            let there = seen.entry(delivery.target.address()).or_default();
            let clashes = |known: &Option<&str>| known.is_none() || host.is_none() || *known == host;
            let other = there.iter().find(|(known, _)| clashes(known)).map(|(_, other)| *other);
            there.push((host, item));
            if let Some(other) = other {
                problems.push(delivery.problem(match item.place == other.place {
                    true => "several endpoints would deliver to this place: name one under endpoints".to_owned(),
                    false => format!("the {} is delivered to this place, too", other.title),
                }));
            }
        }
    }
    problems
}

/// The endpoint with the entry that makes a Secret, and that entry.
pub fn maker<'a>(declared: &'a [Declared<'_>], secret: &SecretName) -> Option<(&'a Endpoint, &'a Item)> {
    let of = |declared: &'a Declared<'_>| {
        let item = declared.items().find(|item| item.secret.as_ref() == Some(secret))?;
        Some((declared.endpoint, item))
    };
    declared.iter().find_map(of)
}

/// Endpoints whose Secret nobody has, and nothing makes.
pub fn awaited(declared: &[Declared<'_>]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for endpoint in declared.iter().map(|declared| declared.endpoint) {
        let Some(awaited) = &endpoint.awaited else { continue };
        let name = &awaited.secret;
        let Some((other, item)) = maker(declared, name) else {
            problems.push(awaited.problem(format!(
                "the Secret {name} is not in the input, and no task of {} makes it",
                secret::connections().collect::<Vec<_>>().join(" or ")
            )));
            continue;
        };
        if secret::connections().all(|module| module != item.module()) {
            problems.push(awaited.problem(format!("the Secret {name} of the {} is no connection", item.title)));
        } else if !other.is_server_of(endpoint) {
            problems
                .push(awaited.problem(format!("the Secret {name} is made on {}, which is another server", other.name)));
        }
        let mut before = other.awaited.as_ref();
        for _ in declared {
            before = before.and_then(|before| maker(declared, &before.secret)?.0.awaited.as_ref());
        }
        if before.is_some() {
            problems.push(awaited.problem(format!("the Secret {name} is needed to make the Secret {name} itself")));
        }
    }
    problems
}
