//! Running things: programs with a deadline, the demo, Python clients.

pub(crate) mod country;
pub(crate) mod demo;
pub(crate) mod dss;
#[path = "../../crates/mekong/src/demo/page.rs"]
pub(crate) mod page;
pub(crate) mod program;
pub(crate) mod python;
pub(crate) mod shared;
