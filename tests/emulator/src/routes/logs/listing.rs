//! The log in pages, with what the real server does wrong at their borders.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{PAGE, chosen, range, unsearched};
use crate::{
    answer::{Answer, Outcome},
    avatar,
    call::Call,
    state::{
        LogEntry,
        clock::{Micros, mail_date},
    },
    views,
};

/// Where a page starts. It is bound to nothing: neither to what was asked nor to who asked.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    /// Whether in the tables of old servers, which are read after the one of today.
    legacy: bool,
    /// Only entries of this time or before, where given.
    from: Option<Micros>,
    /// How many of those are left out.
    skipped: usize,
    /// How many pages were before.
    pages: usize,
}

impl Place {
    fn token(self) -> String {
        let from = self.from.map_or_else(String::new, |at| at.to_string());
        URL_SAFE_NO_PAD.encode(format!("log:{}:{from}:{}:{}", self.legacy, self.skipped, self.pages))
    }

    /// None for a token that is not ours, which the real server takes for the first page.
    fn of(token: &str) -> Option<Place> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        let parts: Vec<&str> = text.strip_prefix("log:")?.split(':').collect();
        let [legacy, from, skipped, pages] = parts.try_into().ok()?;
        Some(Place {
            legacy: legacy == "true",
            from: from.parse().ok(),
            skipped: skipped.parse().ok()?,
            pages: pages.parse().ok()?,
        })
    }
}

fn view(call: &Call, entry: &LogEntry) -> Value {
    let mut view =
        json!({ "datetime": mail_date(entry.at), "ip": entry.ip, "kind": entry.kind, "metadata": entry.metadata });
    if let Some(name) = &entry.performer {
        view["performer"] = json!({ "avatar": views::account_avatar(call.state, name), "is_robot": name.contains('+'), "kind": "user", "name": name });
    }
    if call.request.path.contains("/superuser/")
        && let Some(found) = entry.namespace.as_deref().and_then(|name| call.state.namespace(name))
    {
        let (kind, picture) =
            if found.organization { ("org", avatar::organization(found)) } else { ("user", avatar::user(found)) };
        view["namespace"] = json!({ "avatar": picture, "kind": kind, "name": found.name });
    }
    view
}

/// One table, from a place on: newest first, one entry more than a page has.
fn rows<'a>(all: &[&'a LogEntry], place: Place) -> Vec<&'a LogEntry> {
    let mut rows: Vec<&LogEntry> = all.iter().copied().filter(|entry| entry.legacy == place.legacy).collect();
    rows.sort_by_key(|entry| std::cmp::Reverse(entry.at));
    rows.retain(|entry| place.from.is_none_or(|from| entry.at <= from));
    rows.into_iter().skip(place.skipped).take(PAGE + 1).collect()
}

/// The page after this one: where two entries across the border have one time, the server means to leave out a page's worth of
/// equal ones, leaves out others, and goes on to do so on every further page. Of the tables of old servers it never leaves the
/// first page.
fn next(rows: &[&LogEntry], place: Place) -> Option<Place> {
    let pages = place.pages + 1;
    match (rows.get(PAGE - 1), rows.get(PAGE)) {
        (Some(last), Some(next)) if !place.legacy => {
            let skipped = if last.at == next.at { PAGE } else { place.skipped };
            Some(Place { legacy: false, from: Some(next.at), skipped, pages })
        }
        (Some(_), Some(_)) => Some(Place { legacy: true, pages, ..Place::default() }),
        _ if rows.is_empty() => None,
        _ if place.legacy => Some(Place { legacy: true, from: Some(Micros::MIN), skipped: 0, pages }),
        _ => Some(Place { legacy: true, pages, ..Place::default() }),
    }
}

/// A page of the log.
pub(super) fn entries(call: &mut Call) -> Outcome {
    if let Some(nothing) = unsearched(call, "logs") {
        return Answer::ok(&nothing);
    }
    let (start, end) = range(call);
    if end < start {
        return Err(Answer::message(400, "Invalid date range for logs"));
    }
    let mut place = call.request.argument("next_page").and_then(|token| Place::of(&token)).unwrap_or_default();
    let all = chosen(call, true)?;
    let most =
        call.settings.value("ACTION_LOG_MAX_PAGE").as_u64().filter(|_| !call.request.path.contains("/superuser/"));
    let is_beyond = most.is_some_and(|most| place.pages as u64 >= most);
    let mut rows = if is_beyond { Vec::new() } else { rows(&all, place) };
    if rows.is_empty() && !place.legacy && !is_beyond {
        place = Place { legacy: true, pages: place.pages, ..Place::default() };
        rows = self::rows(&all, place);
    }
    let logs: Vec<Value> = rows.iter().take(PAGE).map(|entry| view(call, entry)).collect();
    let mut body = json!({ "end_time": mail_date(end), "logs": logs, "start_time": mail_date(start) });
    if let Some(next) = next(&rows, place) {
        body["next_page"] = next.token().into();
    }
    Answer::ok(&body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::clock::SECOND;

    fn log(times: &[i64]) -> Vec<LogEntry> {
        let entry = |at: &i64| LogEntry {
            kind: "create_robot".into(),
            at: at * SECOND,
            namespace: None,
            repository: None,
            performer: None,
            ip: None,
            legacy: false,
            metadata: Value::Null,
        };
        times.iter().map(entry).collect()
    }

    #[test]
    fn a_border_between_equal_times_loses_entries() {
        let pages = |times: &[i64]| {
            let log = log(times);
            let all: Vec<&LogEntry> = log.iter().collect();
            let (mut place, mut sizes) = (Some(Place::default()), Vec::new());
            while let Some(at) = place.filter(|place| !place.legacy) {
                let rows = rows(&all, at);
                sizes.push(rows.len().min(PAGE));
                place = next(&rows, at);
            }
            sizes
        };
        let apart: Vec<i64> = (0..70).rev().collect();
        assert_eq!(pages(&apart), [20, 20, 20, 10]);
        let mut together = apart;
        together[20] = together[19];
        assert_eq!(pages(&together), [20, 20, 0]);
    }
}
