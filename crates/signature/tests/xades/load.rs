//! Many references, many signatures: time stays in proportion.

use super::common::{b_level, read};
use super::making::sign;
use super::small_country::Country;
use mekong_crypto::KeyType;
use mekong_pki::testing::TestResult;
use mekong_signature::xades::make::{Data, DataContent, Options, Part, What};
use mekong_signature::xades::{Resolved, read_signatures};
use std::time::{Duration, Instant};

/// Far above what it takes, far below what quadratic work would take in a debug build.
const LONG: Duration = Duration::from_secs(20);

#[test]
fn a_thousand_files() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let contents: Vec<(String, Vec<u8>)> = (0..1_000).map(|n| (format!("file-{n}"), vec![n as u8; 1_000])).collect();
    let files = contents.iter().map(|(uri, content)| Data {
        uri: uri.clone(),
        mime: None,
        content: DataContent::Source(content),
    });
    let what = What::Detached { files: files.collect(), into: None, asic: true };
    let signed = sign(&what, &country.signing(), &Options::default(), &country.signer.key)?;
    let start = Instant::now();
    let resolve = |uri: &str| {
        let number: usize = uri.strip_prefix("file-")?.parse().ok()?;
        Some(Resolved::Source(&contents.get(number)?.1))
    };
    let signatures = read_signatures(&signed, None, &resolve)?;
    let took = start.elapsed();
    println!("1000 references: {took:?}");
    assert_eq!(signatures[0].data.len(), 1_001);
    assert!(b_level(&signatures[0]));
    assert!(took < LONG, "{took:?}");
    Ok(())
}

#[test]
fn two_hundred_signatures() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let rows: String = (0..2_000).map(|n| format!("<row n='{n}'>{n}</row>")).collect();
    let original = format!("<list>{rows}</list>");
    let what = What::Enveloped { document: original.as_bytes(), parent: None, part: Part::WholeWithoutSignatures };
    let mut signatures = String::new();
    for number in 0..200 {
        let options = Options { id: Some(format!("s{number}")), ..Options::default() };
        let signed = String::from_utf8(sign(&what, &country.signing(), &options, &country.signer.key)?)?;
        let start = signed.find("<ds:Signature ").ok_or("none")?;
        signatures.push_str(&signed[start..signed.len() - "</list>".len()]);
    }
    let document = format!("<list>{rows}{signatures}</list>");
    let start = Instant::now();
    let read = read(document.as_bytes(), &[])?;
    let took = start.elapsed();
    println!("200 signatures over {} bytes: {took:?}", document.len());
    assert_eq!(read.signatures.len(), 200);
    assert!(read.signatures.iter().all(b_level));
    assert!(took < LONG, "{took:?}");
    Ok(())
}
