//! Takes secrets out of whatever a step prints, before it reaches a disk or a pipe.
//!
//! Each secret is looked for as it is and in the forms in which programs repeat it: Base64 in its
//! three alignments, percent-encoded, escaped for JSON, quoted for a shell. A [`MaskStream`] takes
//! the bytes in whatever pieces they come and holds back only what may be the beginning of a secret,
//! so that a prompt without a newline is still shown at once.
//!
//! It leaves to others what becomes of the masked bytes. Invariant: what a stream gives in pieces is
//! what [`Masker::mask`] gives for the whole, wherever the pieces were cut.
//!
//! A secret shorter than [`SHORTEST`] bytes isn't looked for: `1` or `no` stands in every text, and
//! masking it would destroy the output without hiding anything. [`Masker::can_hide`] tells, so that
//! the caller can refuse such a secret.

mod encodings;
mod panics;

use std::sync::Arc;

use aho_corasick::{AhoCorasick, Input, MatchKind};

pub use panics::{Panics, mask_panics, silence_panics};

/// What stands where a secret stood.
pub const MASK: &str = "***";

/// The shortest secret that is looked for, in bytes.
pub const SHORTEST: usize = 4;

/// Knows every form of every secret. Cloned freely.
#[derive(Clone, Default)]
pub struct Masker(Option<Arc<Forms>>);

struct Forms {
    search: AhoCorasick,
    /// Sorted, so that the beginnings of secrets are found by halving.
    sorted: Vec<Vec<u8>>,
    longest: usize,
}

impl Masker {
    /// Learns the secrets. Empty ones and those shorter than [`SHORTEST`] are left out.
    #[must_use]
    pub fn new<S: AsRef<str>>(secrets: &[S]) -> Self {
        let mut sorted: Vec<Vec<u8>> =
            secrets.iter().map(AsRef::as_ref).filter(|secret| Self::can_hide(secret)).flat_map(encodings::of).collect();
        sorted.sort();
        sorted.dedup();
        let Some(longest) = sorted.iter().map(Vec::len).max() else { return Self(None) };
        // Only a set of secrets beyond all reason (gigabytes) can't be built; then every byte would
        // have to be hidden, which `search: None` couldn't say, so the longest ones go first.
        while !sorted.is_empty() {
            if let Ok(search) = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&sorted) {
                return Self(Some(Arc::new(Forms { search, sorted, longest })));
            }
            let half = sorted.len() / 2;
            sorted.sort_by_key(Vec::len);
            sorted.truncate(half);
            sorted.sort();
        }
        Self(None)
    }

    /// Whether a secret is long enough to be masked.
    #[must_use]
    pub fn can_hide(secret: &str) -> bool {
        secret.len() >= SHORTEST
    }

    /// Whether there is no secret: every text stays as it is.
    #[must_use]
    pub fn hides_nothing(&self) -> bool {
        self.0.is_none()
    }

    /// Masks a whole text.
    #[must_use]
    pub fn mask(&self, text: &str) -> String {
        let mut stream = self.stream();
        let mut masked = Vec::with_capacity(text.len());
        stream.push(text.as_bytes(), &mut masked);
        stream.finish(&mut masked);
        // A match of UTF-8 in UTF-8 begins and ends between characters.
        String::from_utf8(masked).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }

    /// Masks a text that comes in pieces.
    #[must_use]
    pub fn stream(&self) -> MaskStream {
        MaskStream { masker: self.clone(), held: Vec::new(), hidden: 0 }
    }
}

/// Masks a text that comes in pieces.
pub struct MaskStream {
    masker: Masker,
    held: Vec<u8>,
    /// How many of the first bytes of `held` a mask hides that was given already.
    hidden: usize,
}

impl MaskStream {
    /// Takes the next piece and appends what is certain by now.
    pub fn push(&mut self, piece: &[u8], masked: &mut Vec<u8>) {
        let Some(forms) = self.masker.0.clone() else { return masked.extend_from_slice(piece) };
        if self.held.is_empty() {
            let certain = forms.first_open(piece);
            self.hidden = forms.give(piece, certain, 0, masked);
            self.held.extend_from_slice(&piece[certain..]);
        } else {
            self.held.extend_from_slice(piece);
            let certain = forms.first_open(&self.held);
            self.hidden = forms.give(&self.held, certain, self.hidden, masked);
            self.held.drain(..certain);
        }
    }

    /// There is nothing more: appends what was held back.
    pub fn finish(&mut self, masked: &mut Vec<u8>) {
        let held = std::mem::take(&mut self.held);
        let hidden = std::mem::take(&mut self.hidden);
        let Some(forms) = &self.masker.0 else { return };
        forms.give(&held, held.len(), hidden, masked);
    }
}

impl Forms {
    /// Gives the bytes up to `certain`, masked; the first `hidden` bytes belong to a mask that was
    /// given before. Returns how many bytes behind `certain` the last mask hides.
    ///
    /// Where secrets overlap, one mask hides all of them: the rest of one that begins within another
    /// would tell most of it.
    fn give(&self, bytes: &[u8], certain: usize, hidden: usize, masked: &mut Vec<u8>) -> usize {
        let mut hidden = hidden;
        let mut from = 0;
        while let Some(found) = self.search.find(Input::new(bytes).range(from..)) {
            if found.start() >= certain {
                break;
            }
            if found.start() >= hidden {
                masked.extend_from_slice(&bytes[hidden..found.start()]);
                masked.extend_from_slice(MASK.as_bytes());
            }
            hidden = hidden.max(found.end());
            from = found.start() + 1;
        }
        masked.extend_from_slice(bytes.get(hidden..certain).unwrap_or_default());
        hidden.saturating_sub(certain)
    }

    /// The first place from which the bytes up to the end are the beginning of a secret and not yet
    /// all of it; the end if there is none.
    fn first_open(&self, bytes: &[u8]) -> usize {
        let earliest = bytes.len().saturating_sub(self.longest - 1);
        (earliest..bytes.len()).find(|&at| self.begins_secret(&bytes[at..])).unwrap_or(bytes.len())
    }

    fn begins_secret(&self, start: &[u8]) -> bool {
        let next = self.sorted.partition_point(|form| form.as_slice() <= start);
        self.sorted.get(next).is_some_and(|form| form.starts_with(start))
    }
}

#[cfg(test)]
mod tests;
