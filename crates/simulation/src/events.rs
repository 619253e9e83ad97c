//! A publisher of events and its subscribers: information systems that speak with the gateways as the documentation says.

use crate::Flaw;
use crate::course::{Course, Published, Received};
use crate::http::{ask, serve};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use mekong_exchange::gateway::net::Net;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;

/// The topic.
pub(crate) const TOPIC: &str = "births";
/// The subscription whose events are fetched.
pub(crate) const FETCHED: &str = "fetched";
/// The subscription whose events are pushed.
pub(crate) const PUSHED: &str = "pushed";
/// Whom events are about.
const SUBJECTS: [&str; 3] = ["hanoi", "hue", "vinh"];
const PATIENCE: Duration = Duration::from_secs(8);

/// Publishes until the time is over; what was begun before a crash is ended first, as from a table of what is to be sent.
pub(crate) async fn publish(net: Net, gateway: SocketAddr, until: Duration, seed: u64, course: Course) {
    let mut random = StdRng::seed_from_u64(seed);
    let started = tokio::time::Instant::now();
    loop {
        let open =
            course.seen().published.iter().find(|(_, e)| e.position.is_none()).map(|(id, e)| (id.clone(), e.clone()));
        let (id, event) = match open {
            Some(open) => open,
            None if started.elapsed() >= until => return,
            None => next(&course, &mut random),
        };
        if let Some(position) = send(&net, gateway, &id, &event).await {
            course.published(&id, position);
        }
        tokio::time::sleep(Duration::from_millis(random.random_range(10..250))).await;
    }
}

fn next(course: &Course, random: &mut StdRng) -> (String, Published) {
    let mut seen = course.seen();
    let subject = SUBJECTS.get(random.random_range(0..SUBJECTS.len())).copied().unwrap_or_default();
    let number = 1 + seen.published.values().filter(|event| event.subject == subject).count() as u64;
    let data = format!("{number} of {subject}: {}", random.random::<u64>());
    let (id, event) =
        (format!("{subject}-{number}"), Published { subject: subject.to_owned(), number, data, position: None });
    seen.published.insert(id.clone(), event.clone());
    (id, event)
}

async fn send(net: &Net, gateway: SocketAddr, id: &str, event: &Published) -> Option<u64> {
    let Published { subject, data, .. } = event;
    let body = json!({ "specversion": "1.0", "id": id, "type": "birth", "subject": subject, "data": data });
    let request = Request::post(format!("/events/v1/VN/GOV/MPS/population/{TOPIC}"))
        .header("content-type", "application/cloudevents+json");
    let answer = ask(net, gateway, request, body.to_string().into(), PATIENCE).await?;
    let told: Value = serde_json::from_slice(&answer.body).ok()?;
    told.get("position").and_then(Value::as_u64).filter(|_| answer.status.is_success())
}

/// Fetches events and says what it has, for ever.
pub(crate) async fn fetch(net: Net, gateway: SocketAddr, seed: u64, course: Course, flaw: Flaw) {
    let mut random = StdRng::seed_from_u64(seed);
    loop {
        if let Some(last) = fetch_some(&net, gateway, &course, flaw).await {
            // Who crashes here gets it all again.
            tokio::time::sleep(Duration::from_millis(random.random_range(0..60))).await;
            let request = Request::post(format!("/events/v1/subscriptions/{FETCHED}/ack"))
                .header("content-type", "application/json");
            ask(&net, gateway, request, json!({ "position": last }).to_string().into(), PATIENCE).await;
        } else {
            tokio::time::sleep(Duration::from_millis(random.random_range(100..500))).await;
        }
    }
}

/// The position of the last event that came; nothing if none did.
async fn fetch_some(net: &Net, gateway: SocketAddr, course: &Course, flaw: Flaw) -> Option<u64> {
    let request = Request::get(format!("/events/v1/subscriptions/{FETCHED}?limit=20&wait=3"));
    let answer =
        ask(net, gateway, request, Bytes::new(), PATIENCE).await.filter(|answer| answer.status.is_success())?;
    let told: Value = serde_json::from_slice(&answer.body).ok()?;
    let mut events = told.get("events")?.as_array()?.clone();
    if flaw == Flaw::EventsAreSwapped {
        events.reverse();
    }
    let positions = events.iter().filter_map(|one| one.get("position")?.as_u64());
    let last = positions.max();
    for one in &events {
        let is_marked = one.get("redelivery").and_then(Value::as_bool) == Some(true);
        match (one.get("position").and_then(Value::as_u64), one.get("event")) {
            (Some(position), Some(event)) => course.received(FETCHED, &received(event, position, is_marked)),
            _ => course.wrong(format!("an event was handed out in another form: {one}")),
        }
    }
    last
}

fn received(event: &Value, position: u64, is_marked: bool) -> Received {
    let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    Received { id: text("id"), subject: text("subject"), data: text("data"), position, is_marked }
}

/// Takes what is pushed.
pub(crate) async fn take(net: Net, address: SocketAddr, course: Course) {
    serve(net, address, move |request| {
        let course = course.clone();
        async move { taken(&course, &request) }
    })
    .await;
}

fn taken(course: &Course, request: &Request<Bytes>) -> Response<Bytes> {
    let header = |name| request.headers().get(name).and_then(|v| v.to_str().ok());
    let position = header("mekong-event-position").and_then(|text| text.parse().ok());
    let mut response = Response::new(Bytes::new());
    match (serde_json::from_slice::<Value>(request.body()), position) {
        (Ok(event), Some(position)) => {
            let is_marked = header("mekong-redelivery") == Some("true");
            course.received(PUSHED, &received(&event, position, is_marked));
        }
        _ => *response.status_mut() = StatusCode::BAD_REQUEST,
    }
    response
}
