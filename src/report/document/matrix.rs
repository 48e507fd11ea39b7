//! The failure matrix as a document has it: what is done if something fails, for each place at which
//! that is something else. What is decided alike one after the other is one row.

use super::contents::MatrixRow;
use super::prose::{Place, Prose};
use crate::event::{Failing, FailureRow, Forecast};
use crate::report::forecast::ends_whole;
use crate::report::times::seconds;

/// The rows, in the order of the units.
pub(super) fn matrix(forecast: &Forecast) -> Vec<MatrixRow> {
    let mut rows = Vec::new();
    for alike in forecast.matrix.chunk_by(is_alike) {
        let (Some(first), Some(last)) = (alike.first(), alike.last()) else { continue };
        rows.push(MatrixRow {
            fails: fails(first, last),
            undone: undone(forecast, first),
            takes: takes(first),
            loses: forecast.losses(first).map(str::to_owned).collect(),
            ends: ends(first),
            exit: first.exit,
        });
    }
    rows
}

fn fails(first: &FailureRow, last: &FailureRow) -> Prose {
    let said = if first.unit == last.unit {
        Prose::default().place(Place::Unit(first.unit))
    } else {
        Prose::default().number(Place::Unit(first.unit)).text(" to ").number(Place::Unit(last.unit))
    };
    match first.failing {
        Failing::Fails => said,
        Failing::NoAnswer => said.text(" without an answer"),
        Failing::Crash => said.text(" by a crash of the engine"),
    }
}

fn is_alike(one: &FailureRow, other: &FailureRow) -> bool {
    FailureRow { unit: other.unit, ..one.clone() } == *other
}

/// Which inverses run: `R2 to R6`.
fn undone(forecast: &Forecast, row: &FailureRow) -> Prose {
    let all: Vec<_> = forecast.undoable.get(row.undo.clone()).unwrap_or_default().iter().rev().copied().collect();
    let run: Vec<_> = all.iter().copied().filter(|index| !row.spared.contains(index)).collect();
    let number = |index: &usize| Prose::default().number(Place::Back(*index));
    let (Some(first), Some(last)) = (run.first(), run.last()) else { return Prose::of("nothing is undone") };
    let said = match run.len() {
        1 => number(first),
        2 => number(first).text(" and ").then(number(last)),
        _ => number(first).text(" to ").then(number(last)),
    };
    // One at an end isn't in between.
    let spared = Prose::listed(row.spared.iter().filter(|index| first > *index && *index > last).map(number));
    if spared.is_empty() { said } else { said.text(" without ").then(spared) }
}

fn takes(row: &FailureRow) -> String {
    match (row.about > 0.0, row.at_most > 0.0) {
        (_, false) => String::new(),
        (true, true) => format!("about {}, at most {}", seconds(row.about), seconds(row.at_most)),
        (false, true) => format!("at most {}", seconds(row.at_most)),
    }
}

fn ends(row: &FailureRow) -> Prose {
    let said = Prose::of(ends_whole(row.ends));
    match row.stops_at {
        Some(stops_at) => said.text(", at ").number(Place::Unit(stops_at)),
        None => said,
    }
}
