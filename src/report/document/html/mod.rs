//! A document as one page of HTML that needs nothing else.

mod page;

pub use page::to_html;
