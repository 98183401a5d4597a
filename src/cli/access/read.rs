//! Reads a whole server, some organizations at a time: what was read of one goes when its rows are made.

use serde_json::{Map, Value};

use super::row;
use crate::api::{Pace, Reader, Settings};
use crate::apply::export::chosen;
use crate::apply::graph::each;
use crate::cli::report::{Progress, Row, together_at};
use crate::error::{Error, Result};
use crate::quay::access::organization::{Organization, Part};
use crate::quay::access::server::Server;
use crate::quay::access::{Line, Wanted, effective};
use crate::quay::lookup;
use crate::quay::partial::Partial;

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
    let mut found = Found::default();
    let mut partial = Partial::default();
    partial.incomplete.clone_from(&server.incomplete);
    let (mut future, mut repositories) = (Vec::new(), Vec::new());
    let progress = Progress::new(names.len());
    for names in names.chunks(together_at(question.jobs)) {
        for organization in together(&reader, names, question, &mut partial)? {
            let lines = effective::lines(&organization, &server, &question.wanted);
            found.rows.extend(lines.into_iter().filter(|line| keep(line)).map(row));
            future.extend(effective::future(&organization, &server, &question.wanted));
            repositories.extend(effective::repositories(&organization, &question.wanted));
            partial.incomplete.extend(organization.incomplete);
        }
        progress.tell(names.len());
    }
    progress.end();
    found.incomplete = partial.end()?;
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
    partial: &mut Partial,
) -> Result<Vec<Organization>> {
    let mut organizations = Vec::new();
    for (name, read) in names.iter().zip(each(question.jobs, names, |name| Organization::read(&reader.fresh(), name))) {
        let Some(read) = read.transpose() else {
            // It went since the list was read.
            if !question.organizations.contains(name) {
                continue;
            }
            let why = lookup::no_namespace(name);
            return Err(Error::Missing(format!("cannot show access to {name}: {why}")));
        };
        organizations.extend(partial.take(read, |error| format!("the organization {name}: {error}"))?);
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
