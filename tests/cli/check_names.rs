//! check_names
