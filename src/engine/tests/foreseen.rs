//! The failure matrix against the engine itself: what a forecast says of a failure is what a run does.

use std::collections::BTreeMap;

use super::stage::{Says, Stage};
use crate::engine::forecast::{Origin, every_failure, foresee};
use crate::event::{Direction, Event, Failing, FailureRow, Forecast, Reply, RowEnd};

fn forecast(stage: &Stage) -> Forecast {
    foresee(&stage.plan(), Origin { file: "release.kdl", digest: "" })
}

/// `undone: step, step`, and the exit code.
fn told(forecast: &Forecast, row: &FailureRow) -> (Vec<String>, u8) {
    (forecast.undone(row).map(|unit| unit.unit.id.clone()).collect(), row.exit)
}

/// What a run does in which this answers so.
fn done(phases: &str, key: &str, says: &Says) -> (Vec<String>, u8) {
    let stage = Stage::new(phases).past_no_return().says(key, &vec![says.clone(); 20]);
    let verdict = stage.exec();
    let back = stage.acted().into_iter().filter_map(|key| key.strip_suffix(" back").map(str::to_owned));
    (back.collect(), verdict.code())
}

/// Every row of a runbook is what a run does; each step is a program.
#[track_caller]
fn foreseen(phases: &str) -> Forecast {
    let forecast = forecast(&Stage::new(phases));
    assert!(!forecast.matrix.is_empty());
    for row in &forecast.matrix {
        let unit = &forecast.units[row.unit].unit;
        let looks = matches!(unit.kind, crate::event::OutlineKind::Check | crate::event::OutlineKind::Preserve);
        let key = if looks { format!("{} look", unit.id) } else { unit.id.clone() };
        let says = match row.failing {
            Failing::Fails => Says::Exit(1),
            Failing::NoAnswer | Failing::Crash => Says::IsUnknown,
        };
        assert_eq!(told(&forecast, row), done(phases, &key, &says), "{key} {:?}", row.failing);
    }
    forecast
}

fn ends(forecast: &Forecast) -> BTreeMap<String, RowEnd> {
    forecast.matrix.iter().map(|row| (forecast.units[row.unit].unit.id.clone(), row.ends)).collect()
}

fn step(id: &str, more: &str) -> String {
    format!("step {id} {{ run do\n{more}\ninverse {{ run undo; }}\n}}\n")
}

#[test]
fn a_row_undoes_what_a_run_undoes_in_its_order_and_ends_as_it_does() {
    let phases = format!(
        "phase one {{
            check room {{ run room; }}
            checkpoint before {{ check well {{ run well; }}; preserve state {{ run state; }}; }}
            {}
            step note {{ run note; inverse none because=\"x\"; }}
            on-rollback settle {{ run settle; }}
            {}{}
            check warns {{ run warns; on-failure warn; }}
            check halts {{ run halts; on-failure halt; }}
            checkpoint after {{ check done {{ run done; }}; }}
        }}",
        step("first", ""),
        step("again", "idempotent; retry 3"),
        step("whole", "atomic"),
    );
    let forecast = foreseen(&phases);
    let ends = ends(&forecast);
    assert_eq!(ends["room"], RowEnd::Refused);
    assert_eq!(ends["first"], RowEnd::RolledBackVerified);
    assert_eq!(ends["warns"], RowEnd::GoesOn);
    assert_eq!(ends["halts"], RowEnd::Halted);
    // An atomic step that answered left nothing, one without an answer may have.
    let whole: Vec<_> = forecast.rows_of(forecast.units.iter().position(|it| it.unit.id == "whole").unwrap()).collect();
    assert_eq!(whole.len(), 2);
    assert_eq!(whole[0].undo.len() + 1, whole[1].undo.len());
}

#[test]
fn a_row_stops_where_a_run_stops() {
    let phases = format!(
        "phase one {{ {} step tell {{ run tell; irreversible because=\"x\"; }}\n {} }}",
        step("before", ""),
        step("behind", ""),
    );
    let forecast = foreseen(&phases);
    let ends = ends(&forecast);
    assert_eq!((ends["before"], ends["tell"]), (RowEnd::RolledBack, RowEnd::HaltedAtNoReturn));
    assert_eq!(forecast.matrix.last().and_then(|row| row.stops_at), Some(1));
    assert_eq!(forecast.points_of_no_return().count(), 1);
}

#[test]
fn branches_that_run_beside_a_failing_one_are_undone_with_it() {
    let phases = format!(
        "phase one {{ {} parallel {{ {} {} {} }}\n {} }}",
        step("first", ""),
        step("left", ""),
        step("middle", "atomic"),
        step("right", ""),
        step("last", ""),
    );
    let forecast = foreseen(&phases);
    let middle = forecast.matrix.iter().find(|row| row.unit == 2).unwrap();
    assert_eq!(told(&forecast, middle).0, ["right", "left", "first"]);
    assert_eq!(middle.spared, [2]);
}

#[test]
fn a_way_back_ends_at_the_start_of_its_stretch() {
    let phases = format!(
        "phase one {{ {} }}\nphase two at=\"1960-01-01T00:00Z\" {{ {} check looks {{ run looks; }} }}",
        step("early", ""),
        step("late", ""),
    );
    let forecast = foreseen(&phases);
    assert_eq!(ends(&forecast)["late"], RowEnd::HaltedAtStretch);
}

#[test]
fn an_inverse_that_only_a_person_can_do_is_left_to_a_person() {
    let phases = format!(
        "phase one {{ {} step build {{ run build; inverse {{ manual \"Tear it down\"; }}; }}\n {} }}",
        step("first", ""),
        step("last", ""),
    );
    let forecast = foreseen(&phases);
    let row = forecast.matrix.last().unwrap();
    assert_eq!((row.ends, row.stops_at, row.exit), (RowEnd::LeftToAPerson, Some(1), 4));
}

#[test]
fn an_inverse_past_its_time_is_said_to_need_a_decision() {
    let phases = "phase one {
        step copy { run copy; budget \"1m\" estimate=\"1m\"; inverse valid-for=\"5m\" { run undo; }; }
        step slow { run slow; budget \"1h\" estimate=\"10m\"; inverse { run undo; }; }
        check after { run after; }
    }";
    let forecast = forecast(&Stage::new(phases));
    let row = forecast.matrix.last().unwrap();
    assert_eq!((row.ends, row.stops_at, row.exit), (RowEnd::Undecided, Some(0), 4));
    assert_eq!(ends(&forecast)["copy"], RowEnd::RolledBack);
}

#[test]
fn a_person_who_says_no_is_a_row_too() {
    let phases =
        format!("phase one {{ {} manual told \"Were they told?\"\n {} }}", step("first", ""), step("last", ""));
    let forecast = forecast(&Stage::new(&phases));
    let row = forecast.matrix.iter().find(|row| row.unit == 1).unwrap();
    let stage = Stage::new(&phases).replies("told", Reply::No);
    assert_eq!((row.ends, row.exit), (RowEnd::Halted, stage.exec().code()));
}

#[test]
fn a_condition_on_what_nobody_knows_is_unknowable_and_taken_as_met() {
    let phases = format!(
        "phase one {{
            check counts {{ run count; capture rows stdout; }}
            step big {{ run big; when rows is=0; inverse {{ run undo; }}; }}
            {}
        }}",
        step("last", ""),
    );
    let forecast = forecast(&Stage::new(&phases));
    assert_eq!(forecast.units[1].would, crate::event::Would::Unknowable);
    assert_eq!(forecast.units[1].because, "its `when` needs rows, known after counts");
    assert_eq!(told(&forecast, forecast.matrix.last().unwrap()).0, ["last", "big"]);
}

#[test]
fn a_forecast_of_a_thousand_steps_says_of_each_what_a_run_does_and_stays_small() {
    let steps: String = (0..1000).map(|number| step(&format!("s{number}"), "")).collect();
    let phases = format!("phase one {{ checkpoint before {{ check well {{ run well; }} }}\n {steps} }}");
    let forecast = forecast(&Stage::new(&phases));
    let size = serde_json::to_string(&forecast).unwrap().len();
    assert!(size < 1000 * 1000, "{size}");
    for row in forecast.matrix.iter().skip(1) {
        assert_eq!(row.undo, 0..row.unit);
        assert_eq!((row.ends, row.verify.clone()), (RowEnd::RolledBackVerified, 0..1));
    }
    let key = "s700";
    assert_eq!(told(&forecast, &forecast.matrix[701]), done(&phases, key, &Says::Exit(1)));
}

/// What a way back does after the engine died in the middle of this step.
fn crashed(phases: &str, id: &str) -> (Vec<String>, u8) {
    let whole = Stage::new(phases).past_no_return();
    whole.exec();
    let starts = |event: &Event| matches!(event, Event::AttemptStarted { key, .. } if key.unit == id && key.direction == Direction::Forward);
    let stage = Stage::new(phases).past_no_return();
    stage.exec_and_die_after(whole.events_until(starts));
    let verdict = stage.rollback();
    let back = stage.acted().into_iter().filter_map(|key| key.strip_suffix(" back").map(str::to_owned));
    (back.collect(), verdict.code())
}

#[test]
fn a_crash_that_is_driven_through_ends_as_a_crash_does() {
    let phases = format!(
        "phase one {{ checkpoint before {{ check well {{ run well; }} }}\n {} on-rollback settle {{ run settle; }}\n {} {} step tell {{ run tell; irreversible because=\"x\"; }}\n {} }}",
        step("first", ""),
        step("whole", "atomic"),
        step("again", "idempotent; retry 3"),
        step("last", ""),
    );
    let stage = Stage::new(&phases);
    let forecast = forecast(&stage);
    let rows = every_failure(&stage.plan(), &forecast);
    let crashes: Vec<_> = rows.iter().filter(|row| row.failing == Failing::Crash).collect();
    assert_eq!(crashes.len(), 5);
    for row in crashes {
        let id = &forecast.units[row.unit].unit.id;
        assert_eq!(told(&forecast, row), crashed(&phases, id), "{id}");
    }
}
