//! What can be set on a proxy cache.

use serde_json::{Value, json};

use crate::plan::Hint;
use crate::quay::fields::{Field, Shape, Table, Unit};
use crate::quay::{names, server, text};

/// The lines of the table.
pub(super) const FIELDS: Table = Table {
    fields: &[
        Field::of("registry").at("upstream_registry").needed(),
        Field::of("insecure").shape(Shape::OFF).usually(|| json!(false)),
        Field::of("expiration").at("expiration_s").unit(Unit::Seconds).usually(|| json!(86_400)),
        unreadable("username", "upstream_registry_username", Shape::TEXT),
        unreadable("password", "upstream_registry_password", Shape::SECRET),
    ],
    replaced: &[""],
};

/// Credentials cannot be read back, so given ones always count as a change.
const fn unreadable(option: &'static str, at: &'static str, shape: Shape) -> Field {
    Field::of(option).at(at).shape(shape).usually(|| json!("")).differing(|_, _| true).shown_when_sent()
}

/// What to do about refusals of a creation.
pub(super) const HINTS: &[Hint] = &[
    Hint {
        status: 400,
        contains: "already exists",
        advice: "another run has made a different proxy cache meanwhile: run the task again",
    },
    Hint {
        status: 400,
        contains: "organization-level mirroring",
        advice: "an organization has either a mirror or a proxy cache: remove the mirror first (quay_org_mirror)",
    },
    Hint {
        status: 400,
        contains: "immutable",
        advice: "the organization has immutable tags, which a proxy cache cannot have",
    },
    server::INTERNAL_ADDRESS,
    Hint {
        status: 400,
        contains: "resolve",
        advice: "check the name in registry: the server itself must be able to resolve it",
    },
];

/// `host[:port]` with an optional namespace behind it.
pub(super) fn registry(value: &Value) -> Result<Value, String> {
    let text = text(value);
    let trimmed = text.trim_end_matches('/');
    if trimmed.contains("://") {
        return Err(format!("\"{text}\" has a scheme: write only host[:port] or host/namespace"));
    }
    if trimmed.is_empty()
        || trimmed.starts_with('/')
        || trimmed.contains(|c: char| c.is_whitespace() || matches!(c, '?' | '#' | '@'))
    {
        return Err(format!("\"{text}\" is not a registry: write host[:port] or host/namespace"));
    }
    names::at_most(270, &json!(trimmed))
}
