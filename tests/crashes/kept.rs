//! The bundle: a crash while it is kept leaves a run that never began, and a run of which anything is on
//! record has its bundle whole, byte for byte, as whoever goes on with it reads it.
//!
//! It is kept by the production code, through the seam that it has for the disk, and read back by it from
//! a copy of what the crash left.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use runbook::event::Storage;
use runbook::journal::Folder;
use runbook::model::bundle::{Bundle, Place, load, load_saved};
use tempfile::TempDir;

use crate::disk::{Disk, Tears};
use crate::is_long;
use crate::machine::{BUNDLED, Missing, Shelf};
use crate::scene::scenes;
use crate::stage::{RUN, Stage};
use crate::truth::WHOLE_BUNDLE;

/// A bundle's place on the machine's disk.
struct Shelved<'a> {
    shelf: &'a Shelf,
    written: Vec<Box<dyn Storage>>,
}

impl Shelved<'_> {
    /// The folder with this path.
    fn folder(&self, path: &Utf8Path) -> io::Result<Shelf> {
        let gone = || io::Error::from(io::ErrorKind::NotFound);
        path.components().try_fold(self.shelf.clone(), |folder, name| {
            folder.child(name.as_str()).map_err(io::Error::other)?.ok_or_else(gone)
        })
    }

    fn above<'p>(&self, path: &'p Utf8Path) -> io::Result<(Shelf, &'p str)> {
        Ok((self.folder(path.parent().unwrap())?, path.file_name().unwrap()))
    }
}

impl Place for Shelved<'_> {
    fn make_folder(&mut self, path: &Utf8Path) -> io::Result<()> {
        if path.as_str().is_empty() {
            return Ok(());
        }
        let (above, name) = self.above(path)?;
        above.make_child(name).map(drop).map_err(io::Error::other)
    }

    fn write(&mut self, path: &Utf8Path, bytes: &[u8], _mode: u32) -> io::Result<()> {
        let (above, name) = self.above(path)?;
        let mut file = above.new_storage(name).map_err(io::Error::other)?;
        file.write(bytes)?;
        self.written.push(file);
        Ok(())
    }

    fn sync_files(&mut self) -> io::Result<()> {
        self.written.drain(..).rev().try_for_each(|mut file| file.sync())
    }

    fn sync_folder(&mut self, path: &Utf8Path) -> io::Result<()> {
        self.folder(path)?.sync().map_err(io::Error::other)
    }
}

/// A runbook with a file beside it, and what is kept of the two.
fn bundle() -> Bundle {
    let folder = TempDir::new().unwrap();
    let text = format!(
        "// {BUNDLED}\nrunbook release \"Release\"\nfiles \"scripts/one.sh\"\nphase main \"Main\" {{\n    check one \"One\" {{ run \"scripts/one.sh\"; }}\n}}\n"
    );
    std::fs::create_dir(folder.path().join("scripts")).unwrap();
    std::fs::write(folder.path().join("release.kdl"), text).unwrap();
    std::fs::write(folder.path().join("scripts/one.sh"), format!("# {BUNDLED}\n{}", "x".repeat(600))).unwrap();
    let loaded = load(Utf8Path::from_path(&folder.path().join("release.kdl")).unwrap());
    assert_eq!(loaded.bundle.files.len(), 2, "{:?}", loaded.findings);
    loaded.bundle
}

/// The bundle's files as they are found on a disk; those that are missing aren't in it.
fn found_on(disk: &Disk, bundle: &Bundle) -> Vec<(Utf8PathBuf, Vec<u8>)> {
    let kept = bundle.files.iter().map(|file| Utf8Path::new("files").join(&file.path));
    let paths = kept.chain([Utf8PathBuf::from("manifest.json")]);
    let read = |path: Utf8PathBuf| {
        let names: Vec<&str> = ["runs", RUN, "bundle"].into_iter().chain(path.iter()).collect();
        let bytes = disk.find_path(&names).map(|file| disk.seen(file).to_vec())?;
        Some((path, bytes))
    };
    paths.filter_map(read).collect()
}

/// Whether the production code reads back the bundle that was kept.
fn is_whole(found: &[(Utf8PathBuf, Vec<u8>)], bundle: &Bundle) -> bool {
    let folder = TempDir::new().unwrap();
    for (path, bytes) in found {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    load_saved(Utf8Path::from_path(folder.path()).unwrap()).is_ok_and(|loaded| loaded.bundle.digest == bundle.digest)
}

/// What was gone through.
pub struct Gone {
    /// How many states a crash left in which nothing was on record, and in which something was.
    pub never_began: usize,
    pub began: usize,
    /// In how many of the latter the bundle wasn't whole.
    pub broken: usize,
}

/// Loses power after each operation of a run with a bundle.
pub fn crashes_while_it_is_kept(missing: Option<Missing>) -> Gone {
    let (bundle, scene) = (bundle(), scenes().remove(0));
    let stage = Stage::keeping(&scene, missing, |shelf| bundle.keep_in(&mut Shelved { shelf, written: Vec::new() }));
    stage.exec();
    let hasher = RandomState::new();
    let (mut states, mut known) = (HashSet::new(), HashMap::new());
    let (began, never_began, broken) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let count = |what: &Cell<usize>| what.set(what.get() + 1);
    let tears = if is_long() { Tears::Every(211) } else { Tears::Sectors };
    for moment in stage.machine.moments() {
        if missing.is_some() && broken.get() > 0 {
            break;
        }
        moment.disk.after_a_crash(tears, |disk| {
            if !states.insert(hasher.hash_one(&disk)) {
                return;
            }
            let journal = disk.find_path(&["runs", RUN, "journal.jsonl"]).map(|file| disk.seen(file).is_empty());
            let is_on_record = journal == Some(false)
                && Stage::after(&scene, &disk, &moment.truth, None)
                    .is_some_and(|stage| !stage.find().unwrap().events.is_empty());
            if !is_on_record {
                count(&never_began);
                return;
            }
            count(&began);
            let found = found_on(&disk, &bundle);
            if !*known.entry(found).or_insert_with_key(|found| is_whole(found, &bundle)) {
                count(&broken);
            }
        });
    }
    Gone { never_began: never_began.get(), began: began.get(), broken: broken.get() }
}

#[test]
fn a_crash_while_the_bundle_is_kept_leaves_a_run_that_never_began() {
    let Gone { never_began, began, broken } = crashes_while_it_is_kept(None);
    assert_eq!(broken, 0, "{WHOLE_BUNDLE}");
    assert!(never_began > 500 && began > 30, "{never_began} states before, {began} behind it");
}
