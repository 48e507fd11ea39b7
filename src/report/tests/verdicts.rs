//! Each verdict in words, with its exit code and the commands that continue.

use crate::event::{Direction, Event, IncompleteReason, Verdict};
use crate::report::tests::sample::{Tape, cause, turned_round};
use crate::report::{Story, Style};

#[track_caller]
fn says(verdict: Verdict, lines: &[&str]) {
    let mut tape = Tape::started();
    tape.does("stop-service", 3.0).ends(verdict);
    assert_eq!(told(&tape), lines);
}

#[track_caller]
fn says_of_undone(verdict: Verdict, lines: &[&str]) {
    let mut tape = Tape::started();
    tape.does("stop-service", 3.0).put(turned_round()).undoes("stop-service", 1.0).ends(verdict);
    assert_eq!(told(&tape), lines);
}

fn told(tape: &Tape) -> Vec<String> {
    let mut story = Story::beside_live(Style::default());
    tape.events.iter().map(|event| story.tell(event)).last().unwrap()
}

#[test]
fn a_run_that_succeeded_counts_its_warnings() {
    says(Verdict::Succeeded { warnings: 0 }, &["ended    succeeded (exit 0)", "  Every step is done."]);
    says(
        Verdict::Succeeded { warnings: 1 },
        &["ended    succeeded with warnings: 1 check failed and only warned (exit 0)", "  Every step is done."],
    );
}

#[test]
fn a_run_that_was_rolled_back_says_whether_that_is_proven() {
    says_of_undone(
        Verdict::RolledBack { verified: true, cause: cause() },
        &[
            "ended    rolled back, verified (exit 1)",
            "  Every inverse held, and the checkpoints prove that everything is as before.",
            "  First cause: migrate: a line is missing",
        ],
    );
    says_of_undone(
        Verdict::RolledBack { verified: false, cause: cause() },
        &[
            "ended    rolled back, not verified (exit 1)",
            "  Every inverse held. There is no checkpoint to verify it by.",
            "  First cause: migrate: a line is missing",
        ],
    );
}

#[test]
fn a_rollback_that_had_nothing_to_undo_does_not_praise_inverses() {
    says(
        Verdict::RolledBack { verified: false, cause: cause() },
        &[
            "ended    rolled back, not verified (exit 1)",
            "  Nothing was undone: no step that ran has an inverse. There is no checkpoint to",
            "  verify it by.",
            "  First cause: migrate: a line is missing",
        ],
    );
}

#[test]
fn an_incomplete_rollback_says_why_what_is_left_and_how_it_goes_on() {
    let incomplete = |why, remaining: &[&str]| Verdict::Incomplete {
        why,
        cause: cause(),
        remaining: remaining.iter().map(ToString::to_string).collect(),
    };
    let unit = || "migrate".to_owned();
    says(
        incomplete(IncompleteReason::InverseFailed { unit: unit() }, &["migrate", "stop-service"]),
        &[
            "ended    rollback incomplete (exit 4)",
            "  The inverse of migrate failed. A person must repair it.",
            "  First cause: migrate: a line is missing",
            "  Still to undo, in this order: migrate, stop-service.",
            "  to continue:",
            "    runbook rollback run-1",
        ],
    );
    says(
        incomplete(IncompleteReason::Undecided { unit: unit() }, &[]),
        &[
            "ended    rollback incomplete (exit 4)",
            "  The inverse of migrate doesn't run by itself: it is past its time, or",
            "  something else changed what the step wrote. A person must decide.",
            "  First cause: migrate: a line is missing",
            "  to continue:",
            "    runbook rollback run-1",
        ],
    );
    for (why, head, sentence) in [
        (IncompleteReason::Paused, "rollback paused", "  A person paused the rollback."),
        (IncompleteReason::LeftToAPerson, "rollback incomplete", "  Some of the way back is left to a person."),
    ] {
        let head = format!("ended    {head} (exit 4)");
        let cause = "  First cause: migrate: a line is missing";
        says(incomplete(why, &[]), &[&head, sentence, cause, "  to continue:", "    runbook rollback run-1"]);
    }
    says(
        incomplete(IncompleteReason::NotVerified { unit: "healthy".to_owned() }, &[]),
        &[
            "ended    rolled back, but not as before (exit 4)",
            "  Every inverse held, but healthy shows that the system isn't as it was before.",
            "  A person must repair it.",
            "  First cause: migrate: a line is missing",
            "  to continue:",
            "    runbook rollback run-1",
        ],
    );
}

#[test]
fn an_unsettled_step_has_both_answers_as_commands() {
    says(
        Verdict::Unsettled { unit: "migrate".to_owned() },
        &[
            "ended    unsettled (exit 4)",
            "  Nobody can know what became of migrate. Look at the system, then say whether",
            "  its effect is there.",
            "  to continue:",
            "    runbook resolve run-1 migrate --as applied --reason WHY",
            "    runbook resolve run-1 migrate --as not-applied --reason WHY",
            "    runbook rollback run-1",
        ],
    );
}

#[test]
fn a_refused_run_says_that_nothing_is_changed() {
    says(
        Verdict::Refused { cause: cause() },
        &[
            "ended    refused (exit 5)",
            "  First cause: migrate: a line is missing",
            "  Nothing had started: nothing is changed.",
        ],
    );
}

#[test]
fn a_parked_run_offers_the_way_back_only_where_there_is_one() {
    let parked = |until| Verdict::Parked { until, why: "the window opens".to_owned() };
    says(
        parked(Some("2026-06-10T10:00:00Z".parse().unwrap())),
        &[
            "ended    parked (exit 6)",
            "  It waits as planned until 10:00:00 UTC: the window opens.",
            "  to continue:",
            "    runbook resume run-1",
            "    runbook rollback run-1",
        ],
    );
    let mut tape = Tape::started();
    tape.ends(parked(None));
    assert_eq!(
        told(&tape),
        [
            "ended    parked (exit 6)",
            "  It waits as planned for a person: the window opens.",
            "  to continue:",
            "    runbook resume run-1",
        ]
    );
}

#[test]
fn a_halted_run_can_go_either_way_unless_a_barrier_stands_there() {
    says(
        Verdict::Halted { cause: cause(), barrier: None, back_to: None },
        &[
            "ended    halted (exit 7)",
            "  First cause: migrate: a line is missing",
            "  What was done stays in place.",
            "  to continue:",
            "    runbook resume run-1",
            "    runbook rollback run-1",
        ],
    );
    says(
        Verdict::Halted { cause: cause(), barrier: Some("stop-service".to_owned()), back_to: None },
        &[
            "ended    halted (exit 7)",
            "  First cause: migrate: a line is missing",
            "  The way back stopped before stop-service, which is irreversible: it and what",
            "  came before it stay.",
            "  to continue:",
            "    runbook abandon run-1 --reason WHY",
        ],
    );
}

#[test]
fn an_abandoned_run_says_what_stays() {
    says(
        Verdict::Abandoned { reason: "the host is gone".to_owned() },
        &[
            "ended    abandoned (exit 7)",
            "  A person gave the run up: the host is gone. What was done stays, and the locks",
            "  are free.",
        ],
    );
}

#[test]
fn a_step_that_nobody_saw_end_may_have_an_effect() {
    let mut tape = Tape::started();
    tape.begins("stop-service", Direction::Forward);
    tape.put(Event::RunEnded { verdict: Verdict::Parked { until: None, why: "a sign-off".to_owned() } });
    assert_eq!(told(&tape).last().unwrap(), "    runbook rollback run-1");
}
