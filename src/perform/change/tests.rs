use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

use crate::event::{Datum, Outcome, Performance};
use crate::model::SubjectName;
use crate::perform::{Stop, capture_before, forget_before, perform_built_in, probe};
use crate::plan::{
    FileBefore, ResolvedAction, ResolvedActivity, ResolvedFileChange, ResolvedSurroundings, StateBefore,
};

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> Utf8PathBuf {
        Utf8Path::from_path(self.0.path()).unwrap().join(name)
    }

    fn write(&self, name: &str, text: &str, mode: u32) -> Utf8PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn mode(&self, name: &str) -> u32 {
        fs::metadata(self.path(name)).unwrap().permissions().mode() & 0o7777
    }

    /// Everything in the folder, hidden files too.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn activity(action: ResolvedAction) -> ResolvedActivity {
    let env = [("RUNBOOK_RUN_ID", "run-7"), ("RUNBOOK_STEP_ID", "configure")];
    let surroundings = ResolvedSurroundings {
        env: env.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        ..ResolvedSurroundings::default()
    };
    ResolvedActivity { action, surroundings, budget: Duration::from_mins(1), sought: Vec::new(), reads_texts: true }
}

fn change(change: ResolvedFileChange) -> ResolvedActivity {
    activity(ResolvedAction::Change(change))
}

fn write(path: &Utf8Path, text: &str, mode: Option<u32>) -> ResolvedActivity {
    change(ResolvedFileChange::Write { path: path.to_owned(), text: text.to_owned(), mode })
}

fn replace(path: &Utf8Path, matches: &str, with: &str, count: u32) -> ResolvedActivity {
    let (path, matches, with) = (path.to_owned(), matches.to_owned(), with.to_owned());
    change(ResolvedFileChange::Replace { path, matches, with, count })
}

async fn perform(activity: &ResolvedActivity) -> Performance {
    perform_built_in(activity, &Stop::default()).await
}

#[must_use]
async fn applied(activity: &ResolvedActivity) -> crate::event::Observation {
    let performance = perform(activity).await;
    assert_eq!((performance.outcome, performance.trouble), (Outcome::Applied, None));
    performance.observation.unwrap()
}

async fn refused(activity: &ResolvedActivity) -> String {
    let performance = perform(activity).await;
    assert_eq!(performance.outcome, Outcome::NotApplied);
    performance.trouble.unwrap()
}

async fn captured(activity: &ResolvedActivity) -> StateBefore {
    capture_before(activity).await.unwrap().unwrap()
}

fn restore(before: &StateBefore) -> ResolvedActivity {
    activity(ResolvedAction::Restore(before.clone()))
}

#[tokio::test]
async fn a_new_file_is_written_whole_and_answers_with_its_subjects() {
    let folder = Folder::new();
    let observation = applied(&write(&folder.path("app.conf"), "port=8000\n", None)).await;
    assert_eq!(folder.read("app.conf"), "port=8000\n");
    assert_eq!(folder.mode("app.conf"), 0o644);
    assert_eq!(folder.names(), ["app.conf"]);
    assert_eq!(observation.get(SubjectName::Exists), Some(&Datum::Flag(true)));
    assert!(matches!(observation.get(SubjectName::Sha256), Some(Datum::Text(digest)) if digest.len() == 64));
}

#[tokio::test]
async fn the_mode_of_before_stays_unless_another_is_written() {
    let folder = Folder::new();
    let path = folder.write("secret.conf", "old", 0o600);
    let _ = applied(&write(&path, "new", None)).await;
    assert_eq!(folder.mode("secret.conf"), 0o600);
    let _ = applied(&write(&path, "new", Some(0o640))).await;
    assert_eq!(folder.mode("secret.conf"), 0o640);
}

#[tokio::test]
async fn a_link_is_written_through_to_its_file() {
    let folder = Folder::new();
    folder.write("real.conf", "old", 0o644);
    symlink("real.conf", folder.path("current.conf")).unwrap();
    let step = write(&folder.path("current.conf"), "new", None);
    let before = captured(&step).await;
    let _ = applied(&step).await;
    assert_eq!(folder.read("real.conf"), "new");
    assert!(fs::symlink_metadata(folder.path("current.conf")).unwrap().is_symlink());
    let _ = applied(&restore(&before)).await;
    assert_eq!(folder.read("real.conf"), "old");
}

#[tokio::test]
async fn folders_pipes_and_missing_folders_are_refused_in_words() {
    let folder = Folder::new();
    fs::create_dir(folder.path("conf.d")).unwrap();
    let words = refused(&write(&folder.path("conf.d"), "x", None)).await;
    assert_eq!(words, format!("{} is a folder, not a file", folder.path("conf.d")));
    let words = refused(&write(&folder.path("none/app.conf"), "x", None)).await;
    assert_eq!(words, format!("there is no folder {}", folder.path("none")));
    let from = Utf8PathBuf::from("/dev/null");
    let words = refused(&change(ResolvedFileChange::Copy { from, to: folder.path("copy"), mode: None })).await;
    assert_eq!(words, "/dev/null is a device, pipe or socket, not a file");
    assert_eq!(folder.names(), ["conf.d"]);
}

#[tokio::test]
async fn bytes_and_mode_of_before_come_back() {
    let folder = Folder::new();
    let path = folder.write("app.conf", "old\0bytes", 0o640);
    let step = write(&path, "new", Some(0o600));
    let before = captured(&step).await;
    assert_eq!(folder.names(), [".app.conf.runbook-before.run-7.configure", "app.conf"]);
    assert_eq!(folder.mode(".app.conf.runbook-before.run-7.configure"), 0o640);
    // What a document names is what is there.
    let named = crate::plan::copy_of_before(path.as_str(), "run-7.configure");
    assert_eq!(named, folder.path(".app.conf.runbook-before.run-7.configure").to_string());
    assert_eq!(probe(&step, &before).await, Some(false));
    let _ = applied(&step).await;
    assert_eq!(probe(&step, &before).await, Some(true));
    let _ = applied(&restore(&before)).await;
    assert_eq!((folder.read("app.conf").as_str(), folder.mode("app.conf")), ("old\0bytes", 0o640));
    assert_eq!(folder.names(), ["app.conf"]);
    assert_eq!(probe(&step, &before).await, Some(false));
}

#[tokio::test]
async fn going_back_twice_or_from_nothing_ends_the_same() {
    let folder = Folder::new();
    let path = folder.write("app.conf", "old", 0o644);
    let step = write(&path, "new", None);
    let before = captured(&step).await;
    let _ = applied(&restore(&before)).await;
    assert_eq!(folder.read("app.conf"), "old");
    let _ = applied(&step).await;
    // The copy went with the first way back: without it nothing is guessed.
    assert!(refused(&restore(&before)).await.contains("can't be read"));
    assert_eq!(folder.read("app.conf"), "new");
    let second = captured(&write(&path, "newer", None)).await;
    let _ = applied(&write(&path, "newer", None)).await;
    let _ = applied(&restore(&second)).await;
    let _ = applied(&restore(&second)).await;
    assert_eq!(folder.read("app.conf"), "new");
}

#[tokio::test]
async fn a_file_that_was_not_there_goes_again() {
    let folder = Folder::new();
    let step = write(&folder.path("new.conf"), "x", None);
    let before = captured(&step).await;
    let _ = applied(&step).await;
    let observation = applied(&restore(&before)).await;
    assert_eq!(observation.get(SubjectName::Exists), Some(&Datum::Flag(false)));
    assert!(folder.names().is_empty());
    let _ = applied(&restore(&before)).await;
}

#[tokio::test]
async fn what_somebody_changed_since_is_never_written_over() {
    let folder = Folder::new();
    let path = folder.write("app.conf", "old", 0o644);
    let step = write(&path, "new", None);
    let before = captured(&step).await;
    let _ = applied(&step).await;
    fs::write(&path, "edited by hand").unwrap();
    let words = refused(&restore(&before)).await;
    assert!(words.contains("is no longer what the step wrote"), "{words}");
    assert!(words.contains(".app.conf.runbook-before.run-7.configure"), "{words}");
    assert_eq!(folder.read("app.conf"), "edited by hand");
    fs::remove_file(&path).unwrap();
    assert!(refused(&restore(&before)).await.contains("is no longer what the step wrote"));
}

#[tokio::test]
async fn a_kept_copy_that_was_damaged_is_not_put_back() {
    let folder = Folder::new();
    let step = write(&folder.write("app.conf", "old", 0o644), "new", None);
    let before = captured(&step).await;
    let _ = applied(&step).await;
    fs::write(folder.path(".app.conf.runbook-before.run-7.configure"), "0ld").unwrap();
    assert!(refused(&restore(&before)).await.contains("doesn't hold the bytes that were kept"));
    assert_eq!(folder.read("app.conf"), "new");
}

#[tokio::test]
async fn a_second_capture_never_writes_over_the_first_copy() {
    let folder = Folder::new();
    let path = folder.write("app.conf", "old", 0o644);
    let step = write(&path, "new", None);
    let first = captured(&step).await;
    assert_eq!(captured(&step).await, first);
    let _ = applied(&step).await;
    let second = captured(&step).await;
    let copy = |before: &StateBefore| match before {
        StateBefore::File { was: FileBefore::File { copy, .. }, .. } => fs::read_to_string(copy).unwrap(),
        other => panic!("{other:?}"),
    };
    assert_eq!((copy(&first).as_str(), copy(&second).as_str()), ("old", "new"));
    forget_before(&first).unwrap();
    forget_before(&second).unwrap();
    forget_before(&second).unwrap();
    assert_eq!(folder.names(), ["app.conf"]);
}

#[tokio::test]
async fn a_copy_has_bytes_and_mode_of_its_source() {
    let folder = Folder::new();
    let (from, to) = (folder.write("a", "bytes", 0o750), folder.path("b"));
    let step = change(ResolvedFileChange::Copy { from, to, mode: None });
    let before = captured(&step).await;
    let _ = applied(&step).await;
    assert_eq!((folder.read("b").as_str(), folder.mode("b")), ("bytes", 0o750));
    assert_eq!(probe(&step, &before).await, Some(true));
}

#[tokio::test]
async fn a_link_takes_the_place_of_a_link_and_goes_back() {
    let folder = Folder::new();
    fs::create_dir(folder.path("releases")).unwrap();
    symlink("releases/1", folder.path("current")).unwrap();
    let link = |to: &str| change(ResolvedFileChange::Link { path: folder.path("current"), to: to.to_owned() });
    let target = || fs::read_link(folder.path("current")).unwrap();
    let before = captured(&link("releases")).await;
    assert_eq!(probe(&link("releases"), &before).await, Some(false));
    let observation = applied(&link("releases")).await;
    assert_eq!(observation.get(SubjectName::Exists), Some(&Datum::Flag(true)));
    assert_eq!(target(), Path::new("releases"));
    assert_eq!(probe(&link("releases"), &before).await, Some(true));
    let _ = applied(&restore(&before)).await;
    assert_eq!(target(), Path::new("releases/1"));
    fs::remove_file(folder.path("current")).unwrap();
    fs::create_dir(folder.path("current")).unwrap();
    assert!(refused(&link("releases")).await.contains("is a folder, not a file"));
}

#[tokio::test]
async fn replace_takes_exactly_as_many_matches_as_written() {
    let folder = Folder::new();
    let path = folder.write("app.conf", "port=8000\nport=8001\nhost=a\n", 0o600);
    let words = refused(&replace(&path, r"port=\d+", "port=9000", 1)).await;
    assert_eq!(words, format!(r"{path} matches `port=\d+` 2 times, expected once"));
    let words = refused(&replace(&path, "absent", "x", 1)).await;
    assert_eq!(words, format!("{path} matches `absent` nowhere, expected once"));
    assert_eq!(folder.read("app.conf"), "port=8000\nport=8001\nhost=a\n");
    let step = replace(&path, r"port=(\d+)", "p=$1", 2);
    let before = captured(&step).await;
    let _ = applied(&step).await;
    assert_eq!(folder.read("app.conf"), "p=8000\np=8001\nhost=a\n");
    assert_eq!(folder.mode("app.conf"), 0o600);
    let _ = applied(&restore(&before)).await;
    assert_eq!(folder.read("app.conf"), "port=8000\nport=8001\nhost=a\n");
}

#[tokio::test]
async fn a_replacement_that_does_not_match_is_known_before_it_starts() {
    let folder = Folder::new();
    let path = folder.write("app.conf", "host=a", 0o600);
    let words = capture_before(&replace(&path, "port", "x", 1)).await.unwrap_err();
    assert_eq!(words, format!("{path} matches `port` nowhere, expected once"));
    assert_eq!(folder.names(), ["app.conf"]);
}

#[tokio::test]
async fn an_attempt_that_was_stopped_leaves_nothing_behind() {
    let folder = Folder::new();
    let big = folder.write("big", &"x".repeat(32 * 1024 * 1024), 0o644);
    let stop = Stop::default();
    stop.ask();
    let copy = change(ResolvedFileChange::Copy { from: big, to: folder.path("copy"), mode: None });
    let performance = perform_built_in(&copy, &stop).await;
    assert_eq!(performance.outcome, Outcome::NotApplied);
    assert_eq!(performance.trouble.as_deref(), Some("it was stopped; nothing was changed"));
    assert_eq!(folder.names(), ["big"]);
}
