//! How long a large ledger takes to open: `cargo run --release -p mekong-ledger --example opening [RECORDS] [FOLDER]`.
//! Prints times and memory before and after a reopening, and for reading one record anywhere. A record is 50 bytes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use mekong_base::Clock;
use mekong_ledger::{Disk, Ledger, NewRecord, Options};
use std::time::{Duration, Instant};

const AT_ONCE: u64 = 1000;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let records: u64 = arguments.next().map_or(10_000_000, |text| text.parse().unwrap());
    let folder = arguments.next().map_or_else(std::env::temp_dir, Into::into);
    let folder = tempfile::tempdir_in(folder).unwrap();
    let options = Options { wait_for_lock: Duration::from_secs(60), ..Options::default() };
    let open = || Ledger::open_files(folder.path(), options.clone(), Disk::real(), Clock::system());
    let ledger = open().await.unwrap();
    let start = Instant::now();
    let payload = bytes::Bytes::from(vec![7u8; 50]);
    for _ in 0..records / AT_ONCE {
        ledger.append(vec![NewRecord { kind: 1, payload: payload.clone() }; AT_ONCE as usize]).await.unwrap();
    }
    println!("{} records in {:.1} s, {} MB of memory", ledger.end(), start.elapsed().as_secs_f64(), memory());
    drop(ledger);
    for how in ["closed", "killed"] {
        open().await.unwrap().close().await;
        if how == "killed" {
            // Then the edge of the tree is that of the last sealing, at best.
            std::fs::remove_file(folder.path().join("tree/edge")).unwrap();
        }
        let before = memory();
        let start = Instant::now();
        let ledger = open().await.unwrap();
        let opened = start.elapsed();
        let end = ledger.end();
        ledger.root(end).await.unwrap();
        let rooted = start.elapsed();
        let start = Instant::now();
        let places = (0..200).map(|i| i * 7_919_777 % end);
        for place in places {
            assert_eq!(ledger.get(place).await.unwrap().unwrap().position, place);
        }
        let read = start.elapsed() / 200;
        println!(
            "after it was {how}: opened in {opened:.1?}, root known in {rooted:.1?}, a record read in {read:.0?}, {before} -> {} MB",
            memory()
        );
        drop(ledger);
    }
}

/// Resident memory of this process in MB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}
