//! JSON lines, for machines: each event as it stands in the journal, one a line. Control characters
//! are escaped by JSON itself; those that only some readers obey are escaped here.

use std::io::Write;

use super::escape::escape_json;
use crate::event::{Listener, Stamped};

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
