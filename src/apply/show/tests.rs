use serde_json::{Value, json};

use super::sheet::Line;
use super::*;
use crate::apply::kinds::Kind;
use crate::apply::report::{Action, ReportedEndpoint, ReportedItem};
use crate::error::Error;

fn object(kind: Kind, title: &str, action: Action, before: Value, after: Value) -> ReportedItem {
    let map = |value: Value| value.as_object().cloned().unwrap_or_default();
    ReportedItem {
        organization: (kind != Kind::Users).then(|| "acme".to_owned()),
        before: map(before),
        after: map(after),
        ..ReportedItem::of(kind, "quay_team", title.into(), action)
    }
}

fn report(objects: Vec<ReportedItem>) -> Report {
    Report {
        endpoints: vec![ReportedEndpoint {
            name: "https://quay.example.com".into(),
            objects,
            refusals: Vec::new(),
            warnings: Vec::new(),
            requests: 23,
            seconds: 0.42,
        }],
    }
}

fn plan_of(report: &Report) -> String {
    plan(report, usize::MAX)
}

fn uncoloured(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn a_plan_shows_each_object_with_the_options_that_change() {
    let shown = plan_of(&report(vec![
        object(
            Kind::Teams,
            "team acme/developers",
            Action::Change,
            json!({"role": "member", "members": ["alice", "bob"], "description": "a\nb\nc\nd\n", "same": 1}),
            json!({"role": "creator", "members": ["alice", "carol"], "description": "a\nb\nx\nd\n", "same": 1}),
        ),
        object(Kind::Robots, "robot acme+old", Action::Remove, json!({"description": "old"}), json!({})),
        object(Kind::Users, "user eve", Action::Create, json!({}), json!({"email": "eve@example.com", "none": null})),
        object(Kind::Robots, "robot acme+ci", Action::Keep, json!({}), json!({})),
    ]));
    let expected = "\
https://quay.example.com
  acme
    ~ change team acme/developers
        role: member -> creator
        members:
          - bob
          + carol
          (1 unchanged)
        description:
            b
          - c
          + x
            d
    - remove robot acme+old
        danger: whatever signs in with it is locked out

  (the registry)
    + create user eve
        email: eve@example.com

1 danger:
  robot acme+old: whatever signs in with it is locked out
Plan: 1 to create, 1 to change, 1 to remove, 1 unchanged; nothing has been changed yet; 23 requests in 0.4 s
";
    assert_eq!(uncoloured(&shown), expected);
    assert_ne!(shown, expected, "it has colours");
}

#[test]
fn nothing_to_do_is_one_line() {
    let shown = plan_of(&report(vec![object(Kind::Teams, "team acme/a", Action::Keep, json!({}), json!({}))]));
    assert_eq!(
        uncoloured(&shown),
        "No changes. Everything is as declared.\nPlan: 0 to create, 0 to change, 0 to remove, 1 unchanged; 23 requests in 0.4 s\n"
    );
}

#[test]
fn structures_are_compared_key_by_key() {
    let before = json!({"config": {"url": "http://a", "n": 1}, "state": null, "gone": true, "empty": []});
    let after = json!({"config": {"url": "http://b", "n": 1}, "state": "", "empty": null});
    let shown = plan_of(&report(vec![object(Kind::Notifications, "notification", Action::Change, before, after)]));
    let shown = uncoloured(&shown);
    let lines: Vec<&str> = shown.lines().skip(3).take(4).map(str::trim).collect();
    assert_eq!(lines, ["config.url: http://a -> http://b", "state: (none) -> \"\"", "gone: true -> (none)", ""]);
}

#[test]
fn values_cannot_steer_the_terminal() {
    let bad = "x\u{1b}[2J\r\u{202e}y";
    let mut change = object(Kind::Teams, bad, Action::Change, json!({bad: bad}), json!({bad: [bad, {bad: bad}]}));
    change.warnings.push(bad.into());
    change.organization = Some(bad.into());
    let mut report = report(vec![change]);
    report.endpoints[0].name = bad.into();
    report.endpoints[0].refusals.push(bad.into());
    report.endpoints[0].warnings.push(bad.into());
    let shown = plan_of(&report) + &progress(bad, &Outcome::failed(Error::Unexpected(bad.into())));
    assert!(!shown.contains("\u{1b}[2J") && !shown.contains('\r') && !shown.contains('\u{202e}'), "{shown:?}");
    assert!(shown.contains(r"x\u{1b}[2J\r\u{202e}y"), "{shown}");
}

#[test]
fn forced_secrets_warnings_and_refusals_are_told() {
    let mut kept = object(Kind::Mirrors, "mirror acme/app", Action::Keep, json!({}), json!({}));
    kept.resent.push("external_registry_password");
    kept.warnings.push("look out".into());
    let mut report = report(vec![kept]);
    report.endpoints[0].refusals.push("it would remove 5 of 8 teams".into());
    let shown = uncoloured(&plan_of(&report));
    for line in [
        "        external_registry_password: (resent) whether or not it differs\n",
        "        warning: look out\n",
        "  ! refused: it would remove 5 of 8 teams\n",
        ", 1 unchanged, 1 with secrets sent anyway; ",
    ] {
        assert!(shown.contains(line), "{line:?} in {shown}");
    }
}

#[test]
fn an_outcome_tells_what_went_wrong_and_what_was_not_tried() {
    let mut failed = object(Kind::Teams, "team acme/a", Action::Create, json!({}), json!({"role": "member"}));
    failed.outcome = Outcome::failed(Error::Unexpected("Quay says no".into()));
    let mut skipped = object(Kind::TeamSyncs, "sync acme/a", Action::Create, json!({}), json!({}));
    skipped.outcome = Outcome::Skipped("team acme/a failed".into());
    let mut done = object(Kind::Robots, "robot acme+ci", Action::Create, json!({}), json!({}));
    done.outcome = Outcome::Done;
    let shown = uncoloured(&outcome(&report(vec![failed, skipped, done]), usize::MAX));
    let expected = "\
https://quay.example.com
  acme
    ! failed to create team acme/a: Quay says no
    ! did not try to create sync acme/a: team acme/a failed

1 created, 0 changed, 0 removed, 0 unchanged, 1 failed, 1 skipped; 23 requests in 0.4 s
";
    assert_eq!(shown, expected);
}

#[test]
fn what_belongs_to_a_repository_follows_it_and_what_goes_is_last() {
    let of = |kind, title: &str, repository: Option<&str>, action| {
        let item = object(kind, title, action, json!({"a": 1}), json!({"a": 2}));
        ReportedItem { repository: repository.map(str::to_owned), ..item }
    };
    let shown = plan_of(&report(vec![
        of(Kind::Notifications, "notifications of acme/b", Some("acme/b"), Action::Change),
        of(Kind::Repositories, "repository acme/b", Some("acme/b"), Action::Change),
        of(Kind::Robots, "robot acme+x", None, Action::Remove),
        of(Kind::Repositories, "repository acme/a", Some("acme/a"), Action::Change),
        of(Kind::Teams, "team acme/t", None, Action::Change),
    ]));
    let shown = uncoloured(&shown);
    let heads: Vec<&str> =
        shown.lines().filter(|line| line.starts_with("    ") && !line.starts_with("     ")).collect();
    let expected = [
        "~ change team acme/t",
        "- remove robot acme+x",
        "~ change repository acme/b",
        "~ change notifications of acme/b",
        "~ change repository acme/a",
    ];
    assert_eq!(heads.iter().map(|line| line.trim()).collect::<Vec<_>>(), expected);
}

#[test]
fn an_account_is_told_by_its_name_wherever_it_stands_in_the_list() {
    let grant = |name: &str, kind: &str, role: &str| json!({"name": name, "type": kind, "role": role});
    let before =
        json!({"perms": [grant("a", "team", "read"), grant("a", "user", "read"), grant("acme+ci", "user", "read")]});
    let after =
        json!({"perms": [grant("acme+ci", "user", "write"), grant("b", "user", "admin"), grant("a", "user", "read")]});
    let mut change = object(Kind::Repositories, "repository acme/x", Action::Change, before, after);
    change.module = "quay_repository";
    let lines: Vec<String> = sheet::planned(&change).iter().map(Line::text).collect();
    assert_eq!(
        lines,
        ["permissions:", "- team a: read", "~ robot acme+ci: read -> write", "+ user b: admin", "(1 unchanged)"]
    );
}

#[test]
fn entries_are_compared_by_title_and_long_texts_stand_on_a_line_each() {
    let long = "x".repeat(50);
    let before = json!({"list": [{"title": "one", "event": "push", "config": {"url": "a"}}, {"method": "tags", "value": 1}], "text": long});
    let after = json!({"list": [{"title": "one", "event": "push", "config": {"url": "b"}}, {"method": "tags", "value": 2}], "text": format!("{long}y")});
    let change = object(Kind::Notifications, "n", Action::Change, before.clone(), after.clone());
    let told = |change: &ReportedItem| sheet::planned(change).iter().map(Line::text).collect::<Vec<_>>();
    // One has no name: the list is one of places.
    assert!(told(&change).contains(&"+ method: tags, value: 2".to_owned()), "{:?}", told(&change));
    assert!(told(&change).contains(&format!("- {long}")));
    let only = |side: &Value| json!({"list": [side["list"][0]]});
    let change = object(Kind::Notifications, "n", Action::Change, only(&before), only(&after));
    assert_eq!(told(&change), ["list:", "~ one", "config.url: a -> b"]);
}

#[test]
fn what_moves_in_a_list_is_told_where_its_order_says_something() {
    let told = |before: Value, after: Value| {
        let (before, after) = (json!({"list": before, "text": "a"}), json!({"list": after, "text": "b"}));
        let change = object(Kind::Notifications, "n", Action::Change, before, after);
        sheet::planned(&change).iter().map(Line::text).collect::<Vec<_>>()
    };
    let moved = told(json!(["a", "b", "c"]), json!(["b", "c", "a"]));
    assert_eq!(moved, ["list:", "- a", "+ a", "(2 unchanged)", "text: a -> b"]);
    let named = |name: &str| json!({"name": name, "role": "read"});
    let moved = told(json!([named("a"), named("b")]), json!([named("b"), named("a")]));
    assert_eq!(moved, ["text: a -> b"]);
    let changed = told(json!([named("a"), named("b")]), json!([named("c"), named("a")]));
    assert_eq!(changed, ["list:", "- b: read", "+ c: read", "(1 unchanged)", "text: a -> b"]);
}

#[test]
fn periods_and_sizes_are_in_larger_units_too() {
    for (module, option, number, expected) in [
        ("quay_organization", "time_machine_expiration", 1_209_600, "2 weeks (1209600 s)"),
        ("quay_organization", "time_machine_expiration", 3_600, "1 hour (3600 s)"),
        ("quay_organization", "time_machine_expiration", 61, "61 s"),
        ("quay_quota", "quota", 10_u64 << 30, "10 GiB (10737418240 bytes)"),
        ("quay_quota", "quota", 1023, "1023 bytes"),
    ] {
        assert_eq!(human::with_unit(module, option, &json!(number)).unwrap(), expected);
    }
    assert_eq!(human::with_unit("quay_quota", "warning_pct", &json!(80)), None);
}

#[test]
fn a_narrow_screen_breaks_no_word_and_loses_none() {
    let text =
        "a longer description, in which https://quay.example.com/a/very/long/address/that/does/not/fit/at/all stands";
    let create = object(Kind::Teams, "team acme/t", Action::Create, json!({}), json!({"description": text}));
    let shown = uncoloured(&plan(&report(vec![create]), 40));
    for line in shown.lines() {
        assert!(line.chars().count() <= 40 || line.trim().split(' ').count() == 1, "{line:?}");
    }
    let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(text), "{shown}");
}

#[test]
fn the_end_names_each_danger_with_its_object() {
    let gone =
        |number: usize| object(Kind::Teams, &format!("team acme/t{number}"), Action::Remove, json!({}), json!({}));
    let shown = uncoloured(&plan_of(&report((0..22).map(gone).collect())));
    let end: Vec<&str> = shown.lines().skip_while(|line| *line != "22 dangers:").collect();
    assert_eq!(end[1], "  team acme/t0: its members lose the rights that it gives them");
    assert_eq!(end[20..22], ["  team acme/t19: its members lose the rights that it gives them", "  and 2 more"]);
}

#[test]
fn a_mirror_that_names_fewer_tags_is_a_danger() {
    let mirror = |before: Value, after: Value| {
        danger::of(&object(
            Kind::Mirrors,
            "mirror",
            Action::Change,
            json!({"image_tags": before}),
            json!({"image_tags": after}),
        ))
    };
    assert_eq!(mirror(json!(["12", "13"]), json!(["13", "14"])).len(), 1);
    assert!(mirror(json!(["12"]), json!(["12", "13"])).is_empty());
}

#[test]
fn what_locks_for_good_and_what_makes_public_repositories_is_a_danger() {
    let policy = json!({"tag_pattern": "v.*"});
    let mirror = |visibility: &str| json!({"organization": "acme", "visibility": visibility});
    for (kind, action, before, after, expected) in [
        (
            Kind::ImmutabilityPolicies,
            Action::Create,
            json!({}),
            policy.clone(),
            Some("stay locked, even when it is gone"),
        ),
        (Kind::ImmutabilityPolicies, Action::Change, policy.clone(), json!({"tag_pattern": "w"}), Some("stay locked")),
        (Kind::ImmutabilityPolicies, Action::Remove, policy, json!({}), None),
        (
            Kind::Mirrors,
            Action::Create,
            json!({}),
            mirror("public"),
            Some("can pull from the repositories that it makes"),
        ),
        (Kind::Mirrors, Action::Change, mirror("private"), mirror("public"), Some("repositories that it makes")),
        // What is there already stays public.
        (Kind::Mirrors, Action::Change, mirror("public"), mirror("private"), None),
    ] {
        let found = danger::of(&object(kind, "it", action, before, after));
        assert_eq!(found.len(), usize::from(expected.is_some()), "{kind:?} {found:?}");
        assert!(expected.is_none_or(|part| found[0].contains(part)), "{found:?}");
    }
}
