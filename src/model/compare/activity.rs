//! An activity as facts: the action, how it runs, what must come back, how long it may take.

use std::collections::BTreeSet;

use super::Class;
use super::doing::action_text;
use super::fact::{Facts, Part};
use super::kube::target_text;
use super::relation::Expecting;
use super::rule::{Measure, Rule};
use super::written;
use crate::model::{
    Action, Activity, Always, Budget, Capture, Expectation, Leak, Poll, Retry, Selection, Shell, Surroundings,
};
use crate::syntax::Span;

impl<'m> Facts<'m> {
    /// All that an activity says, as part of a unit.
    pub fn activity(&mut self, activity: &'m Activity) {
        let Activity { action, action_span, surroundings, expectations, captures, budget, poll, retry } = activity;
        let (acted, how) = match self.part {
            Part::Inverse => (Class::InverseChanged, Class::InverseChanged),
            Part::Own | Part::Applied | Part::Diagnose(_) => (Class::ActionChanged, Class::ActionChanged),
        };
        self.actions.push(action);
        self.tell("action", action_text(action), Rule::Of(acted), *action_span);
        self.request(action, *action_span);
        self.surroundings(surroundings, how);
        let mut written = BTreeSet::new();
        for Expectation { subject, comparison, span } in expectations {
            written.insert(subject.name);
            let about = format!("expect {}", written::subject(subject));
            let text = format!("{about} {}", written::comparison(comparison));
            let has_argument = subject.argument.is_some();
            let expecting = Expecting { subject: subject.name, has_argument, comparison: Some(comparison) };
            self.tell(about, text, Rule::Expects(expecting), *span);
        }
        if let Some(subject) =
            Always::of_action(action).map(Always::subject).filter(|subject| !written.contains(subject))
        {
            let about = format!("expect {}", subject.word());
            let expecting = Expecting { subject, has_argument: false, comparison: None };
            self.tell(&about, format!("{about}: as it is always expected"), Rule::Expects(expecting), Span::default());
        }
        for Capture { name, selection, default, span } in captures {
            let default = default.as_ref().map(|it| format!(" default={}", written::text(it))).unwrap_or_default();
            let text = format!("capture {} {}{default}", name.value, selection_text(selection));
            self.tell(format!("capture {}", name.value), text, Rule::Of(Class::Changed), *span);
        }
        self.budget(budget);
        self.repeated(poll.as_deref().copied(), retry.as_deref().copied());
    }

    /// What a request may do beyond asking.
    fn request(&mut self, action: &Action, span: Span) {
        let Action::Http(request) = action else { return };
        let loose =
            Rule::By { added: Class::GuardWeakened, removed: Class::GuardStrengthened, changed: Class::Changed };
        if request.follow {
            self.tell("follow", "follow", loose, span);
        }
        if request.link_local {
            self.tell("link-local", "link-local allow", loose, span);
        }
    }

    fn surroundings(&mut self, surroundings: &'m Surroundings, how: Class) {
        let Surroundings { cd, env, shell, stdin, user, kubernetes, interactive, leak } = surroundings;
        if let Some(target) = kubernetes {
            self.tell("kubernetes", target_text(target), Rule::Of(how), Span::default());
        }
        if let Some(cd) = cd {
            self.tell("cd", format!("cd {}", written::text(cd)), Rule::Of(how), cd.span);
        }
        for (name, value) in env {
            self.tell(format!("env {name}"), format!("env {name}={}", written::text(value)), Rule::Of(how), value.span);
        }
        let word = match shell {
            Shell::Sh => "sh",
            Shell::Bash => "bash",
        };
        self.tell("shell", format!("shell {word}"), Rule::Of(how), Span::default());
        if let Some(stdin) = stdin {
            self.tell("stdin", format!("stdin {}", written::text(stdin)), Rule::Of(how), stdin.span);
        }
        if let Some(user) = user {
            let text = format!("as {}", written::text(&user.value));
            self.tell("as", text, Rule::Of(Class::UserChanged), user.span);
        }
        if *interactive {
            self.tell("interactive", "interactive", Rule::Of(how), Span::default());
        }
        match leak {
            Leak::Deny => {}
            Leak::Allow => {
                let loose = Rule::By {
                    added: Class::GuardWeakened,
                    removed: Class::GuardStrengthened,
                    changed: Class::Changed,
                };
                self.tell("leak", "leak allow", loose, Span::default());
            }
        }
    }

    fn budget(&mut self, budget: &Budget) {
        let Budget { limit, estimate, escalate_after, span } = budget;
        let measured = |duration: std::time::Duration, measure| Rule::Amount(duration.as_secs_f64(), measure);
        self.tell("budget", format!("budget {}", written::duration(*limit)), measured(*limit, Measure::Limit), *span);
        if let Some(estimate) = estimate {
            let text = format!("estimate={}", written::duration(*estimate));
            self.tell("estimate", text, measured(*estimate, Measure::Estimate), *span);
        }
        let text = format!("escalate-after={escalate_after:?}x");
        self.tell("escalate-after", text, Rule::Amount(*escalate_after, Measure::Patience), *span);
    }

    fn repeated(&mut self, poll: Option<Poll>, retry: Option<Retry>) {
        // `within` is the budget.
        if let Some(Poll { within: _, every, hold }) = poll {
            let rule = Rule::By { added: Class::Loosened, removed: Class::Tightened, changed: Class::Changed };
            self.tell("poll", format!("poll every={}", written::duration(every)), rule, Span::default());
            if hold > 1 {
                let rule = Rule::Amount(hold.into(), Measure::Hold);
                self.tell("poll hold", format!("poll hold={hold}"), rule, Span::default());
            }
        }
        if let Some(Retry { attempts, delay, backoff }) = retry {
            let rule = Rule::Amount(attempts.into(), Measure::Attempts);
            self.tell("retry", format!("retry {attempts}"), rule, Span::default());
            let text = format!("retry delay={} backoff={backoff:?}", written::duration(delay));
            self.tell("retry delay", text, Rule::Of(Class::Changed), Span::default());
        }
    }
}

/// `select json "$.version"`.
pub(super) fn selection_text(selection: &Selection) -> String {
    let Selection { subject, matches, span: _ } = selection;
    let matches = matches.as_ref().map(|it| format!(" matches={}", written::quoted(&it.value))).unwrap_or_default();
    format!("{}{matches}", written::subject(subject))
}
