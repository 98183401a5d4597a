//! Proxy caches, and the checks of foreign registries that mirrors and notifications need too.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::{Right, Route, delete, get, post};
use crate::{
    answer::{Answer, Outcome},
    call::Call,
    config::Settings,
    state::ProxyCache,
};

const ADMIN: Right = Right::OrganizationAdmin;
const ON: &[&str] = &["PROXY_CACHE"];
/// A day.
const DEFAULT_EXPIRATION: i64 = 86_400;

pub(super) const ROUTES: &[Route] = &[
    get("organization/{orgname}/proxycache", show).features(ON),
    post("organization/{orgname}/proxycache", create).body().needs(ADMIN).features(ON),
    delete("organization/{orgname}/proxycache", remove).needs(ADMIN).features(ON),
    post("organization/{orgname}/validateproxycache", validate).body().needs(ADMIN).features(ON),
];

/// Refuses registries inside the own network, and names that do not resolve.
pub(super) fn check_registry(settings: &Settings, registry: &str) -> Result<(), Answer> {
    let without_scheme = registry.split_once("://").map_or(registry, |(_, rest)| rest);
    let authority = without_scheme.split('/').next().unwrap_or_default();
    let host = authority
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|sign| sign.is_ascii_digit()))
        .map_or(authority, |(host, _)| host);
    if settings.list("SSRF_ALLOWED_HOSTS").contains(&host) {
        return Ok(());
    }
    let inside = match host.trim_matches(['[', ']']).parse() {
        Ok(IpAddr::V4(ip)) => ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified(),
        Ok(IpAddr::V6(ip)) => {
            ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local() || ip.is_unicast_link_local()
        }
        Err(_) => host == "localhost" || host.ends_with(".local") || host.ends_with(".internal") || host.is_empty(),
    };
    if inside {
        return Err(Answer::invalid("The provided registry URL is not allowed"));
    }
    if settings.list("EMULATOR_UNKNOWN_HOSTS").iter().any(|ending| host.ends_with(ending)) {
        return Err(Answer::invalid(format!("Cannot resolve hostname '{host}'")));
    }
    Ok(())
}

fn show(call: &mut Call) -> Outcome {
    let name = call.param("orgname");
    if call.team_role(&name).is_none() && !call.full_access() && !call.readonly_superuser() {
        return Err(call.refusal());
    }
    // Without a configuration, and even without an organization, every field is an empty text.
    Answer::ok(&match call.state.organization(&name).and_then(|found| found.proxy.as_ref()) {
        None => json!({ "expiration_s": "", "insecure": "", "upstream_registry": "" }),
        Some(proxy) => {
            json!({ "expiration_s": proxy.expiration_s, "insecure": proxy.insecure, "upstream_registry": proxy.upstream_registry })
        }
    })
}

fn create(call: &mut Call) -> Outcome {
    let name = call.param("orgname");
    let organization = call.organization()?;
    if organization.proxy.is_some() {
        return Err(Answer::invalid("Proxy Cache Configuration already exists"));
    }
    if organization.mirror.is_some() {
        return Err(Answer::invalid(
            "Cannot create proxy cache: organization is managed by organization-level mirroring",
        ));
    }
    let proxy = wanted(call)?;
    let registry = proxy.upstream_registry.clone();
    call.organization_mut()?.proxy = Some(proxy);
    call.log("create_proxy_cache_config", Some(&name), None, json!({ "upstream_registry": registry }));
    Answer::created(&json!("Created"))
}

fn wanted(call: &Call) -> Result<ProxyCache, Answer> {
    let upstream_registry = call.text("upstream_registry").unwrap_or_default();
    if call.settings.version.guards_proxies() {
        check_registry(call.settings, &upstream_registry)?;
    }
    Ok(ProxyCache {
        upstream_registry,
        username: call.text("upstream_registry_username"),
        password: call.text("upstream_registry_password"),
        expiration_s: call.body.get("expiration_s").and_then(Value::as_i64).unwrap_or(DEFAULT_EXPIRATION),
        insecure: call.body.get("insecure").and_then(Value::as_bool).unwrap_or(false),
    })
}

fn remove(call: &mut Call) -> Outcome {
    let name = call.param("orgname");
    call.organization_mut()?.proxy.take().ok_or_else(Answer::not_found)?;
    call.log("delete_proxy_cache_config", Some(&name), None, json!({}));
    Answer::created(&json!("Deleted"))
}

fn validate(call: &mut Call) -> Outcome {
    if call.organization()?.proxy.is_some() {
        return Err(Answer::invalid("Proxy Cache Configuration already exists"));
    }
    let wanted = wanted(call)?;
    if wanted.upstream_registry.split('/').next().is_some_and(|host| host.starts_with("down.")) {
        return Err(Answer::invalid("Failed login to remote registry. Please verify entered details and try again."));
    }
    let verdict = if wanted.username.is_some() { "Valid" } else { "Anonymous" };
    Ok(Answer::json(202, &json!(verdict)))
}
