//! The rows of a failure matrix, folded: places at which the same happens are one row, and a long run of
//! rows that each undo one step more is its first and its last.

use crate::event::{FailureRow, Forecast};

/// From so many rows on, rows of one shape are folded.
const MANY: usize = 30;

/// One line of a folded matrix.
pub(super) enum Rung<'a> {
    /// Rows at which the same happens, the first and the last of them, and how many there are.
    Row { first: &'a FailureRow, last: &'a FailureRow, count: usize },
    /// So many rows of the shape of the one before: each undoes its own step, and then all that the row
    /// before it undoes.
    Like(usize),
}

/// The rungs of a forecast.
pub(super) fn rungs(forecast: &Forecast) -> Vec<Rung<'_>> {
    let mut groups: Vec<(&FailureRow, &FailureRow, usize)> = Vec::new();
    for row in &forecast.matrix {
        match groups.last_mut() {
            Some((first, last, count)) if is_same(first, row) => (*last, *count) = (row, *count + 1),
            _ => groups.push((row, row, 1)),
        }
    }
    let is_long = groups.len() > MANY;
    let mut rungs = Vec::new();
    let mut place = 0;
    while let Some((first, last, count)) = groups.get(place).copied() {
        rungs.push(Rung::Row { first, last, count });
        place += 1;
        let pairs = groups.iter().skip(place - 1).zip(groups.iter().skip(place));
        let like = pairs.take_while(|(one, next)| undoes_one_more(forecast, one.0, next.0)).count();
        // The last of them is shown.
        if is_long && like > 3 {
            rungs.push(Rung::Like(like - 1));
            place += like - 1;
        }
    }
    rungs
}

fn is_same(one: &FailureRow, other: &FailureRow) -> bool {
    one.failing == other.failing
        && one.undo == other.undo
        && one.spared == other.spared
        && one.verify == other.verify
        && one.ends == other.ends
        && one.stops_at == other.stops_at
}

fn undoes_one_more(forecast: &Forecast, one: &FailureRow, next: &FailureRow) -> bool {
    let own = next.undo.end.checked_sub(1).and_then(|last| forecast.undoable.get(last));
    let loses = own.and_then(|index| forecast.units.get(*index)).is_some_and(|unit| unit.unit.loses.is_some());
    one.failing == next.failing
        && one.ends == next.ends
        && one.stops_at == next.stops_at
        && one.undo.start == next.undo.start
        && one.undo.end + 1 == next.undo.end
        && one.spared == next.spared
        && !loses
}
