//! Shared parameters: members, servers, approved authorities and global groups of one instance, readable by federated
//! instances. Model of schema versions 2 to 6; see [`SharedParameters::read`] and [`SharedParameters::write`].

mod read;
mod write;

use crate::Version;
use mekong_base::{ClientId, MemberId, ServerId};
use std::time::Duration;

/// The content of `shared-params.xml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedParameters {
    /// The instance it is of.
    pub instance: String,
    /// The format it was read from; writing takes its own.
    pub version: Version,
    /// Where the configuration is served and which keys sign it (V3 on; at least one when written).
    pub sources: Vec<Source>,
    /// Approved certification authorities.
    pub authorities: Vec<ApprovedAuthority>,
    /// Approved time-stamping authorities.
    pub timestampers: Vec<ApprovedTimestamper>,
    /// Registered members.
    pub members: Vec<Member>,
    /// Registered gateways (security servers).
    pub servers: Vec<SecurityServer>,
    /// Groups of members and subsystems.
    pub groups: Vec<GlobalGroup>,
    /// The member classes in use.
    pub member_classes: Vec<MemberClass>,
    /// Largest age of an OCSP response.
    pub ocsp_freshness: Duration,
}

/// One configuration source, as the shared parameters announce it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Source {
    /// Host, or host:port, that serves `/internalconf` and `/externalconf`.
    pub address: String,
    /// DER of the certificates that may sign `internalconf`.
    pub internal_certs: Vec<Vec<u8>>,
    /// DER of the certificates that may sign `externalconf`.
    pub external_certs: Vec<Vec<u8>>,
}

/// Whether a trust service costs money (V6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CostType {
    /// Free of charge.
    Free,
    /// Paid.
    Paid,
    /// Not said.
    Undefined,
}

/// Format in which an authority wants certificate requests (V6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CsrFormat {
    /// PEM.
    Pem,
    /// DER.
    Der,
}

/// An OCSP responder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OcspResponder {
    /// Its address.
    pub url: String,
    /// DER of the responder's certificate, if it is named.
    pub cert: Option<Vec<u8>>,
    /// V6.
    pub cost: Option<CostType>,
}

/// A certificate of an authority with its OCSP responders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorityCertificate {
    /// DER.
    pub cert: Vec<u8>,
    /// Responders for certificates that it issued.
    pub ocsp: Vec<OcspResponder>,
}

/// An ACME server of an authority (V3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcmeServer {
    /// ACME directory.
    pub directory_url: String,
    /// Addresses to allow through firewalls, comma separated.
    pub ip_address: Option<String>,
    /// Profile for authentication certificates (V4).
    pub authentication_profile: Option<String>,
    /// Profile for signing certificates (V4).
    pub signing_profile: Option<String>,
}

/// An approved certification authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovedAuthority {
    /// Name for people.
    pub name: String,
    /// Its certificates are for TLS only, not for signatures.
    pub authentication_only: bool,
    /// The trust anchor.
    pub top: AuthorityCertificate,
    /// Intermediate authorities.
    pub intermediates: Vec<AuthorityCertificate>,
    /// The Java class name that says how members are named in its certificates.
    pub profile: String,
    /// V6.
    pub csr_format: Option<CsrFormat>,
    /// V3.
    pub acme: Option<AcmeServer>,
}

/// An approved time-stamping authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovedTimestamper {
    /// Name for people.
    pub name: String,
    /// Its address.
    pub url: String,
    /// DER of its certificate.
    pub cert: Vec<u8>,
    /// V6.
    pub cost: Option<CostType>,
}

/// A member class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberClass {
    /// `GOV`.
    pub code: String,
    /// In words.
    pub description: String,
}

/// A member with its subsystems.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its identifier.
    pub id: MemberId,
    /// Description of its class.
    pub class_description: String,
    /// Official name.
    pub name: String,
    /// Its subsystems.
    pub subsystems: Vec<Subsystem>,
}

/// A subsystem of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subsystem {
    /// Code within the member.
    pub code: String,
    /// Official name (V5).
    pub name: Option<String>,
}

/// A gateway is in maintenance (V5).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Maintenance {
    /// What consumers are told.
    pub message: Option<String>,
}

/// A registered gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityServer {
    /// Its identifier.
    pub id: ServerId,
    /// Host name or address, without port.
    pub address: Option<String>,
    /// Digests of its authentication certificates, by [`Version::auth_cert_digest`].
    pub auth_cert_hashes: Vec<Vec<u8>>,
    /// Members and subsystems registered on it; its owner always is, named here or not.
    pub clients: Vec<ClientId>,
    /// Set while it is in maintenance.
    pub maintenance: Option<Maintenance>,
}

/// A global group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlobalGroup {
    /// Code within the instance.
    pub code: String,
    /// In words.
    pub description: String,
    /// Members and subsystems, possibly of other instances.
    pub members: Vec<ClientId>,
}
