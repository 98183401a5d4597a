//! Which part of a declaration the user means.

use super::declaration::Declaration;
use super::registry::Endpoint;
use crate::apply::kinds::Kind;
use crate::call::close_name;
use crate::quay::glob::{Glob, is_pattern};

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
    /// The kinds that a run can be limited to.
    pub fn selectable() -> impl Iterator<Item = Kind> {
        Kind::ALL.iter().copied().filter(|kind| kind.card().held.is_none())
    }

    /// The kinds with this name, or those that fit this pattern.
    ///
    /// # Errors
    /// As [`Selection::kind`]; also when none fits.
    pub fn kinds(word: &str) -> Result<Vec<Kind>, String> {
        if !is_pattern(word) {
            return Selection::kind(word).map(|kind| vec![kind]);
        }
        let pattern = Glob::new(word);
        let found: Vec<Kind> = Selection::selectable().filter(|kind| pattern.fits(kind.word())).collect();
        if found.is_empty() { Err(Kind::unknown(word, Selection::selectable())) } else { Ok(found) }
    }

    /// The kind with this name, of which a run can be limited to.
    ///
    /// # Errors
    /// A sentence that tells the names of all such kinds, or the one that has this among its options.
    pub fn kind(word: &str) -> Result<Kind, String> {
        let kind = Kind::of(word).ok_or_else(|| Kind::unknown(word, Selection::selectable()))?;
        match kind.card().held {
            Some((holder, _)) => {
                Err(format!("{word} are set together with their {0}: name the kind {0}", holder.word()))
            }
            None => Ok(kind),
        }
    }

    /// The same with the declared organizations in the place of patterns that any of them fits.
    #[must_use]
    pub fn expanded(mut self, declaration: &Declaration) -> Selection {
        let known = names(declaration);
        let fitting = |name: String| {
            let found: Vec<String> = match is_pattern(&name) {
                true => {
                    known.iter().filter(|known| Glob::new(&name).fits(known)).map(|&name| name.to_owned()).collect()
                }
                false => Vec::new(),
            };
            if found.is_empty() { vec![name] } else { found }
        };
        self.organizations = self.organizations.into_iter().flat_map(fitting).collect();
        self
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
        let known = names(declaration);
        let hint =
            |name: &str| close_name(name, &known).map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
        let is_endpoint = |name: &&String| declaration.registry.endpoints.iter().any(|endpoint| endpoint.is(name));
        let organizations = self.organizations.iter().filter(|name| !known.contains(&name.as_str()));
        let organizations =
            organizations.map(|name| format!("the declaration has no organization \"{name}\"{}", hint(name)));
        let endpoints = self.endpoints.iter().filter(|name| !is_endpoint(name));
        organizations.chain(endpoints.map(|name| format!("the declaration has no endpoint \"{name}\""))).collect()
    }
}

/// The names of the declared organizations.
fn names(declaration: &Declaration) -> Vec<&str> {
    declaration.organizations.iter().filter_map(|entry| entry.get("name")?.as_str()).collect()
}
