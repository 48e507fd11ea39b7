//! Goes on behind damage, for those who only want to know: how much of a file is wrong, and where.
//!
//! Nothing that stands behind damage is ever returned as a record. Invariant: no faults exactly where
//! [`scan`] finds no damage.

use super::{Chain, Damage, End, Scan, first_line, read_fields, scan};
use crate::model::digest::Digest;

/// A line that isn't what was written, or isn't where it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The first byte of the line.
    pub at: usize,
    /// The line's number in the file, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub why: Damage,
}

/// What the next line has to continue.
struct Behind {
    count: u64,
    /// `None`: the line before is damaged, so nobody knows what it was.
    hash: Option<[u8; 32]>,
}

/// Reads a whole file of records and finds every fault in it. One changed byte is one fault; behind a
/// line that is sound by itself its neighbours are judged by it.
#[must_use]
pub fn inspect(bytes: &[u8]) -> (Scan<'_>, Vec<Fault>) {
    let found = scan(bytes);
    let End::Damaged { at, line, why } = found.end else { return (found, Vec::new()) };
    let mut faults = vec![Fault { at, line, why }];
    let bad = first_line(&bytes[at..]);
    let mut behind = Behind::after(bad, found.head.count);
    let (mut at, mut line) = (at + bad.len(), line + 1);
    while at < bytes.len() {
        let next = first_line(&bytes[at..]);
        faults.extend(behind.wrong_with(next).map(|why| Fault { at, line, why }));
        behind = Behind::after(next, behind.count);
        at += next.len();
        line += 1;
    }
    (found, faults)
}

impl Behind {
    fn after(line: &[u8], count: u64) -> Self {
        match read_fields(line) {
            Ok(fields) => Self { count: fields.number, hash: Some(*Digest::of(line).as_bytes()) },
            Err(_) => Self { count: count + 1, hash: None },
        }
    }

    fn wrong_with(&self, line: &[u8]) -> Option<Damage> {
        let fields = match read_fields(line) {
            Ok(fields) => fields,
            Err(why) => return Some(why),
        };
        let chain = Chain { count: self.count, hash: self.hash.unwrap_or_default() };
        match super::continues(&fields, &chain) {
            Err(Damage::BrokenChain) if self.hash.is_none() => None,
            Err(why) => Some(why),
            Ok(()) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Damage, inspect};
    use crate::event::frame::{Chain, frame, scan};

    fn lines(count: usize) -> Vec<String> {
        let mut chain = Chain::genesis();
        let line = |number: usize| {
            let (line, next) = frame(&format!("{{\"step\":{number}}}"), &chain);
            chain = next;
            line
        };
        (1..=count).map(line).collect()
    }

    fn faults(text: &str) -> Vec<(u64, Damage)> {
        inspect(text.as_bytes()).1.iter().map(|fault| (fault.line, fault.why)).collect()
    }

    #[test]
    fn a_sound_file_and_a_torn_one_have_no_faults() {
        let text = lines(4).concat();
        for length in 0..=text.len() {
            assert_eq!(faults(&text[..length]), [], "{length} bytes");
        }
    }

    #[test]
    fn each_changed_line_is_one_fault_wherever_it_stands() {
        let mut lines = lines(9);
        for line in [3, 4, 7] {
            lines[line - 1] = lines[line - 1].replace("step", "stop");
        }
        let bad = Damage::BadChecksum;
        assert_eq!(faults(&lines.concat()), [(3, bad), (4, bad), (7, bad)]);
    }

    #[test]
    fn lost_doubled_and_foreign_lines_are_named_with_their_place() {
        let whole = lines(6);
        let mut lost = whole.clone();
        lost.remove(1);
        assert_eq!(faults(&lost.concat()), [(2, Damage::Gap { expected: 2, found: 3 })]);
        let mut doubled = whole.clone();
        doubled.insert(3, whole[2].clone());
        assert_eq!(faults(&doubled.concat()), [(4, Damage::Repeated { expected: 4, found: 3 })]);
        let mut foreign = whole.clone();
        foreign[2] = frame("{\"step\":99}", &scan(whole[..2].concat().as_bytes()).head).0;
        assert_eq!(faults(&foreign.concat()), [(4, Damage::BrokenChain)]);
    }
}
