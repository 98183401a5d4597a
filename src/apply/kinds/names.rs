//! What a call makes, and what it builds on.

use serde_json::Value;

use super::Options;

/// The objects that others can name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectName {
    /// An account of a person, by its user name.
    User(String),
    /// An organization, by its name.
    Organization(String),
    /// A team, as `organization/team`.
    Team(String),
    /// An OAuth application, as `organization/application`.
    Application(String),
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
            ObjectName::Team(name) | ObjectName::Application(name) | ObjectName::Repository(name) => {
                name.split_once('/').map(|(owner, _)| owner)
            }
            ObjectName::Robot(name) => name.split_once('+').map(|(owner, _)| owner),
        }
    }
}

/// A text option that is not empty.
pub fn text<'a>(options: &'a Options, key: &str) -> Option<&'a str> {
    options.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// The objects that every call with these options builds on, whichever its module.
pub fn common_needs(options: &Options) -> Vec<ObjectName> {
    let mut needs: Vec<ObjectName> = Vec::new();
    let organization = text(options, "organization").or_else(|| text(options, "namespace"));
    needs.extend(organization.map(|name| ObjectName::Organization(name.to_owned())));
    needs.extend(text(options, "repository").or_else(|| image(options)).map(repository));
    needs.extend(text(options, "robot_username").map(account));
    needs.extend(list(options, "members").filter_map(Value::as_str).map(account));
    for grant in list(options, "perms") {
        let owner = text(options, "name").and_then(owner);
        needs.extend(grant["name"].as_str().map(|name| grantee(owner, grant["type"].as_str(), name)));
    }
    needs
}

/// The owner of the object that the option `name` names as `owner+robot` or `owner/repository`.
pub fn needs_owner(options: &Options) -> Vec<ObjectName> {
    let owner = text(options, "name").and_then(owner);
    owner.map(|name| ObjectName::Organization(name.to_owned())).into_iter().collect()
}

/// The organization that a call is about, whichever its module.
pub fn organization(options: &Options) -> Option<String> {
    let text = |key: &str| options.get(key).and_then(Value::as_str);
    let found = text("organization")
        .or_else(|| text("namespace"))
        .or_else(|| text("repository").and_then(owner))
        .or_else(|| image(options).and_then(owner))
        .or_else(|| text("name").and_then(owner));
    found.map(str::to_owned)
}

/// `owner` of `owner+robot` and of `owner/repository`.
pub fn owner(name: &str) -> Option<&str> {
    name.split_once(['+', '/']).map(|(owner, _)| owner)
}

/// The repository of the image that an option names, which the check of the options has taken apart.
pub fn image(options: &Options) -> Option<&str> {
    options.get("image")?.get("repository")?.as_str()
}

/// The repository with this full name.
pub fn repository(name: &str) -> ObjectName {
    ObjectName::Repository(name.to_owned())
}

/// The account of a person or a robot.
pub fn account(name: &str) -> ObjectName {
    if name.contains('+') { ObjectName::Robot(name.to_owned()) } else { ObjectName::User(name.to_owned()) }
}

/// The object that a right is given to.
pub fn grantee(organization: Option<&str>, kind: Option<&str>, name: &str) -> ObjectName {
    match (kind, organization) {
        (Some("team"), Some(organization)) => ObjectName::Team(format!("{organization}/{name}")),
        _ => account(name),
    }
}

/// The elements of an option that is a list; none where it is not given.
pub fn list<'a>(options: &'a Options, key: &str) -> impl Iterator<Item = &'a Value> {
    options.get(key).and_then(Value::as_array).into_iter().flatten()
}
