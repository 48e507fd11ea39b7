use camino::Utf8PathBuf;

use super::{Holder, JournalError, LockRefusal, RunDirectory};
use crate::journal::{Identity, StateDirectory};

fn new_run() -> (tempfile::TempDir, RunDirectory) {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(folder.path().canonicalize().unwrap()).unwrap();
    let state = StateDirectory::open_or_create(&path.join("state"), &Identity::own()).unwrap();
    let run = state.create_run("bmtc-api", "2026-11-21T23:30:05Z".parse().unwrap()).unwrap();
    (folder, run)
}

fn holder() -> Holder {
    Holder {
        run: "one".into(),
        host: "build7".into(),
        user: "anna".into(),
        pid: 12,
        since: "2026-11-21T08:00:00Z".parse().unwrap(),
        step: None,
    }
}

#[test]
fn a_run_has_one_engine() {
    let (_folder, run) = new_run();
    assert!(!run.has_engine().unwrap());
    let engine = run.take_engine_lock(&holder()).unwrap();
    assert!(run.has_engine().unwrap());
    let refusal = run.take_engine_lock(&holder()).unwrap_err();
    assert!(matches!(refusal, JournalError::Refused(LockRefusal::EngineRuns { .. })));
    assert_eq!(
        refusal.to_string(),
        "another engine works on the run one: run one of anna on build7 (process 12), begun 0s ago"
    );
    drop(engine);
    assert!(!run.has_engine().unwrap());
    run.take_engine_lock(&holder()).unwrap();
}

#[test]
fn who_looks_doesnt_keep_the_engine_out() {
    let (_folder, run) = new_run();
    drop(run.take_engine_lock(&holder()).unwrap());
    std::thread::scope(|scope| {
        let looker = scope.spawn(|| (0..200).map(|_| run.has_engine().unwrap()).collect::<Vec<_>>());
        for _ in 0..50 {
            drop(run.take_engine_lock(&holder()).unwrap());
        }
        looker.join().unwrap();
    });
}
