//! A provider's gateway that lies: real TLS and keys, answers of its own making.

use super::liar::{attachments, finish, identity};
use super::world::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use mekong_base::limits::MessageLimits;
use mekong_crypto::DigestAlgorithm;
use mekong_exchange::wire::fault::{Dialect, Fault, FaultCode};
use mekong_exchange::wire::rest::{Limits, RestRequest, request_hash};
use mekong_exchange::wire::transport::{Decoder, Direction, Encoder, Event};
use mekong_message::{SigningIdentity, sign_message};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;

/// What the liar answers: status, content type, body.
type Reply = (u16, String, Bytes);
/// How it makes the answer to a request.
type Lie = Arc<dyn Fn(&RestRequest, &SigningIdentity, mekong_base::Instant) -> Reply + Send + Sync>;

/// Asks once, through a liar that stands in the provider's place.
async fn ask_liar(lie: Lie) -> Result<Answer, Failure> {
    ask_liar_who_signs_as(|world| identity(world, &world.vietnam, &world.provider.signing), lie).await
}

async fn ask_liar_who_signs_as(
    signer: impl Fn(&World) -> Result<SigningIdentity, Failure>,
    lie: Lie,
) -> Result<Answer, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let limits = MessageLimits { idle_seconds: 1, ..MessageLimits::default() };
    let world = World::with(Options { provider_port: Some(port), limits, ..Options::default() }).await?;
    let acceptor =
        tokio_rustls::TlsAcceptor::from(Arc::new(server_config(&world.provider.authentication, &world.vietnam)?));
    let signer = signer(&world)?;
    let now = world.clock.now();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, lie, signer) = (acceptor.clone(), Arc::clone(&lie), signer.clone());
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let service = service_fn(|request: hyper::Request<hyper::body::Incoming>| {
                    let (lie, signer) = (Arc::clone(&lie), signer.clone());
                    async move {
                        let (status, content_type, body) = lie(&read(request).await, &signer, now);
                        let response = hyper::Response::builder().status(status).header("content-type", content_type);
                        Ok::<_, Infallible>(response.body(Full::new(body)).unwrap())
                    }
                });
                let _ =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    let headers = [CLIENT, ("x-road-id", "asked")];
    let answer = world.ask("GET", &format!("{PERSONS}/persons/1"), &headers, b"").await;
    // Nothing that was not verified is logged as an answer.
    let answered = answer.as_ref().is_ok_and(|a| a.status == 200);
    assert_eq!(world.consumer.log.find("asked").await?.len(), if answered { 2 } else { 1 });
    answer
}

pub fn server_config(
    pair: &mekong_exchange::gateway::KeyPair,
    country: &Country,
) -> Result<rustls::ServerConfig, Failure> {
    let chain = [&pair.certificate, country.authority.issuing()].map(|c| CertificateDer::from(c.der().to_vec()));
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pair.key.to_pkcs8()?.to_vec()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_no_client_auth().with_single_cert(chain.to_vec(), key)?)
}

async fn read(request: hyper::Request<hyper::body::Incoming>) -> RestRequest {
    let content_type = request.headers()["content-type"].to_str().unwrap().to_owned();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let mut decoder = Decoder::new(&content_type, Direction::Request, MessageLimits::default().into()).unwrap();
    decoder.push(body).unwrap();
    loop {
        if let Event::Rest(message) = decoder.event().unwrap().unwrap() {
            return RestRequest::from_bytes(&message, Limits { bytes: 100_000, headers: 100 }).unwrap();
        }
    }
}

/// A true answer, in pieces that a lie may change.
struct Truth {
    message: String,
    body: Option<Vec<u8>>,
}

impl Truth {
    fn of(request: &RestRequest) -> Self {
        let hash = STANDARD.encode(request_hash(request.bytes(), None));
        let message = format!(
            "200\r\nOK\r\ncontent-type:text/plain\r\nx-road-id:{}\r\nx-road-client:{}\r\nx-road-service:{}\r\n\
             x-road-request-id:{}\r\nx-road-request-hash:{hash}\r\n",
            request.id(),
            request.client(),
            request.service(),
            request.request_id(),
        );
        Self { message, body: Some(b"true".to_vec()) }
    }

    fn reply(&self, signed: &Self, signer: &SigningIdentity, now: mekong_base::Instant) -> Reply {
        let signature =
            sign_message(signer, signed.message.as_bytes(), &attachments(signed.body.as_deref()), now).unwrap();
        let mut encoder = Encoder::new(0);
        encoder.rest_response(self.message.as_bytes());
        if let Some(body) = &self.body {
            encoder.start_body();
            encoder.append(body);
        }
        finish(&mut encoder, &signature);
        (200, encoder.content_type(), encoder.take())
    }
}

/// Signs what it says.
fn says(change: impl Fn(&mut Truth) + Send + Sync + 'static) -> Lie {
    Arc::new(move |request, signer, now| {
        let mut answer = Truth::of(request);
        change(&mut answer);
        answer.reply(&answer, signer, now)
    })
}

/// Says something else than it signed.
fn tampers(change: impl Fn(&mut Truth) + Send + Sync + 'static) -> Lie {
    Arc::new(move |request, signer, now| {
        let truth = Truth::of(request);
        let mut changed = Truth::of(request);
        change(&mut changed);
        changed.reply(&truth, signer, now)
    })
}

fn fixed(status: u16, content_type: &'static str, body: &'static [u8]) -> Lie {
    Arc::new(move |_, _, _| (status, content_type.to_owned(), Bytes::from_static(body)))
}

const MINE: &str = "server.clientproxy.";

#[tokio::test]
async fn the_truth_passes() -> Outcome {
    let answer = ask_liar(says(|_| {})).await?;
    assert_eq!((answer.status, &answer.body[..]), (200, &b"true"[..]), "{answer:?}");
    Ok(())
}

#[tokio::test]
async fn answers_to_other_requests_are_refused() -> Outcome {
    let other_hash = STANDARD.encode(DigestAlgorithm::Sha512.digest(b"other"));
    let lies: Vec<(&str, Lie)> = vec![
        ("id", says(|t| t.message = t.message.replace("x-road-id:", "x-road-id:other"))),
        ("client", says(|t| t.message = t.message.replace("MOHA/civil", "MOHA/other"))),
        ("service", says(|t| t.message = t.message.replace("population/persons", "population/other"))),
        ("request id", says(|t| t.message = t.message.replace("request-id:", "request-id:0"))),
        (
            "hash",
            says(move |t| {
                let at = t.message.find("x-road-request-hash:").unwrap();
                t.message.truncate(at);
                t.message.push_str(&format!("x-road-request-hash:{other_hash}\r\n"));
            }),
        ),
    ];
    for (name, lie) in lies {
        assert_eq!(ask_liar(lie).await?.code(), format!("{MINE}inconsistent_response"), "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn tampered_answers_are_refused() -> Outcome {
    for (name, lie) in [
        ("message", tampers(|t| t.message = t.message.replace("text/plain", "text/html"))),
        ("body", tampers(|t| t.body = Some(b"False".to_vec()))),
        ("no body", tampers(|t| t.body = None)),
    ] {
        let answer = ask_liar(lie).await?;
        assert!(answer.code().starts_with(&format!("{MINE}signature_verification.")), "{name}: {answer:?}");
    }
    Ok(())
}

#[tokio::test]
async fn answers_signed_by_others_are_refused() -> Outcome {
    let truth = || says(|_| ());
    let other = |world: &World| {
        let member = mekong_base::MemberId::new("VN", "GOV", "MOF");
        identity(world, &world.vietnam, &signing_pair(&world.vietnam, &member, &world.clock)?)
    };
    let answer = ask_liar_who_signs_as(other, truth()).await?;
    assert_eq!(answer.code(), format!("{MINE}signature_verification.incorrect_certificate"), "another member");
    // The same name, certified by the authority of another country.
    let abroad = |world: &World| identity(world, &world.laos, &signing_pair(&world.laos, &mps(), &world.clock)?);
    let answer = ask_liar_who_signs_as(abroad, truth()).await?;
    let found = answer.code();
    assert!(found.starts_with(&format!("{MINE}signature_verification.")), "another country: {found}");
    Ok(())
}

#[tokio::test]
async fn an_answer_whose_proof_ends_before_its_time_stamp_is_refused() -> Outcome {
    let aged = |minutes: u64| {
        move |world: &World| {
            let signer = identity(world, &world.vietnam, &world.provider.signing)?;
            world.advance(Duration::from_secs(minutes * 60));
            Ok(signer)
        }
    };
    assert_eq!(ask_liar_who_signs_as(aged(48), says(|_| ())).await?.status, 200);
    let answer = ask_liar_who_signs_as(aged(50), says(|_| ())).await?;
    let code = "signature_verification.invalid_cert_path.incorrect_validation_info";
    assert_eq!(answer.code(), format!("{MINE}{code}"), "{answer:?}");
    Ok(())
}

#[tokio::test]
async fn answers_without_what_they_need_are_refused() -> Outcome {
    let unsigned: Lie = Arc::new(|request, _, _| {
        let mut encoder = Encoder::new(0);
        encoder.rest_response(Truth::of(request).message.as_bytes());
        encoder.end();
        (200, encoder.content_type(), encoder.take())
    });
    let cut: Lie = Arc::new(|request, signer, now| {
        let truth = Truth::of(request);
        let (status, content_type, body) = truth.reply(&truth, signer, now);
        (status, content_type, body.slice(..body.len() - 100))
    });
    for (name, lie, code) in [
        ("unsigned", unsigned, "service_failed.missing_signature"),
        ("cut off", cut, "service_failed.mime_parsing_failed"),
        ("status 500", fixed(500, "text/plain", b"no"), "service_failed.http_error"),
        ("redirect", fixed(302, "text/plain", b"no"), "service_failed.http_error"),
        ("HTML", fixed(200, "text/html", b"<html>"), "service_failed.invalid_content_type"),
        ("no fault", fixed(200, "text/xml", b"<a/>"), "service_failed.invalid_xml"),
        ("bombs", fixed(200, "text/xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), "service_failed.invalid_xml"),
        ("no hash", says(|t| t.message = t.message.replace("request-hash", "hash")), "service_failed.invalid_message"),
        ("header", says(|t| t.message.push_str("Transfer-Encoding:chunked\r\n")), "service_failed.invalid_message"),
        ("status", says(|t| t.message = t.message.replacen("200", "101", 1)), "service_failed.invalid_message"),
    ] {
        assert_eq!(ask_liar(lie).await?.code(), format!("{MINE}{code}"), "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn faults_of_the_provider_are_handed_on() -> Outcome {
    let fault = Fault::new(FaultCode::received("server.serverproxy.access_denied"), "Request is not allowed");
    let soap = Bytes::from(fault.to_soap(Dialect::Snake));
    let answer = ask_liar(Arc::new(move |_, _, _| (200, "text/xml; charset=UTF-8".into(), soap.clone()))).await?;
    answer.fails(500, "server.serverproxy.access_denied");
    assert_eq!(answer.json()["detail"], fault.detail.as_str());
    // An old gateway's spelling is told in ours, and a code cannot end its header.
    let odd = Fault::new(FaultCode::received("Server.ServerProxy.UnknownService\r\nX: y"), "x\r\ny long enough");
    let soap = Bytes::from(odd.to_soap(Dialect::Snake));
    let answer = ask_liar(Arc::new(move |_, _, _| (200, "text/xml".into(), soap.clone()))).await?;
    assert!(answer.header("x-road-error").starts_with("server.serverproxy."), "{answer:?}");
    Ok(())
}

/// Only what this gateway sees itself is a lost connection: a fault that says so is an answer.
#[tokio::test]
async fn a_fault_makes_nobody_send_a_message_again() -> Outcome {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let answer = ask_liar(Arc::new(move |_, _, _| {
        counter.fetch_add(1, Ordering::SeqCst);
        let code = FaultCode::received("server.clientproxy.network_error");
        (200, "text/xml".into(), Fault::new(code, "the line was cut").to_soap(Dialect::Snake).into())
    }))
    .await?;
    answer.fails(500, "server.clientproxy.network_error");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    Ok(())
}

#[tokio::test]
async fn a_gateway_that_never_answers_is_told() -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let world = World::with(Options { provider_port: Some(port), ..Options::default() }).await?;
    let asked = tokio::time::timeout(Duration::from_secs(10), world.get("/persons/1")).await??;
    assert!(asked.code().starts_with(&format!("{MINE}ssl_authentication_failed")), "{asked:?}");
    Ok(())
}
