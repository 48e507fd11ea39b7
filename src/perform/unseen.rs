//! An attempt whose engine died and of which no supervisor noted the end either. What became of its
//! effect is for others to settle.

/// An attempt of which nobody saw the end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unseen {
    /// Those of its processes that still run and can't be ended; empty: none runs any more.
    pub survivors: Vec<String>,
}
