//! Mass apply on older servers: what they lack is told before the first write, and the rest is brought about.

use serde_json::{Value, json};

use crate::apply::support::{Mass, complaints};

/// A new organization with one thing of each kind that came after 3.9.
fn acme(more: Value) -> Value {
    let mut organization = json!({"name": "acme", "robots": [{"name": "ci"}], "repositories": [{"name": "app"}]});
    organization.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"registry": {}, "organizations": [organization]})
}

/// Of an organization that is still to be made nobody has asked the server anything: `/config` alone can tell.
#[test]
fn what_a_new_organization_lacks_there_is_refused_before_the_first_write() {
    let robots = json!([{"name": "ci", "federations": [{"issuer": "https://idp.example.com", "subject": "x"}]}]);
    let mirror = json!({"external_registry_type": "quay", "external_registry_url": "https://quay.io", "external_namespace": "acme",
        "robot_username": "acme+ci", "sync_interval": 3600, "sync_start_date": "2030-01-01T00:00:00Z", "visibility": "private"});
    let pattern = json!([{"method": "tags", "value": "5", "tag_pattern": "^dev"}]);
    let two = json!([{"method": "tags", "value": "5"}, {"method": "date", "value": "7d"}]);
    let locks = json!([{"tag_pattern": "v.*"}]);
    for (version, more, words) in [
        ("3.12", json!({"mirror": mirror}), "needs Quay 3.17"),
        ("3.12", json!({"immutability_policies": locks}), "needs Quay 3.17"),
        ("3.12", json!({"repositories": [{"name": "app", "immutability_policies": locks}]}), "needs Quay 3.17"),
        ("3.12", json!({"prune_policies": pattern}), "tag_pattern needs Quay 3.13"),
        ("3.12", json!({"repositories": [{"name": "app", "prune_policies": pattern}]}), "tag_pattern needs Quay 3.13"),
        ("3.12", json!({"robots": robots}), "needs Quay 3.13"),
        ("3.12", json!({"prune_policies": two}), "a second policy needs Quay 3.13"),
        ("3.12", json!({"repositories": [{"name": "app", "prune_policies": two}]}), "a second policy needs Quay 3.13"),
        ("3.9", json!({"prune_policies": [{"method": "tags", "value": "5"}]}), "needs Quay 3.10"),
        (
            "3.10",
            json!({"repositories": [{"name": "app", "prune_policies": [{"method": "tags", "value": "5"}]}]}),
            "needs Quay 3.11",
        ),
    ] {
        let refusals = Mass::on_quay(version).refused(acme(more.clone()));
        assert!(refusals.contains(words), "{version} {more}: {refusals}");
        assert!(!refusals.contains("Internal Server Error"), "{refusals}");
        // Without it everything is made, and stays as it is.
        let mass = Mass::on_quay(version);
        mass.applied(acme(json!({})));
        mass.settled(acme(json!({})));
        // Where the organization is there already, the refusal is the same.
        let (before, report) = (mass.writes(), mass.apply(acme(more.clone())));
        let complaints = complaints(&report);
        assert!(complaints.contains(words), "{version} {more}: {complaints}");
        assert_eq!(mass.writes(), before, "{version} {more}");
    }
}

/// One file on every release, with all that the oldest has.
#[test]
fn what_every_version_has_is_brought_about_on_each() {
    for version in ["3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15", "3.16", "3.17", "3.18"] {
        let mass = Mass::on_quay(version);
        let config = acme(json!({
            "email": "acme@example.com", "time_machine_expiration": "1d",
            "robots": [{"name": "ci", "description": "CI"}],
            "teams": [{"name": "devs", "role": "creator", "members": ["acme+ci"]}],
            "applications": [{"name": "app"}],
            "default_permissions": [{"name": "acme+ci", "type": "user", "role": "read"}],
            "quota": {"quota": "10 GiB", "warning_pct": 80},
            "repositories": [
                {"name": "app", "description": "App", "notifications": [
                    {"title": "push", "event": "repo_push", "method": "webhook", "config": {"url": "https://hook.example.com/x"}}]},
                {"name": "copy", "repo_state": "MIRROR", "mirror": {"external_reference": "quay.io/acme/copy",
                    "robot_username": "acme+ci", "image_tags": ["latest"], "sync_interval": 3600}},
            ],
        }));
        mass.applied(config.clone());
        mass.settled(config);
    }
}

/// From 3.10 to 3.15 Quay tells a superuser with full access no more of an organization than a stranger, and lets them do the work.
#[test]
fn a_superuser_with_full_access_works_in_organizations_of_others() {
    let config = acme(json!({
        "default_permissions": [{"name": "acme+ci", "type": "user", "role": "read"}],
        "applications": [{"name": "app"}],
    }));
    for version in ["3.10", "3.15", "3.16", "3.18"] {
        let mass = Mass::on_quay(version);
        mass.registry.ok("quay_organization", json!({"name": "acme"}));
        mass.registry.leave();
        mass.applied(config.clone());
        mass.settled(config.clone());
    }
    // What a pattern meets is what it does not show them, and nobody has to guess that.
    let pattern = acme(json!({"repositories": [{"name": "app-*", "description": "ours"}]}));
    for (version, is_shown) in [("3.15", false), ("3.16", true)] {
        let mass = Mass::on_quay(version);
        mass.registry.ok("quay_organization", json!({"name": "acme"}));
        mass.registry.ok("quay_repository", json!({"name": "acme/app-one"}));
        mass.registry.leave();
        let report = mass.plan(pattern.clone());
        let warnings = report.endpoints[0].warnings.join("\n");
        assert_eq!(
            warnings.contains("patterns of repositories meet nothing in acme"),
            !is_shown,
            "{version}: {warnings}"
        );
        assert_eq!(report.counts().change, usize::from(is_shown), "{version}");
    }
    // Teams are what such a Quay does not show them.
    let mass = Mass::on_quay("3.15");
    mass.registry.ok("quay_organization", json!({"name": "acme"}));
    mass.registry.leave();
    let writes = mass.writes();
    let complaints = complaints(&mass.apply(acme(json!({"teams": [{"name": "devs", "role": "member"}]}))));
    assert!(complaints.contains("before 3.16 only its members see them"), "{complaints}");
    assert_eq!(mass.writes(), writes);
    // Without full access they are a stranger; 3.9 refuses them new repositories.
    for (version, full_access) in [("3.15", false), ("3.9", true)] {
        let mass = Mass::on_quay(version);
        mass.registry.ok("quay_organization", json!({"name": "acme"}));
        mass.registry.leave();
        mass.registry.emulator.set_feature("SUPERUSERS_FULL_ACCESS", full_access);
        let writes = mass.writes();
        let complaints = self::complaints(&mass.apply(config.clone()));
        assert!(complaints.contains("only to its members"), "{version}: {complaints}");
        assert_eq!(mass.writes(), writes);
    }
}
