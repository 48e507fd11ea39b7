//! Files of the run's bundle among the words of a program: its own copies are run, not what lies in
//! the author's folder by now. A user who can't read those copies (they belong to whoever drives the
//! run) runs the author's file, once it is proven to have the same bytes.
//!
//! Invariant: of a file that is in the bundle no other bytes are ever started.

use std::path::PathBuf;

use camino::Utf8Path;

use super::account;
use super::programs::{find_program, words_of};
use crate::plan::ResolvedProgram;

/// Where a program is: the kept copy, or what its name means.
///
/// # Errors
/// It isn't there, or may not be run: in the operator's words.
pub(in crate::perform) fn locate(program: &ResolvedProgram, cd: &Utf8Path, path: &str) -> Result<PathBuf, String> {
    let kept = program.kept.iter().find(|(word, _)| *word == 0);
    find_program(kept.map_or(&program.program, |(_, copy)| copy.as_str()), cd, path)
}

/// The arguments of a program, with kept copies for the scripts among them.
pub(in crate::perform) fn arguments_of(program: &ResolvedProgram) -> Vec<String> {
    let mut arguments = program.arguments.clone();
    for (word, copy) in &program.kept {
        if let Some(argument) = word.checked_sub(1).and_then(|at| arguments.get_mut(at)) {
            *argument = copy.to_string();
        }
    }
    arguments
}

/// For a user who can't read the copies: proves that the author's files are still those, and leaves
/// them where they are.
///
/// # Errors
/// One of them was changed since the run began.
pub(super) fn leave_in_place(program: &mut ResolvedProgram, cd: &Utf8Path, user: &str) -> Result<(), String> {
    if account::named(user).is_some_and(|account| account.uid == 0) {
        return Ok(());
    }
    for (word, copy) in std::mem::take(&mut program.kept) {
        let named = word.checked_sub(1).map_or(Some(&program.program), |at| program.arguments.get(at));
        let named = cd.join(named.map_or("", String::as_str));
        let read = |path: &Utf8Path| std::fs::read(path).map_err(|error| format!("{path}: {}", words_of(&error)));
        if read(&named)? != read(&copy)? {
            return Err(format!(
                "{named} was changed after the run began, and {user} can't read the run's own copy; put it back: cp {copy} {named}"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn for_a_user_who_cannot_read_the_copies_a_changed_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| camino::Utf8PathBuf::from_path_buf(folder.path().join(name)).unwrap();
        std::fs::write(path("copy.sh"), "old").unwrap();
        std::fs::write(path("named.sh"), "old").unwrap();
        let cd = path("");
        let script = || ResolvedProgram {
            program: "sh".to_owned(),
            arguments: vec!["named.sh".to_owned()],
            kept: vec![(1, path("copy.sh"))],
            pod: None,
        };
        let mut program = script();
        leave_in_place(&mut program, &cd, "nobody").unwrap();
        assert_eq!(arguments_of(&program), ["named.sh"]);
        assert_eq!(arguments_of(&script()), [path("copy.sh").as_str()]);
        std::fs::write(path("named.sh"), "new").unwrap();
        let refused = leave_in_place(&mut script(), &cd, "nobody").unwrap_err();
        assert!(refused.contains("named.sh was changed after the run began"), "{refused}");
        leave_in_place(&mut script(), &cd, "root").unwrap();
    }
}
