//! A signed file judged in one call, and told as JSON, in plain words and as HTML. No IO.
//!
//! The command line, the server and the browser all come through here, so that they cannot disagree.
//!
//! - [`Setting`]: what is trusted, by which policy, in whose country. [`Setting::judge`] reads, validates and recognises.
//! - [`Verdict`]: what came out; [`line`](mod@line) is its JSON.
//! - [`plain`]: who signed, when, valid or not, recognised or not, what to do: in Vietnamese, Lao and English.
//! - [`home`]: whose law and which policy, where nobody says.
//! - [`html`]: the same as a fragment of a page.
//! - [`report`](mod@report): reports to be kept and handed on: JSON with every check, ETSI XML, a page, a PDF.

pub mod home;
pub mod html;
mod judge;
pub mod line;
pub mod plain;
pub mod report;
mod words;

pub use judge::{Outcome, Setting, Verdict};
pub use line::holder;
