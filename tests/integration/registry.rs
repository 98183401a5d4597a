//! Mass apply on an emulator: plan, run, repeat.

use std::sync::atomic::AtomicBool;

use quaymaster::apply::declaration::Declaration;
use quaymaster::apply::engine::{self, Silence, Wish};
use quaymaster::apply::report::{Counts, Outcome, Report};
use quaymaster::apply::yaml::{Node, Problem};
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

    /// The declaration, with the connection to this server.
    pub fn declaration(&self, mut config: Value) -> Declaration {
        config["registry"]["quay_host"] = json!(self.registry.emulator.url());
        config["registry"]["quay_token"] = json!(self.registry.token);
        config["registry"]["retries"] = json!(0);
        let read = Declaration::read(vec![Node::of_value(&config, "config")], None, &|_| None);
        read.unwrap_or_else(|problems| panic!("{}", lines(&problems)))
    }

    pub fn plan(&self, config: Value) -> Report {
        engine::plan(&self.declaration(config), &Wish::default()).report()
    }

    pub fn apply(&self, config: Value) -> Report {
        engine::plan(&self.declaration(config), &Wish::default()).execute(&Silence, &AtomicBool::new(false))
    }

    /// Applies, and expects that everything went well.
    pub fn applied(&self, config: Value) -> Report {
        let report = self.apply(config);
        assert!(report.succeeded(), "{}", complaints(&report));
        report
    }

    /// Plans, and expects that there is nothing to do.
    pub fn settled(&self, config: Value) {
        let report = self.plan(config);
        assert!(report.succeeded(), "{}", complaints(&report));
        let open: Vec<String> = objects(&report, |object| object.changed());
        assert!(open.is_empty(), "{open:#?}");
    }

    pub fn writes(&self) -> usize {
        self.registry.emulator.journal().iter().filter(|exchange| exchange.method != "GET").count()
    }

    pub fn requests(&self) -> usize {
        self.registry.emulator.journal().len()
    }
}

pub fn lines(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("{problem}\n")).collect()
}

fn objects(report: &Report, which: impl Fn(&quaymaster::apply::report::Object) -> bool) -> Vec<String> {
    let all = report.endpoints.iter().flat_map(|endpoint| &endpoint.objects);
    all.filter(|object| which(object))
        .map(|object| {
            format!("{} {:?} {} -> {}", object.title, object.steps, json!(object.before), json!(object.after))
        })
        .collect()
}

/// All that went wrong.
pub fn complaints(report: &Report) -> String {
    let mut text = String::new();
    for endpoint in &report.endpoints {
        endpoint.refusals.iter().for_each(|refusal| text.push_str(&format!("refused: {refusal}\n")));
        for object in &endpoint.objects {
            if let Outcome::Failed(why) | Outcome::Skipped(why) = &object.outcome {
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

#[test]
fn a_company_is_created_once() {
    let mass = Mass::new();
    let config = json!({"organizations": [company("acme", 5, 10, 50)]});
    let plan = mass.plan(config.clone());
    assert_eq!(plan.counts(), Counts { create: 66, ..Counts::default() }, "{}", complaints(&plan));
    assert_eq!(mass.writes(), 0);
    let planned = mass.requests();
    assert!(planned <= 3, "an organization that is not there needs no look-ups: {planned}");
    let report = mass.applied(config.clone());
    assert_eq!(report.counts(), plan.counts());
    let writes = mass.writes();
    let before = mass.requests();
    mass.settled(config);
    assert_eq!(mass.writes(), writes);
    let repeat = mass.requests() - before;
    assert!(repeat <= 25, "{repeat} requests for a repeat");
}
