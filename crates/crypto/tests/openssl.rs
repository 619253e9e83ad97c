//! Keys and signatures of OpenSSL verified here, and ours verified there; keys as they come in old and odd certificates.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use mekong_crypto::{
    CryptoError, DigestAlgorithm, KeyOddity, KeyType, PrivateKey, PublicKey, Scheme, SignatureAlgorithm,
};
use std::path::Path;
use std::process::Command;

const MESSAGE: &[u8] = b"what is signed";

/// `openssl ARGUMENTS` in a folder.
fn openssl(dir: &Path, arguments: &str) {
    let output = Command::new("openssl").args(arguments.split(' ')).current_dir(dir).output().unwrap();
    assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A fresh key in `key` and its public half; `generate` makes it.
fn spki(dir: &Path, generate: &str) -> Vec<u8> {
    openssl(dir, &format!("{generate} -out key"));
    openssl(dir, "pkey -in key -pubout -outform DER -out public");
    std::fs::read(dir.join("public")).unwrap()
}

/// `openssl dgst -sign` with `key`.
fn signature(dir: &Path, options: &str) -> Vec<u8> {
    std::fs::write(dir.join("message"), MESSAGE).unwrap();
    openssl(dir, &format!("dgst {options} -sign key -out value message"));
    std::fs::read(dir.join("value")).unwrap()
}

#[test]
fn algorithms_of_openssl_verify() {
    use DigestAlgorithm::{Md5, Sha1, Sha3_384, Sha224, Sha256, Sha384, Sha512, Sha512_256};
    use SignatureAlgorithm::{Ecdsa, RsaPkcs1};
    let dir = tempfile::tempdir().unwrap();
    let rsa = |bits: u16| format!("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:{bits}");
    let ec = |curve: &str| format!("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:{curve}");
    let pss = "-sigopt rsa_padding_mode:pss -sigopt";
    let rsa_cases = [
        ("-md5".to_owned(), RsaPkcs1(Md5)),
        ("-sha1".to_owned(), RsaPkcs1(Sha1)),
        ("-sha384".to_owned(), RsaPkcs1(Sha384)),
        ("-sha512-256".to_owned(), RsaPkcs1(Sha512_256)),
        ("-sha3-384".to_owned(), RsaPkcs1(Sha3_384)),
        (format!("-sha256 {pss} rsa_pss_saltlen:17"), SignatureAlgorithm::rsa_pss(Sha256, Sha256, 17)),
        (
            format!("-sha256 {pss} rsa_pss_saltlen:20 -sigopt rsa_mgf1_md:sha1"),
            SignatureAlgorithm::rsa_pss(Sha256, Sha1, 20),
        ),
    ];
    for generate in [rsa(1024), rsa(1031), rsa(2048)] {
        let key = PublicKey::from_spki(&spki(dir.path(), &generate)).unwrap();
        for (options, algorithm) in &rsa_cases {
            let value = signature(dir.path(), options);
            key.verify(*algorithm, MESSAGE, &value).unwrap_or_else(|e| panic!("{generate}, {algorithm}: {e}"));
            assert_eq!(key.verify(*algorithm, b"other", &value), Err(CryptoError::SignatureMismatch));
        }
    }
    for (curve, key_type) in [
        ("secp224r1", KeyType::P224),
        ("P-256", KeyType::P256),
        ("P-384", KeyType::P384),
        ("P-521", KeyType::P521),
        ("secp256k1", KeyType::Secp256k1),
        ("brainpoolP320r1", KeyType::Brainpool(320)),
        ("brainpoolP512r1", KeyType::Brainpool(512)),
    ] {
        let key = PublicKey::from_spki(&spki(dir.path(), &ec(curve))).unwrap();
        assert_eq!(key.key_type(), key_type);
        for (options, digest) in
            [("-sha1", Sha1), ("-sha224", Sha224), ("-sha256", Sha256), ("-sha512", Sha512), ("-sha3-384", Sha3_384)]
        {
            let value = signature(dir.path(), options);
            key.verify(Ecdsa(digest), MESSAGE, &value).unwrap_or_else(|e| panic!("{curve} {options}: {e}"));
            assert_eq!(key.verify(Ecdsa(digest), b"other", &value), Err(CryptoError::SignatureMismatch));
        }
    }
}

/// The smallest and the largest modulus that are read. The key of 16384 bits takes OpenSSL too long to make here:
/// `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:16384 -pkeyopt rsa_keygen_primes:5`, then `dgst -sha256 -sign`.
#[test]
fn rsa_from_512_to_16384_bits() {
    let dir = tempfile::tempdir().unwrap();
    let algorithm = SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256);
    let small = PublicKey::from_spki(&spki(dir.path(), "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:512")).unwrap();
    small.verify(algorithm, MESSAGE, &signature(dir.path(), "-sha256")).unwrap();
    let large = PublicKey::from_spki(include_bytes!("data/rsa16384.spki")).unwrap();
    assert_eq!(large.key_type(), KeyType::Rsa(16384));
    let value = include_bytes!("data/rsa16384.pkcs1-sha256");
    large.verify(algorithm, MESSAGE, value).unwrap();
    assert_eq!(large.verify(algorithm, b"other", value), Err(CryptoError::SignatureMismatch));
}

/// The modulus without the zero that makes it positive, as in some certificates of Estonian cards.
#[test]
fn a_negative_modulus_is_read_and_told() {
    let dir = tempfile::tempdir().unwrap();
    let good = spki(dir.path(), "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048");
    let plain = PublicKey::from_spki(&good).unwrap();
    assert!(plain.oddities().is_empty());
    // SEQUENCE(4) AlgorithmIdentifier(15) BIT STRING(5) SEQUENCE(4) INTEGER(4) 00 modulus
    let at = 4 + 15 + 5 + 4 + 4;
    assert_eq!(good[at - 4..=at], [2, 0x82, 1, 1, 0], "laid out as expected");
    let mut odd = good.clone();
    odd.remove(at);
    for length in [3, 4 + 15 + 3, 4 + 15 + 5 + 3, at - 1] {
        odd[length] -= 1;
    }
    let key = PublicKey::from_spki(&odd).unwrap();
    assert_eq!(key.oddities(), [KeyOddity::NegativeModulus]);
    assert_eq!(key.key_type(), KeyType::Rsa(2048));
    for (options, algorithm) in [
        ("-sha256", SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256)),
        ("-sha224", SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha224)),
    ] {
        key.verify(algorithm, MESSAGE, &signature(dir.path(), options)).unwrap();
    }
}

#[test]
fn keys_are_known_again_in_other_forms() {
    let dir = tempfile::tempdir().unwrap();
    let of = |bytes: &[u8]| PublicKey::from_spki(bytes).unwrap();
    let plain = of(&spki(dir.path(), "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384"));
    openssl(dir.path(), "ec -in key -pubout -conv_form compressed -outform DER -out compressed");
    let compressed = of(&std::fs::read(dir.path().join("compressed")).unwrap());
    assert_ne!(plain, compressed);
    assert_eq!(plain.secret_mark(), compressed.secret_mark());
    assert_eq!(plain.rsa_exponent(), None);
    let rsa =
        of(&spki(dir.path(), "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3"));
    assert_ne!(rsa.secret_mark(), plain.secret_mark());
    assert_eq!(rsa.rsa_exponent(), Some(3));
    let other = of(&spki(dir.path(), "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384"));
    assert_ne!(other.secret_mark(), plain.secret_mark());
}

#[test]
fn dsa_with_its_own_and_with_inherited_parameters() {
    let dir = tempfile::tempdir().unwrap();
    openssl(dir.path(), "dsaparam -out parameters 1024");
    let spki = spki(dir.path(), "genpkey -paramfile parameters");
    let key = PublicKey::from_spki(&spki).unwrap();
    assert_eq!(key.key_type(), KeyType::Dsa(1024));
    let algorithm = SignatureAlgorithm::Dsa(DigestAlgorithm::Sha1);
    let value = signature(dir.path(), "-sha1");
    key.verify(algorithm, MESSAGE, &value).unwrap();
    assert_eq!(key.verify(algorithm, b"other", &value), Err(CryptoError::SignatureMismatch));

    let oid = [6, 7, 0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1];
    let bits = key.material();
    let mut heir = vec![0x30, 0x81, u8::try_from(2 + oid.len() + 4 + bits.len()).unwrap(), 0x30, 9];
    heir.extend(oid);
    heir.extend([3, 0x81, u8::try_from(1 + bits.len()).unwrap(), 0]);
    heir.extend(bits);
    let heir = PublicKey::from_spki(&heir).unwrap();
    assert_eq!(heir.key_type(), KeyType::Dsa(0));
    assert!(matches!(heir.verify(algorithm, MESSAGE, &value), Err(CryptoError::UnsupportedKey(_))));
    let heir = heir.with_inherited_parameters(&key);
    assert_eq!(heir.key_type(), KeyType::Dsa(1024));
    heir.verify(algorithm, MESSAGE, &value).unwrap();
}

#[test]
fn a_key_for_pss_alone_does_nothing_else() {
    use DigestAlgorithm::{Sha256, Sha512};
    let dir = tempfile::tempdir().unwrap();
    let options =
        "-pkeyopt rsa_pss_keygen_md:sha256 -pkeyopt rsa_pss_keygen_mgf1_md:sha256 -pkeyopt rsa_pss_keygen_saltlen:32";
    let key = PublicKey::from_spki(&spki(dir.path(), &format!("genpkey -algorithm RSA-PSS {options}"))).unwrap();
    let value = signature(dir.path(), "-sha256 -sigopt rsa_pss_saltlen:32");
    key.verify(SignatureAlgorithm::RsaPss(Sha256), MESSAGE, &value).unwrap();
    for other in [
        SignatureAlgorithm::RsaPkcs1(Sha256),
        SignatureAlgorithm::RsaPss(Sha512),
        SignatureAlgorithm::rsa_pss(Sha256, Sha256, 20),
    ] {
        assert!(!key.goes_with(other));
        assert!(matches!(key.verify(other, MESSAGE, &value), Err(CryptoError::UnsupportedAlgorithm(_))));
    }
}

#[test]
fn points_are_compressed_or_not_and_curves_have_names() {
    let dir = tempfile::tempdir().unwrap();
    for curve in ["P-256", "P-384", "brainpoolP256r1", "secp256k1"] {
        spki(dir.path(), &format!("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:{curve}"));
        openssl(dir.path(), "ec -in key -pubout -conv_form compressed -outform DER -out compressed");
        let key = PublicKey::from_spki(&std::fs::read(dir.path().join("compressed")).unwrap()).unwrap();
        let algorithm = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256);
        key.verify(algorithm, MESSAGE, &signature(dir.path(), "-sha256")).unwrap();
    }
    let explicit = "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit";
    let key = PublicKey::from_spki(&spki(dir.path(), explicit));
    assert!(
        matches!(key, Err(CryptoError::UnsupportedKey(_))),
        "whoever writes the curve himself forges (CVE-2020-0601)"
    );
}

#[test]
fn openssl_verifies_what_we_sign() {
    use DigestAlgorithm::{Sha3_256, Sha3_512, Sha256, Sha384, Sha512};
    use SignatureAlgorithm::{Ecdsa, RsaPkcs1, RsaPss};
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("message"), MESSAGE).unwrap();
    for (key_type, algorithms) in [
        (KeyType::P256, vec![Ecdsa(Sha256), Ecdsa(Sha512), Ecdsa(Sha3_256)]),
        (KeyType::P384, vec![Ecdsa(Sha384), Ecdsa(Sha256), Ecdsa(Sha3_512)]),
        (KeyType::P521, vec![Ecdsa(Sha512), Ecdsa(Sha3_512)]),
        (KeyType::Rsa(2048), vec![RsaPkcs1(Sha256), RsaPkcs1(Sha512), RsaPss(Sha256), RsaPss(Sha384)]),
        (KeyType::Ed25519, vec![SignatureAlgorithm::Ed25519]),
    ] {
        let key = PrivateKey::generate(key_type).unwrap();
        std::fs::write(dir.path().join("public"), key.public_key().spki()).unwrap();
        for algorithm in algorithms {
            std::fs::write(dir.path().join("value"), key.sign(algorithm, MESSAGE).unwrap()).unwrap();
            openssl(dir.path(), &verification(algorithm));
        }
    }
}

fn verification(algorithm: SignatureAlgorithm) -> String {
    let Some(digest) = algorithm.digest() else {
        return "pkeyutl -verify -rawin -in message -sigfile value -pubin -keyform DER -inkey public".into();
    };
    let name = digest.name().to_lowercase();
    let name = if name.starts_with("sha3") { name } else { name.replace('-', "") };
    let pss = if algorithm.scheme() == Scheme::RsaPss {
        " -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest"
    } else {
        ""
    };
    format!("dgst -{name}{pss} -keyform DER -verify public -signature value message")
}
