//! A report as lines with a meaning, from which every form that a person reads is made.
//!
//! No text in here can steer a terminal or reach over the end of its line: see [`plain`].

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::danger;
use super::holds;
use super::value;
use crate::apply::kinds::Kind;
use crate::apply::report::{Action, Mishap, Report, ReportedEndpoint, ReportedItem};
use crate::error::plain;

/// What a part of a line means, and so its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it is.
    Plain,
    /// The name of what follows.
    Heading,
    /// A value that comes in place of another: whether that is good or bad is not for a colour to say.
    New,
    /// Comes.
    Create,
    /// Becomes different.
    Change,
    /// Goes.
    Remove,
    /// Deserves attention.
    Warning,
    /// Cannot be undone, or opens something; or went wrong.
    Danger,
}

/// A line below an object, an organization or a server.
#[derive(Debug)]
pub struct Line {
    /// How far it is moved to the right, in steps.
    pub depth: usize,
    /// What becomes of what it tells: `+`, `-` or `~`.
    pub mark: Option<char>,
    /// Its parts.
    pub parts: Vec<(Tone, String)>,
}

/// An object.
pub struct Shown {
    /// What is done to it.
    pub action: Action,
    /// What it is called, behind what is, or was not, done to it.
    pub head: Line,
    /// Its options, dangers and warnings.
    pub lines: Vec<Line>,
}

/// What is told of an organization, or of what belongs to none.
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its objects: first those of the organization itself, then repository by repository.
    pub blocks: Vec<Vec<Shown>>,
}

/// What is told of a server.
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// What concerns all of it.
    pub head: Vec<Line>,
    /// The organizations.
    pub groups: Vec<Group>,
    /// What several objects have in common, and why nothing is written.
    pub foot: Vec<Line>,
}

impl Line {
    /// A line of one part.
    pub fn of(depth: usize, tone: Tone, text: impl Into<String>) -> Line {
        Line { depth, mark: None, parts: vec![(tone, text.into())] }
    }

    /// A line that begins with a word of a tone.
    pub fn told(depth: usize, tone: Tone, word: &str, text: &str) -> Line {
        Line { depth, mark: None, parts: vec![(tone, word.to_owned()), (Tone::Plain, format!(" {text}"))] }
    }

    /// Its text, without colours and indentation.
    pub fn text(&self) -> String {
        let mark = self.mark.map(|mark| format!("{mark} ")).unwrap_or_default();
        mark + &self.parts.iter().map(|(_, text)| text.as_str()).collect::<String>()
    }
}

/// The servers of a plan about which there is something to tell.
pub fn plan(report: &Report) -> Vec<Sheet> {
    sheets(report, &ReportedItem::is_worth_telling, &planned)
}

/// The servers of a run on which something went wrong or deserves attention.
pub fn outcome(report: &Report) -> Vec<Sheet> {
    let telling = |object: &ReportedItem| !object.warnings.is_empty() || object.mishap().is_some();
    sheets(report, &telling, &|object| object.warnings.iter().map(|text| warning(text)).collect())
}

/// The lines below the headline of an object of a plan.
pub fn planned(object: &ReportedItem) -> Vec<Line> {
    let mut lines: Vec<Line> =
        danger::of(object).iter().map(|what| Line::told(0, Tone::Danger, "danger:", what)).collect();
    lines.extend(holds::sentence(&object.holds).map(|held| Line::told(0, Tone::Warning, "goes with it:", &held)));
    match object.action {
        // Of a list's entry the difference is the whole list.
        Action::Remove if !object.kind.card().listed => {}
        Action::Keep => {}
        _ => {
            lines.extend(joined_role(object));
            value::options(&mut lines, object);
        }
    }
    for option in &object.resent {
        let why = ": (resent) whether or not it differs";
        lines.push(Line {
            depth: 0,
            mark: None,
            parts: vec![(Tone::Plain, plain(option)), (Tone::Warning, why.into())],
        });
    }
    lines.extend(object.warnings.iter().map(|text| warning(text)));
    lines
}

/// The role that somebody gets who comes into a team that has it already, as the owners of a new organization do.
fn joined_role(object: &ReportedItem) -> Option<Line> {
    let role = object.after.get("role").filter(|role| object.before.get("role") == Some(role))?.as_str()?;
    let members =
        |side: &Map<String, Value>| side.get("members").and_then(Value::as_array).cloned().unwrap_or_default();
    let before = members(&object.before);
    let comes = members(&object.after).iter().any(|member| !before.contains(member));
    (object.kind == Kind::Teams && role == "admin" && comes).then(|| Line::of(0, Tone::Plain, format!("role: {role}")))
}

fn warning(text: &str) -> Line {
    Line::told(0, Tone::Warning, "warning:", &plain(text))
}

fn sheets(
    report: &Report,
    telling: &dyn Fn(&ReportedItem) -> bool,
    lines: &dyn Fn(&ReportedItem) -> Vec<Line>,
) -> Vec<Sheet> {
    report.endpoints.iter().map(|endpoint| sheet(endpoint, telling, lines)).filter(|sheet| !sheet.is_empty()).collect()
}

impl Sheet {
    fn is_empty(&self) -> bool {
        self.head.is_empty() && self.groups.is_empty() && self.foot.is_empty()
    }
}

fn sheet(
    endpoint: &ReportedEndpoint,
    telling: &dyn Fn(&ReportedItem) -> bool,
    lines: &dyn Fn(&ReportedItem) -> Vec<Line>,
) -> Sheet {
    // What several have in common is told once, below.
    let mishaps: Vec<Mishap<'_>> = endpoint.mishaps().into_iter().filter(|mishap| mishap.objects.len() > 1).collect();
    let common: HashSet<(bool, &str)> = mishaps.iter().map(|mishap| (mishap.tried, mishap.why.as_str())).collect();
    let alone = |object: &ReportedItem| match object.mishap() {
        Some((tried, why)) => !endpoint.is_refusal(object) && !common.contains(&(tried, why.as_str())),
        None => true,
    };
    let objects = endpoint.objects.iter().filter(|object| telling(object) && alone(object));
    let mut foot: Vec<Line> = Vec::new();
    for mishap in &mishaps {
        let fate = if mishap.tried { "! failed:" } else { "! skipped:" };
        foot.push(Line::told(0, Tone::Danger, fate, &format!("{}: {}", plain(&mishap.named()), plain(&mishap.why))));
    }
    foot.extend(endpoint.refusals.iter().map(|why| Line::told(0, Tone::Danger, "! refused:", &plain(why))));
    Sheet {
        name: plain(&endpoint.name),
        head: endpoint.warnings.iter().map(|text| warning(text)).collect(),
        groups: groups(objects, lines),
        foot,
    }
}

/// The objects of each repository, and of none.
type Blocks<'a> = Vec<(Option<&'a str>, Vec<&'a ReportedItem>)>;

/// The objects of each organization in the order of the work: what is made and changed as it builds on each other, what goes last;
/// what is in a repository together with it.
fn groups<'a>(
    objects: impl Iterator<Item = &'a ReportedItem>,
    lines: &dyn Fn(&ReportedItem) -> Vec<Line>,
) -> Vec<Group> {
    let mut groups: Vec<(Option<&str>, Blocks<'_>)> = Vec::new();
    for object in objects {
        let blocks = at(&mut groups, object.organization.as_deref());
        // What belongs to the organization itself comes first.
        at(blocks, None);
        at(blocks, object.repository.as_deref()).push(object);
    }
    let shown = |mut objects: Vec<&ReportedItem>| -> Vec<Shown> {
        objects.sort_by_cached_key(|object| rank(object));
        objects
            .into_iter()
            .map(|object| Shown { action: object.action, head: head(object), lines: lines(object) })
            .collect()
    };
    let group = |(name, mut blocks): (Option<&str>, Blocks<'_>)| Group {
        name: name.map_or_else(|| "(the registry)".into(), plain),
        blocks: {
            blocks.retain(|(_, objects)| !objects.is_empty());
            blocks.into_iter().map(|(_, objects)| shown(objects)).collect()
        },
    };
    groups.into_iter().map(group).collect()
}

/// The list under a key, a new one behind the others where there is none.
fn at<K: PartialEq, T: Default>(lists: &mut Vec<(K, T)>, key: K) -> &mut T {
    let place = lists.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
        lists.push((key, T::default()));
        lists.len() - 1
    });
    // It was found or added just now.
    &mut lists[place].1
}

fn rank(object: &ReportedItem) -> impl Ord + use<> {
    let inside = object.repository.is_some() && object.kind != Kind::Repositories;
    match object.action {
        Action::Remove => (1, object.kind.card().rank, false, object.kind),
        _ => (0, 0, inside, object.kind),
    }
}

fn head(object: &ReportedItem) -> Line {
    let title = plain(&object.title);
    if let Some((fate, why)) = mishap(object) {
        return Line::told(0, Tone::Danger, &format!("! {fate}"), &format!("{title}: {}", plain(&why)));
    }
    let (tone, mark) = match object.action {
        Action::Create => (Tone::Create, '+'),
        Action::Change => (Tone::Change, '~'),
        Action::Remove => (Tone::Remove, '-'),
        Action::Keep => return Line { depth: 0, mark: Some(' '), parts: vec![(Tone::Plain, title)] },
    };
    Line { mark: Some(mark), ..Line::told(0, tone, object.action.word(), &title) }
}

/// What did not come about, and why.
fn mishap(object: &ReportedItem) -> Option<(String, String)> {
    let (tried, why) = object.mishap()?;
    let fate = match (tried, object.action) {
        // Without a plan nobody knows what it would have been.
        (true, Action::Keep) => "could not plan".into(),
        (false, Action::Keep) => "left out".into(),
        (true, action) => format!("failed to {}", action.word()),
        (false, action) => format!("did not try to {}", action.word()),
    };
    Some((fate, why))
}
