//! What has a name and a value at this point of a run. Secrets are never among it.

use super::Record;
use crate::model::{Escape, Values};
use crate::plan::{Plan, Unit};

impl Record {
    /// What is known by name now: the plan's values, and what was captured and preserved; the default
    /// of what wasn't captured.
    #[must_use]
    pub fn all_values(&self, plan: &Plan) -> Values {
        let mut values = plan.values.clone();
        values.extend(self.values.iter().map(|(name, value)| (name.clone(), value.clone())));
        // What was passed over has captured nothing: its defaults stand.
        for capture in plan.units.iter().filter_map(Unit::activity).flat_map(|activity| &activity.captures) {
            let missing = capture.default.as_ref().filter(|_| !values.contains_key(&capture.name.value));
            if let Some(Ok(value)) = missing.map(|default| default.render(&values, Escape::None)) {
                values.insert(capture.name.value.clone(), value);
            }
        }
        values
    }
}
