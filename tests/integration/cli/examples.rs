//! Every example of the help is run, in a folder that has what it names.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use clap::CommandFactory;
use quaymaster::cli::Cli;
use serde_json::json;

use super::mass::Shell;

const REGISTRY: &str = "organizations: [{name: acme, email: acme@example.com, teams: [{name: devs, role: member}], \
                        repositories: [{name: app, visibility: private}]}]";
const RULES: &str = "rules: {no-quota: low}";
const MANIFEST: &str = "{apiVersion: quay.herve4m.github.io/v1alpha1, kind: Organization, metadata: {name: acme}, spec: {connSecretRef: {name: quay}, name: acme}}";

/// The lines of the help that begin with the executable or a shell word before it, without the remark behind.
fn examples() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for command in Cli::command().get_subcommands() {
        let Some(help) = command.get_after_long_help() else { panic!("{}: no example", command.get_name()) };
        let help = help.to_string();
        let lines = help.lines().filter_map(|line| line.strip_prefix("  ")).filter(|line| line.contains("quaymaster "));
        for line in lines {
            let example = line.split("  ").next().unwrap().trim_end();
            found.push((command.get_name().to_owned(), example.to_owned()));
        }
    }
    found
}

/// A folder with the files and programs that examples name, beside a Quay with the organizations.
pub fn folder() -> Shell {
    let shell = Shell::new();
    shell.registry.emulator.add_user("jdoe", "password");
    shell.registry.emulator.add_user("ci", "password");
    for name in ["acme", "tools", "team-x"] {
        shell.registry.ok("quay_organization", json!({"name": name}));
    }
    shell.registry.ok("quay_repository", json!({"name": "acme/app"}));
    for file in ["registry.yml", "acme.yml", "registry/acme.yml", "old/acme.yml"] {
        shell.write(file, REGISTRY);
    }
    let url = shell.registry.emulator.url();
    shell.write("mqc/acme.yaml", "quay_endpoint: quay.example.com\nquay_organization: acme\nrepositories: []\n");
    let login = format!("quay_endpoint_login: [{{quay_endpoint: '{url}', quay_token: {}}}]\n", shell.registry.token);
    shell.write(".mqc/login.yaml", &login);
    shell.write("rules.yml", RULES);
    shell.write("password.txt", "password\n");
    shell.write("team.json", "{\"name\": \"devs\", \"organization\": \"acme\", \"role\": \"member\"}");
    shell.write("question.json", &json!({"defaults": {"organizations": ["acme"]}, "repositories": true}).to_string());
    let program = |name: &str, text: &str| {
        shell.write(name, text);
        fs::set_permissions(shell.path(name), fs::Permissions::from_mode(0o755)).unwrap();
    };
    program("bin/quaymaster", &format!("#!/bin/sh\nexec {} \"$@\"\n", env!("CARGO_BIN_EXE_quaymaster")));
    program("bin/kubectl", &format!("#!/bin/sh\necho '{MANIFEST}'\n"));
    shell
}

#[test]
fn the_examples_of_the_help_do_what_they_say() {
    let mut shell = folder();
    let all = examples();
    assert!(all.len() > 30, "{all:?}");
    let mut last = String::new();
    for (command, example) in all {
        // One that applies leaves nothing to do for the next; others go on where one before has ended.
        if command != last || command == "apply" {
            shell = folder();
            if command == "apply" {
                assert_eq!(shell.run(&["plan", "--out", "plan.json", "registry.yml"]).code, 2);
            }
            last = command;
        }
        run_line(&shell, &example);
    }
}

/// Runs a line as a person would in the folder. Only a log-in is answered.
pub fn run_line(shell: &Shell, example: &str) {
    let url = shell.registry.emulator.url();
    let hosts = ["quay-east.example.com", "quay-west.example.com", "https://quay.example.com", "quay.example.com"];
    let line = hosts.iter().fold(example.to_owned(), |line, host| line.replace(host, &url));
    let goes_on = line.contains("--every") || line.contains("--follow");
    let line = if goes_on { line.replacen("quaymaster", "timeout -s INT 3 quaymaster", 1) } else { line };
    let mut process = Command::new("/bin/bash");
    process.args(["-o", "pipefail", "-c", &line]).current_dir(shell.path(".")).env_clear();
    let path = format!("{}:/usr/bin:/bin", shell.path("bin").display());
    process.env("PATH", path).env("HOME", shell.path(".")).env("QUAY_HOST", &url);
    process.env("QUAY_TOKEN", &shell.registry.token).env("QUAY_RETRIES", "0");
    let answer = if line.contains("--username") { "password" } else { &shell.registry.token };
    fs::write(shell.path("stdin"), format!("{answer}\n{answer}\n")).unwrap();
    process.stdin(Stdio::from(fs::File::open(shell.path("stdin")).unwrap()));
    let output = process.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    // Nobody is there to ask.
    let asks = error.contains("add --yes");
    let code = output.status.code().unwrap();
    assert!(code == 0 || code == 2 || asks || (goes_on && code == 124), "{example}: {code}\n{error}");
    assert!(!error.contains("panicked"), "{error}");
}
