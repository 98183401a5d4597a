//! The route table: which handler answers which path, what it needs, and what happens where no route fits.

mod application;
mod authorization;
mod capabilities;
mod logs;
mod manifest;
mod message;
mod mirror_health;
mod namespace_notification;
mod notification;
mod org_mirror;
mod organization;
mod permission;
mod policy;
mod prototype;
mod quota;
mod repo_mirror;
pub(crate) mod repository;
mod robot;
mod signin;
mod superuser;
pub(crate) mod tag;
mod team;
mod time_machine;
mod upstream;
mod usage;
mod user;
mod web;

use std::{collections::HashMap, sync::OnceLock};

use serde_json::Value;

use crate::{
    answer::{Answer, Outcome},
    call::Call,
    caller::Caller,
    config::Settings,
    request::Request,
    schema,
    state::{
        Role, State, TeamRole,
        clock::{SECOND, now, parse_span},
    },
    version::Version,
};

/// The routes of all areas.
const AREAS: &[&[Route]] = &[
    application::ROUTES,
    authorization::ROUTES,
    capabilities::ROUTES,
    logs::ROUTES,
    manifest::ROUTES,
    message::ROUTES,
    mirror_health::ROUTES,
    namespace_notification::ROUTES,
    notification::ROUTES,
    org_mirror::ROUTES,
    organization::ROUTES,
    permission::ROUTES,
    policy::ROUTES,
    prototype::ROUTES,
    quota::ROUTES,
    repo_mirror::ROUTES,
    repository::ROUTES,
    robot::ROUTES,
    signin::ROUTES,
    superuser::ROUTES,
    tag::ROUTES,
    team::ROUTES,
    time_machine::ROUTES,
    upstream::ROUTES,
    usage::ROUTES,
    user::ROUTES,
];

/// A method and path that the server answers.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    method: &'static str,
    path: &'static str,
    features: &'static [&'static str],
    takes_body: bool,
    right: Right,
    csrf: bool,
    fresh: bool,
    handler: fn(&mut Call) -> Outcome,
}

/// What a caller needs. Rights on repositories and on one's own account are checked before the body, the others after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Nothing, or the handler checks it.
    Open,
    /// The caller's own account, with this scope.
    Account(&'static str),
    /// A role on the repository in the path.
    Repository(Role),
    /// Member of the organization in the path.
    OrganizationMember,
    /// Administrator of the organization in the path.
    OrganizationAdmin,
    /// The same, or the user whose namespace is in the path.
    NamespaceAdmin,
    /// Superuser.
    Superuser,
}

/// A GET route.
pub const fn get(path: &'static str, handler: fn(&mut Call) -> Outcome) -> Route {
    route("GET", path, handler)
}

/// A POST route.
pub const fn post(path: &'static str, handler: fn(&mut Call) -> Outcome) -> Route {
    route("POST", path, handler)
}

/// A PUT route.
pub const fn put(path: &'static str, handler: fn(&mut Call) -> Outcome) -> Route {
    route("PUT", path, handler)
}

/// A DELETE route.
pub const fn delete(path: &'static str, handler: fn(&mut Call) -> Outcome) -> Route {
    route("DELETE", path, handler)
}

const fn route(method: &'static str, path: &'static str, handler: fn(&mut Call) -> Outcome) -> Route {
    Route { method, path, features: &[], takes_body: false, right: Right::Open, csrf: true, fresh: false, handler }
}

impl Route {
    /// Only registered while all of these features are on.
    pub const fn features(mut self, features: &'static [&'static str]) -> Route {
        self.features = features;
        self
    }

    /// Takes a JSON body that fits the route's schema in `schemas.json`, if there is one.
    pub const fn body(mut self) -> Route {
        self.takes_body = true;
        self
    }

    /// Needs a right.
    pub const fn needs(mut self, right: Right) -> Route {
        self.right = right;
        self
    }

    /// Needs no CSRF token, even without credentials, and answers also where anonymous access is off.
    pub const fn without_csrf(mut self) -> Route {
        self.csrf = false;
        self
    }

    /// Needs a log-in of the last minutes, where the caller uses a session.
    pub const fn fresh(mut self) -> Route {
        self.fresh = true;
        self
    }

    fn enabled(&self, settings: &Settings) -> bool {
        self.features.iter().all(|feature| settings.on(feature))
            && settings.version.routes(self.path)
            && (!self.path.ends_with("/expire") || settings.value("PERMANENTLY_DELETE_TAGS") == true)
    }

    /// The variable parts of a path (segments below `/api/v1/`) that fits this route.
    fn fit(&self, segments: &[&str]) -> Option<Vec<(&'static str, String)>> {
        let mut params = Vec::new();
        let mut rest = segments;
        let pattern: Vec<&'static str> = self.path.split('/').collect();
        for (index, part) in pattern.iter().enumerate() {
            let Some(variable) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else {
                rest = rest.strip_prefix(&[*part])?;
                continue;
            };
            // A repository name may contain slashes: it takes what the parts behind it leave.
            let width = if variable == "repository" {
                rest.len().checked_sub(pattern.len() - index - 1).filter(|width| *width >= 2)?
            } else {
                1
            };
            let (taken, left) = rest.split_at_checked(width)?;
            if taken.iter().any(|segment| segment.is_empty()) {
                return None;
            }
            params.push((variable, taken.join("/")));
            rest = left;
        }
        rest.is_empty().then_some(params)
    }

    /// More exact routes come first: those with more fixed parts, and among these the longer ones.
    fn rank(&self) -> (usize, usize) {
        let fixed = self.path.split('/').filter(|part| !part.starts_with('{')).count();
        (fixed, self.path.split('/').count())
    }
}

/// All routes by their first part, the most exact first.
fn table() -> &'static HashMap<&'static str, Vec<Route>> {
    static TABLE: OnceLock<HashMap<&'static str, Vec<Route>>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table: HashMap<&'static str, Vec<Route>> = HashMap::new();
        for route in AREAS.iter().copied().flatten() {
            let first = route.path.split('/').next().unwrap_or_default();
            table.entry(first).or_default().push(*route);
        }
        for routes in table.values_mut() {
            routes.sort_by_key(|route| std::cmp::Reverse(route.rank()));
        }
        table
    })
}

/// Method and path of every route; variable parts stand in braces.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    AREAS.iter().copied().flatten().map(|route| (route.method, route.path))
}

/// Method and path of the route that answers a request, if there is one and all features are on.
pub fn of(method: &str, path: &str) -> Option<(&'static str, &'static str)> {
    let segments: Vec<&str> = path.strip_prefix("/api/v1/")?.split('/').collect();
    let routes = table().get(segments[0])?;
    let found = routes.iter().find(|route| route.method == method && route.fit(&segments).is_some())?;
    Some((found.method, found.path))
}

/// Answers a request.
pub fn dispatch(state: &mut State, settings: &Settings, request: &Request, caller: Caller) -> Answer {
    let path = request.decoded_path();
    let Some(below) = path.strip_prefix("/api/v1/") else {
        return web::answer(state, settings, request, caller);
    };
    let segments: Vec<&str> = below.split('/').collect();
    let method = if request.method == "HEAD" { "GET" } else { request.method.as_str() };
    let routes = table().get(segments[0]).map(Vec::as_slice).unwrap_or_default();

    let mut path_known = false;
    for route in routes.iter().filter(|route| route.enabled(settings)) {
        let Some(params) = route.fit(&segments) else {
            continue;
        };
        if route.method == method {
            let call = Call { state, settings, request, caller, body: Value::Null, params };
            return run(route, call);
        }
        path_known = true;
    }
    // The web interface takes what no route of the API reads.
    if path_known && method != "GET" {
        return Answer::method_not_allowed();
    }
    let with_slash: Vec<&str> = segments.iter().copied().chain([""]).collect();
    if routes.iter().any(|route| route.enabled(settings) && route.fit(&with_slash).is_some()) {
        return Answer::permanent_redirect(&format!("{}/", request.path));
    }
    unrouted(settings.version, request)
}

/// What the web interface's catch-all route answers.
fn unrouted(version: Version, request: &Request) -> Answer {
    match request.method.as_str() {
        "GET" | "HEAD" if request.path.ends_with('/') => Answer::not_found_page(),
        "GET" | "HEAD" => Answer::permanent_redirect(&format!("{}/", request.path)),
        // The redirect to the slash failed inside the server.
        _ if !version.since(14) && !request.path.ends_with('/') => Answer::crash(),
        _ => Answer::method_not_allowed_page(),
    }
}

fn run(route: &Route, mut call: Call) -> Answer {
    match checked(route, &mut call) {
        Ok(answer) | Err(answer) => answer,
    }
}

fn checked(route: &Route, call: &mut Call) -> Outcome {
    let writes = route.method != "GET";
    if writes && route.csrf && !call.caller.csrf_passes(call.request, call.state) {
        return Err(Answer::csrf(call.caller.user.as_deref()));
    }
    if call.caller.user.is_none() && !call.settings.on("ANONYMOUS_ACCESS") && route.csrf {
        return Err(Answer::anonymous_access_off());
    }
    if writes && call.settings.text("REGISTRY_STATE") == "readonly" {
        return Err(Answer::read_only());
    }
    if route.fresh {
        check_fresh_login(call)?;
    }
    if matches!(route.right, Right::Repository(_) | Right::Account(_)) {
        check_right(route, call)?;
    }
    if route.takes_body {
        call.body = call.request.json()?;
        schema::check(call.settings.version, &format!("{} {}", route.method, route.path), &call.body)
            .map_err(Answer::invalid)?;
    }
    if matches!(
        route.right,
        Right::OrganizationMember | Right::OrganizationAdmin | Right::NamespaceAdmin | Right::Superuser
    ) {
        check_right(route, call)?;
    }
    (route.handler)(call)
}

/// Sessions grow stale for the most important routes; tokens never do.
fn check_fresh_login(call: &Call) -> Result<(), Answer> {
    let session = call.caller.session.as_ref().and_then(|cookie| call.state.sessions.get(cookie));
    let Some(session) = session.filter(|session| session.user.is_some()) else { return Ok(()) };
    let limit = parse_span(call.settings.text("FRESH_LOGIN_TIMEOUT")).unwrap_or(600) * SECOND;
    if session.logged_in_at + limit < now() {
        let text = "The action requires a fresh login to succeed.";
        return Err(Answer::problem(401, "fresh_login_required", text));
    }
    Ok(())
}

fn check_right(route: &Route, call: &Call) -> Result<(), Answer> {
    let reads = route.method == "GET";
    let readonly_passes = reads && call.readonly_superuser();
    let passes = match route.right {
        Right::Open => true,
        Right::Account(scope) => call.caller.user.is_some() && call.caller.has_scope(scope),
        Right::Superuser => call.superuser() || readonly_passes,
        Right::OrganizationMember => {
            call.team_role(&call.param("orgname")).is_some() || call.full_access() || readonly_passes
        }
        Right::OrganizationAdmin => {
            let full = call.full_access() && call.settings.version.opens(route.method, route.path);
            call.team_role(&call.param("orgname")) == Some(TeamRole::Admin) || full || readonly_passes
        }
        Right::NamespaceAdmin => {
            let name = call.param("orgname");
            let own = call.caller.user.as_deref() == Some(&name) && call.caller.has_scope("org:admin");
            own || call.team_role(&name) == Some(TeamRole::Admin) || call.full_access() || readonly_passes
        }
        Right::Repository(needed) => {
            let (namespace, name) = call.repository_path();
            let public =
                needed == Role::Read && call.state.repository(&namespace, &name).is_some_and(|found| found.public);
            public || call.repository_role(&namespace, &name) >= Some(needed) || call.full_access() || readonly_passes
        }
    };
    if passes { Ok(()) } else { Err(call.refusal()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handler(_: &mut Call) -> Outcome {
        Answer::no_content()
    }

    #[test]
    fn repository_names_take_slashes() {
        let route = get("repository/{repository}/tag/{tag}", handler);
        let fit = route.fit(&["repository", "ns", "a", "b", "tag", "v1"]);
        assert_eq!(fit, Some(vec![("repository", "ns/a/b".to_owned()), ("tag", "v1".to_owned())]));
        assert_eq!(route.fit(&["repository", "ns", "tag", "v1"]), None);
        assert!(get("repository/{repository}", handler).fit(&["repository", "ns", "a", "tag", "v1"]).is_some());
    }
}
