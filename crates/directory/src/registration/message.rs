//! What is asked and answered, as JSON.

use super::error::RegistrationError;
use crate::registration::envelope::{decode, encode};
use mekong_base::Instant;
use mekong_pki::Certificate;
use mekong_pki::request::CertificateRequest;
use serde::{Deserialize, Serialize};

/// The version of requests and answers.
pub(super) const VERSION: u32 = 1;

/// What a member asks of the operator. The same bytes sent again get the same answer and do nothing more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Version of this format: 1.
    pub version: u32,
    /// The instance whose operator is asked.
    pub instance: String,
    /// When it was made. Requests of members are taken ten minutes around it; an invitation has its own end.
    pub at: Instant,
    /// 32 hex digits at random: two requests are never the same by accident.
    pub nonce: String,
    /// What is asked.
    pub ask: Ask,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Ask {
    /// To become a member with a gateway. Signed with an invitation.
    Join(Join),
    /// New certificates for a gateway. Signed with the owner's signing key, as all that follow.
    Renew(Renew),
    /// An authentication certificate that the authority issued otherwise (renewed) is one of the gateway's, too.
    AddCertificate {
        /// The server's code.
        server: String,
        /// The certificate, DER in base64.
        certificate: String,
    },
    /// The gateway is reached at another address.
    SetAddress {
        /// The server's code.
        server: String,
        /// Host name or address, without port.
        address: String,
    },
    /// A subsystem is registered at a gateway; it is added if the member has none of that code.
    AddSubsystem {
        /// The server's code.
        server: String,
        /// Its code.
        code: String,
        /// Its name for people.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        name: Option<String>,
    },
    /// A subsystem is registered at a gateway no more.
    RemoveSubsystem {
        /// The server's code.
        server: String,
        /// Its code.
        code: String,
    },
    /// An authentication certificate is used no more.
    RemoveCertificate {
        /// The server's code.
        server: String,
        /// SHA-256 of the certificate, hex.
        sha256: String,
    },
    /// The gateway is taken out of the directory.
    Retire {
        /// The server's code.
        server: String,
    },
}

/// A new gateway of an invited member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// The code that the gateway is to have.
    pub server: String,
    /// Host name or address where other gateways reach it, without port.
    pub address: String,
    /// PKCS#10 of the signing key, DER in base64. Its subject does not matter.
    pub signing: String,
    /// PKCS#10 of the authentication key.
    pub authentication: String,
}

/// New certificates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renew {
    /// The server's code.
    pub server: String,
    /// PKCS#10 of a signing key, old or new, DER in base64.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub signing: Option<String>,
    /// PKCS#10 of an authentication key. The certificates before stay registered until they are removed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub authentication: Option<String>,
}

/// What the operator answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Version of this format: 1.
    pub version: u32,
    /// SHA-256 of the request's statement, hex: an answer to another request is none.
    pub request: String,
    /// The operator's clock.
    pub at: Instant,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Outcome {
    /// Done, recorded and published.
    Registered(Box<Registered>),
    /// It waits for the operator's approval; ask again with the same bytes.
    Waiting {
        /// How the operator calls it.
        id: String,
    },
    /// Refused.
    Refused {
        /// Stable code.
        code: String,
        /// What is wrong and what to do.
        reason: String,
    },
}

/// What a registered gateway needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registered {
    /// The server: `VN/GOV/MOF/gateway`.
    pub server: String,
    /// Name of the member for people.
    pub name: String,
    /// The subsystems registered at the server: `VN/GOV/MOF/tax`.
    pub clients: Vec<String>,
    /// The signing certificate, DER in base64, where one was asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub signing: Option<String>,
    /// The authentication certificate.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub authentication: Option<String>,
    /// The internal anchor, XML.
    pub anchor: String,
    /// Instances that the directory is federated with.
    pub federation: Vec<String>,
}

impl Request {
    /// The server that it is about.
    pub fn server(&self) -> &str {
        match &self.ask {
            Ask::Join(join) => &join.server,
            Ask::Renew(renew) => &renew.server,
            Ask::AddCertificate { server, .. }
            | Ask::SetAddress { server, .. }
            | Ask::AddSubsystem { server, .. }
            | Ask::RemoveSubsystem { server, .. }
            | Ask::RemoveCertificate { server, .. }
            | Ask::Retire { server } => server,
        }
    }
}

impl Ask {
    /// To register an authentication certificate.
    pub fn add_certificate(server: impl Into<String>, certificate: &Certificate) -> Self {
        Self::AddCertificate { server: server.into(), certificate: encode(certificate.der()) }
    }
}

impl Join {
    /// From the codes and the two requests for certificates.
    pub fn new(
        server: impl Into<String>,
        address: impl Into<String>,
        signing: &CertificateRequest,
        authentication: &CertificateRequest,
    ) -> Self {
        let (server, address) = (server.into(), address.into());
        Self { server, address, signing: encode(signing.der()), authentication: encode(authentication.der()) }
    }
}

impl Renew {
    /// From the requests for certificates that are wanted.
    pub fn new(
        server: impl Into<String>,
        signing: Option<&CertificateRequest>,
        authentication: Option<&CertificateRequest>,
    ) -> Self {
        let text = |request: Option<&CertificateRequest>| request.map(|r| encode(r.der()));
        Self { server: server.into(), signing: text(signing), authentication: text(authentication) }
    }
}

impl Registered {
    /// The signing certificate, if one was asked for.
    ///
    /// # Errors
    /// [`RegistrationError::Malformed`].
    pub fn signing_certificate(&self) -> Result<Option<Certificate>, RegistrationError> {
        self.signing.as_deref().map(certificate).transpose()
    }

    /// The authentication certificate, if one was asked for.
    ///
    /// # Errors
    /// [`RegistrationError::Malformed`].
    pub fn authentication_certificate(&self) -> Result<Option<Certificate>, RegistrationError> {
        self.authentication.as_deref().map(certificate).transpose()
    }
}

/// A certificate within a statement.
pub(super) fn certificate(text: &str) -> Result<Certificate, RegistrationError> {
    let der = decode(text, "certificate").map_err(|e| RegistrationError::Malformed(e.to_string()))?;
    Certificate::from_der(&der).map_err(|e| RegistrationError::Malformed(e.to_string()))
}

/// A request for a certificate within a statement; its proof of possession is not checked yet.
pub(super) fn certificate_request(text: &str) -> Result<CertificateRequest, RegistrationError> {
    let der = decode(text, "certificate request").map_err(|e| RegistrationError::Malformed(e.to_string()))?;
    CertificateRequest::from_der(&der).map_err(|e| RegistrationError::Malformed(e.to_string()))
}
