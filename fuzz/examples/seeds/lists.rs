//! Revocation lists of an authority that nobody trusts, and bundles of the certificates of the one that is.

use super::files::{Failure, seed};
use mekong_crypto::{KeyType, PrivateKey};
use mekong_fuzz::fixtures::now;
use mekong_pki::crl::Reasons;
use mekong_pki::crl::make::{Entry, Order, Scope, make};
use mekong_pki::issue::{self, Issuer, Profile, Serial, Urls};
use mekong_pki::tlv::{self, context, wrap, wrap_all};
use mekong_pki::{Certificate, name};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

pub(super) fn all(certificates: &[&Certificate]) -> Result<(), Failure> {
    let issuer = issuer()?;
    let other = certificates.first().map(|certificate| certificate.subject_der().to_vec());
    let entries = [
        Entry::new([1], now()),
        Entry { reason: Some(6), invalidity: Some(now() - DAY), ..Entry::new([0, 0x80, 2], now()) },
        Entry { certificate_issuer: other, ..Entry::new([3; 20], now()) },
    ];
    let scope = Scope {
        url: Some("http://ca.example/ca.crl".into()),
        only_user: true,
        only_some_reasons: Some(Reasons::of(&[1, 2])),
        indirect: true,
        ..Scope::default()
    };
    let order = |scope, delta_base| Order {
        number: 7,
        this_update: now(),
        next_update: now() + DAY,
        entries: &entries,
        scope,
        delta_base,
        expired_certs_on_crl: Some(now() - DAY * 365),
    };
    let everything = Scope::default();
    seed("crl", "plain", &make(&issuer, &order(&everything, None))?)?;
    seed("crl", "scope", &make(&issuer, &order(&scope, None))?)?;
    seed("crl", "delta", &make(&issuer, &order(&scope, Some(5)))?)?;
    bundles(certificates)
}

fn issuer() -> Result<Issuer, Failure> {
    let key = PrivateKey::generate(KeyType::P256)?;
    let certificate = issue::self_sign(
        &key,
        &issue::Order {
            profile: Profile::RootCa,
            subject: &name::build(&[(name::COUNTRY, "LA"), (name::COMMON_NAME, "Lists")])?,
            public_key: key.public_key(),
            serial: Serial::random()?,
            not_before: now() - DAY,
            not_after: now() + DAY,
            urls: &Urls::default(),
            policies: &[],
        },
    )?;
    Ok(Issuer { certificate, key })
}

fn bundles(certificates: &[&Certificate]) -> Result<(), Failure> {
    let pem: String = certificates.iter().map(|certificate| certificate.pem()).collect();
    seed("bundle", "pem", pem.as_bytes())?;
    let members: Vec<u8> = certificates.iter().flat_map(|certificate| certificate.der().to_vec()).collect();
    let oid = |last: u8| wrap(tlv::OID, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, last]);
    let (empty, version) = (wrap(tlv::SET, &[]), wrap(tlv::INTEGER, &[1]));
    let content = wrap(tlv::SEQUENCE, &oid(1));
    let data = wrap_all(tlv::SEQUENCE, &[&version, &empty, &content, &wrap(context(0), &members), &empty]);
    seed("bundle", "p7b", &wrap_all(tlv::SEQUENCE, &[&oid(2), &wrap(context(0), &data)]))
}
