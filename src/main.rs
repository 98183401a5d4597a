//! The executable: a module run for Ansible, or the command line for a person.

use std::env;
use std::path::Path;
use std::process::ExitCode;

use quaymaster::{ansible, cli, modules};

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().collect();
    let program = arguments.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match arguments.get(1) {
        Some(file) if arguments.len() == 2 && is_module_run(&program, Path::new(file)) => {
            ansible::run(&program, Path::new(file))
        }
        _ if is_module(&program) => ansible::run(&program, Path::new("")),
        _ => cli::run(),
    }
}

/// Whether the executable was started under the name of a module.
fn is_module(program: &str) -> bool {
    let name = Path::new(program).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    modules::find(name.strip_prefix("AnsiballZ_").unwrap_or(&name)).is_some()
}

/// Ansible starts a module under the module's name, or hands over a file; no command of ours has a slash in its name.
fn is_module_run(program: &str, file: &Path) -> bool {
    is_module(program) || file.components().count() > 1
}
