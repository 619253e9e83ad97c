//! How many durable writes a second: `cargo run --release -p mekong-store --example group_commit [FOLDER]`.
//! Prints one line for each number of concurrent writers; a record is one row of 4 KiB.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use mekong_store::{Database, Migration, Table};
use std::time::Instant;

const MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    name: "record",
    sql: "CREATE TABLE record (id INTEGER PRIMARY KEY, body BLOB NOT NULL)",
}];

const RECORD: Table = Table { name: "record", columns: &["body"] };

#[tokio::main]
async fn main() {
    let folder = std::env::args().nth(1).map_or_else(std::env::temp_dir, Into::into);
    let folder = tempfile::tempdir_in(folder).unwrap();
    println!("writers  records/s  p50 ms  p99 ms  CPU us/record");
    for writers in [1, 16, 64, 256] {
        let database = Database::open(folder.path().join(format!("{writers}.db")), MIGRATIONS).await.unwrap();
        let each = 4000 / writers + 10;
        let (start, cpu) = (Instant::now(), cpu_micros());
        let tasks: Vec<_> = (0..writers).map(|_| tokio::spawn(write(database.clone(), each))).collect();
        let mut waits = Vec::new();
        for task in tasks {
            waits.extend(task.await.unwrap());
        }
        let (seconds, cpu) = (start.elapsed().as_secs_f64(), cpu_micros() - cpu);
        waits.sort_by(f64::total_cmp);
        let count = waits.len();
        println!(
            "{writers:7}  {:9.0}  {:6.2}  {:6.2}  {:13.0}",
            count as f64 / seconds,
            waits[count / 2] * 1e3,
            waits[count * 99 / 100] * 1e3,
            cpu / count as f64
        );
        database.close().await.unwrap();
    }
}

async fn write(database: Database, count: usize) -> Vec<f64> {
    let mut waits = Vec::with_capacity(count);
    for _ in 0..count {
        let start = Instant::now();
        database.append(&RECORD, vec![vec![vec![7u8; 4096].into()]]).await.unwrap();
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
