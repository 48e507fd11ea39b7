//! One living supervisor, and the socket to it.
//!
//! Invariant: whoever waits for an ending gets one, or learns that the supervisor is gone.

use std::collections::{HashMap, VecDeque};
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, sendmsg};
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::ahead::{Ahead, cannot_start};
use super::supervisor::Live;
use crate::event::AttemptKey;
use crate::perform::supervisor::{Answer, Ending, Frames, Request, encode};
use crate::system;

/// One living supervisor.
pub(super) struct Connection {
    outgoing: mpsc::UnboundedSender<Outgoing>,
    waiting: Arc<Mutex<Waiting>>,
    reader: JoinHandle<()>,
}

/// Bytes, and a descriptor that goes with them.
struct Outgoing(Vec<u8>, Option<OwnedFd>);

#[derive(Default)]
struct Waiting {
    last: u64,
    steps: HashMap<u64, (AttemptKey, oneshot::Sender<Ending>)>,
    /// Who asked that all be settled, in this order.
    settling: VecDeque<oneshot::Sender<()>>,
    over: bool,
}

impl Connection {
    /// Waits until a supervisor that was told its run is ready.
    pub(super) async fn open(
        ahead: Ahead,
        live: broadcast::Sender<Live>,
        broke: Arc<OnceLock<String>>,
    ) -> Result<Self, String> {
        let Ahead { mut child, socket, .. } = ahead;
        socket.set_nonblocking(true).map_err(|error| cannot_start(&error))?;
        let (mut reader, writer) = UnixStream::from_std(socket).map_err(|error| cannot_start(&error))?.into_split();
        let (outgoing, queue) = mpsc::unbounded_channel();
        tokio::spawn(write(writer, queue));
        let mut frames = Frames::default();
        match next(&mut reader, &mut frames).await {
            Some(Answer::Ready) => {}
            Some(Answer::Refused { why, broken }) => {
                if broken {
                    let _ = broke.set(why.clone());
                }
                return Err(format!("the supervisor can't be started: {why}"));
            }
            Some(
                Answer::Broken { .. }
                | Answer::Settled
                | Answer::Lines { .. }
                | Answer::Stopped { .. }
                | Answer::Ended { .. },
            )
            | None => {
                return Err("the supervisor ended before it was ready".to_owned());
            }
        }
        let waiting = Arc::new(Mutex::new(Waiting::default()));
        let shared = Arc::clone(&waiting);
        let reader = tokio::spawn(async move {
            read(reader, frames, &shared, &live, &broke).await;
            // Reaps it; how it ended says nothing that its log doesn't say.
            let _ = child.wait().await;
        });
        Ok(Self { outgoing, waiting, reader })
    }

    /// Whether it is still there, as far as we know.
    pub(super) fn lives(&self) -> bool {
        !lock(&self.waiting).over
    }

    /// Sends a request that has no answer.
    pub(super) fn send(&self, request: &Request<'_>, descriptor: Option<OwnedFd>) {
        // A supervisor that is gone is noticed by whoever waits for an answer.
        let _ = self.outgoing.send(Outgoing(encode(request), descriptor));
    }

    /// Ends the conversation and waits until the supervisor is gone.
    pub(super) async fn close(&mut self) {
        // Without a sender the writer ends, and with it our half of the socket.
        (self.outgoing, _) = mpsc::unbounded_channel();
        // It can only fail by a panic, and then there is nothing to wait for.
        let _ = (&mut self.reader).await;
    }

    /// Waits until all that it told is on the disk, or it has said that it can't be, or it is gone.
    pub(super) async fn settle(&self) {
        let (sender, receiver) = oneshot::channel();
        {
            let mut waiting = lock(&self.waiting);
            if waiting.over {
                return;
            }
            waiting.settling.push_back(sender);
        }
        self.send(&Request::Settle, None);
        // Without an answer it is gone.
        let _ = receiver.await;
    }

    /// Asks for a step: its number, and its ending once there is one. The sender goes when the
    /// supervisor goes.
    pub(super) fn register(&self, key: &AttemptKey) -> (u64, oneshot::Receiver<Ending>) {
        let (sender, receiver) = oneshot::channel();
        let mut waiting = lock(&self.waiting);
        waiting.last += 1;
        let number = waiting.last;
        if !waiting.over {
            waiting.steps.insert(number, (key.clone(), sender));
        }
        (number, receiver)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

async fn write(mut writer: OwnedWriteHalf, mut queue: mpsc::UnboundedReceiver<Outgoing>) {
    while let Some(Outgoing(bytes, descriptor)) = queue.recv().await {
        let written = match descriptor {
            None => writer.write_all(&bytes).await,
            Some(descriptor) => write_with(&mut writer, &bytes, &descriptor).await,
        };
        if written.is_err() {
            return;
        }
    }
}

async fn write_with(writer: &mut OwnedWriteHalf, bytes: &[u8], descriptor: &OwnedFd) -> io::Result<()> {
    let stream: &UnixStream = writer.as_ref();
    let sent = loop {
        stream.writable().await?;
        let sent = stream.try_io(Interest::WRITABLE, || {
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
            let mut control = SendAncillaryBuffer::new(&mut space);
            let descriptors = [descriptor.as_fd()];
            control.push(SendAncillaryMessage::ScmRights(&descriptors));
            Ok(sendmsg(stream, &[IoSlice::new(bytes)], &mut control, system::SEND)?)
        });
        match sent {
            Ok(sent) => break sent,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    };
    writer.write_all(&bytes[sent..]).await
}

async fn next(reader: &mut OwnedReadHalf, frames: &mut Frames) -> Option<Answer> {
    loop {
        match frames.take() {
            Ok(Some(answer)) => return Some(answer),
            Ok(None) => {}
            Err(_) => return None,
        }
        if let Ok(0) | Err(_) = reader.read_buf(frames.room()).await {
            return None;
        }
    }
}

async fn read(
    mut reader: OwnedReadHalf,
    mut frames: Frames,
    waiting: &Mutex<Waiting>,
    live: &broadcast::Sender<Live>,
    broke: &OnceLock<String>,
) {
    while let Some(answer) = next(&mut reader, &mut frames).await {
        let mut waiting = lock(waiting);
        let key = |number: u64, waiting: &Waiting| waiting.steps.get(&number).map(|(key, _)| key.clone());
        // Nobody needs to listen to what is live.
        let told = match answer {
            Answer::Ready | Answer::Refused { .. } => None,
            Answer::Broken { why } => {
                // The first reason is the one that counts.
                let _ = broke.set(why);
                None
            }
            Answer::Settled => {
                // Whoever asked may have stopped waiting.
                let _ = waiting.settling.pop_front().map(|sender| sender.send(()));
                None
            }
            Answer::Lines { number, lines } => key(number, &waiting).map(|key| Live::Lines { key, lines }),
            Answer::Stopped { number, how } => key(number, &waiting).map(|key| Live::Stopped { key, how }),
            Answer::Ended { number, ending } => {
                if let Some((_, sender)) = waiting.steps.remove(&number) {
                    // Whoever asked may have stopped waiting.
                    let _ = sender.send(*ending);
                }
                None
            }
        };
        if let Some(told) = told {
            let _ = live.send(told);
        }
    }
    let mut waiting = lock(waiting);
    waiting.over = true;
    waiting.steps.clear();
    waiting.settling.clear();
}

fn lock(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}
