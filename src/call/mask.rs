//! Hides secrets in everything that is shown, in whatever spelling they appear there.

use std::collections::HashSet;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::{Map, Value};

/// Stands for a value that is a secret as a whole.
const WHOLE: &str = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER";
/// Stands for a secret inside a longer text.
const PART: &str = "********";
/// Shorter pieces of Base64 appear by accident.
const LEAST_BASE64: usize = 8;

/// Knows the secrets of a run and replaces them.
///
/// A secret is found as it is, percent-encoded (as in a path and as in a query), escaped as in JSON or as Rust's
/// `Debug` prints it, and in Base64 (both alphabets, with and without padding, also as a part of a longer text).
#[derive(Clone, Default)]
pub struct Mask {
    secrets: HashSet<String>,
    /// What to look for, by first byte: the secrets and their Base64 forms.
    needles: Vec<Vec<Vec<u8>>>,
}

/// Tells the number of secrets only.
impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mask({} secrets)", self.secrets.len())
    }
}

impl Mask {
    /// A mask for `secrets`; empty ones are ignored.
    pub fn new<S: AsRef<str>>(secrets: impl IntoIterator<Item = S>) -> Mask {
        let mut mask = Mask::default();
        for secret in secrets {
            mask.add(secret.as_ref());
        }
        mask
    }

    /// Hides `secret` from now on as well, a session token for example.
    pub fn add(&mut self, secret: &str) {
        if secret.is_empty() || !self.secrets.insert(secret.to_string()) {
            return;
        }
        self.needles.resize(256, Vec::new());
        for needle in std::iter::once(secret.to_string()).chain(base64_forms(secret)) {
            let bucket = &mut self.needles[usize::from(needle.as_bytes()[0])];
            if !bucket.iter().any(|known| known == needle.as_bytes()) {
                bucket.push(needle.into_bytes());
            }
        }
    }

    /// `text` without secrets. A text that is a secret as a whole becomes Ansible's placeholder.
    pub fn text(&self, text: &str) -> String {
        if self.secrets.contains(text) {
            return WHOLE.to_string();
        }
        let mut out = String::with_capacity(text.len());
        let mut shown = 0;
        for (start, end) in self.find(text) {
            out.push_str(&text[shown..start]);
            out.push_str(PART);
            shown = end;
        }
        out.push_str(&text[shown..]);
        out
    }

    /// `value` without secrets in any text inside of it. A number with a secret among its digits is replaced as a
    /// whole. Keys, booleans and nulls stay.
    pub fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text)),
            Value::Number(number) => {
                let digits = number.to_string();
                let hidden = self.secrets.iter().any(|secret| digits.contains(secret.as_str()));
                if hidden { Value::from(WHOLE) } else { Value::Number(number) }
            }
            Value::Array(list) => list.into_iter().map(|value| self.value(value)).collect(),
            Value::Object(map) => Value::Object(self.value_except(map, &[])),
            Value::Null | Value::Bool(_) => value,
        }
    }

    /// `map` without secrets, except that the values of the keys in `exempt` stay as they are.
    pub fn value_except(&self, map: Map<String, Value>, exempt: &[&str]) -> Map<String, Value> {
        map.into_iter()
            .map(|(key, value)| {
                let value = if exempt.contains(&key.as_str()) { value } else { self.value(value) };
                (key, value)
            })
            .collect()
    }

    /// The parts of `text` to hide, in order. Secrets that overlap become one part.
    fn find(&self, text: &str) -> Vec<(usize, usize)> {
        let mut found: Vec<(usize, usize)> = Vec::new();
        if self.needles.is_empty() {
            return found;
        }
        let bytes = text.as_bytes();
        let spellings: Vec<Spelling> = Spelling::ALL.into_iter().filter(|spelling| spelling.may_be_in(bytes)).collect();
        for start in 0..bytes.len() {
            let ends = spellings.iter().filter_map(|spelling| self.longest(*spelling, &bytes[start..]));
            let Some(end) = ends.max().map(|length| start + length) else {
                continue;
            };
            match found.last_mut() {
                Some((_, last)) if start < *last => *last = end.max(*last),
                _ => found.push((start, end)),
            }
        }
        found
    }

    /// Length of the longest needle with which `text` begins.
    fn longest(&self, spelling: Spelling, text: &[u8]) -> Option<usize> {
        let first = spelling.decode(text).bytes[0];
        let candidates = self.needles[usize::from(first)].iter();
        candidates.filter_map(|needle| spelling.length_of(needle, text)).max()
    }
}

/// A way to write text inside of other text. Each is read on its own, so that a secret which looks escaped is found
/// both as it is and escaped once more.
#[derive(Clone, Copy)]
enum Spelling {
    Plain,
    /// `%2F`, as in a path.
    Percent,
    /// `%2F` and `+` for a blank, as in a query.
    Query,
    /// `\n`, `\"`, `\u00e9`, `\u{e9}`, `\xe9`: JSON, and Rust's `Debug`.
    Backslash,
}

/// One step of reading: what it means, and how long it is in the text.
struct Unit {
    bytes: [u8; 4],
    length: usize,
    width: usize,
}

impl Unit {
    fn byte(byte: u8, width: usize) -> Unit {
        Unit { bytes: [byte, 0, 0, 0], length: 1, width }
    }

    fn character(character: char, width: usize) -> Unit {
        let mut bytes = [0; 4];
        let length = character.encode_utf8(&mut bytes).len();
        Unit { bytes, length, width }
    }
}

impl Spelling {
    const ALL: [Spelling; 4] = [Spelling::Plain, Spelling::Percent, Spelling::Query, Spelling::Backslash];

    /// Whether the spelling makes a difference in `text`.
    fn may_be_in(self, text: &[u8]) -> bool {
        match self {
            Spelling::Plain => true,
            Spelling::Percent => text.contains(&b'%'),
            Spelling::Query => text.contains(&b'+'),
            Spelling::Backslash => text.contains(&b'\\'),
        }
    }

    /// How much of `text` spells `needle`, if it begins with it.
    fn length_of(self, needle: &[u8], text: &[u8]) -> Option<usize> {
        let (mut wanted, mut at) = (needle, 0);
        while !wanted.is_empty() {
            let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
            let unit = self.decode(rest);
            wanted = wanted.strip_prefix(&unit.bytes[..unit.length])?;
            at += unit.width;
        }
        Some(at)
    }

    /// Reads the beginning of `text`, which is not empty.
    fn decode(self, text: &[u8]) -> Unit {
        let escaped = match (self, text[0]) {
            (Spelling::Percent | Spelling::Query, b'%') => hex(text.get(1..3)).map(|code| Unit::byte(code as u8, 3)),
            (Spelling::Query, b'+') => Some(Unit::byte(b' ', 1)),
            (Spelling::Backslash, b'\\') => backslash(text),
            _ => None,
        };
        escaped.unwrap_or(Unit::byte(text[0], 1))
    }
}

fn backslash(text: &[u8]) -> Option<Unit> {
    let simple = |byte| Some(Unit::byte(byte, 2));
    match *text.get(1)? {
        b'n' => simple(b'\n'),
        b'r' => simple(b'\r'),
        b't' => simple(b'\t'),
        b'b' => simple(8),
        b'f' => simple(12),
        b'0' => simple(0),
        same @ (b'\\' | b'"' | b'\'' | b'/') => simple(same),
        b'x' => hex(text.get(2..4)).map(|code| Unit::byte(code as u8, 4)),
        b'u' if text.get(2) == Some(&b'{') => {
            let length = text.get(3..)?.iter().take(7).position(|byte| *byte == b'}')?;
            let character = char::from_u32(hex(text.get(3..3 + length))?)?;
            Some(Unit::character(character, 4 + length))
        }
        b'u' => {
            let code = hex(text.get(2..6))?;
            if let Some(character) = char::from_u32(code) {
                return Some(Unit::character(character, 6));
            }
            // The first half of a surrogate pair.
            let second = text.get(6..12).filter(|second| second.starts_with(b"\\u"))?;
            let pair = [u16::try_from(code).ok()?, u16::try_from(hex(second.get(2..))?).ok()?];
            let character = char::decode_utf16(pair).next()?.ok()?;
            Some(Unit::character(character, 12))
        }
        _ => None,
    }
}

/// The number that all of `digits` stand for.
fn hex(digits: Option<&[u8]>) -> Option<u32> {
    let digits = digits.filter(|digits| !digits.is_empty())?;
    digits.iter().try_fold(0, |number, digit| Some(number * 16 + char::from(*digit).to_digit(16)?))
}

/// The Base64 texts that show `secret`: of itself, and the part that does not depend on the neighbours when it
/// stands in a longer text (`$app:secret`), for each of the three places where it can begin.
fn base64_forms(secret: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for engine in [STANDARD, URL_SAFE] {
        let padded = engine.encode(secret);
        let bare = padded.trim_end_matches('=').to_string();
        if bare.len() >= LEAST_BASE64 {
            forms.push(bare);
        }
        if padded.ends_with('=') {
            forms.push(padded);
        }
        for before in 0..3 {
            let mut bytes = vec![0; before];
            bytes.extend(secret.as_bytes());
            let text = engine.encode(&bytes);
            // Six bits a character: the first and the last one may hold bits of the neighbours.
            let stable = &text[(before * 8).div_ceil(6)..bytes.len() * 8 / 6];
            if stable.len() >= LEAST_BASE64 {
                forms.push(stable.to_string());
            }
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn hides_the_whole_and_parts() {
        let mask = Mask::new(["s3cret", "s3cret-longer", "", "42"]);
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
            mask.value(json!({"s3cret": ["s3cret", {"a": "b s3cret"}], "n": 1423, "m": 1, "b": true, "z": null})),
            json!({"s3cret": [WHOLE, {"a": "b ********"}], "n": WHOLE, "m": 1, "b": true, "z": null}),
        );
        let map = json!({"token": "s3cret", "other": "s3cret"});
        let Value::Object(map) = map else { unreachable!() };
        assert_eq!(Value::Object(mask.value_except(map, &["token"])), json!({"token": "s3cret", "other": WHOLE}));
    }

    #[test]
    fn hides_overlapping_secrets_completely() {
        assert_eq!(Mask::new(["abcd", "cdef"]).text("-abcdef-"), "-********-");
        assert_eq!(Mask::new(["aa"]).text("aaa"), "********");
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
        for secret in ["a%41b", "a\\nb", "a+b", "100%", "\\\\"] {
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
}
