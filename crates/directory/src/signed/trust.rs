//! The certificates whose keys may sign a directory, each for one instance.

use crate::{Anchor, DirectoryError, SharedParameters};
use mekong_crypto::DigestAlgorithm;
use std::fmt;

/// Where trust in a certificate comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The anchor.
    Anchor,
    /// Shared parameters that were trusted before; the text names them for people.
    SharedParameters(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anchor => f.write_str("the anchor"),
            Self::SharedParameters(name) => write!(f, "the shared parameters {name}"),
        }
    }
}

/// A certificate whose key may sign the directories of one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TrustedCertificate {
    pub(super) der: Vec<u8>,
    pub(super) instance: String,
    pub(super) origin: Origin,
}

/// Which of the announced certificates are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Those that sign `internalconf`.
    Internal,
    /// Those that sign `externalconf`.
    External,
    /// Both.
    Any,
}

/// Certificates that are trusted to sign, from anchors and from shared parameters that are trusted already.
#[derive(Debug, Clone, Default)]
pub struct TrustedCertificates(Vec<TrustedCertificate>);

impl TrustedCertificates {
    /// The certificates of an anchor.
    pub fn from_anchor(anchor: &Anchor) -> Self {
        let mut trusted = Self::default();
        anchor.certificates().for_each(|der| trusted.add(der, &anchor.instance, Origin::Anchor));
        trusted
    }

    /// DER of the certificates, in the order in which they came to be trusted.
    pub fn certificates(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(|t| t.der.as_slice())
    }

    fn add(&mut self, der: &[u8], instance: &str, origin: Origin) {
        if self.0.iter().all(|t| t.der != der) {
            self.0.push(TrustedCertificate { der: der.to_owned(), instance: instance.to_owned(), origin });
        }
    }

    /// Adds the certificates that trusted shared parameters announce (V3 on: signing keys are rotated that way).
    /// A certificate that is there already stays as it is. `name` is for people.
    ///
    /// # Errors
    /// [`DirectoryError::WrongInstance`] if they are not of `instance`, where that is given.
    pub fn add_shared_parameters(
        &mut self,
        shared: &SharedParameters,
        kind: Kind,
        instance: Option<&str>,
        name: &str,
    ) -> Result<(), DirectoryError> {
        match instance {
            Some(expected) if expected != shared.instance => {
                return Err(DirectoryError::WrongInstance {
                    place: name.to_owned(),
                    expected: expected.to_owned(),
                    found: shared.instance.clone(),
                });
            }
            _ => {}
        }
        for source in &shared.sources {
            let internal = source.internal_certs.iter().filter(|_| kind != Kind::External);
            let external = source.external_certs.iter().filter(|_| kind != Kind::Internal);
            for der in internal.chain(external) {
                self.add(der, &shared.instance, Origin::SharedParameters(name.to_owned()));
            }
        }
        Ok(())
    }

    pub(super) fn find(&self, algorithm: DigestAlgorithm, hash: &[u8]) -> Option<&TrustedCertificate> {
        self.0.iter().find(|t| algorithm.digest(&t.der).as_ref() == hash)
    }
}
