//! The person at the terminal. Questions are read on a thread of their own, so that the engine goes
//! on attending to signals and running steps; the live view is out of the way meanwhile.

use std::io::BufRead;
use std::pin::Pin;

use super::Terminal;
use super::listening::Listening;
use super::state::user_name;
use crate::event::{Answered, Outline, Person, Question, Reply, Wanted};
use crate::report::{Prompt, WishPrompt};

/// The person at the terminal.
pub struct TerminalPerson {
    listening: Listening,
    outline: Outline,
    terminal: Terminal,
}

impl TerminalPerson {
    /// Asks between the lines of this view.
    pub fn new(listening: Listening, outline: Outline, terminal: Terminal) -> Self {
        Self { listening, outline, terminal }
    }

    /// Shows a text and a menu and reads lines until one of them is a key; `None`: the terminal is
    /// gone.
    async fn ask_until<T>(&self, text: &str, menu: &str, understand: impl Fn(char) -> Option<T>) -> Option<T> {
        self.listening.pause();
        self.terminal.print(&format!("\n{text}\n{menu}\n"));
        let answer = loop {
            self.terminal.print("> ");
            let Some(line) = read_line().await else { break None };
            let mut letters = line.trim().chars();
            match (letters.next().and_then(&understand), letters.next()) {
                (Some(meaning), None) => break Some(meaning),
                _ => self.terminal.line(&format!("That isn't one of the choices:\n{menu}")),
            }
        };
        self.listening.go_on();
        answer
    }

    async fn paste(&self) -> String {
        self.listening.pause();
        self.terminal.line("Paste what came back; end with a line that holds only a full stop.");
        let mut text = String::new();
        while let Some(line) = read_line().await.filter(|line| line.trim_end() != ".") {
            text.push_str(&line);
        }
        self.listening.go_on();
        text
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
            let prompt = Prompt::new(question, text, &self.outline, self.listening.style());
            let key = |key| prompt.choices.iter().find(|choice| choice.key == key).map(|choice| choice.reply);
            let reply = self.ask_until(&prompt.text, &prompt.menu(), key).await??;
            let done = matches!(reply, Reply::Yes | Reply::Applied);
            let pasted = if paste && done { Some(self.paste().await) } else { None };
            Some((reply, pasted))
        })
    }

    fn ask_wish<'a>(&'a self) -> Pin<Box<dyn Future<Output = Wanted> + 'a>> {
        Box::pin(async move {
            let prompt = WishPrompt::new();
            let key = |key| prompt.choices.iter().find(|choice| choice.key == key).map(|choice| choice.wish);
            match self.ask_until(&prompt.text, &prompt.menu(), key).await {
                Some(Some(wish)) => Wanted::Wish(wish),
                Some(None) => Wanted::Leave,
                None => Wanted::Nothing,
            }
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
