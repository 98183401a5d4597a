//! Proxies, as far as messages and trust need to know of them; the connection pool finds its own way.

use crate::error::{Error, Result};

/// The variable of the environment that sends requests with this scheme through a proxy, if one does.
///
/// `NO_PROXY` may still exclude the server.
pub fn variable(scheme: &str) -> Option<&'static str> {
    let names: [&str; 4] = match scheme {
        "https" => ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
        _ => ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
    };
    names.into_iter().find(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Refuses a proxy for this scheme that the connection pool cannot use: it would connect directly, without a word.
///
/// # Errors
/// A sentence about the variable. It does not repeat the value, which may hold a password.
pub fn check(scheme: &str) -> Result<()> {
    let Some(name) = variable(scheme) else { return Ok(()) };
    match std::env::var(name).is_ok_and(|value| is_usable(&value)) {
        true => Ok(()),
        false => Err(Error::Option(format!(
            "{name} is not the address of an HTTP proxy: write it as http://proxy.example.com:3128, or unset it for a \
             direct connection"
        ))),
    }
}

/// Without a scheme, http is meant. The pool speaks no SOCKS.
fn is_usable(address: &str) -> bool {
    let spoken =
        |uri: http::Uri| uri.authority().is_some() && matches!(uri.scheme_str(), None | Some("http" | "https"));
    let whole = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    // The pool's own judgement, which leaves a wrong port to the moment of the connection.
    address.parse().is_ok_and(spoken) && url::Url::parse(&whole).is_ok_and(|url| url.has_host())
}

#[cfg(test)]
mod tests {
    use super::is_usable;

    #[test]
    fn a_proxy_has_a_host_and_speaks_http() {
        for good in ["http://proxy:3128", "https://me:pass%2Fword@proxy", "proxy:3128", "http://[::1]:3128/"] {
            assert!(is_usable(good), "{good}");
        }
        for bad in ["socks5://proxy:1080", "http://", "http://pro xy", "http://proxy:port:1", "//", "http://pröxy"] {
            assert!(!is_usable(bad), "{bad}");
        }
    }
}
