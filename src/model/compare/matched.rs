//! Two units that are the same one: which of their facts differ, and what that means.

use std::collections::{BTreeSet, HashMap, VecDeque};

use super::Class;
use super::align::out_of_order;
use super::fact::{Fact, Part};
use super::rule::Rule;
use super::unit::Unit;
use crate::syntax::Span;

/// A difference between two units that are the same one.
#[derive(Debug)]
pub(super) struct Change {
    pub class: Class,
    pub what: String,
    pub old: Option<Side>,
    pub new: Option<Side>,
}

/// One side of it.
#[derive(Debug)]
pub(super) struct Side {
    pub text: String,
    /// Where it stands; the default range: where its unit does.
    pub span: Span,
    /// Whether it is a whole block, which is shown as its author wrote it.
    pub is_block: bool,
}

impl Side {
    fn line(fact: &Fact<'_>) -> Self {
        let is_block = matches!(fact.rule, Rule::Undoing(_));
        Self { text: fact.text.clone(), span: fact.span, is_block }
    }
}

/// All differences of what they say.
pub(super) fn changes(old: &Unit<'_>, new: &Unit<'_>) -> Vec<Change> {
    let same = old.facts.len() == new.facts.len()
        && old.facts.iter().zip(&new.facts).all(|(old, new)| old.part == new.part && old.text == new.text);
    if same {
        return Vec::new();
    }
    let mut found = Vec::new();
    let parts = |unit: &Unit<'_>| unit.facts.iter().map(|fact| fact.part).collect::<BTreeSet<_>>();
    let (before, after) = (parts(old), parts(new));
    for part in before.intersection(&after) {
        Compared { old, new }.facts(positions(old, *part), positions(new, *part), &mut found);
    }
    for part in before.symmetric_difference(&after) {
        found.extend(whole_part(*part, old, new));
    }
    found
}

/// Where the facts of a part are.
fn positions(unit: &Unit<'_>, part: Part) -> Vec<usize> {
    unit.facts.iter().enumerate().filter(|(_, fact)| fact.part == part).map(|(at, _)| at).collect()
}

struct Compared<'a, 'm> {
    old: &'a Unit<'m>,
    new: &'a Unit<'m>,
}

impl Compared<'_, '_> {
    /// The facts of one part: those that are the same text, then those that are about the same, as they
    /// are compared in the same way, then in order.
    fn facts(&self, mut old: Vec<usize>, mut new: Vec<usize>, found: &mut Vec<Change>) {
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        pair(&mut pairs, &mut old, &mut new, |is_old, at| self.fact(is_old, at).text.clone());
        let alike = pairs.len();
        pair(&mut pairs, &mut old, &mut new, |is_old, at| {
            let fact = self.fact(is_old, at);
            format!("{} {:?}", fact.about, way(fact))
        });
        pair(&mut pairs, &mut old, &mut new, |is_old, at| self.fact(is_old, at).about.clone());
        for (before, after) in pairs.iter().skip(alike) {
            let (before, after) = (&self.old.facts[*before], &self.new.facts[*after]);
            let (class, what) = before.rule.changed(&after.rule);
            found.push(Change {
                class,
                what: sentence(before, &what),
                old: Some(Side::line(before)),
                new: Some(Side::line(after)),
            });
        }
        for before in old.iter().map(|at| &self.old.facts[*at]) {
            let (class, what) = before.rule.removed();
            let old = Some(Side::line(before));
            found.push(Change { class, what: sentence(before, &what), old, new: None });
        }
        for after in new.iter().map(|at| &self.new.facts[*at]) {
            let (class, what) = after.rule.added();
            let new = Some(Side::line(after));
            found.push(Change { class, what: sentence(after, &what), old: None, new });
        }
        self.order(pairs, found);
    }

    /// Lines that only stand in another order.
    fn order(&self, mut pairs: Vec<(usize, usize)>, found: &mut Vec<Change>) {
        pairs.sort_unstable();
        let numbers: Vec<_> = pairs.iter().map(|(_, after)| *after).collect();
        for ((before, after), _) in pairs.iter().zip(out_of_order(&numbers)).filter(|(_, is_out)| *is_out) {
            let (before, after) = (&self.old.facts[*before], &self.new.facts[*after]);
            found.push(Change {
                class: Class::Reworded,
                what: sentence(after, "stands in another order"),
                old: Some(Side::line(before)),
                new: Some(Side::line(after)),
            });
        }
    }

    fn fact(&self, is_old: bool, at: usize) -> &Fact<'_> {
        if is_old { &self.old.facts[at] } else { &self.new.facts[at] }
    }
}

/// Pairs the facts that have the same key, in order; what is left stays.
fn pair(
    pairs: &mut Vec<(usize, usize)>,
    old: &mut Vec<usize>,
    new: &mut Vec<usize>,
    key: impl Fn(bool, usize) -> String,
) {
    if old.is_empty() || new.is_empty() {
        return;
    }
    let mut waiting: HashMap<String, VecDeque<usize>> = HashMap::new();
    for at in old.iter() {
        waiting.entry(key(true, *at)).or_default().push_back(*at);
    }
    let mut taken = BTreeSet::new();
    new.retain(|at| match waiting.get_mut(&key(false, *at)).and_then(VecDeque::pop_front) {
        Some(found) => {
            pairs.push((found, *at));
            taken.insert(found);
            false
        }
        None => true,
    });
    old.retain(|at| !taken.contains(at));
}

/// By what an expectation compares.
fn way(fact: &Fact<'_>) -> Option<crate::model::Matcher> {
    match fact.rule {
        Rule::Expects(expecting) => expecting.comparison.map(|comparison| comparison.matcher),
        _ => None,
    }
}

fn sentence(fact: &Fact<'_>, what: &str) -> String {
    let about = if fact.about.is_empty() { String::new() } else { format!("{} ", fact.about) };
    format!("{}{about}{what}", fact.part.before())
}

/// A block that only one of the two has.
fn whole_part(part: Part, old: &Unit<'_>, new: &Unit<'_>) -> Option<Change> {
    let block = |unit: &Unit<'_>| {
        let fact = unit.facts.iter().find(|fact| fact.part == part)?;
        Some(Side { text: fact.text.clone(), span: fact.span, is_block: true })
    };
    let (old, new) = (block(old), block(new));
    let (class, what) = match (part, new.is_some()) {
        // How the step is undone says it.
        (Part::Own | Part::Inverse, _) => return None,
        (Part::Applied, true) => (Class::ActionChanged, "applied is new: where it holds, the step is skipped"),
        (Part::Applied, false) => (Class::GuardWeakened, "applied is gone: nothing verifies the step"),
        (Part::Diagnose(_), true) => (Class::ActionChanged, "diagnose is new"),
        (Part::Diagnose(_), false) => (Class::GuardWeakened, "diagnose is gone"),
    };
    Some(Change { class, what: what.to_owned(), old, new })
}
