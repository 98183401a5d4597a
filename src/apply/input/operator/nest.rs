//! Manifests at their places: below their organization, team or repository, or among the tasks.

mod branch;
mod options;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::connections::Connection;
use super::kinds::{ResourceKind, Seat};
use super::manifest::Manifest;
use super::properties::Properties;
use crate::apply::input::foreign::{Entry, Findings, scalar};
use crate::apply::input::yaml::{Key, Node, Place};
use crate::quay::names;
use branch::Branch;
use options::{add_account, call, calls_for, complete, entry, fill, get, is_meant, text, word};

/// The declaration while it grows.
pub struct Nest {
    /// Entries of the lists at the top, with their endpoints.
    top: Vec<(&'static str, usize, Entry)>,
    organizations: Vec<(usize, Branch)>,
    /// Organizations by their former names.
    renamed: BTreeMap<(usize, String), Node>,
    /// Namespaces of accounts, which no organization is.
    personal: BTreeSet<String>,
    seen: BTreeMap<String, Place>,
}

impl Nest {
    /// An empty one, for these manifests.
    pub fn new(manifests: &[Manifest<'_>]) -> Nest {
        let accounts = manifests.iter().filter(|manifest| matches!(manifest.kind.name, "User" | "FirstUser"));
        let personal = accounts.filter_map(|account| account.spec.get("username")?.1.as_str().map(str::to_owned));
        Nest {
            top: Vec::new(),
            organizations: Vec::new(),
            renamed: BTreeMap::new(),
            personal: personal.collect(),
            seen: BTreeMap::new(),
        }
    }

    /// Adds what a manifest says.
    pub fn add(
        &mut self,
        manifest: &Manifest<'_>,
        connection: &Connection,
        mut given: Properties,
        findings: &mut Findings,
    ) {
        let endpoint = connection.endpoint;
        self.check_twice(manifest, endpoint, &given, findings);
        if manifest.kind.apart.iter().any(|option| calls_for(&given, option)) {
            self.task(manifest, endpoint, given);
            return;
        }
        let (aside, rest): (Properties, Properties) =
            given.drain(..).partition(|(key, _)| manifest.kind.aside.contains(&key.name.as_str()));
        let commands: Properties = aside.into_iter().filter(|(key, node)| is_meant(key, node)).collect();
        let command = (!commands.is_empty()).then(|| {
            let own = |key: &Key| manifest.kind.identity.contains(&key.name.as_str());
            rest.iter().filter(|(key, _)| own(key)).cloned().chain(commands).collect()
        });
        self.seat(manifest, connection, rest, findings);
        if let Some(command) = command {
            // What steers the engine says the object's own entry.
            self.top.push(("tasks", endpoint, call(manifest, command, false)));
        }
    }

    /// Writes everything into the declaration. `names` are those of the endpoints, when there are several.
    pub fn declare(self, declaration: &mut Entry, names: &[Node]) {
        let on = |endpoint: usize, entry: &mut Entry| {
            if let Some(name) = names.get(endpoint) {
                entry.list("endpoints", vec![name.clone()]);
            }
        };
        let mut lists: BTreeMap<&str, Vec<Node>> = BTreeMap::new();
        for (list, endpoint, mut entry) in self.top {
            on(endpoint, &mut entry);
            lists.entry(list).or_default().push(entry.node());
        }
        let branches = self.organizations.into_iter();
        let organizations = branches.map(|(endpoint, branch)| branch.node(&|entry| on(endpoint, entry))).collect();
        lists.insert("organizations", organizations);
        for list in ["users", "messages", "organizations", "tasks"] {
            declaration.list(list, lists.remove(list).unwrap_or_default());
        }
    }

    /// Notes an object that two manifests declare: they would undo each other's work.
    fn check_twice(&mut self, manifest: &Manifest<'_>, endpoint: usize, given: &Properties, findings: &mut Findings) {
        let ResourceKind { name: kind, identity, .. } = manifest.kind;
        if identity.is_empty() {
            return;
        }
        let values: Vec<Value> =
            identity.iter().map(|option| get(given, option).map_or(Value::Null, Node::to_value)).collect();
        let place = &manifest.node.place;
        let first = self.seen.entry(format!("{endpoint} {kind} {}", json!(values))).or_insert_with(|| place.clone());
        if first != place {
            findings.wrong(
                manifest.node,
                format!("{} declares what another {kind} declares, at {first}", manifest.title()),
            );
        }
    }

    /// Puts a manifest at its place.
    fn seat(
        &mut self,
        manifest: &Manifest<'_>,
        connection: &Connection,
        mut given: Properties,
        findings: &mut Findings,
    ) {
        let endpoint = connection.endpoint;
        match manifest.kind.seat {
            Seat::Task => {
                if manifest.kind.name == "ApiToken" {
                    add_account(manifest, connection, &mut given, findings);
                }
                self.task(manifest, endpoint, given);
            }
            Seat::Top(list) => self.top.push((list, endpoint, entry(manifest, &given, &[]))),
            Seat::Organization => self.organization(manifest, endpoint, &given, findings),
            Seat::InOrganization { option, list } => {
                if let Some(branch) = self.parent(manifest, endpoint, option, &given, findings) {
                    branch.push(list, entry(manifest, &given, &[option, "append"]).node());
                    return;
                }
                self.task(manifest, endpoint, given);
            }
            Seat::OfOrganization { option, key } => {
                if let Some(branch) = self.parent(manifest, endpoint, option, &given, findings) {
                    branch.set(key, entry(manifest, &given, &[option]).node(), findings);
                    return;
                }
                self.task(manifest, endpoint, given);
            }
            Seat::Robot => self.robot(manifest, endpoint, given, findings),
            Seat::Team => {
                let Some(team) = self.team(manifest, endpoint, &given, findings) else { return };
                team.declare(entry(manifest, &given, &["organization", "name", "append"]));
                complete(manifest, &given, |word, place| team.prune(word, place));
            }
            Seat::OfTeam(key) => {
                let Some(team) = self.team(manifest, endpoint, &given, findings) else { return };
                team.set(key, entry(manifest, &given, &["organization", "name"]).node(), findings);
            }
            Seat::Repository | Seat::InRepository { .. } | Seat::OfRepository { .. } => {
                self.in_repository(manifest, endpoint, given, findings);
            }
        }
    }

    fn organization(&mut self, manifest: &Manifest<'_>, endpoint: usize, given: &Properties, findings: &mut Findings) {
        let Some(name) = text(given, "name", findings) else { return };
        let mut entry = entry(manifest, given, &["name", "new_name"]);
        let new = get(given, "new_name").filter(|node| node.as_str().is_some_and(|text| !text.is_empty()));
        if let Some(new) = new {
            self.renamed.insert((endpoint, word(name)), new.clone());
            entry.put("previous_name", name.clone());
        }
        self.branch(endpoint, new.unwrap_or(name)).declare(entry);
    }

    /// The organization that an option names; none for the namespace of an account, or when the name is no text.
    fn parent(
        &mut self,
        manifest: &Manifest<'_>,
        endpoint: usize,
        option: &str,
        given: &Properties,
        findings: &mut Findings,
    ) -> Option<&mut Branch> {
        let name = get(given, option)?;
        let text = name.as_str();
        if text.is_none() {
            findings.wrong(name, format!("{option} of {} must be a text", manifest.title()));
        }
        if self.personal.contains(text?) {
            return None;
        }
        Some(self.branch(endpoint, name))
    }

    fn branch(&mut self, endpoint: usize, name: &Node) -> &mut Branch {
        let name = self.renamed.get(&(endpoint, word(name))).unwrap_or(name).clone();
        let known = self.organizations.iter().position(|(at, branch)| *at == endpoint && branch.is(&name));
        let index = known.unwrap_or(self.organizations.len());
        if known.is_none() {
            self.organizations.push((endpoint, Branch::of(name)));
        }
        // It is in the list by now.
        &mut self.organizations[index].1
    }

    fn team(
        &mut self,
        manifest: &Manifest<'_>,
        endpoint: usize,
        given: &Properties,
        findings: &mut Findings,
    ) -> Option<&mut Branch> {
        let name = text(given, "name", findings)?.clone();
        text(given, "organization", findings)?;
        let branch = self.parent(manifest, endpoint, "organization", given, findings);
        if branch.is_none() {
            let node = manifest.node;
            findings.wrong(node, "the namespace of an account has no teams: organization must name an organization");
        }
        Some(branch?.child("teams", name))
    }

    fn robot(&mut self, manifest: &Manifest<'_>, endpoint: usize, given: Properties, findings: &mut Findings) {
        let Some(node) = text(&given, "name", findings) else { return self.task(manifest, endpoint, given) };
        if let Err(why) = names::robot(&node.to_value()) {
            findings.wrong(node, why);
            return self.task(manifest, endpoint, given);
        }
        let Some((namespace, short)) =
            node.as_str().and_then(names::split_robot).filter(|(namespace, _)| !self.personal.contains(*namespace))
        else {
            self.task(manifest, endpoint, given);
            return;
        };
        let mut robot = Entry::at(&manifest.node.place);
        robot.put("name", scalar(&node.place, short));
        fill(&mut robot, manifest, &given, &["name", "append"]);
        complete(manifest, &given, |word, place| {
            let mut prune = Entry::at(place);
            prune.set(word, true);
            robot.put("prune", prune.node());
        });
        self.branch(endpoint, &scalar(&node.place, namespace)).push("robots", robot.node());
    }

    /// Everything that stands with a repository.
    fn in_repository(&mut self, manifest: &Manifest<'_>, endpoint: usize, given: Properties, findings: &mut Findings) {
        let option = match manifest.kind.seat {
            Seat::InRepository { option, .. } | Seat::OfRepository { option, .. } => option,
            _ => "name",
        };
        let Some(node) = text(&given, option, findings) else { return self.task(manifest, endpoint, given) };
        let full = match names::repository(&node.to_value()) {
            Ok(full) => word(&scalar(&node.place, &full)),
            Err(why) => {
                findings.wrong(node, why);
                return self.task(manifest, endpoint, given);
            }
        };
        let split = full.split_once('/').filter(|(namespace, _)| !self.personal.contains(*namespace));
        let Some((namespace, name)) = split else {
            self.task(manifest, endpoint, given);
            return;
        };
        let organization = self.branch(endpoint, &scalar(&node.place, namespace));
        let repository = organization.child("repositories", scalar(&node.place, name));
        let entry = entry(manifest, &given, &[option, "append"]);
        match manifest.kind.seat {
            Seat::InRepository { list, .. } => repository.push(list, entry.node()),
            Seat::OfRepository { key, .. } => repository.set(key, entry.node(), findings),
            _ => repository.declare(entry),
        }
        complete(manifest, &given, |word, place| repository.prune(word, place));
    }

    fn task(&mut self, manifest: &Manifest<'_>, endpoint: usize, given: Properties) {
        self.top.push(("tasks", endpoint, call(manifest, given, true)));
    }
}
