//! Over generated histories of moves, deletions, expiries and locks: a restored repository is what it was, and a second run changes
//! nothing. What it was is told by the events themselves, not by the entries that the server lists.

use std::collections::BTreeMap;

use quay_emulator::Image;
use quay_emulator::state::Tag;
use serde_json::json;

use super::{MODULE, entry, live, now};
use crate::modules::images;
use crate::support::Registry;

const CASES: u64 = 40;
const EVENTS: usize = 60;
/// Few seconds, so that many events share one.
const SECONDS: i64 = 40;

/// What happened to a tag, in order.
struct Event {
    at: i64,
    tag: String,
    /// The image that it got; it ended (deleted or expired) when there is none.
    image: Option<String>,
}

struct History {
    events: Vec<Event>,
    begin: i64,
}

impl History {
    fn of(random: &mut fastrand::Rng, digests: &[String]) -> History {
        let begin = now() - 3600 * random.i64(1..200);
        let signature = |digest: &String| format!("{}.sig", digest.replace(':', "-"));
        let names: Vec<String> = ["a", "b", "latest", "v1", "v2"].map(str::to_owned).into_iter().collect();
        let names: Vec<String> = names.into_iter().chain(digests.iter().take(2).map(signature)).collect();
        let mut times: Vec<i64> = (0..EVENTS).map(|_| begin + random.i64(0..SECONDS)).collect();
        times.sort_unstable();
        let event = |at| {
            let tag = names[random.usize(..names.len())].clone();
            let image = random.u8(..4) > 0;
            Event { at, tag, image: image.then(|| digests[random.usize(..digests.len())].clone()) }
        };
        History { events: times.into_iter().map(event).collect(), begin }
    }

    /// What the tags pointed to at the end of a second.
    fn at(&self, moment: i64) -> BTreeMap<String, String> {
        let mut tags = BTreeMap::new();
        for event in self.events.iter().filter(|event| event.at <= moment) {
            match &event.image {
                Some(image) => drop(tags.insert(event.tag.clone(), image.clone())),
                None => drop(tags.remove(&event.tag)),
            }
        }
        tags
    }

    /// The same as periods, as a server keeps it.
    fn entries(&self) -> Vec<Tag> {
        let mut entries: Vec<Tag> = Vec::new();
        for (number, event) in self.events.iter().enumerate() {
            let at = event.at * 1_000_000 + i64::try_from(number).unwrap();
            let open = entries.iter_mut().rev().find(|entry| entry.name == event.tag && entry.end.is_none());
            if let Some(open) = open {
                open.end = Some(at);
            }
            entries.extend(event.image.iter().map(|image| entry(&event.tag, image.clone(), at, None)));
        }
        entries
    }
}

/// Some live tags get an end that is still to come, some a lock.
fn burden(random: &mut fastrand::Rng, entries: &mut [Tag], locks: bool) {
    for entry in entries.iter_mut().filter(|entry| entry.end.is_none()) {
        match random.u8(..6) {
            0 => entry.end = Some((now() + 86_400) * 1_000_000),
            1 if locks => entry.immutable = true,
            _ => {}
        }
    }
}

fn case(registry: &Registry, digests: &[String], seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let history = History::of(&mut random, digests);
    let mut entries = history.entries();
    burden(&mut random, &mut entries, seed.is_multiple_of(4));
    let locked: Vec<String> = entries.iter().filter(|entry| entry.immutable).map(|entry| entry.name.clone()).collect();
    registry.emulator.with_state(|state| state.repository_mut("acme", "app").unwrap().tags = entries);
    let moment = history.begin + random.i64(0..SECONDS);
    let (then, before) = (history.at(moment), live(registry, "acme/app"));
    let remove_newer = random.bool();
    let at = jiff::Timestamp::from_second(moment).unwrap().to_string();
    let options = json!({"repository": "acme/app", "at": at, "remove_newer": remove_newer, "max_removals": 100});

    let in_the_way: Vec<&String> = locked
        .iter()
        .filter(|name| match then.get(*name) {
            Some(image) => before.get(*name) != Some(image),
            None => remove_newer,
        })
        .collect();
    if !in_the_way.is_empty() {
        let message = registry.refused_everywhere(MODULE, options.clone());
        assert!(in_the_way.iter().all(|name| message.contains(&format!("acme/app:{name}"))), "{message}");
        assert_eq!(live(registry, "acme/app"), before);
        registry.emulator.with_state(|state| {
            state.repository_mut("acme", "app").unwrap().tags.iter_mut().for_each(|tag| tag.immutable = false);
        });
    }
    let check = registry.check(MODULE, options.clone());
    let run = registry.ok(MODULE, options.clone());
    assert_eq!(check.result["diff"], run.result["diff"]);
    let after = live(registry, "acme/app");
    for (name, image) in &then {
        assert_eq!(after.get(name), Some(image), "{name}");
    }
    for name in after.keys().filter(|name| !then.contains_key(*name)) {
        assert!(!remove_newer, "{name} was not there");
        assert_eq!(after.get(name), before.get(name), "{name}");
    }
    if !remove_newer {
        // The signatures of an image go with its last tag.
        let lost = before.keys().filter(|name| !after.contains_key(*name) && !name.ends_with(".sig"));
        assert_eq!(lost.count(), 0);
    }
    let again = registry.ok(MODULE, options);
    assert!(!again.changed() && again.writes().is_empty(), "{}", again.result);
}

#[test]
fn a_restored_repository_is_what_it_was() {
    let registry = images::registry();
    let digests: Vec<String> = (0..4)
        .map(|number| registry.emulator.push("acme/app", "any", &Image::new(&format!("image {number}"))))
        .collect();
    let one = std::env::var("QUAYMASTER_SEED").ok().and_then(|seed| seed.parse().ok());
    for seed in one.map_or(0..CASES, |seed: u64| seed..seed + 1) {
        let tried = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| case(&registry, &digests, seed)));
        if let Err(panic) = tried {
            eprintln!("the failing case: QUAYMASTER_SEED={seed}");
            std::panic::resume_unwind(panic);
        }
    }
}
