//! What arrives at the consumer's address from who means harm: raw bytes on a socket.

use super::world::*;
use mekong_base::limits::MessageLimits;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Sends bytes, piece by piece, and returns all that comes back until the gateway closes.
async fn raw(address: SocketAddr, pieces: &[&str], pause: Duration) -> Result<String, Failure> {
    let mut stream = TcpStream::connect(address).await?;
    for piece in pieces {
        if stream.write_all(piece.as_bytes()).await.is_err() {
            break;
        }
        tokio::time::sleep(pause).await;
    }
    let mut answer = Vec::new();
    let _ = timeout(Duration::from_secs(8), stream.read_to_end(&mut answer)).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn head(extra: &str) -> String {
    format!(
        "POST {PERSONS}/echo HTTP/1.1\r\nHost: x\r\nX-Road-Client: LA/GOV/MOHA/civil\r\nConnection: close\r\n{extra}\r\n"
    )
}

const NO_PAUSE: Duration = Duration::ZERO;

#[tokio::test]
async fn smuggled_bodies_do_not_become_requests() -> Outcome {
    let world = World::start().await?;
    let address = world.consumer.addresses.consumer;
    let hidden =
        format!("GET {PERSONS}/persons/smuggled HTTP/1.1\r\nHost: x\r\nX-Road-Client: LA/GOV/MOHA/civil\r\n\r\n");
    let chunked = format!("0\r\n\r\n{hidden}");
    for extra in [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Content-Length: 1\r\nContent-Length: 2\r\n",
        "Content-Length: +4\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 0x4\r\n",
    ] {
        let answer = raw(address, &[&head(extra), &chunked], NO_PAUSE).await?;
        let answers = answer.matches("HTTP/1.1 ").count();
        assert_eq!(answers, 1, "{extra}: {answer}");
        assert!(!answer.contains("smuggled"), "{extra}: {answer}");
    }
    let records = world.provider.log.recent(100).await?;
    assert!(records.iter().all(|r| r.operation.starts_with("POST /echo")), "{records:?}");
    Ok(())
}

#[tokio::test]
async fn line_ends_and_odd_names_in_headers_are_refused() -> Outcome {
    let world = World::start().await?;
    let address = world.consumer.addresses.consumer;
    for extra in [
        "X: a\rX-Road-Client: LA/GOV/MOHA/other\r\n",
        "X: a\0b\r\n",
        "X Y: a\r\n",
        ": a\r\n",
        "X\x01: a\r\n",
        " folded: a\r\n",
    ] {
        let answer = raw(address, &[&head(extra)], NO_PAUSE).await?;
        assert!(answer.starts_with("HTTP/1.1 400"), "{extra:?}: {answer}");
    }
    assert!(world.provider.log.recent(100).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn too_much_is_refused() -> Outcome {
    let limits = MessageLimits {
        header_bytes: 8 << 10,
        headers: 20,
        body_bytes: 100_000,
        memory_bytes: 1_000,
        ..MessageLimits::default()
    };
    let world = World::with(Options { limits, ..Options::default() }).await?;
    let address = world.consumer.addresses.consumer;
    let body = vec![b'x'; 100_001];
    world.ask("POST", &format!("{PERSONS}/echo"), &[CLIENT], &body).await?.fails(400, "client.invalid_request");
    assert_eq!(world.ask("POST", &format!("{PERSONS}/echo"), &[CLIENT], &body[1..]).await?.status, 200);
    let many = "A: b\r\n".repeat(40);
    assert!(raw(address, &[&head(&many)], NO_PAUSE).await?.starts_with("HTTP/1.1 431"));
    let long = format!("A: {}\r\n", "x".repeat(20_000));
    assert!(raw(address, &[&head(&long)], NO_PAUSE).await?.starts_with("HTTP/1.1 431"));
    assert_eq!((world.consumer.spooled(), world.provider.spooled()), (0, 0));
    Ok(())
}

#[tokio::test]
async fn slow_senders_are_cut_off() -> Outcome {
    let limits = MessageLimits { idle_seconds: 1, ..MessageLimits::default() };
    let world = World::with(Options { limits, ..Options::default() }).await?;
    let address = world.consumer.addresses.consumer;
    let slow_body = raw(address, &[&head("Content-Length: 10\r\n"), "12345"], NO_PAUSE).await?;
    assert!(slow_body.starts_with("HTTP/1.1 400") && slow_body.contains("client.timed_out"), "{slow_body}");
    let slow_head = raw(address, &["GET /r1/", "x"], NO_PAUSE).await?;
    assert!(!slow_head.contains("200"), "{slow_head}");
    // Slow, but never silent for too long: that is allowed.
    let pieces = [&head("Content-Length: 3\r\n")[..], "1", "2", "3"];
    let patient = raw(address, &pieces, Duration::from_millis(600)).await?;
    assert!(patient.starts_with("HTTP/1.1 200"), "{patient}");
    Ok(())
}

#[tokio::test]
async fn connections_that_do_nothing_are_closed() -> Outcome {
    let limits = MessageLimits { idle_seconds: 1, ..MessageLimits::default() };
    let world = World::with(Options { limits, ..Options::default() }).await?;
    let addresses = &world.consumer.addresses;
    for address in [addresses.consumer, addresses.ocsp, addresses.provider] {
        assert_eq!(raw(address, &[], NO_PAUSE).await?, "", "{address}");
        let half = raw(address, &["HEAD / HT"], NO_PAUSE).await?;
        assert!(!half.contains("200"), "{half}");
    }
    // After an answer, too.
    let kept = raw(addresses.ocsp, &["HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"], NO_PAUSE).await?;
    assert!(kept.starts_with("HTTP/1.1 200"), "{kept}");
    Ok(())
}

#[tokio::test]
async fn a_trickle_is_cut_off_though_it_is_never_silent() -> Outcome {
    let limits = MessageLimits { idle_seconds: 1, ..MessageLimits::default() };
    let world = World::with(Options { limits, ..Options::default() }).await?;
    let mut stream = TcpStream::connect(world.consumer.addresses.consumer).await?;
    stream.write_all(head("Content-Length: 1000\r\n").as_bytes()).await?;
    let (mut read, mut write) = stream.into_split();
    let trickle = tokio::spawn(async move {
        while write.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    });
    let mut answer = Vec::new();
    let _ = timeout(Duration::from_secs(8), read.read_to_end(&mut answer)).await?;
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("less than 1024 bytes a second"), "{answer}");
    trickle.abort();
    // Who is refused without his body may not trickle either.
    let mut stream = TcpStream::connect(world.consumer.addresses.consumer).await?;
    stream.write_all(head("Content-Length: 1000\r\n").replace("civil", "nobody").as_bytes()).await?;
    let (mut read, mut write) = stream.into_split();
    let trickle = tokio::spawn(async move {
        while write.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    });
    let mut answer = Vec::new();
    let _ = timeout(Duration::from_secs(4), read.read_to_end(&mut answer)).await?;
    assert!(String::from_utf8_lossy(&answer).contains("unknown_member"));
    trickle.abort();
    Ok(())
}

#[tokio::test]
async fn slow_readers_are_cut_off() -> Outcome {
    const SIZE: usize = 24 << 20;
    let large = axum::Router::new().fallback(|| async { vec![b'x'; SIZE] });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let service_url = Some(format!("http://{}", listener.local_addr()?));
    tokio::spawn(async move { axum::serve(listener, large).await });
    let limits = MessageLimits { idle_seconds: 1, ..MessageLimits::default() };
    let world = World::with(Options { limits, service_url, ..Options::default() }).await?;
    let socket = tokio::net::TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(4_096)?;
    let mut stream = socket.connect(world.consumer.addresses.consumer).await?;
    stream.write_all(head("").replace("POST", "GET").as_bytes()).await?;
    // The answer begins, and nobody takes the rest.
    let mut first = [0; 12];
    timeout(Duration::from_secs(30), stream.read_exact(&mut first)).await??;
    assert_eq!(&first, b"HTTP/1.1 200");
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(world.consumer.spooled(), 0, "what was spooled for it is gone");
    let mut rest = Vec::new();
    let _ = timeout(Duration::from_secs(30), stream.read_to_end(&mut rest)).await?;
    assert!(rest.len() < SIZE, "{} bytes came all the same", rest.len());
    Ok(())
}

#[tokio::test]
async fn bodies_that_are_cut_off_go_nowhere() -> Outcome {
    let world = World::start().await?;
    let mut stream = TcpStream::connect(world.consumer.addresses.consumer).await?;
    stream.write_all(head("Content-Length: 10\r\n").as_bytes()).await?;
    stream.write_all(b"12345").await?;
    drop(stream);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(world.consumer.log.recent(10).await?.is_empty());
    Ok(())
}
