//! What people and machines read, to the letter.
