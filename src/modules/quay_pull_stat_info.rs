//! `quay_pull_stat_info`: how often a tag or a manifest was pulled.

use serde::Deserialize;
use serde_json::json;

use super::Module;
use super::contract::Rules;
use crate::api::Reader;
use crate::error::{Need, Result};
use crate::plan::Plan;
use crate::quay::image::{self, READ, Repository};
use crate::quay::version;

pub struct PullStatInfo;

#[derive(Deserialize)]
pub struct Options {
    repository: String,
    tag: Option<String>,
    digest: Option<String>,
}

/// Returned keys, and their names in Quay's answer.
type Keys = &'static [(&'static str, &'static str)];

const BY_TAG: Keys = &[
    ("tag_name", "tag_name"),
    ("tag_pull_count", "tag_pull_count"),
    ("last_tag_pull_date", "last_tag_pull_date"),
    // The digest of the last pull, where the tag need not point any more.
    ("manifest_digest", "current_manifest_digest"),
    ("manifest_pull_count", "manifest_pull_count"),
    ("last_manifest_pull_date", "last_manifest_pull_date"),
];
const BY_DIGEST: Keys = &[
    ("manifest_digest", "manifest_digest"),
    ("manifest_pull_count", "manifest_pull_count"),
    ("last_manifest_pull_date", "last_manifest_pull_date"),
];

impl Module for PullStatInfo {
    const NAME: &'static str = "quay_pull_stat_info";
    const RULES: Rules = Rules {
        formats: &[("repository", image::repository), ("tag", image::tag), ("digest", image::digest)],
        mutually_exclusive: &[&["tag", "digest"]],
        ..Rules::NONE
    };
    const NEED: Need = READ.feature("IMAGE_PULL_STATS", version::PULL_STATISTICS.since);
    type Options = Options;

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let repository = Repository::of(quay, &options.repository, "repository")?;
        let tag = options.tag.as_deref().unwrap_or("latest");
        let (path, keys, missing) = match &options.digest {
            Some(digest) => (
                repository.manifest_path(digest),
                BY_DIGEST,
                json!({"manifest_digest": digest, "manifest_pull_count": 0}),
            ),
            None => {
                let missing = json!({
                    "tag_name": tag,
                    "tag_pull_count": 0,
                    "current_manifest_digest": "",
                    "manifest_pull_count": 0,
                });
                (repository.path().fixed("/tag").then(tag), BY_TAG, missing)
            }
        };
        let attempt = format!("read the pull statistics of {}", repository.name);
        let found = repository.read(&path.fixed("/pull_statistics"), &attempt, &Self::NEED)?;
        let mut plan = Plan::default();
        plan.give("exists", found.is_ok());
        let answer = found.unwrap_or(missing);
        for (key, name_in_quay) in keys {
            plan.give(key, answer[*name_in_quay].clone());
        }
        Ok(plan)
    }
}
