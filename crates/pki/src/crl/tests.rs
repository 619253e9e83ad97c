//! Tests of revocation lists, with OpenSSL on the other side.
#![allow(clippy::indexing_slicing)]

use super::make::{Entry, Order, Scope, make};
use super::*;
use crate::issue::{Issuer, Profile};
use crate::testing::{TestResult, days, epoch, issued, openssl, pem_file, self_signed};
use mekong_crypto::KeyType;

fn order<'a>(entries: &'a [Entry], scope: &'a Scope) -> Order<'a> {
    Order {
        number: 7,
        this_update: epoch() + days(10),
        next_update: epoch() + days(17),
        entries,
        scope,
        delta_base: None,
        expired_certs_on_crl: None,
    }
}

fn parsed(issuer: &Issuer, order: &Order<'_>) -> Result<Crl, Box<dyn std::error::Error>> {
    Ok(Crl::parse(make(issuer, order)?.into())?)
}

#[test]
fn a_list_is_made_read_and_believed() -> TestResult {
    let ca = self_signed("ca", KeyType::P256)?;
    let other = self_signed("other", KeyType::P256)?;
    let hold = Entry { reason: Some(6), invalidity: Some(epoch()), ..Entry::new([0x7f], epoch() + days(2)) };
    let entries = [Entry::new([5], epoch() + days(1)), hold, Entry::new([0, 0x80], epoch() + days(3))];
    let scope = Scope { url: Some("http://ca.example/ca.crl".into()), only_user: true, ..Scope::default() };
    let crl = parsed(&ca, &order(&entries, &scope))?;
    crl.verify(&ca.certificate)?;
    assert!(matches!(crl.verify(&other.certificate), Err(CrlError::OtherIssuer { .. })));
    let twin = self_signed("ca", KeyType::P256)?;
    assert!(matches!(crl.verify(&twin.certificate), Err(CrlError::Signature { .. })));
    assert_eq!((crl.len(), crl.number(), crl.is_delta()), (3, Some(&[7][..]), false));
    assert_eq!((crl.this_update(), crl.next_update()), (epoch() + days(10), Some(epoch() + days(17))));
    assert_eq!(crl.authority_key_identifier(), ca.certificate.subject_key_identifier());
    let distribution = crl.distribution().ok_or("no distribution point")?;
    assert!(distribution.only_user && !distribution.only_ca && distribution.names.is_some());
    assert_eq!(crl.lookup(&[5]).map(|r| (r.at, r.reason)), Some((epoch() + days(1), None)));
    let held = crl.lookup(&[0x7f]).ok_or("not found")?;
    assert_eq!((held.reason, held.invalidity), (Some(CERTIFICATE_HOLD), Some(epoch())));
    assert!(crl.lookup(&[0, 0x80]).is_some() && crl.lookup(&[0x80]).is_none() && crl.lookup(&[6]).is_none());
    Ok(())
}

#[test]
fn openssl_believes_our_lists() -> TestResult {
    let dir = tempfile::tempdir()?;
    let at = |file: &str| dir.path().join(file).to_string_lossy().into_owned();
    for key in [KeyType::P256, KeyType::Rsa(2048), KeyType::Ed25519] {
        let ca = self_signed("ca", key)?;
        let good = issued(&ca, "good", KeyType::P256, Profile::Signing)?.certificate;
        let bad = issued(&ca, "bad", KeyType::P256, Profile::Signing)?.certificate;
        let entries = [Entry { reason: Some(1), ..Entry::new(bad.serial(), epoch() + days(1)) }];
        for scope in [
            Scope::default(),
            Scope { url: Some("http://ca.example/ca.crl".into()), only_user: true, ..Scope::default() },
        ] {
            let crl = parsed(&ca, &order(&entries, &scope))?;
            std::fs::write(at("crl"), crate::pem::encode("X509 CRL", crl.der()))?;
            let ca_file = pem_file(dir.path(), "ca", std::slice::from_ref(&ca.certificate))?;
            openssl(&["crl", "-in", &at("crl"), "-CAfile", &ca_file, "-noout", "-verify"])?;
            let when = (epoch() + days(11)).unix_seconds().to_string();
            let judge = |certificate: &Certificate| -> Result<bool, Box<dyn std::error::Error>> {
                let leaf = pem_file(dir.path(), "leaf", std::slice::from_ref(certificate))?;
                let crl = at("crl");
                let check = ["verify", "-attime", &when, "-CAfile", &ca_file, "-CRLfile", &crl, "-crl_check", &leaf];
                Ok(openssl(&check).is_ok())
            };
            assert!(judge(&good)?, "{key}");
            assert!(!judge(&bad)?, "{key}");
            assert!(crl.lookup(good.serial()).is_none() && crl.lookup(bad.serial()).is_some());
        }
    }
    Ok(())
}

/// A thousand entries that OpenSSL wrote into its text are found; numbers beside them are not.
#[test]
fn every_entry_is_found() -> TestResult {
    let ca = self_signed("ca", KeyType::P256)?;
    let serial = |i: u32| tlv_serial(u64::from(i) * 0x0001_0001_0001);
    let entries: Vec<Entry> = (1..=1000).map(|i| Entry::new(serial(i), epoch() + days(u64::from(i % 7)))).collect();
    let crl = parsed(&ca, &order(&entries, &Scope::default()))?;
    assert_eq!(crl.len(), 1000);
    assert!(crl.index_bytes() <= 1024 * 8, "{}", crl.index_bytes());
    for (i, entry) in (1..=1000u32).zip(&entries) {
        assert_eq!(crl.lookup(&entry.serial).map(|r| r.at), Some(entry.at));
        assert_eq!(crl.lookup(&tlv_serial(u64::from(i) * 0x0001_0001_0001 + 1)), None);
    }
    Ok(())
}

fn tlv_serial(number: u64) -> Vec<u8> {
    crate::tlv::unsigned(&number.to_be_bytes())[2..].to_vec()
}

#[test]
fn entries_of_other_authorities_are_kept_apart() -> TestResult {
    let ca = self_signed("ca", KeyType::P256)?;
    let other = self_signed("other", KeyType::P256)?;
    let third = self_signed("third", KeyType::P256)?;
    let of = |issuer: &Issuer, serial: u8| Entry {
        certificate_issuer: Some(issuer.certificate.subject_der().to_vec()),
        ..Entry::new([serial], epoch())
    };
    let entries = [Entry::new([1], epoch()), of(&other, 2), Entry::new([3], epoch()), of(&third, 3), of(&ca, 4)];
    let scope = Scope { indirect: true, ..Scope::default() };
    let crl = parsed(&ca, &order(&entries, &scope))?;
    let revoked = |issuer: &Issuer| -> Vec<u8> {
        let canonical = issuer.certificate.subject_canonical();
        (1..=4).filter(|serial| crl.lookup_of(canonical, &[*serial]).is_some()).collect()
    };
    assert_eq!((revoked(&ca), revoked(&other), revoked(&third)), (vec![1, 4], vec![2, 3], vec![3]));
    assert!(crl.lookup(&[2]).is_none());
    Ok(())
}

#[test]
fn reasons_are_bits() {
    for bits in [&[1][..], &[1, 2, 8], &[7], &[8], &[]] {
        let reasons = Reasons::of(bits);
        assert_eq!(Reasons::read(&reasons.write()), reasons, "{bits:?}");
    }
    assert_eq!(Reasons::of(&[1, 2]).write(), [5, 0x60]);
    assert!(Reasons::ALL.contains(Reasons::of(&[1, 8])) && !Reasons::of(&[1]).contains(Reasons::of(&[1, 2])));
}

#[test]
fn broken_lists_are_refused() -> TestResult {
    let ca = self_signed("ca", KeyType::P256)?;
    let entries = [Entry::new([5], epoch())];
    let der = make(&ca, &order(&entries, &Scope::default()))?;
    for cut in 0..der.len() {
        assert!(Crl::parse(der[..cut].into()).is_err(), "{cut}");
    }
    let longer = [&der[..], &[0]].concat();
    assert!(Crl::parse(longer.into()).is_err());
    let mut signer = ca.certificate.clone();
    for place in 0..der.len() {
        let mut changed = der.clone();
        changed[place] ^= 1;
        if let Ok(crl) = Crl::parse(changed.into()) {
            assert!(crl.verify(&signer).is_err(), "byte {place}");
        }
    }
    signer = issued(&ca, "ca", KeyType::P256, Profile::Signing)?.certificate;
    assert!(matches!(Crl::parse(der.into())?.verify(&signer), Err(CrlError::NotForCrls(_))));
    Ok(())
}
