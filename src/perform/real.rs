//! The real performer: processes under the run's supervisor, everything else in place. It masks what
//! the built-in actions observe, as the supervisor masks what processes print.

use std::rc::Rc;
use std::sync::Arc;

use camino::Utf8PathBuf;

use super::built_in::perform_telling;
use super::mask::Masker;
use super::process::{Fate, Supervisor, end_of_orphans, fate_of, wait_until_over};
use super::{Performer, Running, Stop, Unseen, capture_before, forget, probe};
use crate::event::{AttemptKey, Datum, Direction, Outcome, Performance};
use crate::plan::{ResolvedActivity, ResolvedProcesses, StateBefore};

/// Performs for real.
pub struct Real {
    supervisor: Rc<Supervisor>,
    run: Utf8PathBuf,
    masker: Masker,
}

impl Real {
    /// A performer for the run in this directory; `secrets` are masked in all that is observed.
    #[must_use]
    pub fn new(supervisor: Rc<Supervisor>, run: Utf8PathBuf, secrets: &[String]) -> Self {
        Self { supervisor, run, masker: Masker::new(secrets) }
    }

    fn masked(&self, mut performance: Performance) -> Performance {
        if self.masker.hides_nothing() {
            return performance;
        }
        let mask = |text: &mut String| *text = self.masker.mask(text);
        if let Some(observation) = &mut performance.observation {
            for datum in observation.subjects.values_mut() {
                match datum {
                    Datum::Text(text) => mask(text),
                    Datum::Kept(kept) => {
                        mask(&mut kept.head);
                        mask(&mut kept.tail);
                    }
                    Datum::Number(_) | Datum::Time(_) | Datum::Flag(_) => {}
                }
            }
            observation.headers.iter_mut().for_each(|(_, value)| mask(value));
        }
        performance.trouble.iter_mut().for_each(mask);
        performance
    }
}

/// What a kubeconfig is found by, and a cluster from inside of it.
const REACHING: [&str; 4] = ["HOME", "KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"];

/// A program in a container finds its cluster by what the engine finds it by; another user has their own.
/// `None` for all else.
fn reaching(activity: &ResolvedActivity) -> Option<ResolvedActivity> {
    let Some(ResolvedProcesses::Programs { programs, .. }) = activity.action.processes() else { return None };
    if activity.surroundings.user.is_some() || programs.iter().all(|program| program.pod.is_none()) {
        return None;
    }
    let mut reaching = activity.clone();
    for name in REACHING {
        let env = &mut reaching.surroundings.env;
        if let Some(value) = std::env::var(name).ok().filter(|_| env.iter().all(|(known, _)| known != name)) {
            env.push((name.to_owned(), value));
        }
    }
    Some(reaching)
}

impl Performer for Real {
    fn perform<'a>(
        &'a self,
        key: &'a AttemptKey,
        activity: &'a ResolvedActivity,
        stop: &'a Stop,
    ) -> Running<'a, Performance> {
        // Each by itself: together they take as much room as the largest.
        if let Some(reaching) = reaching(activity) {
            return Box::pin(async move { self.supervisor.perform(key, &reaching, stop).await });
        }
        if activity.action.is_process() {
            return Box::pin(self.supervisor.perform(key, activity, stop));
        }
        Box::pin(async move {
            if key.direction != Direction::Look {
                self.supervisor.settle().await;
                if let Some(why) = self.supervisor.broke() {
                    let trouble = Some(format!("the supervisor's log can't be written: {why}"));
                    return Performance { outcome: Outcome::NotApplied, observation: None, trouble, seconds: 0.0 };
                }
            }
            let teller = Arc::new(self.supervisor.showing(key));
            self.masked(perform_telling(activity, stop, Some(teller)).await)
        })
    }

    fn capture<'a>(&'a self, activity: &'a ResolvedActivity) -> Running<'a, Result<Option<StateBefore>, String>> {
        Box::pin(capture_before(activity))
    }

    fn probe<'a>(&'a self, activity: &'a ResolvedActivity, before: &'a StateBefore) -> Running<'a, Option<bool>> {
        Box::pin(probe(activity, before))
    }

    fn forget<'a>(
        &'a self,
        activity: &'a ResolvedActivity,
        before: &'a StateBefore,
    ) -> Running<'a, Result<(), String>> {
        Box::pin(forget(activity, before))
    }

    fn settle(&self) -> Running<'_, ()> {
        Box::pin(self.supervisor.settle())
    }

    fn recover<'a>(
        &'a self,
        key: &'a AttemptKey,
        activity: &'a ResolvedActivity,
    ) -> Running<'a, Result<Performance, Unseen>> {
        Box::pin(async move {
            if !activity.action.is_process() {
                // The engine itself performed it, and the engine is gone.
                return Err(Unseen::default());
            }
            loop {
                match fate_of(&self.run, key) {
                    Ok(Fate::StillRunning) => {
                        if wait_until_over(self.run.clone()).await.is_err() {
                            return Err(Unseen::default());
                        }
                    }
                    Ok(fate @ (Fate::NeverStarted | Fate::Ended(_))) => {
                        return fate.recovered().ok_or_else(Unseen::default);
                    }
                    Ok(Fate::Unknown) | Err(_) => {
                        // Whatever comes next mustn't run beside it.
                        let survivors = end_of_orphans(self.run.clone()).await.unwrap_or_default();
                        return Err(Unseen { survivors });
                    }
                }
            }
        })
    }
}
