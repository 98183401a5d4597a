//! Manifests of the operator, every kind, applied to four servers.

mod destroy;
mod phases;
mod secrets;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quay_emulator::{Config, Emulator};
use quaymaster::apply::kinds::Kind;
use serde_json::{Value, json};

use crate::apply::foreign::{Files, changes, only, succeeded, warnings};
use crate::apply::mqc::namespace;
use crate::support::{Registry, test_names};

const FIXTURES: &[&str] = &["operator/organization.yaml", "operator/repository.yaml", "operator/server.yaml"];

/// The servers that the fixtures name: a filled one, two with a directory, and one without any account.
struct Cluster {
    quay: Registry,
    ldap: Registry,
    oidc: Registry,
    fresh: Emulator,
}

impl Cluster {
    fn new() -> Cluster {
        let fresh = Emulator::with(Config::default().setting("SUPER_USERS", json!(["root"])));
        let ldap = directory("LDAP", json!({"service": "ldap", "base_dn": "dc=example,dc=org"}));
        let oidc = directory("OIDC", json!({"service": "oidc", "issuer_domain": "id.example.com"}));
        Cluster { quay: filled(), ldap, oidc, fresh }
    }

    /// The fixtures, with these servers.
    fn files(&self) -> Files {
        let base64 = |text: &str| STANDARD.encode(text);
        let quay = base64(&self.quay.emulator.url());
        let token = base64(&self.quay.token);
        let replace = [
            (base64("https://quay.example.com"), quay),
            ("https://quay.example.com".to_owned(), self.quay.emulator.url()),
            (base64("token-of-owner"), token),
            ("https://ldap.example.com".to_owned(), self.ldap.emulator.url()),
            ("token-of-ldap".to_owned(), self.ldap.token.clone()),
            ("https://oidc.example.com".to_owned(), self.oidc.emulator.url()),
            ("token-of-oidc".to_owned(), self.oidc.token.clone()),
            ("https://fresh.example.com".to_owned(), self.fresh.url()),
        ];
        let replace: Vec<(&str, &str)> = replace.iter().map(|(old, new)| (old.as_str(), new.as_str())).collect();
        Files::fixtures(FIXTURES, &replace)
    }
}

/// A server with what the manifests build on and none of them declares.
fn filled() -> Registry {
    let registry = Registry::new();
    registry.emulator.add_user("alice", "password-of-alice");
    for name in ["acme", "cached", "mirrored"] {
        registry.ok("quay_organization", json!({"name": name}));
    }
    registry.ok("quay_robot", json!({"name": "mirrored+copy"}));
    registry.emulator.push_image("acme/app", "v1");
    registry.ok("quay_robot", json!({"name": "acme+ci"}));
    registry.ok("quay_repository", json!({"name": "acme/base/ubi", "repo_state": "MIRROR"}));
    registry
}

/// A server whose accounts live elsewhere, with two teams.
fn directory(kind: &str, sync: Value) -> Registry {
    let directory = json!({"sync": sync, "groups": {"cn=operators,ou=groups": ["alice"], "guests": ["alice"]}});
    let config = Config::default().setting("AUTHENTICATION_TYPE", kind).setting("EMULATOR_DIRECTORY", directory);
    let registry = Registry::with(config);
    registry.ok("quay_organization", json!({"name": "acme"}));
    for team in ["operators", "guests"] {
        registry.ok("quay_team", json!({"organization": "acme", "name": team}));
    }
    registry
}

#[test]
fn every_kind_is_applied_once() {
    let cluster = Cluster::new();
    let files = cluster.files();
    // Nobody can sign in before the first user is there.
    succeeded(files.apply_only(only(&[Kind::Tasks], &["fresh"])));
    files.applied();
    let again = files.settled();
    let writes = cluster.quay.emulator.writes();
    let synchronizations = writes.iter().filter(|write| write.path.ends_with("/sync-now")).count();
    assert_eq!(synchronizations, 2, "of both mirrors, once");
    let left_out = warnings(&again);
    for what in ["token is issued", "test or a reset"] {
        assert!(left_out.iter().any(|warning| warning.contains(what)), "{what}: {left_out:?}");
    }
    let alice = namespace(&cluster.quay.emulator, "alice");
    assert!(alice["repositories"]["notes"].is_object(), "a repository in the namespace of an account");
    assert_eq!(cluster.fresh.snapshot()["messages"].as_array().map(Vec::len), Some(2));
}

#[test]
fn the_converted_file_says_the_same() {
    let cluster = Cluster::new();
    let files = cluster.files();
    succeeded(files.apply_only(only(&[Kind::Tasks], &["fresh"])));
    files.applied();
    let converted = files.converted();
    converted.settled();

    let elsewhere = Cluster::new();
    let converted = elsewhere.files().converted();
    succeeded(converted.apply_only(only(&[Kind::Tasks], &["fresh"])));
    converted.applied();
    assert_eq!(changes(&elsewhere.files().settled()), Vec::<String>::new());
}

#[test]
fn nobody_can_sign_in_before_the_first_user_is_there() {
    let cluster = Cluster::new();
    let files = cluster.files();
    let report = files.apply();
    let refusals: Vec<&String> = report.endpoints.iter().flat_map(|endpoint| &endpoint.refusals).collect();
    let expected = "the first user root does not exist yet, and all the rest needs credentials that work: create root first \
                    (name the kind tasks in only), then apply everything";
    assert_eq!(refusals, [expected]);
    assert!(cluster.fresh.writes().is_empty() && cluster.quay.emulator.snapshot()["messages"] == json!([]));

    let first = succeeded(files.apply_only(only(&[Kind::Tasks], &["fresh"])));
    assert_eq!(warnings(&first), ["only the first user root is created: apply again for the rest"]);
    let created = &first.endpoints[0].objects[0];
    assert_eq!((created.title.as_str(), created.returned["username"].as_str()), ("first user root", Some("root")));
    assert_eq!(cluster.fresh.writes().len(), 1, "the first user, and nothing before it");
    assert!(first.endpoints[0].requests > 0);
}

#[test]
fn a_server_with_accounts_takes_no_first_user() {
    let cluster = Cluster::new();
    let mut config = json!({"registry": {"quay_host": cluster.fresh.url(), "quay_token": cluster.fresh.seed_admin()}});
    config["tasks"] = json!([{"quay_first_user": {"username": "first", "password": "a-long-secret"}}]);
    let files = Files::of(&[("own.yml", config.to_string())]);
    let refusals = files.plan().endpoints.remove(0).refusals;
    assert!(refusals.len() == 1 && refusals[0].contains("use quay_user instead"), "{refusals:?}");
}

/// Every row of the table for people who come from the operator is shown by a test that exists, or says why it is not possible.
#[test]
fn every_row_of_the_documentation_has_a_test_or_a_reason() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("docs/operator.md")).unwrap();
    let names = test_names();
    let exists = |name: &str| names.contains(name);
    let (kinds, rows) = text.split_once("## Fields and behaviour").unwrap();
    let rows: Vec<&str> = rows.lines().filter(|line| line.starts_with("| ")).skip(2).collect();
    assert!(rows.len() > 10);
    for row in rows {
        let shown = row.trim_end_matches('|').rsplit('|').next().unwrap().trim().trim_matches('`');
        assert!(exists(shown) || shown.is_empty() && row.contains("not possible: "), "{row}");
    }
    assert!(exists("all_24_kinds_are_applied_repeated_and_destroyed_and_strangers_stay"));
    assert!(exists("secrets_have_the_keys_and_types_of_the_operator"));
    let named: Vec<&str> = kinds.lines().filter(|line| line.contains("| quay_")).collect();
    assert_eq!(named.len(), 24);
    assert!(named.iter().all(|row| quaymaster::modules::find(row.split('|').nth(2).unwrap().trim()).is_some()));
}
