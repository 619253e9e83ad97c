//! The form in XML (RFC 6283).

use super::record::{Chain, Record, Stamp};
use super::{CHAIN_MAX, DIGESTS_MAX, GROUPS_MAX};
use mekong_crypto::DigestAlgorithm;
use mekong_xml::c14n::{self, Method, Selection, Subset};
use mekong_xml::find;
use mekong_xml::roxmltree::Node;

/// The namespace of evidence records.
pub(super) const NS: &str = "urn:ietf:params:xml:ns:ers";

/// Reads an `EvidenceRecord` element.
pub(super) fn read(record: Node<'_, '_>) -> Result<Record, String> {
    if !is(record, "EvidenceRecord") {
        return Err(format!("element {} instead of EvidenceRecord", record.tag_name().name()));
    }
    let version = record.attribute("Version").unwrap_or_default();
    if version != "1.0" {
        return Err(format!("version 1.0 wanted, {version:?} found"));
    }
    let mut faults = Vec::new();
    if child(record, "EncryptionInformation").is_some() {
        faults.push("encrypted data are not supported (RFC 6283 §3.1.1)".to_owned());
    }
    let sequence = child(record, "ArchiveTimeStampSequence").ok_or("ArchiveTimeStampSequence is missing")?;
    let nodes = ordered(sequence, "ArchiveTimeStampChain", CHAIN_MAX)?;
    let mut chains = Vec::new();
    for (number, node) in nodes.iter().enumerate() {
        chains.push(read_chain(*node, sequence, nodes.get(number..).unwrap_or_default())?);
    }
    if chains.is_empty() {
        return Err("no ArchiveTimeStampChain".into());
    }
    Ok(Record { xml: true, chains, faults })
}

fn is(node: Node<'_, '_>, name: &str) -> bool {
    find::is(node, NS, name)
}

/// The child with this name; the first, should there be several.
fn child<'a, 'i>(parent: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    parent.children().find(|node| is(*node, name))
}

/// The children with this name, in the order that their `Order` attributes give: 1, 2, and so on.
fn ordered<'a, 'i>(parent: Node<'a, 'i>, name: &str, most: usize) -> Result<Vec<Node<'a, 'i>>, String> {
    let mut nodes = Vec::new();
    for node in parent.children().filter(|node| is(*node, name)) {
        if nodes.len() == most {
            return Err(format!("more than {most} elements {name}"));
        }
        let order = node.attribute("Order").unwrap_or_default();
        let number: usize = order.parse().map_err(|_| format!("{name}: Order {order:?} is no number"))?;
        nodes.push((number, node));
    }
    nodes.sort_by_key(|(number, _)| *number);
    match nodes.iter().map(|(number, _)| *number).eq(1..=nodes.len()) {
        true => Ok(nodes.into_iter().map(|(_, node)| node).collect()),
        false => Err(format!("{name}: the Order attributes do not count from 1 without gaps (RFC 6283 §3.1.1)")),
    }
}

/// A chain of `sequence`; `later` are it and the ones after it.
fn read_chain(chain: Node<'_, '_>, sequence: Node<'_, '_>, later: &[Node<'_, '_>]) -> Result<Chain, String> {
    let uri = |name: &str| child(chain, name).and_then(|node| node.attribute("Algorithm")).unwrap_or_default();
    let algorithm = DigestAlgorithm::from_uri(uri("DigestMethod")).map_err(|e| e.to_string());
    let method = uri("CanonicalizationMethod");
    let method = Method::from_uri(method, Vec::new()).ok_or_else(|| format!("unknown canonicalisation {method:?}"))?;
    let mut stamps = Vec::new();
    let mut last: Option<Node<'_, '_>> = None;
    for node in ordered(chain, "ArchiveTimeStamp", CHAIN_MAX)? {
        let mut stamp = read_stamp(node)?;
        if let (Some(last), Ok(algorithm)) = (last, &algorithm) {
            let digest = c14n::digest(Subset::Element(last), &method, *algorithm).map_err(|e| e.to_string())?;
            stamp.before = Some(digest.as_ref().to_vec());
        }
        last = child(node, "TimeStamp");
        stamps.push(stamp);
    }
    let is_first = chain.attribute("Order") == Some("1");
    let before = match (&algorithm, is_first) {
        (Ok(algorithm), false) => Some(digest_without(sequence, later, &method, *algorithm)?),
        _ => None,
    };
    Ok(Chain { algorithm, method: Some(method), before, stamps })
}

/// The digest of the canonical sequence without these chains (RFC 6283 §4.2.2).
fn digest_without(
    sequence: Node<'_, '_>,
    without: &[Node<'_, '_>],
    method: &Method,
    algorithm: DigestAlgorithm,
) -> Result<Vec<u8>, String> {
    let document = sequence.document();
    let mut selection = Selection::none(document);
    selection.insert_tree(sequence);
    without.iter().for_each(|chain| selection.remove_tree(*chain));
    let subset = Subset::Selected { document, selection: &selection };
    c14n::digest(subset, method, algorithm).map(|d| d.as_ref().to_vec()).map_err(|e| e.to_string())
}

fn read_stamp(node: Node<'_, '_>) -> Result<Stamp, String> {
    let mut groups = Vec::new();
    if let Some(tree) = child(node, "HashTree") {
        let mut count = 0;
        for group in ordered(tree, "Sequence", GROUPS_MAX)? {
            let values = group.children().filter(|n| is(*n, "DigestValue")).take(DIGESTS_MAX + 1);
            let digests = values.map(|n| find::base64(n).map_err(|e| e.to_string())).collect::<Result<Vec<_>, _>>()?;
            count += digests.len();
            if count > DIGESTS_MAX {
                return Err(format!("HashTree: more than {DIGESTS_MAX} digests"));
            }
            groups.push(digests);
        }
    }
    let time_stamp = child(node, "TimeStamp").ok_or("TimeStamp is missing")?;
    let token = child(time_stamp, "TimeStampToken").ok_or("TimeStampToken is missing")?;
    let mut stamp = Stamp::new(groups, find::base64(token).map_err(|e| e.to_string())?);
    let kind = token.attribute("Type").unwrap_or_default();
    if kind != "RFC3161" {
        stamp.faults.push(format!("a time-stamp of type {kind:?}; only RFC3161 is supported"));
    }
    let list = child(time_stamp, "CryptographicInformationList");
    for information in list.iter().flat_map(|l| l.children()).filter(|n| is(*n, "CryptographicInformation")) {
        let Ok(bytes) = find::base64(information).map_err(|e| e.to_string()) else { continue };
        match information.attribute("Type") {
            Some("CERT") => stamp.certificates.push(bytes),
            Some("CRL") => stamp.crls.push(bytes.into()),
            Some("OCSP") => stamp.ocsps.push(bytes.into()),
            _ => {}
        }
    }
    Ok(stamp)
}
