use super::*;
use crate::apply::convert::convert;
use crate::apply::input::declaration::Declaration;
use crate::apply::input::yaml::{files, parse};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/mqc");

fn nothing(_: &str) -> Option<String> {
    None
}

const STRICT: Options<'static> = Options {
    public_by_default: false,
    placeholders: false,
    environment: &nothing,
    accounts: &SourceAccounts::Known(Vec::new()),
};

fn translate(documents: Vec<Node>, login: Option<&Login>, options: &Options<'_>) -> Result<Translation, Vec<Problem>> {
    let translation = super::translate(documents, login, options);
    if translation.problems.is_empty() { Ok(translation) } else { Err(translation.problems) }
}

fn documents(names: &[&str]) -> Vec<Node> {
    files::documents(FOLDER, names)
}

fn inline(text: &str) -> Vec<Node> {
    parse::parse("f", text).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn login() -> Login {
    Login::of(&documents(&[".mqc/login.yaml"])[0]).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// Problems without the folder of the fixtures.
fn shown(problems: &[Problem]) -> String {
    let lines: Vec<String> =
        problems.iter().map(|problem| problem.to_string().replace(&format!("{FOLDER}/"), "")).collect();
    lines.join("\n")
}

fn translated(text: &str, options: &Options<'_>) -> Translation {
    translate(inline(text), None, options).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn problems_of(text: &str) -> String {
    translate(inline(text), None, &STRICT).map(|_| ()).map_err(|problems| shown(&problems)).unwrap_err()
}

/// A file with one repository.
fn repository(body: &str) -> String {
    format!(
        "quay_endpoint: quay.example.com\nquay_organization: acme\nquay_organization_email: a@example.com\n\
         robots: [{{name: ci, desc: ''}}]\nteams: [{{name: devs}}]\nrepositories: [{{name: app, {body}}}]\n"
    )
}

fn first_repository(translation: &Translation) -> serde_json::Value {
    translation.declaration.to_value()["organizations"][0]["repositories"][0].clone()
}

#[test]
fn every_field_has_its_place_in_a_registry_file() {
    let login = login();
    let translation = translate(documents(&["acme.yaml", "bare.yaml"]), Some(&login), &STRICT);
    let translation = translation.unwrap_or_else(|problems| panic!("{problems:#?}"));
    insta::assert_snapshot!("every_field", convert(&translation).text);
    insta::assert_snapshot!("warnings", shown(&translation.warnings));
    let read = Declaration::read(vec![translation.declaration.clone()], None, &nothing);
    assert_eq!(read.map(|_| ()).map_err(|problems| shown(&problems)), Ok(()));
    // The text above hides what the run needs.
    let value = translation.declaration.to_value();
    assert_eq!(value["registry"]["endpoints"][1]["quay_token"], "token-of-two");
    let mirror = &value["organizations"][0]["repositories"][1]["mirror"];
    assert_eq!(mirror["external_registry_password"], "password-of-puller");
}

#[test]
fn every_mistake_is_told_at_once_and_at_its_place() {
    let problems = translate(documents(&["broken/acme.yaml"]), None, &STRICT).map(|_| ()).unwrap_err();
    insta::assert_snapshot!("mistakes", shown(&problems));
}

#[test]
fn values_keep_the_places_of_the_users_own_file() {
    let translation = translated(&repository("mirror: false, visibility: private"), &STRICT);
    let repository = translation.declaration.get("organizations").map(|list| match &list.content {
        crate::apply::input::yaml::Content::List(list) => {
            list[0].get("repositories").map(|node| node.place.to_string())
        }
        _ => None,
    });
    assert_eq!(repository, Some(Some("f:6:16".to_owned())));
}

#[test]
fn the_format_is_known_by_its_keys() {
    assert!(is(&inline("quay_organization: acme")[0]) && is(&inline("quay_endpoint: q")[0]));
    assert!(!is(&inline("organizations: []")[0]) && !is(&inline("[quay_organization]")[0]));
    assert!(login::is(&inline("quay_endpoint_login: []")[0]) && !login::is(&inline("quay_organization: a")[0]));
}

#[test]
fn rights_are_complete_only_where_the_file_lists_them() {
    let of = |permissions: &str| {
        let text = repository(&format!("mirror: false, {permissions}"));
        first_repository(&translated(&text, &STRICT))["prune"].to_string()
    };
    assert_eq!(of("description: none"), "null");
    assert_eq!(of("permissions: null"), "null");
    assert_eq!(of("permissions: {}"), "null");
    assert_eq!(of("permissions: {robots: []}"), r#"{"permissions":["robots"]}"#);
    assert_eq!(of("permissions: {teams: [], users: null}"), r#"{"permissions":["teams"]}"#);
    assert_eq!(of("permissions: {teams: [], users: [], robots: []}"), r#"{"permissions":true}"#);
}

#[test]
fn a_repository_becomes_public_only_when_somebody_says_so() {
    let text = repository("mirror: false");
    let visibility = |options: &Options<'_>| first_repository(&translated(&text, options))["visibility"].clone();
    assert!(visibility(&STRICT).is_null());
    assert_eq!(visibility(&Options { public_by_default: true, ..STRICT }), "public");
    let private = repository("mirror: false, visibility: private");
    let options = Options { public_by_default: true, ..STRICT };
    assert_eq!(first_repository(&translated(&private, &options))["visibility"], "private");
}

const MIRROR: &str = "mirror_params: {src_registry: quay.io, src_image: a/b, src_image_tags: ['*'], robot_username: ci, \
                      sync_interval: 60, ext_registry_verify_tls: true";

#[test]
fn mirror_says_whether_images_are_copied() {
    let of = |body: &str| first_repository(&translated(&repository(body), &STRICT));
    let on = of(&format!("mirror: true, {MIRROR}}}"));
    assert_eq!((&on["repo_state"], &on["mirror"]["is_enabled"]), (&"MIRROR".into(), &true.into()));
    let off = of(&format!("mirror: false, {MIRROR}, is_enabled: true}}"));
    assert_eq!((&off["repo_state"], &off["mirror"]["is_enabled"]), (&().into(), &false.into()));
    let paused = of(&format!("mirror: true, {MIRROR}, is_enabled: false}}"));
    assert_eq!(paused["mirror"]["is_enabled"], false);
    let without = of("mirror: true");
    assert!(without["mirror"].is_null() && without["repo_state"].is_null());
}

#[test]
fn secrets_come_from_the_login_file_else_the_environment_else_the_file_itself() {
    const VARIABLE: &str = "QUAY_MIRROR_EXTERNAL_REGISTRY_PASSWORD_ACME_APP";
    let with = |extra: &str| repository(&format!("mirror: true, {MIRROR}, ext_registry_username: bob{extra}}}"));
    let stored = "quay_endpoint_login: [{quay_endpoint: quay.example.com, quay_token: tokentoken}]\n\
                  mirror_repository: [{organization: acme, repository: app, ext_registry_username: bob, \
                  ext_registry_password: stored}]";
    let login = Login::of(&inline(stored)[0]).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let variables = |name: &str| (name == VARIABLE || name == "QUAY_TOKEN_QUAY_EXAMPLE_COM").then(|| "set".to_owned());
    let with_variables = Options { environment: &variables, ..STRICT };
    let placeholders = Options { placeholders: true, ..STRICT };
    let password = |text: &str, login: Option<&Login>, options: &Options<'_>| {
        let translation = translate(inline(text), login, options).unwrap_or_else(|problems| panic!("{problems:#?}"));
        first_repository(&translation)["mirror"]["external_registry_password"].clone()
    };
    let reference = serde_json::json!({"env": VARIABLE});
    assert_eq!(password(&with(", ext_registry_password: inline"), Some(&login), &with_variables), "stored");
    assert_eq!(password(&with(", ext_registry_password: inline"), None, &STRICT), "inline");
    assert_eq!(password(&with(""), None, &with_variables), reference);
    assert_eq!(password(&with(""), None, &placeholders), reference);
    assert!(problems_of(&with("")).contains(VARIABLE));
    let other = with("").replace("username: bob", "username: eve");
    assert!(translate(inline(&other), Some(&login), &STRICT).is_err(), "the password belongs to another account");

    let token = |options: &Options<'_>| {
        let translation = translated(&repository("mirror: false"), options);
        let warned = translation.warnings.iter().any(|warning| warning.what.contains("QUAY_TOKEN_QUAY_EXAMPLE_COM"));
        (translation.declaration.to_value()["registry"]["endpoints"][0]["quay_token"].clone(), warned)
    };
    let reference = serde_json::json!({"env": "QUAY_TOKEN_QUAY_EXAMPLE_COM"});
    assert_eq!(token(&with_variables), (reference, false));
    assert_eq!(token(&STRICT), (serde_json::Value::Null, true));
}

#[test]
fn an_organization_has_one_file_for_each_endpoint() {
    let file = |endpoint: &str, replica: &str, name: &str| {
        format!(
            "---\nquay_endpoint: {endpoint}\nreplicate_to: [{replica}]\nquay_organization: {name}\n\
             quay_organization_email: a@example.com\nrepositories: []\n"
        )
    };
    let twice = file("one.example.com", "", "acme") + &file("two.example.com", "one.example.com", "acme");
    assert!(
        problems_of(&twice).starts_with("f:10:20: the organization acme is described twice"),
        "{}",
        problems_of(&twice)
    );
    let apart = file("one.example.com", "", "acme") + &file("two.example.com", "", "acme");
    assert!(translated(&apart, &STRICT).warnings.iter().all(|warning| !warning.what.contains("e-mail")));
    let address = file("one.example.com", "", "acme") + &file("one.example.com", "", "other");
    let warnings = shown(&translated(&address, &STRICT).warnings);
    assert!(
        warnings.contains("f:11:26: this e-mail address belongs to another organization already (f:5:26)"),
        "{warnings}"
    );
}

#[test]
fn an_organization_may_lack_an_address() {
    for email in ["quay_organization_email: ''", "quay_organization_email: null", "robots: []"] {
        let text = format!("quay_endpoint: q.example.com\nquay_organization: acme\nrepositories: []\n{email}\n");
        let translation = translated(&text, &STRICT);
        assert!(translation.declaration.to_value()["organizations"][0]["email"].is_null());
        assert!(shown(&translation.warnings).contains("has no e-mail address"));
    }
    let both = "quay_endpoint: q.example.com\nquay_organization: acme\nrepositories: []\n\
                quay_organization_email: a@example.com\nquay_organization_role_email: b@example.com\n";
    assert!(problems_of(both).contains("give one of them"));
}

#[test]
fn a_login_file_is_read_strictly_and_never_repeated() {
    let of = |text: &str| Login::of(&inline(text)[0]);
    let problems = |text: &str| of(text).map(|_| ()).map_err(|problems| shown(&problems)).unwrap_err();
    assert!(problems("mirror_repository: []").contains("quay_endpoint_login is missing"));
    let text = "quay_endpoint_login:\n- {quay_endpoint: q, quay_token: s3cret-1}\n- {quay_endpoint: q, quay_token: s3cret-2}\n\
                - {quay_endpoint: r, quay_tokem: s3cret-3}\nmirror_repository:\n- {organization: a, repository: b, \
                ext_registry_username: c, ext_registry_password: [s3cret-4]}";
    let told = problems(text);
    assert!(told.contains("the endpoint q is listed twice") && told.contains("did you mean quay_token?"), "{told}");
    assert!(!told.contains("s3cret"), "{told}");
    let short = of("quay_endpoint_login: [{quay_endpoint: q, quay_token: x}]").unwrap_or_else(|_| panic!());
    assert!(short.token("q").is_none() && short.warnings.len() == 1);
}

#[cfg(unix)]
#[test]
fn a_login_file_that_others_may_read_is_a_warning() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("login.yaml");
    std::fs::write(&path, "quay_endpoint_login: [{quay_endpoint: q, quay_token: tokentoken}]\n").unwrap();
    for (mode, warnings) in [(0o600, 0), (0o640, 1), (0o604, 1)] {
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        let login = Login::open(&path).unwrap_or_else(|problems| panic!("{problems:#?}"));
        assert_eq!((login.warnings.len(), login.token("q").is_some()), (warnings, true), "{mode:o}");
    }
}
