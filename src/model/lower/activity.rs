//! One action with all that surrounds it.

use super::lowering::Lower;
use super::surroundings::Defaults;
use crate::model::vocabulary::{ACTIONS, Place};
use crate::model::{Action, Activity, Budget, Capture, ModelError};
use crate::syntax::{Node, Span};

impl Lower<'_> {
    /// The one action of a node with its surroundings, expectations, captures and times.
    pub(super) fn activity(&mut self, node: &Node, place: Place, defaults: &Defaults) -> Option<Activity> {
        let surroundings = self.surroundings(node, defaults);
        let action_node = self.only_action(node, place);
        let action = action_node.and_then(|child| self.action(child, place));
        let expectations =
            node.children_named("expect").filter_map(|child| self.expectation(child, action.as_ref())).collect();
        let captures: Vec<Capture> =
            node.children_named("capture").filter_map(|child| self.capture(child, action.as_ref())).collect();
        let poll = self.poll(node, place).map(Box::new);
        let retry = self.retry(node, place).map(Box::new);
        let mut budget = self.budget(node, defaults);
        if let (Some(poll), Some(child)) = (&poll, node.child("poll")) {
            let estimate = self.estimate(child, Some(poll.within));
            budget = Budget { limit: poll.within, estimate, span: child.span, ..budget };
        }
        Some(Activity {
            action: action?,
            action_span: action_node.map_or(Span::default(), |child| child.span),
            surroundings,
            expectations,
            captures,
            budget,
            poll,
            retry,
        })
    }

    /// The children that are actions.
    pub(super) fn actions_of(node: &Node) -> impl Iterator<Item = &Node> {
        node.children().iter().filter(|child| ACTIONS.contains(&child.name.value.as_str()))
    }

    /// The action of a node that has exactly one.
    fn only_action<'n>(&mut self, node: &'n Node, place: Place) -> Option<&'n Node> {
        let mut actions = Self::actions_of(node);
        let Some(action) = actions.next() else {
            self.report(ModelError::NoAction { place: place.title().to_owned() }.at(node.name.span));
            return None;
        };
        if let Some(second) = actions.next() {
            let error = ModelError::SecondAction { place: place.title().to_owned() };
            self.exclusive(second.name.span, &action.name, &error);
        }
        Some(action)
    }

    /// An action, if it may stand there.
    pub(super) fn action(&mut self, node: &Node, place: Place) -> Option<Action> {
        let action = match node.name.value.as_str() {
            "run" => self.run(node),
            "sh" => self.script_action(node),
            "pipe" => self.pipe(node),
            "http" => self.http(node),
            "sql" => self.sql(node),
            "file" => self.file(node),
            "service" => self.service(node),
            "disk" => self.one_text(node, "a path").map(Action::Disk),
            "port" => self.one_text(node, "an address").map(Action::Port),
            "process" => self.one_text(node, "a name").map(Action::Process),
            "kube" => self.kube(node),
            "write" => self.write(node),
            "copy" => self.copy(node),
            "link" => self.link(node),
            "replace" => self.replace(node),
            "manual" => self.one_text(node, "what the person does").map(Action::Manual),
            _ => None,
        }?;
        let misplaced = match place {
            Place::Check | Place::Applied | Place::Preserve | Place::Diagnose => {
                super::observing::why_it_changes(&action).map(|why| {
                    let span = why.span.unwrap_or(node.name.span);
                    ModelError::Changes { place: place.title().to_owned(), what: why.what, help: why.help }.at(span)
                })
            }
            Place::Step if super::observing::only_looks(&action) => {
                Some(ModelError::OnlyLooks { word: action.word().to_owned() }.at(node.name.span))
            }
            _ => None,
        };
        match misplaced {
            None => Some(action),
            Some(finding) => {
                self.report(finding);
                None
            }
        }
    }
}
