//! Tests of the key folder, with OpenSSL on the other side.

#![allow(clippy::indexing_slicing)]

use super::*;
use mekong_pki::testing::{TestResult, openssl};
use std::os::unix::fs::PermissionsExt as _;

fn passphrase(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

#[test]
fn keys_survive_and_openssl_reads_them() -> TestResult {
    let dir = tempfile::tempdir()?;
    let dir = dir.path().join("new/keys");
    let token = Token::open(&dir, passphrase("mật khẩu"))?;
    for (label, kind) in [("sign", KeyType::P256), ("auth.rsa", KeyType::Rsa(2048)), ("ed", KeyType::Ed25519)] {
        let key = token.generate(label, kind)?;
        let again = Token::open(&dir, passphrase("mật khẩu"))?.key(label)?;
        assert_eq!(again.public_key(), key.public_key());
        let path = dir.join(format!("{label}.pem"));
        assert_eq!(fs::metadata(&path)?.permissions().mode() & 0o777, 0o600);
        let path = path.to_str().ok_or("path")?;
        let public = openssl(&["pkey", "-in", path, "-passin", "pass:mật khẩu", "-pubout", "-outform", "DER"])?;
        assert_eq!(public, key.public_key().spki());
        openssl(&["pkcs8", "-in", path, "-passin", "pass:mật khẩu", "-out", "/dev/null"])?;
    }
    assert_eq!(fs::metadata(&dir)?.permissions().mode() & 0o777, 0o700);
    assert_eq!(token.labels()?, ["auth.rsa", "ed", "sign"]);
    assert_eq!(fs::read_dir(&dir)?.count(), 3, "no temporary files stay");
    assert!(token.has("sign") && !token.has("other") && !token.has("../sign"));
    Ok(())
}

#[test]
fn openssl_keys_are_read() -> TestResult {
    let dir = tempfile::tempdir()?;
    let at = |name: &str| dir.path().join(name).to_string_lossy().into_owned();
    for (label, kind) in [
        ("p256", ["EC", "ec_paramgen_curve:P-256"]),
        ("p384", ["EC", "ec_paramgen_curve:P-384"]),
        ("rsa", ["RSA", "rsa_keygen_bits:2048"]),
    ] {
        let plain = at("plain");
        openssl(&["genpkey", "-algorithm", kind[0], "-pkeyopt", kind[1], "-out", &plain])?;
        let path = at(&format!("{label}.pem"));
        openssl(&["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-in", &plain, "-out", &path, "-passout", "pass:secret"])?;
        let key = Token::open(dir.path(), passphrase("secret"))?.key(label)?;
        let public = openssl(&["pkey", "-in", &plain, "-pubout", "-outform", "DER"])?;
        assert_eq!(key.public_key().spki(), public);
    }
    Ok(())
}

#[test]
fn wrong_passphrases_and_damage_are_told_apart_from_other_errors() -> TestResult {
    let dir = tempfile::tempdir()?;
    let path = dir.path();
    assert!(matches!(Token::open(path, passphrase("")), Err(TokenError::EmptyPassphrase(_))));
    let token = Token::open(path, passphrase("right"))?;
    token.generate("a", KeyType::P256)?;
    match Token::open(path, passphrase("wrong")) {
        Err(error @ TokenError::WrongPassphrase { .. }) => assert!(error.to_string().contains("a.pem"), "{error}"),
        other => return Err(format!("{other:?}").into()),
    }
    assert!(matches!(token.generate("a", KeyType::P256), Err(TokenError::Exists { .. })));
    assert!(matches!(token.key("b"), Err(TokenError::NotFound { .. })));
    for label in ["", "../a", ".a", "a/b", "a b", "ä", &"x".repeat(65)] {
        assert!(matches!(token.key(label), Err(TokenError::Label(_))), "{label}");
    }
    assert!(matches!(token.generate("c", KeyType::Rsa(1024)), Err(TokenError::Key { .. })));
    assert!(!token.has("c"));
    Ok(())
}

#[test]
fn malformed_files_are_refused() -> TestResult {
    let dir = tempfile::tempdir()?;
    let token = Token::open(dir.path(), passphrase("secret"))?;
    let unencrypted = mekong_pki::pem::encode("PRIVATE KEY", b"0");
    let garbage = mekong_pki::pem::encode(PEM_LABEL, b"garbage");
    let big = "x".repeat(70_000);
    for content in ["", "hello", &unencrypted, &garbage, &big, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA"] {
        fs::write(dir.path().join("bad.pem"), content)?;
        assert!(matches!(token.key("bad"), Err(TokenError::Malformed { .. })), "{:.40}", content);
    }
    fs::write(dir.path().join("bad.pem"), [0xff, 0xfe])?;
    assert!(matches!(token.key("bad"), Err(TokenError::Malformed { .. })));
    Ok(())
}

#[test]
fn an_existing_file_is_never_replaced() -> TestResult {
    let dir = tempfile::tempdir()?;
    let token = Token::open(dir.path(), passphrase("secret"))?;
    fs::write(dir.path().join("a.pem"), "mine")?;
    assert!(matches!(token.write_new("a", b"theirs"), Err(TokenError::Exists { .. })));
    assert_eq!(fs::read(dir.path().join("a.pem"))?, b"mine");
    assert_eq!(fs::read_dir(dir.path())?.count(), 1);
    Ok(())
}

#[test]
fn debug_shows_no_secret() -> TestResult {
    let dir = tempfile::tempdir()?;
    let token = Token::open(dir.path(), passphrase("very secret"))?;
    let key = token.generate("a", KeyType::P256)?;
    let shown = format!("{token:?} {key:?}");
    assert!(!shown.contains("very secret") && !shown.contains("open"), "{shown}");
    Ok(())
}

#[test]
fn key_files_that_ask_for_endless_work_are_refused() -> TestResult {
    let key = PrivateKey::generate(KeyType::P256)?;
    let good = encrypt(&key.to_pkcs8()?, b"secret")?;
    let path = Path::new("key.pem");
    assert!(decrypt(&good, b"secret", path).is_ok());
    // INTEGER 16384, as `encrypt` writes it, for another cost of the same length or longer.
    let n = good.windows(4).position(|w| w == [2, 2, 0x40, 0]).ok_or("no cost")?;
    for cost in [[0, 0], [0, 1], [0x7f, 0xff]] {
        let mut changed = good.clone();
        changed[n + 2..n + 4].copy_from_slice(&cost);
        let Err(TokenError::Malformed { .. } | TokenError::WrongPassphrase { .. }) = decrypt(&changed, b"secret", path)
        else {
            return Err(format!("N {cost:?} is taken").into());
        };
    }
    let (salt, iv) = ([1; 16], [2; 16]);
    let scrypt = |log_n, r, p| -> Result<bool, Box<dyn std::error::Error>> {
        let cost = scrypt::Params::new(log_n, r, p, 32).map_err(|e| e.to_string())?;
        let parameters = pbes2::Parameters::scrypt_aes256cbc(cost, &salt, &iv).map_err(|e| e.to_string())?;
        let info = EncryptedPrivateKeyInfo { encryption_algorithm: parameters.into(), encrypted_data: &[0; 32] };
        Ok(affordable(&info).is_ok())
    };
    assert!(scrypt(17, 8, 1)? && scrypt(14, 8, 16)?);
    assert!(!scrypt(40, 8, 1)? && !scrypt(20, 8, 4)? && !scrypt(14, 8, 60_000)?);
    let rounds = |count| -> Result<bool, Box<dyn std::error::Error>> {
        let parameters = pbes2::Parameters::pbkdf2_sha256_aes256cbc(count, &salt, &iv).map_err(|e| e.to_string())?;
        let info = EncryptedPrivateKeyInfo { encryption_algorithm: parameters.into(), encrypted_data: &[0; 32] };
        Ok(affordable(&info).is_ok())
    };
    assert!(rounds(600_000)? && !rounds(50_000_000)?);
    Ok(())
}
