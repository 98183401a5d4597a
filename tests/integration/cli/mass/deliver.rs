//! `deliver`: credentials reach their places, and nothing else does.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Ran, Shell};

/// A command that keeps what it gets, and counts how often it is started.
const KEEP: &str = "command: [sh, -c, 'cat > taken; echo >> started']";
const ALLOW: &[&str] = &["--allow-command", "sh -c cat > taken*"];

fn acme(deliver: &str) -> String {
    format!("organizations:\n  - name: acme\n    robots:\n      - name: ci\n        deliver: {deliver}\n")
}

impl Shell {
    fn apply_with(&self, more: &[&str], file: &str) -> Ran {
        self.run(&[&["apply", "--yes"], more, &[file]].concat())
    }

    /// A run for which the user has named the folder of the files.
    fn trusting(&self, arguments: &[&str]) -> Ran {
        let folder = self.path("").display().to_string();
        let environment = [("QUAY_TOKEN", &*self.registry.token), ("QUAYMASTER_DELIVERY_FOLDERS", &*folder)];
        self.run_with(arguments, "", &environment)
    }

    /// The token of a robot account, which the server shows.
    fn robot(&self) -> String {
        let found = self.registry.emulator.snapshot()["namespaces"]["acme"]["robots"]["ci"]["token"].clone();
        found.as_str().unwrap().to_owned()
    }
}

fn auth(account: &str, token: &str) -> String {
    STANDARD.encode(format!("{account}:{token}"))
}

#[test]
fn credentials_reach_their_places_and_are_left_alone_there() {
    let shell = Shell::new();
    let mut known = json!({"auths": {"other.example.com": {"auth": "eDp5"}}, "psFormat": "table"});
    shell.write("config.json", &known.to_string());
    fs::set_permissions(shell.path("config.json"), fs::Permissions::from_mode(0o640)).unwrap();
    let owner = fs::metadata(shell.path("")).unwrap().uid();
    let places = format!(
        "[{{docker_config: config.json}}, {{file: ci.token, mode: \"0644\", owner: {owner}}}, {{file: ci.json, content: docker_config}}, {{{KEEP}}}]"
    );
    let file = shell.write("acme.yml", &acme(&places));
    let planned = shell.trusting(&[&["plan"], ALLOW, &[file.as_str()]].concat()).expect(2);
    assert!(!shell.path("ci.token").exists() && !shell.path("taken").exists());
    let ran = shell.trusting(&[&["apply", "--yes"], ALLOW, &[file.as_str()]].concat()).expect(0);
    let token = shell.robot();
    let host = shell.registry.emulator.url().replace("http://", "");
    known["auths"][&host] = json!({"auth": auth("acme+ci", &token)});
    let config = |name: &str| serde_json::from_str::<Value>(&shell.text(name)).unwrap();
    assert_eq!(config("config.json"), known);
    assert_eq!(config("ci.json")["auths"][&host]["auth"], auth("acme+ci", &token));
    assert_eq!((shell.text("ci.token"), shell.text("taken")), (token.clone(), token.clone()));
    let state = |name: &str| fs::metadata(shell.path(name)).map(|found| (found.ino(), found.mode() & 0o777)).unwrap();
    let before = ["config.json", "ci.token", "ci.json"].map(state);
    assert_eq!(before.map(|(_, mode)| mode), [0o640, 0o644, 0o600]);
    for told in [&planned, &ran] {
        assert!(
            ![token.clone(), auth("acme+ci", &token)]
                .iter()
                .any(|secret| told.out.contains(secret) || told.err.contains(secret))
        );
    }

    // All is there: no file is written, and no command started.
    let writes = shell.writes();
    shell.trusting(&[&["apply", "--yes"], ALLOW, &[file.as_str()]].concat()).expect(0);
    assert_eq!(["config.json", "ci.token", "ci.json"].map(state), before);
    assert_eq!((shell.text("started").lines().count(), shell.writes()), (1, writes));
    // What is gone is delivered again, and a mode is part of it.
    fs::remove_file(shell.path("ci.json")).unwrap();
    fs::set_permissions(shell.path("ci.token"), fs::Permissions::from_mode(0o666)).unwrap();
    shell.trusting(&[&["apply", "--yes"], ALLOW, &[file.as_str()]].concat()).expect(0);
    assert_eq!(
        (config("ci.json")["auths"][&host]["auth"].clone(), state("ci.token").1),
        (json!(auth("acme+ci", &token)), 0o644)
    );
    // Which token a command took is remembered without the token.
    let memory = shell.text(".local/state/quaymaster/deliveries.json");
    assert!(memory.contains("robot account acme+ci") && !memory.contains(&token));
}

#[test]
fn only_what_the_user_allows_is_started_or_written() {
    let shell = Shell::new();
    let refused = |deliver: &str, more: &[&str]| {
        let file = shell.write("registry/acme.yml", &acme(deliver));
        let told = shell.apply_with(more, &file).expect(1);
        assert_eq!(shell.writes(), 0);
        told.out + &told.err
    };
    let command = format!("{{{KEEP}}}");
    assert!(refused(&command, &[]).contains("files start no command that is not allowed outside of them"));
    assert!(refused(&command, &["--allow-command", "sh -c rm*"]).contains("no command that is not allowed"));
    for outside in ["../ci.token", "/tmp/ci.token", "~/ci.token"] {
        let told = refused(&format!("{{file: '{outside}'}}"), &[]);
        assert!(told.contains("their own folder, which") && told.contains("QUAYMASTER_DELIVERY_FOLDERS"), "{told}");
    }
    for (wrong, expected) in [
        ("{file: a, command: [b]}", "deliver takes"),
        ("{docker_config: a, mode: '0600'}", "docker_config has no mode"),
        ("{file: a, mode: 640}", "mode must be octal digits in quotes"),
        ("{file: a, content: all}", "content must be token, docker_config or manifest"),
        ("{file: a, content: manifest}", "names no Kubernetes Secret for a manifest"),
        ("{command: vault}", "command must be a list of texts"),
        ("[{file: a}, {file: a}]", "is delivered to this place, too"),
        ("[{file: a}, {file: ./a, mode: '0640'}]", "is delivered to this place, too"),
        ("[{file: a}, {docker_config: ../registry/a}]", "is delivered to this place, too"),
        ("{file: a, mode: '0666'}", "files give a credential to another account"),
        ("{file: a, owner: nobody}", "files give a credential to another account"),
        ("{docker_config: .git/config}", "files give a credential to another account"),
    ] {
        let told = refused(wrong, &[]);
        assert!(
            told.contains(expected) || wrong.starts_with('[') && told.contains("several endpoints"),
            "{wrong}: {told}"
        );
    }
    let file = shell.write("task.yml", "tasks:\n  - quay_tag: {image: acme/app}\n    deliver: {file: a}\n");
    shell.apply_with(&[], &file).expect(1).says("quay_tag returns no credential to deliver");

    // The variables say the same as the flag.
    let file = shell.write("registry/acme.yml", &acme(&format!("[{{file: ../elsewhere/ci.token}}, {command}]")));
    fs::create_dir(shell.path("elsewhere")).unwrap();
    let folders = shell.path("elsewhere").display().to_string();
    let environment = [
        ("QUAY_TOKEN", shell.registry.token.as_str()),
        ("QUAYMASTER_DELIVERY_FOLDERS", folders.as_str()),
        ("QUAYMASTER_DELIVERY_COMMANDS", "vault kv put *; sh -c cat > taken*"),
    ];
    shell.run_with(&["apply", "--yes", &file], "", &environment).expect(0);
    assert_eq!((shell.text("elsewhere/ci.token"), shell.text("taken")), (shell.robot(), shell.robot()));
}

/// At a shell the user says it without the files; then nothing has to be allowed.
#[test]
fn the_user_delivers_without_the_files() {
    let shell = Shell::new();
    let file = shell.write("acme.yml", "organizations:\n  - name: acme\n    robots: [{name: ci}, {name: cd}]\n");
    let deliver = |places: &[&str]| {
        let given: Vec<&str> = places.iter().flat_map(|place| ["--deliver", place]).collect();
        shell.apply_with(&given, &file)
    };
    deliver(&["acme+cx=file:x"]).expect(1).says("nothing declared gives the credential acme+cx");
    deliver(&["acme+ci=docker_config:c", "acme+cd=docker_config:c"]).expect(1).says("is delivered to this place, too");
    assert_eq!(shell.writes(), 0);
    deliver(&["acme+ci=tar:x"]).expect(1).says("deliver takes");
    deliver(&["acme+ci"]).expect(1).says("must be NAME=docker_config:PATH");
    shell.write("take.sh", "cat > taken");
    deliver(&["acme+ci=docker_config:config.json", "acme+ci=command:sh take.sh", "acme+ci=file:ci.token"]).expect(0);
    let token = shell.robot();
    assert_eq!((shell.text("taken"), shell.text("ci.token")), (token.clone(), token.clone()));
    assert!(shell.text("config.json").contains(&auth("acme+ci", &token)));
}

/// What cannot be delivered is told, stays valid, and is delivered by the next run.
#[test]
fn a_delivery_that_fails_is_made_by_the_next_run() {
    let shell = Shell::new();
    let broken = "[{docker_config: config.json}, {command: [sh, -c, 'cat >&2; cat fixed']}]";
    let text =
        acme(broken) + "tasks:\n  - quay_docker_token: {name: laptop}\n    deliver: {docker_config: other.json}\n";
    let file = shell.write("acme.yml", &text);
    let owned = text.replace("{docker_config: other.json}", "{file: owned, owner: nobody-has-this-name}");
    let owned = shell.write("owned.yml", &owned.replace("laptop", "desktop"));
    shell.write("config.json", "not JSON");
    shell
        .trusting(&["apply", "--yes", "--kind", "tasks", "--allow-command", "sh -c *", &owned])
        .expect(1)
        .says("there is no account nobody-has-this-name");
    shell.registry.ok("quay_docker_token", json!({"name": "desktop", "state": "absent"}));
    shell.write("other.json", r#"{"credsStore": "desktop"}"#);
    let allow = ["--allow-command", "sh -c cat*"];
    let ran = shell.apply_with(&allow, &file).expect(1);
    let token = shell.robot();
    ran.says("config.json: it is no JSON object")
        .says("it did not take the credential (exit status: 1): it said \"********")
        .says("other.json: its credential helper desktop would win")
        .says("the next run delivers it again");
    assert!(!ran.out.contains(&token) && !ran.err.contains(&token), "{}", ran.err);
    assert_eq!(shell.text("config.json"), "not JSON");

    shell.write("config.json", "{}");
    shell.write("other.json", "");
    shell.write("fixed", "");
    let writes = shell.writes();
    shell.apply_with(&allow, &file).expect(0);
    assert_eq!((shell.robot(), shell.writes()), (token.clone(), writes), "nothing was made anew");
    assert!(shell.text("config.json").contains(&auth("acme+ci", &token)));
    let tokens = shell.registry.emulator.snapshot()["namespaces"]["admin"]["app_tokens"].clone();
    assert_eq!(tokens.as_array().unwrap().len(), 1);
    assert!(shell.text("other.json").contains("auth"));
}

/// The Secret that the entry names, to a file or to `kubectl apply -f -`.
#[test]
fn a_manifest_is_delivered_where_the_entry_names_a_secret() {
    let shell = Shell::new();
    shell.write("take.sh", "cat > taken; [ -e fixed ] || { cat taken >&2; exit 1; }");
    let places = "[{file: ci.yml, content: manifest}, {command: [sh, take.sh], content: manifest}]";
    let file = shell.write("acme.yml", &(acme(places) + "        secret: {name: quay-ci, namespace: ci}\n"));
    let allow = ["--allow-command", "sh take.sh"];
    let told = shell.apply_with(&allow, &file).expect(1);
    told.says("it did not take the credential (exit status: 1)");
    let token = shell.robot();
    for secret in [token.clone(), STANDARD.encode(&token), auth("acme+ci", &token)] {
        assert!(!told.out.contains(&secret) && !told.err.contains(&secret));
    }
    shell.write("fixed", "");
    shell.apply_with(&allow, &file).expect(0);
    assert_eq!(shell.text("ci.yml"), shell.text("taken"));
    let manifest = shell.text("ci.yml");
    shell.apply_with(&["--deliver", "acme+ci=manifest:other.yml", "--allow-command", "sh take.sh"], &file).expect(0);
    assert_eq!(shell.text("other.yml"), manifest);
    for line in ["kind: Secret", "name: quay-ci", "namespace: ci", &format!("token: {}", STANDARD.encode(&token))] {
        assert!(manifest.contains(line), "{line}");
    }
}

/// A command that hangs keeps nobody waiting for ever.
#[test]
fn a_command_that_does_not_end_is_stopped() {
    let shell = Shell::new();
    let file = shell.write("acme.yml", &acme("{command: [sh, -c, 'exec sleep 600']}"));
    let environment = [
        ("QUAY_TOKEN", shell.registry.token.as_str()),
        ("QUAYMASTER_DELIVERY_TIMEOUT", "1"),
        ("QUAYMASTER_DELIVERY_COMMANDS", "sh -c exec sleep 600"),
    ];
    shell.run_with(&["apply", "--yes", &file], "", &environment).expect(1).says("it did not end within 1 s");
}

/// Runs that go on at the same time note what they brought in one file, and none loses what another has noted.
#[test]
fn runs_at_the_same_time_remember_all_that_they_brought() {
    let shell = Shell::new();
    shell.write("take.sh", "cat > taken.$1");
    let names: Vec<String> = (0..8).map(|number| format!("r{number}")).collect();
    let begun = names.iter().map(|name| {
        let text = format!("organizations:\n  - name: o{name}\n    robots: [{{name: ci}}]\n");
        let file = shell.write(&format!("{name}.yml"), &text);
        let deliver = format!("o{name}+ci=command:sh take.sh {name}");
        let given = ["apply", "--yes", "--deliver", &deliver, &file];
        let mut command = shell.command(&given, &[("QUAY_TOKEN", &shell.registry.token)]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    });
    let begun: Vec<_> = begun.collect();
    assert!(begun.into_iter().all(|mut child| child.wait().unwrap().success()));
    let memory: Value = serde_json::from_str(&shell.text(".local/state/quaymaster/deliveries.json")).unwrap();
    assert_eq!(memory["taken"].as_object().unwrap().len(), names.len(), "{memory}");
}
