//! What actions answer here, in the product's own words.

use runbook::event::{Outcome, Performance};
use runbook::perform::supervisor::{Captured, End, Ending, Stream, Together};
use runbook::plan::ResolvedAction;

use crate::scene::Says;

pub fn is_process(action: &ResolvedAction) -> bool {
    matches!(action, ResolvedAction::Run(_) | ResolvedAction::Script(_) | ResolvedAction::Pipe { .. })
}

pub fn nothing(outcome: Outcome, why: &str) -> Performance {
    Performance { outcome, observation: None, trouble: Some(why.to_owned()), seconds: 0.0 }
}

pub fn ending(says: Says) -> Ending {
    let end = match says {
        Says::Exit(code) => End::Exited { code },
        Says::IsUnknown => End::CutShort { why: "the budget is spent".to_owned() },
        Says::DoesNotStart => End::DidNotStart { why: "no such program".to_owned() },
    };
    Ending {
        end,
        seconds: 0.0,
        stdout: Some(Captured::default()),
        stderr: None,
        output: Together::Same(Stream::Stdout),
        left_behind: Vec::new(),
        survivors: Vec::new(),
        stayed: Vec::new(),
        to: None,
        trouble: None,
    }
}
