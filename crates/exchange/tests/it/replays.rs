//! Messages that somebody recorded and sends again: over another connection, from another gateway, to another gateway, after
//! a restart, later; and orders whose answer was lost on the way to a gateway that does not recognise repetitions.

use super::hostile_providers::server_config;
use super::liar::{Liar, ocsp};
use super::world::*;
use http_body_util::BodyExt;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A service that counts how often it is asked, and takes its time.
async fn counting(time: Duration) -> Result<(String, Arc<AtomicUsize>), Failure> {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let router = axum::Router::new().fallback(move |body: axum::body::Body| {
        let counter = Arc::clone(&counter);
        async move {
            // All of it: who writes to a service that does not read may get no answer.
            let _ = axum::body::to_bytes(body, usize::MAX).await;
            let times = counter.fetch_add(1, Ordering::SeqCst) + 1;
            tokio::time::sleep(time).await;
            format!("asked {times} times")
        }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok((url, asked))
}

async fn counted() -> Result<(World, Arc<AtomicUsize>), Failure> {
    let (url, asked) = counting(Duration::ZERO).await?;
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
async fn takes_and_hangs_up(world: &World, listener: TcpListener, protocols: &[&[u8]]) -> Result<Taker, Failure> {
    let mut config = server_config(&world.provider.authentication, &world.vietnam)?;
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let came: Came = Arc::default();
    let counters = Arc::clone(&came);
    let task = tokio::spawn(async move {
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
    });
    Ok((came, task))
}

type Came = Arc<[AtomicUsize; 2]>;
type Taker = (Came, JoinHandle<()>);

/// Messages that a provider's gateway gets of one request of a system: without the mark and with it.
async fn sent(method: &str, protocols: &[&[u8]]) -> Result<(usize, usize), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let provider_port = Some(listener.local_addr()?.port());
    let world = World::with(Options { provider_port, ..Options::default() }).await?;
    let (came, _) = takes_and_hangs_up(&world, listener, protocols).await?;
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

/// What was answered before is answered as it was, large bodies too, and these wait on disk as they did the first time.
#[tokio::test]
async fn large_answers_are_given_again_past_the_memory() -> Outcome {
    let body = vec![b'x'; 900 << 10];
    let router = axum::Router::new().fallback(move || std::future::ready(body.clone()));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let service_url = Some(format!("http://{}", listener.local_addr()?));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let world = World::with(Options { service_url, ..Options::default() }).await?;
    let liar = Liar::new(&world)?;
    let (content_type, message) = liar.encode(&liar.sign()?);
    let ask = async || {
        let (content_type, answer) = liar.exchange(&content_type, message.clone(), &[]).await?;
        // Each answer has a boundary of its own.
        let boundary = content_type.split(['"', '=', ';']).max_by_key(|part| part.len()).unwrap_or_default();
        Ok::<_, Failure>(String::from_utf8(answer.into())?.replace(boundary, ""))
    };
    let first = ask().await?;
    assert!(first.len() > 900 << 10 && ask().await? == first);
    for answer in futures_util::future::join_all((0..8).map(|_| ask())).await {
        assert!(answer? == first);
    }
    Ok(())
}

/// The gateway that has an order is gone for a while; another of the same provider is there, and would carry it out again.
#[tokio::test]
async fn a_lost_order_waits_for_a_gateway_that_recognises_it() -> Outcome {
    let (url, asked) = counting(Duration::ZERO).await?;
    let first = TcpListener::bind("127.0.0.1:0").await?;
    let here = first.local_addr()?;
    let options = Options { provider_port: Some(here.port()), service_url: Some(url), ..Options::default() };
    let mut world = World::with(options).await?;
    let mut other = world.vietnam.parameters.servers[0].clone();
    other.id = mps().server("gw-vn-2");
    other.address = Some("127.0.0.6".into());
    other.auth_cert_hashes.clear();
    world.vietnam.parameters.servers.push(other);
    world.publish()?;
    let (came, task) = takes_and_hangs_up(&world, first, &[b"mekong/1"]).await?;
    let path = format!("{PERSONS}/order");
    let ordering = world.ask("POST", &path, &[CLIENT], b"one");
    let meanwhile = async {
        while came[0].load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        task.abort();
        let stranger = TcpListener::bind(("127.0.0.6", here.port())).await?;
        let (unaware, _) = takes_and_hangs_up(&world, stranger, &[]).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(asked.load(Ordering::SeqCst), 0);
        // The first is back, in the shape of the real one.
        let back = TcpListener::bind(here).await?;
        tokio::spawn(relay(back, world.provider.addresses.provider, usize::MAX));
        Ok::<_, Failure>(unaware)
    };
    let (answer, unaware) = tokio::join!(ordering, meanwhile);
    let (answer, unaware) = (answer?, unaware?);
    assert_eq!((answer.status, answer.body.as_ref()), (200, &b"asked 1 times"[..]), "{answer:?}");
    assert_eq!([&unaware[0], &unaware[1]].map(|came| came.load(Ordering::SeqCst)), [0, 0]);
    Ok(())
}

/// Takes connections and leads them on; towards the target no more than so many bytes in a tenth of a second.
async fn relay(listener: TcpListener, target: std::net::SocketAddr, rate: usize) -> std::io::Result<()> {
    loop {
        let (near, _) = listener.accept().await?;
        let far = TcpStream::connect(target).await?;
        let ((mut near_in, mut near_out), (mut far_in, mut far_out)) = (near.into_split(), far.into_split());
        tokio::spawn(async move { tokio::io::copy(&mut far_in, &mut near_out).await });
        tokio::spawn(async move {
            let mut buffer = vec![0; rate.min(64 << 10)];
            loop {
                let count = near_in.read(&mut buffer).await?;
                if count == 0 {
                    return far_out.shutdown().await;
                }
                far_out.write_all(&buffer[..count]).await?;
                tokio::time::sleep(Duration::from_millis((count * 100 / rate) as u64)).await;
            }
        });
    }
}

#[tokio::test]
async fn an_order_whose_answer_is_late_is_fetched_and_not_made_again() -> Outcome {
    let (url, asked) = counting(Duration::from_secs(3)).await?;
    let answer = Duration::from_secs(2);
    let world = World::with(Options { service_url: Some(url), answer, ..Options::default() }).await?;
    let answer = world.ask("POST", &format!("{PERSONS}/order"), &[CLIENT], b"one").await?;
    assert_eq!((answer.status, answer.body.as_ref()), (200, &b"asked 1 times"[..]), "{answer:?}");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    Ok(())
}

/// A gateway that takes everything and never answers.
#[tokio::test]
async fn what_became_of_a_lost_order_is_said_to_be_unknown() -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let provider_port = Some(listener.local_addr()?.port());
    let answer = Duration::from_secs(1);
    let world = World::with(Options { provider_port, answer, ..Options::default() }).await?;
    let config = server_config(&world.provider.authentication, &world.vietnam)?;
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let met = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&met);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move { tokio::io::copy(&mut stream, &mut tokio::io::sink()).await });
        }
    });
    for (method, advice) in [("POST", "whether it was carried out is not known"), ("GET", "try again later")] {
        let answer = world.ask(method, &format!("{PERSONS}/order"), &[CLIENT], b"").await?;
        answer.fails(500, "server.clientproxy.network_error.timed_out");
        let message = answer.json()["message"].to_string();
        assert!(message.contains(advice), "{message}");
    }
    assert_eq!(met.load(Ordering::SeqCst), 2, "nothing was sent again");
    Ok(())
}

/// The first sending is lost, and when the gateway is there again it refuses the second.
#[tokio::test]
async fn a_refusal_of_the_second_sending_leaves_open_what_became_of_the_first() -> Outcome {
    let first = TcpListener::bind("127.0.0.1:0").await?;
    let here = first.local_addr()?;
    let world = World::with(Options { provider_port: Some(here.port()), ..Options::default() }).await?;
    let (came, task) = takes_and_hangs_up(&world, first, &[b"mekong/1"]).await?;
    let path = format!("{PERSONS}/order");
    let ordering = world.ask("POST", &path, &[CLIENT], b"one");
    let meanwhile = async {
        while came[0].load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        task.abort();
        world.provider.handle().set_clients(Vec::new());
        let back = loop {
            match TcpListener::bind(here).await {
                Ok(back) => break back,
                Err(_) => tokio::time::sleep(Duration::from_millis(2)).await,
            }
        };
        tokio::spawn(relay(back, world.provider.addresses.provider, usize::MAX));
    };
    let (answer, ()) = tokio::join!(ordering, meanwhile);
    let answer = answer?;
    let message = answer.json()["message"].to_string();
    assert!(answer.code().starts_with("server.serverproxy.unknown_"), "{answer:?}");
    assert!(message.contains("whether it was carried out is not known"), "{message}");
    Ok(())
}

/// A large body on a slow line takes longer than an answer may: the answer is waited for from its end on.
#[tokio::test]
async fn a_slow_line_is_no_late_answer() -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let provider_port = Some(listener.local_addr()?.port());
    let answer = Duration::from_secs(2);
    let limits = mekong_base::limits::MessageLimits { body_bytes: 64 << 20, ..Options::default().limits };
    let (url, asked) = counting(Duration::ZERO).await?;
    let service_url = Some(url);
    let world = World::with(Options { provider_port, service_url, answer, limits, ..Options::default() }).await?;
    tokio::spawn(relay(listener, world.provider.addresses.provider, 512 << 10));
    let started = tokio::time::Instant::now();
    let answer = world.ask("POST", &format!("{PERSONS}/order"), &[CLIENT], &vec![7; 32 << 20]).await?;
    assert!(started.elapsed() > Duration::from_secs(4), "the line was not slow");
    assert_eq!((answer.status, answer.body.as_ref()), (200, &b"asked 1 times"[..]), "{answer:?}");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    Ok(())
}
