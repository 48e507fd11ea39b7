//! How a step's processes ended → what that means for its effect, and what there is to judge.
//!
//! Invariant: a text of which something is missing says how much; it is never handed on as whole.

use std::io::Read;

use camino::Utf8Path;

use crate::event::{Datum, Kept, Observation, Outcome, Performance};
use crate::model::{Dimension, Quantity, SubjectName};
use crate::perform::observe_file;
use crate::perform::supervisor::{Captured, Deposited, End, Ending, Stream, Together};

/// What an ending comes to. The texts are read from the step's files where they didn't come along, and
/// the file that a pipe left is looked at: this blocks, for as long as hashing that file takes.
#[must_use]
pub fn performance_of(run: &Utf8Path, ending: &Ending) -> Performance {
    let observed = || Some(observe(run, ending));
    let (outcome, observation, trouble) = match &ending.end {
        End::DidNotStart { why } => (Outcome::NotApplied, None, Some(why.clone())),
        End::Exited { code } => {
            let exit = Quantity { number: f64::from(*code), dimension: Dimension::Count };
            let mut observation = observe(run, ending).with(SubjectName::Exit, Datum::Number(exit));
            let unreadable = ending.to.as_ref().and_then(|to| look_at(to, &mut observation).err());
            let trouble = ending.trouble.clone().or_else(|| left_behind(ending)).or(unreadable);
            (Outcome::Applied, Some(observation), trouble)
        }
        End::Signalled { signal, part } => {
            let who = part.as_deref().map(|part| format!("{part} was ")).unwrap_or_default();
            (Outcome::Unknown, observed(), Some(format!("{who}ended by {signal}")))
        }
        End::CutShort { why } if ending.survivors.is_empty() => (Outcome::Unknown, observed(), Some(why.clone())),
        End::CutShort { why } => {
            let survivors = ending.survivors.join(", ");
            (Outcome::Unknown, observed(), Some(format!("{why}; still running, and it can't be ended: {survivors}")))
        }
    };
    Performance { outcome, observation, trouble, seconds: ending.seconds }
}

/// A step of which nothing is known.
pub(super) fn without_answer(outcome: Outcome, why: String, seconds: f64) -> Performance {
    Performance { outcome, observation: None, trouble: Some(why), seconds }
}

/// The subjects of the file that a pipe left.
fn look_at(to: &Deposited, observation: &mut Observation) -> Result<(), String> {
    observation.subjects.extend(observe_file(to.path.as_std_path(), &to.wants)?.subjects);
    Ok(())
}

fn left_behind(ending: &Ending) -> Option<String> {
    (!ending.left_behind.is_empty()).then(|| {
        let names = ending.left_behind.join(", ");
        format!("it left processes behind, and they were ended: {names}; write `leak allow` if they are to stay")
    })
}

fn observe(run: &Utf8Path, ending: &Ending) -> Observation {
    let seconds = Quantity { number: ending.seconds, dimension: Dimension::Seconds };
    let mut observation = Observation::default().with(SubjectName::Duration, Datum::Number(seconds));
    let stdout = ending.stdout.as_ref().map(|captured| kept(run, captured));
    let stderr = ending.stderr.as_ref().map(|captured| kept(run, captured));
    let output = match &ending.output {
        Together::Nothing => None,
        Together::Same(stream) => {
            observation.output_is = Some(match stream {
                Stream::Stdout => SubjectName::Stdout,
                Stream::Stderr => SubjectName::Stderr,
            });
            None
        }
        Together::Mixed(captured) => Some(kept(run, captured)),
    };
    for (name, kept) in [(SubjectName::Stdout, stdout), (SubjectName::Stderr, stderr), (SubjectName::Output, output)] {
        if let Some(kept) = kept {
            observation = observation.with(name, Datum::Kept(kept));
        }
    }
    observation
}

fn kept(run: &Utf8Path, captured: &Captured) -> Kept {
    let file = captured.file.as_ref().map(|file| run.join(file));
    if let Some(text) = &captured.text {
        return Kept { file, ..Kept::whole(text) };
    }
    // A file that can't be read is text that was lost.
    let mut read = file.as_ref().and_then(|file| std::fs::File::open(file).ok());
    let mut next = |bytes: u64| read.as_mut().and_then(|file| piece(file, bytes)).unwrap_or_default();
    if captured.head + captured.tail == captured.bytes && captured.lost == 0 {
        let bytes = next(captured.bytes);
        if bytes.len() as u64 == captured.bytes {
            let (head, lossy) = text_of(bytes);
            return Kept { head: without_newline(head), lossy, file, ..Kept::default() };
        }
        return Kept { dropped: captured.bytes, file, ..Kept::default() };
    }
    // One half after the other: with what replaces invalid bytes, each may become three times as long.
    let mut head = next(captured.head);
    head.truncate(whole_characters(&head));
    let (head_bytes, (head, head_lossy)) = (head.len(), text_of(head));
    let mut tail = next(captured.tail);
    tail.drain(..tail.iter().take(3).take_while(|byte| **byte & 0xc0 == 0x80).count());
    let (tail_bytes, (tail, tail_lossy)) = (tail.len(), text_of(tail));
    let dropped = captured.bytes.saturating_sub((head_bytes + tail_bytes) as u64);
    let lossy = head_lossy || tail_lossy || captured.lossy;
    Kept { head, tail: without_newline(tail), dropped, lossy, passed: captured.passed.clone(), file }
}

/// The next bytes of a file, at most so many; `None`: it can't be read.
fn piece(file: &mut std::fs::File, bytes: u64) -> Option<Vec<u8>> {
    let mut piece = Vec::new();
    file.take(bytes).read_to_end(&mut piece).ok().map(|_| piece)
}

fn without_newline(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
    }
    text
}

fn text_of(bytes: Vec<u8>) -> (String, bool) {
    match String::from_utf8(bytes) {
        Ok(text) => (text, false),
        Err(error) => (String::from_utf8_lossy(error.as_bytes()).into_owned(), true),
    }
}

/// How many bytes there are up to a character that was cut in two.
fn whole_characters(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        Ok(_) | Err(_) => bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run_with(bytes: &[u8]) -> (tempfile::TempDir, camino::Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("stdout"), bytes).unwrap();
        let run = camino::Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        (folder, run)
    }

    #[test]
    fn what_was_cut_says_how_much_and_no_character_is_halved() {
        // "ä" is cut at the end of the head, "ö" at the beginning of the tail.
        let (_folder, run) = run_with(b"head\xc3\xb6tail\n");
        let captured = Captured { bytes: 100, head: 5, tail: 6, file: Some("stdout".into()), ..Captured::default() };
        let kept = kept(&run, &captured);
        assert_eq!((kept.head.as_str(), kept.tail.as_str()), ("head", "tail"));
        assert_eq!((kept.dropped, kept.lossy), (91, false));
    }

    #[test]
    fn a_file_that_is_gone_is_text_that_was_lost() {
        let (_folder, run) = run_with(b"");
        let captured = Captured { bytes: 70_000, head: 70_000, file: Some("nowhere".into()), ..Captured::default() };
        assert_eq!(kept(&run, &captured).dropped, 70_000);
    }

    #[test]
    fn a_whole_text_loses_its_last_newline_only() {
        let (_folder, run) = run_with(b"one\n\n");
        let captured = Captured { bytes: 5, head: 5, file: Some("stdout".into()), ..Captured::default() };
        assert_eq!(kept(&run, &captured).as_whole(), Some("one\n"));
    }
}
