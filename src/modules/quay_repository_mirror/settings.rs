//! What can be set on the mirror of a repository.

use serde_json::{Value, json};

use crate::plan::Hint;
use crate::quay::fields::{Field, Older, Shape, Table};
use crate::quay::{mirror, server, text, version};

/// The lines of the table.
pub(super) const FIELDS: Table = Table {
    fields: &[
        Field::of("external_reference").needed(),
        Field::of("robot_username").needed(),
        Field::of("image_tags").at("root_rule").shape(Shape { read: tags, write: rule, ..Shape::SET }).needed(),
        Field::of("architectures")
            .at("architecture_filter")
            .shape(Shape { write: Shape::SET.plain, ..Shape::SET })
            .otherwise(|| json!([]))
            .since(version::ARCHITECTURES, Older::Refused),
        Field::of("is_enabled").usually(|| json!(false)),
        mirror::INTERVAL,
        mirror::TIMEOUT
            .at("skopeo_timeout_interval")
            .since(version::COPY_TIMEOUT, Older::Warned("this Quay cannot limit the time of a copy")),
        mirror::USERNAME,
        mirror::VERIFY,
        Field::of("unsigned_images")
            .at("external_registry_config/unsigned_images")
            .shape(Shape::OFF)
            .usually(|| json!(false)),
        mirror::HTTP_PROXY,
        mirror::HTTPS_PROXY,
        mirror::NO_PROXY,
        mirror::START.differing(|wanted, found| {
            let interval = found["sync_interval"].as_i64().unwrap_or_default();
            mirror::rhythm_differs(text(wanted), &found["sync_start_date"], interval)
        }),
        // Quay does not tell whether there is one, but without a user name there is none.
        mirror::PASSWORD
            .read_at("external_registry_username")
            .shape(Shape { read: |username| json!(!text(username).is_empty()), ..Shape::SECRET })
            .differing(|wanted, found| {
                !(text(wanted).is_empty() && text(&found["external_registry_username"]).is_empty())
            })
            .with("external_registry_username")
            .shown_when_sent(),
    ],
    replaced: &[],
};

/// Why there is no mirror of a single repository.
pub(super) const ORG_MIRROR: &str =
    "the organization is mirrored as a whole (quay_org_mirror), which leaves no room for single mirrors";
/// What to do about refusals of a creation or a change.
pub(super) const HINTS: &[Hint] = &[
    Hint { status: 400, contains: "organization-level mirroring", advice: ORG_MIRROR },
    Hint { status: 400, contains: "invalid robot", advice: "create the robot account first (quay_robot)" },
    server::INTERNAL_ADDRESS,
    Hint { status: 400, contains: "resolve", advice: "check the host in external_reference; Quay itself must find it" },
    Hint { status: 409, contains: "", advice: "another run has created it meanwhile: run the task again" },
];

fn rule(tags: &Value) -> Value {
    json!({"rule_kind": "tag_glob_csv", "rule_value": tags})
}

fn tags(rule: &Value) -> Value {
    (Shape::SET.read)(&rule["rule_value"])
}
