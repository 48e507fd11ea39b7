//! The way back in its own order: from the last step to the first, down to a barrier or to where a
//! stretch began, and what is verified then. `on-rollback`s stand where the way back passes them.
//!
//! Invariant: the numbers run on over all parts, in the order in which a rollback from the very end
//! would take them.

use std::collections::BTreeSet;

use super::card::{act, known_later, only_when};
use super::contents::{BackSection, Card, Fact, Kind, Rung, RungBack};
use super::prose::{Place, Prose};
use super::telling::{Group, Telling, groups};
use super::times::takes;
use crate::model::{Action, Activity, Inverse, InverseFailure, ServiceVerb, Step, render_duration};
use crate::plan::{Unit, UnitKind, restore_by_hand_before};

/// The parts of the way back, the last one first.
pub(super) fn sections(told: &Telling<'_>) -> Vec<BackSection> {
    let plan = told.plan;
    let mut sections = Vec::new();
    let mut end = plan.units.len();
    while end > 0 {
        let last = end - 1;
        let stretch = plan.stretch(last);
        let ends_here =
            |index: &usize| plan.stretch(*index) != stretch || told.unit(*index).is_some_and(Unit::is_irreversible);
        let barrier = (0..end).rev().find(ends_here);
        let start = barrier.map_or(0, |barrier| barrier + 1);
        sections.push(section(told, start, end, barrier));
        // A step that can't be taken back is passed; an earlier stretch begins with its own last unit.
        end = match barrier {
            Some(barrier) if plan.stretch(barrier) == stretch => barrier,
            Some(barrier) => barrier + 1,
            None => 0,
        };
    }
    sections.retain(|section| !section.cards.is_empty() || section.barrier.is_some());
    sections
}

fn section(told: &Telling<'_>, start: usize, end: usize, barrier: Option<usize>) -> BackSection {
    let plan = told.plan;
    let units = || (start..end).rev().filter_map(|index| Some((index, told.unit(index)?)));
    let cards: Vec<_> =
        units().filter(|(_, unit)| unit.has_way_back()).filter_map(|(index, _)| card(told, index)).collect();
    let is_undone = |(_, unit): &(usize, &Unit)| unit.step().is_some() && unit.has_way_back();
    let earliest = (start..end)
        .filter_map(|index| Some((index, told.unit(index)?)))
        .find(is_undone)
        .map_or(end, |(index, _)| index);
    let verified =
        plan.checkpoints.iter().zip(0..).filter(|(it, _)| it.units.start >= start && it.units.end <= earliest);
    let verified: Vec<_> = verified.map(|(_, number)| Place::Checkpoint(number)).collect();
    let no_return = |index: usize| told.unit(index).is_some_and(Unit::is_irreversible);
    let title = match told.unit(end) {
        None => Prose::of("From the last step"),
        Some(_) if no_return(end) => Prose::of("Before ").place(Place::Unit(end)).text(" has started"),
        Some(unit) => {
            let phase = plan.phases.get(unit.phase).map_or("", |phase| phase.title.as_str());
            Prose::of("Before “").text(phase).text("” has begun, or when a person says so")
        }
    };
    let barrier = barrier.map(|barrier| {
        if no_return(barrier) {
            return Prose::of("The way back stops here: ").place(Place::Unit(barrier)).text(
                " can't be taken back. It and all that was done before it stay, and people decide what becomes of them.",
            );
        }
        let phase = told.unit(start).and_then(|unit| plan.phases.get(unit.phase)).map_or("", |phase| phase.title.as_str());
        let further = told.unit(barrier).and_then(|unit| first_phase(told, plan.stretch(barrier), unit));
        Prose::of("The way back stops here by itself, where “")
            .text(phase)
            .text("” begins: what was done on other days stays. ")
            .code(format!("runbook rollback --to {} --reason WHY", further.unwrap_or("PHASE")))
            .text(" goes on.")
    });
    BackSection { title, cards, verified, barrier }
}

fn first_phase<'a>(told: &Telling<'a>, stretch: usize, unit: &'a Unit) -> Option<&'a str> {
    let own = told.plan.phases.get(unit.phase);
    let first = told.plan.phases.iter().find(|phase| phase.stretch == stretch);
    first.or(own).map(|phase| phase.id.as_str())
}

/// How a unit is undone.
fn card(told: &Telling<'_>, index: usize) -> Option<Card> {
    let unit = told.unit(index)?;
    let place = Place::Back(index);
    let mut card = Card::new(place, told.number_of(place), &unit.id, title(told, unit), Kind::Back);
    match &unit.kind {
        UnitKind::Step(step) => {
            card.facts.push(Fact::one("Undoes", Prose::default().place(Place::Unit(index))));
            tell_inverse(told, &mut card, step);
        }
        UnitKind::OnRollback(it) => {
            card.why = it.why.as_deref().map(Prose::of);
            act(told, &mut card, &it.activity);
            goes_on(&mut card, it.on_failure);
            only_when(told, &mut card, unit);
        }
        UnitKind::Check(_) | UnitKind::Preserve(_) | UnitKind::Manual(_) | UnitKind::Wait(_) => return None,
    }
    known_later(told, &mut card);
    Some(card)
}

fn tell_inverse(told: &Telling<'_>, card: &mut Card, step: &Step) {
    match &step.inverse {
        Inverse::Written(inverse) => {
            act(told, card, &inverse.activity);
            if let Some(loses) = &inverse.loses {
                card.facts.push(Fact::one("Loses", Prose::of(loses.as_str())));
            }
            if let Some(valid) = inverse.valid_for {
                let limit = format!("within {} of the step's end; after that a person decides", render_duration(valid));
                card.facts.push(Fact::one("By itself only", Prose::of(limit)));
            }
            goes_on(card, inverse.on_failure);
        }
        Inverse::Derived => {
            derived(told, card, &step.activity);
            card.facts.push(Fact::one("Takes", takes(&step.activity, false)));
        }
        Inverse::None { .. } | Inverse::Irreversible { .. } => {}
    }
    if step.applied.is_some() {
        card.facts.push(Fact::one("Afterwards", Prose::of("what validates the step no longer holds")));
    }
}

fn goes_on(card: &mut Card, on_failure: InverseFailure) {
    match on_failure {
        InverseFailure::Halt => {}
        InverseFailure::Continue => {
            card.facts.push(Fact::one("If it fails", Prose::of("the way back goes on, and is incomplete")));
        }
    }
}

/// What an action's own inverse does: it puts back the state of before, whatever that was.
fn derived(told: &Telling<'_>, card: &mut Card, activity: &Activity) {
    let sudo = activity.surroundings.user.as_ref().map(|user| user.value.render_known(&told.values));
    let sudo = sudo.map_or_else(String::new, |user| format!("sudo -u {} ", crate::plan::quote(&user)));
    if let Action::ServiceChange { verb, unit } = &activity.action {
        let unit = unit.as_ref().map(|unit| unit.render_known(&told.values)).unwrap_or_default();
        let (word, only) = match verb {
            ServiceVerb::Stop => ("start", "Only if it ran before the step: it is as it was."),
            ServiceVerb::Start => ("stop", "Only if it didn't run before the step: it is as it was."),
            ServiceVerb::Enable => ("disable", "Only if it wasn't enabled before the step."),
            ServiceVerb::Disable => ("enable", "Only if it was enabled before the step."),
            ServiceVerb::DaemonReload => ("daemon-reload", ""),
            ServiceVerb::Restart | ServiceVerb::Reload => return,
        };
        let unit = if unit.is_empty() { String::new() } else { format!(" {}", crate::plan::quote(&unit)) };
        card.commands = format!("{sudo}systemctl {word}{unit}");
        card.instruction = Prose::of(only);
    } else if let Some(path) = activity.action.changed_file() {
        let path = path.render_known(&told.values);
        let remove = format!("{sudo}rm -f {}", crate::plan::quote(&path));
        card.commands = format!("{sudo}{}", restore_by_hand_before(&activity.action, &path, &card.id));
        let (said, was) = match activity.action {
            Action::Link { .. } => (" points again to what it pointed to before, which ", "the run's record has"),
            _ => (" gets back its bytes, mode and owner of before, which ", "the step keeps beside it"),
        };
        let said = Prose::default().code(path).text(said).text(was).text("; if it wasn't there, it is removed: ");
        card.instruction = said.code(remove).text(".");
    }
}

/// What an inverse is called.
fn title(told: &Telling<'_>, unit: &Unit) -> String {
    let UnitKind::Step(step) = &unit.kind else { return unit.title.clone() };
    match &step.inverse {
        Inverse::Written(inverse) => match &inverse.title {
            Some(title) => title.render_known(&told.values),
            None => format!("Undo “{}”", unit.title),
        },
        Inverse::Derived => derived_title(told, &step.activity.action),
        Inverse::None { .. } | Inverse::Irreversible { .. } => unit.title.clone(),
    }
}

fn derived_title(told: &Telling<'_>, action: &Action) -> String {
    let text = |template: &crate::model::Template| template.render_known(&told.values);
    if let Some(path) = action.changed_file() {
        return format!("Put {} back as it was", text(path));
    }
    match action {
        Action::ServiceChange { verb, unit } => {
            let unit = unit.as_ref().map(text).unwrap_or_default();
            match verb {
                ServiceVerb::Stop => format!("Start {unit} again"),
                ServiceVerb::Start => format!("Stop {unit}"),
                ServiceVerb::Enable => format!("Disable {unit}"),
                ServiceVerb::Disable => format!("Enable {unit} again"),
                ServiceVerb::DaemonReload => "Reload the units again".to_owned(),
                ServiceVerb::Restart | ServiceVerb::Reload => String::new(),
            }
        }
        Action::Kube(kube) => match (kube.verb.object(), kube.verb.manifest()) {
            (Some(object), _) => format!("Put {} back as it was", text(object)),
            (None, Some(manifest)) => {
                let names = manifest.objects.iter().map(crate::model::ManifestObject::title);
                format!("Put {} back as before", names.collect::<Vec<_>>().join(", "))
            }
            (None, None) => String::new(),
        },
        _ => String::new(),
    }
}

/// Both ways in the order of the way out: steps, checkpoints, and what acts on the way back only.
pub(super) fn ladder(told: &Telling<'_>, sections: &[BackSection]) -> Vec<Rung> {
    let mut rungs = Vec::new();
    let verified: BTreeSet<_> = sections.iter().flat_map(|section| section.verified.iter().copied()).collect();
    for phase in &told.plan.phases {
        for group in groups(told.plan, &phase.units) {
            match group {
                Group::Checkpoint(number, _) => {
                    let Some(checkpoint) = told.plan.checkpoints.get(number) else { continue };
                    let place = Place::Checkpoint(number);
                    let again = verified.contains(&place);
                    rungs.push(Rung {
                        number: told.number_of(place).to_owned(),
                        id: checkpoint.id.clone(),
                        title: checkpoint.title.clone(),
                        back: if again { RungBack::Verified } else { RungBack::Passed },
                    });
                }
                Group::One(index) => rungs.extend(rung(told, index)),
                Group::Parallel(branches) => rungs.extend(branches.filter_map(|index| rung(told, index))),
            }
        }
    }
    rungs
}

fn rung(told: &Telling<'_>, index: usize) -> Option<Rung> {
    let unit = told.unit(index)?;
    let number = told.number_of(Place::Back(index)).to_owned();
    let back = match &unit.kind {
        UnitKind::OnRollback(_) => RungBack::OnlyBack(number, unit.title.clone()),
        UnitKind::Step(_) if unit.is_irreversible() => RungBack::Barrier,
        UnitKind::Step(_) if unit.has_way_back() => RungBack::Undone(number, title(told, unit)),
        UnitKind::Step(_) => RungBack::Nothing,
        UnitKind::Check(_) | UnitKind::Preserve(_) | UnitKind::Manual(_) | UnitKind::Wait(_) => return None,
    };
    let number = told.number_of(Place::Unit(index)).to_owned();
    Some(Rung { number, id: unit.id.clone(), title: unit.title.clone(), back })
}
