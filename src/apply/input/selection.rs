//! Which part of a declaration the user means.

use super::declaration::Declaration;
use super::registry::Endpoint;
use crate::apply::kinds::Kind;

/// What the user wants of a declaration.
#[derive(Default)]
pub struct Request {
    /// Which part of it.
    pub selection: Selection,
    /// What to delete, instead of bringing about what is declared.
    pub destroy: Option<Destruction>,
}

/// What is to be deleted.
pub enum Destruction {
    /// These organizations, with everything in them; each must be declared.
    Organizations(Vec<String>),
    /// All that is declared and not preserved. It was shown to a person, who has said yes.
    Declared,
    /// The same, where nobody was asked: as far as `allow` permits it.
    Allowed,
}

/// A part of a declaration; an empty list means all.
#[derive(Default)]
pub struct Selection {
    /// Organizations by their declared names; of what stands outside of organizations nothing is planned then.
    pub organizations: Vec<String>,
    /// Endpoints by their names or hosts; the others get no request.
    pub endpoints: Vec<String>,
    /// Kinds of objects; what they build on counts as done.
    pub kinds: Vec<Kind>,
}

impl Selection {
    /// The kind with this name, of which a run can be limited to.
    ///
    /// # Errors
    /// A sentence that tells the names of all such kinds, or the one that has this among its options.
    pub fn kind(word: &str) -> Result<Kind, String> {
        let known = || Kind::ALL.iter().copied().filter(|kind| kind.card().held.is_none());
        let kind = Kind::of(word).ok_or_else(|| Kind::unknown(word, known()))?;
        match kind.card().held {
            Some((holder, _)) => {
                Err(format!("{word} are set together with their {0}: name the kind {0}", holder.word()))
            }
            None => Ok(kind),
        }
    }

    /// Whether it asks for an endpoint.
    pub fn has(&self, endpoint: &Endpoint) -> bool {
        self.endpoints.is_empty() || self.endpoints.iter().any(|name| endpoint.is(name))
    }

    /// Whether a plan without any object is a mistake: a part was asked for, and nothing could be in it that is to be removed.
    pub fn must_find(&self, declaration: &Declaration) -> bool {
        let Selection { organizations, endpoints, kinds } = self;
        let is_part = !(organizations.is_empty() && endpoints.is_empty() && kinds.is_empty());
        let prunes =
            |kind: &Kind| declaration.registry.prune.contains(kind) && (kinds.is_empty() || kinds.contains(kind));
        let own = declaration.organizations.iter().any(|entry| entry.get("prune").is_some());
        is_part && !own && !declaration.registry.limits.skip_removals && !Kind::ALL.iter().any(prunes)
    }

    /// A sentence about each organization and endpoint that a declaration does not have: whoever names it has mistyped it, and
    /// would take the silence of an empty run for good news.
    pub fn unknown(&self, declaration: &Declaration) -> Vec<String> {
        let is_declared = |name: &&String| {
            let names = declaration.organizations.iter().filter_map(|entry| entry.get("name")?.as_str());
            names.into_iter().any(|known| known == *name)
        };
        let is_endpoint = |name: &&String| declaration.registry.endpoints.iter().any(|endpoint| endpoint.is(name));
        let organizations = self.organizations.iter().filter(|name| !is_declared(name));
        let organizations = organizations.map(|name| format!("the declaration has no organization \"{name}\""));
        let endpoints = self.endpoints.iter().filter(|name| !is_endpoint(name));
        organizations.chain(endpoints.map(|name| format!("the declaration has no endpoint \"{name}\""))).collect()
    }
}
