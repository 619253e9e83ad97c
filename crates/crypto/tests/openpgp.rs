//! What is encrypted here, GnuPG decrypts; keys that must not be used are refused as it would.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use mekong_crypto::openpgp::{Encryptor, OpenPgpError, Recipients};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{SystemTime, UNIX_EPOCH};

/// A keyring of GnuPG in a folder of its own.
struct Gpg(tempfile::TempDir);

impl Gpg {
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let gpg = Self(folder);
        if Command::new("gpg").arg("--version").output().is_err() {
            assert!(std::env::var("CI").is_err(), "gpg is not installed");
            println!("skipped: gpg is not installed");
            return None;
        }
        Some(gpg)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let home = self.0.path().to_str().unwrap();
        let output = Command::new("gpg")
            .args(["--homedir", home, "--batch", "--yes", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""])
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }

    /// Makes a key with a part for encryption.
    fn key(&self, name: &str, primary: &str, encryption: &str, expires: &str) {
        self.run(&["--quick-gen-key", name, primary, "sign", expires]);
        let fingerprint = self.fingerprint(name);
        self.run(&["--quick-add-key", &fingerprint, encryption, "encrypt", expires]);
    }

    fn fingerprint(&self, name: &str) -> String {
        let listed = String::from_utf8(self.run(&["--list-keys", "--with-colons", name]).stdout).unwrap();
        let line = listed.lines().find(|line| line.starts_with("fpr:")).unwrap();
        line.split(':').nth(9).unwrap().to_owned()
    }

    fn export(&self, name: &str, armor: bool) -> Vec<u8> {
        let arguments = ["--armor", "--export", name];
        self.run(arguments.get(usize::from(!armor)..).unwrap()).stdout
    }

    fn decrypt(&self, message: &[u8]) -> Vec<u8> {
        let path = self.0.path().join("message.gpg");
        std::fs::write(&path, message).unwrap();
        self.run(&["--decrypt", path.to_str().unwrap()]).stdout
    }
}

impl Drop for Gpg {
    fn drop(&mut self) {
        let home: &Path = self.0.path();
        let _ = Command::new("gpgconf").arg("--homedir").arg(home).args(["--kill", "all"]).output();
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 1
}

fn encrypt(content: &[u8], recipients: &Recipients, step: usize) -> Vec<u8> {
    let mut encryptor = Encryptor::new(Vec::new(), recipients).unwrap();
    content.chunks(step).for_each(|piece| encryptor.write_all(piece).unwrap());
    encryptor.finish().unwrap()
}

#[test]
fn gpg_decrypts_for_every_kind_of_key() {
    let Some(gpg) = Gpg::new() else { return };
    for (name, primary, encryption) in [
        ("curve", "ed25519", "cv25519"),
        ("rsa", "rsa3072", "rsa3072"),
        ("nist-256", "nistp256", "nistp256"),
        ("nist-521", "nistp521", "nistp521"),
    ] {
        gpg.key(name, primary, encryption, "0");
        for armor in [false, true] {
            let mut recipients = Recipients::default();
            assert_eq!(recipients.add(&gpg.export(name, armor), now()), Ok(1), "{name}");
            let message = encrypt(b"evidence", &recipients, 3);
            assert_eq!(gpg.decrypt(&message), b"evidence", "{name}");
        }
    }
}

#[test]
fn content_of_any_length_comes_back_for_each_of_several_recipients() {
    let Some(gpg) = Gpg::new() else { return };
    gpg.key("one", "ed25519", "cv25519", "0");
    gpg.key("two", "rsa2048", "rsa2048", "0");
    let mut recipients = Recipients::default();
    assert_eq!(recipients.add(&[gpg.export("one", false), gpg.export("two", false)].concat(), now()), Ok(2));
    assert_eq!(recipients.fingerprints().len(), 2);
    for length in [0, 1, 191, 192, 65_529, 65_530, 65_531, 65_536, 131_072, 1_000_003] {
        let content: Vec<u8> = (0..length).map(|n: u32| (n * 31) as u8).collect();
        let message = encrypt(&content, &recipients, 10_000);
        assert!(gpg.decrypt(&message) == content, "{length} bytes");
    }
    gpg.run(&["--delete-secret-keys", &gpg.fingerprint("one")]);
    assert_eq!(gpg.decrypt(&encrypt(b"for the other", &recipients, 100)), b"for the other");
}

#[test]
fn keys_that_must_not_be_used_are_refused() {
    let Some(gpg) = Gpg::new() else { return };
    let refused = |name: &str, at: u64| match Recipients::default().add(&gpg.export(name, false), at) {
        Err(OpenPgpError::Unusable { reason, .. }) => reason,
        other => panic!("{name}: {other:?}"),
    };
    gpg.run(&["--quick-gen-key", "signs", "ed25519", "sign", "0"]);
    assert_eq!(refused("signs", now()), "no part of it is for encryption");
    gpg.key("rare", "nistp384", "nistp384", "0");
    assert!(refused("rare", now()).contains("AES-128 or AES-256"), "GnuPG wraps keys of P-384 with AES-192");
    gpg.key("ends", "ed25519", "cv25519", "1d");
    assert_eq!(Recipients::default().add(&gpg.export("ends", false), now()), Ok(1));
    assert_eq!(refused("ends", now() + 2 * 86_400), "it has expired");
    gpg.key("revoked", "ed25519", "cv25519", "0");
    let fingerprint = gpg.fingerprint("revoked");
    let revocation = gpg.0.path().join(format!("openpgp-revocs.d/{fingerprint}.rev"));
    let text = std::fs::read_to_string(&revocation).unwrap().replace(":-----BEGIN", "-----BEGIN");
    std::fs::write(&revocation, text).unwrap();
    gpg.run(&["--import", revocation.to_str().unwrap()]);
    assert_eq!(refused("revoked", now()), "it is revoked");
}

#[test]
fn what_is_no_key_is_refused_and_nothing_panics() {
    let add = |bytes: &[u8]| Recipients::default().add(bytes, 0);
    for bytes in [&b""[..], b"x", b"\x99", b"\xc6\xff\xff\xff\xff\xff", b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n!\n"]
    {
        assert!(add(bytes).is_err(), "{bytes:?}");
    }
    let Some(gpg) = Gpg::new() else { return };
    gpg.key("cut", "ed25519", "cv25519", "0");
    let key = gpg.export("cut", false);
    for end in 0..key.len() {
        let _ = add(&key[..end]);
    }
    for at in 0..key.len() {
        let mut changed = key.clone();
        changed[at] ^= 0x55;
        let _ = add(&changed);
    }
    assert!(Encryptor::new(Vec::new(), &Recipients::default()).is_err(), "nobody to encrypt to");
}
