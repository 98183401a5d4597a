//! Asks for the credentials of each organization, several at a time, as the module `quay_token_info` does.

use serde_json::{Map, Value, json};

use crate::api::{Pace, Reader, Settings};
use crate::apply::export::chosen;
use crate::apply::graph::each;
use crate::call;
use crate::cli::report::{Progress, together_at};
use crate::error::{Error, Result};
use crate::quay::partial::Partial;
use crate::quay::{lookup, text};

const MODULE: &str = "quay_token_info";
/// What is read.
pub struct Question<'a> {
    /// Names and patterns of organizations.
    pub organizations: &'a [String],
    /// The options of the module, without organizations.
    pub options: Value,
    /// Whether also the application tokens of all users.
    pub docker: bool,
    /// Requests at a time.
    pub jobs: usize,
}

/// What was found: the returned values of the module, of all organizations together.
#[derive(Default)]
pub struct Found {
    pub tokens: Vec<Value>,
    pub findings: Vec<Value>,
    pub usage_known: Value,
    pub incomplete: Vec<String>,
}

/// Reads the server of checked connection options, with at most `rate` requests a second.
///
/// # Errors
/// When nothing can be read, a named organization is missing, or there is no answer.
pub fn server(connection: &Map<String, Value>, rate: Option<f64>, question: &Question<'_>) -> Result<Found> {
    let reader = Reader::paced(Settings::from_options(connection), Pace::new(usize::MAX, rate))?;
    let names = chosen::named(&reader, question.organizations, "show the credentials of")?;
    let mut found = Found { usage_known: json!({}), ..Found::default() };
    let mut partial = Partial::default();
    let progress = Progress::new(names.len());
    for some in names.chunks(together_at(question.jobs)) {
        for (name, values) in some.iter().zip(each(question.jobs, some, |name| ask(&reader, question, name))) {
            let values = partial.take(values, |error| format!("the organization {name}: {error}"))?;
            values.into_iter().for_each(|values| found.take(values, &mut partial));
        }
        progress.tell(some.len());
    }
    progress.end();
    if question.docker {
        let values = partial.take(ask(&reader, question, "*"), Error::to_string)?;
        values.into_iter().for_each(|values| found.take(values, &mut partial));
    }
    found.incomplete = partial.end()?;
    let missing = |name: &&String| found.incomplete.contains(&lookup::no_organization(name));
    if let Some(name) = question.organizations.iter().find(missing) {
        return Err(lookup::missing_organization(&format!("show the credentials of {name}"), name));
    }
    // What anybody may read says nothing about the credentials.
    reader.prove_credentials()?;
    Ok(found)
}

/// What the module returns about an organization; `*` stands for what belongs to none.
fn ask(reader: &Reader, question: &Question<'_>, organization: &str) -> Result<Map<String, Value>> {
    let mut options = question.options.clone();
    options["organization"] = json!([organization]);
    if let Some(kinds) = options["kinds"].as_array_mut() {
        kinds.retain(|kind| (*kind == "docker") == (organization == "*"));
    }
    call::ask(MODULE, options, reader)
}

impl Found {
    fn take(&mut self, mut values: Map<String, Value>, partial: &mut Partial) {
        let mut list = |key: &str| match values.shift_remove(key) {
            Some(Value::Array(list)) => list,
            _ => Vec::new(),
        };
        self.tokens.extend(list("tokens"));
        self.findings.extend(list("findings"));
        partial.incomplete.extend(list("incomplete").iter().map(|sentence| text(sentence).to_owned()));
        // Of a kind whose use is noted anywhere, it is noted.
        for (kind, known) in values.get("usage_known").and_then(Value::as_object).into_iter().flatten() {
            let before = self.usage_known[kind] == true;
            self.usage_known[kind] = json!(before || *known == true);
        }
    }
}
