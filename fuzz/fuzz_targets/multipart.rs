//! Multipart: the same parts however the bytes arrive, with narrow limits.
//!
//! The input is a count, so many cuts, and the body with the boundary `b`.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use mekong_exchange::wire::multipart::{ContentType, Event, Limits, MultipartError, Reader};
use mekong_fuzz::pieces::{cut, cuts_and_data};

const LIMITS: Limits = Limits { margin_bytes: 64, header_bytes: 128, headers: 4, parts: 4, total_bytes: 4096 };

fuzz_target!(|input: &[u8]| {
    let (cuts, data) = cuts_and_data(input);
    let _ = ContentType::parse(&String::from_utf8_lossy(data)).boundary();
    let (whole, outcome) = read(&[Bytes::copy_from_slice(data)]);
    let (pieces, other_outcome) = read(&cut(data, if cuts.is_empty() { &[0] } else { cuts }));
    // All at once a limit may be met before another fault is seen; refused is refused.
    let limited = |outcome: &Result<(), _>| matches!(outcome, Err(MultipartError::Limit { .. }));
    if limited(&outcome) || limited(&other_outcome) {
        assert!(outcome.is_err() && other_outcome.is_err(), "{outcome:?} and {other_outcome:?}");
    } else {
        assert_eq!(outcome, other_outcome, "{whole:?} and {pieces:?}");
    }
    if outcome.is_ok() {
        assert_eq!(whole, pieces);
    }
});

/// The events, with data joined, and how it ended.
fn read(pieces: &[Bytes]) -> (Vec<Event>, Result<(), MultipartError>) {
    let mut events = Vec::new();
    let mut run = || {
        let mut reader = Reader::new("b", LIMITS)?;
        for piece in pieces {
            reader.push(piece.clone())?;
            while let Some(event) = reader.event()? {
                let starts = matches!(event, Event::Part(_));
                join(&mut events, event);
                if starts {
                    reader.limit_part(512);
                }
            }
        }
        reader.finish()
    };
    let outcome = run();
    (events, outcome)
}

fn join(events: &mut Vec<Event>, event: Event) {
    match (events.last_mut(), event) {
        (Some(Event::Data(before)), Event::Data(data)) => *before = [before.as_ref(), data.as_ref()].concat().into(),
        (_, event) => events.push(event),
    }
}
