//! Hostile containers: names, sizes, directories that say two things.

use crate::shared::TestResult;
use crate::signer::{MESSAGE, Signer, now};
use crate::written::samples;
use mekong_base::limits::ContainerLimits;
use mekong_crypto::KeyType;
use mekong_message::asic::{self, AsicError, Container, Contents};
use mekong_message::sign_message;

fn good() -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let signer = Signer::new(KeyType::P256)?;
    let signature = sign_message(&signer.identity, MESSAGE, &[], now())?;
    Ok(asic::write(&Contents {
        message: MESSAGE,
        signature: &signature,
        timestamp: None,
        attachments: &[&[0; 4096], b"b"],
        created_at: now(),
    })?)
}

fn read(zip: &[u8]) -> Result<Container, AsicError> {
    Container::read(zip, &ContainerLimits::default())
}

#[track_caller]
fn refused(zip: &[u8], expected: &str) {
    match read(zip) {
        Ok(_) => panic!("accepted; expected {expected}"),
        Err(error) => assert!(error.to_string().contains(expected), "{error}; expected {expected}"),
    }
}

/// Every place of `from` becomes `to`, which has the same length: local header, directory, and content too.
fn replace(zip: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut out = zip.to_vec();
    let mut at = 0;
    while let Some(found) = out[at..].windows(from.len()).position(|w| w == from.as_bytes()) {
        out[at + found..at + found + from.len()].copy_from_slice(to.as_bytes());
        at += found + from.len();
    }
    out
}

#[test]
fn names_that_lead_elsewhere_are_refused() -> TestResult {
    let zip = good()?;
    read(&zip)?;
    refused(&replace(&zip, "attachment2", "../tachment"), "it leads out of the container");
    refused(&replace(&zip, "attachment2", "a/../hment2"), "it leads out of the container");
    refused(&replace(&zip, "attachment2", "/ttachment2"), "not a path inside the container");
    refused(&replace(&zip, "attachment2", "C:\\achment2"), "not a path inside the container");
    refused(&replace(&zip, "attachment2", "attach\nent2"), "control characters");
    refused(&replace(&zip, "attachment2", "attachment1"), "the name is there twice");
    refused(&replace(&zip, "attachment2", "Attachment1"), "the name is there twice");
    refused(&replace(&zip, "attachment2", "a//achment2"), "it leads out of the container");
    Ok(())
}

/// The last `PK\x01\x02` record or the end record, changed.
fn at_signature(zip: &[u8], signature: &[u8], offset: usize, bytes: &[u8]) -> Vec<u8> {
    let mut out = zip.to_vec();
    let at = zip.windows(4).rposition(|w| w == signature).unwrap_or_default() + offset;
    out[at..at + bytes.len()].copy_from_slice(bytes);
    out
}

const CENTRAL: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";
const END: &[u8] = b"PK\x05\x06";

#[test]
fn a_directory_that_says_something_else_is_refused() -> TestResult {
    let zip = good()?;
    refused(b"", "there is no end record");
    refused(b"not a zip file", "there is no end record");
    refused(&zip[..zip.len() - 1], "there is no end record");
    refused(&[zip.as_slice(), b"x"].concat(), "there is no end record");
    refused(&[b"x", zip.as_slice()].concat(), "something lies between the directory and its end record");
    refused(&at_signature(&zip, END, 8, &[5, 0, 5, 0]), "another size than its end record says");
    refused(&at_signature(&zip, END, 8, &[9, 0, 9, 0]), "the directory is damaged");
    refused(&at_signature(&zip, END, 4, &[1, 0]), "several disks");
    refused(&at_signature(&zip, END, 16, &[255; 4]), "ZIP64 is not read");
    refused(&at_signature(&zip, CENTRAL, 8, &[1, 8]), "encrypted");
    refused(&at_signature(&zip, CENTRAL, 10, &[12, 0]), "neither stored nor deflated");
    refused(&at_signature(&zip, CENTRAL, 16, &[0; 4]), "differs from the directory");
    refused(&at_signature(&zip, CENTRAL, 24, &[0; 4]), "differs from the directory");
    refused(&at_signature(&zip, LOCAL, 30, b"x"), "differs from the directory");
    refused(&at_signature(&zip, CENTRAL, 42, &[0; 4]), "something lies between");
    Ok(())
}

/// A container built by hand: local entry and directory entry made of the same fields.
fn handmade(entries: &[(&str, u16, &[u8], u32, u32)]) -> Vec<u8> {
    let (mut zip, mut directory) = (Vec::new(), Vec::new());
    for (name, method, packed, crc, size) in entries {
        let mut common = Vec::new();
        [20, 0, *method, 0, 33].iter().for_each(|n: &u16| common.extend(n.to_le_bytes()));
        [*crc, packed.len() as u32, *size].iter().for_each(|n| common.extend(n.to_le_bytes()));
        [name.len() as u16, 0].iter().for_each(|n| common.extend(n.to_le_bytes()));
        directory.extend(
            [CENTRAL, &[20, 0], &common, &[0; 10], &(zip.len() as u32).to_le_bytes(), name.as_bytes()].concat(),
        );
        zip.extend([LOCAL, &common, name.as_bytes(), packed].concat());
    }
    let (start, count) = (zip.len() as u32, (entries.len() as u16).to_le_bytes());
    zip.extend_from_slice(&directory);
    zip.extend(
        [END, &[0; 4], &count, &count, &(directory.len() as u32).to_le_bytes(), &start.to_le_bytes(), &[0; 2]].concat(),
    );
    zip
}

#[test]
fn damaged_content_is_refused() -> TestResult {
    let zip = good()?;
    let inside = zip.windows(4).position(|w| w == b"vnd.").ok_or("no media type")?;
    let mut changed = zip.clone();
    changed[inside] ^= 1;
    refused(&changed, "\"mimetype\" is damaged: its checksum is");
    refused(&handmade(&[("mimetype", 8, b"\xff\xff", 0, 4)]), "it does not unpack");
    refused(&handmade(&[("mimetype", 8, b"\x03\x00", 0, 4)]), "it has 0 bytes, the directory says 4");
    refused(&handmade(&[("mimetype", 8, b"\x4b\x04\x00", 0, 0)]), "longer than the directory says");
    refused(&handmade(&[("mimetype", 8, b"\x03\x00x", 0, 0)]), "packed bytes are left over");
    refused(&handmade(&[("META-INF/", 0, b"x", 0, 1)]), "a folder with content");
    refused(&handmade(&[("mimetype", 0, b"a", 0xe8b7be43, 1)]), "the media type is \"a\"");
    Ok(())
}

#[test]
fn limits_are_kept() -> TestResult {
    let zip = good()?;
    let with =
        |limits: ContainerLimits| Container::read(zip.as_slice(), &limits).map(|_| ()).map_err(|e| e.to_string());
    let usual = ContainerLimits::default();
    assert!(with(ContainerLimits { entries: 2, ..usual }).is_err_and(|e| e.contains("at most 2 are read")));
    assert!(with(ContainerLimits { entry_bytes: 1000, ..usual }).is_err_and(|e| e.contains("at most 1000 are read")));
    assert!(with(ContainerLimits { total_bytes: 6000, ..usual }).is_err_and(|e| e.contains("more than 6000 bytes")));
    // A bomb: 1 GiB announced for a few bytes.
    let bomb = handmade(&[("attachment1", 8, b"\x03\x00", 0, 1 << 30)]);
    refused(&bomb, "unpacks to more than 1000 times its size");
    // One that lies about its size: stopped at the announced length.
    let zeros = good()?;
    let packed = zeros.windows(11).position(|w| w == b"attachment1").ok_or("no attachment")? + 11;
    let lying = handmade(&[("attachment1", 8, &zeros[packed..packed + 20], 0, 100)]);
    assert!(read(&lying).is_err());
    let many: Vec<(String, u16)> = (0..1001).map(|i| (format!("f{i}"), 0)).collect();
    let many: Vec<(&str, u16, &[u8], u32, u32)> =
        many.iter().map(|(n, m)| (n.as_str(), *m, b"".as_slice(), 0, 0)).collect();
    refused(&handmade(&many), "1001 entries, at most 1000 are read");
    Ok(())
}

#[test]
fn a_real_bomb_goes_off_nowhere() -> TestResult {
    use std::io::Write as _;
    const UNPACKED: u32 = 256 << 20;
    let mut packer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..UNPACKED >> 20 {
        packer.write_all(&[0; 1 << 20])?;
    }
    let packed = packer.finish()?;
    assert!(packed.len() < 300_000);
    refused(&handmade(&[("attachment1", 8, &packed, 0, UNPACKED)]), "unpacks to more than 1000 times its size");
    // It says that it is small: nothing beyond what it said is unpacked.
    refused(&handmade(&[("attachment1", 8, &packed, 0, 100)]), "it is longer than the directory says");
    refused(&handmade(&[("message.xml", 8, &packed, 0, 100)]), "it is longer than the directory says");
    Ok(())
}

#[test]
fn no_prefix_of_a_container_is_one_and_none_panics() -> TestResult {
    let signer = Signer::new(KeyType::P256)?;
    for sample in samples(&signer)?.iter().take(1) {
        for end in (0..sample.bytes.len()).step_by(7) {
            assert!(read(&sample.bytes[..end]).is_err());
        }
    }
    Ok(())
}
