//! Identifiers and secrets that the server makes up.

/// A random UUID (version 4).
pub fn uuid() -> String {
    let bits =
        (fastrand::u128(..) & !(0xf000_u128 << 64) & !(0xc000_u128 << 48)) | (0x4000_u128 << 64) | (0x8000_u128 << 48);
    let hex = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// Random capital letters and digits, as in tokens and client ids.
pub fn capitals(length: usize) -> String {
    const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    pick(SIGNS, length)
}

/// Random letters and digits, as in OAuth tokens.
pub fn letters(length: usize) -> String {
    const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    pick(SIGNS, length)
}

fn pick(signs: &[u8], length: usize) -> String {
    (0..length).map(|_| char::from(signs[fastrand::usize(..signs.len())])).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn uuids_carry_version_and_variant() {
        let uuid = super::uuid();
        assert_eq!(uuid.len(), 36);
        assert_eq!(&uuid[14..15], "4");
        assert!("89ab".contains(&uuid[19..20]));
    }
}
