//! The lines of the journal.

use crate::reason::RevocationReason;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use mekong_base::Instant;
use mekong_pki::Certificate;
use serde::{Deserialize, Serialize};

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Record {
    Issued {
        at: Instant,
        serial: String,
        profile: String,
        subject: String,
        not_after: Instant,
        certificate: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        order: Option<Order>,
    },
    /// Of a certificate that is revoked already, a graver reason.
    Revoked { at: Instant, serial: String, reason: RevocationReason },
}

/// For which order it was issued.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    pub(super) number: String,
    pub(super) what: String,
}

/// The certificate of a line, which must have the serial number that the line says.
pub(super) fn read_certificate(serial: &str, base64: &str) -> Result<Certificate, String> {
    let der = BASE64.decode(base64).map_err(|e| format!("certificate: {e}"))?;
    let certificate = Certificate::from_der(&der).map_err(|e| e.to_string())?;
    match certificate.serial_hex() == serial {
        true => Ok(certificate),
        false => Err(format!("serial number {serial} is not that of the certificate")),
    }
}
