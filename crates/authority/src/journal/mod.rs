//! The journal of certificates issued and revoked: a file that only grows, one JSON object a line, synced line by line.
//!
//! Several processes may have it open. Who writes locks the file, first reads what others wrote, and checks against that;
//! who reads looks whether the file grew. In memory is an index; certificates are read from the file when they are asked for.

mod listed;
mod record;

pub use listed::{Listed, OrderNumber};

use crate::AuthorityError;
use crate::reason::RevocationReason;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use listed::Index;
use mekong_base::Instant;
use mekong_crypto::PublicKey;
use mekong_pki::Certificate;
use mekong_pki::issue::Profile;
use mekong_pki::ocsp::Status;
use mekong_store::lines::{Lines, LinesError};
use record::{Order, Record, read_certificate};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// A certificate in the journal, whole.
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

/// The open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    lines: Lines,
    read: Read,
}

/// What was read.
#[derive(Debug, Default)]
struct Read {
    index: Index,
    /// Serial numbers whose revocation was read since somebody asked.
    news: Vec<Vec<u8>>,
}

impl From<LinesError> for AuthorityError {
    fn from(error: LinesError) -> Self {
        match error {
            LinesError::InUse(path) => Self::InUse(path.parent().map(Path::to_path_buf).unwrap_or_default()),
            LinesError::Damaged { path, line, reason } => Self::Journal { path, line, reason },
            LinesError::Io { path, source } => Self::Io { path, source },
        }
    }
}

impl Journal {
    /// An empty journal, locked until it is shared; takes the place of what an interrupted creation left.
    pub(crate) fn create(dir: &Path) -> Result<Self, AuthorityError> {
        let mut journal = Self::of(dir)?;
        journal.lines.hold(|_, _| Ok(()))?;
        journal.lines.clear()?;
        Ok(journal)
    }

    /// A last line that a crash has cut short is dropped with a warning: nobody was told of it.
    pub(crate) fn open(dir: &Path) -> Result<Self, AuthorityError> {
        let mut journal = Self::of(dir)?;
        journal.exclusively(|_| Ok(()))?;
        journal.read.news.clear();
        Ok(journal)
    }

    fn of(dir: &Path) -> Result<Self, AuthorityError> {
        Ok(Self { lines: Lines::open(dir.join("certificates.jsonl"))?, read: Read::default() })
    }

    /// Lets other processes write too.
    pub(crate) fn share(&mut self) -> Result<(), AuthorityError> {
        Ok(self.lines.let_go()?)
    }

    /// Reads what other processes wrote.
    pub(crate) fn catch_up(&mut self) -> Result<(), AuthorityError> {
        Ok(self.lines.catch_up(|line, place| self.read.replay(line, place))?)
    }

    /// Does what no other process may do meanwhile, knowing all that they wrote.
    pub(crate) fn exclusively<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, AuthorityError>,
    ) -> Result<T, AuthorityError> {
        if self.lines.is_held() {
            return work(self);
        }
        self.lines.hold(|line, place| self.read.replay(line, place))?;
        let done = work(self);
        // What was written is written, whatever becomes of the lock: it ends with the file.
        let _ = self.lines.let_go();
        done
    }

    /// Serial numbers that other processes revoked since this was last asked.
    pub(crate) fn news(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.read.news)
    }

    pub(crate) fn find(&self, serial: &[u8]) -> Option<&Listed> {
        self.read.index.find(serial)
    }

    /// The certificate that is listed, read from the file.
    pub(crate) fn whole(&self, listed: &Listed) -> Result<Issued, AuthorityError> {
        let line = self.lines.read(&listed.line)?;
        let damaged = |reason: String| AuthorityError::Damaged {
            path: self.lines.path().to_owned(),
            at: listed.line.start,
            reason,
        };
        match serde_json::from_slice(&line).map_err(|e| damaged(e.to_string()))? {
            Record::Issued { at, serial, profile, certificate, .. } if serial == hex::encode(&listed.serial) => {
                let certificate = read_certificate(&serial, &certificate).map_err(damaged)?;
                Ok(Issued { certificate, profile, at, revoked: listed.revoked })
            }
            _ => {
                Err(damaged(format!("there was the certificate {}, it is there no more", hex::encode(&listed.serial))))
            }
        }
    }

    /// The certificate that was issued for an order; `None` if the number is not known.
    ///
    /// # Errors
    /// [`AuthorityError::OtherOrder`] if something else was ordered with that number.
    pub(crate) fn ordered(&self, order: OrderNumber<'_>) -> Result<Option<Issued>, AuthorityError> {
        match self.read.index.ordered(order.number) {
            None => Ok(None),
            Some((what, listed)) if what == order.what => self.whole(listed).map(Some),
            Some(_) => Err(AuthorityError::OtherOrder(order.number.to_owned())),
        }
    }

    fn append(&mut self, record: &Record) -> Result<Range<u64>, AuthorityError> {
        let line = serde_json::to_string(record).map_err(|e| AuthorityError::io(self.lines.path())(e.into()))?;
        Ok(self.lines.append(&line)?)
    }

    /// Puts on the disk what other processes may have written, and not synced before they ended.
    pub(crate) fn sync(&self) -> Result<(), AuthorityError> {
        Ok(self.lines.sync()?)
    }

    /// Whether a certificate for this key, in whatever form it is written, was revoked because others know the key.
    ///
    /// # Errors
    /// [`AuthorityError::Compromised`].
    pub(crate) fn check_key(&self, key: &PublicKey) -> Result<(), AuthorityError> {
        let mark = key.secret_mark();
        let is_lost = |listed: &&Arc<Listed>| {
            matches!(listed.revoked, Some((_, RevocationReason::KeyCompromise))) && listed.is_for(&mark)
        };
        match self.read.index.all().iter().find(is_lost) {
            Some(listed) => Err(AuthorityError::Compromised { serial: hex::encode(&listed.serial) }),
            None => Ok(()),
        }
    }

    pub(crate) fn issued(
        &mut self,
        certificate: &Certificate,
        profile: &Profile,
        at: Instant,
    ) -> Result<(), AuthorityError> {
        self.issued_as(certificate, profile_name(profile), None, at)
    }

    /// As [`Journal::issued`], under the name that data give the profile, for an order.
    pub(crate) fn issued_as(
        &mut self,
        certificate: &Certificate,
        profile: &str,
        order: Option<OrderNumber<'_>>,
        at: Instant,
    ) -> Result<(), AuthorityError> {
        let record = Record::Issued {
            at,
            serial: certificate.serial_hex(),
            profile: profile.to_owned(),
            subject: certificate.subject(),
            not_after: certificate.not_after(),
            certificate: BASE64.encode(certificate.der()),
            order: order.map(|order| Order { number: order.number.to_owned(), what: order.what.to_owned() }),
        };
        self.exclusively(|journal| {
            let place = journal.append(&record)?;
            journal.read.index.add(certificate, profile, at, order, place);
            Ok(())
        })
    }

    /// A certificate that is revoked already may be revoked once more, because its key is known to others: the reason is
    /// graver then, the time stays.
    pub(crate) fn revoked(
        &mut self,
        serial: &[u8],
        reason: RevocationReason,
        at: Instant,
    ) -> Result<(), AuthorityError> {
        let text = hex::encode(serial);
        self.exclusively(|journal| {
            match journal.find(serial).map(|listed| listed.revoked) {
                None => return Err(AuthorityError::UnknownSerial(text)),
                Some(Some((at, known))) if !reason.is_graver_than(known) => {
                    return Err(AuthorityError::AlreadyRevoked { serial: text, at });
                }
                Some(_) => {}
            }
            journal.append(&Record::Revoked { at, serial: text, reason })?;
            journal.read.index.revoke(serial, at, reason);
            Ok(())
        })
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
            Some(listed) if listed.is_issued_by(issuer) => self.status(serial),
            _ => Status::Unknown,
        }
    }

    /// All certificates, in the order in which they were issued.
    pub(crate) fn all(&self) -> &[Arc<Listed>] {
        self.read.index.all()
    }
}

impl Read {
    fn replay(&mut self, line: &[u8], place: Range<u64>) -> Result<(), String> {
        match serde_json::from_slice(line).map_err(|e| e.to_string())? {
            Record::Issued { at, serial, profile, certificate, order, .. } => {
                let certificate = read_certificate(&serial, &certificate)?;
                let order = order.as_ref().map(|order| OrderNumber { number: &order.number, what: &order.what });
                self.index.add(&certificate, &profile, at, order, place);
            }
            Record::Revoked { at, serial, reason } => {
                let key = hex::decode(&serial).map_err(|e| format!("serial number: {e}"))?;
                if !self.index.revoke(&key, at, reason) {
                    return Err(format!("{serial} is revoked, but was never issued"));
                }
                self.news.push(key);
            }
        }
        Ok(())
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

    fn certificate(now: Instant) -> Certificate {
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
        self_sign(&key, &order).unwrap()
    }

    #[test]
    fn two_writers_know_of_each_other() {
        let (dir, now) = (tempfile::tempdir().unwrap(), Instant::from_unix_seconds(1_790_000_000));
        let certificate = certificate(now);
        let mut one = Journal::create(dir.path()).unwrap();
        one.issued(&certificate, &Profile::RootCa, now).unwrap();
        one.share().unwrap();
        let mut two = Journal::open(dir.path()).unwrap();
        let serial = certificate.serial();
        two.revoked(serial, RevocationReason::Superseded, now).unwrap();
        assert_eq!(one.status(serial), Status::Good, "nothing was read yet");
        one.catch_up().unwrap();
        assert!(matches!(one.status(serial), Status::Revoked { .. }));
        assert_eq!((one.news(), one.news(), two.news()), (vec![serial.to_vec()], vec![], vec![]));
        let other = self::certificate(now);
        one.issued(&other, &Profile::RootCa, now).unwrap();
        let again = two.revoked(serial, RevocationReason::Unspecified, now);
        assert!(matches!(again, Err(AuthorityError::AlreadyRevoked { .. })));
        two.revoked(other.serial(), RevocationReason::Unspecified, now).unwrap();
        assert_eq!(Journal::open(dir.path()).unwrap().all(), two.all());
        std::fs::OpenOptions::new().write(true).open(two.lines.path()).unwrap().set_len(10).unwrap();
        assert!(matches!(one.catch_up(), Err(AuthorityError::Journal { .. })), "a journal does not shrink");
    }
}
