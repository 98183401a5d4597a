//! What the modules of mass apply are asked, and answer: each call is a whole run, with many plans on any number of servers.

use serde_json::{Map, Value};

use crate::modules::contract::Document;

/// What such a module is asked to do.
pub struct Task<'a> {
    /// The module.
    pub document: &'static Document,
    /// Its options, converted and complete.
    pub options: &'a Map<String, Value>,
    /// Nothing may be written.
    pub check_mode: bool,
}

/// What came of it.
#[derive(Default)]
pub struct Done {
    /// Why it failed, a sentence; `None` after success.
    pub failure: Option<String>,
    /// Every single mistake, when there are several.
    pub errors: Vec<String>,
    /// Whether anything was, or in check mode would be, changed.
    pub changed: bool,
    /// The returned values.
    pub values: Map<String, Value>,
    /// What Ansible shows with `--diff`, a list; null without one.
    pub diff: Value,
    /// Things that the user should know.
    pub warnings: Vec<String>,
    /// Keys of the values that hold secrets on purpose.
    pub readable: &'static [&'static str],
    /// Secrets that the run came across and that the options do not hold.
    pub secrets: Vec<String>,
}

impl Done {
    /// A run that stopped for a reason without further facts.
    pub fn failed(why: impl Into<String>) -> Done {
        Done { failure: Some(why.into()), ..Done::default() }
    }
}
