//! What signatures have in common is kept once, and comes back byte for byte.

use super::authority::Authority;
use super::bodies::body_files;
use super::*;
use crate::messagelog::encoding::Piece;
use mekong_ledger::Options;

/// The pieces of the signature of a record's request, and the whole.
async fn pieces(log: &MessageLog, id: i64) -> (usize, usize, String) {
    let record = log.0.ledger.get((id.unsigned_abs() - 1) / 2).await.unwrap().unwrap();
    let messages = crate::messagelog::export::read(&record).unwrap();
    let message = messages.part(Part::Request).unwrap();
    let shared = message.signature.iter().filter(|piece| !matches!(piece, Piece::Text(_))).count();
    let whole = log.source().signature(id, &message.signature).await.unwrap();
    (shared, record.payload.len(), whole)
}

impl MessageLog {
    async fn signature_of(&self, id: i64) -> Result<String, crate::messagelog::MessageLogError> {
        let record = self.0.ledger.get((id.unsigned_abs() - 1) / 2).await?.unwrap();
        let messages = crate::messagelog::export::read(&record)?;
        self.source().signature(id, &messages.part(Part::Request).unwrap().signature).await
    }
}

/// Records until the repeated pieces are on disk.
async fn record_until_shared(log: &MessageLog, authority: &Authority) -> i64 {
    for n in 0..1000 {
        let id = log.record(authority.signed(&n.to_string(), Part::Request, None)).await.unwrap();
        if pieces(log, id).await.0 == 2 {
            return id;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("nothing is shared");
}

#[tokio::test]
async fn certificates_and_ocsp_values_are_written_once_and_come_back_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path()).await;
    let authority = Authority::start(Clock::manual(start())).await;
    let first = log.record(authority.signed("first", Part::Request, None)).await.unwrap();
    record_until_shared(&log, &authority).await;
    let signed = authority.signed("last", Part::Request, None);
    let last = log.record(signed.clone()).await.unwrap();
    let (of_first, of_last) = (pieces(&log, first).await, pieces(&log, last).await);
    assert_eq!((of_first.0, of_last.0), (0, 2), "shared from the second time on, in the background");
    assert!(of_last.1 * 4 < of_first.1, "{} and {} bytes", of_first.1, of_last.1);
    assert_eq!(of_last.2, signed.signature.signature_xml);
    assert_eq!(
        body_files(folder.path()).len(),
        2,
        "the form with the certificate, and certificates with OCSP responses"
    );
    log.close().await.unwrap();
    drop(log);
    let log = open(folder.path()).await;
    assert_eq!(pieces(&log, last).await.2, signed.signature.signature_xml, "from the disk too");
    std::fs::remove_file(body_files(folder.path()).remove(0)).unwrap();
    // What cannot be read is left without a time-stamp; it keeps no other from its own.
    log.start_stamping(authority.stamp());
    let stamped = log.stamp_now().await.unwrap();
    assert!(stamped > 0);
    let error = log.signature_of(last).await.unwrap_err().to_string();
    assert!(error.contains("a part of the signature") && error.contains("is missing"), "{error}");
    let younger = log.record(authority.signed("younger", Part::Request, None)).await.unwrap();
    // What begins at the start may have stamped it already.
    log.stamp_now().await.unwrap();
    let evidence = [log.export_record(first).await.unwrap(), log.export_record(younger).await.unwrap()];
    super::stamping::assert_all_good(&authority, &evidence);
    let error = log.export_record(last).await.unwrap_err();
    assert!(matches!(error, crate::messagelog::MessageLogError::NotStamped { .. }), "{error}");
    assert_eq!(log.stamp_now().await.unwrap(), 0);
    assert_eq!(log.accepting(start() + Duration::from_secs(5 * 3600)), Ok(()), "the authority did not fail");
}

#[tokio::test]
async fn nothing_readable_lies_on_a_disk_with_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let key = mekong_ledger::Key::generate().unwrap();
    let options = Options { keys: mekong_ledger::Keys::new(key, []), ..Options::default() };
    let secret = b"the secret of a person";
    let clock = Clock::manual(start());
    let log = MessageLog::open_with(folder.path(), Config::default(), options.clone(), clock.clone()).await.unwrap();
    let authority = Authority::start(clock.clone()).await;
    log.start_stamping(authority.stamp());
    for (n, size) in [1, 20_000].into_iter().enumerate() {
        let body = Some(secret.repeat(size));
        log.record(authority.signed(&n.to_string(), Part::Response, body)).await.unwrap();
    }
    log.stamp_now().await.unwrap();
    let evidence = [log.export("0", Part::Response).await.unwrap(), log.export("1", Part::Response).await.unwrap()];
    super::stamping::assert_all_good(&authority, &evidence);
    log.close().await.unwrap();
    drop(log);
    assert_eq!(files_with(folder.path(), secret), Vec::<String>::new());
    assert!(MessageLog::open(folder.path(), Config::default(), clock.clone()).await.is_err(), "not without the key");
    let log = MessageLog::open_with(folder.path(), Config::default(), options, clock).await.unwrap();
    assert_eq!(log.export("1", Part::Response).await.unwrap(), evidence[1]);
}

/// Files somewhere in a folder that have these bytes.
fn files_with(folder: &Path, bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, bytes));
        } else if memchr::memmem::find(&std::fs::read(&path).unwrap(), bytes).is_some() {
            found.push(path.display().to_string());
        }
    }
    found
}
