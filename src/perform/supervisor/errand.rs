//! What runs as another user: this binary once more, behind `sudo -n -u USER --`, with its errand on
//! its standard input. So neither values nor arguments of ours stand in the argv of `sudo`.
//!
//! The errand is read exactly to its last byte; what follows on standard input belongs to the
//! program. Before the program begins, a line on standard error says so, and the supervisor takes
//! that line out again: without it, nobody could tell an exit 1 of `sudo` from one of the program.
//!
//! It leaves running the errand to `perform::process`. Invariant: a part whose line never came has
//! not started.

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use crate::plan::{ResolvedProgram, ShellName};

/// The hidden word that makes this binary do an errand.
pub const AS_WORD: &str = "__as";
/// What an errand's own lines on standard error begin with.
const SIGN: char = '\u{1e}';

/// What is to be done as another user.
#[derive(Serialize, Deserialize)]
pub struct Errand {
    /// What its line on standard error is known by.
    pub sign: String,
    /// The user's name.
    pub user: String,
    /// The whole environment but for the user's own HOME, USER and LOGNAME.
    pub env: Vec<(String, String)>,
    /// Where it runs.
    pub cd: Utf8PathBuf,
    /// Standard input, output and error become the terminal.
    pub interactive: bool,
    /// What.
    pub task: Task,
}

/// What is to be done.
#[derive(Serialize, Deserialize)]
pub enum Task {
    /// Nothing: that this is possible is the answer.
    Prove,
    /// A program takes this process's place.
    Program(ResolvedProgram),
    /// A script does.
    Script {
        /// What runs it.
        shell: ShellName,
        /// The script.
        text: String,
    },
    /// Standard input goes into a new file, durably.
    Receive(Utf8PathBuf),
    /// A file gets its name, durably.
    Rename {
        /// Beside `to`.
        from: Utf8PathBuf,
        /// The name.
        to: Utf8PathBuf,
    },
    /// A file that was half received goes.
    Remove(Utf8PathBuf),
    /// Processes get a signal.
    Signal {
        /// Its number.
        signal: i32,
        /// Which.
        pids: Vec<i32>,
    },
}

impl Errand {
    /// The line that says that it begins.
    #[must_use]
    pub fn begins(&self) -> String {
        format!("{SIGN}{} begins\n", self.sign)
    }

    /// The line that says that it can't begin, and why.
    #[must_use]
    pub fn cannot(&self, why: &str) -> String {
        format!("{SIGN}{} cannot {}\n", self.sign, why.replace('\n', " "))
    }
}

/// Takes the lines of errands out of a standard error, and remembers what they said.
pub(super) struct Handshake {
    start: Vec<u8>,
    /// How many parts have yet to say something.
    missing: usize,
    /// What the first part that can't begin says.
    pub(super) refused: Option<String>,
    held: Vec<u8>,
    /// The last words before, which are those of `sudo`.
    words: Vec<u8>,
}

impl Handshake {
    pub(super) fn new(sign: &str, parts: usize) -> Self {
        Self {
            start: format!("{SIGN}{sign} ").into_bytes(),
            missing: parts,
            refused: None,
            held: Vec::new(),
            words: Vec::new(),
        }
    }

    /// Why the step (or some part of it) has not started; `None` when every part began.
    pub(super) fn trouble(&self) -> Option<String> {
        if let Some(why) = &self.refused {
            return Some(why.clone());
        }
        let words = String::from_utf8_lossy(&self.words);
        let last = words.lines().rev().map(str::trim).find(|line| !line.is_empty());
        (self.missing > 0).then(|| last.unwrap_or("sudo ended without starting the program").to_owned())
    }

    /// How many parts never said anything.
    pub(super) fn missing(&self) -> usize {
        self.missing
    }

    /// Takes a piece of standard error and gives what is left of it.
    pub(super) fn filter(&mut self, piece: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(piece);
        let mut rest = Vec::new();
        while self.missing > 0 {
            let Some(at) = find(&self.held, &self.start) else { break };
            let Some(end) = self.held[at..].iter().position(|byte| *byte == b'\n') else {
                rest.extend(self.held.drain(..at));
                return self.said(rest);
            };
            let line = String::from_utf8_lossy(&self.held[at + self.start.len()..at + end]).into_owned();
            rest.extend_from_slice(&self.held[..at]);
            self.held.drain(..=at + end);
            self.missing -= 1;
            if let Some(why) = line.strip_prefix("cannot ") {
                self.refused.get_or_insert_with(|| why.to_owned());
            }
        }
        // What may be the beginning of a line of ours waits for the rest of it.
        let keep = if self.missing == 0 {
            0
        } else {
            (1..self.start.len().min(self.held.len() + 1))
                .rev()
                .find(|length| self.held.ends_with(&self.start[..*length]))
                .unwrap_or(0)
        };
        let certain = self.held.len() - keep;
        rest.extend(self.held.drain(..certain));
        self.said(rest)
    }

    /// There is nothing more.
    pub(super) fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }

    fn said(&mut self, words: Vec<u8>) -> Vec<u8> {
        if self.missing > 0 {
            self.words.extend_from_slice(&words[words.len().saturating_sub(1024)..]);
            let surplus = self.words.len().saturating_sub(1024);
            self.words.drain(..surplus);
        }
        words
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_errands_are_taken_out_wherever_the_pieces_are_cut() {
        let errand = Errand {
            sign: "5ca1ab1e".to_owned(),
            user: "bmtc".to_owned(),
            env: Vec::new(),
            cd: "/".into(),
            interactive: false,
            task: Task::Prove,
        };
        let text = format!("sudo: hello\n{}words{}more\n", errand.begins(), errand.cannot("no such program: uv"));
        for size in 1..text.len() {
            let mut handshake = Handshake::new("5ca1ab1e", 2);
            let mut rest = Vec::new();
            for piece in text.as_bytes().chunks(size) {
                rest.extend(handshake.filter(piece));
            }
            rest.extend(handshake.rest());
            assert_eq!(String::from_utf8(rest).unwrap(), "sudo: hello\nwordsmore\n", "in pieces of {size}");
            assert_eq!(handshake.trouble().as_deref(), Some("no such program: uv"));
        }
    }

    #[test]
    fn without_its_line_a_part_has_not_started_and_sudo_says_why() {
        let mut handshake = Handshake::new("5ca1ab1e", 1);
        assert_eq!(handshake.filter(b"sudo: a password is required\n"), b"sudo: a password is required\n");
        assert_eq!(handshake.trouble().as_deref(), Some("sudo: a password is required"));
    }
}
