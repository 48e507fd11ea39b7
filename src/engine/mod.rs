//! The pure `decide`, the judge of expectations, and the driver: the only emitter of events.

pub mod judge;
