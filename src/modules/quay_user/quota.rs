//! The storage quota of an account: a size, set by superusers on a route of its own. Its limits cannot be set there.

use serde_json::{Value, json};

use crate::api::{Path, Reader};
use crate::error::{Need, Result};
use crate::plan::Step;
use crate::quay::fields::Shape;
use crate::quay::server::Server;
use crate::quay::{quota, version};

const RIGHT: Need = Need::right("super:user", "a superuser");
const NEEDS: [Need; 2] = [RIGHT.feature("QUOTA_MANAGEMENT", version::QUOTAS.since), RIGHT.feature("EDIT_QUOTA", "")];

/// Its bytes, 0 without one. An account shows it in a list of none or one, and the server's default without an `id`.
pub(super) const BYTES: Shape = Shape {
    read: |quotas| json!(quota::real(quotas).and_then(|quota| quota["limit_bytes"].as_u64()).unwrap_or_default()),
    ..Shape::PLAIN
};

/// Sets, changes or, for 0 bytes, removes the quota of an account; `quotas` is what the account shows of it.
///
/// # Errors
/// When the server says that it has no quotas, or lets nobody change them: a new account would be made and left without one.
pub(super) fn step(account: &str, bytes: &Value, quotas: &Value, quay: &Reader) -> Result<Step> {
    let path = Path::api("superuser/users").then(account).fixed("/quota");
    let server = Server::ask(quay);
    NEEDS.iter().try_for_each(|need| server.check(need, &format!("set the quota of the account {account}")))?;
    let step = match quota::real(quotas) {
        None => Step::post(
            path,
            json!({"limit_bytes": bytes}),
            format!("create the quota of the account {account} with {bytes} bytes"),
        ),
        Some(quota) if *bytes == 0 => {
            Step::removal(path.then(&quota["id"].to_string()), format!("delete the quota of the account {account}"))
        }
        Some(quota) => {
            let what = format!("change the quota of the account {account} to {bytes} bytes");
            let otherwise = format!("cannot {what}: Quay agreed and kept another size");
            Step::put(path.then(&quota["id"].to_string()), json!({"limit_bytes": bytes}), what).expecting(
                "/limit_bytes",
                bytes.clone(),
                otherwise,
            )
        }
    };
    Ok(step.needing(NEEDS[1]))
}
