//! Verdicts on stored directories.
