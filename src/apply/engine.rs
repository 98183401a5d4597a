//! The engine: read everything, plan, guard, run, report.

use super::declaration::Declaration;
use super::report::{Endpoint, Outcome, Report};

/// What a run shall do.
#[derive(Clone, Debug)]
pub struct Wish {
    /// How far it goes.
    pub mode: Way,
    /// What it is limited to.
    pub only: Only,
}

impl Wish {
    /// The same, without writing.
    pub fn planning(self) -> Wish {
        Wish { mode: Way::Plan, ..self }
    }
}

/// How far a run goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Read and plan, write nothing.
    Plan,
    /// Bring the servers to the declared state.
    Apply,
    /// Remove the declared organizations.
    Destroy,
}

/// What a run is limited to; an empty list is no limit.
#[derive(Clone, Debug, Default)]
pub struct Only {
    /// Names of organizations.
    pub organizations: Vec<String>,
    /// Names or hosts of endpoints.
    pub endpoints: Vec<String>,
    /// Kinds of objects.
    pub kinds: Vec<String>,
}

/// Hears how a run goes on, from several threads.
pub trait Progress {
    /// Work on so many objects begins on an endpoint.
    fn begins(&self, endpoint: &str, total: usize);
    /// The work on one of them has ended.
    fn ended(&self, endpoint: &str, title: &str, outcome: &Outcome);
}

/// Does what is wished.
pub fn run(declaration: &Declaration, _wish: &Wish, _progress: &(dyn Progress + Sync)) -> Report {
    let endpoint = |endpoint: &super::registry::Endpoint| Endpoint {
        name: endpoint.name.clone(),
        objects: Vec::new(),
        refusals: vec!["not built yet".into()],
        warnings: Vec::new(),
        requests: 0,
        seconds: 0.0,
    };
    Report { endpoints: declaration.registry.endpoints.iter().map(endpoint).collect() }
}
