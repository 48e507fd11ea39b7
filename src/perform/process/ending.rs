//! How a step's processes ended → what that means for its effect, and what there is to judge.
//!
//! Invariants: a text of which something is missing says how much; it is never handed on as whole. No
//! text takes more memory than the most that is kept of one, whatever its bytes are.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use camino::Utf8Path;

use crate::event::{Datum, Kept, Observation, Outcome, Performance};
use crate::model::{Dimension, Quantity, SubjectName};
use crate::perform::observe_file;
use crate::perform::supervisor::{Captured, Deposited, End, Ending, Stream, Together};

/// So much of the end of a text is read where only a person looks at it.
const END: u64 = 64 * 1024;

/// So much memory each half of a text may take. Where bytes that aren't UTF-8 are replaced, a text is up
/// to three times as long as what was printed.
const HALF: usize = 4 * 1024 * 1024;

/// How much of what a step printed is read from its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// All that was kept.
    All,
    /// Its last lines: nothing looks at the text but a person.
    End,
}

/// What an ending comes to. The texts are read from the step's files where they didn't come along, and
/// the file that a pipe left is looked at: this blocks, for as long as hashing that file takes.
#[must_use]
pub fn performance_of(run: &Utf8Path, ending: &Ending) -> Performance {
    performance_reading(run, ending, Reading::All)
}

/// The same, where it is known what the texts are read for.
pub(super) fn performance_reading(run: &Utf8Path, ending: &Ending, reading: Reading) -> Performance {
    let observe = || observe(run, ending, reading);
    let observed = || Some(observe());
    let (outcome, observation, trouble) = match &ending.end {
        End::DidNotStart { why } => (Outcome::NotApplied, None, Some(why.clone())),
        End::Exited { code } => {
            let exit = Quantity { number: f64::from(*code), dimension: Dimension::Count };
            let mut observation = observe().with(SubjectName::Exit, Datum::Number(exit));
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

fn observe(run: &Utf8Path, ending: &Ending, reading: Reading) -> Observation {
    let kept = |captured| kept(run, captured, reading);
    let seconds = Quantity { number: ending.seconds, dimension: Dimension::Seconds };
    let mut observation = Observation::default().with(SubjectName::Duration, Datum::Number(seconds));
    let stdout = ending.stdout.as_ref().map(kept);
    let stderr = ending.stderr.as_ref().map(kept);
    let output = match &ending.output {
        Together::Nothing => None,
        Together::Same(stream) => {
            observation.output_is = Some(match stream {
                Stream::Stdout => SubjectName::Stdout,
                Stream::Stderr => SubjectName::Stderr,
            });
            None
        }
        Together::Mixed(captured) => Some(kept(captured)),
    };
    for (name, kept) in [(SubjectName::Stdout, stdout), (SubjectName::Stderr, stderr), (SubjectName::Output, output)] {
        if let Some(kept) = kept {
            observation = observation.with(name, Datum::Kept(kept));
        }
    }
    observation
}

fn kept(run: &Utf8Path, captured: &Captured, reading: Reading) -> Kept {
    let file = captured.file.as_ref().map(|file| run.join(file));
    if let Some(text) = &captured.text {
        return Kept { file, ..Kept::whole(text) };
    }
    // The file is the head and right behind it the tail; of what was cut, nothing is joined.
    let length = captured.head + captured.tail;
    let is_whole = length == captured.bytes && captured.lost == 0;
    let from = match reading {
        Reading::End if length > END => (length - END).max(if is_whole { 0 } else { captured.head }),
        Reading::End | Reading::All => 0,
    };
    // A file that can't be read is text that was lost.
    let mut read = file.as_ref().and_then(|file| opened_at(file, from).ok());
    let mut next = |bytes: u64| read.as_mut().and_then(|file| piece(file, bytes)).unwrap_or_default();
    if is_whole && from == 0 {
        let bytes = next(captured.bytes);
        if bytes.len() as u64 != captured.bytes {
            return Kept { dropped: captured.bytes, file, ..Kept::default() };
        }
        if let Ok(text) = String::from_utf8(bytes) {
            return Kept { head: without_newline(text), file, ..Kept::default() };
        }
        read = file.as_ref().and_then(|file| opened_at(file, 0).ok());
    }
    // One half after the other, so that only one of them is there as bytes, too.
    let split = match from {
        0 if is_whole => length / 2,
        0 => captured.head,
        _ => from,
    };
    let mut next = |bytes: u64| read.as_mut().and_then(|file| piece(file, bytes)).unwrap_or_default();
    let mut bytes = next(split - from);
    let half_a_character = bytes.split_off(whole_characters(&bytes));
    let mut head = text_of(bytes, HALF, Half::First);
    let mut bytes = next(length - split);
    if is_whole && from == 0 {
        bytes.splice(0..0, half_a_character);
    } else {
        bytes.drain(..rest_of_a_character(&bytes));
    }
    let mut tail = text_of(bytes, HALF, Half::Last);
    let dropped = captured.bytes.saturating_sub((head.bytes + tail.bytes) as u64);
    if dropped == 0 {
        head.shown.push_str(&std::mem::take(&mut tail.shown));
        head.shown = without_newline(head.shown);
    }
    let lossy = head.lossy || tail.lossy || captured.lossy;
    let passed = if dropped == 0 { Vec::new() } else { captured.passed.clone() };
    Kept { head: head.shown, tail: without_newline(tail.shown), dropped, lossy, passed, file }
}

fn opened_at(file: &Utf8Path, from: u64) -> io::Result<File> {
    let mut file = File::open(file)?;
    file.seek(SeekFrom::Start(from))?;
    Ok(file)
}

/// The next bytes of a file, at most so many and in no more room; `None`: it can't be read.
fn piece(file: &mut File, bytes: u64) -> Option<Vec<u8>> {
    let mut piece = Vec::with_capacity(usize::try_from(bytes).ok()?);
    file.take(bytes).read_to_end(&mut piece).ok().map(|_| piece)
}

fn without_newline(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
    }
    text
}

/// Which part of a text is kept where there is no room for all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    First,
    Last,
}

/// A text, of how many bytes it is, and whether some of them had to be replaced.
struct Text {
    shown: String,
    bytes: usize,
    lossy: bool,
}

fn text_of(bytes: Vec<u8>, room: usize, half: Half) -> Text {
    let bytes = match String::from_utf8(bytes) {
        Ok(text) if text.len() <= room => return Text { bytes: text.len(), shown: text, lossy: false },
        Ok(text) => text.into_bytes(),
        Err(error) => error.into_bytes(),
    };
    // Measured first: a text that is made and then cut would be there twice, and longer.
    let fitting = fitting(&bytes, room, half);
    let mut shown = String::from_utf8_lossy(fitting).into_owned();
    shown.shrink_to_fit();
    Text { shown, bytes: fitting.len(), lossy: std::str::from_utf8(&bytes).is_err() }
}

/// The part of a text that has room, with what stands for bytes that have to be replaced.
fn fitting(bytes: &[u8], room: usize, half: Half) -> &[u8] {
    const REPLACED: usize = char::REPLACEMENT_CHARACTER.len_utf8();
    let replaced = |invalid: &[u8]| if invalid.is_empty() { 0 } else { REPLACED };
    let length: usize = bytes.utf8_chunks().map(|chunk| chunk.valid().len() + replaced(chunk.invalid())).sum();
    if length <= room {
        return bytes;
    }
    let (border, mut passed, mut at) = (if half == Half::First { room } else { length - room }, 0, 0);
    for chunk in bytes.utf8_chunks() {
        let (valid, invalid) = (chunk.valid(), chunk.invalid());
        if passed + valid.len() >= border {
            at += match half {
                Half::First => valid.floor_char_boundary(border - passed),
                Half::Last => valid.ceil_char_boundary(border - passed),
            };
            break;
        }
        passed += valid.len();
        at += valid.len();
        if half == Half::First && passed + replaced(invalid) > border {
            break;
        }
        passed += replaced(invalid);
        at += invalid.len();
        if passed >= border {
            break;
        }
    }
    match half {
        Half::First => bytes.get(..at),
        Half::Last => bytes.get(at..),
    }
    .unwrap_or_default()
}

/// How many bytes there are up to a character that was cut in two.
fn whole_characters(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        Ok(_) | Err(_) => bytes.len(),
    }
}

/// How many bytes at the beginning belong to a character that was cut in two.
fn rest_of_a_character(bytes: &[u8]) -> usize {
    bytes.iter().take(3).take_while(|byte| **byte & 0xc0 == 0x80).count()
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
        let kept = kept(&run, &captured, Reading::All);
        assert_eq!((kept.head.as_str(), kept.tail.as_str()), ("head", "tail"));
        assert_eq!((kept.dropped, kept.lossy), (91, false));
    }

    #[test]
    fn a_file_that_is_gone_is_text_that_was_lost() {
        let (_folder, run) = run_with(b"");
        let captured = Captured { bytes: 70_000, head: 70_000, file: Some("nowhere".into()), ..Captured::default() };
        assert_eq!(kept(&run, &captured, Reading::All).dropped, 70_000);
    }

    #[test]
    fn a_whole_text_loses_its_last_newline_only() {
        let (_folder, run) = run_with(b"one\n\n");
        let captured = Captured { bytes: 5, head: 5, file: Some("stdout".into()), ..Captured::default() };
        assert_eq!(kept(&run, &captured, Reading::All).as_whole(), Some("one\n"));
    }

    #[test]
    fn of_a_text_that_only_a_person_reads_the_end_is_read_and_the_rest_counted() {
        let text = format!("{}the last line\n", "a line\n".repeat(20_000));
        let (_folder, run) = run_with(text.as_bytes());
        let (bytes, file) = (text.len() as u64, Some("stdout".into()));
        let captured = Captured { bytes, head: bytes, file, ..Captured::default() };
        let kept = kept(&run, &captured, Reading::End);
        assert_eq!((kept.head.as_str(), kept.tail.len()), ("", 64 * 1024 - 1));
        assert!(kept.tail.ends_with("a line\nthe last line"), "{:?}", kept.tail.get(65_500..));
        assert_eq!(kept.dropped, bytes - 64 * 1024);
    }

    /// Bytes that aren't UTF-8 are three times as long as what stands for them: beside all that is kept
    /// of one stream there is room for the other.
    #[test]
    fn no_text_takes_more_memory_than_is_kept_of_one_whatever_its_bytes_are() {
        let much = [b"\xff".repeat(3 * HALF / 4), b"the end\n".to_vec()].concat();
        let whole = much.len() as u64;
        let (_folder, run) = run_with(&[&much[..], &much[..]].concat());
        let file = || Some("stdout".into());
        let texts = [
            Captured { bytes: 2 * whole, head: 2 * whole, file: file(), ..Captured::default() },
            Captured { bytes: 3 * whole, head: whole, tail: whole, file: file(), ..Captured::default() },
        ];
        for captured in texts {
            let kept = kept(&run, &captured, Reading::All);
            assert!(kept.head.len() <= HALF && kept.tail.len() <= HALF, "{} {}", kept.head.len(), kept.tail.len());
            assert!(kept.head.len() + 3 > HALF && kept.tail.ends_with("\u{fffd}the end"));
            assert!(kept.lossy);
            let stand = |text: &str| text.chars().count() as u64;
            assert_eq!(kept.dropped, captured.bytes - stand(&kept.head) - stand(&kept.tail) - 1, "without the newline");
        }
    }

    #[test]
    fn a_text_that_fits_with_what_is_replaced_is_whole() {
        let (_folder, run) = run_with(b"a\xffb\n");
        let captured = Captured { bytes: 4, head: 4, file: Some("stdout".into()), ..Captured::default() };
        let kept = kept(&run, &captured, Reading::All);
        assert_eq!((kept.as_whole(), kept.lossy), (Some("a\u{fffd}b"), true));
    }

    #[test]
    fn a_whole_text_that_is_read_in_halves_loses_no_character_between_them() {
        let (_folder, run) = run_with("aäö".as_bytes());
        let captured = Captured { bytes: 5, head: 5, file: Some("stdout".into()), ..Captured::default() };
        assert_eq!(kept(&run, &captured, Reading::All).as_whole(), Some("aäö"));
        // "ä" lies across the middle, and something else isn't UTF-8.
        let (_folder, run) = run_with(b"aa\xc3\xa4\xff\n");
        let captured = Captured { bytes: 6, head: 6, file: Some("stdout".into()), ..Captured::default() };
        assert_eq!(kept(&run, &captured, Reading::All).as_whole(), Some("aaä\u{fffd}"));
    }

    #[test]
    fn a_short_text_is_whole_whoever_reads_it() {
        let (_folder, run) = run_with(b"one\n");
        let captured = Captured { bytes: 4, head: 4, file: Some("stdout".into()), ..Captured::default() };
        assert_eq!(kept(&run, &captured, Reading::End).as_whole(), Some("one"));
    }
}
