//! Lists to XML, in the order of the schema of TS 119 612.

mod provider;
mod scheme;

pub(crate) use provider::additional;

use super::problem::{Problem, problems};
use super::{Identity, Localized, TrustedList};
use crate::uri::{TAG, ns};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mekong_xml::NS_DSIG;
use mekong_xml::write::Writer;

/// Why a list is not written: everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the list cannot be published: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct WriteError(pub Vec<Problem>);

/// The XML of a list without signature, to be signed by [`super::sign`]. White space is nowhere.
///
/// # Errors
/// [`WriteError`] names everything that TS 119 612 asks for and that is missing or contradictory.
pub fn write(list: &TrustedList) -> Result<String, WriteError> {
    let problems = problems(list);
    if problems.is_empty() { Ok(draft(list)) } else { Err(WriteError(problems)) }
}

/// The XML of a list whatever its state: to look at one that is not finished, or to compare.
pub fn draft(list: &TrustedList) -> String {
    let id = list.id.as_deref().unwrap_or("list");
    let mut writer = Writer::with_declaration();
    writer.open(
        "tsl:TrustServiceStatusList",
        &[
            ("xmlns:tsl", ns::LIST),
            ("xmlns:tslx", ns::ADDITIONAL),
            ("xmlns:sie", ns::QUALIFICATIONS),
            ("xmlns:mra", ns::AGREEMENT),
            ("xmlns:xades", ns::XADES),
            ("xmlns:ds", NS_DSIG),
            ("Id", id),
            ("TSLTag", TAG),
        ],
    );
    scheme::scheme(&mut writer, &list.scheme);
    if !list.providers.is_empty() {
        writer.open("tsl:TrustServiceProviderList", &[]);
        list.providers.iter().for_each(|one| provider::provider(&mut writer, one));
        writer.close();
    }
    writer.finish()
}

/// Texts in several languages inside a parent; nothing if there is none.
fn localized(writer: &mut Writer, parent: &str, name: &str, texts: &[Localized]) {
    if texts.is_empty() {
        return;
    }
    writer.open(parent, &[]);
    each(writer, name, texts);
    writer.close();
}

/// Texts in several languages, one element each.
fn each(writer: &mut Writer, name: &str, texts: &[Localized]) {
    for one in texts {
        writer.leaf(name, &[("xml:lang", &one.lang)], &one.text);
    }
}

/// A `ServiceDigitalIdentity`.
fn identity(writer: &mut Writer, identity: &Identity) {
    writer.open("tsl:ServiceDigitalIdentity", &[]);
    let mut leaf = |name: &str, text: &str| {
        writer.open("tsl:DigitalId", &[]).leaf(name, &[], text).close();
    };
    for certificate in &identity.certificates {
        leaf("tsl:X509Certificate", &STANDARD.encode(certificate.der()));
    }
    for subject in &identity.subject_names {
        leaf("tsl:X509SubjectName", subject);
    }
    for identifier in &identity.key_identifiers {
        leaf("tsl:X509SKI", &STANDARD.encode(identifier));
    }
    for other in &identity.others {
        writer.open("tsl:DigitalId", &[]).raw(other).close();
    }
    writer.close();
}
