//! An entry that others stand below: an organization, a team, a repository.

use crate::apply::input::foreign::{Entry, Findings, scalar};
use crate::apply::input::yaml::{Content, Node, Place};

/// The entry and all below it.
pub struct Branch {
    name: Node,
    /// What its own manifest says; without one it is only referred to.
    declared: Option<Entry>,
    prune: Option<Entry>,
    parts: Vec<(&'static str, Part)>,
}

enum Part {
    One(Node),
    List(Vec<Node>),
    Branches(Vec<Branch>),
}

impl Branch {
    /// One that is named and not declared.
    pub fn of(name: Node) -> Branch {
        Branch { name, declared: None, prune: None, parts: Vec::new() }
    }

    /// Whether it has this name.
    pub fn is(&self, name: &Node) -> bool {
        self.name.content == name.content
    }

    /// What its own manifest says.
    pub fn declare(&mut self, entry: Entry) {
        self.declared = Some(entry);
    }

    /// Makes the list of a kind complete.
    pub fn prune(&mut self, word: &'static str, place: &Place) {
        let prune = self.prune.get_or_insert_with(|| Entry::at(place));
        if !prune.has(word) {
            prune.put(word, scalar(place, true));
        }
    }

    /// Sets a key that stands once; a second one is a mistake, as after a new name for what both belong to.
    pub fn set(&mut self, key: &'static str, node: Node, findings: &mut Findings) {
        if self.parts.iter().any(|(known, _)| *known == key) {
            findings.wrong(&node, format!("{key} of {} is declared twice", self.name.as_str().unwrap_or_default()));
            return;
        }
        self.parts.push((key, Part::One(node)));
    }

    /// Adds to a list.
    pub fn push(&mut self, list: &'static str, node: Node) {
        for (key, part) in &mut self.parts {
            if let (true, Part::List(nodes)) = (*key == list, part) {
                nodes.push(node);
                return;
            }
        }
        self.parts.push((list, Part::List(vec![node])));
    }

    /// The entry of a list below, a new one if need be.
    pub fn child(&mut self, list: &'static str, name: Node) -> &mut Branch {
        let known = self.parts.iter().position(|(key, _)| *key == list);
        let at = known.unwrap_or(self.parts.len());
        if known.is_none() {
            self.parts.push((list, Part::Branches(Vec::new())));
        }
        let Part::Branches(branches) = &mut self.parts[at].1 else {
            // Nothing else puts a part under these two keys.
            unreachable!("teams and repositories are branches always");
        };
        let known = branches.iter().position(|branch| branch.is(&name));
        let at = known.unwrap_or(branches.len());
        if known.is_none() {
            branches.push(Branch::of(name));
        }
        // It is in the list by now.
        &mut branches[at]
    }

    /// The finished entry; `add` puts in what only the caller knows.
    pub fn node(self, add: &dyn Fn(&mut Entry)) -> Node {
        let place = self.name.place.clone();
        let mut node = Entry::at(&place);
        node.put("name", self.name);
        add(&mut node);
        match self.declared.map(Entry::node) {
            None => node.set("reference", true),
            Some(Node { place, content: Content::Map(keys) }) => {
                node.stand(place);
                keys.iter().for_each(|(key, value)| node.copy(&key.name, Some((key, value))));
            }
            Some(_) => {}
        }
        if let Some(prune) = self.prune {
            node.put("prune", prune.node());
        }
        for (key, part) in self.parts {
            match part {
                Part::One(value) => node.put(key, value),
                Part::List(nodes) => node.list(key, nodes),
                Part::Branches(branches) => {
                    node.list(key, branches.into_iter().map(|branch| branch.node(&|_| ())).collect());
                }
            }
        }
        node.node()
    }
}
