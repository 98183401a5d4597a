//! `deliver` of an entry: where a credential goes that Quay gives out.

mod allowed;

use std::path::{Path, PathBuf};

use serde_json::json;

use super::yaml::{Content as Yaml, Node, Place, Problem};
use crate::error::is_control;
pub use allowed::Allowed;

/// One place for a credential, and where it is named.
#[derive(Clone)]
pub struct Delivery {
    /// The place.
    pub target: Target,
    /// Where it is named.
    pub place: Place,
}

/// A place for a credential.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// The configuration of Docker or Podman, in which other entries stay.
    DockerConfig(PathBuf),
    /// A file of its own.
    File {
        /// Where it is.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// The name or number of the account that it belongs to, where that is not the one that runs this.
        owner: Option<String>,
        /// What it holds.
        content: Content,
    },
    /// A command that gets it on its standard input.
    Command {
        /// The program and its arguments; no shell reads them.
        arguments: Vec<String>,
        /// What it gets.
        content: Content,
    },
}

impl Target {
    /// What it gets; `None` for a configuration, which has its own form.
    pub fn content(&self) -> Option<Content> {
        match self {
            Target::DockerConfig(_) => None,
            Target::File { content, .. } | Target::Command { content, .. } => Some(*content),
        }
    }

    /// What two targets have in common that would overwrite each other: the file, however its path is written, or the command.
    pub fn address(&self) -> String {
        match self {
            Target::DockerConfig(path) | Target::File { path, .. } => {
                let folder = folder_of(path).canonicalize().ok();
                let real = folder.zip(path.file_name()).map(|(folder, name)| folder.join(name));
                real.as_ref().unwrap_or(path).display().to_string()
            }
            Target::Command { arguments, content } => format!("{content:?} to {}", arguments.join("\u{1f}")),
        }
    }
}

/// The folder that a file is in.
fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// What is delivered of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Content {
    /// The token alone, without a line break.
    Token,
    /// The configuration of Docker with this credential alone.
    DockerConfig,
    /// The manifest of the Kubernetes Secret that the entry names.
    Manifest,
}

/// The keys of a delivery, by the one that says what it is.
const FORMS: &[(&str, &[&str])] =
    &[("docker_config", &[]), ("file", &["mode", "owner", "content"]), ("command", &["content"])];
const USAGE: &str =
    "deliver takes {docker_config: PATH}, {file: PATH, mode, owner, content} or {command: [PROGRAM, ...], content}";

impl Delivery {
    /// Reads `deliver`: one place or a list of them.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(node: &Node) -> Result<Vec<Delivery>, Vec<Problem>> {
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        for node in node.as_list().unwrap_or(std::slice::from_ref(node)) {
            match target(node) {
                Ok(target) => found.push(Delivery { target, place: node.place.clone() }),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(found) } else { Err(problems) }
    }

    /// Reads what the user gave at the shell: `NAME=docker_config:PATH`, `NAME=file:PATH`, `NAME=manifest:PATH` (a file with the
    /// Kubernetes Secret that the entry names) or `NAME=command:PROGRAM ARGUMENT ...`.
    ///
    /// # Errors
    /// For anything else.
    pub fn given(text: &str) -> Result<(String, Delivery), String> {
        let usage =
            "must be NAME=docker_config:PATH, NAME=file:PATH, NAME=manifest:PATH or NAME=command:PROGRAM ARGUMENT ...";
        let (name, form, value) = text
            .split_once('=')
            .and_then(|(name, rest)| rest.split_once(':').map(|(form, value)| (name, form, value)))
            .ok_or(usage)?;
        let value = match form {
            "command" => json!({"command": value.split_whitespace().collect::<Vec<_>>()}),
            "manifest" => json!({"file": value, "content": "manifest"}),
            _ => json!({form: value}),
        };
        let node = Node::of_value(&value, "deliver");
        let target = target(&node).map_err(|problem| problem.what)?;
        Ok((name.to_owned(), Delivery { target, place: node.place }))
    }

    /// A complaint about it.
    pub fn problem(&self, what: impl Into<String>) -> Problem {
        Problem { place: self.place.clone(), what: what.into() }
    }
}

fn target(node: &Node) -> Result<Target, Problem> {
    let Yaml::Map(keys) = &node.content else { return Err(node.problem(USAGE)) };
    let given: Vec<_> = FORMS.iter().filter(|(form, _)| node.get(form).is_some()).collect();
    let [(form, known)] = given.as_slice() else { return Err(node.problem(USAGE)) };
    if let Some((key, value)) = keys.iter().find(|(key, _)| key.name != *form && !known.contains(&key.name.as_str())) {
        return Err(value.problem(format!("{form} has no {}: {USAGE}", key.name)));
    }
    let content = match node.get("content") {
        None => Content::Token,
        Some(content) => match content.as_str() {
            Some("token") => Content::Token,
            Some("docker_config") => Content::DockerConfig,
            Some("manifest") => Content::Manifest,
            _ => return Err(content.problem("content must be token, docker_config or manifest")),
        },
    };
    Ok(match *form {
        "command" => Target::Command { arguments: arguments(node)?, content },
        "file" => Target::File { path: path(node, form)?, mode: mode(node)?, owner: owner(node)?, content },
        _ => Target::DockerConfig(path(node, form)?),
    })
}

fn arguments(node: &Node) -> Result<Vec<String>, Problem> {
    let wrong = || node.problem("command must be a list of texts, the program first: no shell reads it");
    let list = node.get("command").and_then(Node::as_list).filter(|list| !list.is_empty()).ok_or_else(wrong)?;
    let plain = |node: &Node| node.as_str().filter(|text| !text.chars().any(is_control)).map(str::to_owned);
    list.iter().map(plain).collect::<Option<Vec<String>>>().ok_or_else(wrong)
}

/// A path; a relative one starts from the folder of its file.
fn path(node: &Node, key: &str) -> Result<PathBuf, Problem> {
    let named = node.get(key).unwrap_or(node);
    let wrong = || named.problem(format!("{key} must be the path of a file"));
    let text = named.as_str().filter(|path| !path.is_empty() && !path.contains('\0')).ok_or_else(wrong)?;
    let full = match (text.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => named.place.folder().unwrap_or_default().join(text),
    };
    if full.file_name().is_some() { Ok(full) } else { Err(wrong()) }
}

fn mode(node: &Node) -> Result<u32, Problem> {
    let Some(mode) = node.get("mode") else { return Ok(0o600) };
    let digits = mode.as_str().and_then(|text| u32::from_str_radix(text, 8).ok());
    digits
        .filter(|mode| *mode <= 0o777)
        .ok_or_else(|| mode.problem("mode must be octal digits in quotes, such as \"0640\""))
}

fn owner(node: &Node) -> Result<Option<String>, Problem> {
    let Some(owner) = node.get("owner") else { return Ok(None) };
    let number = || owner.to_value().as_u64().map(|number| number.to_string());
    let plain = |name: &String| !name.is_empty() && !name.starts_with('-') && !name.chars().any(is_control);
    let name = owner.as_str().map(str::to_owned).or_else(number).filter(plain);
    name.map(Some).ok_or_else(|| owner.problem("owner must be the name or number of an account"))
}
