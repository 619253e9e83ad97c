//! The real binary before programs that we did not write: curl, Python, OpenSSL, xmlsec1, unzip, Chromium.
//!
//! Most tests share one running demo ([`support::demo::shared`]); what needs its own takes turns, so that this runs on a small
//! machine. Missing tools fail with a word on `./dev test`, which installs them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod administration;
mod bench;
mod certificates;
mod clients;
mod command_line;
mod console;
mod directory;
mod durability;
mod evidence;
mod failing_disk;
mod hostile;
mod join;
mod journey;
mod ledger;
mod lists;
mod nodes;
mod office;
mod population;
mod reports;
mod restart;
mod several;
mod signatures;
mod soak;
mod support;
mod tampering;
mod traced;
mod transport;
mod validator;
mod watched;
