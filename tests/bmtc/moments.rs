//! Random moments that can be had again: all of them follow from one printed number.

use std::hash::{DefaultHasher, Hash, Hasher};

/// A source of moments for one test.
pub struct Moments {
    seed: u64,
    state: u64,
}

impl Moments {
    /// The moments of this name, under the seed of this run.
    pub fn of(name: &str) -> Self {
        let seed = std::env::var("RUNBOOK_BMTC_SEED").ok().and_then(|it| it.trim().parse().ok()).unwrap_or_else(|| {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
            u64::from(now.subsec_nanos())
        });
        eprintln!("RUNBOOK_BMTC_SEED={seed}");
        let mut hasher = DefaultHasher::new();
        (seed, name).hash(&mut hasher);
        Self { seed, state: hasher.finish() }
    }

    /// The number that all of them follow from.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        // splitmix64: every state is a good one, also zero.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    /// One of these.
    pub fn one_of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let number = self.below(choices.len() as u64);
        &choices[usize::try_from(number).unwrap()]
    }
}

/// Whether the whole matrix runs.
pub fn is_full() -> bool {
    std::env::var("RUNBOOK_BMTC").is_ok_and(|it| it == "full")
}

/// How many moments a kill is tried at.
pub fn how_many(quick: u64) -> u64 {
    if is_full() { 20 } else { quick }
}
