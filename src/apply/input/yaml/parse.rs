//! From text to nodes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Content, Key, Node, Place, Problem, Scalar, Word, core};
use granit_parser::{ErrorKind, Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

/// Levels of lists and mappings within each other. A registry file needs ten.
const DEEPEST: usize = 100;
/// Values that aliases may copy in one file: enough for any real file, and an end to one that multiplies itself.
const MOST_COPIES: usize = 500_000;
const TOO_MUCH: &str = "the anchors and aliases of this file make too much of it";

/// Reads the documents of a file; `file` is what complaints call it.
///
/// Unquoted text means what the core schema of YAML 1.2 says. Aliases and merge keys are resolved; a copied value keeps
/// the place where its text stands.
///
/// # Errors
/// Every complaint up to the first mistake of syntax. None repeats a value or a key.
pub fn parse(file: &str, text: &str) -> Result<Vec<Node>, Vec<Problem>> {
    let (documents, problems) = read(file, text);
    if problems.is_empty() { Ok(documents) } else { Err(problems) }
}

/// The same, with what can be read beside the complaints: mistakes in that can be told, too. Documents from the first mistake
/// of syntax on are left out.
pub fn read(file: &str, text: &str) -> (Vec<Node>, Vec<Problem>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let options = granit_parser::options! { emit_comments: false };
    let mut reading = Reading {
        events: Parser::new_from_str_with_options(text, options),
        file: Arc::new(file.to_owned()),
        keys: HashSet::new(),
        anchors: HashMap::new(),
        copies: 0,
        problems: Vec::new(),
    };
    let mut documents = Vec::new();
    let end = reading.documents(&mut documents);
    reading.problems.extend(end.err());
    (documents, reading.problems)
}

/// A line or a column. Files are bounded, and have none beyond.
pub fn at(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// An `Err` from any method ends the reading; other complaints are collected.
struct Reading<'t> {
    events: Parser<'t, StrInput<'t>>,
    file: Arc<String>,
    keys: HashSet<Word>,
    anchors: HashMap<usize, Node>,
    copies: usize,
    problems: Vec<Problem>,
}

impl<'t> Reading<'t> {
    fn documents(&mut self, documents: &mut Vec<Node>) -> Result<(), Problem> {
        loop {
            match self.next()? {
                (Event::StreamStart | Event::DocumentStart(..), _) => {}
                (Event::DocumentEnd, _) => self.anchors.clear(),
                (Event::StreamEnd, _) => return Ok(()),
                (event, span) => documents.push(self.node(event, span, 0)?),
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'t>, Span), Problem> {
        match self.events.next() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(self.problem(*error.marker(), syntax(&error))),
            // The parser ends with an event of its own, so this is never reached.
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn place(&self, mark: Marker) -> Place {
        Place::File { file: Arc::clone(&self.file), line: at(mark.line()), column: at(mark.col() + 1) }
    }

    fn problem(&self, mark: Marker, what: impl Into<String>) -> Problem {
        Problem { place: self.place(mark), what: what.into() }
    }

    fn complain(&mut self, mark: Marker, what: impl Into<String>) {
        self.problems.push(self.problem(mark, what));
    }

    /// The node that begins with `event`, `depth` levels inside the document.
    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Node, Problem> {
        if depth > DEEPEST {
            return Err(self.problem(span.start, format!("more than {DEEPEST} levels of lists and mappings")));
        }
        let tag_mark = span.tag_start.unwrap_or(span.start);
        let (content, anchor) = match event {
            Event::Alias(anchor) => return self.copy(anchor, span.start, depth),
            Event::Scalar(text, style, anchor, tag) => {
                let value = match scalar(&text, style, tag.as_deref()) {
                    Ok(value) => value,
                    Err(what) => {
                        self.complain(tag_mark, what);
                        Scalar::Null
                    }
                };
                (Content::Scalar(value), anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.collection_tag(tag.as_deref(), "seq", tag_mark);
                (Content::List(self.list(depth)?), anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.collection_tag(tag.as_deref(), "map", tag_mark);
                (Content::Map(self.map(depth)?), anchor)
            }
            _ => return Err(self.problem(span.start, "a value is missing here")),
        };
        let node = Node { place: self.place(span.start), content };
        // 0 means that there is no anchor.
        if anchor != 0 {
            // Kept for aliases that may come: anchors within anchors are copies, too.
            self.count(size(&node).0, span.start)?;
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn collection_tag(&mut self, tag: Option<&Tag>, expected: &str, mark: Marker) {
        if let Some(tag) = tag.filter(|tag| tag.core_suffix() != Some(expected) && !is_plain_bang(tag)) {
            self.complain(mark, wrong_tag(tag));
        }
    }

    /// The node that an alias names.
    fn copy(&mut self, anchor: usize, mark: Marker, depth: usize) -> Result<Node, Problem> {
        let Some(node) = self.anchors.get(&anchor) else {
            return Err(self.problem(mark, "this alias stands inside the value that it names"));
        };
        let (count, levels) = size(node);
        if depth + levels > DEEPEST {
            return Err(self.problem(mark, TOO_MUCH));
        }
        let node = node.clone();
        self.count(count, mark)?;
        Ok(node)
    }

    fn count(&mut self, copies: usize, mark: Marker) -> Result<(), Problem> {
        self.copies += copies;
        if self.copies > MOST_COPIES { Err(self.problem(mark, TOO_MUCH)) } else { Ok(()) }
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, Problem> {
        let mut list = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => {
                    list.shrink_to_fit();
                    return Ok(list);
                }
                (event, span) => list.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Vec<(Key, Node)>, Problem> {
        let mut map: Vec<(Key, Node)> = Vec::new();
        let mut lines: HashMap<Word, usize> = HashMap::new();
        let mut merged = None;
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                break;
            }
            let merges = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<");
            let name = self.key(event, span, depth)?;
            let (event, value_span) = self.next()?;
            let value = self.node(event, value_span, depth + 1)?;
            let Some(name) = name else { continue };
            if let Some(line) = lines.insert(name.clone(), span.start.line()) {
                self.complain(span.start, format!("this key is there already, in line {line}"));
            } else if merges {
                merged = Some((value, value_span.start));
            } else {
                map.push((Key { name, place: self.place(span.start) }, value));
            }
        }
        if let Some((value, mark)) = merged {
            self.merge(&mut map, lines, value, mark);
        }
        map.shrink_to_fit();
        Ok(map)
    }

    /// The text of a key; `None` after a complaint.
    fn key(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Option<Word>, Problem> {
        // As it is written: a port 0x50 or a version 1.10 would not survive as a number.
        if let Event::Scalar(text, style, 0, None) = &event
            && (*style != ScalarStyle::Plain || core::value(text) != Scalar::Null)
        {
            return Ok(Some(self.shared(text)));
        }
        let before = self.problems.len();
        let node = self.node(event, span, depth + 1)?;
        let what = match node.content {
            Content::Scalar(Scalar::Null) => "a key is missing before the colon",
            Content::Scalar(value) => return Ok(Some(self.shared(&value.to_string()))),
            Content::List(_) | Content::Map(_) => {
                "a key has to be a text, and this is a list or a mapping; a text that begins with a bracket needs quotes"
            }
        };
        if self.problems.len() == before {
            self.complain(span.start, what);
        }
        Ok(None)
    }

    /// The text of a key, which all keys of the file share.
    fn shared(&mut self, text: &str) -> Word {
        if let Some(known) = self.keys.get(text) {
            return known.clone();
        }
        let text = Word::from(text);
        self.keys.insert(text.clone());
        text
    }

    /// Adds what `<<` names: what the mapping says itself wins, then what is named first.
    fn merge(&mut self, map: &mut Vec<(Key, Node)>, known: HashMap<Word, usize>, value: Node, mark: Marker) {
        let mut known: HashSet<Word> = known.into_keys().collect();
        let sources = match value.content {
            Content::List(list) => list,
            content => vec![Node { place: value.place, content }],
        };
        for source in sources {
            let Content::Map(entries) = source.content else {
                self.complain(mark, "the key << takes a mapping or a list of mappings");
                return;
            };
            map.extend(entries.into_iter().filter(|(key, _)| known.insert(key.name.clone())));
        }
    }
}

/// How many values a node is, and how many levels it adds.
fn size(node: &Node) -> (usize, usize) {
    let inner = |(count, levels): (usize, usize), node: &Node| {
        let (more, deeper) = size(node);
        (count + more, levels.max(deeper + 1))
    };
    match &node.content {
        Content::Scalar(_) => (1, 0),
        Content::List(list) => list.iter().fold((1, 0), inner),
        Content::Map(map) => map.iter().map(|(_, node)| node).fold((1, 0), inner),
    }
}

/// What a scalar stands for; the error is a complaint about its tag.
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Scalar, &'static str> {
    let Some(tag) = tag else {
        return Ok(if style == ScalarStyle::Plain { core::value(text) } else { Scalar::Text(text.to_owned()) });
    };
    if is_plain_bang(tag) {
        return Ok(Scalar::Text(text.to_owned()));
    }
    let value = core::value(text);
    let fits = match tag.core_suffix() {
        Some("str") => return Ok(Scalar::Text(text.to_owned())),
        Some("null") => value == Scalar::Null,
        Some("bool") => matches!(value, Scalar::Bool(_)),
        Some("int") => matches!(&value, Scalar::Number(number) if !number.is_f64()),
        Some("float") => matches!(value, Scalar::Number(_)),
        _ => return Err(wrong_tag(tag)),
    };
    if fits { Ok(value) } else { Err("the value is not of the type that its tag names") }
}

/// Whether this is a lone `!`, which says: take it as it is written.
fn is_plain_bang(tag: &Tag) -> bool {
    matches!(tag.parts(), ("" | "!", "") | ("", "!"))
}

/// It does not repeat the tag: an unquoted password may begin with an exclamation mark.
fn wrong_tag(tag: &Tag) -> &'static str {
    match (tag.parts(), tag.core_suffix()) {
        (("!", "vault" | "vault-encrypted"), _) => {
            "the value is encrypted by ansible-vault: let Ansible read it, or use {env: NAME} or {file: PATH}"
        }
        (_, Some(_)) => "the value is not of the type that its tag names",
        _ => "this tag means nothing here; a text that begins with an exclamation mark needs quotes",
    }
}

/// The sentence about a mistake of syntax; the text itself is never part of it.
fn syntax(error: &ScanError) -> String {
    match error.kind() {
        ErrorKind::UnknownAnchor => {
            "this alias names nothing in the document; a text that begins with an asterisk needs quotes".to_owned()
        }
        ErrorKind::UnexpectedCharacter { .. } => {
            "no value can begin with this character: a text that does needs quotes".to_owned()
        }
        ErrorKind::MappingValueNotAllowed => {
            "a colon is not allowed here: the line is indented wrongly, or a text with a \
                                              colon in it needs quotes"
                .to_owned()
        }
        ErrorKind::UnclosedQuotedScalar | ErrorKind::InvalidQuotedScalarIndent => {
            "a quotation mark is missing before this place, or the text between two is indented too little".to_owned()
        }
        ErrorKind::RecursionLimitExceeded => format!("more than {DEEPEST} levels of lists and mappings"),
        kind => format!("this is not YAML: {kind}"),
    }
}

#[cfg(test)]
mod tests;
