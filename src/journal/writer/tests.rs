use std::io::ErrorKind;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{JournalError, ONE_STEP, PORTION, Writer};
use crate::event::frame::{Chain, End, scan};
use crate::journal::storage::fake::FakeStorage;

fn writer(storage: &FakeStorage) -> Writer {
    Writer::new(Box::new(storage.clone()), "journal.jsonl".into(), Chain::genesis(), 0)
}

fn event(number: usize) -> Value {
    json!({ "event": "step-started", "number": number })
}

fn payloads(bytes: &[u8]) -> Vec<Value> {
    scan(bytes).records.iter().map(|record| serde_json::from_str(record.payload).unwrap()).collect()
}

#[test]
fn a_result_and_the_next_intent_share_one_sync() {
    let storage = FakeStorage::default();
    let mut writer = writer(&storage);
    assert_eq!(writer.append(&event(1)).unwrap(), 1);
    assert_eq!(writer.append(&event(2)).unwrap(), 2);
    assert_eq!(storage.disk().bytes, b"", "nothing is written before it must be");
    writer.sync().unwrap();
    assert_eq!(storage.disk().syncs, 1);
    assert_eq!(payloads(&storage.disk().bytes), [event(1), event(2)]);
    let disk = storage.disk();
    assert_eq!(disk.synced, disk.bytes.len());
}

#[test]
fn a_sync_of_nothing_new_costs_nothing() {
    let storage = FakeStorage::default();
    let mut writer = writer(&storage);
    writer.sync().unwrap();
    writer.append(&event(1)).unwrap();
    writer.sync().unwrap();
    writer.sync().unwrap();
    assert_eq!(storage.disk().syncs, 1);
}

#[test]
fn what_was_flushed_is_seen_and_still_needs_its_sync() {
    let storage = FakeStorage::default();
    let mut writer = writer(&storage);
    writer.append(&event(1)).unwrap();
    writer.flush().unwrap();
    assert_eq!(payloads(&storage.disk().bytes), [event(1)]);
    assert_eq!(storage.disk().synced, 0);
    writer.sync().unwrap();
    assert_eq!(storage.disk().syncs, 1);
}

#[test]
fn after_a_failed_sync_nothing_is_ever_tried_again() {
    let storage = FakeStorage::default();
    let mut writer = writer(&storage);
    writer.append(&event(1)).unwrap();
    storage.disk().sync_fails = Some(ErrorKind::Other);
    assert!(matches!(writer.sync(), Err(JournalError::Broken { .. })));
    storage.disk().sync_fails = None;
    let bytes = storage.disk().bytes.clone();
    assert!(matches!(writer.append(&event(2)), Err(JournalError::Broken { .. })));
    assert!(matches!(writer.flush(), Err(JournalError::Broken { .. })));
    assert!(matches!(writer.sync(), Err(JournalError::Broken { .. })));
    assert!(matches!(writer.can_go_forward(0), Err(JournalError::Broken { .. })));
    assert_eq!(storage.disk().syncs, 1, "a failed sync is never retried");
    assert!(matches!(writer.gives_back(), Err(JournalError::Broken { .. })));
    assert_eq!(storage.disk().bytes, bytes);
}

#[test]
fn a_sync_without_space_is_a_failed_sync() {
    let storage = FakeStorage::default();
    let mut writer = writer(&storage);
    writer.append(&event(1)).unwrap();
    storage.disk().sync_fails = Some(ErrorKind::StorageFull);
    assert!(matches!(writer.sync(), Err(JournalError::Broken { .. })));
}

#[test]
fn a_failed_write_breaks_the_journal() {
    let storage = FakeStorage::default();
    let mut writer = writer(&storage);
    writer.append(&event(1)).unwrap();
    storage.disk().write_fails = Some(ErrorKind::Other);
    assert!(matches!(writer.sync(), Err(JournalError::Broken { .. })));
    storage.disk().write_fails = None;
    assert!(matches!(writer.sync(), Err(JournalError::Broken { .. })));
    assert_eq!(storage.disk().syncs, 0);
}

#[test]
fn a_disk_that_takes_no_bytes_breaks_the_journal() {
    let storage = FakeStorage::default();
    let mut writer = writer(&storage);
    writer.append(&event(1)).unwrap();
    storage.disk().short = Some(0);
    assert!(matches!(writer.sync(), Err(JournalError::Broken { .. })));
}

#[test]
fn a_write_in_pieces_is_one_record() {
    let storage = FakeStorage::default();
    let mut writer = writer(&storage);
    storage.disk().short = Some(7);
    writer.append(&event(1)).unwrap();
    writer.sync().unwrap();
    assert_eq!(payloads(&storage.disk().bytes), [event(1)]);
}

#[test]
fn on_a_full_disk_not_even_half_a_record_stays() {
    let storage = FakeStorage::default();
    let mut writer = writer(&storage);
    writer.append(&event(1)).unwrap();
    writer.sync().unwrap();
    let before = storage.disk().bytes.clone();
    storage.disk().room = Some(before.len() + 20);
    writer.append(&event(2)).unwrap();
    writer.append(&event(3)).unwrap();
    assert!(matches!(writer.sync(), Err(JournalError::Full { .. })));
    assert_eq!(storage.disk().bytes, before);
    storage.disk().room = None;
    assert_eq!(writer.append(&event(4)).unwrap(), 2, "the dropped numbers are given again");
    writer.sync().unwrap();
    assert_eq!(payloads(&storage.disk().bytes), [event(1), event(4)]);
    assert_eq!(scan(&storage.disk().bytes).end, End::Whole);
}

#[test]
fn half_a_record_that_stays_on_a_full_disk_breaks_the_journal() {
    let storage = FakeStorage::default();
    let mut writer = writer(&storage);
    storage.disk().room = Some(20);
    storage.disk().truncate_fails = true;
    writer.append(&event(1)).unwrap();
    assert!(matches!(writer.sync(), Err(JournalError::Broken { .. })));
    assert!(matches!(writer.append(&event(2)), Err(JournalError::Broken { .. })));
}

#[test]
fn the_way_back_is_written_from_what_was_set_aside() {
    let storage = FakeStorage::default();
    let mut writer = writer(&storage);
    assert!(writer.can_go_forward(50_000).unwrap());
    assert!(writer.set_aside() >= 50_000 + ONE_STEP);
    storage.disk().room = Some(0);
    // The space suffices for a few more steps; then it is kept for the way back.
    let mut steps = 0;
    while writer.can_go_forward(50_000).unwrap() {
        writer.append(&json!({ "output": "x".repeat(1000) })).unwrap();
        writer.sync().unwrap();
        steps += 1;
    }
    assert!(steps > 100);
    let mut written = 0;
    while written < 50_000 {
        let before = writer.length;
        writer.append(&event(0)).unwrap();
        writer.sync().unwrap();
        written += writer.length - before;
    }
}

#[test]
fn little_space_is_set_aside_when_there_is_no_more() {
    let storage = FakeStorage::default();
    let mut writer = writer(&storage);
    storage.disk().room = Some(usize::try_from(ONE_STEP + 1000 + PORTION - 1).unwrap());
    assert!(writer.can_go_forward(1000).unwrap());
    storage.disk().room = Some(usize::try_from(ONE_STEP + 999).unwrap());
    storage.disk().reserved = 0;
    let mut writer = self::writer(&storage);
    assert!(!writer.can_go_forward(1000).unwrap());
}

#[test]
fn a_finished_journal_gives_its_space_back() {
    let storage = FakeStorage::default();
    let mut writer = writer(&storage);
    assert!(writer.can_go_forward(1000).unwrap());
    writer.append(&event(1)).unwrap();
    writer.gives_back().unwrap();
    assert_eq!(storage.disk().reserved, 0);
    assert_eq!(payloads(&storage.disk().bytes), [event(1)]);
}

/// What a test does with a journal.
#[derive(Debug, Clone)]
enum Deed {
    Append,
    Flush,
    Sync,
    GoForward,
    FillDisk(u16),
    FreeDisk,
    FailWrites,
    FailSyncs,
    Mend,
    TakePieces(u8),
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = prop_oneof![
        6 => Just(Deed::Append),
        2 => Just(Deed::Flush),
        6 => Just(Deed::Sync),
        1 => Just(Deed::GoForward),
        1 => any::<u16>().prop_map(|room| Deed::FillDisk(room % 600)),
        1 => Just(Deed::FreeDisk),
        1 => Just(Deed::FailWrites),
        1 => Just(Deed::FailSyncs),
        1 => Just(Deed::Mend),
        1 => (1u8..).prop_map(Deed::TakePieces),
    ];
    prop::collection::vec(deed, 1..40)
}

proptest! {
    /// Whatever fails, and wherever a crash cuts what was not synced: all that was acknowledged is
    /// read again, and nothing that was not appended.
    #[test]
    fn what_was_acknowledged_survives_every_crash(deeds in deeds(), cut in any::<prop::sample::Index>()) {
        let storage = FakeStorage::default();
        let mut writer = writer(&storage);
        let (mut appended, mut acknowledged, mut durable) = (Vec::new(), 0, 0);
        for (number, deed) in deeds.into_iter().enumerate() {
            match deed {
                Deed::Append => if writer.append(&event(number)).is_ok() { appended.push(event(number)) },
                Deed::Flush => match writer.flush() {
                    Ok(()) => durable = appended.len(),
                    Err(JournalError::Full { .. }) => appended.truncate(durable),
                    Err(_) => {}
                },
                Deed::Sync => match writer.sync() {
                    Ok(()) => { durable = appended.len(); acknowledged = durable; }
                    Err(JournalError::Full { .. }) => appended.truncate(durable),
                    Err(_) => {}
                },
                Deed::GoForward => { let _ = writer.can_go_forward(100); }
                Deed::FillDisk(room) => {
                    let length = storage.disk().bytes.len();
                    storage.disk().room = Some(length + usize::from(room));
                }
                Deed::FreeDisk => storage.disk().room = None,
                Deed::FailWrites => storage.disk().write_fails = Some(ErrorKind::Other),
                Deed::FailSyncs => storage.disk().sync_fails = Some(ErrorKind::Other),
                Deed::Mend => {
                    let mut disk = storage.disk();
                    (disk.write_fails, disk.sync_fails, disk.short) = (None, None, None);
                }
                Deed::TakePieces(most) => storage.disk().short = Some(usize::from(most)),
            }
        }
        let disk = storage.disk();
        let left = disk.synced + cut.index(disk.bytes.len() - disk.synced + 1);
        let found = scan(&disk.bytes[..left]);
        prop_assert!(!matches!(found.end, End::Damaged { .. }), "{:?}", found.end);
        let read = payloads(&disk.bytes[..left]);
        prop_assert!(read.len() >= acknowledged, "{} of {acknowledged} acknowledged", read.len());
        prop_assert_eq!(&read[..], &appended[..read.len()]);
    }
}
