//! Criteria to their elements.
