//! The requests that make, change and delete a repository.

use serde_json::{Value, json};

use super::server::Server;
use super::{lookup, names, text};
use crate::api::{Path, Reader};
use crate::error::{Error, Need, Result};
use crate::plan::{Hint, Probe, Step};

/// The visibility of a repository that everybody can pull from.
pub const PUBLIC: &str = "public";

const CREATE: Need = Need::right("repo:create", "allowed to create repositories in the namespace");
const STAR: Need = Need::right("user:admin", "");

const CREATE_HINTS: &[Hint] = &[
    Hint {
        status: 400,
        contains: "already exists",
        advice: "the repository is there, but hidden from this caller, who needs the scope repo:admin and a role on it",
    },
    Hint {
        status: 400,
        contains: "mirror",
        advice: "the organization is mirrored as a whole: its repositories come from the source",
    },
    Hint {
        status: 400,
        contains: "invalid repository name",
        advice: "names with more than one / need FEATURE_EXTENDED_REPOSITORY_NAMES",
    },
    Hint { status: 402, contains: "", advice: "the limit of private repositories is reached" },
];
const STATE_HINTS: &[Hint] = &[
    Hint { status: 400, contains: "'description' is a required property", advice: FEATURE_OFF },
    Hint { status: 400, contains: "mirror", advice: MIRRORED },
];
const FEATURE_OFF: &str = "switch FEATURE_REPO_MIRROR on in Quay's configuration";
const MIRRORED: &str = "the organization is mirrored as a whole: the state of its repositories cannot be set";

/// The requests about one repository. Each of its settings has one of its own.
pub struct Requests<'a> {
    /// Its full name.
    pub name: &'a str,
}

impl Requests<'_> {
    /// Makes it (POST `repository`). Quay 3.9 and later accept no other kind than `image`.
    pub fn create(&self, visibility: &str, description: &str) -> Step {
        let body = json!({
            "namespace": self.namespace(),
            "repository": self.short(),
            "visibility": visibility,
            "description": description,
            "repo_kind": "image",
        });
        let same = Probe::equal(
            lookup::repository_path(self.name),
            vec![("/is_public", json!(visibility == PUBLIC)), ("/description", json!(description))],
        );
        let step = Step::post(Path::api("repository"), body, format!("create the {}", self.title()));
        step.needing(CREATE).hinting(CREATE_HINTS).settled_by(same)
    }

    /// Changes its description.
    pub fn describe(&self, description: &Value) -> Step {
        let what = format!("change the description of the {}", self.title());
        Step::put(self.path(), json!({"description": description}), what).needing(Need::REPO_WRITE)
    }

    /// Makes it `public` or `private`.
    pub fn show_to(&self, visibility: &Value) -> Step {
        let what = format!("make the {} {}", self.title(), text(visibility));
        let path = self.path().fixed("/changevisibility");
        Step::post(path, json!({"visibility": visibility}), what).hinting(CREATE_HINTS)
    }

    /// Refuses before the first write what the server would refuse, with the feature off in strange words: the request
    /// then falls into the route of the description.
    ///
    /// # Errors
    /// When its state cannot be set there.
    pub fn check_state(&self, quay: &Reader, found: &Value) -> Result<()> {
        let refuse = |why| Err(Error::Option(format!("cannot set repo_state of the {}: {why}", self.title())));
        if found["state"] == "ORG_MIRROR" {
            return refuse(MIRRORED);
        }
        if Server::ask(quay).lacks("REPO_MIRROR") {
            return refuse(FEATURE_OFF);
        }
        Ok(())
    }

    /// Sets its state: `NORMAL`, `READ_ONLY` or `MIRROR`.
    pub fn set_state(&self, state: &Value) -> Step {
        let what = format!("set the state of the {} to {}", self.title(), text(state));
        Step::put(self.path().fixed("/changestate"), json!({"state": state}), what).hinting(STATE_HINTS)
    }

    /// Gives it the star of the calling user, or takes that away.
    pub fn star(&self, wanted: bool) -> Step {
        let path = Path::api("user/starred");
        match wanted {
            true => {
                let body = json!({"namespace": self.namespace(), "repository": self.short()});
                Step::post(path, body, format!("star the {}", self.title())).needing(STAR)
            }
            false => {
                let path = self.name.split('/').fold(path, |path, part| path.then(part));
                Step::delete(path, format!("take the star from the {}", self.title())).needing(STAR)
            }
        }
    }

    /// Deletes it, with all its tags. Quay answers 204 for a repository that is not there, too.
    pub fn delete(&self) -> Step {
        Step::delete(self.path(), format!("delete the {}", self.title()))
    }

    /// What messages call it.
    pub fn title(&self) -> String {
        format!("repository {}", self.name)
    }

    /// Where it is read and changed.
    pub fn path(&self) -> Path {
        Path::repository(self.name)
    }

    /// The organization or account that it is in.
    pub fn namespace(&self) -> &str {
        names::namespace_of(self.name)
    }

    fn short(&self) -> &str {
        self.name.split_once('/').map_or(self.name, |(_, short)| short)
    }
}
