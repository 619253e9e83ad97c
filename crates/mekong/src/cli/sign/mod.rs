//! `mekong sign`: signatures of every form and level, in one go or in two steps; `mekong extend`: higher levels for what is
//! signed already; `mekong timestamp`: time-stamps alone. Many files and folders are one job with a progress bar.

mod batch;
mod extend;
mod form;
mod key;
mod look;
mod services;
mod timestamp;

pub(crate) use extend::{ExtendOptions, run as run_extend};
pub(crate) use key::KeyOptions;
pub(crate) use timestamp::{TimestampOptions, run as run_timestamp};

use super::verify::time;
use super::{CommandError, CommandResult, Context};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, ValueEnum};
use form::Form;
use mekong_base::{Clock, Instant};
use mekong_crypto::{DigestAlgorithm, PrivateKey, SignatureAlgorithm};
use mekong_pki::Certificate;
use mekong_signature::making::{Place, Signing};
use mekong_signature::{Level, extend as augmenting};
use services::ServiceOptions;
use std::path::PathBuf;

/// Options of `mekong sign`.
#[derive(Args)]
pub(crate) struct SignOptions {
    /// Form of the signature.
    #[arg(long, value_enum)]
    format: Form,
    /// Level: B signed; T with a time-stamp; LT with all that validation needs later; LTA with an archive time-stamp.
    #[arg(long, value_enum, default_value_t = LevelOption::B, ignore_case = true)]
    level: LevelOption,
    #[command(flatten)]
    key: KeyOptions,
    /// The signer's certificate; further ones in the file are its issuers.
    #[arg(long, value_name = "FILE")]
    certificate: PathBuf,
    /// Issuers of the signer's certificate, to be put into the signature.
    #[arg(long, value_name = "FILE")]
    chain: Vec<PathBuf>,
    #[command(flatten)]
    services: ServiceOptions,
    #[command(flatten)]
    form: form::FormOptions,
    /// Digest of documents and signature [default: sha256; for JAdES that of the key's curve].
    #[arg(long, value_enum)]
    digest: Option<DigestOption>,
    /// RSA: sign by RSASSA-PSS instead of PKCS#1 v1.5.
    #[arg(long)]
    pss: bool,
    /// Signing time to claim [default: now].
    #[arg(long, value_name = "TIME", value_parser = time)]
    time: Option<Instant>,
    /// City or commune of signing.
    #[arg(long)]
    city: Option<String>,
    /// Province of signing.
    #[arg(long)]
    province: Option<String>,
    /// Country of signing, two letters.
    #[arg(long)]
    country: Option<String>,
    /// A role that the signer claims.
    #[arg(long = "role")]
    roles: Vec<String>,
    /// Two steps, first: write the bytes to be signed to this file (base64), and sign nothing. Repeat the command with the same
    /// options, --time included, and --signature-value.
    #[arg(long, value_name = "FILE", conflicts_with = "signature_value", requires = "time")]
    to_be_signed: Option<PathBuf>,
    /// Two steps, second: the signature value (base64; ECDSA as DER) over those bytes.
    #[arg(long, value_name = "FILE", requires = "time")]
    signature_value: Option<PathBuf>,
    /// The signed file [default: beside the original].
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace what stands where the result is written; without it that is refused.
    #[arg(long)]
    force: bool,
    /// Folder for signed files, made if need be.
    #[arg(long, value_name = "DIR", conflicts_with = "out")]
    out_dir: Option<PathBuf>,
    /// Files to sign; folders stand for the files directly in them. ASiC puts all of them into one container.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// A level, as options name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum LevelOption {
    /// Signed.
    #[value(name = "B")]
    B,
    /// With a time-stamp.
    #[value(name = "T")]
    T,
    /// With validation material.
    #[value(name = "LT")]
    Lt,
    /// With an archive time-stamp.
    #[value(name = "LTA")]
    Lta,
}

impl LevelOption {
    /// As it is written.
    const fn name(self) -> &'static str {
        match self {
            Self::B => "B",
            Self::T => "T",
            Self::Lt => "LT",
            Self::Lta => "LTA",
        }
    }
}

impl From<LevelOption> for Level {
    fn from(level: LevelOption) -> Self {
        match level {
            LevelOption::B => Self::B,
            LevelOption::T => Self::T,
            LevelOption::Lt => Self::Lt,
            LevelOption::Lta => Self::Lta,
        }
    }
}

/// A digest, as options name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DigestOption {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// SHA3-256.
    #[value(name = "sha3-256")]
    Sha3_256,
    /// SHA3-384.
    #[value(name = "sha3-384")]
    Sha3_384,
    /// SHA3-512.
    #[value(name = "sha3-512")]
    Sha3_512,
}

impl From<DigestOption> for DigestAlgorithm {
    fn from(digest: DigestOption) -> Self {
        match digest {
            DigestOption::Sha256 => Self::Sha256,
            DigestOption::Sha384 => Self::Sha384,
            DigestOption::Sha512 => Self::Sha512,
            DigestOption::Sha3_256 => Self::Sha3_256,
            DigestOption::Sha3_384 => Self::Sha3_384,
            DigestOption::Sha3_512 => Self::Sha3_512,
        }
    }
}

/// How the signature value comes to be.
enum Value {
    /// By a key at hand.
    Key(PrivateKey),
    /// Not now: the bytes that are to be signed go to a file.
    Later,
    /// It was made elsewhere.
    Made(Vec<u8>),
}

/// What signing one file gave.
enum Signed {
    /// The signed file.
    Whole(Vec<u8>),
    /// The bytes that are to be signed elsewhere.
    ToBeSigned(Vec<u8>),
}

/// Runs the command.
pub(crate) fn run(options: &SignOptions) -> CommandResult {
    form::refuse_strange(options.format, options.level.into(), &options.form)?;
    let certificates = super::read_certificates(&options.certificate)?;
    let value = options.value()?;
    let signing = options.signing(certificates, &value)?;
    options.services.with(|services| {
        let level = Level::from(options.level);
        batch::run(options, |sources| {
            let signed = form::sign(options.format, sources, &signing, &options.form, &value)?;
            match signed {
                Signed::Whole(bytes) if level > Level::B => {
                    let reading = form::reading(options.format, &options.form, sources);
                    let augmented = augmenting::to(&bytes, level, &augmenting::Selection::All, services, &reading);
                    Ok(Signed::Whole(augmented.context(|| format!("level {}", options.level.name()))?))
                }
                other => Ok(other),
            }
        })
    })
}

impl SignOptions {
    fn value(&self) -> Result<Value, CommandError> {
        if self.to_be_signed.is_some() {
            return Ok(Value::Later);
        }
        if let Some(path) = &self.signature_value {
            let text = std::fs::read_to_string(path).context(|| format!("read {}", path.display()))?;
            let compact: String = text.split_whitespace().collect();
            return Ok(Value::Made(STANDARD.decode(compact).context(|| format!("{} is no base64", path.display()))?));
        }
        match self.key.open()? {
            Some(key) => Ok(Value::Key(key)),
            None => Err(CommandError::new(
                "no key: give --key FILE, or --pkcs11 MODULE --key-label LABEL, or sign in two steps with --to-be-signed FILE",
            )),
        }
    }

    fn signing(&self, mut certificates: Vec<Certificate>, value: &Value) -> Result<Signing, CommandError> {
        let mut chain = certificates.split_off(1.min(certificates.len()));
        let Some(certificate) = certificates.pop() else {
            return Err(CommandError::new(format!("{}: no certificate in it", self.certificate.display())));
        };
        if let Value::Key(key) = value
            && key.public_key().spki() != certificate.public_key().spki()
        {
            let subject = certificate.subject();
            return Err(CommandError::new(format!("the certificate of {subject} is not for this key")));
        }
        for path in &self.chain {
            chain.extend(super::read_certificates(path)?);
        }
        let digest = self.digest.map_or_else(|| usual_digest(self.format, &certificate), DigestAlgorithm::from);
        let place = Place { city: self.city.clone(), province: self.province.clone(), country: self.country.clone() };
        Ok(Signing {
            algorithm: algorithm(&certificate, digest, self.pss),
            certificate,
            chain,
            digest,
            time: self.time.unwrap_or_else(|| Clock::system().now().whole_seconds()),
            place: (place != Place::default()).then_some(place),
            roles: self.roles.clone(),
            commitment: None,
            policy: None,
        })
    }
}

/// The digest if none is asked for. JOSE ties one to each curve (RFC 7518 section 3.4).
fn usual_digest(form: Form, certificate: &Certificate) -> DigestAlgorithm {
    use mekong_crypto::KeyType::{P384, P521};
    match (form, certificate.public_key().key_type()) {
        (Form::Jades, P384) => DigestAlgorithm::Sha384,
        (Form::Jades, P521) => DigestAlgorithm::Sha512,
        _ => DigestAlgorithm::Sha256,
    }
}

/// The signature algorithm that goes with the key of a certificate.
fn algorithm(certificate: &Certificate, digest: DigestAlgorithm, pss: bool) -> SignatureAlgorithm {
    use mekong_crypto::KeyType::{Ed25519, Rsa};
    match certificate.public_key().key_type() {
        Rsa(_) if pss => SignatureAlgorithm::RsaPss(digest),
        Rsa(_) => SignatureAlgorithm::RsaPkcs1(digest),
        Ed25519 => SignatureAlgorithm::Ed25519,
        _ => SignatureAlgorithm::Ecdsa(digest),
    }
}
