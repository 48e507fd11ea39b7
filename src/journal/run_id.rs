//! The names of runs: `bmtc-api-20261121-233005-k3f9x`, readable, unique, in the order of time.
//!
//! The last part begins with the fraction of the second, so that two runs of one second are in
//! order too; the rest of it is chance. Whether an id is free is decided by making its directory.
//! Invariant: an id is a plain file name, whatever the runbook is called.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Digits and letters that people don't mistake for each other, in the order of ASCII.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Of the last part: two digits of time, three of chance.
const LAST_PART: usize = 5;
/// `20261121-233005-k3f9x`.
const TIME_PART: usize = 8 + 1 + 6 + 1 + LAST_PART;

/// The name of a run.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RunId(String);

impl RunId {
    /// A new name for a run of this runbook that begins now.
    #[must_use]
    pub fn new(runbook: &str, now: Timestamp) -> Self {
        let kept: String =
            runbook.chars().map(|letter| if is_plain(letter) { letter } else { '-' }).take(100).collect();
        let time = now.to_zoned(TimeZone::UTC).strftime("%Y%m%d-%H%M%S").to_string();
        let fraction = u64::from(now.subsec_nanosecond().unsigned_abs()) * 1024 / 1_000_000_000;
        // The standard library's hash keys are random numbers of the system.
        let chance = RandomState::new().build_hasher().finish();
        let last = digits(fraction, 2) + &digits(chance, LAST_PART - 2);
        Self(format!("{kept}-{time}-{last}"))
    }

    /// Reads a name; `None`: it isn't one that [`RunId::new`] gives.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (runbook, time) = text.split_at_checked(text.len().checked_sub(TIME_PART)?)?;
        let fits = time.bytes().enumerate().all(|(place, byte)| match place {
            8 | 15 => byte == b'-',
            0..=14 => byte.is_ascii_digit(),
            _ => DIGITS.contains(&byte),
        });
        let plain = runbook.len() > 1 && runbook.ends_with('-') && runbook.chars().all(is_plain);
        (fits && plain).then(|| Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What runs are ordered by: their time, then their name.
    #[must_use]
    pub fn age_key(&self) -> (&str, &str) {
        (&self.0[self.0.len() - TIME_PART..], &self.0)
    }

    /// Whether a person means this run: it begins so, or its last part is this.
    #[must_use]
    pub fn fits(&self, asked: &str) -> bool {
        !asked.is_empty() && (self.0.starts_with(asked) || self.0[self.0.len() - LAST_PART..] == *asked)
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn is_plain(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '-' || letter == '_'
}

/// The lowest digits of a number, highest first.
fn digits(number: u64, count: usize) -> String {
    let digit =
        |place: usize| usize::try_from(number >> (5 * place) & 31).map_or('0', |digit| char::from(DIGITS[digit]));
    (0..count).rev().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::RunId;

    fn at(text: &str) -> RunId {
        RunId::new("bmtc-api", text.parse().unwrap())
    }

    #[test]
    fn a_run_is_named_after_its_runbook_and_its_time() {
        let id = at("2026-11-21T23:30:05.5Z");
        assert!(id.as_str().starts_with("bmtc-api-20261121-233005-g0"), "{id}");
        assert_eq!(id.as_str().len(), "bmtc-api-20261121-233005-k3f9x".len());
        assert_eq!(RunId::parse(id.as_str()), Some(id));
    }

    #[test]
    fn runs_are_in_the_order_of_time_whatever_they_are_called() {
        let first = RunId::new("zebra", "2026-11-21T23:30:05.001Z".parse().unwrap());
        let second = RunId::new("ape", "2026-11-21T23:30:05.003Z".parse().unwrap());
        let third = RunId::new("mule", "2026-11-21T23:30:06Z".parse().unwrap());
        assert!(first.age_key() < second.age_key());
        assert!(second.age_key() < third.age_key());
    }

    #[test]
    fn two_runs_of_one_moment_have_different_names() {
        let moment = "2026-11-21T23:30:05Z";
        let names: std::collections::BTreeSet<_> = (0..20).map(|_| at(moment).as_str().to_owned()).collect();
        assert!(names.len() > 15, "{names:?}");
    }

    #[test]
    fn a_name_never_leaves_its_directory() {
        let id = RunId::new("../../etc/passwd\n", "2026-11-21T23:30:05Z".parse().unwrap());
        assert!(id.as_str().starts_with("------etc-passwd--20261121"), "{id}");
    }

    #[test]
    fn what_is_no_name_of_a_run_is_none() {
        for text in [
            "",
            "bmtc-api",
            "-20261121-233005-k3f9x",
            "a-20261121-233005-k3f9",
            "a-2026112x-233005-k3f9x",
            "../-20261121-233005-k3f9x",
            "ü-20261121-233005-k3f9x",
        ] {
            assert_eq!(RunId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_beginning_or_the_last_part_is_enough() {
        let id = RunId::parse("bmtc-api-20261121-233005-k3f9x").unwrap();
        assert!(id.fits("bmtc-api-2026"));
        assert!(id.fits("k3f9x"));
        assert!(!id.fits("k3f9"));
        assert!(!id.fits(""));
    }
}
