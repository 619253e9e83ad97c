//! The hash chains of the reference's tests (HashChainVerifierTest, HashChainBuilderTest): SHA-256.

use crate::shared::{TestResult, shared};
use base64::Engine as _;
use mekong_crypto::DigestAlgorithm;
use mekong_crypto::DigestAlgorithm::Sha256;
use mekong_message::hashchain::{self, Inputs, Part, Resource};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Verifies `result` with files by name; the code of the error, or `ok`.
fn check(
    root: &Path,
    result: &str,
    files: &[(&str, &str)],
    inputs: Inputs,
) -> Result<&'static str, Box<dyn std::error::Error>> {
    let load = |name: &str| std::fs::read(root.join(format!("hc-verifier{name}.xml")));
    let mut contents = BTreeMap::new();
    for (uri, name) in files {
        contents.insert(*uri, if name.is_empty() { None } else { Some(load(name)?) });
    }
    let resolve = |uri: &str, _: DigestAlgorithm| match contents.get(uri) {
        None => Resource::Missing,
        Some(None) => Resource::NotAtHand,
        Some(Some(bytes)) => Resource::Bytes(Cow::Owned(bytes.clone())),
    };
    match hashchain::verify(&load(result)?, "/result.xml", &resolve, &inputs) {
        Ok(_) => Ok("ok"),
        Err(error) => {
            println!("{error}");
            Ok(error.code())
        }
    }
}

fn inputs(items: &[(&str, Option<&[u8]>)]) -> Inputs {
    items.iter().map(|(uri, digest)| (uri.to_string(), digest.map(|d| (Sha256, d.to_vec())))).collect()
}

const CHAIN: &str = "/hashchain.xml";
const MESSAGE: &str = "/message.xml";

#[test]
fn verdicts_are_those_of_the_reference() -> TestResult {
    let Some(root) = shared("vectors/xroad/hashchain")? else { return Ok(()) };
    let digest =
        |name: &str| Ok::<_, std::io::Error>(Sha256.digest(&std::fs::read(root.join(name))?).as_ref().to_vec());
    let message = digest("hc-verifier1-message.xml")?;
    let other = digest("hc-verifier1-hashchain.xml")?;
    let one = [(CHAIN, "1-hashchain")];
    let result = "1-hashchainresult";
    let resolved = [(CHAIN, "1-hashchain"), (MESSAGE, "1-message")];
    assert_eq!(check(&root, result, &resolved, inputs(&[(MESSAGE, None)]))?, "ok");
    assert_eq!(check(&root, result, &one, inputs(&[(MESSAGE, Some(&message))]))?, "ok");
    let unused = inputs(&[(MESSAGE, Some(&message)), ("/unused1", None), ("/unused2", None)]);
    assert_eq!(check(&root, result, &one, unused)?, "hashchain_unused_inputs");
    assert_eq!(check(&root, result, &one, inputs(&[(MESSAGE, Some(&other))]))?, "invalid_hash_chain");
    let two = [(CHAIN, "4-hashchain1"), ("/hashchain2.xml", "4-hashchain2"), (MESSAGE, "4-message")];
    assert_eq!(check(&root, "4-hashchainresult", &two, inputs(&[(MESSAGE, None)]))?, "ok");
    Ok(())
}

#[test]
fn attachments_are_one_leaf() -> TestResult {
    let Some(root) = shared("vectors/xroad/hashchain")? else { return Ok(()) };
    let all: [(&str, Option<&[u8]>); 4] = [
        (MESSAGE, Some(&[11])),
        ("/attachment1", Some(&[12])),
        ("/attachment2", Some(&[13])),
        ("/attachment3", Some(&[14])),
    ];
    let chain = [(CHAIN, "2-hashchain")];
    assert_eq!(check(&root, "2-hashchainresult", &chain, inputs(&all))?, "ok");
    let absent = [(CHAIN, "2-hashchain"), ("/attachment1", ""), ("/attachment2", ""), ("/attachment3", "")];
    assert_eq!(check(&root, "2-hashchainresult", &absent, inputs(&[(MESSAGE, Some(&[11]))]))?, "ok");
    assert_eq!(check(&root, "2-hashchainresult", &chain, inputs(&[(MESSAGE, Some(&[11]))]))?, "invalid_reference");
    Ok(())
}

#[test]
fn transforms_and_schema_are_obeyed() -> TestResult {
    let Some(root) = shared("vectors/xroad/hashchain")? else { return Ok(()) };
    let case = |chain: &'static str| {
        check(&root, "3-hashchainresult", &[(CHAIN, chain), (MESSAGE, "3-message")], inputs(&[(MESSAGE, None)]))
    };
    assert_eq!(case("3-hashchain")?, "ok");
    assert_eq!(case("3-hashchain-invalid")?, "invalid_hash_chain_ref");
    assert_eq!(case("5-hashchain-invalid-schema")?, "malformed_hash_chain");
    Ok(())
}

fn single(digest: &[u8]) -> Vec<Part> {
    vec![Part { uri: MESSAGE.to_owned(), algorithm: Sha256, digest: digest.to_vec() }]
}

fn multipart(digests: &[u8]) -> Vec<Part> {
    let name = |i: usize| if i == 0 { MESSAGE.to_owned() } else { format!("/attachment{i}") };
    digests.iter().enumerate().map(|(i, d)| Part { uri: name(i), algorithm: Sha256, digest: vec![*d] }).collect()
}

fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn tops_are_those_of_the_reference() -> TestResult {
    let words = ["one", "two", "three", "four"].map(|w| single(Sha256.digest(w.as_bytes()).as_ref()));
    let tree = hashchain::build(words.to_vec(), Sha256, "foo")?;
    assert_eq!(base64(tree.top()), "D7oIIfhfp4ToT729xyx991PvstI5XvpW+d7oeWvXw8E=");
    let tree = hashchain::build(vec![multipart(&[11, 12, 13, 14])], Sha256, "foo")?;
    assert_eq!(base64(tree.top()), "v3CBVgjKmzZT5hnJ6vj6waqBazZe334tdEoNiL2oM5E=");
    assert_eq!(tree.chains().count(), 1);
    // The tree behind hc-verifier2: a message, one with three attachments, two more.
    let inputs = [single(&[0]), multipart(&[11, 12, 13, 14]), single(&[3]), multipart(&[41, 42])];
    let tree = hashchain::build(inputs.to_vec(), Sha256, "foo")?;
    assert_eq!(base64(tree.top()), "+OUG+0ewGfNJ47GuKe6OJOMCpQo8jOXozQ0/VajHJ7U=");
    Ok(())
}

/// The shape of a chain: for each step from the top, whether the way goes on left or right.
fn shape(chain: &str) -> Result<String, Box<dyn std::error::Error>> {
    let document = mekong_xml::roxmltree::Document::parse(chain)?;
    let steps = document.root_element().children().filter(|n| n.tag_name().name() == "HashStep");
    let side = |step: mekong_xml::roxmltree::Node<'_, '_>| {
        let first = step.children().find(|n| n.is_element()).map(|n| n.tag_name().name().to_owned());
        if first.as_deref() == Some("HashValue") { 'R' } else { 'L' }
    };
    Ok(steps.map(side).collect())
}

/// Incomplete trees: the last of an odd level goes up as it is.
#[test]
fn orphans_are_promoted() -> TestResult {
    let shapes = |count: u8| -> Result<Vec<String>, Box<dyn std::error::Error>> {
        let inputs: Vec<Vec<Part>> = (0..count).map(|i| single(&[i])).collect();
        hashchain::build(inputs, Sha256, "foo")?.chains().map(|chain| shape(&chain)).collect()
    };
    assert_eq!(shapes(2)?, ["L", "R"]);
    assert_eq!(shapes(3)?, ["LL", "LR", "R"]);
    assert_eq!(shapes(5)?, ["LLL", "LLR", "LRL", "LRR", "R"]);
    assert_eq!(shapes(6)?, ["LLL", "LLR", "LRL", "LRR", "RL", "RR"]);
    assert_eq!(shapes(7)?, ["LLL", "LLR", "LRL", "LRR", "RLL", "RLR", "RR"]);
    assert_eq!(shapes(9)?.last().map(String::as_str), Some("R"));
    Ok(())
}

#[test]
fn all_chains_of_a_tree_differ() -> TestResult {
    for size in 2..353usize {
        let inputs: Vec<Vec<Part>> = (0..size).map(|i| single(i.to_string().as_bytes())).collect();
        let tree = hashchain::build(inputs, Sha256, "/foo")?;
        let different: BTreeSet<String> = tree.chains().collect();
        assert_eq!(different.len(), size);
    }
    Ok(())
}

#[test]
fn there_is_nothing_to_chain_in_a_single_part() {
    assert!(hashchain::build(Vec::new(), Sha256, "foo").is_err());
    assert!(hashchain::build(vec![single(&[1])], Sha256, "foo").is_err());
    assert!(hashchain::build(vec![single(&[1]), Vec::new()], Sha256, "foo").is_err());
}

const NAMESPACES: &str = "xmlns='http://cyber.ee/hashchain' xmlns:d='http://www.w3.org/2000/09/xmldsig#'";

fn hostile(chain: &str) -> &'static str {
    let result = format!(
        "<HashChainResult {NAMESPACES} URI='/c#A'><d:DigestMethod Algorithm='{}'/><d:DigestValue>AA==</d:DigestValue></HashChainResult>",
        Sha256.uri()
    );
    let chain =
        format!("<HashChain {NAMESPACES}><DefaultDigestMethod Algorithm='{}'/>{chain}</HashChain>", Sha256.uri());
    let resolve = |uri: &str, _: DigestAlgorithm| match uri {
        "/c" => Resource::Bytes(Cow::Owned(chain.clone().into_bytes())),
        _ => Resource::Missing,
    };
    hashchain::verify(result.as_bytes(), "/r", &resolve, &Inputs::new()).map_or_else(|e| e.code(), |_| "ok")
}

#[test]
fn circles_and_explosions_end() {
    assert_eq!(hostile("<HashStep id='A'><StepRef URI='#A'/></HashStep>"), "malformed_hash_chain");
    let mut deep = String::new();
    for i in 0..5_000 {
        deep.push_str(&format!(
            "<HashStep id='{}'><StepRef URI='#S{}'/></HashStep>",
            if i == 0 { "A".into() } else { format!("S{i}") },
            i + 1
        ));
    }
    assert_eq!(hostile(&deep), "malformed_hash_chain");
    // Every step refers to the next twice: 2^60 paths, 60 steps.
    let mut wide = String::new();
    for i in 0..60 {
        let id = if i == 0 { "A".to_owned() } else { format!("S{i}") };
        wide.push_str(&format!(
            "<HashStep id='{id}'><StepRef URI='#S{n}'/><StepRef URI='#S{n}'/></HashStep>",
            n = i + 1
        ));
    }
    wide.push_str("<HashStep id='S60'><HashValue><d:DigestValue>AA==</d:DigestValue></HashValue></HashStep>");
    assert_eq!(hostile(&wide), "invalid_hash_chain");
    assert_eq!(hostile("<HashStep id='A'/><HashStep id='A'/>"), "malformed_hash_chain");
    assert_eq!(hostile("<HashStep id='A'>text</HashStep>"), "malformed_hash_chain");
    assert_eq!(hostile("<HashStep id='A'><StepRef URI='/other#B'/></HashStep>"), "invalid_reference");
    assert_eq!(
        hostile(
            "<HashStep id='A'><HashValue><d:DigestMethod Algorithm='urn:x'/><d:DigestValue>AA==</d:DigestValue></HashValue></HashStep>"
        ),
        "malformed_hash_chain"
    );
}
