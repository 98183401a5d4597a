//! Patterns of names, as a shell has them.

/// A pattern: `*` stands for any characters, `/` too; `?` for one; `[abc]`, `[a-z]` for one of those; `[!abc]` for one that is
/// none of those. Anything else stands for itself, also a `[` that nothing closes.
pub struct Glob {
    parts: Vec<Part>,
}

enum Part {
    Any,
    One,
    Set { inverted: bool, ranges: Vec<(char, char)> },
    Only(char),
}

impl Part {
    /// Whether it stands for this one character.
    fn takes(&self, c: char) -> bool {
        match self {
            Part::Any => false,
            Part::One => true,
            Part::Set { inverted, ranges } => ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *inverted,
            Part::Only(only) => *only == c,
        }
    }
}

/// Whether a name is a pattern.
pub fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '['])
}

impl Glob {
    /// Reads a pattern; a name without special characters is one that fits itself.
    pub fn new(pattern: &str) -> Glob {
        let mut parts = Vec::new();
        let mut rest = pattern;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            parts.push(match c {
                '*' => Part::Any,
                '?' => Part::One,
                '[' => match set(rest) {
                    Some((part, behind)) => {
                        rest = behind;
                        part
                    }
                    None => Part::Only('['),
                },
                c => Part::Only(c),
            });
        }
        Glob { parts }
    }

    /// Whether it has a `[` that nothing closes.
    pub fn is_open(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Only('[')))
    }

    /// Whether the whole name fits.
    pub fn fits(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let (mut part, mut at) = (0, 0);
        // The last `*`, and how far it reaches: only that one can ever have to take more.
        let mut star: Option<(usize, usize)> = None;
        while let Some(c) = name.get(at) {
            match self.parts.get(part) {
                Some(Part::Any) => {
                    star = Some((part, at));
                    part += 1;
                }
                Some(wanted) if wanted.takes(*c) => (part, at) = (part + 1, at + 1),
                _ => match &mut star {
                    Some((any, reach)) => {
                        *reach += 1;
                        (part, at) = (*any + 1, *reach);
                    }
                    None => return false,
                },
            }
        }
        self.parts.iter().skip(part).all(|part| matches!(part, Part::Any))
    }
}

/// The set that begins behind a `[`, and what follows it. A `]` that comes first is one of the set.
fn set(text: &str) -> Option<(Part, &str)> {
    let (inverted, text) = text.strip_prefix('!').map_or((false, text), |text| (true, text));
    let end = text.char_indices().skip(1).find(|(_, c)| *c == ']').map(|(at, _)| at)?;
    let (inner, behind) = text.split_at(end);
    let mut characters = inner.chars().peekable();
    let mut ranges = Vec::new();
    while let Some(from) = characters.next() {
        let mut ahead = characters.clone();
        match (ahead.next(), ahead.next()) {
            (Some('-'), Some(to)) => {
                ranges.push((from, to));
                characters = ahead;
            }
            _ => ranges.push((from, from)),
        }
    }
    Some((Part::Set { inverted, ranges }, behind.strip_prefix(']')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_whole_names_as_in_a_shell() {
        for (pattern, name) in [
            ("*", ""),
            ("*", "x"),
            ("app-*", "app-a/b"),
            ("a?p", "app"),
            ("a??e", "acme"),
            ("*-dev", "a-b-dev"),
            ("a*b*c", "abxbxc"),
            ("a[pq]p", "aqp"),
            ("a[!q]p", "app"),
            ("v[0-9].?", "v4.x"),
            ("a[]x]", "a]"),
            ("a[-x]", "a-"),
            ("[", "["),
            ("a.p", "a.p"),
            ("ä*ö", "ä-ö"),
        ] {
            assert!(Glob::new(pattern).fits(name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("app", "apps"),
            ("app", "ap"),
            ("a.p", "axp"),
            ("?", ""),
            ("*-dev", "dev"),
            ("a*", "ba"),
            ("a[!p]p", "app"),
            ("v[0-9]", "vx"),
            ("[z-a]", "m"),
            ("[a", "a"),
        ] {
            assert!(!Glob::new(pattern).fits(name), "{pattern} {name}");
        }
    }

    #[test]
    fn a_bracket_that_nothing_closes_is_seen() {
        for (pattern, is_open) in
            [("[a-z", true), ("x[", true), ("[!", true), ("[[]", false), ("[a]]", false), ("a*", false)]
        {
            assert_eq!(Glob::new(pattern).is_open(), is_open, "{pattern}");
        }
    }

    #[test]
    fn many_stars_take_no_longer() {
        let pattern = "a*".repeat(40) + "b";
        assert!(!Glob::new(&pattern).fits(&"a".repeat(2000)));
    }
}
