//! What an item makes, and what it builds on.

use serde_json::{Map, Value};

use super::item::Item;

/// The objects that others can name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectName {
    /// An account of a person, by its user name.
    User(String),
    /// An organization, by its name.
    Organization(String),
    /// A team, as `organization/team`.
    Team(String),
    /// A robot account, as `organization+robot`.
    Robot(String),
    /// A repository, as `organization/repository`.
    Repository(String),
}

impl ObjectName {
    /// The organization, or personal namespace, that it is in.
    pub fn owner(&self) -> Option<&str> {
        match self {
            ObjectName::User(_) | ObjectName::Organization(_) => None,
            ObjectName::Team(name) | ObjectName::Repository(name) => name.split_once('/').map(|(owner, _)| owner),
            ObjectName::Robot(name) => name.split_once('+').map(|(owner, _)| owner),
        }
    }
}

/// The object that an item makes, or removes; `None` where nothing else can name it.
pub fn subject(item: &Item) -> Option<ObjectName> {
    let text = |key: &str| item.text(key).map(str::to_owned);
    match item.module() {
        "quay_user" => text("username").map(ObjectName::User),
        "quay_organization" => text("new_name").or(text("name")).map(ObjectName::Organization),
        "quay_team" => Some(ObjectName::Team(format!("{}/{}", text("organization")?, text("name")?))),
        "quay_robot" => text("name").map(ObjectName::Robot),
        "quay_repository" => text("name").map(ObjectName::Repository),
        _ => None,
    }
}

/// The objects that an item builds on.
pub fn needs(item: &Item) -> Vec<ObjectName> {
    let options = &item.options;
    let text = |key: &str| item.text(key).filter(|text| !text.is_empty());
    let mut needs: Vec<ObjectName> = Vec::new();
    let organization = text("organization").or_else(|| text("namespace"));
    needs.extend(organization.map(|name| ObjectName::Organization(name.to_owned())));
    match item.module() {
        "quay_robot" | "quay_repository" => {
            let owner = text("name").and_then(|name| name.split_once(['+', '/'])).map(|(owner, _)| owner);
            needs.extend(owner.map(|name| ObjectName::Organization(name.to_owned())));
        }
        "quay_team_ldap" | "quay_team_oidc" => {
            needs.extend(
                organization.zip(text("name")).map(|(owner, name)| ObjectName::Team(format!("{owner}/{name}"))),
            );
        }
        "quay_default_perm" => {
            needs.extend(text("name").map(|name| grantee(organization, text("type"), name)));
            needs.extend(text("creator").map(account));
        }
        "quay_repository_mirror" => needs.extend(text("name").map(|name| ObjectName::Repository(name.to_owned()))),
        "quay_notification" => {
            let config = options.get("config").and_then(Value::as_object);
            let owner = text("repository").and_then(|name| name.split_once('/')).map(|(owner, _)| owner);
            let part = |key: &str| config.and_then(|config| config.get(key)).and_then(Value::as_str);
            needs.extend(
                part("name").filter(|_| part("type") != Some("org")).map(|name| grantee(owner, part("type"), name)),
            );
        }
        "quay_tag" | "quay_manifest_label" => {
            needs.extend(image(options).map(|name| ObjectName::Repository(name.to_owned())));
        }
        _ => {}
    }
    needs.extend(text("repository").map(|name| ObjectName::Repository(name.to_owned())));
    needs.extend(text("robot_username").map(account));
    needs.extend(list(options, "members").filter_map(Value::as_str).map(account));
    for grant in list(options, "perms") {
        let owner = text("name").and_then(|name| name.split_once('/')).map(|(owner, _)| owner);
        needs.extend(grant["name"].as_str().map(|name| grantee(owner, grant["type"].as_str(), name)));
    }
    needs
}

/// The repository of the image that an option names, which the check of the options has taken apart.
pub fn image(options: &Map<String, Value>) -> Option<&str> {
    options.get("image")?.get("repository")?.as_str()
}

/// The organization that a call is about.
pub fn organization(module: &str, options: &Map<String, Value>) -> Option<String> {
    let text = |key: &str| options.get(key).and_then(Value::as_str);
    let owner = |key: &str| text(key).and_then(|name| name.split_once(['+', '/'])).map(|(owner, _)| owner);
    let found = match module {
        "quay_user" => None,
        "quay_organization" => text("new_name").or_else(|| text("name")),
        _ => text("organization")
            .or_else(|| text("namespace"))
            .or_else(|| owner("repository"))
            .or_else(|| image(options)?.split_once('/').map(|(owner, _)| owner))
            .or_else(|| owner("name")),
    };
    found.map(str::to_owned)
}

fn list<'a>(options: &'a Map<String, Value>, key: &str) -> impl Iterator<Item = &'a Value> {
    options.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn account(name: &str) -> ObjectName {
    if name.contains('+') { ObjectName::Robot(name.to_owned()) } else { ObjectName::User(name.to_owned()) }
}

/// The object that a right is given to.
pub fn grantee(organization: Option<&str>, kind: Option<&str>, name: &str) -> ObjectName {
    match (kind, organization) {
        (Some("team"), Some(organization)) => ObjectName::Team(format!("{organization}/{name}")),
        _ => account(name),
    }
}
