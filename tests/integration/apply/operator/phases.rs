//! Connections that the run itself makes: the first user, and what signs in with the token of that one.

use super::*;
use crate::support::Run;

const FIRST: &str = "\
apiVersion: v1
kind: Secret
metadata: {name: fresh}
stringData: {host: HOST}
---
apiVersion: quay.herve4m.github.io/v1alpha1
kind: FirstUser
metadata: {name: root}
spec:
  connSecretRef: {name: fresh}
  retSecretRef: {name: root-token}
  username: root
  password: password-of-root
  email: root@example.com
  createToken: TOKEN
---
apiVersion: quay.herve4m.github.io/v1alpha1
kind: Organization
metadata: {name: acme}
spec: {connSecretRef: {name: root-token}, name: acme}
";

fn fresh(token: bool) -> (Emulator, Files) {
    let emulator = Emulator::with(Config::default().setting("SUPER_USERS", json!(["root"])));
    let text = FIRST.replace("HOST", &emulator.url()).replace("TOKEN", &token.to_string());
    (emulator, Files::of(&[("all.yaml", text)]))
}

#[test]
fn what_signs_in_as_the_first_user_is_applied_after_it() {
    for token in [true, false] {
        let (emulator, mut files) = fresh(token);
        let planned = succeeded(files.run(true));
        let said = warnings(&planned);
        assert_eq!(
            said,
            ["1 object is planned after the first user root, which makes the Secret root-token of the namespace \
                           default that this endpoint signs in with"]
        );
        assert!(emulator.writes().is_empty() && planned.changed());

        let done = succeeded(files.run(false));
        assert_eq!(done.counts().create, 2);
        assert!(namespace(&emulator, "acme").is_object());
        // The Secret is at hand from now on.
        files.secrets = done.secrets().cloned().collect();
        let writes = emulator.writes().len();
        assert_eq!(changes(&succeeded(files.run(false))), Vec::<String>::new());
        assert_eq!(emulator.writes().len(), writes);
        // Without it nobody can sign in, and nothing is made again.
        files.secrets.clear();
        let refused = files.run(false);
        let why: Vec<&String> = refused.endpoints.iter().flat_map(|endpoint| &endpoint.refusals).collect();
        assert!(
            why.len() == 1 && why[0].contains("the first user root makes it once, and does not in this run"),
            "{why:?}"
        );
    }
}

#[test]
fn what_waits_for_something_that_fails_is_refused_in_the_end() {
    let (emulator, files) = fresh(true);
    emulator.fault(quay_emulator::Fault::html(500).on("POST", "/api/v1/user/initialize"));
    let report = files.run(false);
    let why: Vec<&String> = report.endpoints.iter().flat_map(|endpoint| &endpoint.refusals).collect();
    assert_eq!(why, ["nothing was done here: the Secret that this signs in with was not made"]);
    assert!(!report.succeeded());
}

#[test]
fn a_connection_that_cannot_come_is_a_mistake() {
    let told = |text: String| {
        let problems = Files::of(&[("all.yaml", text)])
            .read()
            .map(|(declaration, _)| quaymaster::apply::planning::validate::problems(&declaration))
            .unwrap_or_else(|problems| problems);
        problems.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let host = "http://127.0.0.1:1";
    let first = FIRST.replace("HOST", host).replace("TOKEN", "true");
    let own = told(first.replace("connSecretRef: {name: fresh}", "connSecretRef: {name: root-token}"));
    assert!(own.len() == 1 && own.iter().all(|why| why.contains("connects with what it makes itself")), "{own:?}");
    let robot = "---\napiVersion: quay.herve4m.github.io/v1alpha1\nkind: Robot\nmetadata: {name: ci}\n\
                 spec: {connSecretRef: {name: fresh}, retSecretRef: {name: pull}, name: acme+ci}\n";
    let of_robot = told(first.replace("connSecretRef: {name: root-token}", "connSecretRef: {name: pull}") + robot);
    assert!(
        of_robot.len() == 1 && of_robot[0].contains("the result (retSecretRef) of Robot ci, which is no connection"),
        "{of_robot:?}"
    );

    let native = |more: Value| {
        let mut bot = json!({"name": "bot", "quay_host": host, "secret": {"name": "bot"}});
        crate::support::merge(&mut bot, more);
        let admin = json!({"name": "admin", "quay_host": host, "quay_username": "admin", "quay_password": "password"});
        json!({"registry": {"endpoints": [admin, bot]}, "organizations": [{"name": "acme", "endpoints": ["bot"]}]})
    };
    let task =
        |module: &str, options: Value| json!([{module: options, "secret": {"name": "bot"}, "endpoints": ["admin"]}]);
    let token = task("quay_api_token", json!({"client_id": "id"}));
    for (more, tasks, expected) in [
        (json!({}), json!([]), "the Secret bot of the namespace default is not in the input, and no task"),
        (json!({}), task("quay_docker_token", json!({"name": "x"})), "is no connection"),
        (json!({"quay_host": "http://127.0.0.1:2"}), token.clone(), "is made on admin, which is another server"),
        (json!({"quay_token": "token"}), token.clone(), "with a Secret or with credentials of its own, not both"),
        (json!({"secret": {"name": "../bot"}}), token, "name must be the name of a Kubernetes Secret"),
    ] {
        let mut config = native(more);
        config["tasks"] = tasks;
        let told = told(config.to_string());
        assert!(told.len() == 1 && told[0].contains(expected), "{expected}: {told:?}");
    }
}

/// A Secret of the input signs an endpoint of a registry file in, but only at its own host.
#[test]
fn a_secret_of_the_input_is_for_its_host() {
    let registry = Registry::new();
    let config = json!({
        "registry": {"endpoints": [{"name": "one", "quay_host": registry.emulator.url(), "secret": {"name": "bot", "namespace": "ops"}}]},
        "organizations": [{"name": "acme"}],
    });
    let secret = |host: &str| {
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "bot", "namespace": "ops"},
            "stringData": {"host": host, "token": registry.token}})
    };
    let mut files = Files::of(&[("own.yml", config.to_string())]);
    files.secrets = vec![secret(&registry.emulator.url())];
    files.applied();
    files.secrets = vec![secret("https://elsewhere.example.com")];
    let Err(problems) = files.read() else { panic!("another host") };
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert!(told.len() == 1 && told[0].contains("its host must be that of the endpoint"), "{told:?}");
    assert!(!told[0].contains(&registry.token));
}

#[test]
fn a_playbook_takes_secrets_of_a_cluster() {
    let (emulator, files) = fresh(true);
    let run = |more: Value| -> Run {
        let mut arguments = json!({"_ansible_module_name": "quay_registry", "src": [files.path()], "retries": 0});
        crate::support::merge(&mut arguments, more);
        Run::of(crate::support::call(&arguments.to_string(), &[("QUAYMASTER_HOSTS", &emulator.url())]), Vec::new())
    };
    let checked = run(json!({"_ansible_check_mode": true}));
    let said = &checked.result["endpoints"][1]["warnings"][0];
    assert!(said.as_str().unwrap().contains("1 object is planned after the first user root"), "{said}");
    let first = run(json!({}));
    assert_eq!(first.result["counts"]["create"], 2, "{}", first.result);
    let manifests = first.result["manifests"].clone();
    let encoded = manifests[0]["data"]["token"].as_str().unwrap().to_owned();
    let token = String::from_utf8(STANDARD.decode(&encoded).unwrap()).unwrap();
    let again = run(json!({"secrets": manifests, "_ansible_verbosity": 3}));
    assert!(!again.changed(), "{}", again.result);
    for run in [&checked, &again] {
        run.assert_hides(&token);
        run.assert_hides(&encoded);
    }
    let wrong = run(json!({"secrets": [{"kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"token": encoded}}]}));
    assert!(wrong.result["msg"].as_str().unwrap().contains("must be manifests of Secrets"), "{}", wrong.result);
}
