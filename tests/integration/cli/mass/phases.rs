//! Runs in which something connects with what the same run makes: what comes of a later phase that cannot go on.

use serde_json::json;

use super::Shell;

/// The endpoint `second` signs in with a token of the first; there a token is declared that no Secret keeps.
fn file(shell: &Shell, host: &str) -> String {
    let token = &shell.registry.token;
    let text = format!(
        "registry:\n  endpoints:\n    - {{quay_host: \"{host}\", name: first, quay_token: {token}}}\n    \
         - {{quay_host: \"{host}\", name: second, secret: {{name: made, namespace: shop}}}}\n\
         organizations:\n  - name: acme\n    endpoints: [first]\n    applications:\n      - name: ci\n        tokens:\n          \
         - {{name: deploy, rights: [all], secret: {{name: made, namespace: shop}}}}\n  \
         - name: other\n    endpoints: [second]\n    applications:\n      - name: app\n        tokens: [{{name: lost}}]\n"
    );
    shell.write("files.yml", &text)
}

fn has_organization(shell: &Shell, name: &str) -> bool {
    shell.registry.emulator.with_state(|state| state.organization(name).is_some())
}

#[test]
fn a_later_phase_that_would_lose_a_token_is_left_out_and_the_first_is_told() {
    let shell = Shell::new();
    let file = file(&shell, &shell.registry.emulator.url());
    let run = shell.run(&["apply", "--yes", "--secrets", "secrets", &file]).expect(1);
    run.says("organization acme").says("3 created");
    run.says("nothing was done here: the run issues tokens that are shown only once");
    assert!(shell.path("secrets/shop.made.yml").exists());
    assert!(has_organization(&shell, "acme") && !has_organization(&shell, "other"));
}

#[test]
fn a_loop_issues_no_token_in_a_later_phase_that_nobody_would_get() {
    let shell = Shell::new();
    let file = file(&shell, &shell.registry.emulator.url());
    let mut command = shell.command(&["apply", "--every", "10ms", "--secrets", "secrets", &file], &[]);
    let mut child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null()).spawn().unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap())).map(Result::unwrap);
    let told: Vec<String> = lines.take(3).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(told[0].contains("the run issues tokens that are shown only once"), "{told:?}");
    assert!(has_organization(&shell, "acme") && !has_organization(&shell, "other"));
}

#[test]
fn a_token_that_stays_makes_no_secret() {
    let shell = Shell::new();
    let file = file(&shell, &shell.registry.emulator.url());
    shell.registry.ok("quay_organization", json!({"name": "acme"}));
    shell.registry.ok("quay_application", json!({"organization": "acme", "name": "ci"}));
    let token = json!({"organization": "acme", "application": "ci", "name": "deploy", "rights": ["all"]});
    shell.registry.ok("quay_application_token", token);
    let planned = shell.run(&["plan", &file]).expect(1);
    planned.says("this endpoint signs in with the Secret made of the namespace shop").says("give it as a file");
}
