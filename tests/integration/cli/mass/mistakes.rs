//! Every mistake of the files in one go: each with its place, none twice, and none that only follows from another.

use super::{Ran, Shell};

/// The complaints of `validate` without the prefix that each has.
fn complaints(shell: &Shell, folder: &str) -> Vec<String> {
    let requests = || shell.registry.emulator.journal().len();
    let before = requests();
    let ran: Ran = shell.run(&["validate", folder]).expect(1);
    // What is told once is told once by every command.
    let plan = shell.run(&["plan", folder]).expect(1);
    assert_eq!(plan.err, ran.err);
    assert_eq!((ran.out.as_str(), requests()), ("", before));
    ran.sentences().into_iter().map(str::to_owned).collect()
}

#[test]
fn every_mistake_of_registry_files_is_told_in_one_go() {
    let shell = Shell::new();
    shell.write(
        "files/a.yml",
        "registry:
  endpoints:
    - {name: one, quay_host: 'ftp://one'}
    - {name: two, quay_host: two.example.com, jobz: 3}
  jobs: 0
organizations:
  - name: acme
    endpoints: [one, three]
    time_machine_expiratoin: [x]
    robots:
      - name: ci
      - {name: ci}
      - {description: without a name}
      - just a text
    teams:
      - {name: devs, role: master, members: [alice]}
      - {name: ops, ldap: {group_dn: cn=ops}, oidc: {group_name: ops}}
    repositories:
      - name: app
        mirror: {external_registry_password: {env: QUAY_NOBODY_HAS_THIS}}
        notifications: no list
        permissions: [{name: bob, role: reed}]
      - name: app/tag
    quota: {quota: lots}
  - name: Bad+Name
  - name: gone
    state: absent
users:
  - {username: bob, email: nobody}
tasks:
  - {quay_tagg: {image: a/b}}
  - {quay_tag: {state: absent}}
",
    );
    shell.write("files/b.yml", "organizations:\n  - name: acme\n    email: [\n");
    shell.write("files/c.yml", "organizations:\n  - name: acme\n    name: twice\n    prune: {teems: true}\n");
    shell.write("files/d.yml", "organizatons: []\n");
    insta::assert_snapshot!("registry_files", complaints(&shell, "files").join("\n"));
}

#[test]
fn every_mistake_of_configurator_files_is_told_in_one_go() {
    let shell = Shell::new();
    shell.write(
        "files/acme.yaml",
        "quay_endpoint: quay.example.com
quay_organization: acme
quay_organization_email: nobody
robots:
  - {name: ci, desc: 1}
  - {name: cd}
teams:
  - {name: devs, role: master, members: {users: [bob+ci], robots: [nobody]}}
repositories:
  - {name: app, mirror: false, visibility: secret}
  - {mirror: false, description: [x]}
  - {name: app/trigger/x, mirror: false}
  - {name: other, mirror: perhaps, permissions: {teams: [{name: nobody, role: reed}]}}
surplus: 1
",
    );
    shell.write("files/bare.yaml", "quay_organization: Bad Name\nrepositories: []\n");
    shell.write("files/nameless.yaml", "quay_endpoint: https://quay.example.com\nrobots: [{name: 'a b', desc: ''}]\n");
    shell.write(
        "files/registry.yml",
        "organizations:\n  - {name: umbrella, teams: [{name: ops, role: nobody}], tag_expiration: x}\n",
    );
    insta::assert_snapshot!("configurator_files", complaints(&shell, "files").join("\n"));
}

#[test]
fn every_mistake_of_manifests_is_told_in_one_go() {
    let shell = Shell::new();
    let manifest = |name: &str, kind: &str, spec: &str| {
        format!(
            "---\napiVersion: quay.herve4m.github.io/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n"
        )
    };
    let text = [
        "---\napiVersion: v1\nkind: Secret\nmetadata: {name: quay}\nstringData: {host: quay.example.com, token: t}\n"
            .to_owned(),
        manifest(
            "a",
            "Organization",
            "connSecretRef: {name: quay}, name: acme, email: nobody, timeMachineExpiration: soon",
        ),
        manifest("b", "Organization", "connSecretRef: {name: nowhere}, name: 'Bad Name', emial: a@example.com"),
        manifest("c", "Team", "connSecretRef: {name: quay}, organization: acme, role: master"),
        manifest("d", "Team", "name: ops, organization: acme, members: {}"),
        manifest("e", "Robot", "connSecretRef: {name: quay}, name: acme+CI, description: [x]"),
        manifest("f", "Repository", "connSecretRef: {name: quay}, name: acme/App, visibility: secret"),
        manifest("k", "Repository", "connSecretRef: {name: quay}, name: acme/app/build"),
        manifest("g", "RepositoryPrune", "connSecretRef: {name: quay}, repository: acme/app, value: many"),
        manifest("h", "Quota", "connSecretRef: {name: quay}, organization: acme, quota: lots"),
        manifest("i", "Quotta", "connSecretRef: {name: quay}, organization: acme"),
        manifest("j", "Tag", "connSecretRef: {name: quay}, image: no-tag, force: true"),
    ];
    shell.write("files/all.yaml", &text.concat());
    let told = complaints(&shell, "files").join("\n");
    insta::assert_snapshot!("manifests", told);
    // A conversion tells the same, but for the Secret, which it can do without.
    let converted = shell.run(&["convert", "files"]).expect(1);
    let rest: Vec<&str> = told.lines().filter(|line| !line.contains("secret not found")).collect();
    assert_eq!(converted.sentences(), rest);
}
