//! Fault codes: dotted, in the two dialects that stand on the wire.

use std::fmt;

/// How fault codes are spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// `server.serverproxy.access_denied`: release 7.8 and later.
    #[default]
    Snake,
    /// `Server.ServerProxy.AccessDenied`: releases before 7.8, and the texts of the specifications.
    Camel,
}

/// On whose side a fault arose; the first segments of its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The message of the information system is at fault.
    Client,
    /// The consumer's gateway.
    ClientProxy,
    /// The provider's gateway.
    ServerProxy,
}

impl Origin {
    const ALL: [Self; 3] = [Self::Client, Self::ClientProxy, Self::ServerProxy];

    const fn spelled(self, dialect: Dialect) -> &'static str {
        match (self, dialect) {
            (Self::Client, Dialect::Snake) => "client",
            (Self::Client, Dialect::Camel) => "Client",
            (Self::ClientProxy, Dialect::Snake) => "server.clientproxy",
            (Self::ClientProxy, Dialect::Camel) => "Server.ClientProxy",
            (Self::ServerProxy, Dialect::Snake) => "server.serverproxy",
            (Self::ServerProxy, Dialect::Camel) => "Server.ServerProxy",
        }
    }
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $name:ident = $snake:literal, $camel:literal;)+) => {
        /// What is wrong; a segment of a code. The names are the reference's.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Kind { $($(#[doc = $doc])+ $name,)+ }

        impl Kind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The segment in a dialect.
            pub const fn spelled(self, dialect: Dialect) -> &'static str {
                match (self, dialect) {
                    $((Self::$name, Dialect::Snake) => $snake, (Self::$name, Dialect::Camel) => $camel,)+
                }
            }
        }
    };
}

kinds! {
    /// No grant of the service covers this client, method and path.
    AccessDenied = "access_denied", "AccessDenied";
    /// The request is not HTTP that a gateway takes.
    BadRequest = "bad_request", "BadRequest";
    /// A signature could not be made.
    CannotCreateSignature = "cannot_create_signature", "CannotCreateSignature";
    /// No chain from the certificate to an approved authority.
    CannotCreateCertPath = "cannot_create_cert_path", "CannotCreateCertPath";
    /// A certificate is not valid: expired, revoked, without a fresh OCSP response.
    CertValidation = "cert_validation", "CertValidation";
    /// The peer's version is too old.
    ClientProxyVersionNotSupported = "client_proxy_version_not_supported", "ClientProxyVersionNotSupported";
    /// The message log's database failed.
    DatabaseError = "database_error", "DatabaseError";
    /// A header that may stand once stands twice.
    DuplicateHeaderField = "duplicate_header_field", "DuplicateHeaderField";
    /// The global configuration has expired.
    GlobalConfOutdated = "global_conf_outdated", "OutdatedGlobalConf";
    /// Hash chain inputs that the chain does not cover.
    HashChainUnusedInputs = "hashchain_unused_inputs", "HashChainUnusedInputs";
    /// The information system answered with something that is not HTTP, or too much of it.
    HttpError = "http_error", "HttpError";
    /// An answer that does not belong to its request.
    InconsistentResponse = "inconsistent_response", "InconsistentResponse";
    /// The signing certificate is not the sender's, or not for signing.
    IncorrectCertificate = "incorrect_certificate", "IncorrectCertificate";
    /// OCSP responses or other validation data are missing or wrong.
    IncorrectValidationInfo = "incorrect_validation_info", "IncorrectValidationInfo";
    /// A failure inside the gateway.
    InternalError = "internal_error", "InternalError";
    /// A certificate path that does not validate.
    InvalidCertPath = "invalid_cert_path", "InvalidCertPath";
    /// An identifier with characters or a shape that identifiers may not have.
    InvalidClientIdentifier = "invalid_client_identifier", "InvalidClientIdentifier";
    /// A content type that does not stand at this place.
    InvalidContentType = "invalid_content_type", "InvalidContentType";
    /// A hash chain reference that does not match.
    InvalidHashChainRef = "invalid_hash_chain_ref", "InvalidHashChainRef";
    /// A method that the gateway does not take here.
    InvalidHttpMethod = "invalid_http_method", "InvalidHttpMethod";
    /// A message that breaks the protocol.
    InvalidMessage = "invalid_message", "InvalidMessage";
    /// A request that breaks the protocol.
    InvalidRequest = "invalid_request", "InvalidRequest";
    /// The message names another gateway.
    InvalidSecurityServer = "invalid_security_server", "InvalidSecurityServer";
    /// The signature does not match.
    InvalidSignatureValue = "invalid_signature_value", "InvalidSignatureValue";
    /// XML that cannot be read.
    InvalidXml = "invalid_xml", "InvalidXml";
    /// Data could not be read or written.
    IoError = "io_error", "IOError";
    /// The message log did not take the message.
    LoggingFailed = "logging_failed", "LoggingFailed";
    /// The signature's structure is broken.
    MalformedSignature = "malformed_signature", "MalformedSignature";
    /// Multipart that cannot be read.
    MimeParsingFailed = "mime_parsing_failed", "MimeParsingFailed";
    /// A header that must be there is not.
    MissingHeader = "missing_header", "MissingHeader";
    /// No REST message part.
    MissingRest = "missing_rest", "MissingRest";
    /// No signature part.
    MissingSignature = "missing_signature", "MissingSignature";
    /// No SOAP message part.
    MissingSoap = "missing_soap", "MissingSoap";
    /// The other side cannot be reached.
    NetworkError = "network_error", "NetworkError";
    /// Something named does not exist.
    NotFound = "not_found", "NotFound";
    /// The service is switched off.
    ServiceDisabled = "service_disabled", "ServiceDisabled";
    /// Calling the service did not succeed; stands before the reason.
    ServiceFailed = "service_failed", "ServiceFailed";
    /// The service's address is malformed.
    ServiceMalformedUrl = "service_malformed_url", "ServiceMalformedUrl";
    /// The service has no address.
    ServiceMissingUrl = "service_missing_url", "ServiceMissingUrl";
    /// A SOAP service was called as REST or the other way round.
    ServiceType = "service_type", "InvalidServiceType";
    /// A signature did not verify; stands before the reason.
    SignatureVerification = "signature_verification", "SignatureVerification";
    /// The peer's TLS certificate is not one that may speak here.
    SslAuthenticationFailed = "ssl_authentication_failed", "SslAuthenticationFailed";
    /// Something took longer than it may.
    TimedOut = "timed_out", "TimedOut";
    /// Time-stamping has failed for longer than is allowed.
    TimestampingFailed = "timestamping_failed", "TimestampingFailed";
    /// The time-stamper failed.
    TimestamperFailed = "timestamper_failed", "MLogTimestamperFailed";
    /// A host name that does not resolve.
    UnknownHost = "unknown_host", "UnknownHost";
    /// A member or subsystem that is not registered.
    UnknownMember = "unknown_member", "UnknownMember";
    /// A service that does not exist.
    UnknownService = "unknown_service", "UnknownService";
}

impl Kind {
    /// The kind that a segment names, in either dialect.
    pub fn from_segment(segment: &str) -> Option<Self> {
        let is = |k: &Self| k.spelled(Dialect::Snake) == segment || k.spelled(Dialect::Camel) == segment;
        Self::ALL.iter().copied().find(is)
    }
}

/// A dotted fault code, ours or a peer's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FaultCode(String);

impl FaultCode {
    /// A code of ours: an origin and one or more kinds, general before particular.
    pub fn new(origin: Origin, kinds: &[Kind]) -> Self {
        let mut code = origin.spelled(Dialect::Snake).to_owned();
        for kind in kinds {
            code.push('.');
            code.push_str(kind.spelled(Dialect::Snake));
        }
        Self(code)
    }

    /// A code as received. Characters that codes do not have are replaced by `_`, and it is cut at 255 bytes: codes go into
    /// a response header.
    pub fn received(text: &str) -> Self {
        let clean = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ':') { c } else { '_' };
        Self(text.trim().chars().map(clean).take(255).collect())
    }

    /// This code under another first segment: `x.y` seen from `origin` becomes `origin.x.y`.
    #[must_use]
    pub fn within(&self, origin: Origin, kinds: &[Kind]) -> Self {
        let outer = Self::new(origin, kinds);
        Self(format!("{}.{}", outer.0, self.0))
    }

    /// The code as text, as made or received.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Does a server stand at its beginning (and not the sender of the request)?
    pub fn is_server(&self) -> bool {
        self.0.get(..7).is_some_and(|s| s.eq_ignore_ascii_case("server."))
    }

    /// Is this kind one of its segments, in either dialect?
    pub fn has(&self, kind: Kind) -> bool {
        self.0.split('.').any(|s| s == kind.spelled(Dialect::Snake) || s == kind.spelled(Dialect::Camel))
    }

    /// The code spelled in a dialect; segments that we do not know stay as they are.
    pub fn in_dialect(&self, dialect: Dialect) -> String {
        let prefix = |o: &Origin| {
            let text = o.spelled(Dialect::Snake);
            let head = self.0.get(..text.len())?;
            let rest = self.0.get(text.len()..)?;
            (head.eq_ignore_ascii_case(text) && (rest.is_empty() || rest.starts_with('.'))).then_some((*o, rest))
        };
        let (mut out, rest) = match Origin::ALL.iter().find_map(prefix) {
            Some((origin, rest)) => (origin.spelled(dialect).to_owned(), rest),
            None => (String::new(), self.0.as_str()),
        };
        for segment in rest.split('.').filter(|s| !s.is_empty()) {
            if !out.is_empty() {
                out.push('.');
            }
            out.push_str(Kind::from_segment(segment).map_or(segment, |k| k.spelled(dialect)));
        }
        out
    }
}

impl FaultCode {
    /// The code with its parts that are ours or the reference's alone; for each of the others, which the other gateway chose,
    /// stands [`OTHER`]: it may be about a person.
    pub fn known(&self) -> String {
        let text = self.in_dialect(Dialect::Snake);
        let origins = ["client", "server", "clientproxy", "serverproxy"];
        let mut parts: Vec<&str> = Vec::new();
        for part in text.split('.') {
            let is_known = origins.contains(&part) || Kind::from_segment(part).is_some();
            let part = if is_known { part } else { OTHER };
            if parts.last() != Some(&part) {
                parts.push(part);
            }
        }
        parts.join(".")
    }
}

/// What stands for a part of a code that this release does not know (OpenTelemetry's `error.type`).
const OTHER: &str = "_OTHER";

impl fmt::Display for FaultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_spelled_in_both_dialects() {
        let code = FaultCode::new(Origin::ServerProxy, &[Kind::ServiceFailed, Kind::IoError]);
        assert_eq!(code.to_string(), "server.serverproxy.service_failed.io_error");
        assert_eq!(code.in_dialect(Dialect::Camel), "Server.ServerProxy.ServiceFailed.IOError");
        let old = FaultCode::received("Server.ClientProxy.UnknownMember");
        assert_eq!(old.in_dialect(Dialect::Snake), "server.clientproxy.unknown_member");
        assert_eq!(FaultCode::received("Client.InvalidRequest").in_dialect(Dialect::Snake), "client.invalid_request");
        assert!(old.has(Kind::UnknownMember) && old.is_server());
    }

    #[test]
    fn of_faults_only_known_parts_are_told() {
        let ours = FaultCode::new(Origin::ServerProxy, &[Kind::ServiceFailed, Kind::IoError]);
        assert_eq!(ours.known(), "server.serverproxy.service_failed.io_error");
        let theirs = FaultCode::received("Server.ServerProxy.AccessDenied.person-0123456789.AnPhommachanh");
        assert_eq!(theirs.known(), "server.serverproxy.access_denied._OTHER");
    }

    #[test]
    fn foreign_segments_stay_and_headers_stay_safe() {
        assert_eq!(FaultCode::received("clientX.Own").in_dialect(Dialect::Snake), "clientX.Own");
        assert_eq!(FaultCode::received("a\r\nb: c").as_str(), "a__b:_c");
        assert!(!FaultCode::received("client.server.x").is_server());
    }

    #[test]
    fn every_kind_is_found_by_both_names() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_segment(kind.spelled(Dialect::Snake)), Some(*kind));
            assert_eq!(Kind::from_segment(kind.spelled(Dialect::Camel)), Some(*kind));
        }
    }
}
