//! Clients that ask across the border, each one question after the other, and remember what was answered.

use super::numbered::Numbered;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use rand::rngs::StdRng;
use rand::{Rng, RngCore, SeedableRng};
use std::time::{Duration, Instant};

/// After this a client takes its answer for lost.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of an answer that are read.
const ANSWER_MAX: usize = 8 << 20;
/// Bytes of usual bodies, and of one in thirty.
const BODIES: (usize, usize) = (2_000, 200_000);
/// Between two questions of a client.
const PAUSE: Duration = Duration::from_millis(20);

/// Whom a client asks.
#[derive(Clone)]
pub(super) struct Way {
    /// `http://host:port` of the gateway.
    pub(super) gateway: String,
    /// `/r1/` and the service.
    pub(super) service: String,
    /// `X-Road-Client`.
    pub(super) client: String,
}

/// What a client sent, and what came of it.
#[derive(Default)]
pub(super) struct Tally {
    /// All requests.
    pub(super) sent: u64,
    /// Those whose answer is the service's.
    pub(super) acknowledged: Vec<Numbered>,
    /// Those that a gateway answered with an error.
    pub(super) refused: u64,
    /// Those without an answer.
    pub(super) unanswered: u64,
    /// Those answered with what is not the service's answer.
    pub(super) wrong: u64,
}

enum Outcome {
    Answered(Bytes),
    Refused,
    None,
}

/// One client until `until`.
pub(super) async fn one_client(way: Way, client: u32, seed: u64, until: Instant) -> Tally {
    let http: Client<HttpConnector, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let mut random = StdRng::seed_from_u64(seed.wrapping_add(u64::from(client)));
    let mut tally = Tally::default();
    for number in 0..u32::MAX {
        if Instant::now() >= until {
            break;
        }
        let which = Numbered { client, number };
        let body = a_body(&mut random);
        let expected = if body.is_empty() { Bytes::from(format!("/v1/{which}")) } else { body.clone() };
        tally.sent += 1;
        match tokio::time::timeout(PATIENCE, ask(&http, &way, which, body)).await {
            Ok(Outcome::Answered(answer)) if answer == expected => tally.acknowledged.push(which),
            Ok(Outcome::Answered(_)) => tally.wrong += 1,
            Ok(Outcome::Refused) => tally.refused += 1,
            Ok(Outcome::None) | Err(_) => tally.unanswered += 1,
        }
        tokio::time::sleep(PAUSE).await;
    }
    tally
}

/// None (a GET) now and then, else bytes that no other request has.
fn a_body(random: &mut StdRng) -> Bytes {
    if random.random_ratio(1, 3) {
        return Bytes::new();
    }
    let most = if random.random_ratio(1, 30) { BODIES.1 } else { BODIES.0 };
    let mut body = vec![0; random.random_range(16..most)];
    random.fill_bytes(&mut body);
    body.into()
}

async fn ask(http: &Client<HttpConnector, Full<Bytes>>, way: &Way, which: Numbered, body: Bytes) -> Outcome {
    let request = Request::builder()
        .method(if body.is_empty() { "GET" } else { "POST" })
        .uri(format!("{}{}/v1/{which}", way.gateway, way.service))
        .header("X-Road-Client", &way.client)
        .header("X-Road-Id", which.to_string())
        .body(Full::new(body));
    let Ok(request) = request else { return Outcome::None };
    let Ok(answer) = http.request(request).await else { return Outcome::None };
    let is_ours = answer.status() == 200;
    match Limited::new(answer.into_body(), ANSWER_MAX).collect().await {
        Ok(body) if is_ours => Outcome::Answered(body.to_bytes()),
        Ok(_) => Outcome::Refused,
        Err(_) => Outcome::None,
    }
}
