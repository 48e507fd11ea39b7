use std::future::Future;
use std::task::{Context, Poll, Waker};

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
fn who_looks_doesnt_take_the_lock() {
    let (_folder, run) = new_run();
    drop(run.take_steps_lock().unwrap());
    assert!(!run.has_running_steps().unwrap());
    let _steps = run.take_steps_lock().unwrap().unwrap();
    assert!(run.has_running_steps().unwrap());
    assert!(run.has_running_steps().unwrap());
}

#[test]
fn a_resumed_run_waits_for_the_steps_of_a_dead_engine() {
    let (_folder, run) = new_run();
    let steps = run.take_steps_lock().unwrap().unwrap();
    assert!(run.take_steps_lock().unwrap().is_none());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let mut wait = Box::pin(run.wait_for_steps());
        let mut context = Context::from_waker(Waker::noop());
        assert!(matches!(wait.as_mut().poll(&mut context), Poll::Pending));
        drop(steps);
        wait.await.unwrap();
    });
}
