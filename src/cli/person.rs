//! The person at the terminal. While a question is open the engine goes on attending to signals and
//! running steps, and the live view is out of the way.

use std::pin::Pin;
use std::sync::Arc;

use super::Terminal;
use super::listening::Listening;
use super::state::user_name;
use super::typed::{Typed, forget_what_was_typed, read_line};
use crate::event::{Answered, Outline, Person, Question, Reply, RunStarted, Wanted};
use crate::report::{Prompt, WishPrompt};

/// The person at the terminal.
pub struct TerminalPerson {
    listening: Listening,
    head: Option<Arc<RunStarted>>,
    terminal: Terminal,
}

impl TerminalPerson {
    /// Asks between the lines of this view.
    pub fn new(listening: Listening, head: Option<Arc<RunStarted>>, terminal: Terminal) -> Self {
        Self { listening, head, terminal }
    }

    /// Shows a text and a menu and reads lines until one of them is a key; `None`: the terminal is
    /// gone.
    async fn ask_until<T>(&self, text: &str, menu: &str, understand: impl Fn(char) -> Option<T>) -> Option<T> {
        let _view = OutOfTheWay::new(&self.listening);
        forget_what_was_typed();
        self.terminal.print(&format!("\n{text}\n{menu}\n"));
        loop {
            self.terminal.print("> ");
            let line = match read_line().await {
                Typed::Line(line) => line,
                Typed::End => "\n".to_owned(),
                Typed::Gone => return None,
            };
            let mut letters = line.trim().chars();
            match (letters.next().and_then(|letter| understand(letter.to_ascii_lowercase())), letters.next()) {
                (Some(meaning), None) => return Some(meaning),
                _ => self.terminal.line(&format!("That isn't one of the choices:\n{menu}")),
            }
        }
    }

    async fn paste(&self) -> String {
        let _view = OutOfTheWay::new(&self.listening);
        self.terminal.line("Paste what came back; end with a line that holds only a full stop.");
        let mut text = String::new();
        while let Typed::Line(line) = read_line().await {
            if line.trim_end() == "." {
                break;
            }
            text.push_str(&line);
        }
        text
    }
}

/// Keeps the live view off the terminal, also where a question is given up half way.
struct OutOfTheWay<'a>(&'a Listening);

impl<'a> OutOfTheWay<'a> {
    fn new(listening: &'a Listening) -> Self {
        listening.pause();
        Self(listening)
    }
}

impl Drop for OutOfTheWay<'_> {
    fn drop(&mut self) {
        self.0.go_on();
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
            let none = Outline::default();
            let outline = self.head.as_ref().map_or(&none, |head| &head.outline);
            let prompt = Prompt::new(question, text, outline, self.listening.style());
            let key = |key| prompt.choices.iter().find(|choice| choice.key == key).map(|choice| choice.reply);
            let reply = self.ask_until(&prompt.text, &prompt.menu(), key).await??;
            let done = matches!(reply, Reply::Yes | Reply::Applied);
            let pasted = if paste && done { Some(self.paste().await) } else { None };
            Some((reply, pasted))
        })
    }

    fn ask_wish<'a>(&'a self, ending: bool) -> Pin<Box<dyn Future<Output = Wanted> + 'a>> {
        Box::pin(async move {
            let prompt = WishPrompt::new(ending, self.listening.style());
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
