//! "Did you mean ...?"

/// The one name that is so close to a wrong one that it was probably meant.
pub fn close<'a>(wrong: &str, names: &[&'a str]) -> Option<&'a str> {
    // One slip in a short name, two or three in a long one.
    let limit = (wrong.chars().count() / 3).clamp(1, 3);
    let distance = |name: &str| strsim::damerau_levenshtein(&wrong.to_lowercase(), name);
    let mut ranked: Vec<(usize, &str)> = names.iter().map(|name| (distance(name), *name)).collect();
    ranked.sort_unstable();
    match ranked.as_slice() {
        [(best, name), rest @ ..] if *best <= limit && rest.first().is_none_or(|(next, _)| next > best) => Some(name),
        _ => None,
    }
}
