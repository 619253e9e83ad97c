//! Containers that we make: read again by ourselves, accepted by a checker and tools that others wrote.

use crate::small_country::Country;
use crate::vectors::{is_sound, is_stamped};
use mekong_base::Source;
use mekong_crypto::{DigestAlgorithm, KeyType};
use mekong_pki::testing::{TestResult, openssl, shared};
use mekong_signature::asic::make::{Form, Kind, NewFile, What, prepare, timestamped};
use mekong_signature::asic::{augment, read};
use mekong_signature::facts::{Coverage, DataState, Format, Level, Proven, TimestampKind};
use mekong_signature::making::{MakeError, Selection};
use mekong_signature::{Document, Reading};
use std::process::Command;

pub(crate) type Made = Result<Vec<u8>, Box<dyn std::error::Error>>;

const ONE: &[u8] = "ສັນຍາ\n".as_bytes();
const TWO: &[u8] = b"%PDF-1.7 not really";

fn file<'a>(name: &str, content: &'a dyn Source) -> NewFile<'a> {
    NewFile { name: name.to_owned(), media_type: Some("text/plain".into()), content }
}

fn sign(country: &Country, what: &What<'_>) -> Made {
    let signing = country.signing();
    let prepared = prepare(what, &signing)?;
    let value = country.signer.key.sign(signing.algorithm, &prepared.to_be_signed)?;
    Ok(prepared.finish(&value)?)
}

pub(crate) fn container(country: &Country, kind: Kind, form: Form) -> Made {
    let mut files = vec![file("ສັນຍາ hợp đồng.txt", &ONE)];
    if kind == Kind::Extended {
        files.push(file("phụ lục/b & c.pdf", &TWO));
    }
    sign(country, &What::New(kind, form, files))
}

pub(crate) fn facts(bytes: &[u8]) -> Result<Document, Box<dyn std::error::Error>> {
    Ok(read(&bytes, &Reading::default())?)
}

/// A JWS of level LTA, flattened, and a compact one.
pub(crate) fn signed_jws(country: &Country) -> Result<[Vec<u8>; 2], Box<dyn std::error::Error>> {
    use mekong_signature::jades::{augment, make};
    let (signing, all) = (country.signing(), Selection::All);
    let options = make::Options { serialization: make::Serialization::Compact, ..make::Options::default() };
    let prepared = make::prepare(&make::Payload::Attached(ONE), &signing, &options)?;
    let b = prepared.finish(&country.signer.key.sign(signing.algorithm, &prepared.to_be_signed)?)?;
    let lt = augment::add_material(&augment::add_timestamp(&b, &all, country)?, &all, country)?;
    Ok([augment::add_archive_timestamp(&lt, &Reading::default(), &all, country)?, b])
}

/// `asic_check.py`, `unzip -t` and, at the end, our own reader.
fn accepted(bytes: &[u8], name: &str, country: &Country) -> TestResult {
    let dir = tempfile::tempdir()?;
    let (path, ca) = (dir.path().join(name), dir.path().join("ca.pem"));
    std::fs::write(&path, bytes)?;
    std::fs::write(&ca, country.root.certificate.pem())?;
    let unzip = Command::new("unzip").arg("-tq").arg(&path).output()?;
    assert!(unzip.status.success(), "{}", String::from_utf8_lossy(&unzip.stdout));
    let document = facts(bytes)?;
    assert!(
        document.faults.is_empty() && document.findings.is_empty(),
        "{:?} {:?}",
        document.faults,
        document.findings
    );
    if !matches!(document.format, Format::AsicEXades | Format::AsicECades) {
        return Ok(());
    }
    let Some(tool) = shared("tools/asic_check.py")? else { return Ok(()) };
    let python = std::env::var("MEKONG_TEST_PYTHON").unwrap_or_else(|_| "python3".into());
    let output = Command::new(python).arg(tool).arg(&path).arg("--ca").arg(&ca).output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    if said.contains("ModuleNotFoundError") {
        println!("skipped: {said}");
        return Ok(());
    }
    assert!(output.status.success(), "{said}");
    Ok(())
}

fn forms() -> [(Kind, Form, Format); 4] {
    [
        (Kind::Simple, Form::Xades, Format::AsicSXades),
        (Kind::Simple, Form::Cades, Format::AsicSCades),
        (Kind::Extended, Form::Xades, Format::AsicEXades),
        (Kind::Extended, Form::Cades, Format::AsicECades),
    ]
}

#[test]
fn every_kind_and_form_at_every_level() -> TestResult {
    for key in [KeyType::P256, KeyType::Rsa(2048), KeyType::Ed25519] {
        let country = Country::new(key)?;
        for (kind, form, format) in forms() {
            let all = Selection::All;
            let b = container(&country, kind, form)?;
            let t = augment::add_timestamp(&b, &all, &country)?;
            let lt = augment::add_material(&t, &all, &country)?;
            let lta = augment::add_archive_timestamp(&lt, &all, &country)?;
            let renewed = augment::add_archive_timestamp(&lta, &all, &country)?;
            let again = augment::add_archive_timestamp(&renewed, &all, &country)?;
            let made = [
                (&b, Level::B),
                (&t, Level::T),
                (&lt, Level::Lt),
                (&lta, Level::Lta),
                (&renewed, Level::Lta),
                (&again, Level::Lta),
            ];
            for (bytes, level) in made {
                let document = facts(bytes)?;
                let signature = &document.signatures[0];
                assert_eq!((document.format, signature.level), (format, level), "{kind:?} {form:?}");
                assert!(
                    is_sound(&document, signature),
                    "{kind:?} {form:?} {level:?} {:?} {:?}",
                    signature.faults,
                    signature.data
                );
                assert!(
                    signature.timestamps.iter().chain(&document.timestamps).all(is_stamped),
                    "{kind:?} {form:?} {level:?}"
                );
                assert_eq!(signature.coverage, Coverage::Whole, "{kind:?} {form:?}");
                if key != KeyType::Ed25519 {
                    accepted(bytes, "made.asice", &country)?;
                }
            }
        }
    }
    Ok(())
}

#[test]
fn archive_manifests_prove_everything_before_them() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let all = Selection::All;
    let b = container(&country, Kind::Extended, Form::Cades)?;
    let lt = augment::add_material(&augment::add_timestamp(&b, &all, &country)?, &all, &country)?;
    assert!(matches!(augment::add_archive_timestamp(&b, &all, &country), Err(MakeError::Level { .. })));
    let lta = augment::add_archive_timestamp(&lt, &all, &country)?;
    let renewed = augment::add_archive_timestamp(&lta, &all, &country)?;
    let document = facts(&renewed)?;
    assert_eq!(document.timestamps.len(), 2);
    let (signature, last) = (&document.signatures[0], &document.timestamps[1]);
    assert_eq!(last.kind, TimestampKind::Archive);
    let inner = &signature.timestamps[0];
    for proven in [
        Proven::Signature(signature.id.clone()),
        Proven::Timestamp(inner.id.clone()),
        Proven::Timestamp(document.timestamps[0].id.clone()),
        Proven::Data("ສັນຍາ hợp đồng.txt".into()),
    ] {
        assert!(last.proves.contains(&proven), "{proven:?}");
    }
    for ocsp in signature.ocsps.iter().chain(&document.timestamps[0].ocsps) {
        let sha256 = DigestAlgorithm::Sha256.digest(ocsp).as_ref().try_into()?;
        assert!(last.proves.contains(&Proven::Revocation(sha256)));
    }
    assert!(!document.timestamps[0].ocsps.is_empty(), "the older token got its material");
    Ok(())
}

#[test]
fn a_second_signature_is_added_beside_the_first() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    for (kind, form, _) in forms() {
        let first = augment::add_timestamp(&container(&country, kind, form)?, &Selection::All, &country)?;
        let both = sign(&country, &What::Existing(&first))?;
        let document = facts(&both)?;
        let levels: Vec<_> = document.signatures.iter().map(|s| (s.level, is_sound(&document, s))).collect();
        assert_eq!(levels, [(Level::T, true), (Level::B, true)], "{kind:?} {form:?}");
        accepted(&both, "both.asice", &country)?;
        let second = Selection::Ids(vec![document.signatures[1].id.clone()]);
        let document = facts(&augment::add_timestamp(&both, &second, &country)?)?;
        let stamps: Vec<_> = document.signatures.iter().map(|s| s.timestamps.len()).collect();
        assert_eq!(stamps, [1, 1], "{kind:?} {form:?}");
    }
    Ok(())
}

#[test]
fn a_time_stamp_alone_is_made_and_renewed() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let made = timestamped(&file("a.txt", &ONE), Country::now(), &country)?;
    let renewed = augment::add_archive_timestamp(&made, &Selection::All, &country)?;
    let again = augment::add_archive_timestamp(&renewed, &Selection::All, &country)?;
    for (bytes, count) in [(&made, 1), (&renewed, 2), (&again, 3)] {
        let document = facts(bytes)?;
        assert_eq!((document.format, document.timestamps.len()), (Format::AsicSTimestamp, count));
        assert!(document.timestamps.iter().all(is_stamped), "{:?}", document.timestamps);
        accepted(bytes, "stamped.asics", &country)?;
    }
    assert!(matches!(augment::add_timestamp(&made, &Selection::All, &country), Err(MakeError::Document { .. })));
    let dir = tempfile::tempdir()?;
    let (token, data, ca) = (dir.path().join("t.tst"), dir.path().join("a.txt"), dir.path().join("ca.pem"));
    let at = |path: &std::path::Path| path.to_string_lossy().into_owned();
    let zip = mekong_signature::zip::directory(&made, &mekong_signature::zip::Rules::CONTAINER)?;
    let entry = zip.find("META-INF/timestamp.tst").ok_or("no token")?;
    std::fs::write(&token, mekong_signature::zip::read(&made, entry, 1 << 20)?)?;
    std::fs::write(&data, ONE)?;
    std::fs::write(&ca, country.root.certificate.pem())?;
    let (token, data, ca) = (at(&token), at(&data), at(&ca));
    let time = Country::now().unix_seconds().to_string();
    openssl(&["ts", "-verify", "-token_in", "-in", &token, "-data", &data, "-CAfile", &ca, "-attime", &time])?;
    Ok(())
}

#[test]
fn the_same_input_gives_the_same_bytes() -> TestResult {
    let country = Country::new(KeyType::Ed25519)?;
    for (kind, form, _) in forms() {
        assert!(container(&country, kind, form)? == container(&country, kind, form)?, "{kind:?} {form:?}");
    }
    Ok(())
}

#[test]
fn names_that_no_container_can_hold_are_refused() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let refused = |kind, names: &[&str]| {
        let files = names.iter().map(|n| file(n, &ONE)).collect();
        let outcome = prepare(&What::New(kind, Form::Cades, files), &country.signing());
        assert!(matches!(outcome, Err(MakeError::Document { .. })), "{names:?}");
    };
    for name in ["../a", "/a", "a\\b", "mimetype", "META-INF/a.txt", "a/", "", "a//b"] {
        refused(Kind::Extended, &[name]);
    }
    refused(Kind::Extended, &["a", "a"]);
    refused(Kind::Extended, &["a", "A"]);
    refused(Kind::Extended, &["é", "e\u{301}"]);
    refused(Kind::Extended, &[]);
    refused(Kind::Simple, &["a", "b"]);
    refused(Kind::Simple, &["a/b"]);
    Ok(())
}

#[test]
fn what_is_changed_afterwards_is_told() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    for (kind, form, _) in forms() {
        let made = container(&country, kind, form)?;
        let directory = mekong_signature::zip::directory(&made, &mekong_signature::zip::Rules::CONTAINER)?;
        let mut writer = mekong_signature::zip::Writer::new(Vec::new(), Country::now());
        for entry in &directory.entries {
            match entry.name.starts_with("ສັນຍາ") {
                true => writer.add(&entry.name, b"another", mekong_signature::zip::Packing::Stored)?,
                false => writer.copy(&made, entry, &entry.name)?,
            }
        }
        let document = facts(&writer.finish("")?)?;
        assert!(document.signatures[0].data.iter().any(|d| d.state == DataState::Altered), "{kind:?} {form:?}");
    }
    Ok(())
}

/// Others unpack to the end of what is packed, whatever size the directory announces: more must not be there.
#[test]
fn what_is_packed_behind_the_end_of_a_file_is_not_passed_over() -> TestResult {
    use mekong_signature::zip::{Packing, Rules, Writer, directory};
    let country = Country::new(KeyType::P256)?;
    for (kind, form, _) in forms() {
        let made = container(&country, kind, form)?;
        let mut writer = Writer::new(Vec::new(), Country::now());
        for entry in &directory(&made, &Rules::CONTAINER)?.entries {
            if !entry.name.starts_with("ສັນຍາ") {
                writer.copy(&made, entry, &entry.name)?;
                continue;
            }
            let mut more = Writer::new(Vec::new(), Country::now());
            more.add(&entry.name, &[ONE, &[b'0'; 1000]].concat(), Packing::Deflated)?;
            let more = more.finish("")?;
            let mut longer = directory(&more, &Rules::CONTAINER)?.entries.remove(0);
            longer.size = ONE.len() as u64;
            writer.copy(&more, &longer, &entry.name)?;
        }
        let document = match facts(&writer.finish("")?) {
            Ok(document) => document,
            Err(error) => {
                assert!(error.to_string().contains("longer than the directory says"), "{error}");
                continue;
            }
        };
        let first = |name: &str| name.starts_with("ສັນຍາ") || name.starts_with("%E0%BA");
        let signature = &document.signatures[0];
        let intact = signature.data.iter().any(|d| first(&d.name) && d.state == DataState::Intact);
        assert!(!intact, "{kind:?} {form:?}: {:?}", signature.data);
    }
    Ok(())
}

/// A container that was changed after signing is broken, whoever asks for the changed file: no reader takes it for a fault of
/// the disk.
#[test]
fn a_damaged_file_is_told_as_such() -> TestResult {
    use mekong_signature::ReadError;
    use mekong_signature::zip::{Packing, Rules, Writer, directory};
    let country = Country::new(KeyType::P256)?;
    for (kind, form, _) in forms() {
        let made = container(&country, kind, form)?;
        let refused = |name: &str, content: &[u8], packing, damage: &dyn Fn(&mut [u8])| -> TestResult {
            let mut writer = Writer::new(Vec::new(), Country::now());
            for entry in directory(&made, &Rules::CONTAINER)?.entries.iter().filter(|e| e.name != name) {
                writer.copy(&made, entry, &entry.name)?;
            }
            writer.add(name, content, packing)?;
            let mut zip = writer.finish("")?;
            let found = directory(&zip, &Rules::CONTAINER)?;
            let entry = found.find(name).ok_or("no entry")?;
            let packed = usize::try_from(entry.packed.start)?..usize::try_from(entry.packed.end)?;
            damage(&mut zip[packed]);
            let error = read(&zip.as_slice(), &Reading::default()).err();
            let is_named = |reason: &str| reason.contains(&format!("{name:?}")) && reason.contains("is damaged");
            let is_refused = matches!(&error, Some(ReadError::Malformed { reason, .. }) if is_named(reason));
            assert!(is_refused, "{kind:?} {form:?} {name}: {error:?}");
            Ok(())
        };
        let data = "ສັນຍາ hợp đồng.txt";
        refused(data, ONE, Packing::Stored, &|packed| packed[0] ^= 1)?;
        refused(data, &ONE.repeat(1_000), Packing::Deflated, &|packed| packed[0] = 0xff)?;
        refused(data, &ONE.repeat(1_000), Packing::Stored, &|packed| packed[15_000] ^= 1)?;
        refused("META-INF/notes.txt", ONE, Packing::Stored, &|packed| packed[0] ^= 1)?;
    }
    Ok(())
}

#[test]
fn notes_beside_the_signatures_are_told_as_unsigned() -> TestResult {
    use mekong_signature::zip::{Packing, Rules, Writer, directory};
    let country = Country::new(KeyType::P256)?;
    for (kind, form, _) in forms() {
        let made = container(&country, kind, form)?;
        let mut writer = Writer::new(Vec::new(), Country::now());
        for entry in &directory(&made, &Rules::CONTAINER)?.entries {
            writer.copy(&made, entry, &entry.name)?;
        }
        writer.add("META-INF/invoice.pdf", TWO, Packing::Stored)?;
        let document = facts(&writer.finish("")?)?;
        let told: Vec<&str> = document.findings.iter().map(|finding| finding.text.as_str()).collect();
        assert_eq!(told, ["no signature covers \"META-INF/invoice.pdf\""], "{kind:?} {form:?}");
    }
    Ok(())
}

/// Of content that is given beside a file with content of its own, a reader says that it was not used.
fn tells_of_unused(signed: &dyn Source, other: &dyn Source) -> TestResult {
    use mekong_signature::read::{Detached, DetachedContent};
    let given = Detached { name: None, content: DetachedContent::Source(other) };
    let document = mekong_signature::read(signed, &Reading { detached: vec![given], ..Reading::default() })?;
    assert!(document.findings.iter().any(|finding| finding.code == "content_not_used"), "{:?}", document.format);
    let alone = mekong_signature::read(signed, &Reading::default())?;
    assert!(alone.findings.iter().all(|finding| finding.code != "content_not_used"));
    Ok(())
}

#[test]
fn a_signature_that_is_put_beside_files_says_nothing_of_them() -> TestResult {
    use mekong_signature::{cades, xades};
    let country = Country::new(KeyType::P256)?;
    let signing = country.signing();
    let sign = |to_be_signed: &[u8]| country.signer.key.sign(signing.algorithm, to_be_signed);
    let (other, options) = (b"another document".to_vec(), cades::make::Options::default());
    let cms = cades::make::prepare(&other, &signing, &options)?;
    let value = sign(&cms.to_be_signed)?;
    let cms = cms.finish(&value)?;
    tells_of_unused(&cms, &other)?;
    signed_jws(&country)?.iter().try_for_each(|jws| tells_of_unused(jws, &other))?;
    let content = xades::make::DataContent::Source(&other);
    let data = xades::make::Data { uri: "other.txt".into(), mime: None, content };
    let enveloping = xades::make::What::Enveloping(vec![data]);
    let xml = xades::make::prepare(&enveloping, &signing, &xades::make::Options::default())?;
    let value = sign(&xml.to_be_signed)?;
    let xml = String::from_utf8(xml.finish(&value)?)?;
    tells_of_unused(&xml.clone().into_bytes(), &other)?;
    let xml = xml.split_once("?>").map_or(xml.as_str(), |(_, rest)| rest);
    let xml = format!("<a:XAdESSignatures xmlns:a=\"http://uri.etsi.org/02918/v1.2.1#\">{xml}</a:XAdESSignatures>");
    for (kind, form, _) in forms() {
        let made = container(&country, kind, form)?;
        tells_of_unused(&made, &other)?;
        let directory = mekong_signature::zip::directory(&made, &mekong_signature::zip::Rules::CONTAINER)?;
        let mut writer = mekong_signature::zip::Writer::new(Vec::new(), Country::now());
        for entry in &directory.entries {
            let stored = mekong_signature::zip::Packing::Stored;
            match entry.name.rsplit_once('.').map_or("", |(_, ending)| ending) {
                "p7s" => writer.add(&entry.name, &cms, stored)?,
                "xml" if entry.name.contains("signature") => writer.add(&entry.name, xml.as_bytes(), stored)?,
                _ => writer.copy(&made, entry, &entry.name)?,
            }
        }
        let document = facts(&writer.finish("")?)?;
        let signature = &document.signatures[0];
        let intact = signature.data.iter().all(|data| data.state == DataState::Intact);
        assert!(!intact || !signature.faults.is_empty(), "{kind:?} {form:?}: {:?}", signature.data);
    }
    Ok(())
}

#[test]
fn inner_signatures_are_verified_by_xmlsec1_and_openssl() -> TestResult {
    for key in [KeyType::P256, KeyType::Rsa(2048)] {
        let country = Country::new(key)?;
        for (kind, form, _) in forms() {
            let mut files = vec![file("one.txt", &ONE)];
            if kind == Kind::Extended {
                files.push(file("folder/two.pdf", &TWO));
            }
            let made = sign(&country, &What::New(kind, form, files))?;
            let made = augment::add_timestamp(&made, &Selection::All, &country)?;
            let dir = tempfile::tempdir()?;
            let at = |name: &str| dir.path().join(name).to_string_lossy().into_owned();
            std::fs::write(at("made.zip"), &made)?;
            std::fs::write(at("ca.pem"), country.root.certificate.pem())?;
            let unzip = Command::new("unzip").args(["-q", "made.zip"]).current_dir(dir.path()).output()?;
            assert!(unzip.status.success());
            match form {
                Form::Xades => {
                    let name = if kind == Kind::Simple { "signatures" } else { "signatures001" };
                    let signatures = format!("META-INF/{name}.xml");
                    let arguments = ["--verify", "--id-attr:Id", "SignedProperties", "--trusted-pem", "ca.pem"];
                    let mut command = Command::new("xmlsec1");
                    command.args(arguments).arg(&signatures).current_dir(dir.path());
                    let output = match command.output() {
                        Ok(output) => output,
                        Err(error) if std::env::var("CI").is_err() => {
                            println!("skipped: xmlsec1: {error}");
                            continue;
                        }
                        Err(error) => return Err(error.into()),
                    };
                    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                }
                Form::Cades => {
                    let (signature, content) = match kind {
                        Kind::Simple => ("META-INF/signature.p7s", "one.txt"),
                        Kind::Extended => ("META-INF/signature001.p7s", "META-INF/ASiCManifest001.xml"),
                    };
                    let (signature, content, ca, out) = (at(signature), at(content), at("ca.pem"), at("out"));
                    let time = Country::now().unix_seconds().to_string();
                    let mut arguments = vec!["cms", "-verify", "-cades", "-binary", "-inform", "DER"];
                    arguments.extend(["-in", &signature, "-content", &content, "-CAfile", &ca, "-out", &out]);
                    openssl(&[arguments, vec!["-purpose", "any", "-attime", &time]].concat())?;
                }
            }
        }
    }
    Ok(())
}
