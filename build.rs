//! Turns the modules' documentation into the argument tables that `src/modules/contract.rs` includes.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

#[path = "build_script/mod.rs"]
mod documentation;

/// Not `plugins/modules` as a whole: the modules' symlinks there lead to the executable, which every build changes.
const WATCHED: &[&str] = &["build.rs", "build_script", "plugins/doc_fragments", "src/modules"];

fn main() -> ExitCode {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let watched = WATCHED.iter().map(PathBuf::from);
    for path in watched.chain(expected(&root)) {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    let documentation = match documentation::read(&root) {
        Ok(documentation) => documentation,
        Err(problems) => {
            for problem in problems {
                println!("cargo::error={problem}");
            }
            return ExitCode::FAILURE;
        }
    };
    for file in &documentation.files {
        println!("cargo::rerun-if-changed={}", file.display());
    }
    let out = Path::new(&env::var_os("OUT_DIR").unwrap_or_default()).join("documents.rs");
    if let Err(error) = fs::write(&out, documentation::write::rust(&documentation.documents)) {
        println!("cargo::error=cannot write {}: {error}", out.display());
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// The documentation files that the modules' code asks for. One that is still missing keeps this script running.
fn expected(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root.join("src/modules")).into_iter().flatten().flatten();
    let sources = entries.map(|entry| PathBuf::from(entry.file_name()));
    sources
        .filter(|name| name.to_string_lossy().starts_with("quay_"))
        .map(|name| Path::new("plugins/modules").join(name).with_extension("py"))
        .collect()
}
