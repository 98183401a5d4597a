//! Secrets in Base64.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

/// Shorter pieces of Base64 appear by accident.
const LEAST: usize = 8;

/// The Base64 texts that show `secret` wherever they stand: of itself, and the part that does not depend on the neighbours
/// when it stands in a longer text (`$app:secret`), for each of the three places where it can begin.
pub fn forms(secret: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for engine in [STANDARD, URL_SAFE] {
        let padded = engine.encode(secret);
        forms.push(padded.trim_end_matches('=').to_owned());
        forms.push(padded);
        for before in 0..3 {
            let mut bytes = vec![0; before];
            bytes.extend(secret.as_bytes());
            let text = engine.encode(&bytes);
            // Six bits a character: the first and the last one may hold bits of the neighbours.
            forms.push(text[(before * 8).div_ceil(6)..bytes.len() * 8 / 6].to_owned());
        }
    }
    forms.retain(|form| form.len() >= LEAST);
    forms
}

/// The Base64 texts of a secret that is too short for a piece of its Base64 to mean anything: they show it as words.
pub fn short_forms(secret: &str) -> Vec<String> {
    let forms = [STANDARD, URL_SAFE].map(|engine| engine.encode(secret));
    forms.into_iter().filter(|form| form.len() < LEAST).collect()
}

/// The pieces of `text` that are Base64 of a text, with where they begin and end: `dXNlcjphYmM=` is `user:abc`.
pub fn texts(text: &str) -> impl Iterator<Item = (usize, usize, String)> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte);
    let bytes = text.as_bytes();
    let pieces = bytes.chunk_by(move |one, next| is_part(*one) == is_part(*next));
    let pieces = pieces.scan(0, |end, piece| {
        let start = *end;
        *end += piece.len();
        Some((start, *end))
    });
    pieces.filter(|(start, end)| end - start >= LEAST).filter_map(|(start, end)| {
        let piece = &text[start..end];
        let decoded = STANDARD_NO_PAD.decode(piece).or_else(|_| URL_SAFE_NO_PAD.decode(piece)).ok()?;
        let decoded = String::from_utf8(decoded).ok()?;
        let is_text = |c: char| !c.is_control() || c.is_whitespace();
        decoded.chars().all(is_text).then_some((start, end, decoded))
    })
}
