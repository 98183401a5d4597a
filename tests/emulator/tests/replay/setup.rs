//! How the server of a recording was set up, before it and off the record between two exchanges: read from the file
//! `NAME.setup.json` beside the recording.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    time::Duration,
};

use quay_emulator::{
    ALL_SCOPES, Config, Image,
    state::{LogEntry, State, clock},
};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::session::Session;

/// The set-up of one recording. Exchanges are named by their place in it, from 0.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Setup {
    /// Settings that the answer to `/config` does not tell; features come from there and from `features`.
    settings: Map<String, Value>,
    features: BTreeMap<String, bool>,
    /// There was no user yet.
    empty: bool,
    /// What was there before the first exchange, besides the administrator.
    start: Vec<Step>,
    /// What was done off the record before an exchange.
    before: BTreeMap<usize, Vec<Step>>,
    /// Requests that were sent with a token that is not valid.
    pub bad_token: Vec<usize>,
    /// Requests that were sent without the session's CSRF token.
    pub no_csrf: Vec<usize>,
    /// Requests with a page token that the server did not make.
    pub bad_page: Vec<usize>,
    /// Who sent requests, where the name in the recording does not say it all.
    pub actors: BTreeMap<String, Actor>,
    /// Exchanges that the emulator answers differently, each with the reason.
    pub exceptions: BTreeMap<usize, String>,
    /// Exchanges that the emulator cannot answer yet. The list may only become shorter.
    pub open: BTreeSet<usize>,
}

/// Where the credentials of an actor come from.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Actor {
    /// As `NAME` or `NAME SCOPE` say.
    Like(String),
    /// A token that the server never made.
    Token(String),
    /// The text under this key in the answer to an exchange.
    Answer { exchange: usize, key: String },
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Step {
    /// The server needed a moment.
    WaitMs(u64),
    /// Users with the password of all recordings.
    Users(Vec<String>),
    /// A request of the administrator, or of `by`; `times` sends it with `{n}` in path and body as 000, 001 and so on, or `{nn}`
    /// as 00, 01.
    Send { method: String, path: String, body: Option<Value>, times: Option<usize>, by: Option<String> },
    /// The organizations of accounts in which their tokens are made, where that was before the first exchange.
    Homes(Vec<String>),
    /// An image that is pushed.
    Push(Push),
    /// Notifications of a repository that could not be delivered.
    Fail { repository: String, method: String, event: String },
    /// Notifications of an organization that could not be delivered, so often.
    FailAbove { organization: String, title: String, times: u32 },
    /// The live entry of a tag ended so many seconds ago.
    End { repository: String, tag: String, seconds_ago: i64 },
    /// The garbage collector came by.
    Collect,
    /// An account logs in: its session sends what follows.
    LogIn(String),
    /// Pulls of a tag that were logged, `by_digest` of them without the tag.
    Pulled(Pulled),
    /// Pulls that the server's worker counts now.
    Counted(Pulled),
    /// Lines of the log of a namespace, as they were written into its table: the first one now, or so many seconds `ago`, then one each
    /// `every` seconds before. The one that is the `same` has the time of the one before it.
    Logged { namespace: String, times: usize, every: i64, ago: i64, same: Option<usize>, legacy: bool, alone: bool },
    /// How far the server is with the bytes of a namespace.
    Backfill { namespace: String, status: Option<String> },
    /// The server's worker counted the bytes of the registry.
    RegistryCounted,
    /// Gives the image of the tag `of` other tags: `{n}` as above.
    Retag { repository: String, of: String, tag: String, times: usize },
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pulled {
    repository: String,
    tag: String,
    times: usize,
    by_digest: usize,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Push {
    repository: String,
    tag: String,
    content: Option<String>,
    labels: Vec<(String, String)>,
    platforms: Vec<String>,
    /// Of the layer and of the configuration, in bytes.
    sizes: Option<(u64, u64)>,
    /// Name, severity, and the version that repairs it.
    vulnerabilities: Vec<(String, String, String)>,
}

/// The password of the accounts in recordings.
pub const PASSWORD: &str = "redhat123";

impl Setup {
    /// The set-up beside a recording; without one, a server with the administrator alone.
    pub fn of(recording: &Path, exchanges: &[Value]) -> Setup {
        let path = recording.with_extension("setup.json");
        let text = fs::read_to_string(&path).unwrap_or_else(|_| "{}".to_owned());
        let mut setup: Setup =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        setup.empty |=
            exchanges.iter().any(|exchange| exchange["path"] == "/api/v1/user/initialize" && exchange["status"] == 200);
        setup
    }

    /// The configuration that the recording needs: what `/config` said in it, and what stands in the file.
    pub fn config(&self, exchanges: &[Value]) -> Config {
        let mut config = Config::default();
        let shown =
            exchanges.iter().find(|exchange| exchange["path"] == "/config").map(|exchange| &exchange["response"]);
        for (name, on) in shown.and_then(|shown| shown["features"].as_object()).into_iter().flatten() {
            config = config.feature(name, on.as_bool().unwrap_or(false));
        }
        if let Some(kind) = shown.and_then(|shown| shown["config"]["AUTHENTICATION_TYPE"].as_str()) {
            config = config.setting("AUTHENTICATION_TYPE", kind);
        }
        config = self.features.iter().fold(config, |config, (name, on)| config.feature(name, *on));
        self.settings.iter().fold(config, |config, (name, value)| config.setting(name, value.clone()))
    }

    /// Makes what was there before the first exchange.
    pub fn begin(&self, session: &mut Session) {
        if self.empty {
            return;
        }
        session.emulator.add_user("admin", PASSWORD);
        session.token = session.emulator.token_for("admin", &ALL_SCOPES);
        self.start.iter().for_each(|step| step.take(session));
    }

    /// Does what was done off the record before an exchange.
    pub fn before(&self, index: usize, session: &mut Session) {
        self.before.get(&index).into_iter().flatten().for_each(|step| step.take(session));
    }
}

impl Step {
    fn take(&self, session: &mut Session) {
        let numbered = |text: &str, number: usize| {
            text.replace("{n}", &format!("{number:03}")).replace("{nn}", &format!("{number:02}"))
        };
        match self {
            Step::WaitMs(wait) => std::thread::sleep(Duration::from_millis(*wait)),
            Step::Users(names) => names.iter().for_each(|name| session.emulator.add_user(name, PASSWORD)),
            Step::Homes(names) => names.iter().for_each(|name| session.make_home(name)),
            Step::Send { method, path, body, times, by } => {
                let token = match by {
                    Some(name) => session.emulator.token_for(name, &ALL_SCOPES),
                    None => session.token.clone(),
                };
                let path = &session.here(path);
                for number in 0..times.unwrap_or(1) {
                    let body = body.as_ref().map(|body| numbered(&body.to_string(), number)).unwrap_or_default();
                    session.send_as(&token, method, &numbered(path, number), &body);
                }
            }
            Step::Push(push) => {
                session.emulator.push(&push.repository, &push.tag, &push.image());
            }
            Step::Fail { repository, method, event } => session.emulator.with_state(|state| {
                let (namespace, name) = repository.split_once('/').expect("NAMESPACE/NAME");
                let repository = state.repository_mut(namespace, name).expect("made before");
                let notifications = repository.notifications.values_mut();
                notifications
                    .filter(|one| one.method == *method && one.event == *event)
                    .for_each(|one| one.failures = 1);
            }),
            Step::FailAbove { organization, title, times } => session.emulator.with_state(|state| {
                let notifications = &mut state.namespace_mut(organization).expect("made before").notifications;
                notifications.values_mut().filter(|one| one.title == *title).for_each(|one| one.failures = *times);
            }),
            Step::End { repository, tag, seconds_ago } => session.emulator.with_state(|state| {
                let (namespace, name) = repository.split_once('/').expect("NAMESPACE/NAME");
                let tags = &mut state.repository_mut(namespace, name).expect("made before").tags;
                let live = tags.iter_mut().rev().find(|entry| entry.name == *tag).expect("made before");
                live.end = Some(clock::now() - seconds_ago * clock::SECOND);
            }),
            Step::Collect => session.emulator.collect_garbage(),
            Step::LogIn(name) => session.log_in_as(name),
            Step::Pulled(pulled) => session.emulator.with_state(|state| pulled.log(state)),
            Step::Counted(pulled) => {
                (0..pulled.times).for_each(|_| session.emulator.pull(&pulled.repository, &pulled.tag));
                session.emulator.with_state(|state| pulled.count_digests(state));
            }
            Step::Logged { namespace, times, every, ago, same, legacy, alone } => {
                session.emulator.with_state(|state| {
                    if *alone {
                        state.logs.retain(|entry| entry.namespace.as_ref() != Some(namespace));
                    }
                    let start = clock::now() - ago * clock::SECOND;
                    for number in (1..=*times).rev() {
                        let step = if *same == Some(number) { number - 1 } else { number };
                        let mut entry = LogEntry::of_client("create_robot", namespace, "", "admin", Ok(""));
                        entry.at = start - i64::try_from(step).unwrap_or_default() * every * clock::SECOND;
                        (entry.repository, entry.legacy) = (None, *legacy);
                        entry.metadata = serde_json::json!({ "n": number });
                        state.log(entry);
                    }
                })
            }
            Step::Backfill { namespace, status } => session.emulator.with_state(|state| {
                state.namespace_mut(namespace).expect("made before").backfill.clone_from(status);
            }),
            Step::RegistryCounted => session.emulator.with_state(State::count_registry),
            Step::Retag { repository, of, tag, times } => {
                let (namespace, name) = repository.split_once('/').expect("NAMESPACE/NAME");
                let digest = session.emulator.with_state(|state| {
                    let tags = &state.repository(namespace, name).expect("made before").tags;
                    tags.iter().find(|tag| tag.name == *of).expect("pushed before").digest.clone()
                });
                for number in 0..*times {
                    let path = format!("repository/{repository}/tag/{}", numbered(tag, number));
                    session.api("PUT", &path, &serde_json::json!({ "manifest_digest": digest }).to_string());
                }
            }
        }
    }
}

impl Pulled {
    fn digest(&self, state: &State) -> String {
        let (namespace, name) = self.repository.split_once('/').expect("NAMESPACE/NAME");
        let tags = &state.repository(namespace, name).expect("made before").tags;
        tags.iter().find(|tag| tag.name == self.tag).expect("pushed before").digest.clone()
    }

    fn log(&self, state: &mut State) {
        let (namespace, name) = self.repository.split_once('/').expect("NAMESPACE/NAME");
        let digest = self.digest(state);
        for number in 0..self.times + self.by_digest {
            let what = if number < self.times { Ok(self.tag.as_str()) } else { Err(digest.as_str()) };
            state.log(LogEntry::of_client("pull_repo", namespace, name, "admin", what));
        }
    }

    fn count_digests(&self, state: &mut State) {
        let (namespace, name) = self.repository.split_once('/').expect("NAMESPACE/NAME");
        let digest = self.digest(state);
        let repository = state.repository_mut(namespace, name).expect("made before");
        repository.manifests[&digest].pulls += self.by_digest as u64;
    }
}

impl Push {
    fn image(&self) -> Image {
        let mut image = Image::new(self.content.as_ref().unwrap_or(&self.tag));
        image = self.labels.iter().fold(image, |image, (key, value)| image.label(key, value));
        if let Some((layer, config)) = self.sizes {
            image = image.sizes(layer, config);
        }
        if !self.vulnerabilities.is_empty() {
            let found: Vec<(&str, &str, &str)> = self
                .vulnerabilities
                .iter()
                .map(|(name, severity, fixed)| (name.as_str(), severity.as_str(), fixed.as_str()))
                .collect();
            image = image.vulnerable(&found);
        }
        let platforms: Vec<&str> = self.platforms.iter().map(String::as_str).collect();
        if platforms.is_empty() { image } else { image.platforms(&platforms) }
    }
}
