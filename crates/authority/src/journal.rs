//! The journal of certificates issued and revoked: a file that only grows, one JSON object a line, synced line by line.

use crate::AuthorityError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use mekong_base::Instant;
use mekong_pki::Certificate;
use mekong_pki::issue::Profile;
use mekong_pki::ocsp::Status;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// Why a certificate is revoked (RFC 5280 §5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RevocationReason {
    /// Not said.
    Unspecified,
    /// The private key is known to others.
    KeyCompromise,
    /// The subject's name or affiliation changed.
    AffiliationChanged,
    /// Another certificate takes its place.
    Superseded,
    /// It is no longer needed.
    CessationOfOperation,
    /// The right to it was withdrawn.
    PrivilegeWithdrawn,
}

impl RevocationReason {
    /// `CRLReason`.
    pub const fn number(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::KeyCompromise => 1,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
            Self::PrivilegeWithdrawn => 9,
        }
    }
}

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
enum Record {
    Issued { at: Instant, serial: String, profile: String, subject: String, not_after: Instant, certificate: String },
    Revoked { at: Instant, serial: String, reason: RevocationReason },
}

/// A certificate in the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Issued {
    /// The certificate.
    pub certificate: Certificate,
    /// What it is for: `root_ca`, `issuing_ca`, `signing`, `authentication`, `ocsp_responder`, `time_stamping`.
    pub profile: String,
    /// When it was issued.
    pub at: Instant,
    /// When and why it was revoked.
    pub revoked: Option<(Instant, RevocationReason)>,
}

/// The open journal; its file is locked against other processes.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    /// Where the last whole line ends.
    end: u64,
    list: Vec<Issued>,
    by_serial: HashMap<Vec<u8>, usize>,
}

impl Journal {
    /// An empty journal; takes the place of what an interrupted creation left.
    pub(crate) fn create(dir: &Path) -> Result<Self, AuthorityError> {
        let journal = Self::lock(dir)?;
        journal.file.set_len(0).and_then(|()| journal.file.sync_all()).map_err(AuthorityError::io(&journal.path))?;
        Ok(journal)
    }

    pub(crate) fn open(dir: &Path) -> Result<Self, AuthorityError> {
        let mut journal = Self::lock(dir)?;
        let mut content = Vec::new();
        journal.file.read_to_end(&mut content).map_err(AuthorityError::io(&journal.path))?;
        let whole = content.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        for (at, line) in content.get(..whole).unwrap_or_default().split_inclusive(|b| *b == b'\n').enumerate() {
            journal.replay(line).map_err(|reason| AuthorityError::Journal {
                path: journal.path.clone(),
                line: at + 1,
                reason,
            })?;
        }
        journal.end = whole as u64;
        if whole < content.len() {
            tracing::warn!(
                path = %journal.path.display(),
                bytes = content.len() - whole,
                "dropped the last line of the journal, which a crash had cut short"
            );
            let cut = journal.file.set_len(journal.end).and_then(|()| journal.file.sync_all());
            cut.map_err(AuthorityError::io(&journal.path))?;
        }
        Ok(journal)
    }

    fn lock(dir: &Path) -> Result<Self, AuthorityError> {
        let path = dir.join("certificates.jsonl");
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(AuthorityError::io(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { path, file, end: 0, list: Vec::new(), by_serial: HashMap::new() }),
            Err(TryLockError::WouldBlock) => Err(AuthorityError::InUse(dir.to_path_buf())),
            Err(TryLockError::Error(source)) => Err(AuthorityError::Io { path, source }),
        }
    }

    fn replay(&mut self, line: &[u8]) -> Result<(), String> {
        match serde_json::from_slice(line).map_err(|e| e.to_string())? {
            Record::Issued { at, serial, profile, certificate, .. } => {
                let der = BASE64.decode(certificate).map_err(|e| format!("certificate: {e}"))?;
                let certificate = Certificate::from_der(&der).map_err(|e| e.to_string())?;
                if certificate.serial_hex() != serial {
                    return Err(format!("serial number {serial} is not that of the certificate"));
                }
                self.remember(Issued { certificate, profile, at, revoked: None });
            }
            Record::Revoked { at, serial, reason } => {
                let key = hex::decode(&serial).map_err(|e| format!("serial number: {e}"))?;
                let issued = self.find_mut(&key).ok_or(format!("{serial} is revoked, but was never issued"))?;
                issued.revoked = Some((at, reason));
            }
        }
        Ok(())
    }

    fn remember(&mut self, issued: Issued) {
        self.by_serial.insert(issued.certificate.serial().to_vec(), self.list.len());
        self.list.push(issued);
    }

    fn find(&self, serial: &[u8]) -> Option<&Issued> {
        self.list.get(*self.by_serial.get(serial)?)
    }

    fn find_mut(&mut self, serial: &[u8]) -> Option<&mut Issued> {
        self.list.get_mut(*self.by_serial.get(serial)?)
    }

    /// Writes and syncs a line. If that fails, the file is cut back to where it was.
    fn append(&mut self, record: &Record) -> Result<(), AuthorityError> {
        let mut write = || {
            let mut line = serde_json::to_vec(record)?;
            line.push(b'\n');
            self.file.seek(SeekFrom::Start(self.end))?;
            self.file.write_all(&line)?;
            self.file.sync_data()?;
            Ok(line.len() as u64)
        };
        match write() {
            Ok(written) => {
                self.end += written;
                Ok(())
            }
            Err(source) => {
                let _ = self.file.set_len(self.end);
                Err(AuthorityError::Io { path: self.path.clone(), source })
            }
        }
    }

    pub(crate) fn issued(
        &mut self,
        certificate: &Certificate,
        profile: &Profile,
        at: Instant,
    ) -> Result<(), AuthorityError> {
        self.issued_as(certificate, profile_name(profile), at)
    }

    /// As [`Journal::issued`], under the name that data give the profile.
    pub(crate) fn issued_as(
        &mut self,
        certificate: &Certificate,
        profile: &str,
        at: Instant,
    ) -> Result<(), AuthorityError> {
        let profile = profile.to_owned();
        self.append(&Record::Issued {
            at,
            serial: certificate.serial_hex(),
            profile: profile.clone(),
            subject: certificate.subject(),
            not_after: certificate.not_after(),
            certificate: BASE64.encode(certificate.der()),
        })?;
        self.remember(Issued { certificate: certificate.clone(), profile, at, revoked: None });
        Ok(())
    }

    pub(crate) fn revoked(
        &mut self,
        serial: &[u8],
        reason: RevocationReason,
        at: Instant,
    ) -> Result<(), AuthorityError> {
        let text = hex::encode(serial);
        match self.find(serial).map(|issued| issued.revoked) {
            None => return Err(AuthorityError::UnknownSerial(text)),
            Some(Some((at, _))) => return Err(AuthorityError::AlreadyRevoked { serial: text, at }),
            Some(None) => {}
        }
        self.append(&Record::Revoked { at, serial: text, reason })?;
        if let Some(issued) = self.find_mut(serial) {
            issued.revoked = Some((at, reason));
        }
        Ok(())
    }

    pub(crate) fn status(&self, serial: &[u8]) -> Status {
        match self.find(serial).map(|issued| issued.revoked) {
            None => Status::Unknown,
            Some(None) => Status::Good,
            Some(Some((at, reason))) => Status::Revoked { at: at.whole_seconds(), reason: Some(reason.number()) },
        }
    }

    /// The status of a certificate of one issuer; serial numbers of another issuer are unknown.
    pub(crate) fn status_from(&self, issuer: &Certificate, serial: &[u8]) -> Status {
        match self.find(serial) {
            Some(issued) if issued.certificate.issuer_der() == issuer.subject_der() => self.status(serial),
            _ => Status::Unknown,
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Issued> {
        self.list.iter()
    }

    pub(crate) fn list(&self) -> Vec<Issued> {
        self.list.clone()
    }
}

/// A stable name for a profile.
pub(crate) const fn profile_name(profile: &Profile) -> &'static str {
    match profile {
        Profile::RootCa => "root_ca",
        Profile::IssuingCa { .. } => "issuing_ca",
        Profile::Signing => "signing",
        Profile::Authentication { .. } => "authentication",
        Profile::OcspResponder => "ocsp_responder",
        Profile::TimeStamping => "time_stamping",
        Profile::Defined(_) => "defined",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use mekong_crypto::{KeyType, PrivateKey};
    use mekong_pki::issue::{Order, Serial, Urls, self_sign};
    use std::time::Duration;

    #[test]
    fn what_could_not_be_written_did_not_happen() {
        let (dir, now) = (tempfile::tempdir().unwrap(), Instant::from_unix_seconds(1_790_000_000));
        let key = PrivateKey::generate(KeyType::P256).unwrap();
        let order = Order {
            profile: Profile::RootCa,
            subject: &mekong_pki::name::build(&[(mekong_pki::name::COMMON_NAME, "Root")]).unwrap(),
            public_key: key.public_key(),
            serial: Serial::random().unwrap(),
            not_before: now,
            not_after: now + Duration::from_secs(1000),
            urls: &Urls::default(),
            policies: &[],
        };
        let certificate = self_sign(&key, &order).unwrap();
        let mut journal = Journal::create(dir.path()).unwrap();
        let writable = std::mem::replace(&mut journal.file, File::open(&journal.path).unwrap());
        assert!(matches!(journal.issued(&certificate, &Profile::RootCa, now), Err(AuthorityError::Io { .. })));
        assert_eq!(journal.status(certificate.serial()), Status::Unknown);
        journal.file = writable;
        journal.issued(&certificate, &Profile::RootCa, now).unwrap();
        journal.file = File::open(&journal.path).unwrap();
        let refused = journal.revoked(certificate.serial(), RevocationReason::Unspecified, now);
        assert!(matches!(refused, Err(AuthorityError::Io { .. })));
        assert_eq!(journal.status(certificate.serial()), Status::Good);
    }
}
