//! Name constraints (RFC 5280 §4.2.1.10) on directory names, DNS names and IP addresses.

use super::PathError;
use crate::{Certificate, name};
use der::asn1::Ia5String;
use x509_cert::ext::pkix::constraints::name::GeneralSubtree;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{NameConstraints, SubjectAltName};
use x509_cert::name::Name;

const EMAIL: const_oid::ObjectIdentifier = const_oid::ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1");

/// Applies the constraints of `authority`, if any, to the certificates below it, leaf first.
pub(super) fn check<'a>(
    authority: &Certificate,
    below: impl Iterator<Item = &'a Certificate>,
) -> Result<(), PathError> {
    let Some((_, constraints)) = authority.extension::<NameConstraints>().ok().flatten() else { return Ok(()) };
    for (i, certificate) in below.enumerate() {
        let exempt = i > 0 && certificate.is_self_issued();
        if !exempt {
            Check { authority, certificate, constraints: &constraints }.all()?;
        }
    }
    Ok(())
}

struct Check<'a> {
    authority: &'a Certificate,
    certificate: &'a Certificate,
    constraints: &'a NameConstraints,
}

impl Check<'_> {
    fn all(&self) -> Result<(), PathError> {
        let subject = self.certificate.subject_name();
        if !subject.0.is_empty() {
            self.one(&GeneralName::DirectoryName(subject.clone()))?;
        }
        for attribute in subject.0.iter().flat_map(|rdn| rdn.0.iter()).filter(|a| a.oid == EMAIL) {
            let text = name::attribute_text(&attribute.value).unwrap_or_default();
            let email = Ia5String::new(&text).map_err(|_| self.unsupported("an e-mail address that is not ASCII"))?;
            self.one(&GeneralName::Rfc822Name(email))?;
        }
        let alternatives = self.certificate.extension::<SubjectAltName>().ok().flatten();
        alternatives.map(|(_, a)| a.0).unwrap_or_default().iter().try_for_each(|n| self.one(n))
    }

    fn one(&self, subject: &GeneralName) -> Result<(), PathError> {
        let same_kind = |t: &&GeneralSubtree| std::mem::discriminant(&t.base) == std::mem::discriminant(subject);
        let permitted = self.constraints.permitted_subtrees.iter().flatten().filter(same_kind);
        let mut any_permitted = None;
        for subtree in permitted {
            any_permitted = Some(any_permitted == Some(true) || self.within(subject, subtree)?);
        }
        let excluded = self.constraints.excluded_subtrees.iter().flatten().filter(same_kind);
        let mut forbidden = any_permitted == Some(false);
        for subtree in excluded {
            forbidden |= self.within(subject, subtree)?;
        }
        match forbidden {
            false => Ok(()),
            true => Err(PathError::NameNotPermitted {
                subject: self.certificate.subject(),
                name: show(subject),
                authority: self.authority.subject(),
            }),
        }
    }

    fn within(&self, subject: &GeneralName, subtree: &GeneralSubtree) -> Result<bool, PathError> {
        if subtree.minimum != 0 || subtree.maximum.is_some() {
            return Err(self.unsupported("a subtree with minimum or maximum"));
        }
        match (subject, &subtree.base) {
            (GeneralName::DirectoryName(subject), GeneralName::DirectoryName(base)) => Ok(name_within(subject, base)),
            (GeneralName::DnsName(subject), GeneralName::DnsName(base)) => {
                Ok(dns_within(subject.as_str(), base.as_str()))
            }
            (GeneralName::IpAddress(subject), GeneralName::IpAddress(base)) => {
                Ok(address_within(subject.as_bytes(), base.as_bytes()))
            }
            _ => Err(self.unsupported(&format!("the kind of {}", show(subject)))),
        }
    }

    fn unsupported(&self, what: &str) -> PathError {
        PathError::UnsupportedConstraint {
            subject: self.certificate.subject(),
            authority: self.authority.subject(),
            what: what.to_owned(),
        }
    }
}

/// The base is a prefix of the subject, RDN by RDN.
fn name_within(subject: &Name, base: &Name) -> bool {
    let length = base.0.len();
    let head = x509_cert::name::RdnSequence(subject.0.iter().take(length).cloned().collect());
    subject.0.len() >= length && name::same(&head, base)
}

/// The base, or any name made of it by labels on the left. An empty base takes every name; a base that begins with a dot only
/// the names below it, as OpenSSL reads it.
fn dns_within(subject: &str, base: &str) -> bool {
    let (subject, base) = (subject.to_ascii_lowercase(), base.to_ascii_lowercase());
    match subject.strip_suffix(base.as_str()) {
        None => false,
        Some(left) => left.is_empty() || base.is_empty() || base.starts_with('.') || left.ends_with('.'),
    }
}

/// The base is an address followed by a mask of the same length.
fn address_within(subject: &[u8], base: &[u8]) -> bool {
    let (network, mask) = base.split_at(base.len() / 2);
    let masked = |address: &u8, mask: &u8| address & mask;
    subject.len() == network.len()
        && mask.len() == network.len()
        && subject.iter().zip(mask).map(|(a, m)| masked(a, m)).eq(network.iter().zip(mask).map(|(a, m)| masked(a, m)))
}

fn show(name: &GeneralName) -> String {
    match name {
        GeneralName::DirectoryName(name) => name::to_rfc4514(name),
        GeneralName::DnsName(text) => format!("DNS:{}", text.as_str()),
        GeneralName::Rfc822Name(text) => format!("email:{}", text.as_str()),
        GeneralName::UniformResourceIdentifier(text) => format!("URI:{}", text.as_str()),
        GeneralName::IpAddress(bytes) => format!("IP:{}", hex::encode(bytes.as_bytes())),
        GeneralName::OtherName(_) => "an other name".to_owned(),
        GeneralName::EdiPartyName(_) => "an EDI party name".to_owned(),
        GeneralName::RegisteredId(oid) => format!("registered id {oid}"),
    }
}
