//! What deliveries that files ask for may do.
//!
//! What may be written beyond the folder of a file, and which programs may be started, only the user says, outside of the files: who
//! may propose a change to them is not always one who may do that.

use std::path::{Path, PathBuf};

use super::{Delivery, Target, folder_of};
use crate::call::Environment;

/// The variable with the commands that files may start: patterns of whole command lines, separated by semicolons or lines.
const COMMANDS: &str = "QUAYMASTER_DELIVERY_COMMANDS";
/// The variable with the folders, besides a file's own, that files may have credentials written to, separated by colons.
const FOLDERS: &str = "QUAYMASTER_DELIVERY_FOLDERS";

/// What the user permits.
#[derive(Clone, Default)]
pub struct Allowed {
    /// Patterns of command lines.
    pub commands: Vec<String>,
    /// What the user has said beside the files: where the credential of this name goes.
    pub given: Vec<(String, Delivery)>,
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
        Allowed { commands: list(COMMANDS, &[';', '\n']), folders, given: Vec::new() }
    }

    /// Why a delivery is not permitted. What came without a file, in the options of a module, is the word of the user.
    pub fn refusal(&self, Delivery { target, place }: &Delivery) -> Option<String> {
        place.file()?;
        match target {
            Target::Command { arguments, .. } => {
                let line = arguments.join(" ");
                let fits = self.commands.iter().any(|pattern| *pattern == line || permits(pattern, arguments));
                (!fits).then(|| {
                    format!(
                        "files start no command that is not allowed outside of them: name \"{line}\", or a pattern of it, in {COMMANDS} or \
                         with --allow-command"
                    )
                })
            }
            Target::DockerConfig(path) | Target::File { path, .. } => {
                let is_named = self.folders.iter().any(|folder| holds(folder, path));
                if !is_named && is_for_others(target) {
                    return Some(format!(
                        "files give a credential to another account (owner, or a mode for everybody), or into the folder of a program, only in \
                         folders that {FOLDERS} names"
                    ));
                }
                let own = place.folder().unwrap_or_default();
                let own = if own.as_os_str().is_empty() { PathBuf::from(".") } else { own };
                let fits = is_named || holds(&own, path);
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

/// Whether a file would be of others than the user who runs this, or something that a program such as Git reads.
fn is_for_others(target: &Target) -> bool {
    match target {
        Target::File { path, mode, owner, .. } => owner.is_some() || mode & 0o007 != 0 || is_in_git(path),
        Target::DockerConfig(path) => is_in_git(path),
        Target::Command { .. } => false,
    }
}

fn is_in_git(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == ".git")
}

/// What separates arguments where a pattern is compared.
const BETWEEN: &str = "\u{1f}";

/// Whether a pattern stands for a command: `*` for any characters, `?` for one. What a file writes in their place makes no second
/// argument of one, no option, and no way up a path.
fn permits(pattern: &str, arguments: &[String]) -> bool {
    let leads_up = arguments.iter().any(|argument| argument.split('/').any(|step| step == ".."));
    if (leads_up && !pattern.contains("..")) || arguments.iter().any(|argument| argument.contains(BETWEEN)) {
        return false;
    }
    let mut form = String::from(r"\A");
    let mut begins = true;
    for sign in pattern.chars() {
        let no_option = if begins { "(?!-)" } else { "" };
        form.push_str(&match sign {
            '*' => format!("{no_option}[^{BETWEEN}]*"),
            '?' => format!("{no_option}[^{BETWEEN}]"),
            ' ' => format!("[ {BETWEEN}]"),
            other => fancy_regex::escape(other.encode_utf8(&mut [0; 4])).into_owned(),
        });
        begins = sign == ' ';
    }
    form.push_str(r"\z");
    let form = fancy_regex::Regex::new(&form);
    form.is_ok_and(|form| form.is_match(&arguments.join(BETWEEN)).unwrap_or(false))
}

/// Whether a file is, or would be, in a folder, wherever links in its path lead.
fn holds(folder: &Path, file: &Path) -> bool {
    let Ok(folder) = folder.canonicalize() else { return false };
    if let Ok(real) = file.canonicalize() {
        return real.starts_with(folder);
    }
    let is_link = file.symlink_metadata().is_ok();
    !is_link && folder_of(file).canonicalize().is_ok_and(|real| real.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_takes_no_further_argument_no_option_and_no_way_up() {
        let permits = |pattern: &str, line: &[&str]| {
            permits(pattern, &line.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>())
        };
        let vault = |place| ["vault", "kv", "put", place];
        assert!(permits("vault kv put secret/quay/*", &vault("secret/quay/ci")));
        assert!(permits("vault kv put -mount=* x", &["vault", "kv", "put", "-mount=a", "x"]));
        for place in ["secret/quay/../root", "secret/other", "secret/quay"] {
            assert!(!permits("vault kv put secret/quay/*", &vault(place)), "{place}");
        }
        assert!(!permits("vault kv put *", &vault("-address=https://evil.example")));
        assert!(!permits("vault kv put *", &["vault", "kv", "put", "x", "token=-"]));
        assert!(!permits("vault *", &["vault"]));
        assert!(permits("sh -c cat > taken*", &["sh", "-c", "cat > taken; echo"]));
        assert!(!permits("sh -c cat > taken*", &["sh", "-c", "cat > taken", "more"]));
    }
}
