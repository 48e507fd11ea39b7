//! Why an engine gives a run up half way: never for what a step did, only because the run can't be
//! recorded any more or somebody wants to leave. Invariant: every error has a code that is explained.

use crate::event::StoreError;

/// Why an engine gave up.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The journal can't be kept: nothing may act any more.
    #[error("nothing may act any more: {0}")]
    Store(#[from] StoreError),
    /// The third interruption: the run goes on from here with `resume` or `rollback`.
    #[error("left at once, as asked; the journal is whole")]
    Left,
    /// A mistake of ours: the engine stopped where it stood, as if it had been killed.
    #[error("the engine stopped by a mistake in runbook itself; the journal is whole")]
    Panicked,
}

impl EngineError {
    /// Every code of this layer with its explanation.
    pub const CODES: &[(&'static str, &'static str)] = &[
        (
            "runbook::engine::journal",
            "What the run does next couldn't be written down first, so it does nothing more, forward or back: an effect \
             of which there is no record could neither be continued nor taken back. What is still to undo is printed \
             as commands. Make the disk well again; `runbook rollback` reads the journal back and goes on.",
        ),
        (
            "runbook::engine::left",
            "A person pressed Ctrl-C a third time, or chose to leave: the engine is gone, what ran goes on under its \
             supervisor, and the journal has everything. `runbook resume` goes on, `runbook rollback` takes it back.",
        ),
        (
            "runbook::engine::panicked",
            "The engine found itself in a state that it takes to be impossible, and stopped where it stood. What it had \
             written down is whole, and what ran goes on under its supervisor, as if the engine had been killed. \
             `runbook resume` goes on, `runbook rollback` takes it back. The mistake is in runbook and not in the \
             release; the line that was printed says where.",
        ),
    ];

    /// The code that `runbook explain` documents.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(_) => "runbook::engine::journal",
            Self::Left => "runbook::engine::left",
            Self::Panicked => "runbook::engine::panicked",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::EngineError;
    use crate::event::StoreError;

    #[test]
    fn every_code_is_explained() {
        let errors = [EngineError::Store(StoreError(String::new())), EngineError::Left, EngineError::Panicked];
        let codes: Vec<_> = errors.iter().map(EngineError::code).collect();
        let explained: Vec<_> = EngineError::CODES.iter().map(|(code, _)| *code).collect();
        assert_eq!(codes, explained);
    }
}
