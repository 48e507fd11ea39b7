//! A panic that a test asks for by `RUNBOOK_PANIC=WHEN UNIT MESSAGE`, so that what becomes of the run
//! and of the terminal is seen on the real program. Invariant: it isn't in a program that is built
//! without debug assertions.

use crate::event::Event;

/// Panics where the start or the end of an attempt is about to be kept.
pub(super) fn panic_at(event: &Event) {
    if let Event::AttemptStarted { key, .. } = event {
        panic_when("started", &key.unit);
    }
    if let Event::AttemptEnded(end) = event {
        panic_when("ended", &end.key.unit);
    }
}

/// Panics if this moment of this unit was asked for.
pub(super) fn panic_when(moment: &str, unit: &str) {
    let Ok(asked) = std::env::var("RUNBOOK_PANIC") else { return };
    let message = asked.strip_prefix(&format!("{moment} {unit} "));
    assert!(message.is_none(), "{}", message.unwrap_or_default());
}
