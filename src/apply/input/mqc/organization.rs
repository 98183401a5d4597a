//! One organization: its e-mail address, robot accounts and teams.

use serde_json::json;

use super::{Context, repository};
use crate::apply::input::foreign::{Entry, Field, Fields, Findings, Once, scalar};
use crate::apply::input::yaml::Node;
use crate::quay::names;

/// Names that a file declares and that others of its entries may use.
#[derive(Default)]
pub struct Names<'a> {
    /// The organization.
    pub organization: &'a str,
    /// Its robot accounts, by their short names.
    pub robots: Once,
    /// Its teams.
    pub teams: Once,
}

/// Reads one file as an entry of `organizations`; beside it, its e-mail address.
pub fn read<'a>(file: &Fields<'a>, hosts: &[&str], context: &mut Context<'_>) -> (Node, Option<&'a Node>) {
    let findings = &mut context.findings;
    let organization = file.required_text("quay_organization", findings);
    file.required("repositories", findings);
    let field = file.get("quay_organization").filter(|_| organization.is_some());
    let mut names = Names { organization: organization.unwrap_or("unnamed"), ..Names::default() };
    let mut entry = Entry::at(&file.node.place);
    match field {
        Some((_, node)) => is_name(node, names.organization, findings),
        // The rest of the file is looked at all the same.
        None => entry.set("name", names.organization),
    }
    entry.copy("name", field);
    let place = field.map_or(&file.node.place, |(_, node)| &node.place);
    let hosts = hosts.iter().map(|host| scalar(place, *host)).collect();
    entry.list("endpoints", hosts);
    let email = email(file, &mut entry, findings);
    let robots = robots(file, &mut names, findings);
    entry.list("robots", robots);
    let teams = teams(file, &mut names, findings);
    entry.list("teams", teams);
    let mut once = Once::default();
    let mut repositories = Vec::new();
    for node in file.list("repositories", &mut context.findings) {
        repositories.extend(repository::read(node, &names, &mut once, context));
    }
    entry.list("repositories", repositories);
    (entry.node(), email)
}

/// Notes a name that Quay would refuse.
fn is_name(node: &Node, name: &str, findings: &mut Findings) {
    if let Err(why) = names::name(&json!(name)) {
        findings.wrong(node, why);
    }
}

fn email<'a>(file: &Fields<'a>, entry: &mut Entry, findings: &mut Findings) -> Option<&'a Node> {
    let old = file.text("quay_organization_role_email", findings);
    if let Some((key, _)) = old {
        let what = "quay_organization_role_email is read as quay_organization_email, its newer name";
        findings.warnings.push(super::Problem { place: key.place.clone(), what: what.to_owned() });
    }
    let new = file.text("quay_organization_email", findings);
    if let (Some((_, node)), Some(_)) = (old, new) {
        findings.wrong(node, "quay_organization_role_email and quay_organization_email are the same: give one of them");
    }
    let field = new.or(old).filter(|(_, node)| node.as_str() != Some(""));
    let Some((key, node)) = field else {
        findings.warn(
            file.node,
            "the organization has no e-mail address: a new one gets none, an existing one keeps its own",
        );
        return None;
    };
    if let Err(why) = names::email_or_empty(&json!(node.as_str())) {
        findings.wrong(node, why);
    }
    entry.copy("email", Some((key, node)));
    Some(node)
}

fn robots(file: &Fields<'_>, names: &mut Names<'_>, findings: &mut Findings) -> Vec<Node> {
    let mut robots = Vec::new();
    for node in file.list("robots", findings) {
        let Some(fields) = Fields::read(node, "a robot account", &["name", "desc"], findings) else { continue };
        let name = fields.required_text("name", findings);
        fields.required("desc", findings);
        let description = fields.text("desc", findings);
        let (Some(name), Some(field)) = (name, fields.get("name")) else { continue };
        match name.split_once('+') {
            Some((_, short)) => findings.wrong(field.1, format!("a robot account has its short name here: {short}")),
            None => is_name(field.1, name, findings),
        }
        names.robots.check("robot account", name, field.1, findings);
        let mut entry = Entry::at(&node.place);
        entry.copy("name", Some(field));
        entry.copy("description", description);
        robots.push(entry.node());
    }
    robots
}

const TEAM: &[&str] = &["name", "description", "role", "group_dn", "members"];
const TEAM_ROLES: &[&str] = &["member", "creator", "admin"];

fn teams(file: &Fields<'_>, names: &mut Names<'_>, findings: &mut Findings) -> Vec<Node> {
    let mut teams = Vec::new();
    for node in file.list("teams", findings) {
        let Some(fields) = Fields::read(node, "a team", TEAM, findings) else { continue };
        let Some(name) = fields.required_text("name", findings) else { continue };
        let Some(field) = fields.get("name") else { continue };
        is_name(field.1, name, findings);
        names.teams.check("team", name, field.1, findings);
        let mut entry = Entry::at(&node.place);
        entry.copy("name", Some(field));
        entry.copy("description", fields.text("description", findings));
        entry.copy("role", role(&fields, TEAM_ROLES, findings));
        let group = fields.text("group_dn", findings);
        let members = members(&fields, group.is_some(), names, findings);
        entry.list("members", members);
        if let Some(group) = group {
            let mut ldap = Entry::at(&group.1.place);
            ldap.copy("group_dn", Some(group));
            entry.put("ldap", ldap.node());
        }
        teams.push(entry.node());
    }
    teams
}

/// The role, if it is given and one of `roles`.
pub fn role<'a>(fields: &Fields<'a>, roles: &[&str], findings: &mut Findings) -> Option<Field<'a>> {
    let field = fields.text("role", findings)?;
    if !field.1.as_str().is_some_and(|role| roles.contains(&role)) {
        findings.wrong(field.1, format!("the role must be one of {}", roles.join(", ")));
    }
    Some(field)
}

fn members(team: &Fields<'_>, synchronized: bool, names: &Names<'_>, findings: &mut Findings) -> Vec<Node> {
    let Some((_, node)) = team.get("members") else { return Vec::new() };
    let Some(fields) = Fields::read(node, "members", &["users", "robots"], findings) else { return Vec::new() };
    let mut members = Vec::new();
    let mut once = Once::default();
    for node in fields.list("users", findings) {
        let Some(name) = user(node, findings) else { continue };
        once.check("member", name, node, findings);
        members.push(node.clone());
    }
    if synchronized && let Some(first) = members.first() {
        let what = "the users of a team with group_dn come from LDAP: those listed here are not added";
        findings.warn(first, what);
        members.clear();
    }
    for node in fields.list("robots", findings) {
        let Some(robot) = robot(node, names, findings) else { continue };
        once.check("member", node.as_str().unwrap_or_default(), node, findings);
        members.push(robot);
    }
    members
}

/// The name of a user.
pub fn user<'a>(node: &'a Node, findings: &mut Findings) -> Option<&'a str> {
    match node.as_str() {
        Some(name) if name.contains('+') => {
            findings.wrong(node, format!("{name} is a robot account: list it under robots, by its short name"));
            None
        }
        Some(name) if !name.trim().is_empty() => Some(name),
        Some(_) => {
            findings.wrong(node, "the name of a user must not be empty");
            None
        }
        None => {
            findings.wrong(node, "the name of a user must be a text: put the value in quotes");
            None
        }
    }
}

/// The complete name of a robot account that the file names by its short one.
pub fn robot(node: &Node, names: &Names<'_>, findings: &mut Findings) -> Option<Node> {
    let Some(short) = node.as_str() else {
        findings.wrong(node, "the name of a robot account must be a text: put the value in quotes");
        return None;
    };
    if !names.robots.knows(short) {
        findings.wrong(node, format!("there is no robot account {short} under robots"));
    }
    Some(scalar(&node.place, format!("{}+{short}", names.organization)))
}
