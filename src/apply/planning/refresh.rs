//! Reads an organization as a whole, in few requests, so that its modules need not ask one by one.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::declared::Organization;
use super::server::Server;
use crate::api::Path;
use crate::apply::graph::each;
use crate::apply::input::repositories;
use crate::apply::input::yaml::{Content, Node};
use crate::apply::kinds::Kind;
use crate::apply::predicted::PredictedServer;
use crate::error::{Error, Result};
use crate::quay::access::held::Held;
use crate::quay::access::organization::Part;
use crate::quay::{lists, lookup};

/// An organization as the server has it.
#[derive(Default)]
pub struct Existing {
    /// Whether it is there.
    pub exists: bool,
    /// Whether the caller is in it, or has access to everything.
    pub belongs: bool,
    /// Whether everything in it is shown to the caller, so that what is not shown is not there.
    pub complete: bool,
    /// The teams, with their role and description.
    pub teams: Map<String, Value>,
    /// Short names of the robot accounts, when they were read.
    pub robots: Option<Vec<String>>,
    /// Short names of the repositories, when they were read.
    pub repositories: Option<BTreeSet<String>>,
    /// The repositories that nothing but a pattern declares, as they shall be.
    pub met: Vec<Cow<'static, Node>>,
}

/// What is read about one organization.
pub struct Refresh<'a> {
    /// The server.
    pub server: &'a Server<'a>,
    /// What is declared of the organization.
    pub organization: &'a Organization<'a>,
}

impl Refresh<'_> {
    /// Reads what the declaration of the organization is about.
    ///
    /// # Errors
    /// When Quay refuses one of the lists, or cuts it: what is missing in half a list must not count as absent.
    pub fn take(&self) -> Result<Existing> {
        let name = self.organization.name;
        let previous = self.organization.entry.get("previous_name").and_then(Node::as_str);
        let mut source = name;
        let mut found = self.find(name)?;
        if let (None, Some(previous)) = (&found, previous) {
            (source, found) = (previous, self.find(previous)?);
            if found.is_some() {
                self.server.predicted.renaming(previous, name);
            }
        }
        let Some(found) = found else { return Ok(Existing::default()) };
        let teams = found["teams"].as_object().cloned().unwrap_or_default();
        let Some(complete) = found["is_admin"].as_bool() else {
            return Err(Error::Unexpected(format!("Quay's answer about the organization {source} is none")));
        };
        // Before 3.16 Quay tells a superuser with full access no more than a stranger here, and shows the rest all the same.
        let belongs = complete || found["is_member"] == true || lookup::writes_all(&self.server.reader);
        // Plans add to it what they will have made.
        self.server.predicted.keep(&Path::organization(source), 200, found);
        let mut existing = Existing { exists: true, belongs, complete, teams, ..Existing::default() };
        if complete {
            let lists = [Kind::Robots, Kind::Repositories];
            let read = each(self.server.registry().jobs, &lists, |kind| match kind {
                Kind::Robots if self.concerns_robots() => {
                    lists::robots_with(&self.server.reader, source, true, self.wants_tokens()).map(Some)
                }
                Kind::Repositories if self.concerns_repositories() => {
                    lists::repositories(&self.server.reader, source).map(Some)
                }
                _ => Ok(None),
            });
            let [robots, repositories] = <[_; 2]>::try_from(read).unwrap_or_else(|_| [Ok(None), Ok(None)]);
            let (robots, repositories) = (robots?, repositories?);
            existing.keep_robots(name, source, robots.as_deref(), &self.server.predicted);
            existing.keep_repositories(name, repositories.as_deref(), &self.server.predicted);
            let known: Vec<String> = existing.repositories.iter().flatten().cloned().collect();
            existing.met = repositories::met(self.organization.entry, &known);
            if repositories.is_some() {
                self.permissions(name, source, &existing, robots.as_deref().unwrap_or_default())?;
            }
        }
        Ok(existing)
    }

    fn has(&self, key: &str) -> bool {
        self.organization.entry.get(key).is_some_and(|node| !node.is_null())
    }

    fn find(&self, name: &str) -> Result<Option<Value>> {
        let found = self.server.reader.find(&Path::organization(name));
        found.map_err(|error| error.attempting(format!("read the organization {name}")))
    }

    fn concerns_robots(&self) -> bool {
        let named = ["robots", "teams", "repositories", "defaults", "default_permissions", "mirror"];
        self.organization.prune.contains(&Kind::Robots) || named.iter().any(|key| self.has(key))
    }

    /// Whether the token of a robot account belongs into a Secret.
    fn wants_tokens(&self) -> bool {
        self.organization.items.iter().any(|item| item.kind == Kind::Robots && item.has_takers())
    }

    fn concerns_repositories(&self) -> bool {
        // The robot account of a mirror is not to be removed.
        self.organization.prune.contains(&Kind::Repositories)
            || self.organization.prune.contains(&Kind::Robots)
            || self.has("repositories")
    }

    /// Reads the rights by team and by robot account where that takes fewer requests than reading them by repository.
    fn permissions(&self, name: &str, source: &str, existing: &Existing, robots: &[Value]) -> Result<()> {
        let declared = self.organization.repositories.iter().chain(&existing.met);
        let asked: Vec<Asked> =
            declared.filter_map(|entry| Asked::of(entry, existing, &self.organization.prune)).collect();
        let teams = existing.teams.iter().filter(|(_, team)| team["repo_count"] != 0);
        let with_rights = |robot: &&Value| robot["repositories"].as_array().is_none_or(|list| !list.is_empty());
        let robots = robots.iter().filter(with_rights).filter_map(|robot| lists::short_name(robot, source));
        let holders: Vec<Part> = teams
            .map(|(team, _)| Part::RightsOfTeam(team.clone()))
            .chain(robots.map(|short| Part::RightsOfRobot(format!("{name}+{short}"))))
            .collect();
        let one_by_one: usize = asked.iter().map(|asked| usize::from(asked.teams) + usize::from(asked.robots)).sum();
        if asked.is_empty() || holders.len() > one_by_one {
            return Ok(());
        }
        let read = each(self.server.registry().jobs, &holders, |part| part.ask(&self.server.reader, source, false));
        let mut held = Held::default();
        for (part, answer) in holders.iter().zip(read) {
            held.learn(part, &answer?, source)?;
        }
        for asked in &asked {
            let path = Path::repository(&format!("{name}/{}", asked.name)).fixed("/permissions/");
            self.server.predicted.keep(&path.clone().fixed("team/"), 200, held.teams_of(asked.name));
            if !asked.users {
                self.server.predicted.keep(&path.fixed("user/"), 200, held.accounts_of(asked.name));
            }
        }
        Ok(())
    }
}

/// A repository whose rights the plan will look at.
struct Asked<'a> {
    name: &'a str,
    teams: bool,
    robots: bool,
    /// Whether the rights of plain users matter, which only the repository itself tells.
    users: bool,
}

impl<'a> Asked<'a> {
    fn of(entry: &'a Node, existing: &Existing, prune: &BTreeSet<Kind>) -> Option<Asked<'a>> {
        let name = entry.get("name")?.as_str()?;
        let Content::List(grants) = &entry.get("permissions")?.content else { return None };
        let pruned = prune.contains(&Kind::Permissions) || entry.get("prune").is_some();
        let is_team = |grant: &Node| grant.get("type").and_then(Node::as_str) == Some("team");
        let is_robot = |grant: &Node| grant.get("name").and_then(Node::as_str).is_some_and(|name| name.contains('+'));
        existing.has_repository(name).then(|| Asked {
            name,
            teams: pruned || grants.iter().any(is_team),
            robots: pruned || grants.iter().any(|grant| !is_team(grant)),
            users: pruned || grants.iter().any(|grant| !is_team(grant) && !is_robot(grant)),
        })
    }
}

impl Existing {
    /// What the list says about a robot account is all that its module asks for.
    fn keep_robots(&mut self, name: &str, source: &str, robots: Option<&[Value]>, predicted: &PredictedServer) {
        let Some(robots) = robots else { return };
        let base = Path::organization(name).fixed("/robots");
        let mut names = Vec::new();
        for robot in robots {
            let Some(short) = lists::short_name(robot, source) else { continue };
            let mut robot = robot.clone();
            robot["name"] = json!(format!("{name}+{short}"));
            predicted.keep(&base.clone().then(short), 200, robot);
            names.push(short.to_owned());
        }
        // The list is whole: a name that is not in it is free.
        predicted.absent_robots(&base);
        self.robots = Some(names);
    }

    fn keep_repositories(&mut self, name: &str, repositories: Option<&[Value]>, predicted: &PredictedServer) {
        let Some(repositories) = repositories else { return };
        let mut names = BTreeSet::new();
        for repository in repositories {
            let Some(short) = repository["name"].as_str() else { continue };
            predicted.keep(&lookup::repository_path(&format!("{name}/{short}")), 200, lists::as_repository(repository));
            names.insert(short.to_owned());
        }
        predicted.absent_repositories(name);
        self.repositories = Some(names);
    }

    /// Whether a repository, by its short name, is known to be there.
    pub fn has_repository(&self, short: &str) -> bool {
        self.repositories.as_ref().is_some_and(|known| known.contains(short))
    }
}
