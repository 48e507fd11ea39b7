//! Looking for what expectations want in a text that streams past: for texts that are too long to be
//! kept. The text is the one that is judged: bytes that aren't UTF-8 replaced, without its last
//! newline, secrets masked.
//!
//! It leaves the verdict to the judge. Invariants: however long a piece is, memory stays flat; the answers for a text in pieces are those for the
//! whole, wherever the pieces were cut; what can't be told so is said to be unclear, never guessed.

use regex_automata::Anchored;
use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::util::start;

use crate::event::{Passed, Passing};
use crate::plan::Needle;

/// How much of the text before a match is shown, in bytes.
const CONTEXT: usize = 200;

/// How much of a piece is looked at at a time: what is looked at takes up to three times as much memory,
/// and keeps it.
const PIECE: usize = 64 * 1024;

/// Looks for several things in one text.
#[derive(Clone)]
pub struct Seeking {
    seekers: Vec<Seeker>,
    /// The beginning of a character whose rest hasn't come yet.
    half: Vec<u8>,
    /// A newline that is the last one unless something follows.
    newline: bool,
    /// Bytes that aren't UTF-8 were replaced.
    lossy: bool,
    /// The last of the text: what a match may have begun in, or is shown with.
    recent: String,
    /// How much of it is kept.
    reach: usize,
}

#[derive(Clone)]
struct Seeker {
    needle: Needle,
    state: State,
}

#[derive(Clone)]
enum State {
    /// Not found so far.
    Text,
    /// The automaton, and where it stands.
    Match(Box<Matching>),
    /// All of it agreed so far, up to here.
    Whole(usize),
    Done(Passing),
}

#[derive(Clone)]
struct Matching {
    automaton: DFA,
    cache: Cache,
    at: LazyStateID,
}

impl Seeking {
    /// Nothing has streamed past yet.
    #[must_use]
    pub fn new(needles: impl IntoIterator<Item = Needle>) -> Self {
        let mut seekers: Vec<Seeker> = Vec::new();
        for needle in needles {
            if !seekers.iter().any(|seeker| seeker.needle == needle) {
                seekers.push(Seeker { state: State::of(&needle), needle });
            }
        }
        let longest = seekers.iter().map(|seeker| match &seeker.needle {
            Needle::Text(text) => text.len(),
            Needle::Match(_) | Needle::Whole(_) => 0,
        });
        let reach = longest.max().unwrap_or(0).max(CONTEXT);
        Self { seekers, half: Vec::new(), newline: false, lossy: false, recent: String::new(), reach }
    }

    /// Takes the next piece.
    pub fn push(&mut self, piece: &[u8]) {
        piece.chunks(PIECE).for_each(|piece| self.push_some(piece));
    }

    fn push_some(&mut self, piece: &[u8]) {
        let mut bytes = std::mem::take(&mut self.half);
        bytes.extend_from_slice(piece);
        let mut text = String::with_capacity(bytes.len() + 1);
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            match std::str::from_utf8(rest) {
                Ok(valid) => {
                    text.push_str(valid);
                    break;
                }
                Err(error) => {
                    let (valid, behind) = rest.split_at(error.valid_up_to());
                    text.push_str(&String::from_utf8_lossy(valid));
                    let Some(length) = error.error_len() else {
                        self.half = behind.to_vec();
                        break;
                    };
                    self.replace(&mut text);
                    rest = behind.get(length..).unwrap_or_default();
                }
            }
        }
        self.take(text);
    }

    /// There is nothing more: what was found, and whether bytes that aren't UTF-8 were replaced.
    #[must_use]
    pub fn finish(mut self) -> (Vec<Passed>, bool) {
        if !self.half.is_empty() {
            let mut text = String::new();
            self.replace(&mut text);
            self.take(text);
        }
        let Self { seekers, recent, lossy, .. } = self;
        let passed = seekers.into_iter().map(|seeker| {
            let answer = seeker.state.finish(&seeker.needle, &recent);
            Passed { needle: seeker.needle, answer }
        });
        (passed.collect(), lossy)
    }

    fn replace(&mut self, text: &mut String) {
        text.push(char::REPLACEMENT_CHARACTER);
        self.lossy = true;
    }

    /// Takes text, but for a newline at its end, which may be the last one.
    fn take(&mut self, mut text: String) {
        if text.is_empty() {
            return;
        }
        if std::mem::take(&mut self.newline) {
            text.insert(0, '\n');
        }
        if text.ends_with('\n') {
            text.pop();
            self.newline = true;
        }
        let from = self.recent.len();
        self.recent.push_str(&text);
        for seeker in &mut self.seekers {
            seeker.state.take(&seeker.needle, &self.recent, from);
        }
        let surplus = self.recent.floor_char_boundary(self.recent.len().saturating_sub(self.reach));
        self.recent.drain(..surplus);
    }
}

impl State {
    fn of(needle: &Needle) -> Self {
        match needle {
            Needle::Text(text) if text.is_empty() => {
                Self::Done(Passing::Unclear("there is nothing to look for".into()))
            }
            Needle::Text(_) => Self::Text,
            Needle::Whole(_) => Self::Whole(0),
            Needle::Match(regex) => Matching::of(regex)
                .map_or_else(|why| Self::Done(Passing::Unclear(why)), |matching| Self::Match(Box::new(matching))),
        }
    }

    /// Takes what is new in `recent`, from the byte `from` on.
    fn take(&mut self, needle: &Needle, recent: &str, from: usize) {
        let done = match (&mut *self, needle) {
            (Self::Text, Needle::Text(text)) => {
                recent.find(text.as_str()).map(|at| Passing::Found(line_around(recent, at, at + text.len())))
            }
            (Self::Match(matching), _) => matching.take(recent, from),
            (Self::Whole(agreed), Needle::Whole(text)) => {
                let new = recent.as_bytes().get(from..).unwrap_or_default();
                if text.as_bytes().get(*agreed..).is_some_and(|rest| rest.starts_with(new)) {
                    *agreed += new.len();
                    None
                } else {
                    Some(Passing::Absent)
                }
            }
            (Self::Text | Self::Whole(_) | Self::Done(_), _) => None,
        };
        if let Some(done) = done {
            *self = Self::Done(done);
        }
    }

    fn finish(self, needle: &Needle, recent: &str) -> Passing {
        match (self, needle) {
            (Self::Done(passing), _) => passing,
            (Self::Match(mut matching), _) => matching.finish(recent),
            (Self::Whole(agreed), Needle::Whole(text)) if agreed == text.len() => Passing::Found(text.clone()),
            (Self::Text | Self::Whole(_), _) => Passing::Absent,
        }
    }
}

impl Matching {
    fn of(regex: &str) -> Result<Self, String> {
        let config = DFA::config().unicode_word_boundary(true);
        let automaton = DFA::builder().configure(config).build(regex).map_err(|_| TOO_LARGE.to_owned())?;
        let mut cache = automaton.create_cache();
        let begin = start::Config::new().anchored(Anchored::No);
        let at = automaton.start_state(&mut cache, &begin).map_err(|_| TOO_LARGE.to_owned())?;
        Ok(Self { automaton, cache, at })
    }

    fn take(&mut self, recent: &str, from: usize) -> Option<Passing> {
        for (offset, byte) in recent.bytes().enumerate().skip(from) {
            let Ok(next) = self.automaton.next_state(&mut self.cache, self.at, byte) else {
                return Some(Passing::Unclear(TOO_LARGE.to_owned()));
            };
            self.at = next;
            if next.is_tagged() {
                if next.is_match() {
                    return Some(Passing::Found(line_around(recent, offset, offset)));
                }
                if next.is_quit() {
                    return Some(Passing::Unclear(WORD_BORDERS.to_owned()));
                }
                if next.is_dead() {
                    return Some(Passing::Absent);
                }
            }
        }
        None
    }

    fn finish(&mut self, recent: &str) -> Passing {
        match self.automaton.next_eoi_state(&mut self.cache, self.at) {
            Ok(end) if end.is_match() => Passing::Found(line_around(recent, recent.len(), recent.len())),
            Ok(_) => Passing::Absent,
            Err(_) => Passing::Unclear(TOO_LARGE.to_owned()),
        }
    }
}

const TOO_LARGE: &str = "the regex is too large to be looked for in a text that streams past";
const WORD_BORDERS: &str = "`\\b` and `\\B` can't be told beside letters that aren't ASCII, in a text that streams \
                            past; write (?-u:\\b) for borders of ASCII words";

/// What is known of the line around a place.
fn line_around(recent: &str, start: usize, end: usize) -> String {
    let start = recent.floor_char_boundary(start);
    let end = recent.ceil_char_boundary(end);
    let line = recent.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
    let begin = recent.ceil_char_boundary(line.max(start.saturating_sub(CONTEXT / 2)));
    let rest = recent.get(end..).unwrap_or("");
    let more = rest.find('\n').unwrap_or(rest.len()).min(CONTEXT / 2);
    let stop = recent.floor_char_boundary(end + more);
    let shown = recent.get(begin..stop).unwrap_or("");
    if begin > line { format!("…{shown}") } else { shown.to_owned() }
}
