use std::rc::Rc;

use camino::Utf8PathBuf;

use super::{Holder, RunLocks, StateDirectory};
use crate::journal::Identity;

fn new_state() -> (tempfile::TempDir, Rc<StateDirectory>) {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(folder.path().canonicalize().unwrap()).unwrap();
    let state = StateDirectory::open_or_create(&path.join("state"), &Identity::own()).unwrap();
    (folder, Rc::new(state))
}

fn locks(state: &Rc<StateDirectory>, run: &str) -> RunLocks {
    let since = "2026-11-21T08:00:00Z".parse().unwrap();
    let holder = Holder { run: run.into(), host: "build7".into(), user: "anna".into(), pid: 12, since };
    RunLocks::new(Rc::clone(state), holder)
}

#[test]
fn a_lock_says_how_far_it_reaches() {
    let (_folder, state) = new_state();
    let (reach, _) = locks(&state, "first").take("a").unwrap();
    assert!(reach.starts_with("the lock keeps out runs of this user on "), "{reach}");
}

#[test]
fn a_clean_end_frees_the_lock_for_the_next_run() {
    let (_folder, state) = new_state();
    let mut first = locks(&state, "first");
    first.take("a").unwrap();
    assert!(
        locks(&state, "second").take("a").unwrap_err().to_string().starts_with("the lock a is held: run first of anna")
    );
    first.give_back("a", true);
    locks(&state, "second").take("a").unwrap();
}

#[test]
fn an_end_that_leaves_effects_and_a_crash_leave_the_lock_unclean() {
    let (_folder, state) = new_state();
    for crashed in [false, true] {
        let mut first = locks(&state, "first");
        first.take("a").unwrap();
        if !crashed {
            first.give_back("a", false);
        }
        drop(first);
        let refusal = locks(&state, "second").take("a").unwrap_err().to_string();
        assert!(refusal.starts_with("the lock a isn't clean: run first of anna"), "{refusal}");
    }
    let mut resumed = locks(&state, "first");
    resumed.take("a").unwrap();
    resumed.give_back("a", true);
    locks(&state, "second").take("a").unwrap();
}

#[test]
fn a_lock_that_was_handed_on_stays_held_when_the_engine_is_gone() {
    let (_folder, state) = new_state();
    let mut first = locks(&state, "first");
    let (_, shared) = first.take("a").unwrap();
    drop(first);
    assert!(locks(&state, "second").take("a").unwrap_err().to_string().starts_with("the lock a is held"));
    drop(shared);
    assert!(locks(&state, "second").take("a").unwrap_err().to_string().starts_with("the lock a isn't clean"));
}

#[test]
fn a_resumed_run_holds_its_lock_itself_once_the_step_of_its_dead_engine_has_ended() {
    let (_folder, state) = new_state();
    let mut first = locks(&state, "first");
    let (_, shared) = first.take("a").unwrap();
    drop(first);
    let mut resumed = locks(&state, "first");
    resumed.take("a").unwrap();
    drop(shared);
    resumed.take("a").unwrap();
    assert!(locks(&state, "second").take("a").unwrap_err().to_string().starts_with("the lock a is held: run first"));
}
