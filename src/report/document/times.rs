//! How long something takes, in words: the estimate, the hard limit, how often it is looked at or
//! tried, and when people are called.

use std::time::Duration;

use super::prose::Prose;
use crate::model::{Activity, render_duration};

/// How long an activity takes: `about 45s, at most 2m`. `calls`: with when people are called.
pub(super) fn takes(activity: &Activity, calls: bool) -> Prose {
    let budget = &activity.budget;
    let mut text = match budget.estimate {
        Some(estimate) => format!("about {}, at most ", render_duration(estimate)),
        None => "at most ".to_owned(),
    };
    match &activity.poll {
        Some(poll) => {
            text += &render_duration(poll.within.max(budget.limit));
            text.extend([", looking every ", &render_duration(poll.every)]);
            if poll.hold > 1 {
                text.extend([" until it holds ", &poll.hold.to_string(), " times in a row"]);
            }
        }
        None => text += &render_duration(budget.limit),
    }
    if let Some(retry) = &activity.retry {
        let (attempts, delay) = (retry.attempts.to_string(), render_duration(retry.delay));
        text.extend([", and up to ", &attempts, " attempts ", &delay, " apart"]);
        if retry.backoff > 1.0 {
            text += " and more";
        }
    }
    if let Some(after) = calls_people_after(activity).filter(|_| calls) {
        text.extend(["; people are called after ", &render_duration(after)]);
    }
    Prose::of(text)
}

/// After how long people are called; `None`: there is no estimate to be late by.
fn calls_people_after(activity: &Activity) -> Option<Duration> {
    let budget = &activity.budget;
    let after = budget.estimate?.as_secs_f64() * budget.escalate_after;
    Duration::try_from_secs_f64(after).ok().filter(|after| *after < budget.limit)
}
