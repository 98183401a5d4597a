use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::apply::convert::convert;
use crate::apply::input::declaration::Declaration;
use crate::apply::input::yaml::{Problem, files, parse};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/operator");
const GOOD: &[&str] = &["organization.yaml", "repository.yaml", "server.yaml"];

fn translate(documents: Vec<Node>, options: &Options) -> Result<Translation, Vec<Problem>> {
    let translation = super::translate(documents, options);
    if translation.problems.is_empty() { Ok(translation) } else { Err(translation.problems) }
}

fn documents(names: &[&str]) -> Vec<Node> {
    files::documents(FOLDER, names)
}

fn shown(problems: &[Problem]) -> String {
    let lines: Vec<String> =
        problems.iter().map(|problem| problem.to_string().replace(&format!("{FOLDER}/"), "")).collect();
    lines.join("\n")
}

const SECRET: &str = "{apiVersion: v1, kind: Secret, metadata: {name: quay}, stringData: {host: https://q.example.com, \
                      token: token-of-owner, username: admin, password: password-of-admin}}";

/// Manifests by kind and properties, with the Secret that they all use.
fn manifests(each: &[(&str, &str)]) -> Vec<Node> {
    let mut text = format!("---\n{SECRET}\n");
    for (index, (kind, spec)) in each.iter().enumerate() {
        text.push_str(&format!(
            "---\napiVersion: {VERSION}\nkind: {kind}\nmetadata: {{name: m{index}}}\n\
             spec: {{connSecretRef: {{name: quay}}, {spec}}}\n"
        ));
    }
    parse::parse("f", &text).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn declared(each: &[(&str, &str)]) -> Value {
    let translation = translate(manifests(each), &Options::default());
    translation.unwrap_or_else(|problems| panic!("{problems:#?}")).declaration.to_value()
}

fn problems(each: &[(&str, &str)]) -> String {
    translate(manifests(each), &Options::default()).map(|_| ()).map_err(|problems| shown(&problems)).unwrap_err()
}

#[test]
fn every_kind_has_its_place_in_a_registry_file() {
    let translation = translate(documents(GOOD), &Options::default());
    let translation = translation.unwrap_or_else(|problems| panic!("{problems:#?}"));
    insta::assert_snapshot!("every_kind", convert(&translation).text);
    let expected = "server.yaml:88:18: the Secrets quay and alice name the same host with different connections";
    let warnings = shown(&translation.warnings);
    assert!(warnings.starts_with(expected) && warnings.lines().count() == 1, "{warnings}");
    let value = translation.declaration.to_value();
    assert_eq!(value["registry"]["endpoints"][1]["quay_token"], "token-of-owner");
    assert_eq!(value["registry"]["endpoints"][0]["quay_password"], "password-of-root");
}

#[test]
fn the_fixtures_use_every_kind() {
    fn kinds_in(node: &Node, found: &mut BTreeSet<String>) {
        if let Some(Content::List(items)) = node.get("items").map(|items| &items.content) {
            items.iter().for_each(|item| kinds_in(item, found));
        }
        found.extend(node.get("kind").and_then(Node::as_str).map(str::to_owned));
    }
    let mut found = BTreeSet::new();
    documents(GOOD).iter().for_each(|node| kinds_in(node, &mut found));
    assert_eq!(kinds::KINDS.len(), 24);
    for kind in kinds::KINDS {
        assert!(found.contains(kind.name), "no {} among the fixtures", kind.name);
    }
}

/// Properties that no manifest can have which is applied again and again, or not beside the others, with the test that shows each.
const ASIDE: &[&str] = &[
    // Renamed once: `a_new_name_renames`, and the tests of the modules.
    "Organization.newName",
    "Application.newName",
    "OrganizationImmutability.newTagPattern",
    "RepositoryImmutability.newTagPattern",
    // They look for an object that exists: `commands_become_tasks_of_their_own`.
    "Notification.regexp",
    "Notification.searchString",
    // One way to search at a time; the fixtures have the other one, `searchString`.
    "Message.regexp",
    "Message.searchSeverity",
];

/// Every other property of every kind is in the fixtures, which the tests apply, repeat and destroy.
#[test]
fn the_fixtures_use_every_property() {
    fn used(node: &Node, kind: &str, found: &mut BTreeSet<String>) {
        match (node.get("kind").and_then(Node::as_str), node.get("items").and_then(Node::as_list)) {
            (Some("List"), Some(items)) => items.iter().for_each(|node| used(node, kind, found)),
            (Some(name), _) if name == kind => {
                let Some(Content::Map(keys)) = node.get("spec").map(|spec| &spec.content) else { return };
                found.extend(keys.iter().map(|(key, _)| key.name.to_string()));
            }
            _ => {}
        }
    }
    let documents = documents(GOOD);
    let mut missing = Vec::new();
    for kind in kinds::KINDS {
        let mut found = BTreeSet::new();
        documents.iter().for_each(|node| used(node, kind.name, &mut found));
        let own = ["connSecretRef"].into_iter().chain(kind.returns.then_some("retSecretRef")).map(str::to_owned);
        let all = properties::arguments(kind).into_iter().map(|argument| properties::camel(argument.name)).chain(own);
        missing.extend(all.filter(|name| !found.contains(name)).map(|name| format!("{}.{name}", kind.name)));
    }
    missing.sort_unstable();
    let mut aside = ASIDE.to_vec();
    aside.sort_unstable();
    assert_eq!(missing, aside);
}

#[test]
fn the_table_names_options_that_the_modules_have() {
    for kind in kinds::KINDS {
        let document = crate::modules::find(kind.module).unwrap_or_else(|| panic!("{}", kind.module)).document;
        let complete = kind.complete.iter().map(|complete| complete.list).filter(|list| !list.is_empty());
        for option in kind.identity.iter().chain(kind.aside).chain(kind.apart).copied().chain(complete) {
            assert!(document.options.iter().any(|known| known.name == option), "{}: {option}", kind.name);
        }
    }
}

#[test]
fn a_manifest_has_no_properties_but_those_of_the_operator() {
    let facts = include_str!("../../../../tests/fixtures/incumbent_options.json");
    let facts: Value = serde_json::from_str(facts).unwrap_or_else(|error| panic!("{error}"));
    for kind in kinds::KINDS {
        // The operator's module of organization mirrors has a longer name.
        let module = kind.module.replace("quay_org_mirror", "quay_organization_mirror");
        let known = facts["modules"].get(kind.module).unwrap_or(&facts["modules"][&module]);
        let known = known["options"].as_object().unwrap_or_else(|| panic!("no facts about {module}"));
        for argument in properties::arguments(kind) {
            assert!(known.contains_key(argument.name), "{} has no {}: add it to OWN", kind.name, argument.name);
            for inner in argument.suboptions {
                let names = &known[argument.name]["options"];
                assert!(names.get(inner.name).is_some(), "{}.{} has no {}", kind.name, argument.name, inner.name);
            }
        }
    }
    assert!(problems(&[("Organization", "name: acme, force: true")]).contains("Organization has no key force"));
    assert!(problems(&[("User", "username: bob, force: true")]).contains("User has no key force"));
}

#[test]
fn every_mistake_is_told_at_once_and_at_its_place() {
    let problems = translate(documents(&["broken/manifests.yaml"]), &Options::default()).map(|_| ()).unwrap_err();
    let text = shown(&problems);
    insta::assert_snapshot!("mistakes", text);
    assert!(!text.contains("password-of-root"));
}

#[test]
fn the_format_is_known_by_group_and_kind() {
    let is = |text: &str| super::is(&parse::parse("f", text).unwrap_or_else(|_| panic!())[0]);
    assert!(is(&format!("{{apiVersion: {VERSION}, kind: Team}}")) && is("{apiVersion: v1, kind: Secret}"));
    assert!(
        is("{apiVersion: quay.herve4m.github.io/v2, kind: Team}"),
        "a wrong version deserves a complaint of its own"
    );
    assert!(!is("{apiVersion: v1, kind: ConfigMap}") && !is("{kind: Secret}") && !is("organizations: []"));
}

#[test]
fn what_no_manifest_declares_is_a_reference() {
    let ldap = ("TeamLdap", "organization: acme, name: devs, groupDn: cn=devs");
    let mirror = ("RepositoryMirror", "name: acme/a/b, isEnabled: true");
    let alone = &declared(&[ldap, mirror])["organizations"][0];
    assert_eq!(
        *alone,
        json!({"name": "acme", "reference": true,
            "teams": [{"name": "devs", "reference": true, "ldap": {"group_dn": "cn=devs"}}],
            "repositories": [{"name": "a/b", "reference": true, "mirror": {"is_enabled": true}}]})
    );
    let team = ("Team", "organization: acme, name: devs, role: member");
    let organization = &declared(&[ldap, team, ("Organization", "name: acme")])["organizations"][0];
    assert_eq!(
        *organization,
        json!({"name": "acme", "teams": [{"name": "devs", "role": "member", "ldap": {"group_dn": "cn=devs"}}]})
    );
}

#[test]
fn a_complete_list_prunes_and_other_lists_add() {
    let team = |rest: &str| {
        declared(&[("Team", &format!("organization: acme, name: devs, {rest}"))])["organizations"][0]["teams"][0]
            .clone()
    };
    assert_eq!(team("members: [a], append: false")["prune"], json!({"members": true}));
    assert_eq!(team("members: [a], append: true"), json!({"name": "devs", "members": ["a"]}));
    assert_eq!(team("append: false"), json!({"name": "devs"}), "without a list, nothing is complete");
    let repository = declared(&[
        ("Repository", "name: acme/app, append: false, perms: []"),
        ("RepositoryPrune", "repository: acme/app, method: tags, value: '5', append: false"),
    ]);
    let repository = &repository["organizations"][0]["repositories"][0];
    assert_eq!(repository["prune"], json!({"permissions": true, "prune_policies": true}));
    let robot = declared(&[("Robot", "name: acme+ci, append: false, federations: []")]);
    assert_eq!(robot["organizations"][0]["robots"][0]["prune"], json!({"federations": true}));
    let policy = declared(&[("OrganizationPrune", "namespace: acme, method: tags, value: '5', append: false")]);
    assert_eq!(policy["tasks"][0]["quay_organization_prune"]["append"], false, "pruning would reach the repositories");
}

#[test]
fn commands_become_tasks_of_their_own() {
    let mirror = declared(&[("RepositoryMirror", "name: acme/app, isEnabled: true, forceSync: true")]);
    assert_eq!(
        mirror["organizations"][0]["repositories"][0]["mirror"],
        json!({"is_enabled": true, "force_sync": true}),
        "once for each change, which a mirror of a registry file does by itself"
    );
    assert!(mirror["tasks"].is_null());
    let test = "repository: acme/app, title: t, event: repo_push, method: slack, test: true, resetFailcount: false";
    let test = declared(&[("Notification", test)]);
    assert_eq!(test["organizations"][0]["repositories"][0]["notifications"][0]["title"], "t");
    assert_eq!(test["tasks"][0]["quay_notification"]["test"], true);
    assert!(test["tasks"][0]["quay_notification"]["reset_failcount"].is_null());
    let found = declared(&[("Notification", "repository: acme/app, regexp: x.*, event: repo_push")]);
    assert!(found["organizations"].is_null());
    assert_eq!(found["tasks"][0]["quay_notification"]["regexp"], "x.*");
}

#[test]
fn what_belongs_to_an_account_is_a_task() {
    let value = declared(&[
        ("User", "username: bob"),
        ("Repository", "name: bob/notes, perms: [{name: alice}]"),
        ("Robot", "name: bob+ci"),
        ("Robot", "name: own"),
        ("Repository", "name: own"),
        ("OrganizationPrune", "namespace: bob, method: tags, value: '5'"),
    ]);
    assert!(value["organizations"].is_null(), "{value}");
    let tasks = value["tasks"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    let names: Vec<&Value> = tasks.iter().filter_map(|task| task.pointer("/quay_repository/name")).collect();
    assert_eq!((tasks.len(), names), (5, vec![&json!("bob/notes"), &json!("own")]));
    assert_eq!(tasks.iter().filter(|task| !task["quay_repository"]["perms"].is_null()).count(), 1);
}

#[test]
fn a_new_name_renames() {
    let value = declared(&[
        ("Organization", "name: old, newName: new"),
        ("Quota", "organization: old, quota: 1 GiB"),
        ("Robot", "name: new+ci"),
    ]);
    assert_eq!(
        value["organizations"],
        json!([{"name": "new", "previous_name": "old", "quota": {"quota": "1 GiB"}, "robots": [{"name": "ci"}]}])
    );
    let twice = problems(&[
        ("Organization", "name: old, newName: new"),
        ("Quota", "organization: old, quota: 1 GiB"),
        ("Quota", "organization: new, quota: 2 GiB"),
    ]);
    assert!(twice.contains("quota of new is declared twice"), "{twice}");
}

#[test]
fn preserved_objects_are_marked() {
    let value = declared(&[
        ("Organization", "name: acme, preserveInQuayOnDeletion: true"),
        ("Quota", "organization: acme, preserveInQuayOnDeletion: true"),
        ("Team", "organization: acme, name: devs, preserveInQuayOnDeletion: false"),
        ("DockerToken", "name: laptop, preserveInQuayOnDeletion: true"),
    ]);
    let organization = &value["organizations"][0];
    assert_eq!((&organization["preserve"], &organization["quota"]["preserve"]), (&json!(true), &json!(true)));
    assert!(organization["teams"][0]["preserve"].is_null());
    assert_eq!(value["tasks"][0]["preserve"], true);
}

#[test]
fn a_token_wins_except_where_only_an_account_counts() {
    let value = declared(&[("ApiToken", "clientId: abc")]);
    assert_eq!(value["registry"], json!({"quay_host": "https://q.example.com", "quay_token": "token-of-owner"}));
    let task = &value["tasks"][0]["quay_api_token"];
    assert_eq!((&task["quay_username"], &task["quay_password"]), (&json!("admin"), &json!("password-of-admin")));
    let text = format!("---\n{SECRET}\n").replace(", username: admin, password: password-of-admin", "");
    let mut documents = parse::parse("f", &text).unwrap_or_else(|_| panic!());
    documents.extend(manifests(&[("ApiToken", "clientId: abc")]).into_iter().skip(1));
    let problems = translate(documents, &Options::default()).map(|_| ()).unwrap_err();
    assert!(shown(&problems).contains("must have username and password"), "{}", shown(&problems));
}

#[test]
fn a_connection_is_decoded_and_never_guessed() {
    let connection = |secret: &str| {
        let text = format!(
            "---\n{{apiVersion: v1, kind: Secret, metadata: {{name: quay, namespace: n}}, {secret}}}\n---\n\
             {{apiVersion: {VERSION}, kind: Quota, metadata: {{name: q, namespace: n}}, \
             spec: {{connSecretRef: {{name: quay}}, organization: acme}}}}"
        );
        let documents = parse::parse("f", &text).unwrap_or_else(|problems| panic!("{problems:#?}"));
        translate(documents, &Options::default())
            .map(|translation| translation.declaration.to_value()["registry"].clone())
            .map_err(|problems| shown(&problems))
    };
    assert_eq!(connection("stringData: {}"), Ok(json!({})), "the defaults of the modules");
    let data = "data: {username: YWRtaW4=, password: MQ==, timeout: MzA=, validateCerts: bm8=}, stringData: {timeout: 2.5, password: ''}";
    assert_eq!(
        connection(data),
        Ok(json!({"validate_certs": false, "timeout": 2.5, "quay_username": "admin"})),
        "stringData wins, and empty is missing"
    );
    assert!(connection("data: {token: s3cret}").is_err_and(|told| told.contains("Base64") && !told.contains("s3cret")));
    assert!(connection("type: Opaque").is_err_and(|told| told.contains("quay: secret not found")));
}

#[test]
fn a_secret_that_is_elsewhere_can_be_mapped() {
    let text = format!(
        "{{apiVersion: {VERSION}, kind: Quota, metadata: {{name: q, namespace: n}}, \
         spec: {{connSecretRef: {{name: quay}}, organization: acme}}}}"
    );
    let documents = || parse::parse("f", &text).unwrap_or_else(|_| panic!());
    let mapping = Node::of_value(&json!({"quay_host": "q.example.com", "quay_token": {"env": "T"}}), "quay");
    for name in ["quay", "n/quay"] {
        let options = Options { connections: BTreeMap::from([(name.to_owned(), mapping.clone())]), placeholders: true };
        let value = translate(documents(), &options).unwrap_or_else(|problems| panic!("{problems:#?}"));
        assert_eq!(value.declaration.to_value()["registry"], mapping.to_value());
    }
    let other = Options { connections: BTreeMap::from([("other/quay".to_owned(), mapping)]), placeholders: false };
    assert!(translate(documents(), &other).is_err());
}

/// `kubectl get organizations,teams,robots` lists no Secrets.
#[test]
fn a_secret_that_is_nowhere_becomes_a_variable_where_a_file_is_written() {
    let options = Options { placeholders: true, ..Options::default() };
    let without_secret = |each: &[(&str, &str)]| manifests(each).into_iter().skip(1).collect::<Vec<_>>();
    let list = without_secret(&[("Organization", "name: acme"), ("Quota", "organization: acme, quota: 1 GiB")]);
    let translation = translate(list.clone(), &options).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let expected = "f:7:23: connSecretRef: quay: the Secret quay of the namespace default is not in the input: give the server as \
                    quay_host or QUAY_HOST, and its token in the environment variable QUAY_TOKEN_DEFAULT_QUAY";
    assert_eq!(shown(&translation.warnings), expected, "once for both manifests");
    assert_eq!(
        translation.declaration.to_value()["registry"],
        json!({"quay_token": {"env": "QUAY_TOKEN_DEFAULT_QUAY"}})
    );
    let token = |name: &str| (name == "QUAY_TOKEN_DEFAULT_QUAY").then(|| "token".to_owned());
    assert!(Declaration::read(vec![translation.declaration], None, &token).is_ok());
    // A run needs the Secret itself, and so does an account.
    assert!(translate(list, &Options::default()).is_err());
    let told = translate(without_secret(&[("ApiToken", "clientId: abc")]), &options).map(|_| ()).unwrap_err();
    assert!(shown(&told).contains("add the Secret quay of the namespace default to the input"), "{}", shown(&told));
    let elsewhere = [manifests(&[]), without_secret(&[("Organization", "name: acme")])].concat();
    assert!(translate(elsewhere, &options).is_ok_and(|translation| translation.warnings.is_empty()));
}

#[test]
fn two_secrets_with_one_content_are_one_endpoint() {
    let second = SECRET.replace("name: quay", "name: copy").replace("https://q.example.com", "Q.example.com:443/");
    let mut documents = parse::parse("g", &second).unwrap_or_else(|_| panic!());
    documents.extend(manifests(&[("Organization", "name: acme")]));
    let text = format!(
        "{{apiVersion: {VERSION}, kind: Quota, metadata: {{name: q}}, spec: {{connSecretRef: {{name: copy}}, organization: acme}}}}"
    );
    documents.extend(parse::parse("h", &text).unwrap_or_else(|_| panic!()));
    let value = translate(documents, &Options::default()).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let value = value.declaration.to_value();
    assert!(value["registry"]["endpoints"].is_null() && value["organizations"][0]["endpoints"].is_null(), "{value}");
}

#[test]
fn accounts_of_one_host_are_planned_apart_and_that_is_told() {
    let second = SECRET.replace("name: quay", "name: other").replace("token-of-owner", "token-of-other");
    let mut documents = parse::parse("g", &second).unwrap_or_else(|_| panic!());
    documents.extend(manifests(&[("Organization", "name: acme")]));
    let text = format!(
        "{{apiVersion: {VERSION}, kind: Quota, metadata: {{name: q}}, spec: {{connSecretRef: {{name: other}}, organization: acme}}}}"
    );
    documents.extend(parse::parse("h", &text).unwrap_or_else(|_| panic!()));
    let translation = translate(documents, &Options::default()).unwrap_or_else(|problems| panic!("{problems:#?}"));
    assert!(shown(&translation.warnings).contains("name the same host"));
    let value = translation.declaration.to_value();
    assert_eq!(value["organizations"][0], json!({"name": "acme", "endpoints": ["quay"]}));
    assert_eq!(
        value["organizations"][1],
        json!({"name": "acme", "endpoints": ["other"], "reference": true, "quota": {}})
    );
}

#[test]
fn spelling_is_that_of_manifests() {
    assert!(
        problems(&[("Organization", "name: acme, time_machine_expiration: 2w")])
            .contains("it is timeMachineExpiration")
    );
    assert!(problems(&[("User", "username: bob, isSuperuser: true")]).contains("User has no key isSuperuser"));
    assert!(problems(&[("Team", "name: a1, organization: acme, retSecretRef: {name: x}")]).contains("retSecretRef"));
    assert!(
        problems(&[("Repository", "name: acme/app, perms: [{name: bob, rôle: read}]")]).contains("perms has no key")
    );
    assert!(problems(&[("Repository", "name: 'acme/*'")]).contains("is not a repository name"));
    assert!(problems(&[("Team", "name: 12, organization: acme")]).contains("name must be a text"));
}

#[test]
fn a_registry_file_can_say_all_of_it() {
    let translation = translate(documents(GOOD), &Options::default());
    let translation = translation.unwrap_or_else(|problems| panic!("{problems:#?}"));
    let read = Declaration::read(vec![translation.declaration], None, &|_| None);
    assert_eq!(read.map(|_| ()).map_err(|problems| shown(&problems)), Ok(()));
}

#[test]
fn a_registry_file_can_say_what_a_single_server_gets() {
    let translation = translate(
        manifests(&[
            ("Organization", "name: acme, email: a@example.com, timeMachineExpiration: 2w"),
            ("Team", "organization: acme, name: devs, append: true, members: [alice]"),
            ("TeamLdap", "organization: acme, name: ops, groupDn: cn=ops"),
            ("Robot", "name: acme+ci, federations: [{issuer: 'https://i.example.com', subject: ci}]"),
            ("Repository", "name: acme/app, append: false, perms: [{name: acme+ci, role: write}]"),
            (
                "Notification",
                "repository: acme/app, title: t, event: repo_push, method: slack, config: {url: 'https://x'}",
            ),
            ("ApiToken", "clientId: abc"),
            ("Message", "content: hello"),
        ]),
        &Options::default(),
    );
    let declaration = translation.unwrap_or_else(|problems| panic!("{problems:#?}")).declaration;
    let read = Declaration::read(vec![declaration], None, &|_| None);
    assert_eq!(read.map(|_| ()).map_err(|problems| shown(&problems)), Ok(()));
}
