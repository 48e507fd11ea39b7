//! check_warnings
