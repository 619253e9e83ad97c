//! The form in DER (RFC 4998).

use super::record::{Chain, Record, Stamp};
use super::{CHAIN_MAX, DIGESTS_MAX, GROUPS_MAX};
use mekong_crypto::DigestAlgorithm;
use mekong_pki::cms::ber::{Element, Elements};
use mekong_pki::cms::oid;
use mekong_pki::tlv::{self, TlvError, context, wrap};

/// Reads an `EvidenceRecord`; nothing may follow it.
pub(super) fn read(bytes: &[u8]) -> Result<Record, TlvError> {
    let mut fields = Elements::only(bytes, tlv::SEQUENCE, "EvidenceRecord")?.inside();
    let version = fields.take(tlv::INTEGER, "version")?.value;
    if version != [1] {
        return Err(TlvError(format!("version 1 wanted, {} found", hex::encode(version))));
    }
    fields.take(tlv::SEQUENCE, "digestAlgorithms")?;
    fields.optional(context(0), "cryptoInfos")?;
    let mut faults = Vec::new();
    if fields.optional(context(1), "encryptionInfo")?.is_some() {
        faults.push("encrypted data are not supported (RFC 4998 §6)".to_owned());
    }
    let sequence = fields.take(tlv::SEQUENCE, "archiveTimeStampSequence")?;
    fields.finish("EvidenceRecord")?;
    let mut chains = Vec::new();
    let encoded = members(sequence, CHAIN_MAX, "archiveTimeStampSequence")?;
    for (number, chain) in encoded.iter().enumerate() {
        let before: Vec<&[u8]> = encoded.iter().take(number).map(|c| c.whole).collect();
        chains.push(read_chain(*chain, &before)?);
    }
    if chains.is_empty() {
        return Err(TlvError("archiveTimeStampSequence is empty".into()));
    }
    Ok(Record { xml: false, chains, faults })
}

fn members<'a>(list: Element<'a>, most: usize, what: &str) -> Result<Vec<Element<'a>>, TlvError> {
    let (mut inside, mut members) = (list.inside(), Vec::new());
    while !inside.is_empty() {
        if members.len() == most {
            return Err(TlvError(format!("{what}: more than {most}")));
        }
        members.push(inside.take(tlv::SEQUENCE, what)?);
    }
    Ok(members)
}

/// A chain; `before` are the ones before it, encoded.
fn read_chain(chain: Element<'_>, before: &[&[u8]]) -> Result<Chain, TlvError> {
    let mut stamps: Vec<Stamp> = Vec::new();
    let mut algorithm = Err("an empty chain".to_owned());
    for encoded in members(chain, CHAIN_MAX, "archiveTimeStampChain")? {
        let (mut stamp, own) = read_stamp(encoded)?;
        match (stamps.last(), &algorithm) {
            (None, _) => algorithm = own,
            (Some(last), Ok(shared)) => {
                stamp.before = Some(shared.digest(&last.token).as_ref().to_vec());
                if own.as_ref() != Ok(shared) {
                    let what = "another digest algorithm than the rest of its chain (RFC 4998 §5.2)";
                    stamp.unbound = Some(what.into());
                }
            }
            (Some(_), Err(_)) => {}
        }
        stamps.push(stamp);
    }
    let shared = algorithm.as_ref().ok().filter(|_| !before.is_empty());
    let before = shared.map(|a| a.digest(&wrap(tlv::SEQUENCE, &before.concat())).as_ref().to_vec());
    Ok(Chain { algorithm, method: None, before, stamps })
}

/// An archive time-stamp with its digest algorithm.
fn read_stamp(stamp: Element<'_>) -> Result<(Stamp, Result<DigestAlgorithm, String>), TlvError> {
    let mut fields = stamp.inside();
    let algorithm = fields.optional(context(0), "digestAlgorithm")?;
    fields.optional(context(1), "attributes")?;
    let groups = fields.optional(context(2), "reducedHashtree")?.map_or(Ok(Vec::new()), read_tree)?;
    let token = fields.take(tlv::SEQUENCE, "timeStamp")?.whole.to_vec();
    fields.finish("ArchiveTimeStamp")?;
    let algorithm = match algorithm {
        Some(identifier) => {
            let id = identifier.inside().take(tlv::OID, "digestAlgorithm")?.value;
            let known = DigestAlgorithm::ALL.into_iter().find(|a| a.oid().as_bytes() == id);
            known.ok_or_else(|| format!("unsupported digest {}", oid::text(id)))
        }
        // the algorithm of the time-stamp (RFC 4998 §4.1)
        None => super::verify::token_info(&token).map(|info| info.algorithm),
    };
    Ok((Stamp::new(groups, token), algorithm))
}

fn read_tree(tree: Element<'_>) -> Result<Vec<Vec<Vec<u8>>>, TlvError> {
    let (mut groups, mut count) = (Vec::new(), 0);
    for group in members(tree, GROUPS_MAX, "reducedHashtree")? {
        let (mut inside, mut digests) = (group.inside(), Vec::new());
        while !inside.is_empty() {
            count += 1;
            if count > DIGESTS_MAX {
                return Err(TlvError(format!("reducedHashtree: more than {DIGESTS_MAX} digests")));
            }
            digests.push(inside.octets("PartialHashtree")?.joined().into_owned());
        }
        groups.push(digests);
    }
    Ok(groups)
}
