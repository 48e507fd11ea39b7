//! One unit as a card: what is done, what must come back, how long it takes, what proves it, and how
//! it is undone, beside each other.

use super::commands::{commands, instruction};
use super::contents::{Card, Expected, Fact, Kind};
use super::expected::{compared, expected, selected};
use super::prose::{Place, Prose};
use super::telling::Telling;
use super::times::takes;
use crate::event::Would;
use crate::model::{Action, Activity, Applied, CheckFailure, Condition, Inverse, Step, StepFailure};
use crate::plan::{Unit, UnitKind};
use crate::report::times::day_and_minute;

/// The card of a unit on the way out; `None` past the end and for what only the way back does.
pub(super) fn card(told: &Telling<'_>, index: usize) -> Option<Card> {
    let unit = told.unit(index)?;
    let place = Place::Unit(index);
    let mut card = Card::new(place, told.number_of(place), &unit.id, unit.title.clone(), Kind::Check);
    if let Some(activity) = unit.activity() {
        act(told, &mut card, activity);
    }
    match &unit.kind {
        UnitKind::Check(check) => {
            card.why = check.why.as_deref().map(Prose::of);
            keeps(told, &mut card, &check.activity);
            let leads_to = match check.on_failure {
                CheckFailure::Rollback => None,
                CheckFailure::Halt => Some("the run stops with its effects"),
                CheckFailure::Warn => Some("it is counted, and the run goes on"),
            };
            fails(&mut card, leads_to, check.escalate);
            evidence(told, &mut card, &check.diagnose);
        }
        UnitKind::Step(step) => tell_step(told, &mut card, index, step),
        UnitKind::Preserve(preserve) => {
            card.kind = Kind::Preserve;
            let kept = selected(&preserve.select, &told.values);
            card.facts.push(Fact::one("Keeps", kept.text(", which must be the same after the way back")));
            keeps(told, &mut card, &preserve.activity);
        }
        UnitKind::Manual(manual) => {
            card.kind = Kind::Manual;
            card.by_people = true;
            let by = manual.by.as_ref().map_or_else(|| "the operator".to_owned(), |by| by.render_known(&told.values));
            card.facts.push(Fact::one("Confirmed by", Prose::of(by)));
        }
        UnitKind::Wait(_) => card.kind = Kind::Wait,
        UnitKind::OnRollback(_) => return None,
    }
    only_when(told, &mut card, unit);
    let foreseen = told.forecast.units.get(index);
    if foreseen.is_some_and(|foreseen| foreseen.would == Would::WouldSkip) {
        card.facts.insert(0, Fact::one("Passed over", Prose::of("with these values it isn't done")));
    }
    if let Some(latest) = foreseen.and_then(|foreseen| foreseen.latest) {
        let said = format!("by {} UTC at the latest", day_and_minute(latest));
        card.facts.push(Fact::one("Starts", Prose::of(said)));
    }
    known_later(told, &mut card);
    Some(card)
}

/// Puts an activity onto a card.
pub(super) fn act(told: &Telling<'_>, card: &mut Card, activity: &Activity) {
    card.instruction = instruction(told, activity);
    card.commands = commands(told, activity);
    card.by_people |= matches!(activity.action, Action::Manual(_));
    card.expected = expected(activity, &told.values);
    card.facts.push(Fact::one("Takes", takes(activity, true)));
}

fn tell_step(told: &Telling<'_>, card: &mut Card, index: usize, step: &Step) {
    card.kind = Kind::Step;
    card.why = step.why.as_deref().map(Prose::of);
    keeps(told, card, &step.activity);
    if let Some(applied) = &step.applied {
        card.facts.push(validated(told, applied));
    }
    match &step.inverse {
        Inverse::Written(_) | Inverse::Derived => {
            card.facts.push(Fact::one("Undone by", Prose::default().place(Place::Back(index))));
        }
        Inverse::None { because } => {
            card.facts.push(Fact::one("Nothing to undo", Prose::of(because.as_str())));
        }
        Inverse::Irreversible { because } => {
            card.kind = Kind::Irreversible;
            card.no_return = Some(Prose::of(because.as_str()));
        }
    }
    let mut notes = Vec::new();
    if step.idempotent {
        notes.push(Prose::of("running it again is safe"));
    }
    if step.atomic {
        notes.push(Prose::of("an attempt that fails leaves nothing"));
    }
    if !notes.is_empty() {
        card.facts.push(Fact::one("Note", Prose::listed(notes)));
    }
    let leads_to = match step.on_failure {
        StepFailure::Rollback => None,
        StepFailure::Halt => Some("the run stops with its effects"),
    };
    fails(card, leads_to, step.escalate);
    evidence(told, card, &step.diagnose);
}

fn validated(told: &Telling<'_>, applied: &Applied) -> Fact {
    let mut said = Prose::default().code(told.in_one_line(&applied.activity)).text(": ");
    let all = expected(&applied.activity, &told.values);
    said = said.then(Prose::listed(all.into_iter().map(in_one_sentence)));
    if let Some(until) = &applied.until
        && let Some(step) = told.plan.index(&until.value)
    {
        said = said.text(", until ").place(Place::Unit(step));
    }
    Fact::one("Validated by", said)
}

fn in_one_sentence(expected: Expected) -> Prose {
    match expected.lines {
        Some(lines) => expected.said.text(" ").code(lines),
        None => expected.said,
    }
}

fn keeps(told: &Telling<'_>, card: &mut Card, activity: &Activity) {
    let kept = activity.captures.iter().map(|capture| {
        Prose::default()
            .code(capture.name.value.as_str())
            .text(": its ")
            .then(selected(&capture.selection, &told.values))
    });
    let said: Vec<_> = kept.collect();
    if !said.is_empty() {
        card.facts.push(Fact { label: "Keeps", said });
    }
}

fn fails(card: &mut Card, leads_to: Option<&str>, escalates: bool) {
    let called = escalates.then_some("people are called");
    let said: Vec<_> = called.into_iter().chain(leads_to).map(Prose::of).collect();
    if !said.is_empty() {
        card.facts.push(Fact::one("If it fails", Prose::listed(said)));
    }
}

fn evidence(told: &Telling<'_>, card: &mut Card, diagnose: &[Activity]) {
    let said: Vec<_> = diagnose.iter().map(|activity| Prose::default().code(told.in_one_line(activity))).collect();
    if !said.is_empty() {
        card.facts.push(Fact { label: "Evidence", said });
    }
}

/// Says under which condition it is done at all.
pub(super) fn only_when(told: &Telling<'_>, card: &mut Card, unit: &Unit) {
    if let Some(condition) = &unit.when {
        card.facts.insert(0, Fact::one("Only when", condition_said(told, condition)));
    }
}

fn condition_said(told: &Telling<'_>, condition: &Condition) -> Prose {
    let name = condition.name.value.as_str();
    let said = in_one_sentence(compared(&Prose::default().code(name), &condition.comparison, &told.values));
    match told.plan.values.get(name) {
        Some(value) => said.text("; here it is ").code(value.as_str()),
        None => said,
    }
}

/// Says when the values are known that a card names and nobody knows before the run.
pub(super) fn known_later(told: &Telling<'_>, card: &mut Card) {
    let mut texts = vec![card.commands.as_str(), card.title.as_str()];
    texts.extend(card.instruction.texts());
    texts.extend(card.expected.iter().flat_map(|it| it.said.texts().chain(it.lines.as_deref())));
    texts.extend(card.facts.iter().flat_map(|fact| fact.said.iter().flat_map(Prose::texts)));
    let said = told.known_later(texts);
    if !said.is_empty() {
        card.facts.insert(0, Fact { label: "Known later", said });
    }
}
