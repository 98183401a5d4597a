//! Unit tests of the mask.

use ::base64::Engine;
use ::base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::json;

use super::*;

#[test]
fn hides_the_whole_and_parts() {
    let mask = Mask::new(["s3cret", "s3cret-longer", "", "421421"]);
    for (text, expected) in [
        ("s3cret", WHOLE),
        ("x s3cret y s3crets", "x ******** y ********s"),
        ("s3cret-longer!", "********!"),
        ("s3crets3cret", "****************"),
        ("nothing", "nothing"),
        ("", ""),
        ("ä s3cret ö", "ä ******** ö"),
    ] {
        assert_eq!(mask.text(text), expected, "{text}");
    }
    assert_eq!(
        mask.value(json!({"s3cret": ["s3cret", {"a": "b s3cret"}], "n": 34214214, "m": 1, "b": true, "z": null})),
        json!({"s3cret": [WHOLE, {"a": "b ********"}], "n": WHOLE, "m": 1, "b": true, "z": null}),
    );
    let map = json!({"token": "s3cret", "other": "s3cret"});
    let Value::Object(map) = map else { unreachable!() };
    assert_eq!(Value::Object(mask.value_except(map, &["token"])), json!({"token": "s3cret", "other": WHOLE}));
}

#[test]
fn hides_overlapping_secrets_completely() {
    assert_eq!(Mask::new(["abcd12", "d12efg"]).text("-abcd12efg-"), "-********-");
    assert_eq!(Mask::new(["a1a1a1"]).text("xa1a1a1a1"), "x********");
}

#[test]
fn hides_every_spelling() {
    let secret = "p/ä \"%+\\\n~ü€😀'\u{7f}";
    let mask = Mask::new([secret]);
    let json = json!(secret).to_string();
    let debug = format!("{secret:?}");
    let ascii: String = json
        .encode_utf16()
        .map(|unit| match char::from_u32(u32::from(unit)) {
            Some(c) if c.is_ascii() => c.to_string(),
            _ => format!("\\u{unit:04x}"),
        })
        .collect();
    let bytes = secret.as_bytes().escape_ascii().to_string();
    let path: String = secret.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let query = "p%2F%C3%A4+%22%25%2B%5C%0A~%C3%BC%E2%82%AC%F0%9F%98%80%27%7F".to_string();
    let lazy = "p/%C3%A4%20%22%25+%5C%0A~%C3%BC%E2%82%AC%F0%9F%98%80'%7F".to_string();
    for text in [json, debug, ascii, path, query, lazy, bytes] {
        let masked = mask.text(&format!("<{text}>"));
        let inner = masked.trim_matches(['<', '>', '"', '\\']);
        assert_eq!(inner, PART, "{text}");
    }
}

#[test]
fn a_secret_that_looks_escaped_is_found_as_it_is() {
    for secret in ["a%41bcd", "a\\nbcd", "abc+de", "10000%", "\\\\\\\\\\\\"] {
        assert_eq!(Mask::new([secret]).text(&format!("x{secret}y")), "x********y", "{secret}");
    }
}

#[test]
fn hides_base64_at_every_place() {
    let secret = "token>?~with+odd/bytes";
    let mask = Mask::new([secret]);
    for engine in [STANDARD, URL_SAFE] {
        for before in ["", "$", "$a", "$app:", "robot+x:", "long user name:"] {
            for after in ["", "\n", "\n\n"] {
                let text = engine.encode(format!("{before}{secret}{after}"));
                let masked = mask.text(&text);
                assert!(masked.contains(PART), "{before:?} {masked}");
                // At most a piece of the first and of the last byte is left on each side.
                let rest = masked.replace(PART, "").trim_end_matches('=').len();
                assert!(rest <= (before.len() * 4).div_ceil(3) + 1 + (after.len() * 4).div_ceil(3) + 1, "{masked}");
            }
        }
        let bare = engine.encode(secret);
        assert_eq!(mask.text(&format!("<{bare}>")), "<********>");
        assert_eq!(mask.text(&format!("<{}>", bare.trim_end_matches('='))), "<********>");
    }
}

#[test]
fn keeps_secrets_out_of_its_own_debug_text() {
    assert_eq!(format!("{:?}", Mask::new(["abc"])), "Mask(1 secrets)");
}

#[test]
fn a_weak_secret_is_hidden_as_a_value_and_as_a_word() {
    let mask = Mask::new(["a", "team", "production", "42", "p w", "Ädam"]);
    for (text, expected) in [
        ("a", WHOLE),
        ("team", WHOLE),
        ("the password is team.", "the password is ********."),
        ("\"team\", 'team', `team`", "\"********\", '********', `********`"),
        ("http://u:team@proxy.example.com", "http://u:********@proxy.example.com"),
        ("https://h/?password=team&x=1", "https://h/?password=********&x=1"),
        ("x%3Dteam%26y", "x%3D********%26y"),
        ("{\\\"password\\\": \\\"team\\\"}", "{\\\"password\\\": \\\"********\\\"}"),
        ("line\\nteam\\n", "line\\n********\\n"),
        ("t%65am", "********"),
        ("pin 42, not 1423", "pin ********, not 1423"),
        ("it is p+w now", "it is ******** now"),
        ("(Ädam)", "(********)"),
        ("\u{c4}dam-x", "\u{c4}dam-x"),
        (
            "quay_team, teams, team-a, acme/team, acme.team, acme+team",
            "quay_team, teams, team-a, acme/team, acme.team, acme+team",
        ),
        ("organization", "organization"),
        ("reproduction in production", "reproduction in ********"),
    ] {
        assert_eq!(mask.text(text), expected, "{text}");
    }
}

#[test]
fn a_weak_secret_is_hidden_in_base64() {
    let mask = Mask::new(["abc", "production"]);
    for (clear, hidden) in
        [("user:abc", true), ("user:production", true), ("abc", true), ("user:abcd", false), ("alphabet abcd", false)]
    {
        for engine in [STANDARD, URL_SAFE] {
            let text = format!("Basic {}", engine.encode(clear));
            assert_eq!(mask.text(&text).contains(PART), hidden, "{clear}: {}", mask.text(&text));
        }
    }
    assert_eq!(Mask::new(["a"]).text("x=YQ=="), "x=********");
}

#[test]
fn names_keep_weak_secrets_and_hide_all_others() {
    let mask = Mask::new(["team", "a", "s3cret-of-many"]);
    assert_eq!(mask.name("team"), "team");
    assert_eq!(mask.name("create team a s3cret-of-many"), "create team a ********");
    assert_eq!(mask.name("s3cret-of-many"), WHOLE);
    assert_eq!(
        mask.value(json!({"team": {"name": "team", "kind": "team", "steps": ["add a to team"], "password": "team"},
            "before_header": "team acme/a", "description": "team", "state": "s3cret-of-many"})),
        json!({"team": {"name": "team", "kind": "team", "steps": ["add a to team"], "password": WHOLE},
            "before_header": "team acme/a", "description": WHOLE, "state": WHOLE}),
    );
}

/// Random secrets in random surroundings and spellings: no letter of a secret is left where it must not be, and no letter of
/// the surroundings is lost.
#[test]
fn generated_texts_lose_secrets_and_nothing_else() {
    let mut random = fastrand::Rng::with_seed(11);
    let mut pick = |from: &str, length: usize| -> String {
        let from: Vec<char> = from.chars().collect();
        (0..length).map(|_| from[random.usize(..from.len())]).collect()
    };
    let mut weak = 0;
    for round in 0..4000 {
        let alphabet = ["abcdefgh", "xyzXYZ019", "pq\"\\%+ /ä€\n~=:", "ABab12+/"][round % 4];
        let secret = pick(alphabet, 1 + round / 4 % 12);
        // Nothing around a secret has a letter of it.
        let (before, after) = (pick("MNOUV", round % 5), pick("MNOUV", round % 3));
        let ends = ['(', '[', '\'', '=', ':', '@', ',', '&'];
        let (open, close) = (ends[round % ends.len()], ends[round / 3 % ends.len()]);
        let percent: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let json = json!(secret).to_string();
        let mask = Mask::new([&secret]);
        let spelt = [secret.clone(), percent, json[1..json.len() - 1].to_owned(), secret.escape_default().to_string()];
        for spelt in spelt {
            let text = format!("{before}{open}{spelt}{close}{after}");
            assert_eq!(mask.text(&text), format!("{before}{open}{PART}{close}{after}"), "{secret:?} in {text:?}");
        }
        let glued = format!("{before}M{secret}M{after}");
        let expected = match is_weak(&secret) && secret.chars().all(char::is_alphanumeric) {
            true => glued.clone(),
            false => format!("{before}M{PART}M{after}"),
        };
        weak += usize::from(expected == glued);
        // What is weak and begins or ends with a sign may go either way, as long as nothing else goes with it.
        if !is_weak(&secret) || expected == glued {
            assert_eq!(mask.text(&glued), expected, "{secret:?}");
        }
        let encoded = STANDARD.encode(format!("user:{secret}"));
        assert!(mask.text(&encoded).contains(PART), "{secret:?} in {encoded}");
    }
    assert!(weak > 500, "{weak}");
}

/// A token of equal letters in a long text of such letters once took a minute.
#[test]
fn time_grows_with_the_text_alone() {
    let long = "a".repeat(500_000);
    let percent = "%61".repeat(100_000);
    let almost = format!("{}b", "a".repeat(2000));
    let secrets = ["a".repeat(1000), "ab".repeat(500), almost.clone()];
    let mask = Mask::new(&secrets);
    assert_eq!(mask.text(&long), PART);
    assert_eq!(mask.text(&percent), PART);
    assert_eq!(Mask::new([&almost]).text(&long), long);
    let finder = Automaton::new(secrets.iter().map(|secret| (secret.as_bytes(), Weight::Anywhere)));
    for text in [long, percent, almost.repeat(100), "ab".repeat(100_000), format!("{}c", "a".repeat(1999)).repeat(100)]
    {
        let mut found = 0;
        let looked = finder.search(text.as_bytes(), |_, _, _| found += 1);
        assert!(looked <= 2 * text.len() && found <= text.len(), "{looked} looks, {found} found in {}", text.len());
    }
}
