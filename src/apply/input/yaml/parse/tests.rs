use serde_json::{Value, json};

use super::parse;
use crate::apply::input::yaml::{Content, Node};

#[track_caller]
fn read(text: &str) -> Value {
    match parse("f", text) {
        Ok(documents) => documents.iter().map(Node::to_value).collect(),
        Err(problems) => panic!("{:?}", problems.iter().map(ToString::to_string).collect::<Vec<_>>()),
    }
}

#[track_caller]
fn problems(text: &str) -> Vec<String> {
    let Err(problems) = parse("f", text) else { panic!("no problem in {text}") };
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn unquoted_text_means_what_yaml_1_2_says_and_quoted_text_is_text() {
    assert_eq!(
        read("a: yes\nb: true\nc: 12\nd: ~\ne:\nf: 1.5\ng: 2026-01-01\nh: no\n"),
        json!([{"a": "yes", "b": true, "c": 12, "d": null, "e": null, "f": 1.5, "g": "2026-01-01", "h": "no"}])
    );
    assert_eq!(
        read("a: '1'\nb: \"true\"\nc: |\n  12\nd: >-\n  one\n  two\ne: \"\\x41\\u00e9\"\n"),
        json!([{"a": "1", "b": "true", "c": "12\n", "d": "one two", "e": "Aé"}])
    );
    assert_eq!(
        read("[!!str 1, ! 2, !!int \"3\", !!float 4, !!null '', !!bool true, !!str ]"),
        json!([["1", "2", 3, 4, null, true, ""]])
    );
    assert_eq!(read("a: !!map {b: !!seq [1]}"), json!([{"a": {"b": [1]}}]));
}

#[test]
fn every_document_is_a_node() {
    assert_eq!(read(""), json!([]));
    assert_eq!(read("# nothing\n"), json!([]));
    assert_eq!(read("---\na: 1\n---\n- 2\n...\n"), json!([{"a": 1}, [2]]));
    assert_eq!(read("\u{feff}a: 1"), json!([{"a": 1}]));
    assert_eq!(read("a: 1\r\nb: 2\r\n"), json!([{"a": 1, "b": 2}]));
}

#[test]
fn every_value_and_key_knows_where_it_stands() {
    let documents = parse("x.yml", "\u{feff}é: 1\nlist:\n  - {k: v}\n  - \"q\"\n").ok().unwrap();
    let place = |node: &Node| node.place.to_string();
    assert_eq!(place(&documents[0]), "x.yml:1:1");
    let list = documents[0].get("list").unwrap();
    assert_eq!(place(list), "x.yml:3:3");
    let Content::List(items) = &list.content else { panic!() };
    assert_eq!(place(&items[0]), "x.yml:3:5");
    assert_eq!(place(items[0].get("k").unwrap()), "x.yml:3:9");
    assert_eq!(place(&items[1]), "x.yml:4:5");
    let Content::Map(map) = &documents[0].content else { panic!() };
    assert_eq!(map[0].0.place.to_string(), "x.yml:1:1");
    assert_eq!(place(&map[0].1), "x.yml:1:4");
    assert_eq!(map[1].0.place.to_string(), "x.yml:2:1");
}

#[test]
fn keys_are_texts_as_they_are_written() {
    assert_eq!(
        read("1: a\ntrue: b\n0x10: c\n1.10: d\n!!str ~: e\n"),
        json!([{"1": "a", "true": "b", "0x10": "c", "1.10": "d", "~": "e"}])
    );
}

#[test]
fn aliases_and_merge_keys_are_resolved() {
    assert_eq!(read("a: &x [1, {b: 2}]\nc: *x\n"), json!([{"a": [1, {"b": 2}], "c": [1, {"b": 2}]}]));
    assert_eq!(
        read("base: &b {x: 1, y: 2}\nmore: &m {y: 3, z: 4}\none:\n  <<: *b\n  x: 9\ntwo:\n  <<: [*m, *b]\n")[0]["one"],
        json!({"x": 9, "y": 2})
    );
    assert_eq!(read("- &b {x: 1, y: 2}\n- &m {y: 3}\n- <<: [*m, *b]\n- '<<': 1\n")[0][2], json!({"y": 3, "x": 1}));
    assert_eq!(read("{'<<': 1}"), json!([{"<<": 1}]));
    assert_eq!(read("- &k name\n- {*k : v}\n"), json!([["name", {"name": "v"}]]));
    assert_eq!(read("&a a: &a b\nc: *a"), json!([{"a": "b", "c": "b"}]));
}

#[test]
fn a_doubled_key_is_told_with_the_first_line() {
    assert_eq!(problems("a: 1\nb: 2\na: 3\n"), ["f:3:1: this key is there already, in line 1"]);
    assert_eq!(problems("- x: {a: 1, 'a': 2}\n"), ["f:1:13: this key is there already, in line 1"]);
    assert_eq!(problems("a: &x {c: 1}\nb:\n  <<: *x\n  <<: *x\n"), ["f:4:3: this key is there already, in line 3"]);
}

#[test]
fn mistakes_are_collected_up_to_the_first_one_of_syntax() {
    let found =
        problems("a: !vault |\n  $ANSIBLE_VAULT;1.1\n  6162\nb: !thing 1\nc: 1\nc: 2\nd: !!int x\n? [e]\n: 1\nf: [1\n");
    let expected = [
        "f:1:4: the value is encrypted by ansible-vault: let Ansible read it, or use {env: NAME} or {file: PATH}",
        "f:4:4: this tag means nothing here; a text that begins with an exclamation mark needs quotes",
        "f:6:1: this key is there already, in line 5",
        "f:7:4: the value is not of the type that its tag names",
        "f:8:3: a key has to be a text, and this is a list or a mapping; a text that begins with a bracket needs quotes",
    ];
    assert_eq!(found[..5], expected);
    assert_eq!(found.len(), 6, "{found:?}");
}

#[test]
fn a_mistake_is_told_in_terms_of_its_cause() {
    for (text, place, cause) in [
        ("a: b: c\n", "f:1:5", "a text with a colon in it needs quotes"),
        ("a: @b\n", "f:1:4", "a text that does needs quotes"),
        ("a: *b\n", "f:1:4", "begins with an asterisk needs quotes"),
        ("a: {{ b }}\n", "f:1:5", "begins with a bracket needs quotes"),
        ("a: \"b\n", "f:2:1", "a quotation mark is missing"),
        ("a: [b\n", "f:1:4", "this is not YAML: "),
        ("a:\n\t- b\n", "f:2:2", "this is not YAML: tab"),
        ("a: &x [*x]\n", "f:1:8", "inside the value that it names"),
        (": b\n", "f:1:1", "a key is missing"),
        ("<<: 1\n", "f:1:5", "takes a mapping"),
        ("a: !!map [1]\n", "f:1:4", "not of the type"),
        ("a: !!seq 1\n", "f:1:4", "not of the type"),
        ("a: !!timestamp 2026-01-01\n", "f:1:4", "this tag means nothing here"),
    ] {
        let found = problems(text);
        assert!(found[0].starts_with(&format!("{place}: ")) && found[0].contains(cause), "{text}{found:?}");
    }
}

/// What looks like a mistake may be a password without quotes.
#[test]
fn no_complaint_repeats_a_text() {
    for text in [
        "p: hunter2: x",
        "p: !hunter2",
        "p: *hunter2",
        "p: @hunter2",
        "p: `hunter2",
        "p: %hunter2",
        "p: {hunter2",
        "p: 'hunter2",
        "p: \"hunter2\\q\"",
        "p: [hunter2",
        "p: !!int hunter2",
        "hunter2: 1\nhunter2: 2",
        "p: |hunter2",
        "p: !<hunter2",
        "%hunter2 x\n",
        "? [hunter2]\n: 1",
        "p: ]hunter2",
        "p: hunter2\n q: 1",
        "p: !vault hunter2",
        "<<: hunter2",
        "p: &hunter2 [*hunter2]",
    ] {
        for problem in problems(text) {
            assert!(!problem.contains("hunter"), "{problem}");
        }
    }
}

#[test]
fn a_file_that_multiplies_itself_is_refused() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let alias = format!("*a{}", level - 1);
        text.push_str(&format!("a{level}: &a{level} [{}]\n", [alias.as_str(); 10].join(", ")));
    }
    assert_eq!(problems(&text).len(), 1);
    assert!(problems(&text)[0].contains("aliases"), "{:?}", problems(&text));
    // Anchors within anchors, which no alias ever names.
    let open: String = (0..90).map(|level| format!("&a{level} [")).collect();
    let nested = format!("{open}{}{}", ["x"; 20_000].join(", "), "]".repeat(90));
    assert!(problems(&nested)[0].contains("anchors and aliases"), "{:?}", problems(&nested));
    // Ten thousand copies of a small mapping are a real file.
    let many = format!("a: &a {{x: 1, y: [1, 2]}}\nb: [{}]\n", ["*a"; 10_000].join(", "));
    assert!(parse("f", &many).is_ok());
}

#[test]
fn a_file_too_deep_is_refused() {
    for text in ["[".repeat(300), "- ".repeat(300), format!("{}{}", "[".repeat(150), "]".repeat(150))] {
        assert!(problems(&text)[0].contains("levels"), "{:?}", problems(&text));
    }
    let mut text = String::from("a0: &a0 1\n");
    for level in 1..200 {
        text.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    assert!(problems(&text)[0].contains("aliases"), "{:?}", problems(&text));
}
