//! What the runbook is expected to be, written down a second time: its steps in their order, and
//! which of them have something to take back.

/// The steps in their order.
pub const STEPS: [&str; 8] =
    ["fetch", "stop-service", "take-backup", "checkout", "dependencies", "migrate", "start-service", "smoke-post"];

/// The way back from the end, each with the step whose start makes it necessary: the inverses in
/// reverse order, and the `on-rollback` that the run passes right before `checkout`.
const BACK: [(&str, &str); 6] = [
    ("start-service", "start-service"),
    ("migrate", "migrate"),
    ("checkout", "checkout"),
    ("dependencies-back", "checkout"),
    ("stop-service", "stop-service"),
    ("fetch", "fetch"),
];

/// The way back when these steps started.
pub fn way_back(started: &[String]) -> Vec<String> {
    let needed = |step: &str| started.iter().any(|it| it == step);
    BACK.iter().filter(|(_, step)| needed(step)).map(|(unit, _)| (*unit).to_owned()).collect()
}

/// The steps up to this one.
pub fn up_to(step: &str) -> Vec<String> {
    let end = STEPS.iter().position(|it| *it == step).unwrap();
    STEPS[..=end].iter().map(|&step| step.to_owned()).collect()
}

/// What must not happen twice for one run, whoever asks: step, program, and how its arguments begin.
pub const ONCE: [(&str, &str, &str); 3] = [
    ("migrate", "uv", "run --no-sync python -m app.migrate_"),
    ("checkout", "git", "checkout --detach v0.3.0"),
    ("stop-service", "systemctl", "--no-ask-password stop -- "),
];
