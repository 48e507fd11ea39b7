//! What a run prints while it is driven, written in order by a thread of its own: a terminal that
//! nobody reads (Ctrl-S, a connection that stalls) and a pipe that is slow hold up nothing but what
//! they would show. Who hands something over decides whether it may be left out.
//!
//! Invariant: handing something over never waits, and what waits is bounded: of the story, what comes
//! when too much waits already is left out and counted in its place; questions and the end of a run,
//! which are few, are always kept.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How much of the story may wait, in bytes.
const MOST: usize = 4 << 20;
/// When so much waits, nothing is drawn that the next moment draws anew.
const BEHIND: usize = 8 << 10;

/// Says how many lines were left out, as whoever reads the rest understands it.
pub type LeftOut = fn(usize) -> String;

/// Prints without waiting. Its clones print to the same place; what was handed over before the last
/// of them is gone is still written, as long as the process lives.
#[derive(Clone)]
pub struct Printer(Arc<Handle>);

/// Where a text goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Output,
    Errors,
}

/// The printers' end of the queue; without one the thread ends.
struct Handle {
    queue: Arc<Queue>,
    /// The system gave no thread: whoever prints waits, which is better than nothing being said.
    waits: bool,
}

struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
    ends: Mutex<Ends>,
}

struct Ends {
    output: Box<dyn Write + Send>,
    errors: Box<dyn Write + Send>,
}

struct Waiting {
    texts: VecDeque<(Place, Vec<u8>)>,
    /// How many bytes wait, those included that are being written.
    bytes: usize,
    /// How many lines of the story were left out since the last that wasn't.
    left_out: usize,
    say_left_out: LeftOut,
    keep_all: bool,
    writer: Writer,
    /// Nobody reads the output any more.
    is_gone: bool,
}

/// The thread that writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writer {
    /// It looks itself for what is next.
    Writes,
    /// It has to be woken.
    Waits,
    /// Nothing more comes: it writes what there is.
    Leaves,
}

impl Printer {
    /// A printer that writes to these places.
    #[must_use]
    pub fn new(output: Box<dyn Write + Send>, errors: Box<dyn Write + Send>) -> Self {
        let waiting = Waiting {
            texts: VecDeque::new(),
            bytes: 0,
            left_out: 0,
            say_left_out: lines_left_out,
            keep_all: false,
            writer: Writer::Writes,
            is_gone: false,
        };
        let ends = Mutex::new(Ends { output, errors });
        let queue = Arc::new(Queue { waiting: Mutex::new(waiting), changed: Condvar::new(), ends });
        let shared = Arc::clone(&queue);
        let thread = std::thread::Builder::new().name("printer".to_owned()).spawn(move || shared.write());
        Self(Arc::new(Handle { queue, waits: thread.is_err() }))
    }

    /// What is left out is told in this way from now on.
    pub fn tell_left_out(&self, say: LeftOut) {
        self.lock().say_left_out = say;
    }

    /// Prints what must be seen.
    pub fn print(&self, text: &str) {
        self.hand_over(self.lock(), Place::Output, text.as_bytes());
    }

    /// Prints what must be seen to standard error.
    pub fn print_error(&self, text: &str) {
        self.hand_over(self.lock(), Place::Errors, text.as_bytes());
    }

    /// From now on nothing is left out: the run ends.
    pub fn keep_all(&self) {
        self.lock().keep_all = true;
    }

    /// Whether so much waits that what is only of the moment isn't worth drawing.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.lock().bytes >= BEHIND
    }

    /// Whether nobody reads what is printed any more.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.lock().is_gone
    }

    /// Waits until all is written, or nobody is left to read it.
    pub fn wait(&self) {
        drop(self.0.queue.changed.wait_while(self.lock(), |waiting| waiting.bytes > 0));
    }

    /// Likewise, but not for ever: for whoever leaves the terminal to somebody else.
    pub fn wait_at_most(&self, time: Duration) {
        drop(self.0.queue.changed.wait_timeout_while(self.lock(), time, |waiting| waiting.bytes > 0));
    }

    fn hand_over(&self, mut waiting: MutexGuard<'_, Waiting>, place: Place, text: &[u8]) {
        waiting.put(place, text);
        // To wake somebody up costs more than all else here.
        let wake = std::mem::replace(&mut waiting.writer, Writer::Writes) == Writer::Waits;
        drop(waiting);
        if self.0.waits {
            while self.0.queue.write_next() {}
        }
        if wake {
            self.0.queue.changed.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.queue.lock()
    }
}

/// A story that is written here is left out where too much waits.
impl Write for Printer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut waiting = self.lock();
        if waiting.is_gone {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        if waiting.bytes + bytes.len() > MOST && !waiting.keep_all {
            waiting.left_out += bytes.split(|byte| *byte == b'\n').count() - 1;
        } else {
            self.hand_over(waiting, Place::Output, bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl std::fmt::Debug for Printer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Printer").field("bytes", &self.lock().bytes).finish_non_exhaustive()
    }
}

impl Waiting {
    /// Puts a text at the end, behind a word about what was left out before it.
    fn put(&mut self, place: Place, text: &[u8]) {
        if place == Place::Output && self.left_out > 0 {
            let said = (self.say_left_out)(std::mem::take(&mut self.left_out));
            self.put(place, said.as_bytes());
        }
        if place == Place::Errors || !self.is_gone {
            self.bytes += text.len();
            self.texts.push_back((place, text.to_owned()));
        }
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes until nobody is left to print.
    fn write(&self) {
        let idle = |waiting: &mut Waiting| {
            let waits = waiting.texts.is_empty() && waiting.writer != Writer::Leaves;
            if waits {
                waiting.writer = Writer::Waits;
            }
            waits
        };
        loop {
            drop(self.changed.wait_while(self.lock(), idle));
            if !self.write_next() {
                return;
            }
        }
    }

    /// Writes what is next; whether there was something.
    fn write_next(&self) -> bool {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((place, text)) = self.lock().texts.pop_front() else { return false };
        let end = match place {
            Place::Output => &mut ends.output,
            Place::Errors => &mut ends.errors,
        };
        let written = end.write_all(&text).and_then(|()| end.flush());
        let mut waiting = self.lock();
        waiting.bytes -= text.len();
        if written.is_err() && place == Place::Output {
            waiting.is_gone = true;
            waiting.texts.retain(|(place, _)| *place == Place::Errors);
            waiting.bytes = waiting.texts.iter().map(|(_, text)| text.len()).sum();
        }
        drop(waiting);
        self.changed.notify_all();
        true
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.queue.lock().writer = Writer::Leaves;
        self.queue.changed.notify_all();
    }
}

fn lines_left_out(lines: usize) -> String {
    format!("... {lines} lines aren't shown: nobody read them; `runbook show` has them\n")
}

#[cfg(test)]
mod tests;
