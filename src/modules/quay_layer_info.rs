//! `quay_layer_info`: the layers of an image.

use std::cmp::Reverse;

use serde::Deserialize;
use serde_json::Value;

use super::{Module, Need, Plan, Reader, Result, Rules};
use crate::quay::image::{self, READ, Reference, Repository};

pub struct LayerInfo;

#[derive(Deserialize)]
pub struct Options {
    image: Reference,
}

impl Module for LayerInfo {
    const NAME: &'static str = "quay_layer_info";
    const RULES: Rules = Rules { formats: &[("image", image::reference)], ..Rules::NONE };
    const NEED: Need = READ;
    type Options = Options;

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let repository = Repository::of(quay, &options.image.repository, "image")?;
        let mut plan = Plan::default();
        let mut layers = Vec::new();
        if let Ok(digest) = repository.digest(&options.image)? {
            let attempt = format!("read the layers of {}", repository.name);
            let manifest = repository.read(&repository.manifest_path(&digest), &attempt, &READ)?.unwrap_or_default();
            if manifest["is_manifest_list"] == true {
                plan.warn(format!(
                    "{}@{digest} is an image for several architectures, which has no layers of its own: give the digest \
                     of the image for one of them",
                    repository.name
                ));
            }
            layers = manifest["layers"].as_array().cloned().unwrap_or_default();
            layers.sort_unstable_by_key(|layer| Reverse(layer["index"].as_i64()));
        }
        plan.give("layers", Value::Array(layers));
        Ok(plan)
    }
}
