//! Measures mass apply against an emulator in a process of its own: `make bench-mass`. docs/performance.md explains the figures.
//!
//! Every plan and every apply is a process of its own, too: this program starts itself again, so that the peak of memory is
//! that of one run.

mod content;
mod quay;
mod run;
mod writes;

use std::error::Error;
use std::path::PathBuf;

use clap::Parser;

use content::Shape;
use quay::Quay;
use run::Figures;

/// Measures mass apply.
#[derive(Parser)]
struct Arguments {
    /// The emulator's executable
    emulator: PathBuf,
    /// Numbers of organizations to measure a plan without change for
    #[arg(long, value_delimiter = ',', default_values_t = [1, 10, 100])]
    organizations: Vec<usize>,
    /// Numbers of small organizations to measure an export for
    #[arg(long, value_delimiter = ',', default_values_t = [1, 10, 100, 1000])]
    small: Vec<usize>,
    /// Teams in each organization
    #[arg(long, default_value_t = 3)]
    teams: usize,
    /// Robot accounts in each organization
    #[arg(long, default_value_t = 5)]
    robots: usize,
    /// Repositories in each organization
    #[arg(long, default_value_t = 200)]
    repositories: usize,
    /// Permissions on each repository
    #[arg(long, default_value_t = 2)]
    permissions: usize,
    /// Milliseconds that the server takes for each request
    #[arg(long, default_value_t = 15)]
    delay: u64,
    /// Requests at a time
    #[arg(long, default_value_t = 8)]
    jobs: usize,
    /// Times to measure the first apply, of which the middle one counts
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Cargo adds it when it starts a benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    if let Some(task) = run::task() {
        return task.carry_out();
    }
    let arguments = Arguments::parse();
    if let Ok(load) = std::fs::read_to_string("/proc/loadavg") {
        println!("load of the machine at the start: {}", load.split(' ').take(3).collect::<Vec<_>>().join(" "));
    }
    one_company(&arguments)?;
    many(&arguments)?;
    exports(&arguments)
}

/// One organization: the first apply, its writes alone, the repeat.
fn one_company(arguments: &Arguments) -> Result<()> {
    let shape = Shape { teams: 5, robots: 10, repositories: 50, permissions: 2 };
    let (delay, jobs) = (arguments.delay, arguments.jobs);
    let mut rounds: Vec<(f64, Figures, f64, usize, Figures)> = Vec::new();
    for _ in 0..arguments.rounds.max(1) {
        let quay = Quay::start(&arguments.emulator, delay)?;
        let file = content::write(1, &shape, jobs)?;
        let first = run::apply(&quay, file.path())?;
        let writes = quay.writes()?;
        let repeat = run::plan(&quay, file.path())?;
        if repeat.changes > 0 {
            return Err("the repeat found something to change".into());
        }
        let empty = Quay::start(&arguments.emulator, delay)?;
        let alone = writes::alone(&empty, &writes, jobs)?;
        rounds.push((first.seconds / alone, first, alone, writes.len(), repeat));
    }
    rounds.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (ratio, first, alone, writes, repeat) = &rounds[rounds.len() / 2];
    println!("\nOne organization: {shape}; {delay} ms a request, {jobs} requests at a time");
    println!("  first apply           {:6.2} s {:6} requests", first.seconds, first.requests);
    println!("  its writes alone      {alone:6.2} s {writes:6} requests");
    let (least, most) = (rounds[0].0, rounds[rounds.len() - 1].0);
    println!("  ratio                 {ratio:6.2}   (from {least:.2} to {most:.2} in {} rounds)", rounds.len());
    println!("  repeat                {:6.2} s {:6} requests", repeat.seconds, repeat.requests);
    Ok(())
}

/// Many organizations: a plan that finds nothing to do.
fn many(arguments: &Arguments) -> Result<()> {
    let Arguments { teams, robots, repositories, permissions, delay, jobs, .. } = *arguments;
    let shape = Shape { teams, robots, repositories, permissions };
    let quay = Quay::start(&arguments.emulator, 0)?;
    println!("\nPlan without change. Each organization: {shape}; {delay} ms a request, {jobs} requests at a time");
    println!("  organizations   objects   requests   seconds   of them reading the file   memory");
    for organizations in &arguments.organizations {
        let file = content::write(*organizations, &shape, jobs)?;
        run::apply(&quay, file.path())?;
        quay.delay(delay)?;
        let found = run::plan(&quay, file.path())?;
        quay.delay(0)?;
        if found.changes > 0 {
            return Err("a plan after an apply found something to change".into());
        }
        println!(
            "  {organizations:13}   {:7}   {:8}   {:7.2}   {:24.2}   {:3.0} MB",
            found.objects, found.requests, found.seconds, found.reading, found.megabytes
        );
    }
    Ok(())
}

/// An export of many small organizations, beside the plan of the same and the plan of the file that it wrote, which says more.
fn exports(arguments: &Arguments) -> Result<()> {
    let Arguments { delay, jobs, .. } = *arguments;
    let shape = Shape { teams: 2, robots: 2, repositories: 2, permissions: 2 };
    let quay = Quay::start(&arguments.emulator, 0)?;
    println!("\nExport of small organizations. Each: {shape}; {delay} ms a request, {jobs} requests at a time");
    println!("  organizations   plan                       export                     plan of what it wrote");
    for organizations in &arguments.small {
        let file = content::write(*organizations, &shape, jobs)?;
        run::apply(&quay, file.path())?;
        quay.delay(delay)?;
        let plan = run::plan(&quay, file.path())?;
        let exported = tempfile::Builder::new().suffix(".yml").tempfile()?;
        let export = run::export_all(&quay, file.path(), exported.path())?;
        let again = run::plan(&quay, exported.path())?;
        quay.delay(0)?;
        if again.changes > 0 {
            return Err("a plan of an export found something to change".into());
        }
        let [plan, export, again] =
            [plan, export, again].map(|found| format!("{:6.2} s {:6} requests", found.seconds, found.requests));
        println!("  {organizations:13}   {plan}   {export}   {again}");
    }
    Ok(())
}
