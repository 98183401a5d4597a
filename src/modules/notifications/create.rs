//! How a notification comes to be, also in place of another one.

use serde_json::{Value, json};

use super::{EQUAL, Holder, Work, test_step};
use crate::api::Slot;
use crate::error::Result;
use crate::plan::{Hint, Once, Plan, Step};
use crate::quay::{notification, text, version};

const HINTS: &[Hint] = &[Hint {
    status: 400,
    contains: "invalid webhook url",
    advice: "the address must not lead to the server itself or to a host that Quay's configuration forbids",
}];

impl Work<'_> {
    /// Makes a notification. Quay cannot change one, so it is also how a current one is changed: the new one is there
    /// before the old one goes.
    pub(super) fn create(&self, current: Option<&Value>) -> Result<Plan> {
        let mut wanted = self.options.wanted(current.unwrap_or(&Value::Null));
        let title = self.title(&wanted);
        self.check_complete(&wanted)?;
        if text(&wanted["event"]) == notification::EXPIRY {
            version::IMAGE_EXPIRY.check(self.quay, &format!("create the {title}"))?;
        }
        self.check_repository()?;
        let link = match wanted["config"].get_mut("target") {
            Some(target) => self.check_target(target, &title)?,
            None => None,
        };
        let before: Vec<Value> = current.into_iter().cloned().collect();
        let mut plan = self.done(&before, std::slice::from_ref(&wanted));
        self.predict_silence(&mut plan, text(&wanted["event"]));
        let body = json!({
            "title": wanted["title"],
            "event": wanted["event"],
            "method": wanted["method"],
            "config": wanted["config"],
            "eventConfig": wanted["event_config"],
        });
        let uuid = || Slot::new("create", "/uuid").expecting("new");
        let created = self.holder.each().then_slot(&uuid());
        let mut create = Step::post(self.holder.list(), body, format!("create the {title}"))
            .named("create")
            .hinting(HINTS)
            .undone_by(Step::delete(created.clone(), format!("delete the new {title}")));
        // The one that is replaced may equal the new one in all that Quay shows: it is no other run's.
        if current.is_none() {
            let (list, each) = (self.holder.list(), self.holder.each());
            create = create.once(Once { list, key: "notifications", each, id: "uuid", equal: EQUAL });
        }
        if let Holder::Repository(name) = self.holder {
            create = create.explaining(400, "not authorized", format!(
                "confirm the address first, in the settings of the repository: {}/repository/{name}?tab=settings (this needs \
                 FEATURE_MAILING)",
                self.quay.server(),
            ));
        }
        if let Some(account) = link {
            plan.steps.extend(account.link_step());
            create = account.link.into_iter().fold(create, |create, slot| create.filled("/config/target/name", slot));
        }
        plan.push(create);
        plan.steps.extend(current.map(|current| self.delete_step(current)));
        if self.options.test {
            plan.push(test_step(created, &title));
        }
        plan.give_made("uuids", uuid(), |uuid| json!([uuid]));
        Ok(plan)
    }
}
