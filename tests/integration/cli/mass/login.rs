//! `login` with files, and what tells that credentials are missing.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use quay_emulator::Config;

use super::Shell;
use crate::support::Registry;

/// One file of Mass Quay Configurator would need https: this one is native, with two servers.
fn two(shell: &Shell, other: &str) -> String {
    let text = format!(
        "registry:\n  endpoints:\n    - quay_host: {}\n    - quay_host: {other}\norganizations:\n  - name: acme\n",
        shell.registry.emulator.url()
    );
    shell.write("registry.yml", &text)
}

#[test]
fn each_server_of_files_without_credentials_is_asked_for() {
    let (shell, other) = (Shell::new(), Registry::with(Config::default()));
    let (first, second) = (shell.registry.emulator.url(), other.emulator.url());
    let file = two(&shell, &second);
    let check = ["validate", "--check-credentials", &file];
    let lacking = shell.run_with(&check, "", &[]);
    assert_eq!(lacking.sentences().len(), 2, "{}", lacking.err);
    lacking.says(&format!("nothing gives credentials for {second}: quaymaster login {second}"));
    shell.run_with(&["validate", &file], "", &[]).expect(0);

    shell.run_with(&["login", &first], &format!("{}\n", shell.registry.token), &[]).expect(0);
    shell.run_with(&check, "", &[]).expect(1).says(&second);
    shell.run_with(&["login", &file], "", &[]).expect(1).says("the standard input ended before the answer");
    let asked = shell.run_with(&["login", &file], &format!("{}\n", other.token), &[]).expect(0);
    assert!(asked.err.contains(&second) && !asked.err.contains(&first), "{}", asked.err);
    shell.run_with(&check, "", &[]).expect(0);
    shell.run_with(&["login", &file], "", &[]).expect(0).says("Every server in these files has credentials");
    shell.run_with(&["plan", &file], "", &[]).expect(2);
    shell.run_with(&["login", &file, "quay.example.com"], "", &[]).expect(1).says("name either hosts or files");
}

#[test]
fn the_servers_of_configurator_files_are_found() {
    let shell = Shell::new();
    let text = "quay_endpoint: east.example.com\nreplicate_to: [west.example.com]\nquay_organization: acme\nrepositories: []\n";
    let file = shell.write("acme.yaml", text);
    let lacking = shell.run_with(&["validate", "--check-credentials", &file], "", &[]).expect(1);
    lacking
        .says("nothing gives credentials for https://east.example.com")
        .says("nothing gives credentials for https://west.example.com");
    let asked = ["login", "--untried", &file];
    // Nobody could see whose token is asked for.
    let refused = shell.run_with(&asked, "token-of-east\ntoken-of-west\n", &[]).expect(1);
    refused.says("no credentials: https://east.example.com, https://west.example.com;").says("name one at a time");
    let east = ["login", "--untried", "https://east.example.com"];
    shell.run_with(&east, "token-of-east\n", &[]).expect(0);
    shell.run_with(&asked, "token-of-west\n", &[]).expect(0).says("for https://west.example.com");
    shell.run_with(&["validate", "--check-credentials", &file], "", &[]).expect(0);
}

#[test]
fn a_login_file_of_the_configurator_is_taken_over() {
    let shell = Shell::new();
    let url = shell.registry.emulator.url();
    let text = format!(
        "quay_endpoint_login:\n  - {{quay_endpoint: '{url}', quay_token: {}}}\nmirror_repository:\n  - {{organization: acme, repository: app, \
         ext_registry_username: me, ext_registry_password: mirror-s3cret-of-acme}}\n",
        shell.registry.token
    );
    let file = shell.write("login.yaml", &text);
    fs::set_permissions(shell.path(&file), fs::Permissions::from_mode(0o644)).unwrap();
    let taken = shell.run_with(&["login", "--import", &file], "", &[]).expect(0);
    taken
        .says("others may read this file")
        .says(&format!("for {url}"))
        .says("passwords of mirrored registries stay in login.yaml");
    shell.run_with(&["login", "--list"], "", &[]).expect(0).says(&url);
    let kept = shell.path(".config/quaymaster/credentials.yml");
    assert_eq!(fs::metadata(kept).unwrap().permissions().mode() & 0o777, 0o600);
    let wrong = shell.write("wrong.yaml", &text.replace(&shell.registry.token, "wrong-token-of-nobody"));
    let refused = shell.run_with(&["login", "--import", &wrong], "", &[]).expect(1);
    assert!(refused.err.contains("quay_token is invalid") && !refused.err.contains("wrong-token"), "{}", refused.err);
    shell.run_with(&["login", "--import", "missing.yaml"], "", &[]).expect(1).says("missing.yaml");
}
