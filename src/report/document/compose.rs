//! A plan → what its document says.

use super::back;
use super::card::card;
use super::contents::{Card, Document, Entry, Fact, Section};
use super::head;
use super::matrix::matrix;
use super::prose::{Place, Prose};
use super::telling::{Group, Telling, groups};
use super::timeline::Timeline;
use crate::event::Forecast;
use crate::model::{Item, Phase};
use crate::plan::{Plan, PlannedPhase, UnitKind};
use crate::report::times::day_and_minute;

/// What a document is made of, beside the plan.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The runbook's file, relative to its folder.
    pub file: &'a str,
    /// SHA-256 of the bundle.
    pub digest: &'a str,
    /// When the way back was last proven, in words; `None`: nothing is on record.
    pub proven: Option<&'a str>,
}

impl Document {
    /// The document of a runbook with these settings; made with [`Plan::draft`], what isn't set reads
    /// as its name.
    #[must_use]
    pub fn of(plan: &Plan, forecast: &Forecast, origin: Origin<'_>) -> Self {
        let told = Telling::of(plan, forecast);
        let timeline = Timeline::of(&told);
        let numbered = plan.phases.iter().zip(&plan.runbook.phases).zip(1..);
        let phases: Vec<_> =
            numbered.map(|((planned, phase), number)| section(&told, number, planned, phase)).collect();
        let back = back::sections(&told);
        Self {
            id: plan.runbook.id.value.clone(),
            title: plan.title.clone(),
            summary: plan.runbook.summary.as_ref().map(|summary| Prose::of(summary.render_known(&told.values))),
            head: head::head(&told, &timeline),
            inputs: head::inputs(&told),
            secrets: head::secrets(&told),
            reading: head::reading(&told, &phases, &back),
            before: head::before(&phases),
            people: head::people(&phases),
            phases,
            timeline,
            back_facts: back_facts(&told, origin.proven),
            matrix: matrix(forecast),
            ladder: back::ladder(&told, &back),
            back,
            file: origin.file.to_owned(),
            digest: origin.digest.to_owned(),
        }
    }

    /// Every card, on the way out and then back.
    pub fn cards(&self) -> impl Iterator<Item = &Card> {
        let out = self.phases.iter().flat_map(|phase| &phase.entries).flat_map(Entry::cards);
        out.chain(self.back.iter().flat_map(|section| &section.cards))
    }
}

impl Entry {
    /// Its cards, in order.
    #[must_use]
    pub fn cards(&self) -> &[Card] {
        match self {
            Self::One(card) => std::slice::from_ref(card),
            Self::Checkpoint { cards, .. } | Self::Parallel { cards, .. } => cards,
            Self::OnTheWayBack(_) => &[],
        }
    }
}

fn section(told: &Telling<'_>, number: usize, planned: &PlannedPhase, phase: &Phase) -> Section {
    let mut facts = Vec::new();
    if let Some(at) = planned.at {
        facts.push(Fact::one("Not before", Prose::of(format!("{} UTC", day_and_minute(at)))));
    }
    facts.extend(phase.window.as_ref().map(|window| Fact::one("Window", head::window_said(told, window))));
    facts.extend(head::phase_budget(phase.budget));
    facts.extend(
        phase
            .lock
            .as_ref()
            .map(|lock| Fact::one("Lock", head::lock_said(told.plan, &lock.name.render_known(&told.values)))),
    );
    let entries = groups(told.plan, &planned.units).into_iter().filter_map(|group| entry(told, phase, group));
    Section {
        number: number.to_string(),
        id: planned.id.clone(),
        title: planned.title.clone(),
        why: phase.why.as_deref().map(Prose::of),
        facts,
        entries: entries.collect(),
    }
}

fn entry(told: &Telling<'_>, phase: &Phase, group: Group) -> Option<Entry> {
    match group {
        Group::One(index) => {
            let unit = told.unit(index)?;
            if let UnitKind::OnRollback(_) = unit.kind {
                let said = Prose::of("Nothing to do here on the way out. On the way back: ").place(Place::Back(index));
                return Some(Entry::OnTheWayBack(said));
            }
            card(told, index).map(Entry::One)
        }
        Group::Checkpoint(checkpoint, units) => {
            let planned = told.plan.checkpoints.get(checkpoint)?;
            let why = phase.items.iter().find_map(|item| match item {
                Item::Checkpoint(written) if written.id.value == planned.id => written.why.as_deref(),
                Item::Checkpoint(_)
                | Item::Check(_)
                | Item::Step(_)
                | Item::OnRollback(_)
                | Item::Manual(_)
                | Item::Wait(_)
                | Item::Parallel(_) => None,
            });
            let place = Place::Checkpoint(checkpoint);
            Some(Entry::Checkpoint {
                place,
                number: told.number_of(place).to_owned(),
                id: planned.id.clone(),
                title: planned.title.clone(),
                why: why.map(Prose::of),
                cards: units.filter_map(|index| card(told, index)).collect(),
            })
        }
        Group::Parallel(units) => {
            let first = told.number_of(Place::Unit(units.start));
            let number = first.rsplit_once('.').map_or(first, |(number, _)| number).to_owned();
            Some(Entry::Parallel { number, cards: units.filter_map(|index| card(told, index)).collect() })
        }
    }
}

fn back_facts(told: &Telling<'_>, proven: Option<&str>) -> Vec<Fact> {
    let runbook = &told.plan.runbook;
    let mut facts = vec![Fact::one("Command", Prose::default().code("runbook rollback"))];
    if let Some(who) = &runbook.rollback_by {
        facts.push(Fact::one("Decides on it", Prose::of(who.render_known(&told.values))));
    }
    facts.push(Fact::one(
        "Begins at",
        Prose::of("the step that failed, itself included; what never started needs nothing"),
    ));
    facts.push(Fact::one("If an inverse fails", Prose::of("the way back pauses there and people are called")));
    facts.extend(proven.map(|proven| Fact::one("Rehearsal", Prose::of(proven))));
    facts
}
