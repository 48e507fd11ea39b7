//! What must hold after a case, whatever its fault was.

use std::time::{Duration, Instant};

use super::procedure::{ONCE, STEPS, way_back};
use super::world::World;

impl World {
    /// Taken back: everything is as before, by the exact reverse order, and the cause has its name.
    #[track_caller]
    pub fn is_taken_back(&self, code: i32) {
        let story = self.story();
        let told = self.told();
        assert_eq!(code, 1, "{told}");
        assert_eq!(story.verdict().as_deref(), Some("rolled-back"), "{told}");
        assert!(story.is_verified(), "it isn't verified\n{told}");
        assert_eq!(story.undone(), way_back(&story.touched()), "the way back\n{told}");
        let unwell: Vec<_> =
            story.attempts().into_iter().filter(|it| it.direction == "back" && it.failure.is_some()).collect();
        assert!(unwell.is_empty(), "{unwell:?}\n{told}");
        self.is_as_before();
    }

    /// The system is as it was, and nothing ran twice.
    #[track_caller]
    pub fn is_as_before(&self) {
        self.is_tidy();
        if let Some(differences) = self.differences() {
            panic!("not as before:\n{differences}\n{}", self.told());
        }
    }

    /// Released: service, database, git and files say so, and no step acted twice.
    #[track_caller]
    pub fn is_released(&self, code: i32) {
        let told = self.told();
        assert_eq!((code, self.story().verdict().as_deref()), (0, Some("succeeded")), "{told}");
        assert_eq!(self.story().started(), STEPS, "{told}");
        self.is_tidy();
        if let Some(missing) = self.missing() {
            panic!("not released:\n{missing}\n{told}");
        }
    }

    /// Nothing that mustn't ran twice, and no process of a step is left.
    #[track_caller]
    fn is_tidy(&self) {
        let calls = self.calls();
        for (step, program, words) in ONCE {
            let same =
                |call: &&(String, String, String)| call.0 == program && call.1 == step && call.2.starts_with(words);
            let times = calls.iter().filter(same).count();
            assert!(times <= 1, "{step} called {program} {words} {times} times\n{}", self.told());
        }
        let strays = self.strays_at_last();
        assert!(strays.is_empty(), "these still run: {strays:#?}\n{}", self.told());
    }

    /// The processes that are left; a `systemctl` that a dead engine had called ends when systemd has done what
    /// it was asked for, which is waited for.
    fn strays_at_last(&self) -> Vec<String> {
        let began = Instant::now();
        loop {
            let strays = self.strays();
            let waits = strays.iter().any(|stray| stray.contains("/systemctl "));
            if !waits || began.elapsed() > Duration::from_secs(20) {
                return strays;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The case, its story and its errors, for a message.
    pub fn told(&self) -> String {
        let errors = std::fs::read_to_string(self.beside("stderr")).unwrap_or_default();
        format!("\ncase: {}\n{}\n{errors}", self.name, self.story().told())
    }
}
