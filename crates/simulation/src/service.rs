//! The information system behind the provider's gateway: it notes what it is asked and answers with what it got.

use crate::course::Course;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use mekong_exchange::gateway::net::Net;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Set by a gateway that asks again, perhaps for the second time, what it does not know to have been answered.
pub(crate) const MARK: &str = "x-mekong-repeated";
const BODY_BYTES_MAX: usize = 1 << 20;

/// Serves until its machine crashes.
pub(crate) async fn run(net: Net, address: SocketAddr, course: Course, seed: u64) {
    let listener = match net.listen(address).await {
        Ok(listener) => listener,
        Err(error) => return course.wrong(format!("the service cannot listen: {error}")),
    };
    let random = Arc::new(Mutex::new(StdRng::seed_from_u64(seed)));
    while let Ok((stream, _)) = listener.accept().await {
        let (course, random) = (course.clone(), Arc::clone(&random));
        let serve = service_fn(move |request| answer(request, course.clone(), Arc::clone(&random)));
        tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), serve));
    }
}

async fn answer(
    request: Request<Incoming>,
    course: Course,
    random: Arc<Mutex<StdRng>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let header = |name| parts.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let (id, is_marked) = (header("x-road-id"), parts.headers.contains_key(MARK));
    let Ok(body) = Limited::new(body, BODY_BYTES_MAX).collect().await else {
        // Cut off in the middle: nothing was asked.
        return Ok(Response::new(Full::default()));
    };
    let body = body.to_bytes();
    note(&course, &id, &body, is_marked);
    let wait = random.lock().unwrap_or_else(PoisonError::into_inner).random_range(0..40);
    tokio::time::sleep(Duration::from_millis(wait)).await;
    Ok(Response::new(Full::new(answer_to(&id, &body))))
}

/// What the service answers.
pub(crate) fn answer_to(id: &str, body: &[u8]) -> Bytes {
    [b"answer to ", id.as_bytes(), b": ", body].concat().into()
}

fn note(course: &Course, id: &str, body: &[u8], is_marked: bool) {
    let mut seen = course.seen();
    let Some(request) = seen.requests.get_mut(id) else {
        return seen.wrong.push(format!("the service got a request that no agency sent: {id}"));
    };
    match is_marked {
        true => request.marked += 1,
        false => request.delivered += 1,
    }
    if request.body != body {
        let (sent, got) = (request.body.len(), body.len());
        seen.wrong.push(format!("the service got another body for {id} than was sent ({got} bytes for {sent})"));
    }
}
