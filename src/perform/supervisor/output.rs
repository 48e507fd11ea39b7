//! What a step prints: masked, streamed to a file, and capped. The first 4 MiB and the last 4 MiB
//! are kept, the rest is counted; memory stays flat whatever a step prints.
//!
//! A step that prints nothing costs no file. The text of both streams together is kept on its own
//! only from the moment when the second stream says something; until then it is that of the first.
//! Which of two lines on different streams came first is known as well as two pipes can tell it.
//!
//! What expectations look for is looked for while the text streams past, from the moment when some of
//! it isn't kept; of a text that is kept whole the judge itself sees all.
//!
//! Invariant: nothing here fails a step. Bytes that a full disk doesn't take are counted as lost.

use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::Arc;

use camino::Utf8PathBuf;

use super::modes::{make_folder, open_file};
use super::protocol::{Captured, Stream, Together};
use crate::model::SubjectName;
use crate::perform::Seeking;
use crate::perform::mask::{MaskStream, Masker};
use crate::plan::{Needle, Sought};

/// How much of the beginning is kept.
pub(super) const HEAD: usize = 4 * 1024 * 1024;
/// How much of the end is kept.
pub(super) const TAIL: usize = 4 * 1024 * 1024;
/// A text up to this length travels with the answer, so that nobody has to read a file for it.
const SHORT: usize = 64 * 1024;

/// Where a step's files go.
#[derive(Debug)]
pub(super) struct Place {
    /// The run's directory.
    pub(super) run: Utf8PathBuf,
    /// The step's own, from there.
    pub(super) step: Utf8PathBuf,
}

/// Both streams of a step.
pub(super) struct Outputs {
    stdout: Masked,
    stderr: Masked,
    both: Option<Kept>,
    place: Arc<Place>,
}

struct Masked {
    mask: MaskStream,
    kept: Kept,
    /// Somebody listens to this stream.
    open: bool,
}

/// The head and the tail of one text.
#[derive(Clone)]
struct Kept {
    name: &'static str,
    place: Arc<Place>,
    file: Option<Arc<File>>,
    bytes: u64,
    head: u64,
    tail: Ring,
    lost: u64,
    /// The whole text as long as it is short.
    short: Vec<u8>,
    /// What is looked for in it, if it is too long to be kept.
    wanted: Arc<[Needle]>,
    /// Looks for that, from the moment when the text begins to be cut.
    seeking: Option<Seeking>,
}

/// The last bytes of a text.
#[derive(Clone, Default)]
struct Ring {
    bytes: Vec<u8>,
    /// Where the oldest byte is, once the ring is full.
    start: usize,
}

impl Outputs {
    /// `open` says to which of stdout and stderr somebody listens.
    pub(super) fn new(masker: &Masker, place: Place, open: (bool, bool), sought: &[Sought]) -> Self {
        let place = Arc::new(place);
        // Until the other stream speaks, a stream is both together, too.
        let wanted = |name| {
            let of_both =
                sought.iter().filter(|sought| sought.subject == name || sought.subject == SubjectName::Output);
            of_both.map(|sought| sought.needle.clone()).collect()
        };
        let stream = |name: SubjectName, open| Masked {
            mask: masker.stream(),
            kept: Kept::new(name.word(), &place, wanted(name)),
            open,
        };
        let (stdout, stderr) = (stream(SubjectName::Stdout, open.0), stream(SubjectName::Stderr, open.1));
        Self { stdout, stderr, both: None, place }
    }

    /// Takes what came on a stream; what is certain of it by now, masked, is appended to `shown`.
    pub(super) fn push(&mut self, stream: Stream, bytes: &[u8], shown: &mut Vec<u8>) {
        let from = shown.len();
        self.of(stream).mask.push(bytes, shown);
        self.keep(stream, &shown[from..]);
    }

    /// Nothing more will come on a stream.
    pub(super) fn close(&mut self, stream: Stream, shown: &mut Vec<u8>) {
        let from = shown.len();
        self.of(stream).mask.finish(shown);
        self.keep(stream, &shown[from..]);
    }

    /// Writes the tails and says what is kept; stdout, stderr, both.
    pub(super) fn finish(mut self) -> (Option<Captured>, Option<Captured>, Together) {
        let together = match self.both.take() {
            Some(both) => Together::Mixed(both.finish()),
            None if self.stdout.kept.bytes > 0 || (self.stdout.open && self.stderr.kept.bytes == 0) => {
                Together::Same(Stream::Stdout)
            }
            None if self.stderr.open => Together::Same(Stream::Stderr),
            None => Together::Nothing,
        };
        let finish = |masked: Masked| masked.open.then(|| masked.kept.finish());
        (finish(self.stdout), finish(self.stderr), together)
    }

    fn of(&mut self, stream: Stream) -> &mut Masked {
        match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        }
    }

    fn keep(&mut self, stream: Stream, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let other = match stream {
            Stream::Stdout => &self.stderr.kept,
            Stream::Stderr => &self.stdout.kept,
        };
        if self.both.is_none() && other.bytes > 0 {
            let so_far = other.clone();
            self.both = Some(so_far.continue_as("output", &self.place));
        }
        self.of(stream).kept.push(bytes);
        if let Some(both) = &mut self.both {
            both.push(bytes);
        }
    }
}

impl Kept {
    fn new(name: &'static str, place: &Arc<Place>, wanted: Arc<[Needle]>) -> Self {
        Self {
            name,
            place: Arc::clone(place),
            file: None,
            bytes: 0,
            head: 0,
            tail: Ring::default(),
            lost: 0,
            short: Vec::new(),
            wanted,
            seeking: None,
        }
    }

    /// The same text so far, under another name.
    fn continue_as(mut self, name: &'static str, place: &Arc<Place>) -> Self {
        let old = self.place.path(self.name);
        self.name = name;
        self.file = None;
        if self.head > 0 && self.head > self.lost {
            // What was lost there is lost here; `copy` makes the file as private as the first.
            match std::fs::copy(&old, place.path(name)) {
                Ok(copied) if copied == self.head => self.file = place.open(name).ok().map(Arc::new),
                Ok(_) | Err(_) => self.lost = self.head,
            }
        }
        self
    }

    fn push(&mut self, mut bytes: &[u8]) {
        if self.bytes == self.short.len() as u64 && self.short.len() + bytes.len() <= SHORT {
            self.short.extend_from_slice(bytes);
        }
        let all = bytes;
        self.bytes += bytes.len() as u64;
        if self.bytes > (HEAD + TAIL) as u64 {
            self.seek(self.head);
        }
        let (head_before, lost_before) = (self.head, self.lost);
        let room = HEAD - usize::try_from(self.head).unwrap_or(HEAD);
        if room > 0 {
            let (head, rest) = bytes.split_at(room.min(bytes.len()));
            self.head += head.len() as u64;
            self.write(head);
            bytes = rest;
        }
        if self.lost > lost_before {
            self.seek(head_before);
        }
        if let Some(seeking) = &mut self.seeking {
            seeking.push(all);
        }
        self.tail.push(bytes);
    }

    /// Begins to look for what is wanted, with all that came so far: the first `head` bytes, which
    /// are in the file, and the tail.
    fn seek(&mut self, head: u64) {
        if self.wanted.is_empty() || self.seeking.is_some() {
            return;
        }
        let mut seeking = Seeking::new(self.wanted.iter().cloned());
        let mut read = || io::copy(&mut File::open(self.place.path(self.name))?.take(head), &mut Passing(&mut seeking));
        if head > 0 && read().ok() != Some(head) {
            // What is gone can't be looked at any more; the judge then knows only what was kept.
            self.wanted = Arc::new([]);
            return;
        }
        let (older, newer) = self.tail.in_order();
        seeking.push(older);
        seeking.push(newer);
        self.seeking = Some(seeking);
    }

    /// A file with a hole would be read as something that was never printed: after the first failure
    /// nothing more is written.
    fn write(&mut self, bytes: &[u8]) {
        if self.lost == 0 && self.file.is_none() {
            self.file = self.place.open(self.name).ok().map(Arc::new);
        }
        let written = self.lost == 0 && self.file.as_deref().is_some_and(|mut file| file.write_all(bytes).is_ok());
        if !written {
            self.lost += bytes.len() as u64;
        }
    }

    fn finish(mut self) -> Captured {
        let tail = std::mem::take(&mut self.tail);
        let (older, newer) = tail.in_order();
        let kept_at_the_end = tail.bytes.len() as u64;
        let lost_before = self.lost;
        self.write_tail(older);
        self.write_tail(newer);
        if self.lost > lost_before {
            self.tail = tail;
            self.seek(self.head);
        }
        let (passed, lossy) = self.seeking.take().map(Seeking::finish).unwrap_or_default();
        let whole = self.short.len() as u64 == self.bytes;
        Captured {
            bytes: self.bytes,
            head: self.head,
            tail: kept_at_the_end,
            lost: self.lost,
            passed,
            lossy,
            file: self.file.as_ref().map(|_| self.place.step.join(self.name)),
            text: whole.then(|| String::from_utf8(self.short).ok()).flatten(),
        }
    }

    fn write_tail(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.write(bytes);
        }
    }
}

/// What is written here is looked through.
struct Passing<'a>(&'a mut Seeking);

impl Write for Passing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.push(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Place {
    fn path(&self, name: &str) -> Utf8PathBuf {
        self.run.join(&self.step).join(name)
    }

    fn open(&self, name: &str) -> std::io::Result<File> {
        let path = self.path(name);
        let open = || open_file(&self.run, &path, File::options().append(true));
        open().or_else(|_| {
            make_folder(&self.run, &self.run.join(&self.step))?;
            open()
        })
    }
}

impl Ring {
    fn push(&mut self, bytes: &[u8]) {
        let bytes = &bytes[bytes.len().saturating_sub(TAIL)..];
        let growth = (TAIL - self.bytes.len()).min(bytes.len());
        let (first, rest) = bytes.split_at(growth);
        self.bytes.extend_from_slice(first);
        let to_end = rest.len().min(TAIL - self.start);
        let (before_wrap, after_wrap) = rest.split_at(to_end);
        self.bytes[self.start..self.start + before_wrap.len()].copy_from_slice(before_wrap);
        self.bytes[..after_wrap.len()].copy_from_slice(after_wrap);
        self.start = (self.start + rest.len()) % TAIL;
    }

    fn in_order(&self) -> (&[u8], &[u8]) {
        let (newer, older) = self.bytes.split_at(self.start.min(self.bytes.len()));
        (older, newer)
    }
}

#[cfg(test)]
mod tests;
