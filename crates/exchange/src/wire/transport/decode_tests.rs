//! The decoder against the reference's own test messages, and against what the encoder writes.

use super::*;
use crate::wire::fault::Kind;
use crate::wire::transport::Encoder;
use mekong_base::limits::MessageLimits;
use std::path::PathBuf;

type Failure = Box<dyn std::error::Error>;

fn limits() -> Limits {
    MessageLimits::default().into()
}

/// Names of events in order; data by its length.
fn decode(content_type: &str, direction: Direction, input: &[u8], step: usize) -> Result<Vec<String>, TransportError> {
    let mut decoder = Decoder::new(content_type, direction, limits())?;
    let mut told: Vec<String> = Vec::new();
    let mut bytes = 0;
    for chunk in input.chunks(step) {
        decoder.push(Bytes::copy_from_slice(chunk))?;
        drain(&mut decoder, &mut told, &mut bytes)?;
    }
    decoder.finish()?;
    drain(&mut decoder, &mut told, &mut bytes)?;
    Ok(told)
}

fn drain(decoder: &mut Decoder, told: &mut Vec<String>, bytes: &mut usize) -> Result<(), TransportError> {
    while let Some(event) = decoder.event()? {
        match event {
            Event::Ocsp(b) => told.push(format!("ocsp {}", b.len())),
            Event::Rest(b) => told.push(format!("rest {}", b.len())),
            Event::Soap { .. } => told.push("soap".into()),
            Event::Body | Event::Attachment(_) => *bytes = 0,
            Event::BodyData(b) | Event::AttachmentData(b) => *bytes += b.len(),
            Event::BodyEnd => told.push(format!("body {bytes}")),
            Event::AttachmentEnd => told.push(format!("attachment {bytes}")),
            Event::HashChainResult(_) => told.push("result".into()),
            Event::HashChain(_) => told.push("chain".into()),
            Event::Signature(_) => told.push("signature".into()),
            Event::Fault(fault) => told.push(format!("fault {}", fault.code)),
            Event::End => told.push("end".into()),
        }
    }
    Ok(())
}

/// The shared vectors, or `None` (with a line saying so) where they are not checked out; under CI they must be.
fn shared(path: &str) -> Result<Option<Vec<u8>>, Failure> {
    let root = std::env::var_os("MEKONG_SHARED")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from);
    let file = root.join("vectors/xroad").join(path);
    match std::fs::read(&file) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if std::env::var("CI").is_ok() => Err(format!("{}: {error}", file.display()).into()),
        Err(_) => {
            println!("skipped: no ../shared");
            Ok(None)
        }
    }
}

fn verdict(content_type: &str, direction: Direction, path: &str) -> Result<Option<String>, Failure> {
    let Some(bytes) = shared(path)? else {
        return Ok(None);
    };
    let mut verdicts = [1, 7, 100_000].map(|step| match decode(content_type, direction, &bytes, step) {
        Ok(told) => told.join(", "),
        Err(error) => format!("{:?}: {error}", error.kind()),
    });
    assert!(verdicts.iter().all(|v| Some(v) == verdicts.first()), "{path} depends on how it arrives: {verdicts:?}");
    Ok(Some(std::mem::take(&mut verdicts[0])))
}

#[track_caller]
fn check(boundary: &str, direction: Direction, path: &str, expected: &str) -> Result<(), Failure> {
    let content_type = format!("multipart/mixed; charset=UTF-8; boundary={boundary}");
    if let Some(verdict) = verdict(&content_type, direction, path)? {
        assert!(verdict.starts_with(expected), "{path}: {verdict}");
    }
    Ok(())
}

const BOUNDARY: &str = "xtop1357783211hcn1yiro";

#[test]
fn messages_of_the_reference_get_its_verdicts() -> Result<(), Failure> {
    use Direction::{Request, Response};
    check(BOUNDARY, Request, "messages/normal.request", "soap, signature, end")?;
    check("xtop1143483536hcn1yj5i", Response, "messages/normal.response", "soap, signature, end")?;
    check(BOUNDARY, Request, "messages/normal-soapfault.request", "fault CODE, signature, end")?;
    check("xtop569125687hcu8vfma", Request, "messages/attachment.request", "soap, attachment 5, signature, end")?;
    check(BOUNDARY, Request, "messages/ocsp.request", "ocsp 1307, soap, signature, end")?;
    check(BOUNDARY, Request, "messages/extracontent.request", "InvalidMessage: extra content (text/plain)")?;
    check(BOUNDARY, Request, "messages/invalid-ocsp.request", "IoError: OCSP part 1")?;
    check(
        BOUNDARY,
        Request,
        "messages/invalid-soap-contenttype.request",
        "InvalidContentType: content type \"foo/bar\"",
    )?;
    check(BOUNDARY, Request, "messages/invalid-contenttype-signature.request", "InvalidContentType: ")?;
    check(BOUNDARY, Request, "messages/fault-signature.request", "soap, fault CODE, end")
}

#[test]
fn bodies_that_are_no_multipart_get_the_reference_verdicts() -> Result<(), Failure> {
    for (content_type, direction, path, expected) in [
        ("text/xml", Direction::Response, "queries/simple.query", "InvalidMessage: "),
        ("text/xml", Direction::Response, "queries/fault.query", "fault "),
        ("text/xml; charset=UTF-8", Direction::Request, "queries/fault.query", "InvalidContentType: "),
        ("tsdfsdfsdf", Direction::Response, "queries/fault.query", "InvalidContentType: "),
        ("multipart/mixed", Direction::Response, "queries/attachm-error.query", "InvalidContentType: "),
    ] {
        if let Some(verdict) = verdict(content_type, direction, path)? {
            assert!(verdict.starts_with(expected), "{path} as {content_type}: {verdict}");
        }
    }
    Ok(())
}

#[track_caller]
fn written(direction: Direction, write: impl Fn(&mut Encoder)) -> Result<Vec<String>, Kind> {
    let mut encoder = Encoder::new(100);
    write(&mut encoder);
    let bytes = encoder.take();
    let [one, whole] = [1, bytes.len().max(1)].map(|step| decode(&encoder.content_type(), direction, &bytes, step));
    assert_eq!(one, whole);
    whole.map_err(|e| e.kind())
}

fn body(encoder: &mut Encoder, bytes: &[u8]) {
    encoder.start_body();
    encoder.append(bytes);
}

const OCSP: &[u8] = &[0x30, 3, 0x0a, 1, 0];

#[test]
fn what_is_written_is_read() {
    let request = written(Direction::Request, |e| {
        e.ocsp(OCSP);
        e.ocsp(OCSP);
        e.rest_request(b"GET");
        body(e, b"line\r\n");
        e.hash_chain("r", "c");
        e.signature("s");
        e.end();
    });
    let expected = ["ocsp 5", "ocsp 5", "rest 3", "body 6", "result", "chain", "signature", "end"];
    assert_eq!(request, Ok(expected.map(str::to_owned).to_vec()));
    let response = written(Direction::Response, |e| {
        e.rest_response(b"200");
        body(e, b"");
        e.signature("s");
        e.end();
    });
    assert_eq!(response, Ok(["rest 3", "body 0", "signature", "end"].map(str::to_owned).to_vec()));
}

#[test]
fn parts_out_of_order_are_refused() {
    let refused = |write: &dyn Fn(&mut Encoder)| written(Direction::Request, write).err();
    type Case<'a> = (&'a str, &'a dyn Fn(&mut Encoder), Kind);
    let cases: [Case<'_>; 9] = [
        (
            "message after signature",
            &|e| {
                e.signature("s");
                e.rest_request(b"x");
                e.end();
            },
            Kind::InvalidContentType,
        ),
        (
            "body before message",
            &|e| {
                body(e, b"x");
                e.rest_request(b"x");
                e.end();
            },
            Kind::InvalidContentType,
        ),
        (
            "ocsp after message",
            &|e| {
                e.rest_request(b"x");
                e.ocsp(OCSP);
                e.signature("s");
                e.end();
            },
            Kind::InvalidContentType,
        ),
        (
            "body after signature",
            &|e| {
                e.rest_request(b"x");
                e.signature("s");
                body(e, b"x");
                e.end();
            },
            Kind::InvalidMessage,
        ),
        (
            "two bodies",
            &|e| {
                e.rest_request(b"x");
                body(e, b"x");
                body(e, b"y");
                e.signature("s");
                e.end();
            },
            Kind::InvalidContentType,
        ),
        (
            "two messages",
            &|e| {
                e.rest_request(b"x");
                e.rest_request(b"x");
                e.signature("s");
                e.end();
            },
            Kind::InvalidContentType,
        ),
        (
            "a response",
            &|e| {
                e.rest_response(b"x");
                e.signature("s");
                e.end();
            },
            Kind::InvalidContentType,
        ),
        (
            "no signature",
            &|e| {
                e.rest_request(b"x");
                e.end();
            },
            Kind::MissingSignature,
        ),
        (
            "nothing but ocsp",
            &|e| {
                e.ocsp(OCSP);
                e.end();
            },
            Kind::MissingRest,
        ),
    ];
    for (name, write, kind) in cases {
        assert_eq!(refused(write), Some(kind), "{name}");
    }
    let cut = written(Direction::Request, |e| {
        e.rest_request(b"x");
        e.signature("s");
    });
    assert_eq!(cut, Err(Kind::MimeParsingFailed));
}

#[test]
fn ocsp_responses_have_one_limit_together() {
    // A sequence of 60,000 bytes.
    let mut der = vec![0x30, 0x83, 0, 0xea, 0x60];
    der.resize(60_005, 0);
    let sent = |times: usize| {
        let mut encoder = Encoder::new(100);
        (0..times).for_each(|_| encoder.ocsp(&der));
        encoder.rest_request(b"GET");
        encoder.signature("s");
        encoder.end();
        decode(&encoder.content_type(), Direction::Request, &encoder.take(), 10_000)
    };
    assert_eq!(sent(4).map(|told| told.len()), Ok(7));
    let refused = sent(5).map_err(|error| error.to_string());
    assert_eq!(refused, Err("content bytes of part 5 exceed 22124".to_owned()));
}

#[test]
fn a_fault_may_take_the_place_of_the_signature() {
    let fault = "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><e:Fault>\
        <faultcode>server.x</faultcode></e:Fault></e:Body></e:Envelope>";
    let told = written(Direction::Response, |e| {
        e.rest_response(b"200");
        body(e, b"part of it");
        e.fault(fault);
        e.end();
    });
    assert_eq!(told, Ok(["rest 3", "body 10", "fault server.x", "end"].map(str::to_owned).to_vec()));
    let told = written(Direction::Response, |e| {
        e.fault(fault);
        e.end();
    });
    assert_eq!(told, Ok(["fault server.x", "end"].map(str::to_owned).to_vec()));
}

#[test]
fn der_is_recognised_by_its_shape() {
    assert!(is_der_sequence(&[0x30, 0]) && is_der_sequence(OCSP));
    for bad in [&b""[..], b"0", b"OCSP RESPONSE DUMMY", &[0x30, 1], &[0x30, 0, 0], &[0x31, 0], &[0x30, 0x80, 0, 0]] {
        assert!(!is_der_sequence(bad), "{bad:?}");
    }
}
