//! What all parts of a document are told with: the plan, the values as a reader knows them before
//! the run, and the number of everything.
//!
//! A value that nobody knows before the run reads `«name»`, wherever it stands, so that one look at a
//! text finds all of them. A secret reads as the shell's variable of its name.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::prose::{Place, Prose};
use crate::event::Forecast;
use crate::model::{Activity, Values};
use crate::plan::{Plan, Unit, UnitKind, secret_by_hand};

/// What stands in a phase, as a reader sees it.
pub(super) enum Group {
    /// One unit.
    One(usize),
    /// A checkpoint, and its units.
    Checkpoint(usize, Range<usize>),
    /// Branches.
    Parallel(Range<usize>),
}

/// When somebody knows a value that isn't known before the run.
#[derive(Clone, Copy)]
enum Known {
    After(usize),
    AtTheStart,
    Given,
}

/// What a document is told with.
pub(super) struct Telling<'a> {
    pub plan: &'a Plan,
    pub forecast: &'a Forecast,
    pub values: Values,
    later: BTreeMap<String, Known>,
    numbers: Vec<String>,
    checkpoints: Vec<String>,
    backs: BTreeMap<usize, String>,
}

impl<'a> Telling<'a> {
    pub fn of(plan: &'a Plan, forecast: &'a Forecast) -> Self {
        let mut told = Self {
            plan,
            forecast,
            values: plan.values.clone(),
            later: BTreeMap::new(),
            numbers: vec![String::new(); plan.units.len()],
            checkpoints: vec![String::new(); plan.checkpoints.len()],
            backs: BTreeMap::new(),
        };
        told.number();
        told.wait_for_values();
        told
    }

    fn number(&mut self) {
        for (phase, number) in self.plan.phases.iter().zip(1..) {
            let mut item = 0;
            for group in groups(self.plan, &phase.units) {
                if let Group::One(index) = group
                    && self.unit(index).is_some_and(|unit| matches!(unit.kind, UnitKind::OnRollback(_)))
                {
                    continue;
                }
                item += 1;
                let own = format!("{number}.{item}");
                let members = match group {
                    Group::One(index) => {
                        self.set(index, own);
                        continue;
                    }
                    Group::Checkpoint(checkpoint, units) => {
                        if let Some(place) = self.checkpoints.get_mut(checkpoint) {
                            place.clone_from(&own);
                        }
                        units
                    }
                    Group::Parallel(units) => units,
                };
                for (index, member) in members.zip(1..) {
                    self.set(index, format!("{own}.{member}"));
                }
            }
        }
        let undone = (0..self.plan.units.len()).rev().filter(|index| self.unit(*index).is_some_and(Unit::has_way_back));
        self.backs = undone.zip(1..).map(|(index, number)| (index, format!("R{number}"))).collect();
    }

    fn set(&mut self, index: usize, number: String) {
        if let Some(place) = self.numbers.get_mut(index) {
            *place = number;
        }
    }

    fn wait_for_values(&mut self) {
        let plan = self.plan;
        let open = plan.runbook.inputs.iter().map(|input| &input.name.value);
        for name in open.filter(|name| plan.inputs.get(*name).is_none_or(|value| *value == placeholder(name))) {
            self.later.insert(name.clone(), Known::Given);
        }
        for name in ["run.id", "run.started"] {
            self.later.insert(name.to_owned(), Known::AtTheStart);
        }
        for (index, unit) in plan.units.iter().enumerate() {
            let captures = unit.activity().map(|activity| activity.captures.as_slice()).unwrap_or_default();
            let mut names: Vec<_> = captures.iter().map(|capture| &capture.name.value).collect();
            if let UnitKind::Preserve(preserve) = &unit.kind {
                names.push(&preserve.name.value);
            }
            for name in names {
                self.later.insert(name.clone(), Known::After(index));
            }
        }
        for name in self.later.keys() {
            self.values.insert(name.clone(), placeholder(name));
        }
        for derived in &plan.runbook.lets {
            if !self.values.contains_key(&derived.name.value) {
                let value = derived.value.render_known(&self.values);
                self.values.insert(derived.name.value.clone(), value);
            }
        }
        for secret in &plan.runbook.secrets {
            let name = &secret.name.value;
            self.values.insert(format!("secret.{name}"), secret_by_hand(name));
        }
    }

    pub fn unit(&self, index: usize) -> Option<&'a Unit> {
        self.plan.units.get(index)
    }

    /// The number of a place; empty for one that has none.
    pub fn number_of(&self, place: Place) -> &str {
        match place {
            Place::Unit(index) => self.numbers.get(index).map_or("", String::as_str),
            Place::Checkpoint(index) => self.checkpoints.get(index).map_or("", String::as_str),
            Place::Back(index) => self.backs.get(&index).map_or("", String::as_str),
        }
    }

    /// When the values that texts name and nobody knows before the run are known.
    pub fn known_later<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> Vec<Prose> {
        let inside = texts.into_iter().flat_map(|text| text.split('«').skip(1)).filter_map(|rest| rest.split_once('»'));
        let names: BTreeSet<_> = inside.map(|(name, _)| name).collect();
        let later = names.into_iter().filter_map(|name| Some((name, self.later.get(name)?)));
        later
            .map(|(name, known)| {
                let value = Prose::default().code(placeholder(name));
                match known {
                    Known::After(index) => value.text(" is known after ").place(Place::Unit(*index)),
                    Known::AtTheStart => value.text(" is known once the run has started"),
                    Known::Given => value.text(" is given at the start: ").code(format!("--set {name}=…")),
                }
            })
            .collect()
    }

    /// What an activity does, on one line.
    pub fn in_one_line(&self, activity: &Activity) -> String {
        let line = crate::plan::in_one_line(activity, &self.values);
        let secrets = &self.plan.runbook.secrets;
        secrets.iter().fold(line, |line, secret| {
            line.replace(&secret_by_hand(&secret.name.value), &format!("${}", secret.name.value))
        })
    }
}

/// What stands for a value that isn't known.
pub(super) fn placeholder(name: &str) -> String {
    format!("«{name}»")
}

/// What stands in a phase, in order.
pub(super) fn groups(plan: &Plan, units: &Range<usize>) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut at = units.start;
    while let Some(unit) = plan.units.get(at).filter(|_| at < units.end) {
        let checkpoint = unit.checkpoint.and_then(|number| Some((number, plan.checkpoints.get(number)?.units.clone())));
        let (group, end) = match (checkpoint, &unit.parallel) {
            (Some((number, members)), _) => {
                let end = members.end;
                (Group::Checkpoint(number, members), end)
            }
            (None, Some(branches)) => (Group::Parallel(branches.clone()), branches.end),
            (None, None) => (Group::One(at), at + 1),
        };
        groups.push(group);
        at = end.max(at + 1);
    }
    groups
}
