//! REST responses: the bytes that are signed are the bytes received; an answer with the same headers can be made.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_exchange::rules::consistency;
use mekong_exchange::wire::multipart::Header;
use mekong_exchange::wire::rest::{Answer, Limits, RestRequest, RestResponse, request_hash};
use mekong_fuzz::fixtures;

const LIMITS: Limits = Limits { bytes: 1 << 20, headers: 100 };

fuzz_target!(|data: &[u8]| {
    let Ok(response) = RestResponse::from_bytes(data, LIMITS) else { return };
    assert_eq!(response.bytes(), data);
    let request = RestRequest::from_bytes(fixtures::MESSAGE, LIMITS).expect("our own request");
    let hash = request_hash(request.bytes(), None);
    let _ = consistency::check(&request, &hash, &response);
    let header = |(name, value): (&str, &str)| Header { name: name.to_owned(), value: value.to_owned() };
    let headers: Vec<Header> = response.headers().map(header).collect();
    let answer = Answer { status: response.status(), reason: response.reason(), headers: &headers };
    let made = RestResponse::from_answer(answer, &request, &hash, LIMITS).expect("it can be made");
    assert_eq!(consistency::check(&request, &hash, &made), Ok(()));
    assert_eq!((made.status(), made.reason()), (response.status(), response.reason()));
    assert_eq!(RestResponse::from_bytes(made.bytes(), LIMITS), Ok(made));
});
