//! All manifests, applied and taken away again.

use std::fs;

use super::*;

const BOB: &str = "
---
apiVersion: quay.herve4m.github.io/v1alpha1
kind: User
metadata: {name: bob, namespace: registry}
spec: {connSecretRef: {name: quay}, username: bob, email: bob@example.com, password: password-of-bob}
";

/// The fixtures, in which what Quay needs for something that stays is no part of what goes.
fn files(cluster: &Cluster) -> Files {
    cluster.quay.ok("quay_robot", json!({"name": "acme+copy"}));
    let files = cluster.files();
    let change = |name: &str, pairs: &[(&str, &str)]| {
        let path = files.path().join(name);
        let mut text = fs::read_to_string(&path).unwrap();
        for (old, new) in pairs {
            assert!(text.contains(old), "{old}");
            text = text.replace(old, new);
        }
        fs::write(path, text).unwrap();
    };
    change(
        "repository.yaml",
        &[
            ("robotUsername: acme+ci", "robotUsername: acme+copy"),
            ("preserveInQuayOnDeletion: true\n      name: acme/base", "name: acme/base"),
        ],
    );
    // She signs in for her own repository, so she cannot go before it.
    change(
        "server.yaml",
        &[("  username: alice\n  email", "  preserveInQuayOnDeletion: true\n  username: alice\n  email")],
    );
    files.add("bob.yaml", BOB);
    files
}

/// What nobody declares, beside what is declared and elsewhere.
fn strangers(cluster: &Cluster) {
    let quay = &cluster.quay;
    quay.ok("quay_organization", json!({"name": "other"}));
    quay.ok("quay_robot", json!({"name": "other+ci"}));
    quay.emulator.push_image("other/app", "v1");
    quay.ok("quay_team", json!({"organization": "acme", "name": "strangers"}));
    quay.ok("quay_application", json!({"organization": "acme", "name": "strange"}));
    quay.ok("quay_organization_prune", json!({"namespace": "other", "method": "date", "value": "9w"}));
    quay.emulator.push_image("acme/strange", "latest");
    quay.ok("quay_docker_token", json!({"name": "strange"}));
}

/// What nobody declares, whole.
fn of_strangers(emulator: &Emulator) -> Value {
    let (acme, admin) = (namespace(emulator, "acme"), namespace(emulator, "admin"));
    let applications = acme["applications"].as_object().unwrap().values();
    let strange: Vec<&Value> = applications.filter(|application| application["name"] == "strange").collect();
    json!({
        "other": namespace(emulator, "other"), "team": acme["teams"]["strangers"], "robot": acme["robots"]["copy"],
        "application": strange, "repository": acme["repositories"]["strange"],
        "token": admin["app_tokens"][0],
    })
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn all_24_kinds_are_applied_repeated_and_destroyed_and_strangers_stay() {
    let cluster = Cluster::new();
    let files = files(&cluster);
    strangers(&cluster);
    let quay = &cluster.quay.emulator;
    let before = of_strangers(quay);
    assert!(before.as_object().unwrap().values().all(|value| !value.is_null()), "{before}");
    succeeded(files.apply_only(only(&[Kind::Tasks], &["fresh"])));
    files.applied();
    files.settled();
    assert_eq!(of_strangers(quay), before);
    let report = succeeded(files.destroy());
    let said = warnings(&report);
    for what in
        ["the first user is not deleted", "a token that was issued", "images of the repository acme/app go with it"]
    {
        assert!(said.iter().any(|warning| warning.contains(what)), "{what}: {said:?}");
    }
    assert_eq!(of_strangers(quay), before);
    let acme = namespace(quay, "acme");
    assert_eq!(keys(&acme["robots"]), ["copy"]);
    assert_eq!(keys(&acme["teams"]), ["owners", "strangers"]);
    assert_eq!(keys(&acme["repositories"]), ["base/ubi", "strange"]);
    // The organization is preserved, and so is what its own manifest says of its tags.
    let lengths = ["prune", "immutability", "prototypes"].map(|key| acme[key].as_array().unwrap().len());
    assert_eq!((lengths, keys(&acme["applications"]).len()), ([1, 0, 0], 1));
    assert!(acme["quota"].is_null(), "{}", acme["quota"]);
    assert!(namespace(quay, "cached")["proxy"].is_null() && namespace(quay, "mirrored")["mirror"].is_null());
    assert_eq!(namespace(quay, "admin")["app_tokens"].as_array().unwrap().len(), 1);
    assert!(keys(&namespace(quay, "alice")["repositories"]).is_empty());
    assert!(quay.snapshot()["namespaces"]["bob"].is_null());
    assert_eq!(cluster.fresh.snapshot()["messages"], json!([]));
    assert_eq!(
        acme["repositories"]["base/ubi"]["mirror"]["fields"]["is_enabled"], false,
        "a mirror has no removal: it is switched off"
    );
    for (registry, team) in [(&cluster.ldap, "operators"), (&cluster.oidc, "guests")] {
        let team = &namespace(&registry.emulator, "acme")["teams"][team];
        assert!(team.is_object() && team["sync"].is_null(), "{team}");
    }

    // There is nothing left to take away.
    let writes = quay.writes().len();
    let again = succeeded(files.destroy());
    assert_eq!((changes(&again), quay.writes().len()), (Vec::new(), writes));
}

#[test]
fn what_a_preserved_object_needs_is_not_taken_away() {
    let cluster = Cluster::new();
    let files = cluster.files();
    let refusals: Vec<String> = files.destroy().endpoints.into_iter().flat_map(|endpoint| endpoint.refusals).collect();
    assert!(
        refusals.iter().any(|why| why.contains("is preserved and needs the robot account acme+ci")),
        "{refusals:?}"
    );
}
