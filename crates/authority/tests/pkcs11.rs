//! Keys in a token of hardware, with SoftHSM as the hardware and OpenSSL as the judge.
//!
//! SoftHSM finds its tokens by an environment variable, which a process cannot safely set for itself: the outer test makes
//! tokens in a folder of its own and runs the inner one, which is ignored otherwise, in a process that has it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use cryptoki::context::{CInitializeArgs, CInitializeFlags};
use mekong_authority::pkcs11::{Module, Pkcs11Error, Token, Which};
use mekong_crypto::{CryptoError, DigestAlgorithm, KeyType, PrivateKey, SignatureAlgorithm, Zeroizing};
use mekong_pki::Certificate;
use std::path::{Path, PathBuf};
use std::process::Command;

const MODULES: [&str; 3] =
    ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so"];
const MODULE: &str = "MEKONG_TEST_PKCS11_MODULE";
const FOLDER: &str = "MEKONG_TEST_PKCS11_FOLDER";
const PIN: &str = "vientiane-1234";
const MESSAGE: &[u8] = b"what is signed";

#[test]
fn keys_in_softhsm() {
    let Some(module) = MODULES.into_iter().find(|path| Path::new(path).exists()) else {
        assert!(std::env::var("CI").is_err(), "no softhsm2: install it, ./dev test does");
        println!("skipped: no softhsm2");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("softhsm2.conf");
    let tokens = dir.path().join("tokens");
    std::fs::create_dir(&tokens).unwrap();
    std::fs::write(&config, format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display())).unwrap();
    for label in ["ministry", "twin", "twin"] {
        let arguments = ["--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "87654321"];
        run(Command::new("softhsm2-util").args(arguments).env("SOFTHSM2_CONF", &config));
    }
    let key = dir.path().join("imported.pem");
    run(Command::new("openssl").args(["genpkey", "-algorithm", "RSA", "-out"]).arg(&key));
    let arguments = ["--token", "ministry", "--pin", PIN, "--label", "imported", "--id", "a1b2", "--import"];
    run(Command::new("softhsm2-util").args(arguments).arg(&key).env("SOFTHSM2_CONF", &config));
    let mut inner = Command::new(std::env::current_exe().unwrap());
    inner.args(["--ignored", "--exact", "inner", "--nocapture"]).env("SOFTHSM2_CONF", &config);
    let said = run(inner.env(MODULE, module).env(FOLDER, dir.path()));
    assert!(said.contains("test inner ... ok"), "the inner test did not run: {said}");
}

#[test]
#[ignore = "run by keys_in_softhsm, with tokens of its own"]
fn inner() {
    let (Ok(path), Ok(folder)) = (std::env::var(MODULE), std::env::var(FOLDER)) else { return };
    let folder = PathBuf::from(folder);
    let module = Module::open(&path).unwrap();
    tokens_are_found_or_named(&module, &folder);
    let token = module.token(&Which::Label("ministry".into()), pin(PIN)).unwrap();
    keys_are_generated_and_sign(&token, &folder);
    imported_keys_sign_as_openssl_does(&token, &folder);
    certificates_lie_beside_their_keys(&token, &folder);
    many_threads_share_a_token(&token);
    keys_sign_again_after_their_token_was_away(&token, &path);
}

fn tokens_are_found_or_named(module: &Module, folder: &Path) {
    let tokens = module.tokens().unwrap();
    assert_eq!(tokens.iter().filter(|t| t.label == "twin").count(), 2, "{tokens:?}");
    let error = module.token(&Which::Label("ministerium".into()), pin(PIN)).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("ministerium") && error.contains("\"ministry\""), "{error}");
    let twins = module.token(&Which::Label("twin".into()), pin(PIN));
    let Err(Pkcs11Error::SeveralTokens { serials, .. }) = twins else { panic!("one of two twins was taken") };
    let twin = module.token(&Which::Serial(serials.first().unwrap().clone()), pin(PIN)).unwrap();
    assert_eq!(twin.place().token, "twin");
    assert!(twin.keys().unwrap().is_empty());
    drop(twin);
    let error = module.token(&Which::Label("ministry".into()), pin("0000")).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("the PIN is wrong") && error.contains("libsofthsm2.so"), "{error}");
    let error = Module::open(folder.join("softhsm2.conf")).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("no PKCS#11 module"), "{error}");
}

fn keys_are_generated_and_sign(token: &Token, folder: &Path) {
    use DigestAlgorithm::{Sha3_256, Sha3_512, Sha256, Sha384, Sha512};
    use SignatureAlgorithm::{Ecdsa, RsaPkcs1, RsaPss};
    let algorithms = [
        (KeyType::P256, vec![Ecdsa(Sha256), Ecdsa(Sha512), Ecdsa(Sha3_256)]),
        (KeyType::P384, vec![Ecdsa(Sha384), Ecdsa(Sha256), Ecdsa(Sha3_512)]),
        (KeyType::P521, vec![Ecdsa(Sha512)]),
        (
            KeyType::Rsa(2048),
            vec![
                RsaPkcs1(Sha256),
                RsaPkcs1(Sha512),
                RsaPkcs1(Sha3_256),
                RsaPss(Sha256),
                RsaPss(Sha512),
                SignatureAlgorithm::rsa_pss(Sha256, Sha256, 20),
            ],
        ),
    ];
    for (key_type, algorithms) in algorithms {
        let label = key_type.to_string();
        let key = token.generate(&label, key_type).unwrap();
        assert_eq!(key.public_key().key_type(), key_type);
        let again = token.key(&label).unwrap();
        assert_eq!(again.public_key(), key.public_key());
        for algorithm in algorithms {
            let value = again.sign(algorithm, MESSAGE).unwrap();
            key.public_key().verify(algorithm, MESSAGE, &value).unwrap();
            openssl_verifies(folder, &key, algorithm, &value);
        }
        assert!(matches!(token.generate(&label, key_type), Err(Pkcs11Error::Exists { .. })));
        assert!(matches!(key.to_pkcs8(), Err(CryptoError::UnsupportedKey(_))), "a key left its token");
    }
    let error = token.key("nobody").unwrap_err().to_string();
    assert!(error.contains("\"nobody\"") && error.contains("P-256"), "{error}");
    let error = token.generate("edwards", KeyType::Ed25519).unwrap_err().to_string();
    assert!(error.contains("choose RSA"), "{error}");
}

fn imported_keys_sign_as_openssl_does(token: &Token, folder: &Path) {
    let key = token.key("imported").unwrap();
    assert_eq!(token.key("a1b2").unwrap().public_key(), key.public_key(), "by its identifier");
    let value = key.sign(SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256), MESSAGE).unwrap();
    std::fs::write(folder.join("message"), MESSAGE).unwrap();
    let arguments = ["dgst", "-sha256", "-sign", "imported.pem", "-out", "theirs", "message"];
    run(Command::new("openssl").args(arguments).current_dir(folder));
    assert_eq!(value, std::fs::read(folder.join("theirs")).unwrap());
}

fn certificates_lie_beside_their_keys(token: &Token, folder: &Path) {
    let certificate = |arguments: &[&str]| {
        let common = ["req", "-x509", "-subj", "/CN=Ministry of Trade/C=LA", "-out", "certificate.pem"];
        run(Command::new("openssl").args(common).args(arguments).current_dir(folder));
        Certificate::from_pem(&std::fs::read_to_string(folder.join("certificate.pem")).unwrap()).unwrap()
    };
    let own = certificate(&["-key", "imported.pem"]);
    token.store_certificate(&own).unwrap();
    let stored = token.certificates().unwrap();
    let [stored] = stored.as_slice() else { panic!("{stored:?}") };
    assert_eq!((stored.der.as_slice(), stored.label.as_str()), (own.der(), "imported"));
    assert_eq!(stored.id, [0xa1, 0xb2]);
    let stranger = certificate(&["-newkey", "rsa:2048", "-nodes", "-keyout", "other.pem"]);
    assert!(matches!(token.store_certificate(&stranger), Err(Pkcs11Error::NoKey { .. })));
}

fn many_threads_share_a_token(token: &Token) {
    let key = token.key("P-256").unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..20 {
                    key.sign(SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256), MESSAGE).unwrap();
                }
            });
        }
    });
}

/// Started anew, the library knows neither sessions nor the handles of keys: so do cards that are put back, and modules that lost
/// the connection to their device.
fn keys_sign_again_after_their_token_was_away(token: &Token, module: &str) {
    let sign = |key: &PrivateKey| key.sign(SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256), MESSAGE);
    let (key, other) = (token.key("P-256").unwrap(), token.key("P-384").unwrap());
    for _ in 0..2 {
        let library = cryptoki::context::Pkcs11::new(module).unwrap();
        library.finalize().unwrap();
        let again = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
        cryptoki::context::Pkcs11::new(module).unwrap().initialize(again).unwrap();
        // Handles are given in the order in which objects are looked at: another key may have that of this one now.
        other.sign(SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha384), MESSAGE).unwrap();
        let value = sign(&key).unwrap();
        key.public_key().verify(SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256), MESSAGE, &value).unwrap();
    }
}

fn openssl_verifies(folder: &Path, key: &PrivateKey, algorithm: SignatureAlgorithm, value: &[u8]) {
    std::fs::write(folder.join("message"), MESSAGE).unwrap();
    std::fs::write(folder.join("key.der"), key.public_key().spki()).unwrap();
    std::fs::write(folder.join("value"), value).unwrap();
    let digest = algorithm.digest().unwrap().name().to_lowercase();
    let digest = if digest.starts_with("sha3") { digest } else { digest.replace('-', "") };
    let mut command = Command::new("openssl");
    command.args(["dgst", &format!("-{digest}"), "-keyform", "DER", "-verify", "key.der", "-signature", "value"]);
    if let Some(pss) = algorithm.pss_parameters() {
        command.args(["-sigopt", "rsa_padding_mode:pss", "-sigopt", &format!("rsa_pss_saltlen:{}", pss.salt_len())]);
    }
    run(command.arg("message").current_dir(folder));
}

fn pin(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}:\n{out}\n{err}");
    out.into_owned()
}
