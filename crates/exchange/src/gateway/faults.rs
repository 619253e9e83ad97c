//! Errors of the rooms below, told as faults of this gateway: a stable code and a sentence that says what to do.

use crate::messagelog::{MessageLogError, TimestampsOverdue, Unprovable};
use crate::rules::rights::Refusal;
use crate::wire::fault::{Fault, FaultCode, Kind, Origin};
use crate::wire::rest::RestError;
use crate::wire::transport::TransportError;
use mekong_message::trust::TrustError;
use mekong_message::{SignError, VerifyError};

/// Makes the faults of one side of an exchange.
#[derive(Debug, Clone, Copy)]
pub(super) struct Faults(pub(super) Origin);

impl Faults {
    pub(super) fn fault(self, kinds: &[Kind], message: impl Into<String>) -> Fault {
        Fault::new(FaultCode::new(self.0, kinds), message)
    }

    /// The information system sent something that is no X-Road request.
    pub(super) fn request(error: &RestError) -> Fault {
        let kind = match error {
            RestError::Verb(_) => Kind::InvalidHttpMethod,
            RestError::MissingHeader(_) => Kind::MissingHeader,
            RestError::DuplicateHeader(_) => Kind::DuplicateHeaderField,
            RestError::Identifier { .. } => Kind::InvalidClientIdentifier,
            _ => Kind::InvalidRequest,
        };
        Fault::new(FaultCode::new(Origin::Client, &[kind]), error.to_string())
    }

    /// The other gateway sent a message part that is none.
    pub(super) fn peer_rest(self, error: &RestError) -> Fault {
        self.fault(&[Kind::ServiceFailed, Kind::InvalidMessage], error.to_string())
    }

    pub(super) fn transport(self, error: &TransportError) -> Fault {
        self.fault(&[Kind::ServiceFailed, error.kind()], error.to_string())
    }

    pub(super) fn overdue(self, error: &TimestampsOverdue) -> Fault {
        self.fault(&[Kind::TimestampingFailed, Kind::TimestamperFailed], error.to_string())
    }

    /// As for OCSP responses that are too old already.
    pub(super) fn unprovable(self, error: &Unprovable) -> Fault {
        let code = "invalid_cert_path.incorrect_validation_info";
        self.below(Kind::SignatureVerification, code, error.to_string())
    }

    pub(super) fn log(self, error: &MessageLogError) -> Fault {
        if error.is_full() {
            let advice = "the disk of the message log is full: make room, messages flow again by themselves";
            return self.fault(&[Kind::LoggingFailed, Kind::DatabaseError], advice);
        }
        if let MessageLogError::Behind { .. } = error {
            tracing::warn!(%error, "it is not known yet whether a request was answered before");
            let advice = "the message log is being prepared, and until then it is not known whether this request was \
                answered before, so it was not carried out now: try again later";
            return self.fault(&[Kind::LoggingFailed, Kind::DatabaseError], advice);
        }
        tracing::error!(%error, "the message log failed");
        let advice = "the message could not be logged, so it was not let through: see the gateway's log";
        self.fault(&[Kind::LoggingFailed, Kind::DatabaseError], advice)
    }

    pub(super) fn sign(self, error: &SignError) -> Fault {
        self.fault(&[Kind::CannotCreateSignature], error.to_string())
    }

    pub(super) fn verify(self, error: &VerifyError) -> Fault {
        let mut code = error.code().to_owned();
        if let VerifyError::NotTrusted { error, .. } = error {
            code = error.code().to_owned();
        }
        self.below(Kind::SignatureVerification, &code, error.to_string())
    }

    pub(super) fn peer_certificate(self, error: &TrustError) -> Fault {
        let message = format!("the TLS certificate of the other gateway is not accepted: {error}");
        self.below(Kind::SslAuthenticationFailed, error.code(), message)
    }

    pub(super) fn refusal(self, error: &Refusal) -> Fault {
        self.fault(&[Kind::AccessDenied], error.to_string())
    }

    fn below(self, kind: Kind, code: &str, message: String) -> Fault {
        let outer = FaultCode::new(self.0, &[kind]);
        Fault::new(FaultCode::received(&format!("{outer}.{code}")), message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_is_being_prepared_is_told_from_one_that_failed() {
        let faults = Faults(Origin::ServerProxy);
        let behind = MessageLogError::Behind { indexed_to: 3, end: 9, reason: "a path of ours".to_owned() };
        let told = faults.log(&behind).to_string();
        assert!(told.contains("being prepared") && told.contains("not carried out now"), "{told}");
        assert!(!told.contains("a path of ours"), "{told}");
        let told = faults.log(&MessageLogError::Closed).to_string();
        assert!(told.contains("could not be logged"), "{told}");
    }
}
