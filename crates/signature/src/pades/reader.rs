//! A PDF to facts.

use super::byte_range::{ByteRange, Digests};
use super::changes::{self, Compared};
use super::dictionary::{self, Permissions};
use super::dss::{Store, sha256};
use super::form::Form;
use super::found::{self, Found, read_error};
use super::{CONTENTS_BYTES_MAX, level};
use crate::cades::{self, Content};
use crate::facts::{
    CertificateReference, Change, ChangeKind, Coverage, DataKind, DataState, Document, Fault, Finding, Format, Level,
    Proven, Signature, SignatureFormat, SignatureValue, SignedBytes, SignedData, Timestamp, TimestampKind, Weight,
};
use crate::read::{ReadError, Reading};
use mekong_base::Source;
use mekong_crypto::{DigestAlgorithm, SignatureAlgorithm};
use mekong_pdf::{Dictionary, Limits, Object, Pdf, Revision};
use mekong_pki::Certificate;
use mekong_pki::cms::SignedData as CmsData;
use mekong_pki::cms::ber::Elements;
use mekong_pki::tsp::Token;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Bytes between the end of a signature's range and the end of its revision: a line end.
const LINE_END_MAX: u64 = 2;

/// Reads the signatures and document time-stamps of a PDF, in the order in which they were made.
///
/// # Errors
/// [`ReadError::NoSignature`] for other files and PDFs without any; [`ReadError::Malformed`] for PDFs broken beyond repair;
/// [`ReadError::Limit`].
pub fn read(source: &dyn Source, _reading: &Reading<'_>) -> Result<Document, ReadError> {
    let pdf = Pdf::open(source, Limits::default()).map_err(read_error)?;
    let mut document = Document {
        format: Format::Pades,
        signatures: Vec::new(),
        timestamps: Vec::new(),
        evidence_records: Vec::new(),
        faults: Vec::new(),
        findings: findings(&pdf),
    };
    let mut places: Vec<Place> = found::all(&pdf)?.into_iter().map(|found| Place::of(found, &pdf)).collect();
    if places.is_empty() {
        return Err(ReadError::NoSignature("a PDF without signature fields that are signed".into()));
    }
    places.sort_by_key(|place| place.range.as_ref().map_or(u64::MAX, |range| range.end));
    overlaps(&mut places);
    let mut reader = Reader {
        digests: Digests::new(source),
        revisions: pdf.revisions().map_err(read_error)?,
        store: Store::read(&pdf),
        stores: HashMap::new(),
        archive_stamps: HashSet::new(),
        ids: HashSet::new(),
        covered: Vec::new(),
        pdf: &pdf,
    };
    for range in places.iter().filter(|place| place.found.is_timestamp()).filter_map(|place| place.range.as_ref().ok())
    {
        reader.earlier_store(range.end);
    }
    document.findings.extend(reader.store.findings.iter().cloned());
    for place in places {
        reader.place(place, &mut document);
    }
    reader.levels(&mut document);
    match reader.digests.failure() {
        Some(error) => Err(error.into()),
        None => Ok(document),
    }
}

fn findings(pdf: &Pdf<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(repair) = pdf.repair() {
        let text =
            format!("cross-references are broken ({}); {} objects were found by search", repair.why, repair.objects);
        findings.push(Finding::new(Weight::Warning, "pdf_repaired", text));
    }
    if pdf.is_encrypted() {
        let text = "the document is encrypted: signatures are checked, changes after signing cannot be explained";
        findings.push(Finding::new(Weight::Warning, "pdf_encrypted", text));
    }
    if pdf.junk_before_header() > 0 {
        let text = format!("{} bytes stand before %PDF-", pdf.junk_before_header());
        findings.push(Finding::new(Weight::Warning, "pdf_junk_before_header", text));
    }
    findings
}

/// A signature dictionary and which bytes it signs.
struct Place {
    found: Found,
    range: Result<ByteRange, Fault>,
}

impl Place {
    fn of(found: Found, pdf: &Pdf<'_>) -> Self {
        let range = match pdf.value(&found.dictionary, "ByteRange") {
            Ok(object) => ByteRange::read(&object, pdf.end()),
            Err(error) => Err(Fault::new("/ByteRange", error.to_string())),
        };
        Self { found, range }
    }
}

/// Two signatures cannot leave out parts of each other: the hole of one is the other's or lies in what the other signs.
fn overlaps(places: &mut [Place]) {
    let ranges: Vec<ByteRange> = places.iter().filter_map(|place| place.range.as_ref().ok().copied()).collect();
    let mut latest: Option<ByteRange> = None;
    let mut crossing: Vec<(ByteRange, ByteRange)> = Vec::new();
    for range in ranges {
        if let Some(before) = latest.filter(|before| range != *before && range.hole < before.end) {
            crossing.push((before, range));
        }
        latest = Some(range);
    }
    for place in places {
        if let Some((before, range)) = crossing.iter().find(|(_, range)| place.range.as_ref() == Ok(range)) {
            let what = format!(
                "leaves out bytes {}..{}, which overlap what another signature signs, 0..{}",
                range.hole, range.resume, before.end
            );
            place.found.faults.push(Fault::new("/ByteRange", what));
        }
    }
}

struct Reader<'r, 'a> {
    pdf: &'r Pdf<'a>,
    digests: Digests<'a>,
    revisions: Vec<Revision>,
    /// Validation material of the document, today's and what earlier revisions had.
    store: Store,
    /// Validation material at the ends of revisions that are time-stamped.
    stores: HashMap<u64, Store>,
    /// Ids of document time-stamps that are entered as such (EN 319 142-1 §5.4.3) and cover revocation data.
    archive_stamps: HashSet<String>,
    ids: HashSet<String>,
    /// What later document time-stamps may prove: with the end of the bytes that hold it.
    covered: Vec<(u64, Vec<Proven>)>,
}

/// A signature dictionary as it was in its revision.
struct Signed<'s, 'a> {
    id: String,
    field: Option<String>,
    dictionary: Dictionary,
    contents: Vec<u8>,
    range: Option<ByteRange>,
    /// The revision that was signed.
    then: Option<&'s Pdf<'a>>,
    faults: Vec<Fault>,
    findings: Vec<Finding>,
    coverage: Coverage,
    compared: Compared,
    permissions: Permissions,
}

impl<'a> Reader<'_, 'a> {
    fn id(&mut self, found: &Found) -> String {
        let wanted = found.field.clone().filter(|name| !name.is_empty());
        let wanted = wanted.unwrap_or_else(|| format!("signature-{}", self.ids.len() + 1));
        let mut id = wanted.clone();
        let mut number = 2;
        while !self.ids.insert(id.clone()) {
            id = format!("{wanted}-{number}");
            number += 1;
        }
        id
    }

    /// The material in the revision that ends here.
    fn earlier_store(&mut self, end: u64) {
        if !self.stores.contains_key(&end)
            && let Ok(then) = Pdf::open_prefix(self.pdf.source(), end, *self.pdf.limits())
        {
            let store = Store::read(&then);
            self.store.merge(store.clone());
            self.stores.insert(end, store);
        }
    }

    fn place(&mut self, place: Place, document: &mut Document) {
        let is_timestamp = place.found.is_timestamp();
        let id = self.id(&place.found);
        let end = place.range.as_ref().ok().map(|range| range.end);
        let then = end.and_then(|end| Pdf::open_prefix(self.pdf.source(), end, *self.pdf.limits()).ok());
        let signed = self.signed(id, place, then.as_ref());
        if is_timestamp {
            let timestamp = self.timestamp(signed);
            document.timestamps.push(timestamp);
        } else {
            let signatures = self.signature(signed, document.signatures.len());
            document.signatures.extend(signatures);
        }
    }

    /// Looks at everything but the CMS.
    fn signed<'s>(&self, id: String, place: Place, then: Option<&'s Pdf<'a>>) -> Signed<'s, 'a> {
        let Place { found, range } = place;
        let mut signed = Signed {
            id,
            field: found.field.clone(),
            dictionary: found.dictionary.clone(),
            contents: Vec::new(),
            range: range.as_ref().ok().copied(),
            then,
            faults: found.faults.clone(),
            findings: Vec::new(),
            coverage: Coverage::Unknown,
            compared: Compared::default(),
            permissions: Permissions::default(),
        };
        if !found.more_fields.is_empty() {
            let text = format!("the same signature is the value of further fields: {}", found.more_fields.join(", "));
            signed.findings.push(Finding::new(Weight::Warning, "signature_in_several_fields", text));
        }
        match range {
            Ok(range) => self.revision(&mut signed, &found, range),
            Err(fault) => signed.faults.push(fault),
        }
        self.contents(&mut signed);
        signed
    }

    /// The signed revision, what followed it, and the dictionary as it was then.
    fn revision(&self, signed: &mut Signed<'_, 'a>, found: &Found, range: ByteRange) {
        signed.coverage = self.coverage(range.end);
        let Some(then) = signed.then.filter(|then| then.repair().is_none() || self.pdf.repair().is_some()) else {
            let what = format!("ends at {}, where no revision of the document ends", range.end);
            signed.faults.push(Fault::new("/ByteRange", what));
            return;
        };
        if let Some(reference) = found.reference
            && let Ok(object) = then.get(reference)
            && let Some(dictionary) = object.dictionary()
        {
            let hole = dictionary.get("Contents").and_then(Object::string).map(|c| range.check_hole(c).is_ok());
            if hole == Some(true) {
                if *dictionary != found.dictionary {
                    let what = "the signature dictionary was changed after signing";
                    signed.faults.push(Fault::new(format!("object {reference}"), what));
                    let change = Change { kind: ChangeKind::Undefined, what: what.into() };
                    signed.compared.changes.push(change);
                }
                signed.dictionary = dictionary.clone();
            }
        }
        if let Some(key) = &signed.dictionary.twice {
            let what = format!("/{} stands twice: readers differ in which one counts", String::from_utf8_lossy(key));
            signed.faults.push(Fault::new("signature dictionary", what));
        }
        let form = Form::read(then).unwrap_or_default();
        let field = form.fields.iter().find(|(_, f)| f.is_signature() && Some(&f.name) == found.field.as_ref());
        signed.permissions = Permissions::read(then, &signed.dictionary, field.map(|(_, field)| &field.dictionary));
        if self.pdf.end() > range.end + LINE_END_MAX && !self.pdf.is_encrypted() {
            self.compare(signed, then, range);
        }
    }

    fn compare(&self, signed: &mut Signed<'_, 'a>, then: &Pdf<'_>, range: ByteRange) {
        let last = self.revisions.last().map_or(0, |revision| revision.end);
        if self.is_followed(range.end) {
            let compared = changes::compare(then, self.pdf, &signed.permissions);
            if let Some((before, after)) = compared.pages {
                let what = format!("{before} pages were signed, the document has {after}");
                signed.faults.push(Fault::new("page tree", what));
            }
            signed.compared.changes.extend(compared.changes);
        }
        if self.has_tail(last.max(range.end)) {
            let what = format!("bytes added after the last end mark at {last}");
            signed.compared.changes.push(Change { kind: ChangeKind::Undefined, what });
        }
    }

    /// Whether a later revision follows.
    fn is_followed(&self, end: u64) -> bool {
        self.pdf.repair().is_some() || self.revisions.iter().any(|revision| revision.end > end + LINE_END_MAX)
    }

    /// Whether anything but white space stands after `from`.
    fn has_tail(&self, from: u64) -> bool {
        let mut any = false;
        let range = from.min(self.pdf.end())..self.pdf.end();
        let read = self.pdf.source().each(range, &mut |piece| {
            any |= piece.iter().any(|byte| !byte.is_ascii_whitespace() && *byte != 0);
        });
        any || read.is_err()
    }

    fn coverage(&self, end: u64) -> Coverage {
        let near = |revision: &Revision| revision.end.abs_diff(end) <= LINE_END_MAX;
        let of = self.revisions.len();
        match self.revisions.iter().position(near) {
            Some(at) if at + 1 == of && !self.has_tail(end) => Coverage::Whole,
            Some(at) => Coverage::Revision { number: at + 1, of },
            None if end == self.pdf.end() => Coverage::Whole,
            None => Coverage::Part(format!("the first {end} bytes of {}", self.pdf.end())),
        }
    }

    /// `/Contents` without the zeros behind the value.
    fn contents(&self, signed: &mut Signed<'_, 'a>) {
        let dictionary = signed.dictionary.clone();
        let Some(contents) = dictionary.get("Contents").and_then(Object::string) else {
            signed.faults.push(Fault::new("/Contents", "missing, or no direct string"));
            return;
        };
        if let Some(range) = &signed.range
            && let Err(fault) = range.check_hole(contents)
        {
            signed.faults.push(fault);
        }
        if contents.bytes.len() > CONTENTS_BYTES_MAX {
            let what = format!("{} bytes, at most {CONTENTS_BYTES_MAX} are read", contents.bytes.len());
            signed.faults.push(Fault::new("/Contents", what));
            return;
        }
        let value = Elements::new(&contents.bytes).next("/Contents").map_or(b"".as_slice(), |first| first.whole);
        let rest = contents.bytes.get(value.len()..).unwrap_or_default();
        if rest.iter().any(|byte| *byte != 0) && !value.is_empty() {
            let text = format!("{} bytes after the signature in /Contents are not all zero", rest.len());
            signed.findings.push(Finding::new(Weight::Warning, "contents_padding", text));
        }
        signed.contents = if value.is_empty() { contents.bytes.clone() } else { value.to_vec() };
    }

    fn timestamp(&mut self, signed: Signed<'_, 'a>) -> Timestamp {
        let mut faults = signed.faults;
        let token = CmsData::parse(&signed.contents).map_err(|error| error.to_string());
        let token = token.and_then(|data| Token::read(&data).map_err(|error| error.to_string())).map(Arc::new);
        if let Err(reason) = &token {
            faults.push(Fault::new("/Contents", reason.clone()));
        }
        let imprint = match (&token, &signed.range) {
            (Ok(token), Some(range)) => match self.digests.digest(range, token.info.algorithm) {
                Some(digest) if digest == token.info.digest => DataState::Intact,
                Some(_) => DataState::Altered,
                None => DataState::Missing,
            },
            (Ok(_), None) => DataState::Missing,
            (Err(reason), _) => DataState::Unchecked(reason.clone()),
        };
        let mut certificates = token.as_ref().map(|token| token.certificates.clone()).unwrap_or_default();
        certificates.extend(self.store.certificates.iter().map(|(_, certificate)| certificate.clone()));
        let mut timestamp = Timestamp {
            id: signed.id,
            kind: TimestampKind::Document,
            imprint,
            proves: Vec::new(),
            data: Vec::new(),
            certificates,
            crls: token.as_ref().map(|token| token.crls.clone()).unwrap_or_default(),
            ocsps: token.as_ref().map(|token| token.ocsps.clone()).unwrap_or_default(),
            token,
            faults,
            coverage: signed.coverage,
            findings: signed.findings,
        };
        timestamp.crls.extend(self.store.crls.iter().map(|(_, crl)| Arc::clone(crl)));
        timestamp.ocsps.extend(self.store.ocsps.iter().map(|(_, ocsp)| Arc::clone(ocsp)));
        timestamp.findings.extend(change_findings(&signed.compared.changes));
        if let Some(range) = signed.range {
            timestamp.proves = self.proven(&range);
            let covers_revocation = timestamp.proves.iter().any(|what| matches!(what, Proven::Revocation(_)));
            if covers_revocation && signed.dictionary.is("Type", "DocTimeStamp") {
                self.archive_stamps.insert(timestamp.id.clone());
            }
            let own = vec![Proven::Timestamp(timestamp.id.clone())];
            self.covered.push((range.end, own.into_iter().chain(proven_in(&timestamp)).collect()));
        }
        timestamp
    }

    /// What stands in the bytes that a document time-stamp covers.
    fn proven(&self, range: &ByteRange) -> Vec<Proven> {
        let mut seen = HashSet::new();
        let mut proven: Vec<Proven> = Vec::new();
        let before =
            self.covered.iter().filter(|(end, _)| *end <= range.hole).flat_map(|(_, what)| what.iter().cloned());
        proven.extend(before.filter(|what| seen.insert(what.clone())));
        if let Some(store) = self.stores.get(&range.end) {
            let certificates = store.certificates.iter().map(|(digest, _)| Proven::Certificate(*digest));
            let revocations = store.crls.iter().chain(&store.ocsps).map(|(digest, _)| Proven::Revocation(*digest));
            proven.extend(certificates.chain(revocations).filter(|what| seen.insert(what.clone())));
        }
        proven
    }

    fn signature(&mut self, signed: Signed<'_, 'a>, index: usize) -> Vec<Signature> {
        let sub_filter = signed.dictionary.get("SubFilter").and_then(Object::name).unwrap_or_default().to_vec();
        let mut signatures = match sub_filter.as_slice() {
            b"adbe.x509.rsa_sha1" => vec![self.bare_rsa(&signed)],
            _ => self.cms(&signed, &sub_filter),
        };
        for signature in &mut signatures {
            signature.file.clone_from(&signed.field);
            if let Some(signs) = &mut signature.countersigns {
                *signs += index;
            }
        }
        if let Some(main) = signatures.first_mut() {
            self.complete(main, signed, &sub_filter);
        }
        signatures
    }

    /// The CMS in `/Contents`.
    fn cms(&self, signed: &Signed<'_, 'a>, sub_filter: &[u8]) -> Vec<Signature> {
        let digest = |algorithm: DigestAlgorithm| self.digests.digest(signed.range.as_ref()?, algorithm);
        let sha1 = (sub_filter == b"adbe.pkcs7.sha1").then(|| digest(DigestAlgorithm::Sha1)).flatten();
        // There the CMS signs the SHA-1 of the ranges, as content inside.
        let inner = |algorithm: DigestAlgorithm| match &sha1 {
            Some(sha1) => Some(algorithm.digest(sha1).as_ref().to_vec()),
            None => digest(algorithm),
        };
        let id = |number: usize| match number {
            0 => signed.id.clone(),
            number => format!("{}-signer-{}", signed.id, number + 1),
        };
        let name = signed.range.map_or_else(|| "document".into(), |range| format!("document up to byte {}", range.end));
        let context = cades::Context { content: Content::Digests(&inner), name: &name, id: &id, pdf: true };
        match cades::read_signatures(&signed.contents, &context) {
            Ok(mut signatures) if !signatures.is_empty() => {
                one_signer(&mut signatures);
                if let Some(main) = signatures.first_mut() {
                    embedded(main, &signed.contents, sha1.as_deref(), sub_filter);
                }
                signatures
            }
            Ok(_) => vec![unreadable(signed, "no signer in the CMS".into())],
            Err(error) => vec![unreadable(signed, error.to_string())],
        }
    }

    /// `adbe.x509.rsa_sha1`: a bare RSA signature, the certificates beside it.
    fn bare_rsa(&self, signed: &Signed<'_, 'a>) -> Signature {
        let mut signature = unreadable(signed, String::new());
        signature.faults.clear();
        let pdf = signed.then.unwrap_or(self.pdf);
        if let Ok(certificates) = pdf.value(&signed.dictionary, "Cert") {
            let list = certificates.array().map_or_else(|| vec![(*certificates).clone()], <[Object]>::to_vec);
            let strings = list.iter().filter_map(Object::string);
            signature.certificates = strings.filter_map(|s| Certificate::from_der(&s.bytes).ok()).collect();
        }
        if let Some(first) = signature.certificates.first() {
            let issuer_serial = Some((first.issuer_der().to_vec(), first.serial().to_vec()));
            signature.signer_hint = Some(CertificateReference { issuer_serial, ..CertificateReference::default() });
        }
        match Elements::new(&signed.contents).octets("/Contents") {
            Ok(octets) => signature.value.value = octets.joined().into_owned(),
            Err(error) => signature.faults.push(Fault::new("/Contents", error.to_string())),
        }
        signature.value.algorithm = Ok(SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha1));
        let digest = signed.range.as_ref().and_then(|range| self.digests.digest(range, DigestAlgorithm::Sha1));
        if let Some(digest) = digest {
            signature.value.signed = SignedBytes::Digest(DigestAlgorithm::Sha1, digest);
            signature.data.iter_mut().for_each(|data| data.state = DataState::Intact);
        }
        signature
    }

    /// Adds what the document says around the CMS.
    fn complete(&mut self, signature: &mut Signature, signed: Signed<'_, 'a>, sub_filter: &[u8]) {
        let pdf = signed.then.unwrap_or(self.pdf);
        if sub_filter != b"ETSI.CAdES.detached" {
            signature.format = SignatureFormat::Plain;
            signature.level = Level::NotAdes;
            let known: [&[u8]; 3] = [b"adbe.pkcs7.detached", b"adbe.pkcs7.sha1", b"adbe.x509.rsa_sha1"];
            if !known.contains(&sub_filter) {
                let what = format!("{:?} is no known form of signature", String::from_utf8_lossy(sub_filter));
                signature.faults.push(Fault::new("/SubFilter", what));
            }
        }
        let time = dictionary::time(pdf, &signed.dictionary);
        signature.claimed_time = time.or(signature.claimed_time);
        signature.claims.extend(dictionary::claims(pdf, &signed.dictionary));
        if signed.permissions.certifies {
            let level = signed.permissions.level.unwrap_or(2).to_string();
            signature.claims.push(("certification".into(), level));
        }
        signature.faults.extend(signed.faults);
        signature.findings.extend(signed.findings);
        signature.coverage = signed.coverage;
        signature.changes = signed.compared.changes;
        if let Some(range) = signed.range {
            self.covered.push((range.end, proven_by(signature)));
        }
        let beside = |known: &[Certificate], more: &Certificate| !known.contains(more);
        for (_, certificate) in &self.store.certificates {
            if beside(&signature.certificates, certificate) {
                signature.certificates.push(certificate.clone());
            }
        }
        signature.crls.extend(self.store.crls.iter().map(|(_, crl)| Arc::clone(crl)));
        signature.ocsps.extend(self.store.ocsps.iter().map(|(_, ocsp)| Arc::clone(ocsp)));
    }

    /// Levels, when everything is known.
    fn levels(&self, document: &mut Document) {
        let stamps: Vec<(&String, &[Proven])> =
            document.timestamps.iter().map(|stamp| (&stamp.id, stamp.proves.as_slice())).collect();
        for signature in document.signatures.iter_mut().filter(|signature| signature.countersigns.is_none()) {
            let own = Proven::Signature(signature.id.clone());
            let covering: Vec<_> = stamps.iter().filter(|(_, proves)| proves.contains(&own)).collect();
            let has_time = !covering.is_empty() || !signature.timestamps.is_empty();
            let has_material = self.store.has_revocation();
            let is_archived = covering.iter().any(|(id, _)| self.archive_stamps.contains(*id));
            signature.level = level::of(signature.level, has_time, has_material, is_archived);
        }
    }
}

/// PAdES allows one signer in a CMS (EN 319 142-1 §4.1 e).
fn one_signer(signatures: &mut Vec<Signature>) {
    let signers = signatures.iter().filter(|signature| signature.countersigns.is_none()).count();
    if signers <= 1 {
        return;
    }
    // What belongs to the first signer comes before the second.
    let second =
        signatures.iter().skip(1).position(|signature| signature.countersigns.is_none()).map_or(1, |at| at + 1);
    signatures.truncate(second);
    if let Some(first) = signatures.first_mut() {
        first.level = Level::NotAdes;
        first.format = SignatureFormat::Plain;
        let text = format!("{signers} signers in one CMS; PDF allows one, the first was read");
        first.findings.push(Finding::new(Weight::Warning, "several_signers", text));
    }
}

/// Content inside the CMS: forbidden but for `adbe.pkcs7.sha1`, where it must be the digest of the ranges.
fn embedded(signature: &mut Signature, contents: &[u8], sha1: Option<&[u8]>, sub_filter: &[u8]) {
    let Ok(data) = CmsData::parse(contents) else { return };
    match (data.content, sub_filter) {
        (Some(content), b"adbe.pkcs7.sha1") => {
            if sha1 != Some(content.joined().as_ref()) {
                let documents = signature.data.iter_mut().filter(|data| data.kind == DataKind::Document);
                documents.for_each(|data| data.state = DataState::Altered);
            }
        }
        (None, b"adbe.pkcs7.sha1") => {
            signature.faults.push(Fault::new("/Contents", "adbe.pkcs7.sha1 without content in the CMS"));
        }
        (Some(_), _) => {
            let what = "the CMS has content of its own instead of signing the document";
            signature.faults.push(Fault::new("/Contents", what));
        }
        (None, _) => {}
    }
}

/// A signature whose value cannot be read.
fn unreadable(signed: &Signed<'_, '_>, reason: String) -> Signature {
    let data = SignedData {
        name: signed.range.map_or_else(|| "document".into(), |range| format!("document up to byte {}", range.end)),
        kind: DataKind::Document,
        algorithm: None,
        state: DataState::Missing,
    };
    Signature {
        id: signed.id.clone(),
        format: SignatureFormat::Plain,
        file: None,
        countersigns: None,
        level: Level::NotAdes,
        faults: vec![Fault::new("/Contents", reason)],
        data: vec![data],
        value: SignatureValue {
            algorithm: Err("unknown".into()),
            signed: SignedBytes::Missing,
            value: signed.contents.clone(),
        },
        certificate_references: Vec::new(),
        signer_hint: None,
        certificates: Vec::new(),
        crls: Vec::new(),
        ocsps: Vec::new(),
        claimed_time: None,
        policy: None,
        claims: Vec::new(),
        timestamps: Vec::new(),
        evidence_records: Vec::new(),
        coverage: Coverage::Unknown,
        changes: Vec::new(),
        findings: Vec::new(),
    }
}

/// Changes after a document time-stamp, as findings.
fn change_findings(changes: &[Change]) -> Vec<Finding> {
    let undefined = changes.iter().filter(|change| change.kind == ChangeKind::Undefined);
    undefined.map(|change| Finding::new(Weight::Warning, "changed_after_timestamp", change.what.clone())).collect()
}

/// What a signature brings in its own bytes.
fn proven_by(signature: &Signature) -> Vec<Proven> {
    let mut proven = vec![Proven::Signature(signature.id.clone())];
    proven.extend(signature.data.iter().map(|data| Proven::Data(data.name.clone())));
    proven.extend(signature.certificates.iter().map(|certificate| Proven::Certificate(sha256(certificate.der()))));
    proven.extend(signature.crls.iter().chain(&signature.ocsps).map(|bytes| Proven::Revocation(sha256(bytes))));
    for timestamp in &signature.timestamps {
        proven.push(Proven::Timestamp(timestamp.id.clone()));
        proven.extend(proven_in(timestamp));
    }
    proven
}

/// What a time-stamp brings in its own bytes.
fn proven_in(timestamp: &Timestamp) -> Vec<Proven> {
    let Ok(token) = &timestamp.token else { return Vec::new() };
    let certificates = token.certificates.iter().map(|certificate| Proven::Certificate(sha256(certificate.der())));
    certificates.chain(token.crls.iter().chain(&token.ocsps).map(|bytes| Proven::Revocation(sha256(bytes)))).collect()
}
