//! How many differences of which class there are, in one line; and what one is about.

use std::collections::BTreeMap;

use crate::model::compare::{Class, Difference, Shown};

/// What is said where nothing differs.
pub(super) const NO_CHANGE: &str = "no change";

/// `3 changes: 1 inverse-removed, 2 loosened`, the riskiest first.
pub(super) fn tally(differences: &[Difference]) -> String {
    let mut counts: BTreeMap<Class, usize> = BTreeMap::new();
    for difference in differences {
        *counts.entry(difference.class).or_default() += 1;
    }
    let counts: Vec<_> = counts.iter().map(|(class, count)| format!("{count} {class}")).collect();
    let changes = if differences.len() == 1 { "1 change".to_owned() } else { format!("{} changes", differences.len()) };
    format!("{changes}: {}", counts.join(", "))
}

/// `step migrate`, `wait`.
pub(super) fn subject(difference: &Difference) -> String {
    format!("{} {}", difference.kind.word(), difference.id).trim_end().to_owned()
}

/// `release.kdl:12 → release.kdl:14`; what stands nowhere isn't named.
pub(super) fn places(difference: &Difference, arrow: &str) -> String {
    let place = |shown: &Option<Shown>| {
        let shown = shown.as_ref()?;
        Some(format!("{}:{}", shown.file.as_ref()?, shown.line?))
    };
    match (place(&difference.old), place(&difference.new)) {
        (Some(old), Some(new)) => format!("{old} {arrow} {new}"),
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => String::new(),
    }
}

/// The texts of both sides; empty where there is none.
pub(super) fn texts(difference: &Difference) -> (&str, &str) {
    let [old, new] = [&difference.old, &difference.new].map(|side| side.as_ref().map_or("", |it| it.text.as_str()));
    (old, new)
}
