//! What no chain can show: whole records that are missing at the end, and a bundle in the place of the
//! run's own.

use super::golden::{Golden, Place};

#[test]
fn a_journal_that_lost_the_start_of_a_step_is_neither_continued_nor_taken_back() {
    let place = Place::of(&Golden::of("killed"));
    place.rewrite("journal.jsonl", |payload| {
        let of_the_step = payload.contains("\"attempt-started\"") && payload.contains("\"kills\"");
        (!of_the_step).then(|| payload.to_owned())
    });
    for command in [["resume", "--yes"], ["rollback", "--yes"]] {
        let ran = place.runs(&command).ended(70).says("[runbook::journal::lost]");
        ran.says("has lost records at its end: kills was started");
    }
    assert_eq!(place.log(), "one\nkills\n");
    place.runs(&["audit"]).ended(70).says("kills was started, attempt 1, and the journal doesn't know it");
}

#[test]
fn a_damaged_supervisors_log_is_refused_with_its_line() {
    let place = Place::of(&Golden::of("halted"));
    let path = place.records().join("supervisor.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("\"started\"", "\"stopped\"", 1)).unwrap();
    for command in [["resume", "--yes"], ["rollback", "--yes"]] {
        place.runs(&command).ended(70).says("supervisor.jsonl is damaged in line 2");
    }
    assert_eq!(place.log(), "one\n");
}

#[test]
fn another_bundle_in_the_place_of_the_runs_own_is_refused() {
    let place = Place::of(&Golden::of("halted"));
    let other = Golden::of("parallel").folder.join("bundle");
    for file in ["manifest.json", "files/release.kdl"] {
        std::fs::copy(other.join(file), place.records().join("bundle").join(file)).unwrap();
    }
    for command in [["resume", "--yes"], ["rollback", "--yes"]] {
        place.runs(&command).ended(70).says("but the run began with");
    }
    assert_eq!(place.log(), "one\n");
    place.runs(&["audit"]).ended(70).says("but the run began with");
}
