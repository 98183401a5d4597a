//! What the readers of foreign formats have in common: a declaration grows out of nodes that keep their places, while
//! complaints and warnings collect beside it.

mod fields;

use std::collections::BTreeSet;

use super::yaml::{Content, Key, Node, Place, Problem, Scalar};
pub use fields::{Field, Fields, meant, unknown};

/// A foreign input in the words of a registry file.
pub struct Translation {
    /// The declaration. What it holds stands where the user's own file has it.
    pub declaration: Node,
    /// What the user should know: ignored keys, surprising meanings.
    pub warnings: Vec<Problem>,
    /// Everything that is wrong, in the order of the places; without any, the declaration says all that the input does.
    pub problems: Vec<Problem>,
}

/// What a reader noticed. Every mistake counts, so that one run shows all of them.
#[derive(Default)]
pub struct Findings {
    /// What makes the input unusable.
    pub problems: Vec<Problem>,
    /// What the user should know.
    pub warnings: Vec<Problem>,
}

impl Findings {
    /// Notes a mistake.
    pub fn wrong(&mut self, node: &Node, what: impl Into<String>) {
        self.problems.push(node.problem(what));
    }

    /// Notes something worth knowing.
    pub fn warn(&mut self, node: &Node, what: impl Into<String>) {
        self.warnings.push(node.problem(what));
    }

    /// The declaration with what was noticed.
    pub fn finish(mut self, declaration: Node) -> Translation {
        self.problems.sort_unstable();
        self.problems.dedup();
        Translation { declaration, warnings: self.warnings, problems: self.problems }
    }
}

/// A mapping of the declaration while it is put together.
#[derive(Clone)]
pub struct Entry {
    place: Place,
    keys: Vec<(Key, Node)>,
}

impl Entry {
    /// An empty one that stands at `place`.
    pub fn at(place: &Place) -> Entry {
        Entry { place: place.clone(), keys: Vec::new() }
    }

    /// Adds a key that stands where its value stands.
    pub fn put(&mut self, name: &str, node: Node) {
        let place = node.place.clone();
        self.keys.push((Key { name: name.into(), place }, node));
    }

    /// Adds a value of the input under the name that it has here; a missing one adds nothing.
    pub fn copy(&mut self, name: &str, field: Option<Field<'_>>) {
        if let Some((key, node)) = field {
            self.keys.push((Key { name: name.into(), place: key.place.clone() }, node.clone()));
        }
    }

    /// Adds a scalar that stands where this mapping stands.
    pub fn set(&mut self, name: &str, value: impl Into<Scalar>) {
        let node = scalar(&self.place, value);
        self.put(name, node);
    }

    /// Adds a list; an empty one adds nothing.
    pub fn list(&mut self, name: &str, nodes: Vec<Node>) {
        if let Some(first) = nodes.first() {
            let place = first.place.clone();
            self.put(name, Node { place, content: Content::List(nodes) });
        }
    }

    /// Puts it at another place; what it holds stays where it is.
    pub fn stand(&mut self, place: Place) {
        self.place = place;
    }

    /// Whether it has the key.
    pub fn has(&self, name: &str) -> bool {
        self.keys.iter().any(|(key, _)| key.name == name)
    }

    /// The finished mapping.
    pub fn node(self) -> Node {
        Node { place: self.place, content: Content::Map(self.keys) }
    }
}

/// A scalar that stands at `place`.
pub fn scalar(place: &Place, value: impl Into<Scalar>) -> Node {
    Node { place: place.clone(), content: Content::Scalar(value.into()) }
}

/// A secret that the environment supplies when the declaration is used.
pub fn from_environment(place: &Place, variable: &str) -> Node {
    let mut entry = Entry::at(place);
    entry.set("env", variable);
    entry.node()
}

/// The environment variable for a secret, from what it is and whom it belongs to: `QUAY_TOKEN_QUAY_EXAMPLE_COM`. It is one that
/// files may use.
pub fn variable(parts: &[&str]) -> String {
    let word = |part: &&str| {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
        part.chars().map(plain).collect::<String>()
    };
    let name = parts.iter().map(word).collect::<Vec<_>>().join("_");
    if name.starts_with("QUAY_") { name } else { format!("QUAY_{name}") }
}

/// Sees to it that names are used once.
#[derive(Default)]
pub struct Once {
    seen: BTreeSet<String>,
}

impl Once {
    /// Whether `name` is new; otherwise a mistake is noted at `node`.
    pub fn check(&mut self, what: &str, name: &str, node: &Node, findings: &mut Findings) -> bool {
        let new = self.seen.insert(name.to_owned());
        if !new {
            findings.wrong(node, format!("the {what} {name} is listed twice"));
        }
        new
    }

    /// Whether `name` has been seen.
    pub fn knows(&self, name: &str) -> bool {
        self.seen.contains(name)
    }
}
