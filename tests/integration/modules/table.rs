//! What holds for every module at once: documentation, drop-in options, tests, generated files.
//!
//! `QUAYMASTER_UPDATE=1` rewrites the generated files instead of comparing them.

mod arguments;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

use quaymaster::modules::contract::{Argument, Document, Kind, Login, Rules};
use quaymaster::modules::{MODULES, REDIRECTS, connection};
use serde_json::{Map, Value, json};

/// What is new, as `module: name` with `*` for every module, and why. Options first, then returned values.
const NEW_OPTIONS: &[(&str, &str)] = &[
    ("*: ca_path", "a private certificate authority"),
    ("*: retries", "how often a request is repeated"),
    ("quay_organization: force", "deletes although robots of look-alike names go along"),
    ("quay_application: reset_client_secret", "the way out when the secret leaked"),
    ("quay_docker_token: overlap", "leaves time for the delivery of a new token"),
    ("quay_docker_token: rotate_after", "replaces a token in time"),
    ("quay_docker_token: rotate_before", "replaces a token in time"),
    ("quay_notification: ref_regex", "which builds an event of builds is about"),
    ("quay_organization: invoice_email", "what Quay keeps of an organization"),
    ("quay_organization: invoice_email_address", "what Quay keeps of an organization"),
    ("quay_org_mirror: cancel_sync", "stops a synchronization"),
    ("quay_org_mirror: recover", "the way out of a mirror that is stuck"),
    ("quay_org_mirror: sync_on_change", "synchronizes once for a change, where force_sync does so with each run"),
    ("quay_org_mirror: verify", "tests the connection to the source"),
    ("quay_proxy_cache: verify", "tests the credentials before the cache is created"),
    ("quay_repository_mirror: cancel_sync", "stops a synchronization"),
    ("quay_repository_mirror: recover", "the way out of a mirror that is stuck"),
    (
        "quay_repository_mirror: sync_on_change",
        "synchronizes once for a change, where force_sync does so with each run",
    ),
    ("quay_repository_mirror: architectures", "what Quay keeps of a mirror, and a replica needs"),
    ("quay_robot: regenerate", "a new token, which Quay gives by a request of its own"),
    ("quay_robot: unused_for", "a guard for regenerate"),
    ("quay_robot: metadata", "what Quay keeps of a robot beside its description"),
    ("quay_tag: at", "which image of the past a tag gets again"),
    ("quay_tag: digest", "which image goes out of the history of a tag"),
    ("quay_tag: keep", "which of many tags are left alone"),
    ("quay_tag: match", "many tags in one call"),
    ("quay_tag: max_removals", "a ceiling for many tags"),
    ("quay_tag: older_than", "which of many tags are old enough"),
    ("quay_tag: permanent", "nobody can restore the tag"),
    ("quay_user: update_password", "a password can be set once, as ansible.builtin.user does"),
    ("quay_user: quota", "the quota of a personal namespace, which only superusers set"),
    ("quay_user: force", "deletes although an organization loses its last administrator"),
];
const NEW_RETURNS: &[(&str, &str)] = &[
    ("quay_default_perm: id", "identifies the permission for the API"),
    ("quay_default_perm: role", "the role that holds"),
    ("quay_docker_token: revoked", "what a rotation revoked"),
    ("quay_docker_token: rotated", "tells a new token from one that stays"),
    ("quay_message: uuid", "identifies the message for the API"),
    ("quay_notification: uuids", "identify the notifications for the API"),
    ("quay_org_mirror: sync_status", "tells whether a synchronization runs"),
    ("quay_organization_immutability: id", "identifies the policy, as the prune modules return it"),
    ("quay_organization_immutability: lock", LOCKED),
    ("quay_organization_prune: prune", PRUNED),
    ("quay_pull_stat_info: exists", "tells a missing tag from one that was never pulled"),
    ("quay_repository_immutability: id", "identifies the policy, as the prune modules return it"),
    ("quay_repository_immutability: lock", LOCKED),
    ("quay_repository_prune: prune", PRUNED),
    ("quay_robot: regenerated", "tells a new token from the one before"),
    ("quay_tag: end_ts", "when the tag expires"),
    ("quay_tag: immutable", "what labels and policies make of a restored tag"),
    ("quay_tag: manifest_digest", "what the tag points to"),
    ("quay_tag: recoverable_until", "how long a deleted tag can come back"),
    ("quay_tag: tag", "the tag that was changed"),
    ("quay_tag: tags", "the tags that were changed in one call"),
    ("quay_tag_info: exists", "tells a missing repository from one without tags"),
    ("quay_user: password", "the one that Quay makes for a new account, which nobody could know"),
    ("quay_vulnerability_info: expired", "tells an expired tag from a scanned one"),
];

const LOCKED: &str = "what the policy would lock now, which nothing unlocks";
const PRUNED: &str = "what the policy would delete now";

/// Where an option or a rule differs on purpose, and why. `module: option` covers all about that option.
const DIFFERENT: &[(&str, &str)] = &[
    ("quay_default_perm: role", "several for the same grantee and creator; one role is taken as before"),
    ("quay_manifest_label: key", "it was hidden as a secret for its name; it is none"),
    ("quay_manifest_label_info: key", "it was hidden as a secret for its name; it is none"),
    ("quay_notification: config.template", "a structure is taken as well as JSON text"),
    ("quay_quota: reject_pct", "several limits of one type; one number is taken as before"),
    ("quay_quota: warning_pct", "several limits of one type; one number is taken as before"),
    ("quay_tag: state", "a tag can come back as well"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn names() -> Vec<&'static str> {
    MODULES.iter().map(|entry| entry.document.name).collect()
}

#[track_caller]
fn assert_empty(problems: &[String], what: &str) {
    assert!(problems.is_empty(), "{what}\n{}", problems.join("\n"));
}

// The table

#[test]
fn the_table_is_sorted_and_each_name_is_there_once() {
    let names = names();
    assert!(names.is_sorted_by(|one, next| one < next), "{names:?}");
    for (old, new) in REDIRECTS {
        assert!(!names.contains(old) && names.contains(new), "{old} -> {new}");
    }
}

#[test]
fn every_module_is_documented_and_every_document_has_a_module() {
    let mut documented: Vec<String> = Vec::new();
    for entry in fs::read_dir(root().join("plugins/modules")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        documented.extend(name.strip_suffix(".py").map(str::to_owned));
    }
    documented.sort();
    assert_eq!(documented, names());
}

#[test]
fn rules_name_options_that_exist() {
    let mut problems = Vec::new();
    for entry in MODULES {
        let (name, options) = (entry.document.name, entry.document.options);
        let rules = entry.rules;
        let mut named: Vec<&str> = [rules.secrets, rules.write_only].concat();
        named.extend(rules.formats.iter().map(|(option, _)| *option));
        named.extend(rules.environment.iter().map(|(option, _)| *option));
        named.extend(rules.deprecated.iter().map(|notice| notice.option));
        named.extend(rules.within.iter().map(|(option, _)| *option));
        named.extend(cross_option_names(rules));
        problems.extend(named.iter().filter(|path| !has(options, path)).map(|path| format!("{name}: {path}")));
        for (option, rules) in rules.within {
            let inner = cross_option_names(rules).map(|inner| format!("{option}.{inner}"));
            problems.extend(inner.filter(|path| !has(options, path)).map(|path| format!("{name}: {path}")));
        }
        for key in rules.returned_secrets {
            if !entry.document.returns.contains(key) {
                problems.push(format!("{name}: returned {key}"));
            }
        }
    }
    assert_empty(&problems, "rules about options that the documentation does not know");
}

fn cross_option_names<'a>(rules: &'a Rules) -> impl Iterator<Item = &'static str> + use<'a> {
    let sets = rules.mutually_exclusive.iter().chain(rules.required_together).chain(rules.required_one_of);
    let conditions = rules.required_if.iter().flat_map(|rule| rule.then.iter().chain([&rule.option]));
    let needs = rules.required_by.iter().flat_map(|(option, needed)| needed.iter().chain([option]));
    sets.flat_map(|set| set.iter()).chain(conditions).chain(needs).copied()
}

fn has(options: &[Argument], path: &str) -> bool {
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    let found = options.iter().find(|option| option.name == name);
    found.is_some_and(|option| rest.is_empty() || has(option.suboptions, rest))
}

/// A name like these holds a secret, or the exception says why it does not.
#[test]
fn what_sounds_like_a_secret_is_one() {
    let harmless = [
        "quay_docker_token: name",         // The label of the token.
        "quay_user: update_password",      // When it is set, not what it is.
        "quay_registry: update_secrets",   // When they are sent, not what they are.
        "quay_registry: secrets",          // Manifests, of which the values are hidden wherever they stand.
        "quay_registry: endpoints.secret", // The name of one.
        "quay_token_info: tokens",         // What Quay tells of them.
    ];
    let sounds = |name: &str| ["password", "token", "secret", "code"].iter().any(|word| name.contains(word));
    let mut problems = Vec::new();
    for entry in MODULES {
        let name = entry.document.name;
        let mut paths = Vec::new();
        collect(entry.document.options, "", &mut paths);
        for path in paths.iter().filter(|path| sounds(path.rsplit('.').next().unwrap_or(path))) {
            let known =
                entry.rules.secrets.contains(&path.as_str()) || connection::RULES.secrets.contains(&path.as_str());
            let flag = find(entry.document.options, path).is_some_and(|option| option.kind == Kind::Bool);
            if !known && !flag && !harmless.contains(&format!("{name}: {path}").as_str()) {
                problems.push(format!("{name}: option {path}"));
            }
        }
        for key in entry.document.returns.iter().filter(|key| sounds(key)) {
            let is_harmless = harmless.contains(&format!("{name}: {key}").as_str());
            if !entry.rules.returned_secrets.contains(key) && !is_harmless {
                problems.push(format!("{name}: returned {key}"));
            }
        }
    }
    assert_empty(&problems, "sounds like a secret, and is not among those of the module's rules");
}

fn collect(options: &[Argument], prefix: &str, paths: &mut Vec<String>) {
    for option in options {
        paths.push(format!("{prefix}{}", option.name));
        collect(option.suboptions, &format!("{prefix}{}.", option.name), paths);
    }
}

fn find<'a>(options: &'a [Argument], path: &str) -> Option<&'a Argument> {
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    let found = options.iter().find(|option| option.name == name)?;
    if rest.is_empty() { Some(found) } else { find(found.suboptions, rest) }
}

// The drop-in promise

/// The facts of the collection that this one replaces, its module names turned into ours.
fn incumbent() -> Value {
    let mut facts: Value = serde_json::from_str(&read("tests/fixtures/incumbent_options.json")).unwrap();
    let modules = facts["modules"].as_object_mut().unwrap();
    for (old, new) in REDIRECTS {
        let facts = modules.remove(*old).unwrap();
        modules.insert((*new).to_owned(), facts);
    }
    facts
}

#[test]
fn every_option_and_rule_of_the_incumbent_is_there_with_the_same_meaning() {
    let facts = incumbent();
    let mut problems = Vec::new();
    for (name, theirs) in facts["modules"].as_object().unwrap() {
        match MODULES.iter().find(|entry| entry.document.name == name) {
            Some(entry) => compare(entry.document, entry.rules, theirs, &facts, &mut problems),
            None => problems.push(format!("{name}: there is no such module here")),
        }
    }
    assert_empty(&problems, "differs from the incumbent");
}

fn compare(document: &Document, rules: &Rules, theirs: &Value, facts: &Value, problems: &mut Vec<String>) {
    let name = document.name;
    let mut expected = theirs["options"].as_object().unwrap().clone();
    let login = rules.login;
    for (option, fact) in facts["connection_options"].as_object().unwrap() {
        // A module that never signs in accepts the log-in options all the same: defaults of the group may bring them.
        expected.entry(option.clone()).or_insert_with(|| fact.clone());
    }
    let wanted_login = match (theirs["auth"].as_str(), expected["quay_username"]["required"] == true) {
        (Some("token-or-login"), _) => Login::TokenOrPassword,
        (_, true) => Login::PasswordOnly,
        (_, false) => Login::Never,
    };
    if login != wanted_login {
        problems.push(format!("{name}: signs in by {login:?}, not {wanted_login:?}"));
    }
    let mut found = Found { name, rules, login, problems: Vec::new() };
    found.options(document.options, &expected, "");
    found.rules(rules, &theirs["rules"], "");
    found.returns(document.returns, theirs["returns"].as_object().unwrap());
    problems.append(&mut found.problems);
}

struct Found<'a> {
    name: &'a str,
    rules: &'a Rules,
    login: Login,
    problems: Vec<String>,
}

impl Found<'_> {
    fn note(&mut self, about: &str, what: impl std::fmt::Display) {
        let key = format!("{}: {about}", self.name);
        if !DIFFERENT.iter().any(|(known, _)| *known == key) {
            self.problems.push(format!("{key}: {what}"));
        }
    }

    fn is_new(&self, list: &[(&str, &str)], name: &str) -> bool {
        list.iter().any(|(known, _)| *known == format!("*: {name}") || *known == format!("{}: {name}", self.name))
    }

    fn options(&mut self, ours: &[Argument], theirs: &Map<String, Value>, prefix: &str) {
        for option in ours.iter().filter(|option| !theirs.contains_key(option.name)) {
            let path = format!("{prefix}{}", option.name);
            if !self.is_new(NEW_OPTIONS, &path) {
                self.note(&path, "is new: give the reason in NEW_OPTIONS");
            }
            if option.required {
                self.note(&path, "is new and required");
            }
        }
        for (name, fact) in theirs {
            let path = format!("{prefix}{name}");
            match ours.iter().find(|option| option.name == name) {
                Some(option) => self.option(option, fact, &path),
                None => self.note(&path, "is missing"),
            }
        }
    }

    fn option(&mut self, ours: &Argument, fact: &Value, path: &str) {
        let login_option = ["quay_token", "quay_username", "quay_password"].contains(&path);
        let (own_rules, login) = (self.rules, self.login);
        let mut same = |what: &str, ours: Value, theirs: Value| {
            if ours != theirs {
                self.note(path, format_args!("{what} is {ours}, not {theirs}"));
            }
        };
        let kind = fact["type"].as_str().unwrap_or("str");
        same("type", json!(kind_name(ours.kind)), json!(kind));
        if ours.kind == Kind::List {
            same("elements", json!(kind_name(ours.elements)), fact.get("elements").cloned().unwrap_or(json!("raw")));
        }
        let default = ours.default.map_or(Value::Null, |text| serde_json::from_str(text).unwrap());
        same("default", default, fact["default"].clone());
        let choices: Vec<Value> = ours.choices.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
        same("choices", json!(choices), list(&fact["choices"]));
        same("aliases", json!(ours.aliases), list(&fact["aliases"]));
        // What the way to sign in requires stands in the connection rules.
        if !login_option {
            same("required", json!(ours.required), json!(fact["required"] == true));
        }
        let rules = [own_rules, connection::rules(login)];
        let secret = rules.iter().any(|rules| rules.secrets.contains(&path));
        same("secret", json!(secret), json!(fact["no_log"] == true));
        let variables: Vec<&str> = rules
            .iter()
            .flat_map(|rules| rules.environment)
            .filter(|(option, _)| *option == path)
            .flat_map(|(_, variables)| variables.iter().copied())
            .collect();
        same("environment", json!(variables), list(&fact["env"]));
        let removal = own_rules.deprecated.iter().find(|notice| notice.option == path).map(|notice| notice.date);
        same("removal", json!(removal), fact["removed_at_date"].clone());
        let empty = Map::new();
        self.options(ours.suboptions, fact["options"].as_object().unwrap_or(&empty), &format!("{path}."));
        let none = Rules::NONE;
        let within = self.rules.within.iter().find(|(option, _)| *option == path).map_or(&none, |(_, rules)| rules);
        self.rules(within, fact, path);
    }

    /// Their rules have to be among ours. Ours may be more: what could never work is refused before any request.
    fn rules(&mut self, ours: &Rules, theirs: &Value, about: &str) {
        let key = if about.is_empty() { "rules" } else { about };
        for (what, sets) in [
            ("mutually_exclusive", ours.mutually_exclusive),
            ("required_together", ours.required_together),
            ("required_one_of", ours.required_one_of),
        ] {
            for set in theirs[what].as_array().into_iter().flatten() {
                let wanted = texts(set);
                let covered = |ours: &&[&str]| {
                    let ours: BTreeSet<String> = ours.iter().map(ToString::to_string).collect();
                    // At most one of many includes at most one of two of them.
                    if what == "mutually_exclusive" { wanted.is_subset(&ours) } else { wanted == ours }
                };
                if !sets.iter().any(covered) {
                    self.note(key, format_args!("{what} {set} is missing"));
                }
            }
        }
        for rule in theirs["required_if"].as_array().into_iter().flatten() {
            let value = rule[1].as_str().map_or_else(|| rule[1].to_string(), str::to_owned);
            let any = rule[3] == true;
            let same = |ours: &quaymaster::modules::contract::RequiredIf| {
                let then: BTreeSet<String> = ours.then.iter().map(ToString::to_string).collect();
                rule[0] == ours.option
                    && ours.value.eq_ignore_ascii_case(&value)
                    && then == texts(&rule[2])
                    && ours.any == any
            };
            if !ours.required_if.iter().any(same) {
                self.note(key, format_args!("required_if {rule} is missing"));
            }
        }
        for (option, needed) in theirs["required_by"].as_object().into_iter().flatten() {
            let needed = texts(needed);
            let same = |(ours, then): &(&str, &[&str])| {
                ours == option && then.iter().map(ToString::to_string).collect::<BTreeSet<_>>() == needed
            };
            if !ours.required_by.iter().any(same) {
                self.note(key, format_args!("required_by {option} {needed:?} is missing"));
            }
        }
    }

    /// Names here; the types and what is inside are compared with the documentation.
    fn returns(&mut self, ours: &[&str], theirs: &Map<String, Value>) {
        for key in theirs.keys().filter(|key| !ours.contains(&key.as_str())) {
            self.note(key, "is no longer returned");
        }
        // The object as a whole, for what comes next in a play.
        let entity = self.name.trim_start_matches("quay_");
        for key in ours.iter().filter(|key| !theirs.contains_key(**key) && **key != entity) {
            if !self.is_new(NEW_RETURNS, key) {
                self.note(key, "is returned and new: give the reason in NEW_RETURNS");
            }
        }
        let documented = returned_values(self.name);
        self.returned_types(&documented, theirs, "");
    }

    fn returned_types(&mut self, ours: &Value, theirs: &Map<String, Value>, prefix: &str) {
        for (key, fact) in theirs {
            let path = format!("{prefix}{key}");
            let Some(value) = ours.get(key) else {
                self.note(&path, "is not documented as returned");
                continue;
            };
            for what in ["type", "elements"] {
                if fact.get(what) != value.get(what) {
                    self.note(&path, format_args!("{what} is {}, not {}", value[what], fact[what]));
                }
            }
            if let Some(inside) = fact["contains"].as_object() {
                self.returned_types(&value["contains"], inside, &format!("{path}."));
            }
        }
    }
}

fn kind_name(kind: Kind) -> String {
    format!("{kind:?}").to_lowercase()
}

fn list(value: &Value) -> Value {
    if value.is_null() { json!([]) } else { value.clone() }
}

fn texts(value: &Value) -> BTreeSet<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    value.as_array().map_or_else(|| BTreeSet::from([text(value)]), |list| list.iter().map(text).collect())
}

/// RETURN of a module's documentation.
fn returned_values(module: &str) -> Value {
    let text = read(&format!("plugins/modules/{module}.py"));
    let Some((_, rest)) = text.split_once("RETURN = r\"\"\"") else {
        return json!({});
    };
    let yaml = rest.split("\"\"\"").next().unwrap_or_default();
    let found: Option<Value> = serde_saphyr::from_str(yaml).unwrap_or_else(|error| panic!("{module}: {error}"));
    found.unwrap_or_default()
}

#[test]
fn the_connection_rules_are_those_of_the_incumbent() {
    let facts = incumbent();
    let rules = connection::rules(Login::TokenOrPassword);
    let sets = |sets: &[&[&str]]| json!(sets);
    assert_eq!(sets(rules.mutually_exclusive), facts["connection_rules"]["mutually_exclusive"]);
    assert_eq!(sets(rules.required_together), facts["connection_rules"]["required_together"]);
}

/// A reason that is no longer needed hides the next difference.
#[test]
fn every_known_difference_still_is_one() {
    let facts = incumbent();
    let mut stale = Vec::new();
    let all = NEW_OPTIONS.iter().chain(NEW_RETURNS).chain(DIFFERENT);
    for (key, reason) in all {
        let (module, name) = key.split_once(": ").unwrap();
        assert!(!reason.is_empty(), "{key}");
        let known = module == "*" || !facts["modules"][module].is_null();
        if !known {
            stale.push(format!("{key}: no such module"));
        }
        let Some(entry) = MODULES.iter().find(|entry| module == "*" || entry.document.name == module) else {
            continue;
        };
        let option = find(entry.document.options, name).is_some();
        if !option && !entry.document.returns.contains(&name) && name != "rules" {
            stale.push(format!("{key}: no such option or returned value"));
        }
    }
    assert_empty(&stale, "remove it");
}

// Tests of every module

#[test]
fn every_module_has_an_integration_test_and_a_playbook() {
    let main = read("tests/integration/modules/mod.rs");
    let mut problems = Vec::new();
    for name in names() {
        let test = fs::read_to_string(root().join(format!("tests/integration/modules/{name}.rs"))).unwrap_or_default();
        if !test.contains("#[test]") || !main.contains(&format!("mod {name};")) {
            problems.push(format!("tests/integration/modules/{name}.rs"));
        }
        let playbook = format!("tests/playbooks/{name}.yml");
        let text = fs::read_to_string(root().join(&playbook)).unwrap_or_default();
        if !text.contains(&format!("quaymaster.quay.{name}:")) {
            problems.push(playbook);
        }
    }
    assert_empty(&problems, "a module without a test");
}

#[test]
fn every_test_and_playbook_of_a_module_has_its_module() {
    let names = names();
    let mut strange = Vec::new();
    for (folder, extension) in [("tests/integration/modules", "rs"), ("tests/playbooks", "yml")] {
        for entry in fs::read_dir(root().join(folder)).into_iter().flatten().flatten() {
            let path = entry.path();
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let of_a_module = path.extension().is_some_and(|found| found == extension) && stem.starts_with("quay_");
            // The role and the filter of the collection have playbooks of their own.
            let other = ["quay_org", "quay_docker_config"].iter().any(|name| stem == *name);
            if of_a_module && !other && !names.contains(&stem.as_str()) {
                strange.push(format!("{folder}/{stem}.{extension}"));
            }
        }
    }
    assert_empty(&strange, "a test of no module");
}

// Generated files

/// Whether generated files are to be rewritten.
fn updating() -> bool {
    env::var_os("QUAYMASTER_UPDATE").is_some_and(|value| value == "1")
}

/// Compares a file with what it should hold, or writes it.
pub fn generated(path: &str, expected: &str) {
    let file: PathBuf = root().join(path);
    if updating() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, expected).unwrap();
        return;
    }
    let found = fs::read_to_string(&file).unwrap_or_default();
    // Both texts whole would bury the name of the file.
    let differs = found.lines().zip(expected.lines()).find(|(found, expected)| found != expected);
    assert!(found == expected, "{path} is out of date: `make snapshots` writes it; it differs in {differs:#?}");
}

#[test]
fn the_routing_of_the_collection_names_every_module() {
    let mut group: Vec<&str> = names();
    group.extend(REDIRECTS.iter().map(|(old, _)| *old));
    group.sort_unstable();
    let mut text = String::from(
        "---\n# Generated from the module table by `make snapshots`; checked by `make test`.\nrequires_ansible: \
         \">=2.16.0\"\naction_groups:\n  quay:\n",
    );
    group.iter().for_each(|name| text.push_str(&format!("    - {name}\n")));
    // With it the role sets what its variables say, and leaves what a play sets with the group `quay`.
    text.push_str("  quay_org:\n    - metadata:\n        extend_group:\n          - quay\n");
    // An old name finds the action plugin of the new one, and its documentation.
    text.push_str("plugin_routing:\n");
    for kind in ["action", "modules"] {
        text.push_str(&format!("  {kind}:\n"));
        for (old, new) in REDIRECTS {
            text.push_str(&format!("    {old}:\n      redirect: quaymaster.quay.{new}\n"));
        }
    }
    generated("meta/runtime.yml", &text);
}

/// One action plugin starts all modules, and each has a link to it. Ansible loads an action plugin of the task's own name once,
/// before it starts a process for the task. One that `meta/runtime.yml` names instead (`action_plugin`) is compiled anew in
/// every task (4 to 5 ms); a redirect takes from each module its name, for `module_defaults` and ansible-lint.
#[test]
fn every_module_has_a_link_to_the_action_plugin() {
    let folder = root().join("plugins/action");
    if updating() {
        for name in names() {
            // One that is there already is compared below.
            let _ = std::os::unix::fs::symlink("quay.py", folder.join(format!("{name}.py")));
        }
    }
    let mut links = Vec::new();
    for entry in fs::read_dir(&folder).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if let (Ok(target), Some(name)) = (fs::read_link(entry.path()), name.strip_suffix(".py")) {
            assert_eq!(target, Path::new("quay.py"), "plugins/action/{name}.py");
            links.push(name.to_owned());
        }
    }
    links.sort_unstable();
    assert_eq!(links, names(), "`make snapshots` makes the links");
}

/// The Python side takes an installed executable only if it is of the same version.
#[test]
fn everything_is_of_one_version() {
    let version = env!("CARGO_PKG_VERSION");
    for (file, line) in [
        ("galaxy.yml", format!("version: {version}\n")),
        ("plugins/action/quay.py", format!("VERSION = \"{version}\"\n")),
        ("execution-environment.yml", format!("version: {version}\n")),
    ] {
        assert!(read(file).contains(&line), "{file} does not say {line}");
    }
    // Files and images of a release carry its version in their names.
    for (file, least) in [
        ("README.md", 3),
        ("docs/aap.md", 6),
        ("docs/platforms.md", 2),
        ("docs/shell.md", 1),
        ("examples/kubernetes/cronjob.yml", 1),
        ("examples/kubernetes/deployment.yml", 1),
    ] {
        let text = read(file);
        let names =
            text.split(|c: char| c.is_whitespace() || "`'\"()".contains(c)).filter(|word| word.contains("quaymaster"));
        let numbers = |name: &str| {
            let parts =
                name.split(|c: char| !c.is_ascii_digit() && c != '.').map(|part| part.trim_matches('.').to_owned());
            parts.filter(|part| part.split('.').count() == 3).collect::<Vec<_>>()
        };
        let found: Vec<String> = names.flat_map(numbers).collect();
        assert!(found.len() >= least && found.iter().all(|found| found == version), "{file} names {found:?}");
    }
}

#[test]
fn the_readme_lists_every_module() {
    let readme = read("README.md");
    let (before, rest) = readme.split_once("<!-- modules -->").expect("README.md has no <!-- modules -->");
    let (_, after) = rest.split_once("<!-- /modules -->").expect("README.md has no <!-- /modules -->");
    let mut table = String::from("\n| module | what it does |\n| --- | --- |\n");
    for entry in MODULES {
        let Document { name, summary, .. } = entry.document;
        table.push_str(&format!("| [{name}](plugins/modules/{name}.py) | {summary} |\n"));
    }
    generated("README.md", &format!("{before}<!-- modules -->{table}<!-- /modules -->{after}"));
}

#[test]
fn summaries_are_short_and_different() {
    let mut seen = BTreeMap::new();
    for entry in MODULES {
        let Document { name, summary, .. } = entry.document;
        assert!(summary.len() <= 80 && !summary.ends_with('.') && !summary.contains('|'), "{name}: {summary}");
        assert_eq!(seen.insert(*summary, *name), None, "{name}: {summary}");
    }
}
