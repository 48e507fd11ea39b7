//! The body of an answer, read to its end: the whole of it while it is short, its head and its tail
//! when it isn't.

use std::collections::VecDeque;

use reqwest::Response;

use crate::event::Kept;
use crate::model::SubjectName;
use crate::perform::Seeking;
use crate::plan::{Needle, Sought};

/// The longest body that is kept whole; of a longer one half as much from each end.
pub(super) const MOST_KEPT: usize = 1024 * 1024;

/// What is kept of a stream of bytes.
#[derive(Default)]
struct Keeper {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    length: u64,
    /// What is looked for, if the body is too long to be kept.
    wanted: Vec<Needle>,
    /// Looks for that, from the moment when something isn't kept.
    seeking: Option<Seeking>,
}

/// Reads the whole body.
pub(super) async fn read(mut response: Response, sought: &[Sought]) -> reqwest::Result<Kept> {
    let wanted = sought.iter().filter(|sought| sought.subject == SubjectName::Body);
    let mut keeper = Keeper { wanted: wanted.map(|sought| sought.needle.clone()).collect(), ..Keeper::default() };
    while let Some(piece) = response.chunk().await? {
        keeper.take(&piece);
    }
    Ok(keeper.kept())
}

impl Keeper {
    fn take(&mut self, piece: &[u8]) {
        self.length += piece.len() as u64;
        let (head, rest) = piece.split_at(piece.len().min((MOST_KEPT / 2).saturating_sub(self.head.len())));
        self.head.extend_from_slice(head);
        self.tail.extend(rest);
        let too_many = self.tail.len().saturating_sub(MOST_KEPT / 2);
        if let Some(seeking) = &mut self.seeking {
            seeking.push(piece);
        } else if too_many > 0 && !self.wanted.is_empty() {
            let mut seeking = Seeking::new(self.wanted.drain(..));
            seeking.push(&self.head);
            seeking.push(self.tail.make_contiguous());
            self.seeking = Some(seeking);
        }
        self.tail.drain(..too_many);
    }

    fn kept(mut self) -> Kept {
        let tail: Vec<u8> = self.tail.into();
        let dropped = self.length - self.head.len() as u64 - tail.len() as u64;
        if dropped > 0 {
            let (head, lossy_head) = as_text(&self.head);
            let (tail, lossy_tail) = as_text(&tail);
            let (passed, lossy) = self.seeking.map(Seeking::finish).unwrap_or_default();
            return Kept { head, tail, dropped, lossy: lossy || lossy_head || lossy_tail, passed, file: None };
        }
        self.head.extend_from_slice(&tail);
        let (text, lossy) = as_text(&self.head);
        Kept { lossy, ..Kept::whole(&text) }
    }
}

fn as_text(bytes: &[u8]) -> (String, bool) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (String::from_utf8_lossy(bytes).into_owned(), true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(pieces: &[&[u8]]) -> Kept {
        let mut keeper = Keeper::default();
        for piece in pieces {
            keeper.take(piece);
        }
        keeper.kept()
    }

    #[test]
    fn a_short_body_is_kept_whole_without_its_last_newline() {
        assert_eq!(keep(&[b"rea", b"dy\n"]), Kept { head: "ready".to_owned(), ..Kept::default() });
    }

    #[test]
    fn a_body_of_exactly_the_limit_is_whole() {
        let kept = keep(&[&vec![b'a'; MOST_KEPT - 1], b"z"]);
        assert_eq!((kept.dropped, kept.head.len()), (0, MOST_KEPT));
        assert!(kept.head.ends_with('z'));
    }

    #[test]
    fn a_long_body_keeps_both_ends_and_counts_the_rest() {
        let kept = keep(&[b"start", &vec![b'-'; 3 * MOST_KEPT], b"end"]);
        assert!(kept.head.starts_with("start") && kept.tail.ends_with("end"));
        assert_eq!(usize::try_from(kept.dropped).unwrap(), 3 * MOST_KEPT + 8 - MOST_KEPT);
        assert!(kept.head.len() + kept.tail.len() <= MOST_KEPT);
    }

    #[test]
    fn bytes_that_are_not_text_are_marked() {
        assert!(keep(&[&[0xff, 0xfe]]).lossy);
    }
}
