//! A picture in the appearance of a signature.

use crate::fixtures::{now, signer};
use mekong_crypto::{DigestAlgorithm, SignatureAlgorithm};
use mekong_signature::making::{MakeError, Signing};
use mekong_signature::pades::appearance::Appearance;
use mekong_signature::pades::make::{Options, prepare};

/// Puts a picture into a document that is to be signed.
///
/// # Errors
/// [`MakeError::Document`] if it is no picture that is taken.
pub fn placed(picture: &[u8]) -> Result<(), MakeError> {
    let signing = Signing {
        certificate: signer().clone(),
        chain: Vec::new(),
        algorithm: SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256),
        digest: DigestAlgorithm::Sha256,
        time: now(),
        place: None,
        roles: Vec::new(),
        commitment: None,
        policy: None,
    };
    let rectangle = [10.0, 10.0, 100.0, 60.0];
    let appearance = Appearance { page: 1, rectangle, lines: Vec::new(), fonts: Vec::new(), picture: Some(picture) };
    let options = Options { appearance: Some(appearance), ..Options::default() };
    let document = include_bytes!("../corpus/fuzz_pdf/plain.pdf").to_vec();
    prepare(&document, &signing, &options).map(drop)
}
