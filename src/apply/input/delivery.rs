//! `deliver` of an entry: where a credential goes that Quay gives out, and whether files may say so.
//!
//! What may be written beyond the folder of a file, and which programs may be started, only the user says, outside of the files: who
//! may propose a change to them is not always one who may do that.

use std::path::{Path, PathBuf};

use super::yaml::{Content as Yaml, Node, Place, Problem};
use crate::call::Environment;
use crate::quay::glob::Glob;

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

/// What is delivered of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Content {
    /// The token alone, without a line break.
    Token,
    /// The configuration of Docker with this credential alone.
    DockerConfig,
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
            _ => return Err(content.problem("content must be token or docker_config")),
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
    let plain = |node: &Node| node.as_str().filter(|text| !text.chars().any(char::is_control)).map(str::to_owned);
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
    let plain = |name: &String| !name.is_empty() && !name.starts_with('-') && !name.chars().any(char::is_control);
    let name = owner.as_str().map(str::to_owned).or_else(number).filter(plain);
    name.map(Some).ok_or_else(|| owner.problem("owner must be the name or number of an account"))
}

/// The variable with the commands that files may start: patterns of whole command lines, separated by semicolons or lines.
const COMMANDS: &str = "QUAYMASTER_DELIVERY_COMMANDS";
/// The variable with the folders, besides a file's own, that files may have credentials written to, separated by colons.
const FOLDERS: &str = "QUAYMASTER_DELIVERY_FOLDERS";

/// What the user permits.
#[derive(Clone, Default)]
pub struct Allowed {
    /// Patterns of command lines.
    pub commands: Vec<String>,
    folders: Vec<PathBuf>,
}

impl Allowed {
    /// What the environment says.
    pub fn of(environment: Environment) -> Allowed {
        let list = |name: &str, separators: &[char]| {
            let text = environment(name).unwrap_or_default();
            text.split(separators).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        };
        let folders = list(FOLDERS, &[':']).into_iter().map(PathBuf::from).collect();
        Allowed { commands: list(COMMANDS, &[';', '\n']), folders }
    }

    /// Why a delivery is not permitted. What came without a file, in the options of a module, is the word of the user.
    pub fn refusal(&self, Delivery { target, place }: &Delivery) -> Option<String> {
        place.file()?;
        match target {
            Target::Command { arguments, .. } => {
                let line = arguments.join(" ");
                let fits = self.commands.iter().any(|pattern| Glob::new(pattern).fits(&line));
                (!fits).then(|| {
                    format!(
                        "files start no command that is not allowed outside of them: name \"{line}\", or a pattern of it, in {COMMANDS} or \
                         with --allow-command"
                    )
                })
            }
            Target::DockerConfig(path) | Target::File { path, .. } => {
                let own = place.folder().unwrap_or_default();
                let own = if own.as_os_str().is_empty() { PathBuf::from(".") } else { own };
                let fits = self.folders.iter().chain([&own]).any(|folder| holds(folder, path));
                (!fits).then(|| {
                    format!(
                        "files have credentials written to their own folder, which {} is not in: name its folder, which must be there, in \
                         {FOLDERS}",
                        path.display()
                    )
                })
            }
        }
    }
}

/// Whether a file is, or would be, in a folder, wherever links in its path lead.
fn holds(folder: &Path, file: &Path) -> bool {
    let Ok(folder) = folder.canonicalize() else { return false };
    if let Ok(real) = file.canonicalize() {
        return real.starts_with(folder);
    }
    let parent = file.parent().map(|parent| if parent.as_os_str().is_empty() { Path::new(".") } else { parent });
    let is_link = file.symlink_metadata().is_ok();
    !is_link && parent.and_then(|parent| parent.canonicalize().ok()).is_some_and(|parent| parent.starts_with(folder))
}
