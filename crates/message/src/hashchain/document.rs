//! Reading hash chain documents, as strictly as their schema.

use super::{HashChainError, NAMESPACE};
use crate::DSIG;
use mekong_base::limits::XmlLimits;
use mekong_crypto::DigestAlgorithm;
use mekong_xml::roxmltree::Node;
use mekong_xml::{Place, decode, find, parse};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A `HashChainResult`.
pub(super) struct ResultDocument {
    pub(super) uri: String,
    pub(super) algorithm: DigestAlgorithm,
    pub(super) digest: Vec<u8>,
}

/// A `HashChain`; clones share it.
#[derive(Clone)]
pub(super) struct ChainDocument(Arc<BTreeMap<String, Vec<Item>>>);

/// A member of a step.
#[derive(Clone)]
pub(super) enum Item {
    Value { algorithm: DigestAlgorithm, digest: Vec<u8> },
    Step { algorithm: DigestAlgorithm, uri: String },
    Data { algorithm: DigestAlgorithm, uri: String, digest: Vec<u8>, transforms: Vec<String> },
}

/// A reference to a step: `/sig-hashchain.xml#STEP0`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct StepUri {
    pub(super) file: String,
    pub(super) step: String,
}

impl StepUri {
    /// `here` is the file that `#STEP1` refers to; there is none in a result.
    pub(super) fn read(uri: &str, here: Option<&str>, file: &str) -> Result<Self, HashChainError> {
        let malformed = || HashChainError::Malformed { file: file.to_owned(), what: format!("{uri:?} names no step") };
        let (base, step) = uri.split_once('#').filter(|(_, step)| !step.is_empty()).ok_or_else(malformed)?;
        let base = if base.is_empty() { here.ok_or_else(malformed)? } else { base };
        Ok(Self { file: base.to_owned(), step: step.to_owned() })
    }
}

impl ResultDocument {
    pub(super) fn read(bytes: &[u8], file: &str) -> Result<Self, HashChainError> {
        read(bytes, file, "HashChainResult", |reader, root| {
            reader.children_in_order(root, &[(DSIG, "DigestMethod"), (DSIG, "DigestValue")])?;
            let algorithm = reader.algorithm(root)?.ok_or_else(|| reader.malformed(root, "DigestMethod is missing"))?;
            Ok(Self { uri: reader.attribute(root, "URI")?, algorithm, digest: reader.digest(root)? })
        })
    }
}

impl ChainDocument {
    pub(super) fn read(bytes: &[u8], file: &str) -> Result<Self, HashChainError> {
        read(bytes, file, "HashChain", |reader, root| {
            reader.children_in_order(root, &[(NAMESPACE, "DefaultDigestMethod"), (NAMESPACE, "HashStep")])?;
            let default = match root.children().find(|n| find::is(*n, NAMESPACE, "DefaultDigestMethod")) {
                Some(node) => Some(reader.method(node)?),
                None => None,
            };
            let mut steps = BTreeMap::new();
            for node in find::children(root, NAMESPACE, "HashStep") {
                let items = reader.items(node, default)?;
                let Some(id) = node.attribute("id") else { continue };
                if steps.insert(id.to_owned(), items).is_some() {
                    return Err(reader.malformed(node, &format!("there are two steps {id:?}")));
                }
            }
            Ok(Self(Arc::new(steps)))
        })
    }

    pub(super) fn step(&self, id: &str) -> Option<Vec<Item>> {
        self.0.get(id).cloned()
    }
}

fn read<T>(
    bytes: &[u8],
    file: &str,
    root: &str,
    body: impl FnOnce(&Reader<'_>, Node<'_, '_>) -> Result<T, HashChainError>,
) -> Result<T, HashChainError> {
    let malformed = |e: mekong_xml::XmlError| HashChainError::Malformed { file: file.to_owned(), what: e.to_string() };
    let text = decode(bytes, &XmlLimits::SMALL).map_err(malformed)?;
    let document = parse(&text, &XmlLimits::SMALL).map_err(malformed)?;
    let reader = Reader { file };
    let node = document.root_element();
    if !find::is(node, NAMESPACE, root) {
        return Err(reader.malformed(node, &format!("the root element is not {root}")));
    }
    body(&reader, node)
}

struct Reader<'f> {
    file: &'f str,
}

impl Reader<'_> {
    fn malformed(&self, node: Node<'_, '_>, what: &str) -> HashChainError {
        HashChainError::Malformed { file: self.file.to_owned(), what: format!("{what} ({})", Place::of(node)) }
    }

    fn found(&self, error: &find::FindError) -> HashChainError {
        HashChainError::Malformed { file: self.file.to_owned(), what: error.to_string() }
    }

    /// Every child element is one of `allowed`, in that order; only the steps may repeat; no text between them.
    fn children_in_order(&self, node: Node<'_, '_>, allowed: &[(&str, &str)]) -> Result<(), HashChainError> {
        self.no_text(node)?;
        let mut position = 0;
        let mut last = None;
        for child in node.children().filter(|n| n.is_element()) {
            let later = allowed.iter().skip(position).position(|(ns, name)| find::is(child, ns, name));
            let name = child.tag_name().name();
            let at = later.ok_or_else(|| self.malformed(child, &format!("element {name} is not allowed here")))?;
            position += at;
            if last == Some(position) && name != "HashStep" {
                return Err(self.malformed(child, &format!("element {name} occurs twice")));
            }
            last = Some(position);
        }
        Ok(())
    }

    fn no_text(&self, node: Node<'_, '_>) -> Result<(), HashChainError> {
        let text = node.children().find(|n| n.is_text() && n.text().is_some_and(|t| !t.trim_ascii().is_empty()));
        text.map_or(Ok(()), |text| Err(self.malformed(text, "text between elements")))
    }

    fn items(&self, step: Node<'_, '_>, default: Option<DigestAlgorithm>) -> Result<Vec<Item>, HashChainError> {
        self.no_text(step)?;
        step.children().filter(|n| n.is_element()).map(|node| self.item(node, default)).collect()
    }

    fn item(&self, node: Node<'_, '_>, default: Option<DigestAlgorithm>) -> Result<Item, HashChainError> {
        let method = (DSIG, "DigestMethod");
        let (transforms, value) = ((DSIG, "Transforms"), (DSIG, "DigestValue"));
        let name = node.tag_name().name();
        let known = node.tag_name().namespace() == Some(NAMESPACE);
        match name {
            "StepRef" if known => self.children_in_order(node, &[method])?,
            "HashValue" | "DataRef" if known => self.children_in_order(node, &[method, transforms, value])?,
            _ => return Err(self.malformed(node, &format!("element {name} is not allowed here"))),
        }
        let algorithm = self.algorithm(node)?.or(default);
        let algorithm = algorithm.ok_or_else(|| self.malformed(node, "no digest method, and no default one"))?;
        match name {
            "StepRef" => Ok(Item::Step { algorithm, uri: self.attribute(node, "URI")? }),
            "HashValue" => Ok(Item::Value { algorithm, digest: self.digest(node)? }),
            _ => Ok(Item::Data {
                algorithm,
                uri: self.attribute(node, "URI")?,
                digest: self.digest(node)?,
                transforms: self.transforms(node)?,
            }),
        }
    }

    fn transforms(&self, node: Node<'_, '_>) -> Result<Vec<String>, HashChainError> {
        let list = find::child(node, DSIG, "Transforms").map_err(|e| self.found(&e))?;
        let transforms = list.into_iter().flat_map(|list| find::children(list, DSIG, "Transform"));
        transforms.map(|transform| self.attribute(transform, "Algorithm")).collect()
    }

    fn attribute(&self, node: Node<'_, '_>, name: &str) -> Result<String, HashChainError> {
        find::required_attribute(node, name).map(str::to_owned).map_err(|e| self.found(&e))
    }

    fn algorithm(&self, node: Node<'_, '_>) -> Result<Option<DigestAlgorithm>, HashChainError> {
        let method = find::child(node, DSIG, "DigestMethod").map_err(|e| self.found(&e))?;
        method.map(|method| self.method(method)).transpose()
    }

    fn method(&self, node: Node<'_, '_>) -> Result<DigestAlgorithm, HashChainError> {
        let uri = self.attribute(node, "Algorithm")?;
        DigestAlgorithm::from_uri(&uri)
            .map_err(|e| HashChainError::Unsupported { file: self.file.to_owned(), what: e.to_string() })
    }

    fn digest(&self, node: Node<'_, '_>) -> Result<Vec<u8>, HashChainError> {
        let value = find::required_child(node, DSIG, "DigestValue").map_err(|e| self.found(&e))?;
        find::base64(value).map_err(|e| self.found(&e))
    }
}
