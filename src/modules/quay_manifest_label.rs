//! `quay_manifest_label`: labels of image manifests.

use serde::Deserialize;
use serde_json::{Value, json};

use super::contract::RequiredIf;
use super::{Error, Module, Need, Path, Plan, Reader, Result, Rules, Slot, State, Step};
use crate::plan::Hint;
use crate::quay::image::{self, FROZEN, Reference, Repository};
use crate::quay::label::{self, Label};

pub struct ManifestLabel;

#[derive(Deserialize)]
pub struct Options {
    image: Reference,
    key: String,
    value: Option<String>,
    replace: bool,
    state: State,
}

const HINTS: &[Hint] = &[
    FROZEN,
    Hint {
        status: 400,
        contains: "reserved prefix",
        advice: "the server reserves the beginning of the key (LABEL_KEY_RESERVED_PREFIXES)",
    },
];

/// Of the labels that this module makes.
const MEDIA_TYPE: &str = "text/plain";

impl Module for ManifestLabel {
    const NAME: &'static str = "quay_manifest_label";
    const RULES: Rules = Rules {
        formats: &[("image", image::reference)],
        required_if: &[RequiredIf { option: "state", value: "present", then: &["value"], any: false }],
        ..Rules::NONE
    };
    const NEED: Need = Need::REPO_WRITE;
    type Options = Options;

    fn known(options: &Options) -> Vec<(&'static str, Value)> {
        fresh(&options.key, options.value.as_deref().unwrap_or_default())
            .map(|(name, value)| (name, json!(value)))
            .into()
    }

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let repository = Repository::of(quay, &options.image.repository, "image")?;
        let read = |digest: String| -> Result<_> {
            Ok(label::read(&repository, &digest, Some(&options.key))?.map(|labels| (digest, labels)))
        };
        let found = match repository.digest(&options.image)? {
            Ok(digest) => read(digest)?,
            Err(gone) => Err(gone),
        };
        let attempt = format!("{} the label {} of {}", options.verb(), options.key, repository.name);
        let (digest, labels) = match found {
            Ok(found) => found,
            Err(_) if options.state == State::Absent => return Ok(Plan::of(format!("labels of {}", repository.name))),
            Err(gone) => return Err(gone.error(&attempt)),
        };
        let work = Work { options, image: format!("{}@{digest}", repository.name), labels };
        let plan = work.plan(repository.manifest_path(&digest).fixed("/labels"))?;
        if !plan.steps.is_empty() {
            repository.predict_frozen(&attempt)?;
        }
        Ok(plan)
    }
}

impl Options {
    fn verb(&self) -> &'static str {
        match self.state {
            State::Absent => "delete",
            State::Present => "set",
        }
    }
}

/// One run of the module, with the labels that have the key.
struct Work<'a> {
    options: &'a Options,
    image: String,
    labels: Vec<Label>,
}

impl Work<'_> {
    /// The new label comes first, so that a refusal leaves the old ones.
    fn plan(&self, path: Path) -> Result<Plan> {
        let (key, wanted) = (&self.options.key, self.options.value.as_deref());
        let is_absent = self.options.state == State::Absent;
        let mut plan = Plan::of(format!("labels of {}", self.image));
        let mut after: Vec<(&str, &str)> = Vec::new();
        let existing = self.labels.iter().find(|label| Some(label.value.as_str()) == wanted);
        match (wanted, existing) {
            (Some(value), None) if !is_absent => {
                self.create(&mut plan, &path, value)?;
                after.push((value, "api"));
            }
            (_, Some(label)) if !is_absent => {
                let told = json!(label);
                ["id", "key", "value", "source_type", "media_type"]
                    .into_iter()
                    .for_each(|key| plan.give(key, told[key].clone()));
            }
            _ => {}
        }
        for label in &self.labels {
            let differs = wanted.is_some_and(|value| value != label.value);
            let unwanted = if is_absent { !differs } else { differs && self.options.replace };
            if unwanted && !label.is_built_in() {
                let what = format!("delete the label {key}={} of {}", label.value, self.image);
                plan.push(Step::removal(path.clone().then(&label.id), what).hinting(HINTS));
                continue;
            }
            if unwanted && is_absent {
                plan.warn(format!(
                    "the label {key}={} of {} stays: it comes from the build of the image",
                    label.value, self.image
                ));
            }
            after.push((&label.value, &label.source_type));
        }
        let before = self.labels.iter().map(|label| (label.value.as_str(), label.source_type.as_str())).collect();
        Ok(plan.difference(self.shown(before), self.shown(after)))
    }

    fn create(&self, plan: &mut Plan, path: &Path, value: &str) -> Result<()> {
        let key = &self.options.key;
        let what = format!("create the label {key}={value} of {}", self.image);
        label::check_key(key).map_err(|why| Error::Option(format!("cannot {what}: {why}")))?;
        let body = json!({"key": key, "value": value, "media_type": MEDIA_TYPE});
        plan.push(Step::post(path.clone(), body, what).named("create").hinting(HINTS));
        plan.give_answer("id", Slot::new("create", "/label/id"));
        for (name, value) in fresh(key, value) {
            plan.give(name, value);
        }
        Ok(())
    }

    fn shown(&self, mut values: Vec<(&str, &str)>) -> Value {
        values.sort_unstable();
        let values: Vec<Value> =
            values.into_iter().map(|(value, source)| json!({"value": value, "source_type": source})).collect();
        json!({"image": self.image, "key": self.options.key, "values": values})
    }
}

/// What is returned about a new label, but for its identifier.
fn fresh<'a>(key: &'a str, value: &'a str) -> [(&'static str, &'a str); 4] {
    [("key", key), ("value", value), ("source_type", "api"), ("media_type", MEDIA_TYPE)]
}
