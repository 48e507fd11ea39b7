//! A document as markdown at home on GitHub: tables that stay narrow, lists to tick, scripts folded
//! away, alerts where something can't be taken back, anchors that GitHub itself makes.

mod escape;
mod page;
mod writer;

pub use page::to_markdown;
