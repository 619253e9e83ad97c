//! A full disk: a clear error, nothing acknowledged is lost, and work goes on when there is space again.

use crate::{NOTES, add, ids};
use mekong_store::{Database, Options, StoreError, file};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file system of 2 MiB, if we may mount one; otherwise the test is skipped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Option<Self> {
        std::fs::create_dir_all(at).ok()?;
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"]).arg(at).output().ok()?;
        mounted.status.success().then(|| Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

async fn fill(database: &Database) -> (Vec<i64>, StoreError) {
    let mut acknowledged = Vec::new();
    for id in 0..10_000 {
        match add(database, id, "x".repeat(10_000)).await {
            Ok(()) => acknowledged.push(id),
            Err(error) => return (acknowledged, error),
        }
    }
    panic!("the disk was never full");
}

#[tokio::test]
async fn a_full_disk_is_named_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(&folder.path().join("disk")) else {
        println!("skipped: cannot mount a small file system here");
        return;
    };
    let ballast = disk.0.join("ballast");
    std::fs::write(&ballast, vec![0; 500_000]).unwrap();
    let path = disk.0.join("notes.db");
    let database = Database::open(&path, NOTES).await.unwrap();
    let (acknowledged, error) = fill(&database).await;
    assert!(error.is_full(), "{error}");
    assert!(error.to_string().contains("free space"), "{error}");
    assert!(acknowledged.len() > 10, "{}", acknowledged.len());
    assert_eq!(ids(&database).await, acknowledged, "readers still work");
    let error = file::write(&disk.0.join("big"), &vec![0; 4 << 20]).unwrap_err();
    assert!(error.is_full(), "{error}");
    assert!(!file::partial(&disk.0.join("big")).exists());

    std::fs::remove_file(ballast).unwrap();
    add(&database, 100_000, "there is space again".into()).await.unwrap();
    drop(database);
    let stored = ids(&Database::open(&path, NOTES).await.unwrap()).await;
    assert_eq!(stored, [acknowledged, vec![100_000]].concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_beside_the_one_that_filled_the_disk_are_told_so_too() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { pages_max: Some(100), ..Options::default() };
    let database = Database::open_with(folder.path().join("notes.db"), NOTES, options).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for id in 0..200i64 {
        let database = database.clone();
        tasks.spawn(async move {
            let job = database.write(move |connection| {
                Box::pin(async move {
                    let insert = sqlx::query("INSERT INTO note (id, text) VALUES ($1, $2)");
                    insert.bind(id).bind("x".repeat(10_000)).execute(connection).await?;
                    Ok(())
                })
            });
            job.await.map(|()| id)
        });
    }
    let (acknowledged, refused): (Vec<_>, Vec<_>) = tasks.join_all().await.into_iter().partition(Result::is_ok);
    assert!(refused.iter().all(|result| result.as_ref().is_err_and(StoreError::is_full)), "{refused:?}");
    let mut acknowledged: Vec<i64> = acknowledged.into_iter().flatten().collect();
    acknowledged.sort_unstable();
    assert_eq!(ids(&database).await, acknowledged);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_does_not_fit_is_refused_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.db");
    let options = Options { pages_max: Some(100), ..Options::default() };
    let database = Database::open_with(&path, NOTES, options).await.unwrap();
    let tasks: Vec<_> = (0..200)
        .map(|id| {
            let database = database.clone();
            tokio::spawn(async move { (id, add(&database, id, "x".repeat(10_000)).await) })
        })
        .collect();
    let mut acknowledged = Vec::new();
    for task in tasks {
        match task.await.unwrap() {
            (id, Ok(())) => acknowledged.push(id),
            (_, Err(error)) => assert!(error.is_full(), "{error}"),
        }
    }
    assert!(acknowledged.len() < 50);
    acknowledged.sort_unstable();
    assert_eq!(ids(&database).await, acknowledged);
    database.execute(sqlx::query("DELETE FROM note")).await.unwrap();
    add(&database, 1, "there is space again".into()).await.unwrap();
    assert_eq!(ids(&database).await, [1]);
}
