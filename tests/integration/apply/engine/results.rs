//! What modules return: told in one place, and nowhere else.

use serde_json::{Value, json};

use crate::support::Registry;

fn tasks() -> Value {
    json!({"organizations": [{"name": "acme", "robots": [{"name": "ci"}]}], "tasks": [{"quay_docker_token": {"name": "cluster"}}]})
}

fn token(registry: &Registry) -> String {
    registry.emulator.with_state(|state| state.user_mut("admin").unwrap().app_tokens[0].code.clone())
}

#[test]
fn registry_engine_results_are_left_out_on_request() {
    let registry = Registry::new();
    let mut options = json!({"config": tasks(), "return_secrets": false, "_ansible_diff": true});
    options["config"]["organizations"][0]["robots"][0]["secret"] = json!({"name": "pull"});
    let run = registry.ok("quay_registry", options.clone());
    assert!(run.changed());
    let robot = registry.emulator.with_state(|state| state.robot("acme+ci").unwrap().token.clone());
    for secret in [token(&registry), robot] {
        run.assert_hides(&secret);
    }
    assert_eq!((run.result.get("results"), run.result.get("manifests")), (None, None), "{}", run.result);
    // The same with them: nothing else keeps them away.
    options["return_secrets"] = json!(true);
    let again = registry.ok("quay_registry", options);
    assert!(again.result["results"].is_array() && again.result["manifests"].is_array(), "{}", again.result);
}

#[test]
fn registry_engine_results_of_tasks_are_those_of_their_modules() {
    let registry = Registry::new();
    let checked = registry.check("quay_registry", json!({"config": tasks()}));
    assert_eq!(checked.result.get("results"), None, "{}", checked.result);
    let run = registry.ok("quay_registry", json!({"config": tasks(), "_ansible_diff": true}));
    let code = token(&registry);
    let results = run.result["results"].as_array().unwrap();
    let of = |module: &str| results.iter().find(|result| result["module"] == module).unwrap();
    let docker = of("quay_docker_token");
    assert_eq!((&docker["kind"], &docker["object"]), (&json!("tasks"), &json!("application token cluster")));
    assert_eq!((&docker["values"]["token_code"], &docker["values"]["username"]), (&json!(code), &json!("$app")));
    assert!(docker["endpoint"].as_str().unwrap().starts_with("http://"));
    assert!(of("quay_robot")["values"]["token"].as_str().is_some_and(|token| token.len() > 8), "{}", run.result);
    assert_eq!(run.printed.matches(&code).count(), 1, "{}", run.printed);
    run.assert_hides(&registry.token);
    // A repetition has nothing to do, and returns what the module alone would return.
    let again = registry.ok("quay_registry", json!({"config": tasks()}));
    assert!(!again.changed());
    assert_eq!(again.result["results"][0]["values"]["token_code"], json!(code), "{}", again.result);
}
