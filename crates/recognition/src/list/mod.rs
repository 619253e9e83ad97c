//! Trusted lists (ETSI TS 119 612): what a country's scheme operator says of its trust services.
//!
//! [`read`] takes XML of versions 5 and 6 to a [`TrustedList`]. It is strict about everything that trust follows from
//! (types, statuses, times, identities, criteria) and lenient about descriptions, whose faults it notes as
//! [`TrustedList::deviations`].

pub mod edit;
mod error;
mod identity;
mod model;
pub mod problem;
pub(crate) mod read;
pub mod sign;
pub mod summary;
pub mod verify;
pub(crate) mod write;

pub use error::ListError;
pub use identity::{Identity, ListedCertificate};
pub use model::{
    AdditionalInformation, Address, Deviation, Extension, Localized, Notice, Pointer, PostalAddress, Provider,
    Qualification, Scheme, Service, ServiceStatus, SupplyPoint, TakenOver, TrustedList, Version,
};
pub use read::read;
pub use verify::{Freshness, Verified, verify};
pub use write::{WriteError, draft, write};

use mekong_base::limits::XmlLimits;

/// Limits on the XML of one list; the largest national lists have 5 MB.
pub const XML_LIMITS: XmlLimits = XmlLimits { bytes: 32 << 20, nodes: 2_000_000, depth: 64 };
/// Most services of one list, with all entries of their histories.
pub const STATUSES_MAX: usize = 50_000;
/// Most pointers in one list.
pub const POINTERS_MAX: usize = 1_000;
/// Most certificates in one list.
pub const CERTIFICATES_MAX: usize = 50_000;
/// How deep criteria lists are nested at most.
pub const CRITERIA_DEPTH_MAX: usize = 16;
/// Most deviations that are noted of one list.
pub const DEVIATIONS_MAX: usize = 1_000;
