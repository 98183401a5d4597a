//! Robot accounts that stay although nothing declares them, for a mirror synchronizes with them.
//!
//! Quay refuses to remove the robot account of a repository's mirror, and removes an organization's mirror together with its
//! robot account.

use std::collections::{BTreeMap, BTreeSet};

use super::Pruning;
use crate::api::{Path, Reader};
use crate::apply::graph::each;
use crate::apply::kinds::names::ObjectName;
use crate::apply::kinds::{Kind, mirror, repository};
use crate::apply::planning::item::Item;
use crate::error::Result;
use crate::quay::lookup;

impl Pruning<'_> {
    /// Which of these robot accounts the mirrors use that are there after the run, and what they mirror.
    ///
    /// # Errors
    /// When a mirror cannot be looked at.
    pub fn in_use(&self, robots: &[String]) -> Result<BTreeMap<String, String>> {
        let mut used = BTreeMap::new();
        if robots.is_empty() {
            return Ok(used);
        }
        // Also one that the run gives up: its robot account can go only when the mirror has gone.
        let present = robot_at(&self.server.reader, &Path::organization(self.organization.name).fixed("/mirror"))?;
        let wanted = self.declared_robot(mirror::OF_ORGANIZATION.module, self.organization.name);
        used.extend(
            present
                .into_iter()
                .chain(wanted)
                .map(|robot| (robot, format!("the organization {}", self.organization.name))),
        );
        let repositories: Vec<String> = self.candidates(robots)?.into_iter().collect();
        let found = each(self.server.registry().jobs, &repositories, |name| {
            match self.declared_robot(mirror::OF_REPOSITORY.module, name) {
                Some(robot) => Ok(Some(robot)),
                None => robot_at(&self.server.reader, &Path::repository(name).fixed("/mirror")),
            }
        });
        for (name, robot) in repositories.iter().zip(found) {
            if let Some(robot) = robot? {
                used.entry(robot).or_insert_with(|| format!("the repository {name}"));
            }
        }
        used.retain(|robot, _| robots.contains(robot));
        Ok(used)
    }

    /// The robot account that the mirror will have because the declaration says so.
    fn declared_robot(&self, module: &'static str, place: &str) -> Option<String> {
        let is_it = |item: &&&Item| item.repository().is_none_or(|name| name == place);
        self.own(module).iter().find(is_it)?.text("robot_username")
    }

    /// The repositories that may be mirrors of these: those in that state, and those on which one of them has rights. A
    /// repository keeps its mirror when its state changes.
    fn candidates(&self, robots: &[String]) -> Result<BTreeSet<String>> {
        let mut names = BTreeSet::new();
        for short in self.existing.repositories.iter().flatten() {
            let found =
                self.server.reader.find(&lookup::repository_path(&format!("{}/{short}", self.organization.name)))?;
            if found.is_some_and(|repository| repository["state"] == "MIRROR") {
                names.insert(short.clone());
            }
        }
        for robot in robots {
            let short = robot.split_once('+').map_or(robot.as_str(), |(_, short)| short);
            let path = Path::organization(self.organization.name).fixed("/robots").then(short);
            let found = self.server.reader.find(&path)?.unwrap_or_default();
            let rights = found["repositories"].as_array().into_iter().flatten();
            names.extend(rights.filter_map(|name| name.as_str()).map(str::to_owned));
        }
        names.retain(|short| self.existing.has_repository(short));
        let names = names.into_iter().map(|short| format!("{}/{short}", self.organization.name));
        Ok(names.filter(|name| !self.goes(name)).collect())
    }

    /// Whether the run removes a repository.
    fn goes(&self, name: &str) -> bool {
        let is_absent = |item: &&Item| item.is_removal() && item.repository() == Some(name);
        let is_unnamed = || !self.named.named.contains(&ObjectName::Repository(name.to_owned()));
        self.own(repository::SECTION.module).iter().any(is_absent) || (self.has(Kind::Repositories) && is_unnamed())
    }
}

/// The robot account of a mirror. A server that mirrors nothing does not know the route.
fn robot_at(reader: &Reader, path: &Path) -> Result<Option<String>> {
    let reply = reader.ask(path)?;
    if reply.status == 404 {
        return Ok(None);
    }
    Ok(reply.into_json()?["robot_username"].as_str().map(str::to_owned))
}
