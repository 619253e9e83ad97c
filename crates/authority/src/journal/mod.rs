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
use record::{Order, Record, read_certificate};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How long others may hold the lock; they hold it for one line.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to rest between looks at a lock that another holds.
const REST: Duration = Duration::from_millis(5);

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
    path: PathBuf,
    file: File,
    /// Whether the lock is kept until [`Journal::share`], as while an authority is made.
    is_held: bool,
    /// Where the last line that was read or written ends.
    end: u64,
    /// Lines read or written so far.
    lines: usize,
    index: Index,
    /// Serial numbers whose revocation was read since somebody asked.
    news: Vec<Vec<u8>>,
}

impl Journal {
    /// An empty journal, locked until it is shared; takes the place of what an interrupted creation left.
    pub(crate) fn create(dir: &Path) -> Result<Self, AuthorityError> {
        let mut journal = Self::of(dir)?;
        journal.lock(File::try_lock)?;
        journal.is_held = true;
        journal.file.set_len(0).and_then(|()| journal.file.sync_all()).map_err(AuthorityError::io(&journal.path))?;
        Ok(journal)
    }

    /// A last line that a crash has cut short is dropped with a warning: nobody was told of it.
    pub(crate) fn open(dir: &Path) -> Result<Self, AuthorityError> {
        let mut journal = Self::of(dir)?;
        journal.exclusively(|_| Ok(()))?;
        journal.news.clear();
        Ok(journal)
    }

    fn of(dir: &Path) -> Result<Self, AuthorityError> {
        let path = dir.join("certificates.jsonl");
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(AuthorityError::io(&path))?;
        Ok(Self { path, file, is_held: false, end: 0, lines: 0, index: Index::default(), news: Vec::new() })
    }

    /// Lets other processes write too.
    pub(crate) fn share(&mut self) -> Result<(), AuthorityError> {
        self.is_held = false;
        self.file.unlock().map_err(AuthorityError::io(&self.path))
    }

    /// Reads what other processes wrote.
    pub(crate) fn catch_up(&mut self) -> Result<(), AuthorityError> {
        if self.is_held || self.length()? == self.end {
            return Ok(());
        }
        self.lock(File::try_lock_shared)?;
        let read = self.read_on(false);
        let unlocked = self.file.unlock().map_err(AuthorityError::io(&self.path));
        read.and(unlocked)
    }

    /// Does what no other process may do meanwhile, knowing all that they wrote.
    pub(crate) fn exclusively<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, AuthorityError>,
    ) -> Result<T, AuthorityError> {
        if self.is_held {
            return work(self);
        }
        self.lock(File::try_lock)?;
        self.is_held = true;
        let done = self.read_on(true).and_then(|()| work(self));
        self.is_held = false;
        // What was written is written, whatever becomes of the lock: it ends with the file.
        let _ = self.file.unlock();
        done
    }

    fn lock(&self, attempt: impl Fn(&File) -> Result<(), TryLockError>) -> Result<(), AuthorityError> {
        let mut waited = Duration::ZERO;
        loop {
            match attempt(&self.file) {
                Ok(()) => return Ok(()),
                Err(TryLockError::WouldBlock) if waited < PATIENCE => std::thread::sleep(REST),
                Err(TryLockError::WouldBlock) => {
                    let dir = self.path.parent().map(Path::to_path_buf).unwrap_or_default();
                    return Err(AuthorityError::InUse(dir));
                }
                Err(TryLockError::Error(source)) => return Err(AuthorityError::Io { path: self.path.clone(), source }),
            }
            waited += REST;
        }
    }

    fn length(&self) -> Result<u64, AuthorityError> {
        self.file.metadata().map(|metadata| metadata.len()).map_err(AuthorityError::io(&self.path))
    }

    /// Reads on from where we are, with a lock held. Who alone may write cuts off what a crash has left of a line.
    fn read_on(&mut self, may_write: bool) -> Result<(), AuthorityError> {
        let at_line =
            |path: &Path, line: usize, reason: String| AuthorityError::Journal { path: path.to_owned(), line, reason };
        let length = self.length()?;
        if length < self.end {
            return Err(at_line(&self.path, self.lines, format!("{length} bytes are left of {}", self.end)));
        }
        let opened = self.file.seek(SeekFrom::Start(self.end)).and_then(|_| self.file.try_clone());
        let mut reader = BufReader::with_capacity(1 << 16, opened.map_err(AuthorityError::io(&self.path))?);
        let mut line = Vec::new();
        loop {
            line.clear();
            reader.read_until(b'\n', &mut line).map_err(AuthorityError::io(&self.path))?;
            if !line.ends_with(b"\n") {
                break;
            }
            let end = self.end + line.len() as u64;
            self.replay(&line, self.end..end).map_err(|reason| at_line(&self.path, self.lines + 1, reason))?;
            self.end = end;
            self.lines += 1;
        }
        if may_write && !line.is_empty() {
            tracing::warn!(
                path = %self.path.display(),
                bytes = line.len(),
                "dropped the last line of the journal, which a crash had cut short"
            );
            let cut = self.file.set_len(self.end).and_then(|()| self.file.sync_all());
            cut.map_err(AuthorityError::io(&self.path))?;
        }
        Ok(())
    }

    /// Serial numbers that other processes revoked since this was last asked.
    pub(crate) fn news(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.news)
    }

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

    pub(crate) fn find(&self, serial: &[u8]) -> Option<&Listed> {
        self.index.find(serial)
    }

    /// The certificate that is listed, read from the file.
    pub(crate) fn whole(&self, listed: &Listed) -> Result<Issued, AuthorityError> {
        let length = usize::try_from(listed.line.end - listed.line.start).unwrap_or_default();
        let mut line = vec![0; length];
        self.file.read_exact_at(&mut line, listed.line.start).map_err(AuthorityError::io(&self.path))?;
        let damaged =
            |reason: String| AuthorityError::Damaged { path: self.path.clone(), at: listed.line.start, reason };
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
        match self.index.ordered(order.number) {
            None => Ok(None),
            Some((what, listed)) if what == order.what => self.whole(listed).map(Some),
            Some(_) => Err(AuthorityError::OtherOrder(order.number.to_owned())),
        }
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
                self.lines += 1;
                Ok(())
            }
            Err(source) => {
                let _ = self.file.set_len(self.end);
                Err(AuthorityError::Io { path: self.path.clone(), source })
            }
        }
    }

    /// Puts on the disk what other processes may have written, and not synced before they ended.
    pub(crate) fn sync(&self) -> Result<(), AuthorityError> {
        self.file.sync_data().map_err(AuthorityError::io(&self.path))
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
        match self.index.all().iter().find(is_lost) {
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
            let start = journal.end;
            journal.append(&record)?;
            journal.index.add(certificate, profile, at, order, start..journal.end);
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
            journal.index.revoke(serial, at, reason);
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
        self.index.all()
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
    fn what_could_not_be_written_did_not_happen() {
        let (dir, now) = (tempfile::tempdir().unwrap(), Instant::from_unix_seconds(1_790_000_000));
        let certificate = certificate(now);
        let mut journal = Journal::create(dir.path()).unwrap();
        journal.share().unwrap();
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
        assert_eq!((one.lines, two.lines), (3, 4), "one has not read the last one");
        two.file.set_len(10).unwrap();
        assert!(matches!(one.catch_up(), Err(AuthorityError::Journal { .. })), "a journal does not shrink");
    }
}
