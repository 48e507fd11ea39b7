//! The ladder of interruptions. On the way out: the first stops before the next step and asks what
//! to do, the second ends what runs, the third leaves at once. On the way back: the first warns,
//! the second pauses after the current inverse, the third leaves at once.

use std::rc::Rc;

use super::driver::Engine;
use super::error::EngineError;
use super::notices::{Notice, Signal};
use crate::event::{Event, Wanted, Wish};
use crate::model::OnInterrupt;
use crate::perform::Stop;

pub(super) async fn interrupted(engine: &mut Engine, signal: Signal) -> Result<(), EngineError> {
    engine.interrupts += 1;
    let by = name(signal);
    if engine.interrupts >= 3 {
        return leave(engine);
    }
    if engine.record.rollback.is_some() {
        return on_the_way_back(engine, by);
    }
    if engine.interrupts == 2 {
        engine.stop.ask();
        if matches!(engine.record.wish, Some((Wish::Halt | Wish::Rollback, _))) {
            // What to do then was said at the first one.
            engine.emit(Event::Noted { text: format!("{by}: what runs is being ended") })?;
            return engine.commit();
        }
    }
    let Some(wish) = decide_wish(engine, signal).await else { return leave(engine) };
    match wish {
        Wish::Continue => {
            engine.interrupts = 0;
            engine.stop = Stop::default();
            engine.cut = Stop::default();
        }
        // Only now: a poll that was cut has failed, and a person may want to go on.
        Wish::Halt | Wish::Rollback => engine.cut.ask(),
    }
    engine.emit(Event::Interrupted { by: by.to_owned(), wish })?;
    engine.commit()
}

fn name(signal: Signal) -> &'static str {
    match signal {
        Signal::Interrupt => "Ctrl-C",
        Signal::Terminate => "SIGTERM",
    }
}

fn leave(engine: &mut Engine) -> Result<(), EngineError> {
    engine.commit()?;
    Err(EngineError::Left)
}

/// What is wanted now; `None`: to leave at once.
async fn decide_wish(engine: &mut Engine, signal: Signal) -> Option<Wish> {
    let otherwise = match engine.plan.runbook.on_interrupt {
        OnInterrupt::Halt => Wish::Halt,
        OnInterrupt::Rollback => Wish::Rollback,
    };
    let attended = engine.record.engine.as_ref().is_some_and(|(engine, _)| engine.attended);
    if !attended || signal == Signal::Terminate {
        return Some(otherwise);
    }
    let person = Rc::clone(&engine.footing.person);
    loop {
        let wish = person.ask_wish(engine.interrupts > 1);
        tokio::pin!(wish);
        let signal = loop {
            tokio::select! {
                wish = &mut wish => return match wish {
                    Wanted::Wish(wish) => Some(wish),
                    Wanted::Leave => None,
                    Wanted::Nothing => Some(otherwise),
                },
                Some(notice) = engine.footing.notices.recv() => match notice {
                    Notice::Signal(signal) => break signal,
                    Notice::Printed { unit, line } => engine.tell(&unit, &line),
                    // What can't be kept now can't be kept later, and the driver says so then.
                    Notice::Told(text) => drop(engine.note_at_once(text)),
                    Notice::LockLost => drop(engine.notice_lost_lock()),
                },
            }
        };
        // Another signal instead of an answer.
        engine.interrupts += 1;
        if engine.interrupts >= 3 {
            return None;
        }
        engine.stop.ask();
        if signal == Signal::Terminate {
            return Some(otherwise);
        }
    }
}

fn on_the_way_back(engine: &mut Engine, by: &str) -> Result<(), EngineError> {
    if engine.interrupts == 1 {
        let text = format!("{by}: the rollback goes on; once more pauses it after the inverse that runs");
        engine.emit(Event::Noted { text })?;
    } else {
        engine.emit(Event::Interrupted { by: by.to_owned(), wish: Wish::Halt })?;
    }
    engine.commit()
}
