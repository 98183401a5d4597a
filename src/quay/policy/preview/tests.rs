//! The recording of a real Quay: `tests/fixtures/policy_preview.jsonl` has each policy that was set, and the live tags before and after
//! the worker ran. `now` of a list is the beginning of the next tag on record.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize as _;
use serde_json::Value;

use super::*;
use crate::quay::policy::prune;

/// What the recording has shown so far.
#[derive(Default)]
struct Server {
    /// Auto-prune policies by the address of their list, in the order of their creation.
    policies: Vec<(String, prune::Policy)>,
    frozen: BTreeSet<String>,
    /// The lists since the last write, by repository.
    listed: BTreeMap<String, Vec<Entry>>,
}

fn exchanges() -> Vec<Value> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/policy_preview.jsonl");
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn tags(exchange: &Value) -> Vec<Entry> {
    Vec::<Entry>::deserialize(&exchange["tags"]).unwrap()
}

fn names<'t>(tags: impl IntoIterator<Item = &'t Entry>) -> BTreeSet<String> {
    tags.into_iter().map(|tag| tag.name.clone()).collect()
}

impl Server {
    fn rules(&self, place: &str) -> Vec<Rule> {
        let list = format!("{place}/autoprunepolicy/");
        let own = self.policies.iter().filter(|(path, _)| *path == list);
        own.map(|(_, policy)| Rule::of(policy, place).unwrap()).collect()
    }

    fn preview(&self, now: i64) -> Preview {
        let places = self.policies.iter().filter_map(|(path, _)| path.strip_suffix("/autoprunepolicy/"));
        let with_policies = places.filter_map(|place| place.strip_prefix("repository/")).map(str::to_owned);
        let all: BTreeSet<String> = self.listed.keys().cloned().chain(with_policies).collect();
        let repository = |name: String| Repository {
            state: if self.frozen.contains(&name) { "READ_ONLY" } else { "NORMAL" }.into(),
            rules: self.rules(&format!("repository/{name}")),
            now: Vec::new(),
            tags: self.listed.get(&name).cloned().unwrap_or_default(),
            name,
        };
        let repositories: Vec<Repository> = all.into_iter().map(repository).collect();
        let mut preview = Preview::default();
        let rules = Rules { known: self.rules("organization/acme"), is_partial: false };
        if preview.is_working("acme", &rules, &repositories) {
            repositories.iter().for_each(|repository| preview.prune(&rules.known, repository, now));
        }
        preview
    }

    /// A write, after which lists are new.
    fn write(&mut self, exchange: &Value) {
        self.listed.clear();
        let path = exchange["path"].as_str().unwrap();
        let request = &exchange["request"];
        if let Some(name) = path.strip_suffix("/changestate") {
            let name = name.trim_start_matches("repository/").to_owned();
            if request["state"] == "READ_ONLY" {
                self.frozen.insert(name)
            } else {
                self.frozen.remove(&name)
            };
        } else if let (true, "POST") = (path.ends_with("/autoprunepolicy/"), exchange["method"].as_str().unwrap()) {
            let mut policy = request.clone();
            policy["uuid"] = exchange["uuid"].clone();
            self.policies.push((path.to_owned(), prune::Policy::deserialize(policy).unwrap()));
        } else if path.contains("/autoprunepolicy/") {
            self.policies.retain(|(_, policy)| exchange["uuid"] != *policy.uuid);
        }
    }
}

#[test]
fn the_preview_is_what_the_worker_pruned() {
    let mut server = Server::default();
    let mut ties = Vec::new();
    let (mut cases, mut borderline, mut stuck, mut gone) = (0, Vec::new(), 0, 0);
    for exchange in exchanges() {
        let path = exchange["path"].as_str().unwrap();
        let Some(name) = path.strip_prefix("repository/").and_then(|path| path.strip_suffix("/tag/")) else {
            server.write(&exchange);
            continue;
        };
        if !name.starts_with("acme/") {
            continue;
        }
        let after = tags(&exchange);
        let Some(before) = server.listed.get(name).map(names) else {
            server.listed.insert(name.to_owned(), after);
            continue;
        };
        let preview = server.preview(exchange["now"].as_i64().unwrap());
        ties.extend(preview.warnings.iter().filter(|warning| warning.contains("of one second")).cloned());
        let of = |sure: bool| {
            let here = preview.prune.iter().filter(|entry| entry["repository"] == *name);
            let taken = here.filter(|entry| !sure || entry["borderline"] == false);
            taken.map(|entry| entry["tag"].as_str().unwrap().to_owned()).collect::<BTreeSet<String>>()
        };
        let (all, sure) = (of(false), of(true));
        let removed = &before - &names(&after);
        let case =
            format!("{name} by {:?}", server.policies.iter().map(|(_, policy)| policy.name()).collect::<Vec<_>>());
        assert_eq!(all, removed, "{case}");
        borderline.extend((&all - &sure).into_iter().map(|tag| format!("{name}:{tag}")));
        stuck += usize::from(preview.warnings.iter().any(|warning| warning.contains("is stuck")));
        gone += removed.len();
        cases += 1;
    }
    assert_eq!((cases, stuck), (22, 4));
    assert!(gone > 30, "{gone}");
    assert_eq!(borderline, ["acme/pat:v1x0", "acme/tie:t4", "acme/tie:t5", "acme/tie:t6"]);
    assert!(
        ties.iter()
            .any(|tie| tie.contains("takes 3 of these tags of acme/tie") && tie.ends_with("t1, t2, t3, t4, t5, t6")),
        "{ties:?}"
    );
}

#[test]
fn the_preview_is_what_was_locked() {
    let mut known: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    let mut ends = BTreeMap::new();
    let mut policies: Vec<immutability::Policy> = Vec::new();
    let mut locked = Vec::new();
    for exchange in exchanges() {
        let path = exchange["path"].as_str().unwrap();
        if exchange["request"]["expiration"].is_i64() {
            ends.insert(path.rsplit('/').next().unwrap().to_owned(), exchange["request"]["expiration"].as_i64());
        } else if path.contains("/immutabilitypolicy/") && exchange["status"] != 400 {
            policies.clear();
            if let Some(pattern) = exchange["request"]["tagPattern"].as_str() {
                let mut policy = immutability::Policy::wanted(pattern, None);
                policy.tag_pattern_matches = exchange["request"]["tagPatternMatches"] == true;
                policies.push(policy);
            }
        }
        let Some(name) = path.strip_prefix("repository/").and_then(|path| path.strip_suffix("/tag/")) else { continue };
        if !name.starts_with("imm/") {
            continue;
        }
        let after = tags(&exchange);
        let before = known.insert(name.to_owned(), after.clone()).unwrap_or_else(|| {
            let unlocked = after.iter().cloned().map(|mut tag| {
                (tag.immutable, tag.end_ts) = (None, ends.get(&tag.name).copied().flatten());
                tag
            });
            unlocked.collect()
        });
        let (name, state) = (name.to_owned(), "NORMAL".to_owned());
        let mut repository = Repository { name, state, rules: Vec::new(), now: Vec::new(), tags: before };
        let mut preview = Preview::default();
        let matchers = preview.matchers(&policies);
        preview.lock(&mut repository, &matchers.iter().collect::<Vec<_>>(), false);
        let is_locked = |tags: &[Entry]| names(tags.iter().filter(|tag| tag.is_locked()));
        assert_eq!(is_locked(&repository.tags), is_locked(&after), "{policies:?}");
        locked.extend(preview.lock);
    }
    let loses: Vec<&Value> = locked.iter().filter(|entry| entry["loses_expiration"] == true).collect();
    assert_eq!(loses, [&json!({"repository": "imm/a", "tag": "v2", "loses_expiration": true})]);
    assert_eq!(locked.len(), 9, "{locked:?}");
}
