//! A full disk: recording fails with a clear error, nothing acknowledged is lost, and it goes on with space again.

use super::*;
use std::path::PathBuf;
use std::process::Command;

/// A file system of 4 MiB, if we may mount one.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Option<Self> {
        std::fs::create_dir_all(at).ok()?;
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).arg(at).output().ok()?;
        mounted.status.success().then(|| Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test]
async fn a_full_disk_stops_recording_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(&folder.path().join("disk")) else {
        println!("skipped: cannot mount a small file system here");
        return;
    };
    let ballast = disk.0.join("ballast");
    std::fs::write(&ballast, vec![0; 2_000_000]).unwrap();
    let log = open(&disk.0).await;
    let mut acknowledged = Vec::new();
    let error = loop {
        if acknowledged.len() == 1 {
            assert_eq!(log.find("0").await.unwrap().len(), 2);
        }
        let body = Body::Bytes(vec![acknowledged.len() as u8; 300_000].into());
        let id = acknowledged.len().to_string();
        let response = NewRecord { body, ..message(&id, Part::Response) };
        match log.record_exchange(message(&id, Part::Request), response).await {
            Ok((_, id)) => acknowledged.push(id),
            Err(error) => break error,
        }
    };
    assert!(error.is_full() && error.to_string().contains("free space"), "{error}");
    assert!(body_count(&disk.0) <= acknowledged.len() + 1, "a body without a record at most for each that failed");
    while log.record(message("small", Part::Request)).await.is_ok() {}
    let error = log.record(message("small", Part::Request)).await.unwrap_err();
    assert!(error.is_full(), "{error}");
    assert_eq!(log.find("0").await.unwrap().len(), 2, "the log can still be read");

    std::fs::remove_file(ballast).unwrap();
    log.record(message("later", Part::Request)).await.unwrap();
    log.close().await.unwrap();
    drop(log);
    let log = open(&disk.0).await;
    for n in 0..acknowledged.len() {
        assert_eq!(log.find(&n.to_string()).await.unwrap().len(), 2);
    }
    assert_eq!(log.find("later").await.unwrap().len(), 1);
}

fn body_count(folder: &Path) -> usize {
    super::bodies::body_files(folder).len()
}
