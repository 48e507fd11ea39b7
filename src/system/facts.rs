//! What both systems tell of a process.

/// What the system tells of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessFacts {
    /// Its number.
    pub pid: i32,
    /// Its own name, cut after [`super::SHORT_NAME`] bytes.
    pub name: String,
    /// It has ended and waits to be reaped.
    pub is_dead: bool,
    /// Who started it, or has it now.
    pub parent: i32,
    /// Its process group; 0: one outside of the container.
    pub group: i32,
    /// Its session; 0: one outside of the container.
    pub session: i32,
    /// When it began, in the system's own count: with the number it names a process for as long as the
    /// machine runs.
    pub began: u64,
}
