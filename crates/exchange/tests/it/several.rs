//! A provider with several gateways: the fastest is used, and whatever fails before the message is sent leads to another.

use super::world::*;
use mekong_directory::shared::SecurityServer;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// Says that the provider's gateway is reached at these addresses; the first is that of the real one.
fn addresses(world: &mut World, hosts: &[Ipv4Addr]) -> Outcome {
    let real = world.vietnam.parameters.servers[0].clone();
    let other = |(number, host): (usize, &Ipv4Addr)| SecurityServer {
        id: mps().server(format!("gw-vn-{number}")),
        address: Some(host.to_string()),
        auth_cert_hashes: if number == 0 { real.auth_cert_hashes.clone() } else { Vec::new() },
        ..real.clone()
    };
    let others = hosts.iter().enumerate().map(other);
    world.vietnam.parameters.servers = others.collect();
    world.vietnam.parameters.servers[0].id = real.id.clone();
    world.publish()
}

/// A fake gateway beside the real one, at the same port.
async fn listen(world: &World, host: Ipv4Addr) -> Result<TcpListener, Failure> {
    Ok(TcpListener::bind(SocketAddr::from((host, world.provider.addresses.provider.port()))).await?)
}

const REAL: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 1);

#[tokio::test]
async fn addresses_at_which_nobody_is_are_passed_over() -> Outcome {
    let mut world = World::start().await?;
    addresses(&mut world, &[REAL, Ipv4Addr::new(127, 0, 0, 2), Ipv4Addr::new(127, 0, 0, 3)])?;
    for _ in 0..5 {
        assert_eq!(world.get("/persons/1").await?.status, 200);
    }
    Ok(())
}

/// Whoever wins the race for TCP and then is no gateway loses.
#[tokio::test]
async fn who_answers_and_is_no_gateway_is_passed_over() -> Outcome {
    let mut world = World::with(Options { reuse: false, ..Options::default() }).await?;
    let fake = Ipv4Addr::new(127, 0, 0, 4);
    let listener = listen(&world, fake).await?;
    let met = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&met);
    let closing = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            drop(stream);
        }
    });
    // The real one stands last; the fake one is first until it has failed.
    addresses(&mut world, &[REAL, fake])?;
    world.vietnam.parameters.servers.swap(0, 1);
    world.publish()?;
    for _ in 0..10 {
        assert_eq!(world.get("/persons/1").await?.status, 200);
    }
    closing.abort();
    assert!(met.load(Ordering::Relaxed) <= 1, "who failed once is not asked first again");
    Ok(())
}

#[tokio::test]
async fn a_stranger_with_a_certificate_of_its_own_is_passed_over_and_gets_nothing() -> Outcome {
    let mut world = World::with(Options { reuse: false, ..Options::default() }).await?;
    let fake = Ipv4Addr::new(127, 0, 0, 5);
    let listener = listen(&world, fake).await?;
    // TLS with a certificate of the same authority that is registered for nobody.
    let config = super::hostile_providers::server_config(&world.provider.signing, &world.vietnam)?;
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let got = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&got);
    let stranger = tokio::spawn(async move {
        use tokio::io::AsyncReadExt;
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, counted) = (acceptor.clone(), Arc::clone(&counted));
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut buffer = [0; 1024];
                let read = stream.read(&mut buffer).await.unwrap_or_default();
                counted.fetch_add(read, Ordering::Relaxed);
            });
        }
    });
    addresses(&mut world, &[REAL, fake])?;
    for _ in 0..10 {
        assert_eq!(world.get("/persons/1").await?.status, 200);
    }
    // The stranger alone is no provider.
    world.vietnam.parameters.servers[0].address = Some("127.0.0.2".into());
    world.publish()?;
    world.get("/persons/1").await?.fails(500, "server.clientproxy.ssl_authentication_failed");
    assert_eq!(got.load(Ordering::Relaxed), 0, "a stranger was told something");
    stranger.abort();
    Ok(())
}

/// A way to the real gateway.
struct Way {
    met: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

async fn way(world: &World, host: Ipv4Addr) -> Result<Way, Failure> {
    let (listener, target) = (listen(world, host).await?, world.provider.addresses.provider);
    let met = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&met);
    let task = tokio::spawn(async move {
        let mut ways = JoinSet::new();
        while let Ok((mut near, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            ways.spawn(async move {
                let Ok(mut far) = TcpStream::connect(target).await else { return };
                let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
            });
        }
    });
    Ok(Way { met, task })
}

#[tokio::test]
async fn the_winner_is_remembered_and_replaced_when_it_dies() -> Outcome {
    let mut world = World::start().await?;
    let hosts = [Ipv4Addr::new(127, 0, 0, 6), Ipv4Addr::new(127, 0, 0, 7)];
    let ways = [way(&world, hosts[0]).await?, way(&world, hosts[1]).await?];
    addresses(&mut world, &hosts)?;
    for server in &mut world.vietnam.parameters.servers {
        // OCSP questions go to the real one's port, which only listens there.
        server.auth_cert_hashes.clear();
    }
    let hash = world.provider.authentication.certificate.fingerprint(mekong_crypto::DigestAlgorithm::Sha256);
    world.vietnam.parameters.servers[0].auth_cert_hashes = vec![hash.as_ref().to_vec()];
    world.publish()?;
    let ocsp = relay_ocsp(&world, &hosts).await?;
    for _ in 0..4 {
        assert_eq!(world.get("/persons/1").await?.status, 200);
    }
    let met = |i: usize| ways[i].met.load(Ordering::Relaxed);
    let winner = usize::from(met(1) > met(0));
    let (won, lost) = (met(winner), met(1 - winner));
    assert_eq!(world.consumer.handle().counts().connections, 1, "won {won}, lost {lost}");
    ways[winner].task.abort();
    tokio::time::sleep(Duration::from_millis(50)).await;
    for _ in 0..4 {
        assert_eq!(world.get("/persons/1").await?.status, 200);
    }
    assert!(met(1 - winner) > lost, "the other way was not taken");
    ocsp.iter().for_each(JoinHandle::abort);
    Ok(())
}

/// The side channel of OCSP at other addresses of the real gateway.
async fn relay_ocsp(world: &World, hosts: &[Ipv4Addr]) -> Result<Vec<JoinHandle<()>>, Failure> {
    let target = world.provider.addresses.ocsp;
    let mut tasks = Vec::new();
    for host in hosts {
        let listener = TcpListener::bind(SocketAddr::from((*host, target.port()))).await?;
        tasks.push(tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let Ok(mut far) = TcpStream::connect(target).await else { return };
                let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
            }
        }));
    }
    Ok(tasks)
}
