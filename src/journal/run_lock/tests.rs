use super::{Holder, JournalError, LockRefusal};
use crate::journal::tests::new_run;

fn holder() -> Holder {
    Holder {
        run: "one".into(),
        host: "build7".into(),
        user: "anna".into(),
        pid: 12,
        since: "2026-11-21T08:00:00Z".parse().unwrap(),
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
