use std::fs::OpenOptions;
use std::os::unix::fs::MetadataExt;

use camino::Utf8PathBuf;

use super::{FileStorage, Filler};
use crate::event::Storage;

fn in_folder() -> (tempfile::TempDir, Utf8PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
    (folder, path)
}

#[test]
fn reserved_space_is_taken_on_the_disk_without_changing_the_length() {
    let (_folder, path) = in_folder();
    let file = OpenOptions::new().append(true).create(true).open(path.join("journal.jsonl")).unwrap();
    let mut storage = FileStorage::new(file, path.join("journal.reserve"));
    storage.reserve(0, 1 << 20).unwrap();
    assert_eq!(storage.write(b"one\n").unwrap(), 4);
    storage.sync().unwrap();
    let held = if storage.filler.held { path.join("journal.reserve") } else { path.join("journal.jsonl") };
    assert!(held.metadata().unwrap().blocks() * 512 >= 1 << 20);
    assert_eq!(path.join("journal.jsonl").metadata().unwrap().len(), 4);
}

#[test]
fn truncating_gives_the_reserved_space_back() {
    let (_folder, path) = in_folder();
    let file = OpenOptions::new().append(true).create(true).open(path.join("journal.jsonl")).unwrap();
    let mut storage = FileStorage::new(file, path.join("journal.reserve"));
    storage.reserve(0, 1 << 20).unwrap();
    storage.write(b"one\n").unwrap();
    storage.truncate(4).unwrap();
    assert!(path.join("journal.jsonl").metadata().unwrap().blocks() * 512 <= 8192);
    assert!(!path.join("journal.reserve").exists());
}

#[test]
fn a_filler_holds_its_bytes_until_it_is_given_up() {
    let (_folder, path) = in_folder();
    let mut filler = Filler { path: path.join("journal.reserve"), held: false, lost: false };
    filler.hold(100_000).unwrap();
    filler.hold(200_000).unwrap();
    assert_eq!(path.join("journal.reserve").metadata().unwrap().len(), 200_000);
    filler.give_up().unwrap();
    assert!(!path.join("journal.reserve").exists());
    filler.give_up().unwrap();
}
