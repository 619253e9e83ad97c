//! What is prepared before the signature to be exchanged after it, or laid over the page: found, whatever it hides behind.

use super::documents::{file, form};
use super::made::{changes, sign};
use super::small_country::Country;
use mekong_crypto::{DigestAlgorithm, KeyType};
use mekong_pdf::{Append, Limits, Pdf, Reference, Update, object_bytes};
use mekong_pki::testing::TestResult;
use mekong_signature::Reading;
use mekong_signature::facts::ChangeKind;
use mekong_signature::pades::make::Options;
use mekong_signature::pades::read;

/// An update that writes objects anew: with something in them replaced, or whole where that is nothing.
fn update(document: &[u8], objects: &[(u32, &str, &str)]) -> Vec<u8> {
    let pdf = Pdf::open(&document, Limits::default()).unwrap();
    let mut update = Update::new(&pdf).unwrap();
    for (number, from, to) in objects {
        let reference = Reference { number: *number, generation: 0 };
        let text = match *from {
            "" => (*to).to_owned(),
            from => {
                let before = String::from_utf8(object_bytes(&update.current(reference).unwrap())).unwrap();
                assert!(before.contains(from), "{before}");
                before.replacen(from, to, 1)
            }
        };
        update.set(reference, Append::Raw(text.into_bytes()));
    }
    [document, &update.write().unwrap().bytes].concat()
}

#[track_caller]
fn is_undefined(name: &str, document: &[u8], expected: bool) {
    let found = changes(document);
    assert_eq!(found.iter().any(|(kind, _)| *kind == ChangeKind::Undefined), expected, "{name}: {found:?}");
}

/// A page that draws object 6, which is a field of the form, too.
fn drawn_field(object: &str) -> Vec<u8> {
    file(&[
        "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[6 0 R]>>>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 595 842]>>",
        "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</XObject<</X 6 0 R>>/Properties<</O 6 0 R>>>>>>",
        "<</Length 5>>\nstream\n/X Do\nendstream",
        "<</Type/OCG/Name(x)>>",
        object,
    ])
}

#[test]
fn what_is_drawn_is_compared_though_it_is_a_field_as_well() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let stream = |text: &str| {
        format!(
            "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/FT/Tx/T(x)/Length {}>>\nstream\n{text}\nendstream",
            text.len()
        )
    };
    let group = |policy: &str| format!("<</Type/OCMD/OCGs[5 0 R]/P/{policy}/FT/Tx/T(x)>>");
    for (before, after) in [(stream("(ten) Tj"), stream("(six) Tj")), (group("AnyOn"), group("AllOff"))] {
        let signed = sign(&drawn_field(&before), &country, &country.signing(), &Options::default())?;
        is_undefined("the same", &update(&signed, &[(6, "", &before)]), false);
        is_undefined(&after, &update(&signed, &[(6, "", &after)]), true);
    }
    Ok(())
}

#[test]
fn a_field_that_nobody_signed_shows_nothing() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let signed = sign(&form(), &country, &country.signing(), &Options::default())?;
    let pdf = Pdf::open(&signed, Limits::default())?;
    let field = pdf.next_number();
    let more = format!("5 0 R {field} 0 R");
    let picture =
        "<</Type/XObject/Subtype/Form/BBox[0 0 595 842]/Length 21>>\nstream\n1 g 0 0 595 842 re f \nendstream";
    let with = |entries: &str| {
        let widget = format!("<</Type/Annot/Subtype/Widget/FT/Sig/T(more)/F 4/P 3 0 R{entries}>>");
        let listed = [(1, "5 0 R", more.as_str()), (3, "5 0 R", &more)];
        update(&signed, &[listed[0], listed[1], (field, "", &widget), (field + 1, "", picture)])
    };
    let shown = format!("/Rect[0 0 595 842]/AP<</N {} 0 R>>", field + 1);
    let value = format!("{shown}/V {} 0 R", value_of_the_signature(&pdf));
    // An empty field without a picture, and one without an area, are what signers prepare.
    is_undefined("empty", &with("/Rect[0 0 595 842]"), false);
    is_undefined("no area", &with(&shown.replace("[0 0 595 842]", "[0 0 0 0]")), false);
    is_undefined("picture", &with(&shown), true);
    is_undefined("no signature", &with(&format!("{shown}/V(x)")), true);
    is_undefined("of another field", &with(&value), true);
    let stamp = "<</Type/DocTimeStamp/SubFilter/ETSI.RFC3161/ByteRange[0 0 0 0]/Contents<00>>>";
    let stamped = with(&format!("{shown}/V{stamp}"));
    assert!(changes(&stamped).iter().any(|(kind, _)| *kind == ChangeKind::Annotation), "{:?}", changes(&stamped));
    // The empty field that was there already gets a picture, and no signature.
    is_undefined("prepared", &update(&signed, &[(6, "<<", "<</AP<</N 8 0 R>>")]), true);
    Ok(())
}

/// The number of the signature dictionary of the only signed field.
fn value_of_the_signature(pdf: &Pdf<'_>) -> u32 {
    let is_signature = |number: &u32| {
        let object = pdf.get(Reference { number: *number, generation: 0 });
        object.is_ok_and(|object| object.dictionary().is_some_and(|d| d.has("ByteRange")))
    };
    pdf.locations().map(|(number, _)| number).find(is_signature).unwrap()
}

#[test]
fn encryption_does_not_hide_what_was_changed() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let signed = sign(&form(), &country, &country.signing(), &Options::default())?;
    let text: String = signed.iter().map(|byte| char::from(*byte)).collect();
    let start = text.rfind("startxref").and_then(|at| text[at..].split_whitespace().nth(1)).ok_or("no startxref")?;
    let mut changed = signed.clone();
    let content = changed.len();
    changed.extend(b"8 0 obj\n<</Length 7>>\nstream\n0 0 m S\nendstream\nendobj\n");
    let encryption = changed.len();
    changed.extend(b"90 0 obj\n<</Filter/Standard/V 4/R 4/Length 128/P -4/CF<<>>/StmF/Identity/StrF/Identity/O<00>/U<00>>>\nendobj\n");
    let table = changed.len();
    let section = format!("xref\n8 1\n{content:010} 00000 n\r\n90 1\n{encryption:010} 00000 n\r\n");
    let trailer = format!(
        "trailer\n<</Size 91/Root 1 0 R/Encrypt 90 0 R/ID[<00><00>]/Prev {start}>>\nstartxref\n{table}\n%%EOF\n"
    );
    changed.extend(section.into_bytes());
    changed.extend(trailer.into_bytes());
    assert!(Pdf::open(&changed.as_slice(), Limits::default())?.is_encrypted());
    is_undefined("encrypted", &changed, true);
    Ok(())
}

#[test]
fn a_document_that_hangs_by_its_sha_1_is_signed_with_sha_1() -> TestResult {
    use mekong_pki::cms::{NewSigner, Writing, attribute, oid, set_of, signing_certificate_v2};
    use mekong_pki::tlv::{self, wrap};
    let country = Country::new(KeyType::P256)?;
    let (signer, space) = (&country.signer, 8_000);
    let dictionary = |range: &str| {
        format!("<</Type/Sig/Filter/X/SubFilter/adbe.pkcs7.sha1/ByteRange[{range:<40}]/Contents<{:0>space$}>>>", "")
    };
    let objects = |range: &str| {
        file(&[
            "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>>",
            "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 595 842]>>",
            "<</Type/Page/Parent 2 0 R>>",
            "<</FT/Sig/T(s)/V 5 0 R>>",
            &dictionary(range),
        ])
    };
    let plain = objects("");
    let hole = plain.windows(10).position(|w| w == b"/Contents<").ok_or("no /Contents")? + 9;
    let resume = hole + space + 2;
    let mut document = objects(&format!("0 {hole} {resume} {}", plain.len() - resume));
    let sha1 = DigestAlgorithm::Sha1.digest(&[&document[..hole], &document[resume..]].concat());
    let (sha256, algorithm) = (DigestAlgorithm::Sha256, signer.key.default_algorithm());
    let attributes = set_of(vec![
        attribute(oid::CONTENT_TYPE, &[&wrap(tlv::OID, oid::DATA)]),
        attribute(oid::MESSAGE_DIGEST, &[&wrap(tlv::OCTET_STRING, sha256.digest(sha1.as_ref()).as_ref())]),
        attribute(oid::SIGNING_CERTIFICATE_V2, &[&signing_certificate_v2(&signer.certificate, sha256)]),
    ]);
    let mut writing = Writing::new(oid::DATA, Some(sha1.as_ref()));
    writing.add_certificate(&signer.certificate);
    writing.add_signer(&NewSigner {
        certificate: &signer.certificate,
        digest: sha256,
        signed_attributes: Some(&attributes),
        algorithm,
        value: &signer.key.sign(algorithm, &attributes)?,
    })?;
    let value = hex::encode(writing.to_der());
    document[hole + 1..hole + 1 + value.len()].copy_from_slice(value.as_bytes());
    let facts = read(&document, &Reading::default())?;
    let data = &facts.signatures[0].data;
    assert!(facts.signatures[0].faults.is_empty() && data.len() == 2, "{:?}", facts.signatures[0]);
    assert_eq!(data[0].algorithm, Some(DigestAlgorithm::Sha1));
    Ok(())
}
