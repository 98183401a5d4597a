//! One plan or apply, in a process of its own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use quaymaster::api::{Http, Pace, Reader};
use quaymaster::apply::engine;
use quaymaster::apply::export::{Wanted, export};
use quaymaster::apply::input::declaration::Declaration;
use quaymaster::apply::input::selection::Request;
use quaymaster::apply::input::yaml::files;
use quaymaster::apply::report::Report;
use quaymaster::apply::run::NoProgress;
use serde::{Deserialize, Serialize};

use crate::quay::{Quay, connection};
use crate::{Result, content};

/// What a run took and found.
#[derive(Serialize, Deserialize)]
pub struct Figures {
    /// From reading the file to the finished report.
    pub seconds: f64,
    /// The part of it before the first request.
    pub reading: f64,
    pub requests: u64,
    pub objects: usize,
    pub changes: usize,
    /// The peak of memory.
    pub megabytes: f64,
}

/// What a process that this program started shall do.
pub struct Task {
    what: What,
    file: PathBuf,
    /// The file that an export writes.
    exported: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
enum What {
    Plan,
    Apply,
    Export,
}

const MARK: &str = "QUAYMASTER_BENCH";

/// The task of this process, if it has one.
pub fn task() -> Option<Task> {
    let what = serde_json::from_str(&std::env::var(MARK).ok()?).ok()?;
    let mut files = std::env::args_os().skip(1).map(PathBuf::from);
    Some(Task { what, file: files.next()?, exported: files.next() })
}

/// Applies a file in a new process.
pub fn apply(quay: &Quay, file: &Path) -> Result<Figures> {
    start(quay, What::Apply, &[file])
}

/// Plans a file in a new process.
pub fn plan(quay: &Quay, file: &Path) -> Result<Figures> {
    start(quay, What::Plan, &[file])
}

/// Exports all organizations in a new process into another file, with the connection of this one.
pub fn export_all(quay: &Quay, file: &Path, exported: &Path) -> Result<Figures> {
    start(quay, What::Export, &[file, exported])
}

fn start(quay: &Quay, what: What, files: &[&Path]) -> Result<Figures> {
    let done = Command::new(std::env::current_exe()?)
        .args(files)
        .env(MARK, serde_json::to_string(&what)?)
        .env("QUAY_HOST", &quay.url)
        .env("QUAY_TOKEN", &quay.token)
        .output()?;
    match done.status.success() {
        true => Ok(serde_json::from_slice(&done.stdout)?),
        false => Err(String::from_utf8_lossy(&done.stderr).into()),
    }
}

impl Task {
    /// Does it and prints the figures as JSON.
    pub fn carry_out(&self) -> Result<()> {
        let begin = Instant::now();
        let sources = files::read(std::slice::from_ref(&self.file)).0;
        let documents = sources.into_iter().flat_map(|source| source.documents).collect();
        let environment = |name: &str| std::env::var(name).ok();
        let declaration = Declaration::read(documents, None, &environment).map_err(lines)?;
        let reading = begin.elapsed().as_secs_f64();
        if let Some(file) = &self.exported {
            return export_into(file, declaration.registry.jobs);
        }
        let plans = engine::plan(&declaration, &Request::default());
        let report =
            if self.what == What::Apply { plans.execute(&NoProgress, &AtomicBool::new(false)) } else { plans.report() };
        let seconds = begin.elapsed().as_secs_f64();
        if !report.succeeded() {
            return Err(complaints(&report).into());
        }
        let counts = report.counts();
        let figures = Figures {
            seconds,
            reading,
            requests: report.endpoints.iter().map(|endpoint| endpoint.requests).sum(),
            objects: report.endpoints.iter().map(|endpoint| endpoint.objects.len()).sum(),
            changes: counts.create + counts.change + counts.remove,
            megabytes: peak().unwrap_or_default(),
        };
        println!("{}", serde_json::to_string(&figures)?);
        Ok(())
    }
}

fn export_into(file: &Path, jobs: usize) -> Result<()> {
    let begin = Instant::now();
    let settings = connection(&std::env::var("QUAY_HOST")?, &std::env::var("QUAY_TOKEN")?);
    let http = Arc::new(Http::paced(settings, Pace::new(jobs, None))?);
    let wanted = Wanted { organizations: &[], verb: "export", users: false, messages: false, jobs };
    let mut export = export(&Reader::new(Arc::clone(&http), true), &wanted).map_err(lines)?;
    // What a person waits for ends with the text.
    std::hint::black_box(export.to_yaml());
    let seconds = begin.elapsed().as_secs_f64();
    export.value["registry"] = content::registry(jobs);
    std::fs::write(file, export.to_yaml())?;
    let figures = Figures {
        seconds,
        reading: 0.0,
        requests: http.requests(),
        objects: export.value["organizations"].as_array().map_or(0, Vec::len),
        changes: 0,
        megabytes: peak().unwrap_or_default(),
    };
    println!("{}", serde_json::to_string(&figures)?);
    Ok(())
}

fn lines<T: ToString>(problems: Vec<T>) -> String {
    problems.iter().map(|problem| problem.to_string() + "\n").collect()
}

fn complaints(report: &Report) -> String {
    let refusals = report.endpoints.iter().flat_map(|endpoint| endpoint.refusals.clone());
    let objects = report.endpoints.iter().flat_map(|endpoint| &endpoint.objects);
    let failures = objects.filter_map(|object| Some(format!("{}: {}", object.title, object.mishap()?.1)));
    lines(refusals.chain(failures).take(5).collect::<Vec<String>>())
}

/// The highest resident memory of this process, in megabytes; `None` where the system does not tell.
fn peak() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes / 1024.0)
}
