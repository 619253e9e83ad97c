//! Faults: their codes, their SOAP form between gateways, their JSON and XML form towards information systems.

mod answer;
mod code;
mod soap;

pub use answer::{ErrorAnswer, error_answer};
pub use code::{Dialect, FaultCode, Kind, Origin};
pub use soap::{SoapReadError, read_fault};

use std::fmt;

/// Something went wrong with a message, in the words of the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What, as a dotted code.
    pub code: FaultCode,
    /// What happened and what to do, one or two sentences.
    pub message: String,
    /// An id that joins this answer with the logs; a UUID.
    pub detail: String,
    /// Who raised it, if that is said.
    pub actor: Option<String>,
}

impl Fault {
    /// A fault with a fresh detail id.
    pub fn new(code: FaultCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), detail: uuid::Uuid::new_v4().to_string(), actor: None }
    }

    /// The HTTP status towards an information system: 500 if a server is at fault, 400 otherwise.
    ///
    /// Source: PR-REST §4.6 and the reference's behaviour.
    pub fn http_status(&self) -> u16 {
        if self.code.is_server() { 500 } else { 400 }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.code, self.message, self.detail)
    }
}

impl std::error::Error for Fault {}
