//! A server, declarations that are brought about on it, and the questions that tests of mass apply ask.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use quay_emulator::Config;
use quaymaster::api::{Http, Reader, Settings};
use quaymaster::apply::engine;
use quaymaster::apply::export::{self, Export, Wanted};
use quaymaster::apply::input::declaration::Declaration;
use quaymaster::apply::input::selection::Request;
use quaymaster::apply::input::yaml::{Node, Problem};
use quaymaster::apply::kinds::Kind;
use quaymaster::apply::report::{Action, Report, ReportedItem};
use quaymaster::apply::run::NoProgress;
use serde_json::{Value, json};

use crate::support::Registry;

/// A server, and declarations that are brought about on it.
pub struct Mass {
    pub registry: Registry,
}

impl Mass {
    pub fn new() -> Mass {
        Mass { registry: Registry::new() }
    }

    /// An older server.
    pub fn on_quay(version: &str) -> Mass {
        Mass { registry: Registry::with(Config::default().quay(version)) }
    }

    /// A server with these accounts.
    pub fn with_users(users: &[&str]) -> Mass {
        let mass = Mass::new();
        users.iter().for_each(|user| mass.registry.emulator.add_user(user, "password"));
        mass
    }

    /// The declaration, with the connection to this server unless it names another one.
    pub fn declaration(&self, mut config: Value) -> Declaration {
        if config["registry"].get("endpoints").is_none() {
            config["registry"]["quay_host"] = json!(self.registry.emulator.url());
        }
        let signs_in = ["quay_token", "quay_username"].iter().any(|key| config["registry"].get(*key).is_some());
        if !signs_in {
            config["registry"]["quay_token"] = json!(self.registry.token);
        }
        if config["registry"].get("retries").is_none() {
            config["registry"]["retries"] = json!(0);
        }
        let read = Declaration::read(vec![Node::of_value(&config, "config")], None, &|_| None);
        read.unwrap_or_else(|problems| panic!("{}", lines(&problems)))
    }

    pub fn plan(&self, config: Value) -> Report {
        self.plan_of(config, &Request::default())
    }

    pub fn plan_of(&self, config: Value, request: &Request) -> Report {
        engine::plan(&self.declaration(config), request).report()
    }

    pub fn apply(&self, config: Value) -> Report {
        self.apply_of(config, &Request::default())
    }

    pub fn apply_of(&self, config: Value, request: &Request) -> Report {
        engine::plan(&self.declaration(config), request).execute(&NoProgress, &AtomicBool::new(false))
    }

    /// Applies, and expects that everything went well.
    #[track_caller]
    pub fn applied(&self, config: Value) -> Report {
        let report = self.apply(config);
        assert!(report.succeeded(), "{}", complaints(&report));
        report
    }

    /// Plans, and expects that there is nothing to do.
    #[track_caller]
    pub fn settled(&self, config: Value) {
        let report = self.plan(config);
        assert!(report.succeeded(), "{}", complaints(&report));
        let open = changes(&report);
        assert!(open.is_empty(), "{open:#?}");
    }

    /// Plans and applies, expects the same refusals both times and no write, and returns them, a line each.
    #[track_caller]
    pub fn refused(&self, config: Value) -> String {
        let before = self.writes();
        let planned = refusals(&self.plan(config.clone()));
        let report = self.apply(config);
        assert_eq!(refusals(&report), planned, "the plan and the run say different things");
        assert!(!planned.is_empty(), "not refused: {:#?}", changes(&report));
        assert!(!report.succeeded());
        assert_eq!(self.writes(), before, "a refused run writes");
        planned
    }

    pub fn writes(&self) -> usize {
        self.registry.emulator.writes().len()
    }

    pub fn requests(&self) -> usize {
        self.registry.emulator.journal().len()
    }

    /// The writes since the first `known` of them, as `METHOD path`.
    pub fn writes_since(&self, known: usize) -> Vec<String> {
        let writes = self.registry.emulator.writes();
        writes[known..].iter().map(|exchange| format!("{} {}", exchange.method, exchange.path)).collect()
    }

    /// What the server has, as an export; accounts apart.
    #[track_caller]
    pub fn exported(&self) -> Export {
        let Value::Object(options) =
            json!({"quay_host": self.registry.emulator.url(), "quay_token": self.registry.token, "retries": 0})
        else {
            unreachable!()
        };
        let reader = Reader::new(Arc::new(Http::new(Settings::from_options(&options)).unwrap()), true);
        let wanted = Wanted { organizations: &[], verb: "export", users: false, messages: true, jobs: 4 };
        export::export(&reader, &wanted)
            .unwrap_or_else(|errors| panic!("{:?}", errors.iter().map(ToString::to_string).collect::<Vec<_>>()))
    }

    /// The export as text.
    #[track_caller]
    pub fn state(&self) -> String {
        self.exported().value.to_string()
    }

    /// Whether the export names something, as a whole text or as the short name of a robot account.
    #[track_caller]
    pub fn has(&self, name: &str) -> bool {
        self.state().contains(&format!("{name}\""))
    }
}

pub fn lines(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("{problem}\n")).collect()
}

pub fn objects(report: &Report) -> impl Iterator<Item = &ReportedItem> {
    report.endpoints.iter().flat_map(|endpoint| &endpoint.objects)
}

/// The objects that are, or would be, changed.
pub fn changes(report: &Report) -> Vec<String> {
    objects(report)
        .filter(|object| object.changed())
        .map(|object| {
            format!("{} {:?} {} -> {}", object.title, object.steps, json!(object.before), json!(object.after))
        })
        .collect()
}

/// The object with this title.
#[track_caller]
pub fn object<'a>(report: &'a Report, title: &str) -> &'a ReportedItem {
    let titles = || objects(report).map(|object| object.title.as_str()).collect::<Vec<_>>();
    objects(report).find(|object| object.title == title).unwrap_or_else(|| panic!("no {title} in {:?}", titles()))
}

/// The titles of the objects that are removed.
pub fn removed(report: &Report) -> Vec<&str> {
    objects(report).filter(|object| object.action == Action::Remove).map(|object| object.title.as_str()).collect()
}

/// The kinds of the objects that are removed or changed.
pub fn concerned(report: &Report) -> BTreeSet<Kind> {
    objects(report).filter(|object| object.changed()).map(|object| object.kind).collect()
}

pub fn warnings(report: &Report) -> String {
    let all = report.endpoints.iter().flat_map(|endpoint| &endpoint.warnings);
    all.chain(objects(report).flat_map(|object| &object.warnings)).map(|line| format!("{line}\n")).collect()
}

pub fn refusals(report: &Report) -> String {
    report.endpoints.iter().flat_map(|endpoint| &endpoint.refusals).map(|line| format!("{line}\n")).collect()
}

/// All that went wrong.
pub fn complaints(report: &Report) -> String {
    let mut text = String::new();
    for endpoint in &report.endpoints {
        endpoint.refusals.iter().for_each(|refusal| text.push_str(&format!("refused: {refusal}\n")));
        for object in &endpoint.objects {
            if let Some((_, why)) = object.mishap() {
                text.push_str(&format!("{}: {why}\n", object.title));
            }
        }
    }
    text
}

/// One organization with teams, robots and repositories, two rights each.
pub fn company(name: &str, teams: usize, robots: usize, repositories: usize) -> Value {
    let names = |kind: &str, count: usize| (0..count).map(move |i| format!("{kind}{i}")).collect::<Vec<_>>();
    let teams = names("team", teams);
    let robots = names("robot", robots);
    let repositories: Vec<Value> = names("repo", repositories)
        .into_iter()
        .enumerate()
        .map(|(i, repo)| {
            json!({"name": repo, "description": format!("Number {i}"), "visibility": "private", "permissions": [
                {"name": teams[i % teams.len()], "type": "team", "role": "write"},
                {"name": format!("{name}+{}", robots[i % robots.len()]), "type": "user", "role": "read"},
            ]})
        })
        .collect();
    let teams: Vec<Value> = teams
        .iter()
        .enumerate()
        .map(|(i, team)| json!({"name": team, "role": "member", "members": [format!("{name}+{}", robots[i % robots.len()])]}))
        .collect();
    let robots: Vec<Value> = robots.iter().map(|robot| json!({"name": robot, "description": "A robot"})).collect();
    json!({"name": name, "email": format!("{name}@example.com"), "teams": teams, "robots": robots, "repositories": repositories})
}
