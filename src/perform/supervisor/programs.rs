//! Programs by their names, scripts as programs, and why one can't be run: known before any process.
//!
//! Invariant: what [`find_program`] finds is an absolute path to a file that we may run.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use camino::Utf8Path;
use rustix::fs::{Access, AtFlags};
use rustix::io::Errno;

use crate::plan::{ResolvedProgram, ShellName};
use crate::system;

/// Linux doesn't take a longer argument.
const LONGEST_ARGUMENT: usize = 128 * 1024 - 1;
/// Where programs are looked for when the environment has no PATH.
const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// The PATH of an environment.
pub(in crate::perform) fn path_of(env: &[(String, String)]) -> &str {
    env.iter().rev().find(|(name, _)| name == "PATH").map_or(DEFAULT_PATH, |(_, path)| path)
}

pub(super) fn shell_name(shell: ShellName) -> &'static str {
    match shell {
        ShellName::Sh => "sh",
        ShellName::Bash => "bash",
    }
}

/// A script as a program: as one argument, or by a descriptor (to be kept until the program is
/// there) where it is too long for that.
pub(in crate::perform) fn script_program(
    shell: ShellName,
    text: &str,
) -> io::Result<(ResolvedProgram, Option<OwnedFd>)> {
    let mut arguments: Vec<String> = match shell {
        ShellName::Sh => vec!["-eu".to_owned()],
        ShellName::Bash => ["-eu", "-o", "pipefail"].map(str::to_owned).to_vec(),
    };
    let mut script = None;
    if text.len() <= LONGEST_ARGUMENT {
        arguments.extend(["-c".to_owned(), text.to_owned()]);
    } else {
        let (file, path) = system::script_file(text)?;
        arguments.push(path);
        script = Some(file);
    }
    Ok((ResolvedProgram { program: shell_name(shell).to_owned(), arguments, kept: Vec::new(), pod: None }, script))
}

/// Where a program is.
///
/// # Errors
/// It isn't there, or may not be run: in the operator's words.
pub(in crate::perform) fn find_program(program: &str, cd: &Utf8Path, path: &str) -> Result<PathBuf, String> {
    if program.is_empty() {
        return Err("no such program: its name is empty".to_owned());
    }
    let mut refused = None;
    // A name with a `/` is looked for nowhere else.
    for folder in (if program.contains('/') { "" } else { path }).split(':') {
        let path = cd.join(folder).join(program).into_std_path_buf();
        let may_run = rustix::fs::accessat(rustix::fs::CWD, &path, Access::EXEC_OK, AtFlags::EACCESS);
        if matches!(may_run, Err(Errno::NOENT | Errno::NOTDIR)) {
            continue;
        }
        let Some(metadata) = std::fs::metadata(&path).ok().filter(std::fs::Metadata::is_file) else { continue };
        if may_run.is_ok() && metadata.mode() & 0o111 != 0 {
            return Ok(path);
        }
        refused.get_or_insert(path);
    }
    Err(match refused {
        Some(path) => format!("no permission to run {}", path.display()),
        None => format!("no such program: {program}"),
    })
}

/// Whether processes can run in a folder.
pub(super) fn check_folder(cd: &Utf8Path) -> Result<(), String> {
    match std::fs::metadata(cd) {
        Ok(metadata) if metadata.is_dir() => {
            rustix::fs::access(cd.as_std_path(), Access::EXEC_OK).map_err(|_| format!("no permission to enter {cd}"))
        }
        Ok(_) => Err(format!("{cd} isn't a folder")),
        Err(error) => Err(format!("the folder {cd} can't be entered: {}", words_of(&error))),
    }
}

/// The system's own words, without its number.
pub(in crate::perform) fn words_of(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
