//! `quay_log_info`.

use quay_emulator::{Config, Fault};
use serde_json::{Value, json};

use crate::given::{self, SCOPES};
use crate::logged::{ACME, DAY, Who, day, written};
use crate::support::{Mode, Registry, Run};

const MODULE: &str = "quay_log_info";
const TIME: &str = "GET /config";
const LOGS: &str = "GET /api/v1/organization/acme/logs";
const COUNTS: &str = "GET /api/v1/organization/acme/aggregatelogs";
const APP: Who = Who { repository: Some("app"), ..ACME };
const LIB: Who = Who { repository: Some("lib"), ..ACME };

/// An organization with two repositories and an empty log.
fn registry() -> Registry {
    let registry = given::acme();
    registry.ok("quay_repository", json!({"name": "acme/app"}));
    registry.ok("quay_repository", json!({"name": "acme/lib"}));
    registry.forget_log();
    registry
}

/// 70 lines on one day, of which the last of the first page and the first of the second have one time.
fn lossy(registry: &Registry, ago: i64) {
    for number in (0..70).rev() {
        let step = if number == 20 { 19 } else { number };
        let who = if number % 2 == 0 { APP } else { LIB };
        registry.logged(who, "create_tag", day(ago) + 80_000 - i64::try_from(step).unwrap(), number);
    }
}

/// The numbers of the lines, sorted.
fn numbers(run: &Run) -> Vec<u64> {
    let mut numbers: Vec<u64> = logs(run).iter().map(|entry| entry["metadata"]["n"].as_u64().unwrap()).collect();
    numbers.sort_unstable();
    numbers
}

fn logs(run: &Run) -> &[Value] {
    run.result["logs"].as_array().unwrap()
}

/// What is asked besides the time of the server.
fn logged(run: &Run) -> Vec<String> {
    run.lines().into_iter().filter(|line| line != TIME).collect()
}

/// A day from end to end.
fn of_day(ago: i64) -> Value {
    let day = &written(day(ago))[..10];
    json!({"organization": "acme", "since": day, "until": day})
}

#[test]
fn entries_are_told_without_pictures_and_secrets() {
    let registry = registry();
    let second = day(0) - 3600;
    let trigger = json!({"config": {"build_source": "https://$token:s3cret@quay.example.com/webhooks/x"}, "repo": "app\u{1b}[2J"});
    registry.log(APP, "setup_repo_trigger", second, trigger, false);
    registry.log(Who { performer: None, ..ACME }, "autoprune_tag_delete", second - 1, json!({"tag": "old"}), false);
    let run = registry.ok(MODULE, json!({"organization": "acme", "since": "2d"}));
    assert!(!run.changed());
    run.assert_hides("s3cret");
    let entry = json!({
        "time": written(second),
        "kind": "setup_repo_trigger",
        "datetime": logs(&run)[0]["datetime"],
        "ip": "127.0.0.1",
        "performer": {"kind": "user", "name": "admin", "is_robot": false},
        "metadata": {"config": {"build_source": "https://$token:********@quay.example.com/webhooks/x"}, "repo": "app\\u{1b}[2J"},
    });
    assert_eq!(logs(&run)[0], entry);
    assert_eq!((&logs(&run)[1]["ip"], &logs(&run)[1]["performer"]), (&Value::Null, &Value::Null));
    assert_eq!((&run.result["truncated"], &run.result["incomplete"]), (&json!(false), &json!({})));
    // The time of the server, the page, the empty one behind it, the numbers of the day that is whole.
    assert_eq!(run.lines(), [TIME, LOGS, LOGS, COUNTS]);
    let form = |second: i64| {
        jiff::Timestamp::from_second(second).unwrap().strftime("%m/%d/%Y").to_string().replace('/', "%2F")
    };
    assert_eq!(run.requests[1].query, format!("starttime={}&endtime={}", form(day(2)), form(day(0))));

    let whole = registry.ok(MODULE, json!({"since": "2d"}));
    assert_eq!(logs(&whole)[0]["namespace"], json!({"kind": "org", "name": "acme"}));
    assert_eq!(logged(&whole)[0], "GET /api/v1/superuser/logs");
    let one = registry.ok(MODULE, json!({"repository": "acme/app", "since": "2d", "kinds": ["setup_repo_trigger"]}));
    assert_eq!(logs(&one).len(), 1);
    registry.logged(Who { namespace: "admin", ..ACME }, "login_success", second, 1);
    let own = registry.ok(MODULE, json!({"own": true, "performer": "admin", "since": "2d"}));
    assert_eq!(logs(&own)[0]["kind"], "login_success");
    assert_eq!(own.lines()[..2], ["GET /api/v1/users/admin", "GET /api/v1/user/logs"]);
}

#[test]
fn a_time_is_cut_to_the_second_and_no_older_page_is_read() {
    let registry = registry();
    let noon = day(3) + DAY / 2;
    (0..60).for_each(|number| registry.logged(ACME, "create_robot", noon - number, usize::try_from(number).unwrap()));
    let time = |second: i64| written(second);
    let run = registry.ok(MODULE, json!({"organization": "acme", "since": time(noon - 9), "until": time(noon - 5)}));
    assert_eq!(numbers(&run), [5, 6, 7, 8, 9]);
    assert_eq!(logged(&run), [LOGS]);
    let few = registry.ok(MODULE, json!({"organization": "acme", "since": time(noon - 40), "max_entries": 25}));
    assert_eq!((numbers(&few), &few.result["truncated"]), ((0..25).collect(), &json!(true)));
    assert_eq!(logged(&few)[..2], [LOGS, LOGS]);
}

#[test]
fn it_is_as_late_as_the_server_says() {
    let registry = registry();
    registry.logged(ACME, "create_robot", day(0) - 3 * DAY, 1);
    registry.emulator.fault(Fault::ahead(-3 * DAY));
    let recent = |since: &str| registry.ok(MODULE, json!({"organization": "acme", "since": since}));
    let day = |run: &Run| run.requests[1].query.clone();
    assert_eq!(numbers(&recent("25h")), [1]);
    let form = |ago: i64| written(crate::logged::day(ago)).get(8..10).unwrap().to_owned();
    assert!(day(&recent("1s")).contains(&format!("%2F{}%2F", form(3))), "{}", day(&recent("1s")));
}

#[test]
fn lost_entries_are_found_by_narrower_listings() {
    let registry = registry();
    lossy(&registry, 2);
    let run = registry.ok(MODULE, of_day(2));
    assert_eq!(numbers(&run), (0..70).collect::<Vec<u64>>());
    assert_eq!((run.result["incomplete"].clone(), run.warnings().len()), (json!({}), 0));
    let repository = |name: &str| vec![format!("GET /api/v1/repository/acme/{name}/logs"); 3];
    let expected = [vec![LOGS.to_owned(); 3], vec![COUNTS.to_owned()], repository("app"), repository("lib")].concat();
    assert_eq!(logged(&run), expected);
    // Over several days, the day by itself has the same borders here; the whole registry is looked through by its namespaces, too.
    let whole = registry.ok(MODULE, json!({"since": written(day(3))}));
    assert_eq!((numbers(&whole), whole.warnings().len()), ((0..70).collect::<Vec<u64>>(), 0));
    assert!(logs(&whole).iter().all(|entry| entry["namespace"] == json!({"kind": "org", "name": "acme"})));
}

#[test]
fn equal_entries_are_counted_and_not_merged() {
    let registry = registry();
    (0..3).for_each(|_| registry.logged(APP, "pull_repo", day(2) + 100, 7));
    lossy(&registry, 2);
    let run = registry.ok(MODULE, of_day(2));
    assert_eq!(logs(&run).len(), 73);
    assert_eq!(logs(&run).iter().filter(|entry| entry["kind"] == "pull_repo").count(), 3);
}

#[test]
fn no_more_than_wanted_is_returned_of_what_was_found() {
    let registry = registry();
    lossy(&registry, 2);
    let mut options = of_day(2);
    options["max_entries"] = json!(50);
    let run = registry.ok(MODULE, options);
    assert_eq!((logs(&run).len(), &run.result["truncated"]), (50, &json!(true)));
    assert!(logs(&run).iter().map(|entry| entry["time"].as_str()).rev().is_sorted());
}

#[test]
fn a_day_that_is_not_over_is_not_compared() {
    let registry = registry();
    registry.logged(APP, "create_tag", day(0), 1);
    let today = &written(day(0))[..10];
    for until in [today, "2099-12-31"] {
        let run = registry.ok(MODULE, json!({"organization": "acme", "since": today, "until": until}));
        assert_eq!(logged(&run), [LOGS, LOGS]);
    }
}

#[test]
fn a_robot_account_that_cannot_be_seen_is_no_filter_for_counts() {
    let registry = registry();
    registry.emulator.add_user("jdoe", "password");
    let token = registry.emulator.token_for("jdoe", SCOPES);
    let count = |options: Value| {
        let own = json!({"own": true, "performer": "acme+nosuch"});
        registry.run_as(&token, MODULE, crate::support::merged(own, &options), Mode::Real).message()
    };
    let told = count(json!({"count": true}));
    assert!(
        told.contains("cannot count the log of the own account: only an administrator of acme sees whether"),
        "{told}"
    );
    // Listings of an account that does not exist fail by themselves.
    assert!(count(json!({})).contains("500"), "{}", count(json!({})));
}

#[test]
fn what_stays_lost_is_told() {
    let registry = registry();
    for number in 0..70_i64 {
        let step = if number == 20 { 19 } else { number };
        registry.logged(APP, "create_tag", day(2) + 80_000 - step, usize::try_from(number).unwrap());
    }
    let mut options = of_day(2);
    options["organization"] = Value::Null;
    options["repository"] = json!("acme/app");
    let run = registry.ok(MODULE, options.clone());
    assert_eq!(logs(&run).len(), 40);
    assert_eq!(run.result["incomplete"], json!({written(day(2))[..10]: {"create_tag": 30}}));
    assert_eq!(
        run.warnings(),
        ["the server counts 30 more entries than it lists: its pages lose some; an export is complete"]
    );
    // Another kind is not missed.
    options["kinds"] = json!(["delete_tag"]);
    assert_eq!(registry.ok(MODULE, options.clone()).result["incomplete"], json!({}));

    registry.emulator.set_feature("AGGREGATED_LOG_COUNT_RETRIEVAL", false);
    options["kinds"] = Value::Null;
    let blind = registry.ok(MODULE, options);
    assert_eq!(blind.result["incomplete"], json!({}));
    let told = ["whether entries are missing cannot be seen: FEATURE_AGGREGATED_LOG_COUNT_RETRIEVAL is off"];
    assert_eq!(blind.warnings(), told);
}

#[test]
fn a_listing_that_starts_over_is_left() {
    let registry = registry();
    (0..45).for_each(|number| registry.log(ACME, "create_robot", day(2) - number * 60, json!({"n": number}), true));
    let run = registry.ok(MODULE, json!({"organization": "acme", "since": written(day(2) - DAY / 2)}));
    assert_eq!(logs(&run).len(), 20);
    assert_eq!(run.warnings()[0], "the listing started over; older entries cannot be read by paging");
    assert_eq!(logged(&run)[..2], [LOGS, LOGS]);
    // Of a day that is not read from end to end, how many are missing is not known.
    assert_eq!(run.result["incomplete"], json!({written(day(3))[..10]: {}}));
}

#[test]
fn a_listing_that_goes_round_in_one_second_is_left() {
    let registry = registry();
    (0..45).for_each(|number| registry.log(ACME, "create_robot", day(2), json!({"n": number}), true));
    let run = registry.ok(MODULE, of_day(2));
    assert_eq!(logs(&run).len(), 20);
    assert_eq!(run.warnings()[0], "the listing started over; older entries cannot be read by paging");
    assert_eq!(run.result["incomplete"], json!({written(day(2))[..10]: {"create_robot": 25}}));
    assert_eq!(logged(&run)[..3], [LOGS, LOGS, COUNTS]);
}

#[test]
fn the_search_for_lost_entries_is_of_their_day_and_has_an_end() {
    let registry = registry();
    let repository = |number: i64| Box::leak(format!("r{number}").into_boxed_str());
    let narrow = |run: &Run| run.lines().iter().filter(|line| line.contains("/repository/")).count();
    // What was done elsewhere, on another day or of another kind says nothing of what is lost.
    (0..20).for_each(|number| {
        let elsewhere = Who { repository: Some(repository(number)), ..ACME };
        registry.logged(elsewhere, "create_tag", day(3) + number, 1);
        registry.logged(elsewhere, "pull_repo", day(2) + 80_100 + number, 1);
    });
    lossy(&registry, 2);
    let found = || registry.ok(MODULE, json!({"organization": "acme", "since": written(day(3))}));
    let run = found();
    assert_eq!((logs(&run).len(), narrow(&run)), (110, 6), "{:?}", run.lines());
    // One of a kind that no listing of the organization shows can be in each repository of the day: it is in the first one.
    registry.logged(Who { repository: Some("r0"), ..ACME }, "delete_tag", day(2) + 5, 1);
    registry.ok("quay_repository", json!({"name": "acme/r0"}));
    let run = found();
    assert_eq!(logs(&run).iter().filter(|entry| entry["kind"] == "delete_tag").count(), 1, "{:?}", run.lines());

    registry.forget_log();
    for number in 0..500 {
        let step = if number == 20 { 19 } else { number };
        let who = Who { repository: Some(repository(number)), ..ACME };
        registry.logged(who, "create_tag", day(2) + 80_000 - step, 1);
    }
    let left = registry.ok(MODULE, of_day(2));
    // One of the 200 is there, and has the empty page behind its last one, too.
    assert_eq!(narrow(&left), 201);
    assert_eq!(left.warnings()[0], "the search for missing entries stopped after 200 listings; an export is complete");
    assert!(left.result["incomplete"] != json!({}));
}

#[test]
fn numbers_are_those_of_the_server() {
    let registry = registry();
    lossy(&registry, 40);
    registry.logged(ACME, "delete_tag", day(1) + 5, 0);
    let run = registry.ok(MODULE, json!({"organization": "acme", "since": written(day(40)), "count": true}));
    let count =
        |ago: i64, kind: &str, count: u64| json!({"day": written(day(ago))[..10], "kind": kind, "count": count});
    assert_eq!(run.result["counts"], json!([count(40, "create_tag", 70), count(1, "delete_tag", 1)]));
    // A request for each month: of no request are two days the same day of a month.
    let months: std::collections::BTreeSet<String> = (0..=40).map(|ago| written(day(ago))[..7].to_owned()).collect();
    assert_eq!(logged(&run), vec![COUNTS; months.len()]);
    let days = |query: &str| {
        let day = |key: &str| query.split('&').find_map(|part| part.strip_prefix(key)).unwrap()[..2].to_owned();
        (day("starttime="), day("endtime="))
    };
    assert!(run.requests[1..].iter().map(|request| days(&request.query)).all(|(start, end)| start == end));
    // Nobody counts what is to come.
    let ahead = json!({"organization": "acme", "since": written(day(0)), "until": "2099-12-31", "count": true});
    assert_eq!(logged(&registry.ok(MODULE, ahead)), [COUNTS]);
    assert!(run.result.get("logs").is_none() && !run.changed());
    let options = json!({"since": "60d", "count": true, "kinds": ["delete_tag"], "organization": "acme"});
    assert_eq!(registry.ok(MODULE, options.clone()).result["counts"], json!([count(1, "delete_tag", 1)]));
    registry.emulator.set_feature("AGGREGATED_LOG_COUNT_RETRIEVAL", false);
    assert_eq!(
        registry.refused(MODULE, options),
        "cannot count the log of acme: FEATURE_AGGREGATED_LOG_COUNT_RETRIEVAL is off: switch it on in Quay's configuration"
    );
}

#[test]
fn an_export_is_queued_by_the_server() {
    let registry = registry();
    let export = |more: Value| {
        crate::support::merged(json!({"organization": "acme", "since": "2026-11-01", "until": "2026-11-30"}), &more)
    };
    let url = export(json!({"export_url": "https://archive.example.com/secret-path"}));
    let checked = registry.check(MODULE, url.clone());
    assert!(checked.changed() && checked.writes().is_empty() && checked.result.get("export_id").is_none());
    let run = registry.ok(MODULE, url);
    assert!(run.changed() && run.result["export_id"].is_string() && run.result.get("logs").is_none());
    run.assert_hides("secret-path");
    let post = "POST /api/v1/organization/acme/exportlogs";
    assert_eq!(run.writes(), [post]);
    assert_eq!(*run.body(post), json!({"callback_url": "https://archive.example.com/secret-path"}));
    assert_eq!(run.requests.last().unwrap().query, "starttime=11%2F01%2F2026&endtime=11%2F30%2F2026");
    let mail = json!({"repository": "acme/app", "export_email": "ops@example.com"});
    assert_eq!(registry.ok(MODULE, mail).writes(), ["POST /api/v1/repository/acme/app/exportlogs"]);
    assert_eq!(registry.ok(MODULE, json!({"own": true, "export_email": "ops@example.com"})).writes().len(), 1);

    let private = registry.run(MODULE, export(json!({"export_url": "http://169.254.169.254/x"})));
    assert!(private.message().contains("Quay sends to no private network"), "{}", private.message());
    for (options, told) in [
        (export(json!({"export_url": "ftp://x"})), "the server sends to http:// and https:// only"),
        (json!({"export_email": "ops@example.com"}), "Quay exports no log of the whole registry"),
        (export(json!({"export_email": "a@b.example", "count": true})), "count and an export exclude each other"),
        (export(json!({"export_email": "a@b.example", "kinds": ["delete_tag"]})), "leave performer and kinds out"),
        (export(json!({"export_email": "a@b.example", "performer": "admin"})), "leave performer and kinds out"),
        (json!({"organization": "nosuch", "export_email": "ops@example.com"}), "namespace nosuch does not exist"),
    ] {
        let message = registry.refused_everywhere(MODULE, options);
        assert!(message.contains(told), "{message}");
    }
    let none = json!({"organization": "acme", "export_email": "", "export_url": ""});
    assert!(registry.ok(MODULE, none).result["logs"].is_array());
    registry.emulator.set_feature("LOG_EXPORT", false);
    let message = registry.refused_everywhere(MODULE, export(json!({"export_email": "ops@example.com"})));
    assert_eq!(
        message,
        "cannot export the log of acme: FEATURE_LOG_EXPORT is off: switch it on in Quay's configuration"
    );
}

#[test]
fn what_cannot_be_is_told() {
    let registry = registry();
    for (options, told) in [
        (json!({"organization": "acme", "own": true}), "organization, repository and own exclude each other"),
        (json!({"since": "yesterday"}), "\"yesterday\" is no moment"),
        (json!({"since": "90"}), "\"90\" is no moment"),
        (json!({"max_entries": -1}), "max_entries: 0 (no limit) or more"),
        (json!({"since": "1h", "until": "2h"}), "until is before since"),
        (json!({"performer": "admin"}), "performer: Quay filters by account with organization or own only"),
        (json!({"organization": "acme", "performer": "nosuch"}), "no such user or robot account: nosuch"),
        (json!({"organization": "nosuch"}), "the organization or personal namespace nosuch does not exist"),
        (json!({"repository": "acme/nosuch"}), "the repository acme/nosuch does not exist"),
        (
            json!({"organization": "nosuch", "count": true}),
            "the organization or personal namespace nosuch does not exist",
        ),
    ] {
        let message = registry.refused_everywhere(MODULE, options);
        assert!(message.contains(told), "{message}");
    }
    registry.emulator.add_user("jdoe", "password");
    let token = registry.emulator.token_for("jdoe", SCOPES);
    let refused = |options: Value| registry.run_as(&token, MODULE, options, Mode::Real).message();
    for (options, right) in [
        (json!({}), "the scope super:user, and a user who is a superuser or a global read-only superuser"),
        (
            json!({"organization": "acme"}),
            "the scope org:admin, and a user who is an administrator of the organization",
        ),
        (
            json!({"repository": "acme/app"}),
            "the scope repo:admin, and a user who is an administrator of the repository",
        ),
    ] {
        let message = refused(options);
        assert!(message.contains(right), "{message}");
    }
}

#[test]
fn a_log_that_cannot_be_searched_is_not_an_empty_one() {
    let registry = given::with_acme(Registry::with(Config::default().setting("LOGS_MODEL", "splunk")));
    for (verb, count) in [("read", false), ("count", true)] {
        let message = registry.refused(MODULE, json!({"organization": "acme", "count": count}));
        let why = "Log search is not available: no search account for splunk is configured";
        assert_eq!(message, format!("cannot {verb} the log of acme: {why}"));
    }
}

#[test]
fn a_server_that_ignores_the_days_is_not_believed() {
    let registry = registry();
    let answer = json!({"logs": [], "start_time": "Fri, 27 Nov 2020 03:34:49 -0000", "end_time": "Sun, 29 Nov 2020 03:34:49 -0000"});
    let fault = quay_emulator::Fault::status(200, "application/json", &answer.to_string());
    registry.emulator.fault(fault.on("GET", "/api/v1/organization/acme/logs"));
    let message = registry.refused(MODULE, of_day(2));
    assert!(message.contains("Quay lists its log from 2020-11-27 on, not from "), "{message}");
}
