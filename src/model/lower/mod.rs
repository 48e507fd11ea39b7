//! Spanned nodes → model. First every word is held against the vocabulary, then its meaning is
//! read; both go on after an error, so that an author sees all of them at once.

mod lowering;

pub use lowering::Lowering;
