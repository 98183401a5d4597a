//! Calls of modules whose objects have no place in the tree of organizations.

use super::section::{Place, Retire, Section};
use super::{Card, Kind};

/// Tasks.
pub static TASKS: Card = Card::of("tasks", "task", &[&FIRST_USER, &API_TOKEN]);

/// The first user of an empty registry: before it is there nobody can sign in.
pub static FIRST_USER: Section = Section {
    called: &["username"],
    retire: Retire::Stay("the first user is not deleted with its declaration"),
    ..of("quay_first_user")
};

static API_TOKEN: Section = Section {
    called: &["quay_username"],
    starts: Some("a token is issued"),
    retire: Retire::Stay("a token that was issued is revoked in the web interface of Quay"),
    ..of("quay_api_token")
};

const fn of(module: &'static str) -> Section {
    Section {
        place: Place::Tasks,
        supplied: &[],
        left_out: &[],
        steering: &[],
        identity: &[],
        ..Section::of("", Kind::Tasks, module)
    }
}
