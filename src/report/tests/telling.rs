//! Each kind of event, as the lines that it is worth.

use std::sync::Arc;

use crate::event::{
    Answer, AttemptEnded, Direction, EngineStarted, Event, Evidence, Failure, FailureKind, Held, Judgement, LookEnded,
    Occasion, Outcome, OutlineKind, Purpose, Question, Reply, RunStarted, SkipReason, Wish,
};
use crate::report::tests::sample::{
    Tape, cause, ended, engine, head, judgement, key, look, mismatch, outline, turned_round, unexpected, unit,
};
use crate::report::{Story, Style};

/// The lines of the last event, after a run has started.
#[track_caller]
fn tells(event: Event, lines: &[&str]) {
    let mut tape = Tape::started();
    tape.put(event);
    assert_eq!(told(&tape), lines);
}

fn told(tape: &Tape) -> Vec<String> {
    let mut story = Story::new(Style::default());
    tape.events.iter().map(|event| story.tell(event)).last().unwrap()
}

fn migrate() -> String {
    "migrate".to_owned()
}

#[test]
fn a_run_says_what_it_is_about() {
    let mut tape = Tape::blank();
    tape.put(Event::RunStarted(Arc::new(head(outline()))));
    assert_eq!(
        told(&tape),
        [
            "08:00:00 run      run-1: Release 0.3.0",
            "           from release.kdl, digest 0123456789ab",
            "           inputs: version=0.3.0",
            "           3 steps, 2 checks; estimates add up to 38s; budget 30m; downtime up",
            "           to 3m",
            "           who decides on a rollback: The tech lead",
        ]
    );
}

#[test]
fn a_run_says_when_failures_lead_elsewhere_than_written() {
    let mut tape = Tape::blank();
    let mut outline = outline();
    outline.units.truncate(1);
    (outline.budget, outline.downtime, outline.rollback_by) = (None, None, None);
    let inputs = std::collections::BTreeMap::new();
    let run = RunStarted { on_failure: Some(Wish::Halt), digest: String::new(), inputs, ..head(outline) };
    tape.put(Event::RunStarted(Arc::new(run)));
    assert_eq!(
        told(&tape),
        [
            "08:00:00 run      run-1: Release 0.3.0",
            "           from release.kdl",
            "           0 steps, 1 check",
            "           whatever the runbook says about a failure, this run halts",
        ]
    );
}

#[test]
fn an_engine_says_who_why_and_what_was_allowed() {
    let other = |purpose| EngineStarted { pid: 8, ..engine(purpose) };
    tells(
        Event::EngineStarted(other(Purpose::Resume)),
        &["08:00:00 engine   resumed by operator on host", "           runbook 0.1.0, process 8"],
    );
    let allowed = EngineStarted {
        attended: false,
        past_no_return: true,
        outside_window: Some("the hotfix".to_owned()),
        ..other(Purpose::Rollback)
    };
    tells(
        Event::EngineStarted(allowed),
        &[
            "08:00:00 engine   taken back by operator on host, unattended",
            "           runbook 0.1.0, process 8",
            "           irreversible steps run without being asked about (--past-no-return)",
            "           outside its window, because: the hotfix",
        ],
    );
}

#[test]
fn an_engine_that_lost_its_terminal_says_so() {
    tells(Event::LeftAlone, &["08:00:00 note     the terminal was closed: from here on nobody can be asked"]);
}

#[test]
fn a_run_that_stood_still_says_why_it_asks_again() {
    tells(
        Event::StoodStill { seconds: 7200, suspended: true },
        &[
            "08:00:00 note     the machine was suspended for 2h: what was done must still",
            "                  hold before the next step",
        ],
    );
    tells(
        Event::StoodStill { seconds: 900, suspended: false },
        &[
            "08:00:00 note     nothing was done for 15m: what was done must still hold before",
            "                  the next step",
        ],
    );
}

#[test]
fn locks_and_phases_have_a_line_each() {
    let reach = "it reaches as far as this host".to_owned();
    tells(
        Event::LockTaken { name: "api/production".to_owned(), reach, lease: None },
        &["08:00:00 lock     api/production is taken; it reaches as far as this host"],
    );
    tells(
        Event::LockLost { name: "api/production".to_owned(), why: "it was deleted".to_owned() },
        &[
            "08:00:00 stop     the lock api/production is lost, and nothing new starts: it",
            "                  was deleted",
        ],
    );
    tells(
        Event::LockReturned { name: "api/production".to_owned() },
        &["08:00:00 lock     api/production is given back"],
    );
    tells(Event::PhaseStarted { phase: "verify".to_owned() }, &["08:00:00 phase    verify  Verification  2 of 2"]);
    tells(Event::PhaseEnded { phase: "deploy".to_owned() }, &[]);
}

#[test]
fn what_is_passed_over_says_why() {
    tells(
        Event::UnitSkipped { unit: migrate(), because: SkipReason::Condition },
        &["08:00:00 skipped  migrate  Migrate the database  its condition doesn't hold"],
    );
    tells(
        Event::UnitSkipped { unit: migrate(), because: SkipReason::AlreadyApplied },
        &[
            "08:00:00 skipped  migrate  Migrate the database",
            "           its effect is there already; it isn't ours to undo",
        ],
    );
}

#[test]
fn applied_is_told_where_it_decides_something() {
    let asked = |occasion, answer, trouble: Option<&str>| Event::AppliedAsked {
        unit: migrate(),
        occasion,
        answer,
        judgements: vec![judgement(if answer == Answer::Yes { Held::Yes } else { Held::No })],
        trouble: trouble.map(str::to_owned),
    };
    tells(asked(Occasion::Before, Answer::No, None), &[]);
    tells(asked(Occasion::Before, Answer::Yes, None), &[]);
    tells(
        asked(Occasion::Settling, Answer::Yes, None),
        &["08:00:00 settled  migrate  Migrate the database", "           its effect is there: taken as done"],
    );
    tells(
        asked(Occasion::Resuming, Answer::Yes, None),
        &["08:00:00 holds    migrate  Migrate the database  what it did is still there"],
    );
    tells(
        asked(Occasion::Resuming, Answer::No, None),
        &[
            "08:00:00 lost     migrate  Migrate the database  what it did no longer holds",
            "           release.kdl:12:9",
            "           expect json \"$.status\" is=healthy",
            "             expected  is healthy",
            "             actual    degraded",
        ],
    );
    let unclear = Event::AppliedAsked {
        unit: migrate(),
        occasion: Occasion::Before,
        answer: Answer::CannotTell,
        judgements: Vec::new(),
        trouble: Some("the connection was lost".to_owned()),
    };
    tells(
        unclear,
        &[
            "08:00:00 unclear  migrate  Migrate the database",
            "           nobody can tell whether its effect is there",
            "           the connection was lost",
        ],
    );
}

#[test]
fn a_refused_step_leaves_nothing_to_undo() {
    tells(
        Event::StepRefused { unit: migrate(), why: "it no longer fits before the window closes".to_owned() },
        &[
            "08:00:00 refused  migrate  Migrate the database",
            "           it no longer fits before the window closes",
            "           It did not start: there is nothing of it to undo.",
        ],
    );
}

#[test]
fn an_attempt_begins_with_what_is_expected_of_it() {
    let started = |direction, number| {
        let key = crate::event::AttemptKey { number, ..key("migrate", direction) };
        Event::AttemptStarted { key, before: None }
    };
    tells(
        started(Direction::Forward, 1),
        &["08:00:00 starts   migrate  Migrate the database  (estimate 30s, budget 10m)"],
    );
    tells(
        started(Direction::Forward, 2),
        &["08:00:00 starts   migrate  Migrate the database", "           (attempt 2, estimate 30s, budget 10m)"],
    );
    tells(started(Direction::Back, 1), &["08:00:00 undoes   migrate  Migrate the database"]);
}

#[test]
fn an_attempt_that_ended_says_how_long_it_took_and_what_it_captured() {
    let captures = [("backup".to_owned(), "/var/backups/a\nsecond line".to_owned())].into();
    let end = AttemptEnded { captures, recovered: true, ..ended("migrate", Direction::Forward, 12.0) };
    tells(
        Event::AttemptEnded(Box::new(end)),
        &[
            "08:00:00 done     migrate  Migrate the database",
            "           12s (estimate 30s), seen after a crash",
            "           backup = /var/backups/a...",
        ],
    );
    tells(
        Event::AttemptEnded(Box::new(ended("migrate", Direction::Back, 4.2))),
        &["08:00:00 undone   migrate  Migrate the database  4.2s"],
    );
}

#[test]
fn a_failure_shows_the_authors_line_expected_actual_the_difference_and_the_output() {
    let end = AttemptEnded {
        failure: Some(unexpected()),
        judgements: vec![judgement(Held::Yes), mismatch()],
        tail: vec!["Applying tables".to_owned(), "::error::disk full".to_owned()],
        ..ended("migrate", Direction::Forward, 12.0)
    };
    tells(
        Event::AttemptEnded(Box::new(end)),
        &[
            "08:00:00 failed   migrate  Migrate the database  12s (estimate 30s)",
            "           release.kdl:31:9",
            "           expect stdout like=\"\"\"",
            "             difference (- expected, + actual):",
            "               Applying tables",
            "             - Migration complete",
            "             + ERROR: disk full",
            "           the end of its output:",
            "             | Applying tables",
            "             | \\u{3a}:error::disk full",
        ],
    );
}

#[test]
fn an_expectation_in_error_is_never_shown_as_judged() {
    let in_error = Judgement {
        actual: String::new(),
        note: Some("there is no value".to_owned()),
        place: None,
        ..judgement(Held::InError)
    };
    let nothing = Judgement { actual: String::new(), place: None, ..judgement(Held::No) };
    let end = LookEnded { failure: Some(unexpected()), judgements: vec![in_error, nothing], ..look("healthy", 0.4) };
    tells(
        Event::LookEnded(Box::new(end)),
        &[
            "08:00:00 failed   healthy  The service is healthy  0.4s",
            "           expect json \"$.status\" is=healthy",
            "             expected  is healthy",
            "             actual    can't be judged",
            "             note      there is no value",
            "           expect json \"$.status\" is=healthy",
            "             expected  is healthy",
            "             actual    nothing",
        ],
    );
}

#[test]
fn a_failure_says_what_became_of_the_effect() {
    let failed = |direction, outcome, kind, why: &str| {
        let failure = Some(Failure { kind, why: why.to_owned() });
        Event::AttemptEnded(Box::new(AttemptEnded { outcome, failure, ..ended("migrate", direction, 0.0) }))
    };
    tells(
        failed(Direction::Forward, Outcome::NotApplied, FailureKind::DidNotStart, "no such program: uv"),
        &[
            "08:00:00 failed   migrate  Migrate the database  0s (estimate 30s)",
            "           no such program: uv",
            "           It did not start: there is nothing of it to undo.",
        ],
    );
    tells(
        failed(Direction::Forward, Outcome::Unknown, FailureKind::Unknown, "the budget of 10m is spent"),
        &[
            "08:00:00 unknown  migrate  Migrate the database  0s (estimate 30s)",
            "           the budget of 10m is spent",
            "           Nobody can know what became of its effect; it is undone like one that",
            "           is there.",
        ],
    );
    tells(
        failed(Direction::Back, Outcome::Unknown, FailureKind::Unknown, "ended by SIGKILL"),
        &[
            "08:00:00 unknown  migrate  Migrate the database  0s",
            "           ended by SIGKILL",
            "           Nobody can know how far the inverse came.",
        ],
    );
}

#[test]
fn a_look_that_ended_says_what_it_was_for() {
    tells(
        Event::LookEnded(Box::new(look("healthy", 0.4))),
        &["08:00:00 passed   healthy  The service is healthy  0.4s"],
    );
    tells(
        Event::LookEnded(Box::new(LookEnded { verifying: true, ..look("healthy", 0.4) })),
        &["08:00:00 verified healthy  The service is healthy  0.4s"],
    );
    let failed = LookEnded { failure: Some(unexpected()), judgements: Vec::new(), ..look("healthy", 0.4) };
    tells(
        Event::LookEnded(Box::new(LookEnded { verifying: true, ..failed.clone() })),
        &["08:00:00 differs  healthy  The service is healthy  0.4s", "           a line is missing"],
    );
    tells(
        Event::LookEnded(Box::new(LookEnded { warned: true, ..failed })),
        &[
            "08:00:00 warning  healthy  The service is healthy  0.4s",
            "           a line is missing",
            "           It only warns: the run goes on.",
        ],
    );
}

#[test]
fn only_a_long_look_is_told_when_it_begins() {
    let mut tape = Tape::blank();
    let mut outline = outline();
    let tests = unit("tests", "Every test passes", OutlineKind::Check);
    outline.units.push(crate::event::OutlineUnit { estimate: Some(120.0), ..tests });
    tape.put(Event::RunStarted(Arc::new(head(outline))));
    tape.put(Event::LookStarted { unit: "tests".to_owned(), verifying: false });
    assert_eq!(told(&tape), ["08:00:00 checks   tests  Every test passes  (estimate 2m)"]);
    tells(Event::LookStarted { unit: "healthy".to_owned(), verifying: false }, &[]);
}

#[test]
fn evidence_is_shown_as_it_came() {
    let evidence = vec![Evidence { line: "run df -h".to_owned(), shown: vec!["/dev/sda  100%".to_owned()] }];
    tells(
        Event::EvidenceCollected { unit: migrate(), evidence },
        &[
            "08:00:00 evidence collected about migrate, before anything is undone",
            "           run df -h",
            "             | /dev/sda  100%",
        ],
    );
}

#[test]
fn waits_and_what_only_the_way_back_runs_are_told() {
    tells(
        Event::OnRollbackPassed { unit: migrate() },
        &["08:00:00 noted    migrate  Migrate the database", "           runs only if the way back passes it"],
    );
    let until = "2026-06-10T08:05:00Z".parse().unwrap();
    tells(
        Event::WaitStarted { unit: "answers".to_owned(), until },
        &["08:00:00 waits    answers  The release answers  until 08:05:00 UTC"],
    );
    let until = "2026-06-11T08:05:00Z".parse().unwrap();
    tells(
        Event::WaitStarted { unit: "answers".to_owned(), until },
        &["08:00:00 waits    answers  The release answers  until 2026-06-11 08:05:00 UTC"],
    );
    tells(Event::WaitEnded { unit: "answers".to_owned() }, &["08:00:00 waited   answers  The release answers"]);
}

#[test]
fn a_rollback_announces_its_order_and_what_it_costs() {
    tells(
        turned_round(),
        &[
            "08:00:00 rollback migrate: a line is missing",
            "           Taking back 2 steps, in this order:",
            "           1. migrate  Migrate the database",
            "               sqlite3 /var/lib/api.db '.restore backup.db'",
            "               loses rides accepted since the start",
            "           2. stop-service  Stop the service",
            "               puts back what was before",
        ],
    );
    tells(
        Event::RollbackStarted { cause: cause(), undo: Vec::new(), to_stretch: 0 },
        &["08:00:00 rollback migrate: a line is missing", "           Nothing is to be taken back."],
    );
}

#[test]
fn an_inverse_that_does_not_run_says_who_has_it_now() {
    let skipped = |left_to_a_person| Event::InverseSkipped {
        unit: migrate(),
        because: "it is past its time".to_owned(),
        left_to_a_person,
    };
    tells(
        skipped(true),
        &[
            "08:00:00 left     migrate  Migrate the database  its inverse is left to a person",
            "           it is past its time",
        ],
    );
    tells(
        skipped(false),
        &[
            "08:00:00 skipped  migrate  Migrate the database  its inverse is passed over",
            "           it is past its time",
        ],
    );
}

#[test]
fn people_are_named_with_what_they_are_asked_and_answer() {
    let question = Question::Settle(migrate());
    tells(
        Event::Asked { question: question.clone() },
        &[
            "08:00:00 asks     migrate  Migrate the database",
            "           its outcome is unknown: a person says what became of it",
        ],
    );
    let (by, reason) = ("ada".to_owned(), Some("looked at the table".to_owned()));
    tells(
        Event::Answered { question, reply: Reply::Applied, by, reason },
        &[
            "08:00:00 answer   migrate: its effect is there, take it as done (ada)",
            "           because: looked at the table",
        ],
    );
    tells(
        Event::Escalated { unit: Some(migrate()), why: "it takes twice its estimate".to_owned() },
        &["08:00:00 CALL     people are called: migrate: it takes twice its estimate"],
    );
}

#[test]
fn an_interruption_says_what_happens_now() {
    let by = |wish| Event::Interrupted { by: "Ctrl-C".to_owned(), wish };
    tells(by(Wish::Continue), &["08:00:00 stop     Ctrl-C: the run goes on"]);
    tells(by(Wish::Halt), &["08:00:00 stop     Ctrl-C: nothing new starts, and the run stops"]);
    tells(by(Wish::Rollback), &["08:00:00 stop     Ctrl-C: nothing new starts, and everything is taken back"]);
    let mut tape = Tape::started();
    tape.put(turned_round()).put(by(Wish::Halt));
    assert_eq!(told(&tape), ["08:00:00 stop     Ctrl-C: the rollback pauses after the inverse that runs"]);
    tells(Event::Noted { text: "the tail was torn".to_owned() }, &["08:00:00 note     the tail was torn"]);
}
