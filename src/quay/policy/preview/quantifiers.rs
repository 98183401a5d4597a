//! How databases read the quantifiers of a pattern.

use std::iter::Peekable;
use std::str::Chars;

use crate::quay::policy::{closes_set, is_special};

/// What databases say to the quantifiers of a pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Quantifiers {
    /// All accept them.
    Accepted,
    /// Some refuse them: possessive ones, and counts above 255.
    Different,
    /// POSIX refuses them, and Python too: nothing to repeat, a second one, or bounds in the wrong order.
    Refused,
}

/// What a quantifier would follow.
#[derive(Clone, Copy)]
enum Before {
    Nothing,
    Atom,
    Quantifier,
    /// A quantifier with its mark, `*?` or `*+`.
    Marked,
}

/// The most that PostgreSQL repeats.
const MOST: u32 = 255;

/// Judges the quantifiers of a pattern; refused is only what is so in both readings of brackets (`[[:alpha:]]`).
pub fn quantifiers(pattern: &str) -> Quantifiers {
    if is_special(pattern) {
        return Quantifiers::Accepted;
    }
    match [false, true].map(|posix| read(pattern, posix)) {
        [first, second] if first == second => first,
        _ => Quantifiers::Different,
    }
}

fn read(pattern: &str, posix: bool) -> Quantifiers {
    let mut chars = pattern.chars().peekable();
    let (mut before, mut found) = (Before::Nothing, Quantifiers::Accepted);
    while let Some(c) = chars.next() {
        let bounds = if c == '{' { bounds(&mut chars) } else { None };
        if bounds.is_none() && !matches!(c, '*' | '+' | '?') {
            before = other(c, &mut chars, posix);
            continue;
        }
        if let Some((least, most)) = bounds {
            match most.unwrap_or(least) {
                most if most < least => return Quantifiers::Refused,
                most if most > MOST => found = Quantifiers::Different,
                _ => {}
            }
        }
        before = match (before, c) {
            (Before::Atom, _) => Before::Quantifier,
            (Before::Quantifier, '?') => Before::Marked,
            (Before::Quantifier, '+') => {
                found = Quantifiers::Different;
                Before::Marked
            }
            _ => return Quantifiers::Refused,
        };
    }
    found
}

/// Passes over what is no quantifier.
fn other(c: char, chars: &mut Peekable<Chars<'_>>, posix: bool) -> Before {
    match c {
        '(' => {
            // `(?:` and its like: the mark is part of the parenthesis.
            if chars.next_if_eq(&'?').is_some() {
                chars.find(|c| matches!(c, ':' | '=' | '!' | '>' | ')'));
            }
            Before::Nothing
        }
        '|' | '^' | '$' => Before::Nothing,
        '\\' => {
            chars.next();
            Before::Atom
        }
        '[' => {
            closes_set(chars, posix);
            Before::Atom
        }
        _ => Before::Atom,
    }
}

/// The bounds behind `{`, when they are some: `{2}`, `{2,}` or `{2,3}`. Otherwise the brace is an ordinary character.
fn bounds(chars: &mut Peekable<Chars<'_>>) -> Option<(u32, Option<u32>)> {
    let inside: String = chars.clone().take_while(|c| *c != '}').collect();
    let (least, most) = match inside.split_once(',') {
        Some((least, "")) => (least, None),
        Some((least, most)) => (least, Some(most.parse().ok()?)),
        None => (&*inside, None),
    };
    let least = least.parse().ok()?;
    chars.find(|c| *c == '}').map(|_| (least, most))
}
