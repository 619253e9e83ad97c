//! Decisions as plain functions of what was asked and what is known. No IO, no clock.

pub mod consistency;
pub mod openapi;
pub mod path;
pub mod rights;
