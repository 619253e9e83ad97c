//! Agencies: they ask through the consumer's gateway, one request after the other, and note what they were told. What was not
//! answered they ask again with the same id, as information systems do; to the gateways that is another order.

use crate::course::{Course, Request};
use crate::http::ask;
use crate::service::answer_to;
use bytes::Bytes;
use mekong_exchange::gateway::net::Net;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::net::SocketAddr;
use std::time::Duration;

/// How long an agency waits for an answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it asks for one thing.
const ATTEMPTS: u32 = 3;

/// What one agency does.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    pub(crate) number: u32,
    pub(crate) gateway: SocketAddr,
    pub(crate) seed: u64,
    /// When it asks no more.
    pub(crate) until: Duration,
}

/// Asks until the time is over.
pub(crate) async fn run(net: Net, work: Work, course: Course) {
    let mut random = StdRng::seed_from_u64(work.seed);
    let started = tokio::time::Instant::now();
    let mut count = 0;
    while started.elapsed() < work.until {
        count += 1;
        let id = format!("LA-{}-{count}", work.number);
        let is_safe = random.random_bool(0.4);
        let mut body = vec![0; if is_safe { 0 } else { random.random_range(0..3_000) }];
        random.fill(body.as_mut_slice());
        let body = Bytes::from(body);
        let request = Request { body: body.clone(), ..Request::default() };
        course.seen().requests.insert(id.clone(), request);
        for _ in 0..ATTEMPTS {
            if let Some(request) = course.seen().requests.get_mut(&id) {
                request.attempts += 1;
            }
            let answer = exchange(&net, work.gateway, &id, is_safe, &body).await;
            let is_answered = answer.is_some();
            answer.into_iter().for_each(|answer| acknowledge(&course, &id, &body, answer));
            tokio::time::sleep(Duration::from_millis(random.random_range(1..120))).await;
            if is_answered || started.elapsed() >= work.until {
                break;
            }
        }
    }
}

/// A successful answer: the id of the exchange, and its body.
async fn exchange(net: &Net, gateway: SocketAddr, id: &str, is_safe: bool, body: &Bytes) -> Option<(String, Bytes)> {
    let request = http::Request::builder()
        .method(if is_safe { "GET" } else { "POST" })
        .uri("/r1/VN/GOV/MPS/population/persons/persons")
        .header("x-road-client", "LA/GOV/MOHA/civil")
        .header("x-road-id", id);
    let answer = ask(net, gateway, request, body.clone(), PATIENCE).await?;
    let exchange = answer.headers.get("x-road-request-id").and_then(|v| v.to_str().ok())?.to_owned();
    (answer.status == 200).then_some((exchange, answer.body))
}

fn acknowledge(course: &Course, id: &str, body: &[u8], (exchange, answer): (String, Bytes)) {
    let mut seen = course.seen();
    if answer != answer_to(id, body) {
        seen.wrong.push(format!("the agency got another answer to {id} than the service gave"));
    }
    if let Some(request) = seen.requests.get_mut(id) {
        request.acknowledged = Some(exchange);
    }
}
