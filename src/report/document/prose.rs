//! Sentences of a document in typed pieces: each writer escapes a piece for its place, so that
//! nothing that others wrote reaches a page as it is.

/// A sentence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prose(pub Vec<Piece>);

/// One piece of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Words.
    Text(String),
    /// Something literal: a value, a path, a command.
    Code(String),
    /// Words that stand out.
    Strong(String),
    /// Another place of the document.
    Place(Place),
    /// Another place of the document, by its number alone.
    Number(Place),
}

/// A place of a document that others refer to. The numbers are those of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Where a unit is described.
    Unit(usize),
    /// Where a checkpoint is described.
    Checkpoint(usize),
    /// Where it says how a unit is undone.
    Back(usize),
}

impl Prose {
    /// A sentence of words alone.
    pub fn of(text: impl Into<String>) -> Self {
        Self::default().text(text)
    }

    /// With words behind it; empty ones are no piece.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        let text = text.into();
        match self.0.last_mut() {
            Some(Piece::Text(last)) => last.push_str(&text),
            _ if text.is_empty() => {}
            _ => self.0.push(Piece::Text(text)),
        }
        self
    }

    /// With something literal behind it.
    #[must_use]
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.0.push(Piece::Code(code.into()));
        self
    }

    /// With words behind it that stand out.
    #[must_use]
    pub fn strong(mut self, text: impl Into<String>) -> Self {
        self.0.push(Piece::Strong(text.into()));
        self
    }

    /// With a reference behind it.
    #[must_use]
    pub fn place(mut self, place: Place) -> Self {
        self.0.push(Piece::Place(place));
        self
    }

    /// With a reference behind it that is a number alone.
    #[must_use]
    pub fn number(mut self, place: Place) -> Self {
        self.0.push(Piece::Number(place));
        self
    }

    /// With another sentence behind it.
    #[must_use]
    pub fn then(self, other: Self) -> Self {
        other.0.into_iter().fold(self, |whole, piece| match piece {
            Piece::Text(text) => whole.text(text),
            Piece::Code(code) => whole.code(code),
            Piece::Strong(text) => whole.strong(text),
            Piece::Place(place) => whole.place(place),
            Piece::Number(place) => whole.number(place),
        })
    }

    /// Several sentences as a list in one: `a, b and c`.
    #[must_use]
    pub fn listed(sentences: impl IntoIterator<Item = Self>) -> Self {
        let mut sentences = sentences.into_iter().peekable();
        let mut whole = Self::default();
        while let Some(sentence) = sentences.next() {
            let between = match (whole.is_empty(), sentences.peek().is_some()) {
                (true, _) => "",
                (false, true) => ", ",
                (false, false) => " and ",
            };
            whole = whole.text(between).then(sentence);
        }
        whole
    }

    /// Every text in it.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Text(text) | Piece::Code(text) | Piece::Strong(text) => Some(text.as_str()),
            Piece::Place(_) | Piece::Number(_) => None,
        })
    }

    /// Several sentences in one, with something between them.
    #[must_use]
    pub fn listed_with(sentences: impl IntoIterator<Item = Self>, between: &str) -> Self {
        let whole = |whole: Self, sentence: Self| {
            let between = if whole.is_empty() { "" } else { between };
            whole.text(between).then(sentence)
        };
        sentences.into_iter().fold(Self::default(), whole)
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_follow_words_are_one_piece() {
        let prose = Prose::of("a").text("b").code("c").text("");
        assert_eq!(prose.0, [Piece::Text("ab".into()), Piece::Code("c".into())]);
    }

    #[test]
    fn a_list_ends_in_and() {
        let listed = Prose::listed(["a", "b", "c"].map(Prose::of));
        assert_eq!(listed, Prose::of("a, b and c"));
    }
}
