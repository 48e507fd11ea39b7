//! The person at the terminal. Questions are read on a thread of their own, so that the engine goes
//! on attending to signals and running steps; the live view is out of the way meanwhile.

use std::io::BufRead;
use std::pin::Pin;

use super::listening::Listening;
use super::state::user_name;
use crate::event::{Answered, Person, Question, Wish};
use crate::report::questions;

/// The person at the terminal.
pub struct TerminalPerson {
    listening: Listening,
}

impl TerminalPerson {
    /// Asks between the lines of this view.
    pub fn new(listening: Listening) -> Self {
        Self { listening }
    }

    /// Shows a text and reads answers until one of them means something; `None`: the terminal is gone.
    async fn ask_until<T>(&self, text: &str, understand: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.listening.pause();
        self.listening.show(text);
        let answer = loop {
            let Some(line) = read_line().await else { break None };
            match understand(line.trim()) {
                Some(meaning) => break Some(meaning),
                None => self.listening.show("That isn't one of the choices."),
            }
        };
        self.listening.go_on();
        answer
    }
}

impl Person for TerminalPerson {
    fn ask<'a>(
        &'a self,
        question: &'a Question,
        text: &'a str,
        paste: bool,
    ) -> Pin<Box<dyn Future<Output = Option<Answered>> + 'a>> {
        Box::pin(async move {
            let prompt = questions::prompt(question, text);
            let reply = self.ask_until(&prompt.text, |line| prompt.understand(line)).await?;
            let mut pasted = None;
            if paste && matches!(reply, crate::event::Reply::Yes | crate::event::Reply::Applied) {
                self.listening.show("Paste what came back; end with a line that holds only a full stop.");
                let mut text = String::new();
                while let Some(line) = read_line().await.filter(|line| line.trim_end() != ".") {
                    text.push_str(&line);
                }
                pasted = Some(text);
            }
            Some((reply, pasted))
        })
    }

    fn ask_wish<'a>(&'a self) -> Pin<Box<dyn Future<Output = Option<Wish>> + 'a>> {
        Box::pin(async move {
            let prompt = questions::interrupted();
            self.ask_until(&prompt.text, |line| prompt.understand(line)).await
        })
    }

    fn name(&self) -> String {
        user_name()
    }
}

/// One line with its newline; `None` at the end of the input.
async fn read_line() -> Option<String> {
    let read = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        match std::io::stdin().lock().read_line(&mut line) {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(line),
        }
    });
    read.await.ok().flatten()
}
