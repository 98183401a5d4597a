//! The argument specifications in `plugins/modules/*.py`, from which ansible-lint and `ansible-test sanity` learn types, choices,
//! aliases and rules. They are generated from what also checks a call: the documentation, and `RULES` beside the code.

use quaymaster::modules::connection;
use quaymaster::modules::contract::{Argument, Kind, RequiredIf, Rules};
use quaymaster::modules::{Entry, MODULES};
use serde_json::Value;

use super::{generated, read};

/// The first line of what is generated; `build_script/python.rs` reads up to it.
const BEGIN: &str = "# Generated from the documentation and the rules of the module by `make snapshots`: for ansible-lint and ansible-test.\n";
const SHARED: &str = "plugins/module_utils/arguments.py";
/// Longer lines are broken up.
const WIDTH: usize = 120;

/// Python source of a value.
enum Source {
    Atom(String),
    Group(String, Vec<(String, Source)>, &'static str),
}

use Source::{Atom, Group};

impl Source {
    fn call(name: &str, parts: Vec<(String, Source)>) -> Source {
        Group(format!("{name}("), parts, ")")
    }

    fn list(items: impl IntoIterator<Item = Source>) -> Source {
        Group("[".into(), items.into_iter().map(|item| (String::new(), item)).collect(), "]")
    }

    fn texts(texts: &[&str]) -> Source {
        Source::list(texts.iter().map(|text| literal(&Value::from(*text))))
    }

    fn flat(&self) -> String {
        match self {
            Atom(text) => text.clone(),
            Group(open, parts, close) => {
                let parts: Vec<String> = parts.iter().map(|(name, part)| format!("{name}{}", part.flat())).collect();
                format!("{open}{}{close}", parts.join(", "))
            }
        }
    }

    /// The source where `taken` columns of its line are used already, in a block that is indented by `indent`.
    fn lines(&self, indent: usize, taken: usize) -> String {
        let flat = self.flat();
        let Group(open, parts, close) = self else {
            return flat;
        };
        if taken + flat.len() < WIDTH {
            return flat;
        }
        let (inner, mut text) = (indent + 4, format!("{open}\n"));
        for (name, part) in parts {
            let lines = part.lines(inner, inner + name.len());
            text.push_str(&format!("{:inner$}{name}{lines},\n", ""));
        }
        text + &format!("{:indent$}{close}", "")
    }
}

fn literal(value: &Value) -> Source {
    match value {
        Value::Null => Atom("None".into()),
        Value::Bool(value) => Atom(if *value { "True" } else { "False" }.into()),
        Value::Array(list) => Source::list(list.iter().map(literal)),
        Value::Object(map) => {
            Group("{".into(), map.iter().map(|(key, value)| (format!("{key:?}: "), literal(value))).collect(), "}")
        }
        other => Atom(other.to_string()),
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Whether `ansible-test` takes an option for a secret because of its name, unless the specification says otherwise.
fn sounds_secret(name: &str) -> bool {
    ["pass", "secret", "token", "key"].iter().any(|word| name.contains(word))
}

fn options(arguments: &[&Argument], prefix: &str, rules: &[&Rules]) -> Vec<(String, Source)> {
    arguments.iter().map(|argument| (format!("{}=", argument.name), option(argument, prefix, rules))).collect()
}

fn option(argument: &Argument, prefix: &str, rules: &[&Rules]) -> Source {
    let path = format!("{prefix}{}", argument.name);
    let kind = |kind: Kind| Atom(format!("\"{}\"", format!("{kind:?}").to_lowercase()));
    let mut parts = vec![("type".to_owned(), kind(argument.kind))];
    let mut add = |name: &str, source| parts.push((name.to_owned(), source));
    if argument.kind == Kind::List {
        add("elements", kind(argument.elements));
    }
    if argument.required {
        add("required", Atom("True".into()));
    }
    if let Some(default) = argument.default {
        add("default", literal(&json(default)));
    }
    if !argument.choices.is_empty() {
        add("choices", Source::list(argument.choices.iter().map(|choice| literal(&json(choice)))));
    }
    if !argument.aliases.is_empty() {
        add("aliases", Source::texts(argument.aliases));
    }
    let secret = rules.iter().any(|rules| rules.secrets.contains(&path.as_str()));
    if secret || (sounds_secret(argument.name) && argument.kind != Kind::Bool) {
        add("no_log", literal(&Value::Bool(secret)));
    }
    for (_, variables) in rules.iter().flat_map(|rules| rules.environment).filter(|(option, _)| *option == path) {
        add("fallback", Atom(format!("(env_fallback, {})", Source::texts(variables).flat())));
    }
    if !argument.suboptions.is_empty() {
        let inside: Vec<&Argument> = argument.suboptions.iter().collect();
        add("options", Source::call("dict", options(&inside, &format!("{path}."), rules)));
        for (_, within) in rules.iter().flat_map(|rules| rules.within).filter(|(option, _)| *option == path) {
            between(&[within], argument.suboptions).into_iter().for_each(|(name, source)| add(name, source));
        }
    }
    Source::call("dict", parts.into_iter().map(|(name, source)| (format!("{name}="), source)).collect())
}

/// The rules between options of one level.
fn between(rules: &[&Rules], arguments: &[Argument]) -> Vec<(&'static str, Source)> {
    let sets = |of: fn(&Rules) -> &'static [&'static [&'static str]]| {
        Source::list(rules.iter().flat_map(|rules| of(rules)).map(|set| Source::texts(set)))
    };
    let needed = |(option, then): &(&str, &[&str])| (format!("{option:?}: "), Source::texts(then));
    let conditions = rules.iter().flat_map(|rules| rules.required_if).map(|rule| condition(rule, arguments));
    let all = [
        ("mutually_exclusive", sets(|rules| rules.mutually_exclusive)),
        ("required_together", sets(|rules| rules.required_together)),
        ("required_one_of", sets(|rules| rules.required_one_of)),
        ("required_if", Source::list(conditions)),
        ("required_by", Group("{".into(), rules.iter().flat_map(|rules| rules.required_by).map(needed).collect(), "}")),
    ];
    all.into_iter().filter(|(_, source)| !matches!(source, Group(_, parts, _) if parts.is_empty())).collect()
}

fn condition(rule: &RequiredIf, arguments: &[Argument]) -> Source {
    let kind = arguments.iter().find(|argument| argument.name == rule.option).map(|argument| argument.kind);
    let value = if kind == Some(Kind::Str) { Value::from(rule.value) } else { json(rule.value) };
    let any = rule.any.then(|| literal(&Value::Bool(true)));
    let parts = [literal(&Value::from(rule.option)), literal(&value), Source::texts(rule.then)].into_iter().chain(any);
    Group("(".into(), parts.map(|part| (String::new(), part)).collect(), ")")
}

/// The options of `SHARED`: where the server is, and the same with who signs in.
fn common() -> [(&'static str, Vec<&'static Argument>); 2] {
    let all: Vec<&Argument> = connection::arguments().collect();
    let server = all.iter().copied().filter(|argument| !connection::is_login(argument.name)).collect();
    [("LOGIN", all), ("CONNECTION", server)]
}

/// The largest of them that the module has as it stands there, and the rest of its options.
fn split(entry: &Entry) -> (&'static str, Vec<&'static Argument>) {
    let has =
        |argument: &&Argument| entry.document.options.iter().any(|own| format!("{own:?}") == format!("{argument:?}"));
    let found = common().into_iter().find(|(_, arguments)| arguments.iter().all(&has));
    let (name, shared) = found.unwrap_or_else(|| panic!("{}: not the options of the connection", entry.document.name));
    let is_shared = |argument: &&Argument| shared.iter().any(|shared| shared.name == argument.name);
    (name, entry.document.options.iter().filter(|argument| !is_shared(argument)).collect())
}

/// What stands in the file of a module below its documentation.
fn block(entry: &Entry) -> String {
    let rules = [entry.rules, connection::rules(entry.rules.login)];
    let (name, own) = split(entry);
    let own = options(&own, "", &rules);
    let spec = if own.is_empty() {
        Atom(name.into())
    } else {
        Source::call("dict", std::iter::once((String::new(), Atom(name.into()))).chain(own).collect())
    };
    let mut parts = vec![("argument_spec=".to_owned(), spec)];
    let between = between(&rules, entry.document.options);
    parts.extend(between.into_iter().map(|(name, source)| (format!("{name}="), source)));
    parts.push(("supports_check_mode=".into(), Atom("True".into())));
    let call = Source::call("AnsibleModule", parts).lines(4, 13);
    let fallback = if call.contains("env_fallback") { ", env_fallback" } else { "" };
    format!(
        "{BEGIN}from ansible.module_utils.basic import AnsibleModule{fallback}\n\
         from ansible_collections.quaymaster.quay.plugins.module_utils.arguments import {name}, NOT_HERE\n\n\n\
         def main():\n    module = {call}\n    module.fail_json(msg=NOT_HERE)\n\n\n\
         if __name__ == \"__main__\":\n    main()\n"
    )
}

#[test]
fn every_module_has_an_argument_specification() {
    for entry in MODULES {
        let path = format!("plugins/modules/{}.py", entry.document.name);
        let text = read(&path);
        let documentation = text.split(BEGIN).next().unwrap_or_default().trim_end();
        generated(&path, &format!("{documentation}\n\n{}", block(entry)));
    }
}

#[test]
fn what_all_modules_share_is_specified_once() {
    let [(login, all), (connection, server)] = common();
    let of = |arguments: &[&Argument], first: Option<&str>| {
        let first = first.map(|name| (String::new(), Atom(name.into())));
        let own = options(arguments, "", &[&connection::RULES]);
        Source::call("dict", first.into_iter().chain(own).collect())
    };
    let signing_in: Vec<&Argument> = all.into_iter().filter(|argument| connection::is_login(argument.name)).collect();
    let (server, signing_in) = (of(&server, None).lines(0, WIDTH), of(&signing_in, Some(connection)).lines(0, WIDTH));
    generated(
        SHARED,
        &format!(
            "# Copyright: (c) 2026, Quaymaster contributors\n# GNU General Public License v3.0+ (see LICENSE or \
             https://www.gnu.org/licenses/gpl-3.0.txt)\n{BEGIN}\nfrom __future__ import annotations\n\nfrom \
             ansible.module_utils.basic import env_fallback\n\nNOT_HERE = (\n    \"This file only documents the module, \
             whose code is the executable of the collection quaymaster.quay:\"\n    \" call it by its full name in a play, \
             where the action plugin starts that.\"\n)\n\n{connection} = {server}\n\n{login} = {signing_in}\n"
        ),
    );
}
