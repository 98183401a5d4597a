//! `quay_tag_info`: the tags of a repository and their history.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Module;
use super::contract::Rules;
use crate::api::{MOST_ENTRIES, Reader, take, without_end};
use crate::error::{Need, Result};
use crate::plan::Plan;
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
    /// All pages. They are cut by position, so that a push meanwhile shows an entry on two of them.
    fn tags(&self, repository: &Repository<'_>) -> Result<Found<Vec<Value>>> {
        let active = if self.only_active_tags { "true" } else { "false" };
        let mut path = repository.path().fixed("/tag/").query("onlyActiveTags", active).query("limit", "100");
        if let Some(tag) = &self.tag {
            path = path.query("specificTag", tag);
        }
        let attempt = format!("list the tags of {}", repository.name);
        let (mut tags, mut seen) = (Vec::new(), HashSet::new());
        for page in 1.. {
            let page = path.clone().query("page", &page.to_string());
            let answer = match repository.read(&page, &attempt, &READ)? {
                Ok(answer) => answer,
                Err(gone) => return Ok(Err(gone)),
            };
            let is_last = answer["has_additional"] != true;
            let entries: Vec<Value> = take(&page, answer, "tags")?;
            let is_last = is_last || entries.is_empty();
            let known = seen.len();
            tags.extend(entries.into_iter().filter(|entry| seen.insert(identity(entry)) && self.wants(entry)));
            if is_last {
                break;
            }
            if seen.len() == known || seen.len() > MOST_ENTRIES {
                return Err(without_end(&path));
            }
        }
        Ok(Ok(tags))
    }

    fn wants(&self, entry: &Value) -> bool {
        self.digest.as_ref().is_none_or(|digest| entry["manifest_digest"] == **digest)
    }
}

fn identity(entry: &Value) -> String {
    json!([entry["name"], entry["manifest_digest"], entry["start_ts"]]).to_string()
}
