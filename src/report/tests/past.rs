//! Runs of the past, the one that still runs, and questions.

use crate::event::{Direction, Question, Record, Reply, Verdict, Wish};
use crate::report::tests::sample::{Tape, cause, outline};
use crate::report::{
    AtWork, Closing, Prompt, Style, Tally, WishPrompt, closing_screen, render_runs, render_status, show,
};

fn style() -> Style {
    Style::default()
}

#[test]
fn a_table_of_runs_never_cuts_what_is_copied() {
    let mut done = Tape::started();
    done.ends(Verdict::RolledBack { verified: true, cause: cause() });
    let open = Record::of(&Tape::started().events);
    let records = [(Record::of(&done.events), false), (open.clone(), true), (open, false), (Record::default(), false)];
    assert_eq!(
        render_runs(&records, style()),
        "\
run    when (UTC)        verdict                by
run-1  2026-06-10 08:00  rolled back, verified  operator
run-1  2026-06-10 08:00  running                operator
run-1  2026-06-10 08:00  interrupted            operator
"
    );
    let narrow = |width: usize| render_runs(records.get(..1).unwrap(), Style { width, ..style() });
    assert_eq!(
        narrow(50),
        "\
run    when (UTC)        verdict
run-1  2026-06-10 08:00  rolled back, verified
"
    );
    assert_eq!(narrow(40), "run    verdict\nrun-1  rolled back, verified\n");
    assert_eq!(render_runs(&[], style()), "There are no runs yet.\n");
}

#[test]
fn a_shown_run_is_its_story_and_its_closing_screen() {
    let mut tape = Tape::started();
    tape.does("stop-service", 3.1);
    let closing = Closing { tally: &Tally::of(&tape.events), records: "/runs/run-1", remaining: &[], rows: usize::MAX };
    let shown = show(&tape.events, &closing, style());
    assert!(shown.starts_with("08:00:00 run      run-1: Release 0.3.0\n"), "{shown}");
    assert!(shown.ends_with(&format!("\n\n{}", closing_screen(&closing, style()))), "{shown}");
}

#[test]
fn a_run_under_way_says_what_runs_and_since_when() {
    let mut tape = Tape::started();
    tape.passes("healthy", 0.4).does("stop-service", 3.1).begins("migrate", Direction::Forward).later(12.0);
    assert_eq!(
        render_status(&tape.events, AtWork::Engine, tape.now(), style()),
        "\
Release 0.3.0 ------------------------------------------------------------------
run       run-1, started 2026-06-10 08:00 UTC
state     running
done      2 of 5 units
running   migrate  Migrate the database, for 12s
"
    );
    assert_eq!(
        render_status(&tape.events, AtWork::Nobody, tape.now(), style()),
        "\
Release 0.3.0 ------------------------------------------------------------------
run       run-1, started 2026-06-10 08:00 UTC
state     interrupted: no engine has it, and it has no verdict
continue  runbook resume run-1
continue  runbook rollback run-1
done      2 of 5 units
unclear   migrate  Migrate the database, started 08:00:03 UTC; nobody saw it end
"
    );
}

#[test]
fn a_step_that_outlives_its_engine_is_said_to_run() {
    let mut tape = Tape::started();
    tape.passes("healthy", 0.4).begins("stop-service", Direction::Forward).later(12.0);
    assert_eq!(
        render_status(&tape.events, AtWork::Supervisor, tape.now(), style()),
        "\
Release 0.3.0 ------------------------------------------------------------------
run       run-1, started 2026-06-10 08:00 UTC
state     interrupted: its engine is gone; what it started still runs
continue  runbook resume run-1
continue  runbook rollback run-1
done      1 of 5 units
running   stop-service  Stop the service, for 12s, under its supervisor
"
    );
}

#[test]
fn a_halted_run_says_what_comes_next() {
    let mut tape = Tape::started();
    tape.passes("healthy", 0.4).ends(Verdict::Halted { cause: cause(), barrier: None, back_to: None });
    assert_eq!(
        render_status(&tape.events, AtWork::Nobody, tape.now(), style()),
        "\
Release 0.3.0 ------------------------------------------------------------------
run       run-1, started 2026-06-10 08:00 UTC
state     halted (exit 7)
          First cause: migrate: a line is missing
          What was done stays in place.
continue  runbook resume run-1
continue  runbook rollback run-1
done      1 of 5 units
next      stop-service  Stop the service
"
    );
}

#[test]
fn a_question_says_what_each_key_leads_to() {
    let prompt = Prompt::new(&Question::Settle("migrate".to_owned()), "", &outline(), style());
    assert_eq!(
        prompt.text,
        "migrate: Migrate the database\n\
         Nobody saw how this step ended. Look at the system: is its whole effect there?"
    );
    assert_eq!(
        prompt.menu(),
        "  a  it is there: take the step as done\n  n  it isn't there: run the step again\n  \
         r  roll back everything that was done\n  q  leave it open and stop here"
    );
}

#[test]
fn a_question_has_each_key_once_and_can_always_be_left() {
    let unit = || "migrate".to_owned();
    for question in [
        Question::Confirm(unit()),
        Question::PastNoReturn(unit()),
        Question::Settle(unit()),
        Question::Expired(unit()),
        Question::ManualInverse(unit()),
        Question::NoLongerHolds(unit()),
    ] {
        let prompt = Prompt::new(&question, "Do it\u{1b}[2J by hand", &outline(), style());
        assert!(prompt.text.contains("\n  Do it\\u{1b}[2J by hand\n"), "{}", prompt.text);
        let mut keys: Vec<_> = prompt.choices.iter().map(|choice| choice.key).collect();
        assert_eq!(prompt.choices.iter().filter(|choice| choice.reply.is_none()).count(), 1, "{question:?}");
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), prompt.choices.len(), "{question:?}");
    }
}

#[test]
fn no_answer_about_an_unknown_outcome_runs_a_step_again_by_accident() {
    let prompt = Prompt::new(&Question::Settle("migrate".to_owned()), "", &outline(), style());
    let again: Vec<_> = prompt
        .choices
        .iter()
        .filter(|choice| !matches!(choice.reply, None | Some(Reply::Applied | Reply::Rollback)))
        .map(|choice| choice.words)
        .collect();
    assert_eq!(again, ["it isn't there: run the step again"]);
}

#[test]
fn an_interruption_offers_every_way_on() {
    let wishes = |ending| WishPrompt::new(ending, style()).choices.iter().map(|choice| choice.wish).collect::<Vec<_>>();
    assert_eq!(wishes(false), [Some(Wish::Continue), Some(Wish::Halt), Some(Wish::Rollback), None]);
    // What was ended can't go on as if nothing had happened.
    assert_eq!(wishes(true), [Some(Wish::Halt), Some(Wish::Rollback), None]);
}
