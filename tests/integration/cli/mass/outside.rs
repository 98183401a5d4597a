//! What is not in the files goes to hosts alone that are named outside of them.

use super::{Ran, Shell};
use crate::support::Registry;

const TOKEN: &str = "token-of-the-pipeline-0123456789";

/// A file that names a server which nobody else names.
fn stranger(shell: &Shell, registry: &Registry, more: &str) -> String {
    let host = registry.emulator.url();
    shell.write("proposal.yml", &format!("registry:\n  quay_host: {host}\n{more}organizations:\n  - name: acme\n"))
}

#[test]
fn credentials_of_the_environment_do_not_go_where_a_file_says() {
    let (shell, stranger_registry) = (Shell::new(), Registry::new());
    let file = stranger(&shell, &stranger_registry, "");
    let host = stranger_registry.emulator.url();
    for command in [&["plan"][..], &["apply", "--yes"], &["destroy", "--yes", "--file"]] {
        let arguments = [command, &[&file, "acme"][..if command[0] == "destroy" { 2 } else { 1 }]].concat();
        let ran = shell.run_with(&arguments, "", &[("QUAY_TOKEN", TOKEN)]).expect(1);
        ran.says(&format!(
            "quay_token would go to {host}, which only the files name: name the host in QUAY_HOST or QUAYMASTER_HOSTS"
        ));
        quiet(&ran);
    }
    let password = [("QUAY_USERNAME", "admin"), ("QUAY_PASSWORD", TOKEN)];
    shell.run_with(&["plan", &file], "", &password).expect(1).says("quay_username would go to");
    assert_eq!(stranger_registry.emulator.journal().len(), 0, "not even a question");

    let token = stranger_registry.token.as_str();
    let named = |name: &str, value: &str| shell.run_with(&["plan", &file], "", &[("QUAY_TOKEN", token), (name, value)]);
    named("QUAY_HOST", &host).expect(2);
    named("QUAYMASTER_HOSTS", &format!("quay.example.com, {host}/")).expect(2);
    named("QUAYMASTER_HOSTS", &host.replace("http:", "https:")).expect(1).says("would go to");
}

#[test]
fn a_secret_that_a_file_fetches_does_not_go_where_the_file_says() {
    let (shell, stranger_registry) = (Shell::new(), Registry::new());
    shell.write("key", TOKEN);
    let environment = [("QUAY_OTHER", TOKEN)];
    for reference in ["{env: QUAY_OTHER}", "{file: key}"] {
        let file = stranger(&shell, &stranger_registry, &format!("  quay_token: {reference}\n"));
        let ran = shell.run_with(&["plan", &file], "", &environment).expect(1);
        ran.says("proposal.yml:3:15: quay_token would go to http://127.0.0.1").says("which only the files name");
        // One way to sign in is in the file; what the file fetches would still go out with the objects.
        let more = format!("  quay_token: {}\nusers:\n  - {{username: eve, password: {reference}}}\n", "x".repeat(40));
        let file = stranger(&shell, &stranger_registry, &more);
        let ran = shell.run_with(&["apply", "--yes", &file], "", &environment).expect(1);
        ran.says("proposal.yml:5:31: this secret would go to http://127.0.0.1");
    }
    assert_eq!(stranger_registry.emulator.journal().len(), 0);
}

#[test]
fn credentials_in_the_file_itself_and_those_that_are_kept_go_to_its_host() {
    let (shell, other) = (Shell::new(), Registry::new());
    let own = stranger(&shell, &other, &format!("  quay_token: {}\n", other.token));
    shell.run_with(&["plan", &own], "", &[("QUAY_TOKEN", TOKEN)]).expect(2);
    let file = stranger(&shell, &other, "");
    shell.run_with(&["login", &other.emulator.url()], &format!("{}\n", other.token), &[]).expect(0);
    shell.run_with(&["plan", &file], "", &[("QUAY_TOKEN", TOKEN)]).expect(2);
}

#[test]
fn a_file_uses_variables_and_folders_that_are_meant_for_it() {
    let shell = Shell::new();
    shell.write("elsewhere/key", "pass-word-of-bob");
    let plan = |reference: &str, more: &[(&str, &str)]| {
        let text = format!("users:\n  - {{username: bob, email: bob@example.com, password: {reference}}}\n");
        let file = shell.write("files/users.yml", &text);
        let environment = [&[("QUAY_TOKEN", shell.registry.token.as_str()), ("AWS_KEY", TOKEN)], more].concat();
        shell.run_with(&["plan", &file], "", &environment)
    };
    plan("{env: AWS_KEY}", &[]).expect(1).says("QUAY_*, which AWS_KEY is not: name it in QUAYMASTER_SECRET_VARIABLES");
    plan("{env: AWS_KEY}", &[("QUAYMASTER_SECRET_VARIABLES", "QUAY_* AWS_KEY")]).expect(2);
    let outside = plan("{file: ../elsewhere/key}", &[]).expect(1);
    outside.says("elsewhere/key is not in: name its folder in QUAYMASTER_SECRET_FOLDERS");
    let folder = shell.path("elsewhere").display().to_string();
    plan("{file: ../elsewhere/key}", &[("QUAYMASTER_SECRET_FOLDERS", &folder)]).expect(2);
}

#[test]
fn a_host_that_is_no_text_is_none() {
    let shell = Shell::new();
    for host in ["3405803786", "10.1", "0x7f000001", "true", "[a]"] {
        for text in [format!("quay_host: {host}"), format!("endpoints: [{{name: one, quay_host: {host}}}]")] {
            let file = shell.write("proposal.yml", &format!("registry: {{{text}}}\norganizations: [{{name: acme}}]\n"));
            let ran = shell.run_with(&["plan", &file], "", &[("QUAY_TOKEN", TOKEN)]).expect(1);
            ran.says("quay_host: must be a text, such as https://quay.example.com");
        }
    }
}

#[test]
fn a_token_of_one_file_does_not_go_to_the_host_of_another() {
    let (shell, other) = (Shell::new(), Registry::new());
    shell.write("files/a.yml", &format!("registry: {{quay_token: {TOKEN}}}\norganizations: [{{name: acme}}]\n"));
    shell.write("files/b.yml", &format!("registry: {{endpoints: [{{quay_host: \"{}\"}}]}}\n", other.emulator.url()));
    let ran = shell.run_with(&["plan", "files"], "", &[]).expect(1);
    ran.says("quay_token would go to http://127.0.0.1");
    quiet(&ran);
    assert_eq!(other.emulator.journal().len(), 0);
}

#[test]
fn what_is_no_small_file_holds_no_secret() {
    let shell = Shell::new();
    let token = [("QUAY_TOKEN", shell.registry.token.as_str())];
    let file = shell.write("a.yml", "registry: {ca_path: /dev/zero}\norganizations: [{name: acme}]\n");
    shell.run_with(&["plan", &file], "", &token).expect(1).says("it is not a file");
    assert!(std::process::Command::new("mkfifo").arg(shell.path("pipe")).status().unwrap().success());
    let file = shell.write("b.yml", "users: [{username: bob, email: bob@example.com, password: {file: pipe}}]\n");
    shell.run_with(&["plan", &file], "", &token).expect(1).says("pipe cannot be read: it is not a file");
}

/// It does not repeat the token.
fn quiet(ran: &Ran) {
    assert!(!ran.out.contains(TOKEN) && !ran.err.contains(TOKEN), "{}\n{}", ran.out, ran.err);
}
