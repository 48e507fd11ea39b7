//! Phases and what stands in them, in the order of execution.

use std::sync::Arc;

use super::lowering::Lower;
use super::surroundings::Defaults;
use super::text::Secrets;
use crate::model::vocabulary::Place;
use crate::model::{
    Checkpoint, Condition, InverseFailure, Item, Manual, ModelError, OnRollback, Parallel, Phase, PhaseStart, Preserve,
    Template, Wait, parse_duration,
};
use crate::syntax::reader::shortened;
use crate::syntax::{Entry, Node, ReadError, Spanned};

/// What an inverse that fails leads to.
pub(super) const INVERSE_FAILURES: [(&str, InverseFailure); 2] =
    [("halt", InverseFailure::Halt), ("continue", InverseFailure::Continue)];

impl Lower<'_> {
    pub(super) fn phase(&mut self, node: &Node, above: &Defaults) -> Phase {
        let id = self.id(node).unwrap_or_else(|| Spanned::new(String::new(), node.name.span));
        let defaults = match node.child("defaults") {
            Some(child) => self.defaults(child, above),
            None => above.clone(),
        };
        let mut items = Vec::with_capacity(node.children().len());
        items.extend(node.children().iter().filter_map(|child| self.item(child, &defaults)));
        items.shrink_to_fit();
        Phase {
            title: self.title(node, &id),
            at: node.property("at").and_then(|entry| self.phase_start(entry)),
            window: self.window(node),
            budget: self.run_budget(node),
            lock: self.lock(node, &defaults),
            items,
            why: self.prose(node, "why"),
            span: node.span,
            id,
        }
    }

    /// One thing in a phase; `None` for what isn't an item, and for what has no form at all.
    fn item(&mut self, node: &Node, defaults: &Defaults) -> Option<Item> {
        match node.name.value.as_str() {
            "check" => self.check(node, defaults).map(|check| Item::Check(Arc::new(check))),
            "step" => self.step(node, defaults).map(|step| Item::Step(Arc::new(step))),
            "on-rollback" => self.on_rollback(node, defaults).map(|item| Item::OnRollback(Arc::new(item))),
            "checkpoint" => self.checkpoint(node, defaults).map(|it| Item::Checkpoint(Box::new(it))),
            "manual" => self.manual_item(node).map(|it| Item::Manual(Arc::new(it))),
            "wait" => self.wait(node).map(Item::Wait),
            "parallel" => Some(Item::Parallel(self.parallel(node, defaults))),
            _ => None,
        }
    }

    /// `T`, `T-8d`, `T+2h`, or a timestamp.
    fn phase_start(&mut self, entry: Entry<'_>) -> Option<PhaseStart> {
        let text = self.keep(entry.text())?;
        if let Some(offset) = text.value.strip_prefix('T') {
            let seconds = relative_seconds(offset);
            if seconds.is_none() {
                self.report(ModelError::NotAStart { found: shortened(&text.value) }.at(text.span));
            }
            return seconds.map(PhaseStart::Relative);
        }
        let template = self.template(&text, Secrets::Refused)?;
        if template.as_literal().is_some_and(|literal| !super::head::is_moment(&literal)) {
            self.report(ModelError::NotAStart { found: shortened(&text.value) }.at(text.span));
            return None;
        }
        Some(PhaseStart::Absolute(template))
    }

    fn on_rollback(&mut self, node: &Node, defaults: &Defaults) -> Option<OnRollback> {
        let id = self.id(node);
        let activity = self.activity(node, Place::OnRollback, defaults);
        let on_failure = self.on_failure(node, &INVERSE_FAILURES);
        let when = self.when(node);
        let why = self.prose(node, "why");
        let id = id?;
        Some(OnRollback {
            title: self.title(node, &id),
            activity: activity?,
            on_failure: on_failure.unwrap_or_default(),
            when,
            why,
            span: node.span,
            id,
        })
    }

    fn checkpoint(&mut self, node: &Node, defaults: &Defaults) -> Option<Checkpoint> {
        let id = self.id(node);
        let checks = node.children_named("check").filter_map(|child| self.check(child, defaults)).collect();
        let preserves = node.children_named("preserve").filter_map(|child| self.preserve(child, defaults)).collect();
        let when = self.when(node);
        let why = self.prose(node, "why");
        let id = id?;
        if node.children_named("check").chain(node.children_named("preserve")).next().is_none() {
            self.report(ModelError::EmptyCheckpoint { id: id.value.clone() }.at(node.name.span));
        }
        Some(Checkpoint { title: self.title(node, &id), checks, preserves, when, why, span: node.span, id })
    }

    fn preserve(&mut self, node: &Node, defaults: &Defaults) -> Option<Preserve> {
        let name = self.name(node);
        let activity = self.activity(node, Place::Preserve, defaults);
        let select = match node.child("select") {
            Some(child) => self.select(child, 0, activity.as_ref().map(|activity| &activity.action)),
            None => activity.as_ref().and_then(|activity| self.default_selection(node, activity)),
        };
        let name = name?;
        Some(Preserve { title: self.title(node, &name), activity: activity?, select: select?, span: node.span, name })
    }

    fn manual_item(&mut self, node: &Node) -> Option<Manual> {
        let by = node.property("by").and_then(|entry| self.plain(entry.text()));
        let when = self.when(node);
        if node.arguments.len() == 1
            && let Some(entry) = node.argument(0)
            && entry.spelled().value.contains(' ')
        {
            self.report(ModelError::ManualWithoutId.at(entry.span));
            return None;
        }
        let id = self.id(node)?;
        let entry = self.keep(node.required_argument(1, "an instruction"))?;
        Some(Manual { id, instruction: self.plain(entry.text())?, by, when, span: node.span })
    }

    fn wait(&mut self, node: &Node) -> Option<Wait> {
        let entry = self.keep(node.required_argument(0, "a duration"))?;
        Some(Wait { duration: self.duration(entry)?, span: node.span })
    }

    fn parallel(&mut self, node: &Node, defaults: &Defaults) -> Parallel {
        if node.children().is_empty() {
            let usage = "parallel { check …; step …; }".to_owned();
            self.report(ReadError::MissingChildren { node: "parallel".to_owned(), usage }.at(node.name.span));
        }
        let branches = node.children().iter().filter(|child| matches!(child.name.value.as_str(), "check" | "step"));
        Parallel { branches: branches.filter_map(|child| self.item(child, defaults)).collect(), span: node.span }
    }

    /// `when NAME is=VALUE`; `None` without one.
    pub(super) fn when(&mut self, parent: &Node) -> Option<Box<Condition>> {
        let node = parent.child("when")?;
        let name =
            self.keep(node.required_argument(0, "the name of a value")).and_then(|entry| self.keep(entry.text()));
        let comparison = self.comparison(node, None);
        let name = name?;
        if !crate::model::is_value_name(&name.value) {
            self.report(ModelError::WhenName { name: shortened(&name.value) }.at(name.span));
            return None;
        }
        Some(Box::new(Condition { name, comparison: comparison?, span: node.span }))
    }

    /// `on-failure …` of a kind; `None` without it.
    pub(super) fn on_failure<T: Copy>(&mut self, parent: &Node, choices: &[(&'static str, T)]) -> Option<T> {
        let node = parent.child("on-failure")?;
        self.word(node, "what a failure leads to", choices)
    }

    /// Whether a flag such as `escalate` stands there.
    pub(super) fn is_flagged(parent: &Node, name: &str) -> bool {
        parent.child(name).is_some()
    }

    /// A title of its own; `None` without one.
    pub(super) fn own_title(&mut self, node: &Node) -> Option<Template> {
        node.argument(0).and_then(|entry| self.plain(entry.text()))
    }
}

/// The seconds of `-8d`, `+2h` or nothing.
fn relative_seconds(offset: &str) -> Option<i64> {
    let (sign, duration) = match offset.trim().split_at_checked(1) {
        None => return Some(0),
        Some(("-", duration)) => (-1, duration),
        Some(("+", duration)) => (1, duration),
        Some(_) => return None,
    };
    let seconds = i64::try_from(parse_duration(duration).ok()?.as_secs()).ok()?;
    Some(sign * seconds)
}
