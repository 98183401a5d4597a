//! What deliveries that files ask for may do.
//!
//! What may be written beyond the folder of a file, and which programs may be started, only the user says, outside of the files: who
//! may propose a change to them is not always one who may do that.

use std::path::{Path, PathBuf};

use super::{Delivery, Target};
use crate::call::Environment;
use crate::quay::glob::Glob;

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
