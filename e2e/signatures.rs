//! Signatures of every form and level: made by us and accepted by others, made by others and accepted by us.

mod dss;
pub(crate) mod made;
mod others;
