//! Which names there are at all: what a reference may mean, wherever it stands.

use std::collections::BTreeMap;

use super::places::places;
use crate::model::{Item, Runbook};
use crate::syntax::Span;

/// What made a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Input,
    Let,
    Capture,
    Preserve,
    Secret,
    Run,
}

impl Origin {
    /// The node that makes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Let => "let",
            Self::Capture => "capture",
            Self::Preserve => "preserve",
            Self::Secret => "secret",
            Self::Run => "run",
        }
    }
}

/// A name and where it is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    /// What made it.
    pub origin: Origin,
    /// Where; the default range for `run.…`.
    pub span: Span,
}

/// Every name of a runbook as a reference spells it: `version`, `secret.key`, `run.id`.
pub(super) fn known_names(runbook: &Runbook) -> BTreeMap<String, Known> {
    let mut known = BTreeMap::new();
    let mut add = |name: String, origin, span| {
        known.entry(name).or_insert(Known { origin, span });
    };
    for name in ["run.id", "run.started"] {
        add(name.to_owned(), Origin::Run, Span::default());
    }
    runbook.inputs.iter().for_each(|input| add(input.name.value.clone(), Origin::Input, input.name.span));
    runbook.lets.iter().for_each(|derived| add(derived.name.value.clone(), Origin::Let, derived.name.span));
    for secret in &runbook.secrets {
        add(format!("secret.{}", secret.name.value), Origin::Secret, secret.name.span);
    }
    for place in places(runbook) {
        for capture in &place.activity.captures {
            add(capture.name.value.clone(), Origin::Capture, capture.name.span);
        }
    }
    for item in runbook.phases.iter().flat_map(|phase| &phase.items) {
        if let Item::Checkpoint(checkpoint) = item {
            for kept in &checkpoint.preserves {
                add(kept.name.value.clone(), Origin::Preserve, kept.name.span);
            }
        }
    }
    known
}
