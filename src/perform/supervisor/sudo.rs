//! Small errands as another user, done at once: putting a file in place, reaching that user's
//! processes, proving that we may be that user at all.

use std::io::Write;
use std::process::{Command, Stdio};

use camino::Utf8Path;

use super::errand::{Errand, Handshake, Task};
use super::programs::{find_program, words_of};
use super::protocol::encode;
use super::spawn::sudo_arguments;

/// Does an errand and waits for its end.
///
/// # Errors
/// `sudo` refuses or the errand fails, in the operator's words.
pub(in crate::perform) fn send(user: &str, own_program: &Utf8Path, path: &str, task: Task) -> Result<(), String> {
    let sign = format!("{:x}-{}", std::process::id(), jiff::Timestamp::now().as_nanosecond());
    let program = find_program("sudo", Utf8Path::new("/"), path)?;
    let errand =
        Errand { sign: sign.clone(), user: user.to_owned(), env: Vec::new(), cd: "/".into(), interactive: false, task };
    let mut child = Command::new(program)
        .args(sudo_arguments(user, own_program))
        .env_clear()
        .env("PATH", path)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("sudo can't be started: {}", words_of(&error)))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A sudo that refuses doesn't read; its words tell why.
        let _ = stdin.write_all(&encode(&errand));
    }
    let output = child.wait_with_output().map_err(|error| words_of(&error))?;
    let mut handshake = Handshake::new(&sign, 1);
    let mut words = handshake.filter(&output.stderr);
    words.extend(handshake.rest());
    match (handshake.trouble(), output.status.success()) {
        (Some(why), _) => Err(why),
        (None, true) => Ok(()),
        (None, false) => Err(String::from_utf8_lossy(&words).trim().to_owned()),
    }
}
