//! check_bundle
