//! Signed messages: the XAdES profile of X-Road, hash chains, time-stamps and ASiC-E containers. No IO.
//!
//! - [`sign_message`], [`sign_batch`]: signatures over messages and their attachments.
//! - [`verify_message`]: what a gateway checks before it believes a message; [`ChainCache`] makes it twice as fast.
//! - [`hashchain`]: one signature or time-stamp for many messages.
//! - [`timestamp`]: what is stamped, and how tokens join the evidence.
//! - [`asic`]: containers read and written.
//! - [`evidence`]: verdicts on containers and archives, offline, years later.
//! - [`trust`]: what one X-Road instance trusts; [`subject`]: the member named by a certificate's subject.
//! - [`sender`]: who a message says it is from.
//! - [`names`]: the files that references name.
//!
//! Certificates, OCSP responses and time-stamp tokens are judged by `mekong-pki`, XML by `mekong-xml`; this room decides
//! what must be covered by what. It fetches nothing: trust and time are parameters.
//!
//! Standards: ETSI TS 101 903 (XAdES 1.4.1), ETSI TS 102 918 (ASiC), RFC 3161; the X-Road profile is that of the reference.

pub mod asic;
mod chains;
mod error;
pub mod evidence;
pub mod hashchain;
pub mod names;
pub mod sender;
mod shown;
pub mod subject;
pub mod timestamp;
pub mod trust;
mod xades;

pub use chains::ChainCache;
pub use error::{SignError, VerifyError};
pub use xades::sign::{MessageDigests, SigningIdentity, sign_batch, sign_message};
pub use xades::verify::{VerifiedSignature, verify_message, verify_message_cached};

/// The namespace of XML signatures.
pub(crate) const DSIG: &str = mekong_xml::NS_DSIG;
/// The namespace of XAdES 1.3.2.
pub(crate) const XADES: &str = "http://uri.etsi.org/01903/v1.3.2#";
/// The namespace of the root element of XAdES signatures in ASiC containers (ETSI TS 102 918).
pub(crate) const ASIC: &str = "http://uri.etsi.org/02918/v1.2.1#";

/// A signature as it travels and is logged: XML texts, byte for byte as signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureData {
    /// `META-INF/signatures.xml`.
    pub signature_xml: String,
    /// `sig-hashchainresult.xml` of a batch signature.
    pub hash_chain_result: Option<String>,
    /// `sig-hashchain.xml` of a batch signature.
    pub hash_chain: Option<String>,
}
