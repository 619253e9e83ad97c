//! Two countries with keys made here, and the lists and agreements of `definitions/trust`.

use const_oid::ObjectIdentifier;
use mekong_base::Instant;
use mekong_crypto::{KeyType, PrivateKey};
use mekong_pki::issue::{self, Issuer, Order, Profile, Purpose, Serial, Urls};
use mekong_pki::statements::{self, Statements};
use mekong_pki::{Certificate, name};
use mekong_recognition::agreement::Agreement;
use mekong_recognition::definition::{self, Resolve};
use mekong_recognition::list::{self, TrustedList};
use mekong_recognition::qualification::Rules;
use std::path::{Path, PathBuf};
use x509_cert::ext::pkix::KeyUsages;

/// A time of a day of 2026.
pub(crate) fn at(day: &str) -> Instant {
    format!("2026-{day}T00:00:00Z").parse().unwrap()
}

fn definitions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../definitions/trust")
}

fn definition(path: &str) -> String {
    std::fs::read_to_string(definitions().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The agreement in the list of `ours` on that of `theirs`.
pub(crate) fn agreement(ours: &str, theirs: &str) -> Agreement {
    definition::agreement(&definition(&format!("agreements/{ours}-{theirs}.toml"))).unwrap()
}

/// The certificates and keys of a country.
pub(crate) struct Country {
    pub(crate) code: &'static str,
    pub(crate) list_signer: Issuer,
    pub(crate) authority: Issuer,
    pub(crate) ocsp: Issuer,
    pub(crate) tsa: Issuer,
}

impl Country {
    pub(crate) fn make(code: &'static str) -> Self {
        let root = |what| Self::root(code, what);
        let authority = root("Issuing authority");
        let (ocsp, tsa) = (Profile::OcspResponder, Profile::TimeStamping);
        Self {
            code,
            list_signer: root("List signer"),
            ocsp: Self::issued(&authority, code, "OCSP responder", ocsp, &[]),
            tsa: Self::issued(&authority, code, "Time-stamping authority", tsa, &[]),
            authority,
        }
    }

    fn root(code: &str, common_name: &str) -> Issuer {
        let key = PrivateKey::generate(KeyType::P256).unwrap();
        let subject = name::build(&[(name::COUNTRY, code), (name::COMMON_NAME, common_name)]).unwrap();
        let order = Order {
            profile: Profile::RootCa,
            subject: &subject,
            public_key: key.public_key(),
            serial: Serial::random().unwrap(),
            not_before: at("01-01"),
            not_after: at("12-31"),
            urls: &Urls::default(),
            policies: &[],
        };
        Issuer { certificate: issue::self_sign(&key, &order).unwrap(), key }
    }

    fn issued(
        issuer: &Issuer,
        code: &str,
        common_name: &str,
        profile: Profile,
        policies: &[ObjectIdentifier],
    ) -> Issuer {
        let key = PrivateKey::generate(KeyType::P256).unwrap();
        let subject = name::build(&[(name::COUNTRY, code), (name::COMMON_NAME, common_name)]).unwrap();
        let order = Order {
            profile,
            subject: &subject,
            public_key: key.public_key(),
            serial: Serial::random().unwrap(),
            not_before: at("02-01"),
            not_after: at("12-01"),
            urls: &Urls::default(),
            policies,
        };
        Issuer { certificate: issue::issue(issuer, &order).unwrap(), key }
    }

    /// A certificate for signatures, qualified by the country's law, whose key is in a device.
    pub(crate) fn signer(&self) -> Certificate {
        let statements = Statements {
            compliance: true,
            device: true,
            types: vec![statements::FOR_SIGNATURES],
            legislation: vec![self.code.to_owned()],
            ..Statements::default()
        };
        let key_usage = vec![KeyUsages::NonRepudiation];
        let purpose = Purpose { key_usage, statements: Some(statements), ..Purpose::default() };
        let policy = format!("1.3.6.1.4.1.99999.{}.1", if self.code == "VN" { 84 } else { 85 });
        let policies = [ObjectIdentifier::new(&policy).unwrap()];
        let profile = Profile::Defined(purpose);
        Self::issued(&self.authority, self.code, "Signer", profile, &policies).certificate
    }

    /// The list of the definition, with a pointer to the other country's.
    pub(crate) fn list(&self, other: &Self) -> TrustedList {
        let code = self.code.to_ascii_lowercase();
        let certificate = |name: &str| {
            let (country, what) = name.split_once('-')?;
            let owner = [self, other].into_iter().find(|c| c.code.eq_ignore_ascii_case(country))?;
            let issuer = match what {
                "ca" => &owner.authority,
                "ocsp" => &owner.ocsp,
                "tsa" => &owner.tsa,
                "list-signer" => &owner.list_signer,
                _ => return None,
            };
            Some(issuer.certificate.clone())
        };
        let find = |name: &str| name.split_once('-').map(|(ours, theirs)| agreement(ours, theirs));
        let resolve = Resolve { certificate: &certificate, agreement: &find };
        definition::list(&definition(&format!("lists/{code}.toml")), &resolve).unwrap()
    }

    /// The rules at home.
    pub(crate) fn rules(&self) -> Rules {
        Rules::national(self.code)
    }

    /// Writes and signs a list.
    pub(crate) fn publish(&self, list: &TrustedList) -> Vec<u8> {
        let xml = list::write(list).unwrap_or_else(|error| panic!("{error}"));
        let algorithm = self.list_signer.key.default_algorithm();
        let time = list.scheme.issued;
        let prepared = list::sign::prepare(&xml, &self.list_signer.certificate, algorithm, time).unwrap();
        let value = self.list_signer.key.sign(algorithm, &prepared.to_be_signed).unwrap();
        prepared.finish(&value).unwrap()
    }
}
