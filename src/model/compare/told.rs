//! One version as a list of units, in the order in which they stand: the head, what is declared, then
//! each phase with what stands in it right behind it.

use super::Class;
use super::activity::selection_text;
use super::comparing::Version;
use super::fact::{Fact, Facts, Part};
use super::rule::Rule;
use super::unit::{Unit, UnitKind};
use super::written;
use crate::model::{
    Activity, Allowance, Applied, Check, CheckFailure, Checkpoint, Condition, Inverse, InverseFailure, Item, Manual,
    OnRollback, Parallel, Phase, PhaseStart, Preserve, Step, StepFailure, Template, Wait, WrittenInverse,
};
use crate::syntax::{Span, Spanned};

/// The units of one version.
#[derive(Debug, Default)]
pub(super) struct Told<'m> {
    pub units: Vec<Unit<'m>>,
    /// What is being told stands in it.
    container: Option<usize>,
}

impl<'m> Told<'m> {
    pub fn of(version: Version<'m>) -> Self {
        let mut told = Self::default();
        told.declarations(version);
        for phase in &version.runbook.phases {
            told.phase(phase);
        }
        for allowance in &version.runbook.allowances {
            told.allowance(allowance);
        }
        told
    }

    /// A warning that is accepted is a guard less of the innermost unit that it stands in.
    fn allowance(&mut self, allowance: &Allowance) {
        let Allowance { code, because, node, span } = allowance;
        let holds = |outer: Span| outer.file == node.file && outer.start() <= node.start() && node.end() <= outer.end();
        let inner = self.units.iter().rposition(|unit| holds(unit.span)).unwrap_or(0);
        let rule =
            Rule::By { added: Class::GuardWeakened, removed: Class::GuardStrengthened, changed: Class::Reworded };
        let about = format!("allow {}", code.value);
        let text = format!("{about} because={}", written::quoted(because));
        if let Some(unit) = self.units.get_mut(inner) {
            unit.facts.push(Fact { part: Part::Own, about, text, rule, span: *span });
        }
    }

    pub(super) fn add(&mut self, kind: UnitKind, id: &str, facts: Facts<'m>, span: Span) -> usize {
        let (id, container) = (id.to_owned(), self.container);
        let Facts { told: facts, actions, part: _ } = facts;
        self.units.push(Unit { kind, id, container, facts, actions, span, irreversible: false });
        self.units.len() - 1
    }

    fn phase(&mut self, phase: &'m Phase) {
        let Phase { id, title, at, window, budget, lock, items, why, span } = phase;
        let mut facts = Facts::new();
        facts.head(id, title, why.as_ref());
        if let Some(at) = at {
            let (text, place) = match at {
                PhaseStart::Relative(seconds) => (format!("at=T{seconds:+}s"), *span),
                PhaseStart::Absolute(time) => (format!("at={}", written::text(time)), time.span),
            };
            // Such a phase begins a stretch, and a rollback doesn't go back beyond it by itself.
            let rule = Rule::By { added: Class::NoReturnMoved, removed: Class::Changed, changed: Class::Changed };
            facts.tell("at", text, rule, place);
        }
        facts.window(window.as_ref());
        facts.run_budget(*budget);
        if let Some(lock) = lock {
            facts.lock(lock);
        }
        let place = self.add(UnitKind::Phase, &id.value, facts, *span);
        self.within(place, |told| items.iter().for_each(|item| told.item(item)));
    }

    fn within(&mut self, container: usize, tell: impl FnOnce(&mut Self)) {
        let outer = self.container.replace(container);
        tell(self);
        self.container = outer;
    }

    fn item(&mut self, item: &'m Item) {
        match item {
            Item::Check(check) => self.check(check),
            Item::Step(step) => self.step(step),
            Item::OnRollback(it) => self.on_rollback(it),
            Item::Checkpoint(checkpoint) => self.checkpoint(checkpoint),
            Item::Manual(manual) => self.manual(manual),
            Item::Wait(Wait { duration, span }) => {
                let mut facts = Facts::new();
                let text = format!("wait {}", written::duration(*duration));
                facts.tell("wait", text, Rule::Of(Class::Changed), *span);
                // It has no name but the one of what stands before it.
                let before = self.units.last().map(|unit| format!("{} {}", unit.kind.word(), unit.id));
                self.add(UnitKind::Wait, &before.unwrap_or_default(), facts, *span);
            }
            Item::Parallel(Parallel { branches, span }) => {
                let place = self.add(UnitKind::Parallel, "", Facts::new(), *span);
                self.within(place, |told| branches.iter().for_each(|branch| told.item(branch)));
            }
        }
    }

    fn check(&mut self, check: &'m Check) {
        let Check { id, title, activity, on_failure, escalate, diagnose, when, why, span } = check;
        let mut facts = Facts::new();
        facts.head(id, title, why.as_ref());
        facts.activity(activity);
        let (strength, word) = match on_failure {
            CheckFailure::Rollback => (2, "rollback"),
            CheckFailure::Halt => (1, "halt"),
            CheckFailure::Warn => (0, "warn"),
        };
        facts.on_failure(strength, word);
        facts.called(*escalate, diagnose);
        facts.checked_when(when.as_deref());
        self.add(UnitKind::Check, &id.value, facts, *span);
    }

    fn step(&mut self, step: &'m Step) {
        let Step {
            id,
            title,
            activity,
            inverse,
            applied,
            idempotent,
            atomic,
            on_failure,
            escalate,
            diagnose,
            when,
            why,
            span,
        } = step;
        let mut facts = Facts::new();
        facts.head(id, title, why.as_ref());
        facts.activity(activity);
        let (strength, word) = match on_failure {
            StepFailure::Rollback => (1, "rollback"),
            StepFailure::Halt => (0, "halt"),
        };
        facts.on_failure(strength, word);
        // What is claimed makes the engine less careful: it acts again, or doesn't undo.
        let claim =
            Rule::By { added: Class::GuardWeakened, removed: Class::GuardStrengthened, changed: Class::Changed };
        for (is_claimed, word) in [(*idempotent, "idempotent"), (*atomic, "atomic")] {
            if is_claimed {
                facts.tell(word, word, claim, *span);
            }
        }
        facts.called(*escalate, diagnose);
        facts.when(when.as_deref(), Rule::Of(Class::Changed));
        facts.inverse(inverse);
        if let Some(applied) = applied {
            let Applied { activity, until, span } = &**applied;
            facts.part = Part::Applied;
            facts.tell("", "applied", Rule::Of(Class::ActionChanged), *span);
            facts.activity(activity);
            if let Some(until) = until {
                let text = format!("until={}", until.value);
                facts.tell("until", text, Rule::Of(Class::Changed), *span);
            }
        }
        let place = self.add(UnitKind::Step, &id.value, facts, *span);
        self.units[place].irreversible = matches!(inverse, Inverse::Irreversible { .. });
    }

    fn on_rollback(&mut self, it: &'m OnRollback) {
        let OnRollback { id, title, activity, on_failure, when, why, span } = it;
        let mut facts = Facts::new();
        facts.head(id, title, why.as_ref());
        // All of it is a way back.
        facts.part = Part::Inverse;
        facts.activity(activity);
        facts.inverse_failure(*on_failure);
        facts.when(when.as_deref(), Rule::Of(Class::InverseChanged));
        self.add(UnitKind::OnRollback, &id.value, facts, *span);
    }

    fn checkpoint(&mut self, checkpoint: &'m Checkpoint) {
        let Checkpoint { id, title, checks, preserves, when, why, span } = checkpoint;
        let mut facts = Facts::new();
        facts.head(id, title, why.as_ref());
        facts.checked_when(when.as_deref());
        let place = self.add(UnitKind::Checkpoint, &id.value, facts, *span);
        self.within(place, |told| {
            for check in checks {
                told.check(check);
            }
            for preserve in preserves {
                told.preserve(preserve);
            }
        });
    }

    fn preserve(&mut self, preserve: &'m Preserve) {
        let Preserve { name, title, activity, select, span } = preserve;
        let mut facts = Facts::new();
        facts.head(name, title, None);
        facts.activity(activity);
        let text = format!("select {}", selection_text(select));
        facts.tell("select", text, Rule::Of(Class::Changed), select.span);
        self.add(UnitKind::Preserve, &name.value, facts, *span);
    }

    fn manual(&mut self, manual: &'m Manual) {
        let Manual { id, instruction, by, when, span } = manual;
        let mut facts = Facts::new();
        let text = format!("manual {}", written::text(instruction));
        facts.tell("instruction", text, Rule::Of(Class::ActionChanged), instruction.span);
        if let Some(by) = by {
            facts.tell("by", format!("by={}", written::text(by)), Rule::Of(Class::Changed), by.span);
        }
        facts.checked_when(when.as_deref());
        self.add(UnitKind::Manual, &id.value, facts, *span);
    }
}

impl<'m> Facts<'m> {
    fn head(&mut self, id: &Spanned<String>, title: &Template, why: Option<&String>) {
        // Where there is no title it is the id, and that has its own difference.
        if title.as_literal().as_deref() != Some(id.value.as_str()) {
            self.words("title", title);
        }
        if let Some(why) = why {
            self.tell("why", format!("why {}", written::quoted(why)), Rule::Words, Span::default());
        }
    }

    fn on_failure(&mut self, strength: u8, word: &str) {
        self.tell("on-failure", format!("on-failure {word}"), Rule::Strength(strength), Span::default());
    }

    fn inverse_failure(&mut self, on_failure: InverseFailure) {
        match on_failure {
            InverseFailure::Halt => self.on_failure(1, "halt"),
            InverseFailure::Continue => self.on_failure(0, "continue"),
        }
    }

    fn called(&mut self, escalate: bool, diagnose: &'m [Activity]) {
        if escalate {
            self.tell("escalate", "escalate", Rule::Strength(1), Span::default());
        }
        for (number, activity) in diagnose.iter().enumerate() {
            self.part = Part::Diagnose(number);
            self.activity(activity);
        }
        self.part = Part::Own;
    }

    /// Of what is checked: under a condition less is.
    fn checked_when(&mut self, when: Option<&Condition>) {
        let added = Class::GuardWeakened;
        self.when(when, Rule::By { added, removed: Class::GuardStrengthened, changed: Class::Changed });
    }

    fn when(&mut self, when: Option<&Condition>, rule: Rule<'m>) {
        if let Some(when) = when {
            self.tell("when", format!("when {}", written::condition(when)), rule, when.span);
        }
    }

    /// How a step is undone, and all of the inverse that is written.
    fn inverse(&mut self, inverse: &'m Inverse) {
        let rule = Rule::Undoing(inverse);
        match inverse {
            Inverse::Derived => self.tell("", "// undone by the action's own inverse", rule, Span::default()),
            Inverse::None { because } => {
                let text = format!("inverse none because={}", written::quoted(because));
                self.tell("", text, rule, Span::default());
            }
            Inverse::Irreversible { because } => {
                let text = format!("irreversible because={}", written::quoted(because));
                self.tell("", text, rule, Span::default());
            }
            Inverse::Written(it) => {
                let WrittenInverse { title, valid_for, loses, activity, on_failure, span } = &**it;
                self.tell("", "inverse", rule, *span);
                self.part = Part::Inverse;
                if let Some(title) = title {
                    self.words("title", title);
                }
                let changed = Rule::Of(Class::InverseChanged);
                if let Some(valid_for) = valid_for {
                    let text = format!("valid-for={}", written::duration(*valid_for));
                    self.tell("valid-for", text, changed, *span);
                }
                if let Some(loses) = loses {
                    self.tell("loses", format!("loses={}", written::quoted(loses)), changed, *span);
                }
                self.activity(activity);
                self.inverse_failure(*on_failure);
                self.part = Part::Own;
            }
        }
    }
}
