//! How many records a second: `cargo run --release -p mekong-ledger --example append_rate [FOLDER | postgres://...]`.
//! Prints one line for each number of concurrent appenders; a record is 3 KB. CPU is that of this process.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use mekong_base::Clock;
use mekong_ledger::{Disk, Ledger, NewRecord, Options};
use std::time::Instant;

const RECORD: usize = 3072;

#[tokio::main]
async fn main() {
    let place = std::env::args().nth(1).unwrap_or_else(|| std::env::temp_dir().display().to_string());
    println!("appenders  records/s  p50 ms  p99 ms  CPU us/record");
    for appenders in [1, 16, 256] {
        if place.starts_with("postgres:") {
            let database = mekong_store::Postgres::open(&place).await.unwrap();
            let name = format!("append_rate {appenders}");
            let ledger = Ledger::open_postgres(&database, &name, Options::default(), Clock::system()).await.unwrap();
            measure(ledger, appenders).await;
        } else {
            let folder = tempfile::tempdir_in(&place).unwrap();
            let ledger = Ledger::open_files(folder.path(), Options::default(), Disk::real(), Clock::system()).await;
            measure(ledger.unwrap(), appenders).await;
        }
    }
}

async fn measure(ledger: Ledger, appenders: usize) {
    let each = 20_000 / appenders.max(16) + 20;
    let (start, cpu) = (Instant::now(), cpu_micros());
    let tasks: Vec<_> = (0..appenders).map(|_| tokio::spawn(append(ledger.clone(), each))).collect();
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await.unwrap());
    }
    let seconds = start.elapsed().as_secs_f64();
    ledger.close().await;
    let cpu = cpu_micros() - cpu;
    waits.sort_by(f64::total_cmp);
    let count = waits.len();
    println!(
        "{appenders:9}  {:9.0}  {:6.2}  {:6.2}  {:13.1}",
        count as f64 / seconds,
        waits[count / 2] * 1e3,
        waits[count * 99 / 100] * 1e3,
        cpu / count as f64
    );
}

async fn append(ledger: Ledger, count: usize) -> Vec<f64> {
    let payload = bytes::Bytes::from(vec![7u8; RECORD]);
    let mut waits = Vec::with_capacity(count);
    for _ in 0..count {
        let start = Instant::now();
        ledger.append(vec![NewRecord { kind: 1, payload: payload.clone() }]).await.unwrap();
        waits.push(start.elapsed().as_secs_f64());
    }
    waits
}

/// User and system time of this process, from `/proc/self/stat` (100 ticks a second).
fn cpu_micros() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11..13].iter().map(|ticks| ticks.parse::<f64>().unwrap() * 1e4).sum()
}
