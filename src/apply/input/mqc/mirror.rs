//! What a repository is copied from, and who hears when that fails.

use super::Context;
use super::organization::{Names, robot};
use crate::apply::input::foreign::{Entry, Field, Fields, Findings, Once, from_environment, scalar, variable};
use crate::apply::input::sources::SourceAccount;
use crate::apply::input::yaml::{Content, Node, Place, Scalar};

const PARAMETERS: &[&str] = &[
    "src_registry",
    "src_image",
    "src_image_tags",
    "ext_registry_verify_tls",
    "ext_registry_unsigned_image",
    "robot_username",
    "sync_interval",
    "is_enabled",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "ext_registry_username",
    "ext_registry_password",
];

/// Reads the mirror of the repository `name`.
///
/// `mirror` decides: without it, the settings are kept in a mirror that is switched off.
pub fn read(
    repository: &Fields<'_>,
    name: &str,
    mirrored: Option<(Field<'_>, bool)>,
    names: &Names<'_>,
    entry: &mut Entry,
    context: &mut Context<'_>,
) {
    let findings = &mut context.findings;
    let Some((field, on)) = mirrored else {
        // The mistake is noted; what else is wrong shall be told, too.
        if let Some((_, node)) = repository.get("mirror_params") {
            settings(node, name, None, names, context);
        }
        return;
    };
    let Some((_, parameters)) = repository.get("mirror_params") else {
        if on {
            findings
                .warn(field.1, "mirror: true without mirror_params changes nothing: it does not say what to mirror");
        }
        return;
    };
    if on {
        entry.put("repo_state", scalar(&field.1.place, "MIRROR"));
    } else {
        let what = "mirror: false with mirror_params: the mirror is configured and switched off (is_enabled: false), and Quay \
                    takes pushes no longer; leave mirror_params out to keep the repository as it is";
        findings.warn(field.1, what);
    }
    let off = (!on).then_some(field.1);
    if let Some(mirror) = settings(parameters, name, off, names, context) {
        entry.put("mirror", mirror);
    }
}

/// The options of the mirror; `off` is what switches it off.
fn settings(
    node: &Node,
    repository: &str,
    off: Option<&Node>,
    names: &Names<'_>,
    context: &mut Context<'_>,
) -> Option<Node> {
    let findings = &mut context.findings;
    let fields = Fields::read(node, "mirror_params", PARAMETERS, findings)?;
    let mut entry = Entry::at(&node.place);
    let registry = fields.required_text("src_registry", findings);
    let image = fields.required_text("src_image", findings);
    if let (Some(registry), Some(image), Some((_, place))) = (registry, image, fields.get("src_registry")) {
        entry.put("external_reference", scalar(&place.place, format!("{registry}/{image}")));
    }
    if fields.required_text("robot_username", findings).is_some()
        && let Some((key, node)) = fields.get("robot_username")
        && let Some(robot) = robot(node, names, findings)
    {
        entry.copy("robot_username", Some((key, &robot)));
    }
    entry.copy("image_tags", tags(&fields, findings));
    let enabled = fields.flag("is_enabled", findings);
    match off {
        Some(off) => entry.put("is_enabled", scalar(&off.place, false)),
        None if enabled.is_some() => entry.copy("is_enabled", enabled.map(|(field, _)| field)),
        None => entry.set("is_enabled", true),
    }
    entry.copy("sync_interval", interval(&fields, findings));
    fields.required("ext_registry_verify_tls", findings);
    entry.copy("verify_tls", fields.flag("ext_registry_verify_tls", findings).map(|(field, _)| field));
    entry.copy("unsigned_images", fields.flag("ext_registry_unsigned_image", findings).map(|(field, _)| field));
    for proxy in ["http_proxy", "https_proxy", "no_proxy"] {
        entry.copy(proxy, fields.text(proxy, findings));
    }
    credentials(&fields, repository, names, &mut entry, context);
    Some(entry.node())
}

fn tags<'a>(fields: &Fields<'a>, findings: &mut Findings) -> Option<Field<'a>> {
    let field = fields.required("src_image_tags", findings)?;
    let Content::List(tags) = &field.1.content else {
        findings.wrong(field.1, "src_image_tags must be a list");
        return None;
    };
    if tags.is_empty() {
        findings.wrong(field.1, "src_image_tags names no tag: give at least one, \"*\" for all");
    }
    for tag in tags.iter().filter(|tag| tag.as_str().is_none()) {
        findings.wrong(tag, "a tag must be a text: put the value in quotes");
    }
    Some(field)
}

fn interval<'a>(fields: &Fields<'a>, findings: &mut Findings) -> Option<Field<'a>> {
    let field = fields.required("sync_interval", findings)?;
    let Content::Scalar(value) = &field.1.content else {
        findings.wrong(field.1, "sync_interval must be a number of seconds");
        return None;
    };
    if !matches!(value, Scalar::Number(seconds) if seconds.as_u64().is_some_and(|seconds| seconds > 0)) {
        findings.wrong(field.1, "sync_interval must be a number of seconds, 1 or more");
    }
    Some(field)
}

fn credentials(fields: &Fields<'_>, repository: &str, names: &Names<'_>, entry: &mut Entry, context: &mut Context<'_>) {
    let findings = &mut context.findings;
    let inline = fields.text("ext_registry_password", findings);
    let Some((key, node)) = fields.text("ext_registry_username", findings) else {
        if let Some((_, node)) = inline {
            findings.warn(node, "ext_registry_password is not used without ext_registry_username");
        }
        return;
    };
    entry.copy("external_registry_username", Some((key, node)));
    let user = node.as_str().unwrap_or_default();
    if user.is_empty() {
        return;
    }
    const OPTION: &str = "external_registry_password";
    let variable = variable(&["mirror", OPTION, names.organization, repository]);
    let stored = context.login.and_then(|login| login.password(names.organization, repository, user));
    if let Some((_, inline)) = inline {
        let what = match stored {
            Some(_) => "the password in login.yaml wins over ext_registry_password; take the password out of this file",
            None => "the password stands in this file for everybody to read; login.yaml is the place for it",
        };
        context.findings.warn(inline, what);
    }
    if let Some(password) = stored.filter(|_| context.beyond_login) {
        // It is none of the file's own, and was not meant for this host.
        let place = Place::data(password.place.to_string());
        entry.put(OPTION, Node { place, content: password.content.clone() });
    } else if let Some(password) = stored.or(inline.map(|(_, node)| node)) {
        entry.put(OPTION, password.clone());
    } else if context.supplies(&variable) {
        entry.put(OPTION, from_environment(&node.place, &variable));
    } else if !is_supplied(fields, user, context) {
        let what = format!(
            "there is no password for this account: give it to quaymaster login with this file, add one for {} / {repository} to \
             mirror_repository in login.yaml, or set the environment variable {variable}",
            names.organization
        );
        context.findings.wrong(node, what);
    }
}

/// Whether the password of an account comes from elsewhere.
fn is_supplied(fields: &Fields<'_>, user: &str, context: &Context<'_>) -> bool {
    let registry = fields.get("src_registry").and_then(|(_, node)| node.as_str()).unwrap_or_default();
    context.options.accounts.have(&SourceAccount::of(registry, user))
}

const EVENT: &str = "repo_mirror_sync_failed";
const METHOD: &str = "webhook";

/// The notifications of a repository: calls of a webhook when mirroring fails.
pub fn notifications(repository: &Fields<'_>, findings: &mut Findings) -> Vec<Node> {
    let mut once = Once::default();
    let mut notifications = Vec::new();
    for node in repository.list("notification", findings) {
        notifications.extend(notification(node, &mut once, findings));
    }
    notifications
}

fn notification(node: &Node, once: &mut Once, findings: &mut Findings) -> Option<Node> {
    const KEYS: &[&str] = &["title", "event", "method", "config", "eventConfig"];
    let fields = Fields::read(node, "a notification", KEYS, findings)?;
    let event = fields.required_text("event", findings);
    let method = fields.required_text("method", findings);
    let title = fields.text("title", findings);
    let config = fields.required("config", findings);
    let config = config.and_then(|(_, node)| Fields::read(node, "config", &["url"], findings));
    let url = config.and_then(|config| Some((config.required_text("url", findings)?, config.get("url")?)));
    if let Some((_, extra)) = fields.get("eventConfig")
        && Fields::open(extra, "eventConfig", findings).is_some_and(|extra| extra.all().next().is_some())
    {
        findings.warn(extra, format!("eventConfig is left out: {EVENT} has no settings"));
    }
    let (event, method, (url, url_field)) = (event?, method?, url?);
    if (event, method) != (EVENT, METHOD) {
        let what = format!("the notification is left out: only {EVENT} by {METHOD} is known in these files");
        findings.warn(node, what);
        return None;
    }
    let mut entry = Entry::at(&node.place);
    match title.filter(|(_, node)| node.as_str() != Some("")) {
        Some((key, title)) => {
            once.check("notification", title.as_str().unwrap_or_default(), title, findings);
            entry.copy("title", Some((key, title)));
        }
        // Quay wants a title, and the next run has to find the notification by something.
        None => {
            let title = format!("{EVENT}: {}", host(url));
            once.check("notification without a title to", &host(url), node, findings);
            entry.set("title", title);
        }
    }
    entry.copy("event", fields.get("event"));
    entry.copy("method", fields.get("method"));
    let mut config = Entry::at(&url_field.1.place);
    config.copy("url", Some(url_field));
    entry.put("config", config.node());
    Some(entry.node())
}

/// The host alone: the rest of such an address is often a secret.
fn host(url: &str) -> String {
    let url = url::Url::parse(url).ok();
    url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| METHOD.to_owned())
}
