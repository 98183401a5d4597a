//! Reads a whole server, some organizations at a time: what was read of one goes when its rows are made.

use serde_json::{Map, Value};

use super::row;
use crate::api::{Pace, Reader, Settings};
use crate::apply::export::chosen;
use crate::apply::graph::each;
use crate::cli::report::{Progress, Row};
use crate::error::{Error, Result};
use crate::quay::access::organization::{Organization, Part};
use crate::quay::access::server::Server;
use crate::quay::access::{Line, Wanted, effective, is_hidden};
use crate::quay::lookup;

/// Organizations that are read together, for each request at a time: enough to keep all busy.
const TOGETHER: usize = 4;

/// What is read.
pub struct Question<'a> {
    /// Names and patterns of organizations.
    pub organizations: &'a [String],
    /// Of them.
    pub wanted: Wanted<'a>,
    /// Requests at a time.
    pub jobs: usize,
}

/// What was found.
#[derive(Default)]
pub struct Found {
    /// The rights.
    pub rows: Vec<Row>,
    /// `future` and `repositories`, as the module returns them.
    pub more: Map<String, Value>,
    /// What could not be read, a sentence each.
    pub incomplete: Vec<String>,
}

/// Reads the server of checked connection options, with at most `rate` requests a second; of the lines those that `keep` wants.
///
/// # Errors
/// When nothing can be read, or there is no answer.
pub fn server(
    connection: &Map<String, Value>,
    rate: Option<f64>,
    question: &Question<'_>,
    keep: &dyn Fn(&Line) -> bool,
) -> Result<Found> {
    let reader = Reader::paced(Settings::from_options(connection), Pace::new(usize::MAX, rate))?;
    let names = chosen::named(&reader, question.organizations, "show access to")?;
    let server = Server::ask(&reader)?;
    let mut found = Found { incomplete: server.incomplete.clone(), ..Found::default() };
    let (mut future, mut repositories, mut first) = (Vec::new(), Vec::new(), None);
    let progress = Progress::new(names.len());
    let mut read = 0;
    for names in names.chunks(TOGETHER * question.jobs.max(1)) {
        for organization in together(&reader, names, question, &mut found, &mut first)? {
            let lines = effective::lines(&organization, &server, &question.wanted);
            found.rows.extend(lines.into_iter().filter(|line| keep(line)).map(row));
            future.extend(effective::future(&organization, &server, &question.wanted));
            repositories.extend(effective::repositories(&organization, &question.wanted));
            found.incomplete.extend(organization.incomplete);
            read += 1;
        }
        progress.tell(names.len());
    }
    progress.end();
    if let Some(error) = first.filter(|_| read == 0) {
        return Err(error);
    }
    // What anybody may read says nothing about the credentials.
    reader.prove_credentials()?;
    found.more.insert("future".into(), future.into());
    found.more.insert("repositories".into(), repositories.into());
    Ok(found)
}

/// Reads some organizations: first the lists of each, then the parts of all in one queue, so that a large organization keeps
/// everybody busy.
fn together(
    reader: &Reader,
    names: &[String],
    question: &Question<'_>,
    found: &mut Found,
    first: &mut Option<Error>,
) -> Result<Vec<Organization>> {
    let mut organizations = Vec::new();
    for (name, read) in names.iter().zip(each(question.jobs, names, |name| Organization::read(&reader.fresh(), name))) {
        match read {
            Ok(Some(organization)) => organizations.push(organization),
            Ok(None) if !question.organizations.contains(name) => {}
            Ok(None) => {
                let why = lookup::no_namespace(name);
                return Err(Error::Missing(format!("cannot show access to {name}: {why}")));
            }
            Err(error) if is_hidden(&error) || error.is_missing() => {
                found.incomplete.push(format!("the organization {name}: {error}"));
                first.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    let mut parts: Vec<(usize, Part)> = Vec::new();
    for (index, organization) in organizations.iter().enumerate() {
        parts.extend(organization.parts(&question.wanted).into_iter().map(|part| (index, part)));
    }
    let name = |index: usize| organizations.get(index).map_or("", |organization| organization.name.as_str());
    let answers = each(question.jobs, &parts, |(index, part)| part.ask(reader, name(*index), false));
    for ((index, part), answer) in parts.iter().zip(answers) {
        if let Some(organization) = organizations.get_mut(*index) {
            organization.learn(part, answer)?;
        }
    }
    Ok(organizations)
}
