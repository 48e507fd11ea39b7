//! What is known by name while a run goes on: put together once, and kept up as steps bring more.
//! Every attempt shares it, so that a step costs the same however many values are known.
//!
//! One invariant: it always equals what the record and the plan say.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::event::{Event, Record};
use crate::model::Values;
use crate::plan::{Plan, Unit};

/// The values that an errand may use.
#[derive(Debug, Clone, Default)]
pub struct Known {
    plain: Rc<Values>,
    /// With the secrets; `None`: there are none.
    secret: Option<Rc<Values>>,
}

impl Known {
    /// These values, and these secrets.
    #[must_use]
    pub fn new(values: Values, secrets: &Values) -> Self {
        let secret = (!secrets.is_empty()).then(|| {
            let both = values.iter().chain(secrets);
            Rc::new(both.map(|(name, value)| (name.clone(), value.clone())).collect())
        });
        Self { plain: Rc::new(values), secret }
    }

    /// Without the secrets.
    #[must_use]
    pub fn plain(&self) -> &Values {
        &self.plain
    }

    /// With the secrets.
    #[must_use]
    pub fn with_secrets(&self) -> &Values {
        self.secret.as_ref().unwrap_or(&self.plain)
    }

    /// Takes new values in; `false`: somebody still uses the old ones.
    fn takes(&mut self, brought: &BTreeMap<String, String>) -> bool {
        let Some(plain) = Rc::get_mut(&mut self.plain) else { return false };
        let secret = match &mut self.secret {
            None => None,
            Some(secret) => match Rc::get_mut(secret) {
                Some(secret) => Some(secret),
                None => return false,
            },
        };
        for values in std::iter::once(plain).chain(secret) {
            values.extend(brought.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        true
    }
}

/// Keeps what is known.
#[derive(Debug)]
pub(super) struct Knowing {
    known: RefCell<Option<Known>>,
    /// A captured value has a default: what others bring may change it, so that all is put together anew.
    has_defaults: bool,
}

impl Knowing {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut captures = plan.units.iter().filter_map(Unit::activity).flat_map(|activity| &activity.captures);
        Self { known: RefCell::default(), has_defaults: captures.any(|capture| capture.default.is_some()) }
    }

    /// What is known now.
    pub(super) fn known(&self, record: &Record, plan: &Plan, secrets: &Values) -> Known {
        self.known.borrow_mut().get_or_insert_with(|| Known::new(record.all_values(plan), secrets)).clone()
    }

    /// Takes in what an event brings.
    pub(super) fn hear(&mut self, event: &Event) {
        let brought = match event {
            Event::AttemptEnded(end) => &end.captures,
            Event::LookEnded(end) if !end.verifying => &end.captures,
            _ => return,
        };
        let known = self.known.get_mut();
        if !brought.is_empty() && (self.has_defaults || !known.as_mut().is_some_and(|known| known.takes(brought))) {
            *known = None;
        }
    }
}
