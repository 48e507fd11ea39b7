//! Asking a running action to end.

use std::sync::Arc;

use tokio::sync::watch;

/// Asks a running action to end. Cloned freely; once asked, it stays asked.
#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Stop {
    /// Asks.
    pub fn ask(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was asked.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is asked; for ever if it never is.
    pub async fn asked(&self) {
        let mut receiver = self.0.subscribe();
        // The sender lives in `self`, so that waiting can't end in an error.
        let _ = receiver.wait_for(|asked| *asked).await;
    }
}
