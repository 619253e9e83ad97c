//! Hashing: aws-lc where it has the digest, RustCrypto for the others and in browsers.

use crate::digest::{Digest, DigestAlgorithm};

use sha2::Digest as _;

/// Digests data that comes in pieces.
#[derive(Clone)]
pub struct Hasher(Backend);

#[derive(Clone)]
enum Backend {
    #[cfg(not(target_family = "wasm"))]
    AwsLc(aws_lc_rs::digest::Context),
    Portable(Portable),
}

impl Hasher {
    /// Starts a digest.
    pub fn new(algorithm: DigestAlgorithm) -> Self {
        #[cfg(all(not(target_family = "wasm"), not(feature = "portable")))]
        if let Some(backend) = aws_lc(algorithm) {
            return Self(Backend::AwsLc(aws_lc_rs::digest::Context::new(backend)));
        }
        Self(Backend::Portable(Portable::new(algorithm)))
    }

    /// Takes the next piece.
    pub fn update(&mut self, data: &[u8]) {
        match &mut self.0 {
            #[cfg(not(target_family = "wasm"))]
            Backend::AwsLc(context) => context.update(data),
            Backend::Portable(state) => state.update(data),
        }
    }

    /// The digest of all pieces.
    pub fn finish(self) -> Digest {
        match self.0 {
            #[cfg(not(target_family = "wasm"))]
            Backend::AwsLc(context) => Digest::new(context.finish().as_ref()),
            Backend::Portable(state) => state.finish(),
        }
    }
}

/// The digests of aws-lc.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn aws_lc(algorithm: DigestAlgorithm) -> Option<&'static aws_lc_rs::digest::Algorithm> {
    use aws_lc_rs::digest as backend;
    Some(match algorithm {
        DigestAlgorithm::Sha1 => &backend::SHA1_FOR_LEGACY_USE_ONLY,
        DigestAlgorithm::Sha224 => &backend::SHA224,
        DigestAlgorithm::Sha256 => &backend::SHA256,
        DigestAlgorithm::Sha384 => &backend::SHA384,
        DigestAlgorithm::Sha512 => &backend::SHA512,
        DigestAlgorithm::Sha512_256 => &backend::SHA512_256,
        DigestAlgorithm::Sha3_256 => &backend::SHA3_256,
        DigestAlgorithm::Sha3_384 => &backend::SHA3_384,
        DigestAlgorithm::Sha3_512 => &backend::SHA3_512,
        _ => return None,
    })
}

/// One variant, constructor, step and end per RustCrypto digest.
macro_rules! portable {
    ($($(#[$condition:meta])* $name:ident($state:ty)),+ $(,)?) => {
        #[derive(Clone)]
        pub(crate) enum Portable {
            $($(#[$condition])* $name($state),)+
        }

        impl Portable {
            fn update(&mut self, data: &[u8]) {
                match self {
                    $($(#[$condition])* Self::$name(state) => state.update(data),)+
                }
            }

            fn finish(self) -> Digest {
                match self {
                    $($(#[$condition])* Self::$name(state) => Digest::new(&state.finalize()),)+
                }
            }

            pub(crate) fn new(algorithm: DigestAlgorithm) -> Self {
                match algorithm {
                    $($(#[$condition])* DigestAlgorithm::$name => Self::$name(<$state>::new()),)+
                }
            }
        }
    };
}

portable!(
    Md5(md5::Md5),
    Sha1(sha1::Sha1),
    Ripemd160(ripemd::Ripemd160),
    Sha224(sha2::Sha224),
    Sha512_224(sha2::Sha512_224),
    Sha3_224(sha3::Sha3_224),
    Sha256(sha2::Sha256),
    Sha512_256(sha2::Sha512_256),
    Sha3_256(sha3::Sha3_256),
    Sha384(sha2::Sha384),
    Sha3_384(sha3::Sha3_384),
    Sha512(sha2::Sha512),
    Sha3_512(sha3::Sha3_512),
);

#[cfg(test)]
mod tests {
    use super::*;

    /// Both backends give the same digest, at every length around the block sizes.
    #[cfg(not(target_family = "wasm"))]
    #[test]
    fn backends_agree() {
        let data: Vec<u8> = (0..300u16).map(|i| i.to_le_bytes()[0]).collect();
        for algorithm in DigestAlgorithm::ALL {
            let Some(backend) = aws_lc(algorithm) else { continue };
            for len in 0..data.len() {
                let mut portable = Portable::new(algorithm);
                portable.update(&data[..len]);
                let theirs = aws_lc_rs::digest::digest(backend, &data[..len]);
                assert_eq!(portable.finish().as_ref(), theirs.as_ref(), "{} of {len} bytes", algorithm.name());
            }
        }
    }
}
