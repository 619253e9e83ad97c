//! What a certificate claims beyond RFC 5280's path: policies with their texts, statements of qualified certificates, short
//! terms, alternative names.

use super::Certificate;
use crate::extensions::{self, Raw};
use crate::general_name::GeneralName;
use crate::issue::OCSP_NO_CHECK;
use crate::statements::{QC_STATEMENTS, Statements};
use crate::tlv::{self, TlvError, Walker};
use crate::{canonical, path};
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280 as oid;

/// `ext-etsi-valassured-ST-certs` (ETSI EN 319 412-1 §5.2).
const SHORT_TERM: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.194121.2.1");
/// `id-qt-cps`.
const CPS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.2.1");
/// `id-qt-unotice`.
const USER_NOTICE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.2.2");
/// Most policies and qualifiers that are read.
const POLICIES_MAX: usize = 1024;

/// A certificate policy with what the issuer says about it (RFC 5280 §4.2.1.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The policy.
    pub id: ObjectIdentifier,
    /// Where the certification practice statement is.
    pub statements: Vec<String>,
    /// What the issuer wants relying parties to read (`explicitText`).
    pub notices: Vec<String>,
}

impl Policy {
    /// Whether it is anyPolicy.
    pub fn is_any(&self) -> bool {
        self.id == path::ANY_POLICY
    }
}

impl Certificate {
    /// The certificate policies in order, as written; whether they hold is for [`crate::path::process`]. Empty if there are
    /// none or they are malformed; policies whose number [`ObjectIdentifier`] cannot hold are left out.
    pub fn policies(&self) -> Vec<Policy> {
        self.value_of(&oid::ID_CE_CERTIFICATE_POLICIES).and_then(|value| read_policies(value).ok()).unwrap_or_default()
    }

    /// What the issuer states of a qualified certificate (ETSI EN 319 412-5); `None` if it states nothing.
    ///
    /// # Errors
    /// [`TlvError`] if the extension is malformed.
    pub fn statements(&self) -> Result<Option<Statements>, TlvError> {
        self.value_of(&QC_STATEMENTS).map(Statements::from_der).transpose()
    }

    /// Whether its validity is so short that nobody need ask if it was revoked (ETSI EN 319 412-1 §5.2).
    pub fn is_validity_assured_short_term(&self) -> bool {
        self.has_extension(SHORT_TERM)
    }

    /// Whether an OCSP responder's certificate says that its revocation need not be asked (RFC 6960 §4.2.2.2.1).
    pub fn has_no_check(&self) -> bool {
        self.has_extension(OCSP_NO_CHECK)
    }

    /// All subject alternative names in order; empty if there are none or they are malformed.
    pub fn alternative_names(&self) -> Vec<GeneralName> {
        let read = |value| {
            let list = Walker::new(value).take(tlv::SEQUENCE, "subjectAltName")?;
            GeneralName::read_all(list.value)
        };
        self.value_of(&oid::ID_CE_SUBJECT_ALT_NAME).and_then(|value| read(value).ok()).unwrap_or_default()
    }

    fn value_of(&self, oid: &ObjectIdentifier) -> Option<&[u8]> {
        let list: Vec<Raw<'_>> = extensions::read(self.extensions_der()).ok()?;
        list.into_iter().find(|e| e.is(oid)).map(|e| e.value)
    }
}

fn read_policies(value: &[u8]) -> Result<Vec<Policy>, TlvError> {
    let (mut list, mut policies) = (Walker::open(value, tlv::SEQUENCE, "certificatePolicies")?, Vec::new());
    while !list.is_empty() && policies.len() < POLICIES_MAX {
        let mut information = list.enter(tlv::SEQUENCE, "PolicyInformation")?;
        let id = information.take(tlv::OID, "policyIdentifier")?.value;
        let Ok(id) = ObjectIdentifier::from_bytes(id) else { continue };
        let mut policy = Policy { id, statements: Vec::new(), notices: Vec::new() };
        if let Some(qualifiers) = information.optional(tlv::SEQUENCE, "policyQualifiers")? {
            policy.read_qualifiers(Walker::new(qualifiers.value))?;
        }
        policies.push(policy);
    }
    Ok(policies)
}

impl Policy {
    fn read_qualifiers(&mut self, mut list: Walker<'_>) -> Result<(), TlvError> {
        while !list.is_empty() && self.statements.len() + self.notices.len() < POLICIES_MAX {
            let mut qualifier = list.enter(tlv::SEQUENCE, "PolicyQualifierInfo")?;
            let id = qualifier.take(tlv::OID, "policyQualifierId")?.value;
            if id == CPS.as_bytes() {
                self.statements.push(canonical::lenient_text(qualifier.next("cPSuri")?.value));
            } else if id == USER_NOTICE.as_bytes() {
                let mut notice = qualifier.enter(tlv::SEQUENCE, "UserNotice")?;
                notice.optional(tlv::SEQUENCE, "noticeRef")?;
                if !notice.is_empty() {
                    let text = notice.next("explicitText")?;
                    self.notices.extend(canonical::text(text.tag, text.value).map(std::borrow::Cow::into_owned));
                }
            }
        }
        Ok(())
    }
}
