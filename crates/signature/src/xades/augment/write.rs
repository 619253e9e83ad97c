//! Unsigned properties, written.

use crate::xades::names::XADES_141;
use crate::xades::place::Place;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mekong_crypto::DigestAlgorithm;
use mekong_xml::NS_DSIG;
use mekong_xml::write::Writer;

/// Certificates and revocation data, DER.
pub(super) struct Values {
    pub(super) certificates: Vec<Vec<u8>>,
    pub(super) crls: Vec<Vec<u8>>,
    pub(super) ocsps: Vec<Vec<u8>>,
}

impl Values {
    fn is_empty(&self) -> bool {
        self.certificates.is_empty() && self.crls.is_empty() && self.ocsps.is_empty()
    }
}

/// A time-stamp property; `ArchiveTimeStamp` is the one of 1.4.1.
pub(super) fn timestamp(place: &Place, name: &str, token: &[u8]) -> String {
    let digest = DigestAlgorithm::Sha256.digest(token);
    let id = format!("ts-{}", hex::encode(digest.as_ref().get(..16).unwrap_or_default()));
    let prefix = place.prefix();
    let (name, own) = match name {
        "ArchiveTimeStamp" => (format!("xades141:{name}"), Some(("xmlns:xades141", XADES_141))),
        name => (format!("{prefix}{name}"), None),
    };
    let attributes: Vec<(&str, &str)> = own.into_iter().chain([("Id", id.as_str())]).collect();
    let method = [("xmlns:ds", NS_DSIG), ("Algorithm", super::METHOD.uri())];
    let mut writer = Writer::new();
    writer.open(&name, &attributes).empty("ds:CanonicalizationMethod", &method);
    writer.leaf(&format!("{prefix}EncapsulatedTimeStamp"), &[], &STANDARD.encode(token));
    writer.finish()
}

/// `CertificateValues` and `RevocationValues`.
pub(super) fn values(place: &Place, values: &Values) -> String {
    let prefix = place.prefix();
    let mut writer = Writer::new();
    if !values.certificates.is_empty() {
        writer.open(&format!("{prefix}CertificateValues"), &[]);
        leaves(&mut writer, &format!("{prefix}EncapsulatedX509Certificate"), &values.certificates);
        writer.close();
    }
    if !values.crls.is_empty() || !values.ocsps.is_empty() {
        writer.open(&format!("{prefix}RevocationValues"), &[]);
        list(&mut writer, prefix, ("CRLValues", "EncapsulatedCRLValue"), &values.crls);
        list(&mut writer, prefix, ("OCSPValues", "EncapsulatedOCSPValue"), &values.ocsps);
        writer.close();
    }
    writer.finish()
}

fn list(writer: &mut Writer, prefix: &str, (outer, inner): (&str, &str), values: &[Vec<u8>]) {
    if values.is_empty() {
        return;
    }
    writer.open(&format!("{prefix}{outer}"), &[]);
    leaves(writer, &format!("{prefix}{inner}"), values);
    writer.close();
}

fn leaves(writer: &mut Writer, name: &str, values: &[Vec<u8>]) {
    for value in values {
        writer.leaf(name, &[], &STANDARD.encode(value));
    }
}

/// `TimeStampValidationData`, for the time-stamp of this `Id`; nothing if there is nothing to say.
pub(super) fn validation_data(place: &Place, about: Option<&str>, values: &Values) -> String {
    if values.is_empty() {
        return String::new();
    }
    let uri = about.map(|id| format!("#{id}"));
    let mut attributes = vec![("xmlns:xades141", XADES_141)];
    attributes.extend(uri.as_deref().map(|uri| ("URI", uri)));
    let mut writer = Writer::new();
    writer.open("xades141:TimeStampValidationData", &attributes).raw(&self::values(place, values));
    writer.finish()
}
