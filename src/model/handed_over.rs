//! Which words of a command line another shell reads as a script, and which shell that is: the text behind
//! `sh -c`, all that `ssh` sends to a host, what `watch` repeats.
//!
//! It leaves to others what is wrong with the script. Invariant: what is found here is among the words that
//! [`is_read_by_a_shell`](super::script::is_read_by_a_shell) says a shell reads.

use std::ops::Range;

use super::called::started_words;
use super::script::is_script_flag;
use super::{Part, Program, Shell};
use crate::syntax::Spanned;

/// Options of `ssh` whose value is a word of its own.
const OF_SSH: &str = "BbcDEeFIiJLlmOopPQRSWw";
/// Options of `watch` likewise.
const OF_WATCH: &str = "nq";

/// A script that a program hands to a shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOver {
    /// The arguments that are it, first to last: the shell reads them with a blank between them.
    pub pieces: Vec<Spanned<String>>,
    /// The shell; where nobody can tell which one it is, the one that takes the most.
    pub shell: Shell,
}

/// The script that a program hands to a shell; `None`: it hands over none, or nobody can tell its text.
#[must_use]
pub fn handed_over(program: &Program) -> Option<HandedOver> {
    let templates: Vec<_> = std::iter::once(&program.program).chain(&program.arguments).collect();
    let text = |template: &super::Template| match template.parts.as_slice() {
        [] => Some(String::new()),
        [Part::Text(text)] => Some(text.clone()),
        _ => None,
    };
    // A word with a value in it is no option and no program that is known here.
    let words: Vec<_> = templates.iter().map(|template| text(template).unwrap_or_else(|| "{{}}".into())).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (range, shell) = script_words(&words)?;
    let pieces = templates.get(range)?.iter().map(|it| Some(Spanned::new(text(it)?, it.span)));
    Some(HandedOver { pieces: pieces.collect::<Option<_>>()?, shell })
}

/// Where the words of the script are, and what reads them.
fn script_words(words: &[&str]) -> Option<(Range<usize>, Shell)> {
    let base = |at: usize| words.get(at).and_then(|word| word.rsplit('/').next()).unwrap_or_default();
    let mut at = *started_words(words).last()?;
    if base(at) == "xargs" {
        at = (at + 1..words.len()).find(|at| reader(base(*at)).is_some())?;
    }
    let all = |from: usize| Some(from..words.len()).filter(|range| !range.is_empty());
    let shell = reader(base(at))?;
    let range = match base(at) {
        "ssh" => all(behind_options(words, at + 1, OF_SSH)? + 1)?,
        // It starts a program and no shell.
        "watch" if words.iter().any(|word| matches!(*word, "-x" | "--exec")) => return None,
        "watch" => all(behind_options(words, at + 1, OF_WATCH)?)?,
        _ => {
            let flag = (at + 1..words.len()).find(|at| words.get(*at).is_some_and(|word| is_script_flag(word)))?;
            let script =
                (flag + 1..words.len()).find(|at| words.get(*at).is_some_and(|word| !word.starts_with('-')))?;
            script..script + 1
        }
    };
    Some((range, shell))
}

/// The shell that reads what a program hands over; `None`: none, or one that isn't asked.
fn reader(program: &str) -> Option<Shell> {
    match program {
        "sh" | "dash" | "ash" | "busybox" | "watch" => Some(Shell::Sh),
        // Of ssh and su it is the shell of that user's login.
        "bash" | "ssh" | "su" => Some(Shell::Bash),
        _ => None,
    }
}

/// The first word that is neither an option nor the value of one.
fn behind_options(words: &[&str], mut at: usize, valued: &str) -> Option<usize> {
    loop {
        let word = *words.get(at)?;
        let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) else { return Some(at) };
        if word == "--" {
            return Some(at + 1).filter(|at| *at < words.len());
        }
        // `-p 22`, `-p22`, `-tp 22`: a value follows where nothing stands behind the letter.
        let value = letters.char_indices().find(|(_, letter)| valued.contains(*letter));
        let follows = !word.starts_with("--") && value.is_some_and(|(place, _)| place + 1 == letters.len());
        at += if follows { 2 } else { 1 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::script::is_read_by_a_shell;

    #[test]
    fn what_a_shell_reads_is_found_with_that_shell() {
        for (line, script, shell) in [
            ("sh -c SCRIPT zero one", "SCRIPT", Shell::Sh),
            ("/bin/bash -euc SCRIPT", "SCRIPT", Shell::Bash),
            ("bash -c -e SCRIPT", "SCRIPT", Shell::Bash),
            ("sudo -u x env A=1 sh -c SCRIPT", "SCRIPT", Shell::Sh),
            ("busybox sh -c SCRIPT", "SCRIPT", Shell::Sh),
            ("su bmtc -c SCRIPT", "SCRIPT", Shell::Bash),
            ("ssh host SCRIPT", "SCRIPT", Shell::Bash),
            ("ssh -tp 22 -oBatchMode=yes -i key user@host cd /x && ls", "cd /x && ls", Shell::Bash),
            ("timeout 5 ssh -J a -- host ls", "ls", Shell::Bash),
            ("watch -n 1 -d ls /x", "ls /x", Shell::Sh),
            ("xargs -n 1 sh -c SCRIPT", "SCRIPT", Shell::Sh),
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            let (range, found) = script_words(&words).unwrap_or_else(|| panic!("{line}"));
            assert!(range.clone().all(|at| is_read_by_a_shell(&words[..at])), "{line}");
            assert_eq!((words[range].join(" ").as_str(), found), (script, shell), "{line}");
        }
    }

    #[test]
    fn what_no_shell_reads_is_no_script() {
        for line in
            ["ssh host", "ssh -N -L 1:a:2 host", "sh x.sh", "git -c a=b log", "watch -x ls", "zsh -c x", "echo sh -c x"]
        {
            assert_eq!(script_words(&line.split(' ').collect::<Vec<_>>()), None, "{line}");
        }
    }
}
