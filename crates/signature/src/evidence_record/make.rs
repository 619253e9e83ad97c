//! Records in DER made and renewed (RFC 4998 §4.2, §5.2).

use super::BYTES_MAX;
use super::record::group_digest;
use crate::cades::augment::stamp;
use crate::making::{MakeError, Services};
use mekong_crypto::DigestAlgorithm;
use mekong_pki::cms::algorithm_identifier;
use mekong_pki::cms::ber::{Element, Elements};
use mekong_pki::tlv::{self, TlvError, context, wrap, wrap_all};

/// One time-stamp over many data objects: a record for each of these digests, in their order.
///
/// # Errors
/// [`MakeError::Document`] if there is no digest or one has the wrong length, [`MakeError::Service`].
pub fn initial(
    algorithm: DigestAlgorithm,
    digests: &[Vec<u8>],
    services: &dyn Services,
) -> Result<Vec<Vec<u8>>, MakeError> {
    if digests.is_empty() {
        return Err(refused("data objects", "none was given".into()));
    }
    check_length(algorithm, digests)?;
    let levels = tree(algorithm, digests);
    let root = levels.last().and_then(|top| top.first()).map(Vec::as_slice).unwrap_or_default();
    let token = stamp(services, algorithm, root)?;
    let record = |number: usize| {
        let stamp = archive_timestamp(algorithm, &reduced(&levels, number), &token);
        record(&[algorithm_identifier(algorithm)], &[wrap(tlv::SEQUENCE, &stamp)])
    };
    Ok((0..digests.len()).map(record).collect())
}

/// Adds a time-stamp over the last one to the last chain: before its certificate expires or its key is doubted.
///
/// # Errors
/// [`MakeError::Document`] if the record cannot be read, [`MakeError::Service`].
pub fn renew_timestamp(bytes: &[u8], services: &dyn Services) -> Result<Vec<u8>, MakeError> {
    let parts = Parts::read(bytes).map_err(unreadable)?;
    let (chains, last) = parts.split_last()?;
    let (algorithm, token) = last_stamp(last).map_err(unreadable)?;
    let token = stamp(services, algorithm, algorithm.digest(token).as_ref())?;
    let renewed = [last.value, &archive_timestamp(algorithm, &[], &token)].concat();
    let mut chains: Vec<Vec<u8>> = chains.iter().map(|chain| chain.whole.to_vec()).collect();
    chains.push(wrap(tlv::SEQUENCE, &renewed));
    Ok(record(&parts.algorithms, &chains))
}

/// Adds a chain by another digest algorithm, before the present one is broken: over the data object, whose digest by the new
/// algorithm is given, and all chains there are.
///
/// # Errors
/// As [`renew_timestamp`]; [`MakeError::Document`] also if the digest has the wrong length.
pub fn renew_hash_tree(
    bytes: &[u8],
    algorithm: DigestAlgorithm,
    digest: &[u8],
    services: &dyn Services,
) -> Result<Vec<u8>, MakeError> {
    check_length(algorithm, &[digest.to_vec()])?;
    let parts = Parts::read(bytes).map_err(unreadable)?;
    let mut chains: Vec<Vec<u8>> = parts.chains.iter().map(|chain| chain.whole.to_vec()).collect();
    let before = algorithm.digest(&wrap(tlv::SEQUENCE, &chains.concat()));
    let both = algorithm.digest(&[digest, before.as_ref()].concat()).as_ref().to_vec();
    let token = stamp(services, algorithm, &both)?;
    chains.push(wrap(tlv::SEQUENCE, &archive_timestamp(algorithm, &[vec![both]], &token)));
    let mut algorithms = parts.algorithms;
    let identifier = algorithm_identifier(algorithm);
    if !algorithms.contains(&identifier) {
        algorithms.push(identifier);
    }
    Ok(record(&algorithms, &chains))
}

/// All levels of a binary hash tree, the given digests first; a node without a neighbour goes up as it is.
fn tree(algorithm: DigestAlgorithm, digests: &[Vec<u8>]) -> Vec<Vec<Vec<u8>>> {
    let mut levels = vec![digests.to_vec()];
    while let Some(below) = levels.last().filter(|level| level.len() > 1) {
        let pair = |pair: &[Vec<u8>]| group_digest(algorithm, pair.iter().map(Vec::as_slice).collect());
        let above = below.chunks(2).map(pair).collect();
        levels.push(above);
    }
    levels
}

/// The reduced hash tree of a leaf: its group, then the neighbours on the way up.
fn reduced(levels: &[Vec<Vec<u8>>], leaf: usize) -> Vec<Vec<Vec<u8>>> {
    let (mut groups, mut at): (Vec<Vec<Vec<u8>>>, usize) = (Vec::new(), leaf);
    for level in levels.iter().filter(|level| level.len() > 1) {
        let neighbour = level.get(at ^ 1).cloned();
        match groups.is_empty() {
            true => groups.push(level.get(at).cloned().into_iter().chain(neighbour).collect()),
            false => groups.extend(neighbour.map(|digest| vec![digest])),
        }
        at /= 2;
    }
    groups
}

fn archive_timestamp(algorithm: DigestAlgorithm, groups: &[Vec<Vec<u8>>], token: &[u8]) -> Vec<u8> {
    let group = |digests: &Vec<Vec<u8>>| {
        let strings: Vec<Vec<u8>> = digests.iter().map(|digest| wrap(tlv::OCTET_STRING, digest)).collect();
        wrap(tlv::SEQUENCE, &strings.concat())
    };
    let tree = match groups {
        [] => Vec::new(),
        groups => wrap(context(2), &groups.iter().map(group).collect::<Vec<_>>().concat()),
    };
    // [0] is IMPLICIT: the fields of the algorithm identifier
    let identifier = algorithm_identifier(algorithm);
    let fields = Elements::only(&identifier, tlv::SEQUENCE, "algorithm").map(|e| e.retagged(context(0)));
    wrap_all(tlv::SEQUENCE, &[&fields.unwrap_or_default(), &tree, token])
}

fn record(algorithms: &[Vec<u8>], chains: &[Vec<u8>]) -> Vec<u8> {
    let algorithms = wrap(tlv::SEQUENCE, &algorithms.concat());
    wrap_all(tlv::SEQUENCE, &[&[tlv::INTEGER, 1, 1], &algorithms, &wrap(tlv::SEQUENCE, &chains.concat())])
}

/// What a record is renewed from.
struct Parts<'a> {
    algorithms: Vec<Vec<u8>>,
    chains: Vec<Element<'a>>,
}

impl<'a> Parts<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, TlvError> {
        if bytes.len() > BYTES_MAX {
            return Err(TlvError(format!("{} bytes, at most {BYTES_MAX} are read", bytes.len())));
        }
        super::asn1::read(bytes)?;
        let mut fields = Elements::only(bytes, tlv::SEQUENCE, "EvidenceRecord")?.inside();
        fields.take(tlv::INTEGER, "version")?;
        let algorithms = all(fields.take(tlv::SEQUENCE, "digestAlgorithms")?)?;
        if fields.peek_tag() != Some(tlv::SEQUENCE) {
            return Err(TlvError("cryptoInfos and encryptionInfo cannot be kept".into()));
        }
        let chains = all(fields.take(tlv::SEQUENCE, "archiveTimeStampSequence")?)?;
        Ok(Self { algorithms: algorithms.iter().map(|a| a.whole.to_vec()).collect(), chains })
    }

    fn split_last(&self) -> Result<(&[Element<'a>], Element<'a>), MakeError> {
        let empty = || refused("evidence record", "it has no chain".into());
        self.chains.split_last().map(|(last, chains)| (chains, *last)).ok_or_else(empty)
    }
}

fn all(list: Element<'_>) -> Result<Vec<Element<'_>>, TlvError> {
    let (mut inside, mut members) = (list.inside(), Vec::new());
    while !inside.is_empty() {
        members.push(inside.next("member")?);
    }
    Ok(members)
}

/// The digest algorithm of a chain and its last token.
fn last_stamp(chain: Element<'_>) -> Result<(DigestAlgorithm, &[u8]), TlvError> {
    let stamps = all(chain)?;
    let last = stamps.last().ok_or_else(|| TlvError("the last chain is empty".into()))?;
    let token = all(*last)?.last().map(|token| token.whole).unwrap_or_default();
    let algorithm = super::verify::token_info(token).map_err(TlvError)?.algorithm;
    Ok((algorithm, token))
}

fn check_length(algorithm: DigestAlgorithm, digests: &[Vec<u8>]) -> Result<(), MakeError> {
    match digests.iter().find(|digest| digest.len() != algorithm.output_len()) {
        None => Ok(()),
        Some(wrong) => {
            let (name, wanted, found) = (algorithm.name(), algorithm.output_len(), wrong.len());
            Err(refused("data objects", format!("a {name} digest has {wanted} bytes, found {found}")))
        }
    }
}

fn unreadable(error: TlvError) -> MakeError {
    refused("evidence record", error.0)
}

fn refused(place: &str, reason: String) -> MakeError {
    MakeError::Document { place: place.into(), reason }
}
