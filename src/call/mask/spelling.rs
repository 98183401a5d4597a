//! The ways in which a text stands inside of other text.

use std::borrow::Cow;

/// A way to write text inside of other text. Each is read on its own, so that a secret which looks escaped is found
/// both as it is and escaped once more.
#[derive(Clone, Copy, PartialEq)]
pub enum Spelling {
    /// As it is.
    Plain,
    /// `%2F`, as in a path.
    Percent,
    /// `%2F` and `+` for a blank, as in a query.
    Query,
    /// `\n`, `\"`, `\u00e9`, `\u{e9}`, `\xe9`: JSON, and Rust's `Debug`.
    Backslash,
}

/// A text as a spelling reads it.
pub struct Reading<'a> {
    /// What it means.
    pub bytes: Cow<'a, [u8]>,
    /// Where each of the bytes stands in the text; `None` where it always stands at its own place.
    starts: Option<Vec<usize>>,
    length: usize,
}

impl Reading<'_> {
    /// Where in the text the byte with this index begins; the length of the text for the index after the last one.
    pub fn place(&self, index: usize) -> usize {
        self.starts.as_ref().map_or(index, |starts| starts.get(index).copied().unwrap_or(self.length))
    }
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
    /// All of them.
    pub const ALL: [Spelling; 4] = [Spelling::Plain, Spelling::Percent, Spelling::Query, Spelling::Backslash];

    /// Whether the spelling makes a difference in `text`.
    pub fn may_be_in(self, text: &[u8]) -> bool {
        match self {
            Spelling::Plain => true,
            Spelling::Percent => text.contains(&b'%'),
            Spelling::Query => text.contains(&b'+'),
            Spelling::Backslash => text.contains(&b'\\'),
        }
    }

    /// Reads the whole of `text`.
    pub fn read(self, text: &[u8]) -> Reading<'_> {
        if self == Spelling::Plain {
            return Reading { bytes: Cow::Borrowed(text), starts: None, length: text.len() };
        }
        let (mut bytes, mut starts, mut at) = (Vec::with_capacity(text.len()), Vec::with_capacity(text.len()), 0);
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let unit = self.decode(rest);
            bytes.extend_from_slice(&unit.bytes[..unit.length]);
            starts.resize(bytes.len(), at);
            at += unit.width;
        }
        Reading { bytes: Cow::Owned(bytes), starts: Some(starts), length: text.len() }
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
