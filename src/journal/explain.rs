//! What `runbook explain CODE` says about errors of the journal and of locks: how it comes to that, what
//! is safe to do, and why nothing is done by itself. Invariant: a code of this layer that isn't explained
//! here fails the test below.

/// Every code of this layer with its explanation.
pub const CODES: &[(&str, &str)] = &[
    (
        "runbook::journal::broken",
        "A write to the journal, or making it durable, has failed. What a failed write has left on the disk can't be \
         known, so nothing is tried again and no action starts any more, in either direction. When \
         the disk is well again, `runbook rollback` or `runbook resume` reads the journal back and \
         goes on.",
    ),
    (
        "runbook::journal::full",
        "The disk is full, and the last record isn't in the journal; all before it is. The run stops here as it is. \
         Free space, then go on with `runbook resume`.",
    ),
    (
        "runbook::journal::no_space",
        "Before the first action as much space is set aside as the way back needs to be recorded, since a rollback \
         that a full disk stops would be worse than a release that doesn't start. There isn't enough; nothing ran. \
         Free space, or choose another place with `--state-dir`.",
    ),
    (
        "runbook::journal::damaged",
        "A line in the middle of the journal isn't what was written: its check sum is wrong, or a line is missing. No \
         crash leaves that behind, since only the last line can be torn. What happened after it can't be known, so \
         nothing is continued or taken back by itself. `runbook show` prints the lines before it; a person compares \
         them with the system and finishes by hand.",
    ),
    (
        "runbook::journal::unknown_event",
        "The line is undamaged, but says something that this version of runbook doesn't know: a newer one wrote it. \
         Skipping it could mean undoing the wrong things. Use the version that wrote it, or a newer one.",
    ),
    (
        "runbook::journal::lost",
        "Every line of the journal is sound, but the supervisor's own log has the start of a step that the journal \
         doesn't know. A step's start is durable in the journal before the supervisor hears of it, so whole records \
         at the journal's end have disappeared: a disk that says a write is done when it isn't, or a file put back \
         from an older copy. A rollback would miss that step, so nothing is done by itself. `runbook audit` names \
         what was started; a person compares it with the system and finishes by hand.",
    ),
    (
        "runbook::journal::newer",
        "A newer version of runbook began this run or went on with it, and writes what this version may not understand. \
         Passing over a record could mean undoing the wrong things, so the run is neither continued nor taken back by \
         this version; nothing was changed. Use the version that the message names, or a newer one: newer versions \
         read the journals of all former ones.",
    ),
    (
        "runbook::journal::not_json",
        "An event can't be written as JSON. That is a mistake in runbook itself, never in a runbook; please report \
         it, with what the message says.",
    ),
    (
        "runbook::journal::io",
        "A file of a run can't be read, made or kept. The message names the file and what the system says. The files \
         of a run lie together in one directory and belong to whoever started it.",
    ),
    (
        "runbook::journal::unreachable",
        "The state directory, which holds the journals and locks, can't be used. Without a journal nothing could be \
         taken back after a crash, so nothing runs. Ask for the right to it, or choose another place with \
         `--state-dir` or `RUNBOOK_STATE`.",
    ),
    (
        "runbook::journal::not_safe",
        "Something in the state directory could have been made or changed by somebody else: a symbolic link, a file \
         with two names, a foreign owner, or a mode with which others may write. A journal says which commands take a \
         release back, so whoever can write it can run them as you. Put owner and mode right; a directory that a \
         group shares has mode 2770, and so has all in it.",
    ),
    (
        "runbook::journal::no_home",
        "The state directory is usually below the home directory, and HOME isn't set, as is common in services and \
         containers. Set `--state-dir` or `RUNBOOK_STATE`.",
    ),
    (
        "runbook::journal::no_such_run",
        "No run in this state directory has this id. `runbook runs` lists those that there are. Runs of another user, \
         or under another `--state-dir`, aren't seen.",
    ),
    (
        "runbook::journal::ambiguous_run",
        "The beginning of an id is enough where it fits one run, and this one fits several. Give more of it; the last \
         part of an id alone is enough, too.",
    ),
    (
        "runbook::journal::lock_held",
        "One run at a time works under a lock, and another run, or its last step, still holds this one. It is free \
         exactly when that run's engine and all of its steps are gone. Wait, or follow it with \
         `runbook status RUN --follow`; removing the lock's file frees nothing.",
    ),
    (
        "runbook::journal::lock_dirty",
        "A run that crashed or halted has left its effects under this lock. A new run over them could neither trust \
         what it finds nor put it back, so it is refused until somebody decides: `runbook resume` goes on, \
         `runbook rollback` takes it back, and `runbook abandon --reason \"…\"` leaves everything as it is.",
    ),
    (
        "runbook::journal::engine_runs",
        "Another engine works on this very run: two of them would undo each other's steps. Follow it with \
         `runbook status RUN --follow`, or press Ctrl-C where it runs.",
    ),
];

#[cfg(test)]
mod tests {
    use super::CODES;

    #[test]
    fn every_code_is_explained() {
        let declared: Vec<_> = [include_str!("error.rs"), include_str!("lock.rs")]
            .into_iter()
            .flat_map(|source| source.split("code(").skip(1))
            .filter_map(|behind| behind.split_once(')'))
            .map(|(code, _)| code)
            .filter(|code| code.starts_with("runbook::"))
            .collect();
        let explained: Vec<_> = CODES.iter().map(|(code, _)| *code).collect();
        assert_eq!(declared, explained);
    }
}
