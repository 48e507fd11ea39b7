//! Tables: matcher × kind of value × verdict.
