//! One request on its way through a handler, with the questions that every handler asks about rights.

use serde_json::{Map, Value};

use crate::{
    answer::Answer,
    caller::Caller,
    config::Settings,
    request::Request,
    state::{LogEntry, Namespace, Repository, Role, State, TeamRole, clock::now},
};

/// Everything that a handler works with.
pub struct Call<'a> {
    /// The registry's data.
    pub state: &'a mut State,
    /// Features and settings.
    pub settings: &'a Settings,
    /// The request.
    pub request: &'a Request,
    /// Who asks.
    pub caller: Caller,
    /// The JSON body, checked against the route's schema; null when the route takes none.
    pub body: Value,
    pub(crate) params: Vec<(&'static str, String)>,
}

impl Call<'_> {
    /// A variable part of the path.
    pub fn param(&self, name: &str) -> String {
        self.params.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// Namespace and name of the repository in the path.
    pub fn repository_path(&self) -> (String, String) {
        let path = self.param("repository");
        let (namespace, name) = path.split_once('/').unwrap_or((&path, ""));
        (namespace.to_owned(), name.to_owned())
    }

    /// The repository in the path, or 404.
    pub fn repository(&self) -> Result<&Repository, Answer> {
        let (namespace, name) = self.repository_path();
        self.state.repository(&namespace, &name).ok_or_else(Answer::not_found)
    }

    /// The repository in the path, to change it, or 404.
    pub fn repository_mut(&mut self) -> Result<&mut Repository, Answer> {
        let (namespace, name) = self.repository_path();
        self.state.repository_mut(&namespace, &name).ok_or_else(Answer::not_found)
    }

    /// The organization in the path, or 404.
    pub fn organization(&self) -> Result<&Namespace, Answer> {
        self.state.organization(&self.param("orgname")).ok_or_else(Answer::not_found)
    }

    /// The organization in the path, to change it, or 404.
    pub fn organization_mut(&mut self) -> Result<&mut Namespace, Answer> {
        let name = self.param("orgname");
        self.state.organization_mut(&name).ok_or_else(Answer::not_found)
    }

    /// A text of the body; none when absent or null.
    pub fn text(&self, key: &str) -> Option<String> {
        self.body.get(key).and_then(Value::as_str).map(str::to_owned)
    }

    /// The caller's name; empty for anonymous ones.
    pub fn user_name(&self) -> String {
        self.caller.user.clone().unwrap_or_default()
    }

    /// Whether the caller is a superuser and the credentials allow acting as one.
    pub fn superuser(&self) -> bool {
        self.caller.user.as_deref().is_some_and(|user| self.settings.is_superuser(user))
            && self.caller.has_scope("super:user")
    }

    /// Whether the caller is a superuser who passes every check of namespaces and repositories.
    pub fn full_access(&self) -> bool {
        self.settings.on("SUPERUSERS_FULL_ACCESS") && self.superuser()
    }

    /// Whether the caller may read everything, whatever the scopes of the token.
    pub fn readonly_superuser(&self) -> bool {
        self.caller.user.as_deref().is_some_and(|user| self.settings.is_readonly_superuser(user))
    }

    /// The refusal that fits the caller: 401 for nobody, 403 for somebody.
    pub fn refusal(&self) -> Answer {
        if self.caller.user.is_some() { Answer::unauthorized() } else { Answer::login_needed() }
    }

    /// The role that the caller's teams and scopes give in an organization.
    pub fn team_role(&self, organization: &str) -> Option<TeamRole> {
        let user = self.caller.user.as_deref()?;
        let role = self.state.organization(organization)?.team_role(user)?;
        let allowed = match &self.caller.scopes {
            None => TeamRole::Admin,
            Some(_) if self.caller.has_scope("org:admin") => TeamRole::Admin,
            Some(_) if self.caller.has_scope("repo:create") => TeamRole::Creator,
            Some(_) => return None,
        };
        Some(role.min(allowed))
    }

    /// Whether the caller administers a namespace: as administrator of the organization, or as the user it belongs to.
    pub fn administers(&self, namespace: &str) -> bool {
        match self.state.namespace(namespace) {
            Some(found) if found.organization => self.team_role(namespace) == Some(TeamRole::Admin),
            Some(found) => self.caller.user.as_deref() == Some(&found.name) && self.caller.has_scope("user:admin"),
            None => false,
        }
    }

    /// Whether the caller may create repositories in a namespace.
    pub fn creates_in(&self, namespace: &str) -> bool {
        match self.state.namespace(namespace) {
            Some(found) if found.organization => {
                let user = self.caller.user.as_deref().unwrap_or_default();
                found.team_role(user).is_some_and(|role| role >= TeamRole::Creator)
                    && self.caller.has_scope("repo:create")
            }
            Some(found) => self.caller.user.as_deref() == Some(&found.name) && self.caller.has_scope("repo:create"),
            None => false,
        }
    }

    /// What the caller may do with a repository, which need not exist: namespace administrators have rights on any name.
    pub fn repository_role(&self, namespace: &str, name: &str) -> Option<Role> {
        let user = self.caller.user.as_deref()?;
        let owner = self.state.namespace(namespace)?;
        let role = owner.role_on(user, name)?;
        let allowed = if self.caller.has_scope("repo:admin") {
            Role::Admin
        } else if self.caller.has_scope("repo:write") {
            Role::Write
        } else if self.caller.has_scope("repo:read") {
            Role::Read
        } else {
            return None;
        };
        Some(role.min(allowed))
    }

    /// Whether the caller sees a repository: by right, or because it is public.
    pub fn sees(&self, namespace: &str, repository: &Repository) -> bool {
        repository.public || self.repository_role(namespace, &repository.name).is_some()
    }

    /// Writes a line into the log.
    pub fn log(&mut self, kind: &str, namespace: Option<&str>, repository: Option<&str>, metadata: Value) {
        let Value::Object(mut metadata) = metadata else {
            return;
        };
        if let Some((name, client_id, id)) = &self.caller.application {
            metadata.insert("oauth_token_id".into(), (*id).into());
            metadata.insert("oauth_token_application_id".into(), client_id.as_str().into());
            metadata.insert("oauth_token_application".into(), name.as_str().into());
        }
        let sorted: std::collections::BTreeMap<String, Value> = metadata.into_iter().collect();
        self.state.log(LogEntry {
            kind: kind.to_owned(),
            at: now(),
            namespace: namespace.map(str::to_owned),
            repository: repository.map(str::to_owned),
            performer: self.caller.user.clone(),
            ip: LogEntry::local(),
            legacy: false,
            metadata: Value::Object(Map::from_iter(sorted)),
        });
    }
}
