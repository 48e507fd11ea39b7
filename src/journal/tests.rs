//! What the tests of several files begin with: a new run, in a folder that goes with it.

use camino::Utf8PathBuf;

use super::{Identity, RunDirectory, StateDirectory};

pub(super) fn new_run() -> (tempfile::TempDir, RunDirectory) {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(folder.path().canonicalize().unwrap()).unwrap();
    let state = StateDirectory::open_or_create(&path.join("state"), &Identity::own()).unwrap();
    let run = state.create_run("bmtc-api", "2026-11-21T23:30:05Z".parse().unwrap()).unwrap();
    (folder, run)
}
