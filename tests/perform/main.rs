//! Built-in actions as another user, through the real program and a stand-in for sudo.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use runbook::event::{Datum, Outcome, Performance};
use runbook::model::SubjectName;
use runbook::perform::{Stop, capture_before, perform_built_in, probe};
use runbook::plan::{ResolvedAction, ResolvedActivity, ResolvedFileChange, ResolvedSurroundings};
use tempfile::TempDir;

/// A machine with a sudo that notes how it was called and then does as it likes.
struct Machine(TempDir);

/// The program that cargo built, started by whoever stands in for sudo.
const PROGRAM: &str = env!("CARGO_BIN_EXE_runbook");

impl Machine {
    fn with_sudo(script: &str) -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        let sudo = machine.path("sudo");
        let calls = machine.path("calls");
        fs::write(&sudo, format!("#!/bin/sh\necho \"$1 $2 $3 $4 $6\" >> {calls}\n{script}\n")).unwrap();
        fs::set_permissions(&sudo, fs::Permissions::from_mode(0o755)).unwrap();
        machine
    }

    /// A sudo that lets everybody.
    fn new() -> Self {
        Self::with_sudo(&format!("exec {PROGRAM} __perform"))
    }

    fn path(&self, name: &str) -> Utf8PathBuf {
        Utf8Path::from_path(self.0.path()).unwrap().join(name)
    }

    fn activity(&self, action: ResolvedAction) -> ResolvedActivity {
        let env = vec![("PATH".to_owned(), format!("{}:/usr/bin:/bin", self.path("").as_str().trim_end_matches('/')))];
        let surroundings =
            ResolvedSurroundings { env, user: Some("somebody-else".to_owned()), ..ResolvedSurroundings::default() };
        ResolvedActivity { action, surroundings, budget: Duration::from_mins(1), sought: Vec::new(), reads_texts: true }
    }

    fn file(&self, path: &Utf8Path) -> ResolvedActivity {
        let wants = vec![SubjectName::Sha256];
        self.activity(ResolvedAction::File { pattern: path.to_string(), pick: None, wants })
    }

    fn calls(&self) -> Vec<String> {
        fs::read_to_string(self.path("calls")).unwrap_or_default().lines().map(str::to_owned).collect()
    }
}

async fn perform(activity: &ResolvedActivity) -> Performance {
    perform_built_in(activity, &Stop::default()).await
}

#[tokio::test]
async fn an_observation_comes_back_from_the_other_user() {
    let machine = Machine::new();
    let path = machine.path("app.conf");
    fs::write(&path, "hello\n").unwrap();
    let performance = perform(&machine.file(&path)).await;
    assert_eq!((performance.outcome, performance.trouble), (Outcome::Applied, None));
    let digest = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
    let observation = performance.observation.unwrap();
    assert_eq!(observation.get(SubjectName::Sha256), Some(&Datum::Text(digest.to_owned())));
    assert_eq!(machine.calls(), ["-n -u somebody-else -- __perform"]);
}

#[tokio::test]
async fn a_change_is_captured_done_probed_and_taken_back_as_the_other_user() {
    let machine = Machine::new();
    let path = machine.path("app.conf");
    fs::write(&path, "old").unwrap();
    let change = ResolvedFileChange::Write { path: path.clone(), text: "geheim".to_owned(), mode: None };
    let step = machine.activity(ResolvedAction::Change(change));
    let before = capture_before(&step).await.unwrap().unwrap();
    assert_eq!(perform(&step).await.outcome, Outcome::Applied);
    assert_eq!(fs::read_to_string(&path).unwrap(), "geheim");
    assert_eq!(probe(&step, &before).await, Some(true));
    let back = perform(&machine.activity(ResolvedAction::Restore(before))).await;
    assert_eq!((back.outcome, back.trouble), (Outcome::Applied, None));
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    // Nothing of the action is in an argument.
    assert_eq!(machine.calls(), ["-n -u somebody-else -- __perform"; 4]);
}

#[tokio::test]
async fn a_user_whose_rights_we_do_not_get_changes_nothing() {
    let machine = Machine::with_sudo("echo 'sudo: a password is required' >&2; exit 1");
    let path = machine.path("app.conf");
    let change = ResolvedFileChange::Write { path: path.clone(), text: "x".to_owned(), mode: None };
    let step = machine.activity(ResolvedAction::Change(change));
    let expected = "nothing can be done as somebody-else: sudo: a password is required";
    assert_eq!(capture_before(&step).await.unwrap_err(), expected);
    let performance = perform(&step).await;
    assert_eq!((performance.outcome, performance.trouble.as_deref()), (Outcome::NotApplied, Some(expected)));
    assert!(!path.exists());
}

#[tokio::test]
async fn an_other_side_that_dies_after_it_took_over_leaves_the_outcome_unknown() {
    let machine = Machine::with_sudo("echo 'taken over'; kill -9 $$");
    let performance = perform(&machine.file(&machine.path("app.conf"))).await;
    assert_eq!(performance.outcome, Outcome::Unknown);
    let expected = "somebody-else's side of runbook ended without an answer";
    assert_eq!(performance.trouble.as_deref(), Some(expected));
}

#[tokio::test]
async fn a_stop_reaches_the_other_side() {
    let machine = Machine::new();
    let path = machine.path("empty.db");
    fs::write(&path, "").unwrap();
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    let action = ResolvedAction::Sql {
        url: format!("sqlite:{path}"),
        statement: endless.to_owned(),
        bindings: Vec::new(),
        read_only: true,
    };
    let stop = Stop::default();
    stop.ask();
    let performance = perform_built_in(&machine.activity(action), &stop).await;
    assert_eq!(performance.outcome, Outcome::Unknown);
    assert_eq!(performance.trouble, Some(format!("{path} gives no answer: it was stopped")));
}

#[tokio::test]
async fn a_request_needs_nobody_else() {
    let machine = Machine::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let performance = perform(&machine.activity(ResolvedAction::Port(format!(":{port}")))).await;
    assert_eq!(performance.outcome, Outcome::Applied);
    assert!(machine.calls().is_empty());
}
