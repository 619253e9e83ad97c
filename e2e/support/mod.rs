//! Running things: programs with a deadline, the demo, Python clients.

pub(crate) mod country;
pub(crate) mod demo;
pub(crate) mod dss;
pub(crate) mod program;
pub(crate) mod python;
pub(crate) mod shared;
