//! What the operator sees of a running step: its last lines, at most ten times a second.
//!
//! Invariant: however much a step prints, what is told of it stays small.

use std::time::{Duration, Instant};

use super::protocol::Stream;

/// At most this often.
const EVERY: Duration = Duration::from_millis(100);
/// At most so many lines at a time; older ones are left out.
const LINES: usize = 20;
/// At most so many bytes of a line.
const WIDTH: usize = 512;

/// The last lines of a step, as they are told.
#[derive(Default)]
pub(super) struct Live {
    lines: Vec<(Stream, String)>,
    unfinished: [Vec<u8>; 2],
    told: Option<Instant>,
}

impl Live {
    /// Takes masked bytes of a stream.
    pub(super) fn push(&mut self, stream: Stream, bytes: &[u8]) {
        // Only the end can still be told; looking at the rest would cost time for nothing.
        let bytes = &bytes[bytes.len().saturating_sub(LINES * WIDTH)..];
        let unfinished = &mut self.unfinished[stream as usize];
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = WIDTH.saturating_sub(unfinished.len());
            unfinished.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.ends_with(b"\n") {
                let line = String::from_utf8_lossy(unfinished).trim_end().to_owned();
                unfinished.clear();
                self.lines.push((stream, line));
            }
        }
        let surplus = self.lines.len().saturating_sub(LINES);
        self.lines.drain(..surplus);
    }

    /// When there will be something to tell; `None`: there is nothing.
    pub(super) fn due(&self) -> Option<Instant> {
        (!self.lines.is_empty()).then(|| self.told.map_or_else(Instant::now, |told| told + EVERY))
    }

    /// What is to be told now; empty when nothing is due.
    pub(super) fn take(&mut self, now: Instant) -> Vec<(Stream, String)> {
        if self.told.is_some_and(|told| now < told + EVERY) {
            return Vec::new();
        }
        self.told = Some(now);
        std::mem::take(&mut self.lines)
    }
}
