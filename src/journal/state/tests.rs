use camino::{Utf8Path, Utf8PathBuf};

use super::{Identity, JournalError, StateDirectory, Whereabouts};

fn in_folder() -> (tempfile::TempDir, Utf8PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(folder.path().canonicalize().unwrap()).unwrap();
    (folder, path)
}

fn state(path: &Utf8Path) -> StateDirectory {
    StateDirectory::open_or_create(&path.join("state"), &Identity::own()).unwrap()
}

#[test]
fn what_is_asked_for_comes_first_then_the_systems_then_the_users() {
    let (_folder, path) = in_folder();
    let mut whereabouts = Whereabouts {
        asked: Some("/asked".into()),
        system: Some(path.join("system")),
        xdg_state_home: Some("/xdg".into()),
        home: Some("/home/anna".into()),
    };
    assert_eq!(whereabouts.choose().unwrap(), "/asked");
    whereabouts.asked = None;
    assert_eq!(whereabouts.choose().unwrap(), "/xdg/runbook");
    std::fs::create_dir(path.join("system")).unwrap();
    assert_eq!(whereabouts.choose().unwrap(), path.join("system"));
    whereabouts.system = None;
    whereabouts.xdg_state_home = Some("relative".into());
    assert_eq!(whereabouts.choose().unwrap(), "/home/anna/.local/state/runbook");
    whereabouts.home = None;
    assert!(matches!(whereabouts.choose(), Err(JournalError::NoHome)));
}

#[test]
fn a_new_run_has_all_its_parts() {
    let (_folder, path) = in_folder();
    let run = state(&path).create_run("bmtc-api", "2026-11-21T23:30:05Z".parse().unwrap()).unwrap();
    assert_eq!(run.path(), path.join("state/runs").join(run.id().as_str()));
    assert_eq!(run.journal().metadata().unwrap().len(), 0);
    assert!(run.bundle().is_dir());
    assert!(run.steps().is_dir());
}

#[test]
fn runs_are_listed_newest_first_and_what_is_no_run_is_passed_over() {
    let (_folder, path) = in_folder();
    let state = state(&path);
    assert!(state.runs().unwrap().is_empty());
    let older = state.create_run("zebra", "2026-11-21T23:30:05Z".parse().unwrap()).unwrap();
    let newer = state.create_run("ape", "2026-11-21T23:31:05Z".parse().unwrap()).unwrap();
    std::fs::create_dir(path.join("state/runs/lost+found")).unwrap();
    assert_eq!(state.runs().unwrap(), [newer.id().clone(), older.id().clone()]);
}

#[test]
fn a_run_is_found_by_its_id_a_unique_beginning_or_its_last_part() {
    let (_folder, path) = in_folder();
    let state = state(&path);
    let first = state.create_run("bmtc-api", "2026-11-21T23:30:05Z".parse().unwrap()).unwrap();
    let second = state.create_run("bmtc-api", "2026-11-21T23:31:05Z".parse().unwrap()).unwrap();
    let last_part = &second.id().as_str()[second.id().as_str().len() - 5..];
    assert_eq!(state.find_run(first.id().as_str()).unwrap().id(), first.id());
    assert_eq!(state.find_run("bmtc-api-20261121-2331").unwrap().id(), second.id());
    if !first.id().as_str().ends_with(last_part) {
        assert_eq!(state.find_run(last_part).unwrap().id(), second.id());
    }
    match state.find_run("bmtc").unwrap_err() {
        JournalError::AmbiguousRun { count, candidates, .. } => {
            assert_eq!(count, 2);
            assert_eq!(candidates, [second.id().to_string(), first.id().to_string()]);
        }
        other => panic!("{other}"),
    }
    assert!(matches!(state.find_run("../runs"), Err(JournalError::NoSuchRun { .. })));
    assert!(matches!(state.find_run(""), Err(JournalError::NoSuchRun { .. })));
}

#[test]
fn a_state_that_isnt_there_is_no_error_for_who_only_reads() {
    let (_folder, path) = in_folder();
    assert!(StateDirectory::open(&path.join("state"), &Identity::own()).unwrap().is_none());
}

#[test]
fn the_bundle_keeps_the_exact_bytes_below_its_folders() {
    let (_folder, path) = in_folder();
    let run = state(&path).create_run("a", "2026-11-21T23:30:05Z".parse().unwrap()).unwrap();
    run.keep("release.kdl".into(), b"runbook a\n").unwrap();
    run.keep("scripts/deep/run.sh".into(), &[0, 255]).unwrap();
    let kept = run.kept().unwrap();
    assert_eq!(kept, [("release.kdl".into(), b"runbook a\n".to_vec()), ("scripts/deep/run.sh".into(), vec![0, 255])]);
    assert!(run.keep("release.kdl".into(), b"other").is_err(), "nothing is ever overwritten");
    for leaving in ["../journal.jsonl", "/etc/passwd", "a/../../b", "", "."] {
        assert!(run.keep(leaving.into(), b"").is_err(), "{leaving}");
    }
    assert_eq!(run.kept().unwrap().len(), 2);
}

#[test]
fn the_folder_of_an_attempt_has_one_name() {
    let (_folder, path) = in_folder();
    let run = state(&path).create_run("a", "2026-11-21T23:30:05Z".parse().unwrap()).unwrap();
    assert_eq!(run.step_folder("3-stop.1").unwrap(), run.steps().join("3-stop.1"));
    assert_eq!(run.step_folder("3-stop.1").unwrap(), run.steps().join("3-stop.1"));
    for wrong in ["", "..", "a/b"] {
        assert!(run.step_folder(wrong).is_err(), "{wrong}");
    }
}
