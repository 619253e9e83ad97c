//! The same bytes in other pieces.

use bytes::Bytes;

/// Cuts `data` into pieces whose lengths the `cuts` choose, 1 to 32 bytes each, again and again; all at once if there are
/// none.
pub fn cut(data: &[u8], cuts: &[u8]) -> Vec<Bytes> {
    let mut pieces = Vec::new();
    let mut rest = data;
    let mut lengths = cuts.iter().cycle().map(|c| usize::from(c % 32) + 1);
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(lengths.next().unwrap_or(rest.len()).min(rest.len()));
        pieces.push(Bytes::copy_from_slice(piece));
        rest = after;
    }
    pieces
}

/// Splits the input of a target: a count, so many cuts, and the data.
pub fn cuts_and_data(input: &[u8]) -> (&[u8], &[u8]) {
    let Some((count, rest)) = input.split_first() else {
        return (&[], &[]);
    };
    rest.split_at(usize::from(count % 16).min(rest.len()))
}
