//! Built-in actions `as USER`: the same program, started as that user by `sudo -n`, performs the one
//! action. The action travels as one line of JSON on its standard input, the answer on its standard
//! output; nothing of it is in an argument. While the input stays open the other side goes on: a
//! `stop` line, or our end, ends it.
//!
//! Requests and looks at ports, processes and units need nobody's rights and are done as us; changes
//! of units go through `sudo systemctl`, which is what sudoers files allow.

use std::io::{BufRead, Write};
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

use super::ending::{Ending, plain};
use super::file::user_number;
use super::{Stop, built_in};
use crate::event::Performance;
use crate::plan::{ResolvedAction, ResolvedActivity, StateBefore};

/// The hidden word that turns the program into the performer of one built-in action.
pub const PERFORM_WORD: &str = "__perform";

/// How much longer than its budget the other side may take to say that it is spent.
const GRACE: Duration = Duration::from_secs(5);

/// What the other side says before anything else: it took the action over.
const TAKEN_OVER: &str = "taken over";

/// What the other side is asked for.
#[derive(Serialize, Deserialize)]
pub(super) enum Asked {
    /// To perform.
    Perform(ResolvedActivity),
    /// What was before.
    Capture(ResolvedActivity),
    /// Whether the effect is there.
    Probe(ResolvedActivity, StateBefore),
    /// To remove what was kept.
    Forget(ResolvedActivity, StateBefore),
}

/// How the other side was left.
enum NoAnswer {
    /// It never took the action over.
    NotTaken(String),
    /// It did, and then went silent.
    Silent(String),
}

/// The user whose rights the action needs; `None`: ours will do.
pub(super) fn other_user(activity: &ResolvedActivity) -> Option<&str> {
    let needs_rights = match &activity.action {
        ResolvedAction::Sql { .. }
        | ResolvedAction::File { .. }
        | ResolvedAction::Disk(_)
        | ResolvedAction::Change(_)
        | ResolvedAction::Restore(StateBefore::File { .. }) => true,
        ResolvedAction::Http(_)
        | ResolvedAction::Port(_)
        | ResolvedAction::Process(_)
        | ResolvedAction::Service(_)
        | ResolvedAction::ServiceChange { .. }
        | ResolvedAction::Kube(_)
        | ResolvedAction::Restore(StateBefore::Unit { .. } | StateBefore::Daemon | StateBefore::Kube(_))
        | ResolvedAction::Run(_)
        | ResolvedAction::Script(_)
        | ResolvedAction::Pipe { .. }
        | ResolvedAction::Manual(_) => false,
    };
    let user = activity.surroundings.user.as_deref().filter(|_| needs_rights)?;
    (user_number(user) != Some(rustix::process::geteuid().as_raw())).then_some(user)
}

/// Performs the action as the user.
pub(super) async fn perform_as(user: &str, activity: &ResolvedActivity, stop: &Stop) -> Ending {
    match call(user, &Asked::Perform(activity.clone()), stop).await {
        Ok(answer) => match serde_json::from_str::<Performance>(&answer) {
            Ok(performance) => performance.into(),
            Err(error) => Ending::unknown(format!("the answer of {user}'s side can't be read: {error}")),
        },
        Err(NoAnswer::NotTaken(words)) => Ending::did_not_start(words),
        Err(NoAnswer::Silent(words)) => Ending::unknown(words),
    }
}

/// Asks as the user for something that isn't a performance.
pub(super) async fn ask_as<T: for<'de> Deserialize<'de>>(user: &str, asked: &Asked) -> Result<T, String> {
    match call(user, asked, &Stop::default()).await {
        Ok(answer) => {
            serde_json::from_str(&answer).map_err(|error| format!("the answer of {user}'s side can't be read: {error}"))
        }
        Err(NoAnswer::NotTaken(words) | NoAnswer::Silent(words)) => Err(words),
    }
}

/// The other side of `sudo -n -u USER runbook __perform`: reads one request, answers it, ends.
#[must_use]
pub fn perform_main() -> ExitCode {
    super::forbid_core_dumps();
    super::mask::silence_panics();
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    let (Ok(_), Ok(asked)) = (read, serde_json::from_str::<Asked>(&line)) else { return ExitCode::from(2) };
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return ExitCode::from(70);
    };
    if say(TAKEN_OVER).is_err() {
        return ExitCode::from(70);
    }
    let stop = Stop::default();
    let asks = stop.clone();
    // Ends with the process: whoever waits on standard input for ever must not be waited for.
    std::thread::spawn(move || {
        let mut more = String::new();
        let _ = std::io::stdin().lock().read_line(&mut more);
        asks.ask();
    });
    let answer = runtime.block_on(answer(asked, &stop));
    runtime.shutdown_background();
    match answer.map_err(std::io::Error::other).and_then(|answer| say(&answer)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(70),
    }
}

async fn answer(asked: Asked, stop: &Stop) -> serde_json::Result<String> {
    match asked {
        Asked::Perform(activity) => serde_json::to_string(&built_in::perform_built_in(&as_us(activity), stop).await),
        Asked::Capture(activity) => serde_json::to_string(&built_in::capture_before(&as_us(activity)).await),
        Asked::Probe(activity, before) => serde_json::to_string(&built_in::probe(&as_us(activity), &before).await),
        Asked::Forget(activity, before) => serde_json::to_string(&built_in::forget(&as_us(activity), &before).await),
    }
}

/// The user has been changed by now; changing it again would never end.
fn as_us(mut activity: ResolvedActivity) -> ResolvedActivity {
    activity.surroundings.user = None;
    activity
}

fn say(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(line.as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Starts the other side and talks to it.
async fn call(user: &str, asked: &Asked, stop: &Stop) -> Result<String, NoAnswer> {
    let activity = match asked {
        Asked::Perform(activity)
        | Asked::Capture(activity)
        | Asked::Probe(activity, _)
        | Asked::Forget(activity, _) => activity,
    };
    let mut child = start(user, activity).map_err(NoAnswer::NotTaken)?;
    let request = serde_json::to_string(asked).map_err(|error| NoAnswer::NotTaken(error.to_string()))?;
    let talking = talk(user, &mut child, &request, stop);
    let longest = activity.budget.saturating_add(GRACE);
    tokio::time::timeout(longest, talking)
        .await
        .unwrap_or_else(|_| Err(NoAnswer::Silent(format!("{user}'s side of runbook gives no answer"))))
}

fn start(user: &str, activity: &ResolvedActivity) -> Result<Child, String> {
    let me = std::env::current_exe().map_err(|error| format!("runbook can't find itself: {}", plain(&error)))?;
    let path = activity.surroundings.env.iter().rev().find(|(name, _)| name == "PATH");
    let mut command = Command::new("sudo");
    command.args(["-n", "-u", user, "--"]).arg(me).arg(PERFORM_WORD);
    command.env_clear();
    // The program is looked for on the PATH of the run.
    command.envs(path.map(|(name, value)| (name, value)));
    command.env("LC_ALL", "C").current_dir("/");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Ctrl-C is said to us, and ends nothing that is under way.
    command.process_group(0);
    command.spawn().map_err(|error| format!("sudo is not there: {}", plain(&error)))
}

async fn talk(user: &str, child: &mut Child, request: &str, stop: &Stop) -> Result<String, NoAnswer> {
    let nothing = || NoAnswer::NotTaken("sudo has no input or output".to_owned());
    let mut to = child.stdin.take().ok_or_else(nothing)?;
    let mut lines = BufReader::new(child.stdout.take().ok_or_else(nothing)?).lines();
    let mut errors = child.stderr.take().ok_or_else(nothing)?;
    // A side that refuses doesn't read; what it says about it comes on standard error.
    let _ = to.write_all(request.as_bytes()).await;
    let _ = to.write_all(b"\n").await;
    let _ = to.flush().await;
    let first = lines.next_line().await.ok().flatten();
    if first.as_deref() != Some(TAKEN_OVER) {
        let mut said = Vec::new();
        let _ = (&mut errors).take(4096).read_to_end(&mut said).await;
        let said = String::from_utf8_lossy(&said).trim().replace('\n', " ");
        return Err(NoAnswer::NotTaken(format!("nothing can be done as {user}: {said}")));
    }
    let mut answer = std::pin::pin!(lines.next_line());
    let line = tokio::select! {
        line = &mut answer => line,
        () = stop.asked() => {
            let _ = to.write_all(b"stop\n").await;
            answer.await
        }
    };
    drop(to);
    let _ = child.wait().await;
    line.ok().flatten().ok_or_else(|| NoAnswer::Silent(format!("{user}'s side of runbook ended without an answer")))
}
