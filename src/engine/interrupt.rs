//! The ladder of interruptions. On the way out: the first stops before the next step and asks what
//! to do, the second ends what runs, the third leaves at once. On the way back: the first warns,
//! the second pauses after the current inverse.

use super::driver::{Engine, EngineError};
use super::notices::Signal;
use crate::event::{Event, Wanted, Wish};
use crate::model::OnInterrupt;
use crate::perform::Stop;

pub(super) async fn interrupted(engine: &mut Engine, signal: Signal) -> Result<(), EngineError> {
    engine.interrupts += 1;
    let by = match signal {
        Signal::Interrupt => "Ctrl-C",
        Signal::Terminate => "SIGTERM",
    };
    if engine.interrupts >= 3 {
        engine.commit()?;
        return Err(EngineError::Left);
    }
    if engine.record.rollback.is_some() {
        return on_the_way_back(engine, by);
    }
    engine.cut.ask();
    if engine.interrupts == 2 {
        engine.stop.ask();
    }
    let Some(wish) = decide_wish(engine, signal).await else {
        engine.commit()?;
        return Err(EngineError::Left);
    };
    if wish == Wish::Continue {
        engine.interrupts = 0;
        engine.cut = Stop::default();
    }
    engine.emit(Event::Interrupted { by: by.to_owned(), wish })?;
    engine.commit()
}

/// What is wanted now; `None`: to leave at once.
async fn decide_wish(engine: &mut Engine, signal: Signal) -> Option<Wish> {
    let otherwise = match engine.plan.runbook.on_interrupt {
        OnInterrupt::Halt => Wish::Halt,
        OnInterrupt::Rollback => Wish::Rollback,
    };
    let attended = engine.record.engine.as_ref().is_some_and(|(engine, _)| engine.attended);
    if !attended || signal == Signal::Terminate || engine.interrupts > 1 {
        return Some(otherwise);
    }
    let person = std::rc::Rc::clone(&engine.footing.person);
    let wish = person.ask_wish();
    tokio::pin!(wish);
    loop {
        tokio::select! {
            wish = &mut wish => return match wish {
                Wanted::Wish(wish) => Some(wish),
                Wanted::Leave => None,
                Wanted::Nothing => Some(otherwise),
            },
            Some(notice) = engine.footing.notices.recv() => {
                if matches!(notice, super::notices::Notice::Signal(_)) {
                    // A second Ctrl-C instead of an answer.
                    engine.interrupts += 1;
                    engine.stop.ask();
                    return Some(otherwise);
                }
            }
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
