//! Private parameters: what concerns the gateways of one instance only, and the anchors of federated instances.

use crate::DocumentError;
use crate::anchor::{self, Anchor};
use crate::document::{Element, Writer, with_root};
use mekong_base::ClientId;
use mekong_base::limits::XmlLimits;
use std::time::Duration;

/// The content of `private-params.xml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateParameters {
    /// The instance it is of.
    pub instance: String,
    /// External anchors of federated instances.
    pub federated: Vec<Anchor>,
    /// Where gateways register.
    pub management: ManagementService,
    /// How often messages are time-stamped.
    pub time_stamping_interval: Duration,
}

/// The management services of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagementService {
    /// Where authentication certificates are registered; HTTPS.
    pub auth_cert_registration_url: String,
    /// DER of the TLS certificate of that address.
    pub auth_cert_registration_cert: Option<Vec<u8>>,
    /// The subsystem that provides the other management services.
    pub provider: ClientId,
}

impl PrivateParameters {
    /// Reads `private-params.xml` of any version, at most [`XmlLimits::DIRECTORY`].
    ///
    /// # Errors
    /// [`DocumentError`] names the element with line and column.
    pub fn read(bytes: &[u8]) -> Result<Self, DocumentError> {
        with_root("private parameters", "conf", bytes, &XmlLimits::DIRECTORY, read)
    }

    /// Writes `private-params.xml`; it is the same in versions 3 to 6.
    pub fn write(&self) -> String {
        Writer::new().root("conf", |w| {
            w.text("instanceIdentifier", &self.instance);
            for anchor in &self.federated {
                w.element("configurationAnchor", &[], |w| anchor.write_into(w));
            }
            w.element("managementService", &[], |w| {
                w.text("authCertRegServiceAddress", &self.management.auth_cert_registration_url);
                if let Some(cert) = &self.management.auth_cert_registration_cert {
                    w.base64("authCertRegServiceCert", cert);
                }
                w.client_id("managementRequestServiceProviderId", &self.management.provider);
            });
            w.text("timeStampingIntervalSeconds", &self.time_stamping_interval.as_secs().to_string());
        })
    }
}

fn read(root: Element<'_, '_>) -> Result<PrivateParameters, DocumentError> {
    Ok(PrivateParameters {
        instance: root.required_text("instanceIdentifier")?,
        federated: root.children("configurationAnchor").map(anchor::read).collect::<Result<_, _>>()?,
        management: management(root.required("managementService")?)?,
        time_stamping_interval: Duration::from_secs(root.number("timeStampingIntervalSeconds")?),
    })
}

fn management(e: Element<'_, '_>) -> Result<ManagementService, DocumentError> {
    Ok(ManagementService {
        auth_cert_registration_url: e.child_text("authCertRegServiceAddress").unwrap_or_default(),
        auth_cert_registration_cert: e.child("authCertRegServiceCert").map(|c| c.certificate()).transpose()?,
        provider: e.required("managementRequestServiceProviderId")?.client_id()?,
    })
}
