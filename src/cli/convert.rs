//! `quaymaster convert`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::Map;

use super::declared::{Foreign, environment, told};
use super::{Ended, export, print};
use crate::apply::convert;
use crate::apply::input::declaration::has_content;
use crate::apply::input::foreign::Translation;
use crate::apply::input::intake::{self, Input};
use crate::apply::input::secret;
use crate::apply::input::yaml::{Node, Problem};
use crate::apply::planning::validate;
use crate::modules::connection;

/// Turn foreign files into a registry file.
///
/// Understands files of Mass Quay Configurator, with its login file, and manifests of the Quay operator with their
/// Secrets. Secrets do not get into the result: it refers to environment variables, which comments at its top name.
#[derive(Args)]
#[command(after_long_help = HELP)]
pub struct Convert {
    /// Foreign files, directories with such files, or - for the standard input.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Write to this file instead of the standard output.
    #[arg(long, short = 'o', value_name = "FILE")]
    output_file: Option<PathBuf>,
    #[command(flatten)]
    foreign: Foreign,
}

const HELP: &str = "\
Examples:
  quaymaster convert mqc/ --output-file registry.yml
  kubectl get -o yaml organizations,teams,robots | quaymaster convert -";

impl Convert {
    /// Converts the files.
    pub fn run(self) -> Ended {
        let (translations, mut problems) = intake::foreign(&self.paths, &self.foreign.options(), &environment);
        problems.extend(translations.iter().flat_map(mistakes));
        if problems.is_empty() && !translations.iter().any(|translation| has_content(&translation.declaration)) {
            return Err(vec!["the files hold nothing to convert".to_owned()]);
        }
        if !problems.is_empty() {
            problems.sort_unstable();
            return Err(told(&problems));
        }
        let mut text = String::new();
        for translation in &translations {
            translation.warnings.iter().for_each(|warning| print::warning(&warning.to_string()));
            text.push_str(&convert::convert(translation).text);
        }
        match self.output_file {
            Some(path) => export::save(&path, &text).map(|()| ExitCode::SUCCESS),
            None => Ok(print::out(&text, ExitCode::SUCCESS)),
        }
    }
}

/// What `validate` would say about the file: the tool of these files may take what Quay does not. The variables that the file will
/// need are set later, whatever they hold; what may be used and where it may go is asked when the file is.
fn mistakes(translation: &Translation) -> Vec<Problem> {
    let is_own = |name: &str| connection::RULES.environment.iter().any(|(_, names)| names.contains(&name));
    let hosts = hosts(&translation.declaration);
    let later = |name: &str| match name {
        secret::HOSTS => Some(hosts.clone()),
        secret::VARIABLES => Some("*".to_owned()),
        _ => environment(name).or_else(|| (!is_own(name)).then(|| "set-later".to_owned())),
    };
    let (documents, problems) = (vec![translation.declaration.clone()], translation.problems.clone());
    match validate::declaration(Input { documents, problems, ..Input::default() }, Map::new(), &later) {
        Ok(declaration) => validate::problems(&declaration),
        Err(problems) => problems,
    }
}

/// The hosts that a declaration names.
fn hosts(declaration: &Node) -> String {
    let registry = declaration.get("registry");
    let endpoints = registry.and_then(|registry| registry.get("endpoints")?.as_list());
    let all = registry.into_iter().chain(endpoints.unwrap_or_default());
    all.filter_map(|connection| connection.get("quay_host")?.as_str()).collect::<Vec<_>>().join(" ")
}
