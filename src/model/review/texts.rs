//! Every text of an activity that may hold values. (Whether a secret may stand in one is lowering's.)

use std::collections::BTreeSet;

use crate::model::{Action, Activity, Condition, Content, Expectation, HttpBody, HttpRequest, Lock, Program, Template};
use crate::model::{names_in_script, scripts_of};

/// Every name that an activity uses, in its texts or in its scripts; those of scripts may be a shell's own.
#[must_use]
pub fn names_used(activity: &Activity) -> BTreeSet<String> {
    let texts = activity_texts(activity);
    let mut names: BTreeSet<_> =
        texts.iter().flat_map(|text| text.references()).map(|reference| reference.name.clone()).collect();
    names.extend(scripts_of(&activity.action).into_iter().flat_map(names_in_script));
    names
}

/// Every name that a condition uses.
#[must_use]
pub fn names_in_condition(condition: &Condition) -> BTreeSet<String> {
    let named = condition_texts(condition).flat_map(Template::references).map(|reference| reference.name.clone());
    named.chain([condition.name.value.clone()]).collect()
}

/// Every text of an activity.
pub(super) fn activity_texts(activity: &Activity) -> Vec<&Template> {
    let mut texts = acting_texts(activity);
    texts.extend(judging_texts(activity));
    texts
}

/// The texts that are needed to judge what came back: when the activity's own captures are taken.
pub(super) fn judging_texts(activity: &Activity) -> Vec<&Template> {
    let mut texts = Texts::default();
    for expectation in &activity.expectations {
        texts.expectation(expectation);
    }
    texts.0
}

/// The texts that are needed to act and to capture: of action, surroundings and captures.
pub(super) fn acting_texts(activity: &Activity) -> Vec<&Template> {
    let mut texts = Texts::default();
    texts.action(&activity.action);
    let surroundings = &activity.surroundings;
    texts.add(&surroundings.cd);
    texts.add(surroundings.env.iter().map(|(_, value)| value));
    texts.add(&surroundings.stdin);
    texts.add(surroundings.user.iter().map(|user| &user.value));
    if let Some(target) = surroundings.kubernetes.as_ref().filter(|_| activity.action.asks_a_cluster()) {
        texts.add(target.context.iter().chain(&target.namespace).chain(&target.kubeconfig));
    }
    for capture in &activity.captures {
        texts.add(&capture.selection.subject.argument);
        texts.add(&capture.default);
    }
    texts.0
}

/// Every text of a lock.
pub(super) fn lock_texts(lock: &Lock) -> impl Iterator<Item = &Template> {
    std::iter::once(&lock.name).chain(lock.lease_texts())
}

/// Every text of an action alone.
pub(super) fn action_texts(action: &Action) -> Vec<&Template> {
    let mut texts = Texts::default();
    texts.action(action);
    texts.0
}

/// Every text of a `when`.
pub(super) fn condition_texts(condition: &Condition) -> impl Iterator<Item = &Template> {
    condition.comparison.expected.iter().map(|expected| &expected.text)
}

#[derive(Default)]
struct Texts<'a>(Vec<&'a Template>);

impl<'a> Texts<'a> {
    fn add(&mut self, templates: impl IntoIterator<Item = &'a Template>) {
        self.0.extend(templates);
    }

    fn program(&mut self, program: &'a Program) {
        self.add([&program.program]);
        self.add(&program.arguments);
        if let Some(pod) = &program.pod {
            self.add([&pod.object].into_iter().chain(&pod.container).chain(&pod.namespace).chain(&pod.stdin));
        }
    }

    fn expectation(&mut self, expectation: &'a Expectation) {
        self.add(&expectation.subject.argument);
        self.add(expectation.comparison.expected.iter().map(|expected| &expected.text));
    }

    fn action(&mut self, action: &'a Action) {
        match action {
            Action::Run(program) => self.program(program),
            Action::Script(_) => {}
            Action::Pipe { parts, to } => {
                for part in parts {
                    self.program(part);
                }
                self.add(to);
            }
            Action::Http(request) => self.request(request),
            Action::Sql { url, bindings, .. } => {
                self.add([url]);
                self.add(bindings.iter().map(|binding| &binding.value));
            }
            Action::File { pattern: path, .. }
            | Action::Disk(path)
            | Action::Port(path)
            | Action::Process(path)
            | Action::Service(path) => self.add([path]),
            Action::ServiceChange { unit, .. } => self.add(unit),
            Action::Write { path, content, .. } => {
                self.add([path]);
                match content {
                    Content::Text(text) | Content::Template { text, .. } => self.add([text]),
                }
            }
            Action::Copy { from, to, .. } => self.add([from, to]),
            Action::Link { path, to } => self.add([path, to]),
            Action::Replace(replacement) => {
                self.add([&replacement.path, &replacement.matches, &replacement.with]);
            }
            Action::Kube(kube) => self.add(kube.texts()),
            Action::Manual(instruction) => self.add([instruction]),
        }
    }

    fn request(&mut self, request: &'a HttpRequest) {
        self.add([&request.url]);
        self.add(request.headers.iter().map(|(_, value)| value));
        match &request.body {
            None => {}
            Some(HttpBody::Json(fields)) => self.add(fields.iter().map(|field| &field.value)),
            Some(HttpBody::Text { text, kind }) => {
                self.add([text]);
                self.add(kind);
            }
            Some(HttpBody::File { path, kind }) => {
                self.add([path]);
                self.add(kind);
            }
            Some(HttpBody::Form(fields)) => self.add(fields.iter().map(|(_, value)| value)),
        }
    }
}
