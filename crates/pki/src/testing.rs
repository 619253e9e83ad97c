//! What tests of several rooms share (feature `testing`): OpenSSL as the other side, the shared vectors, a small PKI made here.

use crate::issue::{self, Issuer, Order, Profile, Serial, Urls};
use crate::{Certificate, name};
use mekong_base::Instant;
use mekong_crypto::{KeyType, PrivateKey};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use x509_cert::name::Name;

/// The outcome of a test.
pub type TestResult = Result<(), Box<dyn std::error::Error>>;

/// Runs OpenSSL; the error is what it wrote to standard error and output.
pub fn openssl(arguments: &[&str]) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let output = Command::new("openssl").args(arguments).output()?;
    match output.status.success() {
        true => Ok(output.stdout),
        false => {
            let text = [output.stderr, output.stdout].concat();
            Err(String::from_utf8_lossy(&text).into_owned().into())
        }
    }
}

/// A folder of the shared vectors; `None` (and a line of output) if they are not here, which in CI is a failure.
pub fn shared(folder: &str) -> Result<Option<PathBuf>, Box<dyn std::error::Error>> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let root = std::env::var_os("MEKONG_SHARED").map_or(beside, PathBuf::from);
    let path = root.join(folder);
    if path.exists() {
        return Ok(Some(path));
    }
    if std::env::var_os("CI").is_some_and(|ci| ci == "true") {
        return Err(format!("{} is missing", path.display()).into());
    }
    println!("skipped: no ../shared");
    Ok(None)
}

/// The start of all validities made here.
pub fn epoch() -> Instant {
    Instant::from_unix_seconds(1_767_225_600) // 2026-01-01
}

/// So many days.
pub fn days(count: u64) -> Duration {
    Duration::from_secs(count * 86_400)
}

/// A name of Vietnamese and Lao parts and one that varies.
pub fn subject(common_name: &str) -> Result<Name, name::NameError> {
    name::build(&[
        (name::COUNTRY, "VN"),
        (name::ORGANIZATION, "Bộ Thông tin và Truyền thông"),
        (name::ORGANIZATIONAL_UNIT, "ກະຊວງເຕັກໂນໂລຊີ"),
        (name::COMMON_NAME, common_name),
    ])
}

/// A root of its own, valid ten years from the epoch.
pub fn self_signed(common_name: &str, key_type: KeyType) -> Result<Issuer, Box<dyn std::error::Error>> {
    let key = PrivateKey::generate(key_type)?;
    let certificate = issue::self_sign(
        &key,
        &Order {
            profile: Profile::RootCa,
            subject: &subject(common_name)?,
            public_key: key.public_key(),
            serial: Serial::random()?,
            not_before: epoch(),
            not_after: epoch() + days(3650),
            urls: &Urls::default(),
            policies: &[],
        },
    )?;
    Ok(Issuer { certificate, key })
}

/// A key and certificate of this profile, valid one year from the epoch.
pub fn issued(
    issuer: &Issuer,
    common_name: &str,
    key_type: KeyType,
    profile: Profile,
) -> Result<Issuer, Box<dyn std::error::Error>> {
    let key = PrivateKey::generate(key_type)?;
    let urls = Urls {
        ocsp: Some("http://ocsp.example/".to_owned()),
        ca_issuers: Some("http://ca.example/ca.der".to_owned()),
        crl: Some("http://ca.example/ca.crl".to_owned()),
    };
    let certificate = issue::issue(
        issuer,
        &Order {
            profile,
            subject: &subject(common_name)?,
            public_key: key.public_key(),
            serial: Serial::random()?,
            not_before: epoch(),
            not_after: epoch() + days(365),
            urls: &urls,
            policies: &[],
        },
    )?;
    Ok(Issuer { certificate, key })
}

/// Writes certificates into one PEM file and gives its path.
pub fn pem_file(dir: &Path, file: &str, certificates: &[Certificate]) -> Result<String, Box<dyn std::error::Error>> {
    let path = dir.join(file);
    std::fs::write(&path, certificates.iter().map(Certificate::pem).collect::<String>())?;
    Ok(path.to_string_lossy().into_owned())
}
