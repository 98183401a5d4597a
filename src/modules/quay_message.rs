//! `quay_message`: the messages on every page of the web interface.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Error, Module, Need, Path, Plan, Reader, Result, Rules, Slot, State, Step};
use crate::plan::{Hint, Probe};
use crate::quay::{decode, lists, names, python, without_line_end};

pub struct Message;

#[derive(Deserialize)]
pub struct Options {
    content: Option<String>,
    severity: Option<String>,
    format: Option<String>,
    regexp: Option<String>,
    search_string: Option<String>,
    search_severity: Option<String>,
    state: State,
}

/// A message as the API shows it.
#[derive(Clone, Debug, Deserialize)]
struct Entry {
    uuid: String,
    content: String,
    severity: String,
    media_type: String,
}

const NO_CONTENT: &str = "content: required, because no message is selected and a new one needs a text";
const HINTS: &[Hint] = &[Hint {
    status: 404,
    contains: "",
    advice: "switch FEATURE_SUPER_USERS on in Quay's configuration; quay.io permits no messages",
}];

impl Module for Message {
    const NAME: &'static str = "quay_message";
    const RULES: Rules = Rules {
        // An empty text is part of every message: selecting by it would delete them all.
        formats: &[("regexp", python::pattern_or_empty), ("search_string", names::empty_is_none)],
        mutually_exclusive: &[&["regexp", "search_string"]],
        ..Rules::NONE
    };
    const NEED: Need = Need::right("super:user", "a superuser").feature("SUPER_USERS", "");
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        let selects = options.regexp.is_some() || options.search_string.is_some() || options.search_severity.is_some();
        match (options.state, &options.content, selects) {
            (State::Present, None, false) => vec![NO_CONTENT.into()],
            _ => Vec::new(),
        }
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let all = lists::messages(quay)?.into_iter();
        let mut all: Vec<Entry> = all.map(|message| decode(message, "a message")).collect::<Result<_>>()?;
        all.iter_mut().for_each(|message| message.content.truncate(without_line_end(&message.content).len()));
        let selected = options.select(&all)?;
        match options.state {
            State::Absent => Ok(replaced(&selected, None)),
            State::Present => options.settle(&selected, &all),
        }
    }
}

impl Options {
    fn select<'a>(&self, all: &'a [Entry]) -> Result<Vec<&'a Entry>> {
        let regexp = self.regexp.as_deref().map(python::compile).transpose().map_err(Error::Option)?;
        let mut selected = Vec::new();
        for message in all {
            let severity = self.search_severity.as_ref();
            let fits = match (&self.search_string, &regexp, &self.content) {
                (Some(part), _, _) => message.content.contains(part),
                (_, Some(regexp), _) => regexp
                    .is_match(&message.content)
                    .map_err(|error| Error::Option(format!("regexp: too laborious for a message: {error}")))?,
                (_, _, Some(content)) => message.content == *content,
                _ => severity.is_some(),
            };
            if fits && severity.is_none_or(|severity| message.severity == *severity) {
                selected.push(message);
            }
        }
        Ok(selected)
    }

    /// Quay cannot change a message: the new one is published before the selected ones are deleted.
    fn settle(&self, selected: &[&Entry], all: &[Entry]) -> Result<Plan> {
        // The last one lends what is not given, and is the first choice to stay.
        if let Some(right) = selected.iter().rev().find(|message| self.is_met_by(message)) {
            return Ok(kept(selected, right));
        }
        let lent = selected.last();
        let Some(content) = self.content.as_ref().or(lent.map(|last| &last.content)) else {
            return Err(Error::Option(NO_CONTENT.into()));
        };
        let severity = self.severity.as_ref().or(lent.map(|last| &last.severity));
        let media_type = self.media_type().or(lent.map(|last| last.media_type.clone()));
        let wanted = Entry {
            uuid: String::new(),
            content: content.clone(),
            severity: severity.map_or_else(|| "info".into(), String::clone),
            media_type: media_type.unwrap_or_else(|| "text/plain".into()),
        };
        // A second run whose search finds nothing any more must not publish the same again.
        if let Some(same) = all.iter().rev().find(|message| selected.is_empty() && message.says(&wanted)) {
            return Ok(kept(&[same], same));
        }
        let mut plan = replaced(selected, Some(&wanted));
        let known: Vec<String> = all.iter().map(|message| message.uuid.clone()).collect();
        let body = json!({"message": {
            "content": wanted.content, "severity": wanted.severity, "media_type": wanted.media_type,
        }});
        // The answer is empty; the list tells the identifier, and that the old messages can go.
        let find = move |answer: &Value| {
            let is_new = |found: Entry| found.says(&wanted) && !known.contains(&found.uuid);
            let mut entries = answer["messages"].as_array()?.iter().rev();
            entries.find(|entry| Entry::deserialize(*entry).is_ok_and(is_new)).cloned()
        };
        let create = Step::post(path(), body, "publish a message").named("create").hinting(HINTS);
        let create = create
            .confirmed_by(Probe::finding(path(), find), "cannot publish a message: Quay agreed, but does not show it");
        plan.steps.insert(0, create);
        plan.give_answer("uuid", Slot::new("create", "/uuid"));
        Ok(plan)
    }

    fn media_type(&self) -> Option<String> {
        self.format.as_ref().map(|format| format!("text/{format}"))
    }

    fn is_met_by(&self, message: &Entry) -> bool {
        let same = |wanted: Option<&String>, found: &String| wanted.is_none_or(|wanted| wanted == found);
        same(self.content.as_ref(), &message.content)
            && same(self.severity.as_ref(), &message.severity)
            && same(self.media_type().as_ref(), &message.media_type)
    }
}

impl Entry {
    fn says(&self, other: &Entry) -> bool {
        (&self.content, &self.severity, &self.media_type) == (&other.content, &other.severity, &other.media_type)
    }

    fn shown(&self) -> Value {
        let format = self.media_type.strip_prefix("text/").unwrap_or(&self.media_type);
        json!({"content": self.content, "severity": self.severity, "format": format})
    }
}

fn path() -> Path {
    Path::api("messages")
}

/// Deletes the selected messages but for one of them, which says what is wanted.
fn kept(selected: &[&Entry], right: &Entry) -> Plan {
    let mut plan = replaced(selected, Some(right));
    plan.give("uuid", right.uuid.as_str());
    plan
}

/// Deletes the selected messages, except for the one that stays.
fn replaced(selected: &[&Entry], stays: Option<&Entry>) -> Plan {
    let mut before: Vec<Value> = selected.iter().map(|message| message.shown()).collect();
    // Quay promises no order.
    before.sort_unstable_by_key(Value::to_string);
    let after: Vec<Value> = stays.iter().map(|message| message.shown()).collect();
    let mut plan = Plan::of("messages").difference(json!({"messages": before}), json!({"messages": after}));
    for message in selected.iter().filter(|message| stays.is_none_or(|stays| stays.uuid != message.uuid)) {
        let path = Path::api("message").then(&message.uuid);
        plan.push(Step::delete(path, format!("delete the message {}", message.uuid)).hinting(HINTS));
    }
    plan
}
