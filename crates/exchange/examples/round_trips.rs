//! Times round trips between two gateways in one process: `cargo run --release -p mekong-exchange --example round_trips`.
//!
//! Everything is real: TLS, signatures, directories, OCSP, both message logs with their syncs, and a service behind HTTP.
//! CPU time is of the whole process, so it holds both gateways, the service and the asking side.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::expect_used,
    missing_docs,
    unreachable_pub,
    dead_code
)]

#[path = "../tests/it/world.rs"]
mod world;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::TokioIo;
use std::time::{Duration, Instant};
use world::*;

const RUN: Duration = Duration::from_secs(5);

/// CPU time of this process in milliseconds (`/proc/self/stat`, fields 14 and 15, at 100 ticks a second).
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = after.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
    ticks * 10.0
}

/// Asks one after the other on one connection until the time is over; returns how long each took.
async fn ask_on(address: std::net::SocketAddr, until: Instant) -> Result<Vec<Duration>, Failure> {
    let stream = tokio::net::TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let mut took = Vec::new();
    while Instant::now() < until {
        let started = Instant::now();
        let request =
            hyper::Request::get(format!("{PERSONS}/persons/42")).header("host", "x").header(CLIENT.0, CLIENT.1);
        let response = sender.send_request(request.body(Empty::<Bytes>::new())?).await?;
        assert_eq!(response.status(), 200);
        response.into_body().collect().await?;
        took.push(started.elapsed());
    }
    Ok(took)
}

async fn run(world: &World, connections: usize) -> Result<(), Failure> {
    let (started, cpu) = (Instant::now(), cpu_ms());
    let address = world.consumer.addresses.consumer;
    let asking = (0..connections)
        .map(|_| tokio::spawn(async move { ask_on(address, started + RUN).await.map_err(|e| e.to_string()) }));
    let mut took = Vec::new();
    for ended in futures_util::future::join_all(asking).await {
        took.extend(ended??);
    }
    let (seconds, cpu) = (started.elapsed().as_secs_f64(), cpu_ms() - cpu);
    took.sort();
    let at = |part: f64| took[((took.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e3;
    println!(
        "{connections:3} connections: {:7.0} round trips/s, p50 {:6.2} ms, p99 {:6.2} ms, CPU {:.3} ms each",
        took.len() as f64 / seconds,
        at(0.5),
        at(0.99),
        cpu / took.len() as f64,
    );
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let world = World::start().await?;
    for connections in [1, 8, 32] {
        run(&world, connections).await?;
    }
    println!("{:?}", world.consumer.handle().counts());
    for instance in ["LA", "VN"] {
        let folder = format!("authority-{}-{instance}-P-256", std::process::id());
        std::fs::remove_dir_all(std::env::temp_dir().join(folder))?;
    }
    Ok(())
}
