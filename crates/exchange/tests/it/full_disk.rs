//! A full disk under a live gateway: a clear error, nothing acknowledged is lost, and it goes on with space again.

use super::world::*;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file system of 6 MiB, if we may mount one.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Option<Self> {
        std::fs::create_dir_all(at).ok()?;
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=6m", "tmpfs"]).arg(at).output().ok()?;
        mounted.status.success().then(|| Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

async fn post(world: &World, id: &str, body: &[u8]) -> Result<Answer, Failure> {
    world.ask("POST", &format!("{PERSONS}/echo"), &[CLIENT, ("X-Road-Id", id)], body).await
}

/// Fills the disk under one of the two gateways by exchanges, and makes room again.
async fn fill(make: impl Fn(PathBuf) -> Options, node: impl Fn(&World) -> &Node, side: &str) -> Outcome {
    let folder = tempfile::tempdir()?;
    let Some(disk) = SmallDisk::mount(&folder.path().join("disk")) else {
        println!("skipped: cannot mount a small file system here");
        return Ok(());
    };
    let ballast = disk.0.join("ballast");
    std::fs::write(&ballast, vec![0; 3_000_000])?;
    let world = World::with(make(disk.0.clone())).await?;
    let body = vec![b'x'; 50_000];
    let mut acknowledged = Vec::new();
    let refused = loop {
        let id = format!("exchange-{}", acknowledged.len());
        let answer = post(&world, &id, &body).await?;
        if answer.status != 200 {
            break answer;
        }
        assert_eq!(answer.body.len(), body.len());
        acknowledged.push(id);
        assert!(acknowledged.len() < 200, "the disk does not fill");
    };
    assert!(!acknowledged.is_empty());
    refused.fails(500, &format!("server.{side}.logging_failed.database_error"));
    let message = refused.json()["message"].as_str().unwrap_or_default().to_owned();
    assert!(message.contains("disk of the message log is full") && message.contains("make room"), "{message}");

    // What no longer fits into the spool is told too, and leaves no file.
    while std::fs::write(disk.0.join("more"), vec![0; 4_096]).is_ok() {
        std::fs::rename(disk.0.join("more"), disk.0.join(format!("more-{}", uuid::Uuid::new_v4().simple())))?;
    }
    let large = post(&world, "large", &vec![b'x'; 500_000]).await?;
    assert!(large.status == 500 && large.code().starts_with(&format!("server.{side}.")), "{large:?}");
    assert!(large.code().ends_with("io_error"), "{large:?}");
    assert!(large.json()["message"].as_str().is_some_and(|m| m.contains("see that the disk")), "{large:?}");
    assert_eq!(node(&world).spooled(), 0);

    std::fs::remove_file(&ballast)?;
    assert_eq!(post(&world, "later", &body).await?.status, 200, "messages flow again by themselves");
    acknowledged.push("later".into());
    for id in acknowledged {
        for log in [&world.consumer.log, &world.provider.log] {
            assert_eq!(log.find(&id).await?.len(), 2, "{id} was acknowledged");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_full_disk_of_the_provider_stops_messages_and_loses_nothing() -> Outcome {
    let options = |disk| Options { disks: (None, Some(disk)), ..Options::default() };
    fill(options, |world| &world.provider, "serverproxy").await
}

#[tokio::test]
async fn a_full_disk_of_the_consumer_stops_messages_and_loses_nothing() -> Outcome {
    let options = |disk| Options { disks: (Some(disk), None), ..Options::default() };
    fill(options, |world| &world.consumer, "clientproxy").await
}
