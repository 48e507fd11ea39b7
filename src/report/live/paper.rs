//! What the region is drawn on: a terminal as indicatif sees it, whose every drawing is one text for
//! the printer, so that none is ever written in part.

use std::io;
use std::sync::{Mutex, PoisonError};

use indicatif::TermLike;

use super::Measure;
use crate::report::printer::Printer;

/// A terminal to draw on.
#[derive(Debug)]
pub(super) struct Paper {
    printer: Printer,
    measure: Measure,
    drawing: Mutex<String>,
}

impl Paper {
    pub fn new(printer: Printer, measure: Measure) -> Self {
        Self { printer, measure, drawing: Mutex::default() }
    }

    #[expect(clippy::unnecessary_wraps, reason = "what indicatif asks for may fail elsewhere")]
    fn put(&self, text: &str) -> io::Result<()> {
        self.drawing.lock().unwrap_or_else(PoisonError::into_inner).push_str(text);
        Ok(())
    }

    fn move_cursor(&self, steps: usize, letter: char) -> io::Result<()> {
        if steps == 0 { Ok(()) } else { self.put(&format!("\u{1b}[{steps}{letter}")) }
    }
}

impl TermLike for Paper {
    fn width(&self) -> u16 {
        (self.measure)().width
    }

    fn height(&self) -> u16 {
        u16::try_from((self.measure)().rows).unwrap_or(u16::MAX)
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'A')
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'B')
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'C')
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'D')
    }

    fn write_line(&self, s: &str) -> io::Result<()> {
        self.put(s)?;
        self.put("\n")
    }

    fn write_str(&self, s: &str) -> io::Result<()> {
        self.put(s)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.put("\r\u{1b}[2K")
    }

    fn flush(&self) -> io::Result<()> {
        let drawing = std::mem::take(&mut *self.drawing.lock().unwrap_or_else(PoisonError::into_inner));
        if !drawing.is_empty() {
            self.printer.print(&drawing);
        }
        if self.printer.is_gone() { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
    }
}
