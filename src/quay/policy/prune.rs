//! Auto-prune policies: which tags the server deletes by itself.

use serde::Deserialize;
use serde_json::{Value, json};

use super::preview::NewPolicy;
use super::{CREATE, Kind, Place};
use crate::api::Reader;
use crate::error::{Error, Result};
use crate::plan::{Plan, Slot};
use crate::quay::server::Server;
use crate::quay::{State, version, written};

/// Auto-prune policies; FEATURE_AUTO_PRUNE, of organizations since Quay 3.10, of repositories since 3.11, several a place since 3.13.
pub const KIND: Kind = Kind {
    segment: "autoprunepolicy",
    one: "auto-prune policy",
    feature: "AUTO_PRUNE",
    since: version::NAMESPACE_PRUNE.since,
    since_repository: version::REPOSITORY_PRUNE.since,
    below_user: true,
};

/// One policy, in the vocabulary of the API: `number_of_tags` with a count, `creation_date` with a text such as `7d`.
#[derive(Clone, Debug, Deserialize)]
pub struct Policy {
    /// Identifier on the server.
    pub uuid: String,
    /// `number_of_tags` or `creation_date`.
    pub method: String,
    /// A count, or a number with a unit.
    pub value: Value,
    /// Regular expression that chooses tags; a policy without one concerns all.
    #[serde(rename = "tagPattern", default)]
    pub tag_pattern: Option<String>,
    /// Whether the tags that match are meant, or all others; old policies lack it.
    #[serde(rename = "tagPatternMatches", default)]
    pub tag_pattern_matches: Option<bool>,
}

impl Policy {
    /// What a user asks for: `tags` or `date`, and a value that fits.
    ///
    /// # Errors
    /// A sentence, when the value does not fit.
    pub fn wanted(method: &str, value: &str, pattern: Option<String>, matches: bool) -> Result<Policy, String> {
        let (method, value) = api_value(method, value).map_err(|problem| format!("value: {problem}"))?;
        let (uuid, method) = (String::new(), method.to_owned());
        Ok(Policy { uuid, method, value, tag_pattern: pattern, tag_pattern_matches: Some(matches) })
    }

    /// The pattern, where there is one.
    pub fn pattern(&self) -> Option<&str> {
        self.tag_pattern.as_deref().map(str::trim).filter(|pattern| !pattern.is_empty())
    }

    /// Without a pattern the flag has no effect, whatever is stored.
    pub fn matches(&self) -> bool {
        self.pattern().is_none() || self.tag_pattern_matches.unwrap_or(true)
    }

    /// Whether two policies do the same, as the server sees it: `7d` and `1w` differ.
    pub fn equals(&self, other: &Policy) -> bool {
        let identity = |policy: &Policy| (policy.method.clone(), written(&policy.value), policy.matches());
        identity(self) == identity(other) && self.pattern() == other.pattern()
    }

    /// What a request carries; fields that an update leaves out are lost.
    fn body(&self) -> Value {
        let mut body = json!({"method": self.method, "value": self.value});
        if let Some(pattern) = self.pattern() {
            body["tagPattern"] = json!(pattern);
            body["tagPatternMatches"] = json!(self.matches());
        }
        body
    }

    /// The policy in a sentence: `(tags 20, pattern ^v)`.
    pub fn name(&self) -> String {
        let pattern = match (self.pattern(), self.matches()) {
            (None, _) => String::new(),
            (Some(pattern), true) => format!(", pattern {pattern}"),
            (Some(pattern), false) => format!(", pattern not {pattern}"),
        };
        format!("({} {}{pattern})", option_method(&self.method), written(&self.value))
    }
}

/// The policy of all namespaces, out of the server's configuration.
pub fn of_server(server: &Server) -> Option<Policy> {
    let found = server.config("DEFAULT_NAMESPACE_AUTOPRUNE_POLICY");
    // Without the flag, the worker takes what does not match there.
    found["method"].as_str().map(|method| Policy {
        uuid: String::new(),
        method: method.to_owned(),
        value: found["value"].clone(),
        tag_pattern: found["tag_pattern"].as_str().map(str::to_owned),
        tag_pattern_matches: Some(found["tag_pattern_matches"] == true),
    })
}

/// The policies by which Quay prunes a repository, as far as the caller may read them.
///
/// # Errors
/// When the server is in trouble.
pub fn in_force(quay: &Reader, repository: &str) -> Result<Vec<Policy>> {
    let server = Server::ask(quay);
    if KIND.is_off(&server) {
        return Ok(Vec::new());
    }
    let mut policies = KIND.holding(quay, repository)?;
    policies.extend(of_server(&server));
    Ok(policies)
}

/// A method of the API as the options call it; one that no option can choose, as Quay does.
pub fn option_method(method: &str) -> &str {
    match method {
        "number_of_tags" => "tags",
        "creation_date" => "date",
        other => other,
    }
}

/// Policies in the vocabulary of the options, in a stable order.
pub fn shown<'a>(policies: impl Iterator<Item = &'a Policy>) -> Value {
    let mut shown: Vec<Value> = policies
        .map(|policy| {
            json!({
                "method": option_method(&policy.method),
                "value": policy.value,
                "tag_pattern": policy.pattern(),
                "tag_pattern_matches": policy.matches(),
            })
        })
        .collect();
    shown.sort_unstable_by_key(Value::to_string);
    json!(shown)
}

/// A policy as [`shown`] tells it; `None` for one that these options cannot make.
pub fn of_shown(told: &Value) -> Option<Policy> {
    let pattern = told["tag_pattern"].as_str().map(str::to_owned);
    let matches = told["tag_pattern_matches"] != false;
    Policy::wanted(told["method"].as_str()?, &written(&told["value"]), pattern, matches).ok()
}

/// Method and value in the vocabulary of the API. White space in the value does not count.
///
/// # Errors
/// A sentence, when the value does not fit the method (`tags` or `date`).
pub fn api_value(method: &str, value: &str) -> Result<(&'static str, Value), String> {
    let text: String = value.chars().filter(|c| !c.is_whitespace()).collect();
    let count = |digits: &str| digits.parse::<u32>().ok().filter(|count| *count > 0 && !digits.starts_with(['0', '+']));
    if method == "tags" {
        return match count(&text) {
            Some(count) => Ok(("number_of_tags", json!(count))),
            None => Err(format!("\"{text}\" is not a number of tags: a positive integer")),
        };
    }
    if method != "date" {
        return Err(format!("\"{method}\" is not a method: tags or date"));
    }
    match text.strip_suffix(['s', 'm', 'h', 'd', 'w']).and_then(count) {
        Some(_) => Ok(("creation_date", json!(text))),
        None => Err(format!("\"{text}\" is not an age: a positive integer followed by s, m, h, d or w, such as 7d")),
    }
}

/// The options that `quay_organization_prune` and `quay_repository_prune` share.
#[derive(Deserialize)]
pub struct Options {
    method: String,
    value: String,
    tag_pattern: Option<String>,
    tag_pattern_matches: bool,
    append: bool,
    state: State,
}

impl Options {
    /// What takes more than one option to see: whether the value fits the method.
    pub fn check(&self) -> Vec<String> {
        self.wanted().err().into_iter().collect()
    }

    fn wanted(&self) -> Result<Policy, String> {
        Policy::wanted(&self.method, &self.value, self.tag_pattern.clone(), self.tag_pattern_matches)
    }
}

/// Plans towards a policy, or its absence.
///
/// A policy is created before others are deleted, and a single other one is replaced in place, so that a refusal never
/// leaves a place without any policy. Repositories show all their policies in the difference, namespaces only the one
/// concerned, unless it shall be the only one.
///
/// # Errors
/// When the policies cannot be read (for one because FEATURE_AUTO_PRUNE is off), or the place is missing.
pub fn plan(options: &Options, mut place: Place<'_>) -> Result<Plan> {
    let wanted = options.wanted().map_err(Error::Bug)?;
    let absent = options.state == State::Absent;
    let alone = !absent && !options.append;
    let mut plan = Plan::of(place.title());
    // What is known or answered later overwrites it.
    match place.is_repository() {
        true => plan.give("id", ""),
        false if !absent => plan.give("id", Value::Null),
        false => {}
    }
    let Some(current) = place.read::<Policy>(absent)? else {
        return Ok(plan);
    };
    if !absent && !current.iter().any(|policy| policy.equals(&wanted)) {
        if wanted.pattern().is_some() {
            version::TAG_PATTERN.demand(place.quay, &format!("set the {}", plan.title))?;
        }
        if !alone && !current.is_empty() {
            place.require(&version::SEVERAL_POLICIES, &plan.title)?;
        }
    }
    // The server permits no duplicates, but without a pattern there can be a policy for either flag.
    let (equal, others): (Vec<&Policy>, Vec<&Policy>) = current.iter().partition(|policy| policy.equals(&wanted));
    let mut after: Vec<&Policy> = if alone { Vec::new() } else { others.clone() };
    let mut unnamed: Vec<&Policy> = if alone { others.clone() } else { Vec::new() };
    match (equal.as_slice(), others.as_slice()) {
        _ if absent => unnamed.extend(&equal),
        ([found, doubles @ ..], _) => {
            plan.give("id", found.uuid.as_str());
            after.push(found);
            if alone { &mut unnamed } else { &mut after }.extend(doubles);
        }
        ([], [other]) if alone => {
            plan.push(place.replace(&other.uuid, &other.name(), wanted.body()));
            plan.give("id", other.uuid.as_str());
            unnamed.clear();
            after.push(&wanted);
        }
        ([], _) => {
            let same = wanted.clone();
            let is_it = move |entry: &Value| Policy::deserialize(entry).is_ok_and(|policy| policy.equals(&same));
            plan.push(place.create(wanted.body(), is_it));
            plan.give_answer("id", Slot::new(CREATE, "/uuid"));
            after.push(&wanted);
        }
    }
    for policy in unnamed {
        plan.push(place.delete(&policy.uuid, &policy.name()));
    }
    if let (true, true, Some(found)) = (absent, place.is_repository(), equal.first()) {
        plan.give("id", found.uuid.as_str());
    }
    let concerned = |policy: &&Policy| alone || place.is_repository() || policy.equals(&wanted);
    let side = |policies: Vec<&Policy>| place.shown(json!({"policies": shown(policies.into_iter().filter(concerned))}));
    let (before, after) = (side(current.iter().collect()), side(after));
    let is_new = !absent && equal.is_empty();
    let mut plan = place.guard(plan.difference(before, after))?;
    if is_new {
        let gone: Vec<Policy> = others.into_iter().filter(|_| alone).cloned().collect();
        NewPolicy::Prune(wanted).preview(&mut plan, place.quay, place.scope(), &gone);
    }
    Ok(plan)
}
