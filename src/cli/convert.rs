//! `quaymaster convert`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::declared::{Foreign, environment, told};
use super::{Ended, export, print};
use crate::apply::convert;
use crate::apply::input::declaration::Declaration;
use crate::apply::input::foreign::Translation;
use crate::apply::input::intake;
use crate::apply::input::yaml::Problem;
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
        let translations =
            intake::foreign(&self.paths, &self.foreign.options(), &environment).map_err(|problems| told(&problems))?;
        let mistakes: Vec<Problem> = translations.iter().flat_map(mistakes).collect();
        if !mistakes.is_empty() {
            return Err(told(&mistakes));
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
/// need are set later, whatever they hold.
fn mistakes(translation: &Translation) -> Vec<Problem> {
    let is_own = |name: &str| connection::RULES.environment.iter().any(|(_, names)| names.contains(&name));
    let later = |name: &str| environment(name).or_else(|| (!is_own(name)).then(|| "set-later".to_owned()));
    match Declaration::read(vec![translation.declaration.clone()], None, &later) {
        Ok(declaration) => validate::problems(&declaration),
        Err(problems) => problems,
    }
}
