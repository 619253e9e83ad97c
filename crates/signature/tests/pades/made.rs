//! Documents that we sign, read by us and by others.

use super::documents::{file, form};
use super::peers;
use super::small_country::Country;
use mekong_crypto::{DigestAlgorithm, KeyType, SignatureAlgorithm};
use mekong_pki::testing::TestResult;
use mekong_signature::Reading;
use mekong_signature::facts::{ChangeKind, Coverage, DataState, Document, Level, Proven};
use mekong_signature::making::{MakeError, Selection, Signing};
use mekong_signature::pades::appearance::Appearance;
use mekong_signature::pades::make::{self, Certification, FieldLock, Options};
use mekong_signature::pades::{augment, read};
use std::path::Path;

pub(crate) fn sign(
    document: &[u8],
    country: &Country,
    signing: &Signing,
    options: &Options<'_>,
) -> Result<Vec<u8>, MakeError> {
    let prepared = make::prepare(&document, signing, options)?;
    let value = country.signer.key.sign(signing.algorithm, &prepared.to_be_signed).expect("a key of that kind");
    prepared.finish(&value)
}

#[track_caller]
fn facts(document: &[u8]) -> Document {
    let facts = read(&document, &Reading::default()).unwrap();
    for signature in &facts.signatures {
        assert_eq!((&signature.faults[..], &signature.findings[..]), (&[][..], &[][..]), "{}", signature.id);
        assert!(signature.data.iter().all(|data| data.state == DataState::Intact), "{:?}", signature.data);
    }
    for stamp in &facts.timestamps {
        assert_eq!((&stamp.imprint, &stamp.faults[..]), (&DataState::Intact, &[][..]), "{}", stamp.id);
    }
    facts
}

fn levels(facts: &Document) -> Vec<Level> {
    facts.signatures.iter().map(|signature| signature.level).collect()
}

struct Folder(tempfile::TempDir, std::path::PathBuf);

fn folder(country: &Country) -> Folder {
    let folder = tempfile::tempdir().unwrap();
    let root = peers::written(folder.path(), "root.pem", country.root.certificate.pem().as_bytes());
    Folder(folder, root)
}

impl Folder {
    fn path(&self) -> &Path {
        self.0.path()
    }
}

#[test]
fn every_level_is_read_and_accepted_by_others() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let folder = folder(&country);
    let original = form();
    let signing = country.signing();
    let b = sign(&original, &country, &signing, &Options { reason: Some("ຕົກລົງ".into()), ..Options::default() })?;
    assert!(b.starts_with(&original));
    let t = augment::add_timestamp(&b, &Selection::All, &country)?;
    assert_eq!(t.len(), b.len(), "the time-stamp goes into the reserved bytes");
    let lt = augment::add_material(&t, &Selection::All, &country)?;
    let lta = augment::add_archive_timestamp(&t, &Selection::All, &country)?;
    let renewed = augment::add_archive_timestamp(&lta, &Selection::All, &country)?;
    let all = [(&b, Level::B), (&t, Level::T), (&lt, Level::Lt), (&lta, Level::Lta), (&renewed, Level::Lta)];
    for (index, (document, level)) in all.into_iter().enumerate() {
        let read = facts(document);
        assert_eq!(levels(&read), [level], "{index}");
        let signature = &read.signatures[0];
        assert_eq!(signature.claimed_time, Some(signing.time));
        assert!(signature.claims.contains(&("reason".into(), "ຕົກລົງ".into())), "{:?}", signature.claims);
        assert!(signature.changes.iter().all(|c| c.kind == ChangeKind::Extension), "{:?}", signature.changes);
        let path = peers::written(folder.path(), &format!("{index}.pdf"), document);
        peers::check_structure(&path);
        peers::check_signatures(&path, 1);
        peers::check_by_pyhanko(
            &path,
            &folder.1,
            if level < Level::Lta {
                &["validate", "--no-revocation-check"]
            } else {
                &["adesverify", "--validation-time", "2026-01-31T00:00:10+00:00"]
            },
        );
    }
    let read = facts(&renewed);
    assert_eq!(read.timestamps.len(), 2);
    assert!(read.timestamps[0].proves.contains(&Proven::Signature("Signature1".into())));
    assert!(read.timestamps[1].proves.contains(&Proven::Timestamp(read.timestamps[0].id.clone())));
    assert!(read.timestamps[1].proves.iter().any(|what| matches!(what, Proven::Revocation(_))));
    Ok(())
}

#[test]
fn every_algorithm_signs() -> TestResult {
    use DigestAlgorithm::{Sha256, Sha384, Sha512};
    let algorithms = [
        (KeyType::Rsa(2048), SignatureAlgorithm::RsaPkcs1(Sha256)),
        (KeyType::Rsa(2048), SignatureAlgorithm::RsaPss(Sha512)),
        (KeyType::P384, SignatureAlgorithm::Ecdsa(Sha384)),
        (KeyType::Ed25519, SignatureAlgorithm::Ed25519),
    ];
    for (key_type, algorithm) in algorithms {
        let country = Country::new(key_type)?;
        let folder = folder(&country);
        let signing = country.signing_with(algorithm, Sha256);
        let signed = sign(&form(), &country, &signing, &Options::default())?;
        let read = facts(&signed);
        assert_eq!(levels(&read), [Level::B], "{algorithm:?}");
        assert_eq!(read.signatures[0].value.algorithm, Ok(algorithm));
        let path = peers::written(folder.path(), "signed.pdf", &signed);
        peers::check_structure(&path);
        if !matches!(algorithm, SignatureAlgorithm::Ed25519) {
            peers::check_signatures(&path, 1); // NSS has no Ed25519 in CMS
        }
    }
    Ok(())
}

#[test]
fn several_sign_and_the_earlier_see_only_signatures_added() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let folder = folder(&country);
    let first = sign(&form(), &country, &country.signing(), &Options::default())?;
    let field = Options { field: Some("approval".into()), ..Options::default() };
    let second = sign(&first, &country, &country.signing(), &field)?;
    let third = sign(&second, &country, &country.signing(), &Options::default())?;
    let read = facts(&third);
    let ids: Vec<&str> = read.signatures.iter().map(|signature| signature.id.as_str()).collect();
    assert_eq!(ids, ["Signature1", "approval", "Signature2"]);
    assert_eq!(read.signatures[0].coverage, Coverage::Revision { number: 2, of: 4 });
    assert_eq!(read.signatures[2].coverage, Coverage::Whole);
    assert!(read.signatures.iter().all(|s| s.changes.iter().all(|c| c.kind == ChangeKind::Extension)));
    let path = peers::written(folder.path(), "three.pdf", &third);
    peers::check_structure(&path);
    peers::check_signatures(&path, 3);
    // The place is taken now, and nobody certifies after others have signed.
    assert!(sign(&third, &country, &country.signing(), &field).is_err());
    let certify = Options { certification: Some(Certification::FormFilling), ..Options::default() };
    assert!(sign(&third, &country, &country.signing(), &certify).is_err());
    Ok(())
}

#[test]
fn certifications_and_locks_forbid_what_they_say() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let certify = |certification| Options { certification: Some(certification), ..Options::default() };
    let closed = sign(&form(), &country, &country.signing(), &certify(Certification::NoChanges))?;
    assert!(facts(&closed).signatures[0].claims.contains(&("certification".into(), "1".into())));
    assert!(sign(&closed, &country, &country.signing(), &Options::default()).is_err());
    // A time-stamp over all is allowed even so.
    let stamped = augment::add_archive_timestamp(
        &augment::add_timestamp(&closed, &Selection::All, &country)?,
        &Selection::All,
        &country,
    )?;
    assert!(facts(&stamped).signatures[0].changes.iter().all(|change| change.kind == ChangeKind::Extension));

    let open = sign(&form(), &country, &country.signing(), &certify(Certification::FormFilling))?;
    assert_eq!(changes(&fill(&open)), [(ChangeKind::FormFilling, "field note filled".to_owned())]);
    assert_eq!(changes(&fill(&closed))[0].0, ChangeKind::Forbidden);
    let lock = Options { lock: Some(FieldLock::Include(vec!["note".into()])), ..Options::default() };
    let locked = sign(&form(), &country, &country.signing(), &lock)?;
    assert_eq!(changes(&fill(&locked))[0].0, ChangeKind::Forbidden);
    let folder = folder(&country);
    for (name, document) in [("closed.pdf", &closed), ("open.pdf", &open), ("locked.pdf", &locked)] {
        let path = peers::written(folder.path(), name, document);
        peers::check_structure(&path);
        peers::check_signatures(&path, 1);
    }
    Ok(())
}

pub(crate) fn changes(document: &[u8]) -> Vec<(ChangeKind, String)> {
    let read = read(&document, &Reading::default()).unwrap();
    read.signatures[0].changes.iter().map(|change| (change.kind, change.what.clone())).collect()
}

/// Another value in the field `note`, object 5 of [`form`].
fn fill(document: &[u8]) -> Vec<u8> {
    change(document, 5, |field| field.replace("(before)", "(after)"))
}

/// An object written anew in an update.
fn change(document: &[u8], number: u32, edit: impl Fn(String) -> String) -> Vec<u8> {
    use mekong_pdf::{Append, Limits, Pdf, Reference, Update, object_bytes};
    let pdf = Pdf::open(&document, Limits::default()).unwrap();
    let mut update = Update::new(&pdf).unwrap();
    let reference = Reference { number, generation: 0 };
    let before = object_bytes(&update.current(reference).unwrap());
    let after = edit(String::from_utf8(before.clone()).unwrap());
    assert_ne!(after.as_bytes(), before);
    update.set(reference, Append::Raw(after.into_bytes()));
    [document, &update.write().unwrap().bytes].concat()
}

#[test]
fn attacks_are_undefined_changes() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let signed = sign(&form(), &country, &country.signing(), &Options::default())?;
    let has_undefined = |document: &[u8]| changes(document).iter().any(|(kind, _)| *kind == ChangeKind::Undefined);
    assert!(!has_undefined(&signed));
    let font = change(&signed, 7, |font| font.replace("Helvetica", "Courier"));
    let moved = change(&signed, 5, |field| field.replace("600", "700"));
    let hidden = change(&signed, 5, |field| field.replace("/F 4", "/F 2"));
    let action =
        change(&signed, 1, |catalog| catalog.replacen("<<", "<</OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>", 1));
    let pages = change(&signed, 2, |pages| pages.replace("4 0 R", "4 0 R 3 0 R"));
    let swapped = change(&signed, 2, |pages| pages.replace("[3 0 R 4 0 R]", "[4 0 R 3 0 R]"));
    let size = change(&signed, 2, |pages| pages.replace("842", "400"));
    for (name, document) in [
        ("font", &font),
        ("moved", &moved),
        ("hidden", &hidden),
        ("action", &action),
        ("pages", &pages),
        ("swapped", &swapped),
        ("size", &size),
    ] {
        assert!(has_undefined(document), "{name}: {:?}", changes(document));
    }
    let tail = [signed.as_slice(), b"\n<script>".as_slice()].concat();
    assert!(has_undefined(&tail));
    // The field of the signature taken away: the signature is found in its revision, and cannot pass.
    let removed = change(&signed, 1, |catalog| catalog.replace("/AcroForm", "/Nothing"));
    let read = read(&removed, &Reading::default())?;
    assert!(!read.signatures[0].faults.is_empty());
    Ok(())
}

#[test]
fn the_hole_must_be_the_signature() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let signed = sign(&form(), &country, &country.signing(), &Options::default())?;
    let text: String = signed.iter().map(|byte| char::from(*byte)).collect();
    let at = text.rfind("/ByteRange [").unwrap() + "/ByteRange [".len();
    let numbers: Vec<u64> =
        text[at..].split_whitespace().take(4).map(|n| n.trim_end_matches(']').parse().unwrap()).collect();
    let with = |wanted: [u64; 4]| {
        let [a, b, c, d] = wanted;
        let mut bytes = signed.clone();
        let text = format!("{a} {b:<10} {c:<10} {d:<10}");
        bytes[at..at + text.len()].copy_from_slice(text.as_bytes());
        read(&bytes, &Reading::default()).unwrap().signatures[0].faults.clone()
    };
    let [_, hole, resume, rest] = numbers.as_slice().try_into()?;
    assert!(with([0, hole, resume, rest]).is_empty());
    for wrong in [
        [1, hole, resume, rest],
        [0, hole - 1, resume, rest],
        [0, hole, resume + 1, rest - 1],
        [0, hole, resume, rest + 1],
        [0, hole, resume, rest - 20],
        [0, resume, hole, rest],
        [0, hole, u64::from(u32::MAX), rest],
    ] {
        assert!(!with(wrong).is_empty(), "{wrong:?}");
    }
    Ok(())
}

#[test]
fn documents_with_compressed_objects_are_signed() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let folder = folder(&country);
    let plain = peers::written(folder.path(), "plain.pdf", &form());
    let packed = folder.path().join("packed.pdf");
    let mut qpdf = std::process::Command::new("qpdf");
    let done = qpdf.args(["--object-streams=generate", "--linearize"]).arg(&plain).arg(&packed).status();
    if !done.is_ok_and(|status| status.success()) {
        println!("skipped: no qpdf");
        return Ok(());
    }
    let signed = sign(&std::fs::read(&packed)?, &country, &country.signing(), &Options::default())?;
    let lta = augment::add_archive_timestamp(
        &augment::add_timestamp(&signed, &Selection::All, &country)?,
        &Selection::All,
        &country,
    )?;
    let read = facts(&lta);
    assert_eq!(levels(&read), [Level::Lta]);
    assert_eq!(read.signatures[0].coverage, Coverage::Revision { number: 2, of: 4 });
    let path = peers::written(folder.path(), "signed.pdf", &lta);
    peers::check_structure(&path);
    peers::check_signatures(&path, 1);
    Ok(())
}

#[test]
fn what_cannot_be_signed_is_refused_with_the_reason() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let refused = |document: &[u8], options: &Options<'_>| {
        sign(document, &country, &country.signing(), options).expect_err("refused").to_string()
    };
    let options = Options::default();
    assert!(refused(b"not a PDF", &options).contains("not a PDF"));
    assert!(refused(&file(&["<</Type/Catalog>>"]), &options).contains("0 pages"));
    let small = Options { contents_bytes: Some(100), ..Options::default() };
    assert!(refused(&form(), &small).contains("reserve more"));
    let text = Options { field: Some("note".into()), ..Options::default() };
    assert!(refused(&form(), &text).contains("no signature field"));
    let look =
        Appearance { page: 1, rectangle: [0.0, 0.0, 100.0, 50.0], lines: vec!["x".into()], ..Appearance::default() };
    let unseen = Options { appearance: Some(look), ..Options::default() };
    assert!(refused(&form(), &unseen).contains("no font"));
    Ok(())
}
