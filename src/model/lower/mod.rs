//! Spanned nodes → model. First every word is held against the vocabulary (`form`), then its meaning
//! is read, one idea per file; both go on after an error, so that an author sees all of them at once,
//! and each mistake is reported once. Includes are spliced in before; whether a name refers to
//! something is checked afterwards, on the model.

mod activity;
mod allow;
mod change;
mod expect;
mod fit;
mod form;
mod head;
mod kube;
mod lock;
mod lowering;
mod manifest;
mod names;
mod observing;
mod phase;
mod program;
mod request;
mod step;
mod surroundings;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod values;

pub use lowering::Lowering;
pub use names::{Known, declared_names};
