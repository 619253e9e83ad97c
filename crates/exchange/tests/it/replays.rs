//! Messages that somebody recorded and sends again: over another connection, from another gateway, to another gateway, after
//! a restart, later; and orders whose answer was lost on the way to a gateway that does not recognise repetitions.

use super::hostile_gateways::{Liar, ocsp};
use super::hostile_providers::server_config;
use super::world::*;
use http_body_util::BodyExt;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;

/// A service that counts how often it is asked.
async fn counting() -> Result<(String, Arc<AtomicUsize>), Failure> {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let router = axum::Router::new().fallback(move || {
        let counter = Arc::clone(&counter);
        async move { format!("asked {} times", counter.fetch_add(1, Ordering::SeqCst) + 1) }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok((url, asked))
}

async fn counted() -> Result<(World, Arc<AtomicUsize>), Failure> {
    let (url, asked) = counting().await?;
    Ok((World::with(Options { service_url: Some(url), ..Options::default() }).await?, asked))
}

#[tokio::test]
async fn a_recorded_request_is_one_order_however_often_it_comes() -> Outcome {
    let (mut world, asked) = counted().await?;
    let (recorded, other) = {
        let liar = Liar::new(&world)?;
        let recorded = liar.encode(&liar.sign()?);
        assert_eq!(liar.send(recorded.clone()).await?, "ok");
        // Over other connections, one after the other and at once.
        assert_eq!(liar.send(recorded.clone()).await?, "ok");
        let at_once = futures_util::future::join_all((0..8).map(|_| liar.send(recorded.clone()))).await;
        assert!(at_once.into_iter().all(|answer| answer.is_ok_and(|code| code == "ok")));
        // Another message under its id, though as well signed.
        (recorded, liar.encode(&liar.sign()?))
    };
    let refused = Liar::new(&world)?.send(other).await?;
    assert!(refused.contains("invalid_message"), "{refused}");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    // The log knows it after a new start too.
    world.provider.start_anew().await?;
    assert_eq!(Liar::new(&world)?.send(recorded.clone()).await?, "ok");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    // Later its OCSP responses are too old.
    world.advance(Duration::from_secs(25 * 3600));
    let late = Liar::new(&world)?.send(recorded).await?;
    assert!(late != "ok", "{late}");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    Ok(())
}

#[tokio::test]
async fn a_recorded_request_is_refused_from_another_gateway_and_at_another() -> Outcome {
    let (world, asked) = counted().await?;
    let liar = Liar::new(&world)?;
    let signature = liar.sign()?;
    // A gateway that is registered, but is not its client's, with everything of its own in order.
    let tls = world.provider.authentication.clone();
    let tls_ocsp = ocsp(&world, &world.vietnam, &tls.certificate)?;
    let mut thief = Liar { tls, tls_ocsp, ..Liar::new(&world)? };
    let code = thief.send(thief.encode(&signature)).await;
    assert!(code.as_ref().is_ok_and(|code| code != "ok") || code.is_err(), "{code:?}");
    // At a gateway that is not its provider's.
    thief.to = world.consumer.addresses.provider;
    let code = thief.send(thief.encode(&signature)).await?;
    assert!(code.contains("unknown_member"), "{code}");
    // What the recorder has of its own does not go with what it recorded either.
    let changed = Liar { message: liar.message.replace("x-road-request-id:2", "x-road-request-id:3"), ..liar };
    let code = changed.send(changed.encode(&signature)).await?;
    assert!(code.contains("signature_verification"), "{code}");
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    assert!(world.provider.log.recent(10).await?.is_empty() && world.consumer.log.recent(10).await?.is_empty());
    Ok(())
}

/// A gateway of the provider that takes every message and hangs up. How many messages came, and how many said that they
/// were sent before.
async fn takes_and_hangs_up(world: &World, listener: TcpListener, protocols: &[&[u8]]) -> Result<Came, Failure> {
    let mut config = server_config(&world.provider.authentication, &world.vietnam)?;
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let came: Came = Arc::default();
    let counters = Arc::clone(&came);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            let counters = Arc::clone(&counters);
            let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                let counters = Arc::clone(&counters);
                async move {
                    let is_marked = request.headers().contains_key("x-mekong-repeated");
                    if request.into_body().collect().await.is_ok() {
                        counters[usize::from(is_marked)].fetch_add(1, Ordering::SeqCst);
                    }
                    // An error closes the connection without an answer.
                    Err::<hyper::Response<String>, _>("hangs up")
                }
            });
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
        Ok::<_, Infallible>(())
    });
    Ok(came)
}

type Came = Arc<[AtomicUsize; 2]>;

/// Messages that a provider's gateway gets of one request of a system: without the mark and with it.
async fn sent(method: &str, protocols: &[&[u8]]) -> Result<(usize, usize), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let provider_port = Some(listener.local_addr()?.port());
    let world = World::with(Options { provider_port, ..Options::default() }).await?;
    let came = takes_and_hangs_up(&world, listener, protocols).await?;
    let answer = world.ask(method, &format!("{PERSONS}/echo"), &[CLIENT], b"").await;
    assert!(answer.is_ok_and(|answer| answer.status == 500), "nobody answered");
    Ok((came[0].load(Ordering::SeqCst), came[1].load(Ordering::SeqCst)))
}

/// Whoever strips what gateways agree on in TLS makes no order of two.
#[tokio::test]
async fn an_order_is_sent_again_only_to_a_gateway_that_recognises_it() -> Outcome {
    assert_eq!(sent("POST", &[]).await?, (1, 0));
    assert_eq!(sent("POST", &[b"http/1.1"]).await?, (1, 0));
    let (unmarked, marked) = sent("POST", &[b"mekong/1"]).await?;
    assert!(unmarked == 1 && marked > 0, "{unmarked} {marked}");
    // What only reads may be sent again to everybody, and says so.
    let (unmarked, marked) = sent("GET", &[]).await?;
    assert!(unmarked == 1 && marked > 0, "{unmarked} {marked}");
    Ok(())
}
