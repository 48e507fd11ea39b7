//! Plain lines, for logs, pipes and screen readers.

use std::io::Write;

use super::story::Story;
use super::style::Style;
use crate::event::{Listener, Stamped};

/// Writes the story as plain lines. After a write that failed it is quiet for ever: a rollback
/// doesn't stop because nobody reads.
#[derive(Debug)]
pub struct Plain<W> {
    story: Story,
    to: Option<W>,
}

impl<W: Write> Plain<W> {
    /// Writes here.
    #[must_use]
    pub fn new(style: Style, to: W) -> Self {
        Self { story: Story::new(style), to: Some(to) }
    }

    /// What a verdict means is left to the closing screen that follows.
    #[must_use]
    pub fn before_a_closing_screen(mut self) -> Self {
        self.story = self.story.before_a_closing_screen();
        self
    }

    /// The story goes on from these events, which were told before; nothing is written.
    #[must_use]
    pub fn after<'a>(mut self, events: impl IntoIterator<Item = &'a Stamped>) -> Self {
        self.story.remember(events);
        self
    }
}

impl<W: Write> Listener for Plain<W> {
    fn heard(&mut self, event: &Stamped) {
        let lines = self.story.tell(event);
        let Some(to) = &mut self.to else { return };
        let mut text = lines.join("\n");
        if !lines.is_empty() {
            text.push('\n');
        }
        if to.write_all(text.as_bytes()).and_then(|()| to.flush()).is_err() {
            self.to = None;
        }
    }
}
