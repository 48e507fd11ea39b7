//! What reaches the engine from outside while something runs.

/// Something from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A signal.
    Signal(Signal),
    /// A running action printed a line.
    Printed {
        /// The unit.
        unit: String,
        /// The line, masked.
        line: String,
    },
    /// Something about the run is worth a line.
    Told(String),
    /// A lock may be lost; `Locks::lost` says whether.
    LockLost,
}

/// A signal that asks the run to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
}
