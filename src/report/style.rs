//! What a place that is written to can show. Whoever calls finds that out (a terminal, a pipe, a
//! locale): nothing in this layer reads the environment.
//!
//! Invariant: a mark or a colour only repeats what a word beside it says.

/// What can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether escape sequences for colours are understood and wanted.
    pub colour: bool,
    /// Whether characters beyond ASCII can be shown.
    pub unicode: bool,
    /// How many columns a line may have, at least 20; `usize::MAX`: lines are never folded.
    pub width: usize,
}

/// What a word is about, and so its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// As it should be.
    Good,
    /// Not as it should be.
    Bad,
    /// To be looked at.
    Doubtful,
    /// Something goes on.
    Busy,
    /// Less important.
    Quiet,
    /// A heading.
    Heading,
}

impl Default for Style {
    /// What every place understands.
    fn default() -> Self {
        Self { colour: false, unicode: false, width: 80 }
    }
}

impl Style {
    pub(super) fn paint(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Good => "32",
            Tone::Bad => "1;31",
            Tone::Doubtful => "33",
            Tone::Busy => "36",
            Tone::Quiet => "2",
            Tone::Heading => "1",
        };
        if self.colour && !text.is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// The mark before a word, with a blank; empty where only ASCII can be shown.
    pub(super) fn mark(self, tone: Tone) -> &'static str {
        if !self.unicode {
            return "";
        }
        match tone {
            Tone::Good => "✓ ",
            Tone::Bad => "✗ ",
            Tone::Doubtful => "! ",
            Tone::Busy => "→ ",
            Tone::Quiet => "· ",
            Tone::Heading => "■ ",
        }
    }

    /// What stands for text that was left out.
    pub(super) fn ellipsis(self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }

    pub(super) fn columns(self) -> usize {
        self.width.max(20)
    }
}
