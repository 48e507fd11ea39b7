//! References: does the name exist, and has it a value where it is used? Looked at in the order of
//! execution; an inverse knows what was known when its step started, and perhaps what the step captured.

use std::collections::BTreeMap;

use super::code::{Code, WithPlace};
use super::known::{Known, Origin, known_names};
use super::rules::Review;
use super::texts::{acting_texts, action_texts, condition_texts, judging_texts, lock_texts};
use crate::model::script::{names_assigned_in_script, names_in_script, scripts_of};
use crate::model::{
    Activity, Check, CheckFailure, Checkpoint, Condition, Inverse, Item, OnRollback, Phase, PhaseStart, SecretSource,
    Step, Template, Window,
};
use crate::syntax::suggest::closest;
use crate::syntax::{Finding, Span};

pub(super) const UNDEFINED: Code = Code::error(
    "runbook::check::undefined_name",
    "A text names a value that nothing in the runbook makes. Values come from `input`, `let`, `capture` and \
     `preserve`; secrets are written {{secret.name}}; the run itself gives {{run.id}} and {{run.started}}.",
);
pub(super) const NOT_YET: Code = Code::error(
    "runbook::check::not_known_yet",
    "A value is used before it is made. A captured value is known only after the check or step that captures it, a \
     `let` can use inputs and the lets before it, and branches of `parallel` have no captures of each other.",
);
pub(super) const MAY_BE_MISSING: Code = Code::error(
    "runbook::check::may_have_no_value",
    "A value is used where it may not have been captured: its step may be skipped by `when` or because it is applied \
     already, its check may fail with `on-failure warn`, or its own inverse runs because the attempt ended before \
     anything was answered. Give the capture a `default=` that says so, capture the value earlier, or put the same \
     `when` on what uses it.",
);
pub(super) const CODES: [Code; 3] = [UNDEFINED, NOT_YET, MAY_BE_MISSING];

/// Whether a name has a value at some point of the run.
#[derive(Debug, Clone)]
enum Certainty {
    /// Whatever happened before.
    Always,
    /// Not always.
    Maybe {
        /// Why not, as a part of a sentence.
        why: String,
        /// The `when` under which it has one after all.
        unless: Option<String>,
    },
}

/// The names that may have a value at some point of the run.
type State = BTreeMap<String, Certainty>;

/// Every finding about a name.
pub(super) fn review(review: &Review<'_>) -> Vec<Finding> {
    let mut names = Names { review, known: known_names(review.runbook), findings: Vec::new() };
    let mut state = names.start();
    names.heads(&state);
    for phase in &review.runbook.phases {
        for item in &phase.items {
            state = names.item(item, state);
        }
    }
    names.findings
}

struct Names<'a> {
    review: &'a Review<'a>,
    known: BTreeMap<String, Known>,
    findings: Vec<Finding>,
}

impl<'a> Names<'a> {
    /// What is known before anything runs; on the way every `let` is looked at.
    fn start(&mut self) -> State {
        let runbook = self.review.runbook;
        let mut state: State = ["run.id", "run.started"].map(|name| (name.to_owned(), Certainty::Always)).into();
        state.extend(runbook.inputs.iter().map(|input| (input.name.value.clone(), Certainty::Always)));
        state.extend(runbook.secrets.iter().map(|secret| (format!("secret.{}", secret.name.value), Certainty::Always)));
        for derived in &runbook.lets {
            self.shown(&derived.value, &state);
            state.insert(derived.name.value.clone(), Certainty::Always);
        }
        state
    }

    /// The texts that are settled before anything runs.
    fn heads(&mut self, state: &State) {
        let runbook = self.review.runbook;
        let release = runbook.release.as_ref().map(|release| &release.version);
        let head = [&runbook.summary, &runbook.owner, &runbook.rollback_by].into_iter().flatten();
        for text in std::iter::once(&runbook.title).chain(release).chain(head) {
            self.shown(text, state);
        }
        runbook.lock.iter().flat_map(lock_texts).for_each(|text| self.shown(text, state));
        self.window(runbook.window.as_ref(), state);
        for secret in &runbook.secrets {
            match &secret.source {
                SecretSource::Environment(_) => {}
                SecretSource::File(path) => self.shown(path, state),
                SecretSource::Run(action) => self.texts(&action_texts(action), state),
            }
        }
        for phase in &runbook.phases {
            self.phase_head(phase, state);
        }
    }

    fn phase_head(&mut self, phase: &Phase, state: &State) {
        self.shown(&phase.title, state);
        self.window(phase.window.as_ref(), state);
        phase.lock.iter().flat_map(lock_texts).for_each(|text| self.shown(text, state));
        match &phase.at {
            Some(PhaseStart::Absolute(time)) => self.shown(time, state),
            Some(PhaseStart::Relative(_)) | None => {}
        }
    }

    fn window(&mut self, window: Option<&Window>, state: &State) {
        for text in window.iter().flat_map(|window| [&window.start, &window.end]) {
            self.shown(text, state);
        }
    }

    /// Looks at one item; returns what is known after it.
    fn item(&mut self, item: &'a Item, state: State) -> State {
        match item {
            Item::Check(check) => self.check(check, state, None),
            Item::Step(step) => self.step(step, state),
            Item::OnRollback(back) => self.on_rollback(back, state),
            Item::Checkpoint(checkpoint) => self.checkpoint(checkpoint, state),
            Item::Manual(manual) => {
                let inner = self.condition(manual.when.as_deref(), &state);
                self.shown(&manual.instruction, &inner);
                manual.by.iter().for_each(|by| self.shown(by, &inner));
                state
            }
            Item::Wait(_) => state,
            Item::Parallel(parallel) => {
                let mut after = state.clone();
                for branch in &parallel.branches {
                    after.extend(self.item(branch, state.clone()));
                }
                after
            }
        }
    }

    fn check(&mut self, check: &'a Check, mut state: State, around: Option<&Condition>) -> State {
        let inner = self.condition(check.when.as_deref(), &state);
        self.title(&check.title);
        self.activity(&check.activity, &inner);
        let own = with_captures(inner, &check.activity, Some(&may(&check.id.value, "may end before it answers")));
        check.diagnose.iter().for_each(|evidence| self.activity(evidence, &own));
        let why = match check.on_failure {
            CheckFailure::Warn => Some(may(&check.id.value, "may fail, and the run goes on")),
            CheckFailure::Rollback | CheckFailure::Halt => skipped(&check.id.value, check.when.as_deref().or(around)),
        };
        state = with_captures(state, &check.activity, why.as_ref());
        state
    }

    fn step(&mut self, step: &'a Step, mut state: State) -> State {
        let id = &step.id.value;
        let inner = self.condition(step.when.as_deref(), &state);
        self.title(&step.title);
        if let Some(applied) = &step.applied {
            self.activity(&applied.activity, &inner);
            state = with_captures(state, &applied.activity, skipped(id, step.when.as_deref()).as_ref());
        }
        self.activity(&step.activity, &inner);
        let unanswered = may(id, "may end before anything is answered");
        let own = with_captures(inner, &step.activity, Some(&unanswered));
        step.diagnose.iter().for_each(|evidence| self.activity(evidence, &own));
        if let Inverse::Written(inverse) = &step.inverse {
            inverse.title.iter().for_each(|title| self.title(title));
            self.activity(&inverse.activity, &own);
        }
        let why = match &step.applied {
            Some(_) => Some(may(id, "is skipped where it is applied already")),
            None => skipped(id, step.when.as_deref()),
        };
        with_captures(state, &step.activity, why.as_ref())
    }

    fn on_rollback(&mut self, back: &'a OnRollback, state: State) -> State {
        let inner = self.condition(back.when.as_deref(), &state);
        self.title(&back.title);
        self.activity(&back.activity, &inner);
        state
    }

    fn checkpoint(&mut self, checkpoint: &'a Checkpoint, mut state: State) -> State {
        let when = checkpoint.when.as_deref();
        let mut inner = self.condition(when, &state);
        self.title(&checkpoint.title);
        for check in &checkpoint.checks {
            inner = self.check(check, inner, None);
            state = with_captures(
                state,
                &check.activity,
                skipped(&check.id.value, check.when.as_deref().or(when)).as_ref(),
            );
        }
        for kept in &checkpoint.preserves {
            self.title(&kept.title);
            self.activity(&kept.activity, &inner);
            kept.select.subject.argument.iter().for_each(|path| self.shown(path, &inner));
            let why = skipped(&checkpoint.id.value, when).unwrap_or(Certainty::Always);
            inner.insert(kept.name.value.clone(), Certainty::Always);
            state.insert(kept.name.value.clone(), why);
        }
        state
    }

    /// Looks at a `when`; returns what is known where it holds.
    fn condition(&mut self, condition: Option<&Condition>, state: &State) -> State {
        let Some(condition) = condition else { return state.clone() };
        let name = &condition.name;
        self.reference(&name.value, name.span, state);
        condition_texts(condition).for_each(|text| self.shown(text, state));
        let holds = condition_key(condition);
        let known_here = |certainty: &Certainty| match certainty {
            Certainty::Maybe { unless: Some(unless), .. } if *unless == holds => Certainty::Always,
            Certainty::Always | Certainty::Maybe { .. } => certainty.clone(),
        };
        state.iter().map(|(name, certainty)| (name.clone(), known_here(certainty))).collect()
    }

    /// A text that is only shown, in a plan also before its values are known.
    fn title(&mut self, title: &Template) {
        let everything = self.known.keys().map(|name| (name.clone(), Certainty::Always)).collect();
        self.shown(title, &everything);
    }

    fn activity(&mut self, activity: &Activity, state: &State) {
        self.texts(&acting_texts(activity), state);
        for script in scripts_of(&activity.action) {
            self.script(script, activity.action_span, state);
        }
        self.texts(&judging_texts(activity), &with_captures(state.clone(), activity, None));
    }

    fn shown(&mut self, template: &Template, state: &State) {
        self.texts(&[template], state);
    }

    fn texts(&mut self, templates: &[&Template], state: &State) {
        for template in templates {
            for reference in template.references() {
                let span = self.review.narrow(template.span, "{{", &reference.name);
                self.reference(&reference.name, span, state);
            }
        }
    }

    /// A script names values as `$name`; what it sets itself or what nothing defines is its own.
    fn script(&mut self, text: &str, span: Span, state: &State) {
        let own = names_assigned_in_script(text);
        for name in names_in_script(text).difference(&own) {
            let is_secret = self.known.contains_key(&format!("secret.{name}"));
            if self.known.contains_key(name) && !is_secret {
                let span = self.review.narrow(span, "$", name);
                self.reference(name, span, state);
            }
        }
    }

    fn reference(&mut self, name: &str, span: Span, state: &State) {
        let finding = match (self.known.get(name), state.get(name)) {
            (None, _) if self.review.is_declared(name) => return,
            (None, _) => self.undefined(name, span),
            (Some(known), None) => not_yet(name, *known, span),
            (Some(_), Some(Certainty::Always)) => return,
            (Some(known), Some(Certainty::Maybe { why, .. })) => may_be_missing(name, *known, span, why),
        };
        self.findings.push(finding);
    }

    fn undefined(&self, name: &str, span: Span) -> Finding {
        let secret = format!("secret.{name}");
        let help = if self.known.contains_key(&secret) {
            format!("`{name}` is a secret: write {{{{{secret}}}}}")
        } else {
            match closest(name, self.known.keys().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("define it: input {name}, let {name} \"…\", or capture {name} in an earlier check"),
            }
        };
        UNDEFINED.at(span, format!("there is no value named `{name}`"), "not defined", help)
    }
}

fn not_yet(name: &str, known: Known, span: Span) -> Finding {
    let help = match known.origin {
        Origin::Let => format!("a `let` uses inputs and the lets before it: move `{name}` up"),
        Origin::Capture | Origin::Preserve | Origin::Input | Origin::Secret | Origin::Run => {
            "use it after the check or step that captures it; branches of `parallel` have no captures of each other"
                .to_owned()
        }
    };
    NOT_YET
        .at(span, format!("`{name}` has no value here yet"), "used here", help)
        .and(known.span, format!("its {} stands here", known.origin.word()))
}

fn may_be_missing(name: &str, known: Known, span: Span, why: &str) -> Finding {
    let help = match known.origin {
        Origin::Capture => format!("give the capture of `{name}` a default=\"…\", or capture it earlier"),
        Origin::Preserve | Origin::Input | Origin::Let | Origin::Secret | Origin::Run => {
            "put the same `when` on what uses it".to_owned()
        }
    };
    MAY_BE_MISSING
        .at(span, format!("`{name}` may have no value here: {why}"), "used here", help)
        .and(known.span, format!("its {} stands here", known.origin.word()))
}

/// What is known after an activity has answered.
fn with_captures(mut state: State, activity: &Activity, why: Option<&Certainty>) -> State {
    for capture in &activity.captures {
        let certainty = if capture.default.is_some() { None } else { why.cloned() };
        state.insert(capture.name.value.clone(), certainty.unwrap_or(Certainty::Always));
    }
    state
}

fn may(id: &str, what: &str) -> Certainty {
    Certainty::Maybe { why: format!("`{id}` {what}"), unless: None }
}

fn skipped(id: &str, when: Option<&Condition>) -> Option<Certainty> {
    when.map(|condition| Certainty::Maybe {
        why: format!("`{id}` is skipped where its `when` doesn't hold"),
        unless: Some(condition_key(condition)),
    })
}

/// The same text for the same condition, wherever it stands.
fn condition_key(condition: &Condition) -> String {
    let expected: Vec<_> = condition_texts(condition).map(|text| &text.parts).collect();
    format!("{} {:?} {expected:?}", condition.name.value, condition.comparison.matcher)
}
