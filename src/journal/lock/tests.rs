use std::os::fd::AsFd;
use std::process::{Command, Stdio};
use std::sync::Barrier;

use camino::Utf8PathBuf;

use super::{Holder, JournalError, Lock, LockRefusal, StateDirectory, file_name};
use crate::journal::Identity;

fn new_state() -> (tempfile::TempDir, StateDirectory) {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(folder.path().canonicalize().unwrap()).unwrap();
    let state = StateDirectory::open_or_create(&path.join("state"), &Identity::own()).unwrap();
    (folder, state)
}

fn holder(run: &str, since: &str) -> Holder {
    Holder {
        run: run.into(),
        host: "build7".into(),
        user: "anna".into(),
        pid: 12,
        since: format!("2026-11-21T{since}Z").parse().unwrap(),
    }
}

#[track_caller]
fn refusal(answer: Result<Lock, JournalError>) -> LockRefusal {
    match answer {
        Err(JournalError::Refused(refusal)) => refusal,
        other => panic!("expected a refusal: {other:?}"),
    }
}

#[test]
fn a_refusal_names_holder_host_user_and_age() {
    let (_folder, state) = new_state();
    let _lock = state.take_lock("bmtc-api/production", &holder("first", "08:00:00")).unwrap();
    let refused = refusal(state.take_lock("bmtc-api/production", &holder("second", "08:05:00")));
    assert_eq!(
        refused.to_string(),
        "the lock bmtc-api/production is held: run first of anna on build7 (process 12), begun 5m ago"
    );
    assert_eq!(JournalError::from(refused).exit_code(), 5);
}

#[test]
fn a_lock_is_free_again_when_it_was_given_back() {
    let (_folder, state) = new_state();
    let lock = state.take_lock("a", &holder("first", "08:00:00")).unwrap();
    let path = state.path().join("locks/a");
    lock.give_back().unwrap();
    assert!(path.exists(), "the file is never unlinked");
    state.take_lock("a", &holder("second", "08:05:00")).unwrap();
}

#[test]
fn locks_of_other_names_dont_mind() {
    let (_folder, state) = new_state();
    let _one = state.take_lock("a/b", &holder("first", "08:00:00")).unwrap();
    let _other = state.take_lock("a_b", &holder("second", "08:00:00")).unwrap();
}

#[test]
fn of_many_who_race_for_a_lock_one_gets_it() {
    let (_folder, state) = new_state();
    let barrier = Barrier::new(8);
    let got: Vec<Option<Lock>> = std::thread::scope(|scope| {
        let racers: Vec<_> = (0..8)
            .map(|number| {
                let (state, barrier) = (&state, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    state.take_lock("a", &holder(&format!("run-{number}"), "08:00:00")).ok()
                })
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    assert_eq!(got.iter().flatten().count(), 1);
}

#[test]
fn a_run_that_crashed_leaves_its_lock_unclean() {
    let (_folder, state) = new_state();
    let lock = state.take_lock("a", &holder("first", "08:00:00")).unwrap();
    lock.mark().unwrap();
    drop(lock);
    let refused = refusal(state.take_lock("a", &holder("second", "09:30:00")));
    assert!(matches!(refused, LockRefusal::Dirty { .. }));
    let told = refused.to_string();
    assert!(
        told.starts_with("the lock a isn't clean: run first of anna on build7 (process 12), begun 1h 30m ago"),
        "{told}"
    );
    let help = miette::Diagnostic::help(&refused).unwrap().to_string();
    for way_out in ["`runbook resume first`", "`runbook rollback first`", "`runbook abandon first --reason"] {
        assert!(help.contains(way_out), "{help}");
    }
    refusal(state.take_lock("a", &holder("third", "09:31:00")));
}

#[test]
fn the_run_that_left_a_lock_unclean_gets_it_and_can_clear_it() {
    let (_folder, state) = new_state();
    let lock = state.take_lock("a", &holder("first", "08:00:00")).unwrap();
    lock.mark().unwrap();
    drop(lock);
    let lock = state.take_lock("a", &holder("first", "09:00:00")).unwrap();
    lock.mark().unwrap();
    lock.clear().unwrap();
    lock.clear().unwrap();
    lock.give_back().unwrap();
    state.take_lock("a", &holder("second", "09:30:00")).unwrap();
}

#[test]
fn a_mark_that_cant_be_read_is_still_a_mark() {
    let (_folder, state) = new_state();
    let lock = state.take_lock("a", &holder("first", "08:00:00")).unwrap();
    lock.mark().unwrap();
    drop(lock);
    std::fs::write(state.path().join("locks/a~dirty"), "").unwrap();
    let refused = refusal(state.take_lock("a", &holder("first", "08:00:00")));
    assert!(matches!(refused, LockRefusal::Dirty { left_by: None, .. }));
}

#[test]
fn a_mark_that_a_crash_left_half_made_is_none() {
    let (_folder, state) = new_state();
    std::fs::write(state.path().join("locks/a~dirty.new"), "{").unwrap();
    let lock = state.take_lock("a", &holder("first", "08:00:00")).unwrap();
    lock.mark().unwrap();
    assert!(!state.path().join("locks/a~dirty.new").exists());
}

#[test]
fn control_characters_of_a_holder_dont_reach_the_terminal() {
    let (_folder, state) = new_state();
    let _lock = state.take_lock("a", &holder("first\u{1b}[2J", "08:00:00")).unwrap();
    let refused = refusal(state.take_lock("a", &holder("second", "08:05:00")));
    assert!(!refused.to_string().contains('\u{1b}'));
}

/// A process that shares the lock and lives until its standard input is closed.
fn share(lock: &Lock) -> std::process::Child {
    // As its standard output: so a test needs no socket to hand it over.
    let shared = lock.as_fd().try_clone_to_owned().unwrap();
    Command::new("cat").stdin(Stdio::piped()).stdout(shared).spawn().unwrap()
}

#[test]
fn a_lock_is_held_as_long_as_a_supervisor_shares_it() {
    let (_folder, state) = new_state();
    let lock = state.take_lock("a", &holder("first", "08:00:00")).unwrap();
    let mut supervisor = share(&lock);
    drop(lock);
    assert!(matches!(refusal(state.take_lock("a", &holder("second", "08:05:00"))), LockRefusal::Held { .. }));
    drop(supervisor.stdin.take());
    supervisor.wait().unwrap();
    state.take_lock("a", &holder("second", "08:05:00")).unwrap();
}

#[test]
fn a_resumed_run_gets_its_lock_though_a_step_of_its_dead_engine_still_runs() {
    let (_folder, state) = new_state();
    let lock = state.take_lock("a", &holder("first", "08:00:00")).unwrap();
    lock.mark().unwrap();
    let mut supervisor = share(&lock);
    drop(lock);
    let mut lock = state.take_lock("a", &holder("first", "08:05:00")).unwrap();
    assert!(!lock.ours);
    drop(supervisor.stdin.take());
    supervisor.wait().unwrap();
    assert!(matches!(refusal(state.take_lock("a", &holder("second", "08:06:00"))), LockRefusal::Dirty { .. }));
    lock.hold();
    assert!(lock.ours);
    assert!(matches!(refusal(state.take_lock("a", &holder("second", "08:07:00"))), LockRefusal::Held { .. }));
}

#[test]
fn a_lock_that_was_given_back_is_free_though_a_supervisor_still_has_it_open() {
    let (_folder, state) = new_state();
    let lock = state.take_lock("a", &holder("first", "08:00:00")).unwrap();
    let mut supervisor = share(&lock);
    lock.give_back().unwrap();
    state.take_lock("a", &holder("second", "08:05:00")).unwrap();
    drop(supervisor.stdin.take());
    supervisor.wait().unwrap();
}

#[test]
fn a_program_that_the_lock_isnt_handed_to_doesnt_hold_it() {
    let (_folder, state) = new_state();
    let lock = state.take_lock("a", &holder("first", "08:00:00")).unwrap();
    let mut step = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
    drop(lock);
    state.take_lock("a", &holder("second", "08:05:00")).unwrap();
    drop(step.stdin.take());
    step.wait().unwrap();
}

#[test]
fn every_name_has_a_file_of_its_own_in_the_folder() {
    let long = "x".repeat(1000);
    let names =
        ["a", "a/b", "a%2Fb", "a_b", ".", "..", ".hidden", "", "%", "a~dirty", "ü", "a\nb", &long, &format!("{long}y")];
    let files: std::collections::BTreeSet<_> = names.iter().map(|name| file_name(name)).collect();
    assert_eq!(files.len(), names.len());
    for file in &files {
        assert!(file.len() <= 200 && !file.starts_with('.') && !file.ends_with("~dirty"), "{file}");
        assert!(file.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/'), "{file}");
    }
    assert_eq!(file_name("bmtc-api/production"), "bmtc-api%2Fproduction");
}
