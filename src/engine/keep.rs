//! Values that are kept: preserved at a checkpoint on the way out, and compared after a rollback.
//! Invariant: a value that isn't there is a failure, never an empty one.

#![expect(clippy::similar_names, reason = "a carrier and what it carried are two words of this layer")]

use super::carry::{Carried, Carrier, Errand};
use super::judge::preserved_equal;
use crate::event::{Failure, FailureKind, Held};
use crate::model::Preserve;

/// Takes the preserved value out of what was observed; after a rollback it must equal what it was.
pub(super) fn keep(carrier: &Carrier, errand: &Errand, preserve: &Preserve, carried: &mut Carried, was: Option<&str>) {
    let Some(observation) = carried.observation.as_ref().filter(|_| carried.failure.is_none()) else { return };
    let unexpected = |why: String| Some(Failure { kind: FailureKind::Unexpected, why });
    match carrier.judge.select(&preserve.select, observation, errand.known.plain()) {
        Ok(Some(value)) => {
            if let Some(was) = was {
                let judgement = preserved_equal(preserve, was, &value, &carrier.sources);
                if judgement.held != Held::Yes {
                    carried.failure = unexpected(format!("{} was {was} and is {value}", preserve.name.value));
                }
                carried.judgements.push(judgement);
            }
            carried.captures.insert(preserve.name.value.clone(), value);
        }
        Ok(None) => carried.failure = unexpected("there is no value to preserve".to_owned()),
        Err(error) => carried.failure = unexpected(error.to_string()),
    }
}
