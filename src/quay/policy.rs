//! Policies by which the server treats tags: pruning and immutability, of namespaces and of repositories.
//!
//! The four modules differ in the path of their policies and in little else: a [`Place`] knows the path, and
//! [`prune::plan`] and [`immutability::plan`] do the rest for both kinds of places.

mod auto_prune_option;
pub mod immutability;
pub mod preview;
pub mod prune;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub use auto_prune_option::{Desired, Owner, desired, fulfil};
use preview::Scope;

use super::partial::if_shown;
use super::server::Server;
use super::version::Requirement;
use super::{lookup, names};
use crate::api::{Path, Reader};
use crate::error::{Error, Need, RefusalKind, Result};
use crate::plan::{Plan, Probe, Step};

/// A kind of policies.
pub struct Kind {
    /// Last part of the path.
    segment: &'static str,
    /// One of them, for a person.
    one: &'static str,
    feature: &'static str,
    since: &'static str,
    /// The Quay in which repositories got such policies, too.
    since_repository: &'static str,
    /// Whether the caller's own policies can also be reached below `user/`, with another scope.
    below_user: bool,
}

impl Kind {
    /// Where the policies of the organization, user or repository at `of` are listed and created.
    fn list_path(&self, of: &Path) -> Path {
        of.clone().fixed(&format!("/{}/", self.segment))
    }

    fn each_path(&self, of: &Path, uuid: &str) -> Path {
        of.clone().fixed(&format!("/{}", self.segment)).then(uuid)
    }

    /// Whether the server says that it has no such policies.
    pub fn is_off(&self, server: &Server) -> bool {
        server.is_without(self.feature)
    }

    /// What the policies need on the server, beside a right on their place.
    pub fn need(&self, right: Need) -> Need {
        let of_repository = right.scope == Need::REPO_ADMIN.scope;
        right.feature(self.feature, if of_repository { self.since_repository } else { self.since })
    }

    /// All of them of a place that is called `what`, for a person.
    fn plural(&self, what: &str) -> String {
        format!("{} policies of {what}", self.one.trim_end_matches(" policy"))
    }

    /// The policies of the organization, user or repository at `of`, which a person calls `what`.
    ///
    /// # Errors
    /// When the server has no such policies, or the caller lacks the `right`.
    pub fn list<P: DeserializeOwned>(&self, quay: &Reader, of: &Path, what: &str, right: Need) -> Result<Vec<P>> {
        self.entries(quay, of, what, right).and_then(|entries| self.decode(entries))
    }

    fn entries(&self, quay: &Reader, of: &Path, what: &str, right: Need) -> Result<Vec<Value>> {
        quay.list(&self.list_path(of), "policies")
            .map_err(|error| error.attempting(format!("read the {}", self.plural(what))).needing(&self.need(right)))
    }

    /// The policies that hold for the tags of a repository, its own and those of its namespace, as far as the caller may read them.
    ///
    /// # Errors
    /// When the server is in trouble.
    pub fn holding<P: DeserializeOwned>(&'static self, quay: &Reader, repository: &str) -> Result<Vec<P>> {
        let places =
            [Place::namespace(quay, self, names::namespace_of(repository)), Place::repository(quay, self, repository)?];
        let mut policies = Vec::new();
        for mut place in places {
            policies.extend(if_shown(place.read::<P>(true))?.flatten().unwrap_or_default());
        }
        Ok(policies)
    }

    fn decode<P: DeserializeOwned>(&self, entries: Vec<Value>) -> Result<Vec<P>> {
        entries.into_iter().map(|policy| super::decode(policy, &format!("an {}", self.one))).collect()
    }
}

/// The namespace or the repository whose policies are managed.
pub struct Place<'a> {
    quay: &'a Reader,
    kind: &'static Kind,
    namespace: String,
    /// Full name, when the place is a repository.
    repository: Option<String>,
    /// Whether the namespace is known to be the caller's own.
    own: bool,
    path: Path,
    need: Need,
}

const NAMESPACE: Need =
    Need::right("org:admin", "an administrator of the organization (or the user whose namespace it is)");
const OWN_NAMESPACE: Need = Need::right("user:admin", "the user whose namespace it is");

impl<'a> Place<'a> {
    /// An organization or the personal namespace of a user.
    pub fn namespace(quay: &'a Reader, kind: &'static Kind, name: &str) -> Place<'a> {
        let path = Path::organization(name);
        Place { quay, kind, namespace: name.into(), repository: None, own: false, path, need: NAMESPACE }
    }

    /// A repository; without a namespace it is the caller's own.
    ///
    /// # Errors
    /// When the caller has to be found out and cannot be.
    pub fn repository(quay: &'a Reader, kind: &'static Kind, name: &str) -> Result<Place<'a>> {
        let full = lookup::repository_name(quay, "repository", name)?;
        let namespace = names::namespace_of(&full).to_owned();
        let (path, own) = (Path::repository(&full), full != name);
        Ok(Place { quay, kind, namespace, repository: Some(full), own, path, need: Need::REPO_ADMIN })
    }

    /// The place for a person.
    fn what(&self) -> String {
        self.scope().place()
    }

    fn scope(&self) -> Scope<'_> {
        self.repository.as_deref().map_or(Scope::Namespace(&self.namespace), Scope::Repository)
    }

    fn is_repository(&self) -> bool {
        self.repository.is_some()
    }

    fn title(&self) -> String {
        format!("{} of {}", self.kind.one, self.what())
    }

    fn needs(&self) -> Need {
        self.kind.need(self.need)
    }

    /// One side of the difference: the place under the name of its option, and what is said about it.
    fn shown(&self, mut about: Value) -> Value {
        let (key, name) = match &self.repository {
            Some(name) => ("repository", name),
            None => ("namespace", &self.namespace),
        };
        let mut shown = json!({key: name});
        if let (Some(shown), Some(about)) = (shown.as_object_mut(), about.as_object_mut()) {
            shown.append(about);
        }
        shown
    }

    fn list_path(&self) -> Path {
        self.kind.list_path(&self.path)
    }

    fn each_path(&self, uuid: &str) -> Path {
        self.kind.each_path(&self.path, uuid)
    }

    /// Refuses what the server is too old for.
    fn require(&self, requirement: &Requirement, title: &str) -> Result<()> {
        requirement.check(self.quay, &format!("set the {title}"))
    }

    /// The policies; `None` when the place is gone and nothing is wanted there.
    fn read<P: DeserializeOwned>(&mut self, absent: bool) -> Result<Option<Vec<P>>> {
        let found = match self.list() {
            Ok(list) => self.trust(list, absent)?,
            Err(error) => self.explain(error)?,
        };
        match found {
            None if !absent => Err(Error::Missing(format!("cannot {}: {}", self.creation(), self.why_missing()))),
            None => Ok(None),
            Some(list) => self.kind.decode(list).map(Some),
        }
    }

    fn list(&self) -> Result<Vec<Value>> {
        self.kind.entries(self.quay, &self.path, &self.what(), self.need)
    }

    fn plural(&self) -> String {
        self.kind.plural(&self.what())
    }

    /// Superusers get an empty list also for a namespace that does not exist. A write would tell, a preview has to look.
    fn trust(&self, list: Vec<Value>, absent: bool) -> Result<Option<Vec<Value>>> {
        let doubtful = list.is_empty() && !absent && !self.is_repository() && self.quay.is_preview();
        Ok(if doubtful && !lookup::namespace_exists(self.quay, &self.namespace)? { None } else { Some(list) })
    }

    /// Quay says 403 also where there is nothing.
    fn explain(&mut self, error: Error) -> Result<Option<Vec<Value>>> {
        match error.refusal().map(|refusal| refusal.kind) {
            Some(RefusalKind::NotFound) => Ok(None),
            Some(RefusalKind::MissingRight) if !lookup::namespace_exists(self.quay, &self.namespace)? => Ok(None),
            Some(RefusalKind::MissingRight) if self.kind.below_user && !self.is_repository() && self.is_own() => {
                (self.path, self.need) = (Path::api("user"), OWN_NAMESPACE);
                self.list().map(Some)
            }
            _ => Err(error),
        }
    }

    fn is_own(&self) -> bool {
        self.own || matches!(lookup::caller(self.quay), Ok(Some(caller)) if caller == self.namespace)
    }

    fn why_missing(&self) -> String {
        match &self.repository {
            Some(name) => lookup::no_repository(name),
            None => lookup::no_namespace(&self.namespace),
        }
    }

    fn creation(&self) -> String {
        format!("create an {} for {}", self.kind.one, self.what())
    }

    /// The step that creates a policy. `is_it` tells the policy in the list, should the answer get lost or somebody else
    /// have been quicker; the step's answer holds its `uuid` in every case.
    fn create(&self, body: Value, is_it: impl Fn(&Value) -> bool + Send + Sync + 'static) -> Step {
        let step = Step::post(self.list_path(), body, self.creation()).named(CREATE).needing(self.needs());
        let step = step.settled_by(self.finding(is_it));
        if self.is_repository() {
            return step;
        }
        let homes = vec![Path::organization(&self.namespace), Path::api("users").then(&self.namespace)];
        step.blaming(homes, self.why_missing())
    }

    fn finding(&self, is_it: impl Fn(&Value) -> bool + Send + Sync + 'static) -> Probe {
        Probe::finding(self.list_path(), move |answer| {
            answer["policies"].as_array()?.iter().find(|policy| is_it(policy)).cloned()
        })
    }

    /// The step that replaces a policy as a whole and keeps its `uuid`; `name` tells it from others.
    fn replace(&self, uuid: &str, name: &str, body: Value) -> Step {
        let what = format!("change the {} {name} of {}", self.kind.one, self.what());
        Step::put(self.each_path(uuid), body, what).needing(self.needs())
    }

    /// The step that deletes a policy; one that is gone already is fine.
    fn delete(&self, uuid: &str, name: &str) -> Step {
        let what = format!("delete the {} {name} of {}", self.kind.one, self.what());
        Step::removal(self.each_path(uuid), what).needing(self.needs())
    }

    /// Lets a plan pass unless it writes into a repository of another user, which the server allows to superusers.
    fn guard(&self, plan: Plan) -> Result<Plan> {
        if plan.steps.is_empty() || !self.is_repository() || self.own {
            return Ok(plan);
        }
        let personal = lookup::organization(self.quay, &self.namespace)?.is_none();
        lookup::refuse_foreign(self.quay, &self.plural(), &self.namespace, personal)?;
        Ok(plan)
    }
}

/// Name of the creating step.
const CREATE: &str = "create";

/// A pattern for tags, without the outer white space that Quay removes too; an empty one becomes null.
///
/// Which syntax is right depends on the server: its database for pruning, Python's `regex` package for immutability. Only
/// what all of them refuse is refused.
///
/// # Errors
/// When brackets or parentheses are not closed.
pub fn pattern_or_empty(value: &Value) -> Result<Value, String> {
    let given = value.as_str().unwrap_or_default();
    let pattern = given.trim();
    if pattern.is_empty() {
        return Ok(Value::Null);
    }
    if is_unbalanced(pattern) {
        return Err(format!("\"{given}\" is not a regular expression: a bracket or parenthesis lacks its other half"));
    }
    Ok(json!(pattern))
}

/// Whether no engine can accept the pattern. The engines differ inside brackets (`[[:alpha:]]`), so both readings have to
/// fail; options at the beginning and quoting can change the syntax as a whole, so they count as balanced.
fn is_unbalanced(pattern: &str) -> bool {
    !is_special(pattern) && [false, true].into_iter().all(|posix| !closes(pattern, posix))
}

/// Whether options or quoting can change the syntax as a whole.
fn is_special(pattern: &str) -> bool {
    pattern.starts_with("***") || pattern.starts_with("(?") || pattern.contains("\\Q")
}

/// Whether every parenthesis and bracket is closed, `posix`: with classes like `[:alpha:]` inside brackets.
fn closes(pattern: &str, posix: bool) -> bool {
    let mut depth = 0_usize;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            // Whatever follows is an ordinary character, but something has to.
            '\\' if chars.next().is_none() => return false,
            '(' => depth += 1,
            ')' => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return false,
            },
            '[' if !closes_set(&mut chars, posix) => return false,
            _ => {}
        }
    }
    depth == 0
}

/// Goes to the end of a set in brackets; a `]` at its beginning is an ordinary character.
fn closes_set(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, posix: bool) -> bool {
    chars.next_if_eq(&'^');
    chars.next_if_eq(&']');
    while let Some(c) = chars.next() {
        match c {
            ']' => return true,
            '\\' => {
                chars.next();
            }
            '[' if posix => {
                let Some(mark) = chars.next_if(|c| matches!(c, ':' | '.' | '=')) else {
                    continue;
                };
                while chars.next().is_some_and(|c| c != mark) {}
                chars.next_if_eq(&']');
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_lose_outer_blanks_and_empty_ones_are_none() {
        assert_eq!(pattern_or_empty(&json!(" ^v[0-9]+$ ")), Ok(json!("^v[0-9]+$")));
        assert_eq!(pattern_or_empty(&json!(" ")), Ok(Value::Null));
    }

    #[test]
    fn only_what_no_engine_accepts_is_refused() {
        for good in
            ["(a|b)", "[]a]", "[^])(]", r"\(", r"[\]]", "[[:alpha:](]", "a]", "a{", "(?x) # (", "***=(", r"\Q(\E"]
        {
            assert!(!is_unbalanced(good), "{good}");
        }
        for bad in ["(", "a)", "[a", "(a[)]", "a\\", "[]"] {
            assert!(is_unbalanced(bad), "{bad}");
        }
    }
}
