//! `quay_manifest_label_info`: the labels of an image manifest.

use serde::Deserialize;
use serde_json::json;

use super::{Module, Need, Plan, Reader, Result, Rules};
use crate::quay::image::{self, READ, Reference, Repository};
use crate::quay::{label, names};

pub struct ManifestLabelInfo;

#[derive(Deserialize)]
pub struct Options {
    image: Reference,
    key: Option<String>,
}

impl Module for ManifestLabelInfo {
    const NAME: &'static str = "quay_manifest_label_info";
    const RULES: Rules =
        Rules { formats: &[("image", image::reference), ("key", names::empty_is_none)], ..Rules::NONE };
    const NEED: Need = READ;
    type Options = Options;

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let repository = Repository::of(quay, &options.image.repository, "image")?;
        let labels = match repository.digest(&options.image)? {
            Ok(digest) => label::read(&repository, &digest, options.key.as_deref())?.unwrap_or_default(),
            Err(_) => Vec::new(),
        };
        let mut plan = Plan::default();
        plan.give("labels", json!(labels));
        Ok(plan)
    }
}
