//! The options about notifications: which they select, and what they make of one.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::modules::contract::Rules;
use crate::quay::fields::Given;
use crate::quay::notification::{self, EXPIRY, is_build, same_config};
use crate::quay::{State, python, text, without_line_end};

/// What the parameters of different methods exclude.
pub const CONFIG: Rules = Rules {
    mutually_exclusive: &[
        &["name", "email"],
        &["name", "url"],
        &["name", "template"],
        &["name", "room_id"],
        &["name", "notification_token"],
        &["name", "flow_api_token"],
        &["email", "url"],
        &["email", "template"],
        &["email", "room_id"],
        &["email", "notification_token"],
        &["email", "flow_api_token"],
        &["url", "room_id"],
        &["url", "notification_token"],
        &["url", "flow_api_token"],
        &["room_id", "flow_api_token"],
        &["room_id", "template"],
        &["flow_api_token", "template"],
    ],
    required_together: &[&["room_id", "notification_token"]],
    ..Rules::NONE
};

/// What a task says about notifications.
#[derive(Deserialize)]
pub struct Options {
    title: Option<String>,
    event: Option<String>,
    method: Option<String>,
    pub(super) config: Option<Config>,
    regexp: Option<String>,
    search_string: Option<String>,
    pub(super) test: bool,
    pub(super) reset_failcount: bool,
    pub(super) state: State,
    #[serde(flatten)]
    given: Given,
}

/// Whom or what to notify, in the vocabulary of all methods.
#[derive(Deserialize)]
pub struct Config {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    url: Option<String>,
    template: Option<String>,
    room_id: Option<String>,
    notification_token: Option<SecretString>,
    flow_api_token: Option<SecretString>,
}

impl Options {
    /// What takes more than one option to see.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.given.get("image_expiry_days").and_then(Value::as_i64).is_some_and(|days| days < 1) {
            problems.push("image_expiry_days: at least 1".into());
        }
        if let Some(event) = self.event.as_deref().filter(|event| self.given.has("ref_regex") && !is_build(event)) {
            problems.push(format!("ref_regex: only builds are of a branch or tag, and {event} is no event of builds"));
        }
        let config = self.config.as_ref();
        if let Some(name) = config.and_then(|config| config.name.as_ref().filter(|_| config.kind == "user"))
            && name.contains('+')
        {
            problems.push(format!("config.name: {name} is a robot account, which sees no notifications"));
        }
        let host = config.and_then(|config| url::Url::parse(config.url.as_ref()?).ok()?.host_str().map(str::to_owned));
        if let Some(host) = host.filter(|host| matches!(host.as_str(), "localhost" | "127.0.0.1"))
            && self.method.as_deref() == Some("webhook")
        {
            problems.push(format!("config.url: {host} is the server itself, which Quay does not call"));
        }
        problems
    }

    /// Those entries of the list that the task is about.
    ///
    /// # Errors
    /// When the regular expression cannot be used on a title.
    pub fn selected(&self, mut entries: Vec<Value>) -> Result<Vec<Value>> {
        if let (None, Some(pattern)) = (&self.search_string, &self.regexp) {
            let pattern = python::compile(pattern).map_err(Error::Option)?;
            let fits =
                entries.iter().map(|entry| pattern.is_match(text(&entry["title"]))).collect::<Result<Vec<bool>, _>>();
            let mut fits = fits.map_err(|error| Error::Option(format!("regexp: {error}")))?.into_iter();
            entries.retain(|_| fits.next() == Some(true));
        } else {
            entries.retain(|entry| self.selects(entry));
        }
        Ok(entries)
    }

    fn selects(&self, entry: &Value) -> bool {
        let title = text(&entry["title"]);
        if let Some(part) = &self.search_string {
            return title.contains(part.as_str());
        }
        if let Some(wanted) = &self.title {
            return without_line_end(title) == wanted;
        }
        let fits = |key: &str, wanted: &Option<String>| wanted.as_ref().is_none_or(|wanted| entry[key] == **wanted);
        (self.event.is_some() || self.method.is_some()) && fits("event", &self.event) && fits("method", &self.method)
    }

    /// Whether the task is about the one notification that has the title.
    pub fn by_exact_title(&self) -> bool {
        self.title.is_some() && self.search_string.is_none() && self.regexp.is_none()
    }

    /// The notification with the given options in place of what `current` has; null stands for none.
    pub fn wanted(&self, current: &Value) -> Value {
        let mut wanted = current.clone();
        for (key, given) in [("title", &self.title), ("event", &self.event), ("method", &self.method)] {
            if let Some(given) = given.as_ref().filter(|_| key != "title" || current.is_null()) {
                wanted[key] = json!(given);
            }
        }
        let same = |key: &str| wanted[key] == current[key];
        let mut event_config = if same("event") { notification::object(&current["event_config"]) } else { json!({}) };
        let event = text(&wanted["event"]);
        // The number of days has a default, so it only counts next to the event.
        let setting = notification::setting(event).filter(|_| event != EXPIRY || self.event.is_some());
        match setting.and_then(|field| Some((field, self.given.get(field.option)?))) {
            Some((_, value)) if *value == "" => event_config = json!({}),
            Some((field, value)) => event_config = field.body(value)["event_config"].clone(),
            None => {}
        }
        let mut config = if same("method") { notification::object(&current["config"]) } else { json!({}) };
        for (key, value) in self.config.iter().flat_map(|config| config.parameters(text(&wanted["method"]))) {
            config[key] = value;
        }
        wanted["event_config"] = event_config;
        wanted["config"] = config;
        wanted
    }

    /// The options in which an existing notification differs.
    pub fn differences(&self, current: &Value) -> Option<String> {
        let wanted = self.wanted(current);
        let mut keys: Vec<&str> = ["event", "method"].into_iter().filter(|key| wanted[key] != current[key]).collect();
        if !same_config(&wanted["config"], &current["config"]) {
            keys.push("config");
        }
        let setting = notification::setting(text(&wanted["event"])).filter(|_| wanted["event"] == current["event"]);
        keys.extend(setting.filter(|field| field.read(&wanted) != field.read(current)).map(|field| field.option));
        (!keys.is_empty()).then(|| keys.join(", "))
    }
}

impl Config {
    /// The given parameters of a method, in the vocabulary of the API.
    fn parameters(&self, method: &str) -> Vec<(&'static str, Value)> {
        let secret = |given: &Option<SecretString>| given.as_ref().map(|secret| json!(secret.expose_secret()));
        let plain = |given: &Option<String>| given.as_ref().map(|text| json!(text));
        let all = match method {
            "email" => vec![("email", plain(&self.email))],
            "flowdock" => vec![("flow_api_token", secret(&self.flow_api_token))],
            "hipchat" => {
                vec![("room_id", plain(&self.room_id)), ("notification_token", secret(&self.notification_token))]
            }
            "slack" => vec![("url", plain(&self.url))],
            "webhook" => vec![("url", plain(&self.url)), ("template", plain(&self.template))],
            "quay_notification" => {
                vec![("target", self.name.as_ref().map(|name| json!({"name": name, "kind": self.kind})))]
            }
            _ => Vec::new(),
        };
        all.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
    }
}
