//! Registry files made at random, with everything that the format can say.
//!
//! Names come from small sets, so that a second file says something else about the same objects. What a server excludes
//! (a mirrored organization with repositories of its own) is kept apart by the names.

use quaymaster::apply::kinds::Kind;
use quaymaster::apply::kinds::section::Section;
use serde_json::{Map, Value, json};

/// Accounts that are on the server.
pub const USERS: &[&str] = &["alice", "bob", "carol"];

pub struct Generator {
    random: fastrand::Rng,
}

/// The kinds that an organization can prune here. Nothing says who else belongs to one, and so who may go.
fn kinds() -> Vec<&'static str> {
    let elsewhere = [Kind::Organizations, Kind::OrganizationMembers, Kind::Messages];
    Kind::pruned().filter(|kind| !elsewhere.contains(kind)).map(Kind::word).collect()
}

/// The kinds whose objects are in one of a kind.
fn kinds_in(around: Kind) -> Vec<&'static str> {
    let opened = |section: &Section| around.card().sections.iter().any(|around| around.opens == Some(section.place));
    let is_in = |kind: &Kind| {
        let card = kind.card();
        card.held.is_some_and(|(holder, _)| holder == around) || card.sections.iter().any(|section| opened(section))
    };
    Kind::pruned().filter(is_in).map(Kind::word).collect()
}

impl Generator {
    pub fn new(seed: u64) -> Generator {
        Generator { random: fastrand::Rng::with_seed(seed) }
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.random.u32(0..100) < percent
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.random.usize(0..from.len())].clone()
    }

    /// Some of a list, in its order.
    fn some<T: Clone>(&mut self, from: &[T], percent: u32) -> Vec<T> {
        from.iter().filter(|_| self.random.u32(0..100) < percent).cloned().collect()
    }

    /// Adds an option, or leaves it out.
    fn maybe(&mut self, entry: &mut Value, key: &str, values: &[Value]) {
        if self.chance(60) {
            entry[key] = self.pick(values);
        }
    }

    /// A whole file.
    pub fn config(&mut self) -> Value {
        let mut registry = json!({
            "max_removal_percent": 100,
            "allow": {"delete_organizations": true, "delete_repositories": true, "make_public": true},
        });
        if self.chance(60) {
            registry["prune"] = self.prune(&[kinds(), vec!["messages"]].concat());
        }
        self.maybe(&mut registry, "jobs", &[json!(1), json!(3), json!(8)]);
        self.maybe(
            &mut registry,
            "update_secrets",
            &[json!("never"), json!("on_change_of_other_fields"), json!("always")],
        );
        let mut organizations = Vec::new();
        for name in ["acme", "beta"] {
            if self.chance(75) {
                organizations.push(self.organization(name));
            }
        }
        if self.chance(30) {
            organizations.push(self.copies());
        }
        // A file that declares nothing is refused.
        if organizations.is_empty() || self.chance(30) {
            organizations.push(self.cache());
        }
        if organizations.is_empty() {
            // Files that declare nothing at all are refused.
            organizations.push(self.organization("acme"));
        }
        json!({"registry": registry, "users": self.users(), "messages": self.messages(), "organizations": organizations})
    }

    fn prune(&mut self, kinds: &[&str]) -> Value {
        let chosen = self.some(kinds, 50);
        let prune: Map<String, Value> =
            chosen.iter().map(|kind| ((*kind).to_owned(), json!(self.chance(80)))).collect();
        Value::Object(prune)
    }

    fn users(&mut self) -> Value {
        let mut users = Vec::new();
        for name in self.some(&["dave", "erin"], 30) {
            let mut user =
                json!({"username": name, "email": format!("{name}@example.com"), "password": "correct-horse"});
            self.maybe(&mut user, "enabled", &[json!(true)]);
            self.maybe(&mut user, "quota", &[json!("1 GiB"), json!("2 GB"), json!(0)]);
            self.maybe(&mut user, "update_password", &[json!("always"), json!("on_create")]);
            users.push(user);
        }
        json!(users)
    }

    fn messages(&mut self) -> Value {
        let texts = ["Closed on Sunday", "Closed on Sunday ", "# *All* (is) well?\n", "Größe: 7 €"];
        let mut messages = Vec::new();
        for text in self.some(&texts, 40) {
            let mut message = json!({"content": text});
            self.maybe(&mut message, "severity", &[json!("info"), json!("warning"), json!("error")]);
            self.maybe(&mut message, "format", &[json!("plain"), json!("markdown")]);
            messages.push(message);
        }
        json!(messages)
    }

    fn base(&mut self, name: &str) -> (Value, Vec<String>) {
        let mut entry = json!({"name": name});
        self.maybe(
            &mut entry,
            "email",
            &[json!(format!("{name}@example.com")), json!("hq@example.org"), json!("none")],
        );
        self.maybe(&mut entry, "invoice_email", &[json!(true), json!(false)]);
        self.maybe(&mut entry, "invoice_email_address", &[json!("money@example.org"), json!("none")]);
        self.maybe(&mut entry, "time_machine_expiration", &[json!("1d"), json!("1w"), json!("2w"), json!("4w")]);
        // Quay removes no robot account that a mirror uses, so the one of the mirrors is always declared.
        let mut robots = self.some(&["ci", "cd"], 60);
        robots.insert(0, "sync_bot");
        let full: Vec<String> = robots.iter().map(|robot| format!("{name}+{robot}")).collect();
        entry["robots"] = robots.iter().map(|robot| self.robot(robot)).collect();
        (entry, full)
    }

    fn robot(&mut self, name: &str) -> Value {
        let mut robot = json!({"name": name});
        self.maybe(&mut robot, "description", &[json!("Pushes: all"), json!("yes"), json!("")]);
        self.maybe(&mut robot, "metadata", &[json!({}), json!({"owner": "team a", "list": [1, {"x": null}]})]);
        if self.chance(40) {
            let subjects = self.some(&["repo:acme", "repo:beta", "é/ü"], 50);
            robot["federations"] = subjects
                .iter()
                .map(|subject| json!({"issuer": "https://issuer.example/a", "subject": subject}))
                .collect();
        }
        if self.chance(15) {
            robot["prune"] = self.prune(&kinds_in(Kind::Robots));
        }
        robot
    }

    fn organization(&mut self, name: &str) -> Value {
        let (mut entry, robots) = self.base(name);
        if self.chance(30) {
            entry["prune"] = self.prune(&kinds());
        }
        if self.chance(40) {
            entry["quota"] = self.quota();
        }
        if self.chance(30) {
            let one =
                |title: &str, event: &str| json!({"title": title, "event": event, "method": "email", "config": {}});
            let chosen = self.some(&[("warned", "quota_warning"), ("full", "quota_error")], 60);
            entry["notifications"] = chosen.iter().map(|(title, event)| one(title, event)).collect();
        }
        let mut teams = Vec::new();
        let mut names = Vec::new();
        for team in self.some(&["dev", "ops", "qa"], 60) {
            names.push(team);
            teams.push(self.team(team, &robots));
        }
        if self.chance(20) {
            teams.push(json!({"name": "owners", "members": ["admin", "alice"]}));
        }
        entry["teams"] = json!(teams);
        if self.chance(60) {
            let chosen = self.some(&["portal", "Café & more", "cli"], 50);
            entry["applications"] = chosen.iter().map(|name| self.application(name)).collect();
        }
        if self.chance(60) {
            entry["default_permissions"] = self.default_permissions(&names, &robots);
        }
        if self.chance(50) {
            entry["prune_policies"] = self.prune_policies();
        }
        if self.chance(50) {
            entry["immutability_policies"] = self.immutability_policies();
        }
        if self.chance(30) {
            let mut defaults = json!({"description": "by default"});
            self.maybe(&mut defaults, "permissions", &[json!([{"name": "carol", "type": "user", "role": "read"}])]);
            entry["defaults"] = defaults;
        }
        let chosen = self.some(&["app", "web", "lib_core", "app-two", "mirrored"], 50);
        let mut repositories: Vec<Value> = chosen.iter().map(|short| self.repository(short, &names, &robots)).collect();
        if self.chance(30) {
            let mut pattern = json!({"name": "app*"});
            self.maybe(&mut pattern, "description", &[json!("by pattern")]);
            self.maybe(&mut pattern, "prune_policies", &[self_policy()]);
            repositories.push(pattern);
        }
        entry["repositories"] = json!(repositories);
        entry
    }

    fn quota(&mut self) -> Value {
        let mut quota = json!({"quota": self.pick(&["1 GiB", "2 TB", "1500 MiB"])});
        self.maybe(&mut quota, "warning_pct", &[json!(70), json!(80), json!([70, 80, 90]), json!([])]);
        self.maybe(&mut quota, "reject_pct", &[json!(90), json!(95)]);
        quota
    }

    fn team(&mut self, name: &str, robots: &[String]) -> Value {
        let mut team = json!({"name": name});
        self.maybe(&mut team, "role", &[json!("member"), json!("creator"), json!("admin")]);
        self.maybe(&mut team, "description", &[json!("All\nof us\n"), json!("null"), json!("")]);
        if self.chance(70) {
            let all: Vec<String> = USERS.iter().map(|user| (*user).to_owned()).chain(robots.to_vec()).collect();
            team["members"] = json!(self.some(&all, 50));
        }
        if self.chance(15) {
            team["prune"] = self.prune(&kinds_in(Kind::Teams));
        }
        team
    }

    fn application(&mut self, name: &str) -> Value {
        let mut application = json!({"name": name});
        self.maybe(&mut application, "description", &[json!("A portal"), json!("")]);
        self.maybe(&mut application, "application_uri", &[json!("https://portal.example")]);
        self.maybe(&mut application, "redirect_uri", &[json!("https://portal.example/back")]);
        if self.chance(50) {
            let names = self.some(&["deploy", "Read & look"], 60);
            application["tokens"] = names.iter().map(|name| self.token(name)).collect();
        }
        application
    }

    fn token(&mut self, name: &str) -> Value {
        let mut token = json!({"name": name});
        self.maybe(&mut token, "rights", &[json!(["repo:read"]), json!(["org:admin", "repo:write"])]);
        self.maybe(&mut token, "expiration", &[json!("90d")]);
        self.maybe(&mut token, "rotate_before", &[json!("30d")]);
        token
    }

    fn grantees(&mut self, teams: &[&str], robots: &[String]) -> Vec<(String, &'static str)> {
        let teams = teams.iter().map(|team| ((*team).to_owned(), "team"));
        let users = USERS.iter().map(|user| (*user).to_owned()).chain(robots.to_vec()).map(|name| (name, "user"));
        let all: Vec<_> = teams.chain(users).collect();
        self.some(&all, 40)
    }

    fn default_permissions(&mut self, teams: &[&str], robots: &[String]) -> Value {
        let mut list = Vec::new();
        for (name, kind) in self.grantees(teams, robots) {
            let mut entry = json!({"name": name, "type": kind});
            self.maybe(&mut entry, "role", &[json!("read"), json!("write"), json!("admin"), json!(["write", "read"])]);
            if self.chance(40) {
                entry["creator"] = json!(self.pick(&["alice", "admin"]));
            }
            list.push(entry);
        }
        json!(list)
    }

    fn prune_policies(&mut self) -> Value {
        let all = [
            json!({"method": "tags", "value": "20"}),
            json!({"method": "date", "value": "30d", "tag_pattern": "^dev"}),
            json!({"method": "tags", "value": "5", "tag_pattern": "rc.*", "tag_pattern_matches": false}),
        ];
        json!(self.some(&all, 50))
    }

    fn immutability_policies(&mut self) -> Value {
        let mut list = Vec::new();
        for pattern in self.some(&["^v[0-9]+$", "stable"], 50) {
            list.push(json!({"tag_pattern": pattern}));
        }
        json!(list)
    }

    fn repository(&mut self, name: &str, teams: &[&str], robots: &[String]) -> Value {
        let mut entry = json!({"name": name});
        self.maybe(&mut entry, "visibility", &[json!("private"), json!("public")]);
        self.maybe(&mut entry, "description", &[json!("# App\n\nDoes things"), json!("no"), json!("")]);
        self.maybe(&mut entry, "star", &[json!(true), json!(false)]);
        if self.chance(60) {
            let mut list = Vec::new();
            for (name, kind) in self.grantees(teams, robots) {
                // The robot account of a mirror needs to write.
                let least = usize::from(name.contains('+') && entry["name"] == "mirrored");
                list.push(json!({"name": name, "type": kind, "role": self.pick(&["read", "write", "admin"][least..])}));
            }
            entry["permissions"] = json!(list);
        }
        if self.chance(25) {
            entry["prune"] = match self.chance(40) {
                true => json!({"permissions": self.some(&["users", "robots", "teams"], 60)}),
                false => self.prune(&kinds_in(Kind::Repositories)),
            };
        }
        if self.chance(40) {
            entry["notifications"] = self.notifications(teams);
        }
        if self.chance(40) {
            entry["prune_policies"] = self.prune_policies();
        }
        if name == "mirrored" {
            if let (Some(robot), true) = (robots.first(), self.chance(80)) {
                entry["mirror"] = self.mirror(robot);
            }
            return entry;
        }
        self.maybe(&mut entry, "repo_state", &[json!("NORMAL"), json!("READ_ONLY")]);
        if self.chance(40) {
            entry["immutability_policies"] = self.immutability_policies();
        }
        entry
    }

    fn notifications(&mut self, teams: &[&str]) -> Value {
        let mut all = vec![
            json!({"title": "push", "event": "repo_push", "method": "webhook",
                "config": {"url": "https://hooks.example/s3cret", "template": "{\"a\": 1}"}}),
            json!({"title": "found", "event": "vulnerability_found", "vulnerability_level": "high", "method": "slack",
                "config": {"url": "https://hooks.example/other"}}),
            json!({"title": "expiry", "event": "repo_image_expiry", "image_expiry_days": 3, "method": "quay_notification",
                "config": {"type": "user", "name": "alice"}}),
        ];
        if let Some(team) = teams.first() {
            all.push(json!({"title": "team", "event": "repo_push", "method": "quay_notification",
                "config": {"type": "team", "name": team}}));
        }
        json!(self.some(&all, 50))
    }

    fn mirror(&mut self, robot: &str) -> Value {
        let mut mirror = json!({"external_reference": "quay.io/other/app", "robot_username": robot,
            "image_tags": self.pick(&[vec!["latest"], vec!["v*", "latest"]])});
        self.maybe(&mut mirror, "is_enabled", &[json!(true), json!(false)]);
        self.maybe(&mut mirror, "sync_interval", &[json!("1h"), json!("2d")]);
        self.maybe(&mut mirror, "architectures", &[json!(["arm64", "amd64"]), json!([])]);
        self.maybe(&mut mirror, "verify_tls", &[json!(true), json!(false)]);
        if self.chance(40) {
            mirror["external_registry_username"] = json!("me");
            mirror["external_registry_password"] = json!("hunter2");
        }
        mirror
    }

    /// An organization that is mirrored as a whole.
    fn copies(&mut self) -> Value {
        let (mut entry, robots) = self.base("copies");
        if let Some(robot) = robots.first() {
            let mut mirror = json!({"external_registry_type": "harbor", "external_registry_url": "https://harbor.example",
                "external_namespace": "library", "robot_username": robot, "visibility": "private",
                "repository_filters": self.pick(&[vec!["a*"], vec!["b*", "a*"]])});
            self.maybe(&mut mirror, "verify_tls", &[json!(true), json!(false)]);
            self.maybe(&mut mirror, "is_enabled", &[json!(true), json!(false)]);
            entry["mirror"] = mirror;
        }
        entry
    }

    /// An organization that is a proxy cache.
    fn cache(&mut self) -> Value {
        let (mut entry, _) = self.base("cache");
        let mut cache = json!({"registry": self.pick(&["docker.io/library", "quay.io"])});
        self.maybe(&mut cache, "expiration", &[json!("1d"), json!("2d")]);
        if self.chance(40) {
            cache["username"] = json!("me");
            cache["password"] = json!("hunter4");
        }
        entry["proxy_cache"] = cache;
        entry
    }
}

fn self_policy() -> Value {
    json!([{"method": "tags", "value": "9"}])
}
