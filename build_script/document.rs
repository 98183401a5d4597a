//! One module's documentation file.

use std::path::Path;

use super::fragment::{self, Fragments};
use super::option::{self, Argument};
use super::python::{self, Block};
use super::yaml::{Data, Node};
use super::{Problem, Problems, returns};

const KEYS: &[&str] = &[
    "attributes",
    "author",
    "deprecated",
    "description",
    "extends_documentation_fragment",
    "module",
    "notes",
    "options",
    "requirements",
    "seealso",
    "short_description",
    "todo",
    "version_added",
];
const BLOCKS: &[&str] = &["DOCUMENTATION", "EXAMPLES", "RETURN"];

/// What a documentation file says.
#[derive(Debug)]
pub struct Document {
    /// File, relative to the repository.
    pub file: String,
    /// Short module name.
    pub name: String,
    pub summary: String,
    pub version_added: String,
    /// Own options first, those of the fragments after them.
    pub options: Vec<Argument>,
    pub returns: Vec<String>,
    /// The tasks or plays of EXAMPLES.
    pub examples: Option<Node>,
}

impl Document {
    /// Reads the file at `path`, called `file` in messages. Gives nothing when it holds no usable DOCUMENTATION.
    pub fn read(path: &Path, file: &str, fragments: &Fragments, problems: &mut Vec<Problem>) -> Option<Document> {
        let problems = &mut Problems::of(file, problems);
        let source = match std::fs::read_to_string(path) {
            Ok(source) => source,
            Err(error) => {
                problems.add(1, format!("cannot be read: {error}"));
                return None;
            }
        };
        let blocks = python::blocks(&source, problems);
        for block in &blocks {
            if block.in_class || !BLOCKS.contains(&block.name.as_str()) {
                problems.add(
                    block.line,
                    format!("only DOCUMENTATION, EXAMPLES and RETURN may stand here, not {}", block.name),
                );
            }
        }
        let returns = block("RETURN", &blocks, problems);
        let returns = returns.map(|node| returns::read(&node, problems)).unwrap_or_default();
        let examples = block("EXAMPLES", &blocks, problems);
        let node = block("DOCUMENTATION", &blocks, problems)?;
        if node.map().is_none() {
            problems.add(node.line, format!("DOCUMENTATION must be a mapping, not {}", node.kind()));
            return None;
        }
        option::known_keys("DOCUMENTATION", &node, KEYS, problems);
        option::sentences("DOCUMENTATION", node.line, &node, problems);
        option::version("DOCUMENTATION", &node, problems);
        author(&node, problems);

        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let module = text("module", &node, problems);
        if !module.is_empty() && module != name {
            let line = node.get("module").map_or(node.line, |node| node.line);
            problems.add(line, format!("module must be {name}, like the file"));
        }
        let mut options = node.get("options").map(|node| option::read_all(node, problems)).unwrap_or_default();
        fragment::extend(&mut options, &node, fragments, problems);
        clashes(&options, node.line, problems);
        Some(Document {
            file: file.to_string(),
            name,
            summary: text("short_description", &node, problems),
            version_added: text("version_added", &node, problems),
            options,
            returns,
            examples,
        })
    }
}

/// The YAML of a constant that must be there.
fn block(name: &str, blocks: &[Block], problems: &mut Problems) -> Option<Node> {
    match blocks.iter().find(|block| block.name == name) {
        Some(block) => block.yaml(problems),
        None => {
            problems.add(1, format!("{name} is missing"));
            None
        }
    }
}

/// A text that must be there and be one line.
fn text(key: &str, document: &Node, problems: &mut Problems) -> String {
    match document.get(key) {
        None => problems.add(document.line, format!("DOCUMENTATION has no {key}")),
        Some(node) => match node.text().map(str::trim) {
            Some(text) if !text.is_empty() && !text.contains('\n') => return text.to_string(),
            // The rule for versions has its own message already.
            _ if key == "version_added" => {}
            _ => problems.add(node.line, format!("DOCUMENTATION: {key} must be one line of text")),
        },
    }
    String::new()
}

fn author(document: &Node, problems: &mut Problems) {
    match document.get("author") {
        None => problems.add(document.line, "DOCUMENTATION has no author"),
        Some(node) => {
            let good = match &node.data {
                Data::Text(text) => !text.trim().is_empty(),
                _ => option::texts(node).is_some_and(|names| !names.is_empty()),
            };
            if !good {
                problems.add(node.line, "DOCUMENTATION: author must be a name or a list of names");
            }
        }
    }
}

/// An option of the module must not use a name that an option of a fragment has as an alias, or the reverse.
fn clashes(options: &[Argument], line: usize, problems: &mut Problems) {
    for (index, option) in options.iter().enumerate() {
        for other in &options[..index] {
            let names = std::iter::once(&option.name).chain(&option.aliases);
            for name in names.filter(|name| other.answers_to(name)) {
                problems.add(line, format!("{name} names two options, {} and {}", other.name, option.name));
            }
        }
    }
}
