//! Pull counters: Quay lists none, so each live tag takes a request.

use std::thread;

use serde_json::{Value, json};

use crate::api::Reader;
use crate::error::{Need, Result};
use crate::quay::image::{READ, Repository};
use crate::quay::{history, text, time, version};

const NEED: Need = READ.feature("IMAGE_PULL_STATS", version::USAGE_PULLS.since);
/// Requests at a time.
const TOGETHER: usize = 8;

/// Adds the counters of the live tags to each repository.
///
/// # Errors
/// When Quay refuses, or does not count.
pub fn count(quay: &Reader, namespace: &str, repositories: &mut [Value]) -> Result<()> {
    for told in repositories {
        let repository = Repository::of(quay, &format!("{namespace}/{}", text(&told["name"])), "repository")?;
        let path = history::path(&repository, None, true);
        let tags = history::pages(&path, |page| repository.read(page, &history::attempt(&repository), &READ))?;
        let tags = tags.unwrap_or_default();
        let mut pulls: Vec<Value> = Vec::with_capacity(tags.len());
        for some in tags.chunks(TOGETHER) {
            let each = thread::scope(|scope| {
                let threads: Vec<_> =
                    some.iter().map(|tag| scope.spawn(|| of_tag(&repository, text(&tag["name"])))).collect();
                threads
                    .into_iter()
                    .map(|thread| thread.join().unwrap_or_else(|why| std::panic::resume_unwind(why)))
                    .collect()
            });
            let each: Vec<Result<Option<Value>>> = each;
            for counted in each {
                pulls.extend(counted?);
            }
        }
        told["pulls"] = pulls.into();
    }
    Ok(())
}

/// The counters of a tag, `None` where it is gone meanwhile. Several tags of one image show the same pulls by digest.
fn of_tag(repository: &Repository<'_>, tag: &str) -> Result<Option<Value>> {
    let path = repository.path().fixed("/tag").then(tag).fixed("/pull_statistics");
    let found = repository.read(&path, &format!("read the pull statistics of {}", repository.name), &NEED)?;
    let at = |value: &Value| time::of(value).map(time::written);
    Ok(found.ok().map(|answer| {
        json!({
            "tag": tag,
            "tag_pull_count": answer["tag_pull_count"].as_u64(),
            "last_tag_pull": at(&answer["last_tag_pull_date"]),
            "manifest_pull_count": answer["manifest_pull_count"].as_u64(),
            "last_manifest_pull": at(&answer["last_manifest_pull_date"]),
        })
    }))
}
