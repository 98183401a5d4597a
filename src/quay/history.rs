//! The history of tags, which Quay calls its time machine: what a name pointed to, and when.
//!
//! Every period in which a name pointed to an image is one entry. Deletion, move and expiry end it, and the garbage collector takes it
//! some time after its end, once the window of the namespace (`tag_expiration_s`) is over. Until then the image can be restored.

mod course;

use std::cell::Cell;
use std::collections::HashSet;

use serde_json::{Value, json};

/// One period in which a name pointed to an image is a tag, as Quay lists it.
pub use super::image::Tag as Entry;
pub use course::{Action, Course};

use super::image::{FROZEN, Found, READ, Repository};
use super::{decode, lookup, text};
use crate::api::{MOST_ENTRIES, Path, take, without_end};
use crate::error::{Error, Result};
use crate::plan::{Hint, Probe, Step};

/// The most entries that Quay puts on a page.
const PAGE: usize = 100;
/// How often a history that changes meanwhile is read.
const TRIES: usize = 3;

/// Endings of the tags that hold signatures and the like of the image in their name.
const COMPANIONS: &[&str] = &["sig", "att", "sbom"];

/// Whether a tag is what cosign keeps beside an image. Quay newer than 3.18.0 ends those with the last tag of the image, and prunes none
/// of them by themselves.
pub fn is_companion(tag: &str) -> bool {
    let Some((digest, kind)) = tag.strip_prefix("sha256-").and_then(|rest| rest.split_once('.')) else { return false };
    let is_digest = digest.len() == 64 && digest.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c));
    is_digest && COMPANIONS.contains(&kind)
}

/// Why a tag that is locked stays as it is.
pub const LOCKED: &str =
    "the tag is immutable: set immutable: false first, which needs an administrator of the repository";
const HINTS: &[Hint] = &[
    FROZEN,
    Hint { status: 409, contains: "immutable", advice: LOCKED },
    Hint {
        status: 404,
        contains: "",
        advice: "the repository does not keep this image: it was never there, or its time machine is over",
    },
];

impl Entry {
    /// Whether the tag points there at a moment from the beginning of the period on.
    pub fn is_live(&self, moment: i64) -> bool {
        self.end_ts.is_none_or(|end| end > moment)
    }

    /// Whether the tag pointed there at a moment.
    fn covers(&self, moment: i64) -> bool {
        self.start_ts <= moment && self.is_live(moment)
    }

    /// Whether it was taken out of the history: Quay lets it end before the window then, mostly before it began.
    fn is_taken_out(&self) -> bool {
        self.end_ts.is_some_and(|end| end < self.start_ts)
    }

    /// Whether a lock forbids to move or delete the tag.
    pub fn is_locked(&self) -> bool {
        self.immutable == Some(true)
    }
}

/// The entry that is live now; `entries` are those of one tag, in the order of the server.
pub fn live(entries: &[Entry], now: i64) -> Option<&Entry> {
    entries.iter().find(|entry| entry.is_live(now))
}

/// The entry of a moment; of several that share a second the first listed is the newest.
pub fn at(entries: &[Entry], moment: i64) -> Option<&Entry> {
    entries.iter().find(|entry| entry.covers(moment))
}

/// The last period that has ended, one that was taken out of the history left aside: Quay lets that end at the [limit](TimeMachine::limit)
/// of its time, so that one which ended before the limit of now may have been taken out as well.
pub fn last_ended(entries: &[Entry], now: i64, limit: i64) -> Option<&Entry> {
    entries.iter().find(|entry| !entry.is_live(now) && entry.is_live(limit) && !entry.is_taken_out())
}

/// How far back the time machine of a repository reaches, and whether it can be written to.
pub struct TimeMachine {
    /// Seconds that an ended entry is kept at least; `None` where Quay does not tell.
    pub window: Option<i64>,
    /// `NORMAL`, `READ_ONLY` or `MIRROR`.
    pub state: String,
}

impl TimeMachine {
    /// Reads it: one request, which other look-ups at the repository share. All readers see it.
    ///
    /// # Errors
    /// As [`Repository::read`].
    pub fn of(repository: &Repository<'_>) -> Result<Found<TimeMachine>> {
        let path = lookup::repository_path(&repository.name);
        let found = repository.read(&path, &format!("read the repository {}", repository.name), &READ)?;
        Ok(found.map(|found| TimeMachine {
            window: found["tag_expiration_s"].as_i64(),
            state: text(&found["state"]).to_owned(),
        }))
    }

    /// Until when Quay keeps what ends at a moment; `None` where it does not tell.
    ///
    /// # Errors
    /// As [`Repository::read`].
    pub fn keeps_until(repository: &Repository<'_>, moment: i64) -> Result<Option<i64>> {
        let window = TimeMachine::of(repository)?.ok().and_then(|machine| machine.window);
        Ok(window.map(|window| moment + window))
    }

    /// Entries that ended before are gone, or will be as soon as the garbage collector comes by.
    pub fn limit(&self, now: i64) -> i64 {
        self.window.map_or(i64::MIN, |window| now - window)
    }
}

/// What a list of tags is called where it fails.
pub fn attempt(repository: &Repository<'_>) -> String {
    format!("list the tags of {}", repository.name)
}

/// `GET .../tag/` without a page: the history of one tag or of all, or what is live of it.
pub fn path(repository: &Repository<'_>, tag: Option<&str>, live: bool) -> Path {
    let path = repository.path().fixed("/tag/").query("onlyActiveTags", if live { "true" } else { "false" });
    let path = path.query("limit", &PAGE.to_string());
    match tag {
        Some(tag) => path.query("specificTag", tag),
        None => path,
    }
}

/// All pages of a [`path`]. They are cut by position, so that a push meanwhile shows an entry on two of them.
///
/// # Errors
/// Those of `read`, and when the list does not end.
pub fn pages(path: &Path, read: impl Fn(&Path) -> Result<Found<Value>>) -> Result<Found<Vec<Value>>> {
    let (mut tags, mut seen) = (Vec::new(), HashSet::new());
    for page in 1.. {
        let page = path.clone().query("page", &page.to_string());
        let answer = match read(&page)? {
            Ok(answer) => answer,
            Err(gone) => return Ok(Err(gone)),
        };
        let is_last = answer["has_additional"] != true;
        let entries: Vec<Value> = take(&page, answer, "tags")?;
        let is_last = is_last || entries.is_empty();
        let known = seen.len();
        tags.extend(entries.into_iter().filter(|entry| seen.insert(identity(entry))));
        if is_last {
            break;
        }
        if seen.len() == known || seen.len() > MOST_ENTRIES {
            return Err(without_end(path));
        }
    }
    Ok(Ok(tags))
}

/// Entries of one second can share name and image: their end tells them apart then.
fn identity(entry: &Value) -> String {
    json!([entry["name"], entry["manifest_digest"], entry["start_ts"], entry["end_ts"]]).to_string()
}

/// The whole history of a tag, or of all tags of a repository, in the order of the server: the newest first. One request for 100 entries,
/// and where there are more one that looks whether the first page is still the same.
///
/// # Errors
/// As [`Repository::read`]; also when the history changed each time that it was read.
pub fn read(repository: &Repository<'_>, tag: Option<&str>) -> Result<Found<Vec<Entry>>> {
    let path = path(repository, tag, false);
    let asked = Cell::new(0);
    let read = |page: &Path| {
        asked.set(asked.get() + 1);
        repository.read_once(page, &attempt(repository), &READ)
    };
    for _ in 0..TRIES {
        asked.set(0);
        let entries = match pages(&path, read)? {
            Ok(entries) => entries,
            Err(gone) => return Ok(Err(gone)),
        };
        // One page is one state.
        if asked.get() == 1 || is_still(&path, &entries, read)? {
            let entries: Result<Vec<Entry>> = entries.into_iter().map(|entry| decode(entry, "a tag")).collect();
            return entries.map(Ok);
        }
    }
    Err(Error::Busy(format!("cannot {}: they change all the time; try again later", attempt(repository))))
}

fn is_still(path: &Path, entries: &[Value], read: impl Fn(&Path) -> Result<Found<Value>>) -> Result<bool> {
    let page = path.clone().query("page", "1");
    let Ok(answer) = read(&page)? else { return Ok(false) };
    let mut seen = HashSet::new();
    let mut first: Vec<Value> = take(&page, answer, "tags")?;
    first.retain(|entry| seen.insert(identity(entry)));
    Ok(entries.starts_with(&first))
}

/// The step that puts a tag back on an image. Quay takes any image that the repository still keeps, and any text for a tag.
pub fn restore(repository: &Repository<'_>, tag: &str, digest: &str) -> Step {
    let path = repository.path().fixed("/tag").then(tag).fixed("/restore");
    let what = format!("restore the tag {}:{tag} to {digest}", repository.name);
    let wanted = digest.to_owned();
    let is_there = Probe::finding(repository.tag_path(tag, true), move |found| {
        (found["tags"][0]["manifest_digest"] == *wanted).then(|| json!({}))
    });
    Step::post(path, json!({"manifest_digest": digest}), what).hinting(HINTS).settled_by(is_there)
}
