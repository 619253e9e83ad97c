//! Archives: linked, verified by us and by others, encrypted, grouped, whole after a crash at any point.

use super::authority::Authority;
use super::stamping::verifier;
use super::*;
use crate::messagelog::{ArchiveConfig, Grouping};
use mekong_base::limits::ContainerLimits;
use mekong_crypto::openpgp::Recipients;
use mekong_message::evidence::{self, archive};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

const HOUR: Duration = Duration::from_secs(3600);

struct Archiving {
    folder: tempfile::TempDir,
    clock: Clock,
    authority: Authority,
}

impl Archiving {
    async fn new() -> Self {
        let clock = Clock::manual(start());
        Self { folder: tempfile::tempdir().unwrap(), authority: Authority::start(clock.clone()).await, clock }
    }

    fn archives(&self) -> PathBuf {
        self.folder.path().join("archives")
    }

    async fn open(&self, change: impl FnOnce(&mut ArchiveConfig)) -> MessageLog {
        let mut archive = ArchiveConfig::in_folder(self.archives());
        change(&mut archive);
        let (interval, retry) = (1000 * HOUR, 1000 * HOUR);
        let config = Config { interval, retry, batch: 10, archive: Some(archive), ..Config::default() };
        let log = MessageLog::open(self.folder.path().join("log"), config, self.clock.clone()).await.unwrap();
        log.start_stamping(self.authority.stamp());
        log.stamp_now().await.unwrap();
        log
    }

    /// Records exchanges and stamps them.
    async fn record(&self, log: &MessageLog, ids: std::ops::Range<u32>) {
        for n in ids {
            let id = n.to_string();
            let body = (n % 3 == 0).then(|| vec![n as u8; 300_000]);
            let request = self.authority.signed(&id, Part::Request, None);
            log.record_exchange(request, self.authority.signed(&id, Part::Response, body)).await.unwrap();
        }
        log.stamp_now().await.unwrap();
    }

    /// The file of a body of these bytes.
    fn body_of(&self, byte: u8) -> PathBuf {
        let bodies = super::bodies::body_files(&self.folder.path().join("log"));
        let is_it = |path: &PathBuf| std::fs::read(path).unwrap().windows(1000).any(|part| part == [byte; 1000]);
        bodies.into_iter().find(is_it).unwrap()
    }

    fn files(&self) -> BTreeSet<String> {
        let entries = std::fs::read_dir(self.archives()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// Verifies archives as one chain, by our verifier; gives the names of all containers.
    fn verify(&self, files: &[String]) -> Vec<String> {
        let of = |instance: &str| Some(self.authority.trust(instance));
        let trust = evidence::Trust { of: &of, timestampers: &[] };
        let (mut last, mut names) = (String::new(), Vec::new());
        for file in files {
            let bytes = std::fs::read(self.archives().join(file)).unwrap();
            let verdict = archive::verify(&bytes, &ContainerLimits::default(), Some(&last), Some(&trust));
            assert_eq!(verdict.verdict.valid, Some(true), "{file}: {}", verdict.verdict.detail);
            assert!(verdict.containers.iter().all(|(_, verdict)| verdict.valid == Some(true)), "{file}");
            names.extend(verdict.containers.into_iter().map(|(name, _)| name));
            last = verdict.last_digest.unwrap();
        }
        names
    }
}

fn message_ids(names: &[String]) -> Vec<(u32, &str)> {
    let id = |name: &String| name.split('-').next().unwrap().parse().unwrap();
    names.iter().map(|name| (id(name), name.split('-').nth(1).unwrap())).collect()
}

#[tokio::test]
async fn archives_are_linked_and_every_container_in_them_is_good_evidence() {
    let archiving = Archiving::new().await;
    let log = archiving.open(|config| config.bytes_max = 100_000).await;
    archiving.record(&log, 0..12).await;
    let made = log.archive_now().await.unwrap();
    assert_eq!(made.containers, 24);
    assert!(made.files.len() > 1, "{made:?}");
    assert_eq!(
        log.archive_now().await.unwrap(),
        crate::messagelog::ArchivesMade::default(),
        "nothing is archived twice"
    );
    log.record(archiving.authority.signed("12", Part::Request, None)).await.unwrap();
    assert_eq!(log.archive_now().await.unwrap().containers, 0, "what is not stamped waits");
    log.stamp_now().await.unwrap();
    log.close().await.unwrap();
    drop(log);
    let log = archiving.open(|_| {}).await;
    let later = log.archive_now().await.unwrap();
    assert_eq!((later.files.len(), later.containers), (1, 1), "the chain goes on after a restart");
    let files: Vec<String> = made.files.into_iter().chain(later.files).collect();
    assert_eq!(archiving.files(), files.iter().cloned().collect());
    let names = archiving.verify(&files);
    let expected: Vec<(u32, &str)> = (0..12).flat_map(|n| [(n, "request"), (n, "response")]).collect();
    assert_eq!(message_ids(&names), [&expected[..], &[(12, "request")]].concat());
    accepted_abroad(&archiving, &files);
}

/// By Python's reader of ZIP files, by coreutils' arithmetic of the chain in Python, and by the foreign verifier.
fn accepted_abroad(archiving: &Archiving, files: &[String]) {
    let Some((python, script)) = verifier() else { return };
    let unpacked = archiving.folder.path().join("unpacked");
    let program = r#"
import hashlib, sys, zipfile
last = ""
previous = ""
for path in sys.argv[2:]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        lines = archive.read("linkinginfo").decode().splitlines()
        assert lines[0].split(" ") == [last or "-", previous or "-", "SHA-512"], lines[0]
        names = [name for name in archive.namelist() if name != "linkinginfo"]
        assert names == [line.split(" ")[1] for line in lines[1:]]
        for line in lines[1:]:
            digest, name = line.split(" ")
            own = hashlib.sha512(archive.read(name)).hexdigest()
            last = hashlib.sha512((last + own).encode()).hexdigest()
            assert last == digest, name
        archive.extractall(sys.argv[1], names)
    previous = path.rsplit("/", 1)[1]
    assert previous.endswith("-" + last[:16] + ".zip"), previous
"#;
    let paths = files.iter().map(|file| archiving.archives().join(file));
    let output = Command::new(&python).args(["-c", program]).arg(&unpacked).args(paths).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let root = archiving.folder.path().join("root.pem");
    std::fs::write(&root, archiving.authority.root.pem()).unwrap();
    let containers: Vec<PathBuf> = std::fs::read_dir(&unpacked).unwrap().map(|entry| entry.unwrap().path()).collect();
    let output = Command::new(python).arg(script).args(&containers).arg("--ca").arg(root).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said.lines().filter(|line| line.starts_with("ok ")).count(), containers.len(), "{said}");
}

#[tokio::test]
async fn groups_have_archives_and_chains_of_their_own() {
    let archiving = Archiving::new().await;
    let log = archiving.open(|config| config.grouping = Grouping::Member).await;
    let mut files: [Vec<String>; 2] = Default::default();
    for n in 0..3 {
        let id = n.to_string();
        log.record(archiving.authority.signed(&id, Part::Request, None)).await.unwrap();
        let answer = NewRecord { side: Side::Provider, ..archiving.authority.signed(&id, Part::Response, None) };
        log.record(answer).await.unwrap();
        log.stamp_now().await.unwrap();
        for file in log.archive_now().await.unwrap().files {
            files[usize::from(file.contains("VN_GOV_MPS"))].push(file);
        }
    }
    assert_eq!([files[0].len(), files[1].len()], [3, 3]);
    assert!(files[0].iter().all(|file| file.starts_with("mlog-LA_GOV_MOHA-")), "{files:?}");
    assert_eq!(message_ids(&archiving.verify(&files[0])), [(0, "request"), (1, "request"), (2, "request")]);
    assert_eq!(message_ids(&archiving.verify(&files[1])), [(0, "response"), (1, "response"), (2, "response")]);
}

#[tokio::test]
async fn a_crash_before_an_archive_has_its_name_loses_nothing_and_archives_nothing_twice() {
    let archiving = Archiving::new().await;
    let log = archiving.open(|_| {}).await;
    archiving.record(&log, 0..2).await;
    let first = log.archive_now().await.unwrap().files;
    archiving.record(&log, 2..4).await;
    let second = log.archive_now().await.unwrap().files;
    log.close().await.unwrap();
    drop(log);
    let folder = archiving.archives();
    // The record was written, the file did not get its name; others were being written.
    let named = folder.join(&second[0]);
    std::fs::rename(&named, mekong_store::file::partial(&named)).unwrap();
    std::fs::write(folder.join(".writing-0123"), "half").unwrap();
    std::fs::write(folder.join("mlog-never-recorded.zip.partial"), "whole, but not in the ledger").unwrap();
    std::fs::write(folder.join("of-somebody-else"), "").unwrap();
    let log = archiving.open(|_| {}).await;
    archiving.record(&log, 4..5).await;
    let third = log.archive_now().await.unwrap().files;
    let files = [first, second, third].concat();
    assert_eq!(archiving.files(), files.iter().cloned().chain(["of-somebody-else".to_owned()]).collect());
    let names = archiving.verify(&files);
    let expected: Vec<(u32, &str)> = (0..5).flat_map(|n| [(n, "request"), (n, "response")]).collect();
    assert_eq!(message_ids(&names), expected);
}

#[tokio::test]
async fn archives_taken_away_are_not_missed_and_the_transfer_command_is_run() {
    let archiving = Archiving::new().await;
    let taken = archiving.folder.path().join("taken");
    std::fs::create_dir(&taken).unwrap();
    let script = format!("mv \"$MEKONG_ARCHIVES\"/mlog-*.zip {}", taken.display());
    let log = archiving.open(|config| config.transfer = vec!["sh".into(), "-c".into(), script]).await;
    let mut files = Vec::new();
    for n in 0..3 {
        archiving.record(&log, n..n + 1).await;
        files.extend(log.archive_now().await.unwrap().files);
        assert!(archiving.files().is_empty());
    }
    for file in &files {
        std::fs::rename(taken.join(file), archiving.archives().join(file)).unwrap();
    }
    assert_eq!(archiving.verify(&files).len(), 6);
}

#[tokio::test]
async fn gpg_decrypts_encrypted_archives() {
    let archiving = Archiving::new().await;
    let home = archiving.folder.path().join("gpg");
    std::fs::create_dir(&home).unwrap();
    let gpg = |arguments: &[&str]| {
        let mut command = Command::new("gpg");
        command.arg("--homedir").arg(&home).args([
            "--batch",
            "--quiet",
            "--pinentry-mode",
            "loopback",
            "--passphrase",
            "",
        ]);
        command.args(arguments).output()
    };
    if gpg(&["--quick-gen-key", "archive", "rsa3072", "sign,encrypt", "0"]).is_err() {
        assert!(std::env::var("CI").is_err(), "gpg is not installed");
        println!("skipped: gpg is not installed");
        return;
    }
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() + 1;
    let mut recipients = Recipients::default();
    let exported = gpg(&["--armor", "--export", "archive"]).unwrap().stdout;
    assert_eq!(recipients.add(&exported, now), Ok(1));
    let log = archiving.open(|config| config.recipients = recipients).await;
    archiving.record(&log, 0..4).await;
    let file = log.archive_now().await.unwrap().files.remove(0);
    assert!(file.ends_with(".zip.gpg"), "{file}");
    let path = archiving.archives().join(&file);
    let decrypted = gpg(&["--decrypt", path.to_str().unwrap()]).unwrap();
    let _ = Command::new("gpgconf").arg("--homedir").arg(&home).args(["--kill", "all"]).output();
    assert!(decrypted.status.success(), "{}", String::from_utf8_lossy(&decrypted.stderr));
    let plain = file.trim_end_matches(".gpg").to_owned();
    std::fs::write(archiving.archives().join(&plain), decrypted.stdout).unwrap();
    assert_eq!(archiving.verify(&[plain]).len(), 8);
}

#[tokio::test]
async fn what_was_left_is_not_taken_for_archived_when_a_run_ends_early() {
    let archiving = Archiving::new().await;
    // Every container fills a file.
    let log = archiving.open(|archive| archive.bytes_max = 1).await;
    archiving.record(&log, 0..8).await;
    let (body, away) = (archiving.body_of(3), archiving.folder.path().join("away"));
    std::fs::rename(&body, &away).unwrap();
    let until_there_are_ten = async {
        while std::fs::read_dir(archiving.archives()).map_or(0, Iterator::count) < 10 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        biased;
        () = until_there_are_ten => {}
        ended = log.archive_now() => panic!("it ended: {ended:?}"),
    }
    let later = log.archive_now().await.unwrap().containers;
    assert_eq!(later, 9, "those behind it, for the first time, and the one before it, whose archive had no name yet");
    assert_eq!(log.0.follower.progress().archived_to, 8);
    std::fs::rename(&away, &body).unwrap();
    assert_eq!(log.archive_now().await.unwrap().containers, 9);
    assert_eq!(log.0.follower.progress().archived_to, log.0.follower.progress().stamped_to + 1);
}

#[tokio::test]
async fn what_was_left_of_one_group_does_not_hide_what_was_left_of_another() {
    let archiving = Archiving::new().await;
    let log = archiving.open(|archive| archive.grouping = Grouping::Subsystem).await;
    let record = async |n: u32, subsystem: &str| {
        let id = n.to_string();
        let body = (n > 0).then(|| vec![n as u8; 300_000]);
        let mut request = archiving.authority.signed(&id, Part::Request, body);
        request.side = Side::Consumer;
        request.client = request.client.member.subsystem(subsystem);
        log.record(request).await.unwrap();
    };
    for (n, subsystem) in [(0, "one"), (1, "one"), (2, "two"), (3, "two")] {
        record(n, subsystem).await;
    }
    log.stamp_now().await.unwrap();
    let away = |n: u32| archiving.folder.path().join(format!("away-{n}"));
    let bodies = [1, 2].map(|n| (n, archiving.body_of(n as u8)));
    for (n, body) in &bodies {
        std::fs::rename(body, away(*n)).unwrap();
    }
    assert_eq!(log.archive_now().await.unwrap().containers, 2);
    std::fs::rename(away(1), &bodies[0].1).unwrap();
    record(4, "two").await;
    log.stamp_now().await.unwrap();
    let made = log.archive_now().await.unwrap();
    assert_eq!(made.containers, 3, "the first of what was left, and what came after it");
    assert!(log.0.follower.progress().archived_to < log.0.follower.progress().stamped_to, "the second is still left");
    std::fs::rename(away(2), &bodies[1].1).unwrap();
    assert_eq!(log.archive_now().await.unwrap().containers, 3);
    assert_eq!(log.0.follower.progress().archived_to, log.0.follower.progress().stamped_to + 1);
}

#[tokio::test]
async fn what_cannot_be_exported_is_left_and_kept_and_archived_when_it_is_whole_again() {
    let archiving = Archiving::new().await;
    let log = archiving.open(|_| {}).await;
    archiving.record(&log, 0..5).await;
    let (body, away) = (&archiving.body_of(3), archiving.folder.path().join("away"));
    std::fs::rename(body, &away).unwrap();
    let mut files = log.archive_now().await.unwrap().files;
    let everything: Vec<(u32, &str)> = (0..5).flat_map(|n| [(n, "request"), (n, "response")]).collect();
    let without: Vec<(u32, &str)> = everything.iter().copied().filter(|one| *one != (3, "response")).collect();
    assert_eq!(message_ids(&archiving.verify(&files)), without);
    archiving.record(&log, 5..6).await;
    let later = log.archive_now().await.unwrap();
    assert_eq!(later.containers, 2, "those behind it are archived, once");
    files.extend(later.files);
    archiving.clock.set(start() + 400 * 24 * HOUR);
    assert!(log.remove_old().await.unwrap() <= 3, "nothing from it on is removed");
    assert_eq!(log.0.follower.progress().archived_to, 8);
    std::fs::rename(&away, body).unwrap();
    let whole = log.archive_now().await.unwrap();
    assert_eq!(whole.containers, 5, "it and, once more, all that came after it");
    files.extend(whole.files);
    let names = archiving.verify(&files);
    assert!(message_ids(&names).contains(&(3, "response")));
    assert_eq!(log.archive_now().await.unwrap().containers, 0);
    assert_eq!(log.0.follower.progress().archived_to, log.0.follower.progress().stamped_to + 1);
}
