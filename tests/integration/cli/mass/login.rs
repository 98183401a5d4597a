//! `login` with files, and what tells that credentials are missing.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use quay_emulator::Config;

use super::{PASSWORD, Shell};
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
    shell
        .run_with(&["login", &file], "", &[])
        .expect(0)
        .says("Every server in these files has credentials, and every mirror its password");
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
    refused
        .says("no credentials: https://east.example.com, https://west.example.com;")
        .says("give files that need one of them");
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

/// A repository that is mirrored with an account, in the words of the configurator and in ours.
fn mirrors(shell: &Shell) -> [String; 2] {
    let url = shell.registry.emulator.url();
    let configurator = "quay_endpoint: quay.example.com\nquay_organization: acme\nrobots: [{name: copy, desc: ''}]\nrepositories:\n  - \
                        name: app\n    mirror: true\n    mirror_params: {src_registry: source.example.com, src_image: ns/app, \
                        src_image_tags: ['*'], ext_registry_verify_tls: true, robot_username: copy, sync_interval: 3600, \
                        ext_registry_username: me}\n";
    let native = format!(
        "registry: {{quay_host: '{url}'}}\norganizations:\n  - name: acme\n    robots: [{{name: copy}}]\n    repositories:\n      - name: \
         app\n        mirror: {{external_reference: source.example.com/ns/app, external_registry_username: me, robot_username: acme+copy, \
         image_tags: ['*'], sync_interval: 3600, sync_start_date: '2026-01-01T00:00:00Z'}}\n"
    );
    [shell.write("mqc/acme.yaml", configurator), shell.write("native.yml", &native)]
}

/// The same, as a manifest of the operator.
fn manifest(shell: &Shell) -> String {
    let text = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: quay}}\nstringData: {{host: '{}'}}\n---\n\
         apiVersion: quay.herve4m.github.io/v1alpha1\nkind: RepositoryMirror\nmetadata: {{name: app}}\nspec:\n  connSecretRef: {{name: quay}}\n  \
         name: acme/app\n  externalReference: source.example.com/ns/app\n  externalRegistryUsername: me\n  robotUsername: acme+copy\n  \
         imageTags: ['*']\n  syncInterval: 3600\n  syncStartDate: '2026-01-01T00:00:00Z'\n",
        shell.registry.emulator.url()
    );
    shell.write("manifests/app.yaml", &text)
}

/// Asked at a real terminal: nothing that is typed in secret is shown, and each question says whose secret it wants.
#[test]
fn what_files_need_is_asked_for_at_a_terminal() {
    let shell = Shell::new();
    let url = shell.registry.emulator.url();
    let [_, native] = mirrors(&shell);
    let files = manifest(&shell);
    let token = shell.registry.token.clone();
    let missing = shell.run_with(&["validate", "--check-credentials", &native, &files], "", &[]);
    assert!(
        missing.err.contains("nothing gives credentials for")
            && missing.err.contains("the password of me on source.example.com, for acme/app"),
        "{}",
        missing.err
    );
    let refused = shell.run_with(&["login", &files], "x\ny\n", &[]).expect(1);
    refused.says("these have no credentials:").says("me on source.example.com, for acme/app");

    let questions = [
        ("User name on ", "", false),
        ("Token (not shown): ", token.as_str(), true),
        ("Password of me on source.example.com, for acme/app (not shown): ", PASSWORD, true),
    ];
    let told = shell.at_terminal(&["login", &files], &questions);
    assert_eq!(told.code, 0, "{}", told.out);
    assert!(
        told.out.contains("Kept the password of me on source.example.com in ") && told.out.contains(&url),
        "{}",
        told.out
    );
    let kept = shell.path(".config/quaymaster/credentials.yml");
    assert_eq!(fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(fs::read_to_string(&kept).unwrap().contains(PASSWORD));
    shell.run_with(&["login", "--list"], "", &[]).expect(0).says("source.example.com  me  (mirrored)");
    // One password for every file that names the account.
    shell.run_with(&["validate", "--check-credentials", &native, &files], "", &[]).expect(0);
    shell.run_with(&["login", &native], "", &[]).expect(0).says("and every mirror its password");
    shell.run_with(&["login", "--forget", "source.example.com"], "", &[]).expect(0);
    shell.run_with(&["validate", "--check-credentials", &native], "", &[]).expect(1).says("the password of me");
}

/// An empty answer, or none, is no secret.
#[test]
fn an_empty_answer_at_a_terminal_keeps_nothing() {
    let shell = Shell::new();
    let url = shell.registry.emulator.url();
    let told = shell.at_terminal(&["login", &url], &[("User name on ", "", false), ("Token (not shown): ", "", true)]);
    assert!(told.code == 1 && told.out.contains("an empty secret was given"), "{}", told.out);
    assert!(!shell.path(".config/quaymaster/credentials.yml").exists());
    let told = shell.at_terminal(
        &["login"],
        &[("Host: ", &url, false), ("User name on ", "admin", false), ("Password (not shown): ", "password", true)],
    );
    assert!(told.code == 0 && told.out.contains("Kept the credentials of admin"), "{}", told.out);
}

/// The password that is kept for an account reaches the mirror, and no server that only a file names.
#[test]
fn a_kept_password_goes_to_servers_of_the_user_alone() {
    let shell = Shell::new();
    let [_, native] = mirrors(&shell);
    let kept =
        format!("endpoints: []\nmirrors:\n- registry: source.example.com\n  username: me\n  password: {PASSWORD}\n");
    let path = shell.path(&shell.write("kept.yml", &kept));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let apply = ["apply", "--yes", "--credentials", "kept.yml", native.as_str()];
    shell.run(&apply).expect(0);
    let mirror = shell.registry.emulator.snapshot()["namespaces"]["acme"]["repositories"]["app"]["mirror"].clone();
    assert!(mirror.to_string().contains(PASSWORD), "{mirror}");
    shell.run(&["plan", "--credentials", "kept.yml", native.as_str()]).expect(0);

    let elsewhere = shell.write(
        "elsewhere.yml",
        &fs::read_to_string(shell.path(&native)).unwrap().replace(
            "quay_host: '",
            "quay_token: t0ken-of-file, quay_host: 'https://stranger.example.com', ca_path: '",
        ),
    );
    let strange = shell.run(&["plan", "--credentials", "kept.yml", &elsewhere]).expect(1);
    strange.says("the kept password would go to https://stranger.example.com, which only the files name");
}

#[test]
fn a_login_file_of_the_configurator_is_taken_over_with_the_files() {
    let shell = Shell::new();
    let [configurator, native] = mirrors(&shell);
    let login = format!(
        "quay_endpoint_login: [{{quay_endpoint: quay.example.com, quay_token: t0ken-of-endpoint}}, {{quay_endpoint: unused.example.com, \
         quay_token: t0ken-of-nobody}}]\nmirror_repository:\n  - {{organization: acme, repository: app, ext_registry_username: me, \
         ext_registry_password: {PASSWORD}}}\n"
    );
    let without = shell.run_with(&["validate", &configurator], "", &[]).expect(1);
    without.says("there is no password for this account: give it to quaymaster login with this file");
    let path = shell.path(&shell.write(".mqc/login.yaml", &login));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let taken = shell.run_with(&["login", "--untried", &configurator], "", &[]).expect(0);
    taken
        .says("Taking over what these files need of .mqc/login.yaml")
        .says("for https://quay.example.com")
        .says("Kept the password of me on source.example.com");
    // Nobody needs the file any more.
    fs::remove_file(path).unwrap();
    shell.run_with(&["validate", "--check-credentials", &configurator], "", &[]).expect(0);
    shell.run_with(&["validate", &configurator], "", &[]).expect(0);
    let kept = fs::read_to_string(shell.path(".config/quaymaster/credentials.yml")).unwrap();
    assert!(kept.contains("t0ken-of-endpoint") && !kept.contains("t0ken-of-nobody"));
    shell.run(&["validate", "--check-credentials", &native]).expect(0);
}
