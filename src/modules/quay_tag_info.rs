//! `quay_tag_info`: the tags of a repository and their history.

use serde::Deserialize;
use serde_json::Value;

use super::{Module, Need, Plan, Reader, Result, Rules};
use crate::quay::history;
use crate::quay::image::{self, Found, READ, Repository};

pub struct TagInfo;

#[derive(Deserialize)]
pub struct Options {
    repository: String,
    tag: Option<String>,
    digest: Option<String>,
    only_active_tags: bool,
}

impl Module for TagInfo {
    const NAME: &'static str = "quay_tag_info";
    const RULES: Rules = Rules {
        formats: &[("repository", image::repository), ("tag", image::tag), ("digest", image::digest)],
        mutually_exclusive: &[&["tag", "digest"]],
        ..Rules::NONE
    };
    const NEED: Need = READ;
    type Options = Options;

    fn plan(options: &Options, quay: &Reader) -> Result<Plan> {
        let repository = Repository::of(quay, &options.repository, "repository")?;
        let found = options.tags(&repository)?;
        let mut plan = Plan::default();
        plan.give("exists", found.is_ok());
        plan.give("tags", found.unwrap_or_default());
        Ok(plan)
    }
}

impl Options {
    fn tags(&self, repository: &Repository<'_>) -> Result<Found<Vec<Value>>> {
        let path = history::path(repository, self.tag.as_deref(), self.only_active_tags);
        let found = history::pages(&path, |page| repository.read(page, &history::attempt(repository), &READ))?;
        Ok(found.map(|mut tags| {
            tags.retain(|entry| self.wants(entry));
            tags
        }))
    }

    fn wants(&self, entry: &Value) -> bool {
        self.digest.as_ref().is_none_or(|digest| entry["manifest_digest"] == **digest)
    }
}
