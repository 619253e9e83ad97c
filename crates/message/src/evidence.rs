//! Verdicts on containers and message archives: offline, years later, by whoever holds the file.
//!
//! A verdict says whether the evidence holds, and if not, which file broke it and how. Without a global configuration
//! everything but the trust in the signer and the time-stamper is verified, and the verdict stays open.

pub mod archive;
mod container;

pub use container::verify_container;

use crate::trust::InstanceTrust;
use mekong_base::limits::ContainerLimits;
use mekong_base::{ClientId, Instant, Source};
use mekong_pki::Certificate;

/// What a global configuration trusts.
#[derive(Clone, Copy)]
pub struct Trust<'a> {
    /// What an instance trusts; `None` for one that the configuration does not know.
    pub of: &'a dyn Fn(&str) -> Option<InstanceTrust>,
    /// The approved time-stampers of all its instances: whoever logs a message stamps it, and that may be a server of
    /// another instance than the signer's. Those of the signer's instance count in any case.
    pub timestampers: &'a [Certificate],
}

/// Everything holds.
pub const OK: &str = "ok";
/// Everything holds as far as it can be told without a global configuration.
pub const SIGNER_NOT_CHECKED: &str = "signer_not_checked";
/// Everything holds as far as it can be told without the signer's instance.
pub const UNKNOWN_INSTANCE: &str = "unknown_instance";
/// The message does not say who it is from.
pub const UNREADABLE_MESSAGE: &str = "unreadable_message";

/// What the evidence in one file shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// `Some(true)`: it holds. `Some(false)`: it does not. `None`: it could not be decided.
    pub valid: Option<bool>,
    /// A stable code: [`OK`], [`SIGNER_NOT_CHECKED`], [`UNKNOWN_INSTANCE`], [`UNREADABLE_MESSAGE`], or the code of the
    /// error, such as `invalid_signature_value` and `asic_message_not_found`.
    pub reason: &'static str,
    /// What held or broke, in words: which file, which digest was expected and found.
    pub detail: String,
    /// Who the message is from.
    pub signer: Option<ClientId>,
    /// The signing certificate.
    pub certificate: Option<Certificate>,
    /// When the signer says it signed.
    pub signed_at: Option<Instant>,
    /// When the time-stamping authority saw the signature.
    pub timestamp: Option<Instant>,
}

impl Verdict {
    pub(crate) fn invalid(reason: &'static str, detail: impl Into<String>) -> Self {
        Self {
            valid: Some(false),
            reason,
            detail: detail.into(),
            signer: None,
            certificate: None,
            signed_at: None,
            timestamp: None,
        }
    }
}

/// Whether a file is evidence of the exchange (a message's container or an archive), rather than any other signed file.
pub fn looks_like(source: &dyn Source, limits: &ContainerLimits) -> bool {
    archive::is_of_the_exchange(source, limits)
}

/// The verdict on a file: a container, or a message archive (no container, and it has `linkinginfo` or `.asice` files).
pub fn verify_file(bytes: &[u8], limits: &ContainerLimits, trust: Option<&Trust<'_>>) -> Verdict {
    if archive::is_archive(bytes, limits) {
        return archive::verify(bytes, limits, None, trust).verdict;
    }
    match crate::asic::Container::read(bytes, limits) {
        Ok(container) => verify_container(&container, trust),
        Err(error) => Verdict::invalid(error.code(), error.to_string()),
    }
}
