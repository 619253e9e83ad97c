//! The information system behind the provider's gateway: it notes what it is asked and answers with what it got.

use crate::Flaw;
use crate::course::Course;
use bytes::Bytes;
use http::{Request, Response};
use mekong_exchange::gateway::net::Net;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Set by a gateway that asks again, perhaps for the second time, what it does not know to have been answered.
const MARK: &str = "x-mekong-repeated";

/// Serves until its machine crashes.
pub(crate) async fn run(net: Net, address: SocketAddr, course: Course, seed: u64, flaw: Flaw) {
    let random = Arc::new(Mutex::new(StdRng::seed_from_u64(seed)));
    crate::http::serve(net, address, move |request| answer(request, course.clone(), Arc::clone(&random), flaw)).await;
}

async fn answer(request: Request<Bytes>, course: Course, random: Arc<Mutex<StdRng>>, flaw: Flaw) -> Response<Bytes> {
    let (parts, mut body) = request.into_parts();
    let header = |name| parts.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let (id, exchange) = (header("x-road-id"), header("x-road-request-id"));
    let is_marked = parts.headers.contains_key(MARK) && flaw != Flaw::MarksAreLost;
    if flaw == Flaw::BodiesAreChanged && body.len() > 100 {
        body = body.slice(1..);
    }
    course.delivered(&id, &exchange, &body, is_marked);
    let wait = random.lock().unwrap_or_else(PoisonError::into_inner).random_range(0..40);
    tokio::time::sleep(Duration::from_millis(wait)).await;
    Response::new(answer_to(&id, &body))
}

/// What the service answers.
pub(crate) fn answer_to(id: &str, body: &[u8]) -> Bytes {
    [b"answer to ", id.as_bytes(), b": ", body].concat().into()
}
