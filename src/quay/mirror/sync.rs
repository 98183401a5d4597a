//! What a task asks of the synchronizations of a mirror, beside its settings.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::time;
use crate::api::Path;
use crate::error::{Error, Result};
use crate::plan::{Plan, Step};
use crate::quay::text;

const PASSWORD: &str = "external_registry_password";
const USERNAME: &str = "external_registry_username";

/// The options that are commands rather than settings.
#[derive(Clone, Copy, Deserialize)]
pub struct Commands {
    force_sync: bool,
    sync_on_change: bool,
    cancel_sync: bool,
    recover: bool,
}

/// What is done about the synchronization of an existing mirror.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// The running or waiting one is cancelled, before anything else: Quay never gives a mirror back that is changed while it runs.
    pub cancel: bool,
    /// One is started, after everything else.
    pub sync: bool,
}

impl Commands {
    /// Whether a new mirror is synchronized at once.
    pub fn at_once(self) -> bool {
        self.force_sync || self.sync_on_change
    }

    /// The step that synchronizes the mirror at `mirror`, called `title`. After a change that succeeded the next run sees no difference
    /// to start it for.
    pub fn synchronize(self, mirror: Path, title: &str) -> Step {
        let step = Step::post(mirror.fixed("/sync-now"), json!({}), format!("synchronize the {title}"));
        match self.sync_on_change && !self.force_sync {
            true => step.afterwards("the next run sees no difference: ask for it with force_sync"),
            false => step,
        }
    }

    /// What takes more than one option to see.
    pub fn problems(self) -> Option<String> {
        let both = self.at_once() && self.cancel_sync;
        both.then(|| {
            "force_sync (or sync_on_change) and cancel_sync exclude each other; recover with cancel_sync starts anew"
                .into()
        })
    }

    /// Whether `sync_on_change` asks for a synchronization: once for each change of the settings, and for a mirror that has never
    /// run. A password that is sent again, as nobody can see whether it differs, is no change.
    fn is_due(self, plan: &Plan, body: &Map<String, Value>, status: &str) -> bool {
        let is_told = |(key, value): (&String, &Value)| key != PASSWORD && plan.before.get(key) != Some(value);
        // The password of a proxy is not told, but sent with the settings around it.
        let is_sent = |key: &String| key != PASSWORD && key != USERNAME;
        let differs = plan.after.iter().any(is_told) || body.keys().any(is_sent);
        self.sync_on_change && (status == "NEVER_RUN" || differs)
    }

    /// What to do about the synchronization of a mirror, from the `body` that is to change it and from Quay's answer about it, and the
    /// warning for one that hangs. Shows the state in the difference when a synchronization is cancelled.
    ///
    /// # Errors
    /// For a change or `recover`, while a synchronization runs that is not to be cancelled; `recover` takes one whose worker cannot be
    /// alive any more.
    pub fn course(self, plan: &mut Plan, body: &Map<String, Value>, found: &Value) -> Result<Course> {
        let status = text(&found["sync_status"]);
        let running = status == "SYNCING";
        let hangs = hangs(found);
        let lease = text(&found["sync_expiration_date"]);
        if self.recover && running && !hangs && !self.cancel_sync {
            return Err(Error::Busy(format!(
                "cannot recover the {}: a synchronization is running{}, and its worker has until {lease} before it counts as stuck; \
                 cancel_sync starts it anew all the same",
                plan.title,
                began(found).map_or_else(String::new, |time| format!(" since {}", time::written(time)))
            )));
        }
        let recover = self.recover && running;
        let active = is_active(found);
        let cancel = recover || (self.cancel_sync && active);
        let sync = recover || ((self.force_sync || self.is_due(plan, body, status)) && !active);
        if is_stuck(found) && !cancel {
            plan.warn(format!(
                "the {} hangs: its synchronization should have ended by {lease}, and Quay starts no other one; recover frees it",
                plan.title
            ));
        }
        if !body.is_empty() && !cancel {
            check_idle(&plan.title, found)?;
        }
        if cancel {
            plan.show("sync_status", Some(json!(status)), json!(if sync { "SYNC_NOW" } else { "CANCEL" }));
        }
        Ok(Course { cancel, sync })
    }
}

/// The step that cancels the synchronization of the mirror at `mirror`, called `title`.
pub fn cancel(mirror: Path, title: &str) -> Step {
    Step::post(mirror.fixed("/sync-cancel"), json!({}), format!("cancel the synchronization of the {title}"))
}

/// The reason not to change the mirror called `title` now.
///
/// # Errors
/// While the worker synchronizes, or hangs: a change takes the mirror away from it, and nobody ever hands it back.
fn check_idle(title: &str, found: &Value) -> Result<()> {
    match text(&found["sync_status"]) {
        "SYNCING" if is_stuck(found) => Err(Error::Busy(format!(
            "cannot change the {title}: its synchronization hangs, and never ends by itself; free it with recover"
        ))),
        "SYNCING" => Err(Error::Busy(format!(
            "cannot change the {title}: a synchronization is running, and Quay would never end one whose settings change; try \
             again when it is over, or stop it with cancel_sync"
        ))),
        _ => Ok(()),
    }
}

/// Whether a synchronization runs whose worker has no time left. Quay does not honour that (3.9 to 3.18): such a mirror of a
/// repository is never claimed again.
pub fn hangs(found: &Value) -> bool {
    let is_over = |lease: Timestamp| lease < Timestamp::now();
    found["sync_status"] == "SYNCING" && time::of(&found["sync_expiration_date"]).is_some_and(is_over)
}

/// When the synchronization that runs began. Quay tells only when the time of its worker ends, which has 12 hours for a repository and
/// 30 minutes for the discovery of an organization.
fn began(found: &Value) -> Option<Timestamp> {
    let minutes = if is_of_repository(found) { 12 * 60 } else { 30 };
    let began = time::of(&found["sync_expiration_date"])?.checked_sub(SignedDuration::from_mins(minutes)).ok()?;
    (began <= Timestamp::now()).then_some(began)
}

fn is_of_repository(found: &Value) -> bool {
    found.get("external_reference").is_some()
}

/// Whether the mirror of a repository [hangs]. The discovery of an organization does not: Quay picks it up again.
pub(super) fn is_stuck(found: &Value) -> bool {
    is_of_repository(found) && hangs(found)
}

/// Whether a synchronization runs or is about to: that of the mirror itself, or of the repositories of an organization. What is
/// cancelled waits for nothing but the worker to see it.
fn is_active(found: &Value) -> bool {
    let waits = |status: &str| matches!(status, "SYNCING" | "SYNC_NOW");
    let below = |status: &&str| found["repo_sync_status_counts"][*status].as_i64() > Some(0);
    match text(&found["sync_status"]) {
        "CANCEL" => false,
        status => waits(status) || ["SYNCING", "SYNC_NOW", "NEVER_RUN"].iter().any(below),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_mirror_of_a_repository_hangs() {
        let organization = json!({"sync_status": "SYNCING", "sync_expiration_date": "2026-01-01T00:00:00Z"});
        let mut repository = organization.clone();
        repository["external_reference"] = json!("quay.io/a/b");
        let warnings = |found: &Value| {
            let mut plan = Plan::of("mirror");
            let none = Commands { force_sync: false, sync_on_change: false, cancel_sync: false, recover: false };
            none.course(&mut plan, &Map::new(), found).unwrap();
            plan.warnings.len()
        };
        assert_eq!((warnings(&organization), warnings(&repository)), (0, 1));
        let refusal = |found: &Value| check_idle("mirror", found).unwrap_err().to_string();
        assert!(refusal(&organization).contains("try again when it is over"));
        assert!(refusal(&repository).contains("its synchronization hangs") && refusal(&repository).contains("recover"));
    }

    #[test]
    fn a_refusal_tells_since_when_a_synchronization_runs() {
        let recover = Commands { force_sync: false, sync_on_change: false, cancel_sync: false, recover: true };
        let now = Timestamp::now();
        let ahead = |minutes| time::written(now + SignedDuration::from_mins(minutes));
        let refusal = |more: Value| {
            let mut found = json!({"sync_status": "SYNCING"});
            found.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            recover.course(&mut Plan::of("mirror"), &Map::new(), &found).unwrap_err().to_string()
        };
        let of_repository = refusal(json!({"external_reference": "q.io/a", "sync_expiration_date": ahead(60)}));
        assert!(of_repository.contains(&format!("running since {}, and", ahead(-11 * 60))), "{of_repository}");
        let of_organization = refusal(json!({"sync_expiration_date": ahead(20)}));
        assert!(of_organization.contains(&format!("running since {}, and", ahead(-10))), "{of_organization}");
        // The clock of the server is another one.
        assert!(refusal(json!({"sync_expiration_date": ahead(50)})).contains("is running, and its worker has until"));
    }

    fn course(commands: [bool; 3], found: &Value) -> Option<(bool, bool)> {
        let [force_sync, cancel_sync, recover] = commands;
        let course = Commands { force_sync, sync_on_change: false, cancel_sync, recover }.course(
            &mut Plan::of("mirror"),
            &Map::new(),
            found,
        );
        course.ok().map(|course| (course.cancel, course.sync))
    }

    #[test]
    fn what_is_sent_counts_although_nobody_is_told_of_it() {
        let commands = Commands { force_sync: false, sync_on_change: true, cancel_sync: false, recover: false };
        let due = |body: Value| {
            let body = body.as_object().cloned().unwrap_or_default();
            commands.course(&mut Plan::of("mirror"), &body, &json!({"sync_status": "SUCCESS"})).unwrap().sync
        };
        assert!(due(json!({"external_registry_config": {"proxy": {"http_proxy": "u:new@proxy:3128"}}})));
        assert!(!due(json!({"external_registry_username": "me", "external_registry_password": "again"})));
    }

    #[test]
    fn the_state_decides_what_a_command_does() {
        const FORCE: [bool; 3] = [true, false, false];
        const CANCEL: [bool; 3] = [false, true, false];
        const RECOVER: [bool; 3] = [false, false, true];
        const BOTH: [bool; 3] = [false, true, true];
        let state = |status: &str| json!({"sync_status": status, "sync_expiration_date": "2999-01-01T00:00:00Z"});
        let stuck = json!({"sync_status": "SYNCING", "sync_expiration_date": "2026-01-01T00:00:00.5Z"});
        let below = json!({"sync_status": "SUCCESS", "repo_sync_status_counts": {"SYNC_NOW": 2, "SUCCESS": 1}});
        let done = json!({"sync_status": "SUCCESS", "repo_sync_status_counts": {"SYNC_NOW": 0, "FAIL": 1}});
        for (commands, found, expected) in [
            (FORCE, state("SUCCESS"), Some((false, true))),
            (FORCE, state("CANCEL"), Some((false, true))),
            (FORCE, state("SYNC_NOW"), Some((false, false))),
            (FORCE, below.clone(), Some((false, false))),
            (FORCE, done.clone(), Some((false, true))),
            (CANCEL, state("SYNCING"), Some((true, false))),
            (CANCEL, state("SYNC_NOW"), Some((true, false))),
            (CANCEL, state("NEVER_RUN"), Some((false, false))),
            (CANCEL, state("CANCEL"), Some((false, false))),
            (CANCEL, below, Some((true, false))),
            (CANCEL, done, Some((false, false))),
            (RECOVER, stuck.clone(), Some((true, true))),
            (RECOVER, state("FAIL"), Some((false, false))),
            (RECOVER, state("SYNCING"), None),
            (BOTH, state("SYNCING"), Some((true, true))),
            (CANCEL, stuck, Some((true, false))),
        ] {
            assert_eq!(course(commands, &found), expected, "{commands:?} {found}");
        }
    }
}
