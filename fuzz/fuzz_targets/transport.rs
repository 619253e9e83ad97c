//! Transport messages: the same events however the bytes arrive; what is encoded is decoded.
//!
//! The input is a count, so many cuts, and a body with the boundary `b`; where the body begins with a zero byte, the
//! parts of a message to be encoded, separated by zero bytes.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use mekong_base::limits::MessageLimits;
use mekong_exchange::wire::transport::{Decoder, Direction, Encoder, Event, Limits, TransportError};
use mekong_fuzz::fixtures::texts;
use mekong_fuzz::pieces::{cut, cuts_and_data};

fuzz_target!(|input: &[u8]| {
    let (cuts, data) = cuts_and_data(input);
    let cuts = if cuts.is_empty() { &[0] } else { cuts };
    if let [0, parts @ ..] = data {
        return what_is_encoded_is_decoded(parts, cuts);
    }
    for (content_type, direction) in [
        ("multipart/mixed; boundary=b", Direction::Request),
        ("multipart/mixed; boundary=b", Direction::Response),
        ("text/xml", Direction::Response),
    ] {
        let (whole, outcome) = decode(&[Bytes::copy_from_slice(data)], content_type, direction);
        let (pieces, other_outcome) = decode(&cut(data, cuts), content_type, direction);
        assert_eq!(outcome, other_outcome, "{whole:?} and {pieces:?}");
        if outcome.is_ok() {
            assert_eq!(whole, pieces);
            assert!(matches!(whole.last(), Some(Event::End | Event::Fault(_))));
        }
    }
});

/// The events, with data joined, and how it ended.
fn decode(pieces: &[Bytes], content_type: &str, direction: Direction) -> (Vec<Event>, Result<(), TransportError>) {
    let mut events = Vec::new();
    let mut run = || {
        let mut decoder = Decoder::new(content_type, direction, Limits::from(MessageLimits::default()))?;
        for piece in pieces {
            decoder.push(piece.clone())?;
            drain(&mut decoder, &mut events)?;
        }
        decoder.finish()?;
        drain(&mut decoder, &mut events)
    };
    let outcome = run();
    (events, outcome)
}

fn drain(decoder: &mut Decoder, events: &mut Vec<Event>) -> Result<(), TransportError> {
    while let Some(event) = decoder.event()? {
        match (events.last_mut(), event) {
            (Some(Event::BodyData(before)), Event::BodyData(data))
            | (Some(Event::AttachmentData(before)), Event::AttachmentData(data)) => {
                *before = [before.as_ref(), data.as_ref()].concat().into();
            }
            (_, event) => events.push(event),
        }
    }
    Ok(())
}

fn what_is_encoded_is_decoded(parts: &[u8], cuts: &[u8]) {
    let message = Bytes::copy_from_slice(parts.split(|b| *b == 0).next().unwrap_or_default());
    let body = Bytes::copy_from_slice(parts.split(|b| *b == 0).nth(1).unwrap_or_default());
    let rest: Vec<String> = texts(parts).skip(2).take(3).collect();
    let mut encoder =
        Encoder::with_boundary(format!("{:?}", mekong_crypto::DigestAlgorithm::Sha224.digest(parts)), 100);
    encoder.ocsp(&[0x30, 0]);
    encoder.rest_request(&message);
    encoder.start_body();
    encoder.append(&body);
    let mut expected = vec![Event::Ocsp(Bytes::from_static(&[0x30, 0])), Event::Rest(message), Event::Body];
    expected.extend((!body.is_empty()).then_some(Event::BodyData(body)));
    expected.push(Event::BodyEnd);
    if let [result, chain, _] = rest.as_slice() {
        encoder.hash_chain(result, chain);
        expected.extend([Event::HashChainResult(result.clone()), Event::HashChain(chain.clone())]);
    }
    let signature = rest.last().cloned().unwrap_or_default();
    encoder.signature(&signature);
    encoder.end();
    expected.extend([Event::Signature(signature), Event::End]);
    let content_type = encoder.content_type();
    let (found, outcome) = decode(&cut(&encoder.take(), cuts), &content_type, Direction::Request);
    assert_eq!((found, outcome), (expected, Ok(())));
}
