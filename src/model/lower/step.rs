//! Checks and steps, and how a step is undone: silence about that is an error.

use std::sync::Arc;

use super::lowering::Lower;
use super::phase::INVERSE_FAILURES;
use super::surroundings::Defaults;
use crate::model::vocabulary::Place;
use crate::model::{
    Action, Activity, Applied, Check, CheckFailure, Inverse, KubeError, KubeVerb, ModelError, ServiceVerb, Step,
    StepFailure, WrittenInverse,
};
use crate::syntax::{Finding, Node, ReadError, Span, Spanned};

impl Lower<'_> {
    pub(super) fn check(&mut self, node: &Node, defaults: &Defaults) -> Option<Check> {
        let failures =
            [("rollback", CheckFailure::Rollback), ("halt", CheckFailure::Halt), ("warn", CheckFailure::Warn)];
        let id = self.id(node);
        let activity = self.activity(node, Place::Check, defaults);
        let inner = self.defaults_of(node, defaults);
        let on_failure = self.on_failure(node, &failures).unwrap_or_default();
        let diagnose = self.diagnose(node, &inner);
        let when = self.when(node);
        let why = self.prose(node, "why");
        let id = id?;
        Some(Check {
            title: self.title(node, &id),
            activity: activity?,
            on_failure,
            escalate: Self::is_flagged(node, "escalate"),
            diagnose,
            when,
            why,
            span: node.span,
            id,
        })
    }

    pub(super) fn step(&mut self, node: &Node, defaults: &Defaults) -> Option<Step> {
        let failures = [("rollback", StepFailure::Rollback), ("halt", StepFailure::Halt)];
        let id = self.id(node);
        let activity = self.activity(node, Place::Step, defaults);
        let inner = self.defaults_of(node, defaults);
        let action = activity.as_ref().map(|activity| &activity.action);
        let inverse = self.inverse(node, action, &inner);
        let applied = node.child("applied").and_then(|child| self.applied(child, &inner)).map(Box::new);
        let on_failure = self.on_failure(node, &failures).unwrap_or_default();
        let diagnose = self.diagnose(node, &inner);
        let when = self.when(node);
        let why = self.prose(node, "why");
        let idempotent = Self::is_flagged(node, "idempotent");
        if let Some(retry) = node.child("retry")
            && !idempotent
        {
            self.report(ModelError::RetryNotIdempotent.at(retry.name.span));
        }
        let id = id?;
        Some(Step {
            title: self.title(node, &id),
            activity: activity?,
            inverse: inverse?,
            applied,
            idempotent,
            atomic: Self::is_flagged(node, "atomic"),
            on_failure,
            escalate: Self::is_flagged(node, "escalate"),
            diagnose,
            when,
            why,
            span: node.span,
            id,
        })
    }

    /// How a step is undone; `None` after an error, or when its action is in error and may derive it.
    fn inverse(&mut self, step: &Node, action: Option<&Action>, defaults: &Defaults) -> Option<Inverse> {
        match (step.child("inverse"), step.child("irreversible")) {
            (Some(inverse), Some(irreversible)) => {
                let mut finding = ModelError::InverseOfIrreversible.at(irreversible.name.span);
                finding.labels.push((inverse.name.span, "and undone here".to_owned()));
                self.report(finding);
                None
            }
            (None, Some(node)) => self.because(node).map(|because| Inverse::Irreversible { because }),
            (Some(node), None) => self.said_inverse(node, defaults),
            (None, None) => self.derived_inverse(step, action),
        }
    }

    fn derived_inverse(&mut self, step: &Node, action: Option<&Action>) -> Option<Inverse> {
        if let Some((name, span)) = action.and_then(secret_object) {
            self.report(KubeError::SecretObject { name }.at(span));
            return None;
        }
        if action.is_some_and(Action::derives_inverse) {
            return Some(Inverse::Derived);
        }
        // An action in error may be one that derives its inverse.
        let word = Self::actions_of(step).next().map(|node| node.name.value.as_str());
        if action.is_none() && matches!(word, None | Some("write" | "copy" | "link" | "replace" | "service" | "kube")) {
            return None;
        }
        let id = step.argument(0).map(|entry| entry.spelled().value).unwrap_or_default();
        let error = match action {
            Some(Action::ServiceChange { verb: verb @ (ServiceVerb::Restart | ServiceVerb::Reload), .. }) => {
                ModelError::RestartNotUndone { verb: verb.word().to_owned() }
            }
            _ => ModelError::NoInverse { id: crate::syntax::reader::shortened(&id) },
        };
        self.report(error.at(step.name.span));
        None
    }

    fn said_inverse(&mut self, node: &Node, defaults: &Defaults) -> Option<Inverse> {
        if node.children.is_none() {
            if let Some(entry) = node.argument(0)
                && entry.spelled().value == "none"
            {
                return self.because(node).map(|because| Inverse::None { because });
            }
            self.report(ModelError::EmptyInverse.at(node.name.span));
            return None;
        }
        if let Some(because) = node.properties.iter().find(|property| property.name.value == "because") {
            self.report(ModelError::InverseAndReason.at(because.name.span));
        }
        self.written_inverse(node, defaults).map(|inverse| Inverse::Written(Box::new(inverse)))
    }

    fn written_inverse(&mut self, node: &Node, defaults: &Defaults) -> Option<WrittenInverse> {
        let title = self.own_title(node);
        let valid_for = node.property("valid-for").and_then(|entry| self.duration(entry));
        let loses = node.property("loses").and_then(|entry| self.keep(entry.text())).map(|text| text.value);
        let activity = self.activity(node, Place::Inverse, defaults);
        let on_failure = self.on_failure(node, &INVERSE_FAILURES).unwrap_or_default();
        Some(WrittenInverse { title, valid_for, loses, activity: activity?, on_failure, span: node.span })
    }

    /// The reason that must be given; not an empty one.
    fn because(&mut self, node: &Node) -> Option<String> {
        let entry = self.keep(node.required_property("because"))?;
        let text = self.keep(entry.text())?;
        if text.value.trim().is_empty() {
            self.report(ModelError::EmptyReason.at(text.span));
            return None;
        }
        Some(text.value)
    }

    fn applied(&mut self, node: &Node, defaults: &Defaults) -> Option<Applied> {
        let until = node.property("until").and_then(|entry| self.keep(entry.text()));
        let activity = self.activity(node, Place::Applied, defaults);
        Some(Applied { activity: activity?, until, span: node.span })
    }

    /// `diagnose {…}`: every action in it is an activity of its own.
    fn diagnose(&mut self, parent: &Node, defaults: &Defaults) -> Vec<Activity> {
        let Some(node) = parent.child("diagnose") else { return Vec::new() };
        let actions: Vec<&Node> = Self::actions_of(node).collect();
        if actions.is_empty() {
            self.report(ModelError::NoAction { place: Place::Diagnose.title().to_owned() }.at(node.name.span));
        }
        let inner = self.defaults_of(node, defaults);
        let surroundings = self.surroundings(node, defaults);
        let budget = self.budget(node, &inner);
        actions
            .into_iter()
            .filter_map(|action| {
                Some(Activity {
                    action: self.action(action, Place::Diagnose)?,
                    action_span: action.span,
                    surroundings: Arc::clone(&surroundings),
                    expectations: Vec::new(),
                    captures: Vec::new(),
                    budget,
                    poll: None,
                    retry: None,
                })
            })
            .collect()
    }

    /// A block that must have children has them.
    pub(super) fn has_children(&mut self, node: &Node, usage: &str) -> bool {
        if node.children.is_none() {
            let error = ReadError::MissingChildren { node: node.name.value.clone(), usage: usage.to_owned() };
            self.report(error.at(node.name.span));
        }
        node.children.is_some()
    }

    /// Notes that two things exclude each other.
    pub(super) fn exclusive(&mut self, span: Span, other: &Spanned<String>, error: &ModelError) {
        self.beside(error.at(span), other);
    }

    /// Reports what can't stand beside something else, and shows both.
    pub(super) fn beside(&mut self, mut finding: Finding, other: &Spanned<String>) {
        finding.labels.push((other.span, format!("and `{}` here", other.value)));
        self.report(finding);
    }
}

/// A Secret among what is applied: what it held before is written nowhere.
fn secret_object(action: &Action) -> Option<(String, crate::syntax::Span)> {
    let Action::Kube(kube) = action else { return None };
    let KubeVerb::Apply(manifest) = &kube.verb else { return None };
    let secret = manifest.secret()?;
    let name = secret.content["metadata"]["name"].as_str().unwrap_or_default();
    Some((crate::syntax::reader::shortened(name), secret.span))
}
