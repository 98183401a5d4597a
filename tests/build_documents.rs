//! The reader of the modules' documentation, which `build.rs` uses: what it makes of good files, and what it says
//! about bad ones.

use std::fs;
use std::path::{Path, PathBuf};

#[path = "../build_script/mod.rs"]
mod documentation;

const FRAGMENT: &str = r#"# A comment.
from __future__ import annotations


class ModuleDocFragment:
    """What the fragment is for."""

    DOCUMENTATION = r"""
options:
  quay_host:
    description: Where the server is.
    type: str
    default: http://127.0.0.1
  timeout:
    description: How long to wait.
    type: float
    default: 10
"""

    LOGIN = r'''
options:
  quay_token:
    description: A token.
    type: str
'''
"#;

const MODULE: &str = r#"#!/usr/bin/python
# A comment.
from __future__ import absolute_import, division, print_function
__metaclass__ = type

DOCUMENTATION = r"""
---
module: quay_thing
short_description: Manage things
version_added: "0.1.0"
author: Somebody (@somebody)
description:
  - Creates things.
  - "Quoted: because of the colon."
options:
  name:
    description: Name.
    type: str
    required: true
    aliases: [title]
  state:
    description: State.
    type: str
    choices: [present, absent]
    default: present
  enabled:
    description: Whether it is on.
    type: bool
    default: yes
  size:
    description: Size.
    type: int
    choices: [1, 2]
  parts:
    description: Parts.
    type: list
    elements: dict
    suboptions:
      kind:
        description: Kind.
        type: str
        required: true
      tags:
        description: Tags.
        type: list
        elements: str
        default: [a]
  timeout:
    description: Wins over the fragment.
    type: float
    default: 2.5
extends_documentation_fragment:
  - quaymaster.quay.connection
  - quaymaster.quay.connection.login
  - ansible.builtin.action_common_attributes
"""

EXAMPLES = r"""
- name: A task
  quaymaster.quay.quay_thing:
    title: a
    parts:
      - kind: x
- hosts: all
  module_defaults:
    group/quaymaster.quay.quay:
      quay_token: t
  tasks:
    - block:
        - quaymaster.quay.quay_thing: {name: a, parts: "{{ parts }}"}
    - ansible.builtin.debug:
        whatever: 1
"""

RETURN = r"""
uuid:
  description: Identifier.
  type: str
  returned: always
parts:
  description: Parts.
  type: list
  elements: dict
  returned: success
  contains:
    kind:
      description: Kind.
      type: str
"""
"#;

/// A collection in a directory of its own, with the sample fragment and one module.
fn collection(test: &str, module: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("build_documents").join(test);
    for (file, text) in [("plugins/doc_fragments/connection.py", FRAGMENT), ("plugins/modules/quay_thing.py", module)] {
        let path = root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

/// The problems of the sample module after replacing `from` by `to`.
fn problems(from: &str, to: &str) -> Vec<String> {
    assert!(MODULE.contains(from), "the sample has no {from:?}");
    let test: String = format!("{from}-{to}").chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    let test: String = test.chars().take(100).collect();
    match documentation::read(&collection(&test, &MODULE.replacen(from, to, 1))) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn a_good_file_becomes_a_table() {
    let read = documentation::read(&collection("good", MODULE)).unwrap_or_else(|problems| panic!("{problems:?}"));
    assert_eq!(read.documents.len(), 1);
    let document = &read.documents[0];
    let names: Vec<_> = document.options.iter().map(|option| option.name.as_str()).collect();
    assert_eq!(names, ["name", "state", "enabled", "size", "parts", "timeout", "quay_host", "quay_token"]);
    assert_eq!(document.summary, "Manage things");
    assert_eq!(document.returns, ["uuid", "parts"]);
    let source = documentation::write::rust(&read.documents);
    for expected in [
        r#"name: "name", kind: Kind::Str, elements: Kind::Raw, required: true, default: None, choices: &[], aliases: &["title"]"#,
        r#"default: Some("\"present\""), choices: &["\"present\"", "\"absent\""]"#,
        r#"name: "enabled", kind: Kind::Bool, elements: Kind::Raw, required: false, default: Some("true")"#,
        r#"choices: &["1", "2"]"#,
        r#"name: "tags", kind: Kind::List, elements: Kind::Str, required: false, default: Some("[\"a\"]")"#,
        r#"name: "timeout", kind: Kind::Float, elements: Kind::Raw, required: false, default: Some("2.5")"#,
    ] {
        assert!(source.contains(expected), "{expected}\nis not in\n{source}");
    }
}

#[test]
fn what_was_generated_from_a_file_is_not_read() {
    let generated = "\n# Generated from the documentation by a test.\nimport os\n\nos.abort()\n";
    let read = |tail: &str| documentation::read(&collection("generated", &format!("{MODULE}{tail}")));
    let documents =
        |tail| documentation::write::rust(&read(tail).unwrap_or_else(|found| panic!("{found:?}")).documents);
    assert_eq!(documents(generated), documents(""));
    assert!(read("import os\n").is_err());
}

#[test]
fn the_files_read_are_known() {
    let read = documentation::read(&collection("files", MODULE)).unwrap_or_else(|problems| panic!("{problems:?}"));
    let files = ["plugins/doc_fragments/connection.py", "plugins/modules/quay_thing.py"];
    assert_eq!(read.files, files.map(PathBuf::from));
}

#[test]
fn mistakes_are_named_with_their_line() {
    for (from, to, expected) in [
        ("module: quay_thing", "module: quay_thin", "8: module must be quay_thing, like the file"),
        ("short_description: Manage things\n", "", "8: DOCUMENTATION has no short_description"),
        (
            "version_added: \"0.1.0\"",
            "version_added: 0.1",
            "10: DOCUMENTATION: version_added must be text such as 0.1.0",
        ),
        ("author: Somebody (@somebody)\n", "", "8: DOCUMENTATION has no author"),
        ("author: Somebody", "autor: Somebody", "8: DOCUMENTATION has no author"),
        ("author: Somebody (@somebody)", "author: x\nauthr: y", "12: DOCUMENTATION: unknown key authr"),
        (
            "  - Creates things.",
            "  - Creates things: many.",
            "13: DOCUMENTATION: description must be text or a list of texts (quote a text that contains \": \")",
        ),
        ("    description: Name.\n", "", "16: option name has no description"),
        ("    description: Name.\n    type: str\n", "    description: Name.\n", "16: option name has no type"),
        (
            "    type: int",
            "    type: integer",
            "32: option size: type must be one of str, bool, int, float, list, dict, path, raw",
        ),
        ("    required: true", "    required: maybe", "19: option name: required must be true or false"),
        (
            "    required: true",
            "    required: true\n    default: a",
            "20: option name cannot be required and have a default",
        ),
        ("default: present", "default: gone", "25: option state: default \"gone\" is none of the choices"),
        ("default: yes", "default: 1", "29: option enabled: default 1 is not of the type of the option"),
        ("choices: [1, 2]", "choices: [1, b]", "33: option size: choice \"b\" is not of the type of the option"),
        ("choices: [1, 2]", "choices: [1, 1]", "33: option size: choice 1 stands here a second time"),
        ("choices: [1, 2]", "choces: [1, 2]", "33: option size: unknown key choces"),
        ("    elements: dict\n", "", "34: option parts is a list without elements"),
        ("    type: bool", "    type: bool\n    elements: str", "29: option enabled: only a list has elements"),
        ("aliases: [title]", "aliases: title", "20: option name: aliases must be a list of names"),
        ("aliases: [title]", "aliases: [quay_host]", "8: quay_host names two options, name and quay_host"),
        (
            "aliases: [title]",
            "aliases: [title, x]\n  x: {description: X., type: str}",
            "21: x is already the name or an alias of another option",
        ),
        ("  size:", "  Size:", "30: option Size: the name must consist of lower-case letters, digits and underscores"),
        (
            "connection.login",
            "connection.logout",
            "54: there is no documentation fragment quaymaster.quay.connection.logout",
        ),
        ("    title: a\n", "    titel: a\n    name: b\n", "61: quay_thing has no option titel"),
        ("      - kind: x", "      - kid: x", "63: quay_thing.parts has no option kid"),
        ("    title: a\n", "", "61: quay_thing is used without its required option name"),
        ("quay_token: t", "token: t", "67: quay_thing has no option token"),
        (
            "quaymaster.quay.quay_thing: {",
            "quaymaster.quay.quay_thin: {",
            "70: there is no module quaymaster.quay.quay_thin",
        ),
        (
            "EXAMPLES = r\"\"\"\n",
            "EXAMPLES = r\"\"\"\nx: 1\n\"\"\"\nX = r\"\"\"\n",
            "59: EXAMPLES must be a list of tasks or plays, not a mapping",
        ),
        ("  description: Identifier.\n", "", "76: returned value uuid has no description"),
        ("  returned: always\n", "", "76: returned value uuid does not say when it is returned"),
        (
            "  type: str\n  returned",
            "  type: string\n  returned",
            "78: returned value uuid: type must be one of bool, complex, dict, float, int, list, path, raw, str",
        ),
        (
            "      description: Kind.\n      type: str\n",
            "      description: Kind.\n",
            "86: returned value parts.kind has no type",
        ),
        ("EXAMPLES = ", "EXAMPLE = ", "58: only DOCUMENTATION, EXAMPLES and RETURN may stand here, not EXAMPLE"),
        ("RETURN = r\"\"\"", "RETURN = \"\"\"\\", "75: RETURN holds a backslash: write it as r\"\"\"...\"\"\""),
        (
            "__metaclass__ = type",
            "import os",
            "4: only comments and constants such as DOCUMENTATION = r\"\"\"...\"\"\" may stand here",
        ),
    ] {
        let problems = problems(from, to);
        let expected = format!("plugins/modules/quay_thing.py:{expected}");
        assert!(problems.contains(&expected), "{expected}\nis not in\n{problems:#?}");
    }
}

#[test]
fn broken_yaml_is_named_with_its_line() {
    for (from, to, expected) in [
        ("    type: int", "    type: int\n    type: int", "33: DOCUMENTATION is not YAML: duplicate mapping key: type"),
        // Only the line after an open bracket shows that it is not closed.
        ("aliases: [title]", "aliases: [title", "21: DOCUMENTATION is not YAML: "),
        ("  type: str\n  returned", " type: str\n  returned", "78: RETURN is not YAML: "),
    ] {
        let problems = problems(from, to);
        let expected = format!("plugins/modules/quay_thing.py:{expected}");
        assert!(problems.iter().any(|problem| problem.starts_with(&expected)), "{expected}\n{problems:#?}");
    }
}

#[test]
fn all_problems_come_at_once() {
    let broken = MODULE.replace("type: bool", "type: boolean").replace("    title: a\n", "    nme: a\n");
    let root = collection("all", &broken);
    fs::write(root.join("plugins/modules/quay_other.py"), "DOCUMENTATION = r'''").unwrap();
    let found = documentation::read(&root).err().unwrap_or_default();
    let found: Vec<String> = found.iter().map(|problem| format!("{}:{}", problem.file, problem.line)).collect();
    assert_eq!(
        found,
        [
            "plugins/modules/quay_other.py:1",
            "plugins/modules/quay_other.py:1",
            "plugins/modules/quay_other.py:1",
            "plugins/modules/quay_other.py:2",
            "plugins/modules/quay_thing.py:28",
            "plugins/modules/quay_thing.py:61",
            "plugins/modules/quay_thing.py:61",
        ]
    );
}
