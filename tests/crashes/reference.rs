//! What a run must do, said a second time and in another shape: not by asking what comes next after each
//! event, but as a story told from its beginning to its end.
//!
//! It knows steps, parallel parts, failures, time-outs, retries, two signals and one death, and nothing of
//! the engine. Invariant: it uses no code of the engine.

use std::collections::BTreeMap;

use runbook::event::{Direction, Purpose};

use crate::scene::Says;

/// How long an inverse takes, and the wait before an attempt is repeated.
pub const USUAL: u64 = 1_000;
pub const DELAY: u64 = 3_000;

/// A step.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the language")]
pub struct Step {
    pub id: String,
    pub forward: Vec<Says>,
    pub back: Vec<Says>,
    pub has_inverse: bool,
    pub atomic: bool,
    pub idempotent: bool,
    /// How often it is tried in all.
    pub attempts: usize,
    pub halts: bool,
    /// The rollback goes on though its inverse failed.
    pub back_continues: bool,
    pub millis: u64,
}

/// Who dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dead {
    Engine,
    Both,
}

/// A run and what comes from outside.
#[derive(Debug, Clone)]
pub struct Case {
    /// One after the other; more than one step: at the same time.
    pub parts: Vec<Vec<Step>>,
    pub interrupt_rolls_back: bool,
    pub signals: Vec<u64>,
    pub death: Option<(u64, Dead, Purpose)>,
}

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    Succeeded,
    RolledBack,
    Incomplete,
    Unsettled,
    Refused,
    Halted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Out {
    Good,
    Bad,
    NotStarted,
    Unknown,
    /// Nobody saw it end.
    Unseen,
    /// Nobody saw it end, and a new engine found that nothing happened.
    UnseenNothing,
}

struct Died;

#[derive(Default)]
struct Told {
    forward: Vec<Out>,
    back: Vec<Out>,
    /// Attempts of the engine that made the last one, and whether that is the new one.
    tried: usize,
    by_the_new: bool,
}

/// The story so far.
pub struct Story<'a> {
    case: &'a Case,
    now: u64,
    told: BTreeMap<String, Told>,
    order: Vec<String>,
    turned_round: bool,
    death: Option<u64>,
    signals: Vec<u64>,
    pub acts: Vec<(String, Direction)>,
}

impl<'a> Story<'a> {
    /// What a run does, and how it ends.
    pub fn of(case: &'a Case) -> (Vec<(String, Direction)>, Ends) {
        let mut story = Story {
            case,
            now: 0,
            told: BTreeMap::new(),
            order: Vec::new(),
            turned_round: false,
            death: case.death.map(|(at, _, _)| at),
            signals: case.signals.clone(),
            acts: Vec::new(),
        };
        let ends = match (story.forward(), case.death) {
            (Err(Died), Some((_, dead, purpose))) => story.after_death(dead, purpose),
            (Ok(ends), _) => ends,
            (Err(Died), None) => unreachable!("nothing kills it"),
        };
        (story.acts, ends)
    }

    fn after_death(&mut self, dead: Dead, purpose: Purpose) -> Ends {
        self.death = None;
        for (id, told) in &mut self.told {
            let step = self.case.parts.iter().flatten().find(|step| step.id == *id).unwrap();
            for (outs, says) in [(&mut told.forward, &step.forward), (&mut told.back, &step.back)] {
                let times = outs.len();
                let Some(last) = outs.last_mut().filter(|last| **last == Out::Unseen) else { continue };
                // A step that didn't start said so at once.
                match out_of(says, times - 1) {
                    Out::NotStarted => *last = Out::UnseenNothing,
                    // That its supervisor saw an end that tells nothing leaves it to be settled.
                    Out::Unknown => {}
                    seen if dead == Dead::Engine => *last = seen,
                    _ => {}
                }
            }
        }
        let ended = if self.turned_round {
            self.back()
        } else if purpose == Purpose::Rollback {
            self.turn_round()
        } else {
            self.forward()
        };
        ended.unwrap_or_else(|Died| unreachable!("it dies once"))
    }

    fn forward(&mut self) -> Result<Ends, Died> {
        for part in &self.case.parts {
            while let Some(ends) = self.part(part)? {
                if let Some(ends) = ends {
                    return Ok(ends);
                }
            }
        }
        Ok(Ends::Succeeded)
    }

    /// Does what is left of a part; `None`: nothing is. `Some(None)`: look again.
    #[expect(clippy::option_option, reason = "the two say different things, as told above")]
    fn part(&mut self, part: &[Step]) -> Result<Option<Option<Ends>>, Died> {
        if let Some(ends) = self.obey()? {
            return Ok(Some(Some(ends)));
        }
        let last = |story: &Self, step: &Step| story.told.get(&step.id).and_then(|told| told.forward.last().copied());
        let left: Vec<&Step> = part.iter().filter(|step| last(self, step) != Some(Out::Good)).collect();
        if left.is_empty() {
            return Ok(None);
        }
        // A failure goes before all else, then what only a person can settle.
        for step in &left {
            let failed = matches!(last(self, step), Some(Out::Bad | Out::NotStarted | Out::Unknown));
            let again = matches!(last(self, step), Some(Out::Bad | Out::NotStarted))
                && step.idempotent
                && self.told[&step.id].tried < step.attempts;
            if failed && !again {
                return if step.halts {
                    Ok(Some(Some(self.halted())))
                } else {
                    self.turn_round().map(|ends| Some(Some(ends)))
                };
            }
        }
        if left.iter().any(|step| last(self, step) == Some(Out::Unseen) && !step.idempotent) {
            return Ok(Some(Some(Ends::Unsettled)));
        }
        if left.iter().any(|step| matches!(last(self, step), Some(Out::Bad | Out::NotStarted))) {
            // Only a step that stands alone is tried again.
            self.pass(DELAY)?;
            if let Some(ends) = self.obey()? {
                return Ok(Some(Some(ends)));
            }
        }
        self.start(&left)?;
        Ok(Some(None))
    }

    /// Starts steps at the same time and waits for all of them.
    fn start(&mut self, steps: &[&Step]) -> Result<(), Died> {
        let began = self.now;
        let cut = self.signals.get(1).copied();
        let new_engine = self.case.death.is_some() && self.death.is_none();
        let mut died = false;
        for step in steps {
            let told = self.told.entry(step.id.clone()).or_default();
            let out = out_of(&step.forward, told.forward.len());
            if told.forward.is_empty() {
                self.order.push(step.id.clone());
            }
            // A new engine begins to count anew.
            if told.by_the_new != new_engine {
                told.by_the_new = new_engine;
                told.tried = 0;
            }
            told.tried += 1;
            if out != Out::NotStarted {
                self.acts.push((step.id.clone(), Direction::Forward));
            }
            let end = began + step.millis;
            let (end, out) = match cut {
                // What didn't start is no longer there to be cut.
                Some(cut) if cut > began && cut < end => (cut, if out == Out::NotStarted { out } else { Out::Unknown }),
                _ => (end, out),
            };
            let unseen = self.death.is_some_and(|death| death < end);
            died |= unseen;
            self.told.get_mut(&step.id).unwrap().forward.push(if unseen { Out::Unseen } else { out });
            self.now = self.now.max(end);
        }
        if died { Err(Died) } else { Ok(()) }
    }

    /// Time goes by until a signal disturbs.
    fn pass(&mut self, millis: u64) -> Result<(), Died> {
        let end = self.now + millis;
        let end = self.signals.first().copied().filter(|signal| (self.now..end).contains(signal)).unwrap_or(end);
        if self.death.is_some_and(|death| death < end) {
            return Err(Died);
        }
        self.now = end;
        Ok(())
    }

    /// What a signal asked for.
    fn obey(&mut self) -> Result<Option<Ends>, Died> {
        if self.signals.first().is_none_or(|first| *first > self.now) {
            return Ok(None);
        }
        if self.case.interrupt_rolls_back { self.turn_round().map(Some) } else { Ok(Some(self.halted())) }
    }

    fn has_effects(&self) -> bool {
        let nothing = |out: &Out| matches!(out, Out::NotStarted | Out::UnseenNothing);
        self.told.values().any(|told| !told.forward.iter().all(nothing))
    }

    fn halted(&self) -> Ends {
        if self.has_effects() { Ends::Halted } else { Ends::Refused }
    }

    fn turn_round(&mut self) -> Result<Ends, Died> {
        if !self.has_effects() {
            return Ok(Ends::Refused);
        }
        self.turned_round = true;
        let now = self.now;
        self.signals.retain(|signal| *signal > now);
        self.back()
    }

    fn back(&mut self) -> Result<Ends, Died> {
        let mut incomplete = false;
        for id in self.order.clone().into_iter().rev() {
            let step = self.case.parts.iter().flatten().find(|step| step.id == id).unwrap();
            let told = &self.told[&id];
            if !step.has_inverse || told.left_nothing(step.atomic) || told.back.contains(&Out::Good) {
                continue;
            }
            if self.signals.get(1).is_some_and(|second| *second <= self.now) {
                return Ok(Ends::Incomplete);
            }
            let out = out_of(&step.back, told.back.len());
            if out != Out::NotStarted {
                self.acts.push((id.clone(), Direction::Back));
            }
            self.now += USUAL;
            let unseen = self.death.is_some_and(|death| death < self.now);
            self.told.get_mut(&id).unwrap().back.push(if unseen { Out::Unseen } else { out });
            if unseen {
                return Err(Died);
            }
            if out != Out::Good {
                if !step.back_continues {
                    return Ok(Ends::Incomplete);
                }
                incomplete = true;
            }
        }
        Ok(if incomplete { Ends::Incomplete } else { Ends::RolledBack })
    }
}

impl Told {
    fn left_nothing(&self, atomic: bool) -> bool {
        let nothing = |out: &Out| matches!(out, Out::NotStarted | Out::UnseenNothing);
        self.forward.iter().all(nothing) || (atomic && self.forward.iter().all(|out| nothing(out) || *out == Out::Bad))
    }
}

fn out_of(says: &[Says], times: usize) -> Out {
    match says.get(times).copied().unwrap_or(Says::Exit(0)) {
        Says::Exit(0) => Out::Good,
        Says::Exit(_) => Out::Bad,
        Says::DoesNotStart => Out::NotStarted,
        Says::IsUnknown => Out::Unknown,
    }
}
