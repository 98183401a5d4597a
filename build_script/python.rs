//! The little Python that a documentation file consists of: comments, imports from `__future__`, and text constants.

use super::Problems;
use super::yaml::{self, Node};

/// A text constant: `NAME = r"""..."""`.
#[derive(Debug)]
pub struct Block {
    /// Name of the constant.
    pub name: String,
    /// Line of the name, from 1.
    pub line: usize,
    /// Its text.
    pub text: String,
    /// Indented, so inside of a class.
    pub in_class: bool,
}

impl Block {
    /// The text as YAML; a mistake in it is noted and gives nothing.
    pub fn yaml(&self, problems: &mut Problems) -> Option<Node> {
        match yaml::parse(&self.text, self.line) {
            Ok(node) => Some(node),
            Err((line, what)) => {
                problems.add(line, format!("{} is not YAML: {what}", self.name));
                None
            }
        }
    }
}

/// Begins what is made from the documentation, and says nothing that is not in it.
const GENERATED: &str = "# Generated from the documentation";

/// The text constants of a Python source, in order. Anything that could be executed is noted as a problem.
pub fn blocks(source: &str, problems: &mut Problems) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut lines = source.lines().take_while(|line| !line.starts_with(GENERATED)).enumerate();
    while let Some((index, line)) = lines.next() {
        let number = index + 1;
        let code = line.trim();
        if code.is_empty() || code.starts_with('#') || is_harmless(code) {
            continue;
        }
        let Some((name, raw, quotes, rest)) = text_constant(code) else {
            problems.add(number, "only comments and constants such as DOCUMENTATION = r\"\"\"...\"\"\" may stand here");
            continue;
        };
        let mut text = String::new();
        let mut piece = rest;
        let closed = loop {
            if let Some((before, after)) = piece.split_once(quotes) {
                text.push_str(before);
                let after = after.trim();
                if !after.is_empty() && !after.starts_with('#') {
                    problems.add(number, format!("{name} must end with its closing quotes"));
                }
                break true;
            }
            text.push_str(piece);
            text.push('\n');
            match lines.next() {
                Some((_, next)) => piece = next,
                None => break false,
            }
        };
        if !closed {
            problems.add(number, format!("{name} has no closing {quotes}"));
        }
        if !raw && text.contains('\\') {
            problems.add(number, format!("{name} holds a backslash: write it as r{quotes}...{quotes}"));
        }
        if blocks.iter().any(|block| block.name == name) {
            problems.add(number, format!("{name} stands here a second time"));
        }
        let in_class = line.starts_with(char::is_whitespace);
        blocks.push(Block { name: name.to_string(), line: number, text, in_class });
    }
    blocks
}

/// Lines without effect: what Python 2 wanted, the class of a fragment, and its one-line description.
fn is_harmless(code: &str) -> bool {
    let quoted = code.len() >= 6 && code.starts_with(r#"""""#) && code.ends_with(r#"""""#);
    quoted
        || code.starts_with("from __future__ import ")
        || code == "__metaclass__ = type"
        || matches!(code, "class ModuleDocFragment:" | "class ModuleDocFragment(object):")
}

/// Name, rawness, quotes and the rest of the line of `NAME = r"""rest`.
fn text_constant(code: &str) -> Option<(&str, bool, &'static str, &str)> {
    let (name, value) = code.split_once('=')?;
    let (name, value) = (name.trim(), value.trim_start());
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_') {
        return None;
    }
    let (raw, value) = match value.strip_prefix('r') {
        Some(value) => (true, value),
        None => (false, value),
    };
    ["\"\"\"", "'''"].into_iter().find_map(|quotes| value.strip_prefix(quotes).map(|rest| (name, raw, quotes, rest)))
}
