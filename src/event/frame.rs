//! The form of a record on disk, shared by the journal and the supervisor's log: one line of JSON
//! each, framed by a CRC32C and chained to the line before by its SHA-256.
//!
//! ```text
//! {"crc":"89abcdef","n":12,"prev":"<64 hex digits>","event":{…}}
//! ```
//!
//! * The checksum stands first, at a fixed place, and covers every byte after its own eight digits,
//!   the newline included; the bytes before it are compared literally. So no flipped bit goes
//!   unseen, wherever it falls.
//! * `n` counts from 1 without gaps, and `prev` is the SHA-256 of the line before with its newline
//!   (what `sha256sum` says of it). So no line can be lost, doubled, swapped or taken from another
//!   file; only a loss of whole lines at the very end can't be seen from the file itself.
//!
//! **Torn or damaged?** A record is acknowledged once the sync after it has returned; from then on
//! losing it would mean acting twice. What a crash leaves of a write that was *not* acknowledged is
//! the only thing that may be cut. So the end of a file counts as torn only if it looks exactly like
//! such a remainder, and as damaged (a person decides) in every doubtful case:
//!
//! * It has no newline and is a prefix of a record. Disks don't take the newline off an
//!   acknowledged line; but a flipped bit may change it into another character, so a line that is
//!   whole but for one wrong byte in the newline's place is damage.
//! * Or its first line holds NUL bytes up to the end of the file, or over whole sectors: a file's
//!   length can reach the disk before its data does. A single NUL that a flipped bit made of a
//!   blank is damage, and so are NULs with any whole record after them.
//! * A line that ends in its newline, holds no NULs and has a wrong checksum is always damage, the
//!   last one too.
//!
//! It leaves files, syncs and the meaning of a record to others. Invariant: [`scan`] never panics,
//! and what it returns as records is byte for byte what [`frame`] was given.

mod inspect;

pub use inspect::{Fault, inspect};

use crate::model::digest::Digest;

const HEAD: &str = "{\"crc\":\"";
const CRC_DIGITS: usize = 8;
const COVERED_FROM: usize = HEAD.len() + CRC_DIGITS;
const BEFORE_COUNT: &str = "\",\"n\":";
const BEFORE_PREVIOUS: &str = ",\"prev\":\"";
const BEFORE_PAYLOAD: &str = "\",\"event\":";
const AFTER_PAYLOAD: &str = "}\n";
/// The smallest unit that disks write as a whole.
const SECTOR: usize = 512;

/// Where a file of records stands: how many there are, and the hash of the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain {
    count: u64,
    hash: [u8; 32],
}

impl Chain {
    /// Before the first record.
    #[must_use]
    pub fn genesis() -> Self {
        Self { count: 0, hash: [0; 32] }
    }

    /// How many records there are so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The SHA-256 of the last line; zeros when there is none.
    #[must_use]
    pub fn hash(&self) -> &[u8; 32] {
        &self.hash
    }

    fn after(&self, line: &[u8]) -> Self {
        Self { count: self.count + 1, hash: *Digest::of(line).as_bytes() }
    }
}

/// One record, where it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// The first byte of its line, from the beginning of what was scanned.
    pub offset: usize,
    /// Its number: 1 for the first one of the file.
    pub number: u64,
    /// What was framed: one JSON value.
    pub payload: &'a str,
}

/// What a file of records holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan<'a> {
    /// Every record before the first trouble.
    pub records: Vec<Record<'a>>,
    /// What stands after the last of them.
    pub end: End,
    /// Where the next record goes on.
    pub head: Chain,
    /// How many bytes are taken by `records`.
    pub whole: usize,
}

/// What stands after the last whole record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Nothing.
    Whole,
    /// What is left of a write that was never acknowledged: it may be cut.
    TornTail {
        /// Its first byte.
        at: usize,
        /// How long it is.
        bytes: usize,
    },
    /// Something that no crash of ours explains: nothing may be cut, a person decides.
    Damaged {
        /// The first byte of the line.
        at: usize,
        /// The line's number in the file, from 1.
        line: u64,
        /// What is wrong with it.
        why: Damage,
    },
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// It isn't framed as a record.
    #[error("it isn't framed as a record")]
    NotARecord,
    /// Its checksum doesn't fit its bytes.
    #[error("its checksum doesn't fit its bytes")]
    BadChecksum,
    /// It isn't UTF-8, though its checksum fits.
    #[error("it isn't UTF-8")]
    NotUtf8,
    /// Records before it are missing.
    #[error("record {expected} is missing: the line is record {found}")]
    Gap {
        /// The number that comes next.
        expected: u64,
        /// The number that the line has.
        found: u64,
    },
    /// It is a record that stood before already.
    #[error("record {found} stands here again, where record {expected} belongs")]
    Repeated {
        /// The number that comes next.
        expected: u64,
        /// The number that the line has.
        found: u64,
    },
    /// It has the right number, but continues another line than the one before it.
    #[error("it doesn't continue the line before it")]
    BrokenChain,
}

/// Frames one record: the line with its newline, and where the next one goes on.
///
/// `payload` is one JSON value. Line breaks in it (between its tokens: JSON has none elsewhere)
/// become blanks.
#[must_use]
pub fn frame(payload: &str, previous: &Chain) -> (String, Chain) {
    use std::fmt::Write as _;

    let mut line = String::with_capacity(payload.len() + 128);
    line.push_str(HEAD);
    line.push_str("00000000");
    // Writing to a String can't fail.
    let _ = write!(line, "{BEFORE_COUNT}{}{BEFORE_PREVIOUS}", previous.count + 1);
    push_hex(&mut line, &previous.hash);
    line.push_str(BEFORE_PAYLOAD);
    if payload.contains('\n') {
        line.push_str(&payload.replace('\n', " "));
    } else {
        line.push_str(payload);
    }
    line.push_str(AFTER_PAYLOAD);
    let digits = checksum_digits(line.as_bytes());
    line.replace_range(HEAD.len()..COVERED_FROM, &digits);
    let next = previous.after(line.as_bytes());
    (line, next)
}

/// Reads a whole file of records.
#[must_use]
pub fn scan(bytes: &[u8]) -> Scan<'_> {
    scan_after(bytes, &Chain::genesis())
}

/// Reads what was appended to a file after the record where `start` stands: for those who follow
/// it. Offsets count from the beginning of `bytes`.
#[must_use]
pub fn scan_after<'a>(bytes: &'a [u8], start: &Chain) -> Scan<'a> {
    let mut scan = Scan { records: Vec::new(), end: End::Whole, head: *start, whole: 0 };
    while scan.whole < bytes.len() {
        let at = scan.whole;
        let tail = &bytes[at..];
        let line = first_line(tail);
        match read_line(line, &scan.head) {
            Ok(payload) => {
                let head = scan.head.after(line);
                scan.records.push(Record { offset: at, number: head.count, payload });
                scan.head = head;
                scan.whole += line.len();
            }
            Err(why) => {
                scan.end = if is_torn(tail, at, &scan.head) {
                    End::TornTail { at, bytes: tail.len() }
                } else {
                    End::Damaged { at, line: scan.head.count + 1, why }
                };
                break;
            }
        }
    }
    scan
}

/// Up to and with the first newline; everything when there is none.
fn first_line(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |newline| newline + 1);
    &bytes[..end]
}

/// The payload of a line that is in order and continues `previous`.
fn read_line<'a>(line: &'a [u8], previous: &Chain) -> Result<&'a str, Damage> {
    let fields = read_fields(line)?;
    continues(&fields, previous)?;
    Ok(fields.payload)
}

/// Whether a line that is in order by itself is the one that comes next.
fn continues(fields: &Fields<'_>, previous: &Chain) -> Result<(), Damage> {
    let expected = previous.count + 1;
    if fields.number > expected {
        return Err(Damage::Gap { expected, found: fields.number });
    }
    if fields.number < expected {
        return Err(Damage::Repeated { expected, found: fields.number });
    }
    let mut hash = String::with_capacity(64);
    push_hex(&mut hash, &previous.hash);
    if fields.previous != hash {
        return Err(Damage::BrokenChain);
    }
    Ok(())
}

struct Fields<'a> {
    number: u64,
    previous: &'a str,
    payload: &'a str,
}

/// The fields of a line that is in order by itself.
fn read_fields(line: &[u8]) -> Result<Fields<'_>, Damage> {
    if line.len() <= COVERED_FROM || !line.starts_with(HEAD.as_bytes()) || !line.ends_with(b"\n") {
        return Err(Damage::NotARecord);
    }
    if line[HEAD.len()..COVERED_FROM] != *checksum_digits(line).as_bytes() {
        return Err(Damage::BadChecksum);
    }
    let text = std::str::from_utf8(&line[COVERED_FROM..]).map_err(|_| Damage::NotUtf8)?;
    split_fields(text).ok_or(Damage::NotARecord)
}

fn split_fields(covered: &str) -> Option<Fields<'_>> {
    let rest = covered.strip_prefix(BEFORE_COUNT)?;
    let (digits, rest) = rest.split_at_checked(rest.find(',')?)?;
    let (previous, rest) = rest.strip_prefix(BEFORE_PREVIOUS)?.split_at_checked(64)?;
    let payload = rest.strip_prefix(BEFORE_PAYLOAD)?.strip_suffix(AFTER_PAYLOAD)?;
    Some(Fields { number: digits.parse().ok()?, previous, payload })
}

/// Whether what begins at `at` looks exactly like the remainder of a write that was never
/// acknowledged.
fn is_torn(tail: &[u8], at: usize, previous: &Chain) -> bool {
    let line = first_line(tail);
    if let Some(hole) = line.iter().position(|&byte| byte == 0) {
        return begins_like_a_record(&tail[..hole], previous) && is_unwritten(tail, at, hole) && !holds_a_record(tail);
    }
    line.len() == tail.len()
        && !tail.ends_with(b"\n")
        && begins_like_a_record(tail, previous)
        && !is_whole_but_for_its_newline(tail)
}

/// Whether the NULs from `hole` on are space that was never written: they go on to the end of the
/// file, or fill whole sectors.
fn is_unwritten(tail: &[u8], at: usize, hole: usize) -> bool {
    let Some(length) = tail[hole..].iter().position(|&byte| byte != 0) else { return true };
    let starts_a_sector = hole == 0 || (at + hole).is_multiple_of(SECTOR);
    starts_a_sector && (at + hole + length).is_multiple_of(SECTOR)
}

/// Whether any line after the first is in order by itself.
fn holds_a_record(tail: &[u8]) -> bool {
    tail.split_inclusive(|&byte| byte == b'\n').skip(1).any(|line| read_fields(line).is_ok())
}

/// Whether the bytes are a prefix of the record that comes next, as far as it is known beforehand.
fn begins_like_a_record(bytes: &[u8], previous: &Chain) -> bool {
    let mut known = format!("{HEAD}????????{BEFORE_COUNT}{}{BEFORE_PREVIOUS}", previous.count + 1);
    push_hex(&mut known, &previous.hash);
    known.push_str(BEFORE_PAYLOAD);
    bytes.iter().zip(known.as_bytes()).enumerate().all(|(place, (byte, known))| {
        if (HEAD.len()..COVERED_FROM).contains(&place) {
            matches!(byte, b'0'..=b'9' | b'a'..=b'f')
        } else {
            byte == known
        }
    })
}

/// Whether the line would be in order with a newline in place of its last byte.
fn is_whole_but_for_its_newline(line: &[u8]) -> bool {
    let Some((_, rest)) = line.split_last() else { return false };
    let mut repaired = rest.to_vec();
    repaired.push(b'\n');
    read_fields(&repaired).is_ok()
}

/// The checksum of a line, as it is written.
fn checksum_digits(line: &[u8]) -> String {
    format!("{:08x}", crc32c::crc32c(&line[COVERED_FROM..]))
}

fn push_hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
        }
    }
}

#[cfg(test)]
mod tests;
