//! Fetching secrets. A secret's program is not a step: what it prints is the secret, so it stays in
//! memory and never comes near a log.

use std::process::Stdio;
use std::time::Duration;

use camino::Utf8Path;
use tokio::io::AsyncReadExt;
use tokio::process::Command;

use super::supervisor::{arguments_of, locate, path_of};
use crate::plan::ResolvedProgram;

/// How long fetching one secret may take.
const BUDGET: Duration = Duration::from_mins(1);
/// A secret is shorter than this.
const LONGEST: u64 = 64 * 1024;

/// Runs a program and returns what it printed, without its last newline. What it prints to standard
/// error goes to ours, so that it can ask for a password. It runs in `cd`.
///
/// # Errors
/// It doesn't start, fails, prints nothing or too much, or takes longer than a minute; in words.
pub async fn run_for_secret(
    program: &ResolvedProgram,
    cd: &Utf8Path,
    env: &[(String, String)],
) -> Result<String, String> {
    let name = &program.program;
    let found = locate(program, cd, path_of(env))?;
    let mut command = Command::new(found);
    command.arg0(name).args(arguments_of(program)).current_dir(cd).env_clear().envs(env.iter().cloned());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().map_err(|error| format!("{name} doesn't start: {error}"))?;
    let mut text = String::new();
    let read = async {
        if let Some(output) = child.stdout.take() {
            let mut output = output.take(LONGEST);
            output.read_to_string(&mut text).await.map_err(|_| format!("{name} doesn't print UTF-8"))?;
        }
        let status = child.wait().await.map_err(|error| format!("{name}: {error}"))?;
        if status.success() { Ok(()) } else { Err(format!("{name} failed ({status})")) }
    };
    tokio::time::timeout(BUDGET, read).await.map_err(|_| format!("{name} took longer than a minute"))??;
    Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
}
