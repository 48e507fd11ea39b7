use super::{RunStore, way_back_of};
use crate::event::frame::{Chain, End, scan};
use crate::event::{Event, Stamped, Store};
use crate::journal::Writer;
use crate::journal::storage::fake::FakeStorage;

fn noted(text: &str) -> Stamped {
    let at = "2026-11-22T03:30:05Z".parse().unwrap();
    Stamped { at, event: Event::Noted { text: text.to_owned() } }
}

fn store(storage: &FakeStorage) -> RunStore {
    RunStore::new(Writer::new(Box::new(storage.clone()), "journal.jsonl".into(), Chain::genesis(), 0), 3)
}

fn texts(storage: &FakeStorage) -> Vec<String> {
    let disk = storage.disk();
    let found = scan(&disk.bytes);
    assert_eq!(found.end, End::Whole);
    let events = found.records.iter().map(|record| serde_json::from_str::<Stamped>(record.payload).unwrap().event);
    events.map(|event| if let Event::Noted { text } = event { text } else { panic!("{event:?}") }).collect()
}

#[test]
fn what_a_full_disk_refused_is_written_in_its_order_once_there_is_room() {
    let storage = FakeStorage::default();
    let mut store = store(&storage);
    store.append(&noted("one")).unwrap();
    store.sync().unwrap();
    let length = storage.disk().bytes.len();
    storage.disk().room = Some(length + 30);
    store.append(&noted("two")).unwrap();
    assert!(store.sync().is_err());
    assert!(store.is_full());
    assert_eq!(texts(&storage), ["one"]);
    storage.disk().room = None;
    store.append(&noted("three")).unwrap();
    store.sync().unwrap();
    assert!(!store.is_full());
    assert_eq!(texts(&storage), ["one", "two", "three"]);
}

#[test]
fn a_disk_that_was_full_once_lets_nothing_go_forward() {
    let storage = FakeStorage::default();
    let mut store = store(&storage);
    assert!(store.has_room());
    storage.disk().reserved = 0;
    storage.disk().room = Some(5);
    store.append(&noted("one")).unwrap();
    assert!(store.sync().is_err());
    storage.disk().room = None;
    assert!(!store.has_room());
}

#[test]
fn a_failed_sync_is_no_full_disk() {
    let storage = FakeStorage::default();
    let mut store = store(&storage);
    storage.disk().sync_fails = Some(std::io::ErrorKind::StorageFull);
    store.append(&noted("one")).unwrap();
    assert!(store.sync().is_err());
    assert!(!store.is_full());
    assert!(store.sync().is_err());
}

#[test]
fn a_run_that_has_ended_gives_its_space_back() {
    let storage = FakeStorage::default();
    let mut store = store(&storage);
    assert!(store.has_room());
    assert!(storage.disk().reserved as u64 > way_back_of(3));
    store.append(&noted("one")).unwrap();
    store.sync().unwrap();
    store.finish();
    assert_eq!(storage.disk().reserved, 0);
    assert_eq!(texts(&storage), ["one"]);
}
