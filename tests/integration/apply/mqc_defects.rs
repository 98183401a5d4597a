//! What went wrong with Mass Quay Configurator (D1 to D21 in the list of its defects) does not go wrong here.

use quay_emulator::{Emulator, Fault};
use quaymaster::apply::report::{Outcome, Report};
use serde_json::{Value, json};

use crate::apply::foreign::{changes, succeeded, warnings};
use crate::apply::mqc::{Pair, namespace};
use crate::apply::support::{Mass, complaints, lines};

/// A file with an organization, and repositories of which `own` is the only one.
fn file(more: &str, own: &str) -> String {
    format!(
        "quay_endpoint: HOST\nquay_organization: acme\nquay_organization_email: acme@example.com\n\
         robots: [{{name: ci, desc: Robot}}]\n{more}\nrepositories: [{{name: app, {own}}}]\n"
    )
}

fn repository(emulator: &Emulator) -> Value {
    namespace(emulator, "acme")["repositories"]["app"].clone()
}

/// The writes since the journal was cleared, as `METHOD path`.
fn writes(emulator: &Emulator) -> Vec<String> {
    emulator.writes().iter().map(|exchange| format!("{} {}", exchange.method, exchange.path)).collect()
}

fn failures(report: &Report) -> usize {
    let objects = report.endpoints.iter().flat_map(|endpoint| &endpoint.objects);
    objects.filter(|object| matches!(object.outcome, Outcome::Failed(_))).count()
}

#[test]
fn d1_an_organization_that_exists_keeps_everything() {
    let pair = Pair::new();
    pair.module("quay_organization", json!({"name": "acme"}));
    pair.module("quay_robot", json!({"name": "acme+ci", "description": "Robot"}));
    pair.module("quay_team", json!({"organization": "acme", "name": "kept"}));
    pair.one.push_image("acme/kept", "v1");
    pair.module("quay_repository", json!({"name": "acme/app", "description": "Old"}));
    let token = namespace(&pair.one, "acme")["robots"]["ci"]["token"].clone();
    pair.one.clear_journal();
    pair.file(&file("", "mirror: false, description: New")).applied();
    let after = namespace(&pair.one, "acme");
    assert!(after["teams"]["kept"].is_object() && after["repositories"]["kept"]["tags"].is_array());
    assert!(!token.is_null() && after["robots"]["ci"]["token"] == token, "the robot account has its old token");
    assert!(!writes(&pair.one).iter().any(|line| line.starts_with("DELETE")), "{:?}", writes(&pair.one));
    let app = repository(&pair.one);
    assert_eq!(
        (&app["description"], &after["email"]),
        (&json!("New"), &json!("acme@example.com")),
        "D14: brought up to date"
    );
}

#[test]
fn d2_rights_of_teams_come_to_an_end() {
    let pair = Pair::new();
    for permissions in ["{teams: [{name: devs, role: write}]}", "{teams: []}"] {
        let files = pair.file(&file("teams: [{name: devs}]", &format!("mirror: false, permissions: {permissions}")));
        files.applied();
        files.settled();
    }
    assert_eq!(repository(&pair.one)["team_roles"], json!({}), "an empty list is a list");
}

#[test]
fn d3_certificates_are_verified() {
    let pair = Pair::new();
    let mut files = pair.file(&file("", "mirror: false"));
    files.over.remove("ca_path");
    let report = files.apply();
    assert!(!report.succeeded() && complaints(&report).contains("is not trusted"), "{}", complaints(&report));
    assert!(pair.one.journal().is_empty());
}

#[test]
fn d4_a_refused_call_is_an_error_and_other_organizations_go_on() {
    let pair = Pair::new();
    pair.one.fault(Fault::status(400, "application/json", r#"{"message": "no"}"#).on("PUT", "*/robots/ci").times(1));
    let files = pair.file(&file("", "mirror: false"));
    files.add("other.yaml", &pair.text(&file("", "mirror: false").replace("acme", "other")));
    let report = files.apply();
    assert!(!report.succeeded());
    assert_eq!(failures(&report), 1, "{}", complaints(&report));
    assert!(complaints(&report).contains("Quay says \"no\""), "{}", complaints(&report));
    let robots = |name: &str| namespace(&pair.one, name)["robots"]["ci"].is_object();
    assert!(robots("acme") != robots("other"), "the other organization went on");
    succeeded(files.apply());
    files.settled();
}

#[test]
fn d6_mistakes_stop_before_any_request() {
    let pair = Pair::new();
    let files = pair.file(&file("", "mirror: perhaps, visibilty: public"));
    let problems = files.read().map(|_| ()).map_err(|problems| lines(&problems)).unwrap_err();
    assert!(problems.contains("mirror") && problems.contains("visibilty"), "D20, unknown keys: {problems}");
    assert!(problems.lines().all(|line| line.contains("own.yaml:")), "{problems}");
}

const MIRROR: &str = "mirror_params: {src_registry: quay.io, src_image: x/y, src_image_tags: [latest], \
                      ext_registry_verify_tls: true, robot_username: ci, sync_interval: 3600";

#[test]
fn d7_mirror_and_is_enabled_are_honoured() {
    let pair = Pair::new();
    for (switch, enabled, expected) in [("true", "false", false), ("false", "true", false), ("true", "true", true)] {
        let files = pair.file(&file("", &format!("mirror: {switch}, {MIRROR}, is_enabled: {enabled}}}")));
        files.applied();
        files.settled();
        let found = repository(&pair.one);
        assert_eq!(found["mirror"]["fields"]["is_enabled"], expected, "mirror: {switch}, is_enabled: {enabled}");
        pair.one.with_state(|state| state.namespaces.shift_remove("acme"));
    }
}

#[test]
fn d8_a_mirror_is_complete_and_d21_synchronizes_and_forgets_nothing_by_itself() {
    let pair = Pair::new();
    let user = "ext_registry_username: puller, ext_registry_password: secret-of-puller";
    let files = pair.file(&file("", &format!("mirror: true, {MIRROR}, {user}}}")));
    files.applied();
    let post = pair.one.writes().into_iter().find(|exchange| exchange.path.ends_with("/mirror")).unwrap();
    assert!(post.request["skopeo_timeout_interval"].is_number(), "{}", post.request);
    pair.one.clear_journal();
    // The password is not in the file any more: what is stored stays.
    let changed = pair.file(&file("", &format!("mirror: true, {MIRROR}}}")).replace("3600", "7200"));
    changed.applied();
    let put = pair.one.writes().into_iter().find(|exchange| exchange.path.ends_with("/mirror")).unwrap();
    assert!(put.method == "PUT" && put.request.get("external_registry_password").is_none(), "{}", put.request);
    assert!(!writes(&pair.one).iter().any(|line| line.contains("sync-now")), "{:?}", writes(&pair.one));
}

#[test]
fn d9_a_new_repository_is_private_unless_it_is_asked_for() {
    let pair = Pair::new();
    let mut files = pair.file(&file("", "mirror: false"));
    files.applied();
    assert_eq!(repository(&pair.one)["public"], false);
    files.public_by_default = true;
    let report = files.apply();
    assert!(complaints(&report).contains("make_public"), "{}", complaints(&report));
    assert_eq!(repository(&pair.one)["public"], false);
}

#[test]
fn d10_and_d11_a_team_needs_no_description_and_its_synchronization_is_left_in_place() {
    let pair = Pair::new();
    let files = pair.file(&file("teams: [{name: devs, group_dn: 'cn=operators,ou=groups'}]", "mirror: false"));
    files.applied();
    assert!(namespace(&pair.one, "acme")["teams"]["devs"].is_object());
    pair.one.clear_journal();
    files.applied();
    assert_eq!(writes(&pair.one), Vec::<String>::new());
    let refused = pair.file(&file("teams: [{name: devs, group_dn: 'cn=nobody,ou=groups'}]", "mirror: false"));
    assert!(!refused.apply().succeeded());
    files.settled();
}

#[test]
fn d11_a_directory_that_the_server_does_not_have_is_told_before_anything_is_written() {
    let mass = Mass::new();
    let team = json!({"name": "devs", "ldap": {"group_dn": "cn=operators"}});
    let report = mass.apply(json!({"organizations": [{"name": "acme", "teams": [team]}]}));
    let said = complaints(&report);
    assert!(said.contains("refused: ") && said.contains("authenticates with Database, not with LDAP"), "{said}");
    assert_eq!(mass.writes(), 0);
}

#[test]
fn d12_foreign_notifications_stay_and_none_needs_a_title() {
    let pair = Pair::new();
    pair.module("quay_organization", json!({"name": "acme"}));
    pair.module("quay_repository", json!({"name": "acme/app"}));
    let foreign = json!({
        "repository": "acme/app", "title": "Other", "event": "repo_push", "method": "webhook", "config": {"url": "https://h.example.com/"},
    });
    pair.module("quay_notification", foreign);
    let notification = "{event: repo_mirror_sync_failed, method: webhook, config: {url: 'https://n.example.com/x'}}";
    let files = pair.file(&file("", &format!("mirror: false, notification: [{notification}]")));
    files.applied();
    files.settled();
    assert_eq!(repository(&pair.one)["notifications"].as_object().map(serde_json::Map::len), Some(2));
    assert!(!writes(&pair.one).iter().any(|line| line.starts_with("DELETE")));
}

#[test]
fn d13_only_listed_blocks_lose_rights_and_never_the_caller() {
    let pair = Pair::new();
    pair.module("quay_organization", json!({"name": "acme"}));
    pair.module("quay_robot", json!({"name": "acme+old"}));
    let grants = json!([
        {"name": "acme+old", "role": "read"}, {"name": "alice", "role": "read"}, {"name": "bob", "role": "read"},
    ]);
    pair.module("quay_repository", json!({"name": "acme/app", "perms": grants}));
    let own = |block: &str| pair.file(&file("", &format!("mirror: false, permissions: {block}")));
    let rights = || {
        let mut names: Vec<String> = repository(&pair.one)["user_roles"].as_object().unwrap().keys().cloned().collect();
        names.sort();
        names
    };
    pair.file(&file("", "mirror: false")).applied();
    assert_eq!(rights(), ["acme+old", "admin", "alice", "bob"], "a file without permissions takes none");
    own("{robots: [{name: ci, role: write}]}").applied();
    assert_eq!(rights(), ["acme+ci", "admin", "alice", "bob"], "users are not in the file");
    pair.one.clear_journal();
    let users = own("{users: [{name: alice, role: write}]}");
    users.applied();
    assert_eq!(rights(), ["acme+ci", "admin", "alice"], "the caller stays");
    let role = "/permissions/user/alice";
    let alice: Vec<String> = writes(&pair.one).into_iter().filter(|line| line.ends_with(role)).collect();
    assert_eq!(
        alice,
        [format!("PUT /api/v1/repository/acme/app{role}")],
        "a role is changed, not taken and given again"
    );
    users.settled();
}

#[test]
fn d16_a_wrong_token_ends_it_at_the_first_refusal() {
    let pair = Pair::new();
    let mut files = pair.file(&file("", "mirror: false"));
    files.environment.insert("QUAY_TOKEN".to_owned(), "wrong-token-0123456789".to_owned());
    let report = files.apply();
    assert!(!report.succeeded() && writes(&pair.one).is_empty(), "{}", complaints(&report));
    assert!(complaints(&report).contains("quay_token is invalid") && !complaints(&report).contains("wrong-token"));
    assert!(pair.one.journal().len() <= 3, "{}", pair.one.journal().len());
}

#[test]
fn d17_an_address_of_two_organizations_drops_neither() {
    let pair = Pair::new();
    let files = pair.file(&file("", "mirror: false"));
    let text = file("", "mirror: false").replace("quay_organization: acme", "quay_organization: other");
    files.add("other.yaml", &pair.text(&text));
    let (_, warned) = files.read().unwrap_or_else(|problems| panic!("{}", lines(&problems)));
    assert!(warned.iter().any(|warning| warning.contains("another organization already")), "{warned:?}");
    let report = files.apply();
    assert!(namespace(&pair.one, "acme").is_object(), "{}", complaints(&report));
}

#[test]
fn d19_names_are_encoded() {
    let pair = Pair::new();
    let text = file("teams: [{name: devs}]", "mirror: false").replace("name: app", "name: a/b.c-d_e");
    let files = pair.file(&text);
    files.applied();
    assert!(namespace(&pair.one, "acme")["repositories"]["a/b.c-d_e"].is_object());
    let odd = pair.file(&file("", "mirror: false").replace("name: app", "name: 'app?x=1#y'"));
    assert!(odd.read().is_err(), "a name that Quay cannot have is a mistake");
}

#[test]
fn what_is_not_in_the_file_stays() {
    let pair = Pair::new();
    let files = pair.file(&file("teams: [{name: devs}]", "mirror: false"));
    files.applied();
    let less = pair.file(&file("", "mirror: false").replace("name: ci", "name: cd"));
    assert_eq!(changes(&less.applied()).len(), 1);
    let after = namespace(&pair.one, "acme");
    assert!(after["teams"]["devs"].is_object() && after["robots"]["ci"].is_object());
    assert!(warnings(&less.settled()).is_empty());
}
