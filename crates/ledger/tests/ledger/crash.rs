//! Crashes at any step of a simulated disk: what was acknowledged is there, nothing half-written is shown.
//!
//! `MEKONG_SEED=n` runs one seed alone, `MEKONG_SEEDS=n` as many from 0 on.

use super::{clock, record};
use mekong_ledger::disk::{SimulatedDisk, Wear};
use mekong_ledger::{Hash, Key, Keys, Ledger, LedgerError, Options};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What must hold, and what happened so far.
struct World {
    seed: u64,
    random: StdRng,
    disk: SimulatedDisk,
    options: Options,
    /// Position of the first record of each acknowledged append.
    acknowledged: BTreeMap<u64, String>,
    /// Appends refused because the disk was full.
    refused: BTreeSet<String>,
    roots: BTreeMap<u64, Hash>,
    appends: u64,
}

/// Payload of one record of an append: which append, which record of how many, and some content.
fn text(append: &str, part: usize, parts: usize) -> String {
    format!("{append} {part}/{parts} {}", "x".repeat(append.len() * 7 % 400))
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let keys = if random.random_bool(0.2) { Keys::new(Key::generate().unwrap(), []) } else { Keys::none() };
        let options = Options {
            segment_bytes: random.random_range(600..6000),
            ahead_bytes: random.random_range(0..2000),
            keys,
            ..Options::default()
        };
        let disk = SimulatedDisk::new(seed);
        let (acknowledged, refused, roots) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
        Self { seed, random, disk, options, acknowledged, refused, roots, appends: 0 }
    }

    async fn open(&self) -> Result<Ledger, LedgerError> {
        Ledger::open_files("/ledger", self.options.clone(), self.disk.clone().into(), clock()).await
    }

    /// Appends from several tasks until something fails, or all is done.
    async fn work(&mut self, ledger: &Ledger) {
        let mut tasks = Vec::new();
        for _ in 0..self.random.random_range(1..6) {
            let names: Vec<_> = (0..self.random.random_range(1..12)).map(|i| format!("{} {i}", self.appends)).collect();
            self.appends += 1;
            let ledger = ledger.clone();
            let parts = self.random.random_range(1..4);
            tasks.push(tokio::spawn(async move {
                let (mut done, mut refused) = (Vec::new(), Vec::new());
                for name in names {
                    let records = (0..parts).map(|part| record(&text(&name, part, parts))).collect();
                    match ledger.append(records).await {
                        Ok(first) => done.push((first, text(&name, 0, parts))),
                        Err(error) if error.is_full() => refused.push(name),
                        Err(_) => break,
                    }
                }
                (done, refused)
            }));
        }
        for task in tasks {
            let (done, refused) = task.await.unwrap();
            self.refused.extend(refused);
            for (first, text) in done {
                let other = self.acknowledged.insert(first, text);
                assert_eq!(other, None, "seed {}: position {first} was given twice", self.seed);
            }
        }
        if !self.disk.is_crashed() {
            let size = ledger.end();
            if let Ok(root) = ledger.root(size).await {
                self.roots.insert(size, root);
            }
        }
    }

    /// Once shown, a record stays.
    async fn check(&mut self, ledger: &Ledger) {
        let seed = self.seed;
        let all = ledger.read(0, usize::MAX, usize::MAX).await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert_eq!(all.len() as u64, ledger.end(), "seed {seed}");
        let texts: Vec<_> = all.iter().map(|record| str::from_utf8(&record.payload).unwrap()).collect();
        for (first, text) in &self.acknowledged {
            let found = texts.get(*first as usize);
            assert_eq!(found, Some(&text.as_str()), "seed {seed}: acknowledged record {first} is missing");
        }
        let mut rest = texts.as_slice();
        let mut seen = BTreeMap::new();
        while let Some(first) = rest.first() {
            let mut words = first.split(' ');
            let name = format!("{} {}", words.next().unwrap(), words.next().unwrap());
            let parts: usize = words.next().unwrap().split_once('/').unwrap().1.parse().unwrap();
            for part in 0..parts {
                let expected = text(&name, part, parts);
                assert_eq!(rest.get(part), Some(&expected.as_str()), "seed {seed}: half an append");
            }
            assert!(!self.refused.contains(&name), "seed {seed}: a refused append is there");
            assert_eq!(seen.insert(name, ()), None, "seed {seed}: an append is there twice");
            self.acknowledged.insert((texts.len() - rest.len()) as u64, (*first).to_owned());
            rest = &rest[parts..];
        }
        for (size, root) in &self.roots {
            let now = ledger.root(*size).await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            assert_eq!(now, *root, "seed {seed}: root of {size}");
        }
    }
}

async fn run(seed: u64) -> usize {
    let mut world = World::new(seed);
    for _ in 0..4 {
        let sync_time = Duration::from_micros(world.random.random_range(0..3));
        let crash_after = world.random.random_bool(0.8).then(|| world.random.random_range(0..120));
        let sync_fails_after = world.random.random_bool(0.2).then(|| world.random.random_range(0..40));
        let capacity = world.random.random_bool(0.2).then(|| world.random.random_range(2000..30000));
        world.disk.set_wear(Wear { capacity, crash_after, sync_fails_after, sync_time, ..Wear::default() });
        match world.open().await {
            Ok(ledger) => {
                world.check_unless_crashed(&ledger).await;
                world.work(&ledger).await;
                if world.random.random_bool(0.3) {
                    ledger.close().await;
                }
            }
            Err(error) => {
                let expected =
                    matches!(error, LedgerError::Full { .. } | LedgerError::Failed { .. } | LedgerError::Io { .. });
                assert!(expected, "seed {seed}: {error}");
            }
        }
        if world.random.random_bool(0.8) {
            world.disk.restart()
        } else {
            world.disk.end_process()
        }
        world.disk.set_wear(Wear::default());
        if world.disk.is_crashed() {
            world.disk.restart();
        }
        let mut ledger = world.open().await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        world.check(&ledger).await;
        if world.random.random_bool(0.5) {
            world.disk.restart();
            ledger = world.open().await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            world.check(&ledger).await;
        }
        let first = ledger.append(vec![record(&text(&format!("{} 99", world.appends), 0, 1))]).await.unwrap();
        world.acknowledged.insert(first, text(&format!("{} 99", world.appends), 0, 1));
        world.appends += 1;
        ledger.close().await;
        world.check(&ledger).await;
    }
    world.acknowledged.len()
}

impl World {
    /// The disk may crash while we look.
    async fn check_unless_crashed(&self, ledger: &Ledger) {
        if let Ok(all) = ledger.read(0, usize::MAX, usize::MAX).await {
            assert_eq!(all.len() as u64, ledger.end(), "seed {}", self.seed);
        }
    }
}

#[test]
fn nothing_acknowledged_is_lost_at_any_crash() {
    let number = |name| std::env::var(name).ok().map(|text: String| text.parse::<u64>().unwrap());
    let seeds = match number("MEKONG_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("MEKONG_SEEDS").unwrap_or(1500),
    };
    let mut acknowledged = 0;
    for seed in seeds.clone() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        acknowledged += runtime.block_on(run(seed));
    }
    println!("{} seeds, {acknowledged} appends acknowledged", seeds.end - seeds.start);
    assert!(acknowledged > 0);
}

fn paused<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(work)
}

#[test]
fn a_full_disk_refuses_what_does_not_fit_and_nothing_else() {
    paused(async {
        let disk = SimulatedDisk::new(7);
        let options = Options { ahead_bytes: 0, ..Options::default() };
        let open = || Ledger::open_files("/ledger", options.clone(), disk.clone().into(), clock());
        let ledger = open().await.unwrap();
        disk.set_wear(Wear { capacity: Some(3000), ..Wear::default() });
        ledger.append(vec![record("before")]).await.unwrap();
        let large = "x".repeat(4000);
        let both = tokio::join!(ledger.append(vec![record(&large)]), ledger.append(vec![record("beside")]));
        let refused = both.0.unwrap_err();
        assert!(refused.is_full() && !refused.is_final(), "{refused}");
        assert!(refused.to_string().contains("free space there"), "{refused}");
        assert_eq!(both.1.unwrap(), 1);
        disk.set_wear(Wear::default());
        assert_eq!(ledger.append(vec![record(&large)]).await.unwrap(), 2);
        disk.restart();
        let found = open().await.unwrap().read(0, 10, usize::MAX).await.unwrap();
        let found: Vec<_> = found.iter().map(|record| record.payload.len()).collect();
        assert_eq!(found, [6, 6, 4000]);
    });
}

#[test]
fn a_tile_that_was_not_written_is_written_when_there_is_room_again() {
    paused(async {
        let disk = SimulatedDisk::new(7);
        let options = Options { ahead_bytes: 0, segment_bytes: 20_000, ..Options::default() };
        let ledger = Ledger::open_files("/ledger", options, disk.clone().into(), clock()).await.unwrap();
        let append = async |count: usize| {
            let records = (0..count).map(|n| record(&format!("{n} {}", "x".repeat(50)))).collect();
            ledger.append(records).await
        };
        append(250).await.unwrap();
        ledger.root(250).await.unwrap();
        // There is room for some records more, but not for the tile that they fill.
        let used = disk.used();
        disk.set_wear(Wear { capacity: Some(used + 3000), ..Wear::default() });
        append(10).await.unwrap();
        ledger.root(260).await.unwrap();
        assert!(disk.used() > used && disk.used() <= used + 3000);
        disk.set_wear(Wear::default());
        let root = ledger.root(260).await.unwrap();
        for _ in 0..8 {
            append(200).await.unwrap();
        }
        ledger.root(ledger.end()).await.unwrap();
        let first = ledger.remove_before(1500).await.unwrap();
        assert!(first > 1000, "removed before {first}");
        assert_eq!(ledger.root(260).await.unwrap(), root, "what is removed is still in the tree");
    });
}

#[test]
fn a_tile_whose_sync_failed_is_written_anew_before_anything_relies_on_it() {
    for seed in 0..20 {
        paused(async {
            let disk = SimulatedDisk::new(seed);
            let options = Options { segment_bytes: 8 << 10, ..Options::default() };
            let open = || Ledger::open_files("/ledger", options.clone(), disk.clone().into(), clock());
            let ledger = open().await.unwrap();
            let append = async || ledger.append((0..300).map(|n| record(&n.to_string())).collect()).await.unwrap();
            append().await;
            let tile = ledger.tile(0, 0, 256).await.unwrap();
            disk.set_wear(Wear { sync_fails_after: Some(0), ..Wear::default() });
            ledger.save_tree().await;
            disk.set_wear(Wear::default());
            ledger.save_tree().await;
            append().await;
            assert_eq!(ledger.remove_before(300).await.unwrap(), 300);
            disk.restart();
            assert_eq!(open().await.unwrap().tile(0, 0, 256).await.unwrap(), tile, "seed {seed}");
        });
    }
}

#[test]
fn a_sync_that_failed_is_the_end_until_it_is_opened_again() {
    paused(async {
        let disk = SimulatedDisk::new(8);
        let open = || Ledger::open_files("/ledger", Options::default(), disk.clone().into(), clock());
        let ledger = open().await.unwrap();
        ledger.append(vec![record("before")]).await.unwrap();
        disk.set_wear(Wear { sync_fails_after: Some(0), ..Wear::default() });
        let told = tokio::spawn(ledger.failed());
        let failed = ledger.append(vec![record("lost")]).await.unwrap_err();
        assert!(failed.is_final(), "{failed}");
        assert_eq!(told.await.unwrap().map(|error| error.to_string()), Some(failed.to_string()));
        let again = ledger.append(vec![record("later")]).await.unwrap_err();
        assert_eq!(again.to_string(), failed.to_string());
        assert_eq!(ledger.get(0).await.unwrap().unwrap().payload, "before");
        assert_eq!(ledger.end(), 1);
        disk.restart();
        let ledger = open().await.unwrap();
        assert_eq!((ledger.end(), ledger.append(vec![record("later")]).await.unwrap()), (1, 1));
        let told = tokio::spawn(ledger.failed());
        ledger.close().await;
        drop(ledger);
        assert!(told.await.unwrap().is_none(), "it was closed in good order");
    });
}
