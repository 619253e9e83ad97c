//! Signed directories.

/// A signed directory, parsed and not yet verified.
#[derive(Debug, Clone)]
pub struct SignedDirectory;
