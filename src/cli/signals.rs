//! What reaches a driven run from outside: signals, and what its steps print.
//!
//! Invariant: a signal only becomes a notice; what it means is the engine's to say.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::spawn_blocking;

use super::listening::Listening;
use crate::engine::{Notice, Signal};
use crate::perform::process::{Live, Supervisor};
use crate::report::Printer;

/// Signals become notices.
pub fn listen_to_signals(sender: &UnboundedSender<Notice>) {
    let kinds = [
        (SignalKind::interrupt(), Some(Signal::Interrupt)),
        (SignalKind::terminate(), Some(Signal::Terminate)),
        // A hang-up isn't a decision: listening to it keeps it from ending us.
        (SignalKind::hangup(), None),
    ];
    for (kind, means) in kinds {
        let Ok(mut stream) = signal(kind) else { continue };
        let sender = sender.clone();
        tokio::task::spawn_local(async move {
            while stream.recv().await.is_some() {
                if let Some(means) = means {
                    let _ = sender.send(Notice::Signal(means));
                }
            }
        });
    }
}

/// Ctrl-Z: the view is taken off the terminal before we stop, and drawn again when we go on. What
/// runs goes on meanwhile, under its supervisor.
pub fn step_aside_when_suspended(listening: Listening) {
    let Ok(mut stream) = signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw())) else { return };
    tokio::task::spawn_local(async move {
        while stream.recv().await.is_some() {
            // Without a shell of this session nobody could let us go on: the system ignores it, too.
            if !crate::perform::supervisor::has_its_shell() {
                continue;
            }
            let was_there = listening.hand_over();
            let stopped = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP);
            if stopped.is_ok() && was_there {
                listening.go_on();
            }
        }
    });
}

/// What steps print becomes notices.
pub fn listen_to_steps(supervisor: &Rc<Supervisor>, sender: UnboundedSender<Notice>) {
    let mut heard = supervisor.live();
    tokio::task::spawn_local(async move {
        loop {
            match heard.recv().await {
                Ok(Live::Lines { key, lines }) => {
                    for (_, line) in lines {
                        let _ = sender.send(Notice::Printed { unit: key.unit.clone(), line });
                    }
                }
                Ok(Live::Stopped { key, .. }) => {
                    let line = "it is stopped: it wants the terminal (see `interactive`)".to_owned();
                    let _ = sender.send(Notice::Printed { unit: key.unit, line });
                }
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
    });
}

/// Waits until all that was printed is written, or a person wants no more of it.
pub async fn until_shown(printer: Printer) {
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let mut unwanted: Vec<_> = kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect();
    let is_unwanted = poll_fn(|context| {
        let came = unwanted.iter_mut().any(|stream| stream.poll_recv(context).is_ready());
        if came { Poll::Ready(()) } else { Poll::Pending }
    });
    tokio::select! {
        _ = spawn_blocking(move || printer.wait()) => {}
        () = is_unwanted => {}
    }
}
