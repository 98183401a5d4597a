//! Servers and faults that several tests start from.

use quay_emulator::Fault;
use serde_json::{Value, json};

use crate::support::{Mode, Registry, Run};

/// A registry with the organization `acme`.
pub fn acme() -> Registry {
    with_acme(Registry::new())
}

/// The same registry, with the organization `acme`.
pub fn with_acme(registry: Registry) -> Registry {
    registry.ok("quay_organization", json!({"name": "acme"}));
    registry
}

/// Every scope but the superuser's.
pub const SCOPES: &[&str] =
    &["org:admin", "repo:admin", "repo:create", "repo:read", "repo:write", "user:admin", "user:read"];

/// The first matching request is refused like this.
pub fn refusal(method: &str, path: &str, status: u16, message: &str) -> Fault {
    let body = json!({"message": message}).to_string();
    Fault::status(status, "application/json", &body).on(method, path).times(1)
}

impl Registry {
    /// Puts `user` into the team of the organization `acme`, which is created if need be.
    pub fn join(&self, user: &str, team: &str, role: &str) {
        self.emulator.add_user(user, "password");
        self.ok("quay_team", json!({"organization": "acme", "name": team, "role": role, "members": [user]}));
    }

    /// Leaves `acme` to somebody else: the caller is a superuser there, and no member.
    pub fn leave(&self) {
        self.emulator.add_user("heir", "password");
        self.emulator.with_state(|state| {
            let acme = state.organization_mut("acme").unwrap();
            acme.teams["owners"].members = ["heir".to_owned()].into();
            acme.repositories.values_mut().for_each(|one| one.user_roles.clear());
        });
    }

    /// Makes a robot account as old as this, and used last so long ago; both in hours.
    pub fn age_robot(&self, name: &str, created: i64, used: Option<i64>) {
        let ago = |hours: i64| jiff::Timestamp::now().as_microsecond() - hours * 3_600_000_000;
        let (namespace, short) = name.split_once('+').unwrap();
        self.emulator.with_state(|state| {
            let robot = state.namespace_mut(namespace).unwrap().robots.get_mut(short).unwrap();
            (robot.created, robot.last_accessed) = (ago(created), used.map(ago));
        });
    }

    /// Runs a module for real and expects a failure, whatever was written before.
    pub fn failed(&self, module: &str, options: Value) -> Run {
        let run = self.run(module, options);
        run.assert_failed();
        run
    }

    /// Runs a module with another token, in both modes, and expects the same refusal.
    pub fn refused_as(&self, token: &str, module: &str, options: Value) -> String {
        let checked = self.run_as(token, module, options.clone(), Mode::Check);
        checked.assert_refused();
        let real = self.run_as(token, module, options, Mode::Real);
        real.assert_refused();
        assert_eq!(checked.message(), real.message(), "check mode and the real run say different things");
        real.message()
    }
}

impl Run {
    pub fn assert_failed(&self) {
        assert_eq!(self.code, 1, "{}", self.result);
        assert_eq!(self.result["failed"], true, "{}", self.result);
    }

    /// The body of the only request with this method and path.
    pub fn body(&self, line: &str) -> &Value {
        let mut found =
            self.requests.iter().filter(|exchange| format!("{} {}", exchange.method, exchange.path) == line);
        let exchange = found.next().unwrap_or_else(|| panic!("no {line} in {:?}", self.lines()));
        assert!(found.next().is_none(), "{line} twice");
        &exchange.request
    }
}
