//! The mass commands: `plan`, `apply`, `export` and `destroy` at a shell, and the module `quay_registry`.

use quay_emulator::{Exchange, Fault, FaultKind};
use serde_json::{Value, json};

use super::{faults, seeds};
use crate::cli::mass::{Ran, Shell};
use crate::support::Mode;

/// In `make test`, so many of all faults strike each place, others in each.
const FEW: usize = 3;

const BEFORE: &str = "\
organizations:
  - name: acme
    email: old@example.com
    robots: [{name: old}, {name: ci, description: Old}]
    teams: [{name: old}, {name: dev, members: [alice, acme+old]}]
    applications: [{name: old}]
    quota: {quota: 1 GiB}
    default_permissions: [{name: alice, type: user, role: read}]
    repositories:
      - name: app
        visibility: private
        permissions: [{name: alice, type: user, role: read}]
        notifications: [{title: old, event: repo_push, method: webhook, config: {url: 'https://hooks.example/x'}}]
";

const AFTER: &str = "\
registry:
  jobs: 1
  max_removal_percent: 100
  prune: {teams: true, members: true, robots: true, default_permissions: true, permissions: true, notifications: true}
organizations:
  - name: acme
    email: new@example.com
    robots: [{name: ci, description: New}, {name: cd}]
    teams: [{name: dev, members: [bob, acme+cd]}]
    applications: [{name: new}]
    quota: {quota: 2 GiB}
    default_permissions: [{name: bob, type: user, role: write}]
    repositories:
      - name: app
        description: New
        permissions: [{name: dev, type: team, role: write}]
        notifications: [{title: new, event: repo_push, method: webhook, config: {url: 'https://hooks.example/y'}}]
      - {name: web, visibility: public}
";

#[derive(Debug, Clone, Copy, PartialEq)]
enum Command {
    Plan,
    Apply,
    Export,
    Destroy,
    Module,
    ModuleCheck,
}

/// A server in the state before, and the commands that are tried on it.
struct Tried {
    shell: Shell,
    start: Value,
}

impl Tried {
    fn new() -> Tried {
        let shell = Shell::new();
        ["alice", "bob"].iter().for_each(|user| shell.registry.emulator.add_user(user, "password"));
        let before = shell.write("before.yml", BEFORE);
        assert_eq!(shell.run(&["apply", "--yes", &before]).code, 0);
        shell.write("after.yml", AFTER);
        let start = shell.registry.emulator.snapshot();
        Tried { shell, start }
    }

    fn restart(&self) {
        self.shell.registry.emulator.load(self.start.clone()).unwrap();
        self.shell.registry.emulator.clear_journal();
    }

    fn run(&self, command: Command) -> Ran {
        let form = ["--output", "json"];
        match command {
            Command::Plan => self.shell.run(&[&["plan", "after.yml"][..], &form].concat()),
            Command::Apply => self.shell.run(&[&["apply", "--yes", "after.yml"][..], &form].concat()),
            Command::Export => self.shell.run(&["export", "--jobs", "1", "acme"]),
            Command::Destroy => {
                self.shell.run(&[&["destroy", "--yes", "--file", "after.yml", "acme"][..], &form].concat())
            }
            Command::Module => self.module(Mode::Real),
            Command::ModuleCheck => self.module(Mode::Check),
        }
    }

    fn module(&self, mode: Mode) -> Ran {
        let registry = &self.shell.registry;
        let documents = quaymaster::apply::input::yaml::parse::parse("after.yml", AFTER).ok().unwrap();
        let options = json!({"config": documents[0].to_value()});
        let run = registry.run_as(&registry.token, "quay_registry", options, mode);
        Ran { code: run.code, out: run.printed, err: String::new() }
    }

    fn journal(&self) -> Vec<Exchange> {
        self.shell.registry.emulator.journal()
    }

    /// What a plan without faults still has to do.
    fn open(&self) -> Vec<(String, String)> {
        let plan = self.run(Command::Plan);
        assert!(plan.code == 0 || plan.code == 2, "{}{}", plan.out, plan.err);
        told(&serde_json::from_str(&plan.out).unwrap(), "planned")
    }

    /// The command with one answer that is not Quay's: it ends in a form that others can read, and claims nothing.
    fn strike(&self, command: Command, nth: usize, what: &str, kind: &FaultKind, truth: &Ran) {
        self.restart();
        let emulator = &self.shell.registry.emulator;
        emulator.fault(Fault::new(kind.clone()).skip(u32::try_from(nth).unwrap()).times(1));
        let ran = self.run(command);
        emulator.clear_faults();
        let struck = self.journal().get(nth).cloned();
        let at = struck.as_ref().map(|struck| format!("{} {}", struck.method, struck.path)).unwrap_or_default();
        let place = format!("{command:?}, answer {nth} ({at}) {what}\n{}\n{}", ran.out, ran.err);
        assert_readable(command, &ran, &place);
        let is_write = struck.as_ref().is_some_and(Exchange::is_write);
        // A read with a place changed may be believed. An organization without a quota has `[]` for one.
        let deceives = matches!(kind, FaultKind::Mutate(_)) && !is_write;
        if deceives || at.ends_with("/quota") && what.ends_with("\"[]\"") {
            return;
        }
        match command {
            Command::Plan | Command::ModuleCheck if ran.code != 1 => {
                let told = |ran: &Ran| told(&serde_json::from_str(&ran.out).unwrap(), "planned");
                assert_eq!(told(&ran), told(truth), "{place}");
            }
            Command::Apply | Command::Module => {
                let report = serde_json::from_str(&ran.out).unwrap_or_default();
                let (done, open) = (told(&report, "done"), self.open());
                let lies: Vec<_> = done.iter().filter(|object| open.contains(object)).collect();
                assert!(lies.is_empty(), "{place}: told as done and still open: {lies:?}");
                assert!(ran.code != 0 || open.is_empty(), "{place}: still open: {open:?}");
            }
            Command::Export if ran.code == 0 => assert_eq!(ran.out, truth.out, "{place}"),
            Command::Destroy if ran.code == 0 => {
                assert!(emulator.with_state(|state| state.organization("acme").is_none()), "{place}");
            }
            _ => {}
        }
    }
}

/// The changes of a report with this outcome: what is done to which object.
fn told(report: &Value, outcome: &str) -> Vec<(String, String)> {
    let text = |object: &Value, key: &str| object[key].as_str().unwrap_or_default().to_owned();
    let endpoints = report["endpoints"].as_array().into_iter().flatten();
    let objects = endpoints.flat_map(|endpoint| endpoint["objects"].as_array().into_iter().flatten());
    let changed = objects.filter(|object| object["outcome"] == outcome && object["action"] != "keep");
    changed.map(|object| (text(object, "object"), text(object, "action"))).collect()
}

/// One JSON object, or one sentence a line; no panic, no control characters.
fn assert_readable(command: Command, ran: &Ran, place: &str) {
    assert!((0..=2).contains(&ran.code), "{place}: exit code {}", ran.code);
    assert!(ran.code != 2 || command == Command::Plan, "{place}: exit code 2");
    for strange in ["panicked", "internal error", ".rs:", "\u{1b}"] {
        assert!(!ran.out.contains(strange) && !ran.err.contains(strange), "{place}: {strange:?}");
    }
    let is_object = || serde_json::from_str::<Value>(&ran.out).is_ok_and(|value| value.is_object());
    let sentences = || !ran.err.is_empty() && ran.err.lines().all(|line| line.starts_with("quaymaster: "));
    match command {
        Command::Export if ran.code == 0 => assert!(ran.out.contains("organizations:"), "{place}"),
        Command::Export => assert!(ran.out.is_empty() && sentences(), "{place}"),
        _ => assert!(is_object() || ran.out.is_empty() && ran.code == 1 && sentences(), "{place}"),
    }
}

#[test]
fn no_answer_breaks_a_mass_command_or_makes_it_claim_what_is_not_so() {
    let tried = Tried::new();
    let all = faults(seeds().unwrap_or(4));
    let few = if seeds().is_some() { all.len() } else { FEW };
    let (mut count, mut next) = (0, 0);
    for command in
        [Command::Plan, Command::Apply, Command::Export, Command::Destroy, Command::Module, Command::ModuleCheck]
    {
        tried.restart();
        let truth = tried.run(command);
        assert!(truth.code == 0 || command == Command::Plan && truth.code == 2, "{}{}", truth.out, truth.err);
        for nth in 0..tried.journal().len() {
            for _ in 0..few {
                let (what, kind) = &all[next % all.len()];
                tried.strike(command, nth, what, kind, &truth);
                (count, next) = (count + 1, next + 1);
            }
        }
    }
    println!("{count} answers tried");
    assert!(count > 300, "only {count} answers were tried");
}
