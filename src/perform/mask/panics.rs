//! What a panic says. Its message may hold anything that was being worked on, a secret too.
//!
//! Invariant: once one of these was called, no panic of this process prints a secret.

use std::io::Write as _;
use std::panic::{PanicHookInfo, set_hook};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Masker;

/// What panics say, for whoever has something on the terminal that isn't to be written into.
#[derive(Debug, Clone, Default)]
pub struct Panics(Arc<Mutex<Option<Vec<String>>>>);

impl Panics {
    /// From now on, what a panic says is kept, masked, instead of being printed.
    pub fn hold_back(&self) {
        self.lock().get_or_insert_default();
    }

    /// What was held back; what comes now is printed at once.
    #[must_use]
    pub fn let_go(&self) -> Vec<String> {
        self.lock().take().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Vec<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// From now on, what a panic says is masked before it is printed.
#[expect(clippy::must_use_candidate, reason = "most who mask panics hold none back")]
pub fn mask_panics(masker: &Masker) -> Panics {
    let masker = masker.clone();
    let panics = Panics::default();
    let heard = panics.clone();
    set_hook(Box::new(move |panic| {
        let text = masked(&masker, panic);
        match heard.lock().as_mut() {
            Some(held_back) => held_back.push(text),
            None => say(&text),
        }
    }));
    panics
}

/// From now on, a panic only says where it happened: for processes that know no masker.
pub fn silence_panics() {
    set_hook(Box::new(|panic| say(&place(panic))));
}

fn masked(masker: &Masker, panic: &PanicHookInfo<'_>) -> String {
    masker.mask(&panic.to_string())
}

fn place(panic: &PanicHookInfo<'_>) -> String {
    panic.location().map_or_else(|| "panicked".to_owned(), |place| format!("panicked at {place}"))
}

fn say(text: &str) {
    // Nothing can be said where nothing can be printed, least of all in a panic.
    drop(writeln!(std::io::stderr(), "internal error: {text}"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex, PoisonError};

    #[test]
    fn a_panic_says_where_it_happened_and_no_secret() {
        let said = Arc::new(Mutex::new(Vec::new()));
        let masker = Masker::new(&["hunter2"]);
        let before = std::panic::take_hook();
        let heard = Arc::clone(&said);
        set_hook(Box::new(move |panic| {
            heard.lock().unwrap_or_else(PoisonError::into_inner).extend([masked(&masker, panic), place(panic)]);
        }));
        let caught = std::panic::catch_unwind(|| panic!("a header: Bearer hunter2"));
        set_hook(before);
        assert!(caught.is_err());
        let said = said.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // Other tests of this process may panic meanwhile.
        let ours: Vec<_> = said.iter().filter(|text| text.contains("mask/panics.rs")).collect();
        assert!(ours.len() == 2 && ours[0].contains("Bearer ***"), "{said:?}");
        assert!(!said.iter().any(|text| text.contains("hunter2")), "{said:?}");
    }
}
