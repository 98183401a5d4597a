use serde_json::{Value, json};

use super::write;
use crate::apply::input::yaml::Node;
use crate::apply::input::yaml::parse::parse;

#[track_caller]
fn comes_back(value: &Value) {
    let text = write(value);
    let read = parse("it", &text).map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>());
    match read {
        Ok(documents) => {
            let values: Vec<Value> = documents.iter().map(Node::to_value).collect();
            assert_eq!(values, std::slice::from_ref(value), "{text}");
        }
        Err(problems) => panic!("{problems:?}\n{text}"),
    }
    assert!(!text.lines().any(|line| line.ends_with(' ')), "trailing space\n{text}");
    assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "bad end\n{text}");
}

const NASTY: &[&str] = &[
    "",
    " ",
    "  two",
    "trailing ",
    "\t",
    "\ttab",
    "a\tb",
    "yes",
    "No",
    "ON",
    "y",
    "null",
    "~",
    "True",
    "0x1",
    "0b1",
    "0o7",
    "007",
    "1e3",
    "1E-3",
    "1_000",
    "12:30:45",
    "2026-01-01",
    "2026-01-01T10:00:00Z",
    "2026-1-1 x",
    ".inf",
    ".nan",
    "-1",
    "+1",
    "1.",
    ".5",
    "-",
    "--",
    "---",
    "--- a",
    "...",
    "- a",
    "a: b",
    "a:",
    ":a",
    ": ",
    " #",
    "a #b",
    "#a",
    "a#b",
    "<<",
    "=",
    "!a",
    "&a",
    "*a",
    "@a",
    "`a",
    "%a",
    "|",
    ">",
    "[",
    "]",
    "{",
    "}",
    "[a]",
    "{a: b}",
    ",",
    "?",
    "? a",
    "a, b",
    "'",
    "\"",
    "it's",
    "say \"x\"",
    "\\",
    "a\\nb",
    "\n",
    "\n\n",
    "a\n",
    "a\nb",
    "a\nb\n",
    "a\nb\n\n",
    "\na\nb",
    " a\nb",
    "a\n b",
    "a \nb",
    "a\n\nb\n",
    "a\n\tb",
    "a\r\nb",
    "a\n \nb",
    "a\n# b\n",
    "a\n---\nb",
    "\u{0}",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{feff}",
    "\u{feff}a",
    "\u{fffe}",
    "\u{202e}rtl",
    "é",
    "Straße",
    "日本語",
    "🚢",
    "a🚢\nb",
    "e\u{301}",
    "\u{301}",
    "\u{10ffff}",
    "😀 x: y",
    "{{ var }}",
    "a{{ var }}",
    "acme+ci",
    "https://x.example/a?b=c&d#e",
    "10%",
    "18446744073709551616",
    "1.2.3",
    "3w",
    "30d",
    "1e999",
    "0xzz",
    "a:b",
    "a :b",
    "12e",
    "NaN",
    "undefined",
];

#[test]
fn every_text_comes_back_wherever_it_stands() {
    for text in NASTY {
        for value in [
            json!(text),
            json!([text]),
            json!([[text], text]),
            json!({"a": text, "b": [text], "c": {"d": text, "e": 1}}),
            json!({*text: 1, "other": {*text: [text]}}),
            json!([{*text: text, "x": text}, {"y": {"z": text}}]),
        ] {
            comes_back(&value);
        }
    }
}

#[test]
fn every_value_comes_back() {
    for value in [
        json!(null),
        json!(true),
        json!(0),
        json!(-5),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1.0),
        json!(-0.5),
        json!(1e300),
        json!(1.5e-7),
        json!(f64::MIN_POSITIVE),
        json!([]),
        json!({}),
        json!([[], {}, [[]], [{}], {"a": []}]),
        json!({"a": {}, "b": [], "c": {"d": {}}, "e": [[1, 2], [3]], "f": null}),
        json!({"a".repeat(2000): {"b".repeat(600): ["c".repeat(3000)]}, "\u{1}".repeat(400): 1}),
    ] {
        comes_back(&value);
    }
}

/// Any text of the characters that mean something in YAML.
#[test]
fn texts_made_by_chance_come_back() {
    let characters: Vec<char> =
        "  \n\n\t:#-?,[]{}&*!|>'\"%@`\\=<~_.+/0123456789eExXobyYnNulraTZ\r\u{e9}\u{85}\u{feff}\u{1f6a2}"
            .chars()
            .collect();
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..20_000 {
        let length = random.usize(0..9);
        let text: String = (0..length).map(|_| characters[random.usize(0..characters.len())]).collect();
        comes_back(&json!({"a": [text], &text: {"b": text}}));
    }
}

#[test]
fn people_like_to_read_it() {
    let value = json!({"organizations": [{
        "name": "acme",
        "email": "acme@example.com",
        "time_machine_expiration": "2w",
        "teams": [],
        "robots": [{"name": "ci", "description": "Pushes what the pipeline builds: all of it"}],
        "repositories": [{
            "name": "app",
            "description": "# App\n\nDoes things.\n",
            "permissions": [{"name": "acme+ci", "role": "write"}, {"name": "on", "role": "read"}],
            "prune_policies": [{"method": "by_age", "value": "30d", "tag_pattern": "*"}],
            "config": {},
            "star": true,
            "limit": 10,
            "tag": "1.10",
            "nested": [[1, 2], ["a"]],
        }],
    }]});
    let expected = r#"---
organizations:
  - name: acme
    email: acme@example.com
    time_machine_expiration: 2w
    teams: []
    robots:
      - name: ci
        description: "Pushes what the pipeline builds: all of it"
    repositories:
      - name: app
        description: |
          # App

          Does things.
        permissions:
          - name: acme+ci
            role: write
          - name: "on"
            role: read
        prune_policies:
          - method: by_age
            value: 30d
            tag_pattern: "*"
        config: {}
        star: true
        limit: 10
        tag: "1.10"
        nested:
          - - 1
            - 2
          - - a
"#;
    assert_eq!(write(&value), expected);
}
