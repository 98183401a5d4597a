//! What refusals of accounts mean.

use crate::api::Reader;
use crate::error::{Error, Result};
use crate::plan::Hint;
use crate::quay::lookup;
use crate::quay::server::Server;

const ELSEWHERE: &str =
    "accounts, passwords and e-mail addresses can only be managed here with AUTHENTICATION_TYPE Database";
const TAKEN: &str = "the name belongs to another account or to an organization: choose another one";
const USED: &str = "another account has this e-mail address";
const NO_EMAIL: &str = "email is needed, because FEATURE_MAILING is on";
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

/// What the refusal of the creation tells in a real run.
///
/// # Errors
/// With what the refusal would say.
pub(super) fn predict(account: &str, has_email: bool, quay: &Reader) -> Result<()> {
    let refuse = |why: &str| Err(Error::Option(format!("cannot create the account {account}: {why}")));
    let server = Server::ask(quay);
    if server.setting("AUTHENTICATION_TYPE").is_some_and(|kind| kind != "Database") {
        return refuse(ELSEWHERE);
    }
    if server.has("MAILING") && !has_email {
        return refuse(NO_EMAIL);
    }
    // Not everybody may look at organizations without a login; then the creation itself will tell.
    if matches!(lookup::organization(quay, account), Ok(Some(_))) {
        return refuse(TAKEN);
    }
    Ok(())
}
