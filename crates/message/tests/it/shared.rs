//! The shared vectors, and trust read from parsed global configurations.

use base64::Engine as _;
use mekong_base::limits::XmlLimits;
use mekong_message::subject::SubjectProfile;
use mekong_message::trust::{Authority, InstanceTrust};
use mekong_pki::Certificate;
pub(crate) use mekong_pki::testing::{TestResult, shared};
use mekong_xml::roxmltree::Node;
use std::path::Path;
use std::time::Duration;

/// What `shared-params.xml` says is trusted.
pub(crate) fn trust_of(shared_params: &Path) -> Result<InstanceTrust, Box<dyn std::error::Error>> {
    let bytes = std::fs::read(shared_params)?;
    let text = mekong_xml::decode(&bytes, &XmlLimits::DIRECTORY)?;
    let document = mekong_xml::parse(&text, &XmlLimits::DIRECTORY)?;
    let root = document.root_element();
    let named = |node: Node<'_, '_>, name: &str| -> Vec<String> {
        node.children().filter(|n| n.has_tag_name(name)).filter_map(|n| n.text().map(str::to_owned)).collect()
    };
    let mut authorities = Vec::new();
    for ca in root.children().filter(|n| n.has_tag_name("approvedCA")) {
        let top = ca.children().find(|n| n.has_tag_name("topCA")).ok_or("no topCA")?;
        let mut ocsp_responders = Vec::new();
        let mut intermediates = Vec::new();
        let below = ca.children().filter(|n| n.has_tag_name("intermediateCA"));
        for node in std::iter::once(top).chain(below) {
            for ocsp in node.children().filter(|n| n.has_tag_name("ocsp")) {
                let responder = named(ocsp, "cert").first().map(|c| certificate(c)).transpose()?;
                ocsp_responders.push((named(ocsp, "url").concat(), responder));
            }
            if node != top {
                intermediates.push(certificate(&named(node, "cert").concat())?);
            }
        }
        authorities.push(Authority {
            name: named(ca, "name").concat(),
            top: certificate(&named(top, "cert").concat())?,
            intermediates,
            ocsp_responders,
            profile: SubjectProfile::from_class_name(&named(ca, "certificateProfileInfo").concat()),
            authentication_only: named(ca, "authenticationOnly").concat() == "true",
        });
    }
    let mut timestampers = Vec::new();
    for tsa in root.children().filter(|n| n.has_tag_name("approvedTSA")) {
        timestampers.push(certificate(&named(tsa, "cert").concat())?);
    }
    Ok(InstanceTrust {
        instance: named(root, "instanceIdentifier").concat(),
        authorities,
        timestampers,
        ocsp_freshness: Duration::from_secs(3600),
        check_next_update: true,
    })
}

/// Base64 of DER or of PEM.
pub(crate) fn certificate(text: &str) -> Result<Certificate, Box<dyn std::error::Error>> {
    let compact: String = text.split_whitespace().collect();
    let bytes = base64::engine::general_purpose::STANDARD.decode(compact)?;
    match std::str::from_utf8(&bytes) {
        Ok(pem) if pem.contains("BEGIN CERTIFICATE") => Ok(Certificate::from_pem(pem)?),
        _ => Ok(Certificate::from_der(&bytes)?),
    }
}
