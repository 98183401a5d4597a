//! `--secrets`: Kubernetes Secrets in a folder, a file each.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Shell;

const ROBOT: &str = "\
organizations:
  - name: acme
    robots:
      - name: ci
        secret: {name: pull, namespace: shop}
      - name: other
tasks:
  - quay_docker_token: {name: cluster}
    secret: {name: cluster}
";

#[test]
fn secrets_are_files_that_change_with_their_content_alone() {
    let shell = Shell::new();
    let file = shell.write("acme.yml", ROBOT);
    let ran = shell.run(&["apply", "--yes", "--secrets", "secrets", &file]).expect(0);
    let folder = shell.path("secrets");
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    let names = || {
        let mut names: Vec<String> =
            fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(names(), ["default.cluster.yml", "shop.pull.yml"]);
    let path = folder.join("shop.pull.yml");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("kind: Secret") && text.contains("namespace: shop"), "{text}");
    let token =
        shell.registry.emulator.snapshot()["namespaces"]["acme"]["robots"]["ci"]["token"].as_str().unwrap().to_owned();
    assert!(text.contains(&STANDARD.encode(&token)), "{text}");
    assert!(!ran.out.contains(&token) && !ran.err.contains(&token));

    let inode = || fs::metadata(&path).unwrap().ino();
    let before = inode();
    shell.run(&["apply", "--yes", "--secrets", "secrets", &file]).expect(0);
    assert_eq!((inode(), fs::read_to_string(&path).unwrap()), (before, text.clone()));
    fs::remove_file(&path).unwrap();
    shell.run(&["apply", "--yes", "--secrets", "secrets", &file]).expect(0);
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    assert_eq!(names().len(), 2);
}

#[test]
fn a_folder_that_others_can_look_into_is_refused_before_a_write() {
    let shell = Shell::new();
    let file = shell.write("acme.yml", ROBOT);
    fs::create_dir(shell.path("open")).unwrap();
    fs::set_permissions(shell.path("open"), fs::Permissions::from_mode(0o750)).unwrap();
    shell
        .run(&["apply", "--yes", "--secrets", "open", &file])
        .expect(1)
        .says("others can look into open: chmod 700 open");
    let occupied = shell.write("occupied", "");
    shell.run(&["apply", "--yes", "--secrets", &occupied, &file]).expect(1).says("occupied is no directory");
    assert_eq!(shell.writes(), 0);
}

/// What Quay shows once stays in its file when it cannot be read again.
#[test]
fn a_token_that_cannot_be_read_again_stays_in_its_file() {
    let shell = Shell::new();
    shell.registry.ok("quay_organization", serde_json::json!({"name": "acme"}));
    let made = shell.registry.ok("quay_application", serde_json::json!({"organization": "acme", "name": "automation"}));
    let file = shell.write(
        "token.yml",
        &format!(
            "registry: {{quay_username: admin, quay_password: password}}\ntasks:\n  - quay_api_token: {{client_id: {}}}\n    secret: {{name: token}}\n",
            made.result["client_id"].as_str().unwrap()
        ),
    );
    let apply = |more: &[&str]| {
        let arguments = [&["apply", "--yes", "--secrets", "secrets", file.as_str()], more].concat();
        shell.run_with(&arguments, "", &[]).expect(0);
        fs::read_to_string(shell.path("secrets/default.token.yml")).unwrap()
    };
    let first = apply(&["--kind", "tasks"]);
    assert_eq!(apply(&[]), first);
}

const MANIFEST: &str = "\
apiVersion: quay.herve4m.github.io/v1alpha1
kind: Organization
metadata: {name: acme}
spec: {connSecretRef: {name: CONNECTION}, name: acme}
";

/// As `kubectl get secret -o yaml` writes them.
fn cluster(shell: &Shell) -> String {
    let base64 = |text: &str| STANDARD.encode(text);
    let host = base64(&shell.registry.emulator.url());
    format!(
        "apiVersion: v1\nkind: List\nmetadata: {{resourceVersion: \"\"}}\nitems:\n- apiVersion: v1\n  kind: Secret\n  type: Opaque\n  \
         metadata: {{name: quay, namespace: default, uid: u, creationTimestamp: \"2026-01-01T00:00:00Z\"}}\n  \
         data: {{host: {host}, username: {}, password: {}}}\n",
        base64("admin"),
        base64("password")
    )
}

#[test]
fn secrets_of_a_cluster_come_on_the_standard_input() {
    let shell = Shell::new();
    let file = shell.write("acme.yaml", &MANIFEST.replace("CONNECTION", "quay"));
    let ran = shell.run_with(&["apply", "--yes", "-", &file], &cluster(&shell), &[]).expect(0);
    ran.says("1 created");
}

/// What connects with an API token of the same run is planned and applied after it; the next run finds the token where it was kept.
#[test]
fn a_secret_that_a_run_makes_is_a_connection_of_its_second_phase() {
    let shell = Shell::new();
    shell.registry.ok("quay_organization", serde_json::json!({"name": "home"}));
    let made = shell.registry.ok("quay_application", serde_json::json!({"organization": "home", "name": "automation"}));
    let client = made.result["client_id"].as_str().unwrap();
    let token = shell.write(
        "token.yaml",
        &format!(
            "apiVersion: quay.herve4m.github.io/v1alpha1\nkind: ApiToken\nmetadata: {{name: token}}\n\
             spec: {{connSecretRef: {{name: quay}}, retSecretRef: {{name: made}}, clientId: {client}, rights: [all]}}\n"
        ),
    );
    let acme = shell.write("acme.yaml", &MANIFEST.replace("CONNECTION", "made"));
    let cluster = cluster(&shell);
    let run = |arguments: &[&str]| {
        let arguments = [arguments, &["-", token.as_str(), acme.as_str()]].concat();
        shell.run_with(&arguments, &cluster, &[])
    };
    let before = shell.writes();
    let planned = run(&["plan"]).expect(2);
    planned
        .says("1 object is planned after the API token of admin")
        .says("which makes the Secret made of the namespace default");
    run(&["apply", "--yes"]).expect(1).says("the run issues tokens that are shown only once");
    assert_eq!(shell.writes(), before);

    let applied = run(&["apply", "--yes", "--secrets", "secrets"]).expect(0);
    applied.says("organization acme").says("2 created");
    let text = fs::read_to_string(shell.path("secrets/default.made.yml")).unwrap();
    let encoded = text.lines().find_map(|line| line.trim().strip_prefix("token: ")).unwrap();
    let issued = String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap();
    for ran in [&planned, &applied] {
        assert!(![&issued, encoded].iter().any(|secret| ran.out.contains(*secret) || ran.err.contains(*secret)));
    }

    let writes = shell.writes();
    run(&["apply", "--yes", "--secrets", "secrets"]).expect(0).says("0 created");
    run(&["plan", "--secrets", "secrets"]).expect(0);
    assert_eq!((shell.writes(), fs::read_to_string(shell.path("secrets/default.made.yml")).unwrap()), (writes, text));
    run(&["destroy", "--yes"]).expect(1).says("this endpoint signs in with the Secret made of the namespace default");
    assert_eq!(shell.writes(), writes);
    // As one document for a program, whatever the phases.
    shell.write("acme.yaml", &MANIFEST.replace("CONNECTION", "made").replace("acme", "other"));
    let told = run(&["apply", "--yes", "--output", "json", "--secrets", "other"]).expect(0).json();
    assert_eq!(
        (told["counts"]["create"].as_u64(), told["endpoints"].as_array().unwrap().len()),
        (Some(2), 2),
        "{told}"
    );
}
