//! Trusted lists of countries and agreements between them: what a foreign signature counts as. No IO.
//!
//! - [`list`]: trusted lists (ETSI TS 119 612, versions 5 and 6) read, verified, edited, written and summarised.
//! - [`agreement`]: the equivalence block in a pointer to another country's list, read, made and repealed.
//! - [`anchors`](mod@anchors): trust anchors by service and period, from lists.
//! - [`qualification`]: what a certificate and a signature count as, also under an agreement.
//! - [`snapshot`]: a set of lists as one immutable, hashed value.
//! - [`recognise`](mod@recognise): what a signature counts as here, through which list and agreement, or why not.
//! - [`definition`]: lists and agreements as an operator writes them, in TOML.
//! - [`criteria`]: the conditions on certificates that both use.
//! - [`uri`]: the names that the standards give to types, statuses and qualifiers.
//!
//! Standards: ETSI TS 119 612 v2.1.1 and v2.4.1, ETSI TS 119 615 v1.2.1, the European Commission's schema of mutual
//! recognition agreements (`http://ec.europa.eu/tools/lotl/mra/schema/v2#`).

pub mod agreement;
pub mod anchors;
pub mod criteria;
pub mod definition;
pub mod list;
pub mod qualification;
pub mod recognise;
pub mod snapshot;
pub mod uri;

pub use recognise::{Question, Recognition, TimestampQualification, recognise, recognise_timestamp};
