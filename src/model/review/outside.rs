//! What `check` finds only where it is told to look beyond the text: the scripts through a real shell,
//! the paths and revisions in a repository. Who looks there is above this layer; the codes are here, so
//! that one list has all of them.

use super::code::Code;
use super::places::places;
use crate::model::{Activity, HandedOver, Processes, Runbook, Shell, handed_over};
use crate::syntax::Spanned;

/// A shell refuses a script.
pub const SHELL_SYNTAX: Code = Code::error(
    "runbook::check::shell_syntax",
    "With --shell, the text of each `sh`, and what programs hand to a shell (`sh -c`, `ssh HOST`, `watch`), goes \
     through the syntax check of the shell that would run it (`sh -n`, `bash -n`; where nobody can tell which shell that \
     is, as behind `ssh`, of bash); nothing of it is run. This one would fail at this line, in the middle of a release or of its way back.",
);
/// `ShellCheck` warns of a script.
pub const SHELLCHECK: Code = Code::warning(
    "runbook::check::shellcheck",
    "With --shell, and where ShellCheck is installed, each script goes through it. The message begins with \
     ShellCheck's own code, under which its wiki explains the finding. What runbook itself sees to (values from the \
     environment, `set -eu`) isn't reported. For one line write `# shellcheck disable=SC2086` above it in the script, \
     for all of a step's script `allow`.",
);
/// There is no such shell to ask.
pub const NO_SHELL: Code = Code::warning(
    "runbook::check::no_shell",
    "With --shell, a script is given to the shell that would run it. That shell isn't installed where `check` runs, so \
     nothing is known about the script.",
);
/// A path isn't in the repository.
pub const MISSING_PATH: Code = Code::warning(
    "runbook::check::missing_path",
    "With --repo, what the runbook reads by a relative path must exist beside it: the folder of `cd`, the file that \
     `copy` reads or `http` sends, a program with a path. Absolute paths are of the target and aren't looked at, nor \
     is what a step before it makes.",
);
/// A revision isn't in the repository.
pub const MISSING_REVISION: Code = Code::warning(
    "runbook::check::missing_revision",
    "With --repo, the branches, tags and commits that `run git …` names must exist in the repository of the runbook, \
     or in the one that --repo=PATH names. A shallow clone has none of them: fetch its tags and history first. For a \
     tag that comes into being with the release, name the one to be checked with --set.",
);
/// There is no repository to ask.
pub const NO_REPOSITORY: Code = Code::warning(
    "runbook::check::no_repository",
    "With --repo, revisions are looked up in the git repository that holds the runbook. There is none, or git isn't \
     installed or refuses to read it, so nothing is known about them.",
);
pub(super) const CODES: [Code; 6] = [SHELL_SYNTAX, SHELLCHECK, NO_SHELL, MISSING_PATH, MISSING_REVISION, NO_REPOSITORY];

/// Whether a code is only found with --shell.
#[must_use]
pub fn is_of_shell(code: &Code) -> bool {
    [SHELL_SYNTAX, SHELLCHECK, NO_SHELL].contains(code)
}

/// Whether a code is only found with --repo.
#[must_use]
pub fn is_of_repository(code: &Code) -> bool {
    [MISSING_PATH, MISSING_REVISION, NO_REPOSITORY].contains(code)
}

/// A script and the shell that reads it.
#[derive(Debug, Clone)]
pub struct ScriptPlace {
    /// Its text, each piece at the place of the quotes around it; the shell reads them with a blank between.
    pub pieces: Vec<Spanned<String>>,
    /// What reads it.
    pub shell: Shell,
    /// Whether it is a `sh`, which runbook starts with `set -eu`, and no argument of a program.
    pub is_own: bool,
}

/// Every `sh` of a runbook, and what its programs hand to a shell, in the order of the text.
#[must_use]
pub fn script_places(runbook: &Runbook) -> Vec<ScriptPlace> {
    let argument = |handed: HandedOver| ScriptPlace { pieces: handed.pieces, shell: handed.shell, is_own: false };
    let of = |activity: &Activity| match activity.action.processes() {
        Some(Processes::Script(script)) => {
            vec![ScriptPlace { pieces: vec![script.clone()], shell: activity.surroundings.shell, is_own: true }]
        }
        Some(Processes::Programs { programs, .. }) => programs.iter().filter_map(handed_over).map(argument).collect(),
        None => Vec::new(),
    };
    let mut found: Vec<_> = places(runbook).into_iter().flat_map(|place| of(place.activity)).collect();
    found.sort_by_key(|place| place.pieces.first().map(|piece| piece.span));
    found
}
