//! The signed properties (EN 319 132-1 §5.2), written.

use super::skeleton::Reference;
use crate::making::Signing;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mekong_crypto::DigestAlgorithm;
use mekong_pki::Certificate;
use mekong_pki::tlv::{self, context, wrap, wrap_all};
use mekong_xml::write::Writer;

/// Commitments that have a URI in XAdES beside their OID (EN 319 132-1 §5.2.3).
const COMMITMENTS: [(&str, &str); 6] = [
    ("1.2.840.113549.1.9.16.6.1", "http://uri.etsi.org/01903/v1.2.2#ProofOfOrigin"),
    ("1.2.840.113549.1.9.16.6.2", "http://uri.etsi.org/01903/v1.2.2#ProofOfReceipt"),
    ("1.2.840.113549.1.9.16.6.3", "http://uri.etsi.org/01903/v1.2.2#ProofOfDelivery"),
    ("1.2.840.113549.1.9.16.6.4", "http://uri.etsi.org/01903/v1.2.2#ProofOfSender"),
    ("1.2.840.113549.1.9.16.6.5", "http://uri.etsi.org/01903/v1.2.2#ProofOfApproval"),
    ("1.2.840.113549.1.9.16.6.6", "http://uri.etsi.org/01903/v1.2.2#ProofOfCreation"),
];

/// The `xades:SignedProperties` of a signature; `attributes` declare namespaces where it stands alone.
pub(super) fn signed(signing: &Signing, id: &str, references: &[Reference], attributes: &[(&str, &str)]) -> String {
    let mut writer = Writer::new();
    let own = format!("xades-{id}");
    let mut all = attributes.to_vec();
    all.push(("Id", &own));
    writer.open("xades:SignedProperties", &all);
    writer.open("xades:SignedSignatureProperties", &[]);
    writer.leaf("xades:SigningTime", &[], &signing.time.whole_seconds().to_string());
    certificate(&mut writer, signing);
    policy(&mut writer, signing);
    place(&mut writer, signing);
    roles(&mut writer, signing);
    writer.close();
    data(&mut writer, signing, id, references);
    writer.finish()
}

fn certificate(writer: &mut Writer, signing: &Signing) {
    writer.open("xades:SigningCertificateV2", &[]).open("xades:Cert", &[]).open("xades:CertDigest", &[]);
    digest(writer, signing.digest, signing.certificate.fingerprint(signing.digest).as_ref());
    writer.close();
    writer.leaf("xades:IssuerSerialV2", &[], &STANDARD.encode(issuer_serial(&signing.certificate)));
    writer.close().close();
}

fn digest(writer: &mut Writer, algorithm: DigestAlgorithm, value: &[u8]) {
    writer.empty("ds:DigestMethod", &[("Algorithm", algorithm.uri())]);
    writer.leaf("ds:DigestValue", &[], &STANDARD.encode(value));
}

/// DER `IssuerSerial` (RFC 5035 §4).
fn issuer_serial(certificate: &Certificate) -> Vec<u8> {
    let names = wrap(tlv::SEQUENCE, &wrap(context(4), certificate.issuer_der()));
    wrap_all(tlv::SEQUENCE, &[&names, &wrap(tlv::INTEGER, certificate.serial())])
}

/// An identifier: OIDs as URN, URIs as they are.
fn identifier(writer: &mut Writer, id: &str) {
    if !id.is_empty() && id.chars().all(|c| c.is_ascii_digit() || c == '.') {
        writer.leaf("xades:Identifier", &[("Qualifier", "OIDAsURN")], &format!("urn:oid:{id}"));
    } else {
        writer.leaf("xades:Identifier", &[], id);
    }
}

fn policy(writer: &mut Writer, signing: &Signing) {
    let Some((id, algorithm, value)) = &signing.policy else { return };
    writer.open("xades:SignaturePolicyIdentifier", &[]).open("xades:SignaturePolicyId", &[]);
    writer.open("xades:SigPolicyId", &[]);
    identifier(writer, id);
    writer.close().open("xades:SigPolicyHash", &[]);
    digest(writer, *algorithm, value);
    writer.close().close().close();
}

fn place(writer: &mut Writer, signing: &Signing) {
    let Some(place) = &signing.place else { return };
    let parts = [
        ("xades:City", &place.city),
        ("xades:StateOrProvince", &place.province),
        ("xades:CountryName", &place.country),
    ];
    writer.open("xades:SignatureProductionPlaceV2", &[]);
    for (name, value) in parts {
        if let Some(value) = value {
            writer.leaf(name, &[], value);
        }
    }
    writer.close();
}

fn roles(writer: &mut Writer, signing: &Signing) {
    if signing.roles.is_empty() {
        return;
    }
    writer.open("xades:SignerRoleV2", &[]).open("xades:ClaimedRoles", &[]);
    for role in &signing.roles {
        writer.leaf("xades:ClaimedRole", &[], role);
    }
    writer.close().close();
}

fn data(writer: &mut Writer, signing: &Signing, id: &str, references: &[Reference]) {
    if signing.commitment.is_none() && references.iter().all(|r| r.mime.is_none()) {
        return;
    }
    writer.open("xades:SignedDataObjectProperties", &[]);
    for (number, reference) in references.iter().enumerate() {
        let Some(mime) = &reference.mime else { continue };
        let about = format!("#{}", reference_id(id, number));
        writer.open("xades:DataObjectFormat", &[("ObjectReference", &about)]);
        writer.leaf("xades:MimeType", &[], mime).close();
    }
    if let Some(commitment) = &signing.commitment {
        writer.open("xades:CommitmentTypeIndication", &[]).open("xades:CommitmentTypeId", &[]);
        let uri = COMMITMENTS.iter().find(|(oid, _)| oid == commitment).map_or(commitment.as_str(), |(_, uri)| uri);
        identifier(writer, uri);
        writer.close().empty("xades:AllSignedDataObjects", &[]).close();
    }
    writer.close();
}

/// The `Id` of a reference.
pub(super) fn reference_id(id: &str, number: usize) -> String {
    format!("r-{id}-{number}")
}
