//! A hash step: the digest of a list of digests.
//!
//! `H(DER(SEQUENCE OF SEQUENCE { digest OCTET STRING, algorithm UTF8String, transforms SEQUENCE {} }))`, where the
//! algorithm is the URI that XML signatures use. Written by hand: the shape is fixed and every message passes here.

use mekong_crypto::{Digest, DigestAlgorithm};

const SEQUENCE: u8 = 0x30;
const OCTET_STRING: u8 = 0x04;
const UTF8_STRING: u8 = 0x0c;

/// The DER list of the digests of one step.
pub fn list<'a>(items: impl IntoIterator<Item = (DigestAlgorithm, &'a [u8])>) -> Vec<u8> {
    let mut content = Vec::with_capacity(256);
    for (algorithm, digest) in items {
        let uri = algorithm.uri().as_bytes();
        let inner = encoded_len(digest.len()) + encoded_len(uri.len()) + 2;
        header(&mut content, SEQUENCE, inner);
        header(&mut content, OCTET_STRING, digest.len());
        content.extend_from_slice(digest);
        header(&mut content, UTF8_STRING, uri.len());
        content.extend_from_slice(uri);
        header(&mut content, SEQUENCE, 0);
    }
    let mut out = Vec::with_capacity(content.len() + 6);
    header(&mut out, SEQUENCE, content.len());
    out.append(&mut content);
    out
}

/// The digest of a step over digests that share its algorithm.
pub fn digest(algorithm: DigestAlgorithm, items: &[&[u8]]) -> Digest {
    algorithm.digest(&list(items.iter().map(|item| (algorithm, *item))))
}

fn encoded_len(content: usize) -> usize {
    1 + length_len(content) + content
}

fn length_len(length: usize) -> usize {
    if length < 0x80 { 1 } else { 1 + significant(length).count() }
}

/// The bytes of a length without leading zeros.
fn significant(length: usize) -> impl Iterator<Item = u8> {
    length.to_be_bytes().into_iter().skip_while(|b| *b == 0)
}

fn header(out: &mut Vec<u8>, tag: u8, length: usize) {
    out.push(tag);
    match u8::try_from(length) {
        Ok(short @ 0..=0x7f) => out.push(short),
        _ => {
            let count = u8::try_from(significant(length).count()).unwrap_or(8);
            out.push(0x80 | count);
            out.extend(significant(length));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use der::asn1::{OctetStringRef, SequenceOf, Utf8StringRef};
    use der::{Decode, Reader, SliceReader};

    #[test]
    fn the_list_is_der_that_another_reader_takes() -> Result<(), der::Error> {
        for len in [1usize, 20, 64, 127, 128, 200, 255, 256, 70_000] {
            let digest = vec![7u8; len];
            let encoded =
                list([(DigestAlgorithm::Sha512, digest.as_slice()), (DigestAlgorithm::Sha1, b"x".as_slice())]);
            let mut reader = SliceReader::new(&encoded)?;
            let first = reader.sequence(|items| {
                let first = items.sequence(|item| {
                    let value = OctetStringRef::decode(item)?.as_bytes().len();
                    let uri = Utf8StringRef::decode(item)?.as_str().to_owned();
                    SequenceOf::<u8, 1>::decode(item)?;
                    Ok((value, uri))
                })?;
                items.sequence(|item| {
                    OctetStringRef::decode(item)?;
                    Utf8StringRef::decode(item)?;
                    SequenceOf::<u8, 1>::decode(item)
                })?;
                Ok(first)
            })?;
            reader.finish(())?;
            assert_eq!(first, (len, DigestAlgorithm::Sha512.uri().to_owned()));
        }
        Ok(())
    }
}
