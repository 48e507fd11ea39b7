//! A run directory, a supervisor, and short words to run steps with.

use std::path::Path;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use runbook::event::{AttemptKey, Datum, Direction, Kept, Outcome, Performance};
use runbook::model::SubjectName;
use runbook::perform::Stop;
use runbook::perform::process::{Ahead, Supervisor, SupervisorOptions};
use runbook::plan::{ResolvedAction, ResolvedActivity, ResolvedProgram, ResolvedSurroundings};

/// A folder with a run directory and a supervisor of its own.
pub struct House {
    pub folder: Utf8PathBuf,
    pub run: Utf8PathBuf,
    pub supervisor: Supervisor,
    pub keep: tempfile::TempDir,
}

impl House {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut SupervisorOptions)) -> Self {
        let keep = tempfile::tempdir().unwrap();
        let folder = Utf8PathBuf::from_path_buf(keep.path().canonicalize().unwrap()).unwrap();
        let run = folder.join("run");
        std::fs::create_dir(&run).unwrap();
        let mut options = SupervisorOptions::new(run.clone(), own_program(), vec!["hunter2".to_owned()]);
        // Nothing here waits for a grace to be over in vain but what ignores TERM.
        options.grace = Duration::from_millis(200);
        options.leak_wait = Duration::from_millis(200);
        change(&mut options);
        Self { folder, run, supervisor: Supervisor::new(options), keep }
    }

    /// Whose supervisor was started already.
    pub fn ahead() -> Self {
        let mut started = None;
        let house = Self::with(|options| {
            let ahead = Ahead::start(&options.program).unwrap();
            started = Some(Supervisor::started_ahead(options.clone(), ahead));
        });
        Self { supervisor: started.unwrap(), ..house }
    }

    pub fn activity(&self, action: ResolvedAction) -> ResolvedActivity {
        let env = vec![("PATH".to_owned(), std::env::var("PATH").unwrap())];
        let surroundings = ResolvedSurroundings { cd: self.folder.clone(), env, ..ResolvedSurroundings::default() };
        ResolvedActivity {
            action,
            surroundings,
            budget: Duration::from_mins(10),
            sought: Vec::new(),
            reads_texts: true,
        }
    }

    pub fn sh(&self, script: &str) -> ResolvedActivity {
        self.activity(ResolvedAction::Script(script.to_owned()))
    }

    pub fn pipe(&self, parts: &[&[&str]], to: Option<&Utf8Path>) -> ResolvedActivity {
        let parts = parts.iter().map(|part| program(part)).collect();
        self.activity(ResolvedAction::Pipe { parts, to: to.map(Utf8Path::to_owned), wants: vec![SubjectName::Sha256] })
    }

    pub async fn perform(&self, activity: &ResolvedActivity) -> Performance {
        self.supervisor.perform(&key("step"), activity, &Stop::default()).await
    }

    /// An executable script in the folder.
    pub fn program(&self, name: &str, text: &str) -> Utf8PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let path = self.folder.join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// A pipe with a name, over which a step says that it is ready.
    pub fn fifo(&self, name: &str) -> Utf8PathBuf {
        let path = self.folder.join(name);
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        path
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.join(name)).unwrap()
    }
}

pub fn own_program() -> Utf8PathBuf {
    env!("CARGO_BIN_EXE_runbook").into()
}

pub fn program(words: &[&str]) -> ResolvedProgram {
    let (program, arguments) = words.split_first().unwrap();
    ResolvedProgram {
        kept: Vec::new(),
        program: (*program).to_owned(),
        arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
        pod: None,
    }
}

pub fn run(words: &[&str]) -> ResolvedAction {
    ResolvedAction::Run(program(words))
}

pub fn key(unit: &str) -> AttemptKey {
    AttemptKey { unit: unit.to_owned(), direction: Direction::Forward, number: 1 }
}

/// Waits until somebody has written to a named pipe.
pub async fn hears(fifo: &Utf8Path) -> String {
    let fifo = fifo.to_owned();
    tokio::task::spawn_blocking(move || std::fs::read_to_string(fifo).unwrap()).await.unwrap()
}

pub fn text(performance: &Performance, name: SubjectName) -> Kept {
    match performance.observation.as_ref().and_then(|observation| observation.get(name)) {
        Some(Datum::Kept(kept)) => kept.clone(),
        other => panic!("{name:?} is {other:?} in {performance:?}"),
    }
}

pub fn stdout(performance: &Performance) -> String {
    text(performance, SubjectName::Stdout).as_whole().unwrap().to_owned()
}

pub fn stderr(performance: &Performance) -> String {
    text(performance, SubjectName::Stderr).as_whole().unwrap().to_owned()
}

pub fn exit(performance: &Performance) -> Option<i32> {
    match performance.observation.as_ref()?.get(SubjectName::Exit)? {
        #[expect(clippy::cast_possible_truncation, reason = "an exit code")]
        Datum::Number(quantity) => Some(quantity.number as i32),
        other => panic!("the exit is {other:?}"),
    }
}

#[track_caller]
pub fn answered(performance: &Performance, code: i32) {
    assert_eq!(
        (performance.outcome, exit(performance), performance.trouble.as_deref()),
        (Outcome::Applied, Some(code), None),
        "{performance:?}"
    );
}

#[track_caller]
pub fn ended_unknown(performance: &Performance, trouble: &str) {
    assert_eq!(
        (performance.outcome, performance.trouble.as_deref(), exit(performance)),
        (Outcome::Unknown, Some(trouble), None),
        "{performance:?}"
    );
}

/// Whether a process runs; a zombie doesn't.
pub fn runs(pid: &str) -> bool {
    std::fs::read_to_string(Path::new("/proc").join(pid.trim()).join("stat"))
        .is_ok_and(|stat| !stat.rsplit_once(')').unwrap().1.trim_start().starts_with(['Z', 'X']))
}
