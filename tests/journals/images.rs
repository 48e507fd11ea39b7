//! Every way to damage a file of records, counted: the image with number *n* is always the same one,
//! but for those that take two faults at once.
//!
//! What must come of an image is known from the image alone: where it first differs from the whole file
//! is the line to name. Invariant: no image is the whole file.

use std::fmt::Write as _;

use super::seed::Chance;

/// A damaged file.
pub struct Image {
    pub bytes: Vec<u8>,
    /// What was done to it, for whoever has to look into a failure.
    pub how: String,
}

/// What must come of it.
#[derive(Debug, PartialEq, Eq)]
pub enum Expected {
    /// So many whole records are left; nothing is wrong with them, and nothing was cut.
    Shorter { records: u64 },
    /// So many whole records are left, and the bytes behind them are cut and kept aside.
    Torn { records: u64, tail: Vec<u8> },
    /// It is refused, with this line.
    Damaged { line: u64 },
}

/// The ways that every place has, with how many there are of each place.
const WAYS: [Way; 8] =
    [Way::Truncate, Way::FlipBit, Way::Nul, Way::Newline, Way::AllOnes, Way::Delete, Way::Double, Way::Zeros];

#[derive(Debug, Clone, Copy)]
enum Way {
    Truncate,
    FlipBit,
    Nul,
    Newline,
    AllOnes,
    Delete,
    Double,
    /// Truncated, with zeros where the rest was.
    Zeros,
}

/// All images of one file.
pub struct Images<'a> {
    whole: &'a [u8],
    lines: Vec<&'a [u8]>,
}

impl<'a> Images<'a> {
    pub fn of(whole: &'a [u8]) -> Self {
        Self { whole, lines: whole.split_inclusive(|&byte| byte == b'\n').collect() }
    }

    /// How many there are of one fault.
    pub fn count(&self) -> usize {
        self.of_lines() + self.whole.len() * (WAYS.len() + 7)
    }

    fn of_lines(&self) -> usize {
        let count = self.lines.len();
        2 * count + count * (count - 1) / 2
    }

    /// The image with this number; `None`: it would be the whole file.
    pub fn get(&self, number: usize) -> Option<Image> {
        if let Some(number) = number.checked_sub(self.of_lines()) {
            let (place, way) = (number / (WAYS.len() + 7), number % (WAYS.len() + 7));
            let (way, bit) = if way < WAYS.len() { (WAYS[way], 0) } else { (Way::FlipBit, way - WAYS.len() + 1) };
            return self.changed(place, way, bit);
        }
        Some(self.of_line(number))
    }

    /// Two faults at once, each a flipped bit, a lost byte or a doubled one. The very last newline stays:
    /// a last line without it, and with anything else in it, is what a torn write leaves.
    pub fn of_two_faults(&self, chance: &mut Chance) -> Image {
        let ways = [Way::FlipBit, Way::FlipBit, Way::FlipBit, Way::Delete, Way::Double];
        let mut bytes = self.whole.to_vec();
        let mut how = String::new();
        while bytes == self.whole {
            bytes = self.whole.to_vec();
            how.clear();
            for _ in 0..2 {
                let (place, way) = (chance.below(bytes.len() - 1), ways[chance.below(ways.len())]);
                write!(how, "{way:?} at {place}, ").unwrap();
                change(&mut bytes, place, way, chance.below(8));
            }
        }
        Image { bytes, how }
    }

    fn changed(&self, place: usize, way: Way, bit: usize) -> Option<Image> {
        let mut bytes = self.whole.to_vec();
        change(&mut bytes, place, way, bit);
        (bytes != self.whole).then(|| Image { bytes, how: format!("{way:?} at {place}, bit {bit}") })
    }

    fn of_line(&self, number: usize) -> Image {
        let count = self.lines.len();
        let mut lines = self.lines.clone();
        let how = match number {
            lost if lost < count => {
                lines.remove(lost);
                format!("line {} is lost", lost + 1)
            }
            doubled if doubled < 2 * count => {
                let line = doubled - count;
                lines.insert(line, lines[line]);
                format!("line {} is doubled", line + 1)
            }
            swapped => {
                let (mut rest, mut first) = (swapped - 2 * count, 0);
                while rest >= count - 1 - first {
                    rest -= count - 1 - first;
                    first += 1;
                }
                lines.swap(first, first + 1 + rest);
                format!("lines {} and {} are swapped", first + 1, first + 2 + rest)
            }
        };
        Image { bytes: lines.concat(), how }
    }

    /// What must come of an image.
    pub fn expected(&self, image: &Image) -> Expected {
        let same = self.whole.iter().zip(&image.bytes).take_while(|(one, other)| one == other).count();
        let before = self.whole[..same].split(|&byte| byte == b'\n').count() - 1;
        let records = before as u64;
        let whole: usize = self.lines[..before].iter().map(|line| line.len()).sum();
        let tail = &image.bytes[whole.min(image.bytes.len())..];
        if tail.is_empty() {
            Expected::Shorter { records }
        } else if image.bytes[same..].iter().all(|&byte| byte == 0) {
            // Cut off, or cut off and never written: what a crash leaves of a write that nobody relied on.
            Expected::Torn { records, tail: tail.to_vec() }
        } else if before + 1 == self.lines.len() && is_without_its_first_sector(tail, whole) {
            Expected::Torn { records, tail: tail.to_vec() }
        } else {
            Expected::Damaged { line: records + 1 }
        }
    }
}

/// Whether all that the sector in which the last line begins has of it is zeros: a crash may keep what follows
/// in the next one, and it was never relied on.
fn is_without_its_first_sector(tail: &[u8], at: usize) -> bool {
    let zeros = tail.iter().take_while(|&&byte| byte == 0).count();
    zeros > 0 && (at + zeros).is_multiple_of(512)
}

fn change(bytes: &mut Vec<u8>, place: usize, way: Way, bit: usize) {
    match way {
        Way::Truncate => bytes.truncate(place),
        Way::FlipBit => bytes[place] ^= 1 << bit,
        Way::Nul => bytes[place] = 0,
        Way::Newline => bytes[place] = b'\n',
        Way::AllOnes => bytes[place] = 0xff,
        Way::Delete => drop(bytes.remove(place)),
        Way::Double => bytes.insert(place, bytes[place]),
        Way::Zeros => bytes[place..].fill(0),
    }
}
