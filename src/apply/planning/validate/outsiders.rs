//! People who are declared in an organization and shall not belong to it.

use std::collections::BTreeSet;

use crate::apply::input::yaml::{Node, Problem};
use crate::apply::kinds::section::Section;
use crate::apply::kinds::{Kind, default_permission, member, repository, team};
use crate::apply::planning::expand::{entries, pruned};
use crate::quay::lookup;

/// People whom a team, a repository or a default permission of an organization names, and who shall not belong to it: each run would
/// add and remove them.
pub fn problems(organization: &Node, general: &BTreeSet<Kind>) -> Vec<Problem> {
    let list = organization.get(member::SECTION.key).and_then(|entry| entry.get("names")).and_then(Node::as_list);
    let Some(list) = list.filter(|_| pruned(general, organization).contains(&Kind::OrganizationMembers)) else {
        return Vec::new();
    };
    let names: BTreeSet<String> = list.iter().filter_map(Node::as_str).map(lookup::local_name).collect();
    let within = |section: &Section, key: &str| -> Vec<&Node> {
        let lists = entries(section, organization).into_iter().filter_map(|entry| entry.get(key)?.as_list());
        lists.flatten().collect()
    };
    let is_user = |grant: &&Node| grant.get("type").and_then(Node::as_str) != Some("team");
    let permissions = within(&repository::SECTION, "permissions").into_iter().filter(is_user);
    let defaults = entries(&default_permission::SECTION, organization);
    let creators = defaults.iter().filter_map(|entry| entry.get("creator"));
    let grants = permissions.chain(defaults.iter().copied().filter(is_user));
    let people = grants.filter_map(|grant| grant.get("name")).chain(creators).chain(within(&team::SECTION, "members"));
    let strange = people.filter(|node| {
        node.as_str().is_some_and(|name| !name.contains('+') && !names.contains(&lookup::local_name(name)))
    });
    strange
        .map(|node| {
            let name = node.as_str().unwrap_or_default();
            node.problem(format!(
                "{name} is not among the members of the organization: name {name} there, or leave it out here"
            ))
        })
        .collect()
}
