//! Certificates of gateways renewed by the gateways themselves: see [`crate::renewal`].

use super::{AuthorityError, BACKDATED, CertificateAuthority, LEAF_VALIDITY, create};
use crate::journal::{Issued, OrderNumber, profile_name};
use crate::renewal::{RenewalError, RenewalRequest};
use mekong_base::Instant;
use mekong_pki::Certificate;
use mekong_pki::general_name::GeneralName;
use mekong_pki::issue::{self, Order, Profile, Serial};
use std::net::IpAddr;

/// From when on a certificate may be renewed: the last third of its life.
pub fn renewable_from(certificate: &Certificate) -> Instant {
    let (from, to) = (certificate.not_before(), certificate.not_after());
    to - to.since(from) / 3
}

impl CertificateAuthority {
    /// Renews a certificate as its holder asks: the same subject, names and purpose, another key, valid anew. Each
    /// certificate is renewed once; the same request gets the same certificate again. In the journal the renewal is an order
    /// whose number names the certificate that was renewed.
    ///
    /// # Errors
    /// [`AuthorityError::Renewal`], [`AuthorityError::Compromised`], [`AuthorityError::Issue`], [`AuthorityError::Io`].
    pub fn renew(&self, asked: &RenewalRequest, now: Instant) -> Result<Certificate, AuthorityError> {
        let present = &asked.certificate;
        let serial = present.serial_hex();
        let known = self.certificate(present.serial())?.filter(|known| known.certificate == *present);
        let known = known.ok_or_else(|| RenewalError::NotIssuedHere { serial: serial.clone() })?;
        asked.verify()?;
        let profile = renewed_profile(&known)?;
        let key = asked.request.public_key();
        let (number, mark) = (format!("renewal of {serial}"), key.secret_mark());
        let what = hex::encode(mark);
        let order = OrderNumber { number: &number, what: &what };
        self.journal()?.exclusively(|journal| {
            // Others may have revoked or renewed it meanwhile.
            let revoked = journal.find(present.serial()).and_then(|listed| listed.revoked);
            standing(&Issued { revoked, ..known }, now)?;
            match journal.ordered(order) {
                Ok(Some(renewed)) => return Ok(renewed.certificate),
                Err(AuthorityError::OtherOrder(_)) => return Err(RenewalError::Renewed { serial }.into()),
                other => other?,
            };
            journal.check_key(key)?;
            if journal.all().iter().any(|listed| listed.is_for(&mark)) {
                return Err(RenewalError::KnownKey.into());
            }
            let issue = Order {
                profile: profile.clone(),
                subject: present.subject_name(),
                public_key: key,
                serial: Serial::random()?,
                not_before: (now - BACKDATED).max(self.issuing().not_before()),
                not_after: (now + LEAF_VALIDITY).min(self.issuing().not_after()),
                urls: &self.0.description.urls(create::ISSUING),
                policies: &[],
            };
            let certificate = issue::issue(&self.0.issuer, &issue)?;
            journal.issued_as(&certificate, profile_name(&profile), Some(order), now)?;
            Ok(certificate)
        })
    }
}

/// It is good, and late enough.
fn standing(known: &Issued, now: Instant) -> Result<(), RenewalError> {
    let certificate = &known.certificate;
    let serial = certificate.serial_hex();
    let from = renewable_from(certificate);
    match (known.revoked, certificate.is_valid_at(now)) {
        (Some(_), _) => Err(RenewalError::NotGood { serial, state: "revoked" }),
        (None, false) => Err(RenewalError::NotGood { serial, state: "expired" }),
        (None, true) if now < from => Err(RenewalError::TooEarly { serial, from }),
        (None, true) => Ok(()),
    }
}

/// Those of gateways only; other kinds were issued to people whom the office knows.
fn renewed_profile(known: &Issued) -> Result<Profile, RenewalError> {
    let names = || known.certificate.alternative_names();
    match known.profile.as_str() {
        "signing" => Ok(Profile::Signing),
        "authentication" => Ok(Profile::Authentication {
            dns: known.certificate.dns_names(),
            ips: names().iter().filter_map(address).collect(),
        }),
        other => Err(RenewalError::Profile(other.to_owned())),
    }
}

fn address(name: &GeneralName) -> Option<IpAddr> {
    let GeneralName::Ip(bytes) = name else { return None };
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes.as_slice()).ok().map(IpAddr::from),
        16 => <[u8; 16]>::try_from(bytes.as_slice()).ok().map(IpAddr::from),
        _ => None,
    }
}
