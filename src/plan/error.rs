//! What can be wrong with the settings of a runbook that is itself sound. Invariant: every error has a
//! code, and every code its explanation.

/// Why the settings don't make a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// `--set` names no input.
    #[error("there is no input `{name}`; there are: {known}")]
    UnknownInput {
        /// The name.
        name: String,
        /// The inputs that there are.
        known: String,
    },
    /// An input without a default isn't set.
    #[error("input `{name}` has no default: give it with --set {name}=…{help}")]
    MissingInput {
        /// The name.
        name: String,
        /// ` (its help)`, or empty.
        help: String,
    },
    /// A value isn't what the input allows.
    #[error("input `{name}`: {why}")]
    RefusedInput {
        /// The name.
        name: String,
        /// What it should be.
        why: String,
    },
    /// A time isn't a time.
    #[error("{what}: `{value}` isn't a time such as 2026-06-10T08:00Z")]
    NotATime {
        /// What it is the time of.
        what: String,
        /// The value.
        value: String,
    },
    /// A window ends before it starts.
    #[error("{what} ends before it starts")]
    BackwardWindow {
        /// Whose window.
        what: String,
    },
    /// `at="T…"` without a window to start from.
    #[error("phase `{phase}` starts relative to T, but the runbook has no window")]
    NoT {
        /// The phase.
        phase: String,
    },
    /// A value can't be put in.
    #[error("{what}: {why}")]
    Value {
        /// What it is.
        what: String,
        /// Why.
        why: String,
    },
}

impl PlanError {
    /// Every code of this layer with its explanation.
    pub const CODES: &[(&'static str, &'static str)] = &[
        (
            "runbook::plan::unknown_input",
            "`--set` names no input of the runbook: most likely it is misspelled. A setting that nothing reads would be \
             silently without effect, so it is refused. The message lists the inputs that there are.",
        ),
        (
            "runbook::plan::missing_input",
            "An input without a default has to be given by whoever starts the run: --set NAME=VALUE. A default belongs \
             into the runbook only where it is right for every run.",
        ),
        (
            "runbook::plan::refused_input",
            "The value isn't what the input allows: its type, its `one-of`, its `matches` or its bounds. The value is \
             wrong for this runbook, or the runbook is too strict; nothing ran.",
        ),
        (
            "runbook::plan::not_a_time",
            "A time that comes out of a value isn't written as in RFC 3339: a date, a T, a time and a zone, such as \
             2026-06-10T08:00Z.",
        ),
        (
            "runbook::plan::backward_window",
            "With these settings a window ends before it starts, so that no step could ever stand in it. Give its start \
             and its end in this order.",
        ),
        (
            "runbook::plan::no_t",
            "`at=\"T+2h\"` counts from the start of the window, and the runbook has none. Add `window` to the runbook, \
             or give the phase a time of its own.",
        ),
        (
            "runbook::plan::value",
            "A text can't be put together from the values: one of them isn't known before the run, or a filter refuses \
             it. The message names the place and the reason.",
        ),
    ];

    /// The code that `runbook explain` documents.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownInput { .. } => "runbook::plan::unknown_input",
            Self::MissingInput { .. } => "runbook::plan::missing_input",
            Self::RefusedInput { .. } => "runbook::plan::refused_input",
            Self::NotATime { .. } => "runbook::plan::not_a_time",
            Self::BackwardWindow { .. } => "runbook::plan::backward_window",
            Self::NoT { .. } => "runbook::plan::no_t",
            Self::Value { .. } => "runbook::plan::value",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::PlanError;

    #[test]
    fn every_code_is_explained() {
        let text = String::new;
        let errors = [
            PlanError::UnknownInput { name: text(), known: text() },
            PlanError::MissingInput { name: text(), help: text() },
            PlanError::RefusedInput { name: text(), why: text() },
            PlanError::NotATime { what: text(), value: text() },
            PlanError::BackwardWindow { what: text() },
            PlanError::NoT { phase: text() },
            PlanError::Value { what: text(), why: text() },
        ];
        let codes: Vec<_> = errors.iter().map(PlanError::code).collect();
        let explained: Vec<_> = PlanError::CODES.iter().map(|(code, _)| *code).collect();
        assert_eq!(codes, explained);
    }
}
