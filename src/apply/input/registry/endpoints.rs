//! The servers of a registry, each with its connection.

use serde_json::{Map, Value};

use super::{Awaited, unknown};
use crate::api;
use crate::apply::input::secret::{Resolver, strange};
use crate::apply::input::yaml::{Content, Node, Place, Problem};
use crate::apply::kinds::secret::SecretName;
use crate::call;
use crate::call::mask::Mask;
use crate::modules::connection;

/// One server.
#[derive(Clone)]
pub struct Endpoint {
    /// Its name, else its host as it was given.
    pub name: String,
    /// The connection options, checked and complete.
    pub options: Map<String, Value>,
    /// The values among them that nobody must see.
    pub secrets: Vec<String>,
    /// The option that the environment would have signed in with if not only a file named the host.
    pub withheld: Option<&'static str>,
    /// Whether only a file names its host: secrets from outside the files do not go there.
    pub is_stranger: bool,
    /// The Secret that it signs in with, before that is at hand.
    pub awaited: Option<Awaited>,
}

/// The key of an endpoint that names the Secret it signs in with.
pub const SECRET: &str = "secret";

impl Endpoint {
    /// What stands for one that has a mistake, so that nothing else complains about its absence: nothing is done anywhere then.
    fn unknown(name: String, mut options: Map<String, Value>) -> Endpoint {
        for option in connection::LOGIN {
            options.entry(*option).or_insert_with(|| "unknown".into());
        }
        Endpoint { name, options, secrets: Vec::new(), withheld: None, is_stranger: false, awaited: None }
    }

    /// Whether it is called so, by its name or its host; the scheme does not matter.
    pub fn is(&self, name: &str) -> bool {
        self.name == name || server(name).is_some_and(|named| self.server() == Some(named))
    }

    /// Whether both are the same server, however its address is written.
    pub fn is_server_of(&self, other: &Endpoint) -> bool {
        self.server().is_some_and(|server| other.server() == Some(server))
    }

    /// Why nothing can be asked of it: credentials are there, but not for a host that only a file names.
    pub fn refusal(&self) -> Option<String> {
        let signs_in = connection::LOGIN.iter().any(|key| self.options.contains_key(*key));
        self.withheld.filter(|_| !signs_in).map(|option| strange(option, self.host()))
    }

    /// Its host, as it was given.
    pub fn host(&self) -> &str {
        self.options.get("quay_host").and_then(Value::as_str).unwrap_or_default()
    }

    fn server(&self) -> Option<(String, Option<u16>)> {
        server(self.host())
    }
}

/// What tells servers apart: the host in lower case, and a port that is not the usual one of its scheme.
fn server(address: &str) -> Option<(String, Option<u16>)> {
    let url = api::base_url(address).ok()?;
    Some((url.host_str()?.to_owned(), url.port()))
}

/// The servers: those under `endpoints`, which inherit what they lack, else the one that the keys of the connection name.
pub fn read(registry: &Node, resolver: &Resolver, problems: &mut Vec<Problem>) -> Vec<Endpoint> {
    let shared: Vec<(&str, &Node)> = connection::OPTIONS
        .iter()
        .filter_map(|key| Some((*key, registry.get(key).filter(|node| !node.is_null())?)))
        .collect();
    // The entries have been read: what they use goes to every server.
    let used = resolver.first_use();
    let nodes = match registry.get("endpoints").filter(|node| !node.is_null()) {
        None => return vec![endpoint(registry, &shared, used, resolver, problems)],
        Some(Node { content: Content::List(list), .. }) if !list.is_empty() => list,
        Some(node) => {
            problems.push(node.problem("endpoints must be a list of connections"));
            return vec![Endpoint::unknown(String::new(), Map::new())];
        }
    };
    let mut endpoints: Vec<Endpoint> = Vec::new();
    for node in nodes {
        let Content::Map(map) = &node.content else {
            problems.push(node.problem("an endpoint is a mapping, such as {quay_host: https://quay.example.com}"));
            endpoints.push(Endpoint::unknown(String::new(), Map::new()));
            continue;
        };
        let mut own = Vec::new();
        for (key, value) in map {
            match connection::OPTIONS.iter().find(|known| key.name == **known) {
                Some(name) => own.push((*name, value)),
                None if ["name", SECRET].contains(&key.name.as_str()) => {}
                None => {
                    let known = [connection::OPTIONS, &["name", SECRET]].concat();
                    problems.push(unknown(key.place.clone(), &key.name, &known));
                }
            }
        }
        // One way to sign in: an endpoint's own replaces the shared one as a whole.
        let signs_in = own.iter().any(|(key, _)| connection::is_login(key));
        let awaited = awaited(node, signs_in, problems);
        let signs_in = signs_in || awaited.is_some();
        let inherited = shared.iter().filter(|(key, _)| !(signs_in && connection::is_login(key)));
        let inherited = inherited.filter(|(key, _)| !own.iter().any(|(name, _)| name == key));
        let all: Vec<(&str, &Node)> = own.iter().copied().chain(inherited.copied()).collect();
        let before = problems.len();
        let endpoint = Endpoint { awaited, ..endpoint(node, &all, used, resolver, problems) };
        match endpoints.iter().find_map(|other| confused(other, &endpoint)).filter(|_| problems.len() == before) {
            Some(what) => problems.push(node.problem(what)),
            None => endpoints.push(endpoint),
        }
    }
    endpoints
}

/// The Secret that an endpoint signs in with, and with nothing else.
fn awaited(node: &Node, signs_in: bool, problems: &mut Vec<Problem>) -> Option<Awaited> {
    let secret = node.get(SECRET).filter(|secret| !secret.is_null())?;
    if signs_in {
        problems.push(secret.problem("an endpoint signs in with a Secret or with credentials of its own, not both"));
    }
    match SecretName::read(&secret.to_value()) {
        Ok(name) => Some(Awaited { secret: name, place: secret.place.clone() }),
        Err(why) => {
            problems.push(secret.problem(why));
            None
        }
    }
}

/// Why two endpoints cannot stand beside each other: what is done on one would be undone, or done once more, on the other.
///
/// Two accounts of one server may, for different entries.
fn confused(one: &Endpoint, other: &Endpoint) -> Option<String> {
    let (first, second) = (&one.name, &other.name);
    if first == second {
        return Some(format!("the endpoint {second} is given twice"));
    }
    if one.is_server_of(other) {
        let awaited = |endpoint: &Endpoint| endpoint.awaited.as_ref().map(|awaited| awaited.secret.clone());
        let same = awaited(one) == awaited(other)
            && connection::LOGIN.iter().all(|key| one.options.get(*key) == other.options.get(*key));
        return same.then(|| format!("the endpoints {first} and {second} are the same server: give it once"));
    }
    let named = [(one, second), (other, first)].into_iter().find(|(endpoint, name)| endpoint.is(name));
    named.map(|(_, name)| format!("{name} is the name of one endpoint and the host of another: call it otherwise"))
}

/// The endpoint, or what stands for it after a complaint.
fn endpoint(
    node: &Node,
    given: &[(&str, &Node)],
    used: Option<&Place>,
    resolver: &Resolver,
    problems: &mut Vec<Problem>,
) -> Endpoint {
    let name = node.get("name").and_then(Node::as_str);
    let host = given.iter().find(|(key, _)| *key == "quay_host").map(|(_, node)| *node);
    if let Some(host) = host.filter(|host| !host.is_null() && host.as_str().is_none()) {
        problems.push(host.problem("quay_host: must be a text, such as https://quay.example.com"));
        return Endpoint::unknown(name.unwrap_or_default().to_owned(), Map::new());
    }
    let stranger = host.filter(|host| !resolver.reaches(host)).and_then(Node::as_str);
    if let (Some(stranger), Some(place)) = (stranger, used) {
        problems.push(Problem { place: place.clone(), what: strange("this secret", stranger) });
    }
    let mut parameters = Map::new();
    let mut is_resolved = true;
    for (key, value) in given {
        let mut value = (*value).clone();
        if connection::RULES.secrets.contains(key) && !value.is_null() {
            // A text beside the host is the file's own; another file, or a task, did not mean it for this host.
            let is_own = matches!(value.content, Content::Scalar(_))
                && host.is_some_and(|host| host.place.file() == value.place.file());
            let strange = stranger.filter(|_| !is_own).map(|host| value.problem(strange(key, host)));
            if let Some(problem) = resolver.resolve(&mut value).err().or(strange) {
                problems.push(problem);
                is_resolved = false;
                continue;
            }
        }
        parameters.insert((*key).to_owned(), value.to_value());
    }
    let host = parameters.get("quay_host").and_then(Value::as_str).unwrap_or_default();
    let unknown = Endpoint::unknown(name.unwrap_or(host).to_owned(), parameters.clone());
    if !is_resolved {
        return unknown;
    }
    let by_secret = node.get(SECRET).is_some_and(|secret| !secret.is_null());
    let environment = |name: &str| resolver.of_connection(name, stranger.is_some() || by_secret);
    match call::connection(parameters, &environment) {
        Ok(checked) => {
            let host = checked.options.get("quay_host").and_then(Value::as_str).unwrap_or_default().to_owned();
            let name = name.map_or(host, str::to_owned);
            let withheld = stranger.filter(|_| !by_secret).and_then(|_| resolver.login());
            Endpoint {
                name,
                options: checked.options,
                secrets: checked.secrets,
                withheld,
                is_stranger: stranger.is_some(),
                awaited: None,
            }
        }
        Err(invalid) => {
            let mask = Mask::new(&invalid.secrets);
            for complaint in &invalid.errors {
                let guilty = given.iter().find(|(key, _)| *key == complaint.path).map_or(node, |(_, value)| value);
                problems.push(guilty.problem(mask.text(&complaint.text)));
            }
            unknown
        }
    }
}
