//! Following hash chains from their result to the parts.

use super::document::{ChainDocument, Item, ResultDocument, StepUri};
use super::{HashChainError, step};
use mekong_crypto::DigestAlgorithm;
use mekong_xml::{c14n, decode, parse};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Chain documents that one result may lead through.
const DOCUMENTS_MAX: usize = 16;
/// Steps from the top to a leaf. A tree over 2^60 messages is 60 deep.
const DEPTH_MAX: usize = 100;

/// What a reference leads to.
#[derive(Debug)]
pub enum Resource<'a> {
    /// The file itself.
    Bytes(Cow<'a, [u8]>),
    /// Its digest by the algorithm asked for.
    Digest(Vec<u8>),
    /// The file is not at hand and that is acceptable: the digest in the chain is taken as given.
    NotAtHand,
    /// There is no such file.
    Missing,
}

/// The parts that must be covered, by name; with their digest, or `None` if the reference is to be resolved.
pub type Inputs = BTreeMap<String, Option<(DigestAlgorithm, Vec<u8>)>>;

/// A part that the chain covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// The part, such as `/message.xml`.
    pub uri: String,
    /// The digest algorithm.
    pub algorithm: DigestAlgorithm,
    /// Its digest in the chain.
    pub digest: Vec<u8>,
    /// Whether the part was there and had this digest; otherwise the chain only states it.
    pub checked: bool,
}

/// Follows the chain from its `result` document and checks that it covers all of `inputs`.
///
/// `resolve` gives chain documents (their bytes) and parts (bytes, or the digest by the algorithm it is asked for).
/// Returns every part that the chain refers to, in no particular order.
///
/// # Errors
/// [`HashChainError`]; in the order: a document is malformed, a reference leads nowhere or to other bytes, the result
/// differs, an input is not referred to.
pub fn verify<'r>(
    result: &[u8],
    result_file: &str,
    resolve: &dyn Fn(&str, DigestAlgorithm) -> Resource<'r>,
    inputs: &Inputs,
) -> Result<Vec<Covered>, HashChainError> {
    let result = ResultDocument::read(result, result_file)?;
    let mut walk = Walk {
        resolve,
        inputs,
        documents: BTreeMap::new(),
        values: BTreeMap::new(),
        open: BTreeSet::new(),
        covered: Vec::new(),
        suspect: None,
    };
    let uri = StepUri::read(&result.uri, None, result_file)?;
    let top = walk.step(&uri)?;
    let found = result.algorithm.digest(&top).as_ref().to_vec();
    if found != result.digest {
        return Err(HashChainError::ResultMismatch { expected: result.digest, found, suspect: walk.suspect });
    }
    let used: BTreeSet<&str> = walk.covered.iter().map(|c| c.uri.as_str()).collect();
    let unused: Vec<String> = inputs.keys().filter(|uri| !used.contains(uri.as_str())).cloned().collect();
    if unused.is_empty() { Ok(walk.covered) } else { Err(HashChainError::UnusedInputs { uris: unused }) }
}

struct Walk<'w, 'r> {
    resolve: &'w dyn Fn(&str, DigestAlgorithm) -> Resource<'r>,
    inputs: &'w Inputs,
    documents: BTreeMap<String, ChainDocument>,
    /// The lists of the steps that are done: a step that is referred to twice is calculated once.
    values: BTreeMap<StepUri, Vec<u8>>,
    /// The steps that are being calculated; meeting one of them again is a circle.
    open: BTreeSet<StepUri>,
    covered: Vec<Covered>,
    suspect: Option<String>,
}

impl Walk<'_, '_> {
    /// The DER list of the digests of a step.
    fn step(&mut self, uri: &StepUri) -> Result<Vec<u8>, HashChainError> {
        if let Some(done) = self.values.get(uri) {
            return Ok(done.clone());
        }
        let malformed = |what: String| HashChainError::Malformed { file: uri.file.clone(), what };
        if self.open.len() >= DEPTH_MAX {
            return Err(HashChainError::TooLarge { what: format!("deeper than {DEPTH_MAX} steps") });
        }
        if !self.open.insert(uri.clone()) {
            return Err(malformed(format!("step {} leads back to itself", uri.step)));
        }
        let document = self.document(&uri.file)?;
        let items = document.step(&uri.step).ok_or_else(|| malformed(format!("there is no step {:?}", uri.step)))?;
        let mut digests = Vec::with_capacity(items.len());
        for item in items {
            digests.push(self.item(item, &uri.file)?);
        }
        let list = step::list(digests.iter().map(|(algorithm, digest)| (*algorithm, digest.as_slice())));
        self.open.remove(uri);
        self.values.insert(uri.clone(), list.clone());
        Ok(list)
    }

    fn document(&mut self, file: &str) -> Result<ChainDocument, HashChainError> {
        if let Some(known) = self.documents.get(file) {
            return Ok(known.clone());
        }
        if self.documents.len() >= DOCUMENTS_MAX {
            return Err(HashChainError::TooLarge { what: format!("spread over more than {DOCUMENTS_MAX} files") });
        }
        let Resource::Bytes(bytes) = (self.resolve)(file, DigestAlgorithm::Sha512) else {
            return Err(HashChainError::Unresolved { uri: file.to_owned() });
        };
        let document = ChainDocument::read(&bytes, file)?;
        self.documents.insert(file.to_owned(), document.clone());
        Ok(document)
    }

    fn item(&mut self, item: Item, file: &str) -> Result<(DigestAlgorithm, Vec<u8>), HashChainError> {
        match item {
            Item::Value { algorithm, digest } => Ok((algorithm, digest)),
            Item::Step { algorithm, uri } => {
                let list = self.step(&StepUri::read(&uri, Some(file), file)?)?;
                Ok((algorithm, algorithm.digest(&list).as_ref().to_vec()))
            }
            Item::Data { algorithm, uri, digest, transforms } => self.data(file, algorithm, uri, digest, &transforms),
        }
    }

    fn data(
        &mut self,
        file: &str,
        algorithm: DigestAlgorithm,
        uri: String,
        expected: Vec<u8>,
        transforms: &[String],
    ) -> Result<(DigestAlgorithm, Vec<u8>), HashChainError> {
        // Every part is digested once at most, however long the chain.
        if self.covered.iter().any(|c| c.uri == uri) {
            return Err(HashChainError::Malformed {
                file: file.to_owned(),
                what: format!("{uri} is referred to twice"),
            });
        }
        let given = self.inputs.get(&uri).and_then(Option::as_ref).filter(|(given, _)| *given == algorithm);
        if let Some((_, digest)) = given {
            if *digest != expected && self.suspect.is_none() {
                self.suspect = Some(uri.clone());
            }
            let digest = digest.clone();
            self.covered.push(Covered { uri, algorithm, digest: digest.clone(), checked: true });
            return Ok((algorithm, digest));
        }
        let found = match (self.resolve)(&uri, algorithm) {
            Resource::Missing => return Err(HashChainError::Unresolved { uri }),
            Resource::NotAtHand => None,
            Resource::Bytes(bytes) => Some(algorithm.digest(&transform(&bytes, transforms, file)?).as_ref().to_vec()),
            Resource::Digest(_) if !transforms.is_empty() => {
                let what = format!("{uri} is known by its digest only and cannot be transformed");
                return Err(HashChainError::Unsupported { file: file.to_owned(), what });
            }
            Resource::Digest(digest) => Some(digest),
        };
        let checked = found.is_some();
        if let Some(found) = found
            && found != expected
        {
            return Err(HashChainError::ReferenceMismatch { uri, algorithm, expected, found });
        }
        self.covered.push(Covered { uri, algorithm, digest: expected.clone(), checked });
        Ok((algorithm, expected))
    }
}

/// Applies canonicalisations, the only transforms that make sense here.
fn transform<'b>(bytes: &'b [u8], transforms: &[String], file: &str) -> Result<Cow<'b, [u8]>, HashChainError> {
    let mut data = Cow::Borrowed(bytes);
    let unsupported = |what: String| HashChainError::Unsupported { file: file.to_owned(), what };
    for uri in transforms {
        let limits = &mekong_base::limits::XmlLimits::SMALL;
        let method = c14n::Method::from_uri(uri, Vec::new()).ok_or_else(|| unsupported(format!("transform {uri}")))?;
        let text = decode(&data, limits).map_err(|e| unsupported(format!("transform {uri}: {e}")))?;
        let document = parse(&text, limits).map_err(|e| unsupported(format!("transform {uri}: {e}")))?;
        let canonical = c14n::canonicalize(c14n::Subset::Document(&document), &method);
        let canonical = canonical.map_err(|e| unsupported(format!("transform {uri}: {e}")))?;
        drop(document);
        drop(text);
        data = Cow::Owned(canonical);
    }
    Ok(data)
}
