//! JSON lines, for machines: each event as it stands in the journal, one a line. Control characters
//! are escaped by JSON itself; those that only some readers obey are escaped here.

use std::io::Write;

use jiff::Timestamp;

use super::escape::escape_json;
use super::printer::Printer;
use crate::event::{Event, Listener, Stamped};

/// Writes each event as one line of JSON. After a write that failed it is quiet for ever.
#[derive(Debug)]
pub struct Json<W> {
    to: Option<W>,
}

impl<W: Write> Json<W> {
    /// Writes here.
    #[must_use]
    pub fn new(to: W) -> Self {
        Self { to: Some(to) }
    }
}

impl Json<Printer> {
    /// Writes by this printer; what it leaves out is counted in an event of its own.
    #[must_use]
    pub fn by(printer: Printer) -> Self {
        printer.tell_left_out(left_out);
        Self::new(printer)
    }
}

/// Says how many events were left out, as an event that stands in no journal.
fn left_out(events: usize) -> String {
    let text = format!("{events} events aren't told here: nobody read them; the journal has them");
    let note = Stamped { at: Timestamp::now(), event: Event::Noted { text } };
    serde_json::to_string(&note).unwrap_or_default() + "\n"
}

impl<W: Write> Listener for Json<W> {
    fn heard(&mut self, event: &Stamped) {
        let Some(to) = &mut self.to else { return };
        // An event always has a JSON form; were it not so, the journal would have refused it before.
        let Ok(line) = serde_json::to_string(event) else { return };
        let line = escape_json(&line) + "\n";
        if to.write_all(line.as_bytes()).and_then(|()| to.flush()).is_err() {
            self.to = None;
        }
    }
}
