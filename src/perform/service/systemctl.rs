//! Calls `systemctl`, and says in words when it can't be called. PID 1 does the work: the client is
//! ended with the attempt, which takes nothing back.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Output, Stdio};

use tokio::process::Command;

use super::super::ending::{Ending, plain};
use super::super::file::user_number;
use super::super::limits::Limits;
use super::state::{PROPERTIES, UnitState};
use crate::model::ServiceVerb;
use crate::plan::ResolvedSurroundings;

/// `systemctl` as one action calls it.
pub(in crate::perform) struct Systemctl<'a> {
    surroundings: &'a ResolvedSurroundings,
    limits: &'a Limits,
}

/// Why there is no answer.
#[derive(Debug)]
pub(in crate::perform) enum Trouble {
    /// It wasn't asked.
    NotAsked(String),
    /// It was asked, and nobody knows what came of it.
    NoAnswer(String),
}

/// What a verb came to.
pub(super) enum Done {
    /// It was done.
    Yes,
    /// It was refused before anything happened.
    Refused(String),
    /// systemd tried, and it went wrong.
    Badly(String),
}

impl Trouble {
    /// The ending of an action that only looks.
    pub(super) fn looking(self) -> Ending {
        match self {
            Self::NotAsked(words) => Ending::did_not_start(words),
            Self::NoAnswer(words) => Ending::unknown(words),
        }
    }

    pub(super) fn words(self) -> String {
        match self {
            Self::NotAsked(words) | Self::NoAnswer(words) => words,
        }
    }
}

impl<'a> Systemctl<'a> {
    pub(in crate::perform) fn new(surroundings: &'a ResolvedSurroundings, limits: &'a Limits) -> Self {
        Self { surroundings, limits }
    }

    pub(super) fn limits(&self) -> &Limits {
        self.limits
    }

    /// The state of a unit. Nobody needs a right to look.
    pub(in crate::perform) async fn state(&self, unit: &str) -> Result<UnitState, Trouble> {
        let precise = self.call(None, &["show", PROPERTIES, "--timestamp=us+utc", "--", unit]).await?;
        let output = if precise.status.success() {
            precise
        } else {
            // Before version 248 there is no such option; its times are whole seconds then.
            self.call(None, &["show", PROPERTIES, "--", unit]).await?
        };
        if !output.status.success() {
            return Err(Trouble::NotAsked(format!("systemctl show {unit}: {}", said(&output))));
        }
        Ok(UnitState::parse(&String::from_utf8_lossy(&output.stdout)))
    }

    /// Does the verb; systemctl itself waits until the job is over.
    pub(super) async fn act(&self, verb: ServiceVerb, unit: Option<&str>) -> Result<Done, Trouble> {
        let mut arguments = vec!["--no-ask-password", verb.word()];
        arguments.extend(unit.iter().flat_map(|unit| ["--", *unit]));
        let output = self.call(self.other_user(), &arguments).await?;
        if output.status.success() {
            return Ok(Done::Yes);
        }
        let said = said(&output);
        let words = format!("systemctl {}: {said}", [verb.word(), unit.unwrap_or_default()].join(" ").trim_end());
        if output.status.code().is_none() {
            return Err(Trouble::NoAnswer(words));
        }
        let refusals =
            ["not found", "ccess denied", "uthentication", "uthorization", "sudo:", "is masked", "not loaded"];
        Ok(if refusals.iter().any(|refusal| said.contains(refusal)) {
            Done::Refused(words)
        } else {
            Done::Badly(words)
        })
    }

    /// The user whose rights are needed, unless it is who we are.
    fn other_user(&self) -> Option<&'a str> {
        let user = self.surroundings.user.as_deref()?;
        (user_number(user) != Some(rustix::process::geteuid().as_raw())).then_some(user)
    }

    async fn call(&self, user: Option<&str>, arguments: &[&str]) -> Result<Output, Trouble> {
        let program = if user.is_some() { "sudo" } else { "systemctl" };
        let mut command = Command::new(self.find(program)?);
        if let Some(user) = user {
            command.args(["-n", "-u", user, "--", "systemctl"]);
        }
        command
            .args(arguments)
            .env_clear()
            .envs(self.surroundings.env.iter().map(|(name, value)| (name, value)))
            .envs([("LC_ALL", "C"), ("TZ", "UTC"), ("SYSTEMD_PAGER", ""), ("SYSTEMD_COLORS", "0")])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C is said to us, and ends nothing that is under way.
            .process_group(0)
            .kill_on_drop(true);
        let child = command
            .spawn()
            .map_err(|error| Trouble::NotAsked(format!("{program} doesn't start: {}", plain(&error))))?;
        match self.limits.hold(child.wait_with_output()).await {
            Ok(Ok(output)) => Ok(output),
            Ok(Err(error)) => Err(Trouble::NoAnswer(format!("{program} gives no answer: {}", plain(&error)))),
            Err(cut) => Err(Trouble::NoAnswer(format!("systemctl {}: {}", arguments.join(" "), cut.words()))),
        }
    }

    /// The program on the PATH of the run, which isn't the engine's own.
    fn find(&self, program: &str) -> Result<PathBuf, Trouble> {
        let path = self.surroundings.env.iter().rev().find(|(name, _)| name == "PATH").map(|(_, value)| value.as_str());
        let path = OsString::from(path.unwrap_or("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
        std::env::split_paths(&path)
            .map(|folder| folder.join(program))
            .find(|candidate| candidate.is_file())
            .ok_or_else(|| Trouble::NotAsked(format!("{program} is not there: no such program on PATH")))
    }
}

/// What the program said about its failure, in one line.
fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).take(8).collect();
    if lines.is_empty() { output.status.to_string() } else { lines.join(" ") }
}
