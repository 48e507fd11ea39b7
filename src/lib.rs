//! Declarative runbooks.
