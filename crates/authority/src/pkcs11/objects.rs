//! What is in a token: keys and certificates, found, listed, generated, stored.

use super::error::Pkcs11Error;
use super::key::HardwareKey;
use super::{Token, key};
use cryptoki::error::Error;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, CertificateType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use mekong_crypto::{KeyType, PrivateKey, PublicKey};

/// Keys or certificates of one token that are looked at.
const OBJECTS_MAX: usize = 4096;

/// A private key in a token.
#[derive(Debug, Clone)]
pub struct TokenKeyInfo {
    /// Its label; may be shared or empty, as cards come.
    pub label: String,
    /// Its identifier, which its certificate shares.
    pub id: Vec<u8>,
    /// Its public half, or why there is none that we can read.
    pub public: Result<PublicKey, String>,
}

/// A certificate in a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenCertificate {
    /// Its label.
    pub label: String,
    /// Its identifier, which its private key shares.
    pub id: Vec<u8>,
    /// The certificate in DER.
    pub der: Vec<u8>,
}

/// Attributes of an object that we ask for.
#[derive(Default)]
pub(super) struct Found {
    pub(super) label: String,
    pub(super) id: Vec<u8>,
    pub(super) modulus: Vec<u8>,
    pub(super) exponent: Vec<u8>,
    pub(super) curve: Vec<u8>,
    pub(super) point: Vec<u8>,
    value: Vec<u8>,
}

impl Token {
    /// The private keys in the token.
    ///
    /// # Errors
    /// [`Pkcs11Error::Operation`].
    pub fn keys(&self) -> Result<Vec<TokenKeyInfo>, Pkcs11Error> {
        Ok(self.all_keys()?.into_iter().map(|(_, key)| key).collect())
    }

    /// The certificates in the token.
    ///
    /// # Errors
    /// [`Pkcs11Error::Operation`].
    pub fn certificates(&self) -> Result<Vec<TokenCertificate>, Pkcs11Error> {
        let found = self
            .0
            .with("listing certificates", |session| list(session, ObjectClass::CERTIFICATE, &[AttributeType::Value]))?;
        Ok(found.into_iter().map(|(_, f)| TokenCertificate { label: f.label, id: f.id, der: f.value }).collect())
    }

    /// The private key with this label, or with this identifier in hexadecimal where cards leave the label empty.
    ///
    /// # Errors
    /// [`Pkcs11Error::NoKey`], [`Pkcs11Error::Key`] if it is of no use here or several have the label,
    /// [`Pkcs11Error::Operation`].
    pub fn key(&self, label: &str) -> Result<PrivateKey, Pkcs11Error> {
        let keys = self.all_keys()?;
        let unusable = |reason: &str| Pkcs11Error::Key {
            place: self.place().clone(),
            label: label.to_owned(),
            reason: reason.to_owned(),
        };
        let mut matching = keys.iter().filter(|(_, key)| key.label == label || hex::encode(&key.id) == label);
        match (matching.next(), matching.next()) {
            (Some((handle, key)), None) => {
                let public = key.public.as_ref().map_err(|reason| unusable(reason))?;
                Ok(self.private(*handle, public.clone(), label))
            }
            (Some(_), Some(_)) => Err(unusable("several keys have this label; name one by its identifier")),
            (None, _) => Err(Pkcs11Error::NoKey {
                place: self.place().clone(),
                label: label.to_owned(),
                present: keys.iter().map(|(_, key)| format!("{:?} ({})", key.label, hex::encode(&key.id))).collect(),
            }),
        }
    }

    /// Generates a key that never leaves the token.
    ///
    /// # Errors
    /// [`Pkcs11Error::Exists`]; [`Pkcs11Error::Key`] for kinds that no token generates; [`Pkcs11Error::Operation`].
    pub fn generate(&self, label: &str, key_type: KeyType) -> Result<PrivateKey, Pkcs11Error> {
        let place = || self.place().clone();
        if self.all_keys()?.iter().any(|(_, key)| key.label == label) {
            return Err(Pkcs11Error::Exists { place: place(), label: label.to_owned() });
        }
        let unusable = |reason: String| Pkcs11Error::Key { place: place(), label: label.to_owned(), reason };
        let (mechanism, kind) = generation(key_type).map_err(unusable)?;
        let mut id = [0; 16];
        mekong_crypto::random::fill(&mut id).map_err(|e| unusable(e.to_string()))?;
        let common = [Attribute::Token(true), Attribute::Label(label.into()), Attribute::Id(id.to_vec())];
        let public: Vec<Attribute> =
            common.iter().cloned().chain([Attribute::Private(false), Attribute::Verify(true)]).chain(kind).collect();
        let private: Vec<Attribute> = common
            .into_iter()
            .chain([Attribute::Private(true), Attribute::Sensitive(true), Attribute::Extractable(false)])
            .chain([Attribute::Sign(true)])
            .collect();
        self.0.with(&format!("generating a {key_type} key"), |session| {
            session.generate_key_pair(&mechanism, &public, &private)
        })?;
        self.key(&hex::encode(id))
    }

    /// Stores a certificate beside its key: with the key's label and identifier, so that other programs find it.
    ///
    /// # Errors
    /// [`Pkcs11Error::NoKey`] if no key in the token has this public half; [`Pkcs11Error::Operation`].
    pub fn store_certificate(&self, certificate: &mekong_pki::Certificate) -> Result<(), Pkcs11Error> {
        let keys = self.keys()?;
        let is_it = |key: &&TokenKeyInfo| key.public.as_ref() == Ok(certificate.public_key());
        let Some(key) = keys.iter().find(is_it) else {
            return Err(Pkcs11Error::NoKey {
                place: self.place().clone(),
                label: certificate.subject(),
                present: keys.into_iter().map(|key| key.label).collect(),
            });
        };
        let template = [
            Attribute::Class(ObjectClass::CERTIFICATE),
            Attribute::CertificateType(CertificateType::X_509),
            Attribute::Token(true),
            Attribute::Private(false),
            Attribute::Label(key.label.clone().into_bytes()),
            Attribute::Id(key.id.clone()),
            Attribute::Subject(certificate.subject_der().to_vec()),
            Attribute::Value(certificate.der().to_vec()),
        ];
        self.0.with("storing a certificate", |session| session.create_object(&template)).map(|_| ())
    }

    fn private(&self, handle: ObjectHandle, public: PublicKey, label: &str) -> PrivateKey {
        PrivateKey::from_token(HardwareKey::new(self.clone(), handle, public, label.to_owned()))
    }

    /// What the token calls the private key with this public half.
    pub(super) fn handle(&self, public: &PublicKey) -> Result<Option<ObjectHandle>, Pkcs11Error> {
        let keys = self.all_keys()?;
        Ok(keys.into_iter().find(|(_, key)| key.public.as_ref() == Ok(public)).map(|(handle, _)| handle))
    }

    /// Private keys with the public numbers, from wherever the token gives them: the public key of the same identifier, the
    /// certificate, the private key itself.
    fn all_keys(&self) -> Result<Vec<(ObjectHandle, TokenKeyInfo)>, Pkcs11Error> {
        const NUMBERS: [AttributeType; 4] =
            [AttributeType::Modulus, AttributeType::PublicExponent, AttributeType::EcParams, AttributeType::EcPoint];
        let (private, public) = self.0.with("listing keys", |session| {
            let private = list(session, ObjectClass::PRIVATE_KEY, &NUMBERS)?;
            Ok((private, list(session, ObjectClass::PUBLIC_KEY, &NUMBERS)?))
        })?;
        let certificates = self.certificates()?;
        let info = |(handle, found): (ObjectHandle, Found)| {
            let same = public.iter().map(|(_, p)| p).find(|p| !p.id.is_empty() && p.id == found.id);
            let certificate = certificates.iter().find(|c| !c.id.is_empty() && c.id == found.id);
            let public = key::public_key(same.unwrap_or(&found)).or_else(|reason| {
                let parsed = certificate.and_then(|c| mekong_pki::Certificate::from_der(&c.der).ok());
                parsed.map(|c| c.public_key().clone()).ok_or(reason)
            });
            (handle, TokenKeyInfo { label: found.label, id: found.id, public })
        };
        Ok(private.into_iter().map(info).collect())
    }
}

/// The objects of a class with label, identifier and these attributes.
fn list(
    session: &Session,
    class: ObjectClass,
    attributes: &[AttributeType],
) -> Result<Vec<(ObjectHandle, Found)>, Error> {
    let wanted: Vec<AttributeType> =
        [AttributeType::Label, AttributeType::Id].into_iter().chain(attributes.iter().copied()).collect();
    let handles = session.find_objects(&[Attribute::Class(class), Attribute::Token(true)])?;
    handles.into_iter().take(OBJECTS_MAX).map(|handle| Ok((handle, read(session, handle, &wanted)?))).collect()
}

fn read(session: &Session, handle: ObjectHandle, wanted: &[AttributeType]) -> Result<Found, Error> {
    let mut found = Found::default();
    for attribute in session.get_attributes(handle, wanted)? {
        match attribute {
            Attribute::Label(label) => found.label = String::from_utf8_lossy(&label).trim_end().to_owned(),
            Attribute::Id(id) => found.id = id,
            Attribute::Modulus(modulus) => found.modulus = modulus,
            Attribute::PublicExponent(exponent) => found.exponent = exponent,
            Attribute::EcParams(curve) => found.curve = curve,
            Attribute::EcPoint(point) => found.point = point,
            Attribute::Value(value) => found.value = value,
            _ => {}
        }
    }
    Ok(found)
}

/// How a token generates keys of that kind.
fn generation(key_type: KeyType) -> Result<(Mechanism<'static>, Vec<Attribute>), String> {
    let curve = |oid: &[u8]| Ok((Mechanism::EccKeyPairGen, vec![Attribute::EcParams(oid.to_vec())]));
    match key_type {
        KeyType::Rsa(bits @ 2048..=8192) => Ok((
            Mechanism::RsaPkcsKeyPairGen,
            vec![Attribute::ModulusBits(u64::from(bits).into()), Attribute::PublicExponent(vec![1, 0, 1])],
        )),
        KeyType::P256 => curve(key::P256_OID),
        KeyType::P384 => curve(key::P384_OID),
        KeyType::P521 => curve(key::P521_OID),
        other => {
            Err(format!("{other} keys are not generated; choose RSA of 2048 bits and more, P-256, P-384 or P-521"))
        }
    }
}
