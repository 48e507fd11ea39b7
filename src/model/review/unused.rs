//! What is defined and never used: a leftover, or the misspelled half of a pair.

use std::collections::BTreeSet;

use super::code::Code;
use super::known::{Origin, known_names};
use super::places::{Part, phase_items, places};
use super::rules::Review;
use super::texts::{action_texts, activity_texts, condition_texts, lock_texts};
use crate::model::script::{names_in_script, scripts_of};
use crate::model::{Action, Condition, Inverse, Item, PhaseStart, Runbook, SecretSource, Template};
use crate::syntax::Finding;

const UNUSED: Code = Code::warning(
    "runbook::check::unused",
    "An input, `let`, secret or capture that nothing uses. It may be a leftover, or what should use it says something \
     else. Preserved values need no use: they are compared after the way back.",
);
pub(super) const CODES: [Code; 1] = [UNUSED];

pub(super) fn review(review: &Review<'_>) -> Vec<Finding> {
    let used = used_names(review.runbook);
    known_names(review.runbook)
        .into_iter()
        .filter(|(name, known)| !used.contains(name) && !matches!(known.origin, Origin::Preserve | Origin::Run))
        .map(|(name, known)| {
            let word = known.origin.word();
            let bare = name.trim_start_matches("secret.");
            UNUSED.at(
                known.span,
                format!("the {word} `{bare}` is never used"),
                "",
                format!("use it as {{{{{name}}}}}, in a script as ${bare}, or take the {word} out"),
            )
        })
        .collect()
}

/// Every name that any text or script of the runbook uses.
fn used_names(runbook: &Runbook) -> BTreeSet<String> {
    let mut used = Used::default();
    used.texts(std::iter::once(&runbook.title));
    used.texts(runbook.release.iter().map(|release| &release.version));
    used.texts([&runbook.summary, &runbook.owner, &runbook.rollback_by].into_iter().flatten());
    used.texts(runbook.window.iter().flat_map(|window| [&window.start, &window.end]));
    used.texts(runbook.lets.iter().map(|derived| &derived.value));
    for secret in &runbook.secrets {
        match &secret.source {
            SecretSource::Environment(_) => {}
            SecretSource::File(path) => used.texts([path]),
            SecretSource::Run(action) => {
                used.texts(action_texts(action));
                used.scripts(action);
            }
        }
    }
    used.texts(runbook.lock.iter().flat_map(lock_texts));
    for phase in &runbook.phases {
        used.texts(std::iter::once(&phase.title).chain(phase.lock.iter().flat_map(lock_texts)));
        used.texts(phase.window.iter().flat_map(|window| [&window.start, &window.end]));
        if let Some(PhaseStart::Absolute(time)) = &phase.at {
            used.texts([time]);
        }
        for item in phase_items(phase) {
            used.item(item);
        }
    }
    for place in places(runbook) {
        used.texts(activity_texts(place.activity));
        used.scripts(&place.activity.action);
        if let Part::Preserve(kept) = place.part {
            used.texts(std::iter::once(&kept.title).chain(&kept.select.subject.argument));
        }
    }
    used.0
}

#[derive(Default)]
struct Used(BTreeSet<String>);

impl Used {
    fn texts<'a>(&mut self, templates: impl IntoIterator<Item = &'a Template>) {
        for template in templates {
            self.0.extend(template.references().map(|reference| reference.name.clone()));
        }
    }

    fn scripts(&mut self, action: &Action) {
        for name in scripts_of(action).into_iter().flat_map(names_in_script) {
            self.0.insert(format!("secret.{name}"));
            self.0.insert(name);
        }
    }

    fn when(&mut self, condition: Option<&Condition>) {
        if let Some(condition) = condition {
            self.0.insert(condition.name.value.clone());
            self.texts(condition_texts(condition));
        }
    }

    /// Titles and conditions; what is done is looked at elsewhere.
    fn item(&mut self, item: &Item) {
        match item {
            Item::Check(check) => {
                self.texts([&check.title]);
                self.when(check.when.as_deref());
            }
            Item::Step(step) => {
                self.texts([&step.title]);
                self.when(step.when.as_deref());
                if let Inverse::Written(inverse) = &step.inverse {
                    self.texts(&inverse.title);
                }
            }
            Item::OnRollback(back) => {
                self.texts([&back.title]);
                self.when(back.when.as_deref());
            }
            Item::Checkpoint(checkpoint) => {
                self.texts([&checkpoint.title]);
                self.when(checkpoint.when.as_deref());
                for check in &checkpoint.checks {
                    self.texts([&check.title]);
                    self.when(check.when.as_deref());
                }
            }
            Item::Manual(manual) => {
                self.texts(std::iter::once(&manual.instruction).chain(&manual.by));
                self.when(manual.when.as_deref());
            }
            Item::Wait(_) | Item::Parallel(_) => {}
        }
    }
}
