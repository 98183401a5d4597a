//! Patterns of auto-prune policies, which the database of the server evaluates: they are searched anywhere in a tag, and case counts.

use fancy_regex::Regex;

use super::quantifiers::{Quantifiers, quantifiers};
use crate::quay::policy::is_unbalanced;
use crate::quay::python;

/// The classes of POSIX, and the ranges that Python has in their place.
const CLASSES: &[(&str, &str)] = &[
    ("[:alpha:]", "a-zA-Z"),
    ("[:digit:]", "0-9"),
    ("[:alnum:]", "a-zA-Z0-9"),
    ("[:upper:]", "A-Z"),
    ("[:lower:]", "a-z"),
    ("[:xdigit:]", "0-9a-fA-F"),
    ("[:space:]", r"\s"),
    ("[:punct:]", r"!-/:-@\[-`{-~"),
];

/// What PostgreSQL, MySQL and SQLite read differently: look-around and options, references, ends of words and of the text.
const DIFFERENT: &[&str] = &["(?", "***", r"\y", r"\Y", r"\m", r"\M", r"\A", r"\Z", r"\b", r"\B", r"\Q"];

/// What is known of a pattern before it meets a tag.
pub enum Pattern {
    /// It can be searched.
    Search(Box<Regex>),
    /// Every database refuses it, which ends the work on the whole namespace.
    Refused,
    /// Only the database can tell.
    Unknown,
}

impl Pattern {
    /// Reads a pattern as PostgreSQL does; what it shares with Python is enough for tags.
    pub fn new(pattern: &str) -> Pattern {
        if is_unbalanced(pattern) || quantifiers(pattern) == Quantifiers::Refused {
            return Pattern::Refused;
        }
        let plain = CLASSES.iter().fold(pattern.to_owned(), |text, (class, range)| text.replace(class, range));
        python::compile(&plain).map_or(Pattern::Unknown, |regex| Pattern::Search(Box::new(regex)))
    }

    /// Whether it is found in a tag; `None` where that cannot be told, also because it takes too long.
    pub fn finds(&self, tag: &str) -> Option<bool> {
        match self {
            Pattern::Search(regex) => regex.is_match(tag).ok(),
            Pattern::Refused | Pattern::Unknown => None,
        }
    }
}

/// Whether databases differ on a pattern.
pub fn depends_on_database(pattern: &str) -> bool {
    let refers = |pair: &[u8]| pair[0] == b'\\' && (b'1'..=b'9').contains(&pair[1]);
    DIFFERENT.iter().any(|part| pattern.contains(part))
        || pattern.as_bytes().windows(2).any(refers)
        || quantifiers(pattern) == Quantifiers::Different
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_searched_as_databases_do() {
        for (pattern, tag, found) in [
            ("dev", "my-dev-2", true),
            ("dev", "DEV-3", false),
            ("v1.0", "v1x0", true),
            ("^t[0-9]$", "t12", false),
            (r"\d{1}$", "t4", true),
            ("^[[:alpha:]]+$", "latest", true),
            ("^[[:alpha:]]+$", "v1", false),
            ("[^[:digit:].]", "1.0", false),
            ("(?<=a)b", "ab", true),
        ] {
            assert_eq!(Pattern::new(pattern).finds(tag), Some(found), "{pattern} in {tag}");
        }
    }

    #[test]
    fn what_cannot_be_judged_is_told() {
        for pattern in ["(a", "a)", "[a", "*a", "+", "a**", "a|*b", "(*a)", "^*", "a{2,1}", "a*{2}", "({2}a)"] {
            assert!(matches!(Pattern::new(pattern), Pattern::Refused), "{pattern}");
        }
        assert!(matches!(Pattern::new(r"\yv"), Pattern::Unknown));
        assert_eq!(Pattern::new(r"(a*)*\1b").finds(&"a".repeat(128)), None);
        for pattern in ["(?<=a)b", "(?i)x", r"\yv", r"(a)\1", "a++", "a{2}+", "a{256}"] {
            assert!(!matches!(Pattern::new(pattern), Pattern::Refused), "{pattern}");
            assert!(depends_on_database(pattern), "{pattern}");
        }
        for pattern in [r"^v\d+\.[[:alpha:]]\w{2}$", "a+?b*?c??d{1,2}?", "(a|b)*", r"\**[*+]+", "a{x}+", "(^a)*"] {
            assert!(matches!(Pattern::new(pattern), Pattern::Search(_)), "{pattern}");
            assert!(!depends_on_database(pattern), "{pattern}");
        }
    }
}
