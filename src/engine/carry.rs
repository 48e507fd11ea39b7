//! Carrying out one activity: put the values in, perform, poll, judge, capture. It decides nothing:
//! what it brings back becomes an event, and `decide` goes on from there.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::judge::Judge;
use super::knowing::Known;
use crate::event::{
    Answer, AttemptKey, Datum, Direction, Failure, FailureKind, Held, Judgement, Observation, Outcome, Performance,
};
use crate::model::{Action, Activity, SubjectName, Values};
use crate::perform::{Performer, Stop};
use crate::plan::{Circumstances, KeptFiles, ResolvedAction, ResolvedActivity, StateBefore, resolve_activity};
use crate::syntax::Sources;
use camino::Utf8PathBuf;
use tokio::time::Instant;

/// Everything that carrying out needs and that doesn't change during a run.
pub struct Carrier {
    /// Performs.
    pub performer: Rc<dyn Performer>,
    /// Judges.
    pub judge: Judge,
    /// The author's text.
    pub sources: Arc<Sources>,
    /// Where relative paths start.
    pub folder: Utf8PathBuf,
    /// The run's copies of the files that actions call and read.
    pub kept: KeptFiles,
    /// What actions inherit.
    pub inherited: BTreeMap<String, String>,
    /// The run.
    pub run: String,
    /// `secret.name` → value.
    pub secrets: Values,
}

/// One activity to carry out.
#[derive(Clone)]
pub struct Errand {
    /// Which attempt, for the environment and the supervisor.
    pub key: AttemptKey,
    /// What to carry out.
    pub activity: Activity,
    /// The values that it may use.
    pub known: Known,
    /// The state that a derived inverse puts back instead of performing the action.
    pub restore: Option<StateBefore>,
    /// The subject that a `preserve` takes its value from.
    pub preserved: Option<SubjectName>,
    /// Ends the running action.
    pub stop: Stop,
    /// Ends polling.
    pub cut: Stop,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Carried {
    /// What became of the effect.
    pub outcome: Outcome,
    /// Why it isn't good; `None`: it is.
    pub failure: Option<Failure>,
    /// Every expectation.
    pub judgements: Vec<Judgement>,
    /// What was captured.
    pub captures: BTreeMap<String, String>,
    /// What was observed last.
    pub observation: Option<Observation>,
    /// Seconds from start to end.
    pub seconds: f64,
}

/// How many lines of output an event keeps.
const TAIL_LINES: usize = 20;
/// How many characters of each.
const TAIL_WIDTH: usize = 400;

impl Carrier {
    /// Puts the values into an errand's activity.
    ///
    /// # Errors
    /// A value isn't known; the text says which.
    pub fn resolve(&self, errand: &Errand) -> Result<ResolvedActivity, String> {
        let direction = match errand.key.direction {
            Direction::Forward => "forward",
            Direction::Back => "back",
            Direction::Look => "look",
        };
        let circumstances = Circumstances {
            folder: &self.folder,
            kept: &self.kept,
            inherited: &self.inherited,
            run: &self.run,
            unit: &errand.key.unit,
            attempt: errand.key.number,
            idempotency_key: format!("{}-{}-{direction}", self.run, errand.key.unit),
            read_only: errand.key.direction == Direction::Look,
            preserved: errand.preserved,
        };
        let mut resolved = resolve_activity(&errand.activity, errand.known.with_secrets(), &circumstances)
            .map_err(|error| error.to_string())?;
        if let Some(before) = &errand.restore {
            resolved.action = ResolvedAction::Restore(before.clone());
        }
        Ok(resolved)
    }

    /// Carries an errand out to its end.
    pub async fn carry_out(&self, errand: &Errand) -> Carried {
        let began = Instant::now();
        let resolved = match self.resolve(errand) {
            Ok(resolved) => resolved,
            Err(why) => return Carried::not_started(why),
        };
        let performance = self.performer.perform(&errand.key, &resolved, &errand.stop).await;
        // What systemd or a cluster gave up on doesn't come by looking again; meanwhile the service would be down.
        let given_up = given_up(&resolved.action, &performance);
        let mut carried = self.conclude(errand, performance);
        if let Some(why) = given_up.clone() {
            carried.failure = Some(Failure { kind: FailureKind::Refused, why });
        }
        // A derived inverse waits until the state of before is there: to look again would put it back again.
        if let Some(poll) = errand.activity.poll.as_deref().filter(|_| given_up.is_none() && errand.restore.is_none()) {
            carried = Box::pin(self.poll(errand, resolved, carried, *poll, began)).await;
        }
        carried.seconds = began.elapsed().as_secs_f64();
        carried
    }

    /// Looks again until it holds often enough in a row. It never acts again: a step on a unit acts
    /// once and is then observed.
    async fn poll(
        &self,
        errand: &Errand,
        mut resolved: ResolvedActivity,
        mut carried: Carried,
        poll: crate::model::Poll,
        began: Instant,
    ) -> Carried {
        let mut in_a_row = u32::from(carried.failure.is_none());
        let acts = errand.key.direction != Direction::Look;
        if acts && carried.outcome != Outcome::Applied {
            return carried;
        }
        if acts {
            match &mut resolved.action {
                ResolvedAction::ServiceChange { unit: Some(unit), .. } => {
                    resolved.action = ResolvedAction::Service(unit.clone());
                }
                ResolvedAction::Kube(kube) => match kube.verb.looking() {
                    Some(look) => kube.verb = look,
                    None => return carried,
                },
                _ => {}
            }
        }
        while in_a_row < poll.hold {
            let left = poll.within.saturating_sub(began.elapsed());
            if left.is_zero() || errand.cut.is_asked() || errand.stop.is_asked() {
                return carried.unheld(poll.within, in_a_row, poll.hold);
            }
            let pause = tokio::time::sleep(poll.every.min(left));
            tokio::select! {
                () = pause => {}
                () = errand.cut.asked() => {}
                () = errand.stop.asked() => {}
            }
            resolved.budget = poll.within.saturating_sub(began.elapsed()).max(Duration::from_millis(100));
            let mut look = self.performer.perform(&errand.key, &resolved, &errand.stop).await;
            if acts {
                keep_lowest(carried.observation.as_ref(), &mut look);
            }
            let mut seen = self.conclude(errand, look);
            if acts {
                // Looking can't make an effect that is there unknown.
                seen.outcome = carried.outcome;
            }
            carried = seen;
            in_a_row = if carried.failure.is_none() { in_a_row + 1 } else { 0 };
        }
        carried
    }

    /// Judges what a performance brought back, and captures from it.
    pub fn conclude(&self, errand: &Errand, performance: Performance) -> Carried {
        let Performance { outcome, observation, trouble, seconds } = performance;
        let values = errand.known.with_secrets();
        let mut captures = BTreeMap::new();
        let mut not_captured = None;
        // What was printed before a time-out or a kill may be half a value: only an answer is captured.
        if let Some(observation) = observation.as_ref().filter(|_| outcome == Outcome::Applied) {
            for capture in &errand.activity.captures {
                match self.judge.capture(capture, observation, values) {
                    Ok(value) => drop(captures.insert(capture.name.value.clone(), value)),
                    Err(why) => drop(not_captured.get_or_insert(why.to_string())),
                }
            }
        }
        // A derived inverse is verified by its performer; the step's own expectations are of the way out.
        let judged = if errand.restore.is_some() { None } else { observation.as_ref() };
        let judgements = judged.map_or_else(Vec::new, |observation| {
            self.judge.judge(&errand.activity, observation, values, &self.sources)
        });
        let failure = failure_of(outcome, trouble, &judgements, not_captured);
        Carried { outcome, failure, judgements, captures, observation, seconds }
    }

    /// Asks *is the whole effect there?*
    pub async fn ask_applied(&self, errand: &Errand) -> (Answer, Carried) {
        let carried = self.carry_out(errand).await;
        (answer_of(&errand.activity, &carried), carried)
    }
}

/// How few replicas were available while something was rolled out doesn't get better by looking again.
fn keep_lowest(before: Option<&Observation>, look: &mut Performance) {
    let available = |seen: &Observation| match seen.get(SubjectName::Available) {
        Some(Datum::Number(quantity)) => Some(*quantity),
        _ => None,
    };
    let (Some(before), Some(seen)) = (before.and_then(available), look.observation.as_mut()) else { return };
    if available(seen).is_some_and(|now| before.number < now.number) {
        seen.subjects.insert(SubjectName::Available, Datum::Number(before));
    }
}

/// Why a change of a unit or of a cluster went wrong although a state was observed after it.
fn given_up(action: &ResolvedAction, performance: &Performance) -> Option<String> {
    let changes = match action {
        ResolvedAction::ServiceChange { .. } => true,
        ResolvedAction::Kube(kube) => !kube.verb.only_looks(),
        _ => false,
    };
    let acted = changes && performance.outcome == Outcome::Applied;
    performance.trouble.clone().filter(|_| acted)
}

/// The answer of an `applied`, from what it observed.
fn answer_of(activity: &Activity, carried: &Carried) -> Answer {
    if carried.outcome != Outcome::Applied {
        return Answer::CannotTell;
    }
    match Judge::answer(activity, &carried.judgements) {
        Answer::Yes if carried.failure.is_some() => Answer::CannotTell,
        answer => answer,
    }
}

fn failure_of(
    outcome: Outcome,
    trouble: Option<String>,
    judgements: &[Judgement],
    not_captured: Option<String>,
) -> Option<Failure> {
    match outcome {
        Outcome::NotApplied => {
            return Some(Failure {
                kind: FailureKind::DidNotStart,
                why: trouble.unwrap_or_else(|| "it did not start".to_owned()),
            });
        }
        Outcome::Unknown => {
            return Some(Failure {
                kind: FailureKind::Unknown,
                why: trouble.unwrap_or_else(|| "nobody can know what became of it".to_owned()),
            });
        }
        Outcome::Applied => {}
    }
    let failed = judgements.iter().filter(|judgement| judgement.held != Held::Yes);
    // What the action itself answered goes before what was expected of its text.
    if let Some(judgement) =
        failed.clone().find(|judgement| judgement.place.is_none()).or_else(|| failed.clone().next())
    {
        let kind = if judgement.place.is_none() { FailureKind::Refused } else { FailureKind::Unexpected };
        // Why there was nothing to judge says more than that there was nothing.
        let why = trouble.filter(|_| judgement.held == Held::InError).unwrap_or_else(|| in_words(judgement));
        return Some(Failure { kind, why });
    }
    let why = trouble.or(not_captured)?;
    Some(Failure { kind: FailureKind::Unexpected, why })
}

/// A failed expectation in one line.
fn in_words(judgement: &Judgement) -> String {
    let actual: String = judgement.actual.lines().next().unwrap_or_default().chars().take(120).collect();
    // The first line of a text that goes on says less than what was found out about it.
    let line = judgement.line.trim_end_matches(['"', '#']).trim_end_matches('=');
    match (judgement.held, &judgement.note) {
        (Held::InError, Some(note)) => format!("{}: {note}", judgement.line),
        (Held::No, Some(note)) if judgement.texts.is_some() => format!("{line} doesn't hold: {note}"),
        _ if actual.is_empty() => format!("{} doesn't hold: there was nothing", judgement.line),
        _ => format!("{} doesn't hold: it was {actual}", judgement.line),
    }
}

impl Carried {
    fn not_started(why: String) -> Self {
        Self {
            outcome: Outcome::NotApplied,
            failure: Some(Failure { kind: FailureKind::DidNotStart, why }),
            judgements: Vec::new(),
            captures: BTreeMap::new(),
            observation: None,
            seconds: 0.0,
        }
    }

    /// It never held often enough.
    fn unheld(mut self, within: Duration, in_a_row: u32, hold: u32) -> Self {
        if self.failure.is_none() {
            let within = crate::model::render_duration(within);
            let why = format!("it held {in_a_row} times in a row and not {hold}, within {within}");
            self.failure = Some(Failure { kind: FailureKind::Unexpected, why });
        }
        self
    }

    /// The last lines that the action printed, bounded; empty for all that prints nothing.
    pub fn tail(&self) -> Vec<String> {
        let Some(observation) = &self.observation else { return Vec::new() };
        let datum = observation.get(SubjectName::Output).or_else(|| observation.get(SubjectName::Body));
        let text = match datum {
            Some(Datum::Kept(kept)) if kept.tail.is_empty() => kept.head.as_str(),
            Some(Datum::Kept(kept)) => kept.tail.as_str(),
            Some(Datum::Text(text)) => text.as_str(),
            Some(Datum::Number(_) | Datum::Time(_) | Datum::Flag(_)) | None => "",
        };
        let lines: Vec<_> = text.lines().rev().take(TAIL_LINES).collect();
        lines.into_iter().rev().map(|line| line.chars().take(TAIL_WIDTH).collect()).collect()
    }
}

/// What a person pasted, as an observation.
pub fn pasted(text: &str) -> Observation {
    let kept = || Datum::Kept(crate::event::Kept::whole(text));
    Observation::default().with(SubjectName::Answer, kept()).with(SubjectName::Output, kept())
}

/// Whether a person performs the action.
pub fn is_manual(activity: &Activity) -> bool {
    matches!(activity.action, Action::Manual(_))
}
