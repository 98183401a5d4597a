use serde_json::{Map, Value, json};

use super::*;
use crate::apply::kinds::Kind;
use crate::error::Error;

fn object(kind: Kind, title: &str, action: Action, before: Value, after: Value) -> ReportedItem {
    let map = |value: Value| value.as_object().cloned().unwrap_or_default();
    ReportedItem {
        kind,
        module: "quay_team",
        title: title.into(),
        organization: (kind != Kind::Users).then(|| "acme".to_owned()),
        place: None,
        action,
        before: map(before),
        after: map(after),
        steps: Vec::new(),
        resent: Vec::new(),
        unsent: Vec::new(),
        outcome: Outcome::Planned,
        warnings: Vec::new(),
        returned: Map::new(),
        secret: None,
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

fn uncoloured(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn a_plan_shows_each_object_with_the_options_that_change() {
    let shown = plan(&report(vec![
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
    - remove robot acme+old
    ~ change team acme/developers
        role: member -> creator
        members:
          - bob
          + carol
        description:
            b
          - c
          + x
            d
  (the registry)
    + create user eve
        email: eve@example.com

1 to create, 1 to change, 1 to remove, 1 unchanged; 23 requests in 0.4 s
";
    assert_eq!(uncoloured(&shown), expected);
    assert_ne!(shown, expected, "it has colours");
}

#[test]
fn nothing_to_do_is_one_line() {
    let shown = plan(&report(vec![object(Kind::Teams, "team acme/a", Action::Keep, json!({}), json!({}))]));
    assert_eq!(shown, "0 to create, 0 to change, 0 to remove, 1 unchanged; 23 requests in 0.4 s\n");
}

#[test]
fn structures_are_compared_key_by_key() {
    let before = json!({"config": {"url": "http://a", "n": 1}, "state": null, "gone": true, "empty": []});
    let after = json!({"config": {"url": "http://b", "n": 1}, "state": "", "empty": null});
    let shown = plan(&report(vec![object(Kind::Notifications, "notification", Action::Change, before, after)]));
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
    let shown = plan(&report) + &progress(bad, &Outcome::failed(Error::Unexpected(bad.into())));
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
    let shown = uncoloured(&plan(&report));
    for line in [
        "        external_registry_password: (resent)\n",
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
    let shown = uncoloured(&outcome(&report(vec![failed, skipped, done])));
    let expected = "\
https://quay.example.com
  acme
    ! failed to create team acme/a: Quay says no
    ! did not try to create sync acme/a: team acme/a failed

1 created, 0 changed, 0 removed, 0 unchanged, 1 failed, 1 skipped; 23 requests in 0.4 s
";
    assert_eq!(shown, expected);
}
