//! A bundle that is kept and read back; through the program, `tests/cli/check_bundle.rs`.

use std::os::unix::fs::symlink;

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

use super::{Loaded, SavedBundleError, load, load_saved};

const RUNBOOK: &str = r#"
runbook demo "Demo"
include "parts/inputs.kdl"
files "scripts/**"
phase main {
    checkpoint before { check up { run "true"; }; }
    step change { write "/etc/x" template="x.conf"; }
    check after { run "./scripts/look.sh"; }
}
"#;

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(TempDir::new().unwrap());
        folder.write("book/demo.kdl", RUNBOOK);
        folder.write("book/parts/inputs.kdl", "input port \"8000\"\n");
        folder.write("book/x.conf", "port = {{port}}\n");
        folder.write("book/real.sh", "exit 0\n");
        std::fs::create_dir(folder.path("book/scripts")).unwrap();
        symlink("../real.sh", folder.path("book/scripts/look.sh")).unwrap();
        folder
    }

    fn path(&self, path: &str) -> Utf8PathBuf {
        Utf8Path::from_path(self.0.path()).unwrap().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

fn paths(loaded: &Loaded) -> Vec<&str> {
    loaded.bundle.files.iter().map(|file| file.path.as_str()).collect()
}

#[test]
fn a_bundle_holds_all_that_belongs_to_a_runbook() {
    let folder = Folder::new();
    let loaded = load(&folder.path("book/demo.kdl"));
    assert!(loaded.runbook.is_some(), "{:?}", loaded.findings);
    assert_eq!(paths(&loaded), ["demo.kdl", "parts/inputs.kdl", "scripts/look.sh", "x.conf"]);
    assert_eq!(loaded.bundle.get(Utf8Path::new("x.conf")).unwrap().bytes[..], *b"port = {{port}}\n");
    assert_eq!(loaded.sources.iter().count(), 2);
}

#[test]
fn a_kept_bundle_is_read_back_without_the_original() {
    let folder = Folder::new();
    let loaded = load(&folder.path("book/demo.kdl"));
    loaded.bundle.write_to(&folder.path("kept")).unwrap();
    std::fs::remove_dir_all(folder.path("book")).unwrap();
    let saved = load_saved(&folder.path("kept")).unwrap();
    assert_eq!(saved.bundle.digest, loaded.bundle.digest);
    assert_eq!(paths(&saved), paths(&loaded));
    assert_eq!(saved.runbook.unwrap().folder, loaded.runbook.unwrap().folder);
    assert_eq!(saved.sources.path(crate::syntax::FileId(0)), folder.path("book/demo.kdl"));
}

#[test]
fn a_changed_byte_of_a_kept_bundle_is_seen() {
    let folder = Folder::new();
    load(&folder.path("book/demo.kdl")).bundle.write_to(&folder.path("kept")).unwrap();
    let file = folder.path("kept/files/scripts/look.sh");
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, "exit 1\n").unwrap();
    assert!(matches!(load_saved(&folder.path("kept")), Err(SavedBundleError::Changed { .. })));
    assert!(matches!(load_saved(&folder.path("book")), Err(SavedBundleError::Unreadable { .. })));
}

#[test]
fn a_bundle_is_kept_once() {
    let folder = Folder::new();
    let bundle = load(&folder.path("book/demo.kdl")).bundle;
    bundle.write_to(&folder.path("kept")).unwrap();
    assert!(bundle.write_to(&folder.path("kept")).is_err());
}

#[test]
fn the_digest_follows_every_byte_and_name() {
    let folder = Folder::new();
    let digest = || load(&folder.path("book/demo.kdl")).bundle.digest;
    let before = digest();
    assert_eq!(digest(), before);
    folder.write("book/real.sh", "exit 1\n");
    let changed = digest();
    assert_ne!(changed, before);
    folder.write("book/scripts/more.sh", "");
    assert_ne!(digest(), changed);
}
