use std::io::Write;

use rustix::fs::OFlags;
use serde_json::{Value, json};

use super::{End, Follower, JournalError, read, read_run};
use crate::journal::start;
use crate::journal::tests::new_run;

#[test]
fn a_reader_beside_a_live_engine_sees_what_was_written() {
    let (_folder, run) = new_run();
    let mut writer = start(&run, 1000).unwrap();
    assert!(read_run::<Value>(&run).unwrap().events.is_empty());
    writer.append(&json!({ "n": 1 })).unwrap();
    writer.sync().unwrap();
    let found = read_run::<Value>(&run).unwrap();
    assert_eq!(found.events, [json!({ "n": 1 })]);
    assert_eq!(found.end, End::Whole);
    assert_eq!(read::<Value>(&run.journal()).unwrap().events, found.events);
}

#[test]
fn half_a_line_is_no_damage_to_a_follower_and_is_read_when_it_is_whole() {
    let (_folder, run) = new_run();
    let mut writer = start(&run, 1000).unwrap();
    writer.append(&json!({ "n": 1 })).unwrap();
    writer.append(&json!({ "n": 2 })).unwrap();
    writer.sync().unwrap();
    let whole = std::fs::read(run.journal()).unwrap();
    std::fs::write(run.journal(), &whole[..whole.len() - 10]).unwrap();
    let mut follower = Follower::<Value>::new(&run).unwrap();
    assert_eq!(follower.news().unwrap(), [json!({ "n": 1 })]);
    assert!(follower.news().unwrap().is_empty());
    let mut file = run.open_journal(OFlags::WRONLY | OFlags::APPEND).unwrap();
    file.write_all(&whole[whole.len() - 10..]).unwrap();
    assert_eq!(follower.news().unwrap(), [json!({ "n": 2 })]);
}

#[test]
fn what_stands_before_damage_can_still_be_shown() {
    let (_folder, run) = new_run();
    let mut writer = start(&run, 1000).unwrap();
    for number in 0..3 {
        writer.append(&json!({ "n": number })).unwrap();
    }
    writer.sync().unwrap();
    let text = std::fs::read_to_string(run.journal()).unwrap().replace("{\"n\":1}", "{\"n\":7}");
    std::fs::write(run.journal(), text).unwrap();
    let found = read_run::<Value>(&run).unwrap();
    assert_eq!(found.events, [json!({ "n": 0 })]);
    let refusal = found.undamaged(&run.journal()).unwrap_err();
    assert!(matches!(refusal, JournalError::Damaged { line: 2, .. }));
    assert_eq!(refusal.exit_code(), 70);
    assert!(refusal.to_string().ends_with("is damaged in line 2: its checksum doesn't fit its bytes"), "{refusal}");
}

#[test]
fn a_whole_line_that_this_version_doesnt_know_is_named() {
    let (_folder, run) = new_run();
    let mut writer = start(&run, 1000).unwrap();
    writer.append(&1).unwrap();
    writer.append(&"new").unwrap();
    writer.sync().unwrap();
    assert!(matches!(read_run::<u32>(&run), Err(JournalError::UnknownEvent { line: 2, .. })));
}

#[test]
fn a_run_whose_making_was_interrupted_has_no_events() {
    let (_folder, run) = new_run();
    std::fs::remove_file(run.journal()).unwrap();
    assert!(read_run::<Value>(&run).unwrap().events.is_empty());
    std::fs::remove_file(run.supervisor_log()).unwrap();
    assert!(read_run::<Value>(&run).unwrap().events.is_empty());
}

#[test]
fn a_journal_that_disappeared_is_no_run_that_never_began() {
    let (_folder, run) = new_run();
    std::fs::remove_file(run.journal()).unwrap();
    std::fs::write(run.supervisor_log(), "{}\n").unwrap();
    assert!(matches!(read_run::<Value>(&run), Err(JournalError::Io { .. })));
}
