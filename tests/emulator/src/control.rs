//! Control over HTTP below `/__emulator/`, for shell scripts and playbooks. These requests are not in the journal.
//!
//! | request | effect |
//! | --- | --- |
//! | GET journal | all exchanges; with `?summary=1` only counts |
//! | DELETE journal | forget them |
//! | POST faults, DELETE faults | one fault or a list of them; end all |
//! | POST features, POST settings | `{NAME: value}` |
//! | POST seed | the superuser `admin`, with a token in the answer |
//! | POST users | `username`, `password`, `email` |
//! | POST images | push: `repository`, `tag`, and see [`described_image`] |
//! | POST collect | what the garbage collector does |
//! | GET state, POST state | the whole registry |
//! | POST reset | as after the start, without data |

use serde_json::{Value, json};

use crate::{
    answer::{Answer, Outcome},
    fault::Fault,
    image::{self, Image},
    journal,
    request::Request,
    seed,
    server::{Shared, World, lock},
};

/// Paths that belong to the control routes.
pub(crate) const PREFIX: &str = "/__emulator/";

/// Answers a control request.
pub(crate) fn answer(shared: &Shared, request: &Request) -> Answer {
    let name = request.path.trim_start_matches(PREFIX).trim_end_matches('/');
    match control(shared, request, name) {
        Ok(answer) | Err(answer) => answer,
    }
}

fn control(shared: &Shared, request: &Request, name: &str) -> Outcome {
    let body = || serde_json::from_slice::<Value>(&request.body).map_err(bad_request);
    let done = || Answer::ok(&json!({ "ok": true }));
    match (request.method.as_str(), name) {
        ("GET", "journal") => {
            let journal = lock(&shared.journal);
            if request.flag("summary") {
                return Answer::ok(&journal::summary(&journal));
            }
            Answer::ok(&serde_json::to_value(&*journal).map_err(bad_request)?)
        }
        ("DELETE", "journal") => {
            shared.clear_journal();
            done()
        }
        ("POST", "faults") => {
            let faults: Vec<Fault> = match body()? {
                list @ Value::Array(_) => serde_json::from_value(list).map_err(bad_request)?,
                one => vec![serde_json::from_value(one).map_err(bad_request)?],
            };
            let mut all = lock(&shared.faults);
            faults.into_iter().for_each(|fault| all.add(fault));
            done()
        }
        ("DELETE", "faults") => {
            shared.clear_faults();
            done()
        }
        ("POST", "features") => {
            let body = body()?;
            let mut world = lock(&shared.world);
            for (name, on) in body.as_object().into_iter().flatten() {
                world.settings.set_feature(name, on.as_bool().unwrap_or(false));
            }
            Answer::ok(&json!(world.settings.features()))
        }
        ("POST", "settings") => {
            let body = body()?;
            let mut world = lock(&shared.world);
            for (name, value) in body.as_object().into_iter().flatten() {
                world.settings.set_value(name, value.clone());
            }
            done()
        }
        ("POST", "reset") => {
            shared.reset();
            done()
        }
        ("POST", "seed") => {
            let token = seed::admin(&mut lock(&shared.world).state);
            Answer::ok(&json!({ "username": "admin", "token": token }))
        }
        ("POST", "users") => {
            let body = body()?;
            let (name, password) = (text(&body, "username")?, text(&body, "password")?);
            seed::user(&mut lock(&shared.world).state, name, body["email"].as_str(), Some(password));
            done()
        }
        ("POST", "images") => {
            let body = body()?;
            let (repository, tag) = (text(&body, "repository")?, text(&body, "tag")?);
            let image = described_image(&body, tag);
            let digest = image::push(&mut lock(&shared.world).state, repository, tag, &image, "admin");
            Answer::ok(&json!({ "digest": digest }))
        }
        ("POST", "collect") => {
            lock(&shared.world).state.collect_garbage();
            done()
        }
        ("GET", "state") => {
            let World { state, .. } = &*lock(&shared.world);
            Answer::ok(&serde_json::to_value(state).map_err(bad_request)?)
        }
        ("POST", "state") => {
            let state = serde_json::from_value(body()?).map_err(bad_request)?;
            lock(&shared.world).state = state;
            done()
        }
        _ => Err(Answer::text(404, "text/plain", "no such control route\n")),
    }
}

fn text<'a>(body: &'a Value, key: &str) -> Result<&'a str, Answer> {
    body[key].as_str().ok_or_else(|| bad_request(format!("{key} is missing")))
}

/// The image of a body: `content` (else the tag), `labels` (an object), `platforms` (a list), and `vulnerabilities`
/// (a list of objects with `name`, `severity`, `fixed_by`).
fn described_image(body: &Value, tag: &str) -> Image {
    let mut image = Image::new(body["content"].as_str().unwrap_or(tag));
    for (key, value) in body["labels"].as_object().into_iter().flatten() {
        image = image.label(key, value.as_str().unwrap_or_default());
    }
    let list = |key: &str| body[key].as_array().cloned().unwrap_or_default();
    let platforms = list("platforms");
    let platforms: Vec<&str> = platforms.iter().filter_map(Value::as_str).collect();
    let found = list("vulnerabilities");
    let part = |one: &Value, key: &str| one[key].as_str().unwrap_or_default().to_owned();
    let found: Vec<[String; 3]> =
        found.iter().map(|one| ["name", "severity", "fixed_by"].map(|key| part(one, key))).collect();
    if body.get("vulnerabilities").is_some() {
        let found: Vec<(&str, &str, &str)> =
            found.iter().map(|[name, severity, fixed]| (name.as_str(), severity.as_str(), fixed.as_str())).collect();
        image = image.vulnerable(&found);
    }
    image.platforms(&platforms)
}

fn bad_request(error: impl std::fmt::Display) -> Answer {
    Answer::text(400, "text/plain", format!("{error}\n"))
}
