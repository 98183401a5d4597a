//! Expected values and messages were taken from ansible-core 2.19, except where a comment says otherwise.

use serde_json::{Map, Value, json};

use super::*;
use crate::modules::contract::{Argument, Deprecated, Kind, Login, RequiredIf};

const OPTION: Argument = Argument {
    name: "",
    kind: Kind::Str,
    elements: Kind::Raw,
    required: false,
    default: None,
    choices: &[],
    aliases: &[],
    suboptions: &[],
};

const fn option(name: &'static str, kind: Kind) -> Argument {
    Argument { name, kind, ..OPTION }
}

/// One option of each type, a choice, aliases, and two options with suboptions.
static OPTIONS: &[Argument] = &[
    Argument { required: true, ..option("name", Kind::Str) },
    option("text", Kind::Str),
    option("flag", Kind::Bool),
    option("count", Kind::Int),
    option("ratio", Kind::Float),
    option("file", Kind::Path),
    option("any", Kind::Raw),
    option("map", Kind::Dict),
    Argument { elements: Kind::Str, aliases: &["people", "users"], ..option("members", Kind::List) },
    Argument { elements: Kind::Int, ..option("numbers", Kind::List) },
    Argument { elements: Kind::Str, choices: &["\"read\"", "\"write\""], ..option("rights", Kind::List) },
    Argument { choices: &["\"on\"", "\"off\"", "\"auto\""], ..option("mode", Kind::Str) },
    Argument { choices: &["\"present\"", "\"absent\""], default: Some("\"present\""), ..option("state", Kind::Str) },
    Argument {
        elements: Kind::Dict,
        suboptions: &[
            Argument { required: true, ..option("name", Kind::Str) },
            Argument {
                choices: &["\"read\"", "\"write\""],
                default: Some("\"read\""),
                aliases: &["right"],
                ..option("role", Kind::Str)
            },
            option("key", Kind::Str),
        ],
        ..option("perms", Kind::List)
    },
    Argument {
        suboptions: &[
            option("url", Kind::Str),
            option("room", Kind::Int),
            option("token", Kind::Str),
            Argument { suboptions: &[option("depth", Kind::Int)], ..option("deep", Kind::Dict) },
        ],
        ..option("config", Kind::Dict)
    },
    Argument { default: Some("\"http://127.0.0.1\""), ..option("quay_host", Kind::Str) },
    Argument { default: Some("true"), aliases: &["verify_ssl"], ..option("validate_certs", Kind::Bool) },
    Argument { default: Some("10.0"), ..option("timeout", Kind::Float) },
    option("quay_token", Kind::Str),
    option("quay_username", Kind::Str),
    option("quay_password", Kind::Str),
];

static DOCUMENT: Document =
    Document { name: "quay_sample", summary: "", version_added: "0.1.0", options: OPTIONS, returns: &[] };

/// Validates `parameters` with `name` added, in an environment of its own.
fn check(rules: &Rules, parameters: Value, environment: &[(&str, &str)]) -> Result<Validated, Box<Invalid>> {
    let mut all = Map::from_iter([("name".to_string(), json!("n"))]);
    all.extend(parameters.as_object().cloned().unwrap_or_default());
    let call = Call { shows: true, ..Call::of("quay_sample", all) };
    let lookup = |name: &str| {
        let found = environment.iter().find(|(variable, _)| *variable == name);
        found.map(|(_, value)| (*value).to_string())
    };
    validate(&DOCUMENT, rules, call, &lookup)
}

fn valid(rules: &Rules, parameters: Value, environment: &[(&str, &str)]) -> Validated {
    check(rules, parameters, environment).unwrap_or_else(|invalid| panic!("{:?}", invalid.errors))
}

fn errors(rules: &Rules, parameters: Value, environment: &[(&str, &str)]) -> Vec<String> {
    match check(rules, parameters, environment) {
        Ok(validated) => panic!("valid: {:?}", validated.options),
        Err(invalid) => invalid.texts(),
    }
}

#[test]
fn converts_values() {
    let home = [("HOME", "/home/me"), ("DIR", "d")];
    for (option, given, expected) in [
        ("text", json!(1), json!("1")),
        ("text", json!(1.5), json!("1.5")),
        ("text", json!(true), json!("True")),
        ("text", json!(["a", 1, null]), json!("['a', 1, None]")),
        ("text", json!({"a": "it's"}), json!("{'a': \"it's\"}")),
        ("text", json!(""), json!("")),
        ("flag", json!("YES"), json!(true)),
        ("flag", json!(" off "), json!(false)),
        ("flag", json!("t"), json!(true)),
        ("flag", json!(0), json!(false)),
        ("flag", json!(1.0), json!(true)),
        ("count", json!(7), json!(7)),
        ("count", json!(" 7 "), json!(7)),
        ("count", json!("1_000"), json!(1000)),
        ("count", json!("1.0"), json!(1)),
        ("count", json!("1e3"), json!(1000)),
        ("count", json!("120e-1"), json!(12)),
        ("count", json!("-0"), json!(0)),
        ("count", json!(2.0), json!(2)),
        ("count", json!("18446744073709551615"), json!(u64::MAX)),
        // Ansible passes True on; a module in Rust needs the number that True is in Python.
        ("count", json!(true), json!(1)),
        ("ratio", json!(1), json!(1.0)),
        ("ratio", json!("2.5"), json!(2.5)),
        ("ratio", json!("1_0.5"), json!(10.5)),
        ("ratio", json!(true), json!(1.0)),
        ("file", json!("~/x"), json!("/home/me/x")),
        ("file", json!("~"), json!("/home/me")),
        ("file", json!("~nobody-has-this-name/x"), json!("~nobody-has-this-name/x")),
        ("file", json!("/a/$DIR/${DIR}x/$NOPE/$/${}"), json!("/a/d/dx/$NOPE/$/${}")),
        ("any", json!([null, {"a": null}]), json!([null, {"a": null}])),
        ("map", json!("{\"a\": 1}"), json!({"a": 1})),
        ("map", json!("a=1, b='2 3' c=\"x=y\""), json!({"a": "1", "b": "2 3", "c": "x=y"})),
        ("map", json!("a\\=b=c"), json!({"a": "b=c"})),
        ("members", json!("a,b, c"), json!(["a", "b", " c"])),
        ("members", json!(""), json!([""])),
        ("members", json!(3), json!(["3"])),
        ("members", json!(true), json!(["True"])),
        ("members", json!([1, null, "x"]), json!(["1", "", "x"])),
        ("members", json!([]), json!([])),
        ("numbers", json!("1,2"), json!([1, 2])),
        ("mode", json!(true), json!("on")),
        ("mode", json!(false), json!("off")),
    ] {
        let validated = valid(&Rules::NONE, json!({option: given}), &home);
        assert_eq!(validated.options[option], expected, "{option}: {given}");
        assert_eq!(validated.shown[option], expected, "{option}: {given}");
    }
}

#[test]
fn refuses_values_in_the_words_of_ansible() {
    let argument = |option: &str, from: &str, to: &str, why: &str| {
        format!("argument '{option}' is of type {from} and we were unable to convert to {to}: {why}")
    };
    for (option, given, expected) in [
        ("count", json!("a"), argument("count", "str", "int", "\"'a'\" cannot be converted to an int")),
        ("count", json!(1.5), argument("count", "float", "int", "\"1.5\" cannot be converted to an int")),
        ("count", json!([1]), argument("count", "list", "int", "\"[1]\" cannot be converted to an int")),
        ("ratio", json!("x"), argument("ratio", "str", "float", "<class 'str'> cannot be converted to a float")),
        // Ansible takes these as floats; there is no way to write them in JSON.
        ("ratio", json!("inf"), argument("ratio", "str", "float", "<class 'str'> cannot be converted to a float")),
        ("flag", json!([]), argument("flag", "list", "bool", "<class 'list'> cannot be converted to a bool")),
        ("members", json!({}), argument("members", "dict", "list", "<class 'dict'> cannot be converted to a list")),
        ("map", json!("a"), argument("map", "str", "dict", "dictionary requested, could not parse JSON or key=value")),
        ("map", json!("{a"), argument("map", "str", "dict", "unable to evaluate string as dictionary")),
        (
            "map",
            json!("a=1 b"),
            argument("map", "str", "dict", "unable to evaluate string in the \"key=value\" format as dictionary"),
        ),
        (
            "numbers",
            json!(["1", "x"]),
            "Elements value for option 'numbers' is of type str and we were unable to convert to int: \
             \"'x'\" cannot be converted to an int"
                .to_string(),
        ),
        ("state", json!("gone"), "value of state must be one of: present, absent, got: gone".to_string()),
        (
            "rights",
            json!("read,x,y"),
            "value of rights must be one or more of: read, write. Got no match for: x, y".to_string(),
        ),
        (
            "perms",
            json!([{"name": "a", "role": []}]),
            "value of role must be one of: read, write, got: [] found in perms".to_string(),
        ),
        (
            "config",
            json!({"room": "x"}),
            "argument 'room' is of type str found in 'config'. and we were unable to convert to int: \
             \"'x'\" cannot be converted to an int"
                .to_string(),
        ),
        (
            "config",
            json!({"deep": {"depth": "x"}}),
            "argument 'depth' is of type str found in 'config -> deep'. and we were unable to convert to int: \
             \"'x'\" cannot be converted to an int"
                .to_string(),
        ),
        ("perms", json!([{"role": "read"}]), "missing required arguments: name found in perms".to_string()),
        (
            "perms",
            json!(["x"]),
            "Elements value for option 'perms' is of type str and we were unable to convert to dict: \
             dictionary requested, could not parse JSON or key=value"
                .to_string(),
        ),
    ] {
        let shown = given.to_string();
        assert_eq!(errors(&Rules::NONE, json!({option: given}), &[]), [expected], "{option}: {shown}");
    }
    let messages = errors(&Rules::NONE, json!({"flag": "maybe"}), &[]);
    assert_eq!(messages.len(), 1);
    assert!(
        messages[0].starts_with(
            "argument 'flag' is of type str and we were unable to convert to bool: The value 'maybe' is not a valid boolean. "
        ),
        "{messages:?}"
    );
}

#[test]
fn null_is_not_given() {
    let validated = valid(
        &Rules::NONE,
        json!({"text": null, "state": null, "config": {"url": null, "deep": {}}, "members": null, "people": ["a"]}),
        &[],
    );
    assert!(!validated.options.contains_key("text"));
    assert_eq!(validated.options["state"], "present");
    assert_eq!(validated.options["config"], json!({"deep": {}}));
    assert_eq!(validated.options["members"], json!(["a"]));
    assert!(validated.warnings.is_empty());
    assert_eq!(validated.shown["text"], Value::Null);
    assert_eq!(validated.shown["config"], json!({"url": null, "room": null, "token": null, "deep": {"depth": null}}));
    assert_eq!(errors(&Rules::NONE, json!({"name": null}), &[]), ["missing required arguments: name"]);
}

#[test]
fn fills_suboptions() {
    let validated = valid(&Rules::NONE, json!({"perms": [{"name": 1}, {"name": "b", "right": "write"}]}), &[]);
    let expected = json!([{"name": "1", "role": "read"}, {"name": "b", "role": "write"}]);
    assert_eq!(validated.options["perms"], expected);
    assert_eq!(validated.shown["perms"][0], json!({"name": "1", "role": "read", "key": null}));
    let validated = valid(&Rules::NONE, json!({"config": "url=u room=3"}), &[]);
    assert_eq!(validated.options["config"], json!({"url": "u", "room": 3}));
    // Without the option itself there are no suboptions either.
    assert!(!validated.options.contains_key("perms"));
}

#[test]
fn the_last_alias_wins_with_a_warning() {
    let validated = valid(&Rules::NONE, json!({"members": ["a"], "people": ["b"], "users": ["c"]}), &[]);
    assert_eq!(validated.options["members"], json!(["c"]));
    assert_eq!(
        validated.warnings,
        ["Both option members and its alias people are set.", "Both option members and its alias users are set.",]
    );
    assert_eq!(validated.shown["people"], json!(["b"]));
    let perms = json!({"perms": [{"name": "a", "role": "read", "right": "write"}]});
    assert_eq!(
        valid(&Rules::NONE, perms, &[]).warnings,
        ["Both option perms[0].role and its alias perms[0].right are set."]
    );
}

#[test]
fn names_unknown_options_and_what_was_meant() {
    let all = "any, config, count, file, flag, map, members, mode, name, numbers, perms, quay_host, quay_password, \
               quay_token, quay_username, ratio, rights, state, text, timeout, validate_certs (people, users, verify_ssl).";
    let unsupported = |names: &str, supported: &str| {
        format!("Unsupported parameters for (quay_sample) module: {names}. Supported parameters include: {supported}")
    };
    for (given, expected) in [
        (json!({"zzzzzz": 1}), vec![unsupported("zzzzzz", all)]),
        (json!({"membres": 1, "aa": 2}), vec![unsupported("aa, membres", all) + " Did you mean 'members'?"]),
        (json!({"Members": 1}), vec![unsupported("Members", all) + " Did you mean 'members'?"]),
        (
            json!({"perms": [{"name": "a", "rol": 1}, {"name": "b", "rol": 1}]}),
            vec![unsupported("perms.rol", "key, name, role (right).") + " Did you mean 'role'?"],
        ),
    ] {
        assert_eq!(errors(&Rules::NONE, given, &[]), expected);
    }
}

#[test]
fn unknown_options_can_be_ignored() {
    let call = Call {
        module: "quay_sample".to_string(),
        parameters: Map::from_iter([("name".to_string(), json!("n")), ("zz".to_string(), json!(1))]),
        ignore_unknown: true,
        shows: false,
        connects: true,
    };
    let validated = validate(&DOCUMENT, &Rules::NONE, call, &|_| None);
    assert!(validated.is_ok_and(|validated| !validated.options.contains_key("zz")));
}

const DEPENDENT: Rules = Rules {
    mutually_exclusive: &[&["text", "count"], &["text", "flag"], &["state", "mode"]],
    required_together: &[&["ratio", "any"]],
    required_one_of: &[&["file", "state"], &["file", "map"]],
    required_if: &[
        RequiredIf { option: "state", value: "absent", then: &["mode", "numbers"], any: false },
        RequiredIf { option: "flag", value: "true", then: &["mode", "numbers"], any: true },
    ],
    required_by: &[("members", &["numbers", "text"])],
    within: &[(
        "config",
        Rules { mutually_exclusive: &[&["url", "room"]], required_together: &[&["room", "token"]], ..Rules::NONE },
    )],
    ..Rules::NONE
};

#[test]
fn checks_rules_between_options() {
    for (given, expected) in [
        (json!({"text": "a", "count": 1, "flag": false}), "parameters are mutually exclusive: text|count, text|flag"),
        (json!({"ratio": 1}), "parameters are required together: ratio, any"),
        (json!({"state": "absent", "mode": "on"}), "parameters are mutually exclusive: state|mode"),
        (json!({"state": "absent"}), "state is absent but all of the following are missing: mode, numbers"),
        (json!({"flag": "yes"}), "flag is True but any of the following are missing: mode, numbers"),
        (json!({"members": "a", "text": "b"}), "missing parameter(s) required by 'members': numbers"),
        (
            json!({"config": {"room": 1, "url": "u", "token": "t"}}),
            "parameters are mutually exclusive: url|room found in config",
        ),
        (json!({"config": {"room": 1}}), "parameters are required together: room, token found in config"),
    ] {
        let mut given = given;
        given["map"] = json!({});
        assert_eq!(errors(&DEPENDENT, given, &[])[0], expected);
    }
    // A default satisfies what is required, but excludes nothing; null excludes nothing either.
    valid(&DEPENDENT, json!({"map": {}, "mode": "on", "text": "a", "count": null}), &[]);
    assert_eq!(errors(&DEPENDENT, json!({}), &[]), ["one of the following is required: file, map"]);
}

#[test]
fn reports_every_mistake_once_and_nothing_that_follows() {
    let given = json!({
        "name": null, "state": "absnt", "count": "x", "ratio": "y", "any": 1, "map": {}, "nme": 1,
        "perms": [{"role": "x"}, {"role": "x"}, {"name": []}],
    });
    // `state` is wrong, so nothing is required because of it; `count` is there, though wrong.
    assert_eq!(
        errors(&DEPENDENT, given, &[]),
        [
            "missing required arguments: name",
            "argument 'count' is of type str and we were unable to convert to int: \"'x'\" cannot be converted to an int",
            "argument 'ratio' is of type str and we were unable to convert to float: \
             <class 'str'> cannot be converted to a float",
            "value of state must be one of: present, absent, got: absnt",
            "missing required arguments: name found in perms",
            "value of role must be one of: read, write, got: x found in perms",
            "Unsupported parameters for (quay_sample) module: nme. Supported parameters include: any, config, count, \
             file, flag, map, members, mode, name, numbers, perms, quay_host, quay_password, quay_token, \
             quay_username, ratio, rights, state, text, timeout, validate_certs (people, users, verify_ssl). \
             Did you mean 'name'?",
        ]
    );
}

fn even(value: &Value) -> Result<Value, String> {
    match value.as_i64() {
        Some(number) if number % 2 == 0 => Ok(json!(number / 2)),
        _ => Err(format!("{value} is not even")),
    }
}

fn short(value: &Value) -> Result<Value, String> {
    let text = value.as_str().unwrap_or_default();
    if text.len() < 4 { Ok(json!(text.to_uppercase())) } else { Err("is too long".to_string()) }
}

#[test]
fn applies_formats() {
    const RULES: Rules = Rules {
        formats: &[
            ("count", even),
            ("numbers", even),
            ("perms.name", short),
            ("config.deep.depth", even),
            ("quay_host", short),
        ],
        ..Rules::NONE
    };
    let given = json!({
        "count": "4", "numbers": [2, 8], "perms": [{"name": "a"}], "config": {"deep": {"depth": 6}}, "quay_host": "h",
    });
    let validated = valid(&RULES, given, &[]);
    assert_eq!(validated.options["count"], 2);
    assert_eq!(validated.options["numbers"], json!([1, 4]));
    assert_eq!(validated.options["perms"][0]["name"], "A");
    assert_eq!(validated.options["config"]["deep"]["depth"], 3);
    assert_eq!(validated.shown["count"], 4);
    assert_eq!(validated.shown["perms"][0]["name"], "a");

    let given = json!({"count": 1, "numbers": [2, 3], "perms": [{"name": "a"}, {"name": "long"}]});
    assert_eq!(
        errors(&RULES, given, &[("QUAY_HOST", "host.example")]),
        [
            "count: 1 is not even",
            "numbers[1]: 3 is not even",
            "quay_host: is too long (from the environment variable QUAY_HOST)",
            "perms[1].name: is too long",
        ]
    );
}

#[test]
fn collects_secrets_wherever_they_are() {
    const RULES: Rules = Rules { secrets: &["members", "config.token", "perms.key", "count"], ..Rules::NONE };
    let sorted = |mut secrets: Vec<String>| {
        secrets.sort();
        secrets
    };
    let given = json!({
        "members": ["m1"], "people": "p1,p2", "config": "token=t1", "count": 7, "quay_token": "q1",
        "perms": [{"name": "a", "key": "k1"}, {"name": "b", "key": "k2"}],
    });
    let secrets = sorted(valid(&RULES, given, &[]).secrets);
    assert_eq!(secrets, ["7", "k1", "k2", "m1", "p1", "p1,p2", "p2", "q1", "t1"]);

    // Also when the call is wrong, and when a value cannot be taken apart.
    let given = json!({"members": ["m1"], "config": "t1", "perms": [{"key": "k1"}, "k2"], "flag": "x"});
    let invalid = check(&RULES, given, &[("QUAY_PASSWORD", "p1")]).err();
    let secrets = invalid.map(|invalid| sorted(invalid.secrets));
    assert_eq!(secrets.unwrap_or_default(), ["k1", "k2", "m1", "p1", "t1"]);
}

#[test]
fn announces_removals_of_given_options_only() {
    const RULES: Rules = Rules {
        deprecated: &[Deprecated { option: "text", message: "Use other_text instead.", date: "2027-01-01" }],
        ..Rules::NONE
    };
    assert!(valid(&RULES, json!({"text": null}), &[]).deprecations.is_empty());
    let expected = Deprecation {
        msg: "Param 'text' is deprecated. Use other_text instead.".to_string(),
        date: "2027-01-01".to_string(),
    };
    assert_eq!(valid(&RULES, json!({"text": "a"}), &[]).deprecations, [expected]);
}

#[test]
fn takes_connection_options_from_the_environment() {
    let environment = [
        ("QUAY_HOST", "h"),
        ("QUAY_TIMEOUT", "2"),
        ("QUAY_VERIFY_SSL", "No"),
        ("QUAY_TOKEN", "t"),
        ("QUAY_USERNAME", ""),
    ];
    let validated = valid(&Rules::NONE, json!({}), &environment);
    for (option, expected) in [
        ("quay_host", json!("h")),
        ("timeout", json!(2.0)),
        ("validate_certs", json!(false)),
        ("quay_token", json!("t")),
    ] {
        assert_eq!(validated.options[option], expected);
    }
    assert_eq!(validated.secrets, ["t"]);
    assert!(!validated.options.contains_key("quay_username"));

    // The task comes first, under an alias as well, and without a warning.
    let validated = valid(&Rules::NONE, json!({"quay_host": "mine", "verify_ssl": true}), &environment);
    assert_eq!(validated.options["quay_host"], "mine");
    assert_eq!(validated.options["validate_certs"], true);
    assert!(validated.warnings.is_empty());

    // Empty means false here, and not set elsewhere.
    let validated = valid(&Rules::NONE, json!({}), &[("QUAY_VERIFY_SSL", ""), ("QUAY_TIMEOUT", "")]);
    assert_eq!(validated.options["validate_certs"], false);
    assert_eq!(validated.options["timeout"], 10.0);

    assert_eq!(
        errors(&Rules::NONE, json!({}), &[("QUAY_TIMEOUT", "soon")]),
        ["argument 'timeout' is of type str and we were unable to convert to float: \
          <class 'str'> cannot be converted to a float (from the environment variable QUAY_TIMEOUT)"]
    );
}

#[test]
fn credentials_of_the_task_hide_those_of_the_environment() {
    let account = [("QUAY_USERNAME", "u"), ("QUAY_PASSWORD", "p")];
    let token = [("QUAY_TOKEN", "t")];
    let both = [account[0], account[1], token[0]];

    let validated = valid(&Rules::NONE, json!({"quay_username": "me", "quay_password": "mine"}), &both);
    assert!(!validated.options.contains_key("quay_token"));
    let validated = valid(&Rules::NONE, json!({"quay_token": "mine"}), &both);
    assert!(!validated.options.contains_key("quay_username"));
    assert!(!validated.options.contains_key("quay_password"));
    let validated = valid(&Rules::NONE, json!({"quay_username": "me"}), &both);
    assert_eq!(validated.options["quay_password"], "p");
    // Empty means not given.
    let validated = valid(&Rules::NONE, json!({"quay_token": ""}), &account);
    assert_eq!(validated.options["quay_username"], "u");
    assert!(!validated.options.contains_key("quay_token"));

    assert_eq!(
        errors(&Rules::NONE, json!({}), &both),
        ["parameters are mutually exclusive: quay_username|quay_token, quay_password|quay_token \
          (from the environment variables QUAY_USERNAME, QUAY_TOKEN and QUAY_PASSWORD)"]
    );
    assert_eq!(
        errors(&Rules::NONE, json!({}), &account[..1]),
        [
            "parameters are required together: quay_username, quay_password (from the environment variable QUAY_USERNAME)"
        ]
    );
    assert_eq!(
        errors(&Rules::NONE, json!({"quay_token": "t", "quay_password": "p", "quay_username": "u"}), &[]),
        ["parameters are mutually exclusive: quay_username|quay_token, quay_password|quay_token"]
    );
}

#[test]
fn modules_without_a_token_ignore_it() {
    const ACCOUNT: Rules = Rules { login: Login::PasswordOnly, ..Rules::NONE };
    let given = json!({"quay_token": "t", "quay_password": "p"});
    let validated = valid(&ACCOUNT, given, &[("QUAY_USERNAME", "u"), ("QUAY_TOKEN", "x")]);
    assert!(!validated.options.contains_key("quay_token"));
    assert_eq!(validated.options["quay_username"], "u");
    assert_eq!(validated.secrets, ["t", "p"]);
    assert_eq!(
        errors(&ACCOUNT, json!({"name": null, "quay_username": ""}), &[]),
        ["missing required arguments: name, quay_password, quay_username"]
    );

    const NEVER: Rules = Rules { login: Login::Never, ..Rules::NONE };
    let given = json!({"quay_token": "t", "quay_password": "p"});
    let validated = valid(&NEVER, given, &[("QUAY_TOKEN", "x")]);
    assert_eq!(validated.secrets, ["t", "p"]);
    for option in ["quay_token", "quay_password", "quay_username"] {
        assert!(!validated.options.contains_key(option));
    }
}

#[test]
fn line_breaks_at_the_end_of_a_text_do_not_count() {
    const RULES: Rules = Rules { secrets: &["text"], ..Rules::NONE };
    let given = json!({"name": "n\r\n", "text": "s3cret\n", "members": ["a\n", "b\nc\n\n"], "state": "absent\n"});
    let validated = valid(&RULES, given, &[]);
    let options = Value::Object(validated.options);
    assert_eq!(
        (&options["name"], &options["text"], &options["state"]),
        (&json!("n"), &json!("s3cret"), &json!("absent"))
    );
    assert_eq!(options["members"], json!(["a", "b\nc"]));
    assert_eq!(validated.shown["name"], "n");
    assert!(validated.secrets.contains(&"s3cret".to_owned()));
}
