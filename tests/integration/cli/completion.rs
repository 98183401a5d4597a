//! Completion, in the shells that this machine has.

use std::path::Path;
use std::process::Command;

use super::mass::Shell;

const FILE: &str =
    "organizations: [{name: acme, teams: [{name: devs, colour: red}]}, {name: tools}, {name: '$(touch pwned)'}]\n";

/// What a shell says to a script, in a folder with registry files; `None` where there is no such shell.
fn said(shell: &Shell, program: &str, arguments: &[&str]) -> Option<String> {
    let folder = Path::new(env!("CARGO_BIN_EXE_quaymaster")).parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new(program);
    command.args(arguments).env("PATH", path).env("HOME", shell.path("")).current_dir(shell.path(""));
    let Ok(output) = command.output() else {
        println!("skipped: there is no {program} here");
        return None;
    };
    assert!(!shell.path("pwned").exists(), "a name was carried out");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    Some(String::from_utf8(output.stdout).unwrap())
}

fn shell() -> Shell {
    let shell = Shell::new();
    shell.write("registry/acme.yml", FILE);
    shell.write("more.yml", "organizations: [{name: apple}]\n");
    shell.write("broken.yml", "organizations: [\n");
    shell
}

#[test]
fn organizations_of_the_files_on_the_line_are_offered() {
    let shell = shell();
    let offered =
        |words: &[&str]| shell.run(&[&["completion", "bash", "--", "quaymaster", "plan"], words].concat()).out;
    assert_eq!(offered(&["--only", "a", "registry"]), "acme\ntools\n");
    assert_eq!(offered(&["registry/acme.yml", "more.yml", "broken.yml", "--only", ""]), "acme\napple\ntools\n");
    assert_eq!(offered(&["--only", "", "-", "/dev/stdin", "nosuch.yml"]), "");
}

#[test]
fn nothing_but_the_files_of_the_command_is_read() {
    let shell = shell();
    let offered = |words: &[&str]| shell.run(&[&["completion", "bash", "--", "quaymaster"], words].concat()).out;
    assert_eq!(offered(&["plan", "--out", "more.yml", "--credentials", "registry", "--only", ""]), "");
    assert_eq!(offered(&["plan", "--since", "more.yml", "registry", "--only", ""]), "acme\ntools\n");
    assert_eq!(offered(&["apply", "--results", "registry/acme.yml", "more.yml", "--only", ""]), "apple\n");
    assert_eq!(offered(&["destroy", "--file", "more.yml", "registry", "--only", ""]), "apple\n", "names, not files");
    assert_eq!(offered(&["destroy", "registry", "--only"]), "acme\ntools\n");
    assert_eq!(offered(&["modules", "registry"]), "");
}

#[test]
fn bash_completes() {
    let shell = shell();
    let completed = |words: &str, place: usize, word: &str, before: &str| {
        let script = format!(
            "source <(quaymaster completion bash); complete -p quaymaster; COMP_WORDS=({words}); COMP_CWORD={place}; \
             _quaymaster quaymaster '{word}' '{before}'; echo \"${{COMPREPLY[@]}}\""
        );
        let said = said(&shell, "bash", &["--norc", "-c", &script])?;
        let (registered, offered) = said.split_once('\n').unwrap();
        assert!(registered.ends_with(" -F _quaymaster quaymaster"), "{registered}");
        Some(offered.trim_end().to_owned())
    };
    let Some(all) = completed("quaymaster plan --only '' registry more.yml", 3, "", "--only") else { return };
    assert_eq!(all, "acme apple tools");
    for (words, place, word, before, expected) in [
        ("quaymaster apply registry --only to", 4, "to", "--only", "tools"),
        ("quaymaster destroy -f registry --only a", 5, "a", "--only", "acme"),
        ("quaymaster plan --kind te", 3, "te", "--kind", "teams team_syncs"),
    ] {
        assert_eq!(completed(words, place, word, before).as_deref(), Some(expected), "{words}");
    }
}

/// What zsh would offer is only to be had at a terminal: this asks the function that the script names.
#[test]
fn zsh_completes() {
    let shell = shell();
    let script = "autoload -U compinit; compinit -D; source <(quaymaster completion zsh); echo $_comps[quaymaster]; \
                  compadd() { print -l -- ${(P)2} }; words=(quaymaster plan registry --only ''); _quaymaster_organizations";
    let Some(said) = said(&shell, "zsh", &["-f", "-c", script]) else { return };
    assert_eq!(said, "_quaymaster\nacme\ntools\n");
    let script = shell.run(&["completion", "zsh"]).out;
    assert_eq!(script.matches(":ORGANIZATION:_quaymaster_organizations'").count(), 3, "plan, apply and destroy");
}

#[test]
fn fish_completes() {
    let shell = shell();
    let script = |line: &str| format!("quaymaster completion fish | source; complete -C '{line}'");
    let completed = |line: &str| {
        let said = said(&shell, "fish", &["--no-config", "-c", &script(line)])?;
        Some(said.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect::<Vec<_>>())
    };
    let Some(all) = completed("quaymaster plan registry --only ") else { return };
    assert_eq!(all, ["acme", "tools"]);
    assert_eq!(completed("quaymaster apply more.yml --only a"), Some(vec!["apple".to_owned()]));
}
