//! `docs/registry.schema.json` is what the executable understands, in the words of the modules' documentation.

use std::collections::{BTreeSet, HashMap};

use quaymaster::api::Pace;
use quaymaster::apply::input::registry::ALWAYS;
use quaymaster::apply::input::registry::PERCENT;
use quaymaster::apply::kinds::Kind;
use quaymaster::apply::schema::schema;
use serde_json::Value;

use crate::modules::table::{generated, read};

/// DOCUMENTATION of a Python file, as far as it says something about options.
fn options(file: &str) -> Value {
    let text = read(file);
    let (_, rest) = text.split_once("DOCUMENTATION = r\"\"\"").unwrap_or_else(|| panic!("{file}: no DOCUMENTATION"));
    let yaml = rest.split("\"\"\"").next().unwrap();
    let found: Value = serde_saphyr::from_str(yaml).unwrap_or_else(|error| panic!("{file}: {error}"));
    found["options"].clone()
}

/// The description of an option, by its path, as plain text.
fn description(options: &Value, path: &str) -> Option<String> {
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    let option = options.get(name)?;
    if !rest.is_empty() {
        return description(&option["suboptions"], rest);
    }
    let sentences = match &option["description"] {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        text => text.as_str()?.to_owned(),
    };
    Some(plain(&sentences))
}

/// Ansible's markup, `V(text)` and the like, as the backticks that editors understand.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('(') {
        let before = &rest[..open];
        let word = before.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let close = rest[open..].find(')').map(|close| open + close);
        match (word, close) {
            ("V" | "O" | "C" | "E" | "RV" | "I" | "B" | "M", Some(close)) => {
                plain.push_str(&before[..open - word.len()]);
                plain.push_str(&format!("`{}`", &rest[open + 1..close]));
                rest = &rest[close + 1..];
            }
            _ => {
                plain.push_str(&rest[..=open]);
                rest = &rest[open + 1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

#[test]
fn registry_schema_is_up_to_date_and_describes_every_option() {
    let shared = ["connection", "login"].map(|name| options(&format!("plugins/doc_fragments/{name}.py")));
    let names = quaymaster::modules::MODULES.iter().map(|entry| entry.document.name);
    let modules: HashMap<&str, Value> =
        names.map(|name| (name, options(&format!("plugins/modules/{name}.py")))).collect();
    let schema = schema(&|module, path| {
        let found = description(&modules[module], path);
        found.or_else(|| shared.iter().find_map(|options| description(options, path)))
    });
    let mut bare = Vec::new();
    undescribed(&schema, "", &mut bare);
    assert_eq!(bare, Vec::<String>::new(), "nothing tells what these are");
    generated("docs/registry.schema.json", &format!("{schema:#}\n"));
}

/// The properties that nothing is said about.
fn undescribed(value: &Value, path: &str, found: &mut Vec<String>) {
    let Value::Object(map) = value else { return };
    for (key, value) in map {
        let path = format!("{path}/{key}");
        let kinds = path.contains("/$defs/prune/") || path.contains("/max_removal");
        if let Some(properties) = value.as_object().filter(|_| key == "properties" && !kinds) {
            let bare = properties.iter().filter(|(_, property)| property["description"].as_str().is_none());
            found.extend(bare.map(|(name, _)| format!("{path}/{name}")));
        }
        undescribed(value, &path, found);
    }
}

/// The tables of the description, which are written by hand.
#[test]
fn registry_schema_and_description_name_the_same_defaults() {
    let text = read("docs/registry.md");
    let row = |key: &str| text.lines().find(|line| line.starts_with(&format!("| `{key}` |"))).unwrap();
    assert!(row("jobs").starts_with(&format!("| `jobs` | {} |", Pace::JOBS)), "{}", row("jobs"));
    let percent = row("max_removal_percent");
    assert!(percent.starts_with(&format!("| `max_removal_percent` | {PERCENT} |")), "{percent}");
    assert!(percent.contains(&format!("up to {ALWAYS} are always allowed")), "{percent}");
}

#[test]
fn registry_schema_says_it_without_ansible_s_markup() {
    assert_eq!(plain("A V(b) (see O(c=d)), RV(e) f(g)"), "A `b` (see `c=d`), `e` f(g)");
}

/// Whoever offers or lists what `prune` can name, does so completely.
#[test]
fn registry_schema_lists_of_kinds_are_complete_everywhere() {
    let expected: BTreeSet<&str> = Kind::pruned().map(Kind::word).collect();
    let assert_complete =
        |words: BTreeSet<&str>, place: &str| assert_eq!(words, expected, "{place}: the kinds that prune takes");

    let page = read("docs/registry.md");
    let sentence = page.split_once("\nThe kinds are ").and_then(|(_, rest)| rest.split_once(". "));
    assert_complete(sentence.unwrap().0.split('`').skip(1).step_by(2).collect(), "docs/registry.md");

    let module = options("plugins/modules/quay_registry.py");
    let sentence = module["prune"]["description"][1].as_str().unwrap();
    let words = sentence.split("C(").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0));
    assert_complete(words.collect(), "plugins/modules/quay_registry.py");

    let templates: Value = serde_saphyr::from_str(&read("aap/job_templates.yml")).unwrap();
    let surveys = templates["controller_templates"].as_array().unwrap().iter().map(|one| &one["survey_spec"]["spec"]);
    let questions = surveys.flat_map(|survey| survey.as_array().into_iter().flatten());
    let about_kinds: Vec<&Value> = questions.filter(|question| question["variable"] == "registry_prune").collect();
    assert!(!about_kinds.is_empty());
    for question in about_kinds {
        let words = question["choices"].as_array().unwrap().iter().filter_map(Value::as_str);
        assert_complete(words.collect(), "aap/job_templates.yml");
    }
}
