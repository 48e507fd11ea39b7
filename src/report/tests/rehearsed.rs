//! What rehearsals and past runs showed, in words.

use jiff::{SignedDuration, Timestamp};

use crate::event::{Cause, LeftOut, Rehearsal, RehearsedWayBack, Standing, Took, Turn, Verdict};
use crate::report::{Style, render_rehearsal, render_rehearsed, render_took, way_back_proven};

fn way_back(turn: Turn, trouble: Option<&str>) -> RehearsedWayBack {
    let cause: Cause = turn.cause();
    RehearsedWayBack {
        run: "release-20260610-080000-k3f9x".to_owned(),
        turn,
        twice: false,
        undone: ["start", "migrate", "stop"].map(str::to_owned).into(),
        verified: 6,
        as_before: 0,
        out_seconds: 12.0,
        back_seconds: 75.0,
        verdict: Verdict::RolledBack { verified: true, cause },
        trouble: trouble.map(str::to_owned),
    }
}

fn rehearsal(ways_back: Vec<RehearsedWayBack>, left_out: Vec<LeftOut>) -> Rehearsal {
    Rehearsal {
        runbook: "release".to_owned(),
        title: "Release 0.3.0".to_owned(),
        digest: "0123".to_owned(),
        inputs: std::collections::BTreeMap::new(),
        host: "host".to_owned(),
        user: "operator".to_owned(),
        version: "0.1.0".to_owned(),
        started: Timestamp::UNIX_EPOCH,
        ended: Timestamp::UNIX_EPOCH,
        ways_back,
        left_out,
    }
}

#[test]
fn a_way_back_that_isnt_proven_says_why_below_its_line() {
    let told = |trouble| render_rehearsed(&way_back(Turn::After("migrate".to_owned()), trouble), Style::default());
    assert_eq!(told(None), "proven   migrate  12s out, 1m 15s back  release-20260610-080000-k3f9x\n");
    assert_eq!(
        told(Some("migrate isn't idempotent")),
        "unproven migrate  12s out, 1m 15s back  release-20260610-080000-k3f9x\n  migrate isn't idempotent\n"
    );
}

#[test]
fn the_table_names_what_is_proven_and_what_is_not() {
    let ways_back = vec![way_back(Turn::End, None), way_back(Turn::After("stop".to_owned()), Some("it failed"))];
    let left_out = vec![LeftOut { unit: "tell".into(), why: "it can't be taken back".into(), has_way_back: false }];
    let style = Style { width: 60, ..Style::default() };
    assert_eq!(
        render_rehearsal(&rehearsal(ways_back, left_out), style),
        "\nRehearsed: Release 0.3.0 -----------------------------------\n\
         fails after  out  back    proof       undone, in this order\n\
         the end      12s  1m 15s  6 checked   start, migrate, stop\n\
         stop         12s  1m 15s  not proven  start, migrate, stop\n\
         \n\
         trouble  stop: it failed\n\
         left out tell: it can't be taken back\n\
         Not every way back is proven: 1 of 2.\n"
    );
}

#[test]
fn a_plan_quotes_how_long_ago_the_way_back_was_proven_and_whether_that_still_holds() {
    let proven = rehearsal(vec![way_back(Turn::End, None)], Vec::new());
    let unproven = rehearsal(vec![way_back(Turn::End, Some("the inverse of stop failed: exit 1"))], Vec::new());
    let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 12 + 3);
    let says = |standing| way_back_proven(standing, now);
    assert_eq!(says(Standing::Never), "way back never rehearsed");
    assert_eq!(says(Standing::Proven(&proven)), "way back last proven 12 days ago, same digest");
    assert_eq!(says(Standing::Stale(&proven)), "way back last proven 12 days ago; stale: the runbook changed since");
    assert_eq!(
        says(Standing::Unproven(&unproven)),
        "way back rehearsed 12 days ago and not proven: the end: the inverse of stop failed: exit 1"
    );
    assert_eq!(way_back_proven(Standing::Proven(&proven), proven.ended), "way back last proven today, same digest");
}

#[test]
fn a_plan_says_what_past_runs_took_and_whether_the_estimate_is_off() {
    let took = Took { median: 42.0, most: 63.0, runs: 7 };
    assert_eq!(render_took(took, Some(40.0)), "took 42s in the median of 7 runs, 1m 3s in 95 of 100");
    assert_eq!(
        render_took(took, Some(10.0)),
        "took 42s in the median of 7 runs, 1m 3s in 95 of 100; the estimate of 10s is off"
    );
    assert_eq!(render_took(Took { runs: 1, ..took }, None), "");
}
