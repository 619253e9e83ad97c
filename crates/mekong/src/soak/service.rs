//! The service behind the gateways: answers with what it was sent, and counts how often it got each request.

use super::numbered::Numbered;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// On a request that the service may have got before.
const REPEATED: &str = "x-mekong-repeated";
/// Bytes of the largest body that is read.
const BODY_MAX: usize = 4 << 20;

/// What a service has got.
#[derive(Clone, Default)]
pub(super) struct Seen(Arc<Mutex<Got>>);

#[derive(Default)]
struct Got {
    /// For each client the times that each of its requests came without the mark.
    unmarked: BTreeMap<u32, Vec<u8>>,
    marked: u64,
    unnamed: u64,
}

impl Seen {
    /// The service.
    pub(super) fn router(&self) -> Router {
        Router::new().fallback(answer).with_state(self.clone())
    }

    /// Requests that came more than once without the mark.
    pub(super) fn doubled(&self) -> Vec<Numbered> {
        let got = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_client = |(client, times): (&u32, &Vec<u8>)| {
            let client = *client;
            let several = (0_u32..).zip(times).filter(|(_, times)| **times > 1);
            several.map(move |(number, _)| Numbered { client, number }).collect::<Vec<_>>()
        };
        got.unmarked.iter().flat_map(of_client).collect()
    }

    /// Requests that came with the mark.
    pub(super) fn marked(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).marked
    }

    /// Requests whose identifier is none that was sent.
    pub(super) fn unnamed(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).unnamed
    }

    /// Counts from the head on: what was broken off in its body was got too.
    fn count(&self, headers: &HeaderMap) {
        let id = headers.get("x-road-id").and_then(|value| value.to_str().ok());
        let mut got = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Numbered { client, number }) = id.and_then(Numbered::of_id) else {
            got.unnamed += 1;
            return;
        };
        if headers.contains_key(REPEATED) {
            got.marked += 1;
            return;
        }
        let times = got.unmarked.entry(client).or_default();
        let place = number as usize;
        if times.len() <= place {
            times.resize(place.saturating_add(1), 0);
        }
        if let Some(times) = times.get_mut(place) {
            *times = times.saturating_add(1);
        }
    }
}

async fn answer(State(seen): State<Seen>, request: Request) -> Response {
    seen.count(request.headers());
    let (head, body) = request.into_parts();
    match axum::body::to_bytes(body, BODY_MAX).await {
        Ok(body) if body.is_empty() => Body::from(head.uri.path().to_owned()).into_response(),
        Ok(body) => Body::from(body).into_response(),
        Err(_) => (StatusCode::BAD_REQUEST, "the body broke off\n").into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn what_comes_again_without_the_mark_is_doubled() {
        let seen = Seen::default();
        let get = |id: &'static str, marked: bool| {
            let mut headers = HeaderMap::new();
            headers.insert("x-road-id", HeaderValue::from_static(id));
            if marked {
                headers.insert(REPEATED, HeaderValue::from_static("true"));
            }
            seen.count(&headers);
        };
        get("soak-1-5", false);
        get("soak-2-0", false);
        get("soak-2-0", true);
        assert_eq!((seen.doubled(), seen.marked(), seen.unnamed()), (Vec::new(), 1, 0));
        get("soak-1-5", false);
        get("of-nobody", false);
        let doubled: Vec<String> = seen.doubled().iter().map(Numbered::to_string).collect();
        assert_eq!((doubled, seen.marked(), seen.unnamed()), (vec!["soak-1-5".to_owned()], 1, 1));
    }
}
