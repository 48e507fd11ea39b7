//! What stands at the head of a document: what is released, who answers for it, when, for how long,
//! who decides on the way back; its inputs and secrets; and the lists to tick.

use super::contents::{BackSection, Card, Entry, Fact, Kind, Section, Value};
use super::prose::{Place, Prose};
use super::telling::{Telling, placeholder};
use super::timeline::Timeline;
use crate::model::{OnInterrupt, SecretSource, Template, Window, render_duration};
use crate::plan::{Plan, Unit};
use crate::report::times::{day_and_minute, seconds};

/// The facts at the head.
pub(super) fn head(told: &Telling<'_>, timeline: &Timeline) -> Vec<Fact> {
    let runbook = &told.plan.runbook;
    let known = |text: &Template| text.render_known(&told.values);
    let mut facts = Vec::new();
    if let Some(release) = &runbook.release {
        let kind = release.kind.map(|kind| format!(", {}", kind.word())).unwrap_or_default();
        facts.push(Fact::one("Release", Prose::default().strong(known(&release.version)).text(kind)));
    }
    facts.extend(runbook.owner.as_ref().map(|owner| Fact::one("Owner", Prose::of(known(owner)))));
    facts.extend(runbook.impact.map(|impact| Fact::one("Impact", Prose::of(impact.word()))));
    facts.extend(runbook.window.as_ref().map(|window| Fact::one("Window", window_said(told, window))));
    facts.push(Fact::one("Takes", duration(timeline)));
    facts.extend(downtime(timeline));
    facts.push(Fact::one("Lock", locks(told.plan)));
    facts.push(Fact::one("Way back", way_back(told.plan)));
    facts.extend(runbook.rollback_by.as_ref().map(|who| Fact::one("Decides on it", Prose::of(known(who)))));
    let interrupted = match runbook.on_interrupt {
        OnInterrupt::Halt => "it stops with its effects, to be resumed or taken back",
        OnInterrupt::Rollback => "everything is taken back",
    };
    facts.push(Fact::one("Interrupted", Prose::of(interrupted)));
    facts
}

/// A window as its author wrote it, as times where they are known.
pub(super) fn window_said(told: &Telling<'_>, window: &Window) -> Prose {
    let ends = [&window.start, &window.end].map(|end| end.render_known(&told.values));
    let [Some(opens), Some(closes)] = ends.each_ref().map(|end| crate::plan::parse_time(end).ok()) else {
        let [opens, closes] = ends;
        return Prose::of(format!("{opens} to {closes}"));
    };
    let length = closes.duration_since(opens).as_secs_f64();
    let same_day = day_and_minute(opens).get(..10) == day_and_minute(closes).get(..10);
    let closes = day_and_minute(closes);
    let closes = if same_day { closes.get(11..).unwrap_or(&closes) } else { &closes };
    Prose::of(format!("{} to {closes} UTC, {}", day_and_minute(opens), seconds(length)))
}

fn duration(timeline: &Timeline) -> Prose {
    let total: f64 = timeline.stretches.iter().map(|stretch| stretch.total).sum();
    let unestimated: usize = timeline.stretches.iter().map(|stretch| stretch.unestimated).sum();
    let mut parts = Vec::new();
    if total > 0.0 {
        let less =
            if unestimated > 0 { format!(", without {unestimated} steps that have none") } else { String::new() };
        parts.push(format!("about {} by its estimates{less}", seconds(total)));
    }
    parts.push(match timeline.budget {
        Some(budget) => format!("budget {}", seconds(budget)),
        None => "no budget".to_owned(),
    });
    Prose::of(parts.join("; "))
}

fn downtime(timeline: &Timeline) -> Option<Fact> {
    let down: Vec<_> = timeline.stretches.iter().flat_map(|stretch| &stretch.downtimes).collect();
    let mut said: Vec<_> = down
        .iter()
        .map(|down| {
            let service = Prose::default().code(down.service.as_str());
            if down.to.is_finite() {
                service.text(format!(" about {}", seconds(down.to - down.from)))
            } else {
                service.text(" isn't started again")
            }
        })
        .collect();
    if let Some(budget) = timeline.downtime_budget {
        said.push(Prose::of(format!("at most {}", seconds(budget))));
    }
    (!said.is_empty()).then(|| Fact::one("Downtime", Prose::listed_with(said, "; ")))
}

fn locks(plan: &Plan) -> Prose {
    let mut names: Vec<_> = plan.phases.iter().flat_map(|phase| phase.locks.iter()).collect();
    names.sort();
    names.dedup();
    Prose::listed(names.into_iter().map(|name| lock_said(plan, name)))
}

/// A lock, and where it is held besides the machine that the run is on.
pub(super) fn lock_said(plan: &Plan, name: &str) -> Prose {
    let said = Prose::default().code(name);
    match plan.lease(name) {
        None => said,
        Some(lease) => {
            let place = format!(" in the cluster ({})", lease.place(&plan.values));
            said.text(", also the Lease ").code(lease.name().as_str()).text(place)
        }
    }
}

fn way_back(plan: &Plan) -> Prose {
    let steps = plan.units.iter().filter(|unit| unit.step().is_some());
    let (all, back) = (steps.clone().count(), steps.filter(|unit| unit.has_way_back()).count());
    let said = match (all, back) {
        (0, _) => Prose::of("nothing is changed"),
        (1, 1) => Prose::of("the one step can be undone"),
        (all, back) if all == back => Prose::of(format!("all {all} steps can be undone")),
        (all, back) => {
            let nothing = all - back - plan.units.iter().filter(|unit| unit.is_irreversible()).count();
            let nothing = match nothing {
                0 => String::new(),
                1 => ", 1 needs nothing".to_owned(),
                more => format!(", {more} need nothing"),
            };
            Prose::of(format!("{back} of {all} steps can be undone{nothing}"))
        }
    };
    let barriers = plan.units.iter().enumerate().filter(|(_, unit)| unit.is_irreversible());
    let barriers: Vec<_> = barriers.map(|(index, _)| Prose::default().place(Place::Unit(index))).collect();
    if barriers.is_empty() { said } else { said.text("; no return behind ").then(Prose::listed(barriers)) }
}

/// The inputs with the values that the document was made with.
pub(super) fn inputs(told: &Telling<'_>) -> Vec<Value> {
    let inputs = told.plan.runbook.inputs.iter().map(|input| {
        let name = input.name.value.clone();
        let value = match told.plan.inputs.get(&name) {
            Some(value) if *value == placeholder(&name) => Prose::of("to be given"),
            Some(value) if value.is_empty() => Prose::of("empty"),
            Some(value) => Prose::default().code(value.as_str()),
            None => Prose::of("to be given"),
        };
        let mut help: Vec<_> = input.help.as_deref().map(Prose::of).into_iter().collect();
        if !input.one_of.is_empty() {
            let choices = input.one_of.iter().map(|choice| Prose::default().code(choice.as_str()));
            help.push(Prose::of("one of ").then(Prose::listed(choices)));
        }
        if let Some(pattern) = &input.matches {
            help.push(Prose::of("matches ").code(pattern.value.as_str()));
        }
        Value { name, said: value, help: Prose::listed_with(help, "; ") }
    });
    inputs.collect()
}

/// The secrets, and where they come from; never what they are.
pub(super) fn secrets(told: &Telling<'_>) -> Vec<Value> {
    let secrets = told.plan.runbook.secrets.iter().map(|secret| {
        let value = match &secret.source {
            SecretSource::Environment(name) => Prose::of("the environment's ").code(name.as_str()),
            SecretSource::File(path) => Prose::of("the file ").code(path.render_known(&told.values)),
            SecretSource::Run(action) => Prose::of("what ").code(action.word()).text(" prints"),
        };
        Value { name: secret.name.value.clone(), said: value, help: Prose::default() }
    });
    secrets.collect()
}

/// What holds for everything that doesn't say otherwise.
pub(super) fn reading(told: &Telling<'_>, phases: &[Section], back: &[BackSection]) -> Vec<Prose> {
    let plan = told.plan;
    let mut said = vec![
        Prose::of("Everything is done in this order, each only when what came before it is as expected. ")
            .text("What fails starts the way back, unless it says otherwise."),
        Prose::of("A time with “about” is an estimate; “at most” is the limit at which an attempt is ended."),
    ];
    if told.forecast.units.iter().any(|unit| unit.latest.is_some()) {
        said.push(Prose::of(
            "A step that starts at its latest can still be taken back whole before the window closes.",
        ));
    }
    if plan.units.iter().filter_map(Unit::step).any(|step| step.applied.is_some()) {
        said.push(Prose::of(
            "Where what validates a step holds before it, the step is passed over and isn't taken back either.",
        ));
    }
    let out = phases.iter().flat_map(|phase| &phase.entries).flat_map(Entry::cards);
    let cards: Vec<_> = out.chain(back.iter().flat_map(|section| &section.cards)).collect();
    if cards.iter().any(|card| card.commands.contains('«')) {
        said.push(Prose::of("A value in «» isn't known before the run: put in the one that the run shows."));
    }
    if !plan.runbook.secrets.is_empty() {
        said.push(Prose::of("A secret is the shell's variable of its name, to be set first."));
    }
    let runs_here = |card: &&Card| {
        let begins = card.commands.split_whitespace().next().unwrap_or("cd");
        !matches!(begins, "cd" | "curl" | "bash" | "df" | "ls") && !card.commands.contains("systemctl")
    };
    if cards.iter().any(runs_here) {
        said.push(Prose::of("A command without a ").code("cd").text(" before it starts in the folder of the runbook."));
    }
    said
}

/// The checks before the first step, as boxes.
pub(super) fn before(phases: &[Section]) -> Vec<Prose> {
    let mut boxes = Vec::new();
    for entry in phases.iter().flat_map(|phase| &phase.entries) {
        match entry {
            Entry::One(card) => match card.kind {
                Kind::Check => boxes.push(to_tick(card)),
                Kind::Manual | Kind::Wait | Kind::Preserve => {}
                Kind::Step | Kind::Irreversible | Kind::Back => break,
            },
            Entry::Checkpoint { place, .. } => boxes.push(Prose::default().place(*place)),
            Entry::OnTheWayBack(_) => {}
            Entry::Parallel { .. } => break,
        }
    }
    boxes
}

fn to_tick(card: &Card) -> Prose {
    let on_one_line = card.expected.iter().filter(|expected| expected.lines.is_none() && !expected.is_implied);
    let said: Vec<_> = on_one_line.map(|expected| expected.said.clone()).collect();
    let place = Prose::default().place(card.place);
    if said.is_empty() { place } else { place.text(": ").then(Prose::listed(said)) }
}

/// What people confirm and do, as boxes.
pub(super) fn people(phases: &[Section]) -> Vec<Prose> {
    let cards = phases.iter().flat_map(|phase| &phase.entries).flat_map(Entry::cards);
    cards
        .filter(|card| card.by_people)
        .map(|card| {
            let by = card.facts.iter().find(|fact| fact.label == "Confirmed by").and_then(|fact| fact.said.first());
            let place = Prose::default().place(card.place);
            by.map_or_else(|| place.clone(), |by| place.clone().text(" — ").then(by.clone()))
        })
        .collect()
}

/// The budget of a phase; `None`: it has none of its own.
pub(super) fn phase_budget(budget: crate::model::RunBudget) -> Option<Fact> {
    let total = budget.total.map(|total| format!("at most {}", render_duration(total)));
    let down = budget.downtime.map(|down| format!("downtime at most {}", render_duration(down)));
    let said: Vec<_> = total.into_iter().chain(down).collect();
    (!said.is_empty()).then(|| Fact::one("Budget", Prose::of(said.join("; "))))
}
