//! Every action of a runbook with the part it plays: what rules walk over.

use crate::model::{Activity, Check, Checkpoint, Inverse, Item, Phase, Preserve, Runbook, Step};

/// An activity and the part it plays.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// The part it plays, and in what.
    pub part: Part<'a>,
    /// The activity.
    pub activity: &'a Activity,
}

/// What an activity is there for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part<'a> {
    Check,
    Preserve(&'a Preserve),
    Step(&'a Step),
    Applied,
    Inverse(&'a Step),
    OnRollback,
    Diagnose,
}

/// Every activity of the runbook, in the order in which it is written.
pub(super) fn places(runbook: &Runbook) -> Vec<Place<'_>> {
    runbook.phases.iter().flat_map(|phase| &phase.items).flat_map(item_places).collect()
}

/// Every activity of one item.
pub(super) fn item_places(item: &Item) -> Vec<Place<'_>> {
    match item {
        Item::Check(check) => check_places(check),
        Item::Step(step) => step_places(step),
        Item::OnRollback(back) => vec![Place { part: Part::OnRollback, activity: &back.activity }],
        Item::Checkpoint(checkpoint) => checkpoint_places(checkpoint),
        Item::Parallel(parallel) => parallel.branches.iter().flat_map(item_places).collect(),
        Item::Manual(_) | Item::Wait(_) => Vec::new(),
    }
}

/// Every step in the order of execution, those of `parallel` included.
pub(super) fn steps(runbook: &Runbook) -> Vec<&Step> {
    runbook.phases.iter().flat_map(phase_items).filter_map(as_step).collect()
}

/// The items of a phase, with the branches of `parallel` in place of it.
pub(super) fn phase_items(phase: &Phase) -> Vec<&Item> {
    let mut items = Vec::new();
    for item in &phase.items {
        match item {
            Item::Parallel(parallel) => items.extend(&parallel.branches),
            Item::Check(_)
            | Item::Step(_)
            | Item::OnRollback(_)
            | Item::Checkpoint(_)
            | Item::Manual(_)
            | Item::Wait(_) => items.push(item),
        }
    }
    items
}

/// The step that an item is; `None` for all others.
pub(super) fn as_step(item: &Item) -> Option<&Step> {
    match item {
        Item::Step(step) => Some(step),
        Item::Check(_)
        | Item::OnRollback(_)
        | Item::Checkpoint(_)
        | Item::Manual(_)
        | Item::Wait(_)
        | Item::Parallel(_) => None,
    }
}

fn check_places(check: &Check) -> Vec<Place<'_>> {
    let mut places = vec![Place { part: Part::Check, activity: &check.activity }];
    places.extend(check.diagnose.iter().map(|activity| Place { part: Part::Diagnose, activity }));
    places
}

fn checkpoint_places(checkpoint: &Checkpoint) -> Vec<Place<'_>> {
    let mut places: Vec<_> = checkpoint.checks.iter().flat_map(check_places).collect();
    places
        .extend(checkpoint.preserves.iter().map(|kept| Place { part: Part::Preserve(kept), activity: &kept.activity }));
    places
}

fn step_places(step: &Step) -> Vec<Place<'_>> {
    let mut places = Vec::new();
    if let Some(applied) = &step.applied {
        places.push(Place { part: Part::Applied, activity: &applied.activity });
    }
    places.push(Place { part: Part::Step(step), activity: &step.activity });
    places.extend(step.diagnose.iter().map(|activity| Place { part: Part::Diagnose, activity }));
    if let Inverse::Written(inverse) = &step.inverse {
        places.push(Place { part: Part::Inverse(step), activity: &inverse.activity });
    }
    places
}
