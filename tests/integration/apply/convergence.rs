//! Mass apply on an emulator: plan, run, repeat.

use quaymaster::apply::report::Counts;
use serde_json::json;

use crate::apply::support::{Mass, company, complaints};

#[test]
fn a_company_is_created_once() {
    let mass = Mass::new();
    let config = json!({"organizations": [company("acme", 5, 10, 50)]});
    let plan = mass.plan(config.clone());
    assert_eq!(plan.counts(), Counts { create: 66, ..Counts::default() }, "{}", complaints(&plan));
    assert_eq!(mass.writes(), 0);
    let planned = mass.requests();
    assert!(planned <= 3, "an organization that is not there needs no look-ups: {planned}");
    let report = mass.applied(config.clone());
    assert_eq!(report.counts(), plan.counts());
    let writes = mass.writes();
    let before = mass.requests();
    mass.settled(config);
    assert_eq!(mass.writes(), writes);
    let repeat = mass.requests() - before;
    assert!(repeat <= 25, "{repeat} requests for a repeat");
}
