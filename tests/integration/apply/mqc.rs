//! Files of Mass Quay Configurator, applied to two servers over TLS.

use std::io::Write as _;

use quay_emulator::{Config, Emulator};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::apply::foreign::{Files, changes, warnings};
use crate::support::{Run, call, merge};

/// Two servers with LDAP, https only, and the accounts that the fixtures name.
pub struct Pair {
    pub one: Emulator,
    pub two: Emulator,
    tokens: [String; 2],
    authorities: NamedTempFile,
}

impl Pair {
    pub fn new() -> Pair {
        let (one, two) = (server(), server());
        let tokens = [one.seed_admin(), two.seed_admin()];
        let mut authorities = NamedTempFile::new().unwrap();
        for emulator in [&one, &two] {
            authorities.write_all(emulator.ca_pem().unwrap().as_bytes()).unwrap();
        }
        Pair { one, two, tokens, authorities }
    }

    /// The fixtures, with these servers.
    pub fn files(&self) -> Files {
        let host = |emulator: &Emulator| emulator.url().replace("https://", "");
        let (one, two) = (host(&self.one), host(&self.two));
        let replace = [
            ("quay-one.example.com", one.as_str()),
            ("quay-two.example.com:8443", two.as_str()),
            ("token-of-one", self.tokens[0].as_str()),
            ("token-of-two", self.tokens[1].as_str()),
        ];
        self.trusting(Files::fixtures(&["mqc/acme.yaml", "mqc/bare.yaml", "mqc/.mqc/login.yaml"], &replace))
    }

    /// One file of the user's own for the first server; `HOST` in it stands for that server.
    pub fn file(&self, text: &str) -> Files {
        let mut files = self.trusting(Files::of(&[("own.yaml", self.text(text))]));
        files.environment.insert("QUAY_TOKEN".to_owned(), self.tokens[0].clone());
        files
    }

    /// A text with the first server for `HOST`.
    pub fn text(&self, text: &str) -> String {
        text.replace("HOST", &self.one.url().replace("https://", ""))
    }

    /// Runs a module on the first server, to make what was there before.
    pub fn module(&self, module: &str, options: Value) {
        let mut arguments = json!({
            "_ansible_module_name": format!("quaymaster.quay.{module}"), "quay_host": self.one.url(), "retries": 0,
            "quay_token": self.tokens[0], "ca_path": self.authorities.path(),
        });
        merge(&mut arguments, options);
        let run = Run::of(call(&arguments.to_string(), &[]), Vec::new());
        assert!(run.changed());
    }

    fn trusting(&self, mut files: Files) -> Files {
        files.over.insert("ca_path".to_owned(), json!(self.authorities.path()));
        files
    }
}

fn server() -> Emulator {
    let directory = json!({
        "sync": {"service": "ldap", "base_dn": "dc=example,dc=org"},
        "groups": {"cn=operators,ou=groups": ["carol"]},
    });
    let config = Config { tls: true, ..Config::default() };
    let config = config.setting("AUTHENTICATION_TYPE", "LDAP").setting("EMULATOR_DIRECTORY", directory);
    let emulator = Emulator::with(config);
    for user in ["alice", "bob", "carol"] {
        emulator.add_user(user, "password");
    }
    emulator
}

/// The namespace of an organization as the server has it.
pub fn namespace(emulator: &Emulator, name: &str) -> Value {
    emulator.snapshot()["namespaces"][name].clone()
}

#[test]
fn every_field_is_applied_once_on_each_endpoint() {
    let pair = Pair::new();
    let files = pair.files();
    files.applied();
    let again = files.settled();
    assert!(again.endpoints.iter().all(|endpoint| endpoint.requests <= 25), "a repeat looks up too much");
    for emulator in [&pair.one, &pair.two] {
        assert_eq!(emulator.snapshot()["namespaces"]["acme"]["email"], "acme@example.com");
    }
    assert!(namespace(&pair.two, "bare").is_object() && namespace(&pair.one, "bare").is_null());
}

#[test]
fn the_converted_file_says_the_same() {
    let pair = Pair::new();
    let files = pair.files();
    files.applied();
    let converted = files.converted();
    converted.settled();

    let fresh = Pair::new();
    let elsewhere = fresh.files().converted();
    elsewhere.applied();
    fresh.files().settled();
    assert_eq!(changes(&elsewhere.plan()), Vec::<String>::new());
    assert!(warnings(&elsewhere.plan()).is_empty());
}

#[test]
fn everything_of_the_files_goes_again_and_nothing_else() {
    let pair = Pair::new();
    pair.module("quay_organization", json!({"name": "other", "email": "other@example.com"}));
    pair.module("quay_robot", json!({"name": "other+ci"}));
    pair.module("quay_repository", json!({"name": "other/app", "visibility": "private"}));
    let before = namespace(&pair.one, "other");
    let files = pair.files();
    files.applied();
    files.settled();
    assert_eq!(namespace(&pair.one, "other"), before, "applied");
    assert!(files.destroy().succeeded());
    for (emulator, name) in [(&pair.one, "acme"), (&pair.two, "acme"), (&pair.two, "bare")] {
        assert!(namespace(emulator, name).is_null(), "{name}");
    }
    assert_eq!(namespace(&pair.one, "other"), before, "destroyed");
}

/// Every key of the format is in the fixtures, which are applied, repeated and destroyed, and in the documentation.
#[test]
fn every_key_of_the_format_is_used_and_documented() {
    const KEYS: &str = "quay_endpoint replicate_to quay_organization quay_organization_email quay_organization_role_email repositories robots \
        teams name desc description visibility mirror mirror_params permissions notification src_registry src_image src_image_tags \
        ext_registry_verify_tls ext_registry_unsigned_image robot_username sync_interval is_enabled http_proxy https_proxy no_proxy \
        ext_registry_username ext_registry_password role users event method config url title eventConfig group_dn members \
        quay_endpoint_login quay_token mirror_repository organization repository";
    let read = |name: &str| std::fs::read_to_string(format!("{}/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let files =
        ["acme.yaml", "bare.yaml", ".mqc/login.yaml"].map(|name| read(&format!("tests/fixtures/mqc/{name}"))).concat();
    let documented = read("docs/mqc.md");
    let words = |text: &str| -> std::collections::BTreeSet<String> {
        text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).map(str::to_owned).collect()
    };
    let (used, documented) = (words(&files), words(&documented));
    for key in KEYS.split_whitespace() {
        assert!(used.contains(key), "{key} is not in the fixtures");
        assert!(documented.contains(key), "{key} is not in docs/mqc.md");
    }
}
