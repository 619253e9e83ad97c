//! What came out of one expectation.

/// One thing that the source's test asserts, and what we say of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) name: String,
    pub(crate) expected: String,
    pub(crate) actual: String,
}

impl Outcome {
    pub(crate) fn new(name: impl Into<String>, expected: impl Into<String>, actual: impl Into<String>) -> Self {
        Self { name: name.into(), expected: expected.into(), actual: actual.into() }
    }
}
