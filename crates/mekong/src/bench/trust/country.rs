//! A country in memory: a root, an issuing authority, an OCSP responder, a time-stamping authority and a signer, and the
//! services that long-term levels ask for. Everything is made by the rooms that a real authority is made of; nothing is
//! asked over a network, so that only the work on documents is timed.

use crate::cli::{CommandError, Context};
use mekong_base::Instant;
use mekong_crypto::{DigestAlgorithm, KeyType, PrivateKey};
use mekong_pki::issue::{self, Issuer, Order, Profile, Serial, Urls};
use mekong_pki::ocsp::{self, Answer, CertId, ResponderId, Status};
use mekong_pki::tsp::{Request, Response, TimeStampAuthority};
use mekong_pki::{Certificate, crl, name};
use mekong_signature::making::{Material, ServiceError, Services, Signing};
use std::cell::RefCell;
use std::time::Duration;
use x509_cert::der::oid::ObjectIdentifier;

const DAY: Duration = Duration::from_secs(86_400);
/// Policy of the time-stamps.
const TIMESTAMP_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.99999.85.3");

/// Kinds of keys of a whole country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    /// ECDSA P-256 everywhere.
    P256,
    /// RSA: the root 4096 bits, the issuing authority 3072, all others 2048.
    Rsa,
}

impl Keys {
    pub(super) const ALL: [Self; 2] = [Self::P256, Self::Rsa];

    /// As reports name it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::P256 => "p256",
            Self::Rsa => "rsa2048",
        }
    }

    const fn or(self, bits: u16) -> KeyType {
        match self {
            Self::P256 => KeyType::P256,
            Self::Rsa => KeyType::Rsa(bits),
        }
    }
}

/// A country.
pub(super) struct Country {
    pub(super) keys: Keys,
    pub(super) root: Issuer,
    pub(super) authority: Issuer,
    pub(super) signer: Issuer,
    pub(super) stamper: Certificate,
    responder: Issuer,
    tsa: TimeStampAuthority,
    /// What the root says of the issuing authority.
    revocation_list: Vec<u8>,
    /// The present of everything that is made.
    pub(super) now: Instant,
    /// The time-stamp tokens that were given out, in order.
    tokens: RefCell<Vec<Vec<u8>>>,
}

impl Country {
    /// A country whose certificates are valid for a year around `now`.
    ///
    /// # Errors
    /// In words, if a key or certificate cannot be made.
    pub(super) fn new(keys: Keys, now: Instant) -> Result<Self, CommandError> {
        let now = now.whole_seconds();
        let root = make(None, "Root", keys.or(4096), Profile::RootCa, now)?;
        let authority = make(Some(&root), "Authority", keys.or(3072), Profile::IssuingCa { path_len: Some(0) }, now)?;
        let below = |name, profile| make(Some(&authority), name, keys.or(2048), profile, now);
        let signer = below("Signer", Profile::Signing)?;
        let responder = below("OCSP responder", Profile::OcspResponder)?;
        let stamper = below("Time-stamping authority", Profile::TimeStamping)?;
        let order = crl::make::Order {
            number: 1,
            this_update: now,
            next_update: now + 30 * DAY,
            entries: &[],
            scope: &crl::make::Scope::default(),
            delta_base: None,
            expired_certs_on_crl: None,
        };
        let revocation_list = crl::make::make(&root, &order).context(|| "make a CRL")?;
        let tsa = TimeStampAuthority::new(stamper.certificate.clone(), stamper.key, TIMESTAMP_POLICY);
        let (stamper, tokens) = (stamper.certificate, RefCell::default());
        Ok(Self { keys, root, authority, signer, stamper, responder, tsa, revocation_list, now, tokens })
    }

    /// What the signer says with every signature.
    pub(super) fn signing(&self) -> Signing {
        Signing {
            certificate: self.signer.certificate.clone(),
            chain: vec![self.authority.certificate.clone()],
            algorithm: self.signer.key.default_algorithm(),
            digest: DigestAlgorithm::Sha256,
            time: self.now,
            place: None,
            roles: Vec::new(),
            commitment: None,
            policy: None,
        }
    }

    /// The signature value of the signer.
    ///
    /// # Errors
    /// In words, if the key fails.
    pub(super) fn sign(&self, to_be_signed: &[u8]) -> Result<Vec<u8>, CommandError> {
        let key = &self.signer.key;
        key.sign(key.default_algorithm(), to_be_signed).context(|| "sign")
    }

    /// The tokens given out since this was asked last.
    pub(super) fn take_tokens(&self) -> Vec<Vec<u8>> {
        self.tokens.take()
    }

    fn answer(&self, certificate: &Certificate) -> Result<Vec<u8>, ServiceError> {
        let answer = Answer {
            cert_id: CertId::of(certificate, &self.authority.certificate, DigestAlgorithm::Sha1),
            status: Status::Good,
            this_update: self.now,
            next_update: Some(self.now + DAY),
        };
        let Issuer { certificate: responder, key } = &self.responder;
        let response = ocsp::sign(&answer, responder, key, &ResponderId::by_key(responder), self.now, None);
        response.map_err(|e| ServiceError { service: "OCSP".to_owned(), reason: e.to_string() })
    }
}

impl Services for Country {
    fn timestamp(&self, algorithm: DigestAlgorithm, digest: &[u8]) -> Result<Vec<u8>, ServiceError> {
        let request = Request { wants_certificate: true, ..Request::new(algorithm, digest.to_vec()) };
        let response = Response::from_der(&self.tsa.respond(&request.to_der(), self.now));
        let failed = |e: mekong_pki::tsp::TspError| ServiceError { service: "TSA".to_owned(), reason: e.to_string() };
        let token = response.map_err(failed)?.token;
        self.tokens.borrow_mut().push(token.clone());
        Ok(token)
    }

    fn material(&self, certificates: &[Certificate]) -> Result<Material, ServiceError> {
        let mut asked: Vec<&Certificate> = Vec::new();
        for certificate in certificates {
            let answers = [&self.signer.certificate, &self.stamper].contains(&certificate);
            if answers && !asked.contains(&certificate) {
                asked.push(certificate);
            }
        }
        let ocsps = asked.into_iter().map(|certificate| self.answer(certificate)).collect::<Result<_, _>>()?;
        let certificates = vec![self.authority.certificate.clone()];
        Ok(Material { certificates, ocsps, crls: vec![self.revocation_list.clone()] })
    }
}

fn make(
    issuer: Option<&Issuer>,
    common_name: &str,
    key_type: KeyType,
    profile: Profile,
    now: Instant,
) -> Result<Issuer, CommandError> {
    let key = PrivateKey::generate(key_type).context(|| format!("generate a key of {key_type}"))?;
    let subject = name::build(&[(name::COUNTRY, "LA"), (name::COMMON_NAME, common_name)]).context(|| common_name)?;
    // Nobody is asked there, but verifiers look for revocation data only if a certificate says where they are.
    let urls = Urls {
        ocsp: issuer.map(|_| "http://ocsp.example/".to_owned()),
        ca_issuers: None,
        crl: issuer.map(|_| "http://ca.example/list.crl".to_owned()),
    };
    let order = Order {
        profile,
        subject: &subject,
        public_key: key.public_key(),
        serial: Serial::random().context(|| "a serial number")?,
        not_before: now - 180 * DAY,
        not_after: now + 180 * DAY,
        urls: &urls,
        policies: &[],
    };
    let made = match issuer {
        Some(issuer) => issue::issue(issuer, &order),
        None => issue::self_sign(&key, &order),
    };
    Ok(Issuer { certificate: made.context(|| format!("certificate of {common_name}"))?, key })
}
