//! One repository and the rights on it.

use serde_json::json;

use super::organization::{Names, robot, role, user};
use super::{Context, mirror};
use crate::apply::input::foreign::{Entry, Fields, Findings, Once, scalar};
use crate::apply::input::yaml::{Content, Node, Place};
use crate::quay::names;

const KEYS: &[&str] = &["name", "description", "visibility", "mirror", "mirror_params", "permissions", "notification"];
const ROLES: &[&str] = &["read", "write", "admin"];

/// Reads one entry of `repositories`.
pub fn read(node: &Node, names: &Names<'_>, once: &mut Once, context: &mut Context<'_>) -> Option<Node> {
    let findings = &mut context.findings;
    let fields = Fields::read(node, "a repository", KEYS, findings)?;
    let name = fields.required_text("name", findings);
    let mirrored = fields.required("mirror", findings).and_then(|_| fields.flag("mirror", findings));
    let mut entry = Entry::at(&node.place);
    match name.and_then(|name| Some((name, fields.get("name")?))) {
        Some((name, field)) => {
            check_name(names.organization, name, field.1, findings);
            once.check("repository", name, field.1, findings);
            entry.copy("name", Some(field));
        }
        // The rest is looked at all the same.
        None => entry.set("name", "unnamed"),
    }
    entry.copy("description", fields.text("description", findings));
    let visibility = fields.text("visibility", findings);
    if let Some((_, node)) = visibility
        && !matches!(node.as_str(), Some("public" | "private"))
    {
        findings.wrong(node, "visibility must be public or private");
    }
    entry.copy("visibility", visibility);
    if visibility.is_none() && context.options.public_by_default {
        entry.set("visibility", "public");
    }
    if let Some(field) = fields.get("permissions") {
        permissions(field.1, names, &mut entry, &mut context.findings);
    }
    mirror::read(&fields, name.unwrap_or("unnamed"), mirrored, names, &mut entry, context);
    let notifications = mirror::notifications(&fields, &mut context.findings);
    entry.list("notifications", notifications);
    Some(entry.node())
}

/// Notes a name that Quay would refuse. A pattern is one: it would mean many repositories in a registry file.
fn check_name(organization: &str, name: &str, node: &Node, findings: &mut Findings) {
    let full = format!("{organization}/{name}");
    match names::repository(&json!(full)) {
        Ok(same) if same == json!(full) => {}
        Ok(_) => findings.wrong(node, format!("the name {name} must not end with a slash")),
        Err(why) => findings.wrong(node, why),
    }
}

/// The three blocks of rights. What a block does not list goes; a block that is missing says nothing.
fn permissions(node: &Node, names: &Names<'_>, entry: &mut Entry, findings: &mut Findings) {
    const BLOCKS: [&str; 3] = ["users", "robots", "teams"];
    let Some(fields) = Fields::read(node, "permissions", &BLOCKS, findings) else { return };
    let mut rights = Vec::new();
    for block in BLOCKS {
        let mut once = Once::default();
        for node in fields.list(block, findings) {
            rights.extend(right(block, node, names, &mut once, findings));
        }
    }
    let present: Vec<&str> = BLOCKS.into_iter().filter(|block| fields.get(block).is_some()).collect();
    if !present.is_empty() {
        // An empty list is one, too: it leaves nobody in it.
        entry.put("permissions", Node { place: node.place.clone(), content: Content::List(rights) });
        let mut prune = Entry::at(&node.place);
        prune.put("permissions", complete(&present, present.len() == BLOCKS.len(), &node.place));
        entry.put("prune", prune.node());
    }
}

/// Which kinds of accounts are listed completely: all of them, or those in `present`.
fn complete(present: &[&str], all: bool, place: &Place) -> Node {
    if all {
        return scalar(place, true);
    }
    let kinds = present.iter().map(|kind| scalar(place, *kind)).collect();
    Node { place: place.clone(), content: Content::List(kinds) }
}

fn right(block: &str, node: &Node, names: &Names<'_>, once: &mut Once, findings: &mut Findings) -> Option<Node> {
    let fields = Fields::read(node, "a permission", &["name", "role"], findings)?;
    let name = fields.required_text("name", findings);
    fields.required("role", findings);
    let role = role(&fields, ROLES, findings);
    let (name, (key, name_node)) = (name?, fields.get("name")?);
    once.check("permission of", name, name_node, findings);
    let mut entry = Entry::at(&node.place);
    let kind = match block {
        "teams" => {
            if !names.teams.knows(name) {
                findings.wrong(name_node, format!("there is no team {name} under teams"));
            }
            entry.copy("name", Some((key, name_node)));
            "team"
        }
        "robots" => {
            entry.copy("name", Some((key, &robot(name_node, names, findings)?)));
            "user"
        }
        _ => {
            user(name_node, findings)?;
            entry.copy("name", Some((key, name_node)));
            "user"
        }
    };
    entry.set("type", kind);
    entry.copy("role", role);
    Some(entry.node())
}
