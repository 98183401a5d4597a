//! What the inventory plugin asks for, checked by the rules that every module has for its connection.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::api::{self, Settings};
use crate::call;
use crate::call::Call;
use crate::call::mask::Mask;
use crate::modules::contract::Argument;
use crate::modules::{self, connection};

/// A module whose table knows the options of an entry: those of the connection, and `organizations`.
const MODULE: &str = "quay_registry_info";
const ORGANIZATIONS: &str = "organizations";
const NAME: &str = "name";

/// What to list.
#[derive(Deserialize)]
pub struct Question {
    /// The servers, each with its options; without it, the defaults describe the only one.
    quays: Option<Vec<Value>>,
    /// Options for every server that has none of its own.
    #[serde(default)]
    defaults: Map<String, Value>,
    /// Whether to list the repositories too.
    #[serde(default)]
    pub repositories: bool,
}

/// A server to ask.
pub struct Server {
    /// What the user calls it; the host of its URL without that.
    pub name: String,
    /// Its URL, as the user writes it.
    pub host: String,
    /// How to reach it.
    pub settings: Settings,
    /// Only these organizations.
    pub organizations: Option<Vec<String>>,
    /// Hides what nobody may see.
    pub mask: Mask,
    /// Sentences for the user.
    pub warnings: Vec<String>,
}

impl Question {
    /// The servers that the question is about.
    ///
    /// # Errors
    /// A sentence about the first mistake, without a secret in it.
    pub fn servers(&self) -> Result<Vec<Server>, String> {
        let Some(entries) = &self.quays else {
            return Ok(vec![server("", &self.defaults, false)?]);
        };
        if entries.is_empty() {
            return Err(
                "quays is empty: name a server, or leave quays out for the one that the other options name".into()
            );
        }
        let mut servers: Vec<Server> = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let server = self.entry(index, entry)?;
            if servers.iter().any(|other| other.name == server.name) {
                let name = server.mask.name(&server.name);
                return Err(format!("two entries of quays are called {name}: give each a name of its own"));
            }
            servers.push(server);
        }
        Ok(servers)
    }

    fn entry(&self, index: usize, entry: &Value) -> Result<Server, String> {
        let Value::Object(own) = entry else {
            return Err(format!("quays[{index}] must be a dict with a name and the options of a connection"));
        };
        let known: Vec<&str> =
            arguments().flat_map(|argument| argument.aliases.iter().chain([&argument.name])).copied().collect();
        if let Some(key) = own.keys().find(|key| *key != NAME && !known.contains(&key.as_str())) {
            let meant = call::close_name(key, &known).map(|name| format!(", did you mean {name}?")).unwrap_or_default();
            return Err(format!("quays[{index}] has the unknown key {key}{meant}"));
        }
        let own = given(own);
        // Credentials belong together: half of them must not come from elsewhere.
        let signs_in = own.keys().any(|option| connection::is_login(option));
        let mut options = given(&self.defaults);
        options.retain(|option, _| !(signs_in && connection::is_login(option)));
        options.extend(own);
        server(&format!("quays[{index}]: "), &options, signs_in)
    }
}

/// The options that an entry can have, its name apart.
fn arguments() -> impl Iterator<Item = &'static Argument> {
    let document = modules::find(MODULE).map(|entry| entry.document);
    let is_known = |name: &str| name == ORGANIZATIONS || connection::is_option(name);
    document.into_iter().flat_map(|document| document.options).filter(move |argument| is_known(argument.name))
}

/// What has a value: credential types and variables leave empty what is not used.
fn given(options: &Map<String, Value>) -> Map<String, Value> {
    let is_given = |value: &Value| !value.is_null() && value.as_str() != Some("");
    options.iter().filter(|(_, value)| is_given(value)).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// A server by its options. `place` starts every message; `signs_in` says that the environment has no credentials for it.
fn server(place: &str, options: &Map<String, Value>, signs_in: bool) -> Result<Server, String> {
    let mut options = given(options);
    let name = match options.remove(NAME) {
        None => None,
        Some(Value::String(name)) => Some(name),
        Some(_) => return Err(format!("{place}name must be text")),
    };
    let environment = |variable: &str| {
        let is_login =
            |(option, variables): &(&str, &[&str])| connection::is_login(option) && variables.contains(&variable);
        let hidden = signs_in && connection::RULES.environment.iter().any(is_login);
        std::env::var(variable).ok().filter(|_| !hidden)
    };
    let Some(entry) = modules::find(MODULE) else { return Err(format!("there is no module {MODULE}")) };
    let call = Call::of(MODULE, options);
    let checked = call::validate(entry.document, entry.rules, call, &environment)
        .map_err(|wrong| Mask::new(&wrong.secrets).text(&format!("{place}{}", wrong.texts().join("; "))))?;
    let host = checked.options.get("quay_host").and_then(Value::as_str).unwrap_or_default().to_owned();
    let of_url = || api::base_url(&host).ok().and_then(|url| url.host_str().map(str::to_owned));
    let names = checked.options.get(ORGANIZATIONS).and_then(Value::as_array);
    if names.is_some_and(Vec::is_empty) {
        return Err(format!("{place}organizations is empty: name some, or leave it out for all that the account sees"));
    }
    Ok(Server {
        name: name.or_else(of_url).unwrap_or_else(|| host.clone()),
        organizations: names.map(|names| names.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
        settings: Settings::from_options(&checked.options),
        mask: Mask::new(&checked.secrets),
        warnings: checked.warnings,
        host,
    })
}
