//! `quay_repository_mirror`: make a repository the mirror of one in another registry.

mod checks;
mod settings;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Error, Module, Need, Path, Plan, Reader, Result, Rules, Step, Table};
use crate::quay::fields::{Change, Given};
use crate::quay::mirror::Course;
use crate::quay::{lookup, mirror, names, period, text};

use settings::{FIELDS, HINTS, ORG_MIRROR};

pub struct RepositoryMirror;

#[derive(Deserialize)]
pub struct Options {
    name: String,
    #[serde(flatten)]
    commands: mirror::Commands,
    #[serde(flatten)]
    given: Given,
}

impl Module for RepositoryMirror {
    const NAME: &'static str = "quay_repository_mirror";
    const RULES: Rules = Rules {
        secrets: &["external_registry_password"],
        write_only: &["external_registry_password"],
        formats: &[
            ("name", names::repository),
            ("external_reference", mirror::reference),
            ("robot_username", names::robot),
            ("sync_interval", |value| period::between(value, 1, u64::MAX)),
            ("sync_start_date", mirror::date),
            ("skopeo_timeout", mirror::timeout),
        ],
        ..Rules::NONE
    };
    const NEED: Need = Need::REPO_ADMIN.feature("REPO_MIRROR", "");
    const FIELDS: &'static Table = &FIELDS;
    type Options = Options;

    fn check(options: &Options) -> Vec<String> {
        let namespace = options.name.split_once('/').map(|(namespace, _)| namespace);
        let robot = options.foreign_robot(namespace);
        let no_tags = options.given.get("image_tags").is_some_and(|tags| *tags == json!([]));
        let commands = options.commands.problems();
        robot
            .into_iter()
            .chain(commands)
            .chain(no_tags.then(|| "image_tags: a mirror needs at least one".into()))
            .collect()
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let name = lookup::repository_name(quay, "name", &options.name)?;
        let namespace = names::namespace_of(&name);
        if let Some(problem) = options.foreign_robot(Some(namespace)) {
            return Err(Error::Option(problem));
        }
        let work = Work { options, quay, name: &name, namespace };
        match mirror::of_repository(quay, &name)? {
            None => work.create(),
            Some(found) => work.update(&found),
        }
    }
}

/// One run of the module.
struct Work<'a> {
    options: &'a Options,
    quay: &'a Reader,
    name: &'a str,
    namespace: &'a str,
}

impl Work<'_> {
    fn title(&self) -> String {
        format!("mirror of the repository {}", self.name)
    }

    fn path(&self) -> Path {
        Path::repository(self.name).fixed("/mirror")
    }

    fn refuse(&self, verb: &str, why: &str) -> Error {
        Error::Option(format!("cannot {verb} the {}: {why}", self.title()))
    }

    fn create(&self) -> Result<Plan> {
        let title = self.title();
        let Change { mut plan, body } = FIELDS.create(self.quay, &title, self.key(), &self.options.given)?;
        self.check_architectures(&body)?;
        self.check_password("create", text(&body["external_registry_username"]))?;
        self.check_repository("create")?;
        self.check_robot("create")?;
        // A real run learns this from the refusal of the POST.
        if self.quay.is_preview() && self.quay.ask(&Path::organization(self.namespace).fixed("/mirror"))?.is_success() {
            return Err(self.refuse("create", ORG_MIRROR));
        }
        plan.show("repo_state", None, json!("MIRROR"));
        plan.push(Step::post(self.path(), Value::Object(body), format!("create the {title}")).hinting(HINTS));
        if self.options.commands.at_once() {
            plan.push(self.sync_step());
        }
        Ok(plan)
    }

    fn update(&self, found: &Value) -> Result<Plan> {
        let Change { mut plan, body } = FIELDS.change(&self.title(), self.key(), &self.options.given, found)?;
        self.check_architectures(&body)?;
        self.check_password("change", text(&plan.after["external_registry_username"]))?;
        let status = text(&found["sync_status"]);
        let course = self.options.commands.course(&mut plan, &body, found)?;
        if body.contains_key("external_registry_password") {
            plan.warn(mirror::PASSWORD_WARNING);
        }
        if (status == "CANCEL" || course.cancel) && !course.sync && plan.after["is_enabled"] == true {
            plan.warn(format!(
                "the {} is enabled and cancelled: its schedule does not run until a force_sync",
                self.title()
            ));
        }
        if body.is_empty() && course == (Course { cancel: false, sync: false }) {
            return Ok(plan);
        }
        let state = self.check_repository("change")?;
        if state != "MIRROR" {
            plan.warn(format!(
                "the repository {} is in the state {state}: nothing is synchronized before its state is MIRROR \
                 (quay_repository, repo_state)",
                self.name
            ));
        }
        if body.contains_key("robot_username") {
            self.check_robot("change")?;
        }
        if course.cancel {
            plan.push(self.cancel_step());
        }
        if !body.is_empty() {
            let proxy = body.get("external_registry_config").and_then(|config| config.get("proxy")).cloned();
            let what = format!("change the {}", self.title());
            plan.push(Step::put(self.path(), Value::Object(body), what).hinting(HINTS));
            // Without a stored proxy Quay makes an empty one of the first value, and loses that.
            if let Some(proxy) = proxy.filter(|_| !found["external_registry_config"]["proxy"].is_object()) {
                let body = json!({"external_registry_config": {"proxy": proxy}});
                plan.push(Step::put(self.path(), body, format!("set the proxy of the {}", self.title())));
            }
        }
        if course.sync {
            plan.push(self.sync_step());
        }
        Ok(plan)
    }

    fn key(&self) -> Value {
        json!({"name": self.name})
    }

    /// When there is nothing left to cancel, Quay says 404.
    fn cancel_step(&self) -> Step {
        mirror::cancel(self.path(), &self.title()).tolerating(&[(404, "")])
    }

    /// When it cannot start, because another run came first, Quay says 404.
    fn sync_step(&self) -> Step {
        self.options.commands.synchronize(self.path(), &self.title()).tolerating(&[(404, "")])
    }
}
