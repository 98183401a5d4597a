//! Mass apply at a shell: every command, its exit codes, and what it prints.

mod coming;
mod deliver;
mod every;
mod log;
mod login;
mod mistakes;
mod outside;
mod phases;
mod policies;
mod results;
mod rotation;
mod secrets;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use quay_emulator::Config;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Registry, command};

const PASSWORD: &str = "mirror-s3cret-of-acme";

/// Starts a program at a pseudo terminal, and answers. A secret is typed when the terminal has stopped to show what is typed.
const TERMINAL: &str = r#"
import json, os, pty, sys, termios, time
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
screen = b""
def read():
    global screen
    try:
        part = os.read(terminal, 65536)
    except OSError:
        part = b""
    screen += part
    return bool(part)
start = 0
for question, answer, secret in json.loads(sys.argv[1]):
    while (found := screen.find(question.encode(), start)) < 0:
        if not read():
            sys.exit(f"{question!r} was not asked: {screen.decode()}")
    start = found + len(question)
    end = time.monotonic() + 20
    while secret and termios.tcgetattr(terminal)[3] & termios.ECHO:
        if time.monotonic() > end:
            sys.exit(f"the answer to {question!r} would be shown")
        time.sleep(0.001)
    os.write(terminal, answer.encode() + b"\n")
while read():
    pass
print(json.dumps({"code": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), "screen": screen.decode()}))
"#;

/// A registry, and a folder to work in that is also the home of the user.
pub struct Shell {
    pub registry: Registry,
    folder: TempDir,
}

/// What a command came to.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Shell {
    pub fn new() -> Shell {
        Shell { registry: Registry::new(), folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What a file holds.
    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        name.to_owned()
    }

    /// Runs a command in the folder, with the administrator's token in the environment.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "", &[("QUAY_TOKEN", &self.registry.token)])
    }

    pub fn command(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
        let mut command = command(&[]);
        command.env("HOME", self.folder.path()).env("QUAY_HOST", self.registry.emulator.url());
        command.env("QUAY_RETRIES", "0").current_dir(self.folder.path()).args(arguments);
        command.envs(environment.iter().copied());
        command
    }

    pub fn run_with(&self, arguments: &[&str], stdin: &str, environment: &[(&str, &str)]) -> Ran {
        let mut command = self.command(arguments, environment);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A command that needs no input may be through before it gets any.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let ran = Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) };
        for secret in self.registry.emulator.secrets().iter().map(String::as_str).chain([PASSWORD]) {
            assert!(!ran.out.contains(secret) && !ran.err.contains(secret), "{}\n{}", ran.out, ran.err);
        }
        ran
    }

    /// Runs a command at a terminal of its own, and answers each question there once it is asked: the question, the answer, and
    /// whether it is a secret, which the terminal must not show.
    fn at_terminal(&self, arguments: &[&str], questions: &[(&str, &str, bool)]) -> Ran {
        self.at_terminal_with(arguments, questions, &[])
    }

    /// The same with more in the environment.
    pub fn at_terminal_with(
        &self,
        arguments: &[&str],
        questions: &[(&str, &str, bool)],
        environment: &[(&str, &str)],
    ) -> Ran {
        let program = self.command(&[], environment);
        let mut command = Command::new("python3");
        command.args(["-c", TERMINAL]).arg(serde_json::to_string(questions).unwrap());
        command.arg(program.get_program()).args(program.get_args()).args(arguments);
        command.env_clear().env("PATH", std::env::var("PATH").unwrap()).current_dir(self.folder.path());
        command.envs(program.get_envs().filter_map(|(key, value)| Some((key, value?))));
        let output = command.output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        let seen: Value = serde_json::from_slice(&output.stdout).unwrap();
        let out = seen["screen"].as_str().unwrap().to_owned();
        for (_, answer, _) in questions.iter().filter(|(_, answer, is_secret)| *is_secret && !answer.is_empty()) {
            assert!(!out.contains(answer), "{out}");
        }
        Ran { code: i32::try_from(seen["code"].as_i64().unwrap()).unwrap(), out, err: String::new() }
    }

    /// How often something was written.
    pub fn writes(&self) -> usize {
        let journal = self.registry.emulator.journal();
        journal.iter().filter(|exchange| exchange.is_write() && exchange.status < 400).count()
    }
}

impl Ran {
    #[track_caller]
    pub fn expect(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.out, self.err);
        self
    }

    #[track_caller]
    pub fn says(&self, text: &str) -> &Ran {
        assert!(self.out.contains(text) || self.err.contains(text), "{text:?} in\n{}\n{}", self.out, self.err);
        self
    }

    /// It failed with one sentence for each mistake.
    #[track_caller]
    fn sentences(&self) -> Vec<&str> {
        assert_eq!(self.code, 1, "stdout: {}\nstderr: {}", self.out, self.err);
        self.err
            .lines()
            .map(|line| line.strip_prefix("quaymaster: error: ").unwrap_or_else(|| panic!("{line}")))
            .collect()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

const ACME: &str = "\
organizations:
  - name: acme
    email: acme@example.com
    robots:
      - name: ci
        description: Pushes what the pipeline builds
    teams:
      - name: developers
        role: member
        members: [acme+ci]
    repositories:
      - name: app
        visibility: private
        permissions:
          - {name: acme+ci, type: user, role: write}
";

#[test]
fn a_registry_is_planned_applied_exported_and_destroyed() {
    let shell = Shell::new();
    let file = shell.write("acme.yml", ACME);
    shell.run(&["validate", &file]).expect(0).says("No mistake found: 1 organization on 1 endpoint");

    let plan = shell.run(&["plan", &file]).expect(2);
    plan.says("+ create organization acme")
        .says("email: acme@example.com")
        .says(" to create, 0 to change, 0 to remove");
    assert_eq!(plan.err, "");
    assert_eq!(shell.writes(), 0, "a plan writes");

    let refused = shell.run(&["apply", &file]).expect(1);
    assert_eq!(refused.sentences(), ["nothing was changed: there is no terminal to ask at; add --yes"]);
    assert_eq!(shell.writes(), 0, "apply writes before it has asked");

    let applied = shell.run(&["apply", "--yes", &file]).expect(0);
    applied.says("+ create organization acme").says(" created, 0 changed, 0 removed");
    assert!(applied.err.lines().all(|line| line.contains("/") && line.contains(": ")), "plain lines: {}", applied.err);
    assert!(applied.err.contains("acme"), "{}", applied.err);

    let again = shell.run(&["plan", &file]).expect(0);
    again.says("0 to create, 0 to change, 0 to remove");
    assert_eq!(again.out.lines().count(), 2, "{}", again.out);
    let writes = shell.writes();
    shell.run(&["apply", &file]).expect(0);
    assert_eq!(shell.writes(), writes, "a repetition writes");

    shell.run(&["export", "acme", "--output-file", "export.yml"]).expect(0);
    let exported = shell.run(&["export", "acme"]).expect(0);
    assert_eq!(fs::read_to_string(shell.path("export.yml")).unwrap(), exported.out);
    exported.says("  - name: acme\n").says("members:");
    shell.run(&["plan", "export.yml"]).expect(0);

    let spared = shell.run(&["destroy", "--file", &file, "acme"]).expect(1);
    spared.says("- remove organization acme").says("nothing was deleted: add --yes");
    assert_eq!(shell.writes(), writes, "destroy writes without --yes");
    shell
        .run(&["destroy", "--yes", "--file", &file, "other"])
        .expect(1)
        .says("the declaration has no organization \"other\"");
    shell.run(&["destroy", "--yes", "--file", &file, "acme"]).expect(0).says("1 removed");
    shell.run(&["plan", &file]).expect(2);
}

#[test]
fn what_files_declare_is_shown_before_it_is_destroyed() {
    let shell = Shell::new();
    let file = shell.write("acme.yml", ACME);
    shell.run(&["apply", "--yes", &file]).expect(0);
    let writes = shell.writes();
    let spared = shell.run(&["destroy", &file]).expect(1);
    spared
        .says("- remove organization acme")
        .says("the repositories of acme go with it")
        .says("nothing was deleted: add --yes");
    shell.run(&["destroy", "--only", "other", &file]).expect(1).says("the declaration has no organization \"other\"");
    shell.run(&["destroy", "--only", "acme", "--file", &file, "acme"]).expect(1).says("cannot be used with");
    assert_eq!(shell.writes(), writes);
    shell.run(&["destroy", "--yes", "--only", "acme", &file]).expect(0).says("1 removed");
    shell.run(&["destroy", &file]).expect(0).says("0 to remove");
}

#[test]
fn changes_are_shown_from_and_to() {
    let shell = Shell::new();
    let file = shell.write("acme.yml", ACME);
    shell.run(&["apply", "--yes", &file]).expect(0);
    let file = shell.write("acme.yml", &ACME.replace("role: member", "role: creator").replace("[acme+ci]", "[]"));
    let plan = shell.run(&["plan", &file]).expect(2);
    plan.says("~ change team acme/developers")
        .says("role: member -> creator")
        .says("0 to create, 1 to change, 0 to remove");
    let only = shell.run(&["plan", "--kind", "robots", &file]).expect(0);
    only.says("0 to change");
    shell.run(&["plan", "--kind", "robot", &file]).expect(1).says("there is no kind \"robot\"");
    shell.run(&["plan", "--only", "other", &file]).expect(1).says("the declaration has no organization \"other\"");
    shell.run(&["plan", "--endpoint", "west", &file]).expect(1).says("the declaration has no endpoint \"west\"");
}

#[test]
fn a_program_gets_json() {
    let shell = Shell::new();
    let file = shell.write("acme.yml", ACME);
    let plan = shell.run(&["plan", "--output", "json", "--color", "always", &file]).expect(2).json();
    assert_eq!((&plan["changed"], &plan["counts"]["change"]), (&json!(true), &json!(0)));
    assert!(plan["counts"]["create"].as_u64().unwrap() >= 4, "{plan}");
    shell.run(&["apply", "--output", "json", &file]).expect(1).says("add --yes");
    let applied = shell.run(&["apply", "--output", "json", "--yes", &file]).expect(0).json();
    assert_eq!(applied["counts"]["create"], plan["counts"]["create"]);
    let again = shell.run(&["apply", "--output", "json", "--yes", &file]).expect(0).json();
    assert_eq!((&again["changed"], &again["counts"]["create"]), (&json!(false), &json!(0)));
}

#[test]
fn every_mistake_is_told_with_its_place_before_any_request() {
    let shell = Shell::new();
    let file = shell.write("acme.yml", &ACME.replace("email:", "emial:").replace("    teams:", "    tems:"));
    for command in ["validate", "plan", "apply"] {
        let ran = shell.run(&[command, &file]);
        let sentences = ran.sentences();
        assert_eq!(sentences.len(), 2, "{sentences:?}");
        assert!(sentences[0].starts_with("acme.yml:3:5: ") && sentences[0].contains("email"), "{sentences:?}");
        assert!(sentences[1].starts_with("acme.yml:7:5: ") && sentences[1].contains("teams"), "{sentences:?}");
    }
    let ran = shell.run(&["plan", "nowhere.yml"]);
    assert!(ran.sentences()[0].starts_with("nowhere.yml: "), "{}", ran.err);
    assert_eq!(shell.registry.emulator.journal().len(), 0, "a request was sent");
}

#[test]
fn a_usage_mistake_does_not_look_like_pending_changes() {
    let shell = Shell::new();
    shell.run(&["plan", "--no-such-option", "x.yml"]).expect(1).says("Usage: quaymaster plan");
    shell.run(&["plan"]).expect(1);
    shell.run(&["plan", "--help"]).expect(0).says("Examples:");
    shell.run(&["--version"]).expect(0);
}

#[test]
fn colours_are_for_those_who_want_them() {
    let shell = Shell::new();
    let file = shell.write("acme.yml", ACME);
    let token = shell.registry.token.clone();
    let coloured = |arguments: &[&str], more: &[(&str, &str)]| {
        let environment: Vec<(&str, &str)> = [("QUAY_TOKEN", token.as_str())].iter().chain(more).copied().collect();
        shell.run_with(&[&["plan", &file], arguments].concat(), "", &environment).expect(2).out.contains('\u{1b}')
    };
    assert!(!coloured(&[], &[]), "the output is no terminal");
    assert!(coloured(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(!coloured(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(coloured(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[], &[("NO_COLOR", "1")]));
}

#[test]
fn a_wrong_token_changes_nothing_and_is_not_repeated() {
    let shell = Shell::new();
    let file = shell.write("acme.yml", ACME);
    let wrong = |arguments: &[&str]| {
        let ran = shell.run_with(arguments, "", &[("QUAY_TOKEN", "wrong-s3cret-token")]).expect(1);
        assert!(!ran.out.contains("wrong-s3cret") && !ran.err.contains("wrong-s3cret"), "{}{}", ran.out, ran.err);
        ran.says("quay_token");
    };
    wrong(&["apply", "--yes", &file]);
    wrong(&["export"]);
    shell.run(&["plan", &file]).expect(2);
    shell.run(&["apply", "--yes", &file]).expect(0);
    let writes = shell.writes();
    wrong(&["plan", &file]);
    wrong(&["apply", "--yes", &file]);
    assert_eq!(shell.writes(), writes);
}

#[test]
fn secrets_in_files_are_never_shown() {
    let shell = Shell::new();
    let mirrored = format!(
        "{ACME}        repo_state: MIRROR
        mirror:
          external_reference: registry.example.com/team/app
          external_registry_username: puller
          external_registry_password: {PASSWORD}
          robot_username: acme+ci
          image_tags: [latest]
          sync_interval: 3600
          sync_start_date: \"2030-01-01T00:00:00Z\"
"
    );
    let file = shell.write("acme.yml", &mirrored);
    // The runs themselves look for the password in all that is printed.
    shell.run(&["plan", "--output", "json", &file]).expect(2);
    shell.run(&["apply", "--yes", &file]).expect(0).says("registry.example.com/team/app");
    shell.run(&["plan", &file]).expect(0);
    let always = format!("registry: {{update_secrets: always}}\n{mirrored}");
    let file = shell.write("acme.yml", &always);
    shell.run(&["plan", &file]).expect(0).says("external_registry_password: (resent)");
    shell.run(&["apply", "--yes", &file]).expect(0);
    let misplaced = shell.write("bad.yml", &always.replace("external_registry_password", "external_registry_pasword"));
    shell.run(&["validate", &misplaced]).expect(1).says("external_registry_password");
    let doubled = shell.write("bad.yml", &format!("{always}          external_registry_password: other\n"));
    shell.run(&["validate", &doubled]).expect(1);
    shell.run(&["export", "acme"]).expect(0).says("external_registry_password");
}

#[test]
fn login_keeps_credentials_that_only_the_owner_can_read() {
    let shell = Shell::new();
    let (host, token) = (shell.registry.emulator.url(), shell.registry.token.clone());
    let kept = shell.path(".config/quaymaster/credentials.yml");
    let login = shell.run_with(&["login", &host], &format!("{token}\n"), &[]).expect(0);
    login.says("of admin");
    assert_eq!(fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    shell.run_with(&["login", "--list"], "", &[]).expect(0).says(&host).says("(token)");

    let file = shell.write("acme.yml", ACME);
    shell.run_with(&["apply", "--yes", &file], "", &[]).expect(0);
    shell.run_with(&["export"], "", &[("QUAY_HOST", "")]).expect(0).says("- name: acme");
    shell.run_with(&["plan", &file], "", &[("QUAY_HOST", "")]).expect(0);
    let wrong = shell.run_with(&["plan", &file], "", &[("QUAY_TOKEN", "wrong")]).expect(1);
    wrong.says("quay_token");

    fs::set_permissions(&kept, fs::Permissions::from_mode(0o640)).unwrap();
    let open = shell.run_with(&["plan", &file], "", &[]);
    assert!(open.sentences()[0].starts_with("others can read the credentials in "), "{}", open.err);
    fs::set_permissions(&kept, fs::Permissions::from_mode(0o600)).unwrap();
    shell.run_with(&["login", "--forget", &host], "", &[]).expect(0);
    shell.run_with(&["plan", &file], "", &[]).expect(1);
    for command in [&["plan", &file][..], &["apply", "--yes", &file], &["export"]] {
        shell.run_with(command, "", &[("QUAY_HOST", "")]).expect(1).says("quay_host is not set: give it ");
    }
    shell.run_with(&["validate", &file], "", &[("QUAY_HOST", "")]).expect(0);
    shell.run_with(&["login", "--forget", &host], "", &[]).expect(1).says("no credentials are kept for");
}

#[test]
fn login_tries_credentials_before_it_keeps_them() {
    let shell = Shell::new();
    let host = shell.registry.emulator.url();
    let wrong = shell.run_with(&["login", &host], "wrong-s3cret\n", &[]);
    assert!(wrong.sentences()[0].contains("quay_token is invalid") && !wrong.err.contains("wrong-s3cret"));
    assert!(!shell.path(".config").exists());
    shell.run_with(&["login", &host], "", &[]).expect(1).says("the standard input ended");
    shell.run_with(&["login", "ftp://x"], "secret\n", &[]).expect(1).says("must be an http or https URL");
    shell.run_with(&["login"], "x\n", &[]).expect(1).says("name the host");
    shell.run_with(&["login", "--untried", "quay.example.com"], "abc\n", &[]).expect(0);
}

#[test]
fn foreign_files_are_converted_without_their_secrets() {
    let shell = Shell::new();
    shell.write("mqc/acme.yaml", "quay_endpoint: quay.example.com\nquay_organization: acme\nrepositories: []\n");
    shell.write(
        ".mqc/login.yaml",
        &format!("quay_endpoint_login:\n  - {{quay_endpoint: quay.example.com, quay_token: {PASSWORD}}}\n"),
    );
    let converted = shell.run(&["convert", "mqc"]).expect(0);
    converted.says("- name: acme").says("env: QUAY_TOKEN");
    shell.run(&["convert", "mqc", "-o", "registry.yml"]).expect(0);
    assert_eq!(fs::read_to_string(shell.path("registry.yml")).unwrap(), converted.out);
    // A token that nobody has given is one more variable; where it may go is asked when the file is used.
    shell.write("other/acme.yaml", "quay_endpoint: other.example.com\nquay_organization: acme\nrepositories: []\n");
    shell.run(&["convert", "other"]).expect(0).says("env: QUAY_TOKEN_OTHER_EXAMPLE_COM");
    let native = shell.run(&["convert", "registry.yml"]);
    assert!(native.sentences()[0].contains("neither a file of Mass Quay Configurator"), "{}", native.err);
}

/// The operator takes what Quay does not.
#[test]
fn a_conversion_refuses_what_a_validation_would() {
    let shell = Shell::new();
    let head = |kind: &str| {
        format!(
            "apiVersion: quay.herve4m.github.io/v1alpha1\nkind: {kind}\nmetadata: {{name: {}, namespace: x}}\n",
            kind.to_lowercase()
        )
    };
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: s, namespace: x}}\nstringData: {{host: https://quay.example.com, token: {PASSWORD}}}\n"
    );
    let sync = |kind: &str, group: &str| {
        format!("{}spec: {{connSecretRef: {{name: s}}, organization: acme, name: devs, {group}}}\n", head(kind))
    };
    let text = [secret, sync("TeamLdap", "groupDn: cn=devs"), sync("TeamOidc", "groupName: devs")].join("---\n");
    let file = shell.write("teams.yaml", &text);
    for command in ["validate", "convert"] {
        let refused = shell.run(&[command, &file]).expect(1);
        refused.says("a team follows a group of LDAP or of OIDC, not both");
        assert_eq!(refused.out, "");
    }
}

#[test]
fn a_result_that_has_no_room_is_told_and_one_that_nobody_reads_is_not() {
    let shell = Shell::new();
    shell.registry.ok("quay_organization", json!({"name": "acme"}));
    let file = shell.write("new.yml", "organizations: [{name: acme, robots: [{name: ci}]}]\n");
    for arguments in [&["export", "acme"][..], &["plan", &file], &["plan", "--output", "json", &file]] {
        let mut command = shell.command(arguments, &[("QUAY_TOKEN", &shell.registry.token)]);
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let ran = command.stdout(full).output().unwrap();
        let said = String::from_utf8(ran.stderr).unwrap();
        let told = "quaymaster: error: the standard output cannot be written: no space left on device\n";
        assert_eq!((ran.status.code(), said.to_lowercase().as_str()), (Some(1), told));
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ran = command.stdout(writer).output().unwrap();
        assert_eq!((ran.status.code(), ran.stderr.as_slice()), (Some(1), &b""[..]));
    }
}

#[test]
fn an_interrupted_run_tells_what_is_left_and_the_next_one_does_it() {
    let delay = std::time::Duration::from_millis(20);
    let registry = Registry::with(Config { delay, ..Config::default() });
    let shell = Shell { registry, folder: tempfile::tempdir().unwrap() };
    let robots: String = (0..60).map(|number| format!("      - name: robot{number}\n")).collect();
    let file = shell.write("acme.yml", &format!("organizations:\n  - name: acme\n    robots:\n{robots}"));

    let mut child = shell.command(&["apply", "--yes", "--jobs", "1", &file], &[("QUAY_TOKEN", &shell.registry.token)]);
    let mut child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().contains("1/61 "));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    let output = child.wait_with_output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{out}");
    assert!(rest.iter().any(|line| line.starts_with("quaymaster: warning: interrupted")), "{rest:?}");
    let left: Vec<&str> = out.lines().filter(|line| line.contains("the run was interrupted before")).collect();
    assert!(left.len() == 1 && left[0].contains("! skipped: ") && left[0].contains(" more): "), "{out}");

    shell.run(&["apply", "--yes", &file]).expect(0);
    shell.run(&["plan", &file]).expect(0).says("61 unchanged");
}

/// Each object is called by what it is about, and what is in a repository comes after it.
#[test]
fn a_plan_names_objects_by_their_own_options_and_in_their_order() {
    let shell = Shell::new();
    let file = shell.write(
        "titles.yml",
        "organizations:
  - name: production
    proxy_cache: {registry: quay.io, username: cwade, password: mirror-s3cret-of-acme}
  - name: acme
    robots: [{name: ci}]
    repositories:
      - name: zeta
        mirror: {external_reference: quay.io/a/b, image_tags: [latest], sync_interval: 1d, robot_username: acme+ci, is_enabled: true}
        prune_policies: [{method: tags, value: 5}]
        notifications: [{title: t, event: repo_push, method: slack, config: {url: 'https://hooks.example.com'}}]
      - name: alpha
tasks:
  - quay_docker_token: {name: laptop}
",
    );
    let plan = shell.run(&["plan", &file]).expect(2);
    let created: Vec<&str> = plan.out.lines().filter_map(|line| line.trim().strip_prefix("+ create ")).collect();
    let place =
        |title: &str| created.iter().position(|line| *line == title).unwrap_or_else(|| panic!("{title}: {created:#?}"));
    assert!(place("organization production") < place("proxy cache of production"));
    assert!(!plan.out.contains("of cwade"), "{}", plan.out);
    for part in ["mirror of the repository acme/zeta", "auto-prune policy of the repository acme/zeta"] {
        assert!(place("repository acme/zeta") < place(part), "{created:#?}");
    }
    place("application token laptop");
    plan.says("10 to create, 0 to change");
}

/// The silence of an empty run would pass for good news.
#[test]
fn who_asks_for_nothing_is_told_so() {
    let shell = Shell::new();
    for (name, text) in [
        ("empty.yml", ""),
        ("comment.yml", "# later\n"),
        ("registry.yml", "registry: {jobs: 3}\n"),
        ("lists.yml", "organizations: []\nusers: []\nregistry: {prune: {}}\n"),
    ] {
        let file = shell.write(name, text);
        for command in [&["validate", &file][..], &["plan", &file], &["apply", "--yes", &file]] {
            shell.run(command).expect(1).says("the files declare nothing: no users, messages, organizations or tasks");
        }
    }
    let file = shell.write("acme.yml", "organizations:\n  - {name: acme, teams: [{name: dev}]}\n");
    let nothing = "nothing is declared of the part that was asked for";
    for command in ["plan", "apply"] {
        shell.run(&[command, "--kind", "robots", &file]).expect(1).says(nothing);
    }
    shell.run(&["plan", "--kind", "organizations", &file]).expect(2);
    // That nothing else be there is something to ask for.
    let prunes = shell.write("prunes.yml", "registry: {prune: {robots: true}}\norganizations: [{name: acme}]\n");
    shell.run(&["plan", "--kind", "robots", &prunes]).expect(0);
    let manifests = shell.write("list.yaml", "apiVersion: v1\nkind: List\nitems: []\n");
    for file in [manifests, "empty.yml".to_owned()] {
        shell.run(&["convert", &file]).expect(1).says("the files hold nothing to convert");
    }
    for (question, told) in
        [("{\"quays\": []}", "quays is empty"), ("{\"defaults\": {\"organizations\": []}}", "organizations is empty")]
    {
        let file = shell.write("question.json", question);
        shell.run(&["inventory", &file]).expect(1).says(told);
    }
    assert_eq!(shell.writes(), 0);
}

#[test]
fn standard_input_and_directories_are_read() {
    let shell = Shell::new();
    let ran = shell.run_with(&["validate", "-"], ACME, &[]).expect(0);
    ran.says("1 organization");
    shell.write("many/a.yml", ACME);
    shell.write("many/deep/b.yaml", "organizations: [{name: beta}]\n");
    shell.run(&["validate", "many"]).expect(0).says("2 organizations");
    assert!(Path::new(&shell.path("many/a.yml")).exists());
}

#[test]
fn a_part_that_is_set_together_with_another_is_named_by_that() {
    let shell = Shell::new();
    let file = shell.write("acme.yml", ACME);
    let ran = shell.run(&["plan", "--kind", "members", &file]).expect(1);
    ran.says("members are set together with their teams: name the kind teams");
}

#[test]
fn mistakes_that_follow_from_others_are_not_told() {
    let shell = Shell::new();
    let text = "registry:\n  quay_host: https://quay.example.com\n  quay_token: {env: NO_SUCH_VARIABLE}\n\
                organizations:\n  - {name: acme, endpoints: [east]}\n  - first\n  - second\n";
    let file = shell.write("broken.yml", text);
    let ran = shell.run(&["validate", &file]).expect(1);
    ran.says("NO_SUCH_VARIABLE")
        .says("broken.yml:5:30: no such endpoint; the registry names: https://quay.example.com");
    assert!(!ran.err.contains("declared twice"), "{}", ran.err);
    // Which endpoints there are, nobody can say here.
    let unknown = text.replace("quay_host: https://quay.example.com", "endpoints: {east: 1}");
    let file = shell.write("broken.yml", &unknown);
    let ran = shell.run(&["validate", &file]).expect(1);
    assert!(
        ran.says("endpoints must be a list").err.lines().all(|line| !line.contains("no such endpoint")),
        "{}",
        ran.err
    );
}

#[test]
fn endpoints_that_name_no_server_are_told_as_what_they_are() {
    let shell = Shell::new();
    for (endpoints, words) in [
        ("[]", "endpoints must be a list of connections"),
        ("5", "endpoints must be a list of connections"),
        ("[{name: prod}]", "quay_host is not set"),
        ("", "quay_host is not set"),
    ] {
        let file =
            shell.write("a.yml", &format!("registry:\n  endpoints: {endpoints}\norganizations: [{{name: acme}}]\n"));
        let ran = shell.run_with(&["plan", &file], "", &[("QUAY_TOKEN", &shell.registry.token), ("QUAY_HOST", "")]);
        ran.expect(1).says(words);
    }
}

#[test]
fn inventory_names_the_file_that_it_cannot_read() {
    let shell = Shell::new();
    let ran = shell.run(&["inventory", "question.json"]).expect(1);
    ran.says("The file question.json cannot be read: No such file or directory.");
}

/// Each object would fail for the same reason.
#[test]
fn a_plan_without_valid_credentials_ends_in_one_sentence() {
    let shell = Shell::new();
    let file = shell.write("acme.yml", "organizations:\n  - name: acme\n    teams: [{name: dev}]\n  - name: other\n");
    let none = shell.run_with(&["plan", &file], "", &[]).expect(1);
    let told = |ran: &Ran, words: &str| format!("{}{}", ran.out, ran.err).matches(words).count();
    assert_eq!(told(&none, "no credentials were given"), 1, "{}", none.out);
    let bad = shell.run_with(&["plan", &file], "", &[("QUAY_TOKEN", "wrong")]).expect(1);
    assert_eq!(told(&bad, "quay_token is invalid"), 1, "{}", bad.out);
    for ran in [none, bad] {
        assert!(ran.out.contains("0 to create, 0 to change"), "{}", ran.out);
    }
}

#[test]
fn an_account_that_many_objects_lack_is_told_once() {
    let shell = Shell::new();
    let team = |number: usize| format!("      - {{name: team{number}, members: [myuser]}}\n");
    let teams: String = (0..6).map(team).collect();
    let text = format!(
        "organizations:\n  - name: acme\n    teams:\n{teams}    repositories:\n      - name: app\n        \
         permissions: [{{name: myuser, type: user, role: read}}]\n"
    );
    let file = shell.write("acme.yml", &text);
    let ran = shell.run(&["plan", &file]).expect(1);
    ran.says("7 objects (team team0, team team1, team team2 and 4 more): no such user or robot account: myuser");
    assert_eq!(format!("{}{}", ran.out, ran.err).matches("no such user").count(), 1, "{}{}", ran.out, ran.err);
}
