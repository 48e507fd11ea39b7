use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use super::{JournalError, RunDirectory, resume, start};
use crate::journal::read_run;
use crate::journal::tests::new_run;

fn event(number: usize) -> Value {
    json!({ "step": number })
}

/// A run whose engine died after so many events.
fn died_after(count: usize) -> (tempfile::TempDir, RunDirectory) {
    let (folder, run) = new_run();
    let mut writer = start(&run, 1000).unwrap();
    for number in 0..count {
        writer.append(&event(number)).unwrap();
        writer.sync().unwrap();
    }
    (folder, run)
}

#[test]
fn a_journal_goes_on_where_a_dead_engine_left_it() {
    let (_folder, run) = died_after(3);
    let mut resumed = resume::<Value>(&run).unwrap();
    assert_eq!(resumed.events, [event(0), event(1), event(2)]);
    assert_eq!(resumed.torn, None);
    assert!(resumed.writer.can_go_forward(1000).unwrap());
    assert_eq!(resumed.writer.append(&event(3)).unwrap(), 4);
    resumed.writer.gives_back().unwrap();
    assert_eq!(read_run::<Value>(&run).unwrap().events.len(), 4);
}

#[test]
fn a_torn_tail_is_cut_and_kept_aside_and_the_next_event_takes_its_place() {
    let (_folder, run) = died_after(3);
    for round in 1..=2 {
        let whole = std::fs::read(run.journal()).unwrap();
        std::fs::write(run.journal(), &whole[..whole.len() - 5]).unwrap();
        let mut resumed = resume::<Value>(&run).unwrap();
        assert_eq!(resumed.events, [event(0), event(1)]);
        let torn = resumed.torn.unwrap();
        let kept = torn.kept.unwrap();
        assert_eq!(kept, run.path().join(format!("journal.torn-{round}")));
        assert_eq!(kept.metadata().unwrap().permissions().mode() & 0o7777, 0o600);
        let aside = std::fs::read(&kept).unwrap();
        assert_eq!(aside.len(), torn.bytes);
        assert!(whole[..whole.len() - 5].ends_with(&aside));
        resumed.writer.append(&event(9)).unwrap();
        resumed.writer.sync().unwrap();
        assert_eq!(read_run::<Value>(&run).unwrap().events, [event(0), event(1), event(9)]);
    }
}

#[test]
fn a_journal_cut_anywhere_is_mended_or_whole() {
    let (_folder, run) = died_after(3);
    let whole = std::fs::read(run.journal()).unwrap();
    // Every place in memory is `event::frame`'s test; each of these costs several syncs.
    for length in (0..whole.len()).step_by(23) {
        std::fs::write(run.journal(), &whole[..length]).unwrap();
        let mut resumed = resume::<Value>(&run).unwrap();
        let before = resumed.events.len();
        assert_eq!(resumed.events, (0..before).map(event).collect::<Vec<_>>());
        resumed.writer.append(&event(9)).unwrap();
        resumed.writer.flush().unwrap();
        assert_eq!(read_run::<Value>(&run).unwrap().events.len(), before + 1);
    }
}

#[test]
fn every_flipped_bit_refuses_and_changes_nothing() {
    let (_folder, run) = died_after(2);
    let whole = std::fs::read(run.journal()).unwrap();
    for place in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[place] ^= 1 << (place % 8);
        std::fs::write(run.journal(), &bytes).unwrap();
        let answer = resume::<Value>(&run).map(|resumed| resumed.events);
        assert!(matches!(answer, Err(JournalError::Damaged { .. })), "byte {place}: {answer:?}");
        assert_eq!(std::fs::read(run.journal()).unwrap(), bytes);
    }
    assert!(!run.path().join("journal.torn-1").exists());
}

#[test]
fn a_planted_link_in_place_of_the_journal_is_refused() {
    let (_folder, run) = died_after(1);
    let elsewhere = run.path().join("elsewhere");
    std::fs::rename(run.journal(), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, run.journal()).unwrap();
    assert!(matches!(resume::<Value>(&run), Err(JournalError::NotSafe { .. })));
    assert!(matches!(start(&run, 1000), Err(JournalError::NotSafe { .. })));
}

#[test]
fn a_run_doesnt_start_without_room_for_its_way_back() {
    let (_folder, run) = new_run();
    // More than any file system has.
    let refusal = start(&run, 1 << 60).map(drop).unwrap_err();
    assert_eq!(refusal.exit_code(), if matches!(refusal, JournalError::NoSpace { .. }) { 5 } else { 70 });
    assert_eq!(run.journal().metadata().unwrap().len(), 0);
}
