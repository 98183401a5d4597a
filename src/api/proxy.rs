//! Proxies, as far as messages and trust need to know of them; the connection pool finds its own way.

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
