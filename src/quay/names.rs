//! Names and other texts that Quay accepts, checked before any request.

use serde_json::{Value, json};

use super::text;
use crate::error::{is_control, plain};

/// The name of an organization, user, team or the short name of a robot account.
///
/// Quay: `[a-z0-9]+` groups joined by single `.`, `_` or `-`, 2 to 255 characters. A leading digit is allowed.
///
/// # Errors
/// When Quay would refuse the name.
pub fn name(value: &Value) -> Result<Value, String> {
    let text = text(value);
    check_name(text)?;
    Ok(json!(text))
}

/// The name of a namespace that exists: an organization, or a user whose name can come from elsewhere (LDAP, OIDC).
///
/// # Errors
/// When it is empty, or holds a `/` or a character that nobody sees.
pub fn namespace(value: &Value) -> Result<Value, String> {
    match text(value) {
        name if name.trim().is_empty() => Err("a namespace has a name".into()),
        name if name.contains(is_control) => Err(format!("\"{}\" holds a character that cannot be seen", plain(name))),
        name if name.contains('/') => Err(format!("\"{name}\" is not a namespace: there is no \"/\" in one")),
        _ => Ok(value.clone()),
    }
}

/// The namespace of the repository that has this full name: what comes before the first `/`.
pub fn namespace_of(full: &str) -> &str {
    full.split_once('/').map_or(full, |(namespace, _)| namespace)
}

/// Like [`name`]; an empty text counts as not given and becomes null.
///
/// # Errors
/// When Quay would refuse the name.
pub fn name_or_empty(value: &Value) -> Result<Value, String> {
    if text(value).is_empty() { Ok(Value::Null) } else { name(value) }
}

/// An optional text; an empty one counts as not given and becomes null.
///
/// # Errors
/// Never.
pub fn empty_is_none(value: &Value) -> Result<Value, String> {
    Ok(if text(value).is_empty() { Value::Null } else { value.clone() })
}

/// `namespace+short`, or `short` for a robot account of the caller.
///
/// # Errors
/// When the short name is one that Quay would refuse, or the namespace is empty.
pub fn robot(value: &Value) -> Result<Value, String> {
    let text = text(value);
    match text.split_once('+') {
        Some(("", _)) => Err(format!("\"{text}\" lacks the namespace before the +")),
        Some((_, short)) => check_name(short).map(|()| json!(text)),
        None => check_name(text).map(|()| json!(text)),
    }
}

/// `namespace/repository`, nested (`namespace/a/b`), or `repository` of the caller; outer slashes are removed.
///
/// # Errors
/// When one of two parts is empty (`namespace/` is not a repository of the caller), when a part does not begin with a letter or digit or
/// holds anything but `a-z`, `0-9`, `.`, `_`, `-`, when the name is longer than 255 characters, or when Quay's API takes its end for
/// something else.
pub fn repository(value: &Value) -> Result<Value, String> {
    let given = text(value);
    let trimmed = given.trim_matches('/');
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let part =
        |part: &str| part.starts_with(allowed) && part.chars().all(|c| allowed(c) || matches!(c, '.' | '_' | '-'));
    if trimmed.is_empty() || !trimmed.split('/').all(part) {
        return Err(format!(
            "\"{given}\" is not a repository name: lower-case letters, digits, \".\", \"_\" and \"-\", beginning with a \
             letter or digit, as namespace/repository"
        ));
    }
    if trimmed.len() < given.len() && !trimmed.contains('/') {
        return Err(format!("\"{given}\" lacks the namespace or the repository beside the /, as namespace/repository"));
    }
    if trimmed.len() > 255 {
        return Err(format!("a repository name has at most 255 characters, this one has {}", trimmed.len()));
    }
    match shadow(trimmed) {
        Some(end) => Err(format!(
            "\"{given}\" is a name that Quay's API does not reach: it takes /{end} for a part of another repository, so use \
             another name"
        )),
        None => Ok(json!(trimmed)),
    }
}

/// What stands behind the name of a repository in the routes of Quay's API that read, change or delete; `*` is any one part.
const BELOW: &[&str] = &[
    "aggregatelogs",
    "autoprunepolicy",
    "autoprunepolicy/*",
    "build",
    "build/*",
    "build/*/logs",
    "build/*/status",
    "changestate",
    "immutabilitypolicy",
    "immutabilitypolicy/*",
    "logs",
    "manifest/*",
    "manifest/*/labels",
    "manifest/*/labels/*",
    "manifest/*/pull_statistics",
    "manifest/*/security",
    "mirror",
    "notification",
    "notification/*",
    "permissions/team",
    "permissions/team/*",
    "permissions/user",
    "permissions/user/*",
    "permissions/user/*/transitive",
    "tag",
    "tag/*",
    "tag/*/pull_statistics",
    "tokens",
    "tokens/*",
    "trigger",
    "trigger/*",
    "trigger/*/builds",
];

/// The end of a nested name that leads to something below a shorter one, which has two parts at least. `mirror/health` is where Quay 3.18
/// shows the state of all mirrors.
fn shadow(name: &str) -> Option<String> {
    let parts: Vec<&str> = name.split('/').collect();
    if parts == ["mirror", "health"] {
        return Some("health".into());
    }
    let fits = |end: &[&str]| {
        BELOW.iter().any(|route| {
            let route = route.split('/');
            route.clone().count() == end.len() && route.zip(end).all(|(form, part)| form == "*" || form == *part)
        })
    };
    (2..parts.len()).filter_map(|at| parts.get(at..)).find(|end| fits(end)).map(|end| end.join("/"))
}

/// A password for a new account: 8 characters or more, no white space.
///
/// # Errors
/// When Quay would refuse it; the text of the password is not repeated.
pub fn password(value: &Value) -> Result<Value, String> {
    let text = text(value);
    if text.chars().count() < 8 || text.chars().any(char::is_whitespace) {
        return Err("a password has 8 characters or more and no white space".into());
    }
    Ok(value.clone())
}

/// An e-mail address, at most 254 characters; an empty text counts as not given and becomes null.
///
/// # Errors
/// When it is none: not exactly one `@`, nothing before it, or no dot in the domain. Quay checks it less often.
pub fn email_or_empty(value: &Value) -> Result<Value, String> {
    let address = text(value);
    if address.is_empty() {
        return Ok(Value::Null);
    }
    let domain = |domain: &str| domain.contains('.') && domain.split('.').all(|label| !label.is_empty());
    match address.split_once('@') {
        Some((local, rest))
            if !local.is_empty() && domain(rest) && !rest.contains('@') && !address.contains(char::is_whitespace) =>
        {
            at_most(254, value)
        }
        _ => Err(format!("\"{address}\" is not an e-mail address")),
    }
}

/// A text that Quay stores in 255 characters.
///
/// # Errors
/// When it is longer.
pub fn at_most_255(value: &Value) -> Result<Value, String> {
    at_most(255, value)
}

/// The name of a token: 1 to 255 characters, without the blanks around it, which Quay cuts off.
///
/// # Errors
/// When nothing is left of it, or it is longer.
pub fn title(value: &Value) -> Result<Value, String> {
    match super::written(value).trim() {
        "" => Err("must not be empty".into()),
        name => at_most_255(&json!(name)),
    }
}

/// A text that Quay stores in so many characters.
///
/// # Errors
/// When it is longer.
pub fn at_most(most: usize, value: &Value) -> Result<Value, String> {
    let length = text(value).chars().count();
    if length > most { Err(format!("at most {most} characters, this has {length}")) } else { Ok(value.clone()) }
}

/// Whether a `host[:port]` looks like one inside a private network.
pub fn is_internal_host(host: &str) -> bool {
    let Ok(url) = url::Url::parse(&format!("https://{host}/")) else {
        return false;
    };
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified(),
        Some(url::Host::Ipv6(ip)) => {
            ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_unspecified()
        }
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".local") || name.ends_with(".internal"),
        None => false,
    }
}

/// An http or https URL.
///
/// # Errors
/// When it is none.
pub fn web_url(value: &Value) -> Result<Value, String> {
    let given = text(value);
    match url::Url::parse(given) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(value.clone()),
        _ => Err(format!("\"{given}\" is not an http or https URL")),
    }
}

/// The password in a URL such as `http://user:password@proxy:3128`, as it is spelled there.
///
/// A `/`, `?` or `#` in the password should be encoded; who forgets that shall not see it shown.
pub fn password_in_url(text: &str) -> Option<&str> {
    password_before_host(text.split_once("://")?.1)
}

/// The password in the address of a proxy, which can do without a scheme.
pub fn proxy_password(text: &str) -> Option<&str> {
    password_before_host(text.split_once("://").map_or(text, |(_, rest)| rest))
}

fn password_before_host(rest: &str) -> Option<&str> {
    let authority = rest.split(['/', '?', '#']).next()?;
    let user = match authority.rsplit_once('@') {
        Some((user, _)) => user,
        // `proxy:3128/a@b`: a port, and an at sign in the path.
        None if authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) => return None,
        None => rest.rsplit_once('@')?.0,
    };
    let (name, password) = user.split_once(':')?;
    (!password.is_empty() && !name.contains(['/', '?', '#'])).then_some(password)
}

/// Splits `namespace+short`.
pub fn split_robot(name: &str) -> Option<(&str, &str)> {
    name.split_once('+')
}

fn check_name(name: &str) -> Result<(), String> {
    let group = |group: &str| !group.is_empty() && group.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    if !name.split(['.', '_', '-']).all(group) {
        return Err(format!(
            "\"{name}\" is not a name that Quay accepts: lower-case letters and digits, joined by single \".\", \"_\" or \
             \"-\""
        ));
    }
    match name.len() {
        2..=255 => Ok(()),
        length => Err(format!("\"{name}\" has {length} characters: Quay accepts 2 to 255")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rule_of_the_server() {
        for good in ["ab", "9a", "a.b_c-d", "x9"] {
            assert!(name(&json!(good)).is_ok(), "{good}");
        }
        for bad in ["a", "", "A b", "a--b", "-ab", "ab-", "a..b", "é!", "a/b", "a+b"] {
            assert!(name(&json!(bad)).is_err(), "{bad}");
        }
        assert!(name(&json!("x".repeat(255))).is_ok());
        assert!(name(&json!("x".repeat(256))).is_err());
    }

    #[test]
    fn a_namespace_can_be_seen() {
        for good in ["acme", "Jane Doe", "jane.doe@example.com", "müller"] {
            assert!(namespace(&json!(good)).is_ok(), "{good}");
        }
        for bad in ["", " ", "a/b", "ac\u{200b}me", "ac\u{202e}me", "\u{feff}acme", "ac\nme"] {
            assert!(namespace(&json!(bad)).is_err(), "{bad:?}");
        }
        assert!(namespace(&json!("ac\u{ad}me")).unwrap_err().starts_with(r#""ac\u{ad}me" holds"#));
    }

    #[test]
    fn a_repository_is_not_called_like_a_part_of_another() {
        for good in
            ["acme/build", "acme/tag", "acme/mirror", "acme/app/builds", "acme/tag/app", "build/app/x", "acme/manifest"]
        {
            assert!(repository(&json!(good)).is_ok(), "{good}");
        }
        for bad in
            ["acme/app/build", "acme/a/b/tag", "acme/app/trigger/x", "acme/app/permissions/user/x", "mirror/health"]
        {
            assert!(repository(&json!(bad)).unwrap_err().contains("does not reach"), "{bad}");
        }
        let told = repository(&json!("acme/app/tag/v1")).unwrap_err();
        assert!(told.contains("it takes /tag/v1 for a part of another repository"), "{told}");
    }

    #[test]
    fn robots_may_name_their_namespace() {
        assert!(robot(&json!("acme+ci")).is_ok());
        assert!(robot(&json!("ci")).is_ok());
        for bad in ["+ci", "acme+", "acme+a+b", "acme+C"] {
            assert!(robot(&json!(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn repositories_lose_outer_slashes_only() {
        assert_eq!(repository(&json!("/acme/a/b/")), Ok(json!("acme/a/b")));
        assert_eq!(repository(&json!("app")), Ok(json!("app")));
        for half in ["acme/", "/app"] {
            assert!(repository(&json!(half)).unwrap_err().contains("lacks the namespace or the repository"), "{half}");
        }
        for bad in ["", "/", "acme//b", "acme/B", "acme/.b", "acme/b c", "acme/b?x"] {
            assert!(repository(&json!(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_address_has_a_local_part_and_a_domain() {
        assert_eq!(email_or_empty(&json!("")), Ok(Value::Null));
        assert!(email_or_empty(&json!("a.b+c@example.com")).is_ok());
        for bad in ["a", "@example.com", "a@b", "a@b@example.com", "a b@example.com", "a@.com", "a@example."] {
            assert!(email_or_empty(&json!(bad)).is_err(), "{bad}");
        }
        assert!(email_or_empty(&json!(format!("{}@example.com", "a".repeat(250)))).is_err());
    }

    #[test]
    fn a_namespace_is_one_part_of_a_path() {
        assert!(namespace(&json!("Bob X")).is_ok());
        for bad in ["", " ", "acme/team"] {
            assert!(namespace(&json!(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_url_can_hold_a_password() {
        assert_eq!(password_in_url("http://bob:s3:c@ret@proxy:3128/x@y"), Some("s3:c@ret"));
        assert_eq!(password_in_url("http://bob:s3/c?r#et@proxy:3128"), Some("s3/c?r#et"));
        assert_eq!(proxy_password("bob:s3/cret@proxy:3128"), Some("s3/cret"));
        assert_eq!(proxy_password("proxy:3128"), None);
        for none in [
            "http://host/a:b@c",
            "http://proxy:3128",
            "http://bob@proxy",
            "http://bob:@proxy",
            "http://proxy:3128/a@b",
            "a:b@c",
            "",
        ] {
            assert_eq!(password_in_url(none), None, "{none}");
        }
    }

    #[test]
    fn a_bad_password_is_not_repeated() {
        let error = password(&json!("my secret")).unwrap_err();
        assert!(!error.contains("secret"));
    }
}
