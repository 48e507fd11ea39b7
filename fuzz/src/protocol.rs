//! What engine and supervisor say to each other: no bytes make [`Frames`] panic, the pieces in which
//! they come change nothing, and what is read is written as it was meant.

use runbook::perform::supervisor::{Answer, Frames, Request, encode};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// One byte that says in what pieces the rest comes.
pub fn body(bytes: &[u8]) {
    let (size, bytes) = bytes.split_first().map_or((1, bytes), |(first, rest)| (usize::from(*first).max(1), rest));
    for message in check::<Answer>(bytes, size) {
        let again: Answer = read_one(&encode(&message));
        assert_eq!(again, message);
    }
    check::<Request<'_>>(bytes, size);
}

/// Reads everything at once and in pieces; both must say the same.
fn check<T: Serialize + DeserializeOwned>(bytes: &[u8], size: usize) -> Vec<T> {
    let (whole, ended) = read(bytes, bytes.len().max(1));
    let (pieces, ended_in_pieces) = read::<T>(bytes, size);
    assert_eq!(ended, ended_in_pieces, "in pieces of {size} it ends differently");
    let told = |messages: &[T]| messages.iter().map(encode).collect::<Vec<_>>();
    assert_eq!(told(&whole), told(&pieces), "in pieces of {size} it says something else");
    for message in &whole {
        let written = encode(message);
        assert_eq!(encode(&read_one::<T>(&written)), written, "a message changes when it is told again");
    }
    whole
}

/// The messages, and whether something that is none ended them.
fn read<T: DeserializeOwned>(bytes: &[u8], size: usize) -> (Vec<T>, bool) {
    let mut frames = Frames::default();
    let mut messages = Vec::new();
    for piece in bytes.chunks(size) {
        frames.push(piece);
        loop {
            match frames.take() {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(_) => return (messages, true),
            }
        }
    }
    (messages, false)
}

fn read_one<T: DeserializeOwned>(bytes: &[u8]) -> T {
    let (mut messages, ended) = read(bytes, bytes.len());
    assert!(!ended && messages.len() == 1, "what was written can't be read: {}", String::from_utf8_lossy(bytes));
    messages.remove(0)
}
