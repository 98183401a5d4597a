//! `quay_pull_stat_info`: how often a tag or a manifest was pulled.

use serde::Deserialize;
use serde_json::json;

use super::{Module, Need, Plan, Reader, Result, Rules};
use crate::quay::image::{self, READ, Repository};
use crate::quay::version;

pub struct PullStatInfo;

#[derive(Deserialize)]
pub struct Options {
    repository: String,
    tag: Option<String>,
    digest: Option<String>,
}

/// Returned keys about a tag.
const OF_TAG: [&str; 3] = ["tag_name", "tag_pull_count", "last_tag_pull_date"];
/// And about a manifest.
const OF_MANIFEST: [&str; 3] = ["manifest_digest", "manifest_pull_count", "last_manifest_pull_date"];

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
        let mut answer =
            json!({"manifest_digest": options.digest.as_deref().unwrap_or_default(), "manifest_pull_count": 0});
        let path = match &options.digest {
            Some(digest) => repository.manifest_path(digest),
            None => {
                (answer["tag_name"], answer["tag_pull_count"]) = (json!(tag), json!(0));
                repository.path().fixed("/tag").then(tag)
            }
        };
        let attempt = format!("read the pull statistics of {}", repository.name);
        let found = repository.read(&path.fixed("/pull_statistics"), &attempt, &Self::NEED)?;
        let mut plan = Plan::default();
        plan.give("exists", found.is_ok());
        if let Ok(found) = found {
            answer = found;
        }
        if options.digest.is_none() {
            OF_TAG.iter().for_each(|key| plan.give(key, answer[*key].clone()));
            // The digest of the last pull, where the tag need not point any more.
            if let Some(digest) = answer.get("current_manifest_digest").cloned() {
                answer["manifest_digest"] = digest;
            }
        }
        OF_MANIFEST.iter().for_each(|key| plan.give(key, answer[*key].clone()));
        Ok(plan)
    }
}
