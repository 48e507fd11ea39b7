//! check_hostile
