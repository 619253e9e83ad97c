//! The optional parts. They are strict, unlike the others: an element that does not belong makes the part invalid, as the
//! reference's schemas do.

use crate::document::{Element, with_root};
use crate::{DocumentError, FETCH_INTERVAL, MONITORING, NEXT_UPDATE};
use mekong_base::ClientId;
use mekong_base::limits::XmlLimits;
use std::time::Duration;

/// How often OCSP responses are fetched when the configuration does not say.
pub const FETCH_INTERVAL_DEFAULT: Duration = Duration::from_secs(20 * 60);

/// Shorter intervals than this are taken as this.
pub const FETCH_INTERVAL_MIN: Duration = Duration::from_secs(60);

/// What the optional parts of an instance say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionalParameters {
    /// Who may ask gateways for environmental monitoring.
    pub monitoring_client: Option<ClientId>,
    /// How often OCSP responses are fetched.
    pub ocsp_fetch_interval: Duration,
    /// Whether `nextUpdate` of OCSP responses is checked.
    pub verify_next_update: bool,
}

impl Default for OptionalParameters {
    fn default() -> Self {
        Self { monitoring_client: None, ocsp_fetch_interval: FETCH_INTERVAL_DEFAULT, verify_next_update: true }
    }
}

impl OptionalParameters {
    /// Takes one part in; a part of another content identifier changes nothing.
    ///
    /// # Errors
    /// [`DocumentError`] if the part is not valid; then nothing changes.
    pub fn take(&mut self, content_id: &str, bytes: &[u8]) -> Result<(), DocumentError> {
        match content_id {
            MONITORING => self.monitoring_client = read_monitoring(bytes)?,
            FETCH_INTERVAL => self.ocsp_fetch_interval = read_fetch_interval(bytes)?,
            NEXT_UPDATE => self.verify_next_update = read_next_update(bytes)?,
            _ => {}
        }
        Ok(())
    }
}

/// The content identifier of a file name on disk, for files without metadata.
pub(crate) fn content_id_of(file_name: &str) -> Option<&'static str> {
    match file_name {
        "monitoring-params.xml" => Some(MONITORING),
        "fetchinterval-params.xml" => Some(FETCH_INTERVAL),
        "nextupdate-params.xml" => Some(NEXT_UPDATE),
        _ => None,
    }
}

/// Reads `monitoring-params.xml`; it may name nobody.
///
/// # Errors
/// [`DocumentError`] if it does not follow its schema.
pub fn read_monitoring(bytes: &[u8]) -> Result<Option<ClientId>, DocumentError> {
    with_root("monitoring parameters", "conf", bytes, &XmlLimits::SMALL, |root| {
        let client = only(root, "monitoringClient")?;
        match client.elements().next() {
            None => Ok(None),
            Some(_) => only(client, "monitoringClientId")?.client_id().map(Some),
        }
    })
}

/// Reads `fetchinterval-params.xml`; never shorter than [`FETCH_INTERVAL_MIN`].
///
/// # Errors
/// [`DocumentError`] if it does not follow its schema.
pub fn read_fetch_interval(bytes: &[u8]) -> Result<Duration, DocumentError> {
    with_root("OCSP fetch interval parameters", "conf", bytes, &XmlLimits::SMALL, |root| {
        let element = only(root, "ocspFetchInterval")?;
        match root.number("ocspFetchInterval")? {
            0 => Err(element.error("must be at least one second")),
            seconds => Ok(Duration::from_secs(seconds).max(FETCH_INTERVAL_MIN)),
        }
    })
}

/// Reads `nextupdate-params.xml`: whether `nextUpdate` of OCSP responses is checked.
///
/// # Errors
/// [`DocumentError`] if it does not follow its schema.
pub fn read_next_update(bytes: &[u8]) -> Result<bool, DocumentError> {
    with_root("OCSP next update parameters", "conf", bytes, &XmlLimits::SMALL, |root| {
        only(root, "verifyNextUpdate")?.boolean()
    })
}

/// The one child that the schema allows.
fn only<'a, 'i: 'a>(parent: Element<'a, 'i>, name: &'static str) -> Result<Element<'a, 'i>, DocumentError> {
    let wanted = parent.required(name)?;
    let mut others = parent.elements().skip_while(|e| e.name() == name);
    match others.next() {
        Some(other) => Err(other.error("does not belong here")),
        None if parent.children(name).count() > 1 => Err(wanted.error("is there more than once")),
        None => Ok(wanted),
    }
}
