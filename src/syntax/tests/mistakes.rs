//! Texts that people get wrong: each mistake is one finding, on its span.
