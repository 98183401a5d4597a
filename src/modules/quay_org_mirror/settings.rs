//! What can be set on the mirror of an organization.

use serde_json::json;

use crate::plan::Hint;
use crate::quay::fields::{Field, Shape, Table};
use crate::quay::{mirror, server, text};

/// The lines of the table.
pub(super) const FIELDS: Table = Table {
    fields: &[
        Field::of("is_enabled").usually(|| json!(true)),
        Field::of("external_registry_type").needed(),
        Field::of("external_registry_url").needed(),
        Field::of("external_namespace").needed(),
        mirror::USERNAME,
        mirror::PASSWORD.read_at("has_external_registry_password"),
        Field::of("robot_username").needed(),
        Field::of("visibility").usually(|| json!("public")),
        Field::of("repository_filters").shape(Shape::SET).usually(|| json!([])),
        mirror::INTERVAL,
        mirror::TIMEOUT,
        mirror::VERIFY,
        mirror::HTTP_PROXY,
        mirror::HTTPS_PROXY,
        mirror::NO_PROXY,
        mirror::START.differing(|wanted, found| mirror::start_differs(text(wanted), &found["sync_start_date"])),
    ],
    replaced: &["external_registry_config"],
};

/// What to do about refusals of a creation or a change.
pub(super) const HINTS: &[Hint] = &[
    Hint { status: 400, contains: "contains repositories", advice: "only an empty organization can become a mirror" },
    Hint { status: 400, contains: "immutab", advice: "remove the immutability policies of the organization first" },
    Hint {
        status: 400,
        contains: "proxy cache",
        advice: "an organization has either a mirror or a proxy cache: remove the proxy cache first (quay_proxy_cache)",
    },
    Hint {
        status: 400,
        contains: "already exists",
        advice: "another run has created a mirror meanwhile: run the task again",
    },
    Hint {
        status: 400,
        contains: "invalid robot account",
        advice: "create the robot account of the organization first (quay_robot)",
    },
    Hint {
        status: 400,
        contains: "maximum of 3600",
        advice: "this Quay allows at most 3600 seconds for skopeo_timeout",
    },
    server::INTERNAL_ADDRESS,
];

/// Right after a discovery, while its repositories are still being mirrored or tried again, Quay refuses another synchronization.
pub(super) const STILL: &[(u16, &str)] =
    &[(400, "pending"), (400, "retrying"), (400, "in progress"), (400, "already"), (400, "still syncing")];
