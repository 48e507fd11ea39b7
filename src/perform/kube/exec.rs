//! `kube exec`: a program in a container, seen from here as a process like any other. It runs under the
//! run's supervisor, which bounds it, keeps what it prints and outlives the engine; this process only
//! carries bytes and ends with the program's own exit code.
//!
//! Invariant: *begins* is said once the API server has taken the program over, not before; a program
//! whose end nobody told ends us by a signal, so that its outcome is unknown.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use kube::api::{Api, AttachParams, AttachedProcess};
use rustix::process::{Signal, getpid, kill_process};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

use super::super::Stop;
use super::super::limits::Limits;
use super::cluster::Cluster;
use super::logs::{container_of, namespace_of, pod_of};
use super::object::name;
use super::trouble::Trouble;
use crate::perform::supervisor::Errand;
use crate::plan::{ResolvedPod, ResolvedProgram, ResolvedSurroundings};

/// So much is on its way in each direction.
const BUFFER: usize = 64 * 1024;
/// How long the server may take to begin.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long what it printed may take behind the status.
const LAST_BYTES: Duration = Duration::from_secs(10);
/// What a program that can't be found in its container ends with, as in a shell.
const NOT_FOUND: u8 = 127;

/// Runs the program of an errand in its pod, and gives its exit code.
///
/// # Errors
/// It did not start: the line that says so.
pub(in crate::perform) fn run_in_pod(
    errand: &Errand,
    program: &ResolvedProgram,
    pod: &ResolvedPod,
) -> Result<ExitCode, String> {
    if errand.interactive {
        return Err(errand.cannot("`interactive` isn't for `kube exec`: there is no terminal in the container"));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| errand.cannot(&error.to_string()))?;
    let ended = runtime.block_on(async {
        let attached = attach(program, pod).await.map_err(|why| errand.cannot(&why))?;
        io::stderr().write_all(errand.begins().as_bytes()).map_err(|error| error.to_string())?;
        Ok(carry(attached).await)
    });
    // Reading standard input blocks, and nobody waits for it any more.
    runtime.shutdown_background();
    ended
}

async fn attach(program: &ResolvedProgram, pod: &ResolvedPod) -> Result<AttachedProcess, String> {
    let limits = Limits::new(PATIENCE, &Stop::default());
    let cluster = Cluster::reach(&pod.target, &ResolvedSurroundings::default(), &limits).await?;
    let found = pod_of(&cluster, &pod.object).await.map_err(Trouble::words)?;
    let container = container_of(&found, pod.container.as_deref()).map_err(Trouble::words)?;
    let api: Api<Pod> = Api::namespaced(cluster.at.client.clone(), namespace_of(&cluster, &found));
    let parameters = AttachParams {
        container: Some(container),
        stdin: true,
        stdout: true,
        stderr: true,
        tty: false,
        max_stdin_buf_size: Some(BUFFER),
        max_stdout_buf_size: Some(BUFFER),
        max_stderr_buf_size: Some(BUFFER),
    };
    let command = std::iter::once(&program.program).chain(&program.arguments);
    api.exec(name(&found), command, &parameters).await.map_err(|error| Trouble::of(&error, false).words())
}

/// Carries bytes until the program has ended.
async fn carry(mut attached: AttachedProcess) -> ExitCode {
    let status = attached.take_status();
    let (stdin, stdout, stderr) = (attached.stdin(), attached.stdout(), attached.stderr());
    // Its own task: a program that doesn't read must not hold up what it prints.
    tokio::spawn(async move {
        if let Some(mut to) = stdin {
            let _ = tokio::io::copy(&mut tokio::io::stdin(), &mut to).await;
            let _ = to.shutdown().await;
        }
    });
    let mut handing_on = Box::pin(async { tokio::join!(hand_on(stdout, io::stdout()), hand_on(stderr, io::stderr())) });
    let mut status = Box::pin(async {
        match status {
            Some(status) => status.await,
            None => None,
        }
    });
    // Where the connection is lost the streams never end, and only the status says so.
    let (status, (out, err)) = tokio::select! {
        handed_on = &mut handing_on => (status.await, handed_on),
        status = &mut status => {
            let rest = if status.is_some() { LAST_BYTES } else { Duration::ZERO };
            (status, tokio::time::timeout(rest, handing_on).await.unwrap_or((Ok(()), Ok(()))))
        }
    };
    match status {
        // Whoever reads us went away: as any program that writes to a closed pipe.
        Some(_) if out.is_err() || err.is_err() => ended_by(Signal::PIPE),
        Some(status) => exit_code(&status),
        None => {
            let _ = io::stderr()
                .write_all(b"the connection to the API server was lost: nobody knows how the program ended\n");
            ended_by(Signal::HUP)
        }
    }
}

async fn hand_on(from: Option<impl AsyncRead + Unpin>, mut to: impl io::Write) -> io::Result<()> {
    let Some(mut from) = from else { return Ok(()) };
    let mut piece = vec![0; BUFFER];
    let mut result = Ok(());
    loop {
        match from.read(&mut piece).await {
            Ok(0) | Err(_) => return result,
            // What nobody reads is still taken from the server, so that the program's end comes.
            Ok(read) if result.is_ok() => {
                result = to.write_all(piece.get(..read).unwrap_or_default()).and_then(|()| to.flush());
            }
            Ok(_) => {}
        }
    }
}

/// The program's exit code, from the status that ends the connection.
fn exit_code(status: &Status) -> ExitCode {
    if status.status.as_deref() == Some("Success") {
        return ExitCode::SUCCESS;
    }
    let causes = status.details.iter().flat_map(|details| details.causes.iter().flatten());
    let code =
        causes.filter(|cause| cause.reason.as_deref() == Some("ExitCode")).find_map(|cause| cause.message.as_ref());
    if let Some(code) = code.and_then(|code| code.parse::<u8>().ok()) {
        return ExitCode::from(code);
    }
    let words = status.message.clone().unwrap_or_else(|| "the program did not run".to_owned());
    let _ = writeln!(io::stderr(), "{words}");
    ExitCode::from(NOT_FOUND)
}

/// Ends this process by a signal.
fn ended_by(signal: Signal) -> ExitCode {
    let _ = io::stdout().flush();
    let _ = kill_process(getpid(), signal);
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> ExitCode {
        exit_code(&serde_json::from_str(text).unwrap())
    }

    #[test]
    fn the_exit_code_is_the_cause_of_the_failure() {
        let failed = r#"{"status":"Failure","reason":"NonZeroExitCode","message":"command terminated with non-zero exit code",
            "details":{"causes":[{"reason":"ExitCode","message":"3"}]}}"#;
        assert_eq!(format!("{:?}", code(failed)), format!("{:?}", ExitCode::from(3)));
        assert_eq!(format!("{:?}", code(r#"{"status":"Success"}"#)), format!("{:?}", ExitCode::SUCCESS));
        let absent = r#"{"status":"Failure","reason":"InternalError","message":"executable file not found"}"#;
        assert_eq!(format!("{:?}", code(absent)), format!("{:?}", ExitCode::from(127)));
    }
}
