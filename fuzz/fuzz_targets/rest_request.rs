//! REST requests: the bytes that are signed are the bytes received; the same request can be made from HTTP.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_exchange::rules::path::{PathPattern, Readings};
use mekong_exchange::wire::multipart::Header;
use mekong_exchange::wire::rest::{Limits, RestRequest};

const LIMITS: Limits = Limits { bytes: 1 << 20, headers: 100 };

fuzz_target!(|data: &[u8]| {
    let Ok(request) = RestRequest::from_bytes(data, LIMITS) else { return };
    assert_eq!(request.bytes(), data);
    if let Ok(readings) = Readings::of(request.service_path()) {
        assert!(readings.covered_by(&PathPattern::any()));
    }
    let mut target = format!("/r1/{}{}", request.service(), request.service_path());
    if let Some(query) = request.query() {
        target.push('?');
        target.push_str(query);
    }
    let header = |(name, value): (&str, &str)| Header { name: name.to_owned(), value: value.to_owned() };
    let headers: Vec<Header> = request.headers().map(header).collect();
    let no_id = || unreachable!("the request has an id");
    // Identifiers are escaped as we write them, so that the path may be longer than it was.
    let limits = Limits { bytes: LIMITS.bytes * 4, ..LIMITS };
    let made = RestRequest::from_http(request.verb().as_str(), &target, &headers, request.request_id(), no_id, limits);
    let made = made.expect("it can be made again");
    assert_eq!((made.verb(), made.service(), made.client()), (request.verb(), request.service(), request.client()));
    assert_eq!((made.service_path(), made.query()), (request.service_path(), request.query()));
    assert_eq!((made.id(), made.request_id()), (request.id(), request.request_id()));
    assert_eq!(made.security_server(), request.security_server());
    assert_eq!(made.represented_party(), request.represented_party());
});
