//! Segments of a ledger: a header, frames, an index. What is read is what was written; nothing is read beyond the end.
//!
//! The input is taken as a whole segment, and as the content of records that are written, cut and damaged.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_base::Instant;
use mekong_ledger::segment::{FRAME_LEN, Frame, HEADER_LEN, Header, Index, frame_len, read_trailer};

fuzz_target!(|input: &[u8]| {
    let seed = Header::decode(input).map_or(0, |header| {
        assert_eq!(Header::decode(&header.encode()).as_ref(), Ok(&header));
        header.seed()
    });
    walk(seed, input, HEADER_LEN.min(input.len()));
    let _ = read_trailer(&input[input.len().saturating_sub(12)..]);
    if let Some(index) = Index::decode(input) {
        assert_eq!(index.encode(), input);
        if let Some((relative, _)) = index.find(u64::MAX) {
            assert_eq!(index.find(relative).map(|found| found.0), Some(relative));
        }
    }
    if let Some((choice, body)) = input.split_first() {
        written(usize::from(*choice), body);
    }
});

fn walk(seed: u32, input: &[u8], mut at: usize) {
    while let Ok(frame) = Frame::decode(seed, at as u64, &input[at..]) {
        assert_eq!(frame_len(&input[at..]), Ok(frame.encoded_len()));
        at += frame.encoded_len();
        assert!(at <= input.len());
    }
}

/// A frame comes back as it was, and not if a byte of it is another one, or it stands elsewhere.
fn written(choice: usize, body: &[u8]) {
    let at = Instant::from_unix_micros(choice as i64);
    let frame = Frame { position: 7, at, back: 1, more: 2, kind: 3, salt: [choice as u8; 16], body };
    let mut bytes = Vec::new();
    frame.encode(5, 100, &mut bytes);
    assert_eq!(bytes.len(), FRAME_LEN + body.len());
    assert_eq!(Frame::decode(5, 100, &bytes), Ok(frame));
    assert!(Frame::decode(5, 101, &bytes).is_err() && Frame::decode(6, 100, &bytes).is_err());
    assert!(Frame::decode(5, 100, &bytes[..bytes.len() - 1]).is_err());
    let damaged = choice % bytes.len();
    bytes[damaged] ^= 1;
    // A longer length may ask for more bytes than there are; nothing else is taken either.
    assert!(Frame::decode(5, 100, &bytes).is_err());
}
