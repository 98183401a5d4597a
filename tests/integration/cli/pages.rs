//! The commands of README.md, CONTRIBUTING.md and docs/ are run, in a folder that has what they name.

use std::fs;
use std::path::Path;

use clap::CommandFactory;
use clap::error::ErrorKind;
use quaymaster::cli::Cli;

use super::examples::{folder, run_line};

/// What runs elsewhere: with `<!-- run: ... -->` in front of it in `tests/artifacts`; these lines where nothing is at hand for them.
const OUTSIDE: [&str; 4] = [
    // The network.
    "ansible-galaxy collection install quaymaster.quay",
    "git clone https://github.com/quaymaster/quaymaster && cd quaymaster",
    // Nothing but words: the second is a playbook of the reader.
    "export QUAY_HOST=https://quay.example.com QUAY_TOKEN=...",
    "ansible-playbook site.yml --check --diff",
];

struct Document {
    name: String,
    text: String,
}

impl Document {
    /// The blocks of shell commands, apart from those that other tests run, as lines: one that ends in `|` or `\` goes on.
    fn blocks(&self) -> Vec<Vec<String>> {
        let mut blocks: Vec<Vec<String>> = Vec::new();
        let (mut inside, mut goes_on, mut before) = (false, false, "");
        for line in self.text.lines().map(str::trim) {
            match line {
                "```sh" if !before.starts_with("<!-- run: ") => {
                    inside = true;
                    blocks.push(Vec::new());
                }
                "```" => inside = false,
                _ if inside => {
                    let block = blocks.last_mut().unwrap();
                    let line = line.split("  ").next().unwrap().split(" # ").next().unwrap();
                    match block.last_mut().filter(|_| goes_on) {
                        Some(last) => last.push_str(&format!("\n{line}")),
                        None => block.push(line.to_owned()),
                    }
                    goes_on = line.ends_with(['|', '\\']);
                }
                _ => {}
            }
            before = line;
        }
        blocks
    }

    /// Commands in the text, and in the comments of blocks.
    fn mentioned(&self) -> impl Iterator<Item = &str> {
        let blocks = self.text.split("```").step_by(2);
        blocks.flat_map(|text| text.split('`').skip(1).step_by(2))
    }
}

fn documents() -> Vec<Document> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = pages.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let all = ["README.md", "CONTRIBUTING.md"].map(|name| root.join(name)).into_iter().chain(pages);
    all.map(|path| Document { name: path.display().to_string(), text: fs::read_to_string(path).unwrap() }).collect()
}

#[test]
fn the_commands_of_the_documentation_do_what_they_say() {
    let mut count = 0;
    for document in documents() {
        for block in document.blocks() {
            let shell = folder();
            for line in block.iter().filter(|line| !OUTSIDE.contains(&line.as_str())) {
                count += 1;
                match line.split_whitespace().next() {
                    Some("make") => known_target(&document.name, line),
                    Some("ansible-playbook") => known_playbook(&document.name, line),
                    // `tests/artifacts/test_image.py` runs the image.
                    Some("podman") => {}
                    Some("grep") => rewrites_a_playbook(line),
                    _ => run_line(&shell, line),
                }
            }
        }
    }
    assert!(count > 30, "{count}");
}

#[test]
fn the_commands_that_the_documentation_mentions_exist() {
    let mut count = 0;
    for document in documents() {
        for command in document.mentioned() {
            if command.starts_with("quaymaster ") {
                count += 1;
                let words = command.split_whitespace().map(|word| if word == "SHELL" { "bash" } else { word });
                let error = Cli::command().try_get_matches_from(words).err().map(|error| error.kind());
                let wrong = [ErrorKind::UnknownArgument, ErrorKind::InvalidSubcommand, ErrorKind::ArgumentConflict];
                assert!(!error.is_some_and(|kind| wrong.contains(&kind)), "{}: {command}: {error:?}", document.name);
            } else if command.starts_with("make ") {
                count += 1;
                known_target(&document.name, command);
            }
        }
    }
    assert!(count > 40, "{count}");
}

#[test]
fn every_command_is_described() {
    let documents = documents();
    for command in Cli::command().get_subcommands() {
        let call = format!("quaymaster {}", command.get_name());
        let is_there = |text: &str| {
            text.match_indices(&call).any(|(at, _)| !text[at + call.len()..].starts_with(char::is_alphabetic))
        };
        assert!(documents.iter().any(|document| is_there(&document.text)), "no page tells of {call}");
    }
}

/// Fails for a word after `make` that is no target.
fn known_target(document: &str, command: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let parts = fs::read_dir(root.join("make")).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<String> =
        parts.chain([root.join("Makefile")]).map(|path| fs::read_to_string(path).unwrap()).collect();
    let targets: Vec<&str> = files
        .iter()
        .flat_map(|file| file.lines())
        .filter(|line| !line.starts_with(['\t', '#', '.']))
        .filter_map(|line| line.split_once(':'))
        .flat_map(|(names, _)| names.split_whitespace())
        .collect();
    for word in command.split('"').step_by(2).flat_map(str::split_whitespace).skip(1).filter(|word| !word.contains('='))
    {
        let is_known = targets.iter().any(|target| match target.split_once('%') {
            Some((front, back)) => !front.is_empty() && word.starts_with(front) && word.ends_with(back),
            None => *target == word,
        });
        assert!(is_known, "{document}: {command}: there is no target {word}");
    }
}

/// Fails for a playbook that does not come with the collection; `tests/controller` and `tests/platform` run them.
fn known_playbook(document: &str, command: &str) {
    let name = command.split_whitespace().find_map(|word| word.strip_prefix("quaymaster.quay."));
    let name = name.unwrap_or_else(|| panic!("{document}: nothing runs {command}"));
    let playbook = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("playbooks/{name}.yml"));
    assert!(playbook.exists(), "{document}: {command}: there is no such playbook");
}

/// The move from the old collection: every place of the name, and nothing else.
fn rewrites_a_playbook(command: &str) {
    let shell = folder();
    let old = "- infra.quay_configuration.quay_team:\n# infrared.quay_configuration myinfra.quay_configuration_x\n";
    shell.write("my plays/site.yml", old);
    shell.write("ansible_collections/infra/site.yml", old);
    run_line(&shell, command);
    let new = old.replacen("infra.quay_configuration.", "quaymaster.quay.", 1);
    assert_eq!(fs::read_to_string(shell.path("my plays/site.yml")).unwrap(), new);
    assert_eq!(fs::read_to_string(shell.path("ansible_collections/infra/site.yml")).unwrap(), old);
}
