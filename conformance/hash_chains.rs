//! Hash chain results with the chains and files they lead to. SHA-256, as in the reference's tests.

use crate::case::Case;
use crate::vectors;
use mekong_crypto::DigestAlgorithm;
use mekong_message::hashchain::{self, Inputs, Resource};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

const SHA256: DigestAlgorithm = DigestAlgorithm::Sha256;

/// `with.files`: what a reference leads to (null: the part is known and not at hand); `with.inputs`: what must be covered,
/// with its digest, or null where the file itself is at hand.
pub(crate) fn judge(case: &Case, root: &Path) -> String {
    let folder = root.join("hashchain");
    let contents: BTreeMap<&str, Option<Vec<u8>>> =
        object(case, "files").map(|(uri, name)| (uri, name.as_str().map(|n| vectors::read(&folder.join(n))))).collect();
    let inputs: Inputs =
        object(case, "inputs").map(|(uri, digest)| (uri.to_owned(), input(case, &folder, digest))).collect();
    let resolve = |uri: &str, _: DigestAlgorithm| match contents.get(uri) {
        None => Resource::Missing,
        Some(None) => Resource::NotAtHand,
        Some(Some(bytes)) => Resource::Bytes(Cow::Borrowed(bytes)),
    };
    let result = vectors::read(&root.join(&case.file));
    match hashchain::verify(&result, "/result.xml", &resolve, &inputs) {
        Ok(_) => "ok".to_owned(),
        Err(error) => error.code().to_owned(),
    }
}

fn object<'c>(case: &'c Case, key: &str) -> impl Iterator<Item = (&'c str, &'c Value)> {
    let members = case.with.get(key).and_then(Value::as_object);
    let members = members.unwrap_or_else(|| panic!("{}: \"with\" has no {key}", case.name()));
    members.iter().map(|(name, value)| (name.as_str(), value))
}

/// `{"file": NAME}`: that file's digest; `{"hex": DIGEST}`; null: none is given.
fn input(case: &Case, folder: &Path, digest: &Value) -> Option<(DigestAlgorithm, Vec<u8>)> {
    if digest.is_null() {
        return None;
    }
    let bytes = match (digest["file"].as_str(), digest["hex"].as_str()) {
        (Some(name), _) => SHA256.digest(&vectors::read(&folder.join(name))).as_ref().to_vec(),
        (None, Some(hex)) => hex::decode(hex).expect("hexadecimal digits"),
        (None, None) => panic!("{}: {digest} is no digest", case.name()),
    };
    Some((SHA256, bytes))
}
