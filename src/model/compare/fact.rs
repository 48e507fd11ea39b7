//! One thing that a runbook says, as one canonical text: what differs in the text differs in meaning,
//! and what is only laid out differently doesn't.

use super::rule::Rule;
use crate::model::Action;
use crate::syntax::Span;

/// What a unit says at one place.
#[derive(Debug)]
pub(super) struct Fact<'m> {
    /// Which block of the unit says it.
    pub part: Part,
    /// What it is about, in the language's words: `budget`, `expect free`, `env PATH`.
    pub about: String,
    /// How an author would write it, over several lines where there is a script.
    pub text: String,
    /// What a difference means.
    pub rule: Rule<'m>,
    /// Where it stands; the default range where it has no place of its own.
    pub span: Span,
}

/// A block of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Part {
    /// The unit itself.
    Own,
    /// `applied {…}`.
    Applied,
    /// `inverse {…}`.
    Inverse,
    /// The one of `diagnose {…}` with this number, from 0.
    Diagnose(usize),
}

impl Part {
    /// What stands before a fact of it in a sentence; empty for the unit itself.
    pub fn before(self) -> &'static str {
        match self {
            Self::Own => "",
            Self::Applied => "applied: ",
            Self::Inverse => "inverse: ",
            Self::Diagnose(_) => "diagnose: ",
        }
    }
}

/// The facts of one unit in the making.
#[derive(Debug)]
pub(super) struct Facts<'m> {
    pub told: Vec<Fact<'m>>,
    /// All actions, of whatever part.
    pub actions: Vec<&'m Action>,
    pub part: Part,
}

impl<'m> Facts<'m> {
    pub fn new() -> Self {
        Self { told: Vec::new(), actions: Vec::new(), part: Part::Own }
    }

    /// Adds one.
    pub fn tell(&mut self, about: impl Into<String>, text: impl Into<String>, rule: Rule<'m>, span: Span) {
        self.told.push(Fact { part: self.part, about: about.into(), text: text.into(), rule, span });
    }
}
