//! Certificates to test with, and OpenSSL to test against.

use mekong_base::{Clock, Instant};
use mekong_crypto::{KeyType, PrivateKey};
use mekong_pki::Certificate;
use mekong_pki::issue::{self, Issuer, Order, Profile, Serial, Urls};
use mekong_pki::name;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use x509_cert::name::Name;

pub(crate) const DAY: Duration = Duration::from_secs(86_400);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

pub(crate) fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// OpenSSL looks at the system clock, so tests against it do too.
pub(crate) fn now() -> Instant {
    Clock::system().now()
}

/// The folder of public vectors; `None` (with a line that says so) where it is not there, which CI does not accept.
pub(crate) fn vectors() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let path = std::env::var_os("MEKONG_SHARED").map_or_else(beside, PathBuf::from).join("vectors/xroad");
    if path.is_dir() {
        return Some(path);
    }
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "no {}", path.display());
    println!("skipped: no ../shared");
    None
}

/// A holder of a certificate.
pub(crate) type Party = Issuer;

pub(crate) struct Pki {
    pub(crate) root: Party,
    pub(crate) ca: Party,
    pub(crate) ocsp: Party,
    pub(crate) tsa: Party,
    pub(crate) leaf: Party,
    /// A self-signed authority that has nothing to do with the others.
    pub(crate) stranger: Party,
}

pub(crate) fn subject(common_name: &str) -> Name {
    name::build(&[(name::COUNTRY, "LA"), (name::ORGANIZATION, "ທົດສອບ"), (name::COMMON_NAME, common_name)]).unwrap()
}

pub(crate) fn make(
    issuer: Option<&Party>,
    profile: Profile,
    common_name: &str,
    key: PrivateKey,
    (from, to): (Instant, Instant),
) -> Party {
    let order = Order {
        profile,
        subject: &subject(common_name),
        public_key: key.public_key(),
        serial: Serial::random().unwrap(),
        not_before: from,
        not_after: to,
        urls: &Urls::default(),
        policies: &[],
    };
    let certificate = match issuer {
        Some(issuer) => issue::issue(issuer, &order).unwrap(),
        None => issue::self_sign(&key, &order).unwrap(),
    };
    Party { certificate, key }
}

impl Pki {
    /// Valid for ten days around `now`.
    pub(crate) fn new(key_type: KeyType, now: Instant) -> Self {
        let life = (now - 10 * DAY, now + 10 * DAY);
        let make = |issuer, profile, name| make(issuer, profile, name, PrivateKey::generate(key_type).unwrap(), life);
        let root = make(None, Profile::RootCa, "Root");
        let ca = make(Some(&root), Profile::IssuingCa { path_len: Some(0) }, "CA");
        Self {
            ocsp: make(Some(&ca), Profile::OcspResponder, "OCSP"),
            tsa: make(Some(&ca), Profile::TimeStamping, "TSA"),
            leaf: make(Some(&ca), Profile::Signing, "Leaf"),
            stranger: make(None, Profile::RootCa, "Stranger"),
            root,
            ca,
        }
    }

    /// Writes everything as PEM for OpenSSL: `NAME.pem`, `NAME.key`, `trusted.pem`.
    pub(crate) fn write(&self, dir: &Path) {
        for (name, party) in
            [("ca", &self.ca), ("ocsp", &self.ocsp), ("tsa", &self.tsa), ("leaf", &self.leaf), ("root", &self.root)]
        {
            write_party(dir, name, party);
        }
        std::fs::write(dir.join("trusted.pem"), self.root.certificate.pem() + &self.ca.certificate.pem()).unwrap();
    }
}

pub(crate) fn write_party(dir: &Path, name: &str, party: &Party) {
    std::fs::write(dir.join(format!("{name}.pem")), party.certificate.pem()).unwrap();
    let key = mekong_pki::pem::encode("PRIVATE KEY", &party.key.to_pkcs8().unwrap());
    std::fs::write(dir.join(format!("{name}.key")), key).unwrap();
}

/// Runs OpenSSL in `dir`; returns whether it succeeded and everything it printed.
pub(crate) fn try_openssl(dir: &Path, line: &str) -> (bool, String) {
    let output = Command::new("openssl").args(line.split_whitespace()).current_dir(dir).output();
    let output = output.expect("openssl must be installed");
    let text = [output.stdout, output.stderr].map(|b| String::from_utf8_lossy(&b).into_owned()).concat();
    (output.status.success(), text)
}

#[track_caller]
pub(crate) fn openssl(dir: &Path, line: &str) -> String {
    let (succeeded, text) = try_openssl(dir, line);
    assert!(succeeded, "openssl {line}: {text}");
    text
}

/// Serves a router on a free port; returns its base URL.
pub(crate) async fn serve(router: axum::Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// A URL where nobody listens.
pub(crate) async fn closed_url() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}/", listener.local_addr().unwrap())
}

/// Certificates as one text, for error messages.
pub(crate) fn names(certificates: &[Certificate]) -> String {
    certificates.iter().map(|c| c.subject()).collect::<Vec<_>>().join("; ")
}
