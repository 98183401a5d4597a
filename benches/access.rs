//! Measures `quaymaster access` on a whole server: `make bench-access`. docs/performance.md tells the figures.
//!
//! The emulator runs in this process, the executable in one of its own, so that its peak of memory is that of one report.

use std::error::Error;
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use clap::Parser;
use quay_emulator::state::{Namespace, Repository, Robot, Role, State, Team, TeamRole};
use quay_emulator::{Config, Emulator};

/// Measures a report of who can do what.
#[derive(Parser)]
struct Arguments {
    /// Organizations of the server
    #[arg(long, default_value_t = 1000)]
    organizations: u64,
    /// Repositories in each organization
    #[arg(long, default_value_t = 20)]
    repositories: u64,
    /// Teams in each organization, each with a right on every second repository
    #[arg(long, default_value_t = 4)]
    teams: u64,
    /// People in each team
    #[arg(long, default_value_t = 5)]
    members: u64,
    /// Robot accounts in each organization
    #[arg(long, default_value_t = 5)]
    robots: u64,
    /// Requests at a time
    #[arg(long, default_value_t = 8)]
    jobs: u64,
    /// Cargo adds it when it starts a benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let emulator = Emulator::with(Config::default());
    let token = emulator.seed_admin();
    emulator.with_state(|state| fill(state, &arguments));
    for form in ["json", "html", "table"] {
        emulator.clear_journal();
        let file = tempfile::NamedTempFile::new()?;
        let (seconds, peak) = run(&emulator.url(), &token, form, file.path(), arguments.jobs)?;
        println!(
            "{form:5}  {seconds:6.1} s  {:6} requests  {:5.1} MB at the peak  {:5.1} MB of report",
            emulator.journal().len(),
            peak as f64 / 1000.0,
            fs::metadata(file.path())?.len() as f64 / 1e6,
        );
    }
    Ok(())
}

/// Seconds, and the peak of memory in kB.
fn run(url: &str, token: &str, form: &str, file: &std::path::Path, jobs: u64) -> Result<(f64, u64), Box<dyn Error>> {
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_quaymaster"))
        .args(["access", "--output", form, "--jobs", &jobs.to_string(), "-o"])
        .arg(file)
        .envs([("QUAY_HOST", url), ("QUAY_TOKEN", token)])
        .stderr(Stdio::null())
        .spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        // It only rises, so the last look before the end is near enough.
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0).max(peak);
        if let Some(ended) = child.try_wait()? {
            return match ended.success() {
                true => Ok((begun.elapsed().as_secs_f64(), peak)),
                false => Err(format!("quaymaster access ended with {ended}").into()),
            };
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Organizations with teams, robot accounts and repositories that a member created.
fn fill(state: &mut State, arguments: &Arguments) {
    let people: Vec<String> = (0..500).map(|number| format!("person{number}")).collect();
    for name in &people {
        let id = state.serial("namespace");
        state.namespaces.insert(name.clone(), Namespace::new(id, name, None, false));
    }
    let person = |number: u64| people[usize::try_from(number % 500).unwrap_or_default()].clone();
    for organization in 0..arguments.organizations {
        let name = format!("organization{organization:04}");
        let id = state.serial("namespace");
        let mut made = Namespace::new(id, &name, None, true);
        for team in 0..arguments.teams {
            let role = if team == 0 { TeamRole::Admin } else { TeamRole::Member };
            let members = (0..arguments.members).map(|member| person(organization * 7 + team * 31 + member)).collect();
            made.teams.insert(format!("team{team}"), Team { role, description: String::new(), members, sync: None });
        }
        for robot in 0..arguments.robots {
            made.robots.insert(format!("robot{robot}"), robot_account(id * 100 + robot));
        }
        for repository in 0..arguments.repositories {
            let id = state.serial("repository");
            let mut one = Repository::new(id, &format!("repository{repository:02}"), None, repository % 10 == 0);
            one.user_roles.insert(person(organization * 7 + repository), Role::Admin);
            one.user_roles.insert(format!("{name}+robot{}", repository % arguments.robots.max(1)), Role::Write);
            for team in (0..arguments.teams).filter(|team| (team + repository) % 2 == 0) {
                one.team_roles.insert(format!("team{team}"), Role::Write);
            }
            made.repositories.insert(one.name.clone(), one);
        }
        state.namespaces.insert(name, made);
    }
}

fn robot_account(id: u64) -> Robot {
    Robot {
        id,
        email: format!("robot{id}"),
        token: format!("token{id}"),
        description: String::new(),
        metadata: serde_json::Value::Null,
        created: 0,
        last_accessed: None,
        federation: Vec::new(),
    }
}
