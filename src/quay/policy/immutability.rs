//! Immutability policies: which tags can be neither moved nor deleted.

use fancy_regex::Regex;
use serde::Deserialize;
use serde_json::{Value, json};

use super::preview::NewPolicy;
use super::{CREATE, Kind, Place, pattern_or_empty};
use crate::error::{Error, Result};
use crate::plan::{Hint, Plan, Slot, Step};
use crate::quay::fields::{Change, Field, Given, Shape, Table};
use crate::quay::{State, decode, python, text, version};

/// Immutability policies; FEATURE_IMMUTABLE_TAGS, since Quay 3.17.
pub const KIND: Kind = Kind {
    segment: "immutabilitypolicy",
    one: "immutability policy",
    feature: "IMMUTABLE_TAGS",
    since: version::NAMESPACE_IMMUTABILITY.since,
    since_repository: version::REPOSITORY_IMMUTABILITY.since,
    below_user: false,
};

const HINTS: &[Hint] = &[
    Hint {
        status: 400,
        contains: "regex",
        advice: "the server understands the regular expressions of Python's package regex",
    },
    Hint {
        status: 400,
        contains: "mirror",
        advice: "an organization that is mirrored as a whole cannot have immutability policies",
    },
    Hint {
        status: 500,
        contains: "",
        advice: "Quay takes the policy back when it cannot make the existing tags immutable: see its logs",
    },
];

/// A policy as the API shows it. Its pattern identifies it.
#[derive(Clone, Debug, Deserialize)]
pub struct Policy {
    /// Regular expression that chooses tags.
    #[serde(rename = "tagPattern")]
    pub tag_pattern: String,
    /// Whether the tags that match are meant, or all others.
    #[serde(rename = "tagPatternMatches")]
    pub tag_pattern_matches: bool,
}

impl Policy {
    /// What a user asks for; without a behavior, the tags that match are meant.
    pub fn wanted(pattern: &str, behavior: Option<&str>) -> Policy {
        let matches = behavior.is_none_or(|behavior| behavior == MATCHING);
        Policy { tag_pattern: pattern.to_owned(), tag_pattern_matches: matches }
    }

    /// Whether Quay locks a tag of this name as soon as it points to another image. A policy that is not understood here locks
    /// nothing, as far as is known.
    pub fn locks(&self, tag: &str) -> bool {
        self.matcher().is_ok_and(|matcher| matcher.judge(tag).locks)
    }

    /// The policy, ready to be held against tags.
    ///
    /// # Errors
    /// A sentence, when the pattern is not understood here.
    pub fn matcher(&self) -> Result<Matcher, String> {
        let pattern = &self.tag_pattern;
        // Alone first: only then do errors speak of what was given, and parentheses pair with their own.
        python::compile(pattern)?;
        let whole = python::compile(&format!("^(?:{pattern})\\Z"));
        // A comment at the end (`(?x)v # releases`) hides the parenthesis.
        let whole = whole.or_else(|_| python::compile(&format!("^(?:{pattern}\n)\\Z")))?;
        Ok(Matcher { pattern: pattern.clone(), whole, matches: self.tag_pattern_matches })
    }
}

/// The compiled pattern of a policy, which has to fit the whole name of a tag.
pub struct Matcher {
    /// The pattern as it was given.
    pub pattern: String,
    whole: Regex,
    matches: bool,
}

/// What a policy does to a tag.
pub struct Verdict {
    /// Whether Quay locks it.
    pub locks: bool,
    /// Whether the pattern took too long here; Quay, which gives up after a second, then counts it as no match.
    pub is_slow: bool,
}

impl Matcher {
    /// Holds the policy against a tag of this name.
    pub fn judge(&self, tag: &str) -> Verdict {
        let fits = self.whole.is_match(tag);
        Verdict { is_slow: fits.is_err(), locks: fits.unwrap_or(false) == self.matches }
    }
}

/// The options that `quay_organization_immutability` and `quay_repository_immutability` share.
#[derive(Deserialize)]
pub struct Options {
    tag_pattern: String,
    new_tag_pattern: Option<String>,
    state: State,
    #[serde(flatten)]
    given: Given,
}

/// A pattern of 1 to 256 characters, without outer white space.
///
/// # Errors
/// When it is empty, too long, or certainly no regular expression.
pub fn pattern(value: &Value) -> Result<Value, String> {
    match new_pattern(value)? {
        Value::Null => Err("a pattern has 1 character or more".into()),
        pattern => Ok(pattern),
    }
}

/// Like [`pattern`]; an empty one counts as not given and becomes null.
///
/// # Errors
/// When it is too long, or certainly no regular expression.
pub fn new_pattern(value: &Value) -> Result<Value, String> {
    let pattern = pattern_or_empty(value)?;
    crate::quay::names::at_most(256, &pattern).map(|_| pattern)
}

const MATCHING: &str = "matching_immutable";

/// The settings of a policy.
pub const FIELDS: Table = Table {
    fields: &[
        Field::of("tag_pattern").at("tagPattern"),
        Field::of("behavior").at("tagPatternMatches").shape(BEHAVIOR).usually(|| json!(MATCHING)),
    ],
    replaced: &[""],
};
const BEHAVIOR: Shape = Shape {
    read: |matches| json!(if *matches == true { MATCHING } else { "not_matching_immutable" }),
    write: |behavior| json!(*behavior == MATCHING),
    ..Shape::PLAIN
};

/// Plans towards a policy, or its absence.
///
/// A policy is changed in place and never deleted to be made again: creating one makes existing tags immutable, and no
/// later change releases them.
///
/// # Errors
/// When the policies cannot be read (for one because FEATURE_IMMUTABLE_TAGS is off), the place is missing, or both
/// patterns have a policy.
pub fn plan(options: &Options, mut place: Place<'_>) -> Result<Plan> {
    let absent = options.state == State::Absent;
    let title = place.title();
    let Some(current) = place.read::<Value>(absent)? else {
        return Ok(Plan::of(title));
    };
    let find = |pattern: &str| current.iter().find(|policy| text(&policy["tagPattern"]).trim() == pattern);
    let new_pattern = options.new_tag_pattern.as_deref().filter(|new| *new != options.tag_pattern);
    let (old, new) = (find(&options.tag_pattern), new_pattern.and_then(find));
    if old.is_some() && new.is_some() && !(absent && place.is_repository()) {
        return Err(Error::Option(format!(
            "cannot tell which {title} is meant: tag_pattern {} and new_tag_pattern {} both exist; delete one of them first",
            options.tag_pattern,
            new_pattern.unwrap_or_default()
        )));
    }
    let given = options.given.with("tag_pattern", new_pattern.unwrap_or(&options.tag_pattern));
    let key = place.shown(json!({}));
    let found = old.or(new);
    if absent {
        let removal = |found| FIELDS.removal(title.as_str(), key, &given, found);
        let mut plan = found.map_or_else(|| Plan::of(title.as_str()), removal);
        plan.steps.extend(found.map(|found| place.delete(text(&found["uuid"]), text(&found["tagPattern"]))));
        return place.guard(plan);
    }
    let Change { mut plan, body } = match found {
        Some(found) => FIELDS.change(&title, key, &given, found)?,
        None => FIELDS.create(place.quay, &title, key, &given)?,
    };
    let wanted = Value::Object(body.clone());
    let is_it = move |policy: &Value| body.iter().all(|(key, value)| policy[key] == *value);
    match found {
        None => {
            plan.push(locking(place.create(wanted.clone(), is_it)));
            plan.give_answer("id", Slot::new(CREATE, "/uuid"));
        }
        Some(found) => {
            plan.give("id", found["uuid"].clone());
            if wanted != json!({}) {
                let step = place.replace(text(&found["uuid"]), text(&found["tagPattern"]), wanted.clone());
                plan.push(locking(step.settled_by(place.finding(is_it))));
            }
        }
    }
    let mut plan = place.guard(plan)?;
    if !plan.steps.is_empty() {
        let policy = decode(wanted, "an immutability policy")?;
        NewPolicy::Lock(policy).preview(&mut plan, place.quay, place.scope(), &[]);
    }
    Ok(plan)
}

/// What a step that makes existing tags immutable can come to.
fn locking(step: Step) -> Step {
    step.hinting(HINTS).if_lost("Quay may still be busy with the existing tags: run the task again later to find out")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_fits_the_whole_name_comments_or_not() {
        let policy = Policy::wanted(r"(?x)v\d+ # releases", None);
        assert!(policy.locks("v12") && !policy.locks("xv12") && !policy.locks("v12a"));
        assert!(Policy::wanted("a|b", None).locks("b") && !Policy::wanted("a|b", None).locks("ab"));
        assert!(Policy::wanted("a)|(?:b", None).matcher().is_err_and(|why| why.starts_with("\"a)|(?:b\" is not")));
    }

    #[test]
    fn what_takes_too_long_is_no_match() {
        let tag = "a".repeat(128);
        for (behavior, locks) in [(MATCHING, false), ("not_matching_immutable", true)] {
            let verdict = Policy::wanted(r"(a*)*\1b", Some(behavior)).matcher().unwrap().judge(&tag);
            assert_eq!((verdict.locks, verdict.is_slow), (locks, true), "{behavior}");
        }
    }
}
