//! What engine and supervisor say to each other: JSON, each message behind its length in four bytes
//! (big-endian), over one socket pair that nobody else holds. Secrets travel here and nowhere else.
//!
//! It leaves the sockets to others. Invariant: [`Frames`] gives the messages that [`encode`] made,
//! in whatever pieces the bytes come.

use std::borrow::Cow;
use std::time::Duration;

use camino::Utf8PathBuf;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::event::{AttemptKey, Passed};
use crate::model::SubjectName;
use crate::plan::ResolvedActivity;

/// A message longer than this is a mistake: the largest is a step with its script and its input.
const LONGEST: usize = 256 * 1024 * 1024;

/// How long most messages are at most.
const USUAL: usize = 1000;

/// What the engine asks.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request<'a> {
    /// The first message, exactly once.
    Welcome(Welcome),
    /// These secrets too are masked from now on, in steps that start later.
    Mask(Vec<String>),
    /// The descriptors that came with this message (locks) are held until the supervisor ends.
    Hold,
    /// Start a step.
    Perform {
        /// Names it in all answers.
        number: u64,
        /// Names it on record.
        key: AttemptKey,
        /// `run`, `sh` or `pipe`, and what surrounds it.
        activity: Box<Cow<'a, ResolvedActivity>>,
    },
    /// Say when all that was told is on the disk: somebody acts who doesn't act through you.
    Settle,
    /// End a step's whole tree.
    Stop {
        /// Which.
        number: u64,
    },
}

/// What the supervisor has to know from the start.
#[derive(Serialize, Deserialize)]
pub struct Welcome {
    /// The run's directory, absolute.
    pub run: Utf8PathBuf,
    /// This very program, absolute: started again for `as USER`.
    pub program: Utf8PathBuf,
    /// What is masked.
    pub secrets: Vec<String>,
    /// How long a tree may take to end after TERM.
    pub grace: Duration,
    /// How long a step's pipes may stay open after its end.
    pub leak_wait: Duration,
}

/// What the supervisor tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It is ready; its log is open.
    Ready,
    /// It can't be the supervisor of this run.
    Refused {
        /// Why, in the operator's words.
        why: String,
        /// Its log can't be written: nothing may act any more.
        broken: bool,
    },
    /// Its log can't be written any more: nothing may act.
    Broken {
        /// Why, in the operator's words.
        why: String,
    },
    /// What a step printed last: whole lines, masked, each cut to a few hundred bytes; at most ten
    /// times a second, and lines may be left out.
    Lines {
        /// Which step.
        number: u64,
        /// Oldest first.
        lines: Vec<(Stream, String)>,
    },
    /// A step's first process was stopped and isn't running.
    Stopped {
        /// Which step.
        number: u64,
        /// What came of it.
        how: HowStopped,
    },
    /// All endings that were told are on the disk, or it was said that they can't be.
    Settled,
    /// A step is over, and that is noted; on the disk before another one starts, or when it is asked for.
    Ended {
        /// Which step.
        number: u64,
        /// How.
        ending: Box<Ending>,
    },
}

/// Why a step's processes are stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HowStopped {
    /// It asks for the terminal and may not have it: it is being ended.
    AskedForTerminal,
    /// Somebody stopped it; it waits for `SIGCONT` while its budget goes on.
    BySomebody,
}

/// One of the two streams of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names of the streams themselves")]
pub enum Stream {
    Stdout,
    Stderr,
}

/// How a step ended: all that is needed to know its outcome, also after the engine was gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ending {
    /// How its processes ended.
    pub end: End,
    /// Seconds from its start.
    pub seconds: f64,
    /// Its standard output; `None` when nobody listened (`interactive`, or it went into a file).
    pub stdout: Option<Captured>,
    /// Its standard error; `None` when nobody listened.
    pub stderr: Option<Captured>,
    /// Both, in the order in which they came.
    pub output: Together,
    /// Processes that it left behind and that were ended: `sleep (4711)`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_behind: Vec<String>,
    /// Processes that couldn't be ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub survivors: Vec<String>,
    /// Processes that stay, since they may: their numbers, and when they began.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stayed: Vec<(i32, u64)>,
    /// The file that appeared; `None` when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Deposited>,
    /// What went wrong after all processes ended well; `None`: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// The file that a pipe left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deposited {
    /// Absolute.
    pub path: Utf8PathBuf,
    /// The subjects that are asked for.
    pub wants: Vec<SubjectName>,
}

/// How the processes of a step ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// There was no process.
    DidNotStart {
        /// Why, in the operator's words.
        why: String,
    },
    /// It ended by itself. Of a pipe: the first part that failed, 0 if none did.
    Exited {
        /// The exit code.
        code: i32,
    },
    /// A signal that isn't ours ended it.
    Signalled {
        /// `SIGSEGV`.
        signal: String,
        /// Which part of a pipe; `None` when there is only one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        part: Option<String>,
    },
    /// We ended it, or part of its effect is missing.
    CutShort {
        /// Why, in the operator's words.
        why: String,
    },
}

/// Both streams together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Together {
    /// Nobody listened.
    Nothing,
    /// Only one of them had anything to say.
    Same(Stream),
    /// They are mixed.
    Mixed(Captured),
}

/// What is kept of a stream.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Captured {
    /// All bytes that came, after masking.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub bytes: u64,
    /// How many of the first are kept.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub head: u64,
    /// How many of the last are kept.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub tail: u64,
    /// How many of those kept couldn't be written to the file.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub lost: u64,
    /// The file with head and tail, from the run's directory; `None` when nothing came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<Utf8PathBuf>,
    /// What was looked for while it streamed past; empty while all of it is kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed: Vec<Passed>,
    /// Bytes of what streamed past aren't UTF-8.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lossy: bool,
    /// The whole text, when it is short and UTF-8. It travels to the engine; the log doesn't have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_nothing(bytes: &u64) -> bool {
    *bytes == 0
}

/// A message with its length before it. Empty if it can't be told in JSON, which none of ours can't.
#[must_use]
pub fn encode<T: Serialize>(message: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(USUAL);
    bytes.extend_from_slice(&[0; 4]);
    if serde_json::to_writer(&mut bytes, message).is_err() {
        return Vec::new();
    }
    let length = u32::try_from(bytes.len() - 4).unwrap_or(u32::MAX);
    bytes[..4].copy_from_slice(&length.to_be_bytes());
    bytes
}

/// Puts messages together from the pieces in which they come.
#[derive(Default)]
pub struct Frames(Vec<u8>);

impl Frames {
    /// Takes the next piece.
    pub fn push(&mut self, piece: &[u8]) {
        self.0.extend_from_slice(piece);
    }

    /// Where the next piece is read to, behind what is there.
    pub fn room(&mut self) -> &mut Vec<u8> {
        self.0.reserve(16 * 1024);
        &mut self.0
    }

    /// The next whole message; `None` when it isn't whole yet.
    ///
    /// # Errors
    /// The other side doesn't speak this language.
    pub fn take<T: DeserializeOwned>(&mut self) -> Result<Option<T>, String> {
        let Some((length, _)) = self.0.split_first_chunk::<4>() else { return Ok(None) };
        let length = u32::from_be_bytes(*length) as usize;
        if length > LONGEST {
            return Err(format!("a message of {length} bytes"));
        }
        if self.0.len() < 4 + length {
            return Ok(None);
        }
        let message = serde_json::from_slice(&self.0[4..4 + length]).map_err(|error| error.to_string());
        self.0.drain(..4 + length);
        message.map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_out_whole_in_whatever_pieces_they_came() {
        let messages = [
            Answer::Ready,
            Answer::Stopped { number: 7, how: HowStopped::BySomebody },
            Answer::Refused { why: "no".to_owned(), broken: false },
        ];
        let bytes: Vec<u8> = messages.iter().flat_map(encode).collect();
        for size in [1, 2, 3, 5, 64, bytes.len()] {
            let mut frames = Frames::default();
            let mut seen = Vec::new();
            for piece in bytes.chunks(size) {
                frames.push(piece);
                while let Some(message) = frames.take::<Answer>().unwrap() {
                    seen.push(message);
                }
            }
            assert_eq!(seen, messages, "in pieces of {size}");
        }
    }

    #[test]
    fn a_length_beyond_reason_is_an_error() {
        let mut frames = Frames::default();
        frames.push(&[0xff; 8]);
        assert!(frames.take::<Answer>().is_err());
    }
}
