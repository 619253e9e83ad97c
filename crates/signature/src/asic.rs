//! Associated signature containers (ETSI EN 319 162-1 and -2, TS 102 918): ZIP files of data and their signatures.
//!
//! - [`make`] and [`augment`]: ASiC-S and ASiC-E with XAdES or CAdES at levels B to LTA, ASiC-S with a time-stamp alone.
//! - [`read()`]: ASiC-S and ASiC-E with XAdES, CAdES, time-stamps, evidence records; OpenDocument; national containers (BDOC,
//!   ADOC, EDOC) by the European rules alone.
//!
//! Containers are read where they lie: memory does not grow with the data. Each file is digested once for all who ask.

pub mod augment;
mod container;
mod coverage;
mod ids;
pub mod make;
mod manifest;
mod names;
mod package;
mod read;
mod records;
mod stamps;

pub use container::{EXTENDED, SIMPLE};
pub use read::{looks_like, read};
