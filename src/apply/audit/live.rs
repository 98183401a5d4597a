//! What a server has, as the entries of a file would say it, and what only a server tells.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::entry::{self, Entry};
use super::policy::Policy;
use super::{Audited, OBSERVED};
use crate::api::{Pace, Path, Reader, Settings};
use crate::apply::export::{self, Wanted};
use crate::apply::graph::each;
use crate::apply::input::intake::Input;
use crate::apply::kinds::{Kind, application_token, robot};
use crate::call;
use crate::error::{Error, Result};
use crate::quay::partial::{Partial, if_shown};
use crate::quay::policy::prune;
use crate::quay::quota;
use crate::quay::server::Server;
use crate::quay::text;
use crate::quay::version::APPLICATION_TOKENS;

/// Reads from the server of checked connection options what the policy looks at, with at most `rate` requests a second.
///
/// The API tokens of applications are those that Quay lists, with or without a name; those of a file stand for none of them.
///
/// # Errors
/// Everything that could not be read, a sentence each.
pub fn read(
    connection: &Map<String, Value>,
    wanted: &Wanted<'_>,
    policy: &Policy,
    rate: Option<f64>,
) -> std::result::Result<Audited, Vec<String>> {
    let one = |error: Error| vec![error.to_string()];
    let pace = Pace::new(usize::MAX, rate);
    let reader = Reader::paced(Settings::from_options(connection), pace).map_err(one)?;
    // What anybody may read says nothing about the rest.
    reader.prove_credentials().map_err(one)?;
    let found = export::export(&reader, wanted)
        .map_err(|errors| errors.iter().map(Error::to_string).collect::<Vec<String>>())?;
    let organizations = found.value["organizations"].as_array().cloned().unwrap_or_default();
    let names: Vec<&str> = organizations.iter().map(|entry| text(&entry["name"])).collect();
    let mut input = Input::default();
    input.add(&found.value, "server");
    let host = connection.get("quay_host").cloned().unwrap_or_default();
    let (declaration, problems) = input.declaration(Map::from_iter([("quay_host".to_owned(), host)]), &|_| None);
    let mut audited = entry::declared(&declaration);
    audited.incomplete.extend(problems.iter().map(ToString::to_string));
    audited.entries.retain(|entry| entry.kind.is_some() && !entry.is(Kind::Tokens));
    audited.entries.push(Entry::connection(connection));
    audited.entries.iter_mut().for_each(|entry| entry.place = None);
    let server = Server::ask(&reader);
    let lacks = [
        (Kind::Quotas, server.lacks("QUOTA_MANAGEMENT") || server.lacks("EDIT_QUOTA")),
        (Kind::PrunePolicies, prune::KIND.is_off(&server)),
    ];
    audited.lacks.extend(lacks.into_iter().filter(|(_, lacks)| *lacks).map(|(kind, _)| kind));
    audited.given = given(&reader, &server, &names, &audited).map_err(one)?;
    audited.server = reader.server();
    if policy.looks_at_credentials() {
        let whole = wanted.organizations.is_empty();
        credentials(&reader, &server, &names, whole, wanted.jobs, &mut audited).map_err(one)?;
    }
    Ok(audited)
}

/// What the server's configuration gives every organization. The default quota (DEFAULT_SYSTEM_REJECT_QUOTA_BYTES) is told only where
/// an organization without one is asked for it.
fn given(reader: &Reader, server: &Server, names: &[&str], audited: &Audited) -> Result<Vec<Kind>> {
    let mut given = Vec::new();
    if server.config("DEFAULT_NAMESPACE_AUTOPRUNE_POLICY")["method"].is_string() {
        given.push(Kind::PrunePolicies);
    }
    let has_quota = |name: &str| {
        audited.entries.iter().any(|entry| entry.is(Kind::Quotas) && entry.organization.as_deref() == Some(name))
    };
    let without = names.iter().find(|name| !has_quota(name)).filter(|_| !audited.lacks.contains(&Kind::Quotas));
    if let Some(name) = without {
        let quotas = if_shown(reader.find(&Path::organization(name).fixed("/quota")))?.flatten();
        given.extend(quotas.filter(quota::is_given).map(|_| Kind::Quotas));
    }
    Ok(given)
}

/// Adds the tokens, and to robot accounts when they were used last.
fn credentials(
    reader: &Reader,
    server: &Server,
    names: &[&str],
    whole: bool,
    jobs: usize,
    audited: &mut Audited,
) -> Result<()> {
    let mut partial = Partial::default();
    let kinds = match server.older(APPLICATION_TOKENS.since) {
        None => json!(["api", "robot"]),
        Some(_) => {
            let what = format!("the API tokens of applications: needs Quay {}", APPLICATION_TOKENS.since);
            audited.incomplete.push(what);
            json!(["robot"])
        }
    };
    let ask = |organization: &str, kinds: &Value| {
        call::ask("quay_token_info", json!({"organization": [organization], "kinds": kinds}), reader)
    };
    let mut answers = Vec::new();
    for (name, values) in names.iter().zip(each(jobs, names, |name| ask(name, &kinds))) {
        answers.extend(partial.take(values, |error| format!("the organization {name}: {error}"))?);
    }
    if whole {
        answers.extend(partial.take(ask("*", &json!(["docker"])), Error::to_string)?);
    }
    let mut robots = HashMap::new();
    for values in answers {
        let sentences = values.get("incomplete").and_then(Value::as_array).into_iter().flatten();
        audited.incomplete.extend(sentences.map(|sentence| text(sentence).to_owned()));
        for row in values.get("tokens").and_then(Value::as_array).into_iter().flatten() {
            let Value::Object(row) = told(row, &values["usage_known"]) else { continue };
            match row.get("kind").and_then(Value::as_str) {
                Some("robot") => drop(robots.insert(text(&row["name"]).to_owned(), row)),
                _ => audited.entries.extend(entry::credential(&row, &application_token::SECTION)),
            }
        }
    }
    for entry in audited.entries.iter_mut().filter(|entry| entry.section.is_some_and(|it| it.key == robot::SECTION.key))
    {
        let row = robots.remove(&entry.object).unwrap_or_default();
        entry.options.extend(row.into_iter().filter(|(key, _)| OBSERVED.contains(&key.as_str())));
    }
    audited.incomplete.extend(partial.end()?);
    Ok(())
}

/// A credential in the words of a file's options. When it was used last, it tells only where that is noted.
fn told(row: &Value, usage_known: &Value) -> Value {
    let mut row = row.clone();
    if let Value::Object(row) = &mut row {
        let time = |key: &str| row.get(key).and_then(crate::quay::time::of);
        if let Some(end) = time("expires") {
            let life = end.duration_since(time("created").unwrap_or_else(jiff::Timestamp::now));
            row.insert("expiration".into(), json!(life.as_secs().max(0)));
        }
        let rights = row.shift_remove("scopes").unwrap_or_default();
        row.insert("rights".into(), rights);
        if usage_known[text(&row["kind"])] != true {
            ["last_accessed", "idle_days"].into_iter().for_each(|key| drop(row.shift_remove(key)));
        }
    }
    row
}
