//! Secrets inside of addresses.

use super::mask::is_weak;
use crate::quay::mirror::PROXIES;
use crate::quay::names::{password_in_url, proxy_password};

/// The secrets in the value of `option`: the password in a URL, and all that follows the host of a hook (see
/// [`Rules::hooks`](crate::modules::contract::Rules::hooks)). Where that would be too short to be hidden at every place, the URL
/// as a whole is one.
pub fn secrets(option: &str, is_hook: bool, text: &str) -> Vec<String> {
    let password = if PROXIES.contains(&option) { proxy_password(text) } else { password_in_url(text) };
    let mut found: Vec<String> = password.map(str::to_owned).into_iter().collect();
    let behind_host = |text: &str| -> Option<String> {
        let (_, rest) = text.split_once("://")?;
        let (_, rest) = rest.split_once(['/', '?', '#']).filter(|(_, rest)| !rest.is_empty())?;
        Some(if is_weak(rest) { text.to_owned() } else { rest.to_owned() })
    };
    if is_hook {
        found.extend(behind_host(text));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_hook_only_the_host_is_shown() {
        let hook = |text: &str| secrets("url", true, text);
        assert_eq!(hook("https://hooks.slack.com/services/T0/B0/xyz"), ["services/T0/B0/xyz"]);
        assert_eq!(hook("https://h.example.com?token=s3cret"), ["token=s3cret"]);
        assert_eq!(hook("https://u:s3cret@h.example.com/x"), ["s3cret", "https://u:s3cret@h.example.com/x"]);
        for none in ["https://h.example.com", "https://h.example.com/", "no URL"] {
            assert!(hook(none).is_empty(), "{none}");
        }
    }

    #[test]
    fn of_any_other_address_only_the_password_is_hidden() {
        assert_eq!(secrets("https_proxy", false, "u:p/w@proxy:3128"), ["p/w"]);
        assert_eq!(secrets("external_reference", false, "u:p@h"), [""; 0]);
        assert_eq!(secrets("external_registry_url", false, "https://u:p?w@h/x"), ["p?w"]);
        assert!(secrets("description", false, "see https://h.example.com/a/b").is_empty());
    }
}
