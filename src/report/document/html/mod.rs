//! A document as one page of HTML that needs nothing else: its style, its drawings and its few lines
//! of script are in it, and its policy allows exactly those.
//!
//! | file | its one job |
//! |---|---|
//! | `writer` | elements and text; the only place where text becomes HTML |
//! | `page` | the frame: head, navigation, sections |
//! | `cards` | what is done, with what belongs beside it |
//! | `tables` | inputs, times |
//! | `drawn_times`, `drawn_ways` | the two drawings; each says in words and tables what it shows |
//! | `policy` | what the page may do: nothing but its own style and script |
//!
//! Invariant: the page is whole without its script, without its colours and without its drawings.

mod cards;
mod drawn_times;
mod drawn_ways;
mod page;
mod policy;
mod tables;
mod writer;

pub use page::to_html;
