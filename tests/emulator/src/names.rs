//! What names, mail addresses and passwords have to look like.

/// Checks a name of a user, organization, team or robot; the error is the rule that it breaks.
pub fn check_namespace(name: &str) -> Result<(), &'static str> {
    if !(2..=255).contains(&name.len()) {
        return Err("Namespace must be between 2 and 255 characters in length");
    }
    let part =
        |part: &str| !part.is_empty() && part.bytes().all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit());
    if name.split(['.', '_', '-']).all(part) {
        Ok(())
    } else {
        Err("Namespace must match expression ^([a-z0-9]+(?:[._-][a-z0-9]+)*)$")
    }
}

/// Whether a repository name is allowed, with slashes if `nested`.
pub fn is_repository(name: &str, nested: bool) -> bool {
    let part = |part: &str| {
        let signs = part
            .bytes()
            .all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit() || matches!(sign, b'.' | b'_' | b'-'));
        signs && part.starts_with(|sign: char| sign.is_ascii_alphanumeric())
    };
    name.len() <= 255 && if nested { name.split('/').all(part) } else { part(name) }
}

/// Whether a text is a mail address.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    !local.is_empty()
        && !domain.contains('@')
        && !text.contains(char::is_whitespace)
        && domain.contains('.')
        && !domain.starts_with('.')
}

/// Whether a password is allowed.
pub fn is_password(text: &str) -> bool {
    text.len() >= 8 && !text.contains(char::is_whitespace)
}

/// What Quay says about a password that is not allowed.
pub const PASSWORD_RULE: &str = "Invalid password, password must be at least 8 characters and contain no whitespace.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces_follow_the_rule_of_the_server() {
        assert!(check_namespace("acme-1.x_y").is_ok());
        for bad in ["a", "Bad", "bad name", "x--y", "-x", "x."] {
            assert!(check_namespace(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn repositories_may_be_nested() {
        assert!(is_repository("a/b/c", true));
        assert!(!is_repository("a/b/c", false));
        assert!(!is_repository("Bad Name", true));
        assert!(!is_repository("a//b", true));
    }
}
