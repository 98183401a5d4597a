//! Regular expressions as Python's `re` reads them.

use std::iter::Peekable;
use std::str::Chars;

use fancy_regex::{CompileError, Error, Regex};
use serde_json::Value;

/// A compiled pattern, to be searched anywhere in a text.
///
/// # Errors
/// A sentence, when it is no regular expression.
pub fn compile(pattern: &str) -> Result<Regex, String> {
    Regex::new(&translate(pattern)).map_err(|error| {
        let why = match error {
            // The library speaks of its own features there.
            Error::CompileError(error) if matches!(*error, CompileError::VariableLookBehindRequiresFeature) => {
                "look-behind requires fixed-width pattern".to_owned()
            }
            error => error.to_string(),
        };
        format!("\"{pattern}\" is not a regular expression: {why}")
    })
}

/// A regular expression; an empty one would select everything and counts as not given.
///
/// # Errors
/// When it is none.
pub fn pattern_or_empty(value: &Value) -> Result<Value, String> {
    let pattern = value.as_str().unwrap_or_default();
    if pattern.is_empty() {
        return Ok(Value::Null);
    }
    compile(pattern).map(|_| value.clone())
}

/// Rewrites what Python reads differently: `$` also stands before a final line break, `\Z` is the very end, `\<` is an
/// ordinary character, sets in brackets know neither nesting nor operators, and a brace that repeats nothing is ordinary.
fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => escape(&mut chars, &mut out),
            '[' => set(&mut chars, &mut out),
            '$' => out.push_str(r"(?:$|(?=\n\z))"),
            '{' => brace(&mut chars, &mut out),
            _ => out.push(c),
        }
    }
    out
}

fn escape(chars: &mut Peekable<Chars<'_>>, out: &mut String) {
    match chars.next() {
        Some('Z') => out.push_str(r"\z"),
        Some(c @ ('<' | '>')) => out.push(c),
        Some(c) => out.extend(['\\', c]),
        None => out.push('\\'),
    }
}

fn set(chars: &mut Peekable<Chars<'_>>, out: &mut String) {
    out.push('[');
    out.extend(chars.next_if_eq(&'^'));
    if chars.next_if_eq(&']').is_some() {
        out.push_str(r"\]");
    }
    while let Some(c) = chars.next() {
        match c {
            ']' => {
                out.push(']');
                return;
            }
            '\\' => {
                out.push('\\');
                out.extend(chars.next());
            }
            '[' | '&' | '~' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
}

fn brace(chars: &mut Peekable<Chars<'_>>, out: &mut String) {
    let inside: String = chars.clone().take_while(|c| *c != '}').collect();
    let closed = chars.clone().any(|c| c == '}');
    let numbers = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    let repeats = closed
        && match inside.split_once(',') {
            Some((least, most)) => numbers(least) && numbers(most),
            None => !inside.is_empty() && numbers(&inside),
        };
    match (repeats, inside.starts_with(',')) {
        (true, true) => out.push_str("{0"),
        (true, false) => out.push('{'),
        (false, _) => out.push_str(r"\{"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(pattern: &str, text: &str) -> bool {
        compile(pattern).unwrap().is_match(text).unwrap()
    }

    #[test]
    fn patterns_mean_what_they_mean_in_python() {
        for (pattern, text) in [
            ("b", "abc"),
            (r"^(\w)\1", "aab"),
            ("(?<=a)b(?!d)", "abc"),
            ("(?P<x>a)(?P=x)", "aa"),
            ("end$", "the end\n"),
            ("(?m)one$", "one\ntwo"),
            (r"end\Z", "the end"),
            (r"\<b\>", "a <b> c"),
            ("[[]x", "[x"),
            ("[]x]", "]"),
            ("[a&&b]", "&"),
            ("{{ day }}", "on {{ day }}"),
            ("a{2}", "aa"),
            ("^a{,2}b", "b"),
            (r"^\w+\d$", "größe٣"),
            (r"\bé\b", "un é là"),
            (r"(?i)STRASSE|ÄRGER", "ärger"),
            (r"(?<!ab|c)d", "d"),
        ] {
            assert!(finds(pattern, text), "{pattern} in {text}");
        }
        for (pattern, text) in
            [(r"end\Z", "the end\n"), ("end$", "end\n\n"), (r"\$", "a"), ("^b", "ab"), (r"\bé", "aé")]
        {
            assert!(!finds(pattern, text), "{pattern} in {text}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_told() {
        for bad in ["(", "[a", "*", "a)"] {
            assert!(
                compile(bad).unwrap_err().starts_with(&format!("\"{bad}\" is not a regular expression: ")),
                "{bad}"
            );
        }
        let variable = "\"(?<=ab+)x\" is not a regular expression: look-behind requires fixed-width pattern";
        assert_eq!(compile("(?<=ab+)x").unwrap_err(), variable);
        assert!(compile(r"\p{Greek}").is_err());
        assert_eq!(pattern_or_empty(&Value::String(String::new())), Ok(Value::Null));
    }
}
