//! What `--help` of each command ends with: calls as people make them, and the exit codes where a
//! script or a person must know them. Invariant: every example is a call that the command line takes.

pub const RUNBOOK: &str = "\
A release, from the file to the record:
  runbook check release.kdl
  runbook plan release.kdl --set version=2.4.0
  runbook exec release.kdl --set version=2.4.0
  runbook status --follow
  runbook show

`runbook COMMAND --help` has examples of each command and its exit codes.";

pub const CHECK: &str = "\
Examples:
  runbook check release.kdl
  runbook check --set version=2.4.0 release.kdl
  runbook check --deny warnings --format github releases
  runbook check --shell --repo --format junit releases > runbook.xml
  runbook check --format sarif \"releases/**/*.kdl\" > runbook.sarif
  runbook check --history release.kdl

Exit codes:
  0  nothing is wrong (there may be warnings)
  2  a folder holds no runbook, or an input doesn't take a value of --set
  3  rejected";

pub const DIFF: &str = "\
Examples:
  runbook diff release-2.3.kdl release-2.4.kdl
  runbook diff origin/main:release.kdl release.kdl
  runbook diff --to markdown HEAD~1:ops/release.kdl HEAD:ops/release.kdl
  runbook diff --fail-on inverse-removed,loosened old.kdl new.kdl

A file whose name has a colon is written ./a:b.kdl.

The classes of --fail-on, the riskiest first:
  inverse-removed, no-return-added, no-return-moved, checkpoint-removed,
  check-removed, loosened, guard-weakened, lock-changed, window-changed,
  user-changed, secret-added, secret-changed, host-added, command-added,
  file-changed, inverse-changed, step-added, step-removed, moved,
  action-changed, budget-raised, changed, budget-lowered, tightened,
  guard-strengthened, check-added, checkpoint-added, inverse-added, renamed,
  reworded

Exit codes:
  0  compared: `no change`, or the changes
  2  there is no such class
  3  a version was rejected, or has a change of --fail-on";

pub const FMT: &str = "\
Examples:
  runbook fmt release.kdl
  runbook fmt --check release.kdl hotfix.kdl
  runbook fmt - < release.kdl

Exit codes:
  0  laid out, or with --check: it is already
  3  a file can't be read, or with --check: it would change";

pub const TEST: &str = "\
Examples:
  runbook test release.kdl
  runbook test release.kdl --set version=2.4.0
  runbook test --format junit release.kdl hotfix.kdl

Exit codes:
  0  every case holds; without cases: everything can be taken back
  2  an input lacks its value, or doesn't take it
  3  a case doesn't hold, a way back isn't complete, or a file was
     rejected";

pub const PLAN: &str = "\
Examples:
  runbook plan release.kdl
  runbook plan release.kdl --set version=2.4.0 --format markdown
  runbook plan --format json release.kdl | jq .matrix
  runbook plan release.kdl --out release.plan
  runbook plan --probe release.kdl

Exit codes:
  0  it was shown; with --probe: a run would be begun now
  2  an input lacks its value, or doesn't take it
  3  the file was rejected: there is no plan
  5  with --probe: a check before the first step doesn't hold now, or a
     secret or a right is missing; with --out: the plan can't be kept";

pub const RENDER: &str = "\
Examples:
  runbook render release.kdl --to markdown --out release.md
  runbook render release.kdl --to html --set version=2.4.0 --out release.html
  runbook render release.kdl --to markdown --check release.md

Exit codes:
  0  rendered, or with --check: the file is what would be written
  2  an input doesn't take a value of --set
  3  the runbook was rejected, or with --check: the file is stale";

pub const EXEC: &str = "\
Examples:
  runbook exec release.kdl
  runbook exec release.kdl --set version=2.4.0 --set environment=staging
  runbook exec --yes --format json release.kdl
  runbook exec --plan release.plan

Exit codes: the state that the system is in
  0  succeeded
  1  rolled back: every inverse held
  2  an input lacks its value, or doesn't take it
  3  the file was rejected; nothing ran
  4  a person must settle or repair
  5  refused; nothing was changed
  6  parked as planned: it waits for a time or a person
  7  stopped with effects in place; `runbook resume` or `runbook rollback`
  70 an error of runbook itself, or of its journal";

pub const REHEARSE: &str = "\
Examples:
  runbook rehearse release.kdl
  runbook rehearse --yes --format json release.kdl
  runbook rehearse --anew release.kdl

Exit codes:
  0  every way back is proven
  1  not every way back is proven; the environment is as before
  3  the file was rejected; nothing ran
  4  a way back isn't complete: a person must repair, then `runbook rollback`
  5  refused; nothing was changed: no `rehearse` node, or the lock is held
  7  stopped with effects in place; `runbook resume` or `runbook rollback`
  70 an error of runbook itself, or of its journal";

pub const RESUME: &str = "\
Examples:
  runbook resume
  runbook resume release-20260610-080000-k3f9x
  runbook resume --past-no-return
  runbook resume --outside-window --reason \"agreed with the duty manager\"

Exit codes: those of `runbook exec`, with
  4  it isn't known what became of a step: look, then `runbook resolve`
  5  nothing is open, or another engine has the run";

pub const ROLLBACK: &str = "\
Examples:
  runbook rollback
  runbook rollback --yes release-20260610-080000-k3f9x
  runbook rollback --to prepare --reason \"the customer called it off\"
  runbook rollback --skip migrate --reason \"restored by hand\"

Exit codes:
  1  rolled back: every inverse held
  4  incomplete: a person must repair; then `runbook rollback` goes on
  5  nothing is open, or another engine has the run
  7  it stopped at a point of no return";

pub const RUNS: &str = "\
Examples:
  runbook runs
  runbook runs --most 100
  runbook runs --state-dir /var/lib/runbook";

pub const SHOW: &str = "\
Examples:
  runbook show
  runbook show release-20260610-080000-k3f9x
  runbook show k3f9x | less -R
  runbook show --format json | jq .units[].state

A part of a run's id is enough where only one run has it.";

pub const LOGS: &str = "\
Examples:
  runbook logs
  runbook logs release-20260610-080000-k3f9x
  runbook logs k3f9x migrate

Exit codes:
  0  also where nothing was printed
  2  the run has no such step
  5  there is no such run";

pub const STATUS: &str = "\
Examples:
  runbook status
  runbook status release-20260610-080000-k3f9x
  runbook status --follow

Exit codes:
  0  it was said; with --follow: the run succeeded
  4  with --follow: no engine works on it any more
  with --follow, once the run has ended: those of `runbook exec`";

pub const AUDIT: &str = "\
Examples:
  runbook audit
  runbook audit release-20260610-080000-k3f9x
  runbook audit --format json | jq -r .journal.head

Exit codes:
  0   what is on record is whole
  5   there is no such run, or more than one fits
  70  it isn't: each finding is named with its place";

pub const RESOLVE: &str = "\
Examples:
  runbook resolve k3f9x migrate --as applied --reason \"the table has 12 columns\"
  runbook resolve k3f9x migrate --as not-applied --reason \"no backup was begun\"

Exit codes:
  0  settled: `runbook resume` goes on
  2  the run has no such step
  5  the step isn't waiting to be settled, or there is no such open run";

pub const ABANDON: &str = "\
Examples:
  runbook abandon k3f9x --reason \"repaired by hand, see INC-4711\"
  runbook abandon release-20260610-080000-k3f9x --reason \"the host is gone\"

Exit codes:
  0  its effects stay, its locks are free
  4  it is given up, and a lock of it in a cluster is left to a person
  5  there is no such open run, or a step of it still runs";

pub const EXPLAIN: &str = "\
Examples:
  runbook explain
  runbook explain runbook::check::unused
  runbook explain unused";

pub const COMPLETIONS: &str = "\
Examples:
  runbook completions bash > ~/.local/share/bash-completion/completions/runbook
  runbook completions zsh > ~/.zfunc/_runbook
  runbook completions fish > ~/.config/fish/completions/runbook.fish";

pub const MAN: &str = "\
Examples:
  runbook man | man -l -
  runbook man ~/.local/share/man/man1

Exit codes:
  0  printed or written
  5  the folder can't be written";

pub const SCHEMA: &str = "\
Examples:
  runbook schema kdl > runbook.kdl-schema
  runbook schema language | jq -r .words[].name
  runbook schema event > event.schema.json
  runbook schema run > run.schema.json";

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use crate::cli::Arguments;

    /// The words of a line as a shell splits them, up to a pipe or a redirection.
    fn words(line: &str) -> Vec<String> {
        let line = line.split(['|', '<', '>']).next().unwrap_or(line);
        let parts = line.split('"').enumerate().map(|(place, part)| match place % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        });
        parts.flat_map(|words: Vec<String>| words).collect()
    }

    #[test]
    fn the_help_of_diff_names_every_class_in_order() {
        let help = super::DIFF.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(help.contains(&crate::model::compare::Class::words()), "{help}");
    }

    #[test]
    fn every_example_is_a_call_and_every_command_has_some() {
        let mut root = Arguments::command();
        root.build();
        for command in root.get_subcommands().filter(|command| !command.is_hide_set()) {
            let name = command.get_name();
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let call = format!("  runbook {name}");
            let examples: Vec<_> = help.lines().filter(|line| line.starts_with(&call)).collect();
            assert!(examples.len() >= 2, "{name} has {examples:?}");
            for example in examples {
                if let Err(error) = Arguments::try_parse_from(words(example)) {
                    panic!("{example}: {error}");
                }
            }
            assert!(help.lines().all(|line| line.chars().count() <= 80), "{name} is too wide");
        }
    }
}
