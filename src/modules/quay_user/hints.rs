//! What refusals of accounts mean.

use crate::plan::Hint;

pub(super) const ELSEWHERE: &str =
    "accounts, passwords and e-mail addresses can only be managed here with AUTHENTICATION_TYPE Database";
pub(super) const TAKEN: &str = "the name belongs to another account or to an organization: choose another one";
const USED: &str = "another account has this e-mail address";
pub(super) const NO_EMAIL: &str = "email is needed, because FEATURE_MAILING is on";
/// For an account.
pub(super) const ACCOUNT: &[Hint] = &[
    Hint { status: 400, contains: "non-database auth", advice: ELSEWHERE },
    Hint { status: 400, contains: "already been taken", advice: TAKEN },
    Hint {
        status: 400,
        contains: "is not available",
        advice: "the name is still reserved for a deleted account: try again when Quay's clean-up is done",
    },
    Hint { status: 400, contains: "already used", advice: USED },
    Hint { status: 400, contains: "already been used", advice: USED },
    Hint { status: 400, contains: "email address", advice: "check email: it is needed when FEATURE_MAILING is on" },
];
/// For one that becomes a superuser.
pub(super) const SUPERUSER: &[Hint] = &[
    Hint {
        status: 500,
        contains: "",
        advice: "for superuser, SUPER_USERS must stand in Quay's configuration file; see Quay's log otherwise",
    },
    Hint { status: 400, contains: "config", advice: "for superuser, Quay's configuration file must be writable" },
    Hint { status: 400, contains: "non-database auth", advice: ELSEWHERE },
    Hint { status: 400, contains: "already used", advice: USED },
];
