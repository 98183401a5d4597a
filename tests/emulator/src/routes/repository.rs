//! Repositories: create, list, change, remove, star.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::{Right, Route, delete, get, post, put};
use crate::{
    answer::{Answer, Outcome},
    call::Call,
    names::is_repository,
    state::{
        Delegate, Namespace, Prototype, Repository, Role,
        clock::{SECOND, mail_date, now},
    },
    views,
};

const READ: Right = Right::Repository(Role::Read);
const WRITE: Right = Right::Repository(Role::Write);
const ADMIN: Right = Right::Repository(Role::Admin);

/// How many repositories stand on a page.
const PAGE: usize = 100;
/// How many tags the view of a repository carries at most.
const TAGS_SHOWN: usize = 500;

pub(super) const ROUTES: &[Route] = &[
    post("repository", create).body(),
    get("repository", list),
    get("repository/{repository}", show).needs(READ),
    put("repository/{repository}", describe).body().needs(WRITE),
    delete("repository/{repository}", remove).needs(ADMIN),
    post("repository/{repository}/changevisibility", change_visibility).body().needs(ADMIN),
    put("repository/{repository}/changestate", change_state).body().needs(ADMIN).features(&["REPO_MIRROR"]),
    get("user/starred", starred).needs(Right::Account("user:admin")),
    post("user/starred", star).body().needs(Right::Account("repo:read")),
    delete("user/starred/{repository}", unstar).needs(Right::Account("user:admin")),
];

fn create(call: &mut Call) -> Outcome {
    let user = call.user_name();
    let namespace = call.text("namespace").unwrap_or_else(|| user.clone());
    let full = call.full_access() && call.settings.version.opens("POST", "repository");
    if !call.creates_in(&namespace) && !full {
        return Err(call.refusal());
    }
    let name = call.text("repository").unwrap_or_default();
    if call.state.repository(&namespace, &name).is_some() {
        return Err(Answer::invalid("Repository already exists"));
    }
    if !is_repository(&name, call.settings.on("EXTENDED_REPOSITORY_NAMES")) {
        return Err(Answer::invalid("Invalid repository name"));
    }
    // The real server only notices here that the namespace is missing.
    let owner = call.state.namespace(&namespace).ok_or_else(Answer::crash)?;
    if owner.mirror.is_some() {
        return Err(Answer::invalid(
            "Cannot create repository: organization is managed by organization-level mirroring",
        ));
    }
    let public = call.body["visibility"] == "public";
    let description = call.text("description").unwrap_or_default();
    add(call.state, &namespace, &name, Some(&description), public, &user);
    call.log("create_repo", Some(&namespace), Some(&name), json!({ "namespace": namespace, "repo": name }));
    Answer::created(&json!({ "kind": "image", "name": name, "namespace": namespace }))
}

/// Creates a repository and gives the creator, and whoever the default permissions name, their roles.
pub(crate) fn add(
    state: &mut crate::state::State,
    namespace: &str,
    name: &str,
    description: Option<&str>,
    public: bool,
    creator: &str,
) {
    let mut repository = Repository::new(state.serial("repository"), name, description, public);
    let Some(owner) = state.namespace_mut(namespace) else {
        return;
    };
    repository.user_roles.insert(creator.to_owned(), Role::Admin);
    if owner.organization {
        apply_defaults(owner, &mut repository, creator);
    }
    owner.repositories.insert(name.to_owned(), repository);
}

/// Default permissions that name the creator win over those for everybody.
fn apply_defaults(owner: &Namespace, repository: &mut Repository, creator: &str) {
    let general = owner.prototypes.iter().filter(|prototype| prototype.activating_user.is_none());
    let special = owner.prototypes.iter().filter(|prototype| prototype.activating_user.as_deref() == Some(creator));
    let chosen: Vec<&Prototype> = general.chain(special).collect();
    for prototype in chosen {
        match &prototype.delegate {
            Delegate::User(name) => repository.user_roles.insert(name.clone(), prototype.role),
            Delegate::Team(name) => repository.team_roles.insert(name.clone(), prototype.role),
        };
    }
}

fn list(call: &mut Call) -> Outcome {
    let (public, starred) = (call.request.flag("public"), call.request.flag("starred"));
    let namespace = call.request.argument("namespace");
    if namespace.is_none() && !public && !starred {
        return Err(Answer::invalid("namespace, starred or public are required for this API call"));
    }
    if starred && call.caller.user.is_none() {
        return Err(call.refusal());
    }
    let user = call.user_name();
    let stars = call.state.user(&user).map(|user| user.stars.clone()).unwrap_or_default();
    let from = call.request.argument("next_page").and_then(|token| page_start(&token)).unwrap_or_default();
    let all_seen = call.full_access() || call.readonly_superuser();
    // The scopes of a token do not limit what is listed.
    let sees = |owner: &Namespace, name: &str| owner.role_on(&user, name).is_some();

    let owners =
        call.state.namespaces.values().filter(|owner| namespace.as_ref().is_none_or(|name| &owner.name == name));
    let mut found: Vec<(&Namespace, &Repository)> = owners
        .flat_map(|owner| owner.repositories.values().map(move |repository| (owner, repository)))
        .filter(|(owner, repository)| {
            let listed = repository.public && public || all_seen || sees(owner, &repository.name);
            repository.id >= from
                && listed
                && (!starred || stars.contains(&format!("{}/{}", owner.name, repository.name)))
        })
        .collect();
    found.sort_by_key(|(_, repository)| repository.id);
    let next = found.get(PAGE).map(|(_, repository)| page_token(repository.id));
    let repositories: Vec<Value> =
        found.iter().take(PAGE).map(|(owner, repository)| list_view(call, owner, repository, &stars)).collect();
    let mut body = json!({ "repositories": repositories });
    if let Some(next) = next {
        body["next_page"] = next.into();
    }
    Answer::ok(&body)
}

/// A page token, opaque for clients.
pub(super) fn page_token(start: u64) -> String {
    URL_SAFE_NO_PAD.encode(format!("start={start}"))
}

/// Where a page starts; none for a token that is not ours, which the real server takes for the first page.
pub(super) fn page_start(token: &str) -> Option<u64> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    text.strip_prefix("start=")?.parse().ok()
}

fn list_view(call: &Call, owner: &Namespace, repository: &Repository, stars: &indexmap::IndexSet<String>) -> Value {
    let mut view = json!({
        "description": repository.description,
        "is_public": repository.public,
        "kind": repository.kind,
        "name": repository.name,
        "namespace": owner.name,
        "state": repository.state,
    });
    if call.caller.user.is_some() {
        view["is_starred"] = stars.contains(&format!("{}/{}", owner.name, repository.name)).into();
    }
    if call.settings.on("QUOTA_MANAGEMENT") {
        view["quota_report"] = json!({
            "configured_quota": owner.quota.as_ref().map(|quota| quota.limit_bytes),
            "quota_bytes": views::repository_bytes(owner, repository),
        });
    }
    if call.request.flag("last_modified") {
        view["last_modified"] = repository.tags.iter().map(|tag| tag.start / SECOND).max().into();
    }
    if call.request.flag("popularity") {
        view["popularity"] = 0.0.into();
    }
    view
}

fn show(call: &mut Call) -> Outcome {
    let (namespace, name) = call.repository_path();
    let repository = call.repository()?;
    let owner = call.state.namespace(&namespace).ok_or_else(Answer::not_found)?;
    let role = call.repository_role(&namespace, &name);
    let superuser = call.full_access() && call.settings.version.since(16);
    let reads_all = superuser || call.readonly_superuser();
    let star = format!("{namespace}/{name}");
    let mut view = json!({
        "can_admin": reads_all || role == Some(Role::Admin),
        "can_write": (superuser || role >= Some(Role::Write)) && repository.state == "NORMAL",
        "description": repository.description,
        "is_free_account": true,
        "is_organization": owner.organization,
        "is_public": repository.public,
        "is_starred": call.state.user(&call.user_name()).is_some_and(|user| user.stars.contains(&star)),
        "kind": repository.kind,
        "name": name,
        "namespace": namespace,
        "state": repository.state,
        "status_token": if repository.public { "" } else { repository.badge_token.as_str() },
        "tag_expiration_s": owner.tag_expiration_s,
        "trust_enabled": false,
    });
    if call.request.argument("includeTags").is_none() || call.request.flag("includeTags") {
        view["tags"] = Value::Object(tags(repository));
    }
    if call.request.flag("includeStats") {
        view["stats"] = json!([]);
    }
    Answer::ok(&view)
}

fn tags(repository: &Repository) -> Map<String, Value> {
    let now = now();
    let mut tags = Map::new();
    for tag in repository.tags.iter().filter(|tag| tag.is_active(now)).take(TAGS_SHOWN) {
        let manifest = repository.manifests.get(&tag.digest);
        let mut view = json!({
            "last_modified": mail_date(tag.start),
            "manifest_digest": tag.digest,
            "name": tag.name,
            "size": manifest.filter(|manifest| manifest.children.is_empty()).map(|manifest| manifest.size),
        });
        if let Some(end) = tag.end {
            view["expiration"] = mail_date(end).into();
        }
        tags.insert(tag.name.clone(), view);
    }
    tags
}

fn describe(call: &mut Call) -> Outcome {
    let (namespace, name) = call.repository_path();
    let description = call.text("description");
    call.repository_mut()?.description.clone_from(&description);
    let data = json!({ "description": description, "namespace": namespace, "repo": name });
    call.log("set_repo_description", Some(&namespace), Some(&name), data);
    Answer::ok(&json!({ "success": true }))
}

fn remove(call: &mut Call) -> Outcome {
    let (namespace, name) = call.repository_path();
    let owner = call.state.namespace_mut(&namespace).ok_or_else(Answer::crash)?;
    owner.repositories.shift_remove(&name);
    let star = format!("{namespace}/{name}");
    for user in call.state.namespaces.values_mut() {
        user.stars.shift_remove(&star);
    }
    call.log("delete_repo", Some(&namespace), None, json!({ "namespace": namespace, "repo": name }));
    Answer::no_content()
}

fn change_visibility(call: &mut Call) -> Outcome {
    let (namespace, name) = call.repository_path();
    let visibility = call.text("visibility").unwrap_or_default();
    let Some(repository) = call.state.repository_mut(&namespace, &name) else {
        return Answer::ok(&Value::Null);
    };
    repository.public = visibility == "public";
    let data = json!({ "namespace": namespace, "repo": name, "visibility": visibility });
    call.log("change_repo_visibility", Some(&namespace), Some(&name), data);
    Answer::ok(&json!({ "success": true }))
}

fn change_state(call: &mut Call) -> Outcome {
    let (namespace, name) = call.repository_path();
    let state = call.text("state").unwrap_or_default();
    if call.state.namespace(&namespace).is_some_and(|owner| owner.mirror.is_some()) {
        let text = "Cannot change repository state: organization is managed by organization-level mirroring";
        return Err(Answer::json(400, &json!({ "detail": text })));
    }
    call.repository_mut()?.state.clone_from(&state);
    let data = json!({ "namespace": namespace, "repo": name, "state_changed": state });
    call.log("change_repo_state", Some(&namespace), Some(&name), data);
    Answer::ok(&json!({ "success": true }))
}

fn starred(call: &mut Call) -> Outcome {
    let stars = call.state.user(&call.user_name()).map(|user| user.stars.clone()).unwrap_or_default();
    let found = stars.iter().filter_map(|star| {
        let (namespace, name) = star.split_once('/')?;
        let repository = call.state.repository(namespace, name)?;
        Some(json!({
            "description": repository.description,
            "is_public": repository.public,
            "name": name,
            "namespace": namespace,
        }))
    });
    let repositories: Vec<Value> = found.collect();
    Answer::ok(&json!({ "repositories": repositories }))
}

fn star(call: &mut Call) -> Outcome {
    let (namespace, name) = (call.text("namespace").unwrap_or_default(), call.text("repository").unwrap_or_default());
    if call.state.repository(&namespace, &name).is_none() {
        return Answer::ok(&Value::Null);
    }
    let user = call.user_name();
    if let Some(user) = call.state.user_mut(&user) {
        user.stars.insert(format!("{namespace}/{name}"));
    }
    Answer::created(&json!({ "namespace": namespace, "repository": name }))
}

fn unstar(call: &mut Call) -> Outcome {
    let (user, star) = (call.user_name(), call.param("repository"));
    if let Some(user) = call.state.user_mut(&user) {
        user.stars.shift_remove(&star);
    }
    Answer::no_content()
}
