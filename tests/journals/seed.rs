//! Chance that can be had again: all of it follows from one printed number.

use std::hash::{DefaultHasher, Hash, Hasher};

/// A source of chance for one test.
pub struct Chance(u64);

impl Chance {
    /// The chance of this name, under the seed of this run.
    pub fn of(name: &str) -> Self {
        let seed = std::env::var("RUNBOOK_SEED").ok().and_then(|it| it.trim().parse().ok()).unwrap_or_else(|| {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
            u64::from(now.subsec_nanos())
        });
        eprintln!("RUNBOOK_SEED={seed}");
        let mut hasher = DefaultHasher::new();
        (seed, name).hash(&mut hasher);
        Self(hasher.finish())
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        // splitmix64: every state is a good one, also zero.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap()
    }
}

/// Whether everything is tried, and not only a sample.
pub fn is_long() -> bool {
    std::env::var("RUNBOOK_RELIABILITY").is_ok_and(|it| it == "long")
}
