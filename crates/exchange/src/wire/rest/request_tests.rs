//! Requests made, read back, and refused.

use super::*;
use crate::wire::rest::request_hash;
use mekong_crypto::DigestAlgorithm;

const LIMITS: Limits = Limits { bytes: 2_000, headers: 10 };

fn header(name: &str, value: &str) -> Header {
    Header { name: name.into(), value: value.into() }
}

fn make(method: &str, target: &str, headers: &[(&str, &str)]) -> Result<RestRequest, RestError> {
    let headers: Vec<Header> = headers.iter().map(|(n, v)| header(n, v)).collect();
    RestRequest::from_http(method, target, &headers, "xid", || "new".into(), LIMITS)
}

const CLIENT: (&str, &str) = ("X-Road-Client", "Instance/Class/Member/SubSystem");

#[test]
fn the_signed_bytes_are_exact() -> Result<(), RestError> {
    let headers =
        [CLIENT, ("Accept", "a, b"), ("Host", "h"), ("User-Agent", "curl"), ("X-Road-Request-Hash", "forged")];
    let request = make("GET", "/r1/Instance/Class/Member/SubSystem/Service%20Code/a%2Fb?foo=bar", &headers)?;
    let expected = "GET\r\n/r1/Instance/Class/Member/SubSystem/Service%20Code/a%2Fb?foo=bar\r\n\
        X-Road-Client:Instance/Class/Member/SubSystem\r\nAccept:a, b\r\nx-road-request-id:xid\r\nx-road-id:new\r\n";
    assert_eq!(String::from_utf8_lossy(request.bytes()), expected);
    assert_eq!(RestRequest::from_bytes(expected.as_bytes(), LIMITS)?, request);
    assert_eq!(request.service().service, "Service Code");
    assert_eq!((request.service_path(), request.query()), ("/a%2Fb", Some("foo=bar")));
    assert_eq!((request.id(), request.request_id()), ("new", "xid"));
    Ok(())
}

#[test]
fn paths_end_where_they_end() -> Result<(), RestError> {
    let parts = |target: &str| {
        make("PUT", target, &[CLIENT]).map(|r| (r.service_path().to_owned(), r.query().map(str::to_owned)))
    };
    assert_eq!(parts("/r1/a/b/c/d/e")?, (String::new(), None));
    assert_eq!(parts("/r1/a/b/c/d/e/")?, ("/".into(), None));
    assert_eq!(parts("/r1/a/b/c/d/e?")?, (String::new(), Some(String::new())));
    assert_eq!(parts("/r1/a/b/c/d/e/x//y?z?/")?, ("/x//y".into(), Some("z?/".into())));
    Ok(())
}

/// Between gateways a message may be larger than an HTTP head: a path may not.
#[test]
fn long_targets_are_refused() {
    let limits = Limits { bytes: 1 << 20, headers: 10 };
    for (length, is_read) in [(64 << 10, true), ((64 << 10) + 1, false)] {
        let start = "/r1/a/b/c/d/e/";
        let target = format!("{start}{}", "a".repeat(length - start.len()));
        let text = format!("GET\r\n{target}\r\nx-road-client:a/b/c\r\nx-road-id:1\r\nx-road-request-id:2\r\n");
        let read = RestRequest::from_bytes(text.as_bytes(), limits);
        assert_eq!(read.is_ok(), is_read);
        assert!(read.err().is_none_or(|error| error.to_string().len() < 400));
    }
}

#[test]
fn targets_that_parsers_might_read_differently_are_refused() {
    let refused = |target: &str| make("GET", target, &[CLIENT]).map(|_| ()).err();
    for target in [
        "https://invalid.uri/",
        "//host/r1/a/b/c/d/e",
        "/r1/a/b/c/d",
        "/r1/a/b/c/d/e/x y",
        "/r1/a/b/c/d/e/\\x",
        "/r1/a/b/c/d/e/ü",
        "/r1/a/b/c/d/e/%zz",
        "/r1/a/b/c/d/e/%2",
        "/r1/a/b/c/d/e#f",
        "/r1/a/b/c/d/e?<x>",
    ] {
        assert!(matches!(refused(target), Some(RestError::Path { .. })), "{target}");
    }
    assert_eq!(refused("/r2/a/b/c/d/e"), Some(RestError::Version("r2".into())));
    for target in ["/r1/a//c/d/e", "/r1/a/%2e%2e/c/d/e", "/r1/a/b/c%2Fx/d/e", "/r1/a/b/c/d/%00"] {
        assert!(matches!(refused(target), Some(RestError::Identifier { place: "path", .. })), "{target}");
    }
    assert_eq!(make("BREW", "/r1/a/b/c/d/e", &[CLIENT]).err(), Some(RestError::Verb("BREW".into())));
    assert_eq!(make("get", "/r1/a/b/c/d/e", &[CLIENT]).err(), Some(RestError::Verb("get".into())));
}

#[test]
fn smuggled_headers_are_refused() {
    let refused = |headers: &[(&str, &str)]| make("GET", "/r1/a/b/c/d/e", headers).map(|_| ()).err();
    assert_eq!(refused(&[CLIENT, ("a", "b\r\nX-Road-Client: x/y/z")]), Some(RestError::Control { line: 0 }));
    assert_eq!(refused(&[CLIENT, ("x-road-client", "a/b/c")]), Some(RestError::DuplicateHeader(names::CLIENT)));
    assert_eq!(refused(&[CLIENT, ("x-road-id", "1"), ("X-Road-Id", "2")]), Some(RestError::DuplicateHeader(names::ID)));
    assert_eq!(refused(&[]), Some(RestError::MissingHeader(names::CLIENT)));
    assert!(matches!(refused(&[("X-Road-Client", "a/b")]), Some(RestError::Identifier { place: names::CLIENT, .. })));
    let many: Vec<(&str, &str)> = std::iter::once(CLIENT).chain((0..10).map(|_| ("a", "b"))).collect();
    assert_eq!(refused(&many), Some(RestError::TooManyHeaders(10)));
    let long = "x".repeat(3_000);
    assert!(matches!(refused(&[CLIENT, ("a", &long)]), Some(RestError::TooLarge { limit: 2_000, .. })));
}

#[test]
fn headers_of_the_connection_are_left_out() -> Result<(), RestError> {
    let headers = [CLIENT, ("Connection", "close, X-Hop"), ("X-Hop", "1"), ("TE", "trailers"), ("X-Kept", "1")];
    let request = make("GET", "/r1/a/b/c/d/e", &headers)?;
    let names: Vec<&str> = request.headers().map(|(n, _)| n).collect();
    assert_eq!(names, ["X-Road-Client", "X-Kept", "x-road-request-id", "x-road-id"]);
    Ok(())
}

#[test]
fn peers_that_send_what_may_not_stand_are_refused() {
    let read = |text: &str| RestRequest::from_bytes(text.as_bytes(), LIMITS).map(|_| ()).err();
    let head = "GET\r\n/r1/a/b/c/d/e\r\nx-road-client:a/b/c\r\nx-road-id:1\r\nx-road-request-id:2\r\n";
    assert_eq!(read(head), None);
    assert_eq!(
        read(&format!("{head}Transfer-Encoding:chunked\r\n")),
        Some(RestError::ForbiddenHeader("Transfer-Encoding".into()))
    );
    assert_eq!(read(&format!("{head}a:b\nc:d\r\n")), Some(RestError::Control { line: 6 }));
    assert_eq!(read(&format!("{head}a:b\rc:d\r\n")), Some(RestError::Control { line: 6 }));
    assert_eq!(read(&format!("{head}nocolon\r\n")), Some(RestError::Header { line: 6 }));
    assert_eq!(read(&format!("{head}\r\n")), Some(RestError::Header { line: 6 }));
    assert_eq!(read("GET\r\n"), Some(RestError::Missing("second line")));
    assert_eq!(RestRequest::from_bytes(b"GET\r\n/\xff", LIMITS).err(), Some(RestError::NotUtf8));
}

#[test]
fn represented_parties_have_one_or_two_segments() -> Result<(), RestError> {
    let party = |value: &str| make("GET", "/r1/a/b/c/d/e", &[CLIENT, ("X-Road-Represented-Party", value)]);
    assert_eq!(party("Member")?.represented_party(), Some(&RepresentedParty { class: None, code: "Member".into() }));
    let both = RepresentedParty { class: Some("Class".into()), code: "Member".into() };
    assert_eq!(party("Class/Member")?.represented_party(), Some(&both));
    assert!(matches!(party("Instance/Class/Member"), Err(RestError::HeaderValue { .. })));
    Ok(())
}

#[test]
fn the_request_hash_covers_the_body() -> Result<(), RestError> {
    let request = make("POST", "/r1/a/b/c/d/e", &[CLIENT])?;
    let message = DigestAlgorithm::Sha512.digest(request.bytes());
    let body = DigestAlgorithm::Sha512.digest(b"body");
    assert_eq!(request_hash(request.bytes(), None), message);
    let joined = [message.as_ref(), body.as_ref()].concat();
    assert_eq!(request_hash(request.bytes(), Some(&body)), DigestAlgorithm::Sha512.digest(&joined));
    Ok(())
}

#[test]
fn errors_do_not_show_what_is_asked_about() {
    let refused = RestRequest::from_bytes(
        b"GET\r\n/r1/VN/GOV/MPS/population/persons/0123456789/x^y?name=An\r\nx-road-client:LA/GOV/A\r\nx-road-id:1\r\n",
        LIMITS,
    );
    let text = refused.map_err(|e| e.to_string()).unwrap_err();
    assert!(
        text.contains("/r1/VN/GOV/MPS/population/persons") && !text.contains("0123456789") && !text.contains("An"),
        "{text}"
    );
}
