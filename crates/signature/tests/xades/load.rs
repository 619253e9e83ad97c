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

/// Faults in thousands: each is told without walking the document again.
#[test]
fn a_document_full_of_faults() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let padding = "<p/>".repeat(200_000);
    let host = format!("<r>{padding}<a Id='twice'/><b Id='twice'/></r>");
    let what = What::Enveloped { document: host.as_bytes(), parent: None, part: Part::WholeWithoutSignatures };
    let signed = String::from_utf8(sign(&what, &country.signing(), &Options::default(), &country.signer.key)?)?;
    let reference = |transforms: &str| {
        format!(
            r##"<ds:Reference URI="#twice"><ds:Transforms>{transforms}</ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>AA==</ds:DigestValue></ds:Reference>"##
        )
    };
    let xpath = r#"<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"/>"#;
    let references = reference("").repeat(4_000) + &reference(xpath).repeat(4_000);
    let values = "<xades:EncapsulatedOCSPValue>!</xades:EncapsulatedOCSPValue>".repeat(10_000);
    let stamps =
        "<xades:ArchiveTimeStamp><xades:EncapsulatedTimeStamp>!</xades:EncapsulatedTimeStamp></xades:ArchiveTimeStamp>"
            .repeat(2_000);
    let unsigned = format!(
        "<xades:UnsignedProperties><xades:UnsignedSignatureProperties><xades:RevocationValues><xades:OCSPValues>{values}</xades:OCSPValues></xades:RevocationValues>{stamps}</xades:UnsignedSignatureProperties></xades:UnsignedProperties></xades:QualifyingProperties>"
    );
    let hostile = signed
        .replace("</ds:SignedInfo>", &(references + "</ds:SignedInfo>"))
        .replace(
            "<ds:X509Data>",
            &("<ds:X509Data>".to_owned() + &"<ds:X509Certificate>!</ds:X509Certificate>".repeat(10_000)),
        )
        .replace("</xades:QualifyingProperties>", &unsigned)
        .replace("</r>", &("<ds:Signature xmlns:ds='http://www.w3.org/2000/09/xmldsig#'/>".repeat(900) + "</r>"));
    let start = Instant::now();
    let document = read(hostile.as_bytes(), &[])?;
    let took = start.elapsed();
    println!("faults in {} bytes: {took:?}", hostile.len());
    assert_eq!(document.signatures.len(), 901);
    assert!(document.signatures.iter().all(|s| !s.faults.is_empty()));
    assert!(took < LONG, "{took:?}");
    Ok(())
}

/// Documents with bytes changed, cut out and doubled: read or refused, never more.
#[test]
fn mutated_documents_are_read_in_bounds() -> TestResult {
    let Some(folder) = mekong_pki::testing::shared("vectors/trust/dss/xades")? else { return Ok(()) };
    let mut state = 0x2545_F491_4F6C_DD1Du64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below.max(1) as u64) as usize
    };
    let mut read_ones = 0;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if !path.is_file() {
            continue;
        }
        let original = std::fs::read(&path)?;
        for _ in 0..if original.len() < 100_000 { 25 } else { 3 } {
            let mut bytes = original.clone();
            for _ in 0..=next(3) {
                let at = next(bytes.len());
                let end = (at + next(200)).min(bytes.len());
                match next(4) {
                    0 => bytes[at] = b"<>/\"'=#:&A09 "[next(13)],
                    1 => drop(bytes.drain(at..end)),
                    2 => {
                        let piece = bytes[at..end].to_vec();
                        bytes.splice(at..at, piece).for_each(drop);
                    }
                    _ => bytes[at] = next(256) as u8,
                }
            }
            read_ones += usize::from(read(&bytes, &[]).is_ok());
        }
    }
    assert!(read_ones > 100, "{read_ones} could be read");
    Ok(())
}
