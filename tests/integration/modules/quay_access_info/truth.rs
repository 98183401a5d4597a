//! Access against truth: for organizations of all sorts the report says for every account, repository and verb what the server
//! says when that account comes.

use quay_emulator::Emulator;
use quay_emulator::state::{Namespace, Repository, Role, Team, TeamRole};
use serde_json::{Value, json};

use super::MODULE;
use crate::support::Registry;

const PEOPLE: [&str; 6] = ["admin", "alice", "bob", "carol", "dave", "erin"];
const ROBOTS: [&str; 5] = ["acme+ci", "acme+cd", "tools+bot", "alice+own", "bob+own"];
const REPOSITORIES: [&str; 5] = ["app", "base", "deep/er", "docs", "web"];
const VERBS: [Verb; 3] = [Verb::Pull, Verb::Push, Verb::Administer];

/// What somebody does with a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Pull,
    Push,
    Administer,
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.roll(of.len() as u64)).unwrap()]
    }
}

/// Fills `acme` with teams, rights and states; some people are disabled.
fn generate(emulator: &Emulator, dice: &mut Dice) {
    PEOPLE.iter().for_each(|name| emulator.add_user(name, "password"));
    emulator.with_state(|state| {
        for name in &PEOPLE[1..] {
            state.user_mut(name).unwrap().enabled = dice.roll(5) > 0;
        }
        let ids: Vec<u64> = REPOSITORIES.iter().map(|_| state.serial("repository")).collect();
        let acme = state.organization_mut("acme").unwrap();
        for name in ["devs", "heads", "makers", "none"] {
            let role = dice.one(&[TeamRole::Member, TeamRole::Member, TeamRole::Creator, TeamRole::Admin]);
            let mut team = Team { role, description: String::new(), members: Default::default(), sync: None };
            for member in PEOPLE[1..].iter().chain(&ROBOTS).filter(|_| dice.roll(4) == 0) {
                team.members.insert((*member).to_owned());
            }
            acme.teams.insert(name.to_owned(), team);
        }
        for (name, id) in REPOSITORIES.iter().zip(ids) {
            repository(acme, name, id, dice);
        }
    });
}

fn repository(acme: &mut Namespace, name: &str, id: u64, dice: &mut Dice) {
    let mut repository = Repository::new(id, name, None, dice.roll(4) == 0);
    repository.state = dice.one(&["NORMAL", "NORMAL", "NORMAL", "READ_ONLY", "MIRROR"]).to_owned();
    let roles = [Role::Read, Role::Write, Role::Admin];
    for team in ["devs", "heads", "makers"] {
        if dice.roll(3) == 0 {
            repository.team_roles.insert(team.to_owned(), dice.one(&roles));
        }
    }
    // Quay refuses rights of their own to robot accounts of other namespaces.
    for account in PEOPLE.iter().chain(&ROBOTS[..2]) {
        if dice.roll(5) == 0 {
            repository.user_roles.insert((*account).to_owned(), dice.one(&roles));
        }
    }
    acme.repositories.insert(name.to_owned(), repository);
}

/// What the report says.
fn told(access: &Value, account: &str, repository: &str, verb: Verb) -> bool {
    let concerned = access["access"].as_array().unwrap().iter().filter(|line| {
        let (who, what) = (&line["account"], &line["repository"]);
        (who == account || who == "*") && (what == repository || what == "*") && line["enabled"] != false
    });
    let repositories = access["repositories"].as_array().unwrap();
    let is_normal = repositories.iter().any(|entry| entry["repository"] == repository && entry["state"] == "NORMAL");
    let suffices = |role: &Value| match verb {
        Verb::Pull => ["read", "write", "admin"].iter().any(|enough| role == enough),
        Verb::Push => is_normal && ["write", "admin"].iter().any(|enough| role == enough),
        Verb::Administer => role == "admin",
    };
    concerned.into_iter().any(|line| suffices(&line["role"]))
}

/// What the server says.
fn truth(emulator: &Emulator, account: &str, repository: &str, verb: Verb) -> bool {
    let role = emulator.role_of(account, "acme", repository);
    match verb {
        // Whoever is disabled can still come as nobody.
        Verb::Pull => role.or(emulator.role_of("", "acme", repository)) >= Some(Role::Read),
        Verb::Push => emulator.pushes(account, "acme", repository),
        Verb::Administer => role == Some(Role::Admin),
    }
}

#[test]
fn the_report_says_what_the_server_says() {
    for seed in 0..40 {
        let mut dice = Dice(seed);
        let registry = Registry::new();
        for name in ["acme", "tools"] {
            registry.ok("quay_organization", json!({"name": name}));
        }
        for robot in ["acme+ci", "acme+cd", "tools+bot"] {
            registry.ok("quay_robot", json!({"name": robot}));
        }
        generate(&registry.emulator, &mut dice);
        registry.emulator.set_feature("SUPERUSERS_FULL_ACCESS", dice.roll(2) == 0);
        registry
            .emulator
            .set_setting("GLOBAL_READONLY_SUPER_USERS", json!(if dice.roll(2) == 0 { vec!["erin"] } else { vec![] }));
        let run = registry.run(MODULE, json!({"organization": ["acme"]}));
        assert_eq!(run.code, 0, "{}", run.result);
        for account in PEOPLE.iter().chain(&ROBOTS) {
            for repository in REPOSITORIES {
                for verb in VERBS {
                    let (told, truth) = (
                        told(&run.result, account, repository, verb),
                        truth(&registry.emulator, account, repository, verb),
                    );
                    assert_eq!(told, truth, "seed {seed}: {account} {verb:?} {repository}: {:#}", run.result["access"]);
                }
            }
        }
        assert!(run.requests.len() <= most(&registry.emulator), "seed {seed}: {:?}", run.lines());
        assert_eq!(run.result["incomplete"], json!([]), "seed {seed}");
    }
}

/// The requests of the specification: the accounts and the configuration, five lists, a page of repositories, a request for each team with rights, each
/// repository on which somebody has a right of their own, and each team with members whom no other list shows.
fn most(emulator: &Emulator) -> usize {
    emulator.with_state(|state| {
        let acme = state.organization("acme").unwrap();
        let has_right = |team: &String| acme.repositories.values().any(|one| one.team_roles.contains_key(team));
        let is_foreign = |member: &String| member.contains('+') && !member.starts_with("acme+");
        let with_rights = acme.teams.keys().filter(|team| has_right(team)).count();
        let direct = acme.repositories.values().filter(|repository| !repository.user_roles.is_empty()).count();
        let hidden = acme.teams.values().filter(|team| team.members.iter().any(is_foreign)).count();
        2 + 5 + 1 + with_rights + direct + hidden
    })
}
