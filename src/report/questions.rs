//! A question as a person on a terminal reads it: what it is about, what each answer leads to, and
//! the key for it. Nothing is the default: the key is pressed on purpose.

use super::escape::escape;
use super::fit::fold;
use super::style::Style;
use crate::event::{Outline, Question, Reply, Wish};

/// A question to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// What the person must know: lines without a last newline.
    pub text: String,
    /// What can be answered, in this order.
    pub choices: Vec<Choice>,
}

/// One answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// The key for it.
    pub key: char,
    /// What it leads to.
    pub words: &'static str,
    /// The reply; `None`: nobody answers, and the run goes on as one that nobody attends: it stops
    /// where a person is needed.
    pub reply: Option<Reply>,
}

/// What an interrupted run should do, to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WishPrompt {
    /// What the person must know: lines without a last newline.
    pub text: String,
    /// What can be answered, in this order.
    pub choices: Vec<WishChoice>,
}

/// One answer to an interruption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WishChoice {
    /// The key for it.
    pub key: char,
    /// What it leads to.
    pub words: &'static str,
    /// What is wanted; `None`: the engine leaves at once, as a third Ctrl-C does.
    pub wish: Option<Wish>,
}

const LEAVE: Choice = Choice { key: 'q', words: "leave it open and stop here", reply: None };

impl Prompt {
    /// A question, with what the person must know about it (an instruction, a reason; may be empty).
    #[must_use]
    pub fn new(question: &Question, text: &str, outline: &Outline, style: Style) -> Self {
        let unit = question.unit();
        let title = outline.title(unit);
        let named = if title == unit { unit.to_owned() } else { format!("{unit}: {title}") };
        let mut lines = fold(&escape(&named), style.columns());
        for line in text.lines().filter(|line| *line != title && !line.is_empty()) {
            lines
                .extend(fold(&escape(line), style.columns().saturating_sub(2)).into_iter().map(|it| format!("  {it}")));
        }
        lines.extend(fold(meaning(question), style.columns()));
        Self { text: lines.join("\n"), choices: choices(question) }
    }

    /// The choices as a person reads them, one a line.
    #[must_use]
    pub fn menu(&self) -> String {
        menu(self.choices.iter().map(|choice| (choice.key, choice.words)))
    }
}

impl WishPrompt {
    /// What an interrupted run should do; `ending`: what runs is being ended, so that going on as if
    /// nothing had happened isn't one of the choices.
    #[must_use]
    pub fn new(ending: bool, style: Style) -> Self {
        let text = |text| fold(text, style.columns()).join("\n");
        let choice = |key, words, wish| WishChoice { key, words, wish };
        let rollback = choice('r', "roll back everything that was done", Some(Wish::Rollback));
        if ending {
            return Self {
                text: text("What runs is being ended (Ctrl-C once more leaves at once). What then?"),
                choices: vec![
                    choice('s', "stop; what was done stays (resume or roll back later)", Some(Wish::Halt)),
                    rollback,
                    choice('q', "leave at once", None),
                ],
            };
        }
        Self {
            text: text("Interrupted. Nothing new starts; what runs goes on (Ctrl-C once more ends it). What now?"),
            choices: vec![
                choice('c', "continue", Some(Wish::Continue)),
                choice('s', "stop after what runs; what was done stays (resume or roll back later)", Some(Wish::Halt)),
                rollback,
                choice('q', "leave at once; what runs goes on without us", None),
            ],
        }
    }

    /// The choices as a person reads them, one a line.
    #[must_use]
    pub fn menu(&self) -> String {
        menu(self.choices.iter().map(|choice| (choice.key, choice.words)))
    }
}

fn menu(choices: impl Iterator<Item = (char, &'static str)>) -> String {
    choices.map(|(key, words)| format!("  {key}  {words}")).collect::<Vec<_>>().join("\n")
}

fn meaning(question: &Question) -> &'static str {
    match question {
        Question::Confirm(_) => "Is this done, or so?",
        Question::PastNoReturn(_) => {
            "This is the point of no return: it can't be undone, and a later rollback stops behind it. Does it run?"
        }
        Question::Settle(_) => "Nobody saw how this step ended. Look at the system: is its whole effect there?",
        Question::Expired(_) => {
            "The inverse of this step is past the time for which it is valid. Does it run all the same?"
        }
        Question::ManualInverse(_) => "This is undone by a person. Is it done now?",
        Question::NoLongerHolds(_) => "This held before, and no longer does. Does the run go on?",
    }
}

fn choices(question: &Question) -> Vec<Choice> {
    let choice = |key, words, reply| Choice { key, words, reply: Some(reply) };
    let rollback = choice('r', "roll back everything that was done", Reply::Rollback);
    match question {
        Question::Confirm(_) => {
            vec![choice('y', "yes, go on", Reply::Yes), choice('n', "no, halt here", Reply::No), rollback, LEAVE]
        }
        Question::PastNoReturn(_) => {
            vec![choice('y', "yes, run it", Reply::Yes), choice('n', "no, halt before it", Reply::No), rollback, LEAVE]
        }
        Question::Settle(_) => vec![
            choice('a', "it is there: take the step as done", Reply::Applied),
            choice('n', "it isn't there: run the step again", Reply::NotApplied),
            rollback,
            LEAVE,
        ],
        Question::Expired(_) => vec![
            choice('y', "yes, run the inverse", Reply::Yes),
            choice('s', "pass over it; it is left to a person", Reply::Skip),
            choice('n', "no, pause the rollback here", Reply::No),
            LEAVE,
        ],
        Question::ManualInverse(_) => vec![
            choice('y', "yes, it is done", Reply::Yes),
            choice('s', "later: it is left to a person, the rollback goes on", Reply::Skip),
            LEAVE,
        ],
        Question::NoLongerHolds(_) => vec![
            choice('y', "yes, go on all the same", Reply::Yes),
            choice('n', "no, halt here", Reply::No),
            rollback,
            LEAVE,
        ],
    }
}
