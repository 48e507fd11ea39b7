//! What it means that a fact is new, is gone or differs. A rule decides only how risky a difference
//! is; that there is one, the texts have said.

use super::Class;
use super::relation::{Expecting, Relation};
use crate::model::{InputType, Inverse};

/// What a difference of a fact means.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rule<'m> {
    /// Nobody but people reads it.
    Words,
    /// The same, whatever became of it.
    Of(Class),
    /// By what became of it.
    By {
        /// It is new.
        added: Class,
        /// It is gone.
        removed: Class,
        /// It differs.
        changed: Class,
    },
    /// A number of which more and less mean something.
    Amount(f64, Measure),
    /// How strong a guard is; more is stronger.
    Strength(u8),
    /// What is expected.
    Expects(Expecting<'m>),
    /// The only values that there may be.
    Choice(&'m [String]),
    /// What a value must look like.
    Type(InputType),
    /// How a step is undone.
    Undoing(&'m Inverse),
}

/// What a number measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    /// How long something may take; without one: for ever.
    Limit,
    /// How long it is expected to take.
    Estimate,
    /// How often in a row something must hold; without one: once.
    Hold,
    /// How often something is tried; without one: once.
    Attempts,
    /// After how long people are called.
    Patience,
}

/// A class and the end of a sentence.
pub(super) type Outcome = (Class, String);

impl Rule<'_> {
    /// What it means that the fact is new.
    pub fn added(&self) -> Outcome {
        let class = match self {
            Self::Words => Class::Reworded,
            Self::Of(class) => *class,
            Self::By { added, .. } => *added,
            Self::Amount(_, Measure::Limit) => Class::BudgetLowered,
            Self::Amount(_, Measure::Hold) | Self::Expects(_) | Self::Choice(_) => Class::Tightened,
            Self::Amount(_, Measure::Attempts) => Class::GuardWeakened,
            Self::Amount(_, Measure::Estimate | Measure::Patience) | Self::Type(_) | Self::Undoing(_) => Class::Changed,
            Self::Strength(_) => Class::GuardStrengthened,
        };
        (class, "is new".to_owned())
    }

    /// What it means that the fact is gone.
    pub fn removed(&self) -> Outcome {
        let class = match self {
            Self::Words => Class::Reworded,
            Self::Of(class) => *class,
            Self::By { removed, .. } => *removed,
            Self::Amount(_, Measure::Limit) => Class::BudgetRaised,
            Self::Amount(_, Measure::Hold) | Self::Expects(_) | Self::Choice(_) => Class::Loosened,
            Self::Amount(_, Measure::Attempts) => Class::GuardStrengthened,
            Self::Amount(_, Measure::Estimate | Measure::Patience) | Self::Type(_) | Self::Undoing(_) => Class::Changed,
            Self::Strength(_) => Class::GuardWeakened,
        };
        (class, "is gone".to_owned())
    }

    /// What it means that the newer one is there in its place.
    pub fn changed(&self, newer: &Rule<'_>) -> Outcome {
        match (self, newer) {
            (Rule::Words, Rule::Words) => (Class::Reworded, "is said in other words".to_owned()),
            (Rule::Of(class) | Rule::By { changed: class, .. }, _) => (*class, "differs".to_owned()),
            (Rule::Amount(old, measure), Rule::Amount(new, _)) => measured(*measure, *old, *new),
            (Rule::Strength(old), Rule::Strength(new)) if new < old => weaker(),
            (Rule::Strength(_), Rule::Strength(_)) => (Class::GuardStrengthened, "is stronger".to_owned()),
            (Rule::Expects(old), Rule::Expects(new)) => accepted(Relation::between(*old, *new)),
            (Rule::Choice(old), Rule::Choice(new)) => {
                let within = |inner: &[String], outer: &[String]| inner.iter().all(|value| outer.contains(value));
                accepted(match (within(old, new), within(new, old)) {
                    (true, true) => Relation::Same,
                    (true, false) => Relation::Looser,
                    (false, true) => Relation::Tighter,
                    (false, false) => Relation::Unclear,
                })
            }
            (Rule::Type(old), Rule::Type(new)) => accepted(types(*old, *new)),
            (Rule::Undoing(old), Rule::Undoing(new)) => undone(old, new),
            (_, _) => (Class::Changed, "differs".to_owned()),
        }
    }
}

fn weaker() -> Outcome {
    (Class::GuardWeakened, "is weaker".to_owned())
}

fn accepted(relation: Relation) -> Outcome {
    match relation {
        Relation::Same => (Class::Reworded, "accepts the same, spelled differently".to_owned()),
        Relation::Looser => (Class::Loosened, "accepts more".to_owned()),
        Relation::Tighter => (Class::Tightened, "accepts less".to_owned()),
        Relation::Unclear => {
            (Class::Changed, "differs, and whether it accepts more or less can't be told from the text".to_owned())
        }
    }
}

fn measured(measure: Measure, old: f64, new: f64) -> Outcome {
    let is_more = new > old;
    match (measure, is_more) {
        (Measure::Limit | Measure::Estimate, true) => (Class::BudgetRaised, "is longer".to_owned()),
        (Measure::Limit | Measure::Estimate, false) => (Class::BudgetLowered, "is shorter".to_owned()),
        (Measure::Hold, true) => (Class::Tightened, "must hold more often".to_owned()),
        (Measure::Hold, false) => (Class::Loosened, "must hold less often".to_owned()),
        (Measure::Attempts, true) => (Class::GuardWeakened, "acts more often".to_owned()),
        (Measure::Attempts, false) => (Class::GuardStrengthened, "acts less often".to_owned()),
        (Measure::Patience, true) => (Class::GuardWeakened, "calls people later".to_owned()),
        (Measure::Patience, false) => (Class::GuardStrengthened, "calls people earlier".to_owned()),
    }
}

/// Every text is a `string`, and every whole number a number.
fn types(old: InputType, new: InputType) -> Relation {
    match (old, new) {
        (InputType::String, InputType::String) => Relation::Same,
        (InputType::Int, InputType::Number) | (_, InputType::String) => Relation::Looser,
        (InputType::Number, InputType::Int) | (InputType::String, _) => Relation::Tighter,
        (_, _) => Relation::Unclear,
    }
}

fn undone(old: &Inverse, new: &Inverse) -> Outcome {
    let (class, what) = match (old, new) {
        (Inverse::Written(_), Inverse::Written(_)) | (Inverse::Derived, Inverse::Derived) => {
            (Class::InverseChanged, "is undone in another way")
        }
        (Inverse::Written(_), Inverse::Derived) => {
            (Class::InverseChanged, "is undone by the action's own inverse instead of a written one")
        }
        (Inverse::Derived, Inverse::Written(_)) => {
            (Class::InverseChanged, "is undone by a written inverse instead of the action's own")
        }
        (Inverse::Written(_) | Inverse::Derived, Inverse::None { .. }) => {
            (Class::InverseRemoved, "can't be undone any more: its inverse is gone")
        }
        (Inverse::Written(_) | Inverse::Derived, Inverse::Irreversible { .. }) => {
            (Class::NoReturnAdded, "is a point of no return now: its inverse is gone")
        }
        (Inverse::None { .. }, Inverse::Irreversible { .. }) => (Class::NoReturnAdded, "is a point of no return now"),
        (Inverse::None { .. }, Inverse::Written(_) | Inverse::Derived) => (Class::InverseAdded, "can be undone now"),
        (Inverse::Irreversible { .. }, Inverse::Written(_) | Inverse::Derived) => {
            (Class::InverseAdded, "is no point of no return any more: it can be undone")
        }
        (Inverse::Irreversible { .. }, Inverse::None { .. }) => {
            (Class::GuardWeakened, "is no point of no return any more, and nothing undoes it")
        }
        (Inverse::None { .. }, Inverse::None { .. }) | (Inverse::Irreversible { .. }, Inverse::Irreversible { .. }) => {
            (Class::Reworded, "has another reason for not being undone")
        }
    };
    (class, what.to_owned())
}
